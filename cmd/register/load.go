package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/jobs"
	"chaoxi/shared/pinyin"
	"chaoxi/shared/roster"
	"chaoxi/shared/staff"
)

// errRefusedRows says that some of a file's people were not loaded, and that the report
// has them.
var errRefusedRows = errors.New("some people were refused")

const (
	// loadStretch is how many people are loaded between two notes of the state. They are
	// looked at again after a run that was killed.
	loadStretch = 500
	// loadTries is how often a person is tried while the table is too busy, and loadPause
	// how long the longest pause between two tries is: some minutes in all.
	loadTries = 10
	loadPause = 30 * time.Second
)

// loadFlags are the flags of load.
type loadFlags struct {
	dryRun        bool
	perSecond     float64
	atOnce        int
	state, report string
}

// load adds and changes the people of a CSV by the rules of an import. It looks through
// the whole file before it writes anything. It notes in a state file how far it is, so that
// a run that was killed at any moment can be started again: who was loaded already is found,
// and nothing about them changes.
func load(ctx context.Context, t tool, args []string) error {
	var in loadFlags
	flags := t.flags("load")
	flags.BoolVar(&in.dryRun, "dry-run", false, "tell what would be refused, and write nothing but the report")
	flags.Float64Var(&in.perSecond, "per-second", 40, "people a second at the most; fewer while the table is too busy")
	flags.IntVar(&in.atOnce, "at-once", 8, "people loaded side by side")
	flags.StringVar(&in.state, "state", "", "file to note in what is done, and to go on from (FILE.state)")
	flags.StringVar(&in.report, "report", "", "CSV of the people who were refused, and why (FILE.refused.csv, of a dry run FILE.dry-run.csv)")
	name, err := parseFile(flags, args)
	if err != nil {
		return err
	}
	if !(in.perSecond > 0 && in.perSecond <= 10_000) || in.atOnce < 1 || in.atOnce > 256 {
		fmt.Fprintln(t.Err, "register load: -per-second is at most 10000, -at-once 1 to 256")
		return errUsage
	}
	report := name + ".refused.csv"
	if in.dryRun { // beside that of a load that goes on later
		report = name + ".dry-run.csv"
	}
	in.state, in.report = cmp.Or(in.state, name+".state"), cmp.Or(in.report, report)
	l, err := t.loader(ctx, in, name)
	if err != nil {
		return err
	}
	defer l.file.Close()
	err = l.run(ctx)
	if errors.Is(err, errRefusedRows) || err == nil {
		return err
	}
	if in.dryRun {
		return err
	}
	return fmt.Errorf("%w\nstopped after %d of %d people; the same command goes on from there", err, l.state.Done, l.state.People)
}

// loader loads one file.
type loader struct {
	tool
	loadFlags
	file   *rosterFile
	state  loadState
	report *loadReport
	pace   *pace
	use    admin.Load

	began  time.Time
	before int // people that an earlier run has done
	told   time.Time
}

// loader opens the file, and what an earlier run of it has left. The file is looked through
// unless that run has done so.
func (t tool) loader(ctx context.Context, in loadFlags, name string) (*loader, error) {
	words, err := t.Store.Dictionaries(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the dictionaries: %w", err)
	}
	f, err := openRoster(name, words)
	if err != nil {
		return nil, err
	}
	dictionaries := &staff.DictionaryList{Store: t.Store, Now: t.Now}
	l := &loader{
		tool: t, loadFlags: in, file: f, pace: newPace(in.perSecond),
		use: admin.Load{
			Store:       t.Store,
			AddStaff:    admin.AddStaff{Store: t.Store, Dictionaries: dictionaries, Now: t.Now, Random: t.Random, Pinyin: pinyin.Read},
			UpdatePosts: admin.UpdatePosts{Store: t.Store, Dictionaries: dictionaries, Notices: account.Notices{Settings: t.Settings}, Now: t.Now, Random: t.Random, Pinyin: pinyin.Read},
		},
	}
	if err := l.prepare(ctx); err != nil {
		f.Close()
		return nil, err
	}
	return l, nil
}

// prepare reads the state of an earlier run, or looks through the file.
func (l *loader) prepare(ctx context.Context) error {
	if !l.dryRun {
		if err := readState(l.loadFlags.state, &l.state); err != nil {
			return err
		}
	}
	if l.state.File != "" {
		switch {
		case l.state.File != l.file.digest:
			return fmt.Errorf("the file is not the one that %s tells of: it has changed since that run began. Load the file as it was, or delete %s to load this one from its beginning", l.loadFlags.state, l.loadFlags.state)
		case l.state.Table != l.Table:
			return fmt.Errorf("%s tells of the table %s, not of %s", l.loadFlags.state, l.state.Table, l.Table)
		}
		fmt.Fprintf(l.Err, "going on after %d of %d people\n", l.state.Done, l.state.People)
		return nil
	}
	fmt.Fprintf(l.Err, "columns: %s\n", l.file.columns())
	if ignored := l.file.Ignored; len(ignored) > 0 {
		fmt.Fprintf(l.Err, "not read: %s\n", joined(ignored))
	}
	seen, err := l.file.look(ctx)
	if err != nil {
		return err
	}
	l.state = loadState{File: l.file.digest, Table: l.Table, People: seen.people, Again: seen.again}
	fmt.Fprintf(l.Err, "%d people; %d of them with something wrong in the file itself\n", seen.people, seen.flawed)
	return nil
}

// run loads who is not done yet.
func (l *loader) run(ctx context.Context) error {
	var err error
	if l.report, err = openReport(l.loadFlags.report, l.state.Report); err != nil {
		return err
	}
	defer l.report.Close()
	if err := l.note(); err != nil {
		return err
	}
	l.began, l.before = l.Now(), l.state.Done
	if err := l.stretches(ctx); err != nil {
		return err
	}
	s := l.state
	if l.dryRun {
		fmt.Fprintf(l.Out, "A dry run: of %d people %d would be added, %d changed, %d are so already, %d would be refused.\n", s.Done, s.Added, s.Changed, s.Unchanged, s.Refused)
	} else {
		fmt.Fprintf(l.Out, "Of %d people %d were added, %d changed, %d were so already, %d were refused.\n", s.Done, s.Added, s.Changed, s.Unchanged, s.Refused)
		if err := os.Remove(l.loadFlags.state); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if s.Refused > 0 {
		return fmt.Errorf("%w: %d, in %s", errRefusedRows, s.Refused, l.loadFlags.report)
	}
	return nil
}

// stretches loads the people of the file, a stretch at a time.
func (l *loader) stretches(ctx context.Context) error {
	n := 0
	var stretch []roster.Person
	for p, err := range l.file.People() {
		if err != nil {
			return unreadable(err)
		}
		if n++; n <= l.state.Done {
			continue
		}
		if stretch = append(stretch, p); len(stretch) == loadStretch {
			if err := l.stretch(ctx, stretch); err != nil {
				return err
			}
			stretch = stretch[:0]
		}
	}
	if len(stretch) == 0 {
		return nil
	}
	return l.stretch(ctx, stretch)
}

// stretch loads some people, and then notes what became of them.
func (l *loader) stretch(ctx context.Context, people []roster.Person) error {
	for i := range people {
		if a, ok := l.state.Again[people[i].Row]; ok {
			people[i].Flaws = append(people[i].Flaws, l.file.Again(people[i], a.Column, a.Row, a.Same))
		}
	}
	results, err := l.all(ctx, people)
	if err != nil {
		return err
	}
	for _, r := range results {
		l.state.count(r)
		if err := l.report.add(r); err != nil {
			return err
		}
	}
	return l.note()
}

// note writes the report and then the state, which says how much of the report counts, and
// tells the progress now and then.
func (l *loader) note() error {
	size, err := l.report.flush()
	if err != nil {
		return err
	}
	l.state.Report = size
	if !l.dryRun {
		if err := writeState(l.loadFlags.state, l.state); err != nil {
			return err
		}
	}
	now := l.Now()
	if done := l.state.Done - l.before; done > 0 && (now.Sub(l.told) >= 5*time.Second || l.state.Done == l.state.People) {
		l.told = now
		fmt.Fprintln(l.Err, l.state.progress(done, now.Sub(l.began)))
	}
	return nil
}

// all loads people, several at once, and returns what became of them, in their order. Those
// whose first post is in one organisation are loaded one after the other: their transactions
// write one count, and would only hold each other up.
func (l *loader) all(ctx context.Context, people []roster.Person) ([]jobs.Result, error) {
	at, err := l.use.Begin(ctx, l.file.Columns, audit.Call{ID: "register-load-" + l.file.digest[:16]}, l.dryRun)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	results := make([]jobs.Result, len(people))
	next := make(chan []int)
	var workers sync.WaitGroup
	for range l.atOnce {
		workers.Go(func() {
			for some := range next {
				for _, i := range some {
					var err error
					if results[i], err = l.one(ctx, at, people[i]); err != nil {
						stop(err)
						break
					}
				}
			}
		})
	}
	for _, some := range byPlace(people) {
		next <- some // of those that come after an error, the first one fails at once
	}
	close(next)
	workers.Wait()
	return results, context.Cause(ctx)
}

// byPlace divides people by the place of their first post, as the file names it: their
// indexes, in the order of the file.
func byPlace(people []roster.Person) [][]int {
	var groups [][]int
	known := map[string]int{}
	for i, p := range people {
		place := fmt.Sprint("nowhere ", i)
		if len(p.Posts) > 0 {
			place = p.Posts[0].Values["unit"] + "\n" + p.Posts[0].Values["org"]
		}
		g, ok := known[place]
		if !ok {
			g = len(groups)
			known[place], groups = g, append(groups, nil)
		}
		groups[g] = append(groups[g], i)
	}
	return groups
}

// one loads one person when it is their turn. While the table is too busy, all become
// slower, and the person is tried again.
func (l *loader) one(ctx context.Context, at admin.Loading, p roster.Person) (jobs.Result, error) {
	for try := 1; ; try++ {
		if err := l.Wait(ctx, l.pace.reserve(l.Now())); err != nil {
			return jobs.Result{}, err
		}
		r, err := at.One(ctx, p)
		switch {
		case err == nil:
			l.pace.faster()
			return r, nil
		case ctx.Err() != nil:
			return r, ctx.Err()
		case !errors.Is(err, fault.Unavailable), try == loadTries:
			return r, fmt.Errorf("row %d: %w", p.Row, err)
		}
		l.pace.slower(l.Now())
		if err := l.Wait(ctx, min(loadPause, time.Second<<(try-1))); err != nil {
			return r, err
		}
	}
}

// wait returns after a time, or earlier with an error if ctx is over.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// unreadable is why a file cannot be read, in the words of an import.
func unreadable(err error) error {
	var why *roster.Unreadable
	if errors.As(err, &why) {
		where := ""
		if why.Row > 0 {
			where = fmt.Sprintf("row %d: ", why.Row)
		}
		return fmt.Errorf("%s%s (%s): %w", where, why.Flaw().En, why.Flaw().Code, err)
	}
	var refused *fault.Error
	if errors.As(err, &refused) && len(refused.Fields) > 0 {
		var all []error
		for _, f := range refused.Fields {
			all = append(all, fmt.Errorf("%s: %s (%s)", cmp.Or(f.Column, f.Path), f.En, f.Code))
		}
		return errors.Join(all...)
	}
	return err
}

// joined is a list for people.
func joined(all []string) string {
	return strings.Join(slices.Sorted(slices.Values(all)), ", ")
}
