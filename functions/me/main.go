// Command me serves /v1/me: people see their own record and sign-ins, and change
// their password and phone. The rules are in account.Me, account.ChangePassword and
// account.ChangePhone.
package main

import (
	"crypto/rand"
	"log"
	"time"

	"chaoxi/shared/pinyin"

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
	store, keys, settings := dynamo.New(env.AWS("DYNAMODB"), env.Table()), env.Keys(), env.Settings()
	auth := httpapi.Auth{Authorize: account.Authorize{Store: store, Settings: settings, Now: time.Now}}
	uses := useCases{
		account.Me{Store: store, Keys: keys, Now: time.Now},
		account.ChangePassword{Store: store, Hasher: argon2id.Hasher{}, Sender: sender(env), Keys: keys, Settings: settings, Pinyin: pinyin.Read, Now: time.Now, Random: rand.Reader},
		account.ChangePhone{
			Store: store, Dictionaries: &staff.DictionaryList{Store: store, Now: time.Now}, Hasher: argon2id.Hasher{}, Sender: sender(env),
			Keys: keys, Settings: settings, Now: time.Now, Random: rand.Reader,
		},
	}
	if err := env.Err(); err != nil {
		log.Fatal(err)
	}
	httpapi.Start(routes(auth, uses))
}

// sender returns the sender of texts that SMS_SENDER chooses: Amazon SNS, or the
// gateway of a carrier.
func sender(env *config.Env) account.Sender {
	if g, ok := env.SMSGateway(); ok {
		return smsgateway.New(g.URL, g.KeyID, g.Key, time.Now, rand.Reader)
	}
	return sns.New(env.AWS("SNS"))
}
