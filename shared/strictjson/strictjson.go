// Package strictjson decodes the bodies of requests. It refuses what encoding/json
// takes in silence: unknown and repeated fields, names in another case, null for any
// type, half a surrogate pair. And it names all fields of a wrong type at once.
//
// It does not check what values mean; the types of the fields and the use cases do.
//
// Look first at Decode.
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

// maxDepth is how deep the values of a body may nest. Those of our requests nest four
// deep at the most.
const maxDepth = 16

// Decode reads body as exactly one JSON object into v, a pointer to a struct. The
// object may lack fields.
//
// It answers BodyInvalid if the body is not such an object, or if a field is unknown
// (for instance misspelled or in another case) or repeated: that is a bug of the
// client, which silence would hide. It answers FieldInvalid, with all such fields, if
// a value is of the wrong type, if it is null and the field is neither an [optional.Value]
// nor a pointer, or if UnmarshalText of the field's type refuses the text.
func Decode(body []byte, v any) error {
	if !utf8.Valid(body) || bytes.ContainsRune(body, utf8.RuneError) { // gateways put U+FFFD in place of bytes that are not UTF-8
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

// paired reports whether every escaped surrogate has its other half: "\ud83d" alone
// has not, and encoding/json would read U+FFFD, which the client has not sent. body
// is valid JSON.
func paired(body []byte) bool {
	for {
		at := bytes.IndexByte(body, '\\')
		if at < 0 {
			return true
		}
		body = body[at:]
		switch unit := escapedUnit(body); {
		case !utf16.IsSurrogate(unit):
			body = body[2:] // two, since the character after the backslash may be a backslash itself
		case utf16.DecodeRune(unit, escapedUnit(body[6:])) == unicode.ReplacementChar:
			return false
		default:
			body = body[12:]
		}
	}
}

// escapedUnit returns the UTF-16 code unit with which b begins, if that is \u and
// four hexadecimal digits, and 0 otherwise.
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

// malformed returns err if it is a fault already, and otherwise BodyInvalid with err
// as its cause.
func malformed(err error) error {
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	return fault.BodyInvalid.Because(err)
}

// checker walks through a body together with the type into which it is decoded.
type checker struct {
	dec   *json.Decoder
	types fault.Fields // fields of a wrong type, found so far
}

// value checks the next value against the type t. It notes a wrong type in c.types
// and goes on. Anything else that is wrong is an error and ends the walk.
func (c *checker) value(t reflect.Type, path string, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("nested more than %d deep", maxDepth)
	}
	optional := false
	if o, ok := reflect.New(t).Elem().Interface().(interface{ Element() reflect.Type }); ok {
		t, optional = o.Element(), true
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

// object checks the rest of an object, whose { was read, against the struct t.
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
			return fault.BodyInvalid.AtField(cmp.Or(at, `""`), fault.Unknown)
		case seen[name]:
			return fault.BodyInvalid.AtField(at, fault.Duplicate)
		}
		seen[name] = true
		if err := c.value(field, at, depth+1); err != nil {
			return err
		}
	}
	_, err := c.dec.Token()
	return err
}

// membersOf adds the JSON names and types of the fields of the struct t to the map,
// with those of embedded structs.
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

// array checks the rest of an array, whose [ was read. Its elements are of type t.
func (c *checker) array(t reflect.Type, path string, depth int) error {
	for i := 0; c.dec.More(); i++ {
		if err := c.value(t, fmt.Sprintf("%s[%d]", path, i), depth+1); err != nil {
			return err
		}
	}
	_, err := c.dec.Token()
	return err
}

// skip reads to the end of an object or array whose opening bracket was read.
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
