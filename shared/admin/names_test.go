package admin_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/admin/admintest"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// narrow administers 一组 alone, so sees nobody of the Town.
func (d *desk) narrow() account.Person { return d.admin(70, grant(account.UnitGrant, d.Team)) }

// addsInTeam adds somebody to 一组 with the names that change gives.
func addsInTeam(change func(*admin.Edit)) func(*desk, account.Person) error {
	return func(d *desk, by account.Person) error {
		_, err := d.adds(by, d.newcomer(change), false)
		return err
	}
}

// mate is somebody of 一组 who is on file, or who has left it.
func (d *desk) mate(left bool) staff.EmployeeCode {
	p := admintest.NewPerson(71, "周强", "zhouqiang", d.Data, d.Team)
	if s := &p.Staff; left {
		s.Employment, s.State, s.Phone, s.FormerPhone, s.ActivatedAt = staff.Left, staff.Pending, staff.Phone{}, d.ZhangMin.Staff.Phone, time.Time{}
		s.Posts[0].Active = false
		s.IDCard = d.ZhangMin.Staff.IDCard
	}
	d.put(p)
	return p.Staff.Code
}

func edits(change func(*admin.Edit)) func(*desk, account.Person) error {
	return func(d *desk, by account.Person) error {
		e := admin.Edit{Version: 3}
		change(&e)
		_, err := d.updates(by, d.mate(false), e)
		return err
	}
}

func reinstates(r admin.Return) func(*desk, account.Person) error {
	return func(d *desk, by account.Person) error {
		in, permitted := admin.StateInput{Action: admin.Reinstate, Reason: "返岗", Return: r}, d.may(by, account.StaffEdit)
		target, err := d.states().Load(d.Context(), permitted, d.mate(true).String(), in)
		if err == nil {
			_, err = d.states().Run(d.Context(), d.call, permitted, target, in)
		}
		return err
	}
}

// Whoever comes by a name upon somebody out of sight leaves an entry about them.
func TestNamesOfPeopleOutOfSight(t *testing.T) {
	for _, tt := range []struct {
		name string
		send func(*desk, account.Person) error
		want string
		said string // the entry's change
	}{
		{"added with an account", addsInTeam(func(e *admin.Edit) { e.Account = to("ZhangMin") }), "account_taken", "account:  > zhangmin"},
		{"added with an account like a phone", addsInTeam(func(e *admin.Edit) { e.Account = to("13700000001") }), "account_taken", "account:  > +86 137*****001"},
		{"added with a phone", addsInTeam(func(e *admin.Edit) { e.Phone = to("13700000001") }), "phone_taken", "phone:  > +86 137*****001"},
		{"added with an ID card", addsInTeam(func(e *admin.Edit) { e.IDCard = to("11010519491231002X") }), "id_card_taken", "idCard:  > " + staff.MaskIDCard("11010519491231002X")},
		{"added with several names", addsInTeam(func(e *admin.Edit) { e.Account, e.Phone = to("zhangmin"), to("13700000001") }), "account_taken", "account:  > zhangmin"},
		{"added with nobody's names", addsInTeam(func(*admin.Edit) {}), "ok", ""},
		{"added with an account like nobody's phone", addsInTeam(func(e *admin.Edit) { e.Account = to("13700000099") }), "field_invalid account:invalid", ""},
		{"added with a name, and something wrong", addsInTeam(func(e *admin.Edit) { e.Account, e.JobLevel = to("zhangmin"), to("?") }), "field_invalid jobLevel:not_a_choice", ""},
		{"an account", edits(func(e *admin.Edit) { e.Account = to("zhangmin") }), "account_taken", "account:  > zhangmin"},
		{"an account like a phone", edits(func(e *admin.Edit) { e.Account = to("13700000001") }), "account_taken", "account:  > +86 137*****001"},
		{"a phone", edits(func(e *admin.Edit) { e.Phone = to("13700000001") }), "phone_taken", "phone:  > +86 137*****001"},
		{"an ID card", edits(func(e *admin.Edit) { e.IDCard, e.BirthDate = to("11010519491231002X"), to("1949-12-31") }), "id_card_taken", "idCard:  > " + staff.MaskIDCard("11010519491231002X")},
		{"nobody's phone", edits(func(e *admin.Edit) { e.Phone = to("13700000099") }), "ok", ""},
		{"a name, of an old version", edits(func(e *admin.Edit) { e.Version, e.Phone = 2, to("13700000001") }), "version_conflict", ""},
		{"back, and the old phone is somebody's", reinstates(admin.Return{}), "phone_taken", "phone:  > +86 137*****001"},
		{"back with a phone", reinstates(admin.Return{Phone: to("13700000003")}), "phone_taken", "phone:  > +86 137*****003"},
		{"back with an account", reinstates(admin.Return{Phone: to("13700000099"), Account: to("linwei")}), "account_taken", "account:  > linwei"},
		{"back with an account like a phone", reinstates(admin.Return{Phone: to("13700000099"), Account: to("13700000002")}), "account_taken", "account:  > +86 137*****002"},
		{"back, and the ID card is somebody's", reinstates(admin.Return{Phone: to("13700000099")}), "id_card_taken", "idCard:  > " + staff.MaskIDCard("11010519491231002X")},
	} {
		d := newDesk(t)
		by := d.narrow()
		d.wants(tt.name, tt.send(d, by), tt.want)
		var said []string
		for _, e := range d.store.Entries() {
			if e.Action == audit.ProbeName {
				said = append(said, d.last())
				d.wants(tt.name+": whose entry", []any{e.Actor, e.Call, e.At}, []any{by.Staff.Code, d.call, d.now})
			}
		}
		if want := []string{tt.said}; tt.said != "" {
			d.wants(tt.name+": audit", said, want)
		} else {
			d.wants(tt.name+": audit", len(said), 0)
		}
		// 王芳 sees all: to her the same is an answer like others.
		d = newDesk(t)
		d.wants(tt.name+", in sight", tt.send(d, d.WangFang), tt.want)
		for _, e := range d.store.Entries() {
			if e.Action == audit.ProbeName {
				t.Errorf("%s, in sight: %+v", tt.name, e)
			}
		}
	}
}

// The entry is about the person who was found.
func TestProbeIsAboutWhomItFound(t *testing.T) {
	d := newDesk(t)
	by := d.narrow()
	for _, p := range []account.Person{d.ZhangMin, d.HeJing, d.WangFang} {
		_, err := d.adds(by, d.newcomer(func(e *admin.Edit) { e.Account = to(p.Staff.Account.String()) }), false)
		d.wants(p.Staff.Name, err, "account_taken")
		all := d.store.Entries()
		d.wants(p.Staff.Name+": subject", all[len(all)-1].Subject, audit.OfStaff(p.Staff.Code))
	}
}

// After 30 names of people out of sight all lookups of the hour are refused alike.
func TestProbesOfAnHour(t *testing.T) {
	d := newDesk(t)
	by := d.narrow()
	d.now = admintest.Noon.Add(20 * time.Minute)
	mate := d.mate(false)
	takes := addsInTeam(func(e *admin.Edit) { e.Account = to("zhangmin") })
	free := func(n int) error {
		_, err := d.adds(by, d.newcomer(func(e *admin.Edit) {
			e.Account, e.Phone = to(fmt.Sprintf("newcomer%d", n)), to(fmt.Sprintf("13700001%03d", n))
		}), false)
		return err
	}
	for n := range 30 {
		d.wants("free", free(n), "ok")
		d.wants("an account like nobody's phone", addsInTeam(func(e *admin.Edit) { e.Account = to("13700000099") })(d, by), "field_invalid account:invalid")
		d.wants("somebody in sight", addsInTeam(func(e *admin.Edit) { e.Account = to("zhouqiang") })(d, by), "account_taken")
		d.wants("taken", takes(d, by), "account_taken")
	}
	for _, tt := range []struct {
		name string
		send func(*desk, account.Person) error
	}{
		{"taken", takes},
		{"free", func(*desk, account.Person) error { return free(30) }},
		{"of somebody in sight", addsInTeam(func(e *admin.Edit) { e.Account = to("zhouqiang") })},
		{"an account like nobody's phone", addsInTeam(func(e *admin.Edit) { e.Account = to("13700000099") })},
		{"an account like somebody's phone", addsInTeam(func(e *admin.Edit) { e.Account = to("13700000001") })},
		{"a free phone", edits(func(e *admin.Edit) { e.Phone = to("13700000099") })},
		{"a phone that is somebody's", edits(func(e *admin.Edit) { e.Phone = to("13700000001") })},
		{"back with a free phone", reinstates(admin.Return{Phone: to("13700000098")})},
		{"back with a phone that is somebody's", reinstates(admin.Return{Phone: to("13700000001")})},
	} {
		err := tt.send(d, by)
		d.wants(tt.name, err, "rate_limited")
		var f *fault.Error
		if !errors.As(err, &f) || f.RetryAfter != 40*time.Minute {
			t.Errorf("%s: to be tried again in %v", tt.name, f.RetryAfter)
		}
	}
	d.mate(false)
	_, err := d.updates(by, mate, admin.Edit{Version: 3, JobLevel: to("J2"), Account: to("zhouqiang"), Phone: to("13700000071")})
	d.wants("an edit that changes no name", err, "ok")
	_, err = d.does(by, admin.Freeze, mate, "调查")
	d.wants("another state", err, "ok")
	d.wants("what is wrong is said first", addsInTeam(func(e *admin.Edit) { e.JobLevel = to("?") })(d, by), "field_invalid jobLevel:not_a_choice")
	d.wants("somebody else", takes(d, d.admin(72, grant(account.UnitGrant, d.Team))), "account_taken")
	d.now = admintest.Noon.Add(time.Hour)
	d.wants("in the next hour", takes(d, by), "account_taken")
}

// Many lookups at once learn no more than one after the other.
func TestProbesAtOnce(t *testing.T) {
	d := newDesk(t)
	by := d.may(d.narrow(), account.StaffEdit)
	var mu sync.Mutex
	told := map[string]int{}
	var wait sync.WaitGroup
	for range 200 {
		wait.Go(func() {
			uc := admin.AddStaff{Store: d.store, Dictionaries: &staff.DictionaryList{Store: d.store, Now: d.clock}, Notices: d.notices(), Now: d.clock, Random: rand.Reader, Pinyin: spell}
			_, err := uc.Run(context.Background(), d.call, by, d.newcomer(func(e *admin.Edit) { e.Account = to("zhangmin") }), false, admin.RequestKey{})
			mu.Lock()
			defer mu.Unlock()
			told[admintest.Verdict(err)]++
		})
	}
	wait.Wait()
	if told["account_taken"] != 30 || told["rate_limited"] != 170 {
		t.Errorf("%v", told)
	}
}
