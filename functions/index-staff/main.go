// Command index-staff follows the table's stream. When a person, a recovery request,
// an organisation or the audit has changed, it updates what depends on that: the
// search index, the numbers of people, the queues of recovery requests, the logs of
// organisations, and the list of shared ID cards. With FEED_STREAM it also tells other
// systems of people and organisations. staff.Indexer, staff.Totals,
// account.IndexQueue, admin.IndexAudit, admin.NoteSharedCard and feed.Publisher decide what they write;
// this package only decides which of them a change starts.
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
	"chaoxi/shared/feed"
	"chaoxi/shared/kinesis"
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
		Cards:  admin.NoteSharedCard{Store: store},
	}
	if stream := env.Feed(); stream != "" {
		h.Others = feed.Publisher{Stream: kinesis.New(env.AWS("KINESIS"), stream), Now: time.Now}
	}
	if err := env.Err(); err != nil {
		log.Fatal(err)
	}
	streamapi.Start(h.Log, changeOf, h.follow)
}

// changeOf reads what a record of the stream says.
func changeOf(r streamapi.Record) (dynamo.Change, error) {
	return dynamo.ChangeOf(dynamo.StreamRecord(r))
}
