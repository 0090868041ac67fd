// Package openapitest holds what tests send and see against openapi.yaml, so
// that the contract and the code cannot drift apart.
//
// It is for tests alone, and it has no opinion of its own about the API: what
// it knows, the document says. The few things that OpenAPI cannot say are in
// incoherent (flaws.go). Look first at Spec.CheckResponse.
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

// Spec is the document, ready to check with. Tests may share it and run in
// parallel.
type Spec struct {
	doc     *openapi3.T
	routes  routers.Router
	schemas *schemas
}

// Operation is one method of one path, both as the document writes them.
type Operation struct {
	Method      string // in capitals
	Path        string // /v1/admin/staff/{employeeCode}
	OperationID string
}

// Load returns the document at the top of the module that the test is in. It is
// read once per process, since that takes most of a second.
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
	routes, err := legacy.NewRouter(doc, openapi3.DisableExamplesValidation()) // a test has the examples
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

// Operations are all operations, in the order of their paths.
func (s *Spec) Operations() []Operation {
	var all []Operation
	for _, path := range s.doc.Paths.Keys() {
		item := s.doc.Paths.Value(path).Operations()
		for _, method := range slices.Sorted(maps.Keys(item)) {
			all = append(all, Operation{method, path, item[method].OperationID})
		}
	}
	return all
}

// CheckResponse fails the test unless the answer to method and path (as sent,
// with its ids and perhaps a query) is one that the document has: status, media
// type, headers, every field, and every code. header has a Set-Cookie for each
// cookie. To a route that is not in the document, the one answer is 404
// route_missing.
func (s *Spec) CheckResponse(t testing.TB, method, path string, status int, header http.Header, body []byte) {
	t.Helper()
	if flaws := s.responseFlaws(method, path, status, header, body); len(flaws) > 0 {
		t.Errorf("%s %s: answer %d is not in openapi.yaml:\n\t%s\n\tbody: %s",
			method, path, status, strings.Join(flaws, "\n\t"), short(body))
	}
}

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
		for _, v := range values { // Set-Cookie has one for each
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

// bodyFlaws holds a body against the schema that content, which is at the
// pointer, has for its media type.
func (s *Spec) bodyFlaws(at string, content openapi3.Content, header http.Header, body []byte) []string {
	media, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	if content[media] == nil {
		return []string{fmt.Sprintf("content type '%s': not one of the document's", media)}
	}
	if v := string(bytes.TrimSpace(body)); v == "" || v == "null" {
		return []string{"body: there is none"}
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return []string{"body: " + err.Error()}
	}
	return s.schemas.flaws(at+pointer("content", media, "schema")[1:], value)
}

// CheckRequest fails the test unless req is one that a careful client may send:
// route, parameters, credentials, media type and body as documented, and no
// query parameter that is not. The body can be read again afterwards.
func (s *Spec) CheckRequest(t testing.TB, req *http.Request) {
	t.Helper()
	if flaws := s.requestFlaws(req); len(flaws) > 0 {
		t.Errorf("%s %s: request is not in openapi.yaml:\n\t%s", req.Method, req.URL.RequestURI(), strings.Join(flaws, "\n\t"))
	}
}

func (s *Spec) requestFlaws(req *http.Request) []string {
	route, params, err := s.routes.FindRoute(req)
	if err != nil {
		return []string{"no such route"}
	}
	flaws := parameterFlaws(openapi3filter.ValidateRequest(context.Background(), &openapi3filter.RequestValidationInput{
		Request: req, Route: route, PathParams: params,
		Options: &openapi3filter.Options{
			ExcludeRequestBody: true, // compared below, against a schema that is compiled once
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

// authenticated reports what a scheme asks for and req does not have.
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
