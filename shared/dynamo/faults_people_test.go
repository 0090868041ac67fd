package dynamo_test

import (
	"crypto/rand"
	"errors"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo/dynamotest/world"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/pinyin"
	"chaoxi/shared/staff"
)

func peopleRows() []faultRow {
	return []faultRow{
		addPerson("add somebody", false),
		addPerson("add somebody, with a text", true),
		editPerson("a role", func(c *faultCase) admin.Edit {
			return admin.Edit{Posts: []admin.PostEdit{{ID: set(c.person.Staff.Posts[1].ID.String()), Role: set("REN_YUAN_JU_SE_PU_TONG_YONG_HU")}}}
		}, func(c *faultCase, p account.Person) error {
			return want(p.Staff.Posts[1].Role == "REN_YUAN_JU_SE_PU_TONG_YONG_HU" && len(p.Staff.Posts) == 2, "%+v", p.Staff.Posts)
		}),
		editPerson("a phone", func(c *faultCase) admin.Edit {
			return admin.Edit{Phone: set(c.phone("138").E164())}
		}, func(c *faultCase, p account.Person) error {
			return errors.Join(
				want(p.Staff.Phone == c.phone("138") && p.Account.Epoch == 2 && p.Account.DeviceEpoch == 2, "%+v", p),
				want(len(c.sent(c.phone("139"))) <= 1, "%d notices", len(c.sent(c.phone("139")))),
			)
		}),
		editPerson("another unit", func(c *faultCase) admin.Edit {
			return admin.Edit{Posts: []admin.PostEdit{{ID: set(c.person.Staff.Posts[0].ID.String()), Unit: set(c.elsewhere.Unit.String()), Org: set(c.elsewhere.Org.String())}}}
		}, func(c *faultCase, p account.Person) error {
			return want(p.Staff.Posts[0].Org == c.elsewhere.Org && len(p.Staff.Posts) == 2, "%+v", p.Staff.Posts)
		}),
		editPerson("a post less", func(c *faultCase) admin.Edit {
			return admin.Edit{Removed: []string{c.person.Staff.Posts[1].ID.String()}}
		}, func(c *faultCase, p account.Person) error {
			return want(len(p.Staff.ActivePosts()) == 1, "%+v", p.Staff.Posts)
		}),
		{
			name: "reveal", route: "POST /v1/admin/staff/{employeeCode}/reveal", setup: (*faultCase).withPerson, audit: entryPerRequest,
			send: func(c *faultCase, s *maintain.Store) error {
				t, err := c.loadTarget(s, account.PIIReveal)
				if err != nil {
					return err
				}
				shown, err := admin.Reveal{Store: s, Keys: c.Keys, Now: c.Now, Random: rand.Reader}.Run(c.Context(), c.Call, c.superWith(account.PIIReveal), t, admin.RevealInput{Fields: []string{admin.RevealPhone}, Reason: "核实"})
				c.id = shown[admin.RevealPhone]
				return err
			},
			verify: func(c *faultCase) error { return want(c.id == c.phone("139").E164(), "shown is %q", c.id) },
		},
		changeState(admin.Freeze, nil, func(p account.Person) error {
			return want(p.Staff.State == staff.Frozen && p.Staff.Version == 2 && p.Account.Epoch == 2, "%+v", p)
		}),
		changeState(admin.Unfreeze, func(p *account.Person) { p.Staff.State, p.Staff.FrozenFrom = staff.Frozen, staff.Active }, func(p account.Person) error {
			return want(p.Staff.State == staff.Active && p.Staff.Version == 2, "%+v", p)
		}),
		changeState(admin.Leave, func(p *account.Person) {
			p.Account.Grants = []account.Grant{{ID: "reads", Type: account.AuditGrant, Org: p.Staff.Posts[1].Org}}
		}, func(p account.Person) error {
			return want(p.Staff.Employment == staff.Left && p.Staff.Version == 2 && p.Account.Epoch == 2 && len(p.Account.Grants) == 0 && p.Account.Password == "", "%+v", p)
		}),
		changeState(admin.Reinstate, func(p *account.Person) {
			s := &p.Staff
			s.Employment, s.State, s.ActivatedAt, s.Phone, s.FormerPhone = staff.Left, staff.Pending, time.Time{}, staff.Phone{}, s.Phone
			s.Posts[0].Active, s.Posts[1].Active = false, false
			p.Account.Password, p.Account.PasswordSetAt = "", time.Time{}
		}, func(p account.Person) error {
			return want(p.Staff.Employment == staff.InService && p.Staff.Version == 2 && len(p.Staff.ActivePosts()) == 1 && !p.Staff.Phone.IsZero(), "%+v", p)
		}),
		changeState(admin.Unlock, nil, func(p account.Person) error {
			return want(p.Account.ClearedAt.Equal(world.Start) && p.Staff.Version == 1 && p.Account.Epoch == 1, "%+v", p)
		}),
	}
}

// addPerson is a row of adding somebody, with a text to them or without.
func addPerson(name string, invite bool) faultRow {
	return faultRow{
		name: name, route: "POST /v1/admin/staff",
		send: func(c *faultCase, s *maintain.Store) error {
			uc := admin.AddStaff{
				Store: s, Dictionaries: &staff.DictionaryList{Store: s, Now: c.Now}, Notices: account.Notices{Store: s, Sender: c, Keys: c.Keys, Settings: account.Defaults()},
				Now: c.Now, Random: rand.Reader, Pinyin: pinyin.Read,
			}
			added, err := uc.Run(c.Context(), c.Call, c.superWith(account.StaffEdit), admin.Edit{
				Name: set("王小明"), Account: set(c.account()), AreaCode: set("+86"), Phone: set(c.phone("139").National()), Gender: set("1"),
				BudgetedPost: set("BIAN_ZHI_QI_TA"), JobLevel: set("ZHI_JI_QI_TA"),
				Posts: []admin.PostEdit{{Unit: set(c.data.Code.String()), Org: set(c.section.Code.String()), JobType: set("main"), Role: set("REN_YUAN_JU_SE_QI_TA"), Order: set(1)}},
			}, invite, admin.RequestKey{Key: c.account(), Digest: "the same"})
			c.id = added.Code.String()
			return err
		},
		verify: func(c *faultCase) error {
			p := c.Person(c.account())
			c.subject = p.Staff.Code.String()
			texts := len(c.sent(c.phone("139")))
			return errors.Join(
				want(!p.Staff.Code.IsZero() && c.subject == c.id, "%q was answered, and %q is there", c.id, c.subject),
				want(c.Person(c.phone("139").E164()).Staff.Code == p.Staff.Code, "the phone leads elsewhere"),
				want(p.Staff.Version == 1 && len(p.Staff.Posts) == 1 && p.Account.Epoch == 1, "%+v", p),
				want(texts <= 1 && (invite || texts == 0), "%d texts", texts),
			)
		},
	}
}

// editPerson is a row of editing somebody's record.
func editPerson(name string, edit func(*faultCase) admin.Edit, verify func(*faultCase, account.Person) error) faultRow {
	return faultRow{
		name: name, route: "PATCH /v1/admin/staff/{employeeCode}", setup: (*faultCase).withPerson, retryAnswer: "version_conflict",
		send: func(c *faultCase, s *maintain.Store) error {
			uc := admin.UpdatePosts{
				Store: s, Dictionaries: &staff.DictionaryList{Store: s, Now: c.Now}, Notices: account.Notices{Store: s, Sender: c, Keys: c.Keys, Settings: account.Defaults()},
				Keys: c.Keys, Now: c.Now, Random: rand.Reader, Pinyin: pinyin.Read,
			}
			e := edit(c)
			e.Version = 1
			t, err := uc.Load(c.Context(), c.superWith(account.StaffEdit), c.subject, e)
			if err != nil {
				return err
			}
			_, err = uc.Run(c.Context(), c.Call, c.superWith(account.StaffEdit), t, e)
			return err
		},
		verify: func(c *faultCase) error {
			p := c.personNow()
			return errors.Join(want(p.Staff.Version == 2, "version %d", p.Staff.Version), verify(c, p))
		},
	}
}

// changeState is a row of changing somebody's state. Before may change the person as
// they are loaded.
func changeState(action admin.StateAction, before func(*account.Person), verify func(account.Person) error) faultRow {
	row := faultRow{
		name: string(action), route: "POST /v1/admin/staff/{employeeCode}/state", retryAnswer: "state_conflict",
		setup: func(c *faultCase) {
			c.withPerson()
			if before != nil {
				before(c.person)
			}
		},
		send: func(c *faultCase, s *maintain.Store) error {
			t, err := c.loadTarget(s, account.StaffEdit)
			if err != nil {
				return err
			}
			_, err = admin.ChangeState{Store: s, Dictionaries: &staff.DictionaryList{Store: s, Now: c.Now}, Keys: c.Keys, Now: c.Now, Random: rand.Reader}.Run(c.Context(), c.Call, c.superWith(account.StaffEdit), t, admin.StateInput{Action: action, Reason: "接到通知"})
			return err
		},
		verify: func(c *faultCase) error { return verify(c.personNow()) },
	}
	if action == admin.Unlock {
		row.retryAnswer, row.audit = "", entryPerRequest // it may be asked for at any time
	}
	return row
}
