// Command admin-batch serves POST /v1/admin/staff/batch, GET /v1/admin/jobs, and GET and
// DELETE /v1/admin/jobs/{id}: administrators make jobs about many people, follow jobs
// and stop them. The rules are in admin.MakeBatch and admin.Jobs; functions/run-jobs does
// the work of the jobs.
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
	keys := env.Keys()
	jobs := admin.Jobs{Store: store, Keys: keys, Now: time.Now}
	batch := admin.MakeBatch{Store: store, Search: admin.Search{Store: store, Keys: keys, Now: time.Now, Kept: staff.NewOrgCache()}, Now: time.Now, Random: rand.Reader}
	if err := env.Err(); err != nil {
		log.Fatal(err)
	}
	httpapi.Start(routes(auth, jobs, batch))
}
