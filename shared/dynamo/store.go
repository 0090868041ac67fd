// Package dynamo reads and writes the one DynamoDB table for functions.
//
// Each subject has a file, such as sessions.go. Each method that reads or writes is one
// access pattern and names its row in docs/access-patterns.md. A method turns a
// failed condition into the domain's error for it. Any other error becomes
// Unavailable. No DynamoDB type leaves the package.
//
// The package never scans: maintain does what reads the whole table. Keys, items and
// single calls are in internal/table. Rules are in the domain: a method whose
// condition has failed gives the item that was there to the rule, and the rule says
// why. Look first at Store.Person in staff.go, then at Store.Change in record.go.
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
type Store struct {
	table *table.Client
	above aboveHints
}

// New returns a Store on the table of that name. It makes no call and cannot fail.
// Options come last; tests count or break calls by them.
func New(cfg aws.Config, name string, options ...func(*dynamodb.Options)) *Store {
	return &Store{table: table.New(cfg, name, options...)}
}

// On returns a Store that makes its calls by a Client.
func On(table *table.Client) *Store { return &Store{table: table} }

// Over returns a Store with db's own options, but with the retries of New. It is for
// tools and tests that have a client already. Options come last.
func Over(db *dynamodb.Client, name string, options ...func(*dynamodb.Options)) *Store {
	return &Store{table: table.Over(db, name, options...)}
}

// Pause waits before the n-th repetition of a write that others have made fail. The
// time is random, so that two writers do not meet again: below 10 ms × 2^n, and
// below a second. Pause fails with Unavailable when ctx ends.
func (s *Store) Pause(ctx context.Context, n int) error {
	select {
	case <-ctx.Done():
		return table.Outage(ctx.Err())
	case <-time.After(rand.N(min(10*time.Millisecond<<n, time.Second))):
		return nil
	}
}
