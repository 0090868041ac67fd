package dynamo

import (
	"context"
	"slices"
	"time"

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
			writes = append(writes, s.table.TxReleaseName(n.Key, was.Code))
		}
	}
	for _, n := range after {
		if !contains(before, n.Key) {
			writes = append(writes, s.claimName(n, now.Code))
		}
	}
	return writes
}

// FindName is N1: who has a name, and the misses under missKey. The zero code means
// that nobody has it.
func (s *Store) FindName(ctx context.Context, name staff.SignInName, missKey string) (staff.EmployeeCode, account.Failures, error) {
	who, misses := table.SignInNameKey(name), table.LockKey(missKey)
	items, err := s.table.GetItems(ctx, who, misses)
	if err != nil {
		return staff.EmployeeCode{}, account.Failures{}, err
	}
	code, err := table.NameOwner(items[who])
	if err != nil {
		return code, account.Failures{}, err
	}
	f, err := table.FailuresFromItem(items[misses])
	return code, f, err
}

// FindSignIn is N2: who has a name; the failures of lock keys, in their order: that of
// the name, and that of the name on this device; and what a source has done in the hour.
func (s *Store) FindSignIn(ctx context.Context, name staff.SignInName, lockKeys []string, source string, now time.Time) (account.Known, error) {
	who, of := table.SignInNameKey(name), table.AddressKey(source, now)
	keys := []table.Key{who, of}
	for _, k := range lockKeys {
		keys = append(keys, table.LockKey(k))
	}
	items, err := s.table.GetItems(ctx, keys...)
	if err != nil {
		return account.Known{}, err
	}
	known := account.Known{Failures: make([]account.Failures, len(lockKeys))}
	if known.Owner, err = table.NameOwner(items[who]); err != nil {
		return account.Known{}, err
	}
	if known.Use, err = addressUseFrom(items[of]); err != nil {
		return account.Known{}, err
	}
	for i, k := range lockKeys {
		if known.Failures[i], err = table.FailuresFromItem(items[table.LockKey(k)]); err != nil {
			return account.Known{}, err
		}
	}
	return known, nil
}

// IDCardOwner is N4: who, of the people in service, has an ID card; the zero code for
// nobody.
func (s *Store) IDCardOwner(ctx context.Context, number string) (staff.EmployeeCode, error) {
	item, err := s.table.GetItem(ctx, table.IDCardKey(number))
	if err != nil {
		return staff.EmployeeCode{}, err
	}
	return table.NameOwner(item)
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
	return owners(items, keys)
}

// owners are those of names, in their order. The zero code means nobody.
func owners(items map[table.Key]table.Item, names []table.Key) ([]staff.EmployeeCode, error) {
	var err error
	owners := make([]staff.EmployeeCode, len(names))
	for i, k := range names {
		if owners[i], err = table.NameOwner(items[k]); err != nil {
			return nil, err
		}
	}
	return owners, nil
}
