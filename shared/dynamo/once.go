package dynamo

import (
	"context"

	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo/internal/table"
)

// ReadOnce is I1: a request that was carried out, by its id; the zero one if there is
// none.
func (s *Store) ReadOnce(ctx context.Context, id string) (admin.Once, error) {
	k := table.OnceKey(id)
	items, err := s.table.GetItems(ctx, k)
	if err != nil || items[k] == nil {
		return admin.Once{}, err
	}
	return table.OnceFromItem(id, items[k])
}

// onceWrites is I2: a request is carried out, as a step of the transaction of what it
// asks for. It fails with ErrRevised if one of the same key was carried out meanwhile.
// So it comes first in the transaction: other conditions fail then, too.
func (s *Store) onceWrites(o *admin.Once) []table.TxWrite {
	if o == nil {
		return nil
	}
	return []table.TxWrite{s.table.TxPut(table.OnceToItem(*o), "attribute_not_exists(pk) OR at_ms <= :over",
		table.Values{":over": table.Millis(o.At.Add(-admin.OnceKept))}, table.RefuseWith(admin.ErrRevised))}
}
