// Command set-password is POST /v1/password: a code and a new password end an
// activation or a recovery. The rules are account.SetPassword's.
package main

import (
	"crypto/rand"
	"log"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/argon2id"
	"chaoxi/shared/config"
	"chaoxi/shared/dynamo"
	"chaoxi/shared/httpapi"
)

func main() {
	env := config.FromEnv()
	uc := account.SetPassword{
		Store:    dynamo.New(env.AWS("DYNAMODB"), env.Table()),
		Hasher:   argon2id.Hasher{},
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
