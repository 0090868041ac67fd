package openapitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// incoherent returns the flaws of a problem that no schema can express: type must
// agree with code, and the header Retry-After with retryAfter.
func incoherent(header http.Header, body []byte) []string {
	var p struct {
		Type       string
		Code       string
		RetryAfter *int
	}
	if !strings.HasPrefix(header.Get("Content-Type"), "application/problem+json") || json.Unmarshal(body, &p) != nil {
		return nil // not a problem, or one that the schema refuses anyway
	}
	var flaws []string
	if p.Type != "urn:problem:"+p.Code {
		flaws = append(flaws, fmt.Sprintf("type: %q is not of code %q", p.Type, p.Code))
	}
	want := ""
	if p.RetryAfter != nil {
		want = strconv.Itoa(*p.RetryAfter)
	}
	if got := header.Get("Retry-After"); got != want {
		flaws = append(flaws, fmt.Sprintf("header Retry-After: %q, but retryAfter says %q", got, want))
	}
	return flaws
}

// routeMissingFlaws checks the answer of a route that the document does not have. It
// must be 404 route_missing.
func (s *Spec) routeMissingFlaws(status int, header http.Header, body []byte) []string {
	var p struct{ Code string }
	if status != http.StatusNotFound || json.Unmarshal(body, &p) != nil || p.Code != "route_missing" {
		return []string{"no such route, and so no answer but 404 route_missing"}
	}
	var flaws []string
	for name, want := range map[string]string{"Content-Type": "application/problem+json", "Cache-Control": "no-store"} {
		if got := header.Get(name); !strings.HasPrefix(got, want) {
			flaws = append(flaws, fmt.Sprintf("header %s: %q", name, got))
		}
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return append(flaws, "body: "+err.Error())
	}
	return append(append(flaws, s.schemas.flaws(problemSchema, value)...), incoherent(header, body)...)
}

// parameterFlaws returns the flaws of parameters and credentials, one line each. The
// library explains each in a paragraph.
func parameterFlaws(err error) []string {
	switch e := err.(type) {
	case nil:
		return nil
	case openapi3.MultiError:
		var lines []string
		for _, err := range e {
			lines = append(lines, parameterFlaws(err)...)
		}
		return lines
	case *openapi3filter.SecurityRequirementsError:
		var missing []string
		for _, err := range e.Errors {
			missing = append(missing, err.Error())
		}
		return []string{"credentials: " + strings.Join(missing, ", or ")}
	case *openapi3filter.RequestError:
		if e.Parameter == nil {
			return []string{e.Error()}
		}
		reason := e.Reason
		if e.Err != nil {
			reason, _, _ = strings.Cut(e.Err.Error(), "\n")
		}
		return []string{e.Parameter.In + " " + e.Parameter.Name + ": " + reason}
	}
	return []string{err.Error()}
}

// short returns the beginning of a body, enough to recognise it.
func short(body []byte) string {
	const enough = 400
	runes := []rune(string(body))
	if len(runes) > enough {
		return string(runes[:enough]) + "…"
	}
	return string(runes)
}
