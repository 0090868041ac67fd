// Command index-staff is started by the table's stream: it keeps what searches,
// counts, queues and the logs of organisations read true to people, recovery
// requests, the tree and the audit. What is written is decided by staff.Indexer,
// staff.RollUp, account.IndexQueue and admin.IndexAudit; here is only what is to be looked at.
package main

import (
	"crypto/rand"
	"log"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/config"
	"chaoxi/shared/dynamo"
	"chaoxi/shared/staff"
)

func main() {
	env := config.FromEnv()
	store := dynamo.New(env.AWS("DYNAMODB"), env.Table())
	queue := account.IndexQueue{Store: store}
	up := newInTurn(staff.RollUp{Store: store})
	h := handler{
		Function: lambdacontext.FunctionName,
		Log:      slog.New(slog.NewJSONHandler(os.Stdout, nil)),
		Kinds: map[string]follow{
			dynamo.StaffKind:    followStaff(staff.Indexer{Store: store, Now: time.Now, Random: rand.Reader}, queue),
			dynamo.RecoveryKind: followRecovery(queue),
			dynamo.AuditKind:    followAudit(admin.IndexAudit{Store: store}),
			dynamo.CountKind:    followCount(up),
			dynamo.ChildKind:    followCount(up),
			dynamo.TotalKind:    followTotal(up, store),
		},
	}
	if err := env.Err(); err != nil {
		log.Fatal(err)
	}
	lambda.Start(h.serve)
}
