package dynamo

import (
	"context"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo/internal/table"
)

// AddStaff is P9: a new person with both sides and both names; what the
// organisations of the posts hold, and those it stands on; the audit.
func (s *Store) AddStaff(ctx context.Context, c admin.Change) error {
	who := c.Now.Code
	steps := []table.TxWrite{
		s.table.TxPut(table.StaffToItem(c.Now), table.Absent, nil, table.RefuseWith(table.ErrExists)),
		s.table.TxPut(table.AccountToItem(who, account.Account{Epoch: 1}), table.Absent, nil, table.RefuseWith(table.ErrExists)),
	}
	for _, n := range UniqueNames(c.Now) {
		steps = append(steps, s.claimName(n, who))
	}
	steps = append(steps, s.table.TxPostCounts(c.Was, c.Now)...)
	steps = append(steps, s.orgChecks(c)...)
	return s.table.Transact(ctx, append(steps, s.table.TxAuditOfRecord(c.Audit, c.Was, c.Now)...)...)
}
