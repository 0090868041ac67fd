package main

import (
	"context"
	"errors"
	"fmt"

	"chaoxi/shared/dynamo/maintain"
)

// publish puts everybody and every organisation on the stream for other systems. It
// changes nothing, and may run while the system is in use.
func publish(ctx context.Context, t tool, args []string) error {
	fs := t.flags("publish")
	from := fs.String("from", "", "go on from this place, which an earlier run has named")
	if err := parse(fs, args); err != nil {
		return err
	}
	if t.Others == nil {
		return errors.New("FEED_STREAM is missing: the name of the stream for other systems (template.yaml, Feed)")
	}
	uc := maintain.Publish{Store: t.Store, To: t.Others, Progress: func(r maintain.PublishReport) {
		if r.From != "" {
			fmt.Fprintf(t.Err, "%d people and %d organisations told; go on with -from %s\n", r.People, r.Orgs, r.From)
		}
	}}
	r, err := uc.Run(ctx, *from)
	if err != nil {
		if r.From != "" {
			return fmt.Errorf("%w\ngo on with: register publish -from %s", err, r.From)
		}
		return err
	}
	fmt.Fprintf(t.Out, "Told other systems of %d people and %d organisations.\n", r.People, r.Orgs)
	return nil
}
