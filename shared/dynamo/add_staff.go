package dynamo

import (
	"context"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo/internal/table"
)

// AddStaff is P9: a new person in one transaction. It writes both sides, both unique
// names, what the organisations of the posts hold, the request if it has a key, the mark
// of the job that does it, and the audit, and requires what callerCheck and orgChecks
// say. It fails with ErrMarked, ErrRevised, AccountTaken, PhoneTaken, IDCardTaken,
// OrgClosed or FieldInvalid.
func (s *Store) AddStaff(ctx context.Context, c admin.Change) error {
	who := c.Now.Code
	writes := append(append(append(s.markWrites(c.Mark), s.onceWrites(c.Once)...), s.callerCheck(c.By)...),
		s.table.TxPut(table.StaffToItem(c.Now), table.Absent, nil, table.RefuseWith(table.ErrExists)),
		s.table.TxPut(table.AccountToItem(who, account.Account{Epoch: 1}), table.Absent, nil, table.RefuseWith(table.ErrExists)),
	)
	for _, n := range UniqueNames(c.Now) {
		writes = append(writes, s.claimName(n, who))
	}
	writes = append(writes, s.table.TxPostCounts(c.Was, c.Now)...)
	writes = append(writes, s.orgChecks(c)...)
	return s.table.Transact(ctx, append(writes, s.table.TxAuditOfRecord(c.Audit, c.Was, c.Now)...)...)
}
