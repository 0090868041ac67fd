package dynamo

import (
	"context"
	"fmt"

	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/staff"
)

// countWrites takes the tally was off the count of its organisation, and adds the
// tally now to the count of its own. It returns no writes if the two are equal.
func (s *Store) countWrites(was, now staff.Tally) []table.TxWrite {
	if was == now {
		return nil
	}
	changes := map[staff.OrgCode]staff.Headcount{}
	if !was.Org.IsZero() {
		changes[was.Org] = changes[was.Org].Minus(was.Headcount())
	}
	if !now.Org.IsZero() {
		changes[now.Org] = changes[now.Org].Plus(now.Headcount())
	}
	var writes []table.TxWrite
	for org, n := range changes {
		writes = append(writes, s.table.TxUpdate(table.CountKey(org), table.AddToCount, "", table.HeadcountValues(table.CountKind, n), nil))
	}
	return writes
}

// Total is U1: the total of an organisation with its version; zeros if there is
// none.
func (s *Store) Total(ctx context.Context, org staff.OrgCode) (staff.Total, int64, error) {
	item, err := s.table.GetItem(ctx, table.TotalKey(org))
	if err != nil {
		return staff.Total{}, 0, err
	}
	return table.TotalFromItem(item)
}

// SumBelow is U2: what the total of an organisation should be: its count plus the
// totals of its children.
func (s *Store) SumBelow(ctx context.Context, org staff.OrgCode) (staff.Total, error) {
	children, err := s.table.Query(ctx, table.OrgPK(org), table.ChildPrefix)
	if err != nil {
		return staff.Total{}, err
	}
	var keys []table.Key
	var bad error
	for _, item := range children {
		keys = append(keys, table.TotalKey(table.Parsed(staff.ParseOrgCode, table.Str(item["org"]), &bad)))
	}
	if bad != nil {
		return staff.Total{}, fmt.Errorf("read the children of %s: %w", org, bad)
	}
	items, err := s.table.GetItems(ctx, append(keys, table.CountKey(org))...)
	if err != nil {
		return staff.Total{}, err
	}
	sum, _, err := table.TotalFromItem(items[table.CountKey(org)])
	if err != nil {
		return staff.Total{}, err
	}
	for _, k := range keys {
		child, _, err := table.TotalFromItem(items[k])
		if err != nil {
			return staff.Total{}, err
		}
		sum = sum.Plus(child.Below())
	}
	return sum, nil
}

// ReplaceTotal is U3: a total is replaced if its version still is was. Otherwise it
// fails with ErrTotalMoved.
func (s *Store) ReplaceTotal(ctx context.Context, org staff.OrgCode, was int64, now staff.Total) error {
	condition, v := table.Absent, table.Values(nil)
	if was > 0 {
		condition, v = "version = :was", table.Values{":was": was}
	}
	it := table.TotalItem{HeadcountItem: table.HeadcountItem(now.Headcount), Height: now.Height, Version: was + 1}
	return s.table.PutItem(ctx, table.NewItem(table.TotalKey(org), table.TotalKind, it), condition, v, staff.ErrTotalMoved)
}
