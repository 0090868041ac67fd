package dynamo

import (
	"context"

	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo/internal/table"
)

// ChangeState is P8: the person, if it is as it was read; the phone given up or
// claimed; what becomes of the account and of its grants; the keepers and the
// organisations it stands on, and what these hold; the audit.
func (s *Store) ChangeState(ctx context.Context, c admin.StateChange) error {
	who := c.Now.Code
	same, was := "revision = :was", table.Values{":was": c.Was.Revision}
	steps := []table.TxWrite{s.table.TxPut(table.StaffToItem(c.Now), same, was, table.RefuseWith(admin.ErrRevised))}
	if c.Now.Revision == c.Was.Revision {
		steps[0] = s.table.TxCheck(table.StaffKey(who), same, was, table.RefuseWith(admin.ErrRevised))
	}
	steps = append(steps, s.nameWrites(c.Was, c.Now)...)

	holds, v := grantsUnchanged(c.Grants)
	var does string
	switch {
	case c.EndAccount:
		does = "REMOVE password_hash, past_hashes, password_set_ms, grants ADD epoch :one, device_epoch :one"
		v[":one"] = 1
		for _, g := range c.Grants {
			steps = append(steps, s.table.TxDelete(table.AdminKey(g.Org, who, g.ID), "", nil, nil))
		}
	case c.EndSessions:
		does = "ADD epoch :one"
		v[":one"] = 1
	case !c.ClearedAt.IsZero():
		does = "SET cleared_ms = :cleared"
		v[":cleared"] = table.Millis(c.ClearedAt)
	}
	if does == "" {
		steps = append(steps, s.table.TxCheck(table.AccountKey(who), holds, v, table.RefuseWith(admin.ErrRevised)))
	} else {
		steps = append(steps, s.table.TxUpdate(table.AccountKey(who), does, holds, v, table.RefuseWith(admin.ErrRevised)))
	}
	steps = append(steps, s.superChecks(c.Keepers)...)
	steps = append(steps, s.table.TxPostCounts(c.Was, c.Now)...)
	steps = append(steps, s.orgChecks(admin.Change{Was: c.Was, Now: c.Now, Open: c.Open})...)
	return s.table.Transact(ctx, append(steps, s.table.TxAuditOfRecord(c.Audit, c.Was, c.Now)...)...)
}
