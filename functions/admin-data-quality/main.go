// Command admin-data-quality serves GET /v1/admin/data-quality and
// /v1/admin/data-quality/id-cards: who is incomplete, by organisation and by field, and
// who has somebody else's ID card. The rules are in admin.DataQuality and
// admin.ListSharedCards.
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
	quality := admin.DataQuality{Store: store, Keys: env.Keys()}
	cards := admin.ListSharedCards{Store: store, Keys: env.Keys()}
	if err := env.Err(); err != nil {
		log.Fatal(err)
	}
	httpapi.Start(routes(auth, quality, cards))
}
