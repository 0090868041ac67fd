// Command admin-batch serves GET /v1/admin/jobs, and GET and DELETE
// /v1/admin/jobs/{id}: administrators follow and stop jobs. The rules are in
// admin.Jobs; functions/run-jobs does the work of the jobs.
package main

import (
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
	jobs := admin.Jobs{Store: store, Keys: env.Keys(), Now: time.Now}
	if err := env.Err(); err != nil {
		log.Fatal(err)
	}
	httpapi.Start(routes(auth, jobs))
}
