package accounttest

import (
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
)

func (s *suite) tickets() {
	ctx := s.Context()
	p := s.person()
	whole := account.Ticket{
		ID: s.secret(), Purpose: account.ForSignIn, Staff: p.Staff.Code, Phone: p.Staff.Phone, Epoch: 4, Expires: noon,
		Code: "mac", CodeExpires: noon.Add(-time.Minute), Tries: 2, VerifiedUntil: noon.Add(-time.Second), Request: "request", Session: "session",
		Client: account.Console, Device: "device", DeviceName: "手机", LockKey: "key",
	}
	bare := account.Ticket{ID: s.secret(), Purpose: account.ForRequest, Staff: p.Staff.Code, Expires: noon}
	for _, t := range []account.Ticket{whole, bare} {
		s.must(s.PutTicket(ctx, t))
		same(s, "ticket", s.readTicket(t), t)
		s.must(s.DropTicket(ctx, t))
		same(s, "dropped", s.readTicket(t), account.Ticket{})
		s.must(s.DropTicket(ctx, t))
	}
	t := s.ticket(p, account.ForSignIn)
	for _, tt := range []struct {
		name string
		code string
		want error
	}{
		{"another code", "other", fault.TicketInvalid},
		{"no code", "", fault.TicketInvalid},
		{"its code", t.Code, nil},
		{"once more", t.Code, fault.TicketInvalid},
	} {
		spent := t
		spent.Code = tt.code
		s.run("spent by "+tt.name, func(s *suite) { s.want(s.spend(p, spent), tt.want) })
	}
	same(s, "spent", s.readTicket(t), account.Ticket{})
	s.must(s.PutTicket(ctx, bare))
	s.want(s.spend(p, bare), fault.TicketInvalid) // it has no code
}

func (s *suite) tries() {
	ctx := s.Context()
	p := s.person()
	const tries = 3
	for _, tt := range []struct {
		name string
		edit func(*account.Ticket)
		want error
	}{
		{"a fresh code", func(t *account.Ticket) {}, nil},
		{"the last try", func(t *account.Ticket) { t.Tries = 2 }, nil},
		{"tries spent", func(t *account.Ticket) { t.Tries = 3 }, fault.CodeTriesSpent},
		{"the last moment of the ticket", func(t *account.Ticket) { t.Expires = noon.Add(time.Millisecond) }, nil},
		{"a ticket that is over", func(t *account.Ticket) { t.Expires = noon }, fault.TicketInvalid},
		{"a ticket that is over, with tries spent", func(t *account.Ticket) { t.Expires, t.Tries = noon, 3 }, fault.TicketInvalid},
		{"the last moment of the code", func(t *account.Ticket) { t.CodeExpires = noon.Add(time.Millisecond) }, nil},
		{"a code that is over", func(t *account.Ticket) { t.CodeExpires = noon }, fault.CodeExpired},
		{"a code that is over, with tries spent", func(t *account.Ticket) { t.CodeExpires, t.Tries = noon, 3 }, fault.CodeTriesSpent},
		{"a code that is over and was right", func(t *account.Ticket) { t.CodeExpires, t.VerifiedUntil = noon, noon.Add(time.Second) }, nil},
		{"a code that was right until now", func(t *account.Ticket) { t.CodeExpires, t.VerifiedUntil = noon, noon }, fault.CodeExpired},
		{"before the first code", func(t *account.Ticket) { t.Code, t.CodeExpires = "", time.Time{} }, fault.CodeExpired},
	} {
		s.run(tt.name, func(s *suite) {
			t := s.ticket(p, account.ForSignIn, tt.edit)
			got, err := s.TryCode(ctx, t.ID, noon, tries)
			s.want(err, tt.want)
			if err == nil {
				t.Tries++
				t.TriedAt = noon
			}
			same(s, "ticket", got, t)
			same(s, "stored", s.readTicket(t), t)
		})
	}
	s.run("a ticket that does not exist", func(s *suite) {
		got, err := s.TryCode(ctx, s.secret(), noon, tries)
		s.want(err, fault.TicketInvalid)
		same(s, "ticket", got.Purpose, "")
	})
	until := noon.Add(5 * time.Minute)
	for _, tt := range []struct {
		name     string
		tries    int
		code     string // that the request knows
		verified error  // of VerifyCode
		returned bool   // whether ReturnTry gives a try back
	}{
		{"given back", 2, "mac of 123456", nil, true},
		{"given back by another code", 2, "other", fault.TicketInvalid, false},
		{"given back without a code", 2, "", fault.TicketInvalid, false},
		{"given back when there is none", 0, "mac of 123456", fault.TicketInvalid, false},
	} {
		s.run(tt.name, func(s *suite) {
			t := s.ticket(p, account.ForSignIn, func(t *account.Ticket) { t.Tries = tt.tries })
			known := t
			known.Code = tt.code
			s.must(s.ReturnTry(ctx, known))
			if tt.returned {
				t.Tries--
			}
			same(s, "returned", s.readTicket(t), t)
			s.want(s.VerifyCode(ctx, known, until), tt.verified)
			if tt.verified == nil {
				t.Tries, t.VerifiedUntil = t.Tries-1, until
			}
			same(s, "verified", s.readTicket(t), t)
		})
	}
	s.run("given back to a ticket that is gone", func(s *suite) {
		gone := account.Ticket{ID: s.secret(), Purpose: account.ForSignIn, Staff: p.Staff.Code, Code: "mac"}
		s.must(s.ReturnTry(ctx, gone))
		s.want(s.VerifyCode(ctx, gone, until), fault.TicketInvalid)
		same(s, "gone", s.readTicket(gone), account.Ticket{})
	})
}

func (s *suite) codes() {
	ctx := s.Context()
	p := s.person()
	bare := func(t *account.Ticket) { t.Code, t.CodeExpires = "", time.Time{} }
	coded := func(t *account.Ticket) { t.Tries, t.VerifiedUntil = 2, noon.Add(time.Second) }
	for _, tt := range []struct {
		name     string
		stored   func(*account.Ticket)
		was, now string
		want     error
	}{
		{"the first", bare, "", "new", nil},
		{"the next", coded, "mac of 123456", "new", nil},
		{"the next after somebody else's", coded, "older", "new", fault.TicketInvalid},
		{"the first after somebody else's", coded, "", "new", fault.TicketInvalid},
		{"the next where there is none", bare, "older", "new", fault.TicketInvalid},
		{"the first taken back", coded, "mac of 123456", "", nil},
	} {
		s.run(tt.name, func(s *suite) {
			t := s.ticket(p, account.ForSignIn, tt.stored)
			was, now := t, t
			was.Code = tt.was
			now.Code, now.CodeExpires, now.VerifiedUntil, now.Tries = tt.now, noon.Add(7*time.Minute), time.Time{}, 0
			s.want(s.ReplaceCode(ctx, was, now), tt.want)
			want := t
			if tt.want == nil {
				want.Code, want.CodeExpires, want.VerifiedUntil = now.Code, now.CodeExpires, now.VerifiedUntil // not the tries
			}
			same(s, "ticket", s.readTicket(t), want)
		})
	}
	s.run("of a ticket that is gone", func(s *suite) {
		gone := account.Ticket{ID: s.secret(), Purpose: account.ForSignIn, Staff: p.Staff.Code}
		now := gone
		now.Code = "new"
		s.want(s.ReplaceCode(ctx, gone, now), fault.TicketInvalid)
		same(s, "gone", s.readTicket(gone), account.Ticket{})
	})
}
