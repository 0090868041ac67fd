package admin_test

import (
	"strings"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/admin/admintest"
	"chaoxi/shared/staff"
)

// TestSearchWhileTheIndexLags: somebody who was just edited is found at the old place, at
// the new one, or at both, before the indexer has seen the edit. They are never found
// by who must not see them, or by a number that is hidden.
func TestSearchWhileTheIndexLags(t *testing.T) {
	in := func(change func(*admin.SearchInput)) admin.SearchInput {
		var in admin.SearchInput
		change(&in)
		return in
	}
	q := func(text string) admin.SearchInput { return admin.SearchInput{Q: text} }
	org := func(o staff.Org) admin.SearchInput { return admin.SearchInput{Org: o.Code.String()} }
	for _, tt := range []struct {
		name   string
		edit   func(d *desk, s *staff.Staff)
		places func(d *desk) []admin.SearchInput // of which one at least finds her before; nil: none does
	}{
		{"a name", func(_ *desk, s *staff.Staff) { s.Name, s.Pinyin = "张静", spell("张静") }, func(*desk) []admin.SearchInput { return []admin.SearchInput{q("敏"), q("静")} }},
		{"a name, by a part", func(_ *desk, s *staff.Staff) { s.Name, s.Pinyin = "张静", spell("张静") }, func(*desk) []admin.SearchInput {
			return []admin.SearchInput{{Name: "敏"}, {Name: "静"}}
		}},
		{"a name, in a list", func(_ *desk, s *staff.Staff) { s.Name = "张静" }, func(d *desk) []admin.SearchInput { return []admin.SearchInput{org(d.District)} }},
		{"an order", func(_ *desk, s *staff.Staff) { s.Posts[0].Order = 99 }, func(d *desk) []admin.SearchInput { return []admin.SearchInput{org(d.Data)} }},
		{"an order, in everything", func(_ *desk, s *staff.Staff) { s.Posts[0].Order = 99 }, func(*desk) []admin.SearchInput { return []admin.SearchInput{{}} }},
		{"a state", func(_ *desk, s *staff.Staff) { s.State = staff.Frozen }, func(*desk) []admin.SearchInput {
			return []admin.SearchInput{{AccountState: "active"}, {AccountState: "frozen"}}
		}},
		{"a level", func(_ *desk, s *staff.Staff) { s.JobLevel = "J2" }, func(*desk) []admin.SearchInput { return []admin.SearchInput{{JobLevel: "J1"}, {JobLevel: "J2"}} }},
		{"no level any more", func(_ *desk, s *staff.Staff) { s.JobLevel = "" }, func(*desk) []admin.SearchInput {
			return []admin.SearchInput{{Incomplete: "true"}, {Incomplete: "false"}}
		}},
		{"who leaves", func(_ *desk, s *staff.Staff) {
			s.Employment, s.State = staff.Left, staff.Pending
			for i := range s.Posts {
				s.Posts[i].Active = false
			}
		}, func(*desk) []admin.SearchInput { return []admin.SearchInput{{}, {Employment: "left"}} }},
		{"a post that moves", func(d *desk, s *staff.Staff) { s.Posts[0].Org = d.Centre.Code }, func(d *desk) []admin.SearchInput {
			return []admin.SearchInput{org(d.Section), org(d.Centre)}
		}},
		{"the main post, with another filter", func(d *desk, s *staff.Staff) { s.Posts[0].Org = d.Centre.Code }, func(d *desk) []admin.SearchInput {
			return []admin.SearchInput{
				in(func(in *admin.SearchInput) { in.Unit, in.MainOrg = d.Data.Code.String(), d.Section.Code.String() }),
				in(func(in *admin.SearchInput) { in.Unit, in.MainOrg = d.Data.Code.String(), d.Centre.Code.String() }),
			}
		}},
		{"a post that ends", func(_ *desk, s *staff.Staff) { s.Posts[1].Active = false }, func(d *desk) []admin.SearchInput { return []admin.SearchInput{org(d.Finance), org(d.Data)} }},
		{"where she has never been", func(_ *desk, s *staff.Staff) { s.JobLevel = "J2" }, func(d *desk) []admin.SearchInput { return nil }},
	} {
		d := newDesk(t)
		d.store.HoldIndex()
		p := d.person(d.ZhangMin.Staff.Code)
		tt.edit(d, &p.Staff)
		p.Staff.Revision++
		d.put(p)
		somewhere := false
		for _, place := range tt.places(d) {
			names, err := d.found(d.LinWei, place, 2)
			d.wants(tt.name, err, "ok")
			somewhere = somewhere || strings.Contains(names, p.Staff.Name)
		}
		if places := tt.places(d); places != nil && !somewhere {
			t.Errorf("%s: on no list", tt.name)
		}
		names, err := d.found(d.LinWei, in(func(in *admin.SearchInput) { in.Unit, in.Org = d.Data.Code.String(), d.Centre.Code.String() }), 5)
		if err != nil || strings.Contains(names, p.Staff.Name) && p.Staff.Posts[0].Org != d.Centre.Code {
			t.Errorf("%s: where she has never been: %q, %v", tt.name, names, err)
		}
	}
}

// TestOldRowsTellNothing: what the caller must not see, old rows do not show either.
func TestOldRowsTellNothing(t *testing.T) {
	d := newDesk(t)
	ofData := d.admin(70, grant(account.UnitGrant, d.Data))
	reveals := d.admin(71, grant(account.UnitGrant, d.District, account.PIIReveal))
	d.store.HoldIndex()
	p := d.person(d.ZhangMin.Staff.Code)
	old := p.Staff.Phone.National()
	p.Staff.Phone = admintest.Phone(98)
	p.Staff.Revision++
	d.put(p)
	find := func(by account.Person, in admin.SearchInput) bool {
		d.Helper()
		names, err := d.found(by, in, 5)
		d.wants("search", err, "ok")
		return strings.Contains(names, p.Staff.Name)
	}
	d.wants("a former number, by who sees numbers", find(reveals, admin.SearchInput{Q: old[:9]}), true)
	d.wants("by who sees masks", find(d.LinWei, admin.SearchInput{Q: old[:9]}), false)
	d.wants("by the end of the former number", find(d.LinWei, admin.SearchInput{Q: old[7:]}), false)

	d.wants("in scope", find(ofData, admin.SearchInput{}), true)
	for i := range p.Staff.Posts {
		p.Staff.Posts[i].Unit, p.Staff.Posts[i].Org = d.Finance.Code, d.Finance.Code
	}
	p.Staff.Revision++
	d.put(p)
	d.wants("once she works elsewhere", find(ofData, admin.SearchInput{}), false)
	d.wants("to who sees both", find(d.LinWei, admin.SearchInput{Org: d.Data.Code.String()}) || find(d.LinWei, admin.SearchInput{Org: d.Finance.Code.String()}), true)
	d.store.FollowIndex()
	d.wants("at the old place, once the index has followed", find(d.LinWei, admin.SearchInput{Org: d.Data.Code.String()}), false)
	d.wants("at the new one", find(d.LinWei, admin.SearchInput{Org: d.Finance.Code.String()}), true)
}
