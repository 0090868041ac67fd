// Command admin-change-state serves POST /v1/admin/staff/{employeeCode}/state: an
// administrator freezes, unfreezes or unlocks a person, or records that the person
// has left or come back. The rules are in admin.ChangeState.
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
	auth := httpapi.Auth{Authorize: account.Authorize{Store: store, Settings: env.Settings(), Now: time.Now}}
	uc := admin.ChangeState{
		Store: store, Dictionaries: &staff.DictionaryList{Store: store, Now: time.Now}, Keys: env.Keys(), Settings: env.Settings(), Now: time.Now, Random: rand.Reader,
	}
	if err := env.Err(); err != nil {
		log.Fatal(err)
	}
	httpapi.Start(routes(auth, uc))
}
