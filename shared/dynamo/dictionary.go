package dynamo

import (
	"context"

	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/staff"
)

// Dictionaries is D1: all entries of all dictionaries, at most some hundred, from one
// of their copies.
func (s *Store) Dictionaries(ctx context.Context) (staff.Dictionaries, error) {
	items, err := s.table.Query(ctx, table.DictionaryPK(table.AnyCopy()), "")
	if err != nil {
		return nil, err
	}
	all := make(staff.Dictionaries, len(items))
	for i, item := range items {
		var it table.DictionaryItem
		if err := table.Decode(item, &it); err != nil {
			return nil, err
		}
		all[i] = staff.DictionaryEntry(it)
	}
	return all, nil
}

// ChangeDictionary is D3: an entry that is new or has changed, in all copies, and the
// audit, in one transaction. It fails with ErrRevised if the entry is no longer c.Was,
// if the entry c.Remaining can no longer be chosen, or if callerCheck of c.By fails.
func (s *Store) ChangeDictionary(ctx context.Context, c admin.DictionaryChange) error {
	condition, v := table.Absent, table.Values(nil)
	if c.Was.Code != "" {
		condition, v = "label = :label AND sort_order = :order AND enabled = :enabled", table.Values{":label": c.Was.Label, ":order": c.Was.Order, ":enabled": c.Was.Enabled}
	}
	writes := s.callerCheck(c.By)
	for _, item := range table.DictionaryToItems(c.Now) {
		writes = append(writes, s.table.TxPut(item, condition, v, table.RefuseWith(admin.ErrRevised)))
	}
	if c.Remaining.Code != "" {
		writes = append(writes, s.table.TxCheck(table.DictionaryKey(0, c.Remaining.Dictionary, c.Remaining.Code), "enabled = :yes", table.Values{":yes": true}, table.RefuseWith(admin.ErrRevised)))
	}
	return s.table.Transact(ctx, append(writes, s.table.TxAudit(c.Audit)...)...)
}
