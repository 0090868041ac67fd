package accounttest

import (
	"context"
	"reflect"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// setPassword writes a password, raises the epoch and clears the failures.
func setPassword(a *account.Account, hash string, past []string, at time.Time) {
	a.Password, a.Past, a.PasswordSetAt, a.ClearedAt = hash, past, at, at
	a.Epoch++
}

func (s *Store) ChangePassword(_ context.Context, c account.PasswordChange) error {
	all, unlock := s.Register.Lock()
	defer unlock()
	defer s.TicketStore.lock()()
	p := all.People[c.Ticket.Staff]
	_, coded := s.coded(c.Ticket)
	switch {
	case c.Activate && p.Staff.CanSignIn():
		return fault.AlreadyActive
	case !coded, p.Account.Epoch != c.Ticket.Epoch, c.Activate && !p.Staff.CanActivate(), !c.Activate && !p.Staff.CanSignIn(),
		!c.Activate && !reflect.DeepEqual(append([]account.Grant{}, p.Account.Grants...), append([]account.Grant{}, c.Grants...)),
		c.Ticket.Request != "" && !s.mayUse(c.Ticket, c.At):
		return fault.TicketInvalid
	}
	if err := s.Enter(c.Audit); err != nil {
		return err
	}
	if r, ok := s.requests[c.Ticket.Request]; ok {
		r.State = account.RecoveryUsed
		s.requests[r.ID] = r
	}
	setPassword(&p.Account, c.Hash, c.Past, c.At)
	p.Account.DeviceEpoch++
	if c.Activate {
		p.Staff.State, p.Staff.ActivatedAt = staff.Active, c.At
		p.Staff.Revision++
	}
	if c.Device != nil {
		s.trust(p.Staff.Code, *c.Device)
	}
	s.Tell(p.Staff.Code, c.History...)
	all.Put(p)
	return nil
}

func (s *Store) ReplacePassword(_ context.Context, r account.PasswordReplacement) error {
	all, unlock := s.Register.Lock()
	defer unlock()
	p, there := all.People[r.Staff]
	if !there || p.Account.Epoch != r.Epoch {
		return fault.SessionExpired
	}
	if err := s.Enter(r.Audit); err != nil {
		return err
	}
	setPassword(&p.Account, r.Hash, r.Past, r.At)
	s.Tell(r.Staff, r.History...)
	all.Put(p)
	return nil
}

func (s *Store) ReplacePhone(_ context.Context, r account.PhoneReplacement) error {
	all, unlock := s.Register.Lock()
	defer unlock()
	defer s.TicketStore.lock()()
	p, phone := all.People[r.Was.Code], r.Ticket.Phone
	_, coded := s.coded(r.Ticket)
	owner := all.signsInBy(phone.E164())
	switch {
	case !coded, p.Account.Epoch != r.Ticket.Epoch, !p.Staff.CanSignIn(), p.Staff.Phone != r.Was.Phone, p.Staff.Account != r.Was.Account:
		return fault.TicketInvalid
	case !owner.IsZero() && owner != r.Was.Code:
		return fault.PhoneTaken
	}
	p.Staff.Phone, p.Staff.Version, p.Staff.Revision = phone, p.Staff.Version+1, p.Staff.Revision+1
	p.Account.Epoch++
	p.Account.DeviceEpoch++
	r.Audit.Version = p.Staff.Version
	if err := s.Enter(r.Audit); err != nil {
		return err
	}
	delete(s.tickets, r.Ticket.ID.Hash())
	s.Tell(p.Staff.Code, r.History...)
	all.Put(p)
	return nil
}

func (s *Store) RaiseRequest(_ context.Context, was account.Account, r account.RaisedRequest) error {
	all, unlock := s.Register.Lock()
	defer unlock()
	defer s.TicketStore.lock()()
	p, there := all.People[r.Request.Staff]
	if !there || p.Account.Epoch != was.Epoch || p.Account.Recovery.ID != was.Recovery.ID {
		return account.ErrSwapped
	}
	if err := s.Enter(r.Audit); err != nil {
		return err
	}
	p.Account.Recovery, s.requests[r.Request.ID], s.tickets[r.Ticket.ID.Hash()] = r.Mark, r.Request, r.Ticket
	all.Put(p)
	return nil
}
