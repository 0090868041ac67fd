// Command recovery-options serves POST /v1/recovery, with which 忘记密码 begins. It
// answers a ticket and the administrators whom the person may ask, and sends no text.
// The rules are in account.RecoveryOptions.
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
	uc := account.RecoveryOptions{
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
