package admintest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/jobs"
	"chaoxi/shared/staff"
)

// Stores is all storage of packages admin and jobs.
type Stores interface {
	admin.AddStore
	admin.UpdateStore
	admin.StateStore
	admin.GrantStore
	admin.ListGrantsStore
	admin.DictionaryStore
	admin.ListOrgsStore
	admin.OrgStore
	admin.MoveOrgStore
	admin.SearchStore
	admin.AuditLogStore
	admin.IndexAuditStore
	admin.RevealStore
	admin.JobsStore
	jobs.RunJobsStore
}

// Suite holds storage to what the interfaces of Stores promise. Open returns a storage of
// its own with all of the seed.
func Suite(t *testing.T, open func(*testing.T, Seed) Stores) {
	for _, part := range []struct {
		name string
		test func(s subject)
	}{
		{"readers of people", subject.readsPeople},
		{"AddStaff", subject.addsStaff},
		{"Change", subject.changes},
		{"Change after success", subject.changed},
		{"ChangeState", subject.changesStates},
		{"ChangeState after success", subject.changedStates},
		{"ChangeGrants", subject.changesGrants},
		{"ChangeGrants after success", subject.changedGrants},
		{"ChangeDictionary", subject.changesDictionaries},
		{"callers", subject.holdsCallers},
		{"readers of organisations", subject.readsOrgs},
		{"WriteOrg", subject.writesOrgs},
		{"WriteOrg after success", subject.wroteOrgs},
		{"requests of a key", subject.carriesOut},
		{"closing", subject.closesOrgs},
		{"moves", subject.moves},
		{"Rows", subject.rows},
		{"Listed", subject.lists},
		{"AuditEntries", subject.readsAudit},
		{"chunks", subject.worksOnChunks},
		{"jobs", subject.readsJobs},
		{"stopping", subject.stopsJobs},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			part.test(subject{t, open, NewTown()})
		})
	}
}

// subject is the storage under test.
type subject struct {
	*testing.T
	open func(*testing.T, Seed) Stores
	Town
}

// Verdict is an error in a table of tests: its code and the fields that it names.
func Verdict(err error) string {
	var f *fault.Error
	var left *admin.NotEmpty
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, admin.ErrRevised):
		return "revised"
	case errors.Is(err, jobs.ErrNotClaimed):
		return "not claimed"
	case errors.As(err, &f):
	case errors.As(err, &left):
		return fmt.Sprintf("%d posts, %d children", left.Posts, left.Children)
	default:
		return err.Error()
	}
	verdict := f.Code
	for _, field := range f.Fields {
		verdict += " " + field.Path + ":" + field.Code
	}
	return verdict
}

func (s subject) wants(what string, got, want any) {
	s.Helper()
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		s.Errorf("%s\n got %+v\nwant %+v", what, got, want)
	}
}

// of is v, unless err makes the test end.
func of[T any](v T, err error) func(s subject) T {
	return func(s subject) T {
		s.Helper()
		if err != nil {
			s.Fatal(err)
		}
		return v
	}
}

// person is a person as stored, in words: fmt shows a phone with stars.
func (s subject) person(st Stores, c staff.EmployeeCode) string {
	s.Helper()
	return text(of(st.Person(s.Context(), c))(s))
}

func text(p account.Person) string { return p.Staff.Phone.E164() + fmt.Sprintf(" %+v", p) }

// trail is the audit of a person, the oldest entry first.
func (s subject) trail(st Stores, c staff.EmployeeCode) []audit.Entry {
	s.Helper()
	stretch := of(st.AuditEntries(s.Context(), admin.AuditRange{Of: c, From: Noon, To: Noon.AddDate(1, 0, 0), Limit: 100}))(s)
	var all []audit.Entry
	for _, e := range slices.Backward(stretch.Entries) {
		all = append(all, e.Entry)
	}
	return all
}

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
	people, orgs, err := st.PeopleWithOrgs(s.Context(), []staff.EmployeeCode{nobody, s.SunLi.Staff.Code}, []staff.OrgCode{missing, s.Team.Code})
	s.wants("people with organisations", []any{people, orgs, err}, []any{map[staff.EmployeeCode]staff.Staff{s.SunLi.Staff.Code: s.SunLi.Staff}, staff.Orgs{s.Team.Code: s.Team}, nil})

	orgs, failures, err := st.Around(s.Context(), []staff.OrgCode{missing, s.Closed.Code}, []string{"guard 2", "guard 3", "guard 1"})
	s.wants("around", []any{orgs, failures, err}, []any{staff.Orgs{s.Closed.Code: s.Closed}, []account.Failures{guards["guard 2"], {}, guards["guard 1"]}, nil})

	owners := of(st.NameOwners(s.Context(), []staff.Phone{Phone(99), s.ZhangMin.Staff.Phone, s.HeJing.Staff.FormerPhone}, []staff.Account{s.HeJing.Staff.Account, must(staff.ParseAccount("nobody"))}))(s)
	s.wants("owners of names", owners, []staff.EmployeeCode{{}, s.ZhangMin.Staff.Code, {}, s.HeJing.Staff.Code, {}})
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

// state is a change of somebody's state, as a use case makes it.
func state(p account.Person, by account.Person, action audit.Action, change func(*admin.StateChange)) admin.StateChange {
	c := admin.StateChange{Was: p.Staff, Now: p.Staff.Clone(), Grants: p.Account.Grants, Audit: Entry(1, action, by, audit.OfStaff(p.Staff.Code))}
	c.Now.Revision, c.Now.Version = c.Was.Revision+1, c.Was.Version+1
	change(&c)
	return c
}

func freeze(c *admin.StateChange) {
	c.Now.State, c.Now.FrozenFrom, c.EndSessions = staff.Frozen, c.Was.State, true
}

func reinstate(c *admin.StateChange) {
	c.Now.Employment, c.Now.Phone, c.Now.FormerPhone = staff.InService, c.Was.FormerPhone, staff.Phone{}
	c.Now.Posts[0].Active = true
}

func (s subject) changesStates() {
	remaining := func(p account.Person) []admin.RemainingSuper {
		return []admin.RemainingSuper{{Staff: p.Staff.Code, Grant: p.Account.Grants[0]}}
	}
	lost := s.ChenJie
	lost.Account.Grants = []account.Grant{{ID: "another", Type: account.SuperGrant, Org: s.Province.Code}}
	frozen := s.ChenJie
	frozen.Staff.State = staff.Frozen
	pending := s.ChenJie
	pending.Staff.State = staff.Pending
	gone := s.ChenJie
	gone.Staff.Employment = staff.Left
	taken := NewPerson(60, "周强", "zhouqiang", s.Finance, s.Finance)
	taken.Staff.Phone = s.HeJing.Staff.FormerPhone
	closed := s.Section
	closed.Closed = true
	for _, tt := range []struct {
		name   string
		person account.Person
		before Seed // that others have written
		change func(*admin.StateChange)
		want   string
	}{
		{"as it was read", s.ZhangMin, Seed{}, freeze, "ok"},
		{"another revision", s.ZhangMin, Seed{}, func(c *admin.StateChange) { freeze(c); c.Was.Revision-- }, "revised"},
		{"another revision of somebody to unlock", s.ZhangMin, Seed{}, func(c *admin.StateChange) { c.Was.Revision--; c.Now = c.Was; c.ClearedAt = Noon }, "revised"},
		{"nobody", s.ZhangMin, Seed{}, func(c *admin.StateChange) { freeze(c); c.Was.Code, c.Now.Code = EmployeeCode(99), EmployeeCode(99) }, "revised"},
		{"a grant that was not there", s.LinWei, Seed{}, func(c *admin.StateChange) { freeze(c); c.Grants = nil }, "revised"},
		{"another grant than was there", s.LinWei, Seed{}, func(c *admin.StateChange) { freeze(c); c.Grants = s.ChenJie.Account.Grants }, "revised"},
		{"a grant that is gone", s.ZhangMin, Seed{}, func(c *admin.StateChange) { c.Grants = s.ChenJie.Account.Grants }, "revised"},
		{"a super remains", s.WangFang, Seed{}, func(c *admin.StateChange) { freeze(c); c.RemainingSupers = remaining(s.ChenJie) }, "ok"},
		{"a pending super remains", s.WangFang, Seed{People: []account.Person{pending}}, func(c *admin.StateChange) { freeze(c); c.RemainingSupers = remaining(s.ChenJie) }, "ok"},
		{"the super has lost the grant", s.WangFang, Seed{People: []account.Person{lost}}, func(c *admin.StateChange) { freeze(c); c.RemainingSupers = remaining(s.ChenJie) }, "revised"},
		{"the super is frozen", s.WangFang, Seed{People: []account.Person{frozen}}, func(c *admin.StateChange) { freeze(c); c.RemainingSupers = remaining(s.ChenJie) }, "revised"},
		{"the super has left", s.WangFang, Seed{People: []account.Person{gone}}, func(c *admin.StateChange) { freeze(c); c.RemainingSupers = remaining(s.ChenJie) }, "revised"},
		{"a super of two roots", s.WangFang, Seed{}, func(c *admin.StateChange) {
			freeze(c)
			c.RemainingSupers = append(remaining(s.ChenJie), remaining(s.LinWei)...)
		}, "ok"},
		{"who has left comes back", s.HeJing, Seed{}, reinstate, "ok"},
		{"the phone is somebody else's by now", s.HeJing, Seed{People: []account.Person{taken}}, reinstate, "phone_taken"},
		{"the organisation is closed by now", s.HeJing, Seed{Orgs: []staff.Org{closed}}, reinstate, "org_closed"},
		{"an organisation that must be open is closed", s.HeJing, Seed{}, func(c *admin.StateChange) {
			reinstate(c)
			c.MustBeOpen = []staff.OrgCode{s.Section.Code, s.Closed.Code}
		}, "org_closed"},
	} {
		s.Run(tt.name, func(t *testing.T) {
			s := subject{t, s.open, s.Town}
			st, c := s.open(t, with(s.Seed, tt.before)), state(tt.person, s.LinWei, audit.Freeze, tt.change)
			s.wants("error", Verdict(st.ChangeState(t.Context(), c)), tt.want)
			now := of(st.Person(t.Context(), tt.person.Staff.Code))(s)
			if tt.want == "ok" {
				s.wants("the record", now.Staff, c.Now)
			} else {
				s.wants("the person", text(now), text(tt.person))
			}
			s.wants("entries", len(s.trail(st, tt.person.Staff.Code)) == 1, tt.want == "ok")
		})
	}
}

// with is seed with more: who is in both is as in more.
func with(seed, more Seed) Seed {
	for _, p := range more.People {
		seed.People = slices.DeleteFunc(slices.Clone(seed.People), func(o account.Person) bool { return o.Staff.Code == p.Staff.Code })
	}
	for _, o := range more.Orgs {
		seed.Orgs = slices.DeleteFunc(slices.Clone(seed.Orgs), func(p staff.Org) bool { return p.Code == o.Code })
	}
	seed.People, seed.Orgs = append(slices.Clone(seed.People), more.People...), append(slices.Clone(seed.Orgs), more.Orgs...)
	return seed
}

func (s subject) changedStates() {
	ends := s.LinWei
	ends.Account.Past, ends.Account.PasswordSetAt, ends.Account.DeviceEpoch = []string{"an older hash"}, Noon, 4
	for _, tt := range []struct {
		name   string
		change func(*admin.StateChange)
		want   func(*account.Account)
	}{
		{"sessions end", func(c *admin.StateChange) { c.EndSessions = true }, func(a *account.Account) { a.Epoch++ }},
		{"who froze is kept", func(c *admin.StateChange) {
			c.EndSessions, c.Frozen = true, account.FreezeMark{By: s.WangFang.Staff.Code, Grants: s.WangFang.Account.Grants}
		}, func(a *account.Account) {
			a.Epoch, a.Frozen = a.Epoch+1, account.FreezeMark{By: s.WangFang.Staff.Code, Grants: s.WangFang.Account.Grants}
		}},
		{"the freeze ends", func(c *admin.StateChange) { c.EndFreeze = true }, func(*account.Account) {}},
		{"the account ends", func(c *admin.StateChange) { c.EndSessions, c.EndAccount = true, true }, func(a *account.Account) {
			*a = account.Account{Epoch: a.Epoch + 1, DeviceEpoch: a.DeviceEpoch + 1}
		}},
		{"failures are void", func(c *admin.StateChange) { c.ClearedAt, c.Now = Noon, c.Was }, func(a *account.Account) { a.ClearedAt = Noon }},
		{"the record alone", func(*admin.StateChange) {}, func(*account.Account) {}},
	} {
		s.Run(tt.name, func(t *testing.T) {
			s := subject{t, s.open, s.Town}
			st, c, want := s.open(t, with(s.Seed, Seed{People: []account.Person{ends}})), state(ends, s.WangFang, audit.Freeze, tt.change), ends.Account
			s.wants("error", Verdict(st.ChangeState(t.Context(), c)), "ok")
			tt.want(&want)
			s.wants("the person", s.person(st, ends.Staff.Code), text(account.Person{Staff: c.Now, Account: want}))
			if c.Now.Version > c.Was.Version {
				c.Audit.Version = c.Now.Version
			}
			s.wants("audit", s.trail(st, ends.Staff.Code), []audit.Entry{c.Audit})
			granted := of(st.GrantsOn(t.Context(), []staff.OrgCode{s.District.Code}))(s)
			s.wants("grants on 区", len(granted), len(want.Grants))
		})
	}
	s.Run("who froze is kept when the person leaves, until the freeze ends", func(t *testing.T) {
		s := subject{t, s.open, s.Town}
		mark := account.FreezeMark{By: s.WangFang.Staff.Code, Grants: s.WangFang.Account.Grants}
		frozen := s.ZhangMin
		frozen.Account.Frozen = mark
		st := s.open(t, with(s.Seed, Seed{People: []account.Person{frozen}}))
		for n, step := range []func(*admin.StateChange){
			func(c *admin.StateChange) { c.EndSessions, c.EndAccount = true, true },
			func(*admin.StateChange) {},
			func(c *admin.StateChange) { c.EndFreeze = true },
		} {
			now := of(st.Person(t.Context(), frozen.Staff.Code))(s)
			s.wants("who froze", now.Account.Frozen, mark)
			c := state(now, s.LinWei, audit.Leave, step)
			c.Audit = Entry(n+1, audit.Leave, s.LinWei, c.Audit.Subject)
			s.wants("error", Verdict(st.ChangeState(t.Context(), c)), "ok")
		}
		s.wants("nobody froze", of(st.Person(t.Context(), frozen.Staff.Code))(s).Account.Frozen, account.FreezeMark{})
	})
	s.Run("who leaves and comes back has the phone again", func(t *testing.T) {
		s := subject{t, s.open, s.Town}
		st := s.open(t, s.Seed)
		owner := func() staff.EmployeeCode {
			return of(st.NameOwners(t.Context(), []staff.Phone{s.SunLi.Staff.Phone}, nil))(s)[0]
		}
		c := state(s.SunLi, s.LinWei, audit.Leave, func(c *admin.StateChange) {
			c.Now.Employment, c.Now.Phone, c.Now.FormerPhone, c.Now.Posts[0].Active = staff.Left, staff.Phone{}, c.Was.Phone, false
		})
		s.wants("leaving", Verdict(st.ChangeState(t.Context(), c)), "ok")
		s.wants("the phone's owner", owner(), staff.EmployeeCode{})
		back := of(st.Person(t.Context(), s.SunLi.Staff.Code))(s)
		again := state(back, s.LinWei, audit.Reinstate, reinstate)
		again.Audit = Entry(2, audit.Reinstate, s.LinWei, again.Audit.Subject)
		s.wants("coming back", Verdict(st.ChangeState(t.Context(), again)), "ok")
		s.wants("the phone's owner again", owner(), s.SunLi.Staff.Code)
	})
}

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

// walk reads a list page by page to its end. No page has more than limit.
func walk[T any](s subject, limit int, read func(after string) ([]T, string, error)) []T {
	s.Helper()
	var all []T
	for after, pages := "", 0; ; pages++ {
		some, last, err := read(after)
		if err != nil || len(some) > limit || pages > 100 {
			s.Fatalf("page %d has %d: %v", pages, len(some), err)
		}
		if all = append(all, some...); last == "" {
			return all
		}
		after = last
	}
}

func (s subject) changesDictionaries() {
	is := func(code string) staff.DictionaryEntry {
		i := slices.IndexFunc(s.Seed.Dictionaries, func(e staff.DictionaryEntry) bool { return e.Dictionary == staff.DictJobLevel && e.Code == code })
		return s.Seed.Dictionaries[i]
	}
	off, added := is("J2"), staff.DictionaryEntry{Dictionary: staff.DictJobLevel, Code: "J3", Label: "三级", Order: 3, Enabled: true}
	off.Enabled = false
	other := is("J1")
	other.Label = "一级"
	without := func() Seed {
		seed := s.Seed
		seed.Dictionaries = slices.DeleteFunc(slices.Clone(seed.Dictionaries), func(e staff.DictionaryEntry) bool { return e == is("J2") })
		return seed
	}
	with := func(e staff.DictionaryEntry) Seed {
		seed := without()
		seed.Dictionaries = append(seed.Dictionaries, e)
		return seed
	}
	for _, tt := range []struct {
		name   string
		seed   Seed
		change admin.DictionaryChange
		want   string
	}{
		{"a new entry", s.Seed, admin.DictionaryChange{Now: added}, "ok"},
		{"a new entry that is there", s.Seed, admin.DictionaryChange{Now: is("J1")}, "revised"},
		{"as it was read", s.Seed, admin.DictionaryChange{Was: is("J1"), Now: other}, "ok"},
		{"not as it was read", s.Seed, admin.DictionaryChange{Was: other, Now: is("J1")}, "revised"},
		{"not there", s.Seed, admin.DictionaryChange{Was: added, Now: added}, "revised"},
		{"another can be chosen", s.Seed, admin.DictionaryChange{Was: is("J1"), Now: other, Remaining: is("J2")}, "ok"},
		{"the other is switched off", with(off), admin.DictionaryChange{Was: is("J1"), Now: other, Remaining: is("J2")}, "revised"},
		{"the other is not there", without(), admin.DictionaryChange{Was: is("J1"), Now: other, Remaining: is("J2")}, "revised"},
	} {
		s.Run(tt.name, func(t *testing.T) {
			s := subject{t, s.open, s.Town}
			st := s.open(t, tt.seed)
			before := of(st.Dictionaries(t.Context()))(s)
			tt.change.Audit = Entry(1, audit.EditDictionary, s.WangFang, audit.OfDictionaryEntry(tt.change.Now.Dictionary, tt.change.Now.Code))
			s.wants("error", Verdict(st.ChangeDictionary(t.Context(), tt.change)), tt.want)
			if tt.want == "ok" {
				before = append(slices.DeleteFunc(before, func(e staff.DictionaryEntry) bool { return e == tt.change.Was }), tt.change.Now)
			}
			s.wants("entries", sorted(of(st.Dictionaries(t.Context()))(s)), sorted(before))
			by := of(st.AuditEntries(t.Context(), admin.AuditRange{By: s.WangFang.Staff.Code, From: Noon, To: Noon.Add(time.Hour), Limit: 5}))(s)
			s.wants("audit", len(by.Entries) == 1, tt.want == "ok")
		})
	}
}

func sorted(all staff.Dictionaries) []string {
	texts := make([]string, len(all))
	for i, e := range all {
		texts[i] = fmt.Sprintf("%+v", e)
	}
	slices.Sort(texts)
	return texts
}
