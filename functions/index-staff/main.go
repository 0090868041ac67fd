// Command index-staff is started by the table's stream: it keeps what searches,
// counts, queues and the logs of organisations read true to people, recovery
// requests, the tree and the audit. What is written is decided by staff.Indexer,
// staff.Totals, account.IndexQueue and admin.IndexAudit; here is only what is to be looked at.
package main

import (
	"crypto/rand"
	"log"
	"log/slog"
	"os"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/config"
	"chaoxi/shared/dynamo"
	"chaoxi/shared/staff"
	"chaoxi/shared/streamapi"
)

func main() {
	env := config.FromEnv()
	store := dynamo.New(env.AWS("DYNAMODB"), env.Table())
	h := handler{
		Log:    slog.New(slog.NewJSONHandler(os.Stdout, nil)),
		Index:  staff.Indexer{Store: store, Now: time.Now, Random: rand.Reader},
		Queue:  account.IndexQueue{Store: store},
		Audit:  admin.IndexAudit{Store: store},
		Totals: &staff.Totals{Store: store},
	}
	if err := env.Err(); err != nil {
		log.Fatal(err)
	}
	streamapi.Start(h.Log, changeOf, h.follow)
}

func changeOf(r streamapi.Record) (dynamo.Change, error) {
	return dynamo.ChangeOf(dynamo.StreamRecord(r))
}
