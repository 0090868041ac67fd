// Command raise-recovery serves POST /v1/recovery/requests, by which a person asks
// the administrators of their units for help, and GET …/{id}, which tells the state
// of the request. The rules are in account.RaiseRecovery.
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
	uc := account.RaiseRecovery{
		Store:    dynamo.New(env.AWS("DYNAMODB"), env.Table()),
		Keys:     env.Keys(),
		Settings: env.Settings(),
		Now:      time.Now,
		Random:   rand.Reader,
	}
	if err := env.Err(); err != nil {
		log.Fatal(err)
	}
	httpapi.Start(routes(uc))
}
