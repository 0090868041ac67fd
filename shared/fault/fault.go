// Package fault has every answer that is not a success. Each is an Error in the
// catalogue (catalogue.go), with a kind, a stable code, and a sentence in Chinese and
// in English.
//
// It knows no HTTP status and no JSON; package httpapi translates. An error that is
// not an *Error is a bug, unless the time ran out (that is Unavailable): the log gets
// all of it, the caller gets Internal.
//
// Look first at Catalogue, then at Error.
package fault

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
	"unicode/utf8"
)

// Kind is the class of a failure. Package httpapi translates it to an HTTP status and
// a level of the log.
type Kind int

// The kinds. KindInternal is zero, so an Error without a kind is one.
const (
	KindInternal        Kind = iota // a bug
	KindMalformed                   // the body is not what the route reads, or a code is wrong
	KindInvalid                     // well formed, but a value breaks a rule
	KindUnauthenticated             // we do not know who is asking
	KindForbidden                   // we know who is asking, and they may not do it
	KindNotFound                    // no such thing, or not one that the caller may see
	KindConflict                    // the present state of things does not allow it
	KindGone                        // it was valid once and will not be again, such as an old code
	KindTooLarge                    // a body longer than we read
	KindMediaType                   // a body that is not JSON
	KindLimited                     // too often; RetryAfter says when to try again
	KindUnavailable                 // another service failed or was too slow; trying again may help
)

// Error is a failure that the caller is told of. All requests share those of the
// catalogue, so nothing may change one: the methods below return changed copies.
type Error struct {
	Kind       Kind
	Code       string // for programs: snake_case, stable, never reused
	Zh, En     string // for people: one sentence each
	Fields     []Field
	RetryAfter time.Duration  // when to try again; 0: the answer does not say
	Extensions map[string]any // further members of the answer, such as remaining
	Cause      error          // for operators: logged, never sent
}

// Field is one field of the request with the reason why it is refused.
type Field struct {
	Path string // as the client spells it: posts[1].role
	// Row and Column say where a file has the field: the sheet's own number, and the
	// column's letter and header, such as "C 手机号". They are zero where there is no file.
	Row    int
	Column string
	FieldCode
}

// FieldCode is a reason to refuse a field: Code for programs, a sentence in Chinese
// and in English for people.
type FieldCode struct{ Code, Zh, En string }

// Format returns a copy of c with args filled into both sentences, as by [fmt.Sprintf].
func (c FieldCode) Format(args ...any) FieldCode {
	c.Zh, c.En = fmt.Sprintf(c.Zh, args...), fmt.Sprintf(c.En, args...)
	return c
}

// Error is the text for the log: the code, the refused fields, the cause.
func (e *Error) Error() string {
	s := e.Code
	for _, f := range e.Fields {
		s += " " + f.Path + ":" + f.Code
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// CodeOf is the code of an error: that of the Error in it, or Internal's.
func CodeOf(err error) string {
	var known *Error
	if errors.As(err, &known) {
		return known.Code
	}
	return Internal.Code
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is compares codes, so that [errors.Is] holds for the copies that the methods below
// make.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Because returns a copy of e with a cause, which is logged and not sent.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.Cause = cause
	return &c
}

// Becausef is Because with a formatted cause.
func (e *Error) Becausef(format string, args ...any) *Error {
	return e.Because(fmt.Errorf(format, args...))
}

// RetryIn returns a copy of e that tells the caller when to try again.
func (e *Error) RetryIn(d time.Duration) *Error {
	c := *e
	c.RetryAfter = d
	return &c
}

// With returns a copy of e whose answer has one more member. value is what
// encoding/json takes.
func (e *Error) With(member string, value any) *Error {
	c := *e
	c.Extensions = maps.Clone(e.Extensions)
	if c.Extensions == nil {
		c.Extensions = map[string]any{}
	}
	c.Extensions[member] = value
	return &c
}

// Remaining returns a copy of e that tells the caller how many tries are left.
func (e *Error) Remaining(n int) *Error { return e.With("remaining", n) }

// AtField returns a copy of e that names one more field. path is as in Field.
func (e *Error) AtField(path string, code FieldCode) *Error {
	c := *e
	c.Fields = append(append([]Field(nil), e.Fields...), Field{Path: clip(path), FieldCode: code})
	return &c
}

// clip shortens a long path. The path of an unknown field is the caller's own text,
// and the answer repeats it.
func clip(path string) string {
	const most = 80 // longer than any path that we know
	if utf8.RuneCountInString(path) <= most {
		return path
	}
	return string([]rune(path)[:most]) + "…"
}

// Format returns a copy of e with args filled into both sentences, as by
// [fmt.Sprintf].
func (e *Error) Format(args ...any) *Error {
	c := *e
	c.Zh, c.En = fmt.Sprintf(e.Zh, args...), fmt.Sprintf(e.En, args...)
	return &c
}

// WithMessage returns a copy of e with other sentences. They say the same as those of the
// catalogue, but more exactly.
func (e *Error) WithMessage(zh, en string) *Error {
	c := *e
	c.Zh, c.En = zh, en
	return &c
}

// Fields collects the refused fields of a request, so that the caller is told all of
// them at once. The zero value is ready to use.
type Fields struct{ found []Field }

// MaxFields is how many fields one answer names at the most. A body can hold tens of
// thousands of flaws, and more than this help nobody.
const MaxFields = 200

// Add notes that the field at path is refused. For each path the first code counts.
func (f *Fields) Add(path string, code FieldCode) {
	if len(f.found) >= MaxFields {
		return
	}
	path = clip(path)
	for _, have := range f.found {
		if have.Path == path {
			return
		}
	}
	f.found = append(f.found, Field{Path: path, FieldCode: code})
}

// AddAt is Add for a field that stands in a file. Each column of each row counts apart.
func (f *Fields) AddAt(field Field) {
	if len(f.found) < MaxFields && !slices.ContainsFunc(f.found, func(have Field) bool {
		return have.Path == field.Path && have.Row == field.Row && have.Column == field.Column
	}) {
		f.found = append(f.found, field)
	}
}

// Len is how many fields have been noted.
func (f *Fields) Len() int { return len(f.found) }

// Err returns FieldInvalid with all noted fields, or nil if there are none.
func (f *Fields) Err() error {
	if len(f.found) == 0 {
		return nil
	}
	e := *FieldInvalid
	e.Fields = f.found
	return &e
}
