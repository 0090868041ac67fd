// Package fault is the vocabulary of failure: every answer that is not a
// success has an entry in the catalogue (catalogue.go), with a kind, a stable
// code and a sentence in Chinese and English.
//
// It knows no HTTP status and no JSON; package httpapi translates. An error
// that is not a *Error is internal: logged in full, shown as Internal.
package fault

import (
	"fmt"
	"maps"
	"time"
	"unicode/utf8"
)

// Kind is the class of a failure. Adapters translate it (to an HTTP status, to
// a log level).
type Kind int

// The kinds. Internal is zero, so that forgetting is safe.
const (
	KindInternal        Kind = iota // a bug
	KindMalformed                   // not a request at all, or a secret that does not fit
	KindInvalid                     // well formed, but a value breaks a rule
	KindUnauthenticated             // we do not know who is asking
	KindForbidden                   // we know, and they may not
	KindNotFound
	KindConflict  // true when asked, no longer true when written
	KindGone      // was true once, and never will be again
	KindTooLarge  // more bytes than we read
	KindMediaType // bytes of a kind we do not read
	KindLimited   // too often; RetryAfter says when
	KindUnavailable
)

// Error is a failure that the caller is meant to see.
type Error struct {
	Kind       Kind
	Code       string // for programs: snake_case, stable, never reused
	Zh, En     string // for people: one sentence each
	Fields     []Field
	RetryAfter time.Duration
	Extensions map[string]any // further members of the answer, such as remaining
	Cause      error          // for operators: logged, never sent
}

// Field is what is wrong with one field of the request.
type Field struct {
	Path string // as the client spells it: posts[1].role
	FieldCode
}

// FieldCode says what is wrong, for programs and for people.
type FieldCode struct{ Code, Zh, En string }

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

func (e *Error) Unwrap() error { return e.Cause }

// Is matches on Code, so that errors.Is holds for the copies made below.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Because returns a copy of e that carries cause to the log.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.Cause = cause
	return &c
}

// Becausef is Because with a formatted cause.
func (e *Error) Becausef(format string, args ...any) *Error {
	return e.Because(fmt.Errorf(format, args...))
}

// After returns a copy of e that tells the caller when to try again.
func (e *Error) After(d time.Duration) *Error {
	c := *e
	c.RetryAfter = d
	return &c
}

// With returns a copy of e whose answer has one more member.
func (e *Error) With(member string, value any) *Error {
	c := *e
	c.Extensions = maps.Clone(e.Extensions)
	if c.Extensions == nil {
		c.Extensions = map[string]any{}
	}
	c.Extensions[member] = value
	return &c
}

// Remaining returns a copy of e that says how many tries are left.
func (e *Error) Remaining(n int) *Error { return e.With("remaining", n) }

// On returns a copy of e that names a field.
func (e *Error) On(path string, code FieldCode) *Error {
	c := *e
	c.Fields = append(append([]Field(nil), e.Fields...), Field{Path: clip(path), FieldCode: code})
	return &c
}

// clip bounds a path that the caller may have made up before it is said back.
func clip(path string) string {
	const most = 80 // none of ours is as long
	if utf8.RuneCountInString(path) <= most {
		return path
	}
	return string([]rune(path)[:most]) + "…"
}

// Saying returns a copy of e whose sentences are filled in with args.
func (e *Error) Saying(args ...any) *Error {
	c := *e
	c.Zh, c.En = fmt.Sprintf(e.Zh, args...), fmt.Sprintf(e.En, args...)
	return &c
}

// Worded returns a copy of e with sentences for the case at hand. They must say
// what those of the catalogue say, only more exactly.
func (e *Error) Worded(zh, en string) *Error {
	c := *e
	c.Zh, c.En = zh, en
	return &c
}

// Fields collects what is wrong with a request, so that its sender is told all
// of it at once. The zero value is ready.
type Fields struct{ found []Field }

// MaxFields is how many flaws of one request are kept: more help nobody, and one
// body could hold tens of thousands.
const MaxFields = 200

// Add notes a flaw. The first one of a path is kept.
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

// Err is nil if nothing was noted, else FieldInvalid with all of it.
func (f *Fields) Err() error {
	if len(f.found) == 0 {
		return nil
	}
	e := *FieldInvalid
	e.Fields = f.found
	return &e
}
