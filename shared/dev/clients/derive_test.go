package clients_test

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/goccy/go-yaml"

	"chaoxi/shared/dev/check/repo"
	"chaoxi/shared/dev/clients"
)

// TestDerived: what generators cannot read is gone, and no operation, no success and no
// schema with it.
func TestDerived(t *testing.T) {
	text := repo.Read(t, "openapi.yaml")
	derived, err := clients.Derive([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	before, after := read(t, text), read(t, string(derived))
	doc, err := openapi3.NewLoader().LoadFromData(derived)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context(), openapi3.DisableExamplesValidation()); err != nil {
		t.Error(err)
	}
	for _, word := range []string{"if", "then", "else", "const", "anyOf", "not"} {
		walk(after, "", func(at string, node map[string]any) {
			if _, ok := node[word]; ok && !strings.HasPrefix(at, "/components/headers/") {
				t.Errorf("%s has %s", at, word)
			}
		})
	}
	walk(after, "", func(at string, node map[string]any) {
		if values, ok := node["enum"].([]any); ok && (slices.Contains(values, any("")) || slices.Contains(values, any("name"))) {
			t.Errorf("%s has %v", at, values)
		}
	})
	file := doc.Paths.Value("/v1/admin/imports").Post.RequestBody.Value.Content["application/octet-stream"].Schema
	if file == nil || file.Value.Format != "binary" {
		t.Error("the file of an import has no schema")
	}
	refused, either := 0, 0
	for path, item := range doc.Paths.Map() {
		was := before["paths"].(map[string]any)[path].(map[string]any)
		for method, op := range item.Operations() {
			answers := was[strings.ToLower(method)].(map[string]any)["responses"].(map[string]any)
			if op.Responses.Len() != len(answers) {
				t.Errorf("%s %s has %d answers, not %d", method, path, op.Responses.Len(), len(answers))
			}
			success := map[string]bool{}
			for status, answer := range op.Responses.Map() {
				if problem := answer.Value.Content["application/problem+json"]; problem != nil {
					refused++
					if problem.Schema.Ref != "#/components/schemas/Problem" {
						t.Errorf("%s %s %s is no plain problem", method, path, status)
					}
				} else if plain := answer.Value.Content["application/json"]; plain != nil {
					success[plain.Schema.Ref] = true
					if strings.HasSuffix(plain.Schema.Ref, "/DoneOrCodeSent") {
						either++
					}
				}
			}
			if len(success) > 1 {
				t.Errorf("%s %s succeeds with %v", method, path, success)
			}
		}
	}
	if refused < 200 || either != 2 {
		t.Errorf("misread: %d refusals, %d answers of either kind", refused, either)
	}
	if session := doc.Components.Schemas["Session"].Value; slices.Contains(session.Required, "administrator") || !slices.Contains(session.Required, "staff") {
		t.Errorf("of a session %v are required", session.Required)
	}
	for name := range before["components"].(map[string]any)["schemas"].(map[string]any) {
		if doc.Components.Schemas[name] == nil {
			t.Errorf("the schema %s is gone", name)
		}
	}
}

// TestWordsOfTheContract: openapi.yaml itself is written in what generators can read,
// but for the conditions that Derive takes out.
func TestWordsOfTheContract(t *testing.T) {
	text := repo.Read(t, "openapi.yaml")
	doc := read(t, text)
	if title := doc["info"].(map[string]any)["title"].(string); !regexp.MustCompile(`^[ -~]+$`).MatchString(title) {
		t.Errorf("the title %q makes names of packages that nobody can type", title)
	}
	for name := range doc["components"].(map[string]any)["schemas"].(map[string]any) {
		if slices.Contains([]string{"Client", "Record", "Error", "Response", "Request", "Object", "String", "Type", "Model"}, name) {
			t.Errorf("the schema %s has the name of a type that languages or generators have", name)
		}
	}
	composed := 0
	walk(doc, "", func(at string, node map[string]any) {
		parts, _ := node["allOf"].([]any)
		for _, part := range parts {
			ref, _ := part.(map[string]any)["$ref"].(string)
			base, ok := doc["components"].(map[string]any)["schemas"].(map[string]any)[path.Base(ref)].(map[string]any)
			if !ok {
				continue
			}
			composed++
			properties, _ := base["properties"].(map[string]any)
			for name, schema := range properties {
				walk(schema, "", func(_ string, node map[string]any) {
					if _, ok := node["properties"]; ok {
						t.Errorf("%s takes in %s, whose %s has an object in it; give that a name, or generators make it twice", at, ref, name)
					}
				})
			}
		}
	})
	if composed < 2 {
		t.Errorf("misread: allOf takes in %d schemas", composed)
	}
	walk(doc, "", func(at string, node map[string]any) {
		if strings.HasPrefix(at, "/components/schemas/Problem/allOf") || strings.HasPrefix(at, "/components/examples") || strings.HasSuffix(at, "/properties") {
			return
		}
		refusal := strings.Contains(at, "/allOf/1/properties/") // of a Problem with some codes
		if _, ok := node["const"]; ok && !refusal && node["type"] != "boolean" {
			t.Errorf("%s: const is no type for generators; write type and enum", at)
		}
		if _, ok := node["enum"]; ok && node["type"] == nil && !refusal {
			t.Errorf("%s: an enum without a type", at)
		}
		if _, ok := node["anyOf"]; ok {
			t.Errorf("%s: generators make an empty class of anyOf", at)
		}
		if ref, _ := node["$ref"].(string); strings.Contains(ref, "/properties/") {
			t.Errorf("%s: %s is a part of a schema; give it a name", at, ref)
		}
		if properties, ok := node["properties"].(map[string]any); ok {
			for name, schema := range properties {
				if _, bare := schema.(bool); bare {
					t.Errorf("%s/%s is true or false, which generators do not read", at, name)
				}
			}
		}
	})
}

func TestDeriveOfSomethingElse(t *testing.T) {
	for _, text := range []string{"\t{", "hello: world", "- a"} {
		if _, err := clients.Derive([]byte(text)); err == nil {
			t.Errorf("%q was derived", text)
		}
	}
}

func read(t *testing.T, text string) map[string]any {
	t.Helper()
	var doc map[string]any
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// walk calls f with every map and the path to it.
func walk(node any, at string, f func(at string, node map[string]any)) {
	switch node := node.(type) {
	case map[string]any:
		f(at, node)
		for name, member := range node {
			walk(member, at+"/"+name, f)
		}
	case []any:
		for i, member := range node {
			walk(member, at+"/"+strconv.Itoa(i), f)
		}
	}
}
