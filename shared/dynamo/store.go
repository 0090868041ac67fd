// Package dynamo is what functions read from and write to the one DynamoDB table.
//
// One file a noun holds the methods of that noun. Each method is one access pattern
// and names its row in docs/access-patterns.md. A method turns a failed condition
// into the domain's error for it; any other error becomes Unavailable. No DynamoDB
// type leaves the package.
//
// The package never scans: what reads the whole table is in maintain. Keys, items
// and single calls are in internal/table. Rules are the domain's: where a rule has to
// explain why a condition failed, it is handed the item that was there. Look first at
// Store.Person in staff.go, then at Store.Change in record.go.
package dynamo

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/dynamo/internal/table"
)

// Store implements the store interfaces that the use cases declare.
type Store struct{ table *table.Client }

// New returns a Store on the table of that name. It opens nothing and cannot
// fail. Options come last, for tests that count or break calls.
func New(cfg aws.Config, name string, options ...func(*dynamodb.Options)) *Store {
	return &Store{table.New(cfg, name, options...)}
}

// On returns a Store on a table that is at hand.
func On(table *table.Client) *Store { return &Store{table} }

// Over returns a Store that works through db's own settings, but with the
// patience of New: for tools and tests that have a client already. Options come last.
func Over(db *dynamodb.Client, name string, options ...func(*dynamodb.Options)) *Store {
	return &Store{table.Over(db, name, options...)}
}

// Pause waits a while that grows with n and differs from writer to writer.
func (s *Store) Pause(ctx context.Context, n int) error {
	select {
	case <-ctx.Done():
		return table.Outage(ctx.Err())
	case <-time.After(rand.N(min(10*time.Millisecond<<n, time.Second))):
		return nil
	}
}
