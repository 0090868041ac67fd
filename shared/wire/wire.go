// Package wire holds the JSON shapes that more than one route answers or takes: a
// person's record, an organisation, a session, the fields of an edit.
//
// It only converts between these shapes and the domain's types. It decides nothing
// and knows no headers. The shapes of a single route stand in the handler of its
// function.
//
// Look first at Record, which answers a person, and at Person, which edits one.
package wire

import "time"

// Time returns the wire form of a time: RFC 3339, UTC, to the second.
func Time(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Null returns the wire form of a text that may be absent: null for "".
func Null(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
