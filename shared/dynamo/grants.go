package dynamo

import (
	"context"
	"strings"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/staff"
)

// GrantsOn is G1: who holds what on each organisation, strongly consistent, as
// one trip of parallel queries.
func (s *Store) GrantsOn(ctx context.Context, orgs []staff.OrgCode) ([]account.Granted, error) {
	each := make([][]account.Granted, len(orgs))
	fns := make([]func(context.Context) error, len(orgs))
	for i, org := range orgs {
		fns[i] = func(ctx context.Context) (err error) { each[i], err = s.grantsOn(ctx, org); return err }
	}
	if err := table.Parallel(ctx, fns...); err != nil {
		return nil, err
	}
	var all []account.Granted
	for _, some := range each {
		all = append(all, some...)
	}
	return all, nil
}

func (s *Store) grantsOn(ctx context.Context, org staff.OrgCode) ([]account.Granted, error) {
	items, err := s.table.Query(ctx, table.OrgPK(org), table.AdminPrefix)
	if err != nil {
		return nil, err
	}
	all := make([]account.Granted, len(items))
	for i, item := range items {
		if all[i], err = table.GrantedFromItem(org, item); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// ChangeGrants is G2: both sides of a grant that begins or ends, the keepers and
// the caller it stands on, of one that begins also its holder and organisation;
// the audit.
func (s *Store) ChangeGrants(ctx context.Context, c admin.GrantChange) error {
	condition, v := grantsUnchanged(c.Was)
	does := "REMOVE grants"
	if now := c.Now(); len(now) > 0 {
		does, v[":now"] = "SET grants = :now", table.GrantItems(now)
	}
	steps := append(s.superChecks(c.Keepers), s.table.TxUpdate(table.AccountKey(c.Staff), does, condition, v, table.RefuseWith(admin.ErrRevised)))
	if c.Given != nil {
		steps = append(steps, s.activeCheck(c.Staff), s.table.TxPut(table.AdminToItem(c.Staff, *c.Given), table.Absent, nil, table.RefuseWith(table.ErrExists)))
		steps = append(steps, s.orgChecks(admin.Change{Open: []staff.OrgCode{c.Given.Org}})...)
	} else {
		steps = append(steps, s.table.TxDelete(table.AdminKey(c.Taken.Org, c.Staff, c.Taken.ID), "", nil, nil))
	}
	holds, hv := grantsUnchanged(c.Caller.Grants)
	hv[":epoch"] = c.Caller.Epoch
	steps = append(steps, s.table.TxCheck(table.AccountKey(c.Caller.Staff), "epoch = :epoch AND "+holds, hv, table.RefuseWith(admin.ErrRevised)))
	return s.table.Transact(ctx, append(steps, s.table.TxAudit(c.Audit)...)...)
}

// GrantsPage is G3: grants on one organisation by holder, a page at a time.
func (s *Store) GrantsPage(ctx context.Context, org staff.OrgCode, after string, limit int) ([]account.Granted, string, error) {
	if after != "" {
		after = table.AdminPrefix + after
	}
	items, last, err := s.table.Page(ctx, table.OrgPK(org), table.AdminPrefix, after, limit)
	if err != nil {
		return nil, "", err
	}
	page := make([]account.Granted, len(items))
	for i, item := range items {
		if page[i], err = table.GrantedFromItem(org, item); err != nil {
			return nil, "", err
		}
	}
	return page, strings.TrimPrefix(last, table.AdminPrefix), nil
}

// grantsUnchanged is the condition that an account's grants are exactly these.
func grantsUnchanged(grants []account.Grant) (string, table.Values) {
	if len(grants) == 0 {
		return "(attribute_not_exists(grants) OR size(grants) = :none)", table.Values{":none": 0}
	}
	return "grants = :held", table.Values{":held": table.GrantItems(grants)}
}

// superChecks holds keepers to be what they were found to be. One may keep two roots.
func (s *Store) superChecks(keepers []admin.Keeper) []table.TxWrite {
	var steps []table.TxWrite
	seen := map[staff.EmployeeCode]bool{}
	for _, k := range keepers {
		steps = append(steps, s.table.TxCheck(table.AdminKey(k.Grant.Org, k.Staff, k.Grant.ID), "attribute_exists(pk)", nil, table.RefuseWith(admin.ErrRevised)))
		if !seen[k.Staff] {
			seen[k.Staff] = true
			steps = append(steps, s.activeCheck(k.Staff))
		}
	}
	return steps
}

// activeCheck holds a person to be in service and not frozen.
func (s *Store) activeCheck(c staff.EmployeeCode) table.TxWrite {
	return s.table.TxCheck(table.StaffKey(c), "employment = :here AND account_state <> :frozen",
		table.Values{":here": string(staff.InService), ":frozen": string(staff.Frozen)}, table.RefuseWith(admin.ErrRevised))
}
