package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestPages: each part has a page that the bench can write, and writing its own
// tables again changes nothing.
func TestPages(t *testing.T) {
	const folder = "../../docs/bench"
	for _, p := range slices.Concat(parts, peers) {
		text, err := os.ReadFile(filepath.Join(folder, p.name+".md"))
		if err != nil {
			t.Error(err)
			continue
		}
		_, written, _ := strings.Cut(string(text), pageMark)
		command, tables, _ := strings.Cut(written, ":\n\n## ")
		page, ok := p.page(string(text), "\n## "+tables+"\n", func(name string) string {
			_, value, _ := strings.Cut(command, " "+name+"=")
			value, _, _ = strings.Cut(value, " ")
			return value
		})
		if !ok || page != string(text) {
			t.Errorf("%s.md is not as the bench writes it:\n%s", p.name, page)
		}
	}
}

func TestPage(t *testing.T) {
	p := part{name: "size", settings: []string{"BENCH_PEOPLE", "BENCH_SECONDS"}}
	set := map[string]string{"BENCH_PEOPLE": "10,20", "BENCH_RRU_USD": "1"}
	getenv := func(name string) string { return set[name] }
	got, ok := p.page("# Size\n\nHow to read it.\n\n"+pageMark+"\nold\n", "\n## T\n\n| a |\n\n", getenv)
	want := "# Size\n\nHow to read it.\n\n" + pageMark + "\nWritten by `make bench BENCH=size BENCH_PEOPLE=10,20 BENCH_DOC=docs/bench`:\n\n## T\n\n| a |\n"
	if !ok || got != want {
		t.Errorf("got %q, %t, want %q", got, ok, want)
	}
	got, _ = part{name: "keycloak", peer: true}.page(pageMark, "## T\n", getenv)
	if want := pageMark + "\nWritten by `make bench PEER=keycloak BENCH_DOC=docs/bench`:\n\n## T\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, ok := p.page("# Size\n", "", getenv); ok {
		t.Error("a page without the mark has a place for tables")
	}
}
