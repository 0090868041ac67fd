package maintain

import (
	"context"
	"errors"
	"fmt"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dynamo"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// Register is P5: a new person in one transaction, with the unique names, the
// grants, what the organisations of the posts hold, and the audit. It fails with
// AccountTaken, PhoneTaken, IDCardTaken or OrgClosed.
//
// An account that looks like a phone number signs in whoever has that number. So it
// is refused as taken, unless the number is the person's own.
func (s *Store) Register(ctx context.Context, p account.Person, e audit.Entry) error {
	if phone, ok := p.Staff.Account.AsPhone(); ok && phone != p.Staff.Phone {
		return fault.AccountTaken.Becausef("it is somebody's phone number")
	}
	who := p.Staff.Code
	writes := []table.TxWrite{
		s.table.TxPut(table.StaffToItem(p.Staff), table.Absent, nil, table.RefuseWith(table.ErrExists)),
		s.table.TxPut(table.AccountToItem(who, p.Account), table.Absent, nil, table.RefuseWith(table.ErrExists)),
	}
	for _, n := range dynamo.UniqueNames(p.Staff) {
		writes = append(writes, s.table.TxPut(table.NameItem(n.Key, who), table.Absent, nil, n.Taken))
	}
	for _, g := range p.Account.Grants {
		writes = append(writes, s.table.TxPut(table.AdminToItem(who, g), table.Absent, nil, table.RefuseWith(table.ErrExists)))
	}
	writes = append(writes, s.table.TxPostCounts(staff.Staff{}, p.Staff)...)
	return s.table.Transact(ctx, append(writes, s.table.TxAuditOfRecord(e, staff.Staff{}, p.Staff)...)...)
}

// Grant is G4: one more grant on both sides, with the audit, in one transaction. It
// fails with StaffMissing, or with ErrManyGrants if the person holds
// admin.MaxGrants.
func (s *Store) Grant(ctx context.Context, of staff.EmployeeCode, g account.Grant, e audit.Entry) error {
	writes := []table.TxWrite{
		s.table.TxUpdate(table.AccountKey(of), "SET grants = list_append(if_not_exists(grants, :none), :grant)",
			"attribute_exists(pk) AND (attribute_not_exists(grants) OR size(grants) < :most)",
			table.Values{":none": []table.GrantItem{}, ":grant": table.GrantItems([]account.Grant{g}), ":most": admin.MaxGrants},
			func(item table.Item) error {
				if item == nil {
					return fault.StaffMissing
				}
				return ErrManyGrants
			}),
		s.table.TxPut(table.AdminToItem(of, g), table.Absent, nil, table.RefuseWith(table.ErrExists)),
	}
	return s.table.Transact(ctx, append(writes, s.table.TxAudit(e)...)...)
}

// ErrManyGrants says that a person holds as many grants as anybody may.
var ErrManyGrants = errors.New("the person holds as many grants as anybody may")

// PutOrg adds a new organisation, for the operator's tools. The caller sets its Path
// (staff.Org.Under). It fails as WriteOrg does.
func (s *Store) PutOrg(ctx context.Context, o staff.Org, parentDivision string, e audit.Entry) error {
	at := staff.Moves{Seq: o.MoveSeq}
	return s.WriteOrg(ctx, admin.OrgChange{Now: o, Above: parentDivision, Moves: at, NowMoves: at, Audit: e})
}

// Roots is O5: the organisations that have no parent.
func (s *Store) Roots(ctx context.Context) ([]staff.Org, error) {
	items, err := s.table.Query(ctx, table.OrgPK(staff.OrgCode{}), table.ChildPrefix)
	if err != nil {
		return nil, err
	}
	var bad error
	codes := make([]staff.OrgCode, len(items))
	for i, item := range items {
		codes[i] = table.Parsed(staff.ParseOrgCode, table.Str(item["org"]), &bad)
	}
	if bad != nil {
		return nil, fmt.Errorf("read the roots: %w", bad)
	}
	orgs, err := s.Orgs(ctx, codes)
	if err != nil {
		return nil, err
	}
	var roots []staff.Org
	for _, c := range codes {
		if o, ok := orgs[c]; ok {
			roots = append(roots, o)
		}
	}
	return roots, nil
}

// AddDictionaryEntry is D2: an entry is added unless there is one of its code. It
// reports whether it was added. An entry that somebody has edited since stays as it
// is.
func (s *Store) AddDictionaryEntry(ctx context.Context, e staff.DictionaryEntry) (bool, error) {
	var writes []table.TxWrite
	for _, item := range table.DictionaryToItems(e) {
		writes = append(writes, s.table.TxPut(item, table.Absent, nil, table.RefuseWith(table.ErrExists)))
	}
	err := s.table.Transact(ctx, writes...)
	if errors.Is(err, table.ErrExists) {
		return false, nil
	}
	return err == nil, err
}
