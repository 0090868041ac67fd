package dynamo_test

import (
	"crypto/rand"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo/maintain"
)

func grantRows() []faultRow {
	unit := func(c *faultCase) account.Grant {
		return account.Grant{ID: "unit", Type: account.UnitGrant, Org: c.finance.Code}
	}
	super := func(c *faultCase) account.Grant {
		return account.Grant{ID: "super", Type: account.SuperGrant, Org: c.super.Grants[0].Org}
	}
	return []faultRow{
		{
			name: "give a grant", route: "POST /v1/admin/grants", setup: (*faultCase).withPerson,
			send: func(c *faultCase, s *maintain.Store) error {
				in := admin.GrantInput{EmployeeCode: c.subject, Type: account.UnitGrant, Org: c.finance.Code.String()}
				ref, _, err := admin.GiveGrant{Store: s, Notices: account.Notices{Store: s, Sender: c, Keys: c.Keys, Settings: account.Defaults()}, Keys: c.Keys, Now: c.Now, Random: rand.Reader}.Run(c.Context(), c.Call, c.superWith(account.AdminGrant), in)
				c.id = ref.ID
				return err
			},
			verify: func(c *faultCase) error {
				all := c.personNow().Account.Grants
				return want(len(all) == 1 && all[0].ID == c.id && all[0].Org == c.finance.Code, "%q was answered, and there is %+v", c.id, all)
			},
		},
		revokeGrant("revoke a grant", unit, func(c *faultCase) account.Caller { return c.super }),
		revokeGrant("revoke a super, without being one", super, func(c *faultCase) account.Caller { return c.deputy }),
	}
}

// revokeGrant is a row of revoking a grant that the case's person holds.
func revokeGrant(name string, grant func(*faultCase) account.Grant, by func(*faultCase) account.Caller) faultRow {
	return faultRow{
		name: name, route: "DELETE /v1/admin/grants/{id}", retryAnswer: "not_found",
		setup: func(c *faultCase) {
			c.withPerson()
			c.person.Account.Grants = []account.Grant{grant(c)}
		},
		send: func(c *faultCase, s *maintain.Store) error {
			ref := account.GrantRef{Staff: c.person.Staff.Code, ID: grant(c).ID}
			return admin.RevokeGrant{Store: s, Keys: c.Keys, Now: c.Now, Random: rand.Reader}.Run(c.Context(), c.Call, must(by(c).Permit(account.AdminGrant)), ref.String())
		},
		verify: func(c *faultCase) error {
			all := c.personNow().Account.Grants
			return want(len(all) == 0, "there is %+v", all)
		},
	}
}
