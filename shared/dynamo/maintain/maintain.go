// Package maintain does the operator's work on the table. It registers the first
// people and organisations, loads many at once, makes the search index follow from
// the people again (Reindex), compares the whole table with itself (Check), and
// adds up the bytes of its items by kind (Weigh).
//
// Only this package may scan. No function may import it (TestArrows); cmd/register, cmd/bench,
// the demo register and tests do. Look first at Store, which has all methods of
// dynamo.Store and those for loading, then at Check and Reindex.
package maintain

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/dynamo"
	"chaoxi/shared/dynamo/internal/table"
)

// Store is a dynamo.Store with the methods for the operator's work.
type Store struct {
	*dynamo.Store
	table *table.Client
}

// New returns a Store on the table of that name. It makes no call and cannot fail.
// Options come last; tests count or break calls by them.
func New(cfg aws.Config, name string, options ...func(*dynamodb.Options)) *Store {
	return on(table.New(cfg, name, unhurried(options)...))
}

// Over returns a Store with db's own options, but with the retries of New. It is for
// tools and tests that have a client already. Options come last.
func Over(db *dynamodb.Client, name string, options ...func(*dynamodb.Options)) *Store {
	return on(table.Over(db, name, unhurried(options)...))
}

// unhurried puts before the options that an attempt may take longer than in a function:
// nobody waits for the operator's work, which reaches the table from far away, and with
// all that it can take.
func unhurried(options []func(*dynamodb.Options)) []func(*dynamodb.Options) {
	patience := table.Patience{Call: 10 * time.Second, Transaction: 20 * time.Second, Other: time.Minute}
	return append([]func(*dynamodb.Options){patience.Set}, options...)
}

func on(t *table.Client) *Store { return &Store{dynamo.On(t), t} }
