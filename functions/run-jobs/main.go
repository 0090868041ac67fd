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
	"chaoxi/shared/config"
	"chaoxi/shared/dynamo"
	"chaoxi/shared/jobs"
	"chaoxi/shared/pinyin"
	"chaoxi/shared/smsgateway"
	"chaoxi/shared/sns"
	"chaoxi/shared/streamapi"
)

func main() {
	env := config.FromEnv()
	store := dynamo.New(env.AWS("DYNAMODB"), env.Table())
	with := tools{store, sender(env), env.Keys(), env.Settings(), time.Now, wait, rand.Reader, pinyin.Read}
	h := handler{
		Log:  slog.New(slog.NewJSONHandler(os.Stdout, nil)),
		Jobs: jobs.RunJobs{Store: store, Kinds: with.kinds(), Now: time.Now, Random: rand.Reader},
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

// sender returns the sender of texts that SMS_SENDER chooses: Amazon SNS, or the
// gateway of a carrier.
func sender(env *config.Env) account.Sender {
	if g, ok := env.SMSGateway(); ok {
		return smsgateway.New(g.URL, g.KeyID, g.Key, time.Now, rand.Reader)
	}
	return sns.New(env.AWS("SNS"))
}
