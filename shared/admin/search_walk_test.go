package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// walkOf is the walk of a search by an administrator of some organisations.
func walkOf(in SearchInput, limit int, tops ...staff.Org) walk {
	var grants []account.Grant
	for _, o := range tops {
		grants = append(grants, grant(account.UnitGrant, o))
	}
	return walk{must(in.parse()), ScopeOf(caller(grants...), account.StaffRead), ScopeOf(caller(grants...), account.PIIReveal), limit, map[staff.OrgCode]staff.OrgType{}}
}

func codes(orgs ...staff.Org) []staff.OrgCode {
	all := make([]staff.OrgCode, len(orgs))
	for i, o := range orgs {
		all[i] = o.Code
	}
	return all
}

func TestSpans(t *testing.T) {
	tests := []struct {
		name         string
		in           SearchInput
		units, heads []staff.Org
		want         []span
	}{
		{"no filter on organisations", SearchInput{Q: "张"}, nil, nil, []span{{byScope, codes(data, finance)}}},
		{"a unit of a name that several have", SearchInput{Unit: "局"}, []staff.Org{finance, data}, nil, []span{{byUnit, codes(data, finance)}}},
		{"a unit of a name that none has", SearchInput{Unit: "局"}, nil, nil, []span{{byUnit, nil}}},
		{"a division, in which the caller's own may lie", SearchInput{Division: "330100"}, nil, []staff.Org{district}, []span{{byDivision, codes(district, data, finance)}}},
		{"all of them", SearchInput{Unit: data.Code.String(), MainOrg: section.Code.String(), Org: district.Code.String()}, []staff.Org{data}, nil,
			[]span{{byUnit, codes(data)}, {byMain, codes(section)}, {byOrg, codes(district)}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := walkOf(tt.in, 1, finance, data).spans(codes(tt.units...), codes(tt.heads...))
			if !slices.EqualFunc(got, tt.want, func(a, b span) bool { return a.kind == b.kind && slices.Equal(a.orgs, b.orgs) }) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

func TestBeginnings(t *testing.T) {
	var many []staff.OrgCode
	for n := range atOnce + 3 {
		many = append(many, must(staff.ParseOrgCode(fmt.Sprintf("GO_%031xf", n))))
	}
	at := cursorPos{Kind: byOrg, Org: many[2], After: "a row"}
	first := func(q string, known staff.OrgType) walk {
		w := walkOf(SearchInput{Q: q}, 1, province)
		if known != "" {
			w.types[many[0]] = known
		}
		return w
	}
	tests := []struct {
		name  string
		walk  walk
		spans []span
		at    cursorPos
		orgs  int // that are read
		reads []pageRead
	}{
		{"the one organisation of the caller is known", first("", ""), []span{{byScope, many[:1]}}, cursorPos{}, 0, []pageRead{{byScope, many[0], "", false}}},
		{"of several, one may lie below another", first("", ""), []span{{byScope, many[:2]}}, cursorPos{}, 2, []pageRead{{byScope, many[0], "", false}, {byScope, many[1], "", false}}},
		{"of each span", first("", ""), []span{{byUnit, many[3:4]}, {byOrg, many[:1]}}, cursorPos{}, 2, []pageRead{{byUnit, many[3], "", false}, {byOrg, many[0], "", false}}},
		{"with a cursor, where it stands", first("", ""), []span{{byOrg, many}}, at, len(many), []pageRead{{byOrg, many[2], "a row", false}}},
		{"with a cursor of a list that is walked no more, the one after it", first("", ""), []span{{byOrg, many[3:]}}, at, len(many) - 3, []pageRead{{byOrg, many[3], "", false}}},
		{"by a text, in a heading", first("zh", staff.GroupOrg), []span{{byScope, many[:1]}}, cursorPos{}, 0, []pageRead{{byScope, many[0], "", false}}},
		{"in a unit", first("zh", staff.UnitOrg), []span{{byScope, many[:1]}}, cursorPos{}, 0, []pageRead{{byScope, many[0], "", true}}},
		{"in part of one", first("zh", staff.InstitutionOrg), []span{{byScope, many[:1]}}, cursorPos{}, 0, []pageRead{{byScope, many[0], "", true}}},
		{"in what is not known to be any of them", first("zh", ""), []span{{byScope, many[:1]}}, cursorPos{}, 1, []pageRead{{byScope, many[0], "", false}, {byScope, many[0], "", true}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			orgs, reads := tt.walk.beginnings(tt.spans, tt.at)
			if len(orgs) != tt.orgs || !slices.Equal(reads, tt.reads) {
				t.Errorf("%d organisations, want %d; %v, want %v", len(orgs), tt.orgs, reads, tt.reads)
			}
		})
	}
	for at, want := range map[int]int{0: atOnce, 1: atOnce, len(many) - 2: 2} {
		reads := walk{}.ahead(span{byOrg, many}, cursorPos{Kind: byOrg, Org: many[at], After: "a row"})
		if len(reads) != want || reads[0] != (pageRead{byOrg, many[at], "a row", false}) || reads[1] != (pageRead{byOrg, many[at+1], "", false}) {
			t.Errorf("from list %d on: %v", at, reads)
		}
	}
	if _, reads := (walk{}).beginnings([]span{{byOrg, many}}, cursorPos{}); len(reads) != atOnce {
		t.Errorf("%d pages are read at once", len(reads))
	}
}

func TestChoose(t *testing.T) {
	mine, abroad := org("本县", staff.GroupOrg, province, district), org("邻县", staff.GroupOrg, province, district)
	mine.Division, abroad.Division = "330199", "330299"
	orgs := staff.Orgs{mine.Code: mine, abroad.Code: abroad}
	for c, o := range tree {
		orgs[c] = o
	}
	tests := []struct {
		name  string
		tops  []staff.Org
		spans []span
		want  span
	}{
		{"the deepest", []staff.Org{province}, []span{{byOrg, codes(district)}, {byMain, codes(section)}, {byUnit, codes(data)}}, span{byMain, codes(section)}},
		{"of two as deep, the first", []staff.Org{province}, []span{{byUnit, codes(data)}, {byOrg, codes(finance)}}, span{byUnit, codes(data)}},
		{"none out of scope", []staff.Org{data}, []span{{byOrg, codes(finance, section)}}, span{byOrg, codes(section)}},
		{"nobody, where a filter is out of scope", []staff.Org{data}, []span{{byOrg, codes(section)}, {byUnit, codes(finance)}}, span{}},
		{"nobody, where a filter is no organisation", []staff.Org{province}, []span{{byOrg, codes(staff.Org{})}}, span{}},
		{"none below another", []staff.Org{province}, []span{{byOrg, codes(team, data, section)}}, span{byOrg, codes(data)}},
		{"none twice", []staff.Org{province}, []span{{byOrg, codes(data, data)}}, span{byOrg, codes(data)}},
		{"but units within units", []staff.Org{province}, []span{{byUnit, codes(data, centre)}}, span{byUnit, codes(data, centre)}},
		{"none of another division", []staff.Org{mine, abroad}, []span{{byDivision, codes(mine, abroad)}}, span{byDivision, codes(mine)}},
		{"the caller's only one, which nobody has read", []staff.Org{org("未读", staff.UnitOrg)}, []span{{byScope, codes(finance)}}, span{byScope, codes(finance)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := walkOf(SearchInput{Division: "330100"}, 1, tt.tops...).choose(tt.spans, orgs)
			if got.kind != tt.want.kind || !slices.Equal(got.orgs, tt.want.orgs) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

func TestQuery(t *testing.T) {
	unit := data.Code.String()
	tests := []struct {
		name string
		in   SearchInput
		kind spanKind
		want RowQuery // without Scope, After, Text and Whole
	}{
		{"everybody", SearchInput{}, byScope, RowQuery{List: staff.ByOrder, Limit: 21}},
		{"who has left", SearchInput{Employment: "left"}, byScope, RowQuery{List: staff.ByOrder, Left: true, Limit: 21}},
		{"a text", SearchInput{Q: "zh"}, byOrg, RowQuery{List: staff.ByTerm, Limit: 21}},
		{"few digits", SearchInput{Q: "137"}, byOrg, RowQuery{List: staff.ByTerm, Limit: rowsFiltered}},
		{"whom something is missing of", SearchInput{Incomplete: "true"}, byOrg, RowQuery{List: staff.ToDo, Limit: 21}},
		{"the same, by a text", SearchInput{Q: "zh", Incomplete: "true"}, byOrg, RowQuery{List: staff.ByTerm, Limit: 401}},
		{"most people are active", SearchInput{AccountState: "active"}, byOrg, RowQuery{List: staff.ByOrder, Limit: 41}},
		{"few are frozen", SearchInput{AccountState: "frozen"}, byOrg, RowQuery{List: staff.ByOrder, Limit: 401}},
		{"most people are complete", SearchInput{Incomplete: "false"}, byOrg, RowQuery{List: staff.ByOrder, Filter: RowFilter{Incomplete: No}, Limit: 41}},
		{"few of who has left are not", SearchInput{Employment: "left", Incomplete: "true"}, byOrg, RowQuery{List: staff.ByOrder, Left: true, Filter: RowFilter{Incomplete: Yes}, Limit: rowsFiltered}},
		{"a level", SearchInput{JobLevel: "J1"}, byOrg, RowQuery{List: staff.ByOrder, Filter: RowFilter{JobLevel: "J1"}, Limit: rowsFiltered}},
		{"the same, by a text", SearchInput{Q: "zh", JobLevel: "J1"}, byOrg, RowQuery{List: staff.ByTerm, Limit: 401}},
		{"the unit of the list", SearchInput{Unit: "数据局"}, byUnit, RowQuery{List: staff.ByOrder, Limit: 41}},
		{"a unit in another list", SearchInput{Unit: unit}, byOrg, RowQuery{List: staff.ByOrder, Limit: rowsFiltered}},
		{"main posts", SearchInput{}, byMain, RowQuery{List: staff.ByOrder, Filter: RowFilter{Main: true}, Limit: 41}},
		{"a county", SearchInput{Division: "330199"}, byDivision, RowQuery{List: staff.ByOrder, Limit: 21}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := walkOf(tt.in, 10, province)
			tt.want.Scope, tt.want.After, tt.want.Text = section.Code, "a row", w.text
			if got := w.query(pageRead{tt.kind, section.Code, "a row", false}); got != tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
			if w.text.IsZero() {
				return
			}
			tt.want.List, tt.want.Limit = staff.ByOrder, rowsTexted
			if got := w.query(pageRead{tt.kind, section.Code, "a row", true}); got != tt.want {
				t.Errorf("in the list %+v, want %+v", got, tt.want)
			}
		})
	}
}

// rowsOf are rows by their keys: "a1" is a row of person 1 with the key a.
func rowsOf(keys ...string) []FoundRow {
	var rows []FoundRow
	for _, k := range keys {
		var n int
		if _, err := fmt.Sscan(k[1:], &n); err != nil {
			panic(err)
		}
		rows = append(rows, FoundRow{Key: k[:1], Term: "zhang", Staff: employee(n)})
	}
	return rows
}

func TestGather(t *testing.T) {
	lists := span{byOrg, codes(data, finance)}
	start, second := cursorPos{byOrg, data.Code, ""}, cursorPos{byOrg, finance.Code, ""}
	all := func(rows, more []FoundRow) map[staff.OrgCode]RowPage {
		return map[staff.OrgCode]RowPage{data.Code: {Rows: rows}, finance.Code: {Rows: more}}
	}
	tests := []struct {
		name string
		text string
		at   cursorPos
		read map[staff.OrgCode]RowPage
		want string // keys of the rows
		next cursorPos
	}{
		{"both lists to their ends", "", start, all(rowsOf("a1"), rowsOf("b2")), "ab", cursorPos{}},
		{"a page of people", "", start, all(rowsOf("a1", "b2", "c3"), rowsOf("d4")), "ab", cursorPos{byOrg, data.Code, "b"}},
		{"the page ends where the list does", "", start, all(rowsOf("a1", "b2"), rowsOf("d4")), "ab", second},
		{"further rows of a person count as none", "", start, all(rowsOf("a1", "b1", "c2"), rowsOf("d1")), "abcd", cursorPos{}},
		{"from a row on", "", cursorPos{byOrg, data.Code, "a"}, all(rowsOf("b2"), nil), "b", cursorPos{}},
		{"from the second list on", "", second, all(rowsOf("a1"), rowsOf("b2")), "b", cursorPos{}},
		{"rows that the text does not find", "li", start, all(rowsOf("a1"), rowsOf("b2")), "", cursorPos{}},
		{"in the list of a unit, whoever may be found", "min", cursorPos{byOrg, centre.Code, ""}, map[staff.OrgCode]RowPage{centre.Code: {Rows: []FoundRow{
			{Key: "a", Staff: employee(1), Terms: []string{"zhangmin", "min"}}, {Key: "b", Staff: employee(2), Terms: []string{"zhangm"}}, {Key: "c", Staff: employee(3)},
		}}}, "ac", cursorPos{}},
		{"more rows of the list are not read", "", start, map[staff.OrgCode]RowPage{data.Code: {Rows: rowsOf("a1"), Last: "k"}, finance.Code: {Rows: rowsOf("b2")}}, "a", cursorPos{byOrg, data.Code, "k"}},
		{"none that was read is let through", "", start, map[staff.OrgCode]RowPage{data.Code: {Last: "k"}}, "", cursorPos{byOrg, data.Code, "k"}},
		{"the second list is not read", "", start, map[staff.OrgCode]RowPage{data.Code: {Rows: rowsOf("a1")}}, "a", second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			lists, w := lists, walkOf(SearchInput{Q: tt.text}, 2, province)
			if _, ok := tt.read[centre.Code]; ok {
				lists = span{byOrg, codes(centre)}
				w.types[centre.Code] = staff.UnitOrg
			}
			rows, next := w.gather(lists, tt.at, tt.read)
			got := ""
			for _, r := range rows {
				got += r.Key
				if !slices.ContainsFunc(tt.read[lists.orgs[r.list]].Rows, func(row FoundRow) bool { return row.Key == r.Key }) {
					t.Errorf("%s is not of list %d", r.Key, r.list)
				}
			}
			if got != tt.want || next != tt.next {
				t.Errorf("%q and on from %v, want %q and %v", got, next, tt.want, tt.next)
			}
		})
	}
}

func TestIsListedHere(t *testing.T) {
	p := zhangmin().Staff
	sort := func(o staff.Org) string {
		for _, e := range staff.ScopesOf(p, tree) {
			if e.Org == o.Code {
				return e.Sort
			}
		}
		t.Fatalf("she is not listed in %s", o.Name)
		return ""
	}
	_, here, _ := strings.Cut(sort(data), "#")
	old := "000009.000009#" + here // from before her organisation moved
	tests := []struct {
		name  string
		q     string
		lists span
		list  int
		term  string
		want  bool
	}{
		{"where she stands", "", span{byOrg, codes(data)}, 0, sort(data), true},
		{"at the place from before her organisation moved", "", span{byOrg, codes(data)}, 0, old, true},
		{"at the place from before she got another order", "", span{byOrg, codes(data)}, 0, strings.Replace(sort(data), "#000008", "#000009", 1), false},
		{"in a list that she is no longer in", "", span{byOrg, codes(centre)}, 0, sort(data), false},
		{"in the second list, when she is in the first", "", span{byOrg, codes(data, finance)}, 1, sort(finance), false},
		{"in the second list, when she is not in the first", "", span{byOrg, codes(centre, finance)}, 1, sort(finance), true},
		{"in the list of her unit", "", span{byUnit, codes(data)}, 0, sort(data), true},
		{"in the list of a unit around her own", "", span{byUnit, codes(district)}, 0, sort(district), false},
		{"at the first of her terms", "张", span{byOrg, codes(data)}, 0, "张敏", true},
		{"at a later one", "zhang", span{byOrg, codes(data)}, 0, "zhangm", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := walkOf(SearchInput{Q: tt.q}, 1, province)
			if got := w.isListedHere(p, tree, tt.lists, listed{FoundRow{Term: tt.term}, tt.list}); got != tt.want {
				t.Errorf("%t", got)
			}
		})
	}

	var rows []listed
	for _, term := range []string{old, sort(data), "000009.000009#another"} {
		rows = append(rows, listed{FoundRow{Term: term, Staff: p.Code}, 0})
	}
	shown := walkOf(SearchInput{}, 1, province).show(span{byOrg, codes(data)}, rows, map[staff.EmployeeCode]staff.Staff{p.Code: p}, tree, nil)
	if len(shown.people) != 1 || shown.rows[0].Term != old {
		t.Errorf("with her old row beside the new one, she is shown %d times", len(shown.people))
	}
}

// fakeIndex is storage for a search, with the index in memory. It reads pages of
// at most so many rows and drops none by their facts, as a page may.
type fakeIndex struct {
	orgs   staff.Orgs
	people map[staff.EmployeeCode]staff.Staff
	rows   []indexed
	most   int
	behind map[staff.EmployeeCode]bool // whose new rows are not there yet
}

// indexed is a row with the terms that stand beside its key.
type indexed struct {
	staff.Row
	terms []string
	orgs  []staff.OrgCode
}

func (x *fakeIndex) IndexRecords(_ context.Context, codes []staff.EmployeeCode) (map[staff.EmployeeCode]staff.IndexRecord, error) {
	found := map[staff.EmployeeCode]staff.IndexRecord{}
	for _, c := range codes {
		record := staff.IndexRecord{Revision: x.people[c].Revision}
		if x.behind[c] {
			record.Revision--
		}
		found[c] = record
	}
	return found, nil
}

func (x *fakeIndex) list(p staff.Staff) {
	e := staff.IndexEntryOf(p, x.orgs)
	for _, r := range e.Rows(p.Code) {
		now := indexed{Row: r, orgs: p.Orgs()}
		if e.HasTerms(r) {
			now.terms = e.Terms
		}
		if i := slices.IndexFunc(x.rows, func(was indexed) bool { return was.Row == r }); i >= 0 {
			x.rows[i] = now
		} else {
			x.rows = append(x.rows, now)
		}
	}
}

func (x *fakeIndex) Rows(_ context.Context, q RowQuery) (RowPage, error) {
	key := func(r indexed) string { return r.Term + " " + r.Staff.String() }
	var found []FoundRow
	for _, r := range x.rows {
		asked := q.List != staff.ByTerm || slices.ContainsFunc(q.Text.Ranges(q.Whole), func(in staff.TermRange) bool { return in.Has(r.Term) })
		if r.Kind == q.List && r.Scope == q.Scope && r.Left == q.Left && asked && key(r) > q.After {
			found = append(found, FoundRow{Key: key(r), Term: r.Term, Staff: r.Staff, Terms: r.terms, Orgs: r.orgs})
		}
	}
	slices.SortFunc(found, func(a, b FoundRow) int { return cmp.Compare(a.Key, b.Key) })
	if most := min(x.most, q.Limit); len(found) > most {
		return RowPage{found[:most], found[most-1].Key}, nil
	}
	return RowPage{Rows: found}, nil
}

func (x *fakeIndex) OrgsNamed(_ context.Context, nameKey string) ([]staff.OrgCode, error) {
	return x.where(func(o staff.Org) bool { return staff.NameKey(o.Name) == nameKey }), nil
}

func (x *fakeIndex) DivisionTops(_ context.Context, division string) ([]staff.OrgCode, error) {
	return x.where(func(o staff.Org) bool { return o.IsTopOf(division, x.orgs[o.Parent()].Division) }), nil
}

func (x *fakeIndex) where(ok func(staff.Org) bool) []staff.OrgCode {
	var found []staff.OrgCode
	for c, o := range x.orgs {
		if ok(o) {
			found = append(found, c)
		}
	}
	return found
}

func (x *fakeIndex) NameOwners(_ context.Context, phones []staff.Phone, accounts []staff.Account) ([]staff.EmployeeCode, error) {
	owners := make([]staff.EmployeeCode, len(phones)+len(accounts))
	for c, p := range x.people {
		for i, n := range phones {
			if n == p.Phone {
				owners[i] = c
			}
		}
		for i, a := range accounts {
			if a == p.Account {
				owners[len(phones)+i] = c
			}
		}
	}
	return owners, nil
}

func (x *fakeIndex) Orgs(_ context.Context, wanted []staff.OrgCode) (staff.Orgs, error) {
	found := staff.Orgs{}
	for _, c := range wanted {
		if o, ok := x.orgs[c]; ok {
			found[c] = o
		}
	}
	return found, nil
}

func (x *fakeIndex) People(_ context.Context, wanted []staff.EmployeeCode) (map[staff.EmployeeCode]staff.Staff, error) {
	found := map[staff.EmployeeCode]staff.Staff{}
	for _, c := range wanted {
		if p, ok := x.people[c]; ok {
			found[c] = p
		}
	}
	return found, nil
}

func (x *fakeIndex) PeopleWithMoves(ctx context.Context, wanted []staff.EmployeeCode, named []staff.OrgCode) (map[staff.EmployeeCode]staff.Staff, staff.Orgs, staff.Moves, error) {
	found, _ := x.People(ctx, wanted)
	orgs, err := x.Orgs(ctx, named)
	return found, orgs, staff.Moves{}, err
}

// TestSearchAtRandom: whoever matches is found once, on whatever pages, also while
// the index is behind.
func TestSearchAtRandom(t *testing.T) {
	nobody, several := 0, 0
	for seed := range uint64(15) {
		r := rand.New(rand.NewPCG(seed, 7))
		x := &fakeIndex{orgs: staff.Orgs{}, people: map[staff.EmployeeCode]staff.Staff{}, most: 1 + r.IntN(6)}
		all := []staff.Org{}
		for n := range 12 {
			o := staff.Org{
				Code: must(staff.ParseOrgCode(fmt.Sprintf("GO_%016x%016x", r.Uint64(), n))), Name: []string{"数据局", "财政局", "综合科"}[r.IntN(3)], Type: []staff.OrgType{staff.GroupOrg, staff.GroupOrg, staff.UnitOrg}[r.IntN(3)],
				Order: 1 + r.IntN(3), Division: []string{"330000", "330100", "330199"}[r.IntN(3)],
			}
			o.Path = []staff.OrgCode{o.Code}
			if n > 0 {
				o = o.Under(all[r.IntN(n)])
			}
			all, x.orgs[o.Code] = append(all, o), o
		}
		somewhere := func(job staff.JobType, active bool) staff.Post {
			o := all[r.IntN(len(all))]
			return staff.Post{Unit: o.Path[r.IntN(len(o.Path))], Org: o.Code, JobType: job, Order: 1 + r.IntN(4), Active: active}
		}
		invent := func(p staff.Staff) staff.Staff {
			name := [][2]string{{"张", "zhang"}, {"李", "li"}, {"敏", "min"}}
			a, b := name[r.IntN(3)], name[r.IntN(3)]
			p.Name, p.Pinyin = a[0]+b[0], staff.Pinyin{Syllables: []string{a[1], b[1]}, Surname: 1}
			p.Employment, p.State = staff.InService, []staff.AccountState{staff.Pending, staff.Active}[r.IntN(2)]
			if r.IntN(5) == 0 {
				p.Employment = staff.Left
			}
			p.Posts = []staff.Post{somewhere(staff.MainJob, p.Employment != staff.Left)}
			for range r.IntN(3) {
				p.Posts = append(p.Posts, somewhere(staff.ConcurrentJob, p.Employment != staff.Left))
			}
			return p
		}
		for n := range 25 {
			p := invent(staff.Staff{
				Code: employee(n), Phone: must(staff.ParsePhone(fmt.Sprintf("137%08d", n%5*1000+n))), Account: must(staff.ParseAccount(fmt.Sprintf("zhang%d", n))),
			})
			x.people[p.Code] = p
			x.list(p)
			if r.IntN(4) == 0 { // the old rows are there still, beside the new ones
				p = invent(p)
				x.people[p.Code] = p
				x.list(p)
			}
		}

		kept := []*staff.OrgCache{nil, staff.NewOrgCache()}[seed%2]
		uc := Search{Store: x, Kept: kept, Keys: account.Keys{Current: []byte("a key for the tests of the walk")}, Now: func() time.Time { return time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC) }}
		for range 40 {
			maybe := func(in ...string) string { return (append(in, "", "", ""))[r.IntN(len(in)+3)] }
			somewhere := func() string { return all[r.IntN(len(all))].Code.String() }
			in := SearchInput{
				Q: maybe("zhang", "l", "敏", "137", "1370", "1370000", "4024"), Name: maybe("敏", "张"), Unit: maybe(somewhere(), "数据局"), Org: maybe(somewhere()), MainOrg: maybe(somewhere()),
				Division: maybe("330100", "330199"), Employment: maybe("left"), AccountState: maybe("active", "pending"), Incomplete: maybe("true"), JobLevel: maybe("J1"),
			}
			c := caller(grant(account.UnitGrant, all[r.IntN(4)], []account.Permission{account.PIIReveal}[:r.IntN(2)]...), grant(account.AuditGrant, all[r.IntN(len(all))]))
			filters, scope := must(in.parse()), ScopeOf(c, account.StaffRead)
			want := map[staff.EmployeeCode]int{}
			for code, p := range x.people {
				if filters.match(p, x.orgs, scope, ScopeOf(c, account.PIIReveal)) {
					want[code] = 1
				}
			}
			got, cursor, limit := map[staff.EmployeeCode]int{}, "", 1+r.IntN(5)
			for pages := 0; ; pages++ {
				found, err := uc.Run(t.Context(), must(c.Permit(account.StaffRead)), in, limit, cursor)
				if err != nil || len(found.People) > limit || pages > 200 {
					t.Fatalf("seed %d: %+v: page %d has %d people, %v", seed, in, pages, len(found.People), err)
				}
				for _, p := range found.People {
					got[p.Code]++
					for _, post := range p.VisiblePosts() {
						if found.Orgs[post.Org].Code != post.Org || found.Orgs[post.Unit].Code != post.Unit {
							t.Errorf("seed %d: %+v: a page without an organisation of %s", seed, in, p.Name)
						}
					}
				}
				if cursor = found.Next; cursor == "" {
					break
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("seed %d: %+v: found %v, want %v", seed, in, got, want)
			}
			if len(want) == 0 {
				nobody++
			} else if len(want) > 1 {
				several++
			}
		}
	}
	if nobody < 25 || several < 100 {
		t.Errorf("%d searches find nobody, %d several: that shows little", nobody, several)
	}
}

func TestCursorOfNowhere(t *testing.T) {
	w := walkOf(SearchInput{}, 1, data)
	c := posCodec{account.CursorCodec{Keys: account.Keys{Current: []byte("a key for the tests of the walk")}, Bound: w.binding(w.scope)}}
	for _, plain := range []string{"s", "sGO_" + strings.Repeat("x", 32)} {
		if at, err := c.decode(c.cursors.Encode(plain)); !errors.Is(err, fault.FieldInvalid) || at != (cursorPos{}) {
			t.Errorf("%q: %v, %v", plain, at, err)
		}
	}
	at := cursorPos{byOrg, data.Code, "a row"}
	if got, err := c.decode(c.encode(at)); got != at || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := c.decode(c.encode(cursorPos{})); got != (cursorPos{}) || err != nil {
		t.Errorf("%v, %v", got, err)
	}
}
