// Package accounttest has a store of maps for tests of use cases, and the suite of
// tests that every store of package account must pass.
//
// The store does not fail and costs nothing: a test that breaks calls or counts trips
// needs the table. Look first at Store, then at Suite, which says what each method
// promises. Package dynamo runs the same suite.
package accounttest

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/staff"
)

// Store implements the store interfaces that All names. Make one with New.
type Store struct {
	mu       sync.Mutex
	people   map[staff.EmployeeCode]*person
	owners   map[string]staff.EmployeeCode // by the normal form of a name
	orgs     staff.Orgs
	failures map[string]account.Failures
	counts   map[string]int       // of texts and of failures of addresses
	texts    map[string]time.Time // when the last one was, by purpose and phone
	tickets  map[string]account.Ticket
	requests map[string]account.RecoveryRequest
	entries  []audit.Entry
}

// person is all that is stored of one person.
type person struct {
	account.Person
	devices  map[string]account.Device  // by MAC
	sessions map[string]account.Session // by hash
	signIns  []account.SignIn
}

// New returns an empty Store.
func New() *Store {
	return &Store{
		people: map[staff.EmployeeCode]*person{}, owners: map[string]staff.EmployeeCode{}, orgs: staff.Orgs{}, failures: map[string]account.Failures{}, counts: map[string]int{},
		texts: map[string]time.Time{}, tickets: map[string]account.Ticket{}, requests: map[string]account.RecoveryRequest{},
	}
}

// lock locks the store until the function that it returns is called.
func (s *Store) lock() (unlock func()) {
	s.mu.Lock()
	return s.mu.Unlock
}

// PutPerson puts somebody on the register, or replaces what is there. Devices and
// sessions stay.
func (s *Store) PutPerson(p account.Person) {
	defer s.lock()()
	h := s.people[p.Staff.Code]
	if h == nil {
		h = &person{devices: map[string]account.Device{}, sessions: map[string]account.Session{}}
		s.people[p.Staff.Code] = h
	}
	s.rename(h.Staff, p.Staff)
	h.Person = p
}

// rename gives up the names of was and claims those of now. An account that looks
// like a phone is no name of its own: it finds whoever has the phone.
func (s *Store) rename(was, now staff.Staff) {
	delete(s.owners, was.Account.String())
	delete(s.owners, was.Phone.E164())
	if _, like := now.Account.AsPhone(); !like {
		s.owners[now.Account.String()] = now.Code
	}
	if !now.Phone.IsZero() {
		s.owners[now.Phone.E164()] = now.Code
	}
}

// PutOrgs puts organisations on the register.
func (s *Store) PutOrgs(orgs ...staff.Org) {
	defer s.lock()()
	for _, o := range orgs {
		s.orgs[o.Code] = o
	}
}

// Audit returns all audit entries, the oldest first.
func (s *Store) Audit() []audit.Entry {
	defer s.lock()()
	return slices.Clone(s.entries)
}

// of returns what is stored of somebody. For a code that nobody has it returns a new
// value, which is not stored.
func (s *Store) of(c staff.EmployeeCode) *person { return cmp.Or(s.people[c], &person{}) }

func (s *Store) Person(_ context.Context, c staff.EmployeeCode) (account.Person, error) {
	defer s.lock()()
	return s.of(c).Person, nil
}

func (s *Store) People(_ context.Context, codes []staff.EmployeeCode) (map[staff.EmployeeCode]staff.Staff, error) {
	defer s.lock()()
	found := map[staff.EmployeeCode]staff.Staff{}
	for _, c := range codes {
		if p, ok := s.people[c]; ok {
			found[c] = p.Staff
		}
	}
	return found, nil
}

func (s *Store) StoredOrgs(_ context.Context, codes []staff.OrgCode) (staff.Orgs, error) {
	defer s.lock()()
	found := staff.Orgs{}
	for _, c := range codes {
		if o, ok := s.orgs[c]; ok {
			found[c] = o
		}
	}
	return found, nil
}

func (s *Store) GrantsOn(_ context.Context, orgs []staff.OrgCode) ([]account.Granted, error) {
	defer s.lock()()
	var all []account.Granted
	for c, p := range s.people {
		for _, g := range p.Account.Grants {
			if slices.Contains(orgs, g.Org) {
				all = append(all, account.Granted{Staff: c, Grant: g})
			}
		}
	}
	slices.SortFunc(all, func(a, b account.Granted) int {
		return cmp.Or(slices.Index(orgs, a.Grant.Org)-slices.Index(orgs, b.Grant.Org), cmp.Compare(a.Staff.String(), b.Staff.String()), cmp.Compare(a.Grant.ID, b.Grant.ID))
	})
	return all, nil
}

func (s *Store) PersonBeside(ctx context.Context, c staff.EmployeeCode, lockKey string, phone staff.Phone) (account.Person, account.Failures, staff.EmployeeCode, error) {
	defer s.lock()()
	return s.of(c).Person, s.failures[lockKey], s.owners[phone.E164()], nil
}

func (s *Store) StoredAround(ctx context.Context, orgs []staff.OrgCode, lockKeys []string) (staff.Orgs, []account.Failures, error) {
	_, failures, _ := s.FindSignIn(ctx, staff.SignInName{}, lockKeys)
	found, err := s.StoredOrgs(ctx, orgs)
	return found, failures, err
}

func (s *Store) FindName(ctx context.Context, name staff.SignInName, lockKey string) (staff.EmployeeCode, account.Failures, error) {
	c, failures, err := s.FindSignIn(ctx, name, []string{lockKey})
	return c, failures[0], err
}

func (s *Store) FindSignIn(_ context.Context, name staff.SignInName, lockKeys []string) (staff.EmployeeCode, []account.Failures, error) {
	defer s.lock()()
	failures := make([]account.Failures, len(lockKeys))
	for i, k := range lockKeys {
		failures[i] = s.failures[k]
	}
	return s.owners[name.Normal()], failures, nil
}
