// Command verify-login serves POST /v1/sessions/verify: the second step of signing in,
// and the proof of the phone within a session. The rules are in account.VerifyLogin.
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
	uc := account.VerifyLogin{
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
