// Command admin-audit serves GET /v1/admin/audit: what was done to a person, by an
// administrator, or in an organisation; and GET /v1/admin/audit/{id}/reveal: what an
// entry masks. The rules are in admin.AuditLog and admin.RevealAudit.
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
	uc := admin.AuditLog{Store: store, Keys: env.Keys(), Now: time.Now}
	whole := admin.RevealAudit{Store: store, Keys: env.Keys(), Now: time.Now, Random: rand.Reader}
	if err := env.Err(); err != nil {
		log.Fatal(err)
	}
	httpapi.Start(routes(auth, uc, whole))
}
