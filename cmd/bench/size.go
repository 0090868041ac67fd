package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/local"
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

	scopes := []*scope{{who: "super administrator, everybody in sight", org: r.root}, {who: "unit administrator", org: r.crowded()}}
	for _, s := range scopes {
		s.operations = r.operations(ctx, s.org)
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
				runs, err := o.measure(r)
				if err != nil {
					return false, fmt.Errorf("%s: %w", o.name, err)
				}
				o.runs = append(o.runs, runs)
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
}

// operation is a row: something that is done again and again, the n-th time in
// the same way at each size.
type operation struct {
	name    string
	trips   int // at most
	page    string
	bounded bool
	do      func(n int) (people int, err error)
	runs    [][]cost // at each size
}

func (o *operation) measure(r *register) ([]cost, error) {
	runs := make([]cost, sizeRuns)
	for n := range runs {
		people := 0
		c, err := r.measure(func() (err error) { people, err = o.do(n); return err })
		if err != nil {
			return nil, err
		}
		c.people = people
		runs[n] = c
	}
	return runs, nil
}

// operations are what an administrator of org does. The first is what times are
// held against: it reads one item.
func (r *register) operations(ctx context.Context, org staff.OrgCode) []*operation {
	caller, people := r.administrator(org), alone(r.below(org))
	list := &staff.DictionaryList{Store: r.store, Now: r.now}
	search, open := admin.Search{Store: r.store, Keys: keys}, admin.Open{Store: r.store, Keys: keys, Now: r.now}
	update := admin.UpdatePosts{Store: r.store, Dictionaries: list, Keys: keys, Now: r.now, Random: rand.Reader, Pinyin: spell}
	all := []*operation{{name: "(one item)", trips: 1, do: func(n int) (int, error) {
		_, err := r.store.Person(ctx, people[n%len(people)].Code)
		return 1, err
	}}}
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
					found, err := search.Run(ctx, caller, in, k.size, cursors[i])
					if err != nil || found.Next == "" {
						break
					}
					cursors[i] = found.Next
				}
			}
		}
		o.do = func(n int) (int, error) {
			which := n % len(k.inputs)
			found, err := search.Run(ctx, caller, k.inputs[which], k.size, cursors[which])
			return len(found.People), err
		}
		all = append(all, o)
	}
	all = append(all, &operation{name: "a person's record", trips: 2, do: func(n int) (int, error) {
		_, err := open.Run(ctx, caller, people[n%len(people)].Code.String(), account.StaffRead)
		return 1, err
	}})
	return append(all, &operation{name: "the same, and an edit of it", trips: 5, do: func(n int) (int, error) {
		code := people[n%len(people)].Code.String()
		t, err := open.Run(ctx, caller, code, account.StaffEdit)
		if err != nil {
			return 0, err
		}
		e := completion(t.Staff, n)
		if t, err = update.Open(ctx, caller, code, e); err != nil {
			return 0, err
		}
		_, err = update.Run(ctx, call, caller, t, e)
		return 1, err
	}})
}

// print reports whether all that must hold did.
func (s *scope) print(ctx context.Context, out io.Writer, r *register, people []int) bool {
	orgs, err := r.store.OrgNames(ctx, []staff.OrgCode{s.org})
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
	control := s.operations[0].slower()
	for i, o := range s.operations {
		row, ok := o.row(control)
		if i == 0 {
			row[len(row)-1], ok = "", true
		}
		t.add(row...)
		held = held && ok
	}
	t.print(out)
	return held
}

// slower is how many times as long o takes at the largest size as at the smallest.
func (o *operation) slower() float64 {
	p50 := func(runs []cost) float64 { return float64(middle(runs, func(c cost) time.Duration { return c.took })) }
	return p50(o.runs[len(o.runs)-1]) / p50(o.runs[0])
}

// row compares the largest size with the smallest. Capacity is compared over the
// runs that found as many people: a page that is not full costs less anywhere.
func (o *operation) row(control float64) ([]string, bool) {
	last := len(o.runs) - 1
	units, alike, people, trips := make([]float64, len(o.runs)), 0, 0, 0
	for _, runs := range o.runs {
		trips = max(trips, middle(runs, func(c cost) int { return c.trips }))
	}
	for n := range sizeRuns {
		if o.runs[0][n].people != o.runs[last][n].people {
			continue
		}
		alike++
		people += o.runs[0][n].people
		for i, runs := range o.runs {
			units[i] += runs[n].read + runs[n].write
		}
	}
	mean := func(sum float64) string { return fmt.Sprintf("%.1f", sum/float64(max(1, alike))) }
	row := []string{o.name, o.page, mean(float64(people)), fmt.Sprint(trips)}
	for _, u := range units {
		row = append(row, mean(u))
	}
	dearer := units[last] / max(units[0], 0.5)
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
			row = append(row, fmt.Sprintf("%.2f", o.slower()))
		}
	}
	held, word := trips <= o.trips, ""
	switch {
	case alike < sizeRuns/2:
		word = "pages differ"
	case o.bounded:
		word = "bounded"
	case last > 0:
		held = held && dearer <= capacityLimit && o.slower()/control <= latencyLimit
	}
	if word == "" || !held {
		word = verdict(held)
	}
	return append(row, word), held
}
