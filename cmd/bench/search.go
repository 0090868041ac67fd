package main

import (
	"maps"
	"slices"
	"strings"

	"chaoxi/shared/admin"
	"chaoxi/shared/staff"
)

// pageSizes are what a page may hold: the largest that the register can fill.
var pageSizes = []int{20, 10, 5, 2}

const searchTexts = 10 // of one kind, in turn

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

// kinds are searches that fill a page with people of r below org, and searches
// for single persons.
func kinds(r *register, org staff.OrgCode) []kind {
	people := r.below(org)
	at := posts{r.orgs, org}
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
		k.size, k.inputs = pageSizes[0], each(alone(people), in)
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

// beginnings is the beginning of the phone that is shown to everybody. By more of a
// phone, administrators without the right to reveal it find nobody.
func beginnings(p staff.Staff) []string { return []string{p.Phone.National()[:3]} }

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
