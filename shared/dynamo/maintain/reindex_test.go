package maintain_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/staff"
)

func (w *indexWorld) reindex() maintain.Reindex {
	return maintain.Reindex{Store: w.Store, Indexer: w.indexer()}
}

// load puts people on the table as they should be.
func (w *indexWorld) load(n int) {
	w.Helper()
	var people []account.Person
	for i := range n {
		w.people = append(w.people, w.person(i))
		people = append(people, account.Person{Staff: w.people[i]})
	}
	w.Must(w.Store.LoadPeople(w.Context(), people, w.orgs))
}

// checkTotals compares the totals with what the people come to.
func (w *indexWorld) checkTotals() {
	w.Helper()
	want := map[staff.OrgCode]int{}
	for _, s := range w.people {
		for _, above := range w.orgs[staff.TallyOf(s).Org].Path {
			want[above]++
		}
	}
	for c, o := range w.orgs {
		if sum, _, err := w.Store.Total(w.Context(), c); err != nil || sum.People != want[c] {
			w.Errorf("%s has %d people with all below, want %d, %v", o.Name, sum.People, want[c], err)
		}
	}
}

func TestReindexOfARightTable(t *testing.T) {
	t.Parallel()
	w := newIndexWorld(t, 3, 0)
	w.load(12)
	w.check(true)
	w.checkTotals()
	uc := w.reindex()
	uc.Page = 97 // rows of one person on several pages
	places := 0
	uc.Progress = func(r maintain.ReindexReport) {
		if r.From != "" {
			places++
		}
	}
	var report maintain.ReindexReport
	var err error
	cost := w.Cost(func() { report, err = uc.Run(t.Context(), "") })
	if err != nil || report.Changed() || report.People != 12 || report.InMotion != 0 || report.From != "" {
		t.Errorf("%+v, %v", report, err)
	}
	if cost.Write != 0 || places < 3 {
		t.Errorf("it wrote %v units; named %d places", cost.Write, places)
	}
}

func TestReindexRepairs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		damage func(*indexWorld)
	}{
		{"a total is wrong", func(w *indexWorld) {
			top := w.orgs[w.leaves[0]].Path[0]
			was, version, err := w.Store.Total(w.Context(), top)
			w.Must(err)
			was.People = 99
			w.Must(w.Store.ReplaceTotal(w.Context(), top, version, was))
		}},
		{"a height is wrong", func(w *indexWorld) {
			top := w.orgs[w.leaves[0]].Path[0]
			was, version, err := w.Store.Total(w.Context(), top)
			w.Must(err)
			was.Height = 7
			w.Must(w.Store.ReplaceTotal(w.Context(), top, version, was))
		}},
		{"a total is missing", func(w *indexWorld) {
			w.Must(w.Items.DeleteItem(w.Context(), table.TotalKey(w.orgs[w.leaves[0]].Path[0])))
		}},
		{"people never indexed", func(w *indexWorld) { w.people = append(w.people, w.person(6)); w.Put(table.StaffToItem(w.people[6])) }},
		{"a person changed without an event", func(w *indexWorld) { w.move(0) }},
		{"a row is missing", func(w *indexWorld) { w.Must(w.Items.DeleteItem(w.Context(), w.rowKeys(0)[1])) }},
		{"a row says something else", func(w *indexWorld) {
			_, err := w.Items.UpdateItem(w.Context(), table.Update{Key: w.rowKeys(0)[2], Expression: "SET orgs = :x", Values: table.Values{":x": []byte("a code of 16 b.")}})
			w.Must(err)
		}},
		{"a row too many", func(w *indexWorld) {
			r := staff.Row{Kind: staff.ByTerm, Scope: w.leaves[0], Term: "老名", Staff: w.people[0].Code}
			w.Must(w.Items.PutItem(w.Context(), table.RowToItem(r, staff.IndexEntry{}, staff.RowAttributes{}), "", nil, nil))
		}},
		{"a row of nobody", func(w *indexWorld) {
			r := staff.Row{Kind: staff.ByOrder, Scope: w.leaves[0], Left: true, Term: "1#2#3", Staff: w.person(99).Code}
			w.Must(w.Items.PutItem(w.Context(), table.RowToItem(r, staff.IndexEntry{}, staff.RowAttributes{}), "", nil, nil))
		}},
		{"a record is missing", func(w *indexWorld) { w.Must(w.Items.DeleteItem(w.Context(), table.IndexKey(w.people[0].Code))) }},
		{"a person is gone", func(w *indexWorld) {
			w.Must(w.Items.DeleteItem(w.Context(), table.StaffKey(w.people[0].Code)))
			w.people = w.people[1:]
		}},
		{"a count is wrong", func(w *indexWorld) {
			_, err := w.Items.UpdateItem(w.Context(), table.Update{Key: table.CountKey(w.people[0].Posts[0].Org), Expression: "SET people = :n", Values: table.Values{":n": 100}})
			w.Must(err)
		}},
		{"a count is missing", func(w *indexWorld) { w.Must(w.Items.DeleteItem(w.Context(), table.CountKey(w.people[0].Posts[0].Org))) }},
		{"a count of nobody", func(w *indexWorld) {
			_, err := w.Items.UpdateItem(w.Context(), table.Update{Key: table.CountKey(w.orgs[w.leaves[0]].Parent()), Expression: table.AddToCount, Values: table.HeadcountValues(table.CountKind, staff.Headcount{People: 3})})
			w.Must(err)
		}},
		{"a writer died", func(w *indexWorld) {
			if _, err := w.indexerOver(w.killedStore(4, false)).Run(w.Context(), w.move(0)); !errors.Is(err, errKilled) {
				w.Error(err)
			}
			w.Clock = w.Clock.Add(time.Hour)
		}},
		{"nothing but people", func(w *indexWorld) {
			for _, s := range w.people {
				w.Must(w.Items.DeleteItem(w.Context(), table.IndexKey(s.Code)))
				w.Must(w.Items.WriteBatch(w.Context(), 1, nil, w.rowKeysOf(s)))
				w.Must(w.Items.DeleteItem(w.Context(), table.CountKey(s.Posts[0].Org)))
			}
		}},
	}
	w := newIndexWorld(t, 4, 0)
	w.load(6)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.damage(w)
			report, err := w.reindex().Run(t.Context(), "")
			if err != nil || !report.Changed() {
				t.Fatalf("%+v, %v", report, err)
			}
			if _, err := w.reindex().Run(t.Context(), ""); err != nil { // counts that the first run moved itself
				t.Fatal(err)
			}
			w.check(true)
			w.checkTotals()
			if report, err := w.reindex().Run(t.Context(), ""); err != nil || report.Changed() {
				t.Errorf("once more: %+v, %v", report, err)
			}
		})
	}
}

func (w *indexWorld) rowKeys(i int) []table.Key { return w.rowKeysOf(w.people[i]) }

func (w *indexWorld) rowKeysOf(s staff.Staff) []table.Key {
	var keys []table.Key
	for _, r := range staff.IndexEntryOf(s, w.orgs).Rows(s.Code) {
		keys = append(keys, table.RowKey(r))
	}
	return keys
}

// TestReindexGoesOn: a run that ended half way is taken up where it said.
func TestReindexGoesOn(t *testing.T) {
	t.Parallel()
	w := newIndexWorld(t, 5, 6)
	uc := w.reindex()
	uc.Page = 2
	ctx, stop := context.WithCancel(t.Context())
	pages := 0
	uc.Progress = func(maintain.ReindexReport) {
		if pages++; pages == 3 {
			stop()
		}
	}
	first, err := uc.Run(ctx, "")
	if err == nil || first.From == "" {
		t.Fatalf("%+v, %v", first, err)
	}
	uc.Progress, uc.Page = nil, 0
	second, err := uc.Run(t.Context(), first.From)
	if err != nil || !second.Uncounted {
		t.Fatalf("%+v, %v", second, err)
	}
	w.check(true)
	if first.People == 0 || first.People+second.People != 6 {
		t.Errorf("looked at %d people, then at %d, of 6", first.People, second.People)
	}
	if _, err := uc.Run(t.Context(), "no place"); err == nil {
		t.Error("it goes on from anywhere")
	}
}

// TestReindexBesideWriters: on a live table it does no harm.
func TestReindexBesideWriters(t *testing.T) {
	t.Parallel()
	w := newIndexWorld(t, 6, 0)
	w.load(6)
	var work sync.WaitGroup
	work.Go(func() {
		for range 3 {
			if _, err := w.reindex().Run(t.Context(), ""); err != nil {
				t.Error(err)
			}
		}
	})
	for i := range 18 {
		w.index(w.edit(i % 6))
	}
	work.Wait()
	w.check(true)
}
