// Command generic makes its call in a method of a generic type.
package main

import (
	"context"

	"chaoxi/shared/dev/check/deploy/testdata/store"
)

type page[T any] struct{ items []T }

func (p page[T]) fill(ctx context.Context) { _ = store.Store{}.List(ctx) }

func main() { page[int]{}.fill(context.Background()) }
