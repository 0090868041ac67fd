package dynamo

import (
	"context"

	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo/internal/table"
)

// ChangeState is P8: a person's changed state in one transaction. It writes the
// record (unless c.Now has the same revision), the phone as a unique name, the
// account with its grants, what the organisations of the posts hold, the audit, and the
// mark of the job that does it.
// It requires that record and grants are as read, and what callerCheck, superChecks
// and orgChecks say. It fails with ErrMarked, ErrRevised, AccountTaken, PhoneTaken, IDCardTaken or OrgClosed.
func (s *Store) ChangeState(ctx context.Context, c admin.StateChange) error {
	who := c.Now.Code
	condition, values := "revision = :was", table.Values{":was": c.Was.Revision}
	writes := append(s.markWrites(c.Mark), s.callerCheck(c.By)...)
	if c.Now.Revision == c.Was.Revision {
		writes = append(writes, s.table.TxCheck(table.StaffKey(who), condition, values, table.RefuseWith(admin.ErrRevised)))
	} else {
		writes = append(writes, s.table.TxPut(table.StaffToItem(c.Now), condition, values, table.RefuseWith(admin.ErrRevised)))
	}
	writes = append(writes, s.nameWrites(c.Was, c.Now)...)

	grantsCondition, grantsValues := grantsUnchanged(c.Grants)
	var expression string
	switch {
	case c.EndAccount:
		expression = "REMOVE password_hash, past_hashes, password_set_ms, grants ADD epoch :one, device_epoch :one"
		grantsValues[":one"] = 1
		for _, g := range c.Grants {
			writes = append(writes, s.table.TxDelete(table.AdminKey(g.Org, who, g.ID), "", nil, nil))
		}
	case c.EndSessions:
		expression = "ADD epoch :one"
		grantsValues[":one"] = 1
		if mark := table.FreezeItemOf(c.Frozen); mark != nil {
			expression, grantsValues[":mark"] = "SET freeze_mark = :mark ADD epoch :one", mark
		}
	case c.EndFreeze:
		expression = "REMOVE freeze_mark"
	case !c.ClearedAt.IsZero():
		expression = "SET cleared_ms = :cleared"
		grantsValues[":cleared"] = table.Millis(c.ClearedAt)
	}
	if expression == "" {
		writes = append(writes, s.table.TxCheck(table.AccountKey(who), grantsCondition, grantsValues, table.RefuseWith(admin.ErrRevised)))
	} else {
		writes = append(writes, s.table.TxUpdate(table.AccountKey(who), expression, grantsCondition, grantsValues, table.RefuseWith(admin.ErrRevised)))
	}
	writes = append(writes, s.table.TxHistory(who, c.History)...)
	writes = append(writes, s.superChecks(c.RemainingSupers)...)
	writes = append(writes, s.table.TxPostCounts(c.Was, c.Now)...)
	writes = append(writes, s.orgChecks(admin.Change{Was: c.Was, Now: c.Now, MustBeOpen: c.MustBeOpen, MustNotBeUnits: c.MustNotBeUnits})...)
	return s.table.Transact(ctx, append(writes, s.table.TxAuditOfRecord(c.Audit, c.Was, c.Now)...)...)
}
