package account

import (
	"context"
	"fmt"
	"time"

	"chaoxi/shared/staff"
)

// Outcome is what a line of the sign-in history tells. Its value is stored and
// answered.
type Outcome string

// The outcomes.
const (
	WasSignedIn     Outcome = "signed_in"
	WasAskedForCode Outcome = "second_step_asked" // the password was right, and a second step begins
	WasFailed       Outcome = "failed"            // wrong password or code, or the right one of somebody who gets no session
	WasLocked       Outcome = "locked"            // failed, and the name is locked by that
	WasSignedOut    Outcome = "signed_out"        // a session ended before its time
	WasNewDevice    Outcome = "new_device"        // a device is a known one from now on
)

// SignIn is a line of the sign-in history. A request inside a lock compares nothing
// and leaves no line: otherwise a stranger could write as many as they like.
type SignIn struct {
	Place      string // of the line in the history, for a cursor
	ID         string // of the session, or drawn
	At         time.Time
	Outcome    Outcome
	Client     Client // "" where none is known
	DeviceName string
	Address    string // "" for what somebody else did
}

// SignInHistoryLife is how long the sign-in history keeps a line.
const SignInHistoryLife = 200 * day

// line is a line about the session.
func (s Session) line(o Outcome, at time.Time, address string) SignIn {
	return SignIn{ID: s.ID, At: at, Outcome: o, Client: s.Client, DeviceName: s.DeviceName, Address: address}
}

// SessionReader reads people's sessions.
type SessionReader interface {
	// Sessions reads the sessions of a person, also those that are over.
	Sessions(context.Context, staff.EmployeeCode) ([]Session, error)
}

// EndedSessions are the lines of all live sessions of somebody, which something ends at
// now that raises the epoch. A is the account before that. Address is "" if somebody else
// does it. A session that begins between the reading and the writing has no such line.
func EndedSessions(sessions []Session, a Account, settings Settings, now time.Time, address string) []SignIn {
	var lines []SignIn
	for _, s := range sessions {
		if s.live(a, settings, now) {
			lines = append(lines, s.line(WasSignedOut, now, address))
		}
	}
	return lines
}

// SignInWriter writes lines of the history.
type SignInWriter interface {
	// AddSignIn writes a line of somebody's history.
	AddSignIn(ctx context.Context, c staff.EmployeeCode, line SignIn) error
}

// SignInHistory reads people's sign-in histories.
type SignInHistory struct {
	Store SignInReader
	Keys  Keys
	Now   func() time.Time
}

// SignInReader reads lines of the history.
type SignInReader interface {
	// SignIns reads at most limit lines of the history, newest first, none of them
	// older than since. It begins after the line at the place after, or with the
	// newest line if after is "".
	SignIns(ctx context.Context, c staff.EmployeeCode, since time.Time, after string, limit int) ([]SignIn, error)
}

// Page returns a page of somebody's history, newest first, and the cursor of the next
// page, which is "" at the end. The cursor is good for the reader alone.
func (h SignInHistory) Page(ctx context.Context, reader Caller, of staff.EmployeeCode, limit int, cursor string) ([]SignIn, string, error) {
	seal := CursorCodec{h.Keys, []string{"sign-ins", reader.Staff.String(), of.String()}}
	after, err := seal.Decode(cursor)
	if err != nil {
		return nil, "", err
	}
	lines, err := h.Store.SignIns(ctx, of, h.Now().Add(-SignInHistoryLife), after, limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("read the sign-ins: %w", err)
	}
	if len(lines) <= limit {
		return lines, "", nil
	}
	return lines[:limit], seal.Encode(lines[limit-1].Place), nil
}
