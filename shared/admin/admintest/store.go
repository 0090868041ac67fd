// Package admintest is storage for the tests of use cases: a Store of maps, and the
// Suite of tests that holds it, and the real storage, to the interfaces of package
// admin.
//
// The Store is made of smaller ones, each with one subject and a file of its own. The
// register and the failures are those of accounttest, the jobs those of jobstest. The
// PeopleStore and the OrgStore change the register; the SearchStore reads it; the
// AuditStore, the DictionaryStore and the RecoveryStore have maps of their own. Store itself has what
// needs two of them. All else follows from these when it is read: who has a name, what
// an organisation holds, the rows of a search. So nothing lags, and no row is out of
// date. It keeps no sessions and sends no texts. The interfaces say what its methods
// do. Look first at Seed, then at PeopleStore.Change.
package admintest

import (
	"cmp"
	"context"
	"sync"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/account/accounttest"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/jobs"
	"chaoxi/shared/jobs/jobstest"
	"chaoxi/shared/staff"
)

// Seed is what a store has when a test begins.
type Seed struct {
	Orgs         []staff.Org
	People       []account.Person
	Dictionaries staff.Dictionaries
	Failures     map[string]account.Failures // by lock key
	Requests     []account.RecoveryRequest
}

// Store is storage in maps. It is safe for concurrent use. Make one with New.
type Store struct {
	*accounttest.Register
	*accounttest.FailureStore
	*accounttest.SessionStore
	*PeopleStore
	*OrgStore
	*SearchStore
	*DictionaryStore
	*RecoveryStore
	*AuditStore
	*RequestStore
	*jobstest.Store
	writer
}

// New returns a Store that has all of seed.
func New(seed Seed) *Store {
	register, audit, jobs := accounttest.NewRegister(), newAuditStore(), jobstest.New()
	requests := &RequestStore{register: register, all: map[string]admin.Once{}}
	writes := writer{register, audit, requests, &race{}}
	sessions := accounttest.NewSessionStore()
	s := &Store{
		register, accounttest.NewFailureStore(), sessions, &PeopleStore{writes, newProbes(), sessions, jobs}, &OrgStore{writes, jobs}, &SearchStore{register: register},
		&DictionaryStore{writer: writes, entries: map[[2]string]staff.DictionaryEntry{}},
		&RecoveryStore{writer: writes, requests: map[string]account.RecoveryRequest{}}, audit, requests, jobs, writes,
	}
	s.Put(seed)
	return s
}

// Put adds all of seed, without any condition. What is there already is replaced.
func (s *Store) Put(seed Seed) {
	for _, p := range seed.People {
		s.PutPerson(p)
	}
	s.PutOrgs(seed.Orgs...)
	s.putEntries(seed.Dictionaries)
	s.putRequests(seed.Requests)
	for key, f := range seed.Failures {
		s.PutFailures(key, f)
	}
}

func (s *Store) Around(ctx context.Context, orgs []staff.OrgCode, lockKeys []string) (staff.Orgs, []account.Failures, error) {
	found, err := s.Orgs(ctx, orgs)
	return found, s.FailuresOf(lockKeys...), err
}

func (s *Store) Audit(_ context.Context, by account.Caller, e audit.Entry) error {
	all, unlock := s.begin()
	defer unlock()
	return s.enter(mayWrite(all, by), e, func() {})
}

func (s *Store) MakeJob(_ context.Context, by account.Caller, j jobs.NewJob, once *admin.Once) error {
	all, unlock := s.begin()
	defer unlock()
	err := cmp.Or(s.RequestStore.mayCarryOut(once), mayWrite(all, by))
	if err == nil {
		s.RequestStore.carryOut(once)
		s.Add(j)
	}
	return err
}

func (s *Store) StopJob(ctx context.Context, by account.Caller, id string, now time.Time) error {
	all, unlock := s.begin()
	defer unlock()
	if err := mayWrite(all, by); err != nil {
		return err
	}
	return s.Store.StopJob(ctx, by, id, now)
}

// Race has rival run once, right before the next write that has conditions, as somebody
// who writes first.
func (s *Store) Race(rival func()) {
	s.race.mu.Lock()
	defer s.race.mu.Unlock()
	s.race.rival = rival
}

// race is for a rival who writes first.
type race struct {
	mu    sync.Mutex
	rival func()
}

// run has the rival write, if there is one.
func (r *race) run() {
	r.mu.Lock()
	rival := r.rival
	r.rival = nil
	r.mu.Unlock()
	if rival != nil {
		rival()
	}
}

// writer is what writes with conditions need.
type writer struct {
	register *accounttest.Register
	audit    *AuditStore
	requests *RequestStore
	race     *race
}

// begin begins a write: after the rival has written, the records are the caller's until
// the function is called that begin returns.
func (w writer) begin() (all *accounttest.Records, unlock func()) {
	w.race.run()
	return w.register.Lock()
}

// enter does a write, and enters it into the audit, unless err says that what it stands
// on is not so.
func (w writer) enter(err error, e audit.Entry, write func()) error {
	if err == nil {
		err = w.audit.Enter(e)
	}
	if err == nil {
		write()
	}
	return err
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
