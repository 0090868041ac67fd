// Package maintain is the operator's work on the table. It registers the first
// people and organisations, loads many at once, makes the search index follow from
// the people again (Reindex), compares the whole table with itself (Check), and
// weighs it.
//
// It may scan; nothing else may. No function can import it: cmd/register,
// cmd/bench, the demo register and tests do. Look first at Store, which has all of
// dynamo.Store and the methods for loading, then at Check and Reindex.
package maintain

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/dynamo"
	"chaoxi/shared/dynamo/internal/table"
)

// Store is a dynamo.Store that can also do the operator's work on the table.
type Store struct {
	*dynamo.Store
	table *table.Client
}

// New returns a Store on the table of that name. It opens nothing and cannot fail.
// Options come last, for tests that count or break calls.
func New(cfg aws.Config, name string, options ...func(*dynamodb.Options)) *Store {
	return on(table.New(cfg, name, options...))
}

// Over returns a Store that works through db's own settings, but with the patience
// of New: for tools and tests that have a client already.
func Over(db *dynamodb.Client, name string, options ...func(*dynamodb.Options)) *Store {
	return on(table.Over(db, name, options...))
}

func on(t *table.Client) *Store { return &Store{dynamo.On(t), t} }
