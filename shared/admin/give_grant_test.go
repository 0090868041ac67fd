package admin_test

import (
	"fmt"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/admin/admintest"
	"chaoxi/shared/staff"
)

func (d *desk) gives(by account.Person, in admin.GrantInput) (account.GrantRef, bool, error) {
	d.Helper()
	uc := admin.GiveGrant{Store: d.store, Notices: d.notices(), Keys: d.keys, Now: d.clock, Random: d.random}
	return uc.Run(d.Context(), d.call, d.may(by, account.AdminGrant), in)
}

func (d *desk) grantOn(o staff.Org, to account.Person, added ...string) admin.GrantInput {
	return admin.GrantInput{EmployeeCode: to.Staff.Code.String(), Type: account.UnitGrant, Org: o.Code.String(), Permissions: added}
}

func TestGiveGrant(t *testing.T) {
	d := newDesk(t)
	ref, added, err := d.gives(d.WangFang, d.grantOn(d.Data, d.ZhangMin, "pii.reveal"))
	d.wants("error", []any{added, err}, []any{true, nil})
	p := d.person(d.ZhangMin.Staff.Code)
	d.wants("grants", p.Account.Grants, []account.Grant{{ID: ref.ID, Type: account.UnitGrant, Org: d.Data.Code, Added: []account.Permission{account.PIIReveal}}})
	d.wants("sessions go on", p.Account.Epoch, 1)
	d.wants("audit", d.actions()+" "+d.last(), "grant grants["+ref.String()+"]:  > unit "+d.Data.Code.String()+" pii.reveal")
	d.wants("the person is told", d.texts.sent, []string{d.ZhangMin.Staff.Phone.E164()})
	again, added, err := d.gives(d.WangFang, d.grantOn(d.Data, d.ZhangMin, "pii.reveal"))
	d.wants("the same again", []any{again, added, err}, []any{ref, false, nil})
	_, added, err = d.gives(d.WangFang, d.grantOn(d.Data, d.ZhangMin))
	d.wants("another one there", []any{added, err}, []any{true, nil})
	d.wants("audit", d.actions(), "grant, grant")
	d.wants("the person is told of each, once", len(d.texts.sent), 2)
}

// TestGrantStandsWithoutItsText: a grant is given whatever becomes of the text.
func TestGrantStandsWithoutItsText(t *testing.T) {
	d := newDesk(t)
	d.texts.refused = true
	_, added, err := d.gives(d.WangFang, d.grantOn(d.Data, d.ZhangMin))
	d.wants("error", []any{added, err}, []any{true, nil})
	d.wants("grants", len(d.person(d.ZhangMin.Staff.Code).Account.Grants), 1)
}

func TestGiveGrantRefuses(t *testing.T) {
	d := newDesk(t)
	unit := d.admin(70, grant(account.UnitGrant, d.Data, account.AdminGrant), grant(account.AuditGrant, d.District))
	frozen := admintest.NewPerson(60, "周强", "zhouqiang", d.Data, d.Data)
	frozen.Staff.State, frozen.Staff.FrozenFrom = staff.Frozen, staff.Active
	full := admintest.NewPerson(61, "吴刚", "wugang", d.Data, d.Data)
	for n := range admin.MaxGrants {
		g := grant(account.UnitGrant, d.Finance)
		g.ID = fmt.Sprint("grant ", n)
		full.Account.Grants = append(full.Account.Grants, g)
	}
	d.put(frozen, full)
	with := func(in admin.GrantInput, change func(*admin.GrantInput)) admin.GrantInput { change(&in); return in }
	for _, tt := range []struct {
		name string
		by   account.Person
		in   admin.GrantInput
		want string
	}{
		{"nothing said", d.WangFang, admin.GrantInput{}, "field_invalid employeeCode:required org:required type:required"},
		{"nobody", d.WangFang, with(d.grantOn(d.Data, d.ZhangMin), func(in *admin.GrantInput) { in.EmployeeCode = admintest.EmployeeCode(99).String() }), "staff_missing"},
		{"out of sight", d.centreAdmin(), d.grantOn(d.Data, d.SunLi), "staff_missing"},
		{"an organisation that there is not", d.WangFang, with(d.grantOn(d.Data, d.ZhangMin), func(in *admin.GrantInput) { in.Org = "数据局" }), "org_missing org:missing"},
		{"an organisation out of sight", unit, d.grantOn(d.Province, d.ZhangMin), "org_missing org:missing"},
		{"where the permission is not held", unit, d.grantOn(d.Finance, d.ZhangMin), "permission_denied"},
		{"more than is held", unit, d.grantOn(d.Data, d.ZhangMin, "pii.reveal"), "permission_denied"},
		{"to oneself, and wrong", unit, with(d.grantOn(d.Data, unit), func(in *admin.GrantInput) { in.Type = "owner" }), "permission_denied"},
		{"wrong, and to somebody frozen", d.WangFang, with(d.grantOn(d.Data, frozen, "root"), func(in *admin.GrantInput) { in.Type = "owner" }), "field_invalid type:not_a_choice permissions[0]:not_a_choice"},
		{"no type", d.WangFang, with(d.grantOn(d.Data, d.ZhangMin), func(in *admin.GrantInput) { in.Type = "" }), "field_invalid type:required"},
		{"to somebody frozen, on what is closed", d.WangFang, d.grantOn(d.Closed, frozen), "state_conflict"},
		{"to somebody who has left", d.WangFang, d.grantOn(d.Data, d.HeJing), "state_conflict"},
		{"on what is closed", d.WangFang, d.grantOn(d.Closed, d.ZhangMin), "org_closed org:invalid"},
		{"to somebody who holds the most", d.WangFang, d.grantOn(d.Data, full), "state_conflict"},
	} {
		_, _, err := d.gives(tt.by, tt.in)
		d.wants(tt.name, err, tt.want)
	}
	d.wants("audit", d.actions(), "")
}

// centreAdmin administers 数据中心 alone, and may grant.
func (d *desk) centreAdmin() account.Person {
	return d.admin(83, grant(account.UnitGrant, d.Centre, account.AdminGrant))
}

func TestGiveGrantLosesARace(t *testing.T) {
	for _, tt := range []struct {
		name  string
		rival func(d *desk)
		want  string
	}{
		{"somebody gives another grant", func(d *desk) {
			d.ZhangMin.Account.Grants = []account.Grant{grant(account.UnitGrant, d.Team)}
			d.put(d.ZhangMin)
		}, "ok"},
		{"the person is frozen", func(d *desk) { d.ZhangMin.Staff.State = staff.Frozen; d.put(d.ZhangMin) }, "state_conflict"},
		{"the organisation is closed", func(d *desk) { d.Data.Closed = true; d.putOrg(d.Data) }, "org_closed"},
		{"the caller gets one more grant", func(d *desk) {
			d.WangFang.Account.Grants = append(d.WangFang.Account.Grants, grant(account.UnitGrant, d.Team))
			d.put(d.WangFang)
		}, "ok"},
		{"the caller loses the grant", func(d *desk) { d.WangFang.Account.Grants = nil; d.put(d.WangFang) }, "permission_denied"},
		{"the caller keeps too little", func(d *desk) {
			d.WangFang.Account.Grants = []account.Grant{grant(account.AuditGrant, d.Province, account.AdminGrant)}
			d.put(d.WangFang)
		}, "permission_denied"},
		{"the caller is signed out", func(d *desk) { d.WangFang.Account.Epoch++; d.put(d.WangFang) }, "session_expired"},
	} {
		d := newDesk(t)
		d.races(1, func() { tt.rival(d) })
		_, added, err := d.gives(d.WangFang, d.grantOn(d.Data, d.ZhangMin))
		d.wants(tt.name, err, tt.want)
		d.wants(tt.name+": added", []any{added, d.actions() != ""}, []any{tt.want == "ok", tt.want == "ok"})
		if tt.want == "ok" {
			want := append(d.ZhangMin.Account.Grants, grant(account.UnitGrant, d.Data))
			d.wants(tt.name+": grants", len(d.person(d.ZhangMin.Staff.Code).Account.Grants), len(want))
		}
	}
}
