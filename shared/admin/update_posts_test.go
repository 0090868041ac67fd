package admin_test

import (
	"errors"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/admin/admintest"
	"chaoxi/shared/staff"
)

func (d *desk) updates(by account.Person, c staff.EmployeeCode, e admin.Edit) (admin.Updated, error) {
	d.Helper()
	uc := admin.UpdatePosts{Store: d.store, Dictionaries: d.dictionaries(), Notices: d.notices(), Keys: d.keys, Now: d.clock, Random: d.random, Pinyin: spell}
	permitted := d.may(by, account.StaffEdit)
	target, err := uc.Load(d.Context(), permitted, c.String(), e)
	if err != nil {
		return admin.Updated{}, err
	}
	return uc.Run(d.Context(), d.call, permitted, target, e)
}

func TestUpdatePosts(t *testing.T) {
	d := newDesk(t)
	c := d.ZhangMin.Staff.Code
	done, err := d.updates(d.LinWei, c, admin.Edit{Version: 3, JobLevel: to("J2"), Removed: []string{admintest.PostID(101).String()}, Posts: []admin.PostEdit{{ID: to(admintest.PostID(1).String()), Role: to("R2")}}})
	d.wants("error", err, "ok")
	d.wants("answer", done, admin.Updated{Posts: 2, Complete: true, Version: 4, Changes: d.store.Entries()[0].Changes})
	d.wants("audit", d.actions()+": "+d.last(), "update_staff 4: jobLevel: J1 > J2; posts["+admintest.PostID(1).String()+"].role: R1 > R2; posts["+admintest.PostID(101).String()+"].active: true > false")
	p := d.person(c)
	d.wants("the person", []any{p.Staff.Version, p.Staff.Revision, p.Staff.JobLevel, len(p.Staff.ActivePosts()), p.Account.Epoch, len(d.texts.sent)}, []any{4, 8, "J2", 1, 1, 0})
}

// An edit that changes nothing writes nothing.
func TestUpdatePostsWithoutAChange(t *testing.T) {
	d := newDesk(t)
	post := to(admintest.PostID(1).String())
	for _, tt := range []struct {
		name string
		edit admin.Edit
		want admin.Updated
	}{
		{"nothing", admin.Edit{Version: 3}, admin.Updated{Complete: true, Version: 3}},
		{"what is on file", admin.Edit{Version: 3, Name: to(" 张敏 "), Account: to("ZHANGMIN"), JobLevel: to("J1"), Phone: to("13700000001"), IDCard: to("11010519491231002x")}, admin.Updated{Complete: true, Version: 3}},
		{"a post that is so", admin.Edit{Version: 3, Posts: []admin.PostEdit{{ID: post, Role: to("R1"), Order: to(1)}}}, admin.Updated{Posts: 1, Complete: true, Version: 3}},
		{"what is absent is cleared", admin.Edit{Version: 3, HomeAddress: cleared[string](), ShortNumber: to("")}, admin.Updated{Complete: true, Version: 3}},
	} {
		done, err := d.updates(d.LinWei, d.ZhangMin.Staff.Code, tt.edit)
		d.wants(tt.name, err, "ok")
		d.wants(tt.name+": answer", done, tt.want)
	}
	_, err := d.updates(d.LinWei, d.ZhangMin.Staff.Code, admin.Edit{Version: 2})
	d.wants("nothing, of an old version", err, "version_conflict")
	p := d.person(d.ZhangMin.Staff.Code).Staff
	d.wants("the record", []any{p.Version, p.Revision, d.actions(), len(d.texts.sent)}, []any{3, 7, "", 0})
}

func TestUpdatePostsWithANewPhone(t *testing.T) {
	d := newDesk(t)
	_, err := d.updates(d.LinWei, d.ZhangMin.Staff.Code, admin.Edit{Version: 3, Phone: to("13700000050")})
	d.wants("error", err, "ok")
	p := d.person(d.ZhangMin.Staff.Code)
	d.wants("sessions and devices are over", []any{p.Account.Epoch, p.Account.DeviceEpoch}, []any{2, 1})
	d.wants("the old number is told", d.texts.sent, []string{d.ZhangMin.Staff.Phone.E164()})
	d.wants("audit", d.last(), "phone: +86 137*****001 > +86 137*****050")
	_, err = d.updates(d.LinWei, d.SunLi.Staff.Code, admin.Edit{Version: 3, JobLevel: to("J1"), Phone: to("13700000050")})
	d.wants("a number that is somebody's by now", err, "phone_taken")
	_, err = d.updates(d.LinWei, d.SunLi.Staff.Code, admin.Edit{Version: 3, JobLevel: to("J1"), Phone: to("13700000001")})
	d.wants("a number that was given up", err, "ok")
}

// The answers come in the order: not to be had, not allowed, what is named is not there,
// what is wrong, what has changed.
func TestUpdatePostsAnswersInOrder(t *testing.T) {
	d := newDesk(t)
	above := d.admin(70, grant(account.UnitGrant, d.Province))
	aside := d.admin(71, grant(account.UnitGrant, d.Finance))
	elsewhere := admin.PostEdit{Unit: to(d.Province.Code.String()), Org: to(d.Province.Code.String())}
	for _, tt := range []struct {
		name string
		by   account.Person
		of   account.Person
		edit admin.Edit
		want string
	}{
		{"out of sight and wrong", d.admin(72, grant(account.UnitGrant, d.Team)), d.ZhangMin, admin.Edit{JobLevel: to("?")}, "staff_missing"},
		{"not allowed, not there, wrong and stale", aside, d.ZhangMin, admin.Edit{Version: 2, Name: to("张闵"), JobLevel: to("?"), Posts: []admin.PostEdit{elsewhere}}, "permission_denied"},
		{"not there, wrong and stale", aside, d.ZhangMin, admin.Edit{Version: 2, JobLevel: to("?"), Posts: []admin.PostEdit{elsewhere}}, "org_missing posts[0].org:missing"},
		{"wrong and stale", aside, d.ZhangMin, admin.Edit{Version: 2, JobLevel: to("?")}, "field_invalid jobLevel:not_a_choice"},
		{"stale, and a post in what is closed", d.LinWei, d.ZhangMin, admin.Edit{Version: 2, Posts: []admin.PostEdit{{ID: to(admintest.PostID(1).String()), Org: to(d.Closed.Code.String())}}}, "version_conflict"},
		{"a post in what is closed", d.LinWei, d.ZhangMin, admin.Edit{Version: 3, Posts: []admin.PostEdit{{ID: to(admintest.PostID(1).String()), Org: to(d.Closed.Code.String())}}}, "org_closed posts[0].org:invalid"},
		{"the own phone", d.LinWei, d.LinWei, admin.Edit{Version: 3, Phone: to("13700000050")}, "permission_denied"},
		{"the phone of somebody who holds more", d.LinWei, d.WangFang, admin.Edit{Version: 3, Phone: to("13700000050")}, "permission_denied"},
		{"the phone of somebody who holds less", above, d.LinWei, admin.Edit{Version: 3, Phone: to("13700000050")}, "ok"},
		{"who has left gets a phone", d.LinWei, d.HeJing, admin.Edit{Version: 3, Phone: to("13700000051")}, "state_conflict"},
		{"an account like a phone that nobody has any more", d.LinWei, d.ZhangMin, admin.Edit{Version: 3, Account: to("13700000002")}, "field_invalid account:invalid"},
		{"an account like a phone that somebody has", d.LinWei, d.ZhangMin, admin.Edit{Version: 3, Account: to("13700000003")}, "account_taken"},
	} {
		_, err := d.updates(tt.by, tt.of.Staff.Code, tt.edit)
		d.wants(tt.name, err, tt.want)
	}
	d.wants("audit", d.actions(), "update_staff 4")
}

func TestUpdatePostsConflictHasTheCurrentRecord(t *testing.T) {
	d := newDesk(t)
	_, err := d.updates(d.LinWei, d.ZhangMin.Staff.Code, admin.Edit{Version: 2, JobLevel: to("J2")})
	var conflict *admin.Conflict
	if !errors.As(err, &conflict) || conflict.Current.Staff.Version != 3 || conflict.Current.Staff.JobLevel != "J1" || conflict.Current.Orgs[d.Section.Code].Name != "综合科" {
		t.Errorf("%v: %+v", err, conflict)
	}
	d.races(1, func() {
		p := d.ZhangMin
		p.Staff.Version, p.Staff.Revision, p.Staff.HomeAddress = 4, 8, "路"
		d.put(p)
	})
	_, err = d.updates(d.LinWei, d.ZhangMin.Staff.Code, admin.Edit{Version: 3, JobLevel: to("J2")})
	if !errors.As(err, &conflict) || conflict.Current.Staff.Version != 4 || conflict.Current.Staff.HomeAddress != "路" {
		t.Errorf("after a lost race: %v: %+v", err, conflict)
	}
	d.wants("audit", d.actions(), "")
}

func TestUpdatePostsLosesARace(t *testing.T) {
	level, phone := admin.Edit{Version: 3, JobLevel: to("J2")}, admin.Edit{Version: 3, Phone: to("13700000050")}
	activated := func(p *account.Person) { p.Staff.Revision++; p.Staff.HomeAddress = "路" }
	granted := func(g func(d *desk) account.Grant) func(d *desk, p *account.Person) {
		return func(d *desk, p *account.Person) { p.Account.Grants = []account.Grant{g(d)} }
	}
	for _, tt := range []struct {
		name  string
		edit  admin.Edit
		rival func(d *desk, p *account.Person)
		want  string
	}{
		{"something else of the person changes", level, func(_ *desk, p *account.Person) { activated(p) }, "ok"},
		{"the person goes out of sight", level, func(d *desk, p *account.Person) {
			activated(p)
			p.Staff.Posts = p.Staff.Posts[:1]
			p.Staff.Posts[0].Org, p.Staff.Posts[0].Unit = d.Province.Code, d.Province.Code
		}, "staff_missing"},
		{"a phone, and the person gets a grant that is covered", phone, granted(func(d *desk) account.Grant { return grant(account.UnitGrant, d.Data) }), "ok"},
		{"a phone, and the person gets a grant that is not covered", phone, granted(func(d *desk) account.Grant { return grant(account.UnitGrant, d.Province) }), "permission_denied"},
		{"a level, and the person gets a grant that is not covered", level, granted(func(d *desk) account.Grant { return grant(account.UnitGrant, d.Province) }), "ok"},
		{"somebody takes the phone", phone, func(d *desk, _ *account.Person) { d.put(admintest.NewPerson(50, "李娜", "lina", d.Data, d.Data)) }, "phone_taken"},
	} {
		d := newDesk(t)
		d.races(1, func() {
			p := d.person(d.ZhangMin.Staff.Code)
			tt.rival(d, &p)
			d.put(p)
		})
		_, err := d.updates(d.LinWei, d.ZhangMin.Staff.Code, tt.edit)
		d.wants(tt.name, err, tt.want)
		d.wants(tt.name+": audit", d.actions() != "", tt.want == "ok")
		if p := d.person(d.ZhangMin.Staff.Code).Staff; tt.want == "ok" && tt.edit.JobLevel.Set && (p.JobLevel != "J2" || p.Revision > 8 && p.HomeAddress != "路") {
			t.Errorf("%s: %+v", tt.name, p)
		}
	}

	d := newDesk(t)
	bump := func() { p := d.person(d.ZhangMin.Staff.Code); activated(&p); d.put(p) }
	d.races(4, bump)
	_, err := d.updates(d.LinWei, d.ZhangMin.Staff.Code, level)
	d.wants("four races", err, "ok")
	d.races(5, bump)
	_, err = d.updates(d.LinWei, d.ZhangMin.Staff.Code, admin.Edit{Version: 4, JobLevel: to("J1")})
	d.wants("five races", err, "unavailable")
}
