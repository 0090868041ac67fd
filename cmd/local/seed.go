package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/dev/demo"
	"chaoxi/shared/dev/local"
)

// seed returns the function that fills a new table with the demo register: the named
// people, and that many invented ones.
func seed(staff int) local.Seed {
	return func(ctx context.Context, db *dynamodb.Client, table string, progress func(string)) error {
		return demo.Seed(ctx, db, table, staff, progress)
	}
}
