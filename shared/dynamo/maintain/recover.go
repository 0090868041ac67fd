package maintain

import (
	"context"

	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo"
	"chaoxi/shared/dynamo/internal/table"
)

// ResetSuper is P10: a super before activation, in one transaction. It writes the
// record, the phone as a unique name, the account without a password and with the next
// epochs, lines of the sign-in history, and the audit. It fails with ErrRevised if record or grants are not as read,
// and with PhoneTaken.
func (s *Store) ResetSuper(ctx context.Context, r admin.SuperReset) error {
	who := r.Now.Code
	writes := []table.TxWrite{
		s.table.TxPut(table.StaffToItem(r.Now), "revision = :was", table.Values{":was": r.Was.Revision}, table.RefuseWith(admin.ErrRevised)),
		s.table.TxUpdate(table.AccountKey(who), "REMOVE password_hash, past_hashes, password_set_ms ADD epoch :one, device_epoch :one", "grants = :held",
			table.Values{":one": 1, ":held": table.GrantItems(r.Grants)}, table.RefuseWith(admin.ErrRevised)),
	}
	before := map[table.Key]bool{}
	for _, n := range dynamo.UniqueNames(r.Was) {
		before[n.Key] = true
	}
	for _, n := range dynamo.UniqueNames(r.Now) {
		if !before[n.Key] {
			writes = append(writes, s.table.TxPut(table.NameItem(n.Key, who), table.Absent, nil, n.Taken))
		}
		delete(before, n.Key)
	}
	for k := range before {
		writes = append(writes, s.table.TxDelete(k, "", nil, nil))
	}
	writes = append(writes, s.table.TxHistory(who, r.History)...)
	return s.table.Transact(ctx, append(writes, s.table.TxAuditOfRecord(r.Audit, r.Was, r.Now)...)...)
}
