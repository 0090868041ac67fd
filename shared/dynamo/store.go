// Package dynamo keeps the domain in one DynamoDB table.
//
// keys.go is the map, docs/access-patterns.md the list of every read and write.
// One file per noun holds its item struct, its conversions and its methods. The
// package turns a failed condition into the domain's word for it and wraps
// everything else; no DynamoDB type leaves it. It never scans, but for the
// Operator's tools in tools.go, and it decides nothing: rules are handed the
// item that refused.
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

// Times are kept as milliseconds since 1970, but for `expires`, which the
// table's TTL reads as seconds. TTL only tidies up; conditions look at the time.

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
