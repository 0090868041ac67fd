// Command raise-recovery is POST /v1/recovery/requests and GET …/{id}: a person
// asks the administrators of their units for help, and sees what becomes of it.
// The rules are account.RaiseRecovery's; deciding is the administration's.
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
