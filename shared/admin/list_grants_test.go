package admin_test

import (
	"strings"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/admin/admintest"
)

// grantsListed are the holders and types of all pages.
func (d *desk) grantsListed(by account.Person, f admin.GrantFilter, limit int) (string, error) {
	d.Helper()
	uc := admin.ListGrants{Store: d.store, Keys: d.keys}
	var all []string
	for cursor, pages := "", 0; pages < 20; pages++ {
		page, err := uc.Run(d.Context(), d.may(by, account.AdminGrant), f, limit, cursor)
		if err != nil || len(page.Grants) > limit {
			return "", err
		}
		for _, g := range page.Grants {
			all = append(all, g.Staff.Name+" "+string(g.Grant.Type)+" "+g.Org.Name)
		}
		if cursor = page.Next; cursor == "" {
			return strings.Join(all, ", "), nil
		}
	}
	d.Fatal("the list has no end")
	return "", nil
}

func TestListGrants(t *testing.T) {
	d := newDesk(t)
	d.ZhangMin.Account.Grants = []account.Grant{{ID: "b", Type: account.AuditGrant, Org: d.District.Code}, {ID: "c", Type: account.UnitGrant, Org: d.Team.Code}, {ID: "a", Type: account.UnitGrant, Org: d.Data.Code}}
	d.put(d.ZhangMin)
	above := d.admin(71, grant(account.SuperGrant, d.Data))
	unit := d.admin(70, grant(account.UnitGrant, d.Data, account.AdminGrant))
	sees := d.admin(72, grant(account.UnitGrant, d.Section, account.AdminGrant), grant(account.AuditGrant, d.District))
	for _, tt := range []struct {
		name string
		by   account.Person
		f    admin.GrantFilter
		want string
	}{
		{"on an organisation", d.WangFang, admin.GrantFilter{Org: d.Province.Code.String()}, "王芳 super 省, 陈洁 super 省"},
		{"on an organisation, of people in sight alone", unit, admin.GrantFilter{Org: d.Data.Code.String()}, "张敏 unit 数据局"},
		{"on an organisation, of all", d.WangFang, admin.GrantFilter{Org: d.Data.Code.String()}, "张敏 unit 数据局, 管理员 unit 数据局, 管理员 super 数据局"},
		{"on an organisation out of scope", unit, admin.GrantFilter{Org: d.District.Code.String()}, ""},
		{"on an organisation that there is not", d.WangFang, admin.GrantFilter{Org: "数据局"}, ""},
		{"of a person", d.WangFang, admin.GrantFilter{EmployeeCode: d.ZhangMin.Staff.Code.String()}, "张敏 unit 数据局, 张敏 audit 区, 张敏 unit 一组"},
		{"of a person, in scope alone", sees, admin.GrantFilter{EmployeeCode: d.ZhangMin.Staff.Code.String()}, "张敏 unit 一组"},
		{"of a person out of sight", unit, admin.GrantFilter{EmployeeCode: d.WangFang.Staff.Code.String()}, ""},
		{"of nobody", d.WangFang, admin.GrantFilter{EmployeeCode: admintest.EmployeeCode(99).String()}, ""},
		{"of no code", d.WangFang, admin.GrantFilter{EmployeeCode: "张敏"}, ""},
	} {
		for _, limit := range []int{1, 2, 100} {
			got, err := d.grantsListed(tt.by, tt.f, limit)
			d.wants(tt.name, []any{got, err}, []any{tt.want, nil})
		}
	}
	_, err := d.grantsListed(above, admin.GrantFilter{}, 1)
	d.wants("of nothing", err, "field_invalid org:required")
	_, err = d.grantsListed(above, admin.GrantFilter{Org: "x", EmployeeCode: "y"}, 1)
	d.wants("of both", err, "field_invalid employeeCode:disagrees")
}

func TestListGrantsCursor(t *testing.T) {
	d := newDesk(t)
	uc := admin.ListGrants{Store: d.store, Keys: d.keys}
	f := admin.GrantFilter{Org: d.Province.Code.String()}
	page, err := uc.Run(t.Context(), d.may(d.WangFang, account.AdminGrant), f, 1, "")
	d.wants("first page", []any{len(page.Grants), page.Next != "", err}, []any{1, true, nil})
	_, err = uc.Run(t.Context(), d.may(d.ChenJie, account.AdminGrant), f, 1, page.Next)
	d.wants("somebody else's cursor", err, "field_invalid cursor:invalid")
	_, err = uc.Run(t.Context(), d.may(d.WangFang, account.AdminGrant), admin.GrantFilter{Org: d.District.Code.String()}, 1, page.Next)
	d.wants("the cursor of another list", err, "field_invalid cursor:invalid")
	d.WangFang.Account.Grants = append(d.WangFang.Account.Grants, grant(account.UnitGrant, d.Team))
	_, err = uc.Run(t.Context(), d.may(d.WangFang, account.AdminGrant), f, 1, page.Next)
	d.wants("with other grants than before", err, "field_invalid cursor:invalid")
}

// TestLongFilters: what is longer than any code is refused by each list alike.
func TestLongFilters(t *testing.T) {
	d := newDesk(t)
	long := strings.Repeat("x", 101)
	for _, f := range []admin.GrantFilter{{Org: long}, {EmployeeCode: long}} {
		_, err := d.grantsListed(d.WangFang, f, 1)
		d.wants("grants", err, "field_invalid "+map[bool]string{true: "org", false: "employeeCode"}[f.Org != ""]+":too_long")
	}
	uc := admin.AuditLog{Store: d.store, Keys: d.keys, Now: d.clock}
	for field, f := range map[string]admin.AuditFilter{"org": {Org: long}, "actor": {Actor: long}, "employeeCode": {EmployeeCode: long}} {
		_, err := uc.Run(t.Context(), d.may(d.WangFang, account.AuditRead), f, 1, "")
		d.wants("audit", err, "field_invalid "+field+":too_long")
		_, err = uc.Run(t.Context(), d.may(d.WangFang, account.AuditRead), admin.AuditFilter{Org: long[:100]}, 1, "")
		d.wants("as long as may be", err, "ok")
	}
}
