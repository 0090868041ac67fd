package arch_test

import (
	"go/ast"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"chaoxi/shared/dev/check/repo"
	"chaoxi/shared/dev/openapitest"
	"chaoxi/shared/dev/sam"
)

func template(t *testing.T) *sam.Template {
	t.Helper()
	tmpl, err := sam.Load(repo.Path(t, "template.yaml"), sam.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return tmpl
}

// pages are functions that have no use case: what they do is in their handler.
var pages = []string{"health", "web"}

// useCases are the files of use cases that are not called after their function,
// because several functions share them or because they are not in shared/account
// or shared/admin.
var useCases = map[string]string{
	"admin-get-staff": "shared/admin/admin.go", // LoadTarget, with which every use case on one person begins
	"admin-batch":     "shared/admin/jobs.go",
	"dictionaries":    "shared/staff/dictionaries.go",
	"index-staff":     "shared/staff/index.go", // and account/index_queue.go
	"run-jobs":        "shared/jobs/run_jobs.go",
}

// TestOneName checks that every function has the same name in all its places.
func TestOneName(t *testing.T) {
	tmpl, names := template(t), repo.Functions(t)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			checkTemplate(t, tmpl, name)
			if file := useCaseFile(name); file != "" && !repo.Has(t, file) {
				t.Errorf("its use case is not in %s", file)
			}
			if event := "events/" + name + ".json"; !repo.Has(t, event) {
				t.Errorf("there is no %s", event)
			}
		})
	}
	for _, f := range tmpl.Functions {
		if !slices.Contains(names, f.Name) {
			t.Errorf("template.yaml has %s, and there is no functions/%s", f.LogicalID, f.Name)
		}
	}
	for _, name := range slices.Concat(pages, slices.Collect(maps.Keys(useCases))) {
		if !slices.Contains(names, name) {
			t.Errorf("pages or useCases has %s, which does not exist", name)
		}
	}
}

// checkTemplate checks the names that template.yaml has for a function.
func checkTemplate(t *testing.T, tmpl *sam.Template, name string) {
	t.Helper()
	f, ok := tmpl.Function(name)
	if !ok {
		t.Error("no function of template.yaml has its CodeUri")
		return
	}
	if want := "functions/" + name + "/"; f.CodeURI != want {
		t.Errorf("CodeUri %s, want %s", f.CodeURI, want)
	}
	if want := camel(name) + "Function"; f.LogicalID != want {
		t.Errorf("it is %s in template.yaml, want %s", f.LogicalID, want)
	}
}

// camel is a function's name as CloudFormation's logical ids are written.
func camel(name string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(name, "-") {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}

// useCaseFile is the file of a function's use case, or "" for a page.
func useCaseFile(function string) string {
	if slices.Contains(pages, function) {
		return ""
	}
	if file, ok := useCases[function]; ok {
		return file
	}
	dir, file := "shared/account/", function
	if rest, ok := strings.CutPrefix(function, "admin-"); ok {
		dir, file = "shared/admin/", rest
	}
	return dir + strings.ReplaceAll(file, "-", "_") + ".go"
}

// TestMainOnlyWires keeps every main.go short: it brings the parts together and
// decides nothing.
func TestMainOnlyWires(t *testing.T) {
	const most = 50
	for _, name := range repo.Functions(t) {
		file := "functions/" + name + "/main.go"
		if lines := strings.Count(repo.Read(t, file), "\n"); lines > most {
			t.Errorf("%s has %d lines, want %d at most", file, lines, most)
		}
	}
}

// TestRoutes holds template.yaml's routes against openapi.yaml's operations,
// each served by the function that the operation is called after.
func TestRoutes(t *testing.T) {
	served := map[string]string{}
	for _, f := range template(t).Functions {
		for _, r := range f.Routes {
			if other, twice := served[r.Key()]; twice {
				t.Errorf("%s is served by %s and %s", r.Key(), f.Name, other)
			}
			served[r.Key()] = f.Name
		}
	}
	if served[sam.DefaultPath] != "web" {
		t.Errorf("what no route takes goes to %q", served[sam.DefaultPath])
	}
	documented := map[string]bool{}
	for _, op := range openapitest.Load(t).Operations() {
		key := op.Method + " " + op.Path
		documented[key] = true
		if name, _, _ := strings.Cut(op.OperationID, "."); served[key] != name {
			t.Errorf("%s: %s in openapi.yaml, served by %q in template.yaml", key, op.OperationID, served[key])
		}
	}
	for key, name := range served {
		if strings.Contains(key, " /v1/") && !documented[key] {
			t.Errorf("%s of %s is not in openapi.yaml", key, name)
		}
	}
}

// TestHeads checks that HEAD is asked for wherever GET is, of the same function.
func TestHeads(t *testing.T) {
	for _, f := range template(t).Functions {
		gets, heads := map[string]bool{}, map[string]bool{}
		for _, r := range f.Routes {
			gets[r.Path] = gets[r.Path] || r.Method == "GET"
		}
		for _, r := range f.Heads {
			if heads[r.Path] = true; !gets[r.Path] {
				t.Errorf("%s: %s without GET", f.Name, r.Key())
			}
		}
		for path, get := range gets {
			if get && !heads[path] {
				t.Errorf("%s: GET %s without HEAD", f.Name, path)
			}
		}
	}
}

// TestHandlers checks that a function has a handler for each of its routes, and
// none besides.
func TestHandlers(t *testing.T) {
	handled := map[string][]string{}
	for _, f := range repo.Sources(t) {
		if f.Test || !strings.HasPrefix(f.Dir, "functions/") {
			continue
		}
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if sel, isSel := litType(lit, ok).(*ast.SelectorExpr); isSel && sel.Sel.Name == "Routes" {
				for _, e := range lit.Elts {
					if key, ok := e.(*ast.KeyValueExpr).Key.(*ast.BasicLit); ok {
						route, _ := strconv.Unquote(key.Value)
						handled[path.Base(f.Dir)] = append(handled[path.Base(f.Dir)], route)
					} else {
						t.Errorf("%s: a route is to be written out", f.Path)
					}
				}
			}
			return true
		})
	}
	for _, f := range template(t).Functions {
		var want []string
		for _, r := range f.Routes {
			want = append(want, r.Key())
		}
		slices.Sort(want)
		got := handled[f.Name]
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s handles %q, template.yaml has %q", f.Name, got, want)
		}
	}
}

func litType(lit *ast.CompositeLit, ok bool) ast.Expr {
	if !ok {
		return nil
	}
	return lit.Type
}
