// Command transaction writes two items in one call.
package main

import (
	"context"

	"chaoxi/shared/dev/check/deploy/testdata/store"
)

func main() { _ = store.Store{}.Move(context.Background()) }
