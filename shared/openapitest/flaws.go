package openapitest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	liberrors "github.com/pb33f/libopenapi-validator/errors"
	"github.com/pb33f/libopenapi-validator/responses"
)

// incoherent names what no schema can say: members of a problem that have to
// agree with each other, and with a header.
func incoherent(header http.Header, body []byte) []string {
	var p struct {
		Type       string
		Code       string
		RetryAfter *int
	}
	if !strings.HasPrefix(header.Get("Content-Type"), "application/problem+json") || json.Unmarshal(body, &p) != nil {
		return nil // no problem, or the schema has said so
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

// routeMissingFlaws holds an answer to a route that the document does not have
// against the only one there is.
func (d *document) routeMissingFlaws(req *http.Request, resp *http.Response, body []byte) []string {
	var p struct{ Code string }
	if resp.StatusCode != http.StatusNotFound || json.Unmarshal(body, &p) != nil || p.Code != "route_missing" {
		return []string{"no such route, and so no answer but 404 route_missing"}
	}
	var flaws []string
	for name, want := range map[string]string{"Content-Type": "application/problem+json", "Cache-Control": "no-store"} {
		if got := resp.Header.Get(name); !strings.HasPrefix(got, want) {
			flaws = append(flaws, fmt.Sprintf("header %s: %q", name, got))
		}
	}
	_, errs := responses.ValidateResponseSchema(&responses.ValidateResponseSchemaInput{
		Request: req, Response: resp, Schema: d.problem, Version: 3.1,
	})
	return append(append(flaws, describe(errs)...), incoherent(resp.Header, body)...)
}

// describe turns the validator's findings, a paragraph each, into lines.
func describe(errs []*liberrors.ValidationError) []string {
	var lines []string
	for _, e := range errs {
		if len(e.SchemaValidationErrors) == 0 {
			lines = append(lines, e.Reason)
		}
		for _, f := range e.SchemaValidationErrors {
			at := place(f.InstancePath)
			switch {
			case strings.HasPrefix(e.Message, "header"), strings.HasPrefix(e.Message, "Missing required header"):
				at = e.Message
			case e.ParameterName != "":
				at = "parameter " + e.ParameterName
			}
			reason := f.Reason
			if reason == "false schema" {
				reason = "does not go with this code"
			}
			lines = append(lines, at+": "+reason)
		}
	}
	return lines
}

// place writes where a value is as the API itself does: posts[1].role.
func place(path []string) string {
	var b strings.Builder
	for _, segment := range path {
		if _, err := strconv.Atoi(segment); err == nil {
			b.WriteString("[" + segment + "]")
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(segment)
	}
	if b.Len() == 0 {
		return "body"
	}
	return b.String()
}

// short is enough of a body to know it by.
func short(body []byte) string {
	const enough = 400
	runes := []rune(string(body))
	if len(runes) > enough {
		return string(runes[:enough]) + "…"
	}
	return string(runes)
}
