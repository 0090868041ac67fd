package admin

import (
	"context"
	"fmt"
	"slices"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// RemainingSuper is a super of the tree's top who can work, and who stays when
// another one goes.
//
// Whoever takes a super out of action does it on the condition that the
// remaining super is still one. Example: A and B are the only supers and freeze
// each other at the same moment. Each write requires that the other one is a
// super. One write wins, and the other one fails. So nobody has to count the
// supers.
type RemainingSuper struct {
	Staff staff.EmployeeCode
	Grant account.Grant
}

// SuperReader is what looking for a remaining super asks of storage.
type SuperReader interface {
	account.PeopleReader
	account.GrantReader
}

// superRoots are the roots of the tree on which grants has a super grant. Orgs
// must have the organisations of the grants.
func superRoots(grants []account.Grant, orgs staff.Orgs) []staff.OrgCode {
	var roots []staff.OrgCode
	for _, g := range grants {
		if g.Type == account.SuperGrant && len(orgs[g.Org].Path) == 1 && !slices.Contains(roots, g.Org) {
			roots = append(roots, g.Org)
		}
	}
	return roots
}

// remainingSupers finds a super who can work for each root on which t is about
// to lose a super grant. It takes the trusted caller, if they are super there,
// without looking further. It answers LastSuper if there is nobody.
func remainingSupers(ctx context.Context, store SuperReader, trusted account.Caller, t Target, lost []account.Grant) ([]RemainingSuper, error) {
	var found []RemainingSuper
	var open []staff.OrgCode
	for _, root := range superRoots(lost, t.Orgs) {
		if i := slices.IndexFunc(trusted.Grants, func(g account.Grant) bool { return g.Type == account.SuperGrant && g.Org == root }); i >= 0 {
			found = append(found, RemainingSuper{trusted.Staff, trusted.Grants[i]})
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
		i := slices.IndexFunc(granted, func(g account.Granted) bool { return g.Grant.Org == root && canAdminister(people[g.Staff]) })
		if i < 0 {
			return nil, fault.LastSuper.Becausef("%s is the last super of %s", t.Staff.Code, root)
		}
		found = append(found, RemainingSuper{granted[i].Staff, granted[i].Grant})
	}
	return found, nil
}

// canAdminister reports whether the person can sign in, at the latest after
// activating again.
func canAdminister(s staff.Staff) bool {
	return s.Employment == staff.InService && s.State != staff.Frozen
}
