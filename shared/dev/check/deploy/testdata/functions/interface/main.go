// Command interface knows the store by an interface alone where it calls it.
package main

import (
	"context"

	"chaoxi/shared/dev/check/deploy/testdata/store"
)

type reader interface {
	Read(ctx context.Context) error
}

func use(r reader) { _ = r.Read(context.Background()) }

func main() { use(store.Store{}) }
