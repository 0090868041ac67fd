package functiontest

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Each budget is of a function, and a test of this function names it.
func TestBudgets(t *testing.T) {
	if !slices.IsSortedFunc(budgets, func(a, b budget) int { return cmp.Compare(a.flow, b.flow) }) {
		t.Error("they are not in alphabetical order")
	}
	seen := map[string]bool{}
	for _, b := range budgets {
		function, _, _ := strings.Cut(b.flow, ":")
		tests, err := filepath.Glob(filepath.Join("../../../functions", function, "*_test.go"))
		if err != nil || len(tests) == 0 {
			t.Errorf("%s: no function %s has tests (%v)", b.flow, function, err)
		}
		used := slices.ContainsFunc(tests, func(file string) bool {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			return strings.Contains(string(source), "WantTrips(") && strings.Contains(string(source), strconv.Quote(b.flow))
		})
		if !used || seen[b.flow] || b.most < 1 || b.why == "" {
			t.Errorf("%s: used by a test: %t; given before: %t; %d trips: %q", b.flow, used, seen[b.flow], b.most, b.why)
		}
		seen[b.flow] = true
	}
}
