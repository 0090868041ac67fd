package arch_test

import (
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"chaoxi/shared/dev/check/repo"
)

// neverDeployed are the parts of the standard library that nothing which is deployed
// may use, and why.
var neverDeployed = map[string]string{
	"os/exec":        "a function starts no process",
	"plugin":         "a function loads no code",
	"unsafe":         "memory is the runtime's",
	"C":              "functions are built without C",
	"text/template":  "no text is made of templates",
	"html/template":  "no text is made of templates",
	"encoding/xml":   "no XML is read",
	"encoding/gob":   "bodies are JSON, read by shared/strictjson",
	"path/filepath":  "a function opens no file",
	"net/smtp":       "the product sends no mail",
	"net/http/pprof": "nothing for debugging is served",
	"expvar":         "nothing for debugging is served",
	"crypto/md5":     "it is broken",
	"crypto/sha1":    "it is broken",
	"crypto/tls":     "connections are those of the defaults, which verify certificates",
	"archive/zip":    "no packed files are read",
	"compress/gzip":  "no packed files are read",
}

// readsWorkbooks may use those parts of neverDeployed: a workbook is a zip of XML.
var readsWorkbooks = map[string][]string{"shared/sheet": {"archive/zip", "encoding/xml"}}

// predictable may be used where a guess does no harm: which copy is read, how long
// to wait. All else that is random comes from crypto/rand.
var predictable = map[string]string{
	"shared/dynamo":                "how long to wait before another try, which share of a count",
	"shared/dynamo/internal/table": "which of several copies is read",
}

// TestWhatIsNeverDeployed holds the code of functions, and what they are made of, to
// neverDeployed and predictable.
func TestWhatIsNeverDeployed(t *testing.T) {
	judged := 0
	for _, f := range repo.Sources(t) {
		if !deployed(f) {
			continue
		}
		judged++
		for _, why := range unfitToDeploy(f) {
			t.Errorf("%s: %s", f.Path, why)
		}
	}
	if judged < 100 {
		t.Errorf("only %d files were judged", judged)
	}
	for dir, imports := range readsWorkbooks {
		for _, imp := range imports {
			if !slices.ContainsFunc(repo.Sources(t), func(f repo.File) bool { return f.Dir == dir && !f.Test && slices.Contains(f.Imports(), imp) }) {
				t.Errorf("readsWorkbooks lets %s use %s, which it does not", dir, imp)
			}
		}
	}
	for dir := range predictable {
		if !slices.ContainsFunc(repo.Sources(t), func(f repo.File) bool {
			return f.Dir == dir && !f.Test && slices.ContainsFunc(f.Imports(), isPredictable)
		}) {
			t.Errorf("predictable has %s, which uses nothing of the kind", dir)
		}
	}
}

// deployed reports whether the file may be a part of a function.
func deployed(f repo.File) bool {
	return !f.Test && !strings.HasPrefix(f.Dir, "cmd") && layers.of(f.Dir) != support && layers.of(f.Dir) != operator
}

func isPredictable(imp string) bool { return imp == "math/rand" || imp == "math/rand/v2" }

// unfitToDeploy says what a file uses that nothing which is deployed may use.
func unfitToDeploy(f repo.File) []string {
	var all []string
	for _, imp := range f.Imports() {
		if why, ok := neverDeployed[imp]; ok && !slices.Contains(readsWorkbooks[f.Dir], imp) {
			all = append(all, "it imports "+imp+": "+why)
		}
		if isPredictable(imp) && predictable[f.Dir] == "" {
			all = append(all, "it imports "+imp+": what may not be guessed comes from crypto/rand")
		}
	}
	f.Uses("regexp", func(name string) {
		if name != "MustCompile" && name != "Regexp" { // MustCompile panics, so nobody hands it input
			all = append(all, "it uses regexp."+name+": no input becomes a pattern")
		}
	})
	f.Uses("os", func(name string) {
		if !slices.Contains([]string{"Stdout", "LookupEnv"}, name) {
			all = append(all, "it uses os."+name+": a function opens no file, and has its settings from shared/config")
		}
	})
	return all
}

// TestUnfitToDeploy shows what unfitToDeploy refuses.
func TestUnfitToDeploy(t *testing.T) {
	for _, tt := range []struct {
		dir, text, says string
	}{
		{"shared/httpapi", `import ("crypto/rand"; "os"); var _ = os.Stdout; var _ = rand.Text`, ""},
		{"shared/dynamo", `import "math/rand/v2"; var _ = rand.N[int]`, ""},
		{"shared/account", `import "math/rand/v2"; var _ = rand.N[int]`, "math/rand/v2"},
		{"shared/account", `import "math/rand"; var _ = rand.Int`, "math/rand"},
		{"shared/staff", `import "regexp"; var _ = regexp.MustCompile`, ""},
		{"shared/staff", `import "regexp"; var _ = regexp.MatchString`, "regexp.MatchString"},
		{"shared/staff", `import "regexp"; var _ = regexp.Compile`, "regexp.Compile"},
		{"functions/web", `import "os"; var _ = os.Open`, "os.Open"},
		{"functions/web", `import files "os"; var _ = files.ReadFile`, "os.ReadFile"},
		{"shared/smsgateway", `import "crypto/tls"; var _ = tls.Config{InsecureSkipVerify: true}`, "crypto/tls"},
		{"shared/argon2id", `import _ "unsafe"`, "unsafe"},
		{"shared/sheet", `import "archive/zip"; var _ = zip.NewReader`, ""},
		{"shared/sheet", `import "compress/gzip"; var _ = gzip.NewReader`, "compress/gzip"},
		{"shared/httpapi", `import "archive/zip"; var _ = zip.NewReader`, "archive/zip"},
	} {
		text := "package x; " + tt.text
		syntax, err := parser.ParseFile(token.NewFileSet(), "x.go", text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(unfitToDeploy(repo.File{Path: tt.dir + "/x.go", Dir: tt.dir, Text: text, Syntax: syntax}), "\n")
		if tt.says == "" && got != "" || !strings.Contains(got, tt.says) {
			t.Errorf("%s in %s: %q, want %q", tt.text, tt.dir, got, tt.says)
		}
	}
}
