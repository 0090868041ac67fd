// Command admin-grants serves GET and POST /v1/admin/grants, and DELETE
// /v1/admin/grants/{id}: administrators list grants, give and revoke them. The rules
// are in admin.ListGrants, admin.GiveGrant and admin.RevokeGrant.
package main

import (
	"crypto/rand"
	"log"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/config"
	"chaoxi/shared/dynamo"
	"chaoxi/shared/httpapi"
)

func main() {
	env := config.FromEnv()
	store, keys := dynamo.New(env.AWS("DYNAMODB"), env.Table()), env.Keys()
	auth := httpapi.Auth{Authorize: account.Authorize{Store: store, Settings: env.Settings(), Now: time.Now}}
	list := admin.ListGrants{Store: store, Keys: keys}
	give := admin.GiveGrant{Store: store, Keys: keys, Now: time.Now, Random: rand.Reader}
	revoke := admin.RevokeGrant{Store: store, Keys: keys, Now: time.Now, Random: rand.Reader}
	if err := env.Err(); err != nil {
		log.Fatal(err)
	}
	httpapi.Start(routes(auth, list, give, revoke))
}
