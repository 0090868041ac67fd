package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"chaoxi/shared/dynamo/maintain"
)

// storage prints what the register takes in the table, by kind of item.
func (r *register) storage(ctx context.Context, out io.Writer) error {
	kinds, err := r.store.Weigh(ctx)
	if err != nil {
		return err
	}
	t := newTable(fmt.Sprintf("What the table holds of %d people", r.size), "kind", "items", "items a person", "bytes an item", "bytes a person")
	var all maintain.Weight
	row := func(name string, w maintain.Weight) {
		people := float64(r.size)
		t.add(name, fmt.Sprint(w.Items), fmt.Sprintf("%.2f", float64(w.Items)/people), fmt.Sprint(w.Bytes/w.Items), fmt.Sprintf("%.0f", float64(w.Bytes)/people))
	}
	for _, kind := range slices.SortedFunc(maps.Keys(kinds), func(a, b string) int { return cmp.Compare(kinds[b].Bytes, kinds[a].Bytes) }) {
		row(kind, kinds[kind])
		all.Items += kinds[kind].Items
		all.Bytes += kinds[kind].Bytes
	}
	row("all", all)
	t.print(out)
	return nil
}
