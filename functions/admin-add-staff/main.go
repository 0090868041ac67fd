// Command admin-add-staff serves POST /v1/admin/staff: an administrator puts a person
// on the register. The rules are in admin.AddStaff.
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
	"chaoxi/shared/pinyin"
	"chaoxi/shared/smsgateway"
	"chaoxi/shared/sns"
	"chaoxi/shared/staff"
)

func main() {
	env := config.FromEnv()
	store, settings := dynamo.New(env.AWS("DYNAMODB"), env.Table()), env.Settings()
	auth := httpapi.Auth{Authorize: account.Authorize{Store: store, Settings: settings, Now: time.Now}}
	uc := admin.AddStaff{
		Store:        store,
		Dictionaries: &staff.DictionaryList{Store: store, Now: time.Now},
		Notices:      account.Notices{Store: store, Sender: sender(env), Keys: env.Keys(), Settings: settings},
		Now:          time.Now,
		Random:       rand.Reader,
		Pinyin:       pinyin.Read,
		Index:        staff.Indexer{Store: store, Now: time.Now, Random: rand.Reader}.Run,
	}
	if err := env.Err(); err != nil {
		log.Fatal(err)
	}
	httpapi.Start(routes(auth, uc))
}

// sender returns the sender of texts that SMS_SENDER chooses: Amazon SNS, or the
// gateway of a carrier.
func sender(env *config.Env) account.Sender {
	if g, ok := env.SMSGateway(); ok {
		return smsgateway.New(g.URL, g.KeyID, g.Key, time.Now, rand.Reader)
	}
	return sns.New(env.AWS("SNS"))
}
