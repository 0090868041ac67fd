package admin_test

import (
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/admin/admintest"
	"chaoxi/shared/audit"
)

// TestRevealAudit: of a phone that was changed, whoever may see the person's number
// learns both, and others that it is another one, even where the masks are the same.
func TestRevealAudit(t *testing.T) {
	d := newDesk(t)
	phone := func(number string) {
		d.Helper()
		target := d.person(d.ZhangMin.Staff.Code)
		_, err := d.updates(d.LinWei, target.Staff.Code, admin.Edit{Version: target.Staff.Version, AreaCode: to("+86"), Phone: to(number)})
		d.wants("an edit", err, "ok")
	}
	phone("13911119001")
	phone("13922229001")
	last := func() audit.Entry { all := d.store.Entries(); return all[len(all)-1] }
	entry := last()
	d.wants("as everybody reads it", entry.Changes[0], audit.Change{Field: "phone", Old: "+86 139*****001", New: "+86 139*****001", Hidden: true})

	uc := admin.RevealAudit{Store: d.store, Keys: d.keys, Now: d.clock, Random: d.random}
	aside, above := d.admin(70, grant(account.AuditGrant, d.Finance, account.PIIReveal)), d.admin(71, grant(account.AuditGrant, d.Data, account.PIIReveal))
	elsewhere := d.admin(72, grant(account.AuditGrant, d.Centre, account.PIIReveal))
	for _, tt := range []struct {
		name string
		by   account.Person
		id   string
		want string
	}{
		{"through the main post", above, entry.ID, "ok"},
		{"through a concurrent post", aside, entry.ID, "permission_denied"},
		{"out of sight", elsewhere, entry.ID, "not_found"},
		{"no entry", above, "AAAAAAAAAAAAAAAAAAAAAA", "not_found"},
		{"no id", above, "x", "not_found"},
	} {
		_, err := uc.Load(t.Context(), d.may(tt.by, account.PIIReveal), tt.id)
		d.wants(tt.name, err, tt.want)
	}
	by := d.may(above, account.PIIReveal)
	e, err := uc.Load(t.Context(), by, entry.ID)
	d.wants("the entry", err, "ok")
	before := d.actions()
	for _, reason := range []string{"", " ", "a\x00b"} {
		values, err := uc.Run(t.Context(), d.call, by, e, reason)
		d.wants("without a reason", []any{len(values), admintest.Verdict(err) != "ok", d.actions()}, []any{0, true, before})
	}
	values, err := uc.Run(t.Context(), d.call, by, e, " 核对号码 ")
	d.wants("the values", []any{values, err}, []any{[]audit.Change{{Field: "phone", Old: "+8613911119001", New: "+8613922229001"}}, nil})
	d.wants("the audit", []any{last().Action, last().Actor, last().Subject, last().Reason, d.last()}, []any{
		audit.Reveal, above.Staff.Code, audit.OfStaff(d.ZhangMin.Staff.Code), "核对号码", "entry:  > " + entry.ID + "; phone:  > ",
	})
	d.races(1, func() {
		above.Account.Grants = nil
		d.put(above)
	})
	values, err = uc.Run(t.Context(), d.call, by, e, "核对号码")
	d.wants("once the permission is gone", []any{len(values), admintest.Verdict(err)}, []any{0, "permission_denied"})
}

// TestWhatEntriesHide: values that answers mask are kept whole, where one was replaced.
func TestWhatEntriesHide(t *testing.T) {
	d := newDesk(t)
	code := d.ZhangMin.Staff.Code
	edit := func(e admin.Edit) audit.Entry {
		d.Helper()
		target := d.person(code)
		e.Version = target.Staff.Version
		_, err := d.updates(d.LinWei, code, e)
		d.wants("an edit", err, "ok")
		all := d.store.Entries()
		return all[len(all)-1]
	}
	first := d.person(code)
	first.Staff.IDCard, first.Staff.BirthDate = "", ""
	d.put(first)
	d.wants("the first ID card", edit(admin.Edit{IDCard: to("330199199003070026"), BirthDate: to("1990-03-07")}).Whole, []audit.Change(nil))
	d.wants("another birth date", edit(admin.Edit{BirthDate: to("1990-03-08")}).Whole, []audit.Change{{Field: "birthDate", Old: "1990-03-07", New: "1990-03-08"}})
	d.wants("no ID card", edit(admin.Edit{IDCard: cleared[string]()}).Whole, []audit.Change{{Field: "idCard", Old: "330199199003070026"}})
	d.wants("what is not masked", edit(admin.Edit{Account: to("zhangmin9"), HomeAddress: to("某路1号")}).Whole, []audit.Change(nil))
}
