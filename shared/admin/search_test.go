package admin_test

import (
	"fmt"
	"slices"
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
	uc := admin.Search{Store: d.store, Keys: d.keys, Now: d.clock}
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
	reveals := d.LinWei
	reveals.Account.Grants = []account.Grant{grant(account.UnitGrant, d.District), grant(account.UnitGrant, d.Data, account.PIIReveal)}
	for _, tt := range []struct {
		name string
		by   account.Person
		in   admin.SearchInput
		want string
	}{
		{"everybody in scope, as the tree is shown", d.LinWei, admin.SearchInput{}, "林伟 张敏 王芳 陈洁 孙丽 高洋"},
		{"everybody in a smaller scope", data, admin.SearchInput{}, "林伟 张敏"},
		{"in two scopes, once", several, admin.SearchInput{}, "林伟 张敏 王芳 陈洁 孙丽 高洋"},
		{"by level", d.LinWei, admin.SearchInput{JobLevel: "J1"}, "林伟 张敏 王芳 陈洁 高洋"},
		{"by no level", d.LinWei, admin.SearchInput{JobLevel: "none"}, "孙丽"},
		{"by a level that there is not", d.LinWei, admin.SearchInput{JobLevel: "J9"}, ""},
		{"by establishment and level", d.LinWei, admin.SearchInput{BudgetedPost: "B1", JobLevel: "none"}, "孙丽"},
		{"by no establishment", d.LinWei, admin.SearchInput{BudgetedPost: "none"}, ""},
		{"by level, and all else", d.LinWei, admin.SearchInput{Q: "zhang", JobLevel: "J1", BudgetedPost: "B1", Org: d.District.Code.String(), Unit: "数据局", AccountState: "active", Incomplete: "false"}, "张敏"},
		{"by level and a whole phone", d.LinWei, admin.SearchInput{Phone: "13700000001", JobLevel: "none"}, ""},
		{"by pinyin", d.LinWei, admin.SearchInput{Q: "ZHANG"}, "张敏"},
		{"by initials", d.LinWei, admin.SearchInput{Q: "zm"}, "张敏"},
		{"by a name out of scope", data, admin.SearchInput{Q: "wang"}, ""},
		{"by part of the name", d.LinWei, admin.SearchInput{Name: "丽"}, "孙丽"},
		{"by a whole phone", d.LinWei, admin.SearchInput{Phone: "137 0000 0001"}, "张敏"},
		{"by a whole phone in the search field", d.LinWei, admin.SearchInput{Q: "+8613700000001"}, "张敏"},
		{"by a whole phone out of scope", data, admin.SearchInput{Phone: "13700000003"}, ""},
		{"by a whole phone as people write it", d.LinWei, admin.SearchInput{Phone: "\u2068(+86)137-0000-0001\u2069"}, "张敏"},
		{"by a whole phone with 86 in the search field", d.LinWei, admin.SearchInput{Q: "8613700000001"}, "张敏"},
		{"by the last four digits", d.LinWei, admin.SearchInput{Q: "0001"}, "张敏"},
		{"by more of a phone than is shown", d.LinWei, admin.SearchInput{Q: "1370"}, ""},
		{"by more of a phone than is shown, and the account", d.LinWei, admin.SearchInput{Q: "13700", Account: "zhangmin"}, ""},
		{"by as much of a phone as is shown, and the account", d.LinWei, admin.SearchInput{Q: "137", Account: "zhangmin"}, "张敏"},
		{"by nearly all of a phone", d.LinWei, admin.SearchInput{Q: "1370000000"}, ""},
		{"by more of a phone than is shown, by who may reveal some of them", reveals, admin.SearchInput{Q: "1370000000"}, "张敏 林伟"},
		{"by more of a phone behind the area", d.LinWei, admin.SearchInput{Q: "+86 1370"}, ""},
		{"by pinyin with tones", d.LinWei, admin.SearchInput{Q: "zhāng'mǐn"}, "张敏"},
		{"by a name that brings something unseen", d.LinWei, admin.SearchInput{Name: "丽\u200b"}, "孙丽"},
		{"by an account that brings something unseen", d.LinWei, admin.SearchInput{Account: "\u202dLinWei\u202c"}, "林伟"},
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
	uc := admin.Search{Store: d.store, Keys: d.keys, Now: d.clock}
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
	uc := admin.Search{Store: d.store, Keys: d.keys, Now: d.clock}
	by := d.may(d.LinWei, account.StaffRead)
	page, err := uc.Run(t.Context(), by, admin.SearchInput{}, 3, "") // 林伟 张敏 王芳
	d.wants("first page", []any{len(page.People), err}, []any{3, nil})
	d.put(admintest.NewPerson(60, "李娜", "lina", d.Data, d.Data)) // stands before
	_, err = d.does(d.LinWei, admin.Leave, d.SunLi.Staff.Code, "离职")
	d.wants("leaving", err, "ok")
	page, err = uc.Run(t.Context(), by, admin.SearchInput{}, 3, page.Next)
	d.wants("second page", []any{len(page.People), page.People[0].Name, page.Next, err}, []any{1, "陈洁", "", nil})
}

// TestSearchCursorIsOfOneSearch: a cursor goes on with the search that it came from,
// by the same caller in the same scope, and with no other.
func TestSearchCursorIsOfOneSearch(t *testing.T) {
	d := newDesk(t)
	uc := admin.Search{Store: d.store, Keys: d.keys, Now: d.clock}
	next := func(in admin.SearchInput) string {
		t.Helper()
		page, err := uc.Run(t.Context(), d.may(d.LinWei, account.StaffRead), in, 2, "")
		if err != nil || page.Next == "" {
			t.Fatalf("%d people, next %q, %v", len(page.People), page.Next, err)
		}
		return page.Next
	}
	in := admin.SearchInput{Q: "137"}
	good, everybody, someone := next(in), next(admin.SearchInput{}), d.LinWei.Staff
	_, err := uc.Run(t.Context(), d.may(d.LinWei, account.StaffRead), in, 50, good)
	d.wants("another limit", err, "ok")
	rotated := uc
	rotated.Keys = account.Keys{Current: []byte("the key after it"), Previous: d.keys.Current}
	_, err = rotated.Run(t.Context(), d.may(d.LinWei, account.StaffRead), in, 2, good)
	d.wants("after the keys were rotated", err, "ok")

	larger := d.LinWei
	larger.Account.Grants = append(slices.Clone(larger.Account.Grants), grant(account.UnitGrant, d.Finance))
	for _, tt := range []struct {
		name   string
		by     account.Person
		in     admin.SearchInput
		cursor string
	}{
		{"another caller", d.admin(70, d.LinWei.Account.Grants...), in, good},
		{"another scope", larger, in, good},
		{"another text", d.LinWei, admin.SearchInput{Q: "138"}, good},
		{"another level", d.LinWei, admin.SearchInput{Q: "137", JobLevel: "J1"}, good},
		{"people without a role", d.LinWei, admin.SearchInput{Q: "137", Role: "none"}, good},
		{"odd names", d.LinWei, admin.SearchInput{Q: "137", Oddity: "name"}, good},
		{"another establishment", d.LinWei, admin.SearchInput{Q: "137", BudgetedPost: "none"}, good},
		{"one filter more", d.LinWei, admin.SearchInput{Q: "137", AccountState: "active"}, good},
		{"name instead of text", d.LinWei, admin.SearchInput{Name: "137"}, good},
		{"a whole phone, which has no pages", d.LinWei, admin.SearchInput{Phone: "13700000099"}, good},
		{"a whole phone more", d.LinWei, admin.SearchInput{Q: "137", Phone: someone.Phone.E164()}, good},
		{"a whole account more", d.LinWei, admin.SearchInput{Q: "137", Account: someone.Account.String()}, good},
		{"an account that nobody can have more", d.LinWei, admin.SearchInput{Q: "137", Account: "?"}, good},
		{"the same digits behind an area", d.LinWei, admin.SearchInput{Q: "+86137"}, good},
		{"of everybody, a phone in the text", d.LinWei, admin.SearchInput{Q: someone.Phone.E164()}, everybody},
		{"of everybody, a phone", d.LinWei, admin.SearchInput{Phone: someone.Phone.E164()}, everybody},
		{"of everybody, an account", d.LinWei, admin.SearchInput{Account: someone.Account.String()}, everybody},
		{"of everybody, a text of which nothing is left", d.LinWei, admin.SearchInput{Q: "·"}, everybody},
		{"of everybody, a name of which nothing is left", d.LinWei, admin.SearchInput{Name: "·"}, everybody},
		{"a bit changed", d.LinWei, in, good[:len(good)-2] + "AA"},
		{"cut short", d.LinWei, in, good[:8]},
		{"no cursor at all", d.LinWei, in, "!"},
	} {
		_, err := uc.Run(t.Context(), d.may(tt.by, account.StaffRead), tt.in, 2, tt.cursor)
		d.wants(tt.name, err, "field_invalid cursor:invalid")
	}
}
