package dynamo

import (
	"context"

	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/staff"
)

// ReadIndexRecord is X1: a person and the index record, then the organisations of
// the posts and all above them. The organisations are read second, so that they are
// never older than the record with which Claim compares. The record names the
// organisations above. If one is new, or something above has moved, a third read
// follows.
func (s *Store) ReadIndexRecord(ctx context.Context, c staff.EmployeeCode) (staff.Staff, staff.Orgs, staff.IndexRecord, error) {
	items, err := s.table.GetItems(ctx, table.StaffKey(c), table.IndexKey(c))
	if err != nil {
		return staff.Staff{}, nil, staff.IndexRecord{}, err
	}
	p, err := table.StaffFromItem(items[table.StaffKey(c)])
	if err != nil {
		return staff.Staff{}, nil, staff.IndexRecord{}, err
	}
	was, err := table.IndexFromItem(items[table.IndexKey(c)])
	if err != nil {
		return staff.Staff{}, nil, staff.IndexRecord{}, err
	}
	var codes []staff.OrgCode
	for _, post := range p.VisiblePosts() {
		codes = append(codes, post.Org)
	}
	if main, ok := p.MainPost(); ok {
		codes = append(codes, main.Org)
	}
	for _, e := range was.Entries {
		for _, sc := range e.Scopes {
			codes = append(codes, sc.Org)
		}
	}
	orgs, err := s.orgsWithAbove(ctx, codes)
	return p, orgs, was, err
}

// Claim is X2: an index record, in one transaction with the counts if the tally
// changes. A record without entries and writers is deleted. Claim fails with
// ErrClaimed if the stamp in the table is not that of was.
func (s *Store) Claim(ctx context.Context, c staff.EmployeeCode, was, now staff.IndexRecord) error {
	condition, v := "attribute_not_exists(pk)", table.Values(nil)
	if was.Stamp != "" {
		condition, v = "stamp = :was", table.Values{":was": was.Stamp}
	}
	item, counts := table.IndexToItem(c, now), s.countWrites(was.Tally, now.Tally)
	remove := len(now.Entries) == 0 && len(now.Writers) == 0
	if !remove && len(counts) == 0 {
		return s.table.PutItem(ctx, item, condition, v, staff.ErrClaimed)
	}
	write := s.table.TxPut(item, condition, v, table.RefuseWith(staff.ErrClaimed))
	if remove {
		write = s.table.TxDelete(table.IndexKey(c), condition, v, table.RefuseWith(staff.ErrClaimed))
	}
	return s.table.Transact(ctx, append([]table.TxWrite{write}, counts...)...)
}

// PutRows is X3: rows of the entry e with the attributes f, put without conditions.
func (s *Store) PutRows(ctx context.Context, rows []staff.Row, e staff.IndexEntry, f staff.RowAttributes) error {
	puts := make([]table.Item, len(rows))
	for i, r := range rows {
		puts[i] = table.RowToItem(r, e, f)
	}
	return s.table.WriteBatch(ctx, table.FewAtOnce, puts, nil)
}

// DeleteRows is X4: rows deleted without conditions.
func (s *Store) DeleteRows(ctx context.Context, rows []staff.Row) error {
	keys := make([]table.Key, len(rows))
	for i, r := range rows {
		keys[i] = table.RowKey(r)
	}
	return s.table.WriteBatch(ctx, table.FewAtOnce, nil, keys)
}
