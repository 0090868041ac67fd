package maintain

import (
	"context"
	"errors"
	"sync"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/staff"
)

func (w *county) reindex() Reindex {
	return Reindex{Store: w.Store, Indexer: w.indexer(w.Store)}
}

// load puts people on the table as they should be.
func (w *county) load(n int) {
	w.Helper()
	var people []account.Person
	for i := range n {
		w.people = append(w.people, w.person(i))
		people = append(people, account.Person{Staff: w.people[i]})
	}
	w.must(w.LoadPeople(w.Context(), people, w.orgs))
}

// checkTotals compares the totals with what the people come to.
func (w *county) checkTotals() {
	w.Helper()
	want := map[staff.OrgCode]int{}
	for _, s := range w.people {
		for _, above := range w.orgs[staff.TallyOf(s).Org].Path {
			want[above]++
		}
	}
	for c, o := range w.orgs {
		if sum, _, err := w.Total(w.Context(), c); err != nil || sum.People != want[c] {
			w.Errorf("%s has %d people with all below, want %d, %v", o.Name, sum.People, want[c], err)
		}
	}
}

func TestReindexOfARightTable(t *testing.T) {
	w := newCounty(t, 3, 0)
	w.load(12)
	w.check(true)
	w.checkTotals()
	uc := w.reindex()
	uc.Page = 97 // rows of one person on several pages
	places := 0
	uc.Progress = func(r ReindexReport) {
		if r.From != "" {
			places++
		}
	}
	w.cost.Reset()
	report, err := uc.Run(t.Context(), "")
	if err != nil || report.Changed() || report.People != 12 || report.InMotion != 0 || report.From != "" {
		t.Errorf("%+v, %v", report, err)
	}
	if cost := w.cost.Cost(); cost.Write != 0 || places < 3 {
		t.Errorf("it wrote %v units; named %d places", cost.Write, places)
	}
}

func TestReindexRepairs(t *testing.T) {
	tests := []struct {
		name   string
		damage func(*county)
	}{
		{"a total is wrong", func(w *county) {
			top := w.orgs[w.leaves[0]].Path[0]
			was, version, err := w.Total(w.Context(), top)
			w.must(err)
			was.People = 99
			w.must(w.ReplaceTotal(w.Context(), top, version, was))
		}},
		{"a height is wrong", func(w *county) {
			top := w.orgs[w.leaves[0]].Path[0]
			was, version, err := w.Total(w.Context(), top)
			w.must(err)
			was.Height = 7
			w.must(w.ReplaceTotal(w.Context(), top, version, was))
		}},
		{"a total is missing", func(w *county) { w.must(w.table.DeleteItem(w.Context(), table.TotalKey(w.orgs[w.leaves[0]].Path[0]))) }},
		{"people never indexed", func(w *county) { w.people = append(w.people, w.person(6)); w.put(w.people[6]) }},
		{"a person changed without an event", func(w *county) { w.move(0) }},
		{"a row is missing", func(w *county) { w.must(w.table.DeleteItem(w.Context(), w.rowKeys(0)[3])) }},
		{"a row says something else", func(w *county) {
			_, err := w.table.UpdateItem(w.Context(), table.Update{Key: w.rowKeys(0)[2], Expression: "SET name_key = :x", Values: table.Values{":x": "老名"}})
			w.must(err)
		}},
		{"a row too many", func(w *county) {
			r := staff.Row{Kind: staff.ByTerm, Scope: w.leaves[0], Term: "老名", Staff: w.people[0].Code}
			w.must(w.table.PutItem(w.Context(), table.RowToItem(r, staff.IndexEntry{}, staff.RowAttributes{}), "", nil, nil))
		}},
		{"a row of nobody", func(w *county) {
			r := staff.Row{Kind: staff.ByOrder, Scope: w.leaves[0], Left: true, Term: "1#2#3", Staff: w.person(99).Code}
			w.must(w.table.PutItem(w.Context(), table.RowToItem(r, staff.IndexEntry{}, staff.RowAttributes{}), "", nil, nil))
		}},
		{"a record is missing", func(w *county) { w.must(w.table.DeleteItem(w.Context(), table.IndexKey(w.people[0].Code))) }},
		{"a person is gone", func(w *county) {
			w.must(w.table.DeleteItem(w.Context(), table.StaffKey(w.people[0].Code)))
			w.people = w.people[1:]
		}},
		{"a count is wrong", func(w *county) {
			_, err := w.table.UpdateItem(w.Context(), table.Update{Key: table.CountKey(w.people[0].Posts[0].Org), Expression: "SET people = :n", Values: table.Values{":n": 100}})
			w.must(err)
		}},
		{"a count is missing", func(w *county) { w.must(w.table.DeleteItem(w.Context(), table.CountKey(w.people[0].Posts[0].Org))) }},
		{"a count of nobody", func(w *county) {
			_, err := w.table.UpdateItem(w.Context(), table.Update{Key: table.CountKey(w.orgs[w.leaves[0]].Parent()), Expression: table.AddToCount, Values: table.HeadcountValues(table.CountKind, staff.Headcount{People: 3})})
			w.must(err)
		}},
		{"a writer died", func(w *county) {
			m := &mortal{Store: w.Store}
			m.calls.Store(4)
			if _, err := w.indexer(m).Run(w.Context(), w.move(0)); !errors.Is(err, errKilled) {
				w.Error(err)
			}
			w.clock.Add(60)
		}},
		{"nothing but people", func(w *county) {
			for _, s := range w.people {
				w.must(w.table.DeleteItem(w.Context(), table.IndexKey(s.Code)))
				w.must(w.table.WriteBatch(w.Context(), 1, nil, w.rowKeysOf(s)))
				w.must(w.table.DeleteItem(w.Context(), table.CountKey(s.Posts[0].Org)))
			}
		}},
	}
	w := newCounty(t, 4, 0)
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

func (w *county) rowKeys(i int) []table.Key { return w.rowKeysOf(w.people[i]) }

func (w *county) rowKeysOf(s staff.Staff) []table.Key {
	var keys []table.Key
	for _, r := range staff.IndexEntryOf(s, w.orgs).Rows(s.Code) {
		keys = append(keys, table.RowKey(r))
	}
	return keys
}

// TestReindexGoesOn: a run that ended half way is taken up where it said.
func TestReindexGoesOn(t *testing.T) {
	w := newCounty(t, 5, 6)
	uc := w.reindex()
	uc.Page = 2
	ctx, stop := context.WithCancel(t.Context())
	pages := 0
	uc.Progress = func(ReindexReport) {
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
	w := newCounty(t, 6, 0)
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
