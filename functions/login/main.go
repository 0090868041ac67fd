// Command login serves POST /v1/sessions: the first step of signing in. The rules are
// in account.Login.
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
	"chaoxi/shared/smsgateway"
	"chaoxi/shared/sns"
	"chaoxi/shared/staff"
)

func main() {
	env := config.FromEnv()
	uc := account.Login{
		Store:    dynamo.New(env.AWS("DYNAMODB"), env.Table()),
		Kept:     staff.NewOrgCache(),
		Hasher:   argon2id.Hasher{},
		Sender:   sender(env),
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

// sender returns the sender of texts that SMS_SENDER chooses: Amazon SNS, or the
// gateway of a carrier.
func sender(env *config.Env) account.Sender {
	if g, ok := env.SMSGateway(); ok {
		return smsgateway.New(g.URL, g.KeyID, g.Key, time.Now, rand.Reader)
	}
	return sns.New(env.AWS("SNS"))
}
