// Command closure makes its calls in functions that are values.
package main

import (
	"context"

	"chaoxi/shared/dev/check/deploy/testdata/store"
)

var db store.Store

var tasks = []func(context.Context) error{
	func(ctx context.Context) error { return db.Write(ctx) },
	db.Remove,
}

func main() {
	for _, task := range tasks {
		_ = task(context.Background())
	}
}
