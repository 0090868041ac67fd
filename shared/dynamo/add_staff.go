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
	writes := []table.TxWrite{
		s.table.TxPut(table.StaffToItem(c.Now), table.Absent, nil, table.RefuseWith(table.ErrExists)),
		s.table.TxPut(table.AccountToItem(who, account.Account{Epoch: 1}), table.Absent, nil, table.RefuseWith(table.ErrExists)),
	}
	for _, n := range UniqueNames(c.Now) {
		writes = append(writes, s.claimName(n, who))
	}
	writes = append(writes, s.table.TxPostCounts(c.Was, c.Now)...)
	writes = append(writes, s.orgChecks(c)...)
	return s.table.Transact(ctx, append(writes, s.table.TxAuditOfRecord(c.Audit, c.Was, c.Now)...)...)
}
