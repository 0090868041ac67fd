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
	items, err := s.table.GetItems(ctx, staffKeys(codes)...)
	if err != nil {
		return nil, err
	}
	return peopleFrom(items, codes)
}

// PeopleWithOrgs is P6: the people of a page, and organisations, in one trip, strongly
// consistent. Those that do not exist are not in the results.
func (s *Store) PeopleWithOrgs(ctx context.Context, codes []staff.EmployeeCode, orgs []staff.OrgCode) (map[staff.EmployeeCode]staff.Staff, staff.Orgs, error) {
	people, found, _, err := s.PeopleWithMoves(ctx, codes, orgs)
	return people, found, err
}

// PeopleWithMoves is P6 with the list of moves, which the organisations show.
func (s *Store) PeopleWithMoves(ctx context.Context, codes []staff.EmployeeCode, orgs []staff.OrgCode) (map[staff.EmployeeCode]staff.Staff, staff.Orgs, staff.Moves, error) {
	items, err := s.table.GetItems(ctx, append(table.OrgKeys(orgs), staffKeys(codes)...)...)
	if err != nil {
		return nil, nil, staff.Moves{}, err
	}
	people, err := peopleFrom(items, codes)
	if err != nil {
		return nil, nil, staff.Moves{}, err
	}
	moves, err := table.MovesFrom(items)
	if err != nil {
		return nil, nil, staff.Moves{}, err
	}
	found, err := table.OrgsFrom(items, orgs)
	return people, found, moves, err
}

func staffKeys(codes []staff.EmployeeCode) []table.Key {
	keys := make([]table.Key, len(codes))
	for i, c := range codes {
		keys[i] = table.StaffKey(c)
	}
	return keys
}

// peopleFrom reads those of the people who are among items.
func peopleFrom(items table.Items, codes []staff.EmployeeCode) (map[staff.EmployeeCode]staff.Staff, error) {
	people := make(map[staff.EmployeeCode]staff.Staff, len(codes))
	for _, c := range codes {
		if item, ok := items[table.StaffKey(c)]; ok {
			p, err := table.StaffFromItem(item)
			if err != nil {
				return nil, err
			}
			people[c] = p
		}
	}
	return people, nil
}
