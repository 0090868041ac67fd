// Command send-code is POST /v1/codes: it texts a code, the first of an
// activation or one more for a ticket. The rules are account.SendCode's.
package main

import (
	"crypto/rand"
	"log"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/config"
	"chaoxi/shared/dynamo"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/smsgateway"
	"chaoxi/shared/sns"
)

func main() {
	env := config.FromEnv()
	uc := account.SendCode{
		Store:    dynamo.New(env.AWS("DYNAMODB"), env.Table()),
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

// sender is SNS, or the carrier's gateway where the settings say so.
func sender(env *config.Env) account.Sender {
	if g, ok := env.SMSGateway(); ok {
		return smsgateway.New(g.URL, g.KeyID, g.Key, time.Now, rand.Reader)
	}
	return sns.New(env.AWS("SNS"))
}
