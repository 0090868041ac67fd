package admin_test

import (
	"fmt"
	"strings"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/admin/admintest"
	"chaoxi/shared/staff"
)

// found are the names on all pages.
func (d *desk) found(by account.Person, in admin.SearchInput, limit int) (string, error) {
	d.Helper()
	uc := admin.Search{Store: d.store, Keys: d.keys}
	var all []string
	for cursor, pages := "", 0; pages < 20; pages++ {
		page, err := uc.Run(d.Context(), d.may(by, account.StaffRead), in, limit, cursor)
		if err != nil || len(page.People) > limit {
			return "", err
		}
		for _, p := range page.People {
			all = append(all, p.Name)
			for _, o := range p.Orgs() {
				if page.Orgs[o].Code != o {
					d.Errorf("%+v: a page without an organisation of %s", in, p.Name)
				}
			}
		}
		if cursor = page.Next; cursor == "" {
			return strings.Join(all, " "), nil
		}
	}
	d.Fatal("the search has no end")
	return "", nil
}

func TestSearch(t *testing.T) {
	d := newDesk(t)
	data := d.admin(70, grant(account.UnitGrant, d.Data))
	data.Staff.Name = "高洋"
	d.put(data)
	several := data
	several.Account.Grants = []account.Grant{grant(account.UnitGrant, d.Data), grant(account.AuditGrant, d.Finance)}
	for _, tt := range []struct {
		name string
		by   account.Person
		in   admin.SearchInput
		want string
	}{
		{"everybody in scope, as the tree is shown", d.LinWei, admin.SearchInput{}, "林伟 张敏 王芳 陈洁 孙丽 高洋"},
		{"everybody in a smaller scope", data, admin.SearchInput{}, "林伟 张敏"},
		{"in two scopes, once", several, admin.SearchInput{}, "林伟 张敏 王芳 陈洁 孙丽 高洋"},
		{"by pinyin", d.LinWei, admin.SearchInput{Q: "ZHANG"}, "张敏"},
		{"by initials", d.LinWei, admin.SearchInput{Q: "zm"}, "张敏"},
		{"by a name out of scope", data, admin.SearchInput{Q: "wang"}, ""},
		{"by part of the name", d.LinWei, admin.SearchInput{Name: "丽"}, "孙丽"},
		{"by a whole phone", d.LinWei, admin.SearchInput{Phone: "137 0000 0001"}, "张敏"},
		{"by a whole phone in the search field", d.LinWei, admin.SearchInput{Q: "+8613700000001"}, "张敏"},
		{"by a whole phone out of scope", data, admin.SearchInput{Phone: "13700000003"}, ""},
		{"by a phone and somebody else's account", d.LinWei, admin.SearchInput{Phone: "13700000001", Account: "linwei"}, ""},
		{"by an account", d.LinWei, admin.SearchInput{Account: "LinWei"}, "林伟"},
		{"by an account of somebody who has left", d.LinWei, admin.SearchInput{Account: "hejing"}, ""},
		{"by an account that cannot be", d.LinWei, admin.SearchInput{Account: "林伟"}, ""},
		{"who has left", d.LinWei, admin.SearchInput{Employment: "left"}, "何静"},
		{"who has left, out of scope", several, admin.SearchInput{Employment: "left", Org: d.Finance.Code.String()}, ""},
		{"who is incomplete", d.LinWei, admin.SearchInput{Incomplete: "true"}, "孙丽"},
		{"who is complete, in a unit", d.LinWei, admin.SearchInput{Incomplete: "false", Unit: d.Finance.Code.String()}, "张敏 王芳 陈洁 高洋"},
		{"a state", d.LinWei, admin.SearchInput{AccountState: "pending"}, "孙丽"},
		{"an organisation", d.LinWei, admin.SearchInput{Org: d.Section.Code.String()}, "张敏"},
		{"an organisation out of scope", data, admin.SearchInput{Org: d.Finance.Code.String()}, ""},
		{"an organisation around the scope", data, admin.SearchInput{Org: d.District.Code.String()}, ""},
		{"the main post's organisation", d.LinWei, admin.SearchInput{MainOrg: d.Finance.Code.String()}, "王芳 陈洁 孙丽 高洋"},
		{"a unit by name", d.LinWei, admin.SearchInput{Unit: "数据 局"}, "林伟 张敏"},
		{"a unit that there is not", d.LinWei, admin.SearchInput{Unit: "水利局"}, ""},
		{"a division", several, admin.SearchInput{Division: "330199"}, "林伟 张敏 王芳 陈洁 孙丽 高洋"},
		{"a division around", data, admin.SearchInput{Division: "330000"}, "林伟 张敏"},
		{"another division", d.LinWei, admin.SearchInput{Division: "330200"}, ""},
		{"a code that is none", d.LinWei, admin.SearchInput{Org: "数据局"}, ""},
		{"a text of nothing", d.LinWei, admin.SearchInput{Q: "·"}, ""},
		{"all at once", d.LinWei, admin.SearchInput{Q: "zhang", Unit: d.Finance.Code.String(), Org: d.District.Code.String(), MainOrg: d.Data.Code.String(), AccountState: "active"}, "张敏"},
	} {
		for _, limit := range []int{1, 2, 100} {
			got, err := d.found(tt.by, tt.in, limit)
			d.wants(fmt.Sprintf("%s, by %d", tt.name, limit), []any{got, err}, []any{tt.want, nil})
		}
	}
	for name, tt := range map[string]struct {
		in   admin.SearchInput
		want string
	}{
		"two digits":          {admin.SearchInput{Q: "13"}, "field_invalid q:too_short"},
		"no phone":            {admin.SearchInput{Phone: "137"}, "field_invalid phone:invalid"},
		"values that are not": {admin.SearchInput{Employment: "x", AccountState: "y", Incomplete: "z", Division: "33"}, "field_invalid division:invalid employment:not_a_choice accountState:not_a_choice incomplete:not_a_choice"},
		"a text that is long": {admin.SearchInput{Name: strings.Repeat("张", staff.MaxName+1)}, "field_invalid name:too_long"},
	} {
		_, err := d.found(d.LinWei, tt.in, 5)
		d.wants(name, err, tt.want)
	}
}

func TestSearchCursor(t *testing.T) {
	d := newDesk(t)
	uc := admin.Search{Store: d.store, Keys: d.keys}
	page, err := uc.Run(t.Context(), d.may(d.LinWei, account.StaffRead), admin.SearchInput{}, 2, "")
	d.wants("first page", []any{len(page.People), page.Next != "", err}, []any{2, true, nil})
	next := func(by account.Person, in admin.SearchInput, cursor string) error {
		_, err := uc.Run(t.Context(), d.may(by, account.StaffRead), in, 2, cursor)
		return err
	}
	d.wants("the cursor", next(d.LinWei, admin.SearchInput{}, page.Next), "ok")
	d.wants("with another filter", next(d.LinWei, admin.SearchInput{AccountState: "active"}, page.Next), "field_invalid cursor:invalid")
	d.wants("by somebody else of another scope", next(d.WangFang, admin.SearchInput{}, page.Next), "field_invalid cursor:invalid")
	same := d.admin(70, d.LinWei.Account.Grants...)
	d.wants("by somebody else of the same scope", next(same, admin.SearchInput{}, page.Next), "field_invalid cursor:invalid")
	d.LinWei.Account.Grants = []account.Grant{grant(account.UnitGrant, d.Data)}
	d.wants("with another scope than before", next(d.LinWei, admin.SearchInput{}, page.Next), "field_invalid cursor:invalid")
	d.wants("one that is none", next(d.LinWei, admin.SearchInput{}, "x"), "field_invalid cursor:invalid")
}

// Somebody who is added or leaves between two pages does not upset the walk.
func TestSearchGoesOnAfterAChange(t *testing.T) {
	d := newDesk(t)
	uc := admin.Search{Store: d.store, Keys: d.keys}
	by := d.may(d.LinWei, account.StaffRead)
	page, err := uc.Run(t.Context(), by, admin.SearchInput{}, 3, "") // 林伟 张敏 王芳
	d.wants("first page", []any{len(page.People), err}, []any{3, nil})
	d.put(admintest.NewPerson(60, "李娜", "lina", d.Data, d.Data)) // stands before
	_, err = d.does(d.LinWei, admin.Leave, d.SunLi.Staff.Code, "离职")
	d.wants("leaving", err, "ok")
	page, err = uc.Run(t.Context(), by, admin.SearchInput{}, 3, page.Next)
	d.wants("second page", []any{len(page.People), page.People[0].Name, page.Next, err}, []any{1, "陈洁", "", nil})
}
