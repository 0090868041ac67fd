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
func (p *person) setPassword(hash string, past []string, at time.Time) {
	p.Account.Password, p.Account.Past, p.Account.PasswordSetAt, p.Account.ClearedAt = hash, past, at, at
	p.Account.Epoch++
}

func (s *Store) ChangePassword(_ context.Context, c account.PasswordChange) error {
	defer s.lock()()
	p := s.of(c.Ticket.Staff)
	_, coded := s.coded(c.Ticket)
	switch {
	case c.Activate && p.Staff.CanSignIn():
		return fault.AlreadyActive
	case !coded, p.Account.Epoch != c.Ticket.Epoch, c.Activate && !p.Staff.CanActivate(), !c.Activate && !p.Staff.CanSignIn(),
		!c.Activate && !reflect.DeepEqual(append([]account.Grant{}, p.Account.Grants...), append([]account.Grant{}, c.Grants...)):
		return fault.TicketInvalid
	}
	if id := c.Ticket.Request; id != "" {
		r := s.requests[id]
		if r.Staff != c.Ticket.Staff || r.State != account.RecoveryApproved || r.Epoch != c.Ticket.Epoch || r.Phone != c.Ticket.Phone || !c.At.Before(r.Expires) {
			return fault.TicketInvalid
		}
		r.State = account.RecoveryUsed
		s.requests[id] = r
	}
	p.setPassword(c.Hash, c.Past, c.At)
	p.Account.DeviceEpoch++
	if c.Activate {
		p.Staff.State, p.Staff.ActivatedAt = staff.Active, c.At
		p.Staff.Revision++
	}
	if c.Device != nil {
		p.devices[c.Device.MAC] = *c.Device
	}
	s.entries = append(s.entries, c.Audit)
	return nil
}

func (s *Store) ReplacePassword(_ context.Context, r account.PasswordReplacement) error {
	defer s.lock()()
	p := s.of(r.Staff)
	if p.Staff.Code.IsZero() || p.Account.Epoch != r.Epoch {
		return fault.SessionExpired
	}
	p.setPassword(r.Hash, r.Past, r.At)
	s.entries = append(s.entries, r.Audit)
	return nil
}

func (s *Store) Rehash(_ context.Context, c staff.EmployeeCode, was, now string) error {
	defer s.lock()()
	if p := s.of(c); p.Account.Password == was {
		p.Account.Password = now
	}
	return nil
}

func (s *Store) ReplacePhone(_ context.Context, r account.PhoneReplacement) error {
	defer s.lock()()
	p, phone := s.of(r.Was.Code), r.Ticket.Phone
	_, coded := s.coded(r.Ticket)
	owner := s.owners[phone.E164()]
	switch {
	case !coded, p.Account.Epoch != r.Ticket.Epoch, !p.Staff.CanSignIn(), p.Staff.Phone != r.Was.Phone, p.Staff.Account != r.Was.Account:
		return fault.TicketInvalid
	case !owner.IsZero() && owner != r.Was.Code:
		return fault.PhoneTaken
	}
	delete(s.tickets, r.Ticket.ID.Hash())
	was := p.Staff
	p.Staff.Phone, p.Staff.Version, p.Staff.Revision = phone, was.Version+1, was.Revision+1
	s.rename(was, p.Staff)
	p.Account.Epoch++
	p.Account.DeviceEpoch++
	r.Audit.Version = p.Staff.Version
	s.entries = append(s.entries, r.Audit)
	return nil
}

func (s *Store) RecoveryRequest(_ context.Context, id string) (account.RecoveryRequest, error) {
	defer s.lock()()
	return s.requests[id], nil
}

// PutRequest writes a request as an administrator's decision does.
func (s *Store) PutRequest(r account.RecoveryRequest) {
	defer s.lock()()
	s.requests[r.ID] = r
}

func (s *Store) RaiseRequest(_ context.Context, was account.Account, r account.RaisedRequest) error {
	defer s.lock()()
	p := s.of(r.Request.Staff)
	if p.Staff.Code.IsZero() || p.Account.Epoch != was.Epoch || p.Account.Recovery.ID != was.Recovery.ID {
		return account.ErrSwapped
	}
	p.Account.Recovery, s.requests[r.Request.ID], s.tickets[r.Ticket.ID.Hash()] = r.Mark, r.Request, r.Ticket
	s.entries = append(s.entries, r.Audit)
	return nil
}
