package accounttest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// All has the store interfaces of the use cases that functions call for a person.
type All interface {
	account.AuthorizeStore
	account.ChangePasswordStore
	account.ChangePhoneStore
	account.LoginStore
	account.MeStore
	account.RaiseRecoveryStore
	account.RecoveryOptionsStore
	account.SendCodeStore
	account.SessionsStore
	account.PaceStore
	account.SetPasswordStore
	account.StepUpStore
	account.VerifyLoginStore
}

// UnderTest is an empty store, and how the suite fills it and looks into it.
type UnderTest struct {
	All
	PutPerson  func(account.Person) // somebody new, without posts
	PutOrgs    func(...staff.Org)
	PutRequest func(account.RecoveryRequest) // as a decision leaves it
	// Audit returns the ids and versions of the entries about a person, the oldest
	// first, without those of PutPerson.
	Audit func(staff.EmployeeCode) []string
}

// AuditLine is what UnderTest.Audit returns of an entry.
func AuditLine(e audit.Entry) string { return fmt.Sprintf("%s version %d", e.ID, e.Version) }

// Suite tests whether a store keeps the promises of the interfaces in All.
func Suite(t *testing.T, newStore func(testing.TB) UnderTest) {
	for _, part := range []struct {
		name string
		test func(*suite)
	}{
		{"people", (*suite).people},
		{"names", (*suite).names},
		{"failures", (*suite).failures},
		{"failures of an address", (*suite).addressFailures},
		{"tries of codes", (*suite).codeTries},
		{"texts to a phone", (*suite).textsToPhone},
		{"texts of all", (*suite).textsOfAll},
		{"the row of texts", (*suite).pace},
		{"tickets", (*suite).tickets},
		{"tries", (*suite).tries},
		{"codes", (*suite).codes},
		{"a password by code", (*suite).changePassword},
		{"a password by an approved request", (*suite).approvedRequests},
		{"a password by password", (*suite).replacePassword},
		{"a phone", (*suite).replacePhone},
		{"sessions", (*suite).sessions},
		{"proved", (*suite).proved},
		{"renewals", (*suite).renewals},
		{"slots", (*suite).slots},
		{"the history", (*suite).signIns},
		{"recovery requests", (*suite).requests},
		{"writes at once", (*suite).atOnce},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			part.test(&suite{T: t, UnderTest: newStore(t), random: rand.NewChaCha8([32]byte{7})})
		})
	}
}

// suite is one part of the suite, with a store of its own.
type suite struct {
	*testing.T
	UnderTest
	random  *rand.ChaCha8
	numbers int
}

// noon is noon in China. It lies in the future: items whose time to live is over are
// deleted.
var noon = time.Date(2040, 3, 2, 4, 0, 0, 0, time.UTC)

// person puts somebody on the register who can sign in, changed by the edits.
func (s *suite) person(edits ...func(*account.Person)) account.Person {
	s.Helper()
	s.numbers++
	code, err := staff.ParseEmployeeCode(fmt.Sprintf("GE_%032d", s.numbers))
	s.must(err)
	name, err := staff.ParseAccount(fmt.Sprintf("user%d", s.numbers))
	s.must(err)
	p := account.Person{
		Staff:   staff.Staff{Code: code, Version: 3, Revision: 8, Name: "王芳", Account: name, Phone: s.phone(s.numbers), Employment: staff.InService, State: staff.Active},
		Account: account.Account{Password: "hash", Past: []string{"older", "oldest"}, PasswordSetAt: noon.Add(-time.Hour), Epoch: 4, DeviceEpoch: 2},
	}
	for _, edit := range edits {
		edit(&p)
	}
	s.PutPerson(p)
	return p
}

func pending(p *account.Person) {
	p.Staff.State = staff.Pending
	p.Account = account.Account{}
}
func frozen(p *account.Person) { p.Staff.State, p.Staff.FrozenFrom = staff.Frozen, staff.Active }
func left(p *account.Person)   { p.Staff.Employment = staff.Left }
func granted(p *account.Person) {
	p.Account.Grants = []account.Grant{{ID: "grant", Type: account.UnitGrant, Org: must(staff.ParseOrgCode(fmt.Sprintf("GO_%032d", 1)))}}
}
func everPending(p *account.Person) { p.Staff.State = staff.Pending }

func (s *suite) phone(n int) staff.Phone {
	s.Helper()
	p, err := staff.ParsePhone(fmt.Sprintf("137%08d", n))
	s.must(err)
	return p
}

func (s *suite) org(n int) staff.OrgCode {
	s.Helper()
	c, err := staff.ParseOrgCode(fmt.Sprintf("GO_%032d", n))
	s.must(err)
	return c
}

func (s *suite) stranger() staff.EmployeeCode {
	s.Helper()
	c, err := staff.ParseEmployeeCode("GE_ffffffffffffffffffffffffffffffff")
	s.must(err)
	return c
}

func (s *suite) secret() account.Secret {
	s.Helper()
	id, err := account.NewSecret(s.random)
	s.must(err)
	return id
}

// ticket writes a ticket of p with a code, changed by the edits.
func (s *suite) ticket(p account.Person, purpose account.Purpose, edits ...func(*account.Ticket)) account.Ticket {
	s.Helper()
	t := account.Ticket{
		ID: s.secret(), Purpose: purpose, Staff: p.Staff.Code, Phone: p.Staff.Phone, Epoch: p.Account.Epoch, Expires: noon.Add(30 * time.Minute),
		Code: "mac of 123456", CodeExpires: noon.Add(5 * time.Minute),
	}
	for _, edit := range edits {
		edit(&t)
	}
	s.must(s.PutTicket(s.Context(), t))
	return t
}

func (s *suite) entry(id string, of staff.EmployeeCode, a audit.Action) audit.Entry {
	return audit.Entry{ID: id, At: noon, Actor: of, Subject: audit.OfStaff(of), Action: a}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func (s *suite) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// want fails the test unless err is one, or nil for nil.
func (s *suite) want(err, one error) {
	s.Helper()
	if !errors.Is(err, one) || err != nil && one == nil {
		s.Errorf("error %v, want %v", err, one)
	}
}

// wantAfter is want for an error that says when to try again.
func (s *suite) wantAfter(err error, one *fault.Error, d time.Duration) {
	s.Helper()
	var e *fault.Error
	if !errors.Is(err, one) || !errors.As(err, &e) || e.RetryAfter != d {
		s.Errorf("error %v, want %v after %s", err, one.Code, d)
	}
}

func same[T any](s *suite, what string, got, want T) {
	s.Helper()
	if !reflect.DeepEqual(got, want) {
		s.Errorf("%s:\n%+v, want\n%+v", what, got, want)
	}
}

// stored is what a write that fails must leave as it is.
type stored struct {
	state account.SignInState
	audit []string
}

func (s *suite) stored(c staff.EmployeeCode) stored {
	s.Helper()
	state, err := s.SignInState(s.Context(), c)
	s.must(err)
	return stored{state, s.Audit(c)}
}

func (s *suite) read(c staff.EmployeeCode) account.Person {
	s.Helper()
	p, err := s.Person(s.Context(), c)
	s.must(err)
	return p
}

func (s *suite) readTicket(t account.Ticket) account.Ticket {
	s.Helper()
	got, err := s.Ticket(s.Context(), t.ID)
	s.must(err)
	return got
}

// run runs a part under a name. Parts share the store.
func (s *suite) run(name string, part func(*suite)) {
	s.Helper()
	s.Run(name, func(t *testing.T) {
		sub := *s
		sub.T = t
		part(&sub)
		s.numbers = sub.numbers
	})
}

// together calls write n times at once and returns the errors.
func together(n int, write func(i int) error) []error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = write(i) })
	}
	all.Wait()
	return errs
}
