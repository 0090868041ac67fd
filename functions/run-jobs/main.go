// Command run-jobs follows the table's stream and does the chunks of jobs. A chunk is
// done when it is stored, and again when it is set going again. jobs.RunJobs and its
// Kinds decide what is done; this package only reads from the change which chunk it
// is.
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
	"chaoxi/shared/jobs"
	"chaoxi/shared/staff"
	"chaoxi/shared/streamapi"
)

func main() {
	env := config.FromEnv()
	store := dynamo.New(env.AWS("DYNAMODB"), env.Table())
	move := admin.MoveOrg{Store: store, Indexer: staff.Indexer{Store: store, Now: time.Now, Random: rand.Reader}, Queue: account.IndexQueue{Store: store}, Now: time.Now}
	batch := admin.Batch{Store: store, ChangeState: admin.ChangeState{
		Store: store, Dictionaries: &staff.DictionaryList{Store: store, Now: time.Now}, Keys: env.Keys(), Settings: env.Settings(), Now: time.Now, Random: rand.Reader,
	}}
	h := handler{
		Log:  slog.New(slog.NewJSONHandler(os.Stdout, nil)),
		Jobs: jobs.RunJobs{Store: store, Kinds: kinds(move, batch), Now: time.Now, Random: rand.Reader},
	}
	if err := env.Err(); err != nil {
		log.Fatal(err)
	}
	streamapi.Start(h.Log, changeOf, h.work)
}

// changeOf reads what a record of the stream says.
func changeOf(r streamapi.Record) (dynamo.Change, error) {
	return dynamo.ChangeOf(dynamo.StreamRecord(r))
}
