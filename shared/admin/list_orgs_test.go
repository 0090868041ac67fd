package admin_test

import (
	"strings"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
)

// orgsListed are the names on all pages.
func (d *desk) orgsListed(by account.Person, f admin.OrgFilter, limit int) (string, error) {
	d.Helper()
	uc := admin.ListOrgs{Store: d.store, Keys: d.keys}
	var all []string
	for cursor, pages := "", 0; pages < 20; pages++ {
		page, err := uc.Run(d.Context(), d.may(by, account.StaffRead), f, limit, cursor)
		if err != nil || len(page.Orgs) > limit {
			return "", err
		}
		for _, r := range page.Orgs {
			all = append(all, r.Org.Name)
		}
		if cursor = page.Next; cursor == "" {
			return strings.Join(all, " "), nil
		}
	}
	d.Fatal("the list has no end")
	return "", nil
}

func TestListOrgs(t *testing.T) {
	d := newDesk(t)
	finance := d.admin(70, grant(account.UnitGrant, d.Finance))
	several := d.admin(71, grant(account.UnitGrant, d.Finance), grant(account.AuditGrant, d.Data), grant(account.UnitGrant, d.Team))
	closed := d.admin(72, grant(account.UnitGrant, d.Closed))
	for _, tt := range []struct {
		name string
		by   account.Person
		f    admin.OrgFilter
		want string
	}{
		{"the top of the tree", d.WangFang, admin.OrgFilter{}, "省"},
		{"the top of the own scope", d.LinWei, admin.OrgFilter{}, "区"},
		{"several, in the order of the tree, none below another", several, admin.OrgFilter{}, "数据局 财政局"},
		{"a top that is closed", closed, admin.OrgFilter{}, ""},
		{"one level", d.LinWei, admin.OrgFilter{Parent: d.Data.Code.String()}, "综合科 数据中心"},
		{"a level out of scope", finance, admin.OrgFilter{Parent: d.Data.Code.String()}, ""},
		{"a level around the scope", finance, admin.OrgFilter{Parent: d.District.Code.String()}, ""},
		{"a level of no code", d.LinWei, admin.OrgFilter{Parent: "数据局"}, ""},
		{"by a part of the name", d.LinWei, admin.OrgFilter{Q: "局"}, "数据局 财政局"},
		{"by the beginning of two terms, once", d.LinWei, admin.OrgFilter{Q: "数 据"}, "数据中心 数据局"},
		{"by name, in scope alone", finance, admin.OrgFilter{Q: "局"}, "财政局"},
		{"by its code", d.LinWei, admin.OrgFilter{Q: d.Data.Code.String()}, "数据局"},
		{"by its code, out of scope", finance, admin.OrgFilter{Q: d.Data.Code.String()}, ""},
		{"by its code, around the scope", finance, admin.OrgFilter{Q: d.District.Code.String()}, ""},
		{"by its code, closed", d.LinWei, admin.OrgFilter{Q: d.Closed.Code.String()}, ""},
		{"by the code of nothing", d.LinWei, admin.OrgFilter{Q: "GO_" + strings.Repeat("0", 32)}, ""},
		{"a closed one by name", d.LinWei, admin.OrgFilter{Q: "撤销科"}, ""},
	} {
		for _, limit := range []int{1, 2, 100} {
			got, err := d.orgsListed(tt.by, tt.f, limit)
			d.wants(tt.name, []any{got, err}, []any{tt.want, nil})
		}
	}
	_, err := d.orgsListed(d.LinWei, admin.OrgFilter{Parent: "x", Q: "y"}, 1)
	d.wants("both", err, "field_invalid q:disagrees")
	_, err = d.orgsListed(d.LinWei, admin.OrgFilter{Q: " · "}, 1)
	d.wants("a name of nothing", err, "field_invalid q:invalid")
	long := strings.Repeat("长", 101)
	_, err = d.orgsListed(d.LinWei, admin.OrgFilter{Q: long}, 1)
	d.wants("a name too long", err, "field_invalid q:too_long")
	_, err = d.orgsListed(d.LinWei, admin.OrgFilter{Parent: long}, 1)
	d.wants("a parent too long", err, "field_invalid parent:too_long")

	uc := admin.ListOrgs{Store: d.store, Keys: d.keys}
	page, err := uc.Run(t.Context(), d.may(d.LinWei, account.StaffRead), admin.OrgFilter{Q: "局"}, 1, "")
	d.wants("first page", []any{len(page.Orgs), err}, []any{1, nil})
	_, err = uc.Run(t.Context(), d.may(d.WangFang, account.StaffRead), admin.OrgFilter{Q: "局"}, 1, page.Next)
	d.wants("somebody else's cursor", err, "field_invalid cursor:invalid")
	records, err := uc.Run(t.Context(), d.may(d.LinWei, account.StaffRead), admin.OrgFilter{Parent: d.District.Code.String()}, 1, "")
	r := records.Orgs[0]
	d.wants("numbers", []any{r.Own.People, r.All.People, r.All.Height, r.Posts, r.Children, err}, []any{1, 2, 2, 1, 2, nil})
}
