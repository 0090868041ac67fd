// Command embedded calls, by an interface, a method that a type has from another.
package main

import (
	"context"

	"chaoxi/shared/dev/check/deploy/testdata/store"
)

type people struct{ *store.Store }

type remover interface {
	Remove(ctx context.Context) error
}

func main() {
	var r remover = people{}
	_ = r.Remove(context.Background())
}
