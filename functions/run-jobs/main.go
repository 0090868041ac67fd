// Command run-jobs is started by the table's stream: it does the chunks of jobs,
// each as it is put into the table or set going again. What is done is decided by
// admin.RunJobs and its kinds; here is only which chunk.
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
	h := handler{
		Log: slog.New(slog.NewJSONHandler(os.Stdout, nil)),
		Jobs: jobs.RunJobs{
			Store: store, Now: time.Now, Random: rand.Reader,
			Kinds: map[string]jobs.Kind{
				admin.JobMoveOrg: admin.MoveOrg{
					Store: store, Indexer: staff.Indexer{Store: store, Now: time.Now, Random: rand.Reader}, Queue: account.IndexQueue{Store: store}, Now: time.Now,
				},
			},
		},
	}
	if err := env.Err(); err != nil {
		log.Fatal(err)
	}
	streamapi.Start(h.Log, changeOf, h.work)
}

func changeOf(r streamapi.Record) (dynamo.Change, error) {
	return dynamo.ChangeOf(dynamo.StreamRecord(r))
}
