// Package clients makes of openapi.yaml the document that generators of clients read.
//
// openapi.yaml says of each answer which codes it has, and of each code what goes with
// it. It does so with conditions of JSON Schema, which generators refuse, or make an
// unusable type of for every answer. The derived document says the same in plain
// schemas, and less of it where there are none. Nothing is held against it: answers of
// tests are held against openapi.yaml.
//
// The folders beside it have small programs that use generated clients. cmd/clients
// builds and runs them. Look first at Derive.
package clients

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// notice stands at the top of the derived document.
const notice = "# Made of openapi.yaml by `make clients`, for generators of clients. Do not edit.\n"

// schemas is what references to schemas begin with.
const schemas = "#/components/schemas/"

// Derive returns the document for generators:
//
//   - Problem has no conditions (if, then, else) about which code goes with what.
//   - Each refusal is a Problem, whatever its status and code.
//   - A text that can be null and is one of a list has null in its type alone, and what
//     is always true is a boolean.
//   - A member that may be null in place of an object need not be there. Kotlin's client
//     takes null for a broken object where a member is required.
//   - A file, which has no schema, is a binary string.
//   - A list of texts with an empty one, or with "name", is any text. In Kotlin's client
//     the one has no name, and the other that of a member which each enum has.
//   - An operation that succeeds with two schemas has one instead, which is either of
//     them. Generators give an operation one type, and it would be that of the first.
func Derive(document []byte) ([]byte, error) {
	var root yaml.MapSlice
	if err := yaml.UnmarshalWithOptions(document, &root, yaml.UseOrderedMap()); err != nil {
		return nil, fmt.Errorf("read openapi.yaml: %w", err)
	}
	root = plain(root).(yaml.MapSlice)
	if err := joinSuccesses(root); err != nil {
		return nil, fmt.Errorf("derive of openapi.yaml: %w", err)
	}
	text, err := yaml.MarshalWithOptions(root, yaml.UseLiteralStyleIfMultiline(true))
	if err != nil {
		return nil, fmt.Errorf("write the derived document: %w", err)
	}
	return append([]byte(notice), text...), nil
}

// plain returns a node as generators can read it.
func plain(node any) any {
	switch node := node.(type) {
	case []any:
		list := make([]any, len(node))
		for i, member := range node {
			list[i] = plain(member)
		}
		return list
	case yaml.MapSlice:
		if isRefusal(node) {
			return reference("Problem")
		}
		var m yaml.MapSlice
		for _, member := range node {
			values, isList := member.Value.([]any)
			switch {
			case member.Key == "const" && at(node, "type") == "boolean",
				isList && member.Key == "allOf" && slices.ContainsFunc(values, isCondition):
				continue
			case isList && member.Key == "required":
				member.Value = slices.DeleteFunc(slices.Clone(values), func(name any) bool { return isObjectOrNull(at(node, "properties", name)) })
			case isList && member.Key == "enum" && (slices.Contains(values, any("")) || slices.Contains(values, any("name"))):
				continue
			case isList && member.Key == "enum":
				member.Value = slices.DeleteFunc(slices.Clone(values), func(v any) bool { return v == nil })
			default:
				member.Value = plain(member.Value)
			}
			if content, ok := member.Value.(yaml.MapSlice); ok && member.Key == "content" {
				member.Value = withFiles(content)
			}
			m = append(m, member)
		}
		return m
	}
	return node
}

// withFiles gives the media types that have no schema that of a file.
func withFiles(content yaml.MapSlice) yaml.MapSlice {
	for i, media := range content {
		if described, ok := media.Value.(yaml.MapSlice); ok && at(described, "schema") == nil {
			content[i].Value = append(described, yaml.MapItem{Key: "schema", Value: yaml.MapSlice{{Key: "type", Value: "string"}, {Key: "format", Value: "binary"}}})
		}
	}
	return content
}

// isRefusal reports whether a schema is a Problem of certain codes.
func isRefusal(schema yaml.MapSlice) bool {
	all, _ := at(schema, "allOf").([]any)
	return len(all) > 0 && at(all[0], "$ref") == schemas+"Problem"
}

// isCondition reports whether a schema is an if.
func isCondition(schema any) bool { return at(schema, "if") != nil }

// isObjectOrNull reports whether a schema takes null beside objects.
func isObjectOrNull(schema any) bool {
	types, _ := at(schema, "type").([]any)
	return slices.Contains(types, any("object")) && slices.Contains(types, any("null"))
}

// joinSuccesses gives each operation with several schemas for success one that is any
// of them.
func joinSuccesses(root yaml.MapSlice) error {
	named, ok := at(root, "components", "schemas").(yaml.MapSlice)
	if !ok {
		return errors.New("it has no schemas")
	}
	paths, _ := at(root, "paths").(yaml.MapSlice)
	for _, path := range paths {
		operations, _ := path.Value.(yaml.MapSlice)
		for _, operation := range operations {
			answers, _ := at(operation.Value, "responses").(yaml.MapSlice)
			var names []string
			for _, answer := range answers {
				schema := successSchema(root, answer)
				if schema == nil {
					continue
				}
				ref, _ := at(schema, "$ref").(string)
				if name := strings.TrimPrefix(ref, schemas); !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
			if len(names) < 2 {
				continue
			}
			if slices.Contains(names, "") {
				return fmt.Errorf("%v %v succeeds with several schemas, of which one has no name", operation.Key, path.Key)
			}
			either := strings.Join(names, "Or")
			if at(named, either) == nil {
				var all []any
				for _, name := range names {
					all = append(all, reference(name))
				}
				named = append(named, yaml.MapItem{Key: either, Value: yaml.MapSlice{{Key: "oneOf", Value: all}}})
			}
			for i, answer := range answers {
				if successSchema(root, answer) != nil {
					answers[i].Value = withSchema(resolve(root, answer.Value), reference(either))
				}
			}
		}
	}
	components := at(root, "components").(yaml.MapSlice)
	components[slices.IndexFunc(components, func(m yaml.MapItem) bool { return m.Key == "schemas" })].Value = named
	return nil
}

// successSchema returns the schema of an answer with JSON, nil if it is none or no
// success.
func successSchema(root yaml.MapSlice, answer yaml.MapItem) any {
	if status, _ := answer.Key.(string); !strings.HasPrefix(status, "2") {
		return nil
	}
	return at(resolve(root, answer.Value), "content", "application/json", "schema")
}

// withSchema returns a copy of an answer with another schema.
func withSchema(answer any, schema any) any {
	return with(answer, "content", with(at(answer, "content"), "application/json", with(at(answer, "content", "application/json"), "schema", schema)))
}

// with returns a copy of a map in which key has another value.
func with(node any, key string, value any) yaml.MapSlice {
	m := slices.Clone(node.(yaml.MapSlice))
	m[slices.IndexFunc(m, func(item yaml.MapItem) bool { return item.Key == key })].Value = value
	return m
}

// resolve returns what a node refers to, or the node.
func resolve(root yaml.MapSlice, node any) any {
	ref, ok := at(node, "$ref").(string)
	if !ok {
		return node
	}
	var found any = root
	for key := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
		found = at(found, key)
	}
	return found
}

// reference returns a schema that is the one of a name.
func reference(name string) yaml.MapSlice {
	return yaml.MapSlice{{Key: "$ref", Value: schemas + name}}
}

// at returns what is reached by keys, nil if there is nothing.
func at(node any, keys ...any) any {
	for _, key := range keys {
		m, ok := node.(yaml.MapSlice)
		i := slices.IndexFunc(m, func(item yaml.MapItem) bool { return item.Key == key })
		if !ok || i < 0 {
			return nil
		}
		node = m[i].Value
	}
	return node
}
