package admin

import (
	"context"
	"fmt"
	"slices"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// RemainingSuper is a super of the tree's top who can work. Whoever takes another one
// out of action does it on the condition that the keeper stays one: of two who
// do it to each other at the same moment, one finds that their keeper is gone.
// No count of supers has to be kept, so none can be wrong.
type RemainingSuper struct {
	Staff staff.EmployeeCode
	Grant account.Grant
}

// SuperReader is what looking for keepers asks of storage.
type SuperReader interface {
	account.PeopleReader
	account.GrantReader
}

// superRoots are the roots on which grants has a super. Orgs has the orgs of grants.
func superRoots(grants []account.Grant, orgs staff.Orgs) []staff.OrgCode {
	var roots []staff.OrgCode
	for _, g := range grants {
		if g.Type == account.SuperGrant && len(orgs[g.Org].Path) == 1 && !slices.Contains(roots, g.Org) {
			roots = append(roots, g.Org)
		}
	}
	return roots
}

// remainingSupers finds, for each root on which t holds one of the grants lost as a
// super, another super who can work. Trusted is one without looking. It answers
// LastSuper where there is none.
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

// canAdminister reports whether the person can administer, or could after an activation.
func canAdminister(s staff.Staff) bool {
	return s.Employment == staff.InService && s.State != staff.Frozen
}
