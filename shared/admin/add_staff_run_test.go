package admin_test

import (
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/admin/admintest"
	"chaoxi/shared/staff"
)

// newcomer is an edit that makes a whole person of nobody.
func (d *desk) newcomer(change ...func(*admin.Edit)) admin.Edit {
	e := admin.Edit{
		Name: to("李娜"), Account: to("LiNa"), AreaCode: to("+86"), Phone: to("13700000050"), Gender: to("2"), BudgetedPost: to("B1"), JobLevel: to("J1"),
		Posts: []admin.PostEdit{{Unit: to(d.Data.Code.String()), Org: to(d.Team.Code.String()), JobType: to("main"), Role: to("R1"), Order: to(3)}},
	}
	for _, c := range change {
		c(&e)
	}
	return e
}

func (d *desk) adds(by account.Person, e admin.Edit, invite bool, key ...admin.RequestKey) (admin.Added, error) {
	d.Helper()
	uc := admin.AddStaff{Store: d.store, Dictionaries: d.dictionaries(), Notices: d.notices(), Now: d.clock, Random: d.random, Pinyin: spell}
	return uc.Run(d.Context(), d.call, d.may(by, account.StaffEdit), e, invite, append(key, admin.RequestKey{})[0])
}

func TestAddStaff(t *testing.T) {
	d := newDesk(t)
	added, err := d.adds(d.LinWei, d.newcomer(), false)
	d.wants("added", err, "ok")
	p := d.person(added.Code)
	d.wants("answer", added, admin.Added{Code: p.Staff.Code, Version: 1, New: true, Changes: d.store.Entries()[0].Changes})
	d.wants("the person", []any{p.Staff.Name, p.Staff.Pinyin.Syllables, p.Staff.Account, p.Staff.Phone.E164(), p.Staff.State, p.Staff.RegisteredAt, p.Account.Epoch},
		[]any{"李娜", []string{"李", "娜"}, "lina", "+8613700000050", staff.Pending, d.now, 1})
	d.wants("audit", d.actions(), "add_staff 1")
	entry := d.store.Entries()[0]
	d.wants("entry", []any{entry.Actor, entry.At, entry.Call, entry.Subject}, []any{d.LinWei.Staff.Code, d.now, d.call, p.Staff.Code})
}

func TestAddStaffAgain(t *testing.T) {
	d := newDesk(t)
	key, other := admin.RequestKey{Key: "k", Digest: "one"}, admin.RequestKey{Key: "k", Digest: "two"}
	first, err := d.adds(d.LinWei, d.newcomer(), false, key)
	d.wants("first", err, "ok")
	again, err := d.adds(d.LinWei, d.newcomer(), false, key)
	d.wants("again", []any{again, err}, []any{admin.Added{Code: first.Code, Version: 1}, nil})
	_, err = d.adds(d.LinWei, d.newcomer(func(e *admin.Edit) { e.JobLevel = to("J2") }), false, other)
	d.wants("another request with the key", err, "idempotency_conflict")
	_, err = d.adds(d.LinWei, d.newcomer(), false, admin.RequestKey{Key: "another", Digest: "one"})
	d.wants("the request with another key", err, "account_taken")
	_, err = d.adds(d.WangFang, d.newcomer(), false, key)
	d.wants("somebody else's key", err, "account_taken")
	_, err = d.adds(d.LinWei, d.newcomer(), false)
	d.wants("without a key", err, "account_taken")
	changed := d.person(first.Code)
	changed.Staff.Version, changed.Staff.JobLevel = 7, "J2"
	d.put(changed)
	again, err = d.adds(d.LinWei, d.newcomer(), false, key)
	d.wants("after somebody has edited the person", []any{again, err}, []any{admin.Added{Code: first.Code, Version: 1}, nil})
	d.Team.Closed = true
	d.putOrg(d.Team)
	again, err = d.adds(d.LinWei, d.newcomer(), false, key)
	d.wants("after the organisation was closed", []any{again, err}, []any{admin.Added{Code: first.Code, Version: 1}, nil})
	d.wants("audit", d.actions(), "add_staff 1")

	d = newDesk(t)
	odd := d.newcomer(func(e *admin.Edit) { e.IDCard, e.BirthDate = to("330199199003070026"), to("1990-03-08") })
	warned, err := d.adds(d.LinWei, odd, false, key)
	d.wants("with a warning", []any{len(warned.Warnings), err}, []any{1, nil})
	again, err = d.adds(d.LinWei, odd, false, key)
	d.wants("the warning again", []any{again.New, again.Warnings, err}, []any{false, warned.Warnings, nil})

	d = newDesk(t)
	var rival admin.Added
	d.races(1, func() { rival, err = d.adds(d.LinWei, d.newcomer(), false, key) })
	mine, late := d.adds(d.LinWei, d.newcomer(), false, key)
	d.wants("the same request twice at once", []any{mine.New, mine.Code == rival.Code, err, late}, []any{false, true, nil, nil})
}

func TestAddStaffRefuses(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(d *desk, e *admin.Edit)
		want string
	}{
		{"a post out of scope, and a wrong level", func(d *desk, e *admin.Edit) { e.Posts[0].Org, e.JobLevel = to(d.Province.Code.String()), to("?") }, "org_missing posts[0].org:missing"},
		{"all values that are wrong", func(_ *desk, e *admin.Edit) { e.Name, e.JobLevel = cleared[string](), to("?") }, "field_invalid name:required jobLevel:not_a_choice"},
		{"a closed organisation", func(d *desk, e *admin.Edit) { e.Posts[0].Org = to(d.Closed.Code.String()) }, "org_closed posts[0].org:invalid"},
		{"an account like nobody's phone", func(_ *desk, e *admin.Edit) { e.Account = to("13700000099") }, "field_invalid account:invalid"},
		{"an account like somebody's phone", func(_ *desk, e *admin.Edit) { e.Account = to("13700000001") }, "account_taken"},
		{"an account of somebody who has left", func(_ *desk, e *admin.Edit) { e.Account = to("hejing") }, "account_taken"},
		{"a phone that is somebody's", func(_ *desk, e *admin.Edit) { e.Phone = to("13700000001") }, "phone_taken"},
	} {
		d := newDesk(t)
		_, err := d.adds(d.LinWei, d.newcomer(func(e *admin.Edit) { tt.edit(d, e) }), true)
		d.wants(tt.name, err, tt.want)
		d.wants(tt.name+": audit and texts", []any{d.actions(), len(d.texts.sent)}, []any{"", 0})
	}
}

func TestAddStaffInvites(t *testing.T) {
	for _, tt := range []struct {
		name  string
		texts texts
		want  account.SMSState
		sent  int
	}{
		{"sent", texts{}, account.SMSSent, 1},
		{"no place for the text", texts{full: true}, account.SMSNotSent, 0},
		{"refused by the carrier", texts{refused: true}, account.SMSNotSent, 0},
	} {
		d := newDesk(t)
		d.texts = &tt.texts
		for try := range 2 { // the second time the person is there, and is texted again
			added, err := d.adds(d.LinWei, d.newcomer(), true, admin.RequestKey{Key: "k", Digest: "one"})
			d.wants(tt.name, err, "ok")
			d.wants(tt.name+": answer", []any{added.New, added.SMS, len(d.texts.sent)}, []any{try == 0, tt.want, (try + 1) * tt.sent})
			d.wants(tt.name+": audit", d.last(), "activationSms:  > "+string(tt.want))
		}
		d.wants(tt.name+": audit", d.actions(), "add_staff 1, invite, invite")
		code, _ := d.store.Entries()[0].Subject.Staff()
		activated := d.person(code)
		activated.Staff.State = staff.Active
		d.put(activated)
		added, err := d.adds(d.LinWei, d.newcomer(), true, admin.RequestKey{Key: "k", Digest: "one"})
		d.wants(tt.name+": once activated", []any{added.SMS, len(d.texts.sent), err}, []any{account.SMSSent, 2 * tt.sent, nil})
	}
}

func TestAddStaffLosesARace(t *testing.T) {
	for _, tt := range []struct {
		name  string
		rival func(d *desk)
		want  string
	}{
		{"the organisation is closed", func(d *desk) { d.Team.Closed = true; d.putOrg(d.Team) }, "org_closed"},
		{"the unit is closed", func(d *desk) { d.Data.Closed = true; d.putOrg(d.Data) }, "org_closed"},
		{"what lies between becomes a unit", func(d *desk) { d.Section.Type = staff.UnitOrg; d.putOrg(d.Section) }, "field_invalid posts[0].unit:invalid"},
		{"somebody takes the account", func(d *desk) { d.put(admintest.NewPerson(60, "李娜", "lina", d.Data, d.Data)) }, "account_taken"},
		{"somebody takes the phone", func(d *desk) { d.put(admintest.NewPerson(50, "李娜", "another", d.Data, d.Data)) }, "phone_taken"},
	} {
		d := newDesk(t)
		d.races(1, func() { tt.rival(d) })
		_, err := d.adds(d.LinWei, d.newcomer(), true)
		d.wants(tt.name, err, tt.want)
		d.wants(tt.name+": audit and texts", []any{d.actions(), len(d.texts.sent)}, []any{"", 0})
	}
}
