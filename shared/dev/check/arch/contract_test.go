package arch_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"chaoxi/shared/dev/check/repo"
	"chaoxi/shared/dev/openapitest"
	"chaoxi/shared/dev/sam"
	"chaoxi/shared/fault"
)

// TestEvents checks that the sample events are ones that the gateway could send
// on one of the function's routes, and that a careful client could have sent.
func TestEvents(t *testing.T) {
	files, err := filepath.Glob(repo.Path(t, "events/*.json"))
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
	case e.IsBase64Encoded != (e.Headers["content-type"] == "application/octet-stream"):
		t.Error("files come in base64, and nothing else does")
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
	documented := map[string]bool{}
	for _, m := range regexp.MustCompile(`code: \{(?:const: (\w+)|enum: \[([^\]]+)\])`).FindAllStringSubmatch(repo.Read(t, "openapi.yaml"), -1) {
		for code := range strings.SplitSeq(m[1]+m[2], ",") {
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
	for _, f := range repo.Sources(t) {
		if f.Path != "shared/fault/catalogue.go" {
			continue
		}
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 {
				if m := regexp.MustCompile(`Code: +"(\w+)"`).FindStringSubmatch(f.TextOf(v)); m != nil {
					names[v.Names[0].Name] = m[1]
				}
			}
			return true
		})
	}
	if len(documented) < 20 || len(names) != len(fault.Catalogue) {
		t.Fatalf("misread: %d codes in openapi.yaml, %d in the catalogue", len(documented), len(names))
	}
	for _, f := range repo.Sources(t) {
		if f.Test || layers.of(f.Dir) == support || strings.HasPrefix(f.Dir, "cmd/") {
			continue
		}
		f.Uses(module+"shared/fault", func(name string) {
			if code, ok := names[name]; ok && !documented[code] {
				t.Errorf("%s: %s is in no answer of openapi.yaml", f.Path, code)
			}
		})
	}
}
