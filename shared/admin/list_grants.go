package admin

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

// ListGrants shows who administers an organisation, or what a person
// administers. The caller sees grants on organisations where they hold
// AdminGrant, of people whom they see.
//
// It takes two trips for a person, and three for an organisation: its grants;
// their holders; the holders' organisations.
type ListGrants struct {
	Store ListGrantsStore
	Keys  account.Keys
}

// ListGrantsStore is what ListGrants asks of storage.
type ListGrantsStore interface {
	account.OrgReader
	account.PersonReader
	account.PeopleReader
	// GrantsPage reads at most limit grants on an organisation, in the order of
	// their keys, from after a key on, "" for the first ones. Last is the key
	// to go on from, "" at the end.
	GrantsPage(ctx context.Context, org staff.OrgCode, after string, limit int) (page []account.Granted, last string, err error)
}

// GrantFilter says whose grants to list. Exactly one of the two is set.
type GrantFilter struct{ Org, EmployeeCode string }

// ListedGrant is a grant with what it takes to show it.
type ListedGrant struct {
	Staff staff.Staff
	Grant account.Grant
	Org   staff.Org
}

// GrantPage is a page of grants. Next is the cursor of the next page.
type GrantPage struct {
	Grants []ListedGrant
	Next   string
}

// Run returns the page after cursor, "" for the first one.
func (uc ListGrants) Run(ctx context.Context, by account.Permitted, f GrantFilter, limit int, cursor string) (GrantPage, error) {
	c := by.Caller()
	if err := oneOf(named{"org", f.Org}, named{"employeeCode", f.EmployeeCode}); err != nil {
		return GrantPage{}, err
	}
	l := grantList{uc, ScopeOf(c, account.StaffRead), ScopeOf(c, account.AdminGrant), limit,
		account.CursorCodec{Keys: uc.Keys, Bound: bind("grants", c, f.Org, f.EmployeeCode)}}
	after, err := l.cursors.Decode(cursor)
	if err != nil {
		return GrantPage{}, err
	}
	if org, err := staff.ParseOrgCode(f.Org); err == nil {
		return l.on(ctx, org, after)
	}
	if code, err := staff.ParseEmployeeCode(f.EmployeeCode); err == nil {
		return l.of(ctx, code, after)
	}
	return GrantPage{}, nil // nothing has such a code
}

type grantList struct {
	ListGrants
	sight, scope Scope
	limit        int
	cursors      account.CursorCodec
}

// on lists the grants on one organisation.
func (l grantList) on(ctx context.Context, code staff.OrgCode, after string) (GrantPage, error) {
	var orgs staff.Orgs
	var granted []account.Granted
	var last string
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) { orgs, err = l.Store.Orgs(gctx, []staff.OrgCode{code}); return err })
	g.Go(func() (err error) { granted, last, err = l.Store.GrantsPage(gctx, code, after, l.limit); return err })
	if err := g.Wait(); err != nil {
		return GrantPage{}, fmt.Errorf("list the grants on %s: %w", code, err)
	}
	if !l.scope.Covers(orgs[code]) {
		return GrantPage{}, nil
	}
	holders := make([]staff.EmployeeCode, len(granted))
	for i, one := range granted {
		holders[i] = one.Staff
	}
	people, homes, err := withOrgs(ctx, l.Store, holders)
	if err != nil {
		return GrantPage{}, fmt.Errorf("list the grants on %s: %w", code, err)
	}
	page := GrantPage{Next: l.cursors.Encode(last)}
	for _, one := range granted {
		if p := people[one.Staff]; l.sight.Sees(p, homes) {
			page.Grants = append(page.Grants, ListedGrant{p, one.Grant, orgs[code]})
		}
	}
	return page, nil
}

// of lists the grants of one person.
func (l grantList) of(ctx context.Context, code staff.EmployeeCode, after string) (GrantPage, error) {
	p, err := l.Store.Person(ctx, code)
	if err != nil {
		return GrantPage{}, fmt.Errorf("list the grants of %s: %w", code, err)
	}
	orgs, err := l.Store.Orgs(ctx, append(p.Staff.Orgs(), grantOrgs(p.Account.Grants)...))
	if err != nil {
		return GrantPage{}, fmt.Errorf("list the grants of %s: %w", code, err)
	}
	var page GrantPage
	if !l.sight.Sees(p.Staff, orgs) {
		return page, nil
	}
	grants := slices.SortedFunc(slices.Values(p.Account.Grants), func(a, b account.Grant) int { return cmp.Compare(a.ID, b.ID) })
	for _, g := range grants {
		if g.ID <= after || !l.scope.Covers(orgs[g.Org]) {
			continue
		}
		if len(page.Grants) == l.limit {
			page.Next = l.cursors.Encode(page.Grants[l.limit-1].Grant.ID)
			break
		}
		page.Grants = append(page.Grants, ListedGrant{p.Staff, g, orgs[g.Org]})
	}
	return page, nil
}
