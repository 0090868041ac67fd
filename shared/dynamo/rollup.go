package dynamo

import (
	"context"
	"fmt"

	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/staff"
)

// move are the changes of the counts of the organisations that own a person.
func (s *Store) move(was, now staff.Tally) []table.TxWrite {
	if was == now {
		return nil
	}
	change := map[staff.OrgCode]*table.Counts{}
	for _, side := range []struct {
		staff.Tally
		sign int
	}{{was, -1}, {now, 1}} {
		if side.Org.IsZero() {
			continue
		}
		if change[side.Org] == nil {
			change[side.Org] = &table.Counts{}
		}
		change[side.Org].Add(side.Tally, side.sign)
	}
	var steps []table.TxWrite
	for org, n := range change {
		steps = append(steps, s.table.TxUpdate(table.CountKey(org), table.AddCounts, "", n.Values(), nil))
	}
	return steps
}

// Total is U1.
func (s *Store) Total(ctx context.Context, org staff.OrgCode) (staff.Sums, int64, error) {
	item, err := s.table.GetItem(ctx, table.TotalKey(org))
	if err != nil {
		return staff.Sums{}, 0, err
	}
	return table.SumsFromItem(item)
}

// SumBelow is U2.
func (s *Store) SumBelow(ctx context.Context, org staff.OrgCode) (staff.Sums, error) {
	children, err := s.table.Query(ctx, table.OrgPK(org), table.ChildPrefix)
	if err != nil {
		return staff.Sums{}, err
	}
	var keys []table.Key
	var bad error
	for _, item := range children {
		keys = append(keys, table.TotalKey(table.Parsed(staff.ParseOrgCode, table.Str(item["org"]), &bad)))
	}
	if bad != nil {
		return staff.Sums{}, fmt.Errorf("read the children of %s: %w", org, bad)
	}
	items, err := s.table.GetItems(ctx, append(keys, table.CountKey(org))...)
	if err != nil {
		return staff.Sums{}, err
	}
	sum, _, err := table.SumsFromItem(items[table.CountKey(org)])
	if err != nil {
		return staff.Sums{}, err
	}
	for _, k := range keys {
		one, _, err := table.SumsFromItem(items[k])
		if err != nil {
			return staff.Sums{}, err
		}
		sum = sum.Plus(one.Below())
	}
	return sum, nil
}

// ReplaceTotal is U3.
func (s *Store) ReplaceTotal(ctx context.Context, org staff.OrgCode, was int64, now staff.Sums) error {
	condition, v := table.Absent, table.Values(nil)
	if was > 0 {
		condition, v = "version = :was", table.Values{":was": was}
	}
	it := table.TotalItem{People: now.People, Incomplete: now.Incomplete, BudgetedPost: now.BudgetedPost, JobLevel: now.JobLevel, Role: now.Role, Height: now.Height, Version: was + 1}
	return s.table.PutItem(ctx, table.NewItem(table.TotalKey(org), table.TotalKind, it), condition, v, staff.ErrTotalMoved)
}
