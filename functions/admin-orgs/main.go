// Command admin-orgs serves GET and POST /v1/admin/orgs, and PATCH and DELETE
// /v1/admin/orgs/{orgCode}: the tree of organisations. The rules are in
// admin.ListOrgs and admin.EditOrgs.
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
	store := dynamo.New(env.AWS("DYNAMODB"), env.Table())
	auth := httpapi.Auth{Authorize: account.Authorize{Store: store, Settings: env.Settings(), Now: time.Now}}
	list := admin.ListOrgs{Store: store, Keys: env.Keys()}
	edit := admin.EditOrgs{Store: store, Now: time.Now, Random: rand.Reader}
	if err := env.Err(); err != nil {
		log.Fatal(err)
	}
	httpapi.Start(routes(auth, list, edit))
}
