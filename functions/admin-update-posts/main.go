// Command admin-update-posts is PATCH /v1/admin/staff/{employeeCode}: an
// administrator submits a record. The rules are admin.UpdatePosts's.
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
	"chaoxi/shared/staff"
)

func main() {
	env := config.FromEnv()
	store := dynamo.New(env.AWS("DYNAMODB"), env.Table())
	auth := httpapi.Auth{Authorize: account.Authorize{Store: store, Settings: env.Settings(), Now: time.Now}}
	uc := admin.UpdatePosts{
		Store:        store,
		Dictionaries: &staff.DictionaryList{Store: store, Now: time.Now},
		Keys:         env.Keys(),
		Now:          time.Now,
		Random:       rand.Reader,
		Pinyin:       read,
	}
	if err := env.Err(); err != nil {
		log.Fatal(err)
	}
	httpapi.Start(routes(auth, uc))
}

func read(name string) staff.Pinyin {
	r := pinyin.Read(name)
	return staff.Pinyin{Syllables: r.Syllables, SurnameOther: r.SurnameOther}
}
