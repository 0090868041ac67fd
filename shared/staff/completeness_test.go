package staff

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestGaps(t *testing.T) {
	for _, tt := range []struct {
		name    string
		edit    func(*Staff)
		missing []string
	}{
		{"nothing", func(*Staff) {}, []string{}},
		{"人员编制", func(s *Staff) { s.BudgetedPost = "" }, []string{"budgetedPost"}},
		{"职级", func(s *Staff) { s.JobLevel = "" }, []string{"jobLevel"}},
		{"人员角色 of the second post", func(s *Staff) { s.Posts[1].Role = "" }, []string{"posts[1].role"}},
		{"人员角色 of a post that has ended", func(s *Staff) { s.Posts[1].Role, s.Posts[1].Active = "", false }, []string{}},
		{"all of them", func(s *Staff) { s.BudgetedPost, s.JobLevel, s.Posts[0].Role, s.Posts[1].Role = "", "", "", "" },
			[]string{"budgetedPost", "jobLevel", "posts[0].role", "posts[1].role"}},
	} {
		s := wang()
		if tt.edit(&s); !slices.Equal(s.Missing(), tt.missing) || s.Missing() == nil || s.Complete() != (len(tt.missing) == 0) {
			t.Errorf("%s: missing %v, complete %t", tt.name, s.Missing(), s.Complete())
		}
	}
}

// TestOneCompleteness: the flag, the list of fields, the rows of the index and the
// numbers say the same of random people.
func TestOneCompleteness(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 1))
	value := func() string { return []string{"", "X"}[r.IntN(2)] }
	incomplete := 0
	for range 2000 {
		s := wang()
		s.BudgetedPost, s.JobLevel = value(), value()
		for i := range s.Posts {
			s.Posts[i].Role = value()
		}
		s.Posts[1].Active = r.IntN(2) == 0
		missing, tally, e := s.Missing(), TallyOf(s), IndexEntryOf(s, tree())
		role := slices.ContainsFunc(missing, func(m string) bool { return m == "posts[0].role" || m == "posts[1].role" })
		want := Tally{Org: orgCode(3), Incomplete: len(missing) > 0, BudgetedPost: slices.Contains(missing, "budgetedPost"), JobLevel: slices.Contains(missing, "jobLevel"), Role: role}
		toDo := slices.ContainsFunc(e.Rows(s.Code), func(row Row) bool { return row.Kind == ToDo })
		if got := []bool{!s.Complete(), e.Incomplete, RowAttributesOf(s).Incomplete, toDo}; tally != want || !slices.Equal(got, slices.Repeat([]bool{want.Incomplete}, 4)) {
			t.Fatalf("missing %v: tally %+v, %v", missing, tally, got)
		}
		if want.Incomplete {
			incomplete++
		}
	}
	if incomplete == 0 || incomplete == 2000 {
		t.Errorf("%d of 2000 were incomplete", incomplete)
	}
}
