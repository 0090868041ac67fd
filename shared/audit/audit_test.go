package audit

import (
	"bytes"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/staff"
)

var update = flag.Bool("update", false, "rewrite the golden file instead of checking it")

// TestCatalogue pins the actions: what is stored under one of them is read for years.
func TestCatalogue(t *testing.T) {
	const file = "testdata/actions.txt"
	var b strings.Builder
	for _, a := range Actions {
		b.WriteString(string(a) + "\n")
	}
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(golden) {
		t.Errorf("the catalogue is\n%s\nand %s has\n%s", b.String(), file, golden)
	}
}

// TestCatalogueIsWhole finds each constant of type Action in the catalogue, once.
func TestCatalogueIsWhole(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "actions.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var constants []Action
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if typ, ok := spec.Type.(*ast.Ident); ok && typ.Name == "Action" {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			constants = append(constants, Action(value))
		}
		return true
	})
	if len(constants) < 20 {
		t.Fatalf("only %d constants were found", len(constants))
	}
	catalogue := slices.Clone(Actions)
	slices.Sort(constants)
	slices.Sort(catalogue)
	if !slices.Equal(constants, catalogue) {
		t.Errorf("the constants are %v, the catalogue has %v", constants, catalogue)
	}
}

func TestSubject(t *testing.T) {
	person, err := staff.NewEmployeeCode(strings.NewReader(strings.Repeat("p", 16)))
	if err != nil {
		t.Fatal(err)
	}
	org, err := staff.NewOrgCode(strings.NewReader(strings.Repeat("o", 16)))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name       string
		subject    Subject
		text       string
		staff, org bool
	}{
		{"a person", OfStaff(person), person.String(), true, false},
		{"an organisation", OfOrg(org), org.String(), false, true},
		{"a dictionary entry", OfDictionaryEntry("ZHI_JI", "ZHI_JI_QI_TA"), "ZHI_JI/ZHI_JI_QI_TA", false, false},
		{"nothing", "", "", false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if string(tt.subject) != tt.text {
				t.Errorf("it is stored as %q, want %q", tt.subject, tt.text)
			}
			if c, ok := tt.subject.Staff(); ok != tt.staff || ok && c != person {
				t.Errorf("as a person: %v, %t", c, ok)
			}
			if c, ok := tt.subject.Org(); ok != tt.org || ok && c != org {
				t.Errorf("as an organisation: %v, %t", c, ok)
			}
		})
	}
}

func TestNew(t *testing.T) {
	at, call := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC), Call{Address: "192.0.2.7", ID: "req-1"}
	actor, err := staff.NewEmployeeCode(strings.NewReader(strings.Repeat("p", 16)))
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(bytes.NewReader(make([]byte, 16)), at, call, actor, Freeze, OfStaff(actor))
	if err != nil || e.ID != "AAAAAAAAAAAAAAAAAAAAAA" || e.At != at || e.Call != call || e.Actor != actor || e.Action != Freeze || e.Subject != OfStaff(actor) || e.Version != 0 {
		t.Errorf("%+v, %v", e, err)
	}
	if _, err := New(bytes.NewReader(make([]byte, 15)), at, call, actor, Freeze, ""); err == nil {
		t.Error("an entry was made without an id")
	}
}
