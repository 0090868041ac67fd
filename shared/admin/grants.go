package admin

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// MaxGrants is how many grants a person may hold.
const MaxGrants = 50

// addable are the permissions that a grant may add to those of its type, in the
// order in which they are stored.
var addable = []account.Permission{account.AdminGrant, account.AuditRead, account.PIIReveal}

// grantOf is the grant that was asked for, without an id. It leaves out
// permissions that the type has anyway.
func grantOf(kind account.GrantType, org staff.OrgCode, added []string) (account.Grant, error) {
	var bad fault.Fields
	g := account.Grant{Type: kind, Org: org}
	switch kind {
	case account.SuperGrant, account.UnitGrant, account.AuditGrant:
	case "":
		bad.Add("type", fault.Required)
	default:
		bad.Add("type", fault.NotChoice)
	}
	for i, s := range added {
		path, p := fmt.Sprintf("permissions[%d]", i), account.Permission(s)
		switch {
		case slices.Contains(added[:i], s):
			bad.Add(path, fault.Duplicate)
		case !slices.Contains(addable, p) && !g.Allows(p):
			bad.Add(path, fault.NotChoice)
		}
	}
	for _, p := range addable {
		if slices.Contains(added, string(p)) && !g.Allows(p) {
			g.Added = append(g.Added, p)
		}
	}
	return g, bad.Err()
}

// sameGrant reports whether two grants give the same, whatever their ids.
func sameGrant(a, b account.Grant) bool {
	return a.Type == b.Type && a.Org == b.Org && len(a.Added) == len(b.Added) &&
		!slices.ContainsFunc(a.Added, func(p account.Permission) bool { return !slices.Contains(b.Added, p) })
}

// mayGrant is the rule for giving and taking g, which is on org. Nobody does it
// to themselves. Nobody gives or takes more than they hold, or where they do
// not hold AdminGrant.
func mayGrant(c account.Caller, of staff.EmployeeCode, g account.Grant, org staff.Org) error {
	denied := func(format string, args ...any) error { return fault.PermissionDenied.Becausef(format, args...) }
	switch {
	case c.Staff == of:
		return denied("nobody changes their own grants")
	case !ScopeOf(c, account.AdminGrant).Covers(org):
		return denied("%s is not held over %s", account.AdminGrant, g.Org)
	case !Outranks(c, []account.Grant{g}, staff.Orgs{g.Org: org}):
		return denied("a grant of %s on %s is more than the caller holds", g.Type, g.Org)
	}
	return nil
}

// grantField is the name of a grant in the audit.
func grantField(of staff.EmployeeCode, g account.Grant) string {
	return "grants[" + account.GrantRef{Staff: of, ID: g.ID}.String() + "]"
}

// describe is what a grant gives, in the audit and in cursors.
func describe(g account.Grant) string {
	words := []string{string(g.Type), g.Org.String()}
	for _, p := range g.Added {
		words = append(words, string(p))
	}
	return strings.Join(words, " ")
}

// GrantStore is what giving and taking grants asks of storage.
type GrantStore interface {
	LoadTargetStore
	SuperReader
	// ChangeGrants writes all of c or nothing. It answers ErrRevised if
	// something that c depends on has changed, and OrgClosed if the
	// organisation has been closed.
	ChangeGrants(ctx context.Context, c GrantChange) error
}

// GrantChange gives or takes one grant: either Given or Taken is set.
type GrantChange struct {
	Staff           staff.EmployeeCode
	Was             []account.Grant // all grants of the person
	Given, Taken    *account.Grant
	By              account.Caller
	RemainingSupers []RemainingSuper
	Audit           audit.Entry
}

// Now is what the person holds afterwards.
func (c GrantChange) Now() []account.Grant {
	if c.Given != nil {
		return append(slices.Clone(c.Was), *c.Given)
	}
	return slices.DeleteFunc(slices.Clone(c.Was), func(g account.Grant) bool { return g.ID == c.Taken.ID })
}
