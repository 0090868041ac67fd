package dynamo

import (
	"context"
	"errors"
	"slices"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/staff"
)

// uniqueName is a name that only one person can have.
type uniqueName struct {
	Key   table.Key
	Field string // of the person, as admin.Taken has it
}

// Taken is the error if somebody has the name already: item says who.
func (n uniqueName) Taken(item table.Item) error {
	owner, err := table.NameOwner(item)
	if err != nil {
		return err
	}
	return &admin.Taken{Field: n.Field, Owner: owner}
}

// UniqueNames returns the names of a person that nobody else may have: the account;
// if there is one, the phone; and of somebody in service, the ID card.
func UniqueNames(p staff.Staff) []uniqueName {
	names := []uniqueName{{table.AccountNameKey(p.Account), admin.FieldAccount}}
	if !p.Phone.IsZero() {
		names = append(names, uniqueName{table.PhoneNameKey(p.Phone), admin.FieldPhone})
	}
	if p.IDCard != "" && p.Employment == staff.InService {
		names = append(names, uniqueName{table.IDCardKey(p.IDCard), admin.FieldIDCard})
	}
	return names
}

// claimName gives a name to who. It fails with n.Taken if somebody has it.
func (s *Store) claimName(n uniqueName, who staff.EmployeeCode) table.TxWrite {
	return s.table.TxPut(table.NameItem(n.Key, who), table.Absent, nil, n.Taken)
}

// nameWrites gives up the names that the person no longer has, and claims those that
// are new.
func (s *Store) nameWrites(was, now staff.Staff) []table.TxWrite {
	var writes []table.TxWrite
	before, after := UniqueNames(was), UniqueNames(now)
	contains := func(names []uniqueName, k table.Key) bool {
		return slices.ContainsFunc(names, func(n uniqueName) bool { return n.Key == k })
	}
	for _, n := range before {
		if !contains(after, n.Key) {
			release := s.table.TxDelete(n.Key, "attribute_not_exists(pk) OR #owner = :who", table.Values{":who": was.Code.String()}, table.RefuseWith(errOthersName))
			release.Write.Delete.ExpressionAttributeNames = map[string]string{"#owner": "owner"} // a reserved word
			writes = append(writes, release)
		}
	}
	for _, n := range after {
		if !contains(before, n.Key) {
			writes = append(writes, s.claimName(n, now.Code))
		}
	}
	return writes
}

// errOthersName says that the table is wrong: a name that a person gives up belongs
// to somebody else.
var errOthersName = errors.New("a name of this person is kept as somebody else's")

// FindName is N1: who has a name, and the misses under missKey. The zero code means
// that nobody has it.
func (s *Store) FindName(ctx context.Context, name staff.SignInName, missKey string) (staff.EmployeeCode, account.Failures, error) {
	code, all, err := s.findName(ctx, name, table.LockKey(missKey))
	if err != nil {
		return code, account.Failures{}, err
	}
	return code, all[0], nil
}

// FindSignIn is N2: who has a name, and the failures of lock keys, in their order: that
// of the name, and that of the name on this device. The zero code means that nobody
// has it.
func (s *Store) FindSignIn(ctx context.Context, name staff.SignInName, lockKeys []string) (staff.EmployeeCode, []account.Failures, error) {
	keys := make([]table.Key, len(lockKeys))
	for i, g := range lockKeys {
		keys[i] = table.LockKey(g)
	}
	return s.findName(ctx, name, keys...)
}

func (s *Store) findName(ctx context.Context, name staff.SignInName, counts ...table.Key) (staff.EmployeeCode, []account.Failures, error) {
	k := table.SignInNameKey(name)
	items, err := s.table.GetItems(ctx, append([]table.Key{k}, counts...)...)
	if err != nil {
		return staff.EmployeeCode{}, nil, err
	}
	code, err := table.NameOwner(items[k])
	if err != nil {
		return code, nil, err
	}
	all := make([]account.Failures, len(counts))
	for i, c := range counts {
		if all[i], err = table.FailuresFromItem(items[c]); err != nil {
			return code, nil, err
		}
	}
	return code, all, nil
}

// NameOwners is N3: who has each of the phones, then each of the accounts. The zero
// code means nobody.
func (s *Store) NameOwners(ctx context.Context, phones []staff.Phone, accounts []staff.Account) ([]staff.EmployeeCode, error) {
	var keys []table.Key
	for _, p := range phones {
		keys = append(keys, table.PhoneNameKey(p))
	}
	for _, a := range accounts {
		keys = append(keys, table.AccountNameKey(a))
	}
	items, err := s.table.GetItems(ctx, keys...)
	if err != nil {
		return nil, err
	}
	owners := make([]staff.EmployeeCode, len(keys))
	for i, k := range keys {
		if owners[i], err = table.NameOwner(items[k]); err != nil {
			return nil, err
		}
	}
	return owners, nil
}
