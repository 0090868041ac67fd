package dynamo

import (
	"cmp"
	"context"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// Around is O6: organisations, and the failures of lock keys in their order. An
// organisation that does not exist is not in the result.
func (s *Store) Around(ctx context.Context, orgs []staff.OrgCode, lockKeys []string) (staff.Orgs, []account.Failures, error) {
	return s.around(ctx, table.OrgKeys(orgs), orgs, lockKeys)
}

// StoredAround is O12: Around with organisations as they are stored, without the list
// of moves.
func (s *Store) StoredAround(ctx context.Context, orgs []staff.OrgCode, lockKeys []string) (staff.Orgs, []account.Failures, error) {
	return s.around(ctx, table.StoredOrgKeys(orgs), orgs, lockKeys)
}

func (s *Store) around(ctx context.Context, keys []table.Key, orgs []staff.OrgCode, lockKeys []string) (staff.Orgs, []account.Failures, error) {
	for _, g := range lockKeys {
		keys = append(keys, table.LockKey(g))
	}
	items, err := s.table.GetItems(ctx, keys...)
	if err != nil {
		return nil, nil, err
	}
	failures := make([]account.Failures, len(lockKeys))
	for i, g := range lockKeys {
		if failures[i], err = table.FailuresFromItem(items[table.LockKey(g)]); err != nil {
			return nil, nil, err
		}
	}
	found, err := table.OrgsFrom(items, orgs)
	return found, failures, err
}

// Change is P7: an edited person in one transaction. It writes the record, the
// unique names, the epochs, what the organisations of the posts hold, the mark of the job
// that does it, and the audit. It requires what callerCheck, accountWrites and orgChecks say, and that the record is as it was
// read. It fails with ErrMarked, ErrRevised, AccountTaken, PhoneTaken, IDCardTaken,
// OrgClosed or FieldInvalid.
func (s *Store) Change(ctx context.Context, c admin.Change) error {
	writes := append(append(s.markWrites(c.Mark), s.callerCheck(c.By)...), s.table.TxPut(table.StaffToItem(c.Now), "revision = :was", table.Values{":was": c.Was.Revision}, table.RefuseWith(admin.ErrRevised)))
	writes = append(writes, s.nameWrites(c.Was, c.Now)...)
	writes = append(append(writes, s.accountWrites(c)...), s.table.TxHistory(c.Now.Code, c.History)...)
	writes = append(writes, s.table.TxPostCounts(c.Was, c.Now)...)
	writes = append(writes, s.orgChecks(c)...)
	return s.table.Transact(ctx, append(writes, s.table.TxAuditOfRecord(c.Audit, c.Was, c.Now)...)...)
}

// accountWrites raises the epochs if c.EndAll is set: that ends sessions, tickets
// and known devices. It requires that the person has c.Grants grants, unless that is
// below zero.
func (s *Store) accountWrites(c admin.Change) []table.TxWrite {
	k := table.AccountKey(c.Now.Code)
	condition, v := "", table.Values{}
	if c.Grants >= 0 {
		condition, v[":held"] = "size(grants) = :held", c.Grants
	}
	if c.Grants == 0 {
		condition += " OR attribute_not_exists(grants)"
	}
	switch {
	case c.EndAll:
		v[":one"] = 1
		return []table.TxWrite{s.table.TxUpdate(k, "ADD epoch :one, device_epoch :one", condition, v, table.RefuseWith(admin.ErrRevised))}
	case condition != "":
		return []table.TxWrite{s.table.TxCheck(k, condition, v, table.RefuseWith(admin.ErrRevised))}
	}
	return nil
}

// orgChecks requires that the organisations c.MustBeOpen are open, and that those of
// c.Inside, which lie between a post's unit and its organisation, are not units. It
// skips those of c.MustBeOpen that get more posts: TxPostCounts already requires that they
// are open.
func (s *Store) orgChecks(c admin.Change) []table.TxWrite {
	postChanges := table.PostChanges(c.Was, c.Now)
	var orgs []staff.OrgCode
	conditions := map[staff.OrgCode]string{}
	values := map[staff.OrgCode]table.Values{}
	add := func(o staff.OrgCode, condition, placeholder string, value any) {
		if conditions[o] == "" {
			orgs = append(orgs, o)
			conditions[o], values[o] = "attribute_exists(pk)", table.Values{}
		}
		if values[o][placeholder] == nil {
			conditions[o] += " AND " + condition
			values[o][placeholder] = value
		}
	}
	for _, o := range c.MustBeOpen {
		if postChanges[o] > 0 {
			continue
		}
		add(o, "(attribute_not_exists(closed) OR closed = :no)", ":no", false)
	}
	for o := range c.MustNotBeUnits {
		add(o, "org_type <> :unit", ":unit", string(staff.UnitOrg))
	}
	var writes []table.TxWrite
	for _, code := range orgs {
		writes = append(writes, s.table.TxCheck(table.OrgKey(code), conditions[code], values[code], func(item table.Item) error {
			o, err := table.OrgFromItem(item)
			if path := c.MustNotBeUnits[code]; err == nil && path != "" && o.Type == staff.UnitOrg {
				return fault.FieldInvalid.AtField(path, fault.Invalid)
			}
			return cmp.Or[error](err, fault.OrgClosed)
		}))
	}
	return writes
}
