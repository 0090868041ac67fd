// Package claims_test holds what docs/security.md and docs/asvs.md claim to what
// exists: each requirement of ASVS has one row, and each test and each rule that
// proves something is there. It cannot tell whether a proof proves its claim: that is
// for who reviews the page. Look first at TestRequirements.
package claims_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"chaoxi/shared/dev/check/repo"
)

// pages are the pages whose claims are held.
var pages = []string{"docs/security.md", "docs/asvs.md"}

// TestRequirements compares docs/asvs.md with the list of requirements.
func TestRequirements(t *testing.T) {
	list, err := os.ReadFile("testdata/asvs-5.0.0.txt")
	if err != nil {
		t.Fatal(err)
	}
	levels, err := levelsOf(string(list))
	if err != nil {
		t.Fatal(err)
	}
	if len(levels) != 217 {
		t.Fatalf("the list has %d requirements, want the 217 of levels 1 and 2 without V10 and V17", len(levels))
	}
	for _, flaw := range flawsOf(repo.Read(t, "docs/asvs.md"), levels) {
		t.Error(flaw)
	}
}

// TestProofsExist looks for every test and every rule that the pages name.
func TestProofsExist(t *testing.T) {
	known := knownProofs(t)
	for _, page := range pages {
		proofs := proofsIn(repo.Read(t, page))
		if len(proofs) < 30 {
			t.Errorf("%s was misread: it has %d proofs", page, len(proofs))
		}
		for _, p := range proofs {
			if !known[p] {
				t.Errorf("%s names %s, which does not exist", page, p)
			}
		}
	}
}

// levelsOf reads the list: a number and its level in each line.
func levelsOf(list string) (map[string]string, error) {
	levels := map[string]string{}
	for line := range strings.Lines(list) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		words := strings.Fields(line)
		if len(words) != 2 || levels[words[0]] != "" {
			return nil, fmt.Errorf("the list has %q", line)
		}
		levels[words[0]] = words[1]
	}
	return levels, nil
}

var requirement = regexp.MustCompile(`^\d+\.\d+\.\d+$`)

// The cells of a row.
const (
	number = iota
	level
	about
	state
	how
	proof
	cells
)

// none is the proof of what has none.
const none = "–"

// flawsOf says what is wrong with the rows of a page. Levels has the level of each
// requirement that must have one.
func flawsOf(page string, levels map[string]string) []string {
	var flaws []string
	complain := func(format string, args ...any) { flaws = append(flaws, fmt.Sprintf(format, args...)) }
	rows := map[string]int{}
	for line := range strings.Lines(page) {
		row := strings.Split(strings.Trim(line, "| \n"), " | ")
		if !requirement.MatchString(row[number]) {
			continue
		}
		n := row[number]
		rows[n]++
		if len(row) != cells {
			complain("%s has %d cells, want %d", n, len(row), cells)
			continue
		}
		if want, ok := levels[n]; !ok {
			complain("%s is no requirement of the list", n)
		} else if row[level] != want {
			complain("%s is of level %s, not %s", n, want, row[level])
		}
		if strings.TrimSpace(row[about]) == "" || strings.TrimSpace(row[how]) == "" {
			complain("%s does not say what it is about, or how it is met", n)
		}
		why, untested := strings.CutPrefix(row[proof], "no test: ")
		proofs := proofsIn(row[proof])
		for _, word := range codeIn(row[proof]) {
			if !untested && !slices.Contains(proofs, word) {
				complain("%s: %s is neither a test nor a rule", n, word)
			}
		}
		switch row[state] {
		case "met":
			if len(proofs) == 0 && (!untested || strings.TrimSpace(why) == "") {
				complain("%s is met, and nothing proves it or says why no test is needed", n)
			}
		case "n/a", "deviation", "open":
			if len(proofs) == 0 && row[proof] != none {
				complain("%s: %q is no proof", n, row[proof])
			}
		default:
			complain("%s is %q", n, row[state])
		}
	}
	for n := range levels {
		if rows[n] != 1 {
			complain("%s has %d rows, want 1", n, rows[n])
		}
	}
	slices.Sort(flaws)
	return flaws
}

var (
	code       = regexp.MustCompile("`([^`]+)`")
	testOrRule = regexp.MustCompile(`^(([a-z0-9-]+/)*(Test|Fuzz)[A-Z]\w*|rule:[a-z]+)$`)
)

// codeIn are the words of text that stand in backticks.
func codeIn(text string) []string {
	var words []string
	for _, m := range code.FindAllStringSubmatch(text, -1) {
		words = append(words, m[1])
	}
	return words
}

// proofsIn are the tests and rules that text names, such as httpapi/TestLog and
// rule:logs.
func proofsIn(text string) []string {
	return slices.DeleteFunc(codeIn(text), func(word string) bool { return !testOrRule.MatchString(word) })
}

// knownProofs are the names of all tests and rules. A test may be named with the
// folder of its package, below shared/ or whole, or alone.
func knownProofs(t *testing.T) map[string]bool {
	t.Helper()
	known := map[string]bool{}
	for _, f := range repo.Sources(t) {
		for _, name := range testsOf(f) {
			known[strings.TrimPrefix(f.Dir, "shared/")+"/"+name], known[name] = true, true
		}
		if f.Dir == "shared/dev/check/deploy" {
			for _, name := range rulesOf(t, f) {
				known["rule:"+name] = true
			}
		}
	}
	if !known["rule:logs"] || !known["dev/check/claims/TestProofsExist"] || !known["TestProofsExist"] {
		t.Fatal("the source was misread")
	}
	return known
}

// testsOf are the names of the tests and fuzz tests of a file.
func testsOf(f repo.File) []string {
	var names []string
	for _, d := range f.Syntax.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if ok && f.Test && fn.Recv == nil && testOrRule.MatchString(fn.Name.Name) && len(fn.Type.Params.List) == 1 {
			names = append(names, fn.Name.Name)
		}
	}
	return names
}

// rulesOf are the names of the rules of a file: the first text of each literal in a
// variable that is a []rule.
func rulesOf(t *testing.T, f repo.File) []string {
	t.Helper()
	var names []string
	ast.Inspect(f.Syntax, func(n ast.Node) bool {
		list, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		if array, ok := list.Type.(*ast.ArrayType); !ok || f.TextOf(array.Elt) != "rule" {
			return true
		}
		for _, e := range list.Elts {
			name, ok := e.(*ast.CompositeLit).Elts[0].(*ast.BasicLit)
			if !ok || name.Kind != token.STRING {
				t.Fatalf("%s: a rule without a name", f.Path)
			}
			s, err := strconv.Unquote(name.Value)
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, s)
		}
		return false
	})
	return names
}

// TestFlaws shows what flawsOf refuses.
func TestFlaws(t *testing.T) {
	levels := map[string]string{"1.1.1": "1", "1.1.2": "2"}
	const good = "| no. | L | about | state | how | proof |\n|---|---|---|---|---|---|\n" +
		"| 1.1.1 | 1 | decode once | met | it is | `httpapi/TestLog`, `rule:logs` |\n| 1.1.2 | 2 | LDAP | n/a | no LDAP | – |\n"
	for _, tt := range []struct{ what, old, new, says string }{
		{"nothing", "", "", ""},
		{"no test, with a reason", "`httpapi/TestLog`, `rule:logs`", "no test: the gateway's own", ""},
		{"no test, with a reason in code", "`httpapi/TestLog`, `rule:logs`", "no test: `go vet` refuses it", ""},
		{"a deviation with a proof", "met", "deviation", ""},
		{"an open one without", "met | it is | `httpapi/TestLog`, `rule:logs`", "open | not yet | –", ""},
		{"a number without a row", "| 1.1.2 |", "| 1.1 |", "1.1.2 has 0 rows"},
		{"a number twice", "| 1.1.2 | 2 |", "| 1.1.1 | 1 |", "1.1.1 has 2 rows"},
		{"a number that there is not", "| 1.1.2 |", "| 1.1.3 |", "1.1.3 is no requirement"},
		{"another level", "| 1.1.1 | 1 |", "| 1.1.1 | 2 |", "1.1.1 is of level 1"},
		{"a cell too few", " | decode once", "", "1.1.1 has 5 cells"},
		{"a cell too many", "decode once", "decode | once", "1.1.1 has 7 cells"},
		{"about nothing", "decode once", " ", "1.1.1 does not say"},
		{"no how", "no LDAP", " ", "1.1.2 does not say"},
		{"no such state", "met", "soon", `1.1.1 is "soon"`},
		{"no proof", "`httpapi/TestLog`, `rule:logs`", none, "1.1.1 is met, and nothing"},
		{"words for a proof", "`httpapi/TestLog`, `rule:logs`", "somebody looked", "1.1.1 is met, and nothing"},
		{"no test without a reason", "`httpapi/TestLog`, `rule:logs`", "no test:  ", "1.1.1 is met, and nothing"},
		{"a test in another form", "`httpapi/TestLog`", "`httpapi.TestLog`", "httpapi.TestLog is neither"},
		{"what does not apply, with a proof", "| –", "| `rule:logs`", ""},
		{"what does not apply, with words", "| –", "| of course", "1.1.2: \"of course\" is no proof"},
		{"words for the proof of a deviation", "met | it is | `httpapi/TestLog`, `rule:logs`", "deviation | no | later", "is no proof"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			page := strings.Replace(good, tt.old, tt.new, 1)
			if tt.what != "nothing" && page == good {
				t.Fatal("it changes nothing")
			}
			flaws := flawsOf(page, levels)
			if tt.says == "" && len(flaws) > 0 || !strings.Contains(strings.Join(flaws, "\n"), tt.says) {
				t.Errorf("%q, want %q", flaws, tt.says)
			}
		})
	}
	for _, bad := range []string{"1.1.1\n", "1.1.1 1\n1.1.1 1\n", "1.1.1 1 2\n"} {
		if _, err := levelsOf(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

// TestProofs shows what counts as a proof, and that one which does not exist is
// unknown.
func TestProofs(t *testing.T) {
	got := proofsIn("`httpapi/TestLog`, `functions/login/TestLock` and `rule:logs`, `staff/FuzzParse`; `TestScope`, `make check`, `Testing`, `a/b`, rule:x, `rule:`")
	if want := []string{"httpapi/TestLog", "functions/login/TestLock", "rule:logs", "staff/FuzzParse", "TestScope"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	known := knownProofs(t)
	for p, want := range map[string]bool{
		"httpapi/TestLog": true, "functions/login/TestLock": true, "cmd/local/TestScope": true, "staff/FuzzParse": true, "rule:boundary": true,
		"shared/httpapi/TestLog": false, "account/TestLog": false, "httpapi/TestNothing": false, "login/TestLock": false, "rule:nothing": false,
	} {
		if known[p] != want {
			t.Errorf("%s is known: %v", p, known[p])
		}
	}
}
