package openapitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/getkin/kin-openapi/openapi3"

	"chaoxi/shared/fault"
)

func TestDocumentIsOpenAPI(t *testing.T) {
	// (The examples are compared below.)
	if err := Load(t).doc.Validate(t.Context(), openapi3.DisableExamplesValidation()); err != nil {
		t.Error(err)
	}
}

// TestOperations checks what every operation has to have, beyond what OpenAPI
// asks for.
func TestOperations(t *testing.T) {
	seen := map[string]bool{}
	for at, op := range operations(Load(t)) {
		t.Run(at.OperationID, func(t *testing.T) {
			if at.OperationID == "" || seen[at.OperationID] {
				t.Error("its operationId is missing or taken")
			}
			seen[at.OperationID] = true
			if !strings.ContainsFunc(op.Summary, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
				t.Errorf("summary %q is not Chinese", op.Summary)
			}
			if op.Description == "" || len(op.Tags) != 1 {
				t.Error("no description, or not one tag")
			}
			if op.Security == nil {
				t.Error("it does not say who may call")
			}

			want := []string{"500 internal", "503 unavailable"}
			if op.RequestBody != nil {
				want = append(want, "400 body_invalid", "413 too_large", "415 media_type", "422 field_invalid")
			}
			if at.Method != http.MethodGet {
				want = append(want, "403 cross_site")
			}
			if strings.HasPrefix(at.Path, "/v1/admin/") {
				want = append(want, "401 session_missing", "401 session_expired", "401 admin_session_expired", "403 permission_denied")
				if op.Security != nil && len(*op.Security) == 0 {
					t.Error("anyone may call it")
				}
			}
			if strings.Contains(at.Path, "{employeeCode}") {
				want = append(want, "404 staff_missing")
			}
			got := map[string]bool{}
			for a := range answers(op) {
				got[a.status+" "+a.name] = true
				if a.Headers["Cache-Control"] == nil {
					t.Errorf("answer %s may be cached", a.status)
				}
			}
			for _, w := range want {
				if !got[w] {
					t.Errorf("no answer %s", w)
				}
			}
		})
	}
}

// TestAnswerExamples holds the examples against their own schemas, and the
// schemas against spoiled examples: an object that takes a field that nobody
// documented, or a value that may be anything, would let drift through.
func TestAnswerExamples(t *testing.T) {
	s := Load(t)
	for at, op := range operations(Load(t)) {
		path := exampleRequest(t, at, op, nil).URL.RequestURI()
		for a := range answers(op) {
			t.Run(at.OperationID+" "+a.status+" "+a.name, func(t *testing.T) {
				status, err := strconv.Atoi(a.status)
				if err != nil {
					t.Fatal(err)
				}
				header := http.Header{"Cache-Control": {"no-store"}, "Content-Type": {a.mediaType}}
				if m, ok := a.value.(map[string]any); ok && m["retryAfter"] != nil {
					header.Set("Retry-After", fmt.Sprint(m["retryAfter"]))
				}
				s.CheckResponse(t, at.Method, path, status, header, encode(t, a.value))

				for what, spoiled := range spoil(a.value) {
					if len(s.responseFlaws(at.Method, path, status, header, encode(t, spoiled))) == 0 {
						t.Errorf("%s passes", what)
					}
				}
				if strings.HasSuffix(a.mediaType, "problem+json") && a.value.(map[string]any)["code"] != a.name {
					t.Errorf("the example is of code %v", a.value.(map[string]any)["code"])
				}
			})
		}
	}
}

func TestRequestExamples(t *testing.T) {
	s := Load(t)
	for at, op := range operations(Load(t)) {
		bodies := []any{nil}
		if op.RequestBody != nil {
			bodies = bodies[:0]
			for _, media := range op.RequestBody.Value.Content {
				bodies = slices.AppendSeq(bodies, maps.Values(examples(media)))
			}
		}
		if len(bodies) == 0 {
			t.Errorf("%s has a body without an example", at.OperationID)
		}
		for _, body := range bodies {
			t.Run(at.OperationID, func(t *testing.T) {
				s.CheckRequest(t, exampleRequest(t, at, op, body))
				if m, ok := body.(map[string]any); ok {
					m = maps.Clone(m)
					m["unexpected"] = 1
					if len(s.requestFlaws(exampleRequest(t, at, op, m))) == 0 {
						t.Error("a field that nobody documented passes")
					}
				}
			})
		}
	}
}

// TestSentences keeps codes and sentences of the document those of the catalogue.
func TestSentences(t *testing.T) {
	sentences := map[string]string{}
	for _, e := range fault.Catalogue {
		blank := regexp.MustCompile(`%(\\\[\d\\\])?[ds]`)
		sentences[e.Code] = "^" + blank.ReplaceAllString(regexp.QuoteMeta(e.Zh), ".+") + "$"
	}
	for code, example := range Load(t).doc.Components.Examples {
		value, ok := example.Value.Value.(map[string]any)
		if !ok || value["type"] != "urn:problem:"+code {
			continue // an example of something else
		}
		if sentence, ok := sentences[code]; !ok {
			t.Errorf("%s is not in the catalogue", code)
		} else if !regexp.MustCompile(sentence).MatchString(value["title"].(string)) {
			t.Errorf("%s says %q, the catalogue %s", code, value["title"], sentence)
		}
	}
}

// operations yields every operation with its path item's parameters added.
func operations(s *Spec) func(func(Operation, *openapi3.Operation) bool) {
	return func(yield func(Operation, *openapi3.Operation) bool) {
		for _, at := range s.Operations() {
			item := s.doc.Paths.Value(at.Path)
			op := *item.GetOperation(at.Method)
			op.Parameters = slices.Concat(item.Parameters, op.Parameters)
			if !yield(at, &op) {
				return
			}
		}
	}
}

// answer is one example of one response.
type answer struct {
	*openapi3.Response
	status, mediaType, name string
	value                   any
}

func answers(op *openapi3.Operation) func(func(answer) bool) {
	return func(yield func(answer) bool) {
		for status, r := range op.Responses.Map() {
			for mediaType, media := range r.Value.Content {
				for name, value := range examples(media) {
					if !yield(answer{r.Value, status, mediaType, name, value}) {
						return
					}
				}
			}
		}
	}
}

func examples(media *openapi3.MediaType) map[string]any {
	all := map[string]any{}
	if media.Example != nil {
		all["example"] = media.Example
	}
	for name, e := range media.Examples {
		all[name] = e.Value.Value
	}
	return all
}

// exampleRequest is made of the examples of all parameters.
func exampleRequest(t *testing.T, at Operation, op *openapi3.Operation, body any) *http.Request {
	t.Helper()
	path, query, header := at.Path, url.Values{}, http.Header{}
	for _, ref := range op.Parameters {
		p := ref.Value
		value, ok := p.Example.(string)
		switch {
		case !ok && p.Required:
			t.Errorf("%s: parameter %s has no example", at.OperationID, p.Name)
		case !ok:
		case p.In == "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", value)
		case p.In == "query":
			query.Set(p.Name, value)
		case p.In == "header":
			header.Set(p.Name, value)
		}
	}
	if op.Security != nil && len(*op.Security) > 0 {
		header.Set("Authorization", "Bearer x")
	}
	var content io.Reader
	if file, ok := body.(string); ok {
		content = strings.NewReader(file)
		header.Set("Content-Type", "application/octet-stream")
	} else if body != nil {
		content = bytes.NewReader(encode(t, body))
		header.Set("Content-Type", "application/json")
	}
	req, err := http.NewRequest(at.Method, strings.TrimSuffix(path+"?"+query.Encode(), "?"), content)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	return req
}

// spoil yields value with one thing wrong, for every thing that can be: a field
// too many in every object, and a value of a wrong type in every place.
func spoil(value any) map[string]any {
	found := map[string]any{}
	var walk func(at string, v any, put func(any) any)
	walk = func(at string, v any, put func(any) any) {
		found[at+" of a wrong type"] = put([]any{[]any{}})
		switch v := v.(type) {
		case map[string]any:
			more := maps.Clone(v)
			more["unexpected"] = 1
			found["a field too many in "+at] = put(more)
			for k, member := range v {
				walk(at+"."+k, member, func(w any) any {
					c := maps.Clone(v)
					c[k] = w
					return put(c)
				})
			}
		case []any:
			for i, member := range v {
				walk(fmt.Sprintf("%s[%d]", at, i), member, func(w any) any {
					c := slices.Clone(v)
					c[i] = w
					return put(c)
				})
			}
		}
	}
	walk("answer", value, func(w any) any { return w })
	return found
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
