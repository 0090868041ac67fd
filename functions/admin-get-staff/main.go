// Command admin-get-staff serves GET /v1/admin/staff/{employeeCode}, a person's
// record, …/sign-ins, their sign-in history, and POST …/reveal, which shows values that
// the record masks. The rules are in admin.LoadTarget, account.SignInHistory and
// admin.Reveal.
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
	open := admin.LoadTarget{Store: store, Keys: env.Keys(), Now: time.Now}
	reveal := admin.Reveal{Store: store, Keys: env.Keys(), Now: time.Now, Random: rand.Reader}
	history := account.SignInHistory{Store: store, Keys: env.Keys(), Now: time.Now}
	if err := env.Err(); err != nil {
		log.Fatal(err)
	}
	httpapi.Start(routes(auth, open, reveal, history))
}
