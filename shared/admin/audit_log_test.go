package admin_test

import (
	"strings"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/admin/admintest"
	"chaoxi/shared/audit"
	"chaoxi/shared/staff"
)

// enters puts entries into the audit, with the logs of organisations.
func (d *desk) enters(entries ...audit.Entry) {
	d.Helper()
	for _, e := range entries {
		if err := d.store.Audit(d.Context(), account.Caller{}, e); err != nil {
			d.Fatal(err)
		}
		if err := (admin.IndexAudit{Store: d.store}).Run(d.Context(), e); err != nil {
			d.Fatal(err)
		}
	}
}

// logged are the actions on all pages.
func (d *desk) logged(by account.Person, f admin.AuditFilter, limit int) (string, error) {
	d.Helper()
	uc := admin.AuditLog{Store: d.store, Keys: d.keys, Now: d.clock}
	var all []string
	for cursor, pages := "", 0; pages < 30; pages++ {
		page, err := uc.Run(d.Context(), d.may(by, account.AuditRead), f, limit, cursor)
		if err != nil || len(page.Entries) > limit {
			return "", err
		}
		for _, e := range page.Entries {
			all = append(all, string(e.Action))
		}
		if cursor = page.Next; cursor == "" {
			return strings.Join(all, " "), nil
		}
	}
	d.Fatal("the log has no end")
	return "", nil
}

func TestAuditLog(t *testing.T) {
	d := newDesk(t)
	day := 24 * 60
	about := func(n int, action audit.Action, by account.Person, subject audit.Subject) audit.Entry {
		return admintest.Entry(n, action, by, subject)
	}
	d.enters(
		about(1, audit.Freeze, d.LinWei, audit.OfStaff(d.ZhangMin.Staff.Code)),
		about(2, audit.Reveal, d.WangFang, audit.OfStaff(d.ZhangMin.Staff.Code)),
		about(3, audit.Unfreeze, d.LinWei, audit.OfStaff(d.ZhangMin.Staff.Code)),
		about(4, audit.UpdateStaff, d.LinWei, audit.OfStaff(d.SunLi.Staff.Code)),
		about(5, audit.CloseOrg, d.LinWei, audit.OfOrg(d.Closed.Code)),
		about(6, audit.EditDictionary, d.WangFang, audit.OfDictionaryEntry(staff.DictJobLevel, "J1")),
		about(7, audit.Freeze, d.WangFang, audit.OfStaff(admintest.EmployeeCode(98))), // who was erased
		about(8, audit.Erase, account.Person{}, audit.OfStaff(admintest.EmployeeCode(98))),
		about(40*day, audit.Leave, d.WangFang, audit.OfStaff(d.ZhangMin.Staff.Code)),
	)
	d.now = d.now.AddDate(0, 0, 50)
	data := d.admin(70, grant(account.AuditGrant, d.Data))
	both := d.admin(71, grant(account.AuditGrant, d.Data), grant(account.UnitGrant, d.District))
	for _, tt := range []struct {
		name string
		by   account.Person
		f    admin.AuditFilter
		want string
	}{
		{"of a person", data, admin.AuditFilter{EmployeeCode: d.ZhangMin.Staff.Code.String()}, "leave unfreeze reveal freeze"},
		{"of a person on a day", data, admin.AuditFilter{EmployeeCode: d.ZhangMin.Staff.Code.String(), From: "2040-03-02", To: "2040-03-02"}, "unfreeze reveal freeze"},
		{"of a person until a moment", data, admin.AuditFilter{EmployeeCode: d.ZhangMin.Staff.Code.String(), To: "2040-03-02T12:02:00Z"}, "freeze"},
		{"of a person out of sight", data, admin.AuditFilter{EmployeeCode: d.SunLi.Staff.Code.String()}, ""},
		{"of a person in sight with another permission", both, admin.AuditFilter{EmployeeCode: d.SunLi.Staff.Code.String()}, ""},
		{"of nobody", d.WangFang, admin.AuditFilter{EmployeeCode: admintest.EmployeeCode(99).String()}, ""},
		{"of somebody who was erased", d.WangFang, admin.AuditFilter{EmployeeCode: admintest.EmployeeCode(98).String()}, ""},
		{"of no code", d.WangFang, admin.AuditFilter{EmployeeCode: "张敏"}, ""},
		{"by an administrator", d.WangFang, admin.AuditFilter{Actor: d.LinWei.Staff.Code.String()}, "close_org update_staff unfreeze freeze"},
		{"by an administrator, what is in sight", data, admin.AuditFilter{Actor: d.LinWei.Staff.Code.String()}, "close_org unfreeze freeze"},
		{"by an administrator, what is nowhere", d.WangFang, admin.AuditFilter{Actor: d.WangFang.Staff.Code.String()}, "leave edit_dictionary reveal"},
		{"by an administrator, what is nowhere, for one of a part", data, admin.AuditFilter{Actor: d.WangFang.Staff.Code.String()}, "leave reveal"},
		{"in an organisation, over months", d.WangFang, admin.AuditFilter{Org: d.District.Code.String()}, "leave close_org update_staff unfreeze reveal freeze"},
		{"in an organisation, in a month", data, admin.AuditFilter{Org: d.Data.Code.String(), To: "2040-03-31"}, "close_org unfreeze reveal freeze"},
		{"in an organisation around the scope", data, admin.AuditFilter{Org: d.District.Code.String()}, ""},
		{"in an organisation of another scope", data, admin.AuditFilter{Org: d.Finance.Code.String()}, ""},
	} {
		for _, limit := range []int{1, 2, 100} {
			got, err := d.logged(tt.by, tt.f, limit)
			d.wants(tt.name, []any{got, err}, []any{tt.want, nil})
		}
	}
	for _, tt := range []struct {
		name string
		f    admin.AuditFilter
		want string
	}{
		{"nothing", admin.AuditFilter{}, "field_invalid employeeCode:required"},
		{"two at once", admin.AuditFilter{Actor: "x", Org: "y"}, "field_invalid org:disagrees"},
		{"no time", admin.AuditFilter{Actor: "x", From: "yesterday"}, "field_invalid from:invalid"},
	} {
		_, err := d.logged(data, tt.f, 1)
		d.wants(tt.name, err, tt.want)
	}
	uc := admin.AuditLog{Store: d.store, Keys: d.keys, Now: d.clock}
	f := admin.AuditFilter{Org: d.Data.Code.String()}
	page, err := uc.Run(t.Context(), d.may(data, account.AuditRead), f, 1, "")
	d.wants("first page", []any{len(page.Entries), err}, []any{1, nil})
	_, err = uc.Run(t.Context(), d.may(d.WangFang, account.AuditRead), f, 1, page.Next)
	d.wants("somebody else's cursor", err, "field_invalid cursor:invalid")
	f.To = "2040-04-30"
	_, err = uc.Run(t.Context(), d.may(data, account.AuditRead), f, 1, page.Next)
	d.wants("the cursor of another question", err, "field_invalid cursor:invalid")
}

// A person who has moved away takes the log along: it is seen where the person is now.
func TestAuditLogFollowsThePerson(t *testing.T) {
	d := newDesk(t)
	d.enters(admintest.Entry(1, audit.Freeze, d.LinWei, audit.OfStaff(d.ZhangMin.Staff.Code)))
	data := d.admin(70, grant(account.AuditGrant, d.Data))
	finance := d.admin(71, grant(account.AuditGrant, d.Finance))
	d.ZhangMin.Staff.Posts[0].Unit, d.ZhangMin.Staff.Posts[0].Org = d.Finance.Code, d.Finance.Code
	d.put(d.ZhangMin)
	d.now = d.now.AddDate(0, 0, 1)
	for _, tt := range []struct {
		by   account.Person
		want string
	}{{data, ""}, {finance, "freeze"}} {
		got, err := d.logged(tt.by, admin.AuditFilter{EmployeeCode: d.ZhangMin.Staff.Code.String()}, 5)
		d.wants("of the person", []any{got, err}, []any{tt.want, nil})
		got, err = d.logged(tt.by, admin.AuditFilter{Actor: d.LinWei.Staff.Code.String()}, 5)
		d.wants("by the administrator", []any{got, err}, []any{tt.want, nil})
	}
}

func TestIndexAudit(t *testing.T) {
	left := func(d *desk, post string) audit.Change {
		return audit.Change{Field: "posts[" + post + "].active", Old: "true", New: "false"}
	}
	for _, tt := range []struct {
		name    string
		subject func(d *desk) audit.Subject
		changes func(d *desk) []audit.Change
		want    string // the organisations in whose logs it is
	}{
		{"a person", func(d *desk) audit.Subject { return audit.OfStaff(d.ZhangMin.Staff.Code) }, nil, "省 区 数据局 综合科 财政局"},
		{"who has left", func(d *desk) audit.Subject { return audit.OfStaff(d.HeJing.Staff.Code) }, nil, "省 区 数据局 综合科"},
		{"who was moved", func(d *desk) audit.Subject { return audit.OfStaff(d.SunLi.Staff.Code) }, func(d *desk) []audit.Change {
			return []audit.Change{{Field: "posts[x].org", Old: d.Team.Code.String(), New: d.Finance.Code.String()}}
		}, "省 区 数据局 综合科 一组 财政局"},
		{"a post that has ended", func(d *desk) audit.Subject { return audit.OfStaff(d.ZhangMin.Staff.Code) }, func(d *desk) []audit.Change {
			d.ZhangMin.Staff.Posts[1].Active = false
			d.put(d.ZhangMin)
			return []audit.Change{left(d, admintest.PostID(101).String())}
		}, "省 区 数据局 综合科 财政局"},
		{"an organisation", func(d *desk) audit.Subject { return audit.OfOrg(d.Closed.Code) }, nil, "省 区 数据局 撤销科"},
		{"a dictionary", func(*desk) audit.Subject { return audit.OfDictionaryEntry(staff.DictJobLevel, "J1") }, nil, ""},
		{"nobody", func(*desk) audit.Subject { return audit.OfStaff(admintest.EmployeeCode(99)) }, nil, ""},
	} {
		d := newDesk(t)
		e := admintest.Entry(1, audit.UpdateStaff, d.LinWei, tt.subject(d))
		if tt.changes != nil {
			e.Changes = tt.changes(d)
		}
		d.enters(e)
		var in []string
		for _, o := range d.Seed.Orgs {
			stretch, err := d.store.AuditEntries(t.Context(), admin.AuditRange{In: o.Code, Month: d.now, From: d.now, To: d.now.AddDate(0, 1, 0), Limit: 5})
			if err != nil {
				t.Fatal(err)
			}
			if len(stretch.Entries) > 0 {
				in = append(in, o.Name)
			}
		}
		d.wants(tt.name, strings.Join(in, " "), tt.want)
	}
}
