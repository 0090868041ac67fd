package accounttest

import (
	"fmt"
	"slices"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
)

// session is a session of p that begins at noon.
func (s *suite) session(p account.Person, hash string) account.Session {
	return account.Session{
		Hash: hash, ID: "id of " + hash, Staff: p.Staff.Code, Client: account.App, DeviceName: "手机", Epoch: p.Account.Epoch,
		CreatedAt: noon, LastUsed: noon, Dies: noon.Add(time.Hour),
	}
}

// asRead returns a session as storage returns it: only storage itself asks for Dies.
func asRead(ses account.Session) account.Session {
	ses.Dies = time.Time{}
	return ses
}

// ends are the ends of sessions that were over.
func ends(hashes ...string) []account.SessionEnd {
	var all []account.SessionEnd
	for _, h := range hashes {
		all = append(all, account.SessionEnd{Hash: h})
	}
	return all
}

func slotsOf(hashes ...string) []account.SessionSlot {
	var slots []account.SessionSlot
	for _, h := range hashes {
		slots = append(slots, account.SessionSlot{Hash: h, At: noon})
	}
	return slots
}

// began is the line of a session that begins.
func began(ses account.Session) []account.SignIn {
	return []account.SignIn{{ID: ses.ID, At: ses.CreatedAt, Outcome: account.WasSignedIn, Client: ses.Client, DeviceName: "手机", Address: "192.0.2.1"}}
}

// start begins a session and fails the test if it has lost.
func (s *suite) start(ses account.Session, slots account.SlotSwap) {
	s.Helper()
	s.must(s.StartSession(s.Context(), ses, began(ses), slots))
}

// spend spends a ticket for one more session of p.
func (s *suite) spend(p account.Person, t account.Ticket) error {
	was, ses := s.read(p.Staff.Code).Account.Slots, s.session(p, "of "+t.ID.Hash())
	return s.StartProved(s.Context(), t, ses, nil, nil, account.SlotSwap{Was: was, Now: append(slices.Clone(was), account.SessionSlot{Hash: ses.Hash, At: noon})})
}

func (s *suite) sessions() {
	ctx := s.Context()
	p, other := s.person(), s.person()
	token := account.Token{Staff: p.Staff.Code, Secret: s.secret()}
	one, two := s.session(p, token.Secret.Hash()), s.session(p, "two")
	two.Client, two.ProvedAt = account.Console, noon
	device := account.Device{MAC: "mac", Name: "手机", Until: noon.Add(time.Hour), Kept: noon.Add(2 * time.Hour), Epoch: 2}
	proved := s.ticket(p, account.ForSignIn)
	s.must(s.StartProved(ctx, proved, one, nil, &device, account.SlotSwap{Now: slotsOf(one.Hash)}))
	same(s, "ticket", s.readTicket(proved), account.Ticket{})
	s.start(two, account.SlotSwap{Was: slotsOf(one.Hash), Now: slotsOf(one.Hash, two.Hash)})

	read := func(s *suite, t account.Token) account.Session {
		got, a, err := s.SessionAndAccount(ctx, t)
		s.must(err)
		same(s, "account", a, s.read(t.Staff).Account)
		return got
	}
	s.run("with the account", func(s *suite) {
		same(s, "session", read(s, token), asRead(one))
		same(s, "of another secret", read(s, account.Token{Staff: p.Staff.Code, Secret: s.secret()}), account.Session{})
		same(s, "of somebody else", read(s, account.Token{Staff: other.Staff.Code, Secret: token.Secret}), account.Session{})
		same(s, "of nobody", read(s, account.Token{Staff: s.stranger(), Secret: token.Secret}), account.Session{})
	})
	s.run("all of a person", func(s *suite) {
		got, err := s.Sessions(ctx, p.Staff.Code)
		s.must(err)
		same(s, "sessions", byHash(got), byHash([]account.Session{asRead(one), asRead(two)}))
		got, err = s.Sessions(ctx, other.Staff.Code)
		s.must(err)
		same(s, "of somebody without", len(got), 0)
		state, err := s.SignInState(ctx, p.Staff.Code)
		s.must(err)
		same(s, "person", state.Person, s.read(p.Staff.Code))
		same(s, "devices", state.Devices, []account.Device{device})
		same(s, "sessions", byHash(state.Sessions), byHash([]account.Session{asRead(one), asRead(two)}))
	})
	s.run("used", func(s *suite) {
		for _, tt := range []struct{ at, want time.Duration }{{time.Minute, time.Minute}, {time.Second, time.Minute}, {2 * time.Minute, 2 * time.Minute}} {
			s.must(s.TouchSession(ctx, one, noon.Add(tt.at), false))
			same(s, "last use", read(s, token).LastUsed, noon.Add(tt.want))
			same(s, "administration", read(s, token).Administered, time.Time{})
		}
	})
	s.run("used for administration", func(s *suite) {
		for _, tt := range []struct {
			at             time.Duration
			administrative bool
			used, want     time.Duration
		}{
			{3 * time.Minute, true, 3 * time.Minute, 3 * time.Minute},
			{5 * time.Minute, false, 5 * time.Minute, 3 * time.Minute},
			{4 * time.Minute, true, 4 * time.Minute, 4 * time.Minute}, // later than its own last one, which is what counts
			{2 * time.Minute, true, 4 * time.Minute, 4 * time.Minute},
			{6 * time.Minute, true, 6 * time.Minute, 6 * time.Minute},
		} {
			s.must(s.TouchSession(ctx, one, noon.Add(tt.at), tt.administrative))
			same(s, "last use", read(s, token).LastUsed, noon.Add(tt.used))
			same(s, "administration", read(s, token).Administered, noon.Add(tt.want))
		}
	})
	s.run("ended", func(s *suite) {
		s.must(s.EndSessions(ctx, other.Staff.Code, ends(one.Hash))) // not theirs
		same(s, "hash", read(s, token).Hash, one.Hash)
		for range 2 {
			s.must(s.EndSessions(ctx, p.Staff.Code, ends(one.Hash, "none")))
			same(s, "session", read(s, token), account.Session{})
		}
		for _, administrative := range []bool{false, true} {
			s.must(s.TouchSession(ctx, one, noon.Add(time.Hour), administrative))
		}
		same(s, "session after another use", read(s, token), account.Session{})
		got, err := s.Sessions(ctx, p.Staff.Code)
		s.must(err)
		same(s, "the rest", got, []account.Session{asRead(two)})
		same(s, "slots", s.read(p.Staff.Code).Account.Slots, slotsOf(one.Hash, two.Hash)) // until the next sign-in
		s.must(s.EndSessions(ctx, p.Staff.Code, nil))
	})
}

// proved tests sessions that begin with a second step.
func (s *suite) proved() {
	ctx := s.Context()
	p := s.person()
	old := s.session(p, "old")
	s.start(old, account.SlotSwap{Now: slotsOf("old")})
	device := account.Device{MAC: "mac", Name: "手机", Until: noon.Add(time.Hour), Kept: noon.Add(2 * time.Hour), Epoch: 2}
	for _, tt := range []struct {
		name string
		edit func(*account.Ticket, *account.Session, *account.SlotSwap)
		want error
	}{
		{"another code", func(t *account.Ticket, _ *account.Session, _ *account.SlotSwap) { t.Code = "other" }, fault.TicketInvalid},
		{"a ticket that is not there", func(t *account.Ticket, _ *account.Session, _ *account.SlotSwap) { t.ID = s.secret() }, fault.TicketInvalid},
		{"other slots", func(_ *account.Ticket, _ *account.Session, w *account.SlotSwap) { w.Was = slotsOf("another") }, account.ErrSwapped},
		{"another epoch", func(_ *account.Ticket, ses *account.Session, _ *account.SlotSwap) { ses.Epoch++ }, account.ErrSwapped},
		{"all as it was read", func(*account.Ticket, *account.Session, *account.SlotSwap) {}, nil},
	} {
		s.run(tt.name, func(s *suite) {
			t, ses, slots := s.ticket(p, account.ForSignIn), s.session(p, "new"), account.SlotSwap{Was: slotsOf("old"), Now: slotsOf("new"), Ended: []string{"old"}}
			known := t
			tt.edit(&known, &ses, &slots)
			s.want(s.StartProved(ctx, known, ses, nil, &device, slots), tt.want)
			after, err := s.SignInState(ctx, p.Staff.Code)
			s.must(err)
			if tt.want != nil {
				same(s, "slots", after.Account.Slots, slotsOf("old"))
				same(s, "devices", len(after.Devices), 0)
				same(s, "code", s.readTicket(t).Code, t.Code)
				return
			}
			same(s, "slots", after.Account.Slots, slotsOf("new"))
			same(s, "sessions", byHash(after.Sessions), byHash([]account.Session{asRead(s.session(p, "new"))}))
			same(s, "devices", after.Devices, []account.Device{device})
			same(s, "ticket", s.readTicket(t), account.Ticket{})
		})
	}
}

func (s *suite) renewals() {
	ctx := s.Context()
	p, other := s.person(), s.person()
	old, beside := s.session(p, "old"), s.session(p, "beside")
	s.start(old, account.SlotSwap{Now: slotsOf("old")})
	s.start(beside, account.SlotSwap{Was: slotsOf("old"), Now: slotsOf("old", "beside")})
	renewed := old
	renewed.Hash, renewed.LastUsed, renewed.ProvedAt, renewed.Administered = "new", noon.Add(time.Minute), noon.Add(time.Minute), noon.Add(time.Second)
	swap := func(was ...string) account.SlotSwap {
		return account.SlotSwap{Was: slotsOf(was...), Now: slotsOf("new", "beside"), Ended: []string{"old"}}
	}
	for _, tt := range []struct {
		name  string
		edit  func(*account.Ticket, *account.Session, *account.SlotSwap)
		want  error
		fails bool
	}{
		{"another code", func(t *account.Ticket, _ *account.Session, _ *account.SlotSwap) { t.Code = "other" }, fault.TicketInvalid, true},
		{"a ticket that is not there", func(t *account.Ticket, _ *account.Session, _ *account.SlotSwap) { t.ID = s.secret() }, fault.TicketInvalid, true},
		{"other slots", func(_ *account.Ticket, _ *account.Session, w *account.SlotSwap) { w.Was = slotsOf("beside", "old") }, account.ErrSwapped, true},
		{"another epoch", func(_ *account.Ticket, ses *account.Session, _ *account.SlotSwap) { ses.Epoch++ }, account.ErrSwapped, true},
		{"a session that is gone", func(_ *account.Ticket, _ *account.Session, w *account.SlotSwap) { w.Ended = []string{"gone"} }, fault.TicketInvalid, true},
		{"all as it was read", func(*account.Ticket, *account.Session, *account.SlotSwap) {}, nil, false},
		{"once more", func(*account.Ticket, *account.Session, *account.SlotSwap) {}, fault.TicketInvalid, true},
	} {
		s.run(tt.name, func(s *suite) {
			t, ses, slots := s.ticket(p, account.ForStepUp), renewed, swap("old", "beside")
			if tt.name == "once more" {
				s.must(s.spend(other, t))
			}
			known := t
			tt.edit(&known, &ses, &slots)
			before, err := s.SignInState(ctx, p.Staff.Code)
			s.must(err)
			s.want(s.RenewSession(ctx, known, ses, slots), tt.want)
			after, err := s.SignInState(ctx, p.Staff.Code)
			s.must(err)
			if tt.fails {
				same(s, "state", after, before)
				return
			}
			same(s, "sessions", byHash(after.Sessions), byHash([]account.Session{asRead(renewed), asRead(beside)}))
			same(s, "slots", after.Account.Slots, slotsOf("new", "beside"))
			same(s, "ticket", s.readTicket(t), account.Ticket{})
		})
	}
}

func byHash(sessions []account.Session) map[string]account.Session {
	m := map[string]account.Session{}
	for _, ses := range sessions {
		m[ses.Hash] = ses
	}
	return m
}

func (s *suite) slots() {
	p := s.person()
	for _, tt := range []struct {
		name string
		was  []string
		now  []string
		lost bool
	}{
		{"the first", nil, []string{"a"}, false},
		{"the first, after somebody else's", nil, []string{"b"}, true},
		{"the second", []string{"a"}, []string{"a", "c"}, false},
		{"the second, after somebody else's", []string{"a"}, []string{"a", "d"}, true},
		{"in another order", []string{"c", "a"}, []string{"e"}, true},
		{"the third, in the place of the first", []string{"a", "c"}, []string{"c", "f"}, false},
	} {
		s.run(tt.name, func(s *suite) {
			want := s.read(p.Staff.Code).Account
			hash := tt.now[len(tt.now)-1]
			err := s.StartSession(s.Context(), s.session(p, hash), nil, account.SlotSwap{Was: slotsOf(tt.was...), Now: slotsOf(tt.now...)})
			if tt.lost {
				s.want(err, account.ErrSwapped)
			} else {
				s.want(err, nil)
				want.Slots = slotsOf(tt.now...)
			}
			same(s, "account", s.read(p.Staff.Code).Account, want)
		})
	}
	s.run("of nobody", func(s *suite) {
		ses := s.session(account.Person{}, "a")
		ses.Staff = s.stranger()
		s.want(s.StartSession(s.Context(), ses, nil, account.SlotSwap{Now: slotsOf("a")}), account.ErrSwapped)
	})
	s.run("those that have ended go", func(s *suite) {
		s.start(s.session(p, "g"), account.SlotSwap{Was: slotsOf("c", "f"), Now: slotsOf("f", "g"), Ended: []string{"a", "c", "none"}})
		got, err := s.Sessions(s.Context(), p.Staff.Code)
		s.must(err)
		left := byHash(got)
		for hash, stays := range map[string]bool{"a": false, "c": false, "f": true, "g": true} {
			if _, ok := left[hash]; ok != stays {
				s.Errorf("session %s is there: %v", hash, ok)
			}
		}
	})
}

func (s *suite) signIns() {
	ctx := s.Context()
	p := s.person()
	var lines []account.SignIn // newest first
	var was []account.SessionSlot
	for i := range 5 {
		ses := s.session(p, fmt.Sprint(i))
		ses.CreatedAt = noon.Add(time.Duration(i) * time.Hour)
		if i == 2 {
			ses.Client, ses.ProvedAt = account.Console, ses.CreatedAt
		}
		now := slotsOf(ses.Hash)
		s.start(ses, account.SlotSwap{Was: was, Now: now})
		was = now
		lines = append(began(ses), lines...)
	}
	page := func(s *suite, since time.Time, after string, limit int) []account.SignIn {
		got, err := s.SignIns(ctx, p.Staff.Code, since, after, limit)
		s.must(err)
		return got
	}
	long := noon.Add(-time.Hour)
	all := page(s, long, "", 10)
	if len(all) != len(lines) {
		s.Fatalf("%d lines", len(all))
	}
	for i := range lines {
		lines[i].Place = all[i].Place // is storage's own
	}
	same(s, "lines", all, lines)
	for _, tt := range []struct {
		name  string
		since time.Time
		after string
		limit int
		want  []account.SignIn
	}{
		{"the newest two", long, "", 2, lines[:2]},
		{"after those", long, lines[1].Place, 2, lines[2:4]},
		{"the rest", long, lines[3].Place, 2, lines[4:]},
		{"after the last", long, lines[4].Place, 2, nil},
		{"not the old ones", noon.Add(2 * time.Hour), "", 9, lines[:3]},
		{"not the old ones of a later page", noon.Add(2 * time.Hour), lines[1].Place, 9, lines[2:3]},
		{"after one that is too old", noon.Add(2 * time.Hour), lines[3].Place, 9, nil},
	} {
		s.run(tt.name, func(s *suite) {
			if got := page(s, tt.since, tt.after, tt.limit); len(got)+len(tt.want) > 0 {
				same(s, "lines", got, tt.want)
			}
		})
	}
	got, err := s.SignIns(ctx, s.stranger(), long, "", 5)
	s.must(err)
	same(s, "of nobody", len(got), 0)
}
