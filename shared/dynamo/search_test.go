package dynamo_test

import (
	"crypto/rand"
	"slices"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/staff"
)

// TestSearch shares one register, since laying it out takes longer than all
// searches together. What changes it comes last.
func TestSearch(t *testing.T) {
	t.Parallel()
	w := newSearchWorld(t, 7, 60)
	for _, part := range []struct {
		name string
		test func(*searchWorld)
	}{
		{"finds what a filter over all people finds", testSearchIsComplete},
		{"takes few trips", testSearchTrips},
		{"shows nothing stale", testSearchIsFresh},
	} {
		t.Run(part.name, func(t *testing.T) {
			w.T = t
			part.test(w)
		})
	}
}

func testSearchIsComplete(w *searchWorld) {
	t := w.T
	hits := 0
	for range 300 {
		var scopes []staff.OrgCode
		switch w.random.IntN(4) {
		case 0:
			scopes = w.codes[:1]
		case 1:
			scopes = []staff.OrgCode{pick(w, w.codes...)}
		default:
			for range 1 + w.random.IntN(5) {
				scopes = append(scopes, pick(w, w.codes...))
			}
		}
		in := w.input()
		var want []string
		for _, s := range w.people {
			if w.finds(s.Staff, scopes, in) {
				want = append(want, s.Staff.Code.String())
			}
		}
		var got []string
		for _, c := range w.all(w.administrator(scopes...), in) {
			got = append(got, c.String())
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("scopes %v, %+v:\n got %v\nwant %v", scopes, in, got, want)
		}
		if len(want) > 0 {
			hits++
		}
	}
	if hits < 75 {
		t.Errorf("only %d searches had somebody to find", hits)
	}
}

func testSearchTrips(w *searchWorld) {
	someone := w.people[slices.IndexFunc(w.people, func(s account.Person) bool {
		return s.Staff.Employment == staff.InService && !s.Staff.Posts[0].Unit.IsZero()
	})].Staff
	root, unit := w.codes[0], w.orgs[someone.Posts[0].Unit]
	all, two := w.administrator(root), w.administrator(w.named("1市", 0).Code, w.named("2市", 0).Code)
	tests := []struct {
		name   string
		caller account.Permitted
		in     admin.SearchInput
		trips  int
	}{
		{"nothing asked", all, admin.SearchInput{}, 2},
		{"text", all, admin.SearchInput{Q: "zhang"}, 2},
		{"text, two grants", two, admin.SearchInput{Q: "zhang"}, 2},
		{"to do", all, admin.SearchInput{Incomplete: "true"}, 2},
		{"filters on the person", all, admin.SearchInput{Q: "m", AccountState: "active", Incomplete: "false"}, 2},
		{"organisation", all, admin.SearchInput{Org: unit.Code.String()}, 2},
		{"main post", two, admin.SearchInput{MainOrg: w.named("1市", 0).Code.String()}, 2},
		{"unit by code", all, admin.SearchInput{Unit: unit.Code.String(), Org: root.String()}, 2},
		{"unit by name", all, admin.SearchInput{Unit: "数据局"}, 3},
		{"division", two, admin.SearchInput{Division: "330100"}, 3},
		{"whole phone as text", all, admin.SearchInput{Q: someone.Phone.National()}, 3},
		{"phone", all, admin.SearchInput{Phone: someone.Phone.E164()}, 3},
		{"account", two, admin.SearchInput{Account: someone.Account.String(), Division: "330000"}, 3},
	}
	for _, tt := range tests {
		w.Run(tt.name, func(t *testing.T) {
			w.Counter.Reset()
			found, err := w.search.Run(t.Context(), tt.caller, tt.in, 20, "")
			if err != nil {
				t.Fatal(err)
			}
			if cost := w.Counter.Cost(); cost.Trips > tt.trips || cost.Calls["Scan"] > 0 {
				t.Errorf("%d trips, want %d: %v", cost.Trips, tt.trips, cost.Calls)
			}
			if len(found.People) == 0 {
				t.Error("found nobody, which proves nothing")
			}
			if found.Next == "" {
				return
			}
			w.Counter.Reset()
			if _, err := w.search.Run(t.Context(), tt.caller, tt.in, 20, found.Next); err != nil {
				t.Fatal(err)
			}
			if cost := w.Counter.Cost(); cost.Trips > tt.trips {
				t.Errorf("next page: %d trips, want %d: %v", cost.Trips, tt.trips, cost.Calls)
			}
		})
	}
}

func testSearchIsFresh(w *searchWorld) {
	t := w.T
	caller := w.administrator(w.named("1市", 0).Code)
	in := admin.SearchInput{}
	before := w.all(caller, in)
	if len(before) < 5 {
		t.Fatalf("only %d people", len(before))
	}

	// Rows of the index stay as they are; the people move on.
	change := func(c staff.EmployeeCode, edit func(*staff.Staff)) staff.Staff {
		t.Helper()
		i := slices.IndexFunc(w.people, func(s account.Person) bool { return s.Staff.Code == c })
		was := w.people[i].Staff
		now := was.Clone()
		edit(&now)
		now.Pinyin.Syllables = nil
		for _, r := range now.Name {
			now.Pinyin.Syllables = append(now.Pinyin.Syllables, characters[string(r)])
		}
		now.Revision++
		err := w.Store.Change(t.Context(), admin.Change{Was: was, Now: now, Grants: -1, Audit: audit.Entry{ID: c.String(), Actor: c, Subject: audit.OfStaff(c)}})
		if err != nil {
			t.Fatal(err)
		}
		return now
	}
	change(before[0], func(s *staff.Staff) { s.Employment = staff.Left })
	change(before[1], func(s *staff.Staff) { s.Posts = []staff.Post{w.post(w.named("省数据局", 0).Code, true)} })
	change(before[2], func(s *staff.Staff) { s.Name = "改名" })

	// Until the indexer has seen it, they are where they were, but for who works out of
	// sight now.
	after := w.all(caller, in)
	if want := append(before[:1:1], before[2:]...); !slices.Equal(after, want) {
		t.Errorf("in the list: %v, want %v", after, want)
	}

	// The indexer has put the new rows of somebody, and not yet deleted the old.
	moved := change(before[3], func(s *staff.Staff) {
		s.Name, s.Posts = "小军", slices.Clone(s.Posts)
		for i := range s.Posts {
			s.Posts[i].Order += 500
		}
	})
	entry := staff.IndexEntryOf(moved, w.orgs)
	if err := w.Store.PutRows(t.Context(), entry.Rows(moved.Code), entry, staff.RowAttributesOf(moved)); err != nil {
		t.Fatal(err)
	}
	w.most = 1 // so that both places are on pages of their own
	for _, in := range []admin.SearchInput{{}, {Q: "小军"}, {Q: "xiao"}, {Name: "军"}} {
		times := 0
		for _, c := range w.all(caller, in) {
			if c == moved.Code {
				times++
			}
		}
		if times == 0 {
			t.Errorf("%+v: somebody between two places is not found", in)
		}
	}

	index := staff.Indexer{Store: w.Store, Now: w.Now, Random: rand.Reader}
	for _, c := range before[:4] {
		if _, err := index.Run(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if after, want := w.all(caller, in), before[2:]; len(after) != len(want) || slices.Contains(after, before[0]) || slices.Contains(after, before[1]) {
		t.Errorf("once indexed, in the list: %v, want %v", after, want)
	}
	for _, in := range []admin.SearchInput{{}, {Q: "小军"}, {Q: "xiao"}, {Name: "军"}} {
		if n := len(slices.DeleteFunc(w.all(caller, in), func(c staff.EmployeeCode) bool { return c != moved.Code })); n != 1 {
			t.Errorf("%+v: once indexed, somebody is found %d times", in, n)
		}
	}
	for _, q := range []string{"改名", "张", "王", "小", "敏", "静", "军", "明"} {
		found, err := w.search.Run(t.Context(), caller, admin.SearchInput{Q: q}, 100, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range found.People {
			if s.Code == before[0] || s.Code == before[1] || s.Code == before[2] && q != "改名" {
				t.Errorf("%s: a row that is no longer true finds %s", q, s.Name)
			}
		}
	}
}
