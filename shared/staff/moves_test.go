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

// movingTree is a tree of organisations as it is, and as it is stored: a move changes
// what is stored of the moved organisation alone, until something settles the
// rest.
type movingTree struct {
	r      *rand.Rand
	codes  []OrgCode
	parent map[OrgCode]OrgCode
	stored Orgs
	moves  Moves
	jobs   []*moveJob
	now    time.Time
}

// moveJob is the job of a move: from the moved organisation down, the levels that are
// being walked with the child that was last.
type moveJob struct {
	seq    int64
	levels [][2]OrgCode
}

func (m *movingTree) add(parent OrgCode) {
	c := OrgCode{fmt.Sprintf("GO_%032x", m.r.Uint64())}
	m.codes, m.parent[c] = append(m.codes, c), parent
	m.stored[c] = Org{Code: c}.Under(m.moves.ApplyTo(m.stored[parent]))
	if parent.IsZero() {
		m.stored[c] = Org{Code: c}.Under(Org{})
	}
}

// pathOf is where an organisation is by what its parents say.
func (m *movingTree) pathOf(c OrgCode) []OrgCode {
	var path []OrgCode
	for ; !c.IsZero(); c = m.parent[c] {
		path = append(path, c)
	}
	slices.Reverse(path)
	return path
}

// move takes a random organisation somewhere else, and is false where the list
// has no room.
func (m *movingTree) move() bool {
	c, to := m.codes[1+m.r.IntN(len(m.codes)-1)], m.codes[m.r.IntN(len(m.codes))]
	if slices.Contains(m.pathOf(to), c) {
		to = m.parent[c] // another division alone
	}
	o := m.moves.ApplyTo(m.stored[c])
	moves, o, wait := m.moves.Begin(o.Under(m.moves.ApplyTo(m.stored[to])), employee(m.r.IntN(3)), m.now)
	if wait == 0 {
		m.moves, m.stored[c], m.parent[c] = moves, o, to
		m.jobs = append(m.jobs, &moveJob{o.MoveSeq, [][2]OrgCode{{c}}})
	}
	return wait == 0
}

// settle stores the path of one organisation as the moves have it.
func (m *movingTree) settle(c OrgCode) { m.stored[c] = m.moves.ApplyTo(m.stored[c]) }

// work takes a job one step on, as the tree then is, and ends it after its last.
func (m *movingTree) work(i int) {
	j := m.jobs[i]
	at := &j.levels[len(j.levels)-1]
	var next OrgCode
	for _, c := range m.codes {
		if m.parent[c] == at[0] && c.String() > at[1].String() && (next.IsZero() || c.String() < next.String()) {
			next = c
		}
	}
	if !next.IsZero() {
		m.settle(next)
		at[1] = next
		j.levels = append(j.levels, [2]OrgCode{next})
		return
	}
	if j.levels = j.levels[:len(j.levels)-1]; len(j.levels) == 0 {
		m.moves, _ = m.moves.Finish(j.seq, m.now)
		m.jobs = slices.Delete(m.jobs, i, i+1)
	}
}

// TestMoves: whatever moves, whatever of it is stored in whatever order, while
// jobs walk through the tree and as they end, and however long a move that is
// done stays on the list, everything is where its parents say.
func TestMoves(t *testing.T) {
	refused, done := 0, 0
	for seed := range uint64(300) {
		m := &movingTree{r: rand.New(rand.NewPCG(seed, 9)), parent: map[OrgCode]OrgCode{}, stored: Orgs{}, now: noon}
		m.add(OrgCode{})
		for range 14 {
			m.add(m.codes[m.r.IntN(len(m.codes))])
		}
		for range 600 {
			m.now = m.now.Add(time.Duration(m.r.IntN(30)) * time.Second)
			switch n := m.r.IntN(30); {
			case n < 2:
				if !m.move() {
					refused++
				}
			case n == 2:
				m.settle(m.codes[m.r.IntN(len(m.codes))])
			case n == 3 && len(m.codes) < 40:
				m.add(m.codes[m.r.IntN(len(m.codes))])
			case len(m.jobs) > 0:
				was := len(m.jobs)
				m.work(m.r.IntN(len(m.jobs)))
				done += was - len(m.jobs)
			}
			for _, c := range m.codes {
				if o := m.moves.ApplyTo(m.stored[c]); !slices.Equal(o.Path, m.pathOf(c)) {
					t.Fatalf("seed %d: %v, want %v; stored %+v, moves %+v", seed, o.Path, m.pathOf(c), m.stored[c], m.moves)
				}
			}
		}
	}
	if done < 1000 {
		t.Errorf("only %d jobs came to their end, %d moves were refused", done, refused)
	}
}

// What may leave the list leaves it, and there is room for others when one has
// begun all that they may.
func TestMovesBegin(t *testing.T) {
	var m Moves
	begin := func(org, by int, now time.Time) time.Duration {
		var wait time.Duration
		m, _, wait = m.Begin(Org{Code: orgCode(org)}, employee(by), now)
		return wait
	}
	for n := range 100 { // one organisation, again and again
		if wait := begin(0, 1, noon); wait != 0 || len(m.List) != 1 || m.List[0].Seq != int64(n+1) {
			t.Fatalf("%s, %+v", wait, m)
		}
	}
	for n := range MaxMovesBy - 1 {
		begin(1+n, 1, noon)
	}
	if wait := begin(99, 1, noon); wait != MovesLinger || len(m.List) != MaxMovesBy {
		t.Errorf("one more than they may: %s, %d on the list", wait, len(m.List))
	}
	if wait := begin(3, 1, noon); wait != 0 {
		t.Errorf("one that is on the list: %s", wait)
	}
	for n := MaxMovesBy; n < MaxMoves; n++ {
		if wait := begin(n, 2+n/MaxMovesBy, noon); wait != 0 {
			t.Fatalf("of another: %s", wait)
		}
	}
	if wait := begin(99, 9, noon); wait != MovesLinger || len(m.List) != MaxMoves {
		t.Errorf("one more than there may be: %s, %d on the list", wait, len(m.List))
	}
	m, _ = m.Finish(m.List[20].Seq, noon)
	if wait := begin(99, 9, noon.Add(20*time.Second)); wait != 40*time.Second {
		t.Errorf("one is done: %s", wait)
	}
	gone := m.List[20].Org
	if wait := begin(99, 9, noon.Add(MovesLinger)); wait != 0 || len(m.List) != MaxMoves || slices.ContainsFunc(m.List, func(v Move) bool { return v.Org == gone }) {
		t.Errorf("it is gone: %s, %d on the list", wait, len(m.List))
	}
}

func TestMovesFinish(t *testing.T) {
	var m Moves
	for _, n := range []int{1, 2, 1} {
		m, _, _ = m.Begin(Org{Code: orgCode(n)}, employee(1), noon)
	}
	if late, changed := m.Finish(1, noon); changed || late.Version != m.Version {
		t.Error("a move is done that another has taken the place of")
	}
	done, changed := m.Finish(3, noon)
	if !changed || len(done.List) != 2 || !done.List[0].Done.IsZero() || done.List[1].Done.IsZero() || !m.List[1].Done.IsZero() || done.Version != m.Version+1 {
		t.Errorf("%+v", done)
	}
	if _, changed := done.Finish(3, noon); changed {
		t.Error("done twice")
	}
	if _, changed := done.Finish(7, noon); changed {
		t.Error("what there is not is done")
	}
	if soon, _, _ := done.Begin(Org{Code: orgCode(3)}, employee(1), noon.Add(time.Second)); len(soon.List) != 3 {
		t.Errorf("somebody may still be reading: %+v", soon)
	}
	late, o, _ := done.Begin(Org{Code: orgCode(3)}, employee(1), noon.Add(time.Hour))
	if len(late.List) != 2 || late.List[0].Org != orgCode(2) || late.Seq != 4 || o.MoveSeq != 4 {
		t.Errorf("what is done stays, or what is not has left: %+v", late)
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

// movingIndexStore is the store of a writer whose organisations move after the rows
// were made, and before they are put.
type movingIndexStore struct {
	*fakeIndexStore
	move func()
}

func (m *movingIndexStore) PutRows(ctx context.Context, rows []Row, e IndexEntry, f RowAttributes) error {
	if m.move != nil {
		m.move()
		m.move = nil
	}
	return m.fakeIndexStore.PutRows(ctx, rows, e, f)
}

// Somebody whose organisation moves while the first rows are on their way has
// those of the new place in the end, though nobody else could know of them.
func TestIndexedWhileMoved(t *testing.T) {
	w := newWorld()
	store := &movingIndexStore{fakeIndexStore: &fakeIndexStore{world: w}, move: func() { w.orgs[orgCode(3)] = w.orgs[orgCode(3)].Under(w.orgs[orgCode(2)]) }}
	ix := Indexer{Store: store, Now: func() time.Time { return noon }, Random: crand.Reader}
	if _, err := ix.Run(context.Background(), w.person.Code); err != nil || store.move != nil {
		t.Fatal(err)
	}
	if err := w.check(); err != nil {
		t.Error(err)
	}
}
