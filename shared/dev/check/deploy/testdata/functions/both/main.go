// Command both has two types behind one interface.
package main

import (
	"context"

	"chaoxi/shared/dev/check/deploy/testdata/archive"
	"chaoxi/shared/dev/check/deploy/testdata/store"
)

type reader interface {
	Read(ctx context.Context) error
}

func main() {
	for _, r := range []reader{store.Store{}, archive.Archive{}} {
		_ = r.Read(context.Background())
	}
}
