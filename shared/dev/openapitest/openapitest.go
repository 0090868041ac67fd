// Package openapitest checks requests and answers of tests against openapi.yaml. So a
// test fails if the code answers something that the contract does not have.
//
// It is for tests only. It knows nothing of the API but what the document says,
// except for two rules that OpenAPI cannot express (incoherent in flaws.go).
//
// Look first at Spec.CheckResponse.
package openapitest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Spec is openapi.yaml, prepared for checks. It is safe for concurrent use.
type Spec struct {
	doc     *openapi3.T
	routes  routers.Router
	schemas *schemas
}

// Operation is one method of one path of the document.
type Operation struct {
	Method      string // in capitals
	Path        string // with its variables: /v1/admin/staff/{employeeCode}
	OperationID string
	Public      bool // needs no session
}

// Load returns the openapi.yaml of the module in which the test runs. It reads the
// document once in a process, since that takes most of a second.
func Load(t testing.TB) *Spec {
	t.Helper()
	s, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var load = sync.OnceValues(func() (*Spec, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("find openapi.yaml: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if filepath.Dir(dir) == dir {
			return nil, errors.New("find openapi.yaml: no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
	text, err := os.ReadFile(filepath.Join(dir, "openapi.yaml"))
	if err != nil {
		return nil, fmt.Errorf("find openapi.yaml: %w", err)
	}
	return parse(text)
})

func parse(text []byte) (*Spec, error) {
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, fmt.Errorf("parse openapi.yaml: %w", err)
	}
	routes, err := legacy.NewRouter(doc, openapi3.DisableExamplesValidation()) // a test of this package validates the examples
	if err != nil {
		return nil, fmt.Errorf("read openapi.yaml: %w", err)
	}
	schemas, err := newSchemas(text)
	if err != nil {
		return nil, fmt.Errorf("read the schemas of openapi.yaml: %w", err)
	}
	if _, err := schemas.at(problemSchema); err != nil {
		return nil, fmt.Errorf("read the schema of problems in openapi.yaml: %w", err)
	}
	return &Spec{doc, routes, schemas}, nil
}

// Operations returns all operations, sorted by path and method.
func (s *Spec) Operations() []Operation {
	var all []Operation
	for _, path := range s.doc.Paths.Keys() {
		item := s.doc.Paths.Value(path).Operations()
		for _, method := range slices.Sorted(maps.Keys(item)) {
			needs := item[method].Security
			all = append(all, Operation{method, path, item[method].OperationID, needs != nil && len(*needs) == 0})
		}
	}
	return all
}

// CheckResponse fails the test unless the document has the answer: its status, media
// type, headers, all fields, and code. path is as it was sent, with ids and perhaps a
// query. header has one Set-Cookie for each cookie. If the document does not have the
// route, the answer must be 404 route_missing.
func (s *Spec) CheckResponse(t testing.TB, method, path string, status int, header http.Header, body []byte) {
	t.Helper()
	if flaws := s.responseFlaws(method, path, status, header, body); len(flaws) > 0 {
		t.Errorf("%s %s: answer %d is not in openapi.yaml:\n\t%s\n\tbody: %s",
			method, path, status, strings.Join(flaws, "\n\t"), short(body))
	}
}

// responseFlaws returns what is wrong with an answer, one line each.
func (s *Spec) responseFlaws(method, path string, status int, header http.Header, body []byte) []string {
	req, err := http.NewRequest(method, path, nil)
	if err != nil {
		return []string{err.Error()}
	}
	route, _, err := s.routes.FindRoute(req)
	if err != nil {
		return s.routeMissingFlaws(status, header, body)
	}
	response := route.Operation.Responses.Status(status)
	if response == nil {
		return []string{fmt.Sprintf("status %d: not an answer of this route", status)}
	}
	at := cmp.Or(response.Ref, pointer("paths", route.Path, strings.ToLower(method), "responses", strconv.Itoa(status)))
	var flaws []string
	for name, h := range response.Value.Headers {
		values := header.Values(name)
		if len(values) == 0 && h.Value.Required {
			flaws = append(flaws, "header "+name+": missing")
		}
		for _, v := range values { // several only of Set-Cookie, one for each cookie
			schema := cmp.Or(h.Ref, at+pointer("headers", name)[1:]) + "/schema"
			for _, flaw := range s.schemas.flaws(schema, inHeader(v, h.Value.Schema.Value)) {
				flaws = append(flaws, "header "+name+": "+flaw)
			}
		}
	}
	if len(response.Value.Content) == 0 {
		if len(body) > 0 {
			flaws = append(flaws, "body: there is one")
		}
		return flaws
	}
	return append(append(flaws, s.bodyFlaws(at, response.Value.Content, header, body)...), incoherent(header, body)...)
}

// bodyFlaws checks a body against the schema that content has for its media type. at
// is the pointer to the object that has content.
func (s *Spec) bodyFlaws(at string, content openapi3.Content, header http.Header, body []byte) []string {
	media, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	if content[media] == nil {
		return []string{fmt.Sprintf("content type '%s': not one of the document's", media)}
	}
	if v := string(bytes.TrimSpace(body)); v == "" || v == "null" {
		return []string{"body: there is none"}
	}
	if !strings.HasSuffix(media, "json") {
		return nil // a file, of which the document says no more than its type
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return []string{"body: " + err.Error()}
	}
	return s.schemas.flaws(at+pointer("content", media, "schema")[1:], value)
}

// CheckRequest fails the test unless the document has the request: its route,
// parameters, credentials, media type and body, and no other parameters in the query.
// The body can be read again afterwards.
func (s *Spec) CheckRequest(t testing.TB, req *http.Request) {
	t.Helper()
	if flaws := s.requestFlaws(req); len(flaws) > 0 {
		t.Errorf("%s %s: request is not in openapi.yaml:\n\t%s", req.Method, req.URL.RequestURI(), strings.Join(flaws, "\n\t"))
	}
}

// requestFlaws returns what is wrong with a request, one line each.
func (s *Spec) requestFlaws(req *http.Request) []string {
	route, params, err := s.routes.FindRoute(req)
	if err != nil {
		return []string{"no such route"}
	}
	flaws := parameterFlaws(openapi3filter.ValidateRequest(context.Background(), &openapi3filter.RequestValidationInput{
		Request: req, Route: route, PathParams: params,
		Options: &openapi3filter.Options{
			ExcludeRequestBody: true, // checked below, with a schema that is compiled only once
			MultiError:         true, SkipSettingDefaults: true, AuthenticationFunc: authenticated,
		},
	}))
	for name := range req.URL.Query() {
		if route.Operation.Parameters.GetByInAndName("query", name) == nil && route.PathItem.Parameters.GetByInAndName("query", name) == nil {
			flaws = append(flaws, "query "+name+": not a parameter")
		}
	}
	if route.Operation.RequestBody == nil {
		return flaws
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return append(flaws, "body: "+err.Error())
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	at := cmp.Or(route.Operation.RequestBody.Ref, pointer("paths", route.Path, strings.ToLower(req.Method), "requestBody"))
	return append(flaws, s.bodyFlaws(at, route.Operation.RequestBody.Value.Content, req.Header, body)...)
}

// authenticated returns an error if the request lacks the credentials of a scheme.
func authenticated(_ context.Context, in *openapi3filter.AuthenticationInput) error {
	req, scheme := in.RequestValidationInput.Request, in.SecurityScheme
	found := false
	switch scheme.In {
	case "cookie":
		_, err := req.Cookie(scheme.Name)
		found = err == nil
	case "header":
		found = req.Header.Get(scheme.Name) != ""
	default:
		found = strings.HasPrefix(req.Header.Get("Authorization"), "Bearer ")
	}
	if !found {
		return fmt.Errorf("%s is not there", cmp.Or(scheme.Name, "Authorization"))
	}
	return nil
}
