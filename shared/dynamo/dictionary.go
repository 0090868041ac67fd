package dynamo

import (
	"context"

	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/staff"
)

// Dictionaries is D1: all entries of all dictionaries, some hundred at most.
func (s *Store) Dictionaries(ctx context.Context) (staff.Dictionaries, error) {
	items, err := s.table.Query(ctx, table.DictionaryPK, "")
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

// ChangeDictionary is D3: an entry, if it is as it was read; that another one can
// still be chosen; the audit.
func (s *Store) ChangeDictionary(ctx context.Context, c admin.DictionaryChange) error {
	condition, v := table.Absent, table.Values(nil)
	if c.Was.Code != "" {
		condition, v = "label = :label AND sort_order = :order AND enabled = :enabled", table.Values{":label": c.Was.Label, ":order": c.Was.Order, ":enabled": c.Was.Enabled}
	}
	steps := []table.TxWrite{s.table.TxPut(table.DictionaryToItem(c.Now), condition, v, table.RefuseWith(admin.ErrRevised))}
	if c.Keeper.Code != "" {
		steps = append(steps, s.table.TxCheck(table.DictionaryKey(c.Keeper.Dictionary, c.Keeper.Code), "enabled = :yes", table.Values{":yes": true}, table.RefuseWith(admin.ErrRevised)))
	}
	return s.table.Transact(ctx, append(steps, s.table.TxAudit(c.Audit)...)...)
}
