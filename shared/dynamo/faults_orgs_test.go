package dynamo_test

import (
	"crypto/rand"
	"errors"
	"fmt"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/staff"
)

func orgRows() []faultRow {
	return []faultRow{
		{
			name: "add one, with a key", route: "POST /v1/admin/orgs",
			send: func(c *faultCase, s *maintain.Store) error {
				made, _, err := admin.EditOrgs{Store: s, Now: c.Now, Random: rand.Reader}.Add(c.Context(), c.Call, c.superWith(account.OrgEdit), admin.OrgInput{
					Name: fmt.Sprintf("新%d科", c.n), Type: "institution", Parent: c.data.Code.String(), Order: set(100 + c.n), Request: admin.RequestKey{Key: fmt.Sprint("key", c.n), Digest: "the same"},
				})
				c.subject = made.Org.Code.String()
				return err
			},
			verify: func(c *faultCase) error {
				n := c.orgsNamed(fmt.Sprintf("新%d科", c.n))
				return want(n == 1, "%d have the name", n)
			},
		},
		editOrg("rename one", func(c *faultCase) admin.OrgEdit { return admin.OrgEdit{Name: set(fmt.Sprintf("改名%d科", c.n))} }, func(c *faultCase, o staff.Org) error {
			was, now := c.orgsNamed(c.orgs[0].Name), c.orgsNamed(o.Name)
			return want(o.Name == fmt.Sprintf("改名%d科", c.n) && was == 0 && now == 1, "%+v; the old name leads to %d, the new one to %d", o, was, now)
		}),
		editOrg("reorder one", func(c *faultCase) admin.OrgEdit { return admin.OrgEdit{Order: set(5000 + c.n)} }, func(c *faultCase, o staff.Org) error {
			return want(o.Order == 5000+c.n, "%+v", o)
		}),
		editOrg("move one", func(c *faultCase) admin.OrgEdit { return admin.OrgEdit{Parent: set(c.section.Code.String())} }, func(c *faultCase, o staff.Org) error {
			return want(o.Parent() == c.section.Code, "%+v", o)
		}),
		{
			name: "close one", route: "DELETE /v1/admin/orgs/{orgCode}", setup: (*faultCase).withOrg, retryAnswer: "org_missing",
			send: func(c *faultCase, s *maintain.Store) error {
				uc := admin.EditOrgs{Store: s, Now: c.Now, Random: rand.Reader}
				o, err := uc.Load(c.Context(), c.superWith(account.OrgEdit), c.subject)
				if err != nil {
					return err
				}
				return uc.Close(c.Context(), c.Call, c.superWith(account.OrgEdit), o, 1)
			},
			verify: func(c *faultCase) error {
				o := c.orgNow()
				return want(o.Closed && o.Version == 2, "%+v", o)
			},
		},
	}
}

// editOrg is a row of changing an organisation.
func editOrg(name string, edit func(*faultCase) admin.OrgEdit, verify func(*faultCase, staff.Org) error) faultRow {
	return faultRow{
		name: name, route: "PATCH /v1/admin/orgs/{orgCode}", setup: (*faultCase).withOrg, retryAnswer: "version_conflict",
		send: func(c *faultCase, s *maintain.Store) error {
			uc := admin.EditOrgs{Store: s, Now: c.Now, Random: rand.Reader}
			o, err := uc.Load(c.Context(), c.superWith(account.OrgEdit), c.subject)
			if err != nil {
				return err
			}
			e := edit(c)
			e.Version = 1
			_, _, err = uc.Update(c.Context(), c.Call, c.superWith(account.OrgEdit), o, e)
			return err
		},
		verify: func(c *faultCase) error {
			o := c.orgNow()
			return errors.Join(want(o.Version == 2, "version %d", o.Version), verify(c, o), c.finishMoves())
		},
	}
}
