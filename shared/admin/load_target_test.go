package admin_test

import (
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin/admintest"
	"chaoxi/shared/staff"
)

func TestLoadTarget(t *testing.T) {
	d := newDesk(t)
	unit, looks := grant(account.UnitGrant, d.Data), grant(account.AuditGrant, d.District)
	for _, tt := range []struct {
		name   string
		grants []account.Grant
		of     account.Permission
		code   string
		want   string
	}{
		{"in scope", []account.Grant{unit}, account.StaffEdit, d.ZhangMin.Staff.Code.String(), "ok"},
		{"in scope by a concurrent post", []account.Grant{grant(account.UnitGrant, d.Finance)}, account.StaffEdit, d.ZhangMin.Staff.Code.String(), "ok"},
		{"who has left, by the last main post", []account.Grant{unit}, account.StaffEdit, d.HeJing.Staff.Code.String(), "ok"},
		{"out of sight", []account.Grant{unit}, account.StaffEdit, d.SunLi.Staff.Code.String(), "staff_missing"},
		{"nobody", []account.Grant{unit}, account.StaffEdit, admintest.EmployeeCode(99).String(), "staff_missing"},
		{"no code", []account.Grant{unit}, account.StaffEdit, "张敏", "staff_missing"},
		{"in sight alone", []account.Grant{unit, looks}, account.StaffEdit, d.SunLi.Staff.Code.String(), "permission_denied"},
		{"out of sight of all grants", []account.Grant{unit, grant(account.AuditGrant, d.Team)}, account.StaffEdit, d.SunLi.Staff.Code.String(), "staff_missing"},
		{"with the permission of another grant", []account.Grant{unit, looks}, account.AuditRead, d.SunLi.Staff.Code.String(), "ok"},
	} {
		d.T = t
		target, err := d.loads().Run(t.Context(), d.may(d.admin(70, tt.grants...), tt.of), tt.code, d.Closed.Code)
		d.wants(tt.name, err, tt.want)
		if err == nil && (target.Staff.Code.String() != tt.code || target.Orgs[d.Closed.Code].Code != d.Closed.Code) {
			t.Errorf("%s: %+v", tt.name, target)
		}
	}
}

func TestTargetIsLocked(t *testing.T) {
	for _, tt := range []struct {
		name      string
		guard     int
		until     time.Duration
		clearedAt time.Duration // before Noon
		want      bool
	}{
		{"by the account", 0, time.Minute, 0, true},
		{"by the phone", 1, time.Minute, 0, true},
		{"no longer", 0, 0, 0, false},
		{"before failures were made void", 1, time.Minute, time.Second, false},
		{"after failures were made void", 1, time.Minute, time.Hour, true},
	} {
		d := newDesk(t)
		p := d.ZhangMin
		if tt.clearedAt > 0 {
			p.Account.ClearedAt = d.now.Add(-tt.clearedAt)
		}
		guards := account.SignInLockKeys(d.keys, p.Staff)
		d.store.Put(admintest.Seed{People: []account.Person{p}, Failures: map[string]account.Failures{
			guards[tt.guard]: {Count: 5, First: d.now.Add(-time.Minute), DayCount: 5, Day: d.now.Add(-time.Minute), LockedUntil: d.now.Add(tt.until)},
		}})
		target, err := d.loads().Run(t.Context(), d.may(d.LinWei, account.StaffEdit), p.Staff.Code.String())
		if err != nil || target.Locked != tt.want {
			t.Errorf("%s: locked %t, %v", tt.name, target.Locked, err)
		}
	}
}

// The posts of the target come in the order of the record, however they are stored.
func TestTargetIsArranged(t *testing.T) {
	d := newDesk(t)
	p := d.ZhangMin
	p.Staff.Posts = []staff.Post{p.Staff.Posts[1], p.Staff.Posts[0]}
	d.put(p)
	target, err := d.loads().Run(t.Context(), d.may(d.LinWei, account.StaffEdit), p.Staff.Code.String())
	if err != nil || target.Staff.Posts[0].JobType != staff.MainJob {
		t.Errorf("%+v, %v", target.Staff.Posts, err)
	}
}
