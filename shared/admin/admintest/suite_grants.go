package admintest

import (
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/staff"
)

// giving is 王芳 giving 张敏 a grant, as a use case makes it.
func (s subject) giving(change func(*admin.GrantChange)) admin.GrantChange {
	c := admin.GrantChange{
		Staff: s.ZhangMin.Staff.Code, Given: &account.Grant{ID: "grant-new", Type: account.UnitGrant, Org: s.Data.Code, Added: []account.Permission{account.PIIReveal}},
		By: CallerOf(s.WangFang), Audit: Entry(1, audit.Grant, s.WangFang, audit.OfStaff(s.ZhangMin.Staff.Code)),
	}
	change(&c)
	return c
}

func (s subject) changesGrants() {
	granted := func(p account.Person, grants ...account.Grant) Seed {
		p.Account.Grants = grants
		return Seed{People: []account.Person{p}}
	}
	in := func(p account.Person, e staff.Employment, state staff.AccountState) Seed {
		p.Staff.Employment, p.Staff.State = e, state
		return Seed{People: []account.Person{p}}
	}
	epoch := s.WangFang
	epoch.Account.Epoch++
	taking := func(c *admin.GrantChange) {
		c.Staff, c.Was, c.Given, c.Taken = s.ChenJie.Staff.Code, s.ChenJie.Account.Grants, nil, &s.ChenJie.Account.Grants[0]
		c.RemainingSupers = []admin.RemainingSuper{{Staff: s.WangFang.Staff.Code, Grant: s.WangFang.Account.Grants[0]}}
	}
	for _, tt := range []struct {
		name   string
		before Seed
		change func(*admin.GrantChange)
		want   string
	}{
		{"given", Seed{}, func(*admin.GrantChange) {}, "ok"},
		{"given to somebody pending", in(s.ZhangMin, staff.InService, staff.Pending), func(*admin.GrantChange) {}, "ok"},
		{"given to somebody frozen", in(s.ZhangMin, staff.InService, staff.Frozen), func(*admin.GrantChange) {}, "revised"},
		{"given to who has left", in(s.ZhangMin, staff.Left, staff.Pending), func(*admin.GrantChange) {}, "revised"},
		{"given to who has got another one", granted(s.ZhangMin, s.LinWei.Account.Grants...), func(*admin.GrantChange) {}, "revised"},
		{"given to who has lost one", Seed{}, func(c *admin.GrantChange) { c.Was = s.LinWei.Account.Grants }, "revised"},
		{"given on what is closed", Seed{}, func(c *admin.GrantChange) { c.Given.Org = s.Closed.Code }, "org_closed"},
		{"the caller has another grant", granted(s.WangFang, s.LinWei.Account.Grants...), func(*admin.GrantChange) {}, "revised"},
		{"the caller has one permission less", granted(s.WangFang, account.Grant{ID: "grant-wangfang", Type: account.UnitGrant, Org: s.Province.Code}), func(*admin.GrantChange) {}, "revised"},
		{"the caller was signed out", Seed{People: []account.Person{epoch}}, func(*admin.GrantChange) {}, "revised"},
		{"taken", Seed{}, taking, "ok"},
		{"taken from somebody frozen", in(s.ChenJie, staff.InService, staff.Frozen), taking, "ok"},
		{"taken from who has lost it", granted(s.ChenJie), taking, "revised"},
		{"no super remains: frozen", in(s.WangFang, staff.InService, staff.Frozen), taking, "revised"},
		{"no super remains: left", in(s.WangFang, staff.Left, staff.Pending), taking, "revised"},
		{"no super remains: another grant", Seed{}, func(c *admin.GrantChange) { taking(c); c.RemainingSupers[0].Grant.ID = "another" }, "revised"},
	} {
		s.Run(tt.name, func(t *testing.T) {
			s := subject{t, s.open, s.Town}
			st, c := s.open(t, with(s.Seed, tt.before)), s.giving(tt.change)
			before := s.person(st, c.Staff)
			s.wants("error", Verdict(st.ChangeGrants(t.Context(), c)), tt.want)
			s.wants("somebody else's entries", len(s.trail(st, s.LinWei.Staff.Code)), 0)
			s.wants("entries", len(s.trail(st, s.ZhangMin.Staff.Code)) == 1, tt.want == "ok")
			if tt.want == "ok" {
				s.wants("grants", of(st.Person(t.Context(), c.Staff))(s).Account.Grants, c.Now())
			} else {
				s.wants("the person", s.person(st, c.Staff), before)
			}
		})
	}
}

func (s subject) changedGrants() {
	st := s.open(s.T, s.Seed)
	c := s.giving(func(c *admin.GrantChange) { c.Given.Org = s.Province.Code })
	s.wants("error", Verdict(st.ChangeGrants(s.Context(), c)), "ok")
	want := s.ZhangMin
	want.Account.Grants = c.Now()
	s.wants("neither record nor epoch change", s.person(st, c.Staff), text(want))
	all := []account.Granted{{Staff: c.Staff, Grant: *c.Given}, {Staff: s.WangFang.Staff.Code, Grant: s.WangFang.Account.Grants[0]}, {Staff: s.ChenJie.Staff.Code, Grant: s.ChenJie.Account.Grants[0]}}
	s.wants("on 省", of(st.GrantsOn(s.Context(), []staff.OrgCode{s.Province.Code}))(s), all)
	s.wants("on several", len(of(st.GrantsOn(s.Context(), []staff.OrgCode{s.District.Code, s.Data.Code, s.Province.Code}))(s)), 4)
	s.wants("on none", len(of(st.GrantsOn(s.Context(), nil))(s)), 0)
	walked := walk(s, 2, func(after string) ([]account.Granted, string, error) {
		return st.GrantsPage(s.Context(), s.Province.Code, after, 2)
	})
	s.wants("page by page", walked, all)
}
