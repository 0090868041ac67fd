// Package admin is what administrators do: look people up, see and change their
// records, and answer for it in the audit.
//
// It holds rules (pure functions) and one use case a file. It knows no DynamoDB,
// HTTP or JSON. It does not find out who is calling (account.Authorize does) and
// it never decides by what a search row or a stored path says: grants, people
// and organisations are read for each request, strongly consistent. Look first
// at Scope, then at Open, with which every use case on one person begins.
package admin

import (
	"context"
	"fmt"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// LoadTarget reads a person for an administrator who wants to do something to them.
//
// Two trips, the second with all that the first one's posts and grants name.
type LoadTarget struct {
	Store LoadTargetStore
	Keys  account.Keys
	Now   func() time.Time
}

// LoadTargetStore is what Open asks of storage.
type LoadTargetStore interface {
	account.PersonReader
	// Around reads, in one trip, organisations and the failures of lock keys, in
	// their order. An organisation that does not exist is not in the result.
	Around(ctx context.Context, orgs []staff.OrgCode, lockKeys []string) (staff.Orgs, []account.Failures, error)
}

// Target is a person in sight, with what it takes to judge and to show them.
type Target struct {
	account.Person
	Orgs   staff.Orgs // of the posts and the grants, and those asked for beside
	Locked bool       // one of the person's names, by wrong passwords
}

// Run reads the person of a code as typed. It answers StaffMissing for nobody and
// for a person out of sight, and PermissionDenied for one in sight whom the
// permission does not reach. Also names further organisations to read along.
func (uc LoadTarget) Run(ctx context.Context, by account.Permitted, code string, also ...staff.OrgCode) (Target, error) {
	id, err := staff.ParseEmployeeCode(code)
	if err != nil {
		return Target{}, fault.StaffMissing.Because(err)
	}
	return uc.ByCode(ctx, by, id, also...)
}

// ByCode reads the person of a code, as Run does.
func (uc LoadTarget) ByCode(ctx context.Context, by account.Permitted, id staff.EmployeeCode, also ...staff.OrgCode) (Target, error) {
	person, err := uc.Store.Person(ctx, id)
	if err != nil {
		return Target{}, fmt.Errorf("open %s: %w", id, err)
	}
	if person.Staff.Code.IsZero() {
		return Target{}, fault.StaffMissing.Becausef("%s is nobody's code", id)
	}
	person.Staff.Posts = staff.Arrange(person.Staff.Posts)

	wanted := append(append(person.Staff.Orgs(), grantOrgs(person.Account.Grants)...), also...)
	orgs, failures, err := uc.Store.Around(ctx, wanted, account.SignInLockKeys(uc.Keys, person.Staff))
	if err != nil {
		return Target{}, fmt.Errorf("open %s: read its organisations: %w", person.Staff.Code, err)
	}
	if !ScopeOf(by.Caller(), account.StaffRead).Sees(person.Staff, orgs) {
		return Target{}, fault.StaffMissing.Becausef("%s is out of sight", person.Staff.Code)
	}
	if !ScopeOf(by.Caller(), by.Permission()).Sees(person.Staff, orgs) {
		return Target{}, fault.PermissionDenied.Becausef("%s does not reach %s", by.Permission(), person.Staff.Code)
	}
	t := Target{Person: person, Orgs: orgs}
	for _, f := range failures {
		t.Locked = t.Locked || f.Locked(uc.Now(), person.Account.ClearedAt)
	}
	return t, nil
}
