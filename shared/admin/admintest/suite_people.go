package admintest

import (
	"fmt"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/staff"
)

func (s subject) readsPeople() {
	guards := map[string]account.Failures{"guard 1": {Count: 3, First: Noon, Revision: 1}, "guard 2": {Count: 1, First: Noon, LockedUntil: Noon.Add(time.Hour), Revision: 1}}
	s.Seed.Failures = guards
	st, nobody := s.open(s.T, s.Seed), EmployeeCode(99)
	for _, p := range s.Seed.People {
		s.wants(p.Staff.Name, s.person(st, p.Staff.Code), text(p))
	}
	s.wants("nobody", of(st.Person(s.Context(), nobody))(s), account.Person{})

	people := of(st.People(s.Context(), []staff.EmployeeCode{s.LinWei.Staff.Code, nobody}))(s)
	s.wants("people", people, map[staff.EmployeeCode]staff.Staff{s.LinWei.Staff.Code: s.LinWei.Staff})
	s.wants("no people", of(st.People(s.Context(), nil))(s), map[staff.EmployeeCode]staff.Staff{})
	missing := must(staff.ParseOrgCode("GO_00000000000000000000000000000099"))
	people, orgs, _, err := st.PeopleWithMoves(s.Context(), []staff.EmployeeCode{nobody, s.SunLi.Staff.Code}, []staff.OrgCode{missing, s.Team.Code})
	s.wants("people with organisations", []any{people, orgs, err}, []any{map[staff.EmployeeCode]staff.Staff{s.SunLi.Staff.Code: s.SunLi.Staff}, staff.Orgs{s.Team.Code: s.Team}, nil})

	orgs, failures, err := st.Around(s.Context(), []staff.OrgCode{missing, s.Closed.Code}, []string{"guard 2", "guard 3", "guard 1"})
	s.wants("around", []any{orgs, failures, err}, []any{staff.Orgs{s.Closed.Code: s.Closed}, []account.Failures{guards["guard 2"], {}, guards["guard 1"]}, nil})

	owners := of(st.NameOwners(s.Context(), []staff.Phone{Phone(99), s.ZhangMin.Staff.Phone, s.HeJing.Staff.FormerPhone}, []staff.Account{s.HeJing.Staff.Account, must(staff.ParseAccount("nobody"))}))(s)
	s.wants("owners of names", owners, []staff.EmployeeCode{{}, s.ZhangMin.Staff.Code, {}, s.HeJing.Staff.Code, {}})
	for number, owner := range map[string]staff.EmployeeCode{s.ZhangMin.Staff.IDCard: s.ZhangMin.Staff.Code, s.HeJing.Staff.IDCard: {}, "330199199003070018": {}} {
		s.wants("the owner of an ID card", of(st.IDCardOwner(s.Context(), number))(s), owner)
	}
}

// newcomer is somebody who is to be added to 数据局, as a use case makes them.
func (s subject) newcomer(change func(*admin.Change)) admin.Change {
	p := NewPerson(50, "李娜", "lina", s.Data, s.Data).Staff
	p.Revision, p.Version, p.Loaded, p.State, p.ActivatedAt = 1, 1, 0, staff.Pending, time.Time{}
	c := admin.Change{Now: p, Audit: Entry(1, audit.AddStaff, s.LinWei, audit.OfStaff(p.Code)), MustBeOpen: []staff.OrgCode{s.Data.Code}}
	change(&c)
	return c
}

func (s subject) addsStaff() {
	for _, tt := range []struct {
		name   string
		change func(*admin.Change)
		want   string
	}{
		{"nobody has the names", func(*admin.Change) {}, "ok"},
		{"the account is somebody's", func(c *admin.Change) { c.Now.Account = s.ZhangMin.Staff.Account }, "account_taken"},
		{"the account is of somebody who has left", func(c *admin.Change) { c.Now.Account = s.HeJing.Staff.Account }, "account_taken"},
		{"the phone is somebody's", func(c *admin.Change) { c.Now.Phone = s.ZhangMin.Staff.Phone }, "phone_taken"},
		{"the phone was somebody's who has left", func(c *admin.Change) { c.Now.Phone = s.HeJing.Staff.FormerPhone }, "ok"},
		{"the ID card is somebody's", func(c *admin.Change) { c.Now.IDCard = s.ZhangMin.Staff.IDCard }, "id_card_taken"},
		{"the ID card is of somebody who has left", func(c *admin.Change) { c.Now.IDCard = s.HeJing.Staff.IDCard }, "ok"},
		{"all are", func(c *admin.Change) {
			c.Now.Account, c.Now.Phone, c.Now.IDCard = s.ZhangMin.Staff.Account, s.LinWei.Staff.Phone, s.ZhangMin.Staff.IDCard
		}, "account_taken"},
		{"both are", func(c *admin.Change) { c.Now.Account, c.Now.Phone = s.ZhangMin.Staff.Account, s.LinWei.Staff.Phone }, "account_taken"},
		{"an organisation is closed that the post is in", func(c *admin.Change) { c.Now.Posts[0].Org = s.Closed.Code }, "org_closed"},
		{"an organisation is closed that must be open", func(c *admin.Change) { c.MustBeOpen = []staff.OrgCode{s.Data.Code, s.Closed.Code} }, "org_closed"},
		{"the unit is not that of the organisation", func(c *admin.Change) {
			c.MustNotBeUnits = map[staff.OrgCode]string{s.Section.Code: "posts[0].unit", s.Centre.Code: "posts[1].unit"}
		}, "field_invalid posts[1].unit:invalid"},
		{"no unit lies between", func(c *admin.Change) { c.MustNotBeUnits = map[staff.OrgCode]string{s.Section.Code: "posts[0].unit"} }, "ok"},
	} {
		s.Run(tt.name, func(t *testing.T) {
			s := subject{t, s.open, s.Town}
			st, c := s.open(t, s.Seed), s.newcomer(tt.change)
			s.wants("error", Verdict(st.AddStaff(t.Context(), c)), tt.want)
			want, entries := account.Person{}, 0
			if tt.want == "ok" {
				want, entries = account.Person{Staff: c.Now, Account: account.Account{Epoch: 1}}, 1
			}
			s.wants("the person", s.person(st, c.Now.Code), text(want))
			trail := s.trail(st, c.Now.Code)
			if len(trail) != entries || entries > 0 && trail[0].Version != 1 {
				t.Errorf("audit: %+v", trail)
			}
			owners := of(st.NameOwners(t.Context(), nil, []staff.Account{must(staff.ParseAccount("lina"))}))(s)
			s.wants("whose the account is", owners[0] == c.Now.Code, tt.want == "ok")
		})
	}
}

// edit is a change of 张敏's record, as a use case makes it.
func (s subject) edit(change func(*admin.Change)) admin.Change {
	c := admin.Change{Was: s.ZhangMin.Staff, Now: s.ZhangMin.Staff.Clone(), Grants: -1, Audit: Entry(1, audit.UpdateStaff, s.LinWei, audit.OfStaff(s.ZhangMin.Staff.Code))}
	c.Now.Revision, c.Now.Version = c.Was.Revision+1, c.Was.Version+1
	change(&c)
	return c
}

func (s subject) changes() {
	to := func(post int, o staff.Org) func(*admin.Change) {
		return func(c *admin.Change) { c.Now.Posts[post].Org, c.MustBeOpen = o.Code, []staff.OrgCode{o.Code} }
	}
	for _, tt := range []struct {
		name   string
		change func(*admin.Change)
		want   string
	}{
		{"as it was read", func(c *admin.Change) { c.Now.JobLevel = "J2" }, "ok"},
		{"another revision", func(c *admin.Change) { c.Was.Revision-- }, "revised"},
		{"nobody", func(c *admin.Change) { c.Was.Code, c.Now.Code = EmployeeCode(99), EmployeeCode(99) }, "revised"},
		{"nobody, with revision 0", func(c *admin.Change) {
			c.Was, c.Now.Code = staff.Staff{Code: EmployeeCode(99), Account: c.Was.Account, Phone: c.Was.Phone}, EmployeeCode(99)
		}, "revised"},
		{"an account that is somebody's", func(c *admin.Change) { c.Now.Account = s.HeJing.Staff.Account }, "account_taken"},
		{"a phone that is somebody's", func(c *admin.Change) { c.Now.Phone = s.SunLi.Staff.Phone }, "phone_taken"},
		{"both names are", func(c *admin.Change) { c.Now.Account, c.Now.Phone = s.HeJing.Staff.Account, s.SunLi.Staff.Phone }, "account_taken"},
		{"both revised and taken", func(c *admin.Change) { c.Was.Revision--; c.Now.Account = s.HeJing.Staff.Account }, "revised"},
		{"names that are nobody's", func(c *admin.Change) { c.Now.Account, c.Now.Phone = must(staff.ParseAccount("zhangmin2")), Phone(99) }, "ok"},
		{"no grants, as allowed", func(c *admin.Change) { c.Grants = 0 }, "ok"},
		{"fewer grants than allowed", func(c *admin.Change) { c.Grants = 1 }, "revised"},
		{"fewer grants than allowed, and signed out", func(c *admin.Change) { c.Grants, c.EndAll = 1, true }, "revised"},
		{"a post goes to an open organisation", to(1, s.Data), "ok"},
		{"a post goes to a closed one", to(1, s.Closed), "org_closed"},
		{"a closed one must be open", func(c *admin.Change) { c.MustBeOpen = []staff.OrgCode{s.Closed.Code} }, "org_closed"},
		{"a unit between", func(c *admin.Change) { c.MustNotBeUnits = map[staff.OrgCode]string{s.Centre.Code: "posts[3].unit"} }, "field_invalid posts[3].unit:invalid"},
		{"no unit between", func(c *admin.Change) { c.MustNotBeUnits = map[staff.OrgCode]string{s.Section.Code: "posts[3].unit"} }, "ok"},
	} {
		s.Run(tt.name, func(t *testing.T) {
			s := subject{t, s.open, s.Town}
			st, c := s.open(t, s.Seed), s.edit(tt.change)
			s.wants("error", Verdict(st.Change(t.Context(), c)), tt.want)
			want := s.ZhangMin
			if tt.want == "ok" {
				want.Staff = c.Now
			}
			s.wants("the person", s.person(st, s.ZhangMin.Staff.Code), text(want))
			s.wants("entries", len(s.trail(st, s.ZhangMin.Staff.Code)) == 1, tt.want == "ok")
		})
	}
	s.Run("an ID card is given up", func(t *testing.T) {
		s := subject{t, s.open, s.Town}
		st := s.open(t, s.Seed)
		takes := func(n int, phone int) string {
			return Verdict(st.AddStaff(t.Context(), s.newcomer(func(c *admin.Change) {
				c.Now.Code, c.Now.Account, c.Now.Phone, c.Now.IDCard = EmployeeCode(n), must(staff.ParseAccount(fmt.Sprintf("taker%d", n))), Phone(phone), s.ZhangMin.Staff.IDCard
				c.Now.Posts[0].ID, c.Audit = PostID(n), Entry(n, audit.AddStaff, s.LinWei, audit.OfStaff(EmployeeCode(n)))
			})))
		}
		s.wants("before", takes(51, 51), "id_card_taken")
		s.wants("error", Verdict(st.Change(t.Context(), s.edit(func(c *admin.Change) { c.Now.IDCard = "110105194912310038" }))), "ok")
		s.wants("after", takes(52, 52), "ok")
		s.wants("once", takes(53, 53), "id_card_taken")
	})
	s.Run("a post in an organisation that was closed since", func(t *testing.T) {
		s := subject{t, s.open, NewTown()}
		s.Seed.People[0].Staff.Posts[1].Org, s.Seed.People[0].Staff.Posts[1].Unit = s.Closed.Code, s.Data.Code
		s.ZhangMin = s.Seed.People[0]
		st := s.open(t, s.Seed)
		s.wants("error", Verdict(st.Change(t.Context(), s.edit(func(c *admin.Change) { c.Now.Posts[1].Role = "R2" }))), "ok")
	})
	s.Run("somebody with a grant", func(t *testing.T) {
		s := subject{t, s.open, s.Town}
		s.ZhangMin = s.LinWei
		st := s.open(t, s.Seed)
		s.wants("none was allowed", Verdict(st.Change(t.Context(), s.edit(func(c *admin.Change) { c.Grants = 0 }))), "revised")
		s.wants("any is", Verdict(st.Change(t.Context(), s.edit(func(*admin.Change) {}))), "ok")
	})
}

func (s subject) changed() {
	st := s.open(s.T, s.Seed)
	c := s.edit(func(c *admin.Change) {
		c.Now.Account, c.Now.Phone, c.EndAll, c.Grants, c.Audit.Version = must(staff.ParseAccount("zhangmin2")), Phone(99), true, 0, 77
	})
	s.wants("error", Verdict(st.Change(s.Context(), c)), "ok")
	want := s.ZhangMin
	want.Staff, want.Account.Epoch, want.Account.DeviceEpoch = c.Now, want.Account.Epoch+1, want.Account.DeviceEpoch+1
	s.wants("the person", s.person(st, c.Now.Code), text(want))
	owners := of(st.NameOwners(s.Context(), []staff.Phone{c.Was.Phone, c.Now.Phone}, []staff.Account{c.Was.Account, c.Now.Account}))(s)
	s.wants("the old names are free, the new ones are theirs", owners, []staff.EmployeeCode{{}, c.Now.Code, {}, c.Now.Code})
	c.Audit.Version = c.Now.Version
	s.wants("audit", s.trail(st, c.Now.Code), []audit.Entry{c.Audit})
	s.wants("the same again", Verdict(st.Change(s.Context(), c)), "revised")
	taker := s.newcomer(func(a *admin.Change) { a.Now.Phone = c.Was.Phone })
	if err := st.AddStaff(s.Context(), taker); err == nil || Verdict(err) != err.Error() {
		s.Errorf("with an entry that the audit has already: %v", err)
	}
	s.wants("nothing is written then", s.person(st, taker.Now.Code), text(account.Person{}))
	taker.Audit.ID = "another"
	s.wants("somebody takes the old phone", Verdict(st.AddStaff(s.Context(), taker)), "ok")
}
