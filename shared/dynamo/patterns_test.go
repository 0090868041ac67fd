package dynamo

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPatternsAreDocumented compares the rows that methods name with those of
// docs/access-patterns.md.
func TestPatternsAreDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "access-patterns.md"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	// A comment's first sentence names the row: "// Person is P1: …".
	named := regexp.MustCompile(`(?m)^// [A-Za-z]+ is ([A-Z][0-9]+)\b`)
	rows := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range named.FindAllStringSubmatch(string(source), -1) {
			rows[m[1]] = true
		}
	}
	if len(rows) < 40 {
		t.Fatalf("only %d rows were found in the source", len(rows))
	}
	for row := range rows {
		if !regexp.MustCompile(`(?m)^\| [^|]*\b`+row+`\b[^|]*\|`).Match(page) && !strings.HasPrefix(row, "B") {
			t.Errorf("docs/access-patterns.md has no row %s", row)
		}
	}
}
