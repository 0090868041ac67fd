package httpapi

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"reflect"
	"strings"
	"unicode/utf8"

	"chaoxi/shared/fault"
)

// MaxBody is how long a JSON body may be, in bytes.
const MaxBody = 64 << 10

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

// Decode reads the body as exactly one JSON object of the shape of T.
//
// What is no such object is BodyInvalid (MediaType, TooLarge): a misspelled,
// repeated or wrongly cased field is a bug in the caller, and silence would
// hide it. A field whose value is of the wrong type is FieldInvalid.
func Decode[T any](r *Request) (T, error) {
	var v T
	if media, _, err := mime.ParseMediaType(r.Header("Content-Type")); err != nil || media != "application/json" {
		return v, fault.MediaType
	}
	body, err := r.bodyOf()
	if err != nil {
		return v, fault.BodyInvalid.Becausef("base64: %w", err)
	}
	if len(body) > MaxBody {
		return v, fault.TooLarge
	}
	if err := DecodeBytes(body, &v); err != nil {
		return v, err
	}
	return v, nil
}

// DecodeBytes is Decode without the HTTP around it.
func DecodeBytes(body []byte, v any) error {
	if !utf8.Valid(body) {
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
	if err := c.types.Err(); err != nil {
		return err
	}
	if err := json.Unmarshal(body, v); err != nil {
		return malformed(err)
	}
	return nil
}

// malformed is err if it is a fault already, else BodyInvalid because of it.
func malformed(err error) error {
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	return fault.BodyInvalid.Because(err)
}

// checker walks a body along the type that it is meant for. encoding/json alone
// takes repeated fields, fields in another case, and null for anything.
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
	leaf := reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
	fits := false
	switch token := token.(type) {
	case json.Delim:
		switch {
		case token == '{' && t.Kind() == reflect.Struct && !leaf:
			return c.object(t, path, depth)
		case token == '[' && t.Kind() == reflect.Slice:
			return c.array(t.Elem(), path, depth)
		}
		if path == "" {
			return errors.New("not an object")
		}
		c.types.Add(path, fault.WrongType)
		return c.skip(token, depth)
	case nil:
		fits = optional
	case string:
		fits = t.Kind() == reflect.String || leaf
	case bool:
		fits = t.Kind() == reflect.Bool
	case json.Number:
		switch t.Kind() {
		case reflect.Int, reflect.Int64:
			_, err := token.Int64()
			fits = err == nil
		}
	}
	if path == "" {
		return errors.New("not an object")
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
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		fields[name] = t.Field(i).Type
	}
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
			return fault.BodyInvalid.On(clip(at), fault.Unknown)
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

// clip bounds a name that the caller made up before it is said back.
func clip(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}
