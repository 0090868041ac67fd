package staff

import (
	"cmp"
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func orgCode(n int) OrgCode { return OrgCode{fmt.Sprintf("GO_%032x", n)} }

func employee(n int) EmployeeCode { return EmployeeCode{fmt.Sprintf("GE_%032x", n)} }

// tree is a root (0) with two headings (1, 2) of two institutions each (3–6).
func tree() Orgs {
	orgs := Orgs{}
	for i, parent := range []int{-1, 0, 0, 1, 1, 2, 2} {
		o := Org{Code: orgCode(i), Name: fmt.Sprintf("机构%d", i), Type: []OrgType{GroupOrg, InstitutionOrg}[min(1, i/3)], Division: fmt.Sprintf("33010%d", i%3), Order: i + 1}
		orgs[o.Code] = o.Under(orgs[orgCode(parent)])
	}
	return orgs
}

func post(n, org int, job JobType, role string) Post {
	return Post{ID: PostID{fmt.Sprintf("%022d", n)}, Unit: orgCode(1 + (org-3)/2), Org: orgCode(org), JobType: job, Role: role, Order: n, Active: true}
}

func wang() Staff {
	return Staff{
		Code: employee(1), Revision: 1, Name: "王小明", Account: Account{"wangxm"}, Phone: Phone{"+86", "13800001234"},
		Pinyin:       Pinyin{Syllables: []string{"wang", "xiao", "ming"}},
		BudgetedPost: "B", JobLevel: "J", Employment: InService, State: Active,
		Posts: []Post{post(1, 3, MainJob, "R"), post(2, 5, ConcurrentJob, "R")},
	}
}

func TestEntry(t *testing.T) {
	tests := []struct {
		name  string
		edit  func(*Staff)
		open  bool
		lists string // scopes in which the main post lies, then the others
		tally Tally
	}{
		{"two posts", func(*Staff) {}, false, "0 1 3 | 2 5", Tally{Org: orgCode(3)}},
		{"incomplete", func(s *Staff) { s.JobLevel, s.Posts[1].Role = "", "" }, true, "0 1 3 | 2 5", Tally{Org: orgCode(3), Incomplete: true, JobLevel: true, Role: true}},
		{"posts out of order", func(s *Staff) { slices.Reverse(s.Posts) }, false, "0 1 3 | 2 5", Tally{Org: orgCode(3)}},
		{"ended post", func(s *Staff) { s.Posts[1].Active, s.Posts[1].Role = false, "" }, false, "0 1 3 |", Tally{Org: orgCode(3)}},
		{"left", func(s *Staff) {
			s.Employment, s.JobLevel = Left, ""
			s.Posts[0].Active, s.Posts[1].Active = false, false
		}, false, "0 1 3 |", Tally{}},
		{"an org that is gone", func(s *Staff) { s.Posts[1].Org = orgCode(99) }, false, "0 1 3 |", Tally{Org: orgCode(3)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := wang()
			tt.edit(&s)
			e := IndexEntryOf(s, tree())
			var main, other []string
			for _, sc := range e.Scopes {
				n := strings.TrimLeft(strings.TrimPrefix(sc.Org.s, "GO_"), "0")
				if n = cmp.Or(n, "0"); sc.Main {
					main = append(main, n)
				} else {
					other = append(other, n)
				}
				if want := sortKey(tree(), wang().Posts[0]); sc.Main && sc.Sort != want {
					t.Errorf("in %s sorted by %q, not by the main post %q", n, sc.Sort, want)
				}
			}
			slices.Sort(main)
			if got := strings.TrimSpace(strings.Join(main, " ") + " | " + strings.Join(other, " ")); got != tt.lists {
				t.Errorf("listed in %q, want %q", got, tt.lists)
			}
			if e.Incomplete != tt.open || e.Left != (s.Employment == Left) {
				t.Errorf("open %t, left %t", e.Incomplete, e.Left)
			}
			if got := TallyOf(s); got != tt.tally {
				t.Errorf("tally %+v, want %+v", got, tt.tally)
			}
			want := 0
			for _, sc := range e.Scopes {
				if want++; e.Incomplete {
					want++
				}
				if tree()[sc.Org].Type == GroupOrg {
					want += len(e.Terms)
				}
			}
			if rows := e.Rows(s.Code); len(rows) != want || len(subtractRows(rows, nil)) != len(rows) {
				t.Errorf("%d rows for %d scopes, some twice perhaps; want %d", len(rows), len(e.Scopes), want)
			}
		})
	}
}

// TestDigest: what changes a row, its key or what it carries, changes the digest.
func TestDigest(t *testing.T) {
	was := IndexEntryOf(wang(), tree()).Digest
	for name, edit := range map[string]func(*Staff, Orgs){
		"name":         func(s *Staff, _ Orgs) { s.Name = "王小月" },
		"phone":        func(s *Staff, _ Orgs) { s.Phone.national = "13800001235" },
		"role":         func(s *Staff, _ Orgs) { s.Posts[1].Role = "" },
		"unit":         func(s *Staff, _ Orgs) { s.Posts[1].Unit = orgCode(1) },
		"ended":        func(s *Staff, _ Orgs) { s.Posts[1].Active = false },
		"main":         func(s *Staff, _ Orgs) { s.Posts[0].JobType, s.Posts[1].JobType = ConcurrentJob, MainJob },
		"order":        func(s *Staff, _ Orgs) { s.Posts[0].Order = 7 },
		"moved org":    func(_ *Staff, o Orgs) { o[orgCode(5)] = o[orgCode(5)].Under(o[orgCode(1)]) },
		"order of org": func(_ *Staff, o Orgs) { org := o[orgCode(3)]; org.Order = 9; o[org.Code] = org },
		"order above":  func(_ *Staff, o Orgs) { org := o[orgCode(1)]; org.Order = 9; o[org.Code] = org },
	} {
		s, orgs := wang(), tree()
		edit(&s, orgs)
		if IndexEntryOf(s, orgs).Digest == was {
			t.Errorf("%s: same digest", name)
		}
	}
	s := wang()
	s.HomeAddress, s.State, s.Revision = "钱塘路1号", Frozen, 2
	if IndexEntryOf(s, tree()).Digest != was {
		t.Error("home address and state are not in the index, yet they changed the digest")
	}
}

// world is the table as the indexer sees it: every call takes effect at once,
// and each row is a write of its own, so that writers can come between them.
type world struct {
	person  Staff
	orgs    Orgs
	record  IndexRecord
	rows    map[Row]string // and the digest of what they carry
	counts  map[OrgCode]int
	open    map[OrgCode]int
	claims  int
	touched int
}

func newWorld() *world {
	return &world{person: wang(), orgs: tree(), rows: map[Row]string{}, counts: map[OrgCode]int{}, open: map[OrgCode]int{}}
}

// beside is what a row has beside its key.
func beside(r Row, e IndexEntry, f RowAttributes) string {
	switch {
	case r.Kind == ByTerm:
		return fmt.Sprint(f.Orgs, e.Main(r.Scope))
	case e.HasTerms(r):
		return fmt.Sprint(f, e.Main(r.Scope), e.Terms)
	}
	return fmt.Sprint(f, e.Main(r.Scope))
}

// check compares the world with an index built from nothing.
func (w *world) check() error {
	e := IndexEntryOf(w.person, w.orgs)
	want := e.Rows(w.person.Code)
	for _, r := range want {
		if all := beside(r, e, RowAttributesOf(w.person)); w.rows[r] != all {
			return fmt.Errorf("row %v: %q, want %q", r, w.rows[r], all)
		}
	}
	if len(w.rows) != len(want) {
		return fmt.Errorf("%d rows, want %d", len(w.rows), len(want))
	}
	tally := TallyOf(w.person)
	for org := range w.orgs {
		people, open := 0, 0
		if org == tally.Org {
			people = 1
			if tally.Incomplete {
				open = 1
			}
		}
		if w.counts[org] != people || w.open[org] != open {
			return fmt.Errorf("%s counts %d people, %d incomplete; want %d, %d", org, w.counts[org], w.open[org], people, open)
		}
	}
	return nil
}

// fakeIndexStore is the store of one writer. Before each step it says that it is ready
// and waits for its turn. A turn of false kills the writer.
type fakeIndexStore struct {
	*world
	ready chan struct{}
	turn  chan bool
	dead  bool
}

var errKilled = errors.New("killed")

func (f *fakeIndexStore) step() error {
	if f.dead {
		return errKilled
	}
	if f.turn != nil {
		f.ready <- struct{}{}
		f.dead = !<-f.turn
	}
	if f.dead {
		return errKilled
	}
	return nil
}

func (f *fakeIndexStore) ReadIndexRecord(context.Context, EmployeeCode) (Staff, Orgs, IndexRecord, error) {
	if err := f.step(); err != nil {
		return Staff{}, nil, IndexRecord{}, err
	}
	s := f.person
	if rand.IntN(4) == 0 { // a batch is not one read: much may happen before the rest of it
		if err := f.Pause(context.Background(), 3); err != nil {
			return Staff{}, nil, IndexRecord{}, err
		}
	}
	was := f.record
	if err := f.step(); err != nil {
		return Staff{}, nil, IndexRecord{}, err
	}
	return s, maps.Clone(f.orgs), was, nil
}

func (f *fakeIndexStore) Orgs(context.Context, []OrgCode) (Orgs, error) {
	if err := f.step(); err != nil {
		return nil, err
	}
	return maps.Clone(f.orgs), nil
}

func (f *fakeIndexStore) Claim(_ context.Context, _ EmployeeCode, was, now IndexRecord) error {
	if err := f.step(); err != nil {
		return err
	}
	if f.record.Stamp != was.Stamp {
		return ErrClaimed
	}
	f.claims++
	f.record = now
	if len(now.Entries) == 0 && len(now.Writers) == 0 {
		f.record = IndexRecord{}
	}
	for tally, sign := range map[*Tally]int{&was.Tally: -1, &now.Tally: 1} {
		if !tally.Org.IsZero() {
			f.counts[tally.Org] += sign
			if tally.Incomplete {
				f.open[tally.Org] += sign
			}
		}
	}
	return nil
}

func (f *fakeIndexStore) PutRows(_ context.Context, rows []Row, e IndexEntry, attributes RowAttributes) error {
	for _, r := range rows {
		if err := f.step(); err != nil {
			return err
		}
		f.rows[r] = beside(r, e, attributes)
		f.touched++
	}
	return nil
}

func (f *fakeIndexStore) DeleteRows(_ context.Context, rows []Row) error {
	for _, r := range rows {
		if err := f.step(); err != nil {
			return err
		}
		delete(f.rows, r)
		f.touched++
	}
	return nil
}

func (f *fakeIndexStore) Pause(_ context.Context, n int) error {
	for range rand.IntN(64 << min(n, 5)) {
		if err := f.step(); err != nil {
			return err
		}
	}
	return nil
}

// TestIndexerInAnyOrder lets several writers go step by step in random order,
// edits the person in between and kills some of them. Whatever happened, the
// index is right once a writer that started after it all has come to its end.
func TestIndexerInAnyOrder(t *testing.T) {
	worlds := 1000
	if testing.Short() {
		worlds = 100
	}
	for seed := range worlds {
		if err := runWriters(uint64(seed)); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

// runWriters is TestIndexerInAnyOrder for one seed.
func runWriters(seed uint64) error {
	r := rand.New(rand.NewPCG(seed, 0))
	w := newWorld()
	at := noon
	var writers []*fakeIndexStore
	done := make(chan error)
	// settle waits until the writer whose turn it was is ready again, or done.
	settle := func(store *fakeIndexStore) error {
		select {
		case <-store.ready:
		case err := <-done:
			writers = slices.DeleteFunc(writers, func(other *fakeIndexStore) bool { return store == other })
			if err != nil && !errors.Is(err, errKilled) {
				return err
			}
		}
		return nil
	}
	start := func() error {
		store := &fakeIndexStore{world: w, ready: make(chan struct{}), turn: make(chan bool)}
		writers = append(writers, store)
		ix := Indexer{Store: store, Now: func() time.Time { return at }, Random: crand.Reader}
		go func() { _, err := ix.Run(context.Background(), employee(1)); done <- err }()
		return settle(store)
	}
	if err := start(); err != nil {
		return err
	}
	killed := false
	edits := 1 + r.IntN(4)
	for len(writers) > 0 {
		if edits > 0 && r.IntN(60) == 0 {
			edits--
			edit(r, w)
			for range 1 + r.IntN(2) { // the event, and perhaps once more
				if err := start(); err != nil {
					return err
				}
			}
		}
		store := writers[r.IntN(len(writers))]
		kill := r.IntN(1500) == 0
		killed = killed || kill
		store.turn <- !kill
		if err := settle(store); err != nil {
			return err
		}
	}
	alone := Indexer{Store: &fakeIndexStore{world: w}, Now: func() time.Time { return at }, Random: crand.Reader}
	if killed {
		edit(r, w)
		if _, err := alone.Run(context.Background(), w.person.Code); err != nil {
			return err
		}
	}
	if err := w.check(); err != nil {
		return err
	}
	if !killed && (len(w.record.Entries) != 1 || len(w.record.Writers) != 0) {
		return fmt.Errorf("all came to their end, but the record has %d entries and %d writers", len(w.record.Entries), len(w.record.Writers))
	}

	at = at.Add(writerLife)
	if _, err := alone.Run(context.Background(), w.person.Code); err != nil {
		return err
	}
	if len(w.record.Entries) != 1 || len(w.record.Writers) != 0 {
		return fmt.Errorf("the dead are still listed: %d entries, %d writers", len(w.record.Entries), len(w.record.Writers))
	}
	w.claims, w.touched = 0, 0
	if worked, err := alone.Run(context.Background(), w.person.Code); err != nil || worked || w.claims+w.touched > 0 {
		return fmt.Errorf("a replay worked %t: %d claims, %d rows, %v", worked, w.claims, w.touched, err)
	}
	return w.check()
}

// edit changes the person, or the tree around.
func edit(r *rand.Rand, w *world) {
	s := w.person.Clone()
	s.Revision++
	switch r.IntN(7) {
	case 0:
		s.Name = []string{"王小明", "王□明", "王明"}[r.IntN(3)]
	case 1:
		s.Phone = []Phone{{"+86", "13800001234"}, {"+86", "13900005678"}}[r.IntN(2)]
	case 2:
		s.JobLevel = []string{"", "J"}[r.IntN(2)]
	case 3:
		s.Posts[0].Org = orgCode(3 + r.IntN(4))
	case 4:
		s.Posts[1].Active = !s.Posts[1].Active
	case 5:
		s.Employment = []Employment{InService, Left}[r.IntN(2)]
	case 6: // an org moves; its people's events come from the job that moves it
		o := w.orgs[orgCode(3)]
		w.orgs = maps.Clone(w.orgs)
		w.orgs[o.Code] = o.Under(w.orgs[orgCode(1+r.IntN(2))])
	}
	w.person = s
}

func TestIndexer(t *testing.T) {
	ctx := context.Background()
	w := newWorld()
	at := noon
	ix := Indexer{Store: &fakeIndexStore{world: w}, Now: func() time.Time { return at }, Random: crand.Reader}
	run := func(strays ...Row) bool {
		t.Helper()
		worked, err := ix.Run(ctx, w.person.Code, strays...)
		if err != nil {
			t.Fatal(err)
		}
		return worked
	}
	if !run() || w.check() != nil {
		t.Fatal("a new person is not indexed:", w.check())
	}

	t.Run("an edit that no row shows", func(t *testing.T) {
		w.touched = 0
		w.person.HomeAddress, w.person.Revision = "钱塘路1号", 2
		if !run() || w.touched != 0 || w.record.Revision != 2 {
			t.Errorf("%d rows touched, record at revision %d", w.touched, w.record.Revision)
		}
	})
	t.Run("strays go, own rows stay", func(t *testing.T) {
		stray := Row{ByTerm, orgCode(6), false, "lao", w.person.Code}
		w.rows[stray] = "old"
		own := IndexEntryOf(w.person, w.orgs).Rows(w.person.Code)[0]
		w.touched = 0
		if !run(stray, own) || w.touched != 1 || w.check() != nil {
			t.Errorf("%d rows touched, %v", w.touched, w.check())
		}
		if run(own) {
			t.Error("the person's own row is no stray")
		}
	})
	t.Run("a writer that died is waited for", func(t *testing.T) {
		w.person.Name = "王大明"
		w.person.Revision++
		dying := Indexer{Store: &killedIndexStore{fakeIndexStore{world: w}}, Now: ix.Now, Random: ix.Random}
		if _, err := dying.Run(ctx, w.person.Code); !errors.Is(err, errKilled) {
			t.Fatal(err)
		}
		if !run() || w.check() != nil || len(w.record.Writers) != 1 {
			t.Errorf("%d writers listed, %v", len(w.record.Writers), w.check())
		}
		at = at.Add(writerLife)
		if !run() || len(w.record.Writers) != 0 || len(w.record.Entries) != 1 {
			t.Errorf("%d writers and %d entries listed", len(w.record.Writers), len(w.record.Entries))
		}
	})
	t.Run("a person who is no more", func(t *testing.T) {
		w.person.Code = EmployeeCode{}
		w.person.Employment, w.person.Revision = Left, 0
		if _, err := ix.Run(ctx, employee(1)); err != nil {
			t.Fatal(err)
		}
		if len(w.rows) != 0 || w.record.Stamp != "" || w.counts[orgCode(3)] != 0 {
			t.Errorf("%d rows, record %+v", len(w.rows), w.record)
		}
		if worked, err := ix.Run(ctx, employee(1)); worked || err != nil {
			t.Errorf("worked %t, %v", worked, err)
		}
	})
}

// killedIndexStore is the store of a writer that is killed before its first delete.
type killedIndexStore struct{ fakeIndexStore }

func (*killedIndexStore) DeleteRows(context.Context, []Row) error { return errKilled }

// TestOrderText: orders sort as numbers.
func TestOrderText(t *testing.T) {
	orders := []int{1, 2, 10, 99, 999, 999_998, 999_999, 1_000_000, 1_000_001, 9_999_999, 10_000_000, 123_456_789, 999_999_998, MaxOrder}
	for i, n := range orders[1:] {
		if before := orders[i]; orderText(before) >= orderText(n) {
			t.Errorf("%d (%s) sorts behind %d (%s)", before, orderText(before), n, orderText(n))
		}
		if orderText(orders[i])+".000001" >= orderText(n) || orderText(orders[i])+"#" >= orderText(n) {
			t.Errorf("what is below %d sorts behind %d", orders[i], n)
		}
	}
	if got := orderText(7); got != "000007" { // rows that were written before have this form
		t.Errorf("7 is %s", got)
	}
}
