package dynamo

import (
	"context"

	"chaoxi/shared/account"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/staff"
)

// Person is P1: both sides of a person. A code that nobody has gives the zero
// Person, and costs the same trip.
func (s *Store) Person(ctx context.Context, c staff.EmployeeCode) (account.Person, error) {
	items, err := s.table.GetItems(ctx, table.StaffKey(c), table.AccountKey(c))
	if err != nil {
		return account.Person{}, err
	}
	return table.PersonFrom(items[table.StaffKey(c)], items[table.AccountKey(c)])
}

// People is P6 without organisations. People who do not exist are not in the result.
func (s *Store) People(ctx context.Context, codes []staff.EmployeeCode) (map[staff.EmployeeCode]staff.Staff, error) {
	people, _, err := s.PeopleWithOrgs(ctx, codes, nil)
	return people, err
}

// PeopleWithOrgs is P6: the people of a page, and the organisations that their rows
// name, in one trip, strongly consistent. Those that do not exist are not in the
// results.
func (s *Store) PeopleWithOrgs(ctx context.Context, codes []staff.EmployeeCode, orgs []staff.OrgCode) (map[staff.EmployeeCode]staff.Staff, staff.Orgs, error) {
	var keys []table.Key
	if len(orgs) > 0 {
		keys = table.OrgKeys(orgs)
	}
	for _, c := range codes {
		keys = append(keys, table.StaffKey(c))
	}
	items, err := s.table.GetItems(ctx, keys...)
	if err != nil {
		return nil, nil, err
	}
	people := make(map[staff.EmployeeCode]staff.Staff, len(codes))
	for _, c := range codes {
		if item, ok := items[table.StaffKey(c)]; ok {
			if people[c], err = table.StaffFromItem(item); err != nil {
				return nil, nil, err
			}
		}
	}
	found, err := table.OrgsFrom(items, orgs)
	return people, found, err
}
