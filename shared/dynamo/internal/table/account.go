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
	Recovery      recoveryMark `dynamodbav:"recovery"`
	Slots         []slotItem   `dynamodbav:"seats,omitempty"`
}

// recoveryMark is an account.LastRecovery as stored.
type recoveryMark struct {
	ID    string `dynamodbav:"id,omitempty"`
	Day   int64  `dynamodbav:"day_ms,omitempty"`
	Count int    `dynamodbav:"count,omitempty"`
}

// AccountToItem returns the ACCOUNT item of the person c.
func AccountToItem(c staff.EmployeeCode, a account.Account) Item {
	it := accountItem{
		Password: a.Password, Past: a.Past, PasswordSetAt: Millis(a.PasswordSetAt), Epoch: a.Epoch, DeviceEpoch: a.DeviceEpoch, ClearedAt: Millis(a.ClearedAt),
		Recovery: RecoveryMarkOf(a.Recovery), Grants: GrantItems(a.Grants), Slots: SlotItems(a.Slots),
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
	for _, g := range it.Grants {
		org, err := staff.ParseOrgCode(g.Org)
		if err != nil {
			return account.Account{}, fmt.Errorf("read a grant: %w", err)
		}
		grant := account.Grant{ID: g.ID, Type: account.GrantType(g.Type), Org: org}
		for _, p := range g.Added {
			grant.Added = append(grant.Added, account.Permission(p))
		}
		a.Grants = append(a.Grants, grant)
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
