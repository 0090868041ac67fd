// Command dictionaries serves GET /v1/dictionaries, the choices of all fields with
// their labels, and PUT /v1/admin/dictionaries/{dictionary}/{code}, which adds or
// edits a choice. The rules are in staff.DictionaryList and admin.EditDictionary.
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
	"chaoxi/shared/staff"
)

func main() {
	env := config.FromEnv()
	store := dynamo.New(env.AWS("DYNAMODB"), env.Table())
	list := &staff.DictionaryList{Store: store, Now: time.Now}
	auth := httpapi.Auth{Authorize: account.Authorize{Store: store, Settings: env.Settings(), Now: time.Now}}
	uc := admin.EditDictionary{Store: store, Now: time.Now, Random: rand.Reader}
	if err := env.Err(); err != nil {
		log.Fatal(err)
	}
	httpapi.Start(routes(list, auth, uc))
}
