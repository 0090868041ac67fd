// Command method calls a method of another package.
package main

import (
	"context"

	"chaoxi/shared/dev/check/deploy/testdata/store"
)

func main() { _ = store.Store{}.List(context.Background()) }
