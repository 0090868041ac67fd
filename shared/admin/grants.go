package admin

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// MaxGrants is how many grants a person may hold.
const MaxGrants = 50

// addable are the permissions that can be added to those of a type, in the order
// they are kept in.
var addable = []account.Permission{account.AdminGrant, account.AuditRead, account.PIIReveal}

// grantOf makes a grant of what was asked for, without an id. Permissions that
// the type has anyway fall away.
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

// sameGrant reports whether two grants give the same, by whatever ids.
func sameGrant(a, b account.Grant) bool {
	return a.Type == b.Type && a.Org == b.Org && len(a.Added) == len(b.Added) &&
		!slices.ContainsFunc(a.Added, func(p account.Permission) bool { return !slices.Contains(b.Added, p) })
}

// mayGrant is the rule for giving and taking g, which lies on org: nobody does
// it to themselves, and nobody gives or takes more than they hold, or where they
// do not hold AdminGrant.
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

// grantField and describe are a grant in the audit.
func grantField(of staff.EmployeeCode, g account.Grant) string {
	return "grants[" + account.GrantRef{Staff: of, ID: g.ID}.String() + "]"
}

func describe(g account.Grant) string {
	words := []string{string(g.Type), g.Org.String()}
	for _, p := range g.Added {
		words = append(words, string(p))
	}
	return strings.Join(words, " ")
}

// Keeper is a super of the tree's top who can work. Whoever takes another one
// out of action does it on the condition that the keeper stays one: of two who
// do it to each other at the same moment, one finds that their keeper is gone.
// No count of supers has to be kept, so none can be wrong.
type Keeper struct {
	Staff staff.EmployeeCode
	Grant account.Grant
}

// KeeperStore is what looking for keepers asks of storage.
type KeeperStore interface {
	// GrantsOn returns who holds which grants on organisations.
	GrantsOn(context.Context, []staff.OrgCode) ([]account.Granted, error)
	// People reads people. Who is not there is not in the result.
	People(context.Context, []staff.EmployeeCode) (map[staff.EmployeeCode]staff.Staff, error)
}

// tops are the roots on which grants has a super. Orgs has the orgs of grants.
func tops(grants []account.Grant, orgs staff.Orgs) []staff.OrgCode {
	var roots []staff.OrgCode
	for _, g := range grants {
		if g.Type == account.SuperGrant && len(orgs[g.Org].Path) == 1 && !slices.Contains(roots, g.Org) {
			roots = append(roots, g.Org)
		}
	}
	return roots
}

// keepers finds, for each root on which t holds one of the grants lost as a
// super, another super who can work. Trusted is one without looking. It answers
// LastSuper where there is none.
func keepers(ctx context.Context, store KeeperStore, trusted account.Caller, t Target, lost []account.Grant) ([]Keeper, error) {
	var found []Keeper
	var open []staff.OrgCode
	for _, root := range tops(lost, t.Orgs) {
		if i := slices.IndexFunc(trusted.Grants, func(g account.Grant) bool { return g.Type == account.SuperGrant && g.Org == root }); i >= 0 {
			found = append(found, Keeper{trusted.Staff, trusted.Grants[i]})
		} else {
			open = append(open, root)
		}
	}
	if len(open) == 0 {
		return found, nil
	}
	granted, err := store.GrantsOn(ctx, open)
	if err != nil {
		return nil, fmt.Errorf("read who else is super: %w", err)
	}
	granted = slices.DeleteFunc(granted, func(g account.Granted) bool { return g.Grant.Type != account.SuperGrant || g.Staff == t.Staff.Code })
	codes := make([]staff.EmployeeCode, len(granted))
	for i, g := range granted {
		codes[i] = g.Staff
	}
	people, err := store.People(ctx, codes)
	if err != nil {
		return nil, fmt.Errorf("read the other supers: %w", err)
	}
	for _, root := range open {
		i := slices.IndexFunc(granted, func(g account.Granted) bool { return g.Grant.Org == root && works(people[g.Staff]) })
		if i < 0 {
			return nil, fault.LastSuper.Becausef("%s is the last super of %s", t.Staff.Code, root)
		}
		found = append(found, Keeper{granted[i].Staff, granted[i].Grant})
	}
	return found, nil
}

// works reports whether the person can administer, or could after an activation.
func works(s staff.Staff) bool {
	return s.Employment == staff.InService && s.State != staff.Frozen
}
