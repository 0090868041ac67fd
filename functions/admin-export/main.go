// Command admin-export serves GET /v1/admin/exports: administrators save the people whom a
// search finds as a file. The rules are in admin.Export.
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
	"chaoxi/shared/sheet"
	"chaoxi/shared/staff"
)

func main() {
	env := config.FromEnv()
	store := dynamo.New(env.AWS("DYNAMODB"), env.Table())
	auth := httpapi.Auth{Authorize: account.Authorize{Store: store, Settings: env.Settings(), Now: time.Now}}
	uc := admin.Export{
		Store: store, Search: admin.Search{Store: store, Keys: env.Keys(), Now: time.Now, Kept: staff.NewOrgCache()}, Dictionaries: &staff.DictionaryList{Store: store, Now: time.Now},
		Now: time.Now, Random: rand.Reader, Write: sheet.Write,
	}
	if err := env.Err(); err != nil {
		log.Fatal(err)
	}
	httpapi.Start(routes(auth, uc))
}
