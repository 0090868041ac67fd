package admin_test

import (
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/admin/admintest"
	"chaoxi/shared/staff"
)

func (d *desk) revokes(by account.Person, ref string) error {
	d.Helper()
	uc := admin.RevokeGrant{Store: d.store, Keys: d.keys, Now: d.clock, Random: d.random}
	return uc.Run(d.Context(), d.call, d.may(by, account.AdminGrant), ref)
}

// refOf names the first grant of a person.
func refOf(p account.Person) string {
	return account.GrantRef{Staff: p.Staff.Code, ID: p.Account.Grants[0].ID}.String()
}

func TestRevokeGrant(t *testing.T) {
	d := newDesk(t)
	d.LinWei.Account.Grants = append(d.LinWei.Account.Grants, grant(account.AuditGrant, d.Finance))
	d.put(d.LinWei)
	d.wants("error", d.revokes(d.WangFang, refOf(d.LinWei)), "ok")
	p := d.person(d.LinWei.Staff.Code)
	d.wants("the other grant stays", p.Account.Grants, d.LinWei.Account.Grants[1:])
	d.wants("audit", d.actions()+" "+d.last(), "revoke grants["+refOf(d.LinWei)+"]: unit "+d.District.Code.String()+" > ")
	d.wants("again", d.revokes(d.WangFang, refOf(d.LinWei)), "not_found")
}

func TestRevokeGrantRefuses(t *testing.T) {
	d := newDesk(t)
	unit := d.admin(70, grant(account.UnitGrant, d.Data, account.AdminGrant), grant(account.AuditGrant, d.District))
	held := d.admin(71, grant(account.UnitGrant, d.Data, account.PIIReveal))
	for _, tt := range []struct {
		name string
		by   account.Person
		ref  string
		want string
	}{
		{"no ref", d.WangFang, "?", "not_found"},
		{"nobody's", d.WangFang, account.GrantRef{Staff: admintest.EmployeeCode(99), ID: "x"}.String(), "not_found"},
		{"a grant that there is not", d.WangFang, account.GrantRef{Staff: d.LinWei.Staff.Code, ID: "x"}.String(), "not_found"},
		{"of somebody out of sight", d.centreAdmin(), refOf(d.LinWei), "not_found"},
		{"the own one", d.WangFang, refOf(d.WangFang), "permission_denied"},
		{"where the permission is not held", unit, refOf(d.LinWei), "permission_denied"},
		{"more than is held", unit, refOf(held), "permission_denied"},
	} {
		d.wants(tt.name, d.revokes(tt.by, tt.ref), tt.want)
	}
	d.wants("audit", d.actions(), "")
}

func TestRevokeGrantKeepsALastSuper(t *testing.T) {
	d := newDesk(t)
	deputy := d.deputy()
	twice := d.ChenJie
	twice.Account.Grants = append(twice.Account.Grants, account.Grant{ID: "second", Type: account.SuperGrant, Org: d.Province.Code})
	d.put(twice)
	d.wants("one of two grants of one super", d.revokes(deputy, account.GrantRef{Staff: twice.Staff.Code, ID: "second"}.String()), "ok")
	d.wants("one of two supers", d.revokes(deputy, refOf(d.ChenJie)), "ok")
	d.wants("the last one", d.revokes(deputy, refOf(d.WangFang)), "last_super")
	d.put(d.ChenJie)
	d.wants("by the super who remains", d.revokes(d.ChenJie, refOf(d.WangFang)), "ok")
	frozen := d.WangFang
	frozen.Staff.State = staff.Frozen
	d.put(frozen)
	d.wants("the last one who can work", d.revokes(deputy, refOf(d.ChenJie)), "last_super")
}

func TestRevokeGrantLosesARace(t *testing.T) {
	for _, tt := range []struct {
		name  string
		of    func(d *desk) account.Person
		rival func(d *desk)
		want  string
	}{
		{"the person gets another grant", linwei, func(d *desk) {
			d.LinWei.Account.Grants = append(d.LinWei.Account.Grants, grant(account.UnitGrant, d.Team))
			d.put(d.LinWei)
		}, "ok"},
		{"somebody revokes it first", linwei, func(d *desk) { d.LinWei.Account.Grants = nil; d.put(d.LinWei) }, "not_found"},
		{"the caller is signed out", linwei, func(d *desk) { d.WangFang.Account.Epoch++; d.put(d.WangFang) }, "session_expired"},
		{"the caller loses the grant", linwei, func(d *desk) { d.WangFang.Account.Grants = nil; d.put(d.WangFang) }, "permission_denied"},
		{"two supers revoke each other's", chenjie, func(d *desk) { d.WangFang.Account.Grants = nil; d.put(d.WangFang) }, "last_super"},
		{"the super who was to remain is frozen", chenjie, func(d *desk) { d.WangFang.Staff.State = staff.Frozen; d.put(d.WangFang) }, "last_super"},
		{"the super who was to remain is frozen and signed out", chenjie, func(d *desk) { d.WangFang.Staff.State = staff.Frozen; d.WangFang.Account.Epoch++; d.put(d.WangFang) }, "last_super"},
		{"a third super remains", chenjie, func(d *desk) {
			d.WangFang.Staff.State = staff.Frozen
			d.put(d.WangFang)
			d.admin(82, grant(account.SuperGrant, d.Province))
		}, "ok"},
	} {
		d := newDesk(t)
		ref := refOf(tt.of(d))
		d.races(1, func() { tt.rival(d) })
		d.wants(tt.name, d.revokes(d.WangFang, ref), tt.want)
		d.wants(tt.name+": audit", d.actions() != "", tt.want == "ok")
	}
}
