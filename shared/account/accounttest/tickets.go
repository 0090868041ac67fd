package accounttest

import (
	"context"
	"sync"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
)

// TicketStore has tickets by the hash of their id, and recovery requests, which are
// raised with one. It is safe for concurrent use.
type TicketStore struct {
	mu       sync.Mutex
	tickets  map[string]account.Ticket
	requests map[string]account.RecoveryRequest
}

func newTicketStore() *TicketStore {
	return &TicketStore{tickets: map[string]account.Ticket{}, requests: map[string]account.RecoveryRequest{}}
}

func (s *TicketStore) lock() (unlock func()) {
	s.mu.Lock()
	return s.mu.Unlock
}

func (s *TicketStore) RecoveryRequest(_ context.Context, id string) (account.RecoveryRequest, error) {
	defer s.lock()()
	return s.requests[id], nil
}

// PutRequest writes a request as an administrator's decision does.
func (s *TicketStore) PutRequest(r account.RecoveryRequest) {
	defer s.lock()()
	s.requests[r.ID] = r
}

// mayUse reports whether the request of a ticket is approved, for what the ticket is.
func (s *TicketStore) mayUse(t account.Ticket, now time.Time) bool {
	r := s.requests[t.Request]
	return r.Staff == t.Staff && r.State == account.RecoveryApproved && r.Epoch == t.Epoch && r.Phone == t.Phone && now.Before(r.Expires)
}

func (s *TicketStore) Ticket(_ context.Context, id account.Secret) (account.Ticket, error) {
	defer s.lock()()
	return s.tickets[id.Hash()], nil
}

func (s *TicketStore) PutTicket(_ context.Context, t account.Ticket) error {
	defer s.lock()()
	s.tickets[t.ID.Hash()] = t
	return nil
}

func (s *TicketStore) DropTicket(_ context.Context, t account.Ticket) error {
	defer s.lock()()
	delete(s.tickets, t.ID.Hash())
	return nil
}

func (s *TicketStore) ReplaceCode(_ context.Context, was, now account.Ticket) error {
	defer s.lock()()
	t, ok := s.tickets[now.ID.Hash()]
	if !ok || t.Code != was.Code {
		return fault.TicketInvalid
	}
	t.Code, t.CodeExpires, t.VerifiedUntil, t.Known = now.Code, now.CodeExpires, now.VerifiedUntil, now.Known
	s.tickets[now.ID.Hash()] = t
	return nil
}

func (s *TicketStore) TryCode(_ context.Context, id account.Secret, now time.Time, tries int) (account.Ticket, error) {
	defer s.lock()()
	t, err := s.tickets[id.Hash()].Try(now, tries)
	if err == nil {
		s.tickets[id.Hash()] = t
	}
	return t, err
}

// coded returns the ticket if it still has t's code.
func (s *TicketStore) coded(t account.Ticket) (account.Ticket, bool) {
	current := s.tickets[t.ID.Hash()]
	return current, t.Code != "" && current.Code == t.Code
}

func (s *TicketStore) VerifyCode(ctx context.Context, t account.Ticket, until time.Time) error {
	defer s.lock()()
	current, ok := s.coded(t)
	if !ok || current.Tries == 0 {
		return fault.TicketInvalid
	}
	current.Tries, current.VerifiedUntil = current.Tries-1, until
	s.tickets[t.ID.Hash()] = current
	return nil
}

func (s *TicketStore) ReturnTry(_ context.Context, t account.Ticket) error {
	defer s.lock()()
	if current, ok := s.coded(t); ok && current.Tries > 0 {
		current.Tries--
		s.tickets[t.ID.Hash()] = current
	}
	return nil
}

func (s *TicketStore) WrongTry(_ context.Context, t account.Ticket) (int, error) {
	defer s.lock()()
	current, ok := s.tickets[t.ID.Hash()]
	if !ok {
		return 0, fault.TicketInvalid
	}
	current.Wrong++
	s.tickets[t.ID.Hash()] = current
	return current.Wrong, nil
}
