package admintest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/jobs"
	"chaoxi/shared/staff"
)

func codes(orgs ...staff.Org) []staff.OrgCode {
	all := make([]staff.OrgCode, len(orgs))
	for i, o := range orgs {
		all[i] = o.Code
	}
	return all
}

func inOrder(codes []staff.OrgCode) []staff.OrgCode {
	return slices.SortedFunc(slices.Values(codes), staff.OrgCode.Compare)
}

// children are what a level of the tree shows.
func (s subject) children(st Stores, parent staff.OrgCode) []staff.OrgCode {
	s.Helper()
	var all []staff.OrgCode
	for _, p := range walk(s, 2, func(after string) ([]admin.OrgRow, string, error) {
		return st.OrgChildren(s.Context(), parent, after, 2)
	}) {
		all = append(all, p.Org)
	}
	return all
}

func (s subject) org(st Stores, c staff.OrgCode) staff.Org {
	s.Helper()
	return of(st.Orgs(s.Context(), []staff.OrgCode{c}))(s)[c]
}

func (s subject) record(st Stores, c staff.OrgCode) admin.OrgRecord {
	s.Helper()
	return of(st.OrgRecords(s.Context(), []staff.OrgCode{c}))(s)[c]
}

func (s subject) readsOrgs() {
	first, missing := s.Centre, must(staff.ParseOrgCode("GO_00000000000000000000000000000099"))
	first.Order = 1
	st := s.open(s.T, with(s.Seed, Seed{Orgs: []staff.Org{first}}))
	s.wants("organisations", of(st.Orgs(s.Context(), []staff.OrgCode{s.Team.Code, missing, s.Closed.Code}))(s), staff.Orgs{s.Team.Code: s.Team, s.Closed.Code: s.Closed})
	s.wants("none", len(of(st.Orgs(s.Context(), nil))(s)), 0)
	orgs, moves, err := st.OrgsAndMoves(s.Context(), []staff.OrgCode{missing, s.Data.Code})
	s.wants("with moves", []any{orgs, moves, err}, []any{staff.Orgs{s.Data.Code: s.Data}, staff.Moves{}, nil})

	records := of(st.OrgRecords(s.Context(), []staff.OrgCode{s.Data.Code, s.Finance.Code, missing}))(s)
	one, incomplete := staff.Headcount{People: 1}, staff.Headcount{People: 3, Incomplete: 1, JobLevel: 1}
	s.wants("records", records, map[staff.OrgCode]admin.OrgRecord{
		s.Data.Code:    {Org: s.Data, Own: staff.Total{Headcount: one}, All: staff.Total{Headcount: staff.Headcount{People: 2}, Height: 2}, Posts: 1, Children: 2},
		s.Finance.Code: {Org: s.Finance, Own: staff.Total{Headcount: incomplete}, All: staff.Total{Headcount: incomplete}, Posts: 4},
	})
	s.wants("no records", len(of(st.OrgRecords(s.Context(), nil))(s)), 0)

	s.wants("children, open ones alone, in their order", s.children(st, s.Data.Code), codes(first, s.Section))
	s.wants("roots", s.children(st, staff.OrgCode{}), codes(s.Province))
	s.wants("children of none", len(s.children(st, missing)), 0)
	s.wants("all directly below", inOrder(of(st.OrgsBelow(s.Context(), s.Data.Code))(s)), codes(s.Section, s.Centre, s.Closed))
	s.wants("below none", len(of(st.OrgsBelow(s.Context(), s.Team.Code))(s)), 0)

	term := func(text string) []string {
		var all []string
		for _, p := range walk(s, 1, func(after string) ([]admin.OrgRow, string, error) {
			return st.OrgsByTerm(s.Context(), text, after, 1)
		}) {
			all = append(all, p.Term+" "+s.org(st, p.Org).Name)
		}
		return all
	}
	s.wants("by term", term("数"), []string{"数据中心 数据中心", "数据局 数据局"})
	s.wants("by the end of a name", term("据局"), []string{"据局 数据局"})
	s.wants("an institution by its whole name alone", append(term("综"), term("合科")...), []string{"综合科 综合科"})
	s.wants("a closed one by none", term("撤销科"), []string(nil))
	s.wants("by name", of(st.OrgsNamed(s.Context(), "数据局"))(s), codes(s.Data))
	s.wants("below another by name", []any{of(st.ChildNamed(s.Context(), s.Data.Code, "综合科"))(s), of(st.ChildNamed(s.Context(), s.Data.Code, "一组"))(s), of(st.ChildNamed(s.Context(), s.Data.Code, "撤销科"))(s)}, []any{s.Section.Code, staff.OrgCode{}, staff.OrgCode{}})
	s.wants("a closed one by name", of(st.OrgsNamed(s.Context(), "撤销科"))(s), codes(s.Closed))
	s.wants("by a part of the name", len(of(st.OrgsNamed(s.Context(), "数据"))(s)), 0)
	s.wants("the top of a division", of(st.DivisionTops(s.Context(), "330199"))(s), codes(s.District))
	s.wants("the top of the province", of(st.DivisionTops(s.Context(), "330000"))(s), codes(s.Province))
	s.wants("of another division", len(of(st.DivisionTops(s.Context(), "330200"))(s)), 0)
}

// orgChange is a change of an organisation, as a use case makes it.
func (s subject) orgChange(n int, was staff.Org, change func(*admin.OrgChange)) admin.OrgChange {
	c := admin.OrgChange{Was: was, Now: was, WasAbove: "330199", Above: "330199", Audit: Entry(n, audit.UpdateOrg, s.LinWei, audit.OfOrg(was.Code))}
	c.Now.Version++
	change(&c)
	return c
}

// adding is a new organisation.
func (s subject) adding(n int, name string, above staff.Org) admin.OrgChange {
	o := staff.Org{Code: must(staff.ParseOrgCode(fmt.Sprintf("GO_%032x", 0x100+n))), Name: name, Type: staff.InstitutionOrg, Division: above.Division, Order: 5, Version: 1}.Under(above)
	return admin.OrgChange{Now: o, Above: above.Division, Audit: Entry(n, audit.AddOrg, s.LinWei, audit.OfOrg(o.Code))}
}

func (s subject) writesOrgs() {
	was := func(o staff.Org, change func(*admin.OrgChange)) func(s subject) admin.OrgChange {
		return func(s subject) admin.OrgChange { return s.orgChange(1, o, change) }
	}
	under := func(o staff.Org) func(*admin.OrgChange) {
		return func(c *admin.OrgChange) { c.Now = c.Now.Under(o) }
	}
	begun := func(c *admin.OrgChange) {
		c.NowMoves, c.Now, _ = c.Moves.Begin(c.Now, s.LinWei.Staff.Code, Noon)
	}
	for _, tt := range []struct {
		name   string
		before func(s subject, st Stores) // what others have written
		change func(s subject) admin.OrgChange
		want   string
	}{
		{"added", nil, func(s subject) admin.OrgChange { return s.adding(1, "二组", s.Section) }, "ok"},
		{"added twice", nil, func(s subject) admin.OrgChange {
			c := s.adding(1, "二组", s.Section)
			c.Now.Code = s.Team.Code
			return c
		}, admin.ErrOrgThere.Error()},
		{"added below what is closed", nil, func(s subject) admin.OrgChange { return s.adding(1, "二组", s.Closed) }, "org_closed"},
		{"added after a move began", subject.move, func(s subject) admin.OrgChange { return s.adding(1, "二组", s.Section) }, "revised"},
		{"added with the name of a sibling", nil, func(s subject) admin.OrgChange { return s.adding(1, " 一组\u3000", s.Section) }, "org_name_taken"},
		{"added with the name of one that is closed", nil, func(s subject) admin.OrgChange { return s.adding(1, s.Closed.Name, s.Data) }, "ok"},
		{"added with the name of one elsewhere", nil, func(s subject) admin.OrgChange { return s.adding(1, s.Team.Name, s.Data) }, "ok"},
		{"renamed to the name of a sibling", nil, was(s.Centre, func(c *admin.OrgChange) { c.Now.Name = s.Section.Name }), "org_name_taken"},
		{"renamed to its own name, written otherwise", nil, was(s.Centre, func(c *admin.OrgChange) { c.Now.Name = "数据 中心" }), "ok"},
		{"renamed after a twin was added", func(s subject, st Stores) {
			s.wants("a twin", Verdict(st.WriteOrg(s.Context(), s.adding(20, "二组", s.Section))), "ok")
		}, was(s.Team, func(c *admin.OrgChange) { c.Now.Name = "二组" }), "org_name_taken"},
		{"moved to where the name is taken", func(s subject, st Stores) {
			s.wants("a twin", Verdict(st.WriteOrg(s.Context(), s.adding(20, s.Team.Name, s.Data))), "ok")
		}, was(s.Team, func(c *admin.OrgChange) { under(s.Data)(c); begun(c) }), "org_name_taken"},
		{"added once the sibling is renamed", func(s subject, st Stores) {
			s.wants("another name", Verdict(st.WriteOrg(s.Context(), s.orgChange(20, s.Team, func(c *admin.OrgChange) { c.Now.Name = "二组" }))), "ok")
		}, func(s subject) admin.OrgChange { return s.adding(1, s.Team.Name, s.Section) }, "ok"},
		{"added once the sibling is closed", func(s subject, st Stores) {
			s.wants("closed", Verdict(st.WriteOrg(s.Context(), s.orgChange(20, s.Team, func(c *admin.OrgChange) { c.Now.Closed = true }))), "ok")
		}, func(s subject) admin.OrgChange { return s.adding(1, s.Team.Name, s.Section) }, "ok"},
		{"renamed", nil, was(s.Team, func(c *admin.OrgChange) { c.Now.Name = "二组" }), "ok"},
		{"renamed by two", nil, was(s.Team, func(c *admin.OrgChange) { c.Was.Version-- }), "revised"},
		{"renamed while a move begins elsewhere", subject.move, was(s.Finance, func(c *admin.OrgChange) { c.Now.Name, c.Now.MoveSeq = "财政二局", 1 }), "ok"},
		{"renamed with the place from before a move", subject.move, was(s.Centre, func(c *admin.OrgChange) { c.Was.Version, c.Now.Version = 2, 3 }), "revised"},
		{"moved", nil, was(s.Team, func(c *admin.OrgChange) { under(s.Data)(c); begun(c) }), "ok"},
		{"moved below what is closed", nil, was(s.Team, func(c *admin.OrgChange) { under(s.Closed)(c); begun(c) }), "org_closed"},
		{"moved after another move began", subject.move, was(s.Team, func(c *admin.OrgChange) { under(s.Data)(c); begun(c) }), "revised"},
		{"another division after a move began", subject.move, was(s.Team, func(c *admin.OrgChange) { c.Now.Division, c.Now.MoveSeq = "330198", 1 }), "revised"},
		{"closed", nil, was(s.Team, func(c *admin.OrgChange) { c.Now.Closed = true }), "ok"},
		{"closed after a move began", subject.move, was(s.Team, func(c *admin.OrgChange) { c.Now.Closed, c.Now.MoveSeq = true, 1 }), "revised"},
		{"closed with posts", nil, was(s.Finance, func(c *admin.OrgChange) { c.Now.Closed = true }), "4 posts, 0 children"},
		{"closed with posts and children", nil, was(s.Section, func(c *admin.OrgChange) { c.Now.Closed = true }), "1 posts, 1 children"},
	} {
		s.Run(tt.name, func(t *testing.T) {
			s := subject{t, s.open, s.Town}
			st, c := s.open(t, s.Seed), tt.change(s)
			if tt.before != nil {
				tt.before(s, st)
			}
			before := s.org(st, c.Now.Code)
			s.wants("error", Verdict(st.WriteOrg(t.Context(), c)), tt.want)
			if tt.want == "ok" {
				before = c.Now
			}
			s.wants("the organisation", s.org(st, c.Now.Code), before)
		})
	}
}

// move puts 数据中心 below 区: a move begins.
func (s subject) move(st Stores) {
	s.Helper()
	c := s.orgChange(10, s.Centre, func(c *admin.OrgChange) { c.Now = c.Now.Under(s.District) })
	c.NowMoves, c.Now, _ = c.Moves.Begin(c.Now, s.LinWei.Staff.Code, Noon)
	s.wants("a move begins", Verdict(st.WriteOrg(s.Context(), c)), "ok")
}

func (s subject) wroteOrgs() {
	st := s.open(s.T, s.Seed)
	added := s.adding(1, "二组", s.Section)
	s.wants("adding", Verdict(st.WriteOrg(s.Context(), added)), "ok")
	s.wants("children", s.children(st, s.Section.Code), codes(added.Now, s.Team))
	s.wants("number of children", s.record(st, s.Section.Code).Children, 2)
	s.wants("record", s.record(st, added.Now.Code).Org, added.Now)
	s.wants("by name", of(st.OrgsNamed(s.Context(), "二组"))(s), codes(added.Now))

	job := jobs.Job{ID: "job-1", Kind: "a kind", Owner: s.LinWei.Staff.Code, CreatedAt: Noon, UpdatedAt: Noon, State: jobs.Queued, Chunks: 1}
	renamed := s.orgChange(2, added.Now, func(c *admin.OrgChange) {
		c.Now.Name, c.Now.Order, c.Job = "三组", 99, &jobs.NewJob{Job: job, First: []jobs.Chunk{{N: 1}}}
	})
	refused := renamed
	refused.Was.Version--
	s.wants("renaming what has changed", Verdict(st.WriteOrg(s.Context(), refused)), "revised")
	s.wants("no job is made then", of(st.Job(s.Context(), "job-1"))(s), jobs.Job{})
	s.wants("renaming", Verdict(st.WriteOrg(s.Context(), renamed)), "ok")
	s.wants("the job is made", of(st.Job(s.Context(), "job-1"))(s), job)
	s.wants("children in their new order", s.children(st, s.Section.Code), codes(s.Team, added.Now))
	s.wants("by the old name", len(of(st.OrgsNamed(s.Context(), "二组"))(s)), 0)
	s.wants("by the new name", of(st.OrgsNamed(s.Context(), "三组"))(s), codes(added.Now))
	entries := of(st.AuditEntries(s.Context(), admin.AuditRange{By: s.LinWei.Staff.Code, From: Noon, To: Noon.AddDate(1, 0, 0), Limit: 9}))(s).Entries
	s.wants("audit", []string{string(entries[0].Action), string(entries[1].Action)}, []string{"update_org", "add_org"})
}

// carriesOut is about requests with a key of their own.
func (s subject) carriesOut() {
	once := func(at time.Time) *admin.Once {
		return &admin.Once{ID: "a hash", Digest: "of what was asked for", Answer: map[string]string{"orgCode": "GO_1"}, At: at}
	}
	st := s.open(s.T, s.Seed)
	s.wants("none", of(st.ReadOnce(s.Context(), "a hash"))(s), admin.Once{})
	c := s.adding(1, "二组", s.Section)
	c.Once = once(Noon)
	s.wants("carried out", Verdict(st.WriteOrg(s.Context(), c)), "ok")
	s.wants("the request", of(st.ReadOnce(s.Context(), "a hash"))(s), *once(Noon))

	again := s.adding(2, "三组", s.Section)
	again.Once = once(Noon.Add(admin.OnceKept - time.Second))
	s.wants("again", Verdict(st.WriteOrg(s.Context(), again)), "revised")
	s.wants("nothing was added", s.org(st, again.Now.Code), staff.Org{})
	again.Once = once(Noon.Add(admin.OnceKept))
	s.wants("when it is not kept any more", Verdict(st.WriteOrg(s.Context(), again)), "ok")

	someone := s.newcomer(func(c *admin.Change) { c.Once, c.Audit.ID = once(Noon), "of a person" })
	s.wants("for a person, of the same key", Verdict(st.AddStaff(s.Context(), someone)), "revised")
	someone.Once.ID = "another hash"
	s.wants("for a person", Verdict(st.AddStaff(s.Context(), someone)), "ok")
	s.wants("the person's request", of(st.ReadOnce(s.Context(), "another hash"))(s), *someone.Once)
}

func (s subject) closesOrgs() {
	st := s.open(s.T, s.Seed)
	closed := s.orgChange(1, s.Team, func(c *admin.OrgChange) { c.Now.Closed = true })
	s.wants("closing", Verdict(st.WriteOrg(s.Context(), closed)), "ok")
	s.wants("children", len(s.children(st, s.Section.Code)), 0)
	s.wants("number of children", s.record(st, s.Section.Code).Children, 0)
	s.wants("all below", of(st.OrgsBelow(s.Context(), s.Section.Code))(s), codes(s.Team))
	s.wants("a post there", Verdict(st.Change(s.Context(), s.edit(func(c *admin.Change) { c.Now.Posts[0].Org = s.Team.Code }))), "org_closed")
	s.wants("a grant there", Verdict(st.ChangeGrants(s.Context(), s.giving(func(c *admin.GrantChange) { c.Given.Org = s.Team.Code }))), "org_closed")
	s.wants("a child there", Verdict(st.WriteOrg(s.Context(), s.adding(2, "二组", closed.Now))), "org_closed")
	left := s.edit(func(c *admin.Change) { c.Now.Posts[0].Active, c.Audit.ID = false, "another" })
	s.wants("the post in 综合科 ends", Verdict(st.Change(s.Context(), left)), "ok")
	s.wants("closing what has become empty", Verdict(st.WriteOrg(s.Context(), s.orgChange(3, s.Section, func(c *admin.OrgChange) { c.Now.Closed = true }))), "ok")
}

func (s subject) moves() {
	st := s.open(s.T, s.Seed)
	c := s.orgChange(1, s.Section, func(c *admin.OrgChange) { c.Now = c.Now.Under(s.Centre) })
	c.NowMoves, c.Now, _ = c.Moves.Begin(c.Now, s.LinWei.Staff.Code, Noon)
	s.wants("moving", Verdict(st.WriteOrg(s.Context(), c)), "ok")
	team := s.Team.Under(c.Now)
	settled := func(when string, done bool) {
		s.Helper()
		orgs, moves, err := st.OrgsAndMoves(s.Context(), codes(s.Team, s.Section))
		s.wants("places "+when, []any{orgs[s.Team.Code].Path, orgs[s.Section.Code].Path, err}, []any{team.Path, c.Now.Path, nil})
		s.wants("moves "+when, []any{moves.Seq, len(moves.List), moves.List[0].Org, moves.List[0].By, !moves.List[0].Done.IsZero()}, []any{1, 1, s.Section.Code, s.LinWei.Staff.Code, done})
	}
	settled("at once", false)
	s.wants("children of the old parent", s.children(st, s.Data.Code), codes(s.Centre))
	s.wants("children of the new one", s.children(st, s.Centre.Code), codes(s.Section))
	s.wants("numbers of children", []int{s.record(st, s.Data.Code).Children, s.record(st, s.Centre.Code).Children}, []int{1, 1})
	if err := st.SettleOrg(s.Context(), s.Team.Code); err != nil {
		s.Fatal(err)
	}
	settled("after settling", false)
	for _, seq := range []int64{7, 1, 1} { // one that there is not; the move; the move again
		if err := st.FinishMove(s.Context(), seq, Noon); err != nil {
			s.Fatal(err)
		}
		settled(fmt.Sprintf("after finishing move %d", seq), seq == 1)
	}
	again := s.orgChange(2, c.Now, func(c *admin.OrgChange) { c.Now.Name = "综合二科" })
	s.wants("a name after the move", Verdict(st.WriteOrg(s.Context(), again)), "ok")
}
