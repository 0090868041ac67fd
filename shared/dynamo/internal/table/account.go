package table

import (
	"fmt"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

// accountItem is an account.Account as stored. It lies in the person's partition.
type accountItem struct {
	Password      string       `dynamodbav:"password_hash,omitempty"`
	Past          []string     `dynamodbav:"past_hashes,omitempty"`
	PasswordSetAt int64        `dynamodbav:"password_set_ms,omitempty"`
	Epoch         int64        `dynamodbav:"epoch"`
	DeviceEpoch   int64        `dynamodbav:"device_epoch"`
	ClearedAt     int64        `dynamodbav:"cleared_ms,omitempty"`
	Grants        []GrantItem  `dynamodbav:"grants,omitempty"`
	Frozen        *FreezeItem  `dynamodbav:"freeze_mark,omitempty"`
	Recovery      recoveryMark `dynamodbav:"recovery"`
	Slots         []slotItem   `dynamodbav:"seats,omitempty"`
}

// recoveryMark is an account.LastRecovery as stored.
type recoveryMark struct {
	ID    string `dynamodbav:"id,omitempty"`
	Day   int64  `dynamodbav:"day_ms,omitempty"`
	Count int    `dynamodbav:"count,omitempty"`
}

// FreezeItem is an account.FreezeMark as stored.
type FreezeItem struct {
	By     string      `dynamodbav:"by"`
	Grants []GrantItem `dynamodbav:"grants"`
}

// FreezeItemOf returns what the attribute freeze_mark of an account stores, nil for
// none.
func FreezeItemOf(m account.FreezeMark) *FreezeItem {
	if m.By.IsZero() {
		return nil
	}
	return &FreezeItem{m.By.String(), GrantItems(m.Grants)}
}

// AccountToItem returns the ACCOUNT item of the person c.
func AccountToItem(c staff.EmployeeCode, a account.Account) Item {
	it := accountItem{
		Password: a.Password, Past: a.Past, PasswordSetAt: Millis(a.PasswordSetAt), Epoch: a.Epoch, DeviceEpoch: a.DeviceEpoch, ClearedAt: Millis(a.ClearedAt),
		Frozen: FreezeItemOf(a.Frozen), Recovery: RecoveryMarkOf(a.Recovery), Grants: GrantItems(a.Grants), Slots: SlotItems(a.Slots),
	}
	return NewItem(AccountKey(c), "account", it)
}

// RecoveryMarkOf returns what the attribute recovery of an account stores.
func RecoveryMarkOf(r account.LastRecovery) recoveryMark {
	return recoveryMark{r.ID, Millis(r.Day), r.Count}
}

// AccountFromItem reads an account. A nil item gives the zero Account.
func AccountFromItem(item Item) (account.Account, error) {
	var it accountItem
	if err := Decode(item, &it); err != nil {
		return account.Account{}, err
	}
	a := account.Account{
		Password: it.Password, Past: it.Past, PasswordSetAt: Instant(it.PasswordSetAt), Epoch: it.Epoch, DeviceEpoch: it.DeviceEpoch, ClearedAt: Instant(it.ClearedAt),
		Recovery: account.LastRecovery{ID: it.Recovery.ID, Day: Instant(it.Recovery.Day), Count: it.Recovery.Count},
	}
	for _, s := range it.Slots {
		a.Slots = append(a.Slots, account.SessionSlot{Hash: s.Hash, At: Instant(s.At)})
	}
	var err error
	if a.Grants, err = grantsFromItems(it.Grants); err != nil {
		return account.Account{}, err
	}
	if it.Frozen != nil {
		if a.Frozen.By, err = staff.ParseEmployeeCode(it.Frozen.By); err != nil {
			return account.Account{}, fmt.Errorf("read who froze a person: %w", err)
		}
		if a.Frozen.Grants, err = grantsFromItems(it.Frozen.Grants); err != nil {
			return account.Account{}, err
		}
	}
	return a, nil
}

// PersonFrom reads a person from the STAFF item and the ACCOUNT item. A nil item
// leaves its side zero.
func PersonFrom(staffSide, accountSide Item) (account.Person, error) {
	p, err := StaffFromItem(staffSide)
	if err != nil {
		return account.Person{}, err
	}
	a, err := AccountFromItem(accountSide)
	if err != nil {
		return account.Person{}, err
	}
	return account.Person{Staff: p, Account: a}, nil
}
