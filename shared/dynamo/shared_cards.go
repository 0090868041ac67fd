package dynamo

import (
	"context"
	"fmt"

	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/staff"
)

// CardState is E1: a person and the note that they share an ID card, then who has
// that card. The second read is left out for whom nobody can share one with.
func (s *Store) CardState(ctx context.Context, c staff.EmployeeCode) (admin.CardState, error) {
	items, err := s.table.GetItems(ctx, table.StaffKey(c), table.SharedCardKey(c))
	if err != nil {
		return admin.CardState{}, err
	}
	p, err := table.StaffFromItem(items[table.StaffKey(c)])
	if err != nil {
		return admin.CardState{}, err
	}
	now := admin.CardState{Staff: p, Listed: items[table.SharedCardKey(c)] != nil}
	if p.Employment == staff.InService && p.IDCard != "" {
		owners, err := s.CardOwners(ctx, []string{p.IDCard})
		if err != nil {
			return admin.CardState{}, err
		}
		now.Owner = owners[0]
	}
	return now, nil
}

// CardOwners is E2: who, of the people in service, has each ID card. The zero code
// means nobody.
func (s *Store) CardOwners(ctx context.Context, numbers []string) ([]staff.EmployeeCode, error) {
	keys := make([]table.Key, len(numbers))
	for i, n := range numbers {
		keys[i] = table.IDCardKey(n)
	}
	items, err := s.table.GetItems(ctx, keys...)
	if err != nil {
		return nil, err
	}
	return owners(items, keys)
}

// PutSharedCard is E3: the note that a person shares an ID card.
func (s *Store) PutSharedCard(ctx context.Context, c staff.EmployeeCode) error {
	return s.table.PutItem(ctx, table.NewItem(table.SharedCardKey(c), "shared_card", struct{}{}), "", nil, nil)
}

// DeleteSharedCard is E4: the note is gone.
func (s *Store) DeleteSharedCard(ctx context.Context, c staff.EmployeeCode) error {
	return s.table.DeleteItem(ctx, table.SharedCardKey(c))
}

// SharedCards is E5: at most limit people of whom there is a note, from after one on,
// the zero code for the first. It returns the last one that it read, zero at the end.
func (s *Store) SharedCards(ctx context.Context, after staff.EmployeeCode, limit int) ([]staff.EmployeeCode, staff.EmployeeCode, error) {
	items, last, err := s.table.Page(ctx, table.SharedCardPK, "", after.String(), limit)
	if err != nil {
		return nil, staff.EmployeeCode{}, err
	}
	people := make([]staff.EmployeeCode, len(items))
	var bad error
	for i, item := range items {
		people[i] = table.Parsed(staff.ParseEmployeeCode, table.Str(item["sk"]), &bad)
	}
	var end staff.EmployeeCode
	if last != "" {
		end = table.Parsed(staff.ParseEmployeeCode, last, &bad)
	}
	if bad != nil {
		return nil, staff.EmployeeCode{}, fmt.Errorf("read who shares ID cards: %w", bad)
	}
	return people, end, nil
}
