package table

import (
	"fmt"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

// GrantItem is an account.Grant as stored in its holder's ACCOUNT item.
type GrantItem struct {
	ID    string   `dynamodbav:"id"`
	Type  string   `dynamodbav:"type"`
	Org   string   `dynamodbav:"org"`
	Added []string `dynamodbav:"added,omitempty"`
}

// GrantItems returns what the attribute grants of an account stores.
func GrantItems(grants []account.Grant) []GrantItem {
	items := make([]GrantItem, len(grants))
	for i, g := range grants {
		items[i] = GrantItem{ID: g.ID, Type: string(g.Type), Org: g.Org.String()}
		for _, p := range g.Added {
			items[i].Added = append(items[i].Added, string(p))
		}
	}
	return items
}

// grantsFromItems reads what GrantItems returned.
func grantsFromItems(items []GrantItem) ([]account.Grant, error) {
	var grants []account.Grant
	for _, g := range items {
		org, err := staff.ParseOrgCode(g.Org)
		if err != nil {
			return nil, fmt.Errorf("read a grant: %w", err)
		}
		grant := account.Grant{ID: g.ID, Type: account.GrantType(g.Type), Org: org}
		for _, p := range g.Added {
			grant.Added = append(grant.Added, account.Permission(p))
		}
		grants = append(grants, grant)
	}
	return grants, nil
}

// adminItem is the other side of a GrantItem, in the partition of the organisation:
// it says who holds which grant on it. One transaction writes both sides.
type adminItem struct {
	Staff string   `dynamodbav:"staff"`
	Grant string   `dynamodbav:"grant"`
	Type  string   `dynamodbav:"type"`
	Added []string `dynamodbav:"added,omitempty"`
}

// AdminToItem returns the item under g's organisation for a grant that the person of
// holds.
func AdminToItem(of staff.EmployeeCode, g account.Grant) Item {
	it := adminItem{Staff: of.String(), Grant: g.ID, Type: string(g.Type)}
	for _, p := range g.Added {
		it.Added = append(it.Added, string(p))
	}
	return NewItem(AdminKey(g.Org, of, g.ID), "admin", it)
}

// GrantedFromItem reads a grant and its holder from the item under the organisation
// org.
func GrantedFromItem(org staff.OrgCode, item Item) (account.Granted, error) {
	var it adminItem
	if err := Decode(item, &it); err != nil {
		return account.Granted{}, err
	}
	c, err := staff.ParseEmployeeCode(it.Staff)
	if err != nil {
		return account.Granted{}, fmt.Errorf("read a grant: %w", err)
	}
	g := account.Grant{ID: it.Grant, Type: account.GrantType(it.Type), Org: org}
	for _, p := range it.Added {
		g.Added = append(g.Added, account.Permission(p))
	}
	return account.Granted{Staff: c, Grant: g}, nil
}
