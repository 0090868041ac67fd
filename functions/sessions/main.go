// Command sessions serves GET /v1/sessions, DELETE /v1/sessions/… and POST
// /v1/sessions/step-up: people see where they are signed in, sign out, and begin to
// prove their phone anew. The rules are in account.Sessions and account.StepUp.
package main

import (
	"crypto/rand"
	"log"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/config"
	"chaoxi/shared/dynamo"
	"chaoxi/shared/httpapi"
)

func main() {
	env := config.FromEnv()
	store := dynamo.New(env.AWS("DYNAMODB"), env.Table())
	auth := httpapi.Auth{Authorize: account.Authorize{Store: store, Settings: env.Settings(), Now: time.Now}}
	uc := account.Sessions{Store: store, Settings: env.Settings(), Now: time.Now}
	stepUp := account.StepUp{Store: store, Settings: env.Settings(), Now: time.Now, Random: rand.Reader}
	if err := env.Err(); err != nil {
		log.Fatal(err)
	}
	httpapi.Start(routes(auth, uc, stepUp))
}
