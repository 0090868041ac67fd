// Package audit is the one vocabulary of the audit: an entry, what it is about, what
// was done, and which fields changed.
//
// It writes nothing. Use cases make an entry with New, and storage writes it in the
// transaction of the change that it tells of. Nobody changes an entry afterwards. Look
// first at Entry, then at Actions, the catalogue of what is audited.
package audit

import (
	"fmt"
	"io"
	"time"

	"chaoxi/shared/staff"
)

// Entry says who did what to whom, when and from where.
type Entry struct {
	ID      string
	At      time.Time
	Actor   staff.EmployeeCode // zero: the operator or, of RaiseRecovery and Lock, somebody who did not prove who they are
	Subject Subject
	Action  Action
	Changes []Change
	// Whole are the changes that Changes has Hidden, with their values as they are.
	// They are kept apart from the entry, for those who may reveal them.
	Whole  []Change
	Reason string
	Call   Call
	// Version is the version that the change gave the subject's record, 0 if it gave
	// none. Storage fills it in, in the transaction of the change.
	Version int64
}

// Change is one field before and after, masked as in every answer. An empty text
// stands for an absent value.
type Change struct {
	Field, Old, New string
	// Hidden says that the values can be revealed. They differ, also where their masks
	// are the same.
	Hidden bool
}

// Hide adds a change of a value that answers mask: shown to Changes and, if it
// replaces a value, whole to Whole.
func (e *Entry) Hide(shown, whole Change) {
	if whole.Old != "" && whole != shown {
		shown.Hidden = true
		e.Whole = append(e.Whole, whole)
	}
	e.Changes = append(e.Changes, shown)
}

// Call is the request behind a change, as far as it does not depend on the body.
type Call struct {
	Address string // source address, as the gateway saw it
	ID      string // request id
}

// New makes an entry without changes and reason. The id comes from 16 bytes of
// random.
func New(random io.Reader, at time.Time, call Call, actor staff.EmployeeCode, action Action, subject Subject) (Entry, error) {
	id, err := staff.NewID(random)
	if err != nil {
		return Entry{}, fmt.Errorf("make an audit entry: %w", err)
	}
	return Entry{ID: id, At: at, Actor: actor, Subject: subject, Action: action, Call: call}, nil
}
