package arch_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"chaoxi/shared/dev/check/repo"
)

// TestOneCompleteness: one function says what of a record is 待完善, staff.Staff.Gaps.
// Whatever else looks whether one of the three fields is empty may come to another
// answer: the sign-in would refuse somebody who is on no list.
func TestOneCompleteness(t *testing.T) {
	const home = "shared/staff/completeness.go"
	filters := map[string]string{ // files that ask whether a filter of a search is set
		"shared/admin/search_walk.go": "",
		"shared/dynamo/search.go":     "",
	}
	seen := map[string]int{}
	for _, f := range repo.Sources(t) {
		if !f.Test && layers.of(f.Dir) != support {
			seen[f.Path] = asksForGaps(f.Syntax)
		}
	}
	for path, n := range seen {
		if _, filter := filters[path]; n > 0 && path != home && !filter {
			t.Errorf("%s looks whether 人员编制, 职级 or 人员角色 is empty; ask staff.Staff.Gaps", path)
		}
	}
	for path := range filters {
		if seen[path] == 0 {
			t.Errorf("%s does not look at a filter any more", path)
		}
	}
	if seen[home] != 3 {
		t.Errorf("%s asks %d times, want once for each of the three fields", home, seen[home])
	}
	pages := 0
	err := filepath.WalkDir(repo.Path(t, "functions/web/ui/src"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".ts") && !strings.HasSuffix(path, ".tsx") {
			return err
		}
		text, err := os.ReadFile(path)
		pages++
		if gap := pageAsksForGaps.Find(text); gap != nil {
			t.Errorf("%s has %q; the answers say complete and missing", path, gap)
		}
		return err
	})
	if err != nil || pages < 50 {
		t.Errorf("%d files of the pages were read: %v", pages, err)
	}
}

var gapFields = []string{"BudgetedPost", "JobLevel", "Role"}

// pageAsksForGaps finds where a page looks whether one of the fields is absent.
var pageAsksForGaps = regexp.MustCompile(`\.(budgetedPost|jobLevel|role)\s*[!=]==?\s*(null|undefined|'')|!\w+\.(budgetedPost|jobLevel|role)\b`)

// asksForGaps counts the comparisons of one of gapFields, or of its length, with
// nothing.
func asksForGaps(f *ast.File) int {
	n := 0
	ast.Inspect(f, func(node ast.Node) bool {
		if b, ok := node.(*ast.BinaryExpr); ok && (isGapField(b.X) && isNothing(b.Y) || isGapField(b.Y) && isNothing(b.X)) {
			n++
		}
		return true
	})
	return n
}

// isGapField reports whether e is such as s.JobLevel or len(s.JobLevel).
func isGapField(e ast.Expr) bool {
	if c, ok := e.(*ast.CallExpr); ok && len(c.Args) == 1 {
		e = c.Args[0]
	}
	sel, ok := e.(*ast.SelectorExpr)
	return ok && slices.Contains(gapFields, sel.Sel.Name)
}

// isNothing reports whether e is "" or 0.
func isNothing(e ast.Expr) bool {
	lit, ok := e.(*ast.BasicLit)
	return ok && (lit.Value == `""` || lit.Value == "``" || lit.Value == "0")
}

func TestAsksForGaps(t *testing.T) {
	for source, want := range map[string]int{
		`s.JobLevel == ""`:                           1,
		`"" != p.Staff.BudgetedPost`:                 1,
		`len(p.Role) == 0 || s.JobLevel == "ZHI_JI"`: 1,
		`g.JobLevel && s.Title == ""`:                0,
	} {
		f, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\nvar _ = "+source, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := asksForGaps(f); got != want {
			t.Errorf("%s: %d, want %d", source, got, want)
		}
	}
	for source, want := range map[string]bool{"record.jobLevel === null": true, "if (!post.role)": true, "missing.includes('jobLevel')": false, "filters.jobLevel === 'none'": false} {
		if got := pageAsksForGaps.MatchString(source); got != want {
			t.Errorf("%s: %t", source, got)
		}
	}
}
