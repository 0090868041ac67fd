package dynamo

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestPatternsAreDocumented compares the rows that methods name with those of
// docs/access-patterns.md, both ways: what is named has a row, and what has a row
// is named.
func TestPatternsAreDocumented(t *testing.T) {
	named, documented := namedRows(t), documentedRows(t)
	for row, by := range named {
		if !slices.Contains(documented, row) {
			t.Errorf("docs/access-patterns.md has no row %s, which %s names", row, by)
		}
	}
	for _, row := range documented {
		if named[row] == "" {
			t.Errorf("docs/access-patterns.md has a row %s, which no method names", row)
		}
	}
}

// namedRows are the rows that comments of functions name, each with one function
// that does. The first sentence begins with "Person is P1" or "Rows is F1 (by
// term), F2 (in order)".
func namedRows(t *testing.T) map[string]string {
	t.Helper()
	named := map[string]string{}
	names, row := regexp.MustCompile(`^\w+ is [A-Z]\d+\b[^.:]*`), regexp.MustCompile(`\b[A-Z]\d+\b`)
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		source, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range source.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				for _, r := range row.FindAllString(names.FindString(f.Doc.Text()), -1) {
					named[r] = f.Name.Name
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(named) < 40 {
		t.Fatalf("only %d rows were found in the source", len(named))
	}
	return named
}

// documentedRows are those of the page, in its order. One line may have several:
// "Z3, Z5" or "B1–B4".
func documentedRows(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "access-patterns.md"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	span := regexp.MustCompile(`^([A-Z])(\d+)(?:–([A-Z])(\d+))?$`)
	for _, line := range regexp.MustCompile(`(?m)^\| *([A-Z]\d[^|]*?) *\|`).FindAllStringSubmatch(string(page), -1) {
		for _, cell := range strings.Split(line[1], ", ") {
			m := span.FindStringSubmatch(cell)
			if m == nil || m[3] != "" && m[3] != m[1] {
				t.Fatalf("docs/access-patterns.md: %q is not a row, nor some", line[1])
			}
			first, _ := strconv.Atoi(m[2])
			last := first
			if m[4] != "" {
				last, _ = strconv.Atoi(m[4])
			}
			for n := first; n <= last; n++ {
				rows = append(rows, fmt.Sprint(m[1], n))
			}
		}
	}
	if twice := duplicates(rows); len(twice) > 0 {
		t.Errorf("docs/access-patterns.md has two rows %s", twice)
	}
	return rows
}

func duplicates(rows []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(rows), func(row string) bool {
		before := seen[row]
		seen[row] = true
		return !before
	})
}
