package accounttest

import (
	"fmt"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

func (s *suite) changePassword() {
	ctx := s.Context()
	device := account.Device{MAC: "mac", Name: "手机", Until: noon.Add(time.Hour), Kept: noon.Add(2 * time.Hour), Epoch: 3}
	for _, tt := range []struct {
		name     string
		person   func(*account.Person)
		activate bool
		edit     func(*account.PasswordChange) // after the ticket was read
		want     error
	}{
		{"an activation", pending, true, func(c *account.PasswordChange) { c.Device = &device }, nil},
		{"an activation without a device", pending, true, func(*account.PasswordChange) {}, nil},
		{"an activation of somebody active", func(*account.Person) {}, true, func(*account.PasswordChange) {}, fault.AlreadyActive},
		{"an activation of somebody active with another code", func(*account.Person) {}, true, func(c *account.PasswordChange) { c.Ticket.Code = "other" }, fault.AlreadyActive},
		{"an activation of somebody frozen", frozen, true, func(*account.PasswordChange) {}, fault.TicketInvalid},
		{"an activation of somebody who has left", func(p *account.Person) { pending(p); left(p) }, true, func(*account.PasswordChange) {}, fault.TicketInvalid},
		{"an activation with another code", pending, true, func(c *account.PasswordChange) { c.Ticket.Code = "other" }, fault.TicketInvalid},
		{"an activation in another epoch", pending, true, func(c *account.PasswordChange) { c.Ticket.Epoch++ }, fault.TicketInvalid},

		{"a recovery", func(*account.Person) {}, false, func(c *account.PasswordChange) { c.Device = &device }, nil},
		{"a recovery without past passwords", func(*account.Person) {}, false, func(c *account.PasswordChange) { c.Past = []string{} }, nil},
		{"a recovery of somebody pending", everPending, false, func(*account.PasswordChange) {}, fault.TicketInvalid},
		{"a recovery of somebody frozen", frozen, false, func(*account.PasswordChange) {}, fault.TicketInvalid},
		{"a recovery of somebody who has left", left, false, func(*account.PasswordChange) {}, fault.TicketInvalid},
		{"a recovery with another code", func(*account.Person) {}, false, func(c *account.PasswordChange) { c.Ticket.Code = "other" }, fault.TicketInvalid},
		{"a recovery in another epoch", func(*account.Person) {}, false, func(c *account.PasswordChange) { c.Ticket.Epoch-- }, fault.TicketInvalid},
		{"a recovery by a ticket that is gone", func(*account.Person) {}, false, func(c *account.PasswordChange) { c.Ticket.ID = s.secret() }, fault.TicketInvalid},
		{"a recovery of an administrator", granted, false, func(c *account.PasswordChange) { c.Grants = []account.Grant{unitGrant(s)} }, nil},
		{"a recovery of somebody who has been given a grant", granted, false, func(*account.PasswordChange) {}, fault.TicketInvalid},
		{"a recovery of somebody who has lost a grant", func(*account.Person) {}, false, func(c *account.PasswordChange) { c.Grants = []account.Grant{unitGrant(s)} }, fault.TicketInvalid},
	} {
		s.run(tt.name, func(s *suite) {
			p := s.person(tt.person)
			code := p.Staff.Code
			t := s.ticket(p, account.ForRecovery)
			c := account.PasswordChange{
				Ticket: t, Hash: "new", Past: []string{"hash", "older"}, Activate: tt.activate, At: noon, Audit: s.entry("entry", code, audit.SetPassword),
			}
			tt.edit(&c)
			want := s.stored(code)
			s.want(s.ChangePassword(ctx, c), tt.want)
			if tt.want == nil {
				a := &want.state.Account
				a.Password, a.Past, a.PasswordSetAt, a.ClearedAt = "new", c.Past, noon, noon
				a.Epoch, a.DeviceEpoch = a.Epoch+1, a.DeviceEpoch+1
				if tt.activate {
					want.state.Staff.State, want.state.Staff.ActivatedAt = staff.Active, noon
					want.state.Staff.Revision++
				}
				if c.Device != nil {
					want.state.Devices = []account.Device{device}
				}
				want.audit = []string{AuditLine(c.Audit)}
			}
			same(s, "stored", s.stored(code), want)
			same(s, "ticket", s.readTicket(t), t) // its epoch is over, that is enough
		})
	}
}

func unitGrant(s *suite) account.Grant {
	return account.Grant{ID: "grant", Type: account.UnitGrant, Org: s.org(1)}
}

// approvedRequests are what becomes of a request whose ticket sets a password.
func (s *suite) approvedRequests() {
	ctx := s.Context()
	for _, tt := range []struct {
		name string
		edit func(r *account.RecoveryRequest)
		want error
	}{
		{"approved", func(*account.RecoveryRequest) {}, nil},
		{"pending", func(r *account.RecoveryRequest) { r.State = account.RecoveryPending }, fault.TicketInvalid},
		{"rejected", func(r *account.RecoveryRequest) { r.State = account.RecoveryRejected }, fault.TicketInvalid},
		{"used", func(r *account.RecoveryRequest) { r.State = account.RecoveryUsed }, fault.TicketInvalid},
		{"over", func(r *account.RecoveryRequest) { r.Expires = noon }, fault.TicketInvalid},
		{"for another epoch", func(r *account.RecoveryRequest) { r.Epoch-- }, fault.TicketInvalid},
		{"for another phone", func(r *account.RecoveryRequest) { r.Phone = s.phone(99) }, fault.TicketInvalid},
		{"somebody else's", func(r *account.RecoveryRequest) { r.Staff = s.stranger() }, fault.TicketInvalid},
		{"not there", func(r *account.RecoveryRequest) { r.ID = "another" }, fault.TicketInvalid},
	} {
		s.run(tt.name, func(s *suite) {
			p := s.person()
			r := s.raised(p, "of "+p.Staff.Account.String(), 1).Request.Approve(p, s.stranger(), "当面核对", noon, account.Defaults())
			t := s.ticket(p, account.ForRequest, func(t *account.Ticket) { t.Request = r.ID })
			tt.edit(&r)
			s.PutRequest(r)
			before := s.read(p.Staff.Code)
			s.want(s.ChangePassword(ctx, account.PasswordChange{Ticket: t, Hash: "new", At: noon, Audit: s.entry("entry", p.Staff.Code, audit.SetPassword)}), tt.want)
			want := r
			if tt.want == nil {
				want.State = account.RecoveryUsed
			} else {
				same(s, "person", s.read(p.Staff.Code), before)
			}
			got, err := s.RecoveryRequest(ctx, r.ID)
			s.must(err)
			same(s, "request", got, want)
		})
	}
}

func (s *suite) replacePassword() {
	ctx := s.Context()
	for _, tt := range []struct {
		name  string
		epoch int64
		want  error
	}{
		{"in the epoch", 4, nil},
		{"in an epoch that is over", 3, fault.SessionExpired},
	} {
		s.run(tt.name, func(s *suite) {
			code := s.person().Staff.Code
			want := s.stored(code)
			e := s.entry("entry", code, audit.ChangePassword)
			s.want(s.ReplacePassword(ctx, account.PasswordReplacement{Staff: code, Epoch: tt.epoch, Hash: "new", Past: []string{"hash"}, At: noon, Audit: e}), tt.want)
			if tt.want == nil {
				a := &want.state.Account
				a.Password, a.Past, a.PasswordSetAt, a.ClearedAt, a.Epoch = "new", []string{"hash"}, noon, noon, 5 // devices stay known
				want.audit = []string{AuditLine(e)}
			}
			same(s, "stored", s.stored(code), want)
		})
	}
	s.run("of nobody", func(s *suite) {
		s.want(s.ReplacePassword(ctx, account.PasswordReplacement{Staff: s.stranger(), Hash: "new", At: noon, Audit: s.entry("entry", s.stranger(), audit.ChangePassword)}), fault.SessionExpired)
		same(s, "nobody", s.read(s.stranger()), account.Person{})
	})
	s.run("the same password in a stronger hash", func(s *suite) {
		code := s.person().Staff.Code
		want := s.read(code)
		for _, was := range []string{"hash", "hash", ""} { // the second has lost
			s.must(s.Rehash(ctx, code, was, "stronger after "+was))
			want.Account.Password = "stronger after hash"
			same(s, "person", s.read(code), want)
		}
		s.must(s.Rehash(ctx, s.stranger(), "hash", "stronger"))
		same(s, "nobody", s.read(s.stranger()), account.Person{})
	})
}

func (s *suite) replacePhone() {
	ctx := s.Context()
	other := s.person()
	for _, tt := range []struct {
		name   string
		person func(*account.Person)
		edit   func(*account.PhoneReplacement) // after it was read
		want   error
	}{
		{"a phone that is nobody's", func(*account.Person) {}, func(*account.PhoneReplacement) {}, nil},
		{"a record that was edited meanwhile", func(*account.Person) {}, func(r *account.PhoneReplacement) { r.Was.Version--; r.Was.Revision--; r.Was.JobLevel = "was" }, nil},
		{"somebody else's phone", func(*account.Person) {}, func(r *account.PhoneReplacement) { r.Ticket.Phone = other.Staff.Phone }, fault.PhoneTaken},
		{"somebody else's phone with another code", func(*account.Person) {}, func(r *account.PhoneReplacement) { r.Ticket.Phone, r.Ticket.Code = other.Staff.Phone, "other" }, fault.TicketInvalid},
		{"another code", func(*account.Person) {}, func(r *account.PhoneReplacement) { r.Ticket.Code = "other" }, fault.TicketInvalid},
		{"a ticket that is gone", func(*account.Person) {}, func(r *account.PhoneReplacement) { r.Ticket.ID = s.secret() }, fault.TicketInvalid},
		{"another epoch", func(*account.Person) {}, func(r *account.PhoneReplacement) { r.Ticket.Epoch-- }, fault.TicketInvalid},
		{"another phone before", func(*account.Person) {}, func(r *account.PhoneReplacement) { r.Was.Phone = s.phone(77) }, fault.TicketInvalid},
		{"another account before", func(*account.Person) {}, func(r *account.PhoneReplacement) { r.Was.Account = other.Staff.Account }, fault.TicketInvalid},
		{"somebody frozen", frozen, func(*account.PhoneReplacement) {}, fault.TicketInvalid},
		{"somebody who has left", left, func(*account.PhoneReplacement) {}, fault.TicketInvalid},
	} {
		s.run(tt.name, func(s *suite) {
			p := s.person(tt.person)
			code, phone := p.Staff.Code, s.phone(1000+s.numbers)
			t := s.ticket(p, account.ForPhone, func(t *account.Ticket) { t.Phone = phone })
			r := account.PhoneReplacement{Ticket: t, Was: s.read(code).Staff, Audit: s.entry("entry", code, audit.ChangePhone)}
			tt.edit(&r)
			want, ticket, newOwner, oldOwner := s.stored(code), t, staff.EmployeeCode{}, code
			s.want(s.ReplacePhone(ctx, r), tt.want)
			if tt.want == nil {
				st := &want.state
				st.Staff.Phone, st.Staff.Version, st.Staff.Revision = phone, st.Staff.Version+1, st.Staff.Revision+1
				st.Account.Epoch, st.Account.DeviceEpoch = st.Account.Epoch+1, st.Account.DeviceEpoch+1
				r.Audit.Version = st.Staff.Version
				want.audit = []string{AuditLine(r.Audit)}
				ticket, newOwner, oldOwner = account.Ticket{}, code, staff.EmployeeCode{}
			}
			same(s, "stored", s.stored(code), want)
			same(s, "ticket", s.readTicket(t), ticket)
			for typed, owner := range map[string]staff.EmployeeCode{
				phone.E164(): newOwner, p.Staff.Phone.E164(): oldOwner, p.Staff.Account.String(): code, other.Staff.Phone.E164(): other.Staff.Code,
			} {
				got, _, err := s.FindName(ctx, staff.ParseSignInName(typed), "key")
				s.must(err)
				same(s, "owner of "+typed, got, owner)
			}
		})
	}
}

// raised is a request of p with what goes with it.
func (s *suite) raised(p account.Person, id string, count int) account.RaisedRequest {
	s.Helper()
	return account.RaisedRequest{
		Request: account.RecoveryRequest{ID: id, Staff: p.Staff.Code, State: account.RecoveryPending, Reason: "手机丢了", Created: noon, Expires: noon.Add(7 * 24 * time.Hour)},
		Mark:    account.LastRecovery{ID: id, Day: noon, Count: count},
		Ticket:  account.Ticket{ID: s.secret(), Purpose: account.ForRequest, Staff: p.Staff.Code, Request: id, Expires: noon.Add(8 * 24 * time.Hour)},
		Audit:   s.entry("raise "+id, p.Staff.Code, audit.RaiseRecovery),
	}
}

func (s *suite) requests() {
	ctx := s.Context()
	p := s.person()
	code := p.Staff.Code
	for _, tt := range []struct {
		name string
		id   string
		edit func(*account.Account) // what was read before
		want error
	}{
		{"the first in another epoch", "r0", func(a *account.Account) { a.Epoch-- }, account.ErrSwapped},
		{"the first after one that nobody made", "r0", func(a *account.Account) { a.Recovery.ID = "none" }, account.ErrSwapped},
		{"the first", "r1", func(*account.Account) {}, nil},
		{"the first, after somebody else's", "r2", func(a *account.Account) { a.Recovery = account.LastRecovery{} }, account.ErrSwapped},
		{"the second", "r2", func(*account.Account) {}, nil},
		{"the second again", "r3", func(a *account.Account) { a.Recovery.ID = "r1" }, account.ErrSwapped},
	} {
		s.run(tt.name, func(s *suite) {
			was := s.read(code).Account
			tt.edit(&was)
			r := s.raised(p, tt.id, 1)
			want := s.stored(code)
			s.want(s.RaiseRequest(ctx, was, r), tt.want)
			request, ticket := account.RecoveryRequest{}, account.Ticket{}
			if tt.want == nil {
				want.state.Account.Recovery = r.Mark
				want.audit = append(want.audit, AuditLine(r.Audit))
				request, ticket = r.Request, r.Ticket
			}
			same(s, "stored", s.stored(code), want)
			same(s, "ticket", s.readTicket(r.Ticket), ticket)
			got, err := s.RecoveryRequest(ctx, tt.id)
			s.must(err)
			same(s, "request", got, request)
		})
	}
	s.run("of nobody", func(s *suite) {
		r := s.raised(account.Person{Staff: staff.Staff{Code: s.stranger()}}, "r9", 1)
		s.want(s.RaiseRequest(ctx, account.Account{}, r), account.ErrSwapped)
		same(s, "nobody", s.read(s.stranger()), account.Person{})
	})
}

// atOnce makes the same write many times at once. One must win, or as many as the
// limit says.
func (s *suite) atOnce() {
	ctx := s.Context()
	const n = 8
	p := s.person()
	code := p.Staff.Code
	t := s.ticket(p, account.ForSignIn)
	spender, spent := s.person(), s.ticket(p, account.ForSignIn)
	recovery := s.ticket(p, account.ForRecovery)
	reservation := func(i int) account.Reservation {
		return account.Reservation{Counted: "many", Source: "many", Purpose: account.ForSignIn, At: noon.Add(time.Duration(i) * time.Millisecond)}
	}
	was := s.read(code).Account
	raised := make([]account.RaisedRequest, n)
	for i := range raised {
		raised[i] = s.raised(p, fmt.Sprintf("r%d", i), 1)
	}
	for _, tt := range []struct {
		name  string
		write func(i int) error
		wins  int
		lost  error
	}{
		{"failures are swapped", func(i int) error {
			_, err := s.SwapFailures(ctx, "many", account.Failures{}, account.Failures{Count: 1, First: noon, Day: noon, Revision: 1})
			return err
		}, 1, account.ErrSwapped},
		{"a code is tried", func(int) error { _, err := s.TryCode(ctx, t.ID, noon, 3); return err }, 3, fault.Busy},
		{"a ticket is spent", func(int) error { return s.spend(spender, spent) }, 1, fault.TicketInvalid},
		{"texts to a phone", func(i int) error {
			_, err := s.ReserveForPhone(ctx, reservation(i), account.SMSLimits{Interval: time.Minute, ADay: 9})
			return err
		}, 1, fault.CodeTooSoon},
		{"texts of a day", func(i int) error {
			_, err := s.ReserveBudget(ctx, reservation(i), account.SMSLimits{Budget: account.Budget{Shards: 1, Whole: 3, Day: 3}})
			return err
		}, 3, fault.SMSUnavailable},
		{"texts of an address", func(i int) error { return s.ReserveForAddress(ctx, reservation(i), account.SMSLimits{AnHour: 3}) }, 3, fault.RateLimited},
		{"requests", func(i int) error { return s.RaiseRequest(ctx, was, raised[i]) }, 1, account.ErrSwapped},
		{"the first sessions", func(i int) error {
			slot := account.SessionSlot{Hash: fmt.Sprintf("many%d", i), At: noon}
			return s.StartSession(ctx, s.session(p, slot.Hash), nil, account.SlotSwap{Now: []account.SessionSlot{slot}})
		}, 1, account.ErrSwapped},
		{"passwords", func(i int) error {
			return s.ChangePassword(ctx, account.PasswordChange{Ticket: recovery, Hash: "new", At: noon, Audit: s.entry(fmt.Sprintf("set %d", i), code, audit.SetPassword)})
		}, 1, fault.TicketInvalid},
	} {
		s.run(tt.name, func(s *suite) {
			won := 0
			for _, err := range together(n, tt.write) {
				if err == nil {
					won++
					continue
				}
				s.want(err, tt.lost)
			}
			if won != tt.wins {
				s.Errorf("%d of %d have won, want %d", won, n, tt.wins)
			}
		})
	}
	same(s, "slots", len(s.read(code).Account.Slots), 1)
}
