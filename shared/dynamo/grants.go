package dynamo

import (
	"context"
	"strings"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/staff"
)

// GrantsOn is G1: the grants on each of some organisations, strongly consistent. The
// queries run side by side, so it is one trip.
func (s *Store) GrantsOn(ctx context.Context, orgs []staff.OrgCode) ([]account.Granted, error) {
	grants := make([][]account.Granted, len(orgs))
	reads := make([]func(context.Context) error, len(orgs))
	for i, org := range orgs {
		reads[i] = func(ctx context.Context) (err error) { grants[i], err = s.grantsOn(ctx, org); return err }
	}
	if err := table.Parallel(ctx, reads...); err != nil {
		return nil, err
	}
	var all []account.Granted
	for _, onOrg := range grants {
		all = append(all, onOrg...)
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

// ChangeGrants is G2: a grant that begins or ends, on both sides, and the audit, in
// one transaction. It fails with ErrRevised
//
//   - if the person no longer holds exactly the grants c.Was;
//   - if callerCheck of c.By fails;
//   - if a remaining super has lost the grant or cannot work;
//   - if the grant begins, and the person has left or is frozen.
//
// A grant that begins also fails with OrgClosed if its organisation is closed.
func (s *Store) ChangeGrants(ctx context.Context, c admin.GrantChange) error {
	condition, v := grantsUnchanged(c.Was)
	expression := "REMOVE grants"
	if now := c.Now(); len(now) > 0 {
		expression, v[":now"] = "SET grants = :now", table.GrantItems(now)
	}
	writes := append(s.superChecks(c.RemainingSupers), s.table.TxUpdate(table.AccountKey(c.Staff), expression, condition, v, table.RefuseWith(admin.ErrRevised)))
	if c.Given != nil {
		writes = append(writes, s.activeCheck(c.Staff), s.table.TxPut(table.AdminToItem(c.Staff, *c.Given), table.Absent, nil, table.RefuseWith(table.ErrExists)))
		writes = append(writes, s.orgChecks(admin.Change{MustBeOpen: []staff.OrgCode{c.Given.Org}})...)
	} else {
		writes = append(writes, s.table.TxDelete(table.AdminKey(c.Taken.Org, c.Staff, c.Taken.ID), "", nil, nil))
	}
	writes = append(writes, s.callerCheck(c.By)...)
	return s.table.Transact(ctx, append(writes, s.table.TxAudit(c.Audit)...)...)
}

// GrantsPage is G3: at most limit grants on one organisation, sorted by holder. It
// begins behind the place after ("" for the first), and returns the last place that
// it read ("" at the end).
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

// grantsUnchanged returns the condition that an account has exactly these grants,
// with its placeholders.
func grantsUnchanged(grants []account.Grant) (string, table.Values) {
	if len(grants) == 0 {
		return "(attribute_not_exists(grants) OR size(grants) = :none)", table.Values{":none": 0}
	}
	return "grants = :held", table.Values{":held": table.GrantItems(grants)}
}

// callerCheck requires that the caller of a change may still make it: that their
// epoch and grants are those that the change was judged by. Nobody has no account, and
// needs none.
func (s *Store) callerCheck(by account.Caller) []table.TxWrite {
	if by.Staff.IsZero() {
		return nil
	}
	condition, v := grantsUnchanged(by.Grants)
	v[":epoch"] = by.Epoch
	return []table.TxWrite{s.table.TxCheck(table.AccountKey(by.Staff), "epoch = :epoch AND "+condition, v, table.RefuseWith(admin.ErrRevised))}
}

// superChecks requires that each remaining super still holds the grant and can work. Somebody
// who keeps two roots is checked once, because a transaction takes each item only
// once.
func (s *Store) superChecks(supers []admin.RemainingSuper) []table.TxWrite {
	var writes []table.TxWrite
	seen := map[staff.EmployeeCode]bool{}
	for _, k := range supers {
		writes = append(writes, s.table.TxCheck(table.AdminKey(k.Grant.Org, k.Staff, k.Grant.ID), "attribute_exists(pk)", nil, table.RefuseWith(admin.ErrRevised)))
		if !seen[k.Staff] {
			seen[k.Staff] = true
			writes = append(writes, s.activeCheck(k.Staff))
		}
	}
	return writes
}

// activeCheck requires that a person is in service and not frozen.
func (s *Store) activeCheck(c staff.EmployeeCode) table.TxWrite {
	return s.table.TxCheck(table.StaffKey(c), "employment = :here AND account_state <> :frozen",
		table.Values{":here": string(staff.InService), ":frozen": string(staff.Frozen)}, table.RefuseWith(admin.ErrRevised))
}
