// Package accounttest has a store of maps for tests of use cases, and the suite of
// tests that every store of package account must pass.
//
// The Store is made of smaller ones, each with one subject, a file and a lock of its
// own: the Register, the FailureStore, the CountStore, the TicketStore, the
// SessionStore and the Trail. Store itself has what needs two of them. The interfaces of
// package account say what the methods do.
//
// No store fails and none costs anything: a test that breaks calls or counts trips
// needs the table. Look first at Register, then at Suite, which says what each method
// promises. Package dynamo runs the same suite.
package accounttest

import (
	"context"
	"slices"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// Store implements the store interfaces that All names. Make one with New. A method
// that holds two locks takes them in the order of the fields.
type Store struct {
	*Register
	*FailureStore
	*CountStore
	*TicketStore
	*SessionStore
	*Trail
}

// New returns an empty Store.
func New() *Store {
	return &Store{NewRegister(), NewFailureStore(), newCountStore(), newTicketStore(), NewSessionStore(), &Trail{}}
}

func (s *Store) PersonBeside(ctx context.Context, c staff.EmployeeCode, lockKey string, phone staff.Phone) (account.Person, account.Failures, staff.EmployeeCode, error) {
	p, err := s.Person(ctx, c)
	return p, s.FailuresOf(lockKey)[0], s.signsInBy(phone.E164()), err
}

func (s *Store) StoredAround(ctx context.Context, orgs []staff.OrgCode, lockKeys []string) (staff.Orgs, []account.Failures, error) {
	found, err := s.StoredOrgs(ctx, orgs)
	return found, s.FailuresOf(lockKeys...), err
}

func (s *Store) FindName(_ context.Context, name staff.SignInName, lockKey string) (staff.EmployeeCode, account.Failures, error) {
	return s.signsInBy(name.Normal()), s.FailuresOf(lockKey)[0], nil
}

func (s *Store) FindSignIn(ctx context.Context, name staff.SignInName, lockKeys []string, source string, now time.Time) (account.Known, error) {
	use, err := s.AddressUse(ctx, source, now)
	return account.Known{Owner: s.signsInBy(name.Normal()), Failures: s.FailuresOf(lockKeys...), Use: use}, err
}

func (s *Store) SignInState(ctx context.Context, c staff.EmployeeCode) (account.SignInState, error) {
	p, err := s.Person(ctx, c)
	if err != nil {
		return account.SignInState{}, err
	}
	sessions, err := s.Sessions(ctx, c)
	return account.SignInState{Person: p, Devices: s.devices(c), Sessions: sessions}, err
}

func (s *Store) SessionAndAccount(ctx context.Context, t account.Token) (account.Session, account.Account, error) {
	p, err := s.Person(ctx, t.Staff)
	return s.session(t), p.Account, err
}

// StartSession writes nothing if the slots have changed. The table may have the
// session then, which makes no difference: without a slot it does not count.
func (s *Store) StartSession(_ context.Context, ses account.Session, history []account.SignIn, slots account.SlotSwap) error {
	all, unlock := s.Register.Lock()
	defer unlock()
	p, there := all.People[ses.Staff]
	if !there || !slices.Equal(p.Account.Slots, slots.Was) {
		return account.ErrSwapped
	}
	p.Account.Slots = slots.Now
	all.People[ses.Staff] = p
	s.begin(ses, history, nil, slots.Ended)
	return nil
}

func (s *Store) StartProved(_ context.Context, t account.Ticket, ses account.Session, history []account.SignIn, d *account.Device, slots account.SlotSwap) error {
	all, unlock := s.Register.Lock()
	defer unlock()
	defer s.TicketStore.lock()()
	p, there := all.People[ses.Staff]
	_, coded := s.coded(t)
	switch {
	case !coded:
		return fault.TicketInvalid
	case !there || p.Account.Epoch != ses.Epoch || !slices.Equal(p.Account.Slots, slots.Was):
		return account.ErrSwapped
	}
	delete(s.tickets, t.ID.Hash())
	p.Account.Slots = slots.Now
	all.People[ses.Staff] = p
	s.begin(ses, history, d, slots.Ended)
	return nil
}

func (s *Store) TraceFailure(ctx context.Context, key string, was, now account.Failures, t account.Trace) (account.Failures, error) {
	current, err := s.SwapFailures(ctx, key, was, now)
	if err != nil || t.Staff.IsZero() {
		return current, err
	}
	if t.Lock != nil {
		if err := s.Enter(*t.Lock); err != nil {
			return current, err
		}
	}
	if t.Line != nil {
		err = s.AddSignIn(ctx, t.Staff, *t.Line)
	}
	return current, err
}

func (s *Store) RenewSession(_ context.Context, t account.Ticket, ses account.Session, slots account.SlotSwap) error {
	all, unlock := s.Register.Lock()
	defer unlock()
	defer s.TicketStore.lock()()
	of, done := s.lockOf(ses.Staff)
	defer done()
	p, there := all.People[ses.Staff]
	_, coded := s.coded(t)
	switch {
	case !coded:
		return fault.TicketInvalid
	case !there || p.Account.Epoch != ses.Epoch || !slices.Equal(p.Account.Slots, slots.Was):
		return account.ErrSwapped
	case !of.has(slots.Ended):
		return fault.TicketInvalid
	}
	ses.Dies = time.Time{} // only storage asks for it
	delete(s.tickets, t.ID.Hash())
	p.Account.Slots, of.sessions[ses.Hash] = slots.Now, ses
	all.People[ses.Staff] = p
	for _, hash := range slots.Ended {
		delete(of.sessions, hash)
	}
	return nil
}
