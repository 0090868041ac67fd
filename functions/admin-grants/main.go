// Command admin-grants serves GET and POST /v1/admin/grants, and DELETE
// /v1/admin/grants/{id}: administrators list grants, give and revoke them. The rules
// are in admin.ListGrants, admin.GiveGrant and admin.RevokeGrant.
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
	store, keys, settings := dynamo.New(env.AWS("DYNAMODB"), env.Table()), env.Keys(), env.Settings()
	auth := httpapi.Auth{Authorize: account.Authorize{Store: store, Settings: settings, Now: time.Now}}
	list := admin.ListGrants{Store: store, Keys: keys}
	notices := account.Notices{Store: store, Sender: sender(env), Keys: keys, Settings: settings}
	give := admin.GiveGrant{Store: store, Notices: notices, Keys: keys, Now: time.Now, Random: rand.Reader}
	revoke := admin.RevokeGrant{Store: store, Keys: keys, Now: time.Now, Random: rand.Reader}
	if err := env.Err(); err != nil {
		log.Fatal(err)
	}
	httpapi.Start(routes(auth, list, give, revoke))
}

// sender returns the sender of texts that SMS_SENDER chooses: Amazon SNS, or the
// gateway of a carrier.
func sender(env *config.Env) account.Sender {
	if g, ok := env.SMSGateway(); ok {
		return smsgateway.New(g.URL, g.KeyID, g.Key, time.Now, rand.Reader)
	}
	return sns.New(env.AWS("SNS"))
}
