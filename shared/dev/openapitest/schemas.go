package openapitest

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// file is the name of the document for the compiler of schemas.
const file = "openapi.json"

// problemSchema is the pointer to the schema of all problems.
const problemSchema = "#/components/schemas/Problem"

// schemas has the schemas of the document, which are JSON Schema 2020-12. Each is
// compiled when it is first needed, and then kept. (The library that reads the
// document could check values, too, but would compile the schema for each value.)
type schemas struct {
	mu       sync.Mutex
	compiler *jsonschema.Compiler
	compiled map[string]*jsonschema.Schema // by pointer
}

func newSchemas(text []byte) (*schemas, error) {
	text, err := yaml.YAMLToJSON(text)
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	return &schemas{compiler: c, compiled: map[string]*jsonschema.Schema{}}, c.AddResource(file, doc)
}

// at returns the schema at a pointer, such as #/components/schemas/Problem.
func (s *schemas) at(pointer string) (*jsonschema.Schema, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if schema, ok := s.compiled[pointer]; ok {
		return schema, nil
	}
	schema, err := s.compiler.Compile(file + pointer)
	if err == nil {
		s.compiled[pointer] = schema
	}
	return schema, err
}

// flaws returns where value breaks the schema at the pointer, one line each. value is
// as [jsonschema.UnmarshalJSON] returns it.
func (s *schemas) flaws(pointer string, value any) []string {
	schema, err := s.at(pointer)
	if err != nil {
		return []string{err.Error()}
	}
	var invalid *jsonschema.ValidationError
	if err := schema.Validate(value); errors.As(err, &invalid) {
		return leaves(invalid)
	} else if err != nil {
		return []string{err.Error()}
	}
	return nil
}

// leaves returns the findings without causes of their own. The others only say that
// one of these was found.
func leaves(e *jsonschema.ValidationError) []string {
	if len(e.Causes) == 0 {
		reason := e.ErrorKind.LocalizedString(message.NewPrinter(language.English))
		if reason == "false schema" {
			reason = "does not go with this code"
		}
		return []string{place(e.InstanceLocation) + ": " + reason}
	}
	var lines []string
	for _, cause := range e.Causes {
		lines = append(lines, leaves(cause)...)
	}
	return lines
}

// pointer returns the JSON Pointer (RFC 6901) along keys, as a fragment: #/a/b.
func pointer(keys ...string) string {
	var b strings.Builder
	b.WriteByte('#')
	for _, key := range keys {
		b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(key))
	}
	return b.String()
}

// place returns the path to a value as the API writes it: posts[1].role.
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

// inHeader returns the value of a header in the type of its schema: a text or a
// number.
func inHeader(text string, schema *openapi3.Schema) any {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && schema.Type.Is("integer") {
		return n
	}
	return text
}
