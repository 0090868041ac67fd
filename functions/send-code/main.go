// Command send-code is POST /v1/codes: it texts a code, the first of an
// activation or one more for a ticket. The rules are account.SendCode's.
package main

import (
	"crypto/rand"
	"log"
	"net/http"
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
	g, ok := env.SMSGateway()
	if !ok {
		return sns.New(env.AWS("SNS"))
	}
	return smsgateway.Sender{
		URL: g.URL, KeyID: g.KeyID, Key: g.Key, Client: &http.Client{CheckRedirect: smsgateway.NoRedirect}, Now: time.Now, Random: rand.Reader,
	}
}
