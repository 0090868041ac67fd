// Command dictionaries is GET /v1/dictionaries: what may be chosen, and what old
// codes are called. The list is staff.DictionaryList's.
package main

import (
	"log"
	"time"

	"chaoxi/shared/config"
	"chaoxi/shared/dynamo"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/staff"
)

func main() {
	env := config.FromEnv()
	list := &staff.DictionaryList{Store: dynamo.New(env.AWS("DYNAMODB"), env.Table()), Now: time.Now}
	if err := env.Err(); err != nil {
		log.Fatal(err)
	}
	httpapi.Start(routes(list))
}
