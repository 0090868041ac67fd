package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"chaoxi/shared/dynamo/maintain"
)

// errUnsound says that check has found something, and that the findings were printed.
var errUnsound = errors.New("the register is not sound")

// check reads the whole table, compares its items with each other, and prints what
// disagrees. It ends with an error if it found anything. It writes only the state
// file, and may run while the system is in use.
func check(ctx context.Context, t tool, args []string) error {
	flags := t.flags("check")
	slices := flags.Int("slices", 256, "parts to read the table in: one is lost when a run is interrupted")
	atOnce := flags.Int("at-once", 4, "parts read side by side")
	settle := flags.Duration("settle", 90*time.Second, "how long what looks wrong with the index is watched before it is a finding")
	file := flags.String("state", "", "file to note in what is done, and to go on from")
	if err := parse(flags, args); err != nil {
		return err
	}
	if *slices < 1 || *slices > 100_000 || *atOnce < 1 || *settle < 0 {
		fmt.Fprintln(t.Err, "register check: -slices is 1 to 100000, -at-once at least 1, -settle not negative")
		return errUsage
	}
	var from maintain.CheckReport
	if err := readState(*file, &from); err != nil {
		return err
	}
	if from.Slices == 0 {
		from.Slices = *slices
	}
	var unsaved error
	uc := maintain.Check{
		Store: t.Store, Now: t.Now, AtOnce: *atOnce, Settle: *settle,
		Report: func(f maintain.Finding) { fmt.Fprintf(t.Out, "%s\t%s\twanted: %s\n", f.What, f.Key, f.Want) },
		Progress: func(r maintain.CheckReport) {
			fmt.Fprintf(t.Err, "%d of %d parts: %d items, %d people, %d organisations, %d findings\n", len(r.Done), r.Slices, r.Items, r.People, r.Orgs, r.Findings)
			if err := writeState(*file, r); err != nil {
				unsaved = err
			}
		},
	}
	r, err := uc.Run(ctx, from)
	if err = errors.Join(err, unsaved); err != nil {
		if *file != "" {
			return fmt.Errorf("%w\ngo on with: register check -state %s", err, *file)
		}
		return err
	}
	fmt.Fprintf(t.Out, "Looked at %d items, %d people, %d organisations: %d findings.\n", r.Items, r.People, r.Orgs, r.Findings)
	if r.InMotion > 0 {
		fmt.Fprintf(t.Out, "%d things changed at every look and were left alone; run again to look at them.\n", r.InMotion)
	}
	if *file != "" {
		if err := os.Remove(*file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if r.Findings > 0 {
		return fmt.Errorf("%w: %d findings", errUnsound, r.Findings)
	}
	return nil
}
