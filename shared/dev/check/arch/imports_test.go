// Package arch_test checks that the source keeps its order: who imports whom
// (imports_test.go), that a function has one name in all its places
// (names_test.go), what no deployed code may use (standard_test.go), that events and
// codes keep to openapi.yaml (contract_test.go), and that each dependency is
// explained (modules_test.go). Look first at layers and thirdParties, which say who
// may use what.
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

// layers says where each package of shared/ stands, which decides who may use it.
// A new package needs a line here, but for two kinds: whatever is below shared/dev
// is support, and an internal package stands where its owner does. Within the
// domain each package imports only those above it.
var layers = layering{
	{"shared/fault", domain},
	{"shared/retry", domain},
	{"shared/optional", domain},
	{"shared/fold", domain},
	{"shared/staff", domain},
	{"shared/roster", domain},
	{"shared/audit", domain},
	{"shared/jobs", domain},
	{"shared/passwords", domain},
	{"shared/account", domain},
	{"shared/admin", domain},

	{"shared/meter", common},
	{"shared/strictjson", common},

	{"shared/httpapi", edge},
	{"shared/streamapi", edge},
	{"shared/wire", edge},
	{"shared/feed", edge},

	{"shared/dynamo", adapter},
	{"shared/sns", adapter},
	{"shared/kinesis", adapter},
	{"shared/smsgateway", adapter},
	{"shared/config", adapter},
	{"shared/argon2id", adapter},
	{"shared/pinyin", adapter},
	{"shared/sheet", adapter},
	{"shared/seed", adapter},

	{"shared/dynamo/maintain", operator},

	{"shared/jobs/jobstest", support},
	{"shared/admin/admintest", support},
	{"shared/dynamo/dynamotest", support},
	{"shared/dynamo/dynamotest/world", support},
	{"shared/account/accounttest", support},
}

type layer int

const (
	domain   layer = iota + 1 // rules and use cases
	common                    // what edges and adapters share; knows nothing of them, and of the domain only faults
	edge                      // how requests come in and answers go out
	adapter                   // one outside thing each
	operator                  // what only the operator does to the data of an adapter, in a folder of that adapter
	support                   // for this machine and for tests
)

type layering []struct {
	dir   string
	layer layer
}

// of is the layer of a package, or 0 if nothing says it.
func (l layering) of(dir string) layer {
	if strings.HasPrefix(dir, "shared/dev/") {
		return support
	}
	if i := l.line(dir); i >= 0 {
		return l[i].layer
	}
	return 0
}

// line is the line of a package, or -1.
func (l layering) line(dir string) int {
	for i, p := range l {
		if p.dir == owner(dir) {
			return i
		}
	}
	return -1
}

// owner is the package that an internal one is a part of. Any other is its own.
func owner(dir string) string {
	dir, _, _ = strings.Cut(dir, "/internal/")
	return dir
}

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
	"golang.org/x/sync/errgroup":                   {"shared/account", "shared/admin", "shared/dynamo", "shared/dynamo/maintain", "shared/httpapi", "shared/streamapi"},
	"golang.org/x/text/unicode/norm":               {"shared/fold"},
	"golang.org/x/text/encoding/simplifiedchinese": {"shared/sheet"},
	"golang.org/x/text/language":                   {"shared/dev/openapitest"},
	"golang.org/x/text/message":                    {"shared/dev/openapitest"},
	"golang.org/x/crypto/argon2":                   {"shared/argon2id"},

	"github.com/aws/aws-lambda-go/lambda":        {"shared/httpapi", "shared/streamapi", "cmd/bench/floor"},
	"github.com/aws/aws-lambda-go/lambdacontext": {"shared/httpapi", "shared/streamapi"},
	// functiontest, local and the benchmark play the gateway.
	"github.com/aws/aws-lambda-go/events": {"shared/httpapi", "shared/dev/functiontest", "shared/dev/local", "cmd/bench"},

	"github.com/aws/aws-sdk-go-v2/aws":                             {"shared/config", "shared/dynamo", "shared/dynamo/dynamotest", "shared/dynamo/maintain", "shared/kinesis", "shared/sns", "shared/dev/sam", "shared/dev/local", "cmd/bench/floor"},
	"github.com/aws/aws-sdk-go-v2/aws/retry":                       {"shared/dynamo"},
	"github.com/aws/aws-sdk-go-v2/aws/transport/http":              {"shared/sns"},
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue": {"shared/dynamo"},
	"github.com/aws/aws-sdk-go-v2/service/kinesis":                 {"shared/kinesis"},
	"github.com/aws/aws-sdk-go-v2/service/sns":                     {"shared/sns"},
	"github.com/aws/smithy-go":                                     {"shared/dynamo", "shared/dynamo/dynamotest", "shared/sns"},
	// DynamoDB is shared/dynamo's. Around it: sam makes the template's table,
	// dynamotest and samtest give one to a test, local runs one, demo fills one,
	// and the commands hand a client on.
	"github.com/aws/aws-sdk-go-v2/service/dynamodb": {
		"shared/dynamo", "shared/dynamo/dynamotest", "shared/dynamo/dynamotest/world", "shared/dynamo/maintain", "shared/dev/sam", "shared/dev/samtest", "shared/dev/functiontest", "shared/dev/local", "shared/dev/demo", "cmd",
	},
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types":  {"shared/dynamo", "shared/dynamo/dynamotest", "shared/dynamo/maintain", "shared/dev/sam", "cmd/bench"},
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams": {"shared/dev/local"},

	"github.com/xuri/excelize/v2": {"shared/sheet", "cmd/bench"},

	"github.com/goccy/go-yaml":                 {"shared/dev/clients", "shared/dev/openapitest", "shared/dev/sam"},
	"github.com/getkin/kin-openapi":            {"shared/dev/openapitest"},
	"github.com/santhosh-tekuri/jsonschema/v6": {"shared/dev/openapitest"},
	"golang.org/x/tools/go/packages":           {"shared/dev/check/deploy"},
	"github.com/mozillazg/go-pinyin":           {}, // read by shared/pinyin's generator and tests: its tables cost a function's start
}

// readsClock are the packages beside every main.go that may look at the clock.
var readsClock = map[string]string{
	"shared/httpapi":        "it logs how long a request took",
	"shared/streamapi":      "it logs how long a batch took",
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
		if strings.HasPrefix(f.Dir, "shared/") && layers.of(f.Dir) == 0 {
			t.Errorf("%s: no line in layers says where %s stands", f.Path, f.Dir)
		}
		for _, imp := range f.Imports() {
			if why := layers.forbidden(f, imp); why != "" {
				t.Errorf("%s imports %s: %s", f.Path, imp, why)
			}
		}
		if why := layers.mixed(f.Path, f.Imports()); why != "" {
			t.Errorf("%s: %s", f.Path, why)
		}
	}
}

// mixed says why a file may not import all of these, though each of them alone.
func (l layering) mixed(file string, imports []string) string {
	if !strings.HasPrefix(file, "functions/") || path.Base(file) == "main.go" || strings.HasSuffix(file, "_test.go") {
		return ""
	}
	var edges, adapters []string
	for _, imp := range imports {
		switch l.of(strings.TrimPrefix(imp, module)) {
		case edge:
			edges = append(edges, imp)
		case adapter:
			adapters = append(adapters, imp)
		}
	}
	if len(adapters) > 1 || len(adapters) == 1 && len(edges) > 0 {
		return fmt.Sprintf("it imports %v: only main.go brings an adapter together with another one or with an edge", append(edges, adapters...))
	}
	return ""
}

func TestMixed(t *testing.T) {
	for _, tt := range []struct {
		file    string
		imports []string
		mixed   bool
	}{
		{"functions/login/main.go", []string{"shared/httpapi", "shared/dynamo", "shared/sns"}, false},
		{"functions/login/handler_test.go", []string{"shared/httpapi", "shared/dynamo", "shared/sns"}, false},
		{"functions/login/handler.go", []string{"shared/dynamo", "shared/sns"}, true},
		{"functions/login/handler.go", []string{"shared/httpapi", "shared/dynamo"}, true},
		{"functions/login/handler.go", []string{"shared/httpapi", "shared/wire"}, false},
		{"functions/login/handler.go", []string{"shared/httpapi", "shared/account", "shared/meter"}, false},
		{"functions/index-staff/handler.go", []string{"shared/dynamo", "shared/staff"}, false},
		{"functions/index-staff/handler.go", []string{"shared/dynamo", "shared/streamapi"}, true},
	} {
		var imports []string
		for _, imp := range tt.imports {
			imports = append(imports, module+imp)
		}
		if why := layers.mixed(tt.file, imports); (why != "") != tt.mixed {
			t.Errorf("%s imports %v: %q", tt.file, tt.imports, why)
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
		{"functions/login/main.go", module + "shared/dev/anything", true},
		{"shared/httpapi/httpapi.go", module + "shared/dev/anything", true},
		{"shared/dynamo/store.go", module + "shared/dev/anything/deeper", true},
		{"shared/meter/meter.go", module + "shared/dev/anything", true},
		{"shared/fault/fault.go", module + "shared/dev/anything", true},
		{"cmd/local/main.go", module + "shared/dev/anything", false},
		{"shared/dev/anything/any.go", module + "shared/dev/anything/deeper", false},
		{"shared/dev/anything/deeper/any.go", "testing", false},
		{"shared/device/device.go", "testing", true},
		{"functions/login/main.go", module + "shared/device", true},
		{"functions/login/main.go", module + "shared/dynamo/maintain", true},
		{"functions/login/main_test.go", module + "shared/dynamo/maintain", false},
		{"cmd/register/main.go", module + "shared/dynamo/maintain", false},
		{"shared/dev/demo/demo.go", module + "shared/dynamo/maintain", false},
		{"shared/dynamo/store.go", module + "shared/dynamo/maintain", true},
		{"shared/httpapi/httpapi.go", module + "shared/dynamo/maintain", true},
		{"shared/admin/admin.go", module + "shared/dynamo/maintain", true},
		{"shared/meter/meter.go", module + "shared/dynamo/maintain", true},
		{"shared/dynamo/maintain/check.go", module + "shared/dynamo", false},
		{"shared/dynamo/maintain/check.go", module + "shared/dynamo/internal/table", false},
		{"shared/dynamo/maintain/check.go", module + "shared/admin", false},
		{"shared/dynamo/maintain/check.go", module + "shared/pinyin", true},
		{"shared/dynamo/maintain/check.go", module + "shared/httpapi", true},
		{"shared/dynamo/maintain/check.go", module + "shared/dev/sam", true},
		{"shared/dynamo/store.go", module + "shared/dynamo/internal/table", false},
		{"shared/dynamo/internal/table/keys.go", module + "shared/pinyin", true},
		{"shared/dynamo/internal/table/keys.go", module + "shared/dynamo/maintain", true},
		{"shared/dynamo/internal/table/keys.go", "github.com/aws/aws-sdk-go-v2/service/dynamodb", false},
		{"shared/dynamo/internal/table/keys.go", "github.com/aws/aws-sdk-go-v2/service/sns", true},
		{"shared/httpapi/httpapi.go", module + "shared/wire", true},
		{"shared/httpapi/httpapi.go", module + "shared/dynamo", true},
		{"shared/httpapi/httpapi.go", module + "shared/strictjson", false},
		{"shared/wire/record.go", module + "shared/admin", false},
		{"shared/admin/admin.go", module + "shared/httpapi", true},
		{"shared/admin/admin.go", module + "shared/account", false},
		{"functions/login/main.go", "testing", true},
		{"functions/login/main.go", "net/http/httptest", true},
		{"functions/login/main.go", "github.com/aws/aws-sdk-go-v2/service/dynamodb", true},
		{"functions/login/main.go", "github.com/aws/aws-lambda-go/lambda", true},
		{"functions/index-staff/handler.go", "github.com/aws/aws-sdk-go-v2/service/dynamodb/types", true},
		{"shared/streamapi/streamapi.go", "github.com/aws/aws-lambda-go/lambda", false},
		{"shared/streamapi/streamapi.go", "github.com/aws/aws-sdk-go-v2/service/dynamodb/types", true},
		{"shared/streamapi/streamapi.go", module + "shared/dynamo", true},
		{"cmd/local/main.go", module + "shared/dev/local", false},
		{"cmd/local/main.go", "github.com/nobody/knows", true},
		{"shared/fault/fault.go", module + "shared/staff", true},
		{"shared/fold/fold.go", module + "shared/staff", true},
		{"shared/staff/staff.go", module + "shared/fault", false},
		{"shared/staff/staff.go", module + "shared/account", true},
		{"shared/account/login.go", module + "shared/staff", false},
		{"shared/account/login.go", module + "shared/admin", true},
		{"shared/account/login.go", module + "shared/dynamo", true},
		{"shared/account/login.go", module + "shared/meter", true},
		{"shared/account/login.go", module + "shared/nothing", true},
		{"shared/account/login.go", "encoding/json", true},
		{"shared/optional/optional.go", "encoding/json", false},
		{"shared/optional/optional.go", "os", true},
		{"shared/strictjson/strictjson.go", module + "shared/optional", true},
		{"shared/account/login.go", "crypto/rand", true},
		{"shared/account/login.go", "crypto/sha256", false},
		{"shared/account/login.go", "net/netip", false},
		{"shared/account/login_test.go", "crypto/rand", false},
		{"shared/fold/fold.go", "golang.org/x/text/unicode/norm", false},
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
		why := layers.forbidden(repo.File{Path: tt.file, Dir: path.Dir(tt.file), Test: strings.HasSuffix(tt.file, "_test.go")}, tt.imp)
		if (why != "") != tt.forbidden {
			t.Errorf("%s imports %s: %q", tt.file, tt.imp, why)
		}
	}
}

// forbidden says why f may not import imp, or "".
func (l layering) forbidden(f repo.File, imp string) string {
	ours, isOurs := strings.CutPrefix(imp, module)
	switch {
	case isOurs && (strings.HasPrefix(ours, "functions/") || strings.HasPrefix(ours, "cmd/")):
		return "functions and commands are leaves; what two of them need belongs into shared/"
	case f.Test:
		return "" // a test may see everything else
	case isOurs:
		return l.forbiddenArrow(f.Dir, ours)
	case strings.Contains(strings.Split(imp, "/")[0], "."):
		return forbiddenThirdParty(f.Dir, imp)
	case imp == "net/http/httptest" || imp == "testing" && l.of(f.Dir) != support:
		return "it is for tests"
	case imp == "encoding/json" && f.Dir == "shared/optional":
		return "" // only a decoder can tell an absent field from one that is null
	case l.of(f.Dir) == domain:
		return forbiddenInDomain[imp]
	}
	return ""
}

func (l layering) forbiddenArrow(dir, imp string) string {
	from, to := l.of(dir), l.of(imp)
	command := strings.HasPrefix(dir, "cmd/")
	switch {
	case to == 0:
		return "no line in layers says where it stands"
	case command:
		return ""
	case to == support && from != support:
		return "it is for this machine and for tests, not for what is deployed"
	case to == operator && from != support && from != operator:
		return "it is for the operator's commands, not for what is deployed"
	case from == domain && to != domain:
		return "the domain declares what it needs; adapters provide it"
	case from == domain && l.line(imp) >= l.line(dir):
		return "within the domain a package imports only those above it in layers"
	case from == common && imp != "shared/fault":
		return "what adapters share knows faults and nothing else of us"
	case (from == edge || from == adapter) && (to == edge || to == adapter) && owner(dir) != owner(imp):
		return "edges and adapters do not know each other; a main.go brings two together"
	case from == operator && (to == edge || to == adapter && !strings.HasPrefix(dir, owner(imp)+"/")):
		return "what the operator does to an adapter's data knows that adapter alone"
	case from == support && imp == "shared/dev/local" && dir != "shared/dev/samtest":
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
		if owner(dir) == u || (u == "functions" || strings.HasPrefix(u, "cmd")) && strings.HasPrefix(dir, u+"/") {
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
	for i, p := range layers {
		if !dirs[p.dir] {
			t.Errorf("layers has %s, which does not exist", p.dir)
		}
		if layers.line(p.dir) != i || strings.HasPrefix(p.dir, "shared/dev/") {
			t.Errorf("layers need not say again where %s stands", p.dir)
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
	"github.com/aws/aws-sdk-go-v2/service/kinesis",
	"github.com/aws/aws-sdk-go-v2/service/sns",
	"github.com/aws/smithy-go/",
	"github.com/xuri/excelize/v2",
	"golang.org/x/crypto/argon2",
	"golang.org/x/sync/errgroup",
	"golang.org/x/text/encoding/simplifiedchinese",
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

// TestScan keeps reads of the whole table to what only the operator runs.
func TestScan(t *testing.T) {
	scanned := map[string]bool{}
	for _, f := range repo.Sources(t) {
		if f.Test || !slices.ContainsFunc(f.Imports(), func(imp string) bool { return strings.HasSuffix(imp, "/service/dynamodb") }) {
			continue
		}
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				switch sel.Sel.Name {
				case "Scan", "ScanInput", "NewScanPaginator", "ExecuteStatement", "BatchExecuteStatement":
					if scanned[f.Path] = true; layers.of(f.Dir) != operator {
						t.Errorf("%s: %s: only the operator's packages read the whole table", f.Path, sel.Sel.Name)
					}
				}
			}
			return true
		})
	}
	if len(scanned) == 0 {
		t.Error("not even the operator's packages scan: the files were misread")
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
