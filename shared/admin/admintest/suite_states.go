package admintest

import (
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/staff"
)

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
	s.Run("an ID card is nobody's while its person has left", func(t *testing.T) {
		s := subject{t, s.open, s.Town}
		st := s.open(t, s.Seed)
		c := state(s.ZhangMin, s.LinWei, audit.Leave, func(c *admin.StateChange) {
			c.Now.Employment, c.Now.Phone, c.Now.FormerPhone, c.Now.Posts[0].Active, c.Now.Posts[1].Active = staff.Left, staff.Phone{}, c.Was.Phone, false, false
		})
		s.wants("leaving", Verdict(st.ChangeState(t.Context(), c)), "ok")
		s.wants("another", Verdict(st.AddStaff(t.Context(), s.newcomer(func(c *admin.Change) { c.Now.IDCard, c.Audit.ID = s.ZhangMin.Staff.IDCard, "another" }))), "ok")
		gone := of(st.Person(t.Context(), s.ZhangMin.Staff.Code))(s)
		back := state(gone, s.LinWei, audit.Reinstate, reinstate)
		back.Audit = Entry(2, audit.Reinstate, s.LinWei, back.Audit.Subject)
		s.wants("coming back", Verdict(st.ChangeState(t.Context(), back)), "id_card_taken")
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
