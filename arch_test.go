// Package chaoxi_test keeps the parts in their places: which way the arrows
// point, and that what belongs together has one name. It reads the files itself
// instead of asking go list, so that the test cache notices when one of them
// changes. Look first at layers and thirdParties, which say what may use what.
package chaoxi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"chaoxi/shared/dev/openapitest"
	"chaoxi/shared/dev/sam"
	"chaoxi/shared/fault"
)

const module = "chaoxi/"

// layers says where each package of shared/ stands. A package that is new needs
// a line here: where it stands decides who may use it.
var layers = map[string]layer{
	"shared/fault":   domain,
	"shared/retry":   domain,
	"shared/staff":   domain,
	"shared/account": domain,
	"shared/admin":   domain,

	"shared/meter":      common,
	"shared/strictjson": common,

	"shared/httpapi":    adapter,
	"shared/dynamo":     adapter,
	"shared/sns":        adapter,
	"shared/smsgateway": adapter,
	"shared/config":     adapter,
	"shared/argon2id":   adapter,
	"shared/pinyin":     adapter,
	"shared/seed":       adapter,

	"shared/dev/sam":           support,
	"shared/dev/runtimeapi":    support,
	"shared/dev/local":         support,
	"shared/dev/demo":          support,
	"shared/dynamo/dynamotest": support,
	"shared/dev/functiontest":  support,
	"shared/dev/openapitest":   support,
	"shared/dev/samtest":       support,
}

type layer int

const (
	domain  layer = iota + 1 // rules and use cases
	common                   // what adapters share; knows nothing of them, and of the domain only faults
	adapter                  // one outside thing each
	support                  // for this machine and for tests; nothing that is deployed imports it
)

// order is that of the domain: each imports only those before it.
var order = []string{"shared/fault", "shared/retry", "shared/staff", "shared/account", "shared/admin"}

// forbiddenInDomain are the parts of the standard library that fetch what the
// domain is told, or know what it must not.
var forbiddenInDomain = map[string]string{
	"os":            "settings and files are handed in",
	"os/exec":       "it runs nothing",
	"path/filepath": "it reads no files",
	"flag":          "settings are handed in",
	"log":           "what is logged beside a request goes through log/slog",
	"net":           "it opens no connections",
	"net/http":      "it knows no HTTP",
	"encoding/json": "it knows no JSON",
	"encoding/csv":  "it knows no files",
	"database/sql":  "it knows no storage",
	"crypto/rand":   "randomness is handed in",
	"math/rand":     "randomness is handed in",
	"math/rand/v2":  "randomness is handed in",
}

// thirdParties says which packages may import what is not ours, by the longest
// prefix. Whatever is not here is a new dependency, to be decided on.
var thirdParties = map[string][]string{
	"golang.org/x/sync/errgroup":     {"shared/account", "shared/admin", "shared/dynamo", "shared/httpapi", "functions/index-staff", "functions/run-jobs"},
	"golang.org/x/text/unicode/norm": {"shared/staff", "shared/account"},
	"golang.org/x/text/language":     {"shared/dev/openapitest"},
	"golang.org/x/text/message":      {"shared/dev/openapitest"},
	"golang.org/x/crypto/argon2":     {"shared/argon2id"},

	"github.com/aws/aws-lambda-go/lambda":        {"functions", "shared/httpapi", "cmd/bench/floor"},
	"github.com/aws/aws-lambda-go/lambdacontext": {"functions", "shared/httpapi"},
	// functiontest, local and the benchmark play the gateway.
	"github.com/aws/aws-lambda-go/events": {"functions", "shared/httpapi", "shared/dev/functiontest", "shared/dev/local", "cmd/bench"},

	"github.com/aws/aws-sdk-go-v2/aws":                             {"shared/config", "shared/dynamo", "shared/dynamo/dynamotest", "shared/sns", "shared/dev/sam", "shared/dev/local", "cmd/bench/floor"},
	"github.com/aws/aws-sdk-go-v2/aws/retry":                       {"shared/dynamo"},
	"github.com/aws/aws-sdk-go-v2/aws/transport/http":              {"shared/sns"},
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue": {"shared/dynamo"},
	"github.com/aws/aws-sdk-go-v2/service/sns":                     {"shared/sns"},
	"github.com/aws/smithy-go":                                     {"shared/dynamo", "shared/dynamo/dynamotest", "shared/sns"},
	// DynamoDB is shared/dynamo's. Around it: sam makes the template's table,
	// dynamotest and samtest give one to a test, local runs one, demo fills one,
	// and the commands hand a client on.
	"github.com/aws/aws-sdk-go-v2/service/dynamodb": {
		"shared/dynamo", "shared/dynamo/dynamotest", "shared/dev/sam", "shared/dev/samtest", "shared/dev/functiontest", "shared/dev/local", "shared/dev/demo", "cmd",
	},
	// index-staff turns the stream's images into the table's items.
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types":  {"shared/dynamo", "shared/dynamo/dynamotest", "shared/dev/sam", "functions/index-staff", "cmd/bench"},
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams": {"shared/dev/local"},

	"github.com/goccy/go-yaml":                 {"shared/dev/openapitest", "shared/dev/sam"},
	"github.com/getkin/kin-openapi":            {"shared/dev/openapitest"},
	"github.com/santhosh-tekuri/jsonschema/v6": {"shared/dev/openapitest"},
	"github.com/mozillazg/go-pinyin":           {}, // read by shared/pinyin's generator and tests: its tables cost a function's start
}

// readsClock are the packages beside every main.go that may look at the clock.
var readsClock = map[string]string{
	"shared/httpapi":        "it logs how long a request took",
	"functions/index-staff": "it logs how long a batch took",
	"shared/dev/runtimeapi": "it keeps time limits",
	"shared/dev/local":      "it is the machine's own clock that its gateway keeps to",
	"shared/dev/samtest":    "as shared/dev/local",
	"cmd":                   "a command says how long it took",
}

// readsEnvironment are the packages that may read the environment.
var readsEnvironment = map[string]string{
	"shared/config":            "it is what all others are told the settings by",
	"shared/dev/local":         "it lays the caller's environment over the template's",
	"shared/dev/samtest":       "as shared/dev/local",
	"shared/dynamo/dynamotest": "tests are told the endpoint so",
	"cmd":                      "a command's settings",
}

// goFile is a source file that is part of its package; what a build constraint
// leaves out, a generator, is none.
type goFile struct {
	path, dir string
	test      bool
	syntax    *ast.File
}

func (f goFile) imports() []string {
	var all []string
	for _, spec := range f.syntax.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			panic(err) // it was parsed
		}
		all = append(all, p)
	}
	return all
}

// source is every Go file of the module, testdata aside.
func source(t *testing.T) []goFile {
	t.Helper()
	files, err := read()
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 100 {
		t.Fatalf("only %d files were found", len(files))
	}
	return files
}

var read = sync.OnceValues(func() ([]goFile, error) {
	var files []goFile
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		p = filepath.ToSlash(p)
		if d.IsDir() {
			if name := d.Name(); p != "." && (name[0] == '.' || name[0] == '_' || name == "testdata" || name == "node_modules" || p == "build") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, group := range f.Comments {
			for _, c := range group.List {
				if c.Pos() < f.Package && strings.HasPrefix(c.Text, "//go:build ignore") {
					return nil
				}
			}
		}
		files = append(files, goFile{p, path.Dir(p), strings.HasSuffix(p, "_test.go"), f})
		return nil
	})
	return files, err
})

func TestArrows(t *testing.T) {
	for _, f := range source(t) {
		if strings.HasPrefix(f.dir, "shared/") && layers[f.dir] == 0 {
			t.Errorf("%s: no line in layers says where %s stands", f.path, f.dir)
		}
		for _, imp := range f.imports() {
			if why := forbidden(f, imp); why != "" {
				t.Errorf("%s imports %s: %s", f.path, imp, why)
			}
		}
		adapters := slices.DeleteFunc(f.imports(), func(imp string) bool { return layers[strings.TrimPrefix(imp, module)] != adapter })
		if strings.HasPrefix(f.dir, "functions/") && path.Base(f.path) != "main.go" && !f.test && len(adapters) > 1 {
			t.Errorf("%s imports %v: only main.go brings adapters together", f.path, adapters)
		}
	}
}

// TestForbidden has one bad import of each kind, and good ones beside them.
func TestForbidden(t *testing.T) {
	for _, tt := range []struct {
		file, imp string
		forbidden bool
	}{
		{"functions/login/main.go", module + "shared/dynamo", false},
		{"functions/login/main.go", module + "functions/send-code", true},
		{"functions/login/main_test.go", module + "functions/send-code", true},
		{"shared/dev/local/local.go", module + "cmd/local", true},
		{"functions/login/main.go", module + "shared/dev/sam", true},
		{"functions/login/main.go", module + "shared/dynamo/dynamotest", true},
		{"functions/login/main_test.go", module + "shared/dev/functiontest", false},
		{"functions/login/main.go", "testing", true},
		{"functions/login/main.go", "net/http/httptest", true},
		{"functions/login/main.go", "github.com/aws/aws-sdk-go-v2/service/dynamodb", true},
		{"functions/login/main.go", "github.com/aws/aws-lambda-go/lambda", false},
		{"cmd/local/main.go", module + "shared/dev/local", false},
		{"cmd/local/main.go", "github.com/nobody/knows", true},
		{"shared/fault/fault.go", module + "shared/staff", true},
		{"shared/staff/staff.go", module + "shared/fault", false},
		{"shared/staff/staff.go", module + "shared/account", true},
		{"shared/account/login.go", module + "shared/staff", false},
		{"shared/account/login.go", module + "shared/admin", true},
		{"shared/account/login.go", module + "shared/dynamo", true},
		{"shared/account/login.go", module + "shared/meter", true},
		{"shared/account/login.go", module + "shared/nothing", true},
		{"shared/account/login.go", "encoding/json", true},
		{"shared/account/login.go", "crypto/rand", true},
		{"shared/account/login.go", "crypto/sha256", false},
		{"shared/account/login.go", "net/netip", false},
		{"shared/account/login_test.go", "crypto/rand", false},
		{"shared/account/login.go", "golang.org/x/text/unicode/norm", false},
		{"shared/account/login.go", "golang.org/x/text/unicode/bidi", true},
		{"shared/account/login.go", "github.com/aws/aws-sdk-go-v2/aws", true},
		{"shared/dynamo/store.go", module + "shared/httpapi", true},
		{"shared/dynamo/store.go", module + "shared/dev/sam", true},
		{"shared/dynamo/store.go", module + "shared/meter", false},
		{"shared/dynamo/store.go", module + "shared/admin", false},
		{"shared/dynamo/store.go", "github.com/aws/aws-sdk-go-v2/service/dynamodb/types", false},
		{"shared/dynamo/store.go", "github.com/aws/aws-sdk-go-v2/service/sns", true},
		{"shared/dynamo/store.go", "github.com/aws/aws-lambda-go/events", true},
		{"shared/dynamo/store_test.go", module + "shared/dynamo/dynamotest", false},
		{"shared/meter/meter.go", module + "shared/staff", true},
		{"shared/strictjson/strictjson.go", module + "shared/fault", false},
		{"shared/pinyin/pinyin.go", "github.com/mozillazg/go-pinyin", true},
		{"shared/pinyin/pinyin_test.go", "github.com/mozillazg/go-pinyin", false},
		{"shared/dev/functiontest/functiontest.go", module + "shared/dev/local", true},
		{"shared/dev/functiontest/functiontest.go", module + "shared/dev/demo", false},
		{"shared/dev/functiontest/functiontest.go", "testing", false},
	} {
		why := forbidden(goFile{path: tt.file, dir: path.Dir(tt.file), test: strings.HasSuffix(tt.file, "_test.go")}, tt.imp)
		if (why != "") != tt.forbidden {
			t.Errorf("%s imports %s: %q", tt.file, tt.imp, why)
		}
	}
}

// forbidden says why f may not import imp, or "".
func forbidden(f goFile, imp string) string {
	ours, isOurs := strings.CutPrefix(imp, module)
	switch {
	case isOurs && (strings.HasPrefix(ours, "functions/") || strings.HasPrefix(ours, "cmd/")):
		return "functions and commands are leaves; what two of them need belongs into shared/"
	case f.test:
		return "" // a test may see everything else
	case isOurs:
		return forbiddenArrow(f.dir, ours)
	case strings.Contains(strings.Split(imp, "/")[0], "."):
		return forbiddenThirdParty(f.dir, imp)
	case imp == "net/http/httptest" || imp == "testing" && layers[f.dir] != support:
		return "it is for tests"
	case layers[f.dir] == domain:
		return forbiddenInDomain[imp]
	}
	return ""
}

func forbiddenArrow(dir, imp string) string {
	from, to := layers[dir], layers[imp]
	leaf := from == 0
	switch {
	case to == 0:
		return "no line in layers says where it stands"
	case strings.HasPrefix(dir, "functions/") && to == support:
		return "it is for this machine and for tests, not for what is deployed"
	case leaf:
		return ""
	case from == domain && to != domain:
		return "the domain declares what it needs; adapters provide it"
	case from == domain && slices.Index(order, imp) >= slices.Index(order, dir):
		return "the domain's order is " + strings.Join(order, " ← ")
	case from == common && imp != "shared/fault":
		return "what adapters share knows faults and nothing else of us"
	case from == adapter && to == adapter:
		return "adapters do not know each other; a main.go brings two together"
	case from == adapter && to == support:
		return "it is for this machine and for tests, not for what is deployed"
	case imp == "shared/dev/local" && dir != "shared/dev/samtest":
		return "the whole system is for the commands, and for samtest, which runs it under SAM"
	}
	return ""
}

func forbiddenThirdParty(dir, imp string) string {
	users, prefix := []string(nil), ""
	for p, u := range thirdParties {
		if (imp == p || strings.HasPrefix(imp, p+"/")) && len(p) > len(prefix) {
			users, prefix = u, p
		}
	}
	if prefix == "" {
		return "nothing in thirdParties says who may use it"
	}
	for _, u := range users {
		// Of functions and cmd a folder stands for all in it.
		if dir == u || (u == "functions" || strings.HasPrefix(u, "cmd")) && strings.HasPrefix(dir, u+"/") {
			return ""
		}
	}
	return fmt.Sprintf("only %v may", users)
}

// TestNothingIsListedInVain keeps the tables above from outliving the code.
func TestNothingIsListedInVain(t *testing.T) {
	used, dirs := map[string]map[string]bool{}, map[string]bool{}
	for _, f := range source(t) {
		for d := f.dir; d != "."; d = path.Dir(d) {
			dirs[d] = true
			if f.test {
				continue
			}
			if used[d] == nil {
				used[d] = map[string]bool{}
			}
			for _, imp := range f.imports() {
				used[d][imp] = true
			}
		}
	}
	for dir := range layers {
		if !dirs[dir] {
			t.Errorf("layers has %s, which does not exist", dir)
		}
	}
	for prefix, users := range thirdParties {
		for _, u := range users {
			if !slices.ContainsFunc(slices.Collect(maps.Keys(used[u])), func(imp string) bool { return imp == prefix || strings.HasPrefix(imp, prefix+"/") }) {
				t.Errorf("thirdParties lets %s use %s, which it does not", u, prefix)
			}
		}
	}
}

// deployable is what a function may be built of beside the standard library: all
// of it is loaded at a cold start, so one more is to be decided on.
var deployable = []string{
	"github.com/aws/aws-lambda-go/",
	"github.com/aws/aws-sdk-go-v2/aws",
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue",
	"github.com/aws/aws-sdk-go-v2/service/dynamodb",
	"github.com/aws/aws-sdk-go-v2/service/sns",
	"github.com/aws/smithy-go/",
	"golang.org/x/crypto/argon2",
	"golang.org/x/sync/errgroup",
	"golang.org/x/text/unicode/norm",
}

func TestWhatFunctionsAreBuiltOf(t *testing.T) {
	graph := map[string][]string{}
	for _, f := range source(t) {
		if !f.test {
			graph[f.dir] = append(graph[f.dir], f.imports()...)
		}
	}
	for _, name := range functions(t) {
		via := map[string]string{}
		queue := []string{"functions/" + name}
		for len(queue) > 0 {
			dir := queue[0]
			queue = queue[1:]
			for _, imp := range graph[dir] {
				ours, isOurs := strings.CutPrefix(imp, module)
				switch {
				case isOurs && via[ours] == "":
					via[ours] = dir
					queue = append(queue, ours)
				case isOurs || !strings.Contains(strings.Split(imp, "/")[0], "."):
				case imp == "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams",
					!slices.ContainsFunc(deployable, func(p string) bool {
						return imp == strings.TrimSuffix(p, "/") || strings.HasPrefix(imp, strings.TrimSuffix(p, "/")+"/")
					}):
					t.Errorf("%s is built of %s, by way of %s", name, imp, dir)
				}
			}
		}
		if via["shared/httpapi"] == "" && via["shared/dynamo"] == "" {
			t.Errorf("%s is built of nothing of ours: the graph was misread", name)
		}
	}
}

// uses yields every pkg.Name in f of the package imported as pkg path.
func (f goFile) uses(pkgPath string, yield func(name string, at token.Pos)) {
	local := ""
	for _, spec := range f.syntax.Imports {
		if p, _ := strconv.Unquote(spec.Path.Value); p == pkgPath {
			if local = path.Base(p); spec.Name != nil {
				local = spec.Name.Name
			}
		}
	}
	if local == "" {
		return
	}
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok && id.Name == local {
				yield(sel.Sel.Name, sel.Pos())
			}
		}
		return true
	})
}

func within(dir string, table map[string]string) bool {
	for d := dir; d != "."; d = path.Dir(d) {
		if _, ok := table[d]; ok {
			return true
		}
	}
	return false
}

// TestClockAndEnvironment keeps both at the edge: all else is told the time and
// the settings, so that a test can.
func TestClockAndEnvironment(t *testing.T) {
	for _, f := range source(t) {
		if f.test {
			continue
		}
		isMain := path.Base(f.path) == "main.go"
		f.uses("time", func(name string, _ token.Pos) {
			switch name {
			case "Now", "Since", "Until":
				if !isMain && !within(f.dir, readsClock) {
					t.Errorf("%s: time.%s: only main.go and %v look at the clock", f.path, name, slices.Sorted(maps.Keys(readsClock)))
				}
			case "Sleep":
				t.Errorf("%s: time.Sleep: wait for what is to happen", f.path)
			}
		})
		f.uses("os", func(name string, _ token.Pos) {
			switch name {
			case "Getenv", "LookupEnv", "Environ", "ExpandEnv":
				if !within(f.dir, readsEnvironment) {
					t.Errorf("%s: os.%s: settings are read in shared/config", f.path, name)
				}
			}
		})
	}
}

// wholeTable is where the operator's tools read all of it; no function does.
var wholeTable = []string{"shared/dynamo/tools.go", "shared/dynamo/check.go", "shared/dynamo/check_counts.go", "shared/dynamo/weigh.go"}

// TestScan keeps reads of the whole table to the operator's tools.
func TestScan(t *testing.T) {
	tools := false
	for _, f := range source(t) {
		if f.test || !slices.ContainsFunc(f.imports(), func(imp string) bool { return strings.HasSuffix(imp, "/service/dynamodb") }) {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				switch sel.Sel.Name {
				case "Scan", "ScanInput", "NewScanPaginator", "ExecuteStatement", "BatchExecuteStatement":
					if tools = tools || f.path == wholeTable[0]; !slices.Contains(wholeTable, f.path) {
						t.Errorf("%s: %s: what reads the whole table belongs into one of %v", f.path, sel.Sel.Name, wholeTable)
					}
				}
			}
			return true
		})
	}
	if !tools {
		t.Error("not even the tools scan: the files were misread")
	}
}

func TestPackageComments(t *testing.T) {
	comments := map[string]string{}
	for _, f := range source(t) {
		if f.test {
			continue
		}
		comments[f.dir] += f.syntax.Doc.Text()
		if f.syntax.Doc != nil && comments[f.dir] != f.syntax.Doc.Text() {
			t.Errorf("%s: the package has a second comment", f.path)
		}
	}
	for dir, comment := range comments {
		want := "Package " + path.Base(dir) + " "
		if strings.HasPrefix(dir, "functions/") || strings.HasPrefix(dir, "cmd/") {
			want = "Command " + path.Base(dir) + " "
		}
		if !strings.HasPrefix(comment, want) || len(comment) < 80 {
			t.Errorf("%s: its comment does not begin with %q, or says too little: %q", dir, want, comment)
		}
	}
}

// functions are the names of all functions, by their folders.
func functions(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir("functions")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func template(t *testing.T) *sam.Template {
	t.Helper()
	tmpl, err := sam.Load("template.yaml", sam.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return tmpl
}

// pages are functions that have no use case: what they do is in their handler.
var pages = []string{"health", "web"}

// useCases are the files of use cases that are not called after their function:
// those of several functions, or of none.
var useCases = map[string]string{
	"admin-get-staff": "shared/admin/admin.go", // Open, which every use case of the administration begins with
	"admin-batch":     "shared/admin/jobs.go",
	"index-staff":     "shared/staff/index.go", // and account/index_queue.go
	"run-jobs":        "shared/admin/run_jobs.go",
}

// TestOneName checks that every function has the same name in all its places.
func TestOneName(t *testing.T) {
	names := functions(t)
	tmpl := template(t)
	for _, f := range tmpl.Functions {
		if !slices.Contains(names, f.Name) {
			t.Errorf("template.yaml has %s, and there is no functions/%s", f.LogicalID, f.Name)
		}
	}
	for _, name := range names {
		f, ok := tmpl.Function(name)
		if !ok {
			t.Errorf("%s: no function of template.yaml has its CodeUri", name)
			continue
		}
		if want := "functions/" + name + "/"; f.CodeURI != want {
			t.Errorf("%s: CodeUri %s, want %s", name, f.CodeURI, want)
		}
		if want := camel(name) + "Function"; f.LogicalID != want {
			t.Errorf("%s: it is %s in template.yaml, want %s", name, f.LogicalID, want)
		}
		if !slices.Contains(pages, name) {
			dir, file := "shared/account/", name
			if rest, admin := strings.CutPrefix(name, "admin-"); admin {
				dir, file = "shared/admin/", rest
			} else if name == "dictionaries" {
				dir = "shared/staff/" // the register's own
			}
			file = dir + strings.ReplaceAll(file, "-", "_") + ".go"
			if other, ok := useCases[name]; ok {
				file = other
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: its use case is not in %s", name, file)
			}
		}
		if lines := countLines(t, "functions/"+name+"/main.go"); lines > 50 {
			t.Errorf("%s: main.go has %d lines; it only wires, in 50 at most", name, lines)
		}
		if _, err := os.Stat("events/" + name + ".json"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name := range useCases {
		if !slices.Contains(names, name) {
			t.Errorf("useCases has %s, which does not exist", name)
		}
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

func countLines(t *testing.T, file string) int {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Error(err)
	}
	return bytes.Count(text, []byte("\n"))
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

// TestHandlers checks that a function has a handler for each of its routes, and
// none besides.
func TestHandlers(t *testing.T) {
	handled := map[string][]string{}
	for _, f := range source(t) {
		if f.test || !strings.HasPrefix(f.dir, "functions/") {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if sel, isSel := litType(lit, ok).(*ast.SelectorExpr); isSel && sel.Sel.Name == "Routes" {
				for _, e := range lit.Elts {
					if key, ok := e.(*ast.KeyValueExpr).Key.(*ast.BasicLit); ok {
						route, _ := strconv.Unquote(key.Value)
						handled[path.Base(f.dir)] = append(handled[path.Base(f.dir)], route)
					} else {
						t.Errorf("%s: a route is to be written out", f.path)
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

// TestEvents checks that the sample events are ones that the gateway could send
// on one of the function's routes, and that a careful client could have sent.
func TestEvents(t *testing.T) {
	files, err := filepath.Glob("events/*.json")
	if err != nil {
		t.Fatal(err)
	}
	spec, tmpl := openapitest.Load(t), template(t)
	seen := map[string]bool{}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			name, _, _ := strings.Cut(filepath.Base(file), ".")
			f, ok := tmpl.Function(name)
			if !ok {
				t.Fatalf("there is no function %s", name)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if len(f.Streams) > 0 {
				var e events.DynamoDBEvent
				strict(t, text, &e)
				if len(e.Records) == 0 || len(e.Records[0].Change.Keys) != 2 {
					t.Error("there is no record with the table's two keys in it")
				}
				return
			}
			var e events.APIGatewayV2HTTPRequest
			strict(t, text, &e)
			seen[e.RouteKey] = true
			if !slices.ContainsFunc(f.Routes, func(r sam.Route) bool { return r.Key() == e.RouteKey }) {
				t.Fatalf("routeKey %q is no route of %s", e.RouteKey, name)
			}
			checkGateway(t, e)
			if e.RouteKey == sam.DefaultPath {
				return
			}
			req, err := http.NewRequest(e.RequestContext.HTTP.Method, strings.TrimSuffix(e.RawPath+"?"+e.RawQueryString, "?"), strings.NewReader(e.Body))
			if err != nil {
				t.Fatal(err)
			}
			for name, value := range e.Headers {
				req.Header.Set(name, value)
			}
			if len(e.Cookies) > 0 {
				req.Header.Set("Cookie", strings.Join(e.Cookies, "; "))
			}
			spec.CheckRequest(t, req)
		})
	}
	for _, f := range tmpl.Functions {
		for _, r := range f.Routes {
			if !seen[r.Key()] {
				t.Errorf("no event asks %s for %s", f.Name, r.Key())
			}
		}
	}
}

// checkGateway checks what API Gateway makes agree in an event.
func checkGateway(t *testing.T, e events.APIGatewayV2HTTPRequest) {
	t.Helper()
	switch {
	case e.Version != "2.0":
		t.Errorf("version %q", e.Version)
	case e.RequestContext.RouteKey != e.RouteKey || e.RequestContext.HTTP.Path != e.RawPath:
		t.Errorf("requestContext tells of %q and %q", e.RequestContext.RouteKey, e.RequestContext.HTTP.Path)
	case e.RequestContext.RequestID == "" || e.RequestContext.HTTP.SourceIP == "":
		t.Error("no request id, or no source address")
	case e.IsBase64Encoded:
		t.Error("a body in base64 cannot be read here")
	}
	if method, route, ok := strings.Cut(e.RouteKey, " "); ok {
		for name, value := range e.PathParameters {
			route = strings.ReplaceAll(route, "{"+name+"}", value)
		}
		if method != e.RequestContext.HTTP.Method || route != e.RawPath {
			t.Errorf("the route is %s %s, the path %s", method, route, e.RawPath)
		}
	}
	for name := range e.Headers {
		if name != strings.ToLower(name) {
			t.Errorf("header %s: the gateway writes them in lower case", name)
		}
	}
}

// strict decodes a whole event, so that a misspelled member is found.
func strict(t *testing.T, text []byte, e any) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(e); err != nil {
		t.Fatal(err)
	}
}

// TestCodes holds the codes of openapi.yaml against the catalogue, and those
// that the code can answer against openapi.yaml.
func TestCodes(t *testing.T) {
	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for _, m := range regexp.MustCompile(`code: \{(?:const: (\w+)|enum: \[([^\]]+)\])`).FindAllSubmatch(text, -1) {
		for code := range strings.SplitSeq(string(m[1])+string(m[2]), ",") {
			documented[strings.TrimSpace(code)] = true
		}
	}
	entries := map[string]bool{}
	for _, e := range fault.Catalogue {
		entries[e.Code] = true
	}
	for code := range documented {
		if !entries[code] {
			t.Errorf("%s is in openapi.yaml, not in the catalogue", code)
		}
	}
	documented["route_missing"] = true // the one answer to a route that is not documented

	names := map[string]string{} // codes by their Go names
	for _, f := range source(t) {
		if f.path != "shared/fault/catalogue.go" {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 {
				if m := regexp.MustCompile(`Code: +"(\w+)"`).FindStringSubmatch(textOf(t, f, v)); m != nil {
					names[v.Names[0].Name] = m[1]
				}
			}
			return true
		})
	}
	if len(documented) < 20 || len(names) != len(fault.Catalogue) {
		t.Fatalf("misread: %d codes in openapi.yaml, %d in the catalogue", len(documented), len(names))
	}
	for _, f := range source(t) {
		if f.test || layers[f.dir] == support || strings.HasPrefix(f.dir, "cmd/") {
			continue
		}
		f.uses(module+"shared/fault", func(name string, _ token.Pos) {
			if code, ok := names[name]; ok && !documented[code] {
				t.Errorf("%s: %s is in no answer of openapi.yaml", f.path, code)
			}
		})
	}
}

// textOf is what the file has for n.
func textOf(t *testing.T, f goFile, n ast.Node) string {
	t.Helper()
	text, err := os.ReadFile(f.path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text[n.Pos()-f.syntax.FileStart : n.End()-f.syntax.FileStart])
}
