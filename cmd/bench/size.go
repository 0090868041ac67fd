package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/dev/local"
	"chaoxi/shared/pinyin"
	"chaoxi/shared/staff"
)

const (
	sizeRuns      = 100  // of each operation, at each size
	capacityLimit = 1.10 // what an operation may cost in the largest register, as a multiple of the smallest
	latencyLimit  = 1.30 // and what it may take, beside reading one item
)

// sizes measures what administrators do in a register that grows. What an
// operation costs must not grow with it.
func sizes(ctx context.Context, out io.Writer) (bool, error) {
	people, err := peopleSetting("1000,10000,30000")
	if err != nil {
		return false, err
	}
	db, err := local.StartDynamoDB(ctx, func(s string) { say("%s", s) })
	if err != nil {
		return false, err
	}
	defer db.Close()
	r, err := newRegister(ctx, db, people[0], people[len(people)-1])
	if err != nil {
		return false, err
	}
	defer r.remove()
	if err := r.storage(ctx, out); err != nil {
		return false, err
	}

	scopes := []*scope{{who: "super administrator, everybody in sight", org: r.root}, {who: "unit administrator", org: r.crowded()}}
	for _, s := range scopes {
		if s.operations, err = r.operations(ctx, s.org); err != nil {
			return false, err
		}
		people := r.below(s.org)
		s.one = func(n int) error {
			_, err := r.store.Person(ctx, people[n%len(people)].Code)
			return err
		}
	}
	for i, size := range people {
		if i > 0 {
			if err := r.grow(ctx, size); err != nil {
				return false, err
			}
		}
		for _, s := range scopes {
			s.below = append(s.below, len(r.below(s.org)))
			for _, o := range s.operations {
				if err := o.measure(r, s.one); err != nil {
					return false, fmt.Errorf("%s: %w", o.name, err)
				}
			}
		}
	}
	held := true
	for _, s := range scopes {
		held = s.print(ctx, out, r, people) && held
	}
	return held, nil
}

// peopleSetting is BENCH_PEOPLE: sizes, the smaller first.
func peopleSetting(otherwise string) ([]int, error) {
	text := os.Getenv("BENCH_PEOPLE")
	if text == "" {
		text = otherwise
	}
	var sizes []int
	for word := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || n < 1 || len(sizes) > 0 && n <= sizes[len(sizes)-1] {
			return nil, fmt.Errorf("BENCH_PEOPLE=%s is not a list of growing sizes, as in %s", text, otherwise)
		}
		sizes = append(sizes, n)
	}
	return sizes, nil
}

// scope is an administrator of one organisation, and what they do.
type scope struct {
	who        string
	org        staff.OrgCode
	below      []int // people, at each size
	operations []*operation
	one        func(n int) error // reads one item
}

// operation is a row: something that is done again and again, the n-th time in
// the same way at each size.
type operation struct {
	name    string
	trips   int // at most
	page    string
	bounded bool
	do      func(n int) (page, error)
	runs    [][]cost // at each size
	beside  [][]cost // of reading one item, each just before
}

// page is what an operation found: people, and organisations that it read to
// name them.
type page struct{ people, orgs int }

// measure adds a size. Times are held against those of reading one item in turn
// with it: between two sizes lie minutes, in which the machine may have changed.
func (o *operation) measure(r *register, one func(n int) error) error {
	runs, beside := make([]cost, sizeRuns), make([]cost, sizeRuns)
	for n := range runs {
		var err error
		if beside[n], err = r.measure(func() error { return one(n) }); err != nil {
			return err
		}
		var found page
		if runs[n], err = r.measure(func() (err error) { found, err = o.do(n); return err }); err != nil {
			return err
		}
		runs[n].people, runs[n].orgs = found.people, found.orgs
	}
	o.runs, o.beside = append(o.runs, runs), append(o.beside, beside)
	return nil
}

// operations are what an administrator of org does.
func (r *register) operations(ctx context.Context, org staff.OrgCode) ([]*operation, error) {
	reads, err := r.administrator(org).Permit(account.StaffRead)
	edits, editErr := r.administrator(org).Permit(account.StaffEdit)
	if err := errors.Join(err, editErr); err != nil {
		return nil, err
	}
	people := alone(r.below(org))
	list := &staff.DictionaryList{Store: r.store, Now: r.now}
	search, open := admin.Search{Store: r.store, Keys: keys, Now: r.now, Kept: staff.NewOrgCache()}, admin.LoadTarget{Store: r.store, Keys: keys, Now: r.now}
	update := admin.UpdatePosts{Store: r.store, Dictionaries: list, Keys: keys, Now: r.now, Random: rand.Reader, Pinyin: pinyin.Read}
	var all []*operation
	for _, k := range kinds(r, org) {
		if len(k.inputs) == 0 {
			say("nobody to search for: %s", k.name)
			continue
		}
		o := &operation{name: k.name, trips: k.trips, page: fmt.Sprint(k.size), bounded: k.bounded}
		cursors := map[int]string{}
		if k.page > 0 { // the cursor is found beforehand, and holds its place while the register grows
			for i, in := range k.inputs {
				for range k.page - 1 {
					found, err := search.Run(ctx, reads, in, k.size, cursors[i])
					if err != nil || found.Next == "" {
						break
					}
					cursors[i] = found.Next
				}
			}
		}
		o.do = func(n int) (page, error) {
			which := n % len(k.inputs)
			found, err := search.Run(ctx, reads, k.inputs[which], k.size, cursors[which])
			return page{len(found.People), len(found.Orgs)}, err
		}
		all = append(all, o)
	}
	orgs := admin.ListOrgs{Store: r.store, Keys: keys}
	all = append(all, &operation{name: "a level of the tree, with its counts", trips: 2, page: fmt.Sprint(pageSizes[0]), do: func(int) (page, error) {
		found, err := orgs.Run(ctx, reads, admin.OrgFilter{Parent: org.String()}, pageSizes[0], "")
		return page{people: len(found.Orgs)}, err
	}})
	all = append(all, &operation{name: "a person's record", trips: 2, do: func(n int) (page, error) {
		_, err := open.Run(ctx, reads, people[n%len(people)].Code.String())
		return page{people: 1}, err
	}})
	return append(all, &operation{name: "the same, and an edit of it", trips: 5, do: func(n int) (page, error) {
		code := people[n%len(people)].Code.String()
		t, err := open.Run(ctx, edits, code)
		if err != nil {
			return page{}, err
		}
		e := completion(t.Staff, n)
		if t, err = update.Load(ctx, edits, code, e); err != nil {
			return page{}, err
		}
		_, err = update.Run(ctx, call, edits, t, e)
		return page{people: 1}, err
	}}), nil
}

// print reports whether all that must hold did.
func (s *scope) print(ctx context.Context, out io.Writer, r *register, people []int) bool {
	orgs, err := r.store.Orgs(ctx, []staff.OrgCode{s.org})
	name := s.org.String()
	if err == nil {
		name = orgs.Name(s.org)
	}
	counts := strings.Trim(strings.Join(strings.Fields(fmt.Sprint(s.below)), ", "), "[]")
	heading := []string{"operation", "page of", "people", "trips"}
	for _, what := range []string{"units", "p50", "p99"} {
		for i, n := range people {
			word := fmt.Sprint(n)
			if i == 0 {
				word = what + " " + word
			}
			heading = append(heading, word)
		}
		if what != "p99" && len(people) > 1 {
			heading = append(heading, "ratio")
		}
	}
	t := newTable(fmt.Sprintf("%s of %s (%s people in sight; %d runs of each)", s.who, name, counts, sizeRuns), append(heading, "")...)
	held := true
	for _, o := range s.operations {
		row, ok := o.row()
		t.add(row...)
		held = held && ok
	}
	t.print(out)
	return held
}

func p50(runs []cost) float64 {
	return float64(middle(runs, func(c cost) time.Duration { return c.took }))
}

// row compares the largest size with the smallest. Of the units those are left
// out that name organisations, one for each: they are a matter of who is on the
// page. A page with fewer people costs less anywhere and is not compared.
func (o *operation) row() ([]string, bool) {
	last := len(o.runs) - 1
	sum := func(runs []cost, number func(cost) float64) (total float64) {
		for _, c := range runs {
			total += number(c)
		}
		return total
	}
	found := func(runs []cost) float64 { return sum(runs, func(c cost) float64 { return float64(c.people) }) }
	net := func(runs []cost) float64 {
		return sum(runs, func(c cost) float64 { return c.read + c.write - float64(c.orgs) })
	}
	trips := 0
	for _, runs := range o.runs {
		trips = max(trips, middle(runs, func(c cost) int { return c.trips }))
	}
	row := []string{o.name, o.page, fmt.Sprintf("%.1f", found(o.runs[last])/sizeRuns), fmt.Sprint(trips)}
	for _, runs := range o.runs {
		row = append(row, fmt.Sprintf("%.1f", sum(runs, func(c cost) float64 { return c.read + c.write })/sizeRuns))
	}
	dearer := net(o.runs[last]) / net(o.runs[0])
	slower := p50(o.runs[last]) / p50(o.runs[0]) / (p50(o.beside[last]) / p50(o.beside[0]))
	held, word := trips <= o.trips, ""
	switch {
	case found(o.runs[0]) != found(o.runs[last]):
		word = "pages differ"
	case o.bounded:
		word = "bounded"
	case last > 0:
		held = held && dearer <= capacityLimit && slower <= latencyLimit
	}
	if word == "" || !held {
		word = verdict(held)
	}
	if last > 0 {
		row = append(row, fmt.Sprintf("%.2f", dearer))
	}
	for _, q := range []float64{0.5, 0.99} {
		for _, runs := range o.runs {
			took := make([]time.Duration, len(runs))
			for i, c := range runs {
				took[i] = c.took
			}
			row = append(row, ms(quantile(took, q)))
		}
		if q == 0.5 && last > 0 {
			row = append(row, fmt.Sprintf("%.2f", slower))
		}
	}
	return append(row, word), held
}
