// Package arch_test keeps the parts in their places: which way the arrows point
// (imports_test.go), that what belongs together has one name (names_test.go), and
// that the code keeps to the contract (contract_test.go). Look first at layers and
// thirdParties, which say what may use what.
package arch_test

import (
	"fmt"
	"go/ast"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"chaoxi/shared/dev/check/repo"
)

const module = repo.Module

// layers says where each package of shared/ stands. A package that is new needs
// a line here: where it stands decides who may use it.
var layers = map[string]layer{
	"shared/fault":   domain,
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
	"shared/dev/check/repo":    support,
	"shared/dev/check/arch":    support,
	"shared/dev/check/deploy":  support,
}

type layer int

const (
	domain  layer = iota + 1 // rules and use cases
	common                   // what adapters share; knows nothing of them, and of the domain only faults
	adapter                  // one outside thing each
	support                  // for this machine and for tests; nothing that is deployed imports it
)

// order is that of the domain: each imports only those before it.
var order = []string{"shared/fault", "shared/staff", "shared/account", "shared/admin"}

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

func TestArrows(t *testing.T) {
	for _, f := range repo.Sources(t) {
		if strings.HasPrefix(f.Dir, "shared/") && layers[f.Dir] == 0 {
			t.Errorf("%s: no line in layers says where %s stands", f.Path, f.Dir)
		}
		for _, imp := range f.Imports() {
			if why := forbidden(f, imp); why != "" {
				t.Errorf("%s imports %s: %s", f.Path, imp, why)
			}
		}
		adapters := slices.DeleteFunc(f.Imports(), func(imp string) bool { return layers[strings.TrimPrefix(imp, repo.Module)] != adapter })
		if strings.HasPrefix(f.Dir, "functions/") && path.Base(f.Path) != "main.go" && !f.Test && len(adapters) > 1 {
			t.Errorf("%s imports %v: only main.go brings adapters together", f.Path, adapters)
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
		why := forbidden(repo.File{Path: tt.file, Dir: path.Dir(tt.file), Test: strings.HasSuffix(tt.file, "_test.go")}, tt.imp)
		if (why != "") != tt.forbidden {
			t.Errorf("%s imports %s: %q", tt.file, tt.imp, why)
		}
	}
}

// forbidden says why f may not import imp, or "".
func forbidden(f repo.File, imp string) string {
	ours, isOurs := strings.CutPrefix(imp, repo.Module)
	switch {
	case isOurs && (strings.HasPrefix(ours, "functions/") || strings.HasPrefix(ours, "cmd/")):
		return "functions and commands are leaves; what two of them need belongs into shared/"
	case f.Test:
		return "" // a test may see everything else
	case isOurs:
		return forbiddenArrow(f.Dir, ours)
	case strings.Contains(strings.Split(imp, "/")[0], "."):
		return forbiddenThirdParty(f.Dir, imp)
	case imp == "net/http/httptest" || imp == "testing" && layers[f.Dir] != support:
		return "it is for tests"
	case layers[f.Dir] == domain:
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
	for _, f := range repo.Sources(t) {
		for d := f.Dir; d != "."; d = path.Dir(d) {
			dirs[d] = true
			if f.Test {
				continue
			}
			if used[d] == nil {
				used[d] = map[string]bool{}
			}
			for _, imp := range f.Imports() {
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
	for _, f := range repo.Sources(t) {
		if !f.Test {
			graph[f.Dir] = append(graph[f.Dir], f.Imports()...)
		}
	}
	for _, name := range repo.Functions(t) {
		via := map[string]string{}
		queue := []string{"functions/" + name}
		for len(queue) > 0 {
			dir := queue[0]
			queue = queue[1:]
			for _, imp := range graph[dir] {
				ours, isOurs := strings.CutPrefix(imp, repo.Module)
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
	for _, f := range repo.Sources(t) {
		if f.Test {
			continue
		}
		isMain := path.Base(f.Path) == "main.go"
		f.Uses("time", func(name string) {
			switch name {
			case "Now", "Since", "Until":
				if !isMain && !within(f.Dir, readsClock) {
					t.Errorf("%s: time.%s: only main.go and %v look at the clock", f.Path, name, slices.Sorted(maps.Keys(readsClock)))
				}
			case "Sleep":
				t.Errorf("%s: time.Sleep: wait for what is to happen", f.Path)
			}
		})
		f.Uses("os", func(name string) {
			switch name {
			case "Getenv", "LookupEnv", "Environ", "ExpandEnv":
				if !within(f.Dir, readsEnvironment) {
					t.Errorf("%s: os.%s: settings are read in shared/config", f.Path, name)
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
	for _, f := range repo.Sources(t) {
		if f.Test || !slices.ContainsFunc(f.Imports(), func(imp string) bool { return strings.HasSuffix(imp, "/service/dynamodb") }) {
			continue
		}
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				switch sel.Sel.Name {
				case "Scan", "ScanInput", "NewScanPaginator", "ExecuteStatement", "BatchExecuteStatement":
					if tools = tools || f.Path == wholeTable[0]; !slices.Contains(wholeTable, f.Path) {
						t.Errorf("%s: %s: what reads the whole table belongs into one of %v", f.Path, sel.Sel.Name, wholeTable)
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
	for _, f := range repo.Sources(t) {
		if f.Test {
			continue
		}
		comments[f.Dir] += f.Syntax.Doc.Text()
		if f.Syntax.Doc != nil && comments[f.Dir] != f.Syntax.Doc.Text() {
			t.Errorf("%s: the package has a second comment", f.Path)
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
