package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"chaoxi/shared/dev/demo"
	"chaoxi/shared/dev/local"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/staff"
)

// importRate is the least rate of an import, index included, as a share of that at which
// BatchWriteItem alone writes the same items.
const importRate = 0.5

// importPeople measures imports by the whole system: how fast the people of a file are on
// the register and in its index, beside BatchWriteItem of the same items without any rule;
// and what memory the two functions take with more and more people.
func importPeople(ctx context.Context, out io.Writer) (bool, error) {
	people, err := peopleSetting("1000,10000")
	if err != nil {
		return false, err
	}
	t := newTable("An import, by the whole system", "people", "people/s", "items", "items/s", "raw items/s", "ratio", "at least", "", "admin-import MB", "run-jobs MB", "≤ 50 %")
	held := true
	for _, n := range people {
		one, err := importOnce(ctx, n, true)
		if err != nil {
			return false, fmt.Errorf("%d people: %w", n, err)
		}
		rate, raw := float64(one.items)/one.took.Seconds(), float64(one.items)/one.raw.Seconds()
		held = held && rate >= importRate*raw && one.small
		t.add(strconv.Itoa(n), fmt.Sprintf("%.0f", float64(n)/one.took.Seconds()), strconv.Itoa(one.items), fmt.Sprintf("%.0f", rate), fmt.Sprintf("%.0f", raw),
			fmt.Sprintf("%.2f", rate/raw), units(importRate), verdict(rate >= importRate*raw), mb(one.reads), mb(one.works), verdict(one.small))
	}
	t.print(out)
	return held, nil
}

// imported is what one import took.
type imported struct {
	items        int // that it has written
	took, raw    time.Duration
	reads, works int  // bytes of admin-import and run-jobs at the most
	small        bool // both take at most half of what they are given
}

// importOnce imports a file of that many people into a fresh system, and then, if it is to
// be held against that, writes what the import has written into an empty table.
func importOnce(ctx context.Context, people int, raw bool) (imported, error) {
	system, err := local.Start(ctx, local.Options{Seed: demo.Seeding(memoryPeople), Progress: func(s string) { say("%s", s) }})
	if err != nil {
		return imported{}, err
	}
	defer system.Close()
	d := &driver{system: system, http: &http.Client{}}
	r := &register{store: maintain.Over(system.DB, system.Table)}
	if err := r.look(ctx); err != nil {
		return imported{}, err
	}
	units, err := r.units(ctx, r.root)
	if err != nil {
		return imported{}, err
	}
	boss, err := r.person(superAccount)
	if err != nil {
		return imported{}, err
	}
	var session struct{ Token string }
	if err := d.secondStep(ctx, boss, &session); err != nil {
		return imported{}, err
	}
	before, err := r.items(ctx)
	if err != nil {
		return imported{}, err
	}
	roots, err := r.store.OrgRecords(ctx, []staff.OrgCode{r.root})
	if err != nil {
		return imported{}, err
	}

	var one imported
	began := time.Now()
	job, err := d.imports(ctx, session.Token, peopleFile(people, units))
	if err != nil {
		return imported{}, err
	}
	if err := d.awaitJob(ctx, session.Token, job, people); err != nil {
		return imported{}, err
	}
	if err := r.awaitPeople(ctx, roots[r.root].All.People+people); err != nil {
		return imported{}, err
	}
	one.took = time.Since(began)
	if err := one.measure(system); err != nil || !raw {
		return one, err
	}
	after, took, err := r.rewritten(ctx, system)
	one.items = after - before
	one.raw = time.Duration(float64(took) * float64(one.items) / float64(after))
	return one, err
}

// items are how many items the table has.
func (r *register) items(ctx context.Context) (int, error) {
	kinds, err := r.store.Weigh(ctx)
	n := 0
	for _, w := range kinds {
		n += w.Items
	}
	return n, err
}

// rewritten says how long it takes to write all items into another table of the template,
// which has a stream as well.
func (r *register) rewritten(ctx context.Context, system *local.System) (int, time.Duration, error) {
	table, ok := system.Template.Table("Table")
	if !ok {
		return 0, 0, errors.New("template.yaml has no table called Table")
	}
	name := system.Table + "-raw"
	if err := table.Create(ctx, system.DB, name); err != nil {
		return 0, 0, err
	}
	return r.store.Rewrite(ctx, name, time.Now)
}

// imports posts a file, and returns the id of the job.
func (d *driver) imports(ctx context.Context, token string, file []byte) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.system.URL+"/v1/admin/imports?format=csv&dryRun=false", bytes.NewReader(file))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Idempotency-Key", "the-bench")
	res, err := d.http.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var made struct{ ID string }
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusAccepted {
		return "", fmt.Errorf("the file is answered %d %s (%w)", res.StatusCode, raw, err)
	}
	return made.ID, json.Unmarshal(raw, &made)
}

// awaitJob waits until a job has done everybody.
func (d *driver) awaitJob(ctx context.Context, token, job string, people int) error {
	for {
		var now struct {
			State        string
			Done, Failed int
		}
		if err := d.call(ctx, http.MethodGet, "/v1/admin/jobs/"+job, token, nil, http.StatusOK, &now); err != nil {
			return err
		}
		switch now.State {
		case "queued", "running":
			if err := aMoment(ctx); err != nil {
				return err
			}
		case "done":
			if now.Done != people || now.Failed > 0 {
				return fmt.Errorf("of %d people %d are done, %d of them without success", people, now.Done, now.Failed)
			}
			return nil
		default:
			return fmt.Errorf("the job is %s", now.State)
		}
	}
}

// awaitPeople waits until the index has counted that many people in the whole tree.
func (r *register) awaitPeople(ctx context.Context, people int) error {
	for {
		roots, err := r.store.OrgRecords(ctx, []staff.OrgCode{r.root})
		if err != nil || roots[r.root].All.People >= people {
			return err
		}
		if err := aMoment(ctx); err != nil {
			return err
		}
	}
}

// aMoment waits until it makes sense to ask again. Each question takes its part of the
// machine; the console comes to ask even less often.
func aMoment(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(2 * time.Second):
		return nil
	}
}

// measure reads the most memory of the functions that an import runs.
func (one *imported) measure(system *local.System) error {
	all, err := children()
	if err != nil {
		return err
	}
	for _, c := range all {
		switch c.program {
		case "admin-import":
			one.reads = max(one.reads, c.peak)
		case "run-jobs":
			one.works = max(one.works, c.peak)
		}
	}
	one.small = true
	for _, f := range system.Template.Functions {
		peak := map[string]int{"admin-import": one.reads, "run-jobs": one.works}[f.Name]
		one.small = one.small && float64(peak) <= memoryShare*float64(f.MemoryMB<<20)
	}
	return nil
}
