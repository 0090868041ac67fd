// Package openapitest holds what tests send and see against openapi.yaml, so
// that the contract and the code cannot drift apart.
//
// It is for tests alone, and it has no opinion of its own about the API: what
// it knows, the document says. The few things that OpenAPI cannot say are in
// incoherent (flaws.go). Look first at Spec.CheckResponse.
package openapitest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	"github.com/pb33f/libopenapi-validator/router"
	"github.com/pb33f/libopenapi/datamodel/high/base"
	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"
)

// Spec is the document, ready to check with. Tests may share it and run in
// parallel.
//
// It names no type of the libraries: those are instances of generic types by the
// hundred, which the compiler makes again for each package that sees one.
type Spec struct {
	document interface {
		operations() []Operation
		responseFlaws(method, path string, status int, header http.Header, body []byte) []string
		requestFlaws(req *http.Request) []string
	}
}

// document is openapi.yaml as the libraries have it.
type document struct {
	mu        sync.Mutex // the validator says nothing about concurrent use
	validator validator.Validator
	routes    router.Router
	model     *v3.Document
	problem   *base.Schema
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
	d, err := parse(text)
	return &Spec{d}, err
})

func parse(text []byte) (*document, error) {
	doc, err := libopenapi.NewDocument(text)
	if err != nil {
		return nil, fmt.Errorf("parse openapi.yaml: %w", err)
	}
	model, err := doc.BuildV3Model()
	if err != nil {
		return nil, fmt.Errorf("build openapi.yaml: %w", err)
	}
	d := &document{model: &model.Model, routes: router.NewRouter(&model.Model, router.WithPathOnlyMatching())}
	if d.model.Components == nil || d.model.Components.Schemas.GetOrZero("Problem") == nil {
		return nil, errors.New("openapi.yaml has no schema Problem")
	}
	d.problem = d.model.Components.Schemas.GetOrZero("Problem").Schema()
	d.validator = validator.NewValidatorFromV3Model(d.model, config.WithFormatAssertions())
	d.validator.SetDocument(doc)
	return d, nil
}

// Operations are all operations, in the order of the document.
func (s *Spec) Operations() []Operation { return s.document.operations() }

func (d *document) operations() []Operation {
	var all []Operation
	for path, item := range d.model.Paths.PathItems.FromOldest() {
		for method, op := range item.GetOperations().FromOldest() {
			all = append(all, Operation{strings.ToUpper(method), path, op.OperationId})
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
	if flaws := s.document.responseFlaws(method, path, status, header, body); len(flaws) > 0 {
		t.Errorf("%s %s: answer %d is not in openapi.yaml:\n\t%s\n\tbody: %s",
			method, path, status, strings.Join(flaws, "\n\t"), short(body))
	}
}

func (d *document) responseFlaws(method, path string, status int, header http.Header, body []byte) []string {
	req, err := http.NewRequest(method, "http://localhost"+path, nil)
	if err != nil {
		return []string{err.Error()}
	}
	resp := &http.Response{StatusCode: status, Header: header.Clone(), Body: io.NopCloser(bytes.NewReader(body))}
	if resp.Header == nil {
		resp.Header = http.Header{}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := d.routes.FindRoute(req); err != nil {
		return d.routeMissingFlaws(req, resp, body)
	}
	_, errs := d.validator.ValidateHttpResponse(req, resp)
	flaws := describe(errs)
	switch v := string(bytes.TrimSpace(body)); {
	case status == http.StatusNoContent && len(body) > 0:
		flaws = append(flaws, "body: there is one")
	case status != http.StatusNoContent && (v == "" || v == "null"):
		flaws = append(flaws, "body: there is none") // the validator lets it pass for any schema
	}
	return append(flaws, incoherent(resp.Header, body)...)
}

// CheckRequest fails the test unless req is one that a careful client may send:
// route, parameters, credentials, media type and body as documented, and no
// query parameter that is not. The body can be read again afterwards.
func (s *Spec) CheckRequest(t testing.TB, req *http.Request) {
	t.Helper()
	if flaws := s.document.requestFlaws(req); len(flaws) > 0 {
		t.Errorf("%s %s: request is not in openapi.yaml:\n\t%s", req.Method, req.URL.RequestURI(), strings.Join(flaws, "\n\t"))
	}
}

func (d *document) requestFlaws(req *http.Request) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	route, err := d.routes.FindRoute(req)
	if err != nil {
		return []string{"no such route"}
	}
	_, errs := d.validator.ValidateHttpRequestSync(req)
	flaws := describe(errs)
	for name := range req.URL.Query() {
		is := func(p *v3.Parameter) bool { return p.In == "query" && p.Name == name }
		if !slices.ContainsFunc(route.Operation.Parameters, is) && !slices.ContainsFunc(route.PathItem.Parameters, is) {
			flaws = append(flaws, "query "+name+": not a parameter")
		}
	}
	return flaws
}
