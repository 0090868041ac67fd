package maintain

import (
	"context"

	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dynamo"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/staff"
)

// EraseRecord is P11: a person off the register, in one transaction. The record, the
// account, the unique names and what the organisations of active posts hold go, and an
// entry of the audit comes. It fails with ErrRevised if the record is not as read, or the
// person holds a grant.
func (s *Store) EraseRecord(ctx context.Context, was staff.Staff, e audit.Entry) error {
	writes := []table.TxWrite{
		s.table.TxDelete(table.StaffKey(was.Code), "revision = :was", table.Values{":was": was.Revision}, table.RefuseWith(admin.ErrRevised)),
		s.table.TxDelete(table.AccountKey(was.Code), "attribute_not_exists(grants) OR size(grants) = :none", table.Values{":none": 0}, table.RefuseWith(admin.ErrRevised)),
	}
	for _, n := range dynamo.UniqueNames(was) {
		writes = append(writes, s.table.TxReleaseName(n.Key, was.Code))
	}
	writes = append(writes, s.table.TxPostCounts(was, staff.Staff{})...)
	return s.table.Transact(ctx, append(writes, s.table.TxAudit(e)...)...)
}

// EraseTraces is Z11: what stands in the partitions of a person who is off the register:
// sessions, known devices, sign-in history.
func (s *Store) EraseTraces(ctx context.Context, c staff.EmployeeCode) error {
	for _, pk := range []string{table.StaffPK(c), table.SignInsPK(c)} {
		items, err := s.table.Query(ctx, pk, "")
		if err != nil {
			return err
		}
		keys := make([]table.Key, len(items))
		for i, item := range items {
			keys[i] = table.KeyOf(item)
		}
		if err := s.table.WriteBatch(ctx, table.FewAtOnce, nil, keys); err != nil {
			return err
		}
	}
	return nil
}

// EraseRequest is Z12: a recovery request and the list of its queues.
func (s *Store) EraseRequest(ctx context.Context, id string) error {
	return s.table.WriteBatch(ctx, table.FewAtOnce, nil, []table.Key{table.RecoveryKey(id), table.RecoveryQueuesKey(id)})
}
