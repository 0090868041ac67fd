package accounttest

import (
	"context"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
)

func (s *Store) Ticket(_ context.Context, id account.Secret) (account.Ticket, error) {
	defer s.lock()()
	return s.tickets[id.Hash()], nil
}

func (s *Store) PutTicket(_ context.Context, t account.Ticket) error {
	defer s.lock()()
	s.tickets[t.ID.Hash()] = t
	return nil
}

func (s *Store) DropTicket(_ context.Context, t account.Ticket) error {
	defer s.lock()()
	delete(s.tickets, t.ID.Hash())
	return nil
}

func (s *Store) ReplaceCode(_ context.Context, was, now account.Ticket) error {
	defer s.lock()()
	t, ok := s.tickets[now.ID.Hash()]
	if !ok || t.Code != was.Code {
		return fault.TicketInvalid
	}
	t.Code, t.CodeExpires, t.VerifiedUntil, t.Known = now.Code, now.CodeExpires, now.VerifiedUntil, now.Known
	s.tickets[now.ID.Hash()] = t
	return nil
}

func (s *Store) TryCode(_ context.Context, id account.Secret, now time.Time, tries int) (account.Ticket, error) {
	defer s.lock()()
	t, err := s.tickets[id.Hash()].Try(now, tries)
	if err == nil {
		s.tickets[id.Hash()] = t
	}
	return t, err
}

// coded returns the ticket if it still has t's code.
func (s *Store) coded(t account.Ticket) (account.Ticket, bool) {
	current := s.tickets[t.ID.Hash()]
	return current, t.Code != "" && current.Code == t.Code
}

func (s *Store) VerifyCode(ctx context.Context, t account.Ticket, until time.Time) error {
	defer s.lock()()
	current, ok := s.coded(t)
	if !ok || current.Tries == 0 {
		return fault.TicketInvalid
	}
	current.Tries, current.VerifiedUntil = current.Tries-1, until
	s.tickets[t.ID.Hash()] = current
	return nil
}

func (s *Store) ReturnTry(_ context.Context, t account.Ticket) error {
	defer s.lock()()
	if current, ok := s.coded(t); ok && current.Tries > 0 {
		current.Tries--
		s.tickets[t.ID.Hash()] = current
	}
	return nil
}

func (s *Store) WrongTry(_ context.Context, t account.Ticket) (int, error) {
	defer s.lock()()
	current, ok := s.tickets[t.ID.Hash()]
	if !ok {
		return 0, fault.TicketInvalid
	}
	current.Wrong++
	s.tickets[t.ID.Hash()] = current
	return current.Wrong, nil
}

func (s *Store) SpendTicket(_ context.Context, t account.Ticket) error {
	defer s.lock()()
	if _, ok := s.coded(t); !ok {
		return fault.TicketInvalid
	}
	delete(s.tickets, t.ID.Hash())
	return nil
}
