// Package admintest is storage for the tests of use cases: a Store of maps, and the
// Suite of tests that holds it, and the real storage, to the interfaces of packages
// admin and jobs.
//
// The Store keeps people, organisations, moves, dictionaries, audit and jobs. All else
// follows from these when it is read: who has a name, what an organisation holds, the
// rows of a search. So nothing lags, and no row is out of date. It keeps no sessions
// and sends no texts. The interfaces say what its methods do; a file here has those of
// one subject. Look first at Seed, then at Store.Change in people.go.
package admintest

import (
	"slices"
	"sync"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/staff"
)

// Seed is what a store has when a test begins.
type Seed struct {
	Orgs         []staff.Org
	People       []account.Person
	Dictionaries staff.Dictionaries
	Failures     map[string]account.Failures // by guard
}

// Store is storage in maps. It is safe for concurrent use. Make one with New.
type Store struct {
	mu       sync.Mutex
	rival    func() // see Race
	people   map[staff.EmployeeCode]account.Person
	failures map[string]account.Failures
	orgs     staff.Orgs // with paths as stored
	moves    staff.Moves
	entries  map[[2]string]staff.DictionaryEntry // by dictionary and code
	audit    []audit.Entry
	logs     map[staff.OrgCode][]audit.Entry
	jobs     map[string]*job
	once     map[string]admin.Once
}

// New returns a Store that has all of seed.
func New(seed Seed) *Store {
	s := &Store{
		people: map[staff.EmployeeCode]account.Person{}, failures: map[string]account.Failures{}, orgs: staff.Orgs{},
		entries: map[[2]string]staff.DictionaryEntry{}, logs: map[staff.OrgCode][]audit.Entry{}, jobs: map[string]*job{}, once: map[string]admin.Once{},
	}
	s.Put(seed)
	return s
}

// Put adds all of seed, without any condition. What is there already is replaced.
func (s *Store) Put(seed Seed) {
	defer s.lock()()
	for _, p := range seed.People {
		p.Staff.Loaded = p.Staff.Version
		s.people[p.Staff.Code] = clone(p)
	}
	for _, o := range seed.Orgs {
		s.orgs[o.Code] = o
	}
	for _, e := range seed.Dictionaries {
		s.entries[entryKey(e)] = e
	}
	for guard, f := range seed.Failures {
		s.failures[guard] = f
	}
}

// Race has rival run once, right before the next write, as somebody who writes first.
func (s *Store) Race(rival func()) {
	defer s.lock()()
	s.rival = rival
}

// Entries returns the audit, the oldest entry first.
func (s *Store) Entries() []audit.Entry {
	defer s.lock()()
	return slices.Clone(s.audit)
}

func (s *Store) lock() (unlock func()) {
	s.mu.Lock()
	return s.mu.Unlock
}

// write locks the store for a write, after the rival has written.
func (s *Store) write() (unlock func()) {
	unlock = s.lock()
	rival := s.rival
	s.rival = nil
	unlock()
	if rival != nil {
		rival()
	}
	return s.lock()
}

func clone(p account.Person) account.Person {
	p.Staff = p.Staff.Clone()
	p.Account.Grants = slices.Clone(p.Account.Grants)
	return p
}

// refuse is err if what a write stands on is not so.
func refuse(is bool, err error) error {
	if is {
		return nil
	}
	return err
}

// page is the part of a sorted list that comes after a place. As in a table, a full
// page has a last place even if nothing comes after it.
func page[T any](all []T, place func(T) string, after string, limit int) ([]T, string) {
	for after != "" && len(all) > 0 && place(all[0]) <= after {
		all = all[1:]
	}
	return upTo(all, place, limit)
}

func upTo[T any](all []T, place func(T) string, limit int) ([]T, string) {
	if len(all) < limit {
		return all, ""
	}
	return all[:limit], place(all[limit-1])
}

func sortTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
