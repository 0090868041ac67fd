// Command admin-recovery serves GET /v1/admin/recovery-requests, the queue of the
// people who ask their administrators for help, and POST …/{id}/decision. The rules
// are in admin.RecoveryQueue and admin.DecideRecovery.
package main

import (
	"crypto/rand"
	"log"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/config"
	"chaoxi/shared/dynamo"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/smsgateway"
	"chaoxi/shared/sns"
)

func main() {
	env := config.FromEnv()
	store, settings, keys := dynamo.New(env.AWS("DYNAMODB"), env.Table()), env.Settings(), env.Keys()
	auth := httpapi.Auth{Authorize: account.Authorize{Store: store, Settings: settings, Now: time.Now}}
	queue := admin.RecoveryQueue{Store: store, Keys: keys, Settings: settings, Now: time.Now}
	decide := admin.DecideRecovery{
		Store: store, Notices: account.Notices{Store: store, Sender: sender(env), Keys: keys, Settings: settings},
		Keys: keys, Settings: settings, Now: time.Now, Random: rand.Reader,
	}
	if err := env.Err(); err != nil {
		log.Fatal(err)
	}
	httpapi.Start(routes(auth, queue, decide))
}

// sender returns the sender of texts that SMS_SENDER chooses: Amazon SNS, or the
// gateway of a carrier.
func sender(env *config.Env) account.Sender {
	if g, ok := env.SMSGateway(); ok {
		return smsgateway.New(g.URL, g.KeyID, g.Key, time.Now, rand.Reader)
	}
	return sns.New(env.AWS("SNS"))
}
