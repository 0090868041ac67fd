package admin_test

import (
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/admin/admintest"
	"chaoxi/shared/staff"
)

func (d *desk) states() admin.ChangeState {
	return admin.ChangeState{Store: d.store, Keys: d.keys, Now: d.clock, Random: d.random}
}

// does does an action to somebody, as the person stands when it begins.
func (d *desk) does(by account.Person, action admin.StateAction, c staff.EmployeeCode, reason string) (staff.Staff, error) {
	d.Helper()
	permitted := d.may(by, account.StaffEdit)
	target, err := d.loads().Run(d.Context(), permitted, c.String())
	if err != nil {
		return staff.Staff{}, err
	}
	return d.states().Run(d.Context(), d.call, permitted, target, admin.StateInput{Action: action, Reason: reason})
}

// deputy has all permissions over 省, and is no super.
func (d *desk) deputy() account.Person {
	return d.admin(80, grant(account.UnitGrant, d.Province, account.AdminGrant, account.AuditRead, account.PIIReveal))
}

func TestChangeStateOverALife(t *testing.T) {
	d := newDesk(t)
	c := d.ZhangMin.Staff.Code
	is := func(what string, action admin.StateAction, employment staff.Employment, state staff.AccountState, epoch, posts int, audit string) {
		t.Helper()
		s, err := d.does(d.LinWei, action, c, " 因工作需要 ")
		d.wants(what, err, "ok")
		p := d.person(c)
		d.wants(what+": the person", []any{p.Staff.Employment, p.Staff.State, p.Account.Epoch, len(p.Staff.ActivePosts()), s.Version, s.Revision}, []any{employment, state, epoch, posts, p.Staff.Version, p.Staff.Revision})
		d.wants(what+": audit", d.last(), audit)
	}
	is("freeze", admin.Freeze, staff.InService, staff.Frozen, 2, 2, "accountState: active > frozen")
	is("unfreeze", admin.Unfreeze, staff.InService, staff.Active, 2, 2, "accountState: frozen > active")
	post := func(n int, active string) string {
		return "posts[" + admintest.PostID(n).String() + "].active: " + active
	}
	is("leave", admin.Leave, staff.Left, staff.Pending, 3, 0, "phone: +86 137*****001 > ; employment: in_service > left; accountState: active > pending; "+post(1, "true > false")+"; "+post(101, "true > false"))
	p := d.person(c)
	d.wants("left", []any{p.Staff.Phone.IsZero(), p.Staff.FormerPhone.E164(), p.Account.Password, p.Account.DeviceEpoch, p.Staff.ActivatedAt.IsZero()}, []any{true, "+8613700000001", "", 1, true})
	is("reinstate", admin.Reinstate, staff.InService, staff.Pending, 3, 1, "phone:  > +86 137*****001; employment: left > in_service; "+post(1, "false > true"))
	d.wants("audit", d.actions(), "freeze 4, unfreeze 5, leave 6, reinstate 7")
	d.wants("reason", d.store.Entries()[0].Reason, "因工作需要")
}

func TestChangeStateOfAnAdministrator(t *testing.T) {
	d := newDesk(t)
	_, err := d.does(d.WangFang, admin.Leave, d.LinWei.Staff.Code, "离职")
	d.wants("error", err, "ok")
	d.wants("no grant is left", len(d.person(d.LinWei.Staff.Code).Account.Grants), 0)
	ref := account.GrantRef{Staff: d.LinWei.Staff.Code, ID: "grant-linwei"}
	entries := d.store.Entries()[0].Changes
	d.wants("audit", entries[len(entries)-1], "{Field:grants["+ref.String()+"] Old:unit "+d.District.Code.String()+" New:}")
}

// The answers come in the order: not to be had, not allowed, wrong, not now.
func TestChangeStateAnswersInOrder(t *testing.T) {
	d := newDesk(t)
	aside := d.admin(71, grant(account.UnitGrant, d.Finance))
	frozen := admintest.NewPerson(60, "周强", "zhouqiang", d.Data, d.Closed)
	frozen.Staff.State, frozen.Staff.FrozenFrom = staff.Frozen, staff.Pending
	gone := admintest.NewPerson(61, "吴刚", "wugang", d.Data, d.Closed)
	gone.Staff.Employment, gone.Staff.State, gone.Staff.Phone, gone.Staff.FormerPhone = staff.Left, staff.Pending, staff.Phone{}, gone.Staff.Phone
	gone.Staff.Posts[0].Active = false
	d.put(frozen, gone)
	for _, tt := range []struct {
		name   string
		by, of account.Person
		action admin.StateAction
		reason string
		want   string
	}{
		{"out of sight, and wrong", aside, d.LinWei, "", "", "staff_missing"},
		{"oneself, and wrong", d.LinWei, d.LinWei, "", "", "permission_denied"},
		{"oneself, to unlock", d.LinWei, d.LinWei, admin.Unlock, "误锁", "permission_denied"},
		{"where the main post is not, and wrong", aside, d.ZhangMin, admin.Freeze, "", "permission_denied"},
		{"where the main post is not, to unlock", aside, d.ZhangMin, admin.Unlock, "误锁", "ok"},
		{"who holds more, and wrong", d.LinWei, d.WangFang, admin.Freeze, "", "permission_denied"},
		{"who holds more, to unlock", d.LinWei, d.WangFang, admin.Unlock, "误锁", "permission_denied"},
		{"wrong, and not now", d.LinWei, d.HeJing, "", "", "field_invalid action:required reason:required"},
		{"an action that there is not", d.LinWei, d.HeJing, "promote", "升职", "field_invalid action:not_a_choice"},
		{"frozen already", d.LinWei, frozen, admin.Freeze, "调查", "state_conflict"},
		{"not frozen", d.LinWei, d.ZhangMin, admin.Unfreeze, "结束", "state_conflict"},
		{"has left already", d.LinWei, d.HeJing, admin.Leave, "离职", "state_conflict"},
		{"has not left", d.LinWei, d.ZhangMin, admin.Reinstate, "返聘", "state_conflict"},
		{"pending, to unlock", d.LinWei, d.SunLi, admin.Unlock, "误锁", "state_conflict"},
		{"back to what is closed", d.LinWei, gone, admin.Reinstate, "返聘", "org_closed"},
		{"out of the freeze in what is closed", d.LinWei, frozen, admin.Unfreeze, "结束", "ok"},
	} {
		before := d.actions()
		_, err := d.does(tt.by, tt.action, tt.of.Staff.Code, tt.reason)
		d.wants(tt.name, err, tt.want)
		d.wants(tt.name+": audit", d.actions() != before, tt.want == "ok")
	}
	d.wants("back to the state before the freeze", d.person(frozen.Staff.Code).Staff.State, staff.Pending)
}

func TestChangeStateUnlocks(t *testing.T) {
	d := newDesk(t)
	p := d.ZhangMin
	d.store.Put(admintest.Seed{Failures: map[string]account.Failures{account.SignInLockKeys(d.keys, p.Staff)[0]: {
		Count: 5, First: d.now.Add(-time.Minute), LockedUntil: d.now.Add(time.Hour),
	}}})
	s, err := d.does(d.LinWei, admin.Unlock, p.Staff.Code, "误锁")
	d.wants("error", err, "ok")
	d.wants("the record stays", []any{s.Version, s.Revision, d.person(p.Staff.Code).Account.Epoch}, []any{3, 7, 1})
	d.wants("audit, without a version", d.actions()+" "+d.last(), "unlock locked: true > false")
	d.wants("failures are void", d.person(p.Staff.Code).Account.ClearedAt, d.now)
	target, err := d.loads().Run(t.Context(), d.may(d.LinWei, account.StaffEdit), p.Staff.Code.String())
	d.wants("no longer locked", []any{target.Locked, err}, []any{false, nil})
	d.now = d.now.Add(time.Minute)
	_, err = d.does(d.LinWei, admin.Unlock, p.Staff.Code, "误锁")
	d.wants("again", err, "ok")
	d.wants("audit", d.last(), "")
}

func TestLastSuperStays(t *testing.T) {
	for _, action := range []admin.StateAction{admin.Freeze, admin.Leave} {
		d := newDesk(t)
		deputy := d.deputy()
		_, err := d.does(deputy, action, d.WangFang.Staff.Code, "调查")
		d.wants("one of two", err, "ok")
		_, err = d.does(deputy, action, d.ChenJie.Staff.Code, "调查")
		d.wants("the last one", err, "last_super")
		d.wants("the last one's state", d.person(d.ChenJie.Staff.Code).Staff.State, staff.Active)
	}
	d := newDesk(t)
	sub := d.admin(81, grant(account.SuperGrant, d.District))
	_, err := d.does(d.LinWei, admin.Unlock, d.ZhangMin.Staff.Code, "误锁")
	d.wants("somebody else", err, "ok")
	_, err = d.does(d.WangFang, admin.Freeze, sub.Staff.Code, "调查")
	d.wants("a super further down", err, "ok")
	_, err = d.does(d.WangFang, admin.Freeze, d.ChenJie.Staff.Code, "调查")
	d.wants("by the super who remains", err, "ok")
}

func TestChangeStateLosesARace(t *testing.T) {
	frozen := func(d *desk, p account.Person) {
		p.Staff.State, p.Staff.Revision = staff.Frozen, p.Staff.Revision+1
		d.put(p)
	}
	for _, tt := range []struct {
		name   string
		by, of func(d *desk) account.Person
		action admin.StateAction
		rival  func(d *desk)
		want   string
	}{
		{"the record is edited", linwei, zhangmin, admin.Freeze, func(d *desk) { d.ZhangMin.Staff.Version, d.ZhangMin.Staff.Revision = 4, 8; d.put(d.ZhangMin) }, "ok"},
		{"somebody else freezes the person", linwei, zhangmin, admin.Freeze, func(d *desk) { frozen(d, d.ZhangMin) }, "state_conflict"},
		{"the person gets a grant that is not covered", linwei, zhangmin, admin.Freeze, func(d *desk) { d.ZhangMin.Account.Grants = d.WangFang.Account.Grants; d.put(d.ZhangMin) }, "permission_denied"},
		{"the person gets a grant that is covered", linwei, zhangmin, admin.Leave, func(d *desk) {
			d.ZhangMin.Account.Grants = []account.Grant{grant(account.UnitGrant, d.Data)}
			d.put(d.ZhangMin)
		}, "ok"},
		{"the caller is frozen", linwei, zhangmin, admin.Freeze, func(d *desk) { d.LinWei.Account.Epoch++; frozen(d, d.LinWei) }, "session_expired"},
		{"the caller has lost the grants", linwei, zhangmin, admin.Freeze, func(d *desk) { d.LinWei.Account.Grants = nil; d.put(d.LinWei) }, "permission_denied"},
		{"the caller has lost the grant that reached the person", linwei, zhangmin, admin.Freeze, func(d *desk) {
			d.LinWei.Account.Grants = []account.Grant{grant(account.UnitGrant, d.Centre)}
			d.put(d.LinWei)
		}, "staff_missing"},
		{"the caller has got a grant", linwei, zhangmin, admin.Freeze, func(d *desk) {
			d.LinWei.Account.Grants = append(d.LinWei.Account.Grants, grant(account.AuditGrant, d.Centre))
			d.put(d.LinWei)
		}, "ok"},
		{"the super who was to remain is frozen", deputy, chenjie, admin.Freeze, func(d *desk) { frozen(d, d.WangFang) }, "last_super"},
		{"the super who was to remain has lost the grant", deputy, chenjie, admin.Freeze, func(d *desk) { d.WangFang.Account.Grants = nil; d.put(d.WangFang) }, "last_super"},
		{"another super remains", deputy, chenjie, admin.Freeze, func(d *desk) { frozen(d, d.WangFang); d.admin(82, grant(account.SuperGrant, d.Province)) }, "ok"},
		{"somebody takes the phone of who comes back", linwei, hejing, admin.Reinstate, func(d *desk) {
			p := admintest.NewPerson(60, "李娜", "lina", d.Data, d.Data)
			p.Staff.Phone = d.HeJing.Staff.FormerPhone
			d.put(p)
		}, "phone_taken"},
		{"the organisation is closed to which somebody comes back", linwei, hejing, admin.Reinstate, func(d *desk) { d.Section.Closed = true; d.putOrg(d.Section) }, "org_closed"},
		{"the unit is closed to which somebody comes back", linwei, hejing, admin.Reinstate, func(d *desk) { d.Data.Closed = true; d.putOrg(d.Data) }, "org_closed"},
	} {
		d := newDesk(t)
		d.races(1, func() { tt.rival(d) })
		_, err := d.does(tt.by(d), tt.action, tt.of(d).Staff.Code, "因工作需要")
		d.wants(tt.name, err, tt.want)
		d.wants(tt.name+": audit", d.actions() != "", tt.want == "ok")
	}
	d := newDesk(t)
	d.races(9, func() { p := d.person(d.ZhangMin.Staff.Code); p.Staff.Revision++; d.put(p) })
	_, err := d.does(d.LinWei, admin.Freeze, d.ZhangMin.Staff.Code, "调查")
	d.wants("again and again", err, "unavailable")
}

// deputy may do all that a super may, but is none.
func deputy(d *desk) account.Person {
	return d.admin(83, grant(account.UnitGrant, d.Province, account.AdminGrant, account.AuditRead, account.PIIReveal))
}

func zhangmin(d *desk) account.Person { return d.ZhangMin }
func linwei(d *desk) account.Person   { return d.LinWei }
func wangfang(d *desk) account.Person { return d.WangFang }
func chenjie(d *desk) account.Person  { return d.ChenJie }
func hejing(d *desk) account.Person   { return d.HeJing }
