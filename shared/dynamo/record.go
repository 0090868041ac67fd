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

// Around is O6: organisations with the failures of guards.
func (s *Store) Around(ctx context.Context, orgs []staff.OrgCode, guards []string) (staff.Orgs, []account.Failures, error) {
	keys := table.OrgKeys(orgs)
	for _, g := range guards {
		keys = append(keys, table.GuardKey(g))
	}
	items, err := s.table.GetItems(ctx, keys...)
	if err != nil {
		return nil, nil, err
	}
	failures := make([]account.Failures, len(guards))
	for i, g := range guards {
		if failures[i], err = table.FailuresFromItem(items[table.GuardKey(g)]); err != nil {
			return nil, nil, err
		}
	}
	found, err := table.OrgsFrom(items, orgs)
	return found, failures, err
}

// Change is P7: the person, if it is as it was read; the names that it gives up
// and takes; epochs and grants; what the organisations of its posts hold, and
// those it stands on; the audit.
func (s *Store) Change(ctx context.Context, c admin.Change) error {
	steps := []table.TxWrite{s.table.TxPut(table.StaffToItem(c.Now), "revision = :was", table.Values{":was": c.Was.Revision}, table.RefuseWith(admin.ErrRevised))}
	steps = append(steps, s.nameWrites(c.Was, c.Now)...)
	steps = append(steps, s.accountWrites(c)...)
	steps = append(steps, s.table.TxPostCounts(c.Was, c.Now)...)
	steps = append(steps, s.orgChecks(c)...)
	return s.table.Transact(ctx, append(steps, s.table.TxAuditOfRecord(c.Audit, c.Was, c.Now)...)...)
}

// accountWrites ends sessions, tickets and devices where that is asked for, and
// holds the grants to be as many as they were.
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

// orgChecks holds the organisations of c to what was made sure of, or could not
// be: that they are open (those that come to hold more are held to it by holds),
// and that those between a post's unit and its organisation are no units.
func (s *Store) orgChecks(c admin.Change) []table.TxWrite {
	gains := table.PostChanges(c.Was, c.Now)
	var orgs []staff.OrgCode
	conditions := map[staff.OrgCode]string{}
	each := map[staff.OrgCode]table.Values{}
	add := func(o staff.OrgCode, condition, placeholder string, value any) {
		if conditions[o] == "" {
			orgs = append(orgs, o)
			conditions[o], each[o] = "attribute_exists(pk)", table.Values{}
		}
		if each[o][placeholder] == nil {
			conditions[o] += " AND " + condition
			each[o][placeholder] = value
		}
	}
	for _, o := range c.Open {
		if gains[o] > 0 {
			continue
		}
		add(o, "(attribute_not_exists(closed) OR closed = :no)", ":no", false)
	}
	for o := range c.Inside {
		add(o, "org_type <> :unit", ":unit", string(staff.UnitOrg))
	}
	var steps []table.TxWrite
	for _, code := range orgs {
		steps = append(steps, s.table.TxCheck(table.OrgKey(code), conditions[code], each[code], func(item table.Item) error {
			o, err := table.OrgFromItem(item)
			if path := c.Inside[code]; err == nil && path != "" && o.Type == staff.UnitOrg {
				return fault.FieldInvalid.On(path, fault.Invalid)
			}
			return cmp.Or[error](err, fault.OrgClosed)
		}))
	}
	return steps
}
