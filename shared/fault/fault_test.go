package fault

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden files instead of checking them")

var snakeCase = regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)

// halfWidth is the punctuation that does not belong into a Chinese sentence.
const halfWidth = ",.;:!?()\"'"

func TestCatalogue(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range Catalogue {
		switch {
		case seen[e.Code]:
			t.Errorf("%s: defined twice", e.Code)
		case !snakeCase.MatchString(e.Code):
			t.Errorf("%s: not snake_case", e.Code)
		case e.Kind == KindInternal && e != Internal, e.Kind < KindInternal, e.Kind > KindUnavailable:
			t.Errorf("%s: kind %d", e.Code, e.Kind)
		case e.Fields != nil || e.RetryAfter != 0 || e.Extensions != nil || e.Cause != nil:
			t.Errorf("%s: an entry of the catalogue is the same for everybody", e.Code)
		}
		seen[e.Code] = true
		checkSentences(t, e.Code, e.Zh, e.En)
	}
}

func TestFieldCodes(t *testing.T) {
	for name, f := range fieldCodes() {
		if !snakeCase.MatchString(f.Code) {
			t.Errorf("%s: code %q is not snake_case", name, f.Code)
		}
		checkSentences(t, name, f.Zh, f.En)
	}
}

// checkSentences holds a Chinese message, which ends without 。 as messages on a
// page do, and an English one, which is a sentence, against those habits.
func checkSentences(t *testing.T, name, zh, en string) {
	t.Helper()
	switch {
	case zh == "" || strings.HasSuffix(zh, "。"):
		t.Errorf("%s: %q is no message, or ends with a full stop", name, zh)
	case strings.ContainsAny(zh, halfWidth):
		t.Errorf("%s: %q has half-width punctuation", name, zh)
	case strings.TrimSpace(zh) != zh || strings.TrimSpace(en) != en || strings.Contains(en, "  "):
		t.Errorf("%s: stray spaces", name)
	case !regexp.MustCompile(`^[A-Z].*[^.]\.$`).MatchString(en):
		t.Errorf("%s: %q is no English sentence", name, en)
	}
}

// TestCatalogueIsWhole reads the source: an exported Error that the catalogue
// lacks is one that no golden file pins.
func TestCatalogueIsWhole(t *testing.T) {
	listed := map[string]bool{}
	var defined, ordered []string
	eachVariable(func(name string, value ast.Expr) {
		switch v := value.(type) {
		case *ast.UnaryExpr:
			if lit, ok := v.X.(*ast.CompositeLit); ok && isNamed(lit.Type, "Error") {
				defined = append(defined, name)
			}
		case *ast.CompositeLit:
			if name == "Catalogue" {
				for _, e := range v.Elts {
					ordered = append(ordered, e.(*ast.Ident).Name)
					listed[e.(*ast.Ident).Name] = true
				}
			}
		}
	})
	if len(defined) < 30 || len(ordered) != len(Catalogue) {
		t.Fatalf("the source was misread: %d errors, %d in the catalogue", len(defined), len(ordered))
	}
	for _, name := range defined {
		if !listed[name] {
			t.Errorf("%s is not in Catalogue", name)
		}
	}
	for i := range min(len(defined), len(ordered)) {
		if ordered[i] != defined[i] {
			t.Fatalf("Catalogue is not in the order of definition: %s stands where %s should", ordered[i], defined[i])
		}
	}
}

// TestGolden pins codes, kinds and sentences: clients switch on the first, and
// the pages' tests know the last.
func TestGolden(t *testing.T) {
	var got bytes.Buffer
	for _, e := range Catalogue {
		fmt.Fprintf(&got, "%s\t%s\t%s\t%s\n", e.Code, kinds[e.Kind], e.Zh, e.En)
	}
	names := fieldCodes()
	for _, name := range slices.Sorted(maps.Keys(names)) {
		f := names[name]
		fmt.Fprintf(&got, "field %s\t%s\t%s\t%s\n", name, f.Code, f.Zh, f.En)
	}
	const file = "testdata/catalogue.golden"
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; go test -update writes it", err)
	}
	wantLines, gotLines := strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")
	for _, line := range wantLines {
		if !slices.Contains(gotLines, line) {
			t.Errorf("gone: %s", line)
		}
	}
	for _, line := range gotLines {
		if !slices.Contains(wantLines, line) {
			t.Errorf("new:  %s", line)
		}
	}
	if !t.Failed() && !bytes.Equal(got.Bytes(), want) {
		t.Error("the lines are in another order than in " + file)
	}
}

var kinds = map[Kind]string{
	KindInternal: "internal", KindMalformed: "malformed", KindInvalid: "invalid", KindUnauthenticated: "unauthenticated", KindForbidden: "forbidden",
	KindNotFound: "not_found", KindConflict: "conflict", KindGone: "gone", KindTooLarge: "too_large", KindMediaType: "media_type",
	KindLimited: "limited", KindUnavailable: "unavailable",
}

func TestBlanksAreFilledIn(t *testing.T) {
	for _, tt := range []struct {
		e      *Error
		zh, en string
	}{
		{CredentialsWrong.Format(3), "用户名或密码错误，3次重试将锁定账号", "Wrong account or password. The account is locked after 3 more."},
		{Locked.Format("30分钟", "30 minutes"), "密码输入错误次数过多，请30分钟后再次尝试", "Too many wrong passwords. Please try again in 30 minutes."},
	} {
		if tt.e.Zh != tt.zh || tt.e.En != tt.en {
			t.Errorf("%s says %q and %q", tt.e.Code, tt.e.Zh, tt.e.En)
		}
	}
	for _, e := range Catalogue {
		if blank := strings.Contains(e.Zh+e.En, "%"); blank != (e == CredentialsWrong || e == Locked) {
			t.Errorf("%s: blanks: %v; what fills them belongs into this test", e.Code, blank)
		}
	}
}

func TestIdentity(t *testing.T) {
	err := fmt.Errorf("spend the code: %w", CodeExpired.Because(io.ErrUnexpectedEOF).RetryIn(time.Minute).Remaining(3).AtField("code", Invalid))
	if !errors.Is(err, CodeExpired) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v lost its identity or its cause", err)
	}
	if errors.Is(err, CodeWrong) {
		t.Errorf("%v is something else, too", err)
	}
	if got, want := err.Error(), "spend the code: code_expired code:invalid: unexpected EOF"; got != want {
		t.Errorf("it reads %q, want %q", got, want)
	}
}

func TestCopiesLeaveTheOriginalAlone(t *testing.T) {
	before := *CodeWrong
	one := CodeWrong.With("remaining", 4).AtField("code", Invalid)
	two := one.With("remaining", 3).AtField("ticket", Required).RetryIn(time.Second)
	again := one.AtField("device", TooLong)
	if one.Extensions["remaining"] != 4 || two.Extensions["remaining"] != 3 || one.RetryAfter != 0 {
		t.Errorf("a copy shares members with its original: %v, %v", one, two)
	}
	if len(one.Fields) != 1 || two.Fields[1].Path != "ticket" || again.Fields[1].Path != "device" {
		t.Errorf("copies share fields: %v, %v, %v", one, two, again)
	}
	if !reflect.DeepEqual(before, *CodeWrong) {
		t.Error("the entry of the catalogue was changed in place")
	}
}

func TestFields(t *testing.T) {
	var f Fields
	if f.Err() != nil {
		t.Errorf("nothing noted: %v", f.Err())
	}
	f.Add("posts[1].role", RequiredToComplete)
	f.Add("name", Required)
	f.Add("name", TooLong) // the first flaw of a field is kept
	var e *Error
	if err := f.Err(); !errors.As(err, &e) || !errors.Is(err, FieldInvalid) {
		t.Fatalf("%v", err)
	}
	if want := []Field{{Path: "posts[1].role", FieldCode: RequiredToComplete}, {Path: "name", FieldCode: Required}}; !slices.Equal(e.Fields, want) {
		t.Errorf("%v, want %v", e.Fields, want)
	}
	if FieldInvalid.Fields != nil {
		t.Error("the entry of the catalogue was changed in place")
	}
}

// TestFieldsAreBounded keeps a list of thousands of flaws, which a caller can
// make of one body, from becoming minutes of work and megabytes of answer.
func TestFieldsAreBounded(t *testing.T) {
	var f Fields
	for i := range 50_000 {
		f.Add(fmt.Sprintf("removedPosts[%d]", i), WrongType)
	}
	var e *Error
	if !errors.As(f.Err(), &e) || len(e.Fields) != MaxFields {
		t.Errorf("%d fields named", len(e.Fields))
	}
}

// fieldCodes are all FieldCodes by name, as the source has them.
func fieldCodes() map[string]FieldCode {
	found := map[string]FieldCode{}
	eachVariable(func(name string, value ast.Expr) {
		lit, ok := value.(*ast.CompositeLit)
		if !ok || !isNamed(lit.Type, "FieldCode") {
			return
		}
		var parts [3]string
		for i, e := range lit.Elts {
			parts[i], _ = strconv.Unquote(e.(*ast.BasicLit).Value)
		}
		found[name] = FieldCode{parts[0], parts[1], parts[2]}
	})
	return found
}

func eachVariable(do func(name string, value ast.Expr)) {
	f, err := parser.ParseFile(token.NewFileSet(), "catalogue.go", nil, 0)
	if err != nil {
		panic(err) // it was compiled a moment ago
	}
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			for i, name := range v.Names {
				do(name.Name, v.Values[i])
			}
		}
	}
}

func isNamed(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// TestDocumented: docs/errors.md tells of every code.
func TestDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range Catalogue {
		if !bytes.Contains(page, []byte("| `"+e.Code+"` |")) {
			t.Errorf("docs/errors.md does not tell of %s", e.Code)
		}
	}
}
