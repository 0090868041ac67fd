// Package strictjson decodes the bodies of requests. encoding/json alone takes
// repeated fields, fields in another case, null for anything and half a character.
package strictjson

import (
	"bytes"
	"cmp"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"chaoxi/shared/fault"
)

// maxDepth is how deep a body may nest: no request of ours goes beyond four.
const maxDepth = 16

// Optional is a field of a change: absent, null, or a value.
type Optional[T any] struct {
	Set   bool
	Null  bool
	Value T
}

// UnmarshalJSON implements [json.Unmarshaler]; it is not called for a field
// that is absent.
func (o *Optional[T]) UnmarshalJSON(b []byte) error {
	o.Set = true
	if string(b) == "null" {
		o.Null = true
		return nil
	}
	return json.Unmarshal(b, &o.Value)
}

func (Optional[T]) element() reflect.Type { return reflect.TypeFor[T]() }

// Decode reads body as exactly one JSON object of the shape of v, a pointer to a
// struct.
//
// What is no such object is BodyInvalid: a misspelled, repeated or wrongly cased
// field is a bug in the caller, and silence would hide it. A field whose value is
// of the wrong type, null without being [Optional] or a pointer, or no text that
// its type takes, is FieldInvalid.
func Decode(body []byte, v any) error {
	if !utf8.Valid(body) || bytes.ContainsRune(body, utf8.RuneError) { // which gateways make of bytes that are no UTF-8
		return fault.BodyInvalid.Becausef("not UTF-8")
	}
	c := checker{dec: json.NewDecoder(bytes.NewReader(body))}
	c.dec.UseNumber()
	if err := c.value(reflect.TypeOf(v).Elem(), "", 0); err != nil {
		return malformed(err)
	}
	if _, err := c.dec.Token(); !errors.Is(err, io.EOF) {
		return fault.BodyInvalid.Becausef("more than one value")
	}
	if !paired(body) {
		return fault.BodyInvalid.Becausef("half a surrogate pair")
	}
	if err := c.types.Err(); err != nil {
		return err
	}
	if err := json.Unmarshal(body, v); err != nil {
		return malformed(err)
	}
	return nil
}

// paired reports whether every escaped surrogate has its other half. Of one that
// has not, encoding/json makes U+FFFD: something else than was sent. The syntax
// of body is right.
func paired(body []byte) bool {
	for {
		at := bytes.IndexByte(body, '\\')
		if at < 0 {
			return true
		}
		body = body[at:]
		switch unit := escapedUnit(body); {
		case !utf16.IsSurrogate(unit):
			body = body[2:] // the character after the backslash may be one itself
		case utf16.DecodeRune(unit, escapedUnit(body[6:])) == unicode.ReplacementChar:
			return false
		default:
			body = body[12:]
		}
	}
}

// escapedUnit is the UTF-16 code unit that b begins with, as \u and four digits;
// 0 if it begins with something else.
func escapedUnit(b []byte) rune {
	if len(b) < 6 || string(b[:2]) != `\u` {
		return 0
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	if err != nil {
		return 0
	}
	return rune(n)
}

// malformed is err if it is a fault already, else BodyInvalid because of it.
func malformed(err error) error {
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	return fault.BodyInvalid.Because(err)
}

// checker walks a body along the type that it is meant for.
type checker struct {
	dec   *json.Decoder
	types fault.Fields
}

func (c *checker) value(t reflect.Type, path string, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("nested more than %d deep", maxDepth)
	}
	optional := false
	if o, ok := reflect.New(t).Elem().Interface().(interface{ element() reflect.Type }); ok {
		t, optional = o.element(), true
	}
	if t.Kind() == reflect.Pointer {
		t, optional = t.Elem(), true
	}
	token, err := c.dec.Token()
	if err != nil {
		return err
	}
	leaf, parses := reflect.New(t).Interface().(encoding.TextUnmarshaler)
	if path == "" && token != json.Delim('{') {
		return errors.New("not an object")
	}
	fits := false
	switch token := token.(type) {
	case json.Delim:
		switch {
		case token == '{' && t.Kind() == reflect.Struct && !parses:
			return c.object(t, path, depth)
		case token == '[' && t.Kind() == reflect.Slice:
			return c.array(t.Elem(), path, depth)
		}
		c.types.Add(path, fault.WrongType)
		return c.skip(token, depth)
	case nil:
		fits = optional
	case string:
		if parses {
			if err := leaf.UnmarshalText([]byte(token)); err != nil {
				c.types.Add(path, fault.Invalid)
			}
			return nil
		}
		fits = t.Kind() == reflect.String
	case bool:
		fits = t.Kind() == reflect.Bool
	case json.Number:
		switch t.Kind() {
		case reflect.Int, reflect.Int64:
			_, err := token.Int64()
			fits = err == nil
		}
	}
	if !fits && token == nil {
		c.types.Add(path, fault.Required)
	} else if !fits {
		c.types.Add(path, fault.WrongType)
	}
	return nil
}

func (c *checker) object(t reflect.Type, path string, depth int) error {
	fields := map[string]reflect.Type{}
	membersOf(t, fields)
	seen := map[string]bool{}
	for c.dec.More() {
		token, err := c.dec.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string)
		at := strings.TrimPrefix(path+"."+name, ".")
		field, known := fields[name]
		switch {
		case !known:
			return fault.BodyInvalid.On(cmp.Or(at, `""`), fault.Unknown)
		case seen[name]:
			return fault.BodyInvalid.On(at, fault.Duplicate)
		}
		seen[name] = true
		if err := c.value(field, at, depth+1); err != nil {
			return err
		}
	}
	_, err := c.dec.Token()
	return err
}

// membersOf adds the members of a struct, with those of structs embedded in it.
func membersOf(t reflect.Type, to map[string]reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			membersOf(f.Type, to)
		case name != "" && name != "-":
			to[name] = f.Type
		}
	}
}

func (c *checker) array(t reflect.Type, path string, depth int) error {
	for i := 0; c.dec.More(); i++ {
		if err := c.value(t, fmt.Sprintf("%s[%d]", path, i), depth+1); err != nil {
			return err
		}
	}
	_, err := c.dec.Token()
	return err
}

// skip reads to the end of an object or array whose beginning was read.
func (c *checker) skip(open json.Delim, depth int) error {
	for nested := 1; nested > 0; {
		token, err := c.dec.Token()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			if nested++; depth+nested > maxDepth {
				return fmt.Errorf("nested more than %d deep", maxDepth)
			}
		case json.Delim('}'), json.Delim(']'):
			nested--
		}
	}
	return nil
}
