package dynamo

import (
	"context"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
)

// AddStaff is P9: a new person with both sides and both names; what the
// organisations of the posts hold, and those it stands on; the audit.
func (s *Store) AddStaff(ctx context.Context, c admin.Change) error {
	who := c.Now.Code
	steps := []step{
		s.table.put(staffToItem(c.Now), absent, nil, means(errThere)),
		s.table.put(accountToItem(who, account.Account{Epoch: 1}), absent, nil, means(errThere)),
	}
	for _, n := range uniqueNames(c.Now) {
		steps = append(steps, s.claim(n, who))
	}
	steps = append(steps, s.table.holds(c.Was, c.Now)...)
	steps = append(steps, s.standing(c)...)
	return s.table.transact(ctx, append(steps, s.table.audit(auditOfRecord(c.Audit, c.Was, c.Now))...)...)
}
