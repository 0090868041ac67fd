package dynamo_test

import (
	"crypto/rand"
	"errors"
	"testing"

	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// newcomer is 李娜 with her main post in an organisation of 数据局.
func (w *recordWorld) newcomer(n int, org string) admin.Change {
	w.Helper()
	s := staff.Staff{Revision: 1, Version: 1, Name: "李娜", Employment: staff.InService, State: staff.Pending}
	var errs [4]error
	s.Code, errs[0] = staff.NewEmployeeCode(rand.Reader)
	s.Account, errs[1] = staff.ParseAccount("lina" + string(rune('0'+n)))
	s.Phone, errs[2] = staff.ParsePhone("1370000010" + string(rune('0'+n)))
	post := staff.Post{Unit: w.orgs["数据局"].Code, Org: w.orgs[org].Code, JobType: staff.MainJob, Order: 1, Active: true}
	post.ID, errs[3] = staff.NewPostID(rand.Reader)
	if err := errors.Join(errs[:]...); err != nil {
		w.Fatal(err)
	}
	s.Posts = []staff.Post{post}
	return admin.Change{
		Now: s, Audit: audit.Entry{ID: s.Code.String(), At: w.Now(), Actor: w.linwei, Subject: audit.OfStaff(s.Code), Action: audit.AddStaff},
		MustBeOpen: []staff.OrgCode{post.Org, post.Unit},
	}
}

// Somebody is added with names, account, audit, and a place that is counted, on
// organisations that are still what they were found to be; or not at all.
func TestAddStaff(t *testing.T) {
	t.Parallel()
	w := newRecordWorld(t)
	first := w.newcomer(1, "一组")
	first.MustNotBeUnits = map[staff.OrgCode]string{w.orgs["综合科"].Code: "posts[0].unit"}
	w.Counter.Reset()
	if err := w.Store.AddStaff(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if cost := w.Counter.Cost(); cost.Total() != 1 {
		t.Errorf("%v", cost.Calls)
	}
	p, err := w.Store.Person(t.Context(), first.Now.Code)
	if err != nil || p.Staff.Name != "李娜" || p.Account.Epoch != 1 || p.Account.Password != "" {
		t.Errorf("%+v, %v", p, err)
	}
	owners, err := w.Store.NameOwners(t.Context(), []staff.Phone{p.Staff.Phone}, []staff.Account{p.Staff.Account})
	if err != nil || owners[0] != p.Staff.Code || owners[1] != p.Staff.Code {
		t.Errorf("the names are %v's, %v", owners, err)
	}
	if n := len(w.Partition("AUDIT#OF#" + p.Staff.Code.String())); n != 1 {
		t.Errorf("%d entries", n)
	}
	w.wantHeld("added", map[string]string{"一组": "1 0 false", "数据局": "1 1 false"})

	// A unit that came between, and organisations closed meanwhile.
	refused := func(what string, c admin.Change, want error) {
		t.Helper()
		if err := w.Store.AddStaff(t.Context(), c); !errors.Is(err, want) {
			t.Errorf("%s: %v", what, err)
		}
		if p, err := w.Store.Person(t.Context(), c.Now.Code); err != nil || p.Staff.Code != (staff.EmployeeCode{}) || p.Account.Epoch != 0 {
			t.Errorf("%s: there is %+v, %v", what, p, err)
		}
	}
	change := func(name string, f func(*staff.Org)) {
		t.Helper()
		org := w.orgs[name]
		f(&org)
		if err := w.Store.LoadOrgs(t.Context(), []staff.Org{org}, nil); err != nil {
			t.Fatal(err)
		}
	}
	second := w.newcomer(2, "一组")
	second.MustNotBeUnits = first.MustNotBeUnits
	taken := second
	taken.Now.Phone = first.Now.Phone
	refused("a phone that is taken", taken, fault.PhoneTaken)
	taken = second
	taken.Now.Account = first.Now.Account
	refused("an account that is taken", taken, fault.AccountTaken)
	change("综合科", func(org *staff.Org) { org.Type = staff.UnitOrg })
	refused("a unit between", second, fault.FieldInvalid)
	second.MustNotBeUnits = nil
	change("数据局", func(org *staff.Org) { org.Closed = true })
	refused("a closed unit", second, fault.OrgClosed)
	change("数据局", func(*staff.Org) {})
	change("一组", func(org *staff.Org) { org.Closed = true })
	refused("a closed organisation", second, fault.OrgClosed)
}
