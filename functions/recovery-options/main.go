// Command recovery-options is POST /v1/recovery: 忘记密码 begins here, with a ticket
// and the administrators who may be asked. The rules are
// account.RecoveryOptions's; no text is sent.
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
