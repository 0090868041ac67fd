package staff

import (
	"context"
	crand "crypto/rand"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// forest is a tree of organisations as it is, and as it is stored: a move changes
// what is stored of the moved organisation alone, until something settles the
// rest.
type forest struct {
	r      *rand.Rand
	codes  []OrgCode
	parent map[OrgCode]OrgCode
	order  map[OrgCode]int
	stored Orgs
	moves  Moves
	now    time.Time
}

func (f *forest) add(parent OrgCode) {
	c := OrgCode{fmt.Sprintf("GO_%032x", len(f.codes)+1)}
	f.codes, f.parent[c], f.order[c] = append(f.codes, c), parent, len(f.codes)+1
	f.stored[c] = Org{Code: c, Order: f.order[c]}.Under(f.moves.Place(f.stored[parent]))
	if parent.IsZero() {
		f.stored[c] = Org{Code: c, Order: f.order[c]}.Under(Org{})
	}
}

// is where an organisation is by what its parents say.
func (f *forest) is(c OrgCode) ([]OrgCode, string) {
	var path []OrgCode
	var orders []string
	for ; !c.IsZero(); c = f.parent[c] {
		path, orders = append(path, c), append(orders, fmt.Sprintf("%06d", f.order[c]))
	}
	slices.Reverse(path)
	slices.Reverse(orders)
	return path, strings.Join(orders, ".")
}

// move takes a random organisation somewhere else, and is false where the list
// has no room.
func (f *forest) move() bool {
	c, to := f.codes[1+f.r.IntN(len(f.codes)-1)], f.codes[f.r.IntN(len(f.codes))]
	if path, _ := f.is(to); slices.Contains(path, c) {
		to = f.parent[c] // another order alone
	}
	o := f.moves.Place(f.stored[c])
	o.Order = 1 + f.r.IntN(900)
	moves, o, ok := f.moves.Begin(o.Under(f.moves.Place(f.stored[to])), f.now)
	if ok {
		f.moves, f.stored[c], f.parent[c], f.order[c] = moves, o, to, o.Order
	}
	return ok
}

// settle stores the path of one organisation as the moves have it.
func (f *forest) settle(c OrgCode) { f.stored[c] = f.moves.Place(f.stored[c]) }

// TestMoves: whatever moves, whatever of it is stored in whatever order, and
// however long a move that is done stays on the list, everything is where its
// parents say.
func TestMoves(t *testing.T) {
	refused := 0
	for seed := range uint64(200) {
		f := &forest{r: rand.New(rand.NewPCG(seed, 9)), parent: map[OrgCode]OrgCode{}, order: map[OrgCode]int{}, stored: Orgs{}, now: noon}
		f.add(OrgCode{})
		for range 12 {
			f.add(f.codes[f.r.IntN(len(f.codes))])
		}
		for range 120 {
			switch f.now = f.now.Add(time.Second); f.r.IntN(4) {
			case 0:
				if !f.move() {
					refused++
				}
			case 1, 2:
				f.settle(f.codes[f.r.IntN(len(f.codes))])
			case 3:
				if len(f.moves.List) == 0 {
					break
				}
				v := f.moves.List[f.r.IntN(len(f.moves.List))]
				for _, c := range f.codes { // what its job does, in the order of the tree or not
					if f.moves.Place(f.stored[c]).In(v.Org) {
						f.settle(c)
					}
				}
				f.moves, _ = f.moves.Finish(v.Seq, f.now)
				if f.r.IntN(3) == 0 {
					f.now = f.now.Add(2 * movesLinger)
				}
			}
			if f.r.IntN(10) == 0 {
				f.add(f.codes[f.r.IntN(len(f.codes))])
			}
			for _, c := range f.codes {
				path, order := f.is(c)
				if o := f.moves.Place(f.stored[c]); !slices.Equal(o.Path, path) || o.OrderPath != order {
					t.Fatalf("seed %d: %v at %s, want %v at %s; stored %+v", seed, o.Path, o.OrderPath, path, order, f.stored[c])
				}
			}
		}
	}
	if refused == 0 {
		t.Log("no list was ever full")
	}
}

func TestMovesFinish(t *testing.T) {
	a, b := OrgCode{"GO_a"}, OrgCode{"GO_b"}
	var m Moves
	for _, c := range []OrgCode{a, b, a} {
		m, _, _ = m.Begin(Org{Code: c}, noon)
	}
	done, changed := m.Finish(3, noon)
	if !changed || done.List[0].Done.IsZero() || !done.List[1].Done.IsZero() || done.List[2].Done.IsZero() || !m.List[0].Done.IsZero() {
		t.Errorf("%+v", done)
	}
	if _, changed := done.Finish(3, noon); changed {
		t.Error("done twice")
	}
	if _, changed := done.Finish(7, noon); changed {
		t.Error("what there is not is done")
	}
	if late, _, _ := done.Begin(Org{Code: a}, noon.Add(time.Hour)); len(late.List) != 4 {
		t.Errorf("one that is not done has left the list: %+v", late)
	}
	done, _ = done.Finish(2, noon)
	if soon, _, _ := done.Begin(Org{Code: a}, noon.Add(time.Second)); len(soon.List) != 4 {
		t.Errorf("somebody may still be reading: %+v", soon)
	}
	if late, o, _ := done.Begin(Org{Code: a}, noon.Add(time.Hour)); len(late.List) != 1 || late.Seq != 4 || o.Placed != 4 {
		t.Errorf("%+v", late)
	}
}

func TestDivisionName(t *testing.T) {
	for code, want := range map[string]string{"330000": "浙江省", "330100": "杭州市", "331127": "景宁畲族自治县", "331181": "龙泉市", "330199": "临江区", "330198": "", "33": "", "": "", "330000 ": ""} {
		if got := DivisionName(code); got != want {
			t.Errorf("%q is %q, want %q", code, got, want)
		}
	}
	lines := strings.Split(strings.TrimSpace(divisions), "\n")
	for i, line := range lines {
		code, name, _ := strings.Cut(line, " ")
		if !IsDivision(code) || name == "" || i > 0 && line <= lines[i-1] || !DivisionCovers("330000", code) {
			t.Errorf("line %d: %s", i+1, line)
		}
	}
	if len(lines) != 103 { // the province, 11 cities, 90 districts and counties, and the made-up one
		t.Errorf("%d divisions", len(lines))
	}
}

func TestOrgTerms(t *testing.T) {
	for _, tt := range []struct {
		kind OrgType
		name string
		want string
	}{
		{UnitOrg, "省 数据局", "局 据局 数据局 省数据局"},
		{InstitutionOrg, "人事科", "人事科"},
		{GroupOrg, "局局", "局 局局"},
	} {
		if got := strings.Join((Org{Type: tt.kind, Name: tt.name}).Terms(), " "); got != tt.want {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
	if n := len((Org{Type: UnitOrg, Name: strings.Repeat("一二三四五", 10)}).Terms()); n != maxTermStarts {
		t.Errorf("%d terms of a long name", n)
	}
}

func TestMayHold(t *testing.T) {
	for _, tt := range []struct {
		above, below OrgType
		want         bool
	}{
		{GroupOrg, GroupOrg, true}, {GroupOrg, UnitOrg, true}, {GroupOrg, InstitutionOrg, false}, {UnitOrg, GroupOrg, true}, {UnitOrg, UnitOrg, true},
		{UnitOrg, InstitutionOrg, true}, {InstitutionOrg, InstitutionOrg, true}, {InstitutionOrg, UnitOrg, false}, {InstitutionOrg, GroupOrg, false}, {UnitOrg, "", false},
	} {
		if got := (Org{Type: tt.above}).MayHold(tt.below); got != tt.want {
			t.Errorf("%s below %s: %t", tt.below, tt.above, got)
		}
	}
}

// movesMidway is a world in which an organisation moves after the rows were made,
// and before they are put.
type movesMidway struct {
	*pen
	move func()
}

func (m *movesMidway) PutRows(ctx context.Context, rows []Row, e Entry, f Facts) error {
	if m.move != nil {
		m.move()
		m.move = nil
	}
	return m.pen.PutRows(ctx, rows, e, f)
}

// Somebody whose organisation moves while the first rows are on their way has
// those of the new place in the end, though nobody else could know of them.
func TestIndexedWhileMoved(t *testing.T) {
	w := newWorld()
	store := &movesMidway{pen: &pen{world: w}, move: func() { w.orgs[orgCode(3)] = w.orgs[orgCode(3)].Under(w.orgs[orgCode(2)]) }}
	ix := Indexer{Store: store, Now: func() time.Time { return noon }, Random: crand.Reader}
	if _, err := ix.Run(context.Background(), w.person.Code); err != nil || store.move != nil {
		t.Fatal(err)
	}
	if err := w.check(); err != nil {
		t.Error(err)
	}
}
