package main

import (
	"context"
	"errors"
	"fmt"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo/maintain"
)

// reindex first finishes moves of organisations whose jobs have failed. Then it
// brings the search index of all people, the counts and the totals up to date. It
// changes nothing that is right already, and may run while the system is in use.
func reindex(ctx context.Context, t tool, args []string) error {
	fs := t.flags("reindex")
	from := fs.String("from", "", "go on from this place, which an earlier run has named")
	if err := parse(fs, args); err != nil {
		return err
	}
	uc := maintain.Reindex{Store: t.Store, Indexer: t.indexer(), Progress: func(r maintain.ReindexReport) {
		if r.From != "" {
			fmt.Fprintf(t.Err, "%d people, %d indexed, %d stray rows, %d failed; go on with -from %s\n", r.People, r.Indexed, r.Strays, r.Failed, r.From)
		}
	}}
	move := admin.MoveOrg{Store: t.Store, Indexer: t.indexer(), Queue: account.IndexQueue{Store: t.Store}, Now: t.Now}
	moved, err := move.Finish(ctx)
	if err != nil {
		return err
	}
	if moved > 0 {
		fmt.Fprintf(t.Out, "Finished %d moves of organisations.\n", moved)
	}
	r, err := uc.Run(ctx, *from)
	if err != nil && !errors.Is(err, maintain.ErrReindex) {
		if r.From != "" {
			return fmt.Errorf("%w\ngo on with: register reindex -from %s", err, r.From)
		}
		return err
	}
	if r.Changed() {
		fmt.Fprintf(t.Out, "Looked at %d people. Indexed %d of them, removed %d stray rows, put the counts of %d organisations right, and the totals of %d.\n", r.People, r.Indexed, r.Strays, r.Counts, r.Totals)
	} else {
		fmt.Fprintf(t.Out, "Looked at %d people. Nothing to change: the index is as it should be.\n", r.People)
	}
	if r.InMotion > 0 {
		fmt.Fprintf(t.Out, "The counts of %d organisations changed meanwhile and were left alone; run again to look at them.\n", r.InMotion)
	}
	if r.Uncounted {
		fmt.Fprintln(t.Out, "Counts were not compared, as only a part of the table was gone through.")
	}
	return err
}
