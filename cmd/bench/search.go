package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/local"
	"chaoxi/shared/staff"
)

// pageSizes are what a page may hold: the largest that both registers can fill.
var pageSizes = []int{20, 10, 5, 2}

const (
	searchRuns    = 50   // of each search, in each register
	capacityLimit = 1.10 // what a page may cost in the large register, as a multiple of the small one's
	searchTexts   = 10   // of one kind, in turn
)

// searches measures the same searches in a small and in a large register, in
// turn. What a page costs must not grow with the register.
func searches(ctx context.Context, out io.Writer) (bool, error) {
	sizes, err := peopleSetting("1000,10000")
	if err != nil {
		return false, err
	}
	db, err := local.StartDynamoDB(ctx, func(s string) { say("%s", s) })
	if err != nil {
		return false, err
	}
	defer db.Close()
	var registers [2]*register
	for i, size := range sizes {
		began := time.Now()
		if registers[i], err = newRegister(ctx, db, size); err != nil {
			return false, err
		}
		defer registers[i].remove()
		say("it took %.0f s", time.Since(began).Seconds())
	}
	held := true
	for _, scope := range []struct {
		who string
		org staff.OrgCode
	}{{"super administrator, everybody in sight", registers[0].root}, {"unit administrator", registers[0].crowded()}} {
		ok, err := compare(ctx, out, registers, scope.who, scope.org)
		if err != nil {
			return false, err
		}
		held = held && ok
	}
	return held, nil
}

// peopleSetting is BENCH_PEOPLE: two sizes, the smaller first.
func peopleSetting(otherwise string) ([2]int, error) {
	text := os.Getenv("BENCH_PEOPLE")
	if text == "" {
		text = otherwise
	}
	a, b, _ := strings.Cut(text, ",")
	small, err1 := strconv.Atoi(strings.TrimSpace(a))
	large, err2 := strconv.Atoi(strings.TrimSpace(b))
	if err1 != nil || err2 != nil || small < 1 || large < small {
		return [2]int{}, fmt.Errorf("BENCH_PEOPLE=%s is not two sizes, as in %s", text, otherwise)
	}
	return [2]int{small, large}, nil
}

// crowded is the lowest organisation that a fifth of the register is below.
func (r *register) crowded() staff.OrgCode {
	best, depth := r.root, 0
	for _, o := range r.orgs {
		for i, c := range o.Path {
			if i > depth && len(r.below(c)) >= len(r.people)/5 {
				best, depth = c, i
			}
		}
	}
	return best
}

// below are people with a post in org or below it.
func (r *register) below(org staff.OrgCode) []staff.Staff {
	return r.where(func(p staff.Staff) bool {
		return slices.ContainsFunc(p.ActivePosts(), func(post staff.Post) bool { return r.orgs[post.Org].In(org) })
	})
}

// kind is one way to search, as the searches that stand for it.
type kind struct {
	name  string
	trips int // at most, beyond finding out who calls
	size  int // of a page
	page  int // which page is measured
	// bounded: rows are read past that a filter drops, up to a number that does
	// not depend on the register. A small register does not reach it.
	bounded bool
	inputs  []admin.SearchInput
}

// kinds are searches that fill a page in the register many, of people below org,
// and searches for single persons of the register one.
func kinds(many, one *register, org staff.OrgCode) []kind {
	people := many.below(org)
	at := posts{many.orgs, org}
	// filled is a kind by texts that enough people have.
	filled := func(k kind, of func(staff.Staff) []string, in func(string) admin.SearchInput) kind {
		for _, k.size = range pageSizes {
			k.inputs = each(common(people, 2*k.size, of), in)
			if len(k.inputs) >= 3 { // else it is chance who comes up
				break
			}
		}
		return k
	}
	single := func(k kind, in func(staff.Staff) admin.SearchInput) kind {
		k.size, k.inputs = pageSizes[0], each(alone(one.below(org)), in)
		return k
	}
	q := func(t string) admin.SearchInput { return admin.SearchInput{Q: t} }
	return []kind{
		{name: "the list", trips: 2, size: pageSizes[0], inputs: []admin.SearchInput{{}}},
		{name: "the list, page 10", trips: 2, size: pageSizes[0], page: 10, inputs: []admin.SearchInput{{}}},
		filled(kind{name: "part of a name", trips: 2}, characters, q),
		filled(kind{name: "pinyin", trips: 2}, func(p staff.Staff) []string { return p.Pinyin.Syllables }, q),
		filled(kind{name: "initials", trips: 2}, initials, q),
		filled(kind{name: "a phone's beginning", trips: 2}, beginnings, q),
		single(kind{name: "last four digits", trips: 2}, func(p staff.Staff) admin.SearchInput { return q(lastFour(p)) }),
		single(kind{name: "a whole phone", trips: 3}, func(p staff.Staff) admin.SearchInput { return q(p.Phone.National()) }),
		single(kind{name: "a whole account", trips: 3}, func(p staff.Staff) admin.SearchInput { return admin.SearchInput{Account: p.Account.String()} }),
		filled(kind{name: "in a unit, by its name", trips: 3}, at.units, func(u string) admin.SearchInput { return admin.SearchInput{Unit: u} }),
		filled(kind{name: "in a division", trips: 3}, at.divisions, func(d string) admin.SearchInput { return admin.SearchInput{Division: d} }),
		filled(kind{name: "main post in an organisation", trips: 2}, at.inside, func(o string) admin.SearchInput { return admin.SearchInput{MainOrg: o} }),
		filled(kind{name: "in an organisation", trips: 2}, at.inside, func(o string) admin.SearchInput { return admin.SearchInput{Org: o} }),
		filled(kind{name: "part of a name, in an organisation", trips: 2}, at.characters, func(t string) admin.SearchInput {
			org, name, _ := strings.Cut(t, " ")
			return admin.SearchInput{Org: org, Q: name}
		}),
		{name: "incomplete", trips: 2, size: pageSizes[2], inputs: []admin.SearchInput{{Incomplete: "true"}}},
		{name: "pending, in the list", trips: 2, size: pageSizes[0], bounded: true, inputs: []admin.SearchInput{{AccountState: string(staff.Pending)}}},
	}
}

// each makes searches of the first few of what may be searched by.
func each[T any](all []T, in func(T) admin.SearchInput) []admin.SearchInput {
	var inputs []admin.SearchInput
	for _, t := range all[:min(len(all), searchTexts)] {
		inputs = append(inputs, in(t))
	}
	return inputs
}

// common are the texts that people have, if at least so many have them; those
// that most have first.
func common(people []staff.Staff, least int, of func(staff.Staff) []string) []string {
	count := map[string]int{}
	for _, p := range people {
		for _, t := range slices.Compact(slices.Sorted(slices.Values(of(p)))) {
			count[t]++
		}
	}
	found := slices.DeleteFunc(slices.Sorted(maps.Keys(count)), func(t string) bool { return t == "" || count[t] < least })
	slices.SortStableFunc(found, func(a, b string) int { return count[b] - count[a] })
	return found
}

// alone are people with one post, in a section of a unit, and with last four
// digits that nobody else has.
func alone(people []staff.Staff) []staff.Staff {
	count := map[string]int{}
	for _, p := range people {
		count[lastFour(p)]++
	}
	return slices.DeleteFunc(slices.Clone(people), func(p staff.Staff) bool {
		return count[lastFour(p)] > 1 || len(p.Posts) != 1 || p.Posts[0].Unit == p.Posts[0].Org
	})
}

func lastFour(p staff.Staff) string {
	n := p.Phone.National()
	return n[max(0, len(n)-4):]
}

// characters are those of the name.
func characters(p staff.Staff) []string { return strings.Split(staff.NameKey(p.Name), "") }

// initials are those of syllables that follow each other.
func initials(p staff.Staff) []string {
	var pairs []string
	for i := range len(p.Pinyin.Syllables) - 1 {
		pairs = append(pairs, p.Pinyin.Syllables[i][:1]+p.Pinyin.Syllables[i+1][:1])
	}
	return pairs
}

// beginnings are those of the phone that are not the whole of it.
func beginnings(p staff.Staff) []string {
	var all []string
	for n := 4; n < len(p.Phone.National()); n++ {
		all = append(all, p.Phone.National()[:n])
	}
	return all
}

// posts says what can be searched by of people's posts at or below an organisation.
type posts struct {
	orgs  staff.Orgs
	below staff.OrgCode
}

func (at posts) each(p staff.Staff, of func(unit, org staff.Org)) {
	for _, post := range p.ActivePosts() {
		if o := at.orgs[post.Org]; o.In(at.below) {
			of(at.orgs[post.Unit], o)
		}
	}
}

// inside are organisations at or above the posts.
func (at posts) inside(p staff.Staff) []string {
	var codes []string
	at.each(p, func(_, o staff.Org) {
		for _, c := range o.Path[slices.Index(o.Path, at.below)+1:] {
			codes = append(codes, c.String())
		}
	})
	return codes
}

// characters are those of the name with each organisation inside.
func (at posts) characters(p staff.Staff) []string {
	var both []string
	for _, o := range at.inside(p) {
		for _, c := range characters(p) {
			both = append(both, o+" "+c)
		}
	}
	return both
}

func (at posts) units(p staff.Staff) []string {
	var names []string
	at.each(p, func(unit, _ staff.Org) {
		if unit.In(at.below) {
			names = append(names, unit.Name)
		}
	})
	return names
}

func (at posts) divisions(p staff.Staff) []string {
	var codes []string
	at.each(p, func(_, o staff.Org) { codes = append(codes, o.Division) })
	return codes
}

// compare runs every kind of search by an administrator of org in both registers.
func compare(ctx context.Context, out io.Writer, registers [2]*register, who string, org staff.OrgCode) (bool, error) {
	orgs, err := registers[0].store.OrgNames(ctx, []staff.OrgCode{org})
	if err != nil {
		return false, err
	}
	sizes := [2]string{fmt.Sprint(registers[0].size), fmt.Sprint(registers[1].size)}
	t := newTable(fmt.Sprintf("Search, %s of %s (%d and %d people; %d searches of each kind in turn)",
		who, orgs.Name(org), len(registers[0].below(org)), len(registers[1].below(org)), searchRuns),
		"search", "page of", "people", "trips", "RRU "+sizes[0], sizes[1], "ratio", "p50 "+sizes[0], sizes[1], "ratio", "p99 "+sizes[0], sizes[1], fmt.Sprintf("RRU ≤ %.2f", capacityLimit))
	held := true
	small, large := kinds(registers[0], registers[0], org), kinds(registers[0], registers[1], org)
	for i := range small {
		if len(small[i].inputs) == 0 || len(large[i].inputs) == 0 {
			say("nobody to search for: %s", small[i].name)
			continue
		}
		runs, err := inBoth(ctx, registers, [2]kind{small[i], large[i]}, org)
		if err != nil {
			return false, fmt.Errorf("%s: %w", small[i].name, err)
		}
		row, ok := compared(small[i], runs)
		t.add(row...)
		held = held && ok
	}
	t.print(out)
	return held, nil
}

// inBoth are the costs of a kind of search in both registers, in pairs.
func inBoth(ctx context.Context, registers [2]*register, kinds [2]kind, org staff.OrgCode) (runs [2][]cost, err error) {
	cursors := [2]map[int]string{{}, {}} // by input, of the page that is measured
	for n := range searchRuns {
		for i, r := range registers {
			k := kinds[i]
			uc := admin.Search{Store: r.store, Keys: keys}
			caller, which := r.administrator(org), n%len(k.inputs)
			in := k.inputs[which]
			for page := 1; page < k.page && n < len(k.inputs); page++ {
				found, err := uc.Run(ctx, caller, in, k.size, cursors[i][which])
				if err != nil {
					return runs, err
				}
				cursors[i][which] = found.Next
			}
			c, err := search(ctx, r, uc, caller, in, k.size, cursors[i][which])
			if err != nil {
				return runs, err
			}
			runs[i] = append(runs[i], c)
		}
	}
	return runs, nil
}

func search(ctx context.Context, r *register, uc admin.Search, caller account.Caller, in admin.SearchInput, size int, cursor string) (cost, error) {
	var found admin.Found
	c, err := r.measure(func() (err error) { found, err = uc.Run(ctx, caller, in, size, cursor); return err })
	c.people = len(found.People)
	return c, err
}

// compared is the row of a kind. Capacity is compared over the pairs of pages
// with as many people: a page that is not full costs less, in any register.
func compared(k kind, runs [2][]cost) ([]string, bool) {
	var read [2]float64
	var took [2][]time.Duration
	pairs, people := 0, 0
	for n := range runs[0] {
		for i := range runs {
			took[i] = append(took[i], runs[i][n].took)
		}
		if runs[0][n].people == runs[1][n].people {
			pairs++
			people += runs[0][n].people
			read[0] += runs[0][n].read
			read[1] += runs[1][n].read
		}
	}
	trips := max(middle(runs[0], func(c cost) int { return c.trips }), middle(runs[1], func(c cost) int { return c.trips }))
	ratio, held, word := read[1]/max(read[0], 0.5), trips <= k.trips, ""
	switch {
	case people == 0:
		word = "nobody"
	case k.bounded:
		word = "bounded"
	case pairs < len(runs[0])/2:
		word = "pages differ"
	default:
		held = held && ratio <= capacityLimit
		word = verdict(held)
	}
	mean := func(sum float64) string { return fmt.Sprintf("%.1f", sum/float64(max(1, pairs))) }
	p50 := [2]time.Duration{median(took[0]), median(took[1])}
	return []string{
		k.name, fmt.Sprint(k.size), mean(float64(people)), fmt.Sprint(trips), mean(read[0]), mean(read[1]), fmt.Sprintf("%.2f", ratio),
		ms(p50[0]), ms(p50[1]), fmt.Sprintf("%.2f", float64(p50[1])/float64(p50[0])), ms(quantile(took[0], 0.99)), ms(quantile(took[1], 0.99)), word,
	}, held
}
