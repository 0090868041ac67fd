package admin

import (
	"context"
	"fmt"
	"unicode/utf8"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// named is a field of a request.
type named struct{ name, value string }

// oneOf is FieldInvalid unless exactly one of the parameters is given.
func oneOf(params ...named) error {
	var bad fault.Fields
	tooLong(&bad, params...)
	given := 0
	for _, p := range params {
		if p.value != "" {
			if given++; given > 1 {
				bad.Add(p.name, fault.Disagrees)
			}
		}
	}
	if given == 0 {
		bad.Add(params[0].name, fault.Required)
	}
	return bad.Err()
}

// maxFilter is how many characters a filter of a list may have, such as a code.
const maxFilter = 100

// tooLong notes parameters that are longer than maxFilter.
func tooLong(bad *fault.Fields, params ...named) {
	for _, p := range params {
		if utf8.RuneCountInString(p.value) > maxFilter {
			bad.Add(p.name, fault.TooLong)
		}
	}
}

// bind is what the cursors of a list are bound to: the list, its filters, and
// the caller with all their grants.
func bind(list string, c account.Caller, filters ...string) []string {
	bound := append([]string{list, c.Staff.String()}, filters...)
	for _, g := range c.Grants {
		bound = append(bound, describe(g))
	}
	return bound
}

// withOrgs reads people, and then the organisations that decide who sees them.
func withOrgs(ctx context.Context, store interface {
	account.PeopleReader
	account.OrgReader
}, codes []staff.EmployeeCode) (map[staff.EmployeeCode]staff.Staff, staff.Orgs, error) {
	if len(codes) == 0 {
		return nil, nil, nil
	}
	people, err := store.People(ctx, codes)
	if err != nil {
		return nil, nil, fmt.Errorf("read people: %w", err)
	}
	var homes []staff.OrgCode
	for _, p := range people {
		for _, post := range p.VisiblePosts() {
			homes = append(homes, post.Org)
		}
	}
	orgs, err := store.Orgs(ctx, homes)
	if err != nil {
		return nil, nil, fmt.Errorf("read their organisations: %w", err)
	}
	return people, orgs, nil
}
