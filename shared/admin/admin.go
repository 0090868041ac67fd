// Package admin holds what administrators do: they look people up, they see and
// change people, organisations, dictionaries and grants, and they read the
// audit, in which each change leaves an entry.
//
// Each use case has a file of its own (EditOrgs has two). Below the use cases stand the rules and nouns
// that they share: Scope, Edit and the editor, Change, OrgChange, the grants.
//
// It knows no DynamoDB, HTTP or JSON. It does not find out who is calling:
// account.Authorize does, and an account.Permitted is a caller who holds the
// permission that a use case needs. It never decides by a row of the search
// index, which may lag: it reads the grants, people and organisations for each
// request, strongly consistent.
//
// Look first at Scope, then at LoadTarget, with which every use case on one
// person begins.
package admin

import (
	"context"
	"fmt"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// LoadTarget reads the person whom an administrator wants to see or change, and
// checks that the permission reaches them.
//
// It takes two trips: the person; then the organisations of their posts and
// grants, with the failures of their names.
type LoadTarget struct {
	Store LoadTargetStore
	Keys  account.Keys
	Now   func() time.Time
}

// LoadTargetStore is what LoadTarget asks of storage.
type LoadTargetStore interface {
	account.PersonReader
	// Around reads organisations and the failures of lock keys in one trip. The
	// failures are in the order of the keys. An organisation that does not
	// exist is not in the result.
	Around(ctx context.Context, orgs []staff.OrgCode, lockKeys []string) (staff.Orgs, []account.Failures, error)
}

// Target is a person whom the caller sees, with what it takes to judge and to
// show them.
type Target struct {
	account.Person
	Orgs   staff.Orgs // of the posts, the grants and the FreezeMark, and those asked for in addition
	Locked bool       // after wrong passwords for one of the person's names
	// Sessions are the person's, where what is done may end them.
	Sessions []account.Session
}

// Run reads the person of a code as typed, and the organisations in also. It
// answers StaffMissing if nobody has the code or the caller does not see the
// person. It answers PermissionDenied if the caller sees the person, but holds
// the permission elsewhere.
func (uc LoadTarget) Run(ctx context.Context, by account.Permitted, code string, also ...staff.OrgCode) (Target, error) {
	id, err := staff.ParseEmployeeCode(code)
	if err != nil {
		return Target{}, fault.StaffMissing.Because(err)
	}
	return uc.ByCode(ctx, by, id, also...)
}

// ByCode does what Run does, for a code that was parsed already.
func (uc LoadTarget) ByCode(ctx context.Context, by account.Permitted, id staff.EmployeeCode, also ...staff.OrgCode) (Target, error) {
	person, err := uc.Store.Person(ctx, id)
	if err != nil {
		return Target{}, fmt.Errorf("load %s: %w", id, err)
	}
	if person.Staff.Code.IsZero() {
		return Target{}, fault.StaffMissing.Becausef("%s is nobody's code", id)
	}
	person.Staff.Posts = staff.Arrange(person.Staff.Posts)

	wanted := append(append(person.Staff.Orgs(), grantOrgs(person.Account.Grants)...), grantOrgs(person.Account.Frozen.Grants)...)
	wanted = append(wanted, also...)
	orgs, failures, err := uc.Store.Around(ctx, wanted, account.SignInLockKeys(uc.Keys, person.Staff))
	if err != nil {
		return Target{}, fmt.Errorf("load %s: read its organisations: %w", person.Staff.Code, err)
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
