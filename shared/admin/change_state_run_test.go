package admin_test

import (
	"fmt"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/admin/admintest"
	"chaoxi/shared/staff"
)

func (d *desk) states() admin.ChangeState {
	return admin.ChangeState{Store: d.store, Dictionaries: d.dictionaries(), Keys: d.keys, Settings: account.Defaults(), Now: d.clock, Random: d.random}
}

// does does an action to somebody, as the person stands when it begins.
func (d *desk) does(by account.Person, action admin.StateAction, c staff.EmployeeCode, reason string) (staff.Staff, error) {
	d.Helper()
	permitted := d.may(by, account.StaffEdit)
	in := admin.StateInput{Action: action, Reason: reason}
	target, err := d.states().Load(d.Context(), permitted, c.String(), in)
	if err != nil {
		return staff.Staff{}, err
	}
	return d.states().Run(d.Context(), d.call, permitted, target, in)
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
	d.wants("audit", entries[len(entries)-1], "{Field:grants["+ref.String()+"] Old:unit "+d.District.Code.String()+" New: Hidden:false}")
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
		{"the super who was to remain is frozen", (*desk).deputy, chenjie, admin.Freeze, func(d *desk) { frozen(d, d.WangFang) }, "last_super"},
		{"the super who was to remain has lost the grant", (*desk).deputy, chenjie, admin.Freeze, func(d *desk) { d.WangFang.Account.Grants = nil; d.put(d.WangFang) }, "last_super"},
		{"another super remains", (*desk).deputy, chenjie, admin.Freeze, func(d *desk) { frozen(d, d.WangFang); d.admin(82, grant(account.SuperGrant, d.Province)) }, "ok"},
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

func zhangmin(d *desk) account.Person { return d.ZhangMin }
func linwei(d *desk) account.Person   { return d.LinWei }
func chenjie(d *desk) account.Person  { return d.ChenJie }
func hejing(d *desk) account.Person   { return d.HeJing }

// Who comes back gets anew what somebody else has by now, or what is closed.
func TestReinstateWithWhatIsNew(t *testing.T) {
	var nothing admin.Return
	for _, tt := range []struct {
		name   string
		before func(d *desk)
		by     func(d *desk) account.Person
		in     func(d *desk) admin.Return
		want   string
		person string // phone, account, place of the main post
	}{
		{"nothing new", nil, linwei, func(*desk) admin.Return { return nothing }, "ok", "+8613700000005 hejing 综合科"},
		{"a phone", nil, linwei, func(*desk) admin.Return { return admin.Return{Phone: to("13700000060")} }, "ok", "+8613700000060 hejing 综合科"},
		{"a phone with its area", nil, linwei, func(*desk) admin.Return { return admin.Return{AreaCode: to("+852"), Phone: to("51234567")} }, "ok", "+85251234567 hejing 综合科"},
		{"somebody else has the phone, and nothing new", taken, linwei, func(*desk) admin.Return { return nothing }, "phone_taken", ""},
		{"somebody else has the phone, and a new one", taken, linwei, func(*desk) admin.Return { return admin.Return{Phone: to("13700000061")} }, "ok", "+8613700000061 hejing 综合科"},
		{"somebody else's phone", nil, linwei, func(*desk) admin.Return { return admin.Return{Phone: to("13700000001")} }, "phone_taken", ""},
		{"no phone", nil, linwei, func(*desk) admin.Return { return admin.Return{Phone: to("")} }, "field_invalid phone:required", ""},
		{"a phone that is none", nil, linwei, func(*desk) admin.Return { return admin.Return{Phone: to("137")} }, "field_invalid phone:invalid", ""},
		{"an area that is none", nil, linwei, func(*desk) admin.Return { return admin.Return{AreaCode: to("+1")} }, "field_invalid areaCode:not_a_choice", ""},
		{"no phone on file", phoneless, linwei, func(*desk) admin.Return { return nothing }, "field_invalid phone:required", ""},
		{"no phone on file, and a new one", phoneless, linwei, func(*desk) admin.Return { return admin.Return{Phone: to("13700000060")} }, "ok", "+8613700000060 hejing 综合科"},
		{"the account was the phone, which stays", phoneAccount, linwei, func(*desk) admin.Return { return nothing }, "ok", "+8613700000005 13700000005 综合科"},
		{"the account was the phone, and the phone is new", phoneAccount, linwei, func(*desk) admin.Return { return admin.Return{Phone: to("13700000060")} }, "field_invalid account:invalid", ""},
		{"the account was the phone, and both are new", phoneAccount, linwei, func(*desk) admin.Return { return admin.Return{Phone: to("13700000060"), Account: to("hejing2")} }, "ok", "+8613700000060 hejing2 综合科"},
		{"an account that is somebody's", nil, linwei, func(*desk) admin.Return { return admin.Return{Account: to("zhangmin")} }, "account_taken", ""},
		{"an account like somebody's phone", nil, linwei, func(*desk) admin.Return { return admin.Return{Account: to("13700000001")} }, "account_taken", ""},
		{"an account like nobody's phone", nil, linwei, func(*desk) admin.Return { return admin.Return{Account: to("13700000099")} }, "field_invalid account:invalid", ""},
		{"the organisation is closed, and nothing new", shut, linwei, func(*desk) admin.Return { return nothing }, "org_closed", ""},
		{"the organisation is closed, and a new one", shut, linwei, func(d *desk) admin.Return { return admin.Return{Org: to(d.Data.Code.String())} }, "ok", "+8613700000005 hejing 数据局"},
		{"another unit", nil, linwei, func(d *desk) admin.Return {
			return admin.Return{Unit: to(d.Finance.Code.String()), Org: to(d.Finance.Code.String())}
		}, "ok", "+8613700000005 hejing 财政局"},
		{"another unit without its organisation", nil, linwei, func(d *desk) admin.Return { return admin.Return{Unit: to(d.Finance.Code.String())} }, "field_invalid unit:invalid", ""},
		{"a closed organisation", nil, linwei, func(d *desk) admin.Return { return admin.Return{Org: to(d.Closed.Code.String())} }, "org_closed org:invalid", ""},
		{"an organisation out of scope", nil, linwei, func(d *desk) admin.Return { return admin.Return{Org: to(d.Province.Code.String())} }, "org_missing org:missing", ""},
		{"an organisation that is none", nil, linwei, func(*desk) admin.Return { return admin.Return{Org: to("?")} }, "org_missing org:missing", ""},
		{"where the caller holds more", nil, func(d *desk) account.Person {
			return d.admin(70, grant(account.UnitGrant, d.District), grant(account.AuditGrant, d.Finance, account.PIIReveal))
		}, func(d *desk) admin.Return {
			return admin.Return{Unit: to(d.Finance.Code.String()), Org: to(d.Finance.Code.String())}
		}, "permission_denied", ""},
	} {
		d := newDesk(t)
		if tt.before != nil {
			tt.before(d)
		}
		in, by := admin.StateInput{Action: admin.Reinstate, Reason: "返岗", Return: tt.in(d)}, d.may(tt.by(d), account.StaffEdit)
		target, err := d.states().Load(t.Context(), by, d.HeJing.Staff.Code.String(), in)
		if err == nil {
			_, err = d.states().Run(t.Context(), d.call, by, target, in)
		}
		d.wants(tt.name, err, tt.want)
		p := d.person(d.HeJing.Staff.Code).Staff
		if tt.want != "ok" {
			d.wants(tt.name+": nothing is written", []any{p.Employment, d.actions()}, []any{staff.Left, ""})
			continue
		}
		main, _ := p.MainPost()
		d.wants(tt.name+": the person", fmt.Sprint(p.Phone.E164(), " ", p.Account, " ", d.org(main.Org).Name), tt.person)
		d.wants(tt.name+": the state", []any{p.Employment, p.State, p.FormerPhone.IsZero(), p.Violations()}, []any{staff.InService, staff.Pending, true, []string(nil)})
	}
	d := newDesk(t)
	_, err := d.states().Run(t.Context(), d.call, d.may(d.LinWei, account.StaffEdit), must(d.loads().Run(t.Context(), d.may(d.LinWei, account.StaffEdit), d.ZhangMin.Staff.Code.String())),
		admin.StateInput{Action: admin.Freeze, Reason: "调查", Return: admin.Return{Phone: to("13700000060"), Org: to("?")}})
	d.wants("of another action", err, "field_invalid phone:invalid org:invalid")
}

// taken has somebody take the phone that 何静 gave up; phoneless, phoneAccount and shut
// change what she left behind.
func taken(d *desk) {
	p := admintest.NewPerson(60, "李娜", "lina", d.Data, d.Data)
	p.Staff.Phone = d.HeJing.Staff.FormerPhone
	d.put(p)
}

func phoneless(d *desk) {
	d.HeJing.Staff.FormerPhone = staff.Phone{}
	d.put(d.HeJing)
}

func phoneAccount(d *desk) {
	d.HeJing.Staff.Account = must(staff.ParseAccount(d.HeJing.Staff.FormerPhone.National()))
	d.put(d.HeJing)
}

func shut(d *desk) {
	d.Section.Closed = true
	d.putOrg(d.Section)
}

// Who leaves frozen comes back frozen, and only who covers the freeze ends it.
func TestFreezeStays(t *testing.T) {
	d := newDesk(t)
	c := d.ZhangMin.Staff.Code
	step := func(what string, by account.Person, action admin.StateAction, want string, state staff.AccountState) {
		t.Helper()
		_, err := d.does(by, action, c, "因工作需要")
		d.wants(what, err, want)
		d.wants(what+": the state", d.person(c).Staff.State, state)
	}
	step("a super freezes", d.WangFang, admin.Freeze, "ok", staff.Frozen)
	d.wants("who froze", d.person(c).Account.Frozen, account.FreezeMark{By: d.WangFang.Staff.Code, Grants: d.WangFang.Account.Grants})
	step("the unit's administrator ends it", d.LinWei, admin.Unfreeze, "permission_denied", staff.Frozen)
	step("who leaves", d.LinWei, admin.Leave, "ok", staff.Frozen)
	step("and comes back", d.LinWei, admin.Reinstate, "ok", staff.Frozen)
	step("the unit's administrator ends it then", d.LinWei, admin.Unfreeze, "permission_denied", staff.Frozen)
	step("another super ends it", d.ChenJie, admin.Unfreeze, "ok", staff.Pending)
	d.wants("nobody froze", d.person(c).Account.Frozen, account.FreezeMark{})
	step("the unit's administrator freezes", d.LinWei, admin.Freeze, "ok", staff.Frozen)
	step("and ends it", d.LinWei, admin.Unfreeze, "ok", staff.Pending)
}
