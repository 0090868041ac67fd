package table

import (
	"fmt"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

type GrantItem struct {
	ID    string   `dynamodbav:"id"`
	Type  string   `dynamodbav:"type"`
	Org   string   `dynamodbav:"org"`
	Added []string `dynamodbav:"added,omitempty"`
}

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

// adminItem says under an organisation who holds which grant on it: the other
// side of a grantItem, written with it in one transaction.
type adminItem struct {
	Staff string   `dynamodbav:"staff"`
	Grant string   `dynamodbav:"grant"`
	Type  string   `dynamodbav:"type"`
	Added []string `dynamodbav:"added,omitempty"`
}

func AdminToItem(of staff.EmployeeCode, g account.Grant) Item {
	it := adminItem{Staff: of.String(), Grant: g.ID, Type: string(g.Type)}
	for _, p := range g.Added {
		it.Added = append(it.Added, string(p))
	}
	return NewItem(AdminKey(g.Org, of, g.ID), "admin", it)
}

// GrantedFromItem reads a grant from its side under the organisation.
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
