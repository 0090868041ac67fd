package account

import (
	"context"
	"fmt"
	"io"
	"time"

	"chaoxi/shared/audit"
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

// linesOf are the lines of a session that begins: its own, those of the sessions that
// it displaces, and that of its device if that was not known before.
func linesOf(s Session, slots SlotSwap, newDevice bool, address string) []SignIn {
	lines := []SignIn{s.line(WasSignedIn, s.CreatedAt, address)}
	for _, other := range slots.Displaced {
		lines = append(lines, other.line(WasSignedOut, s.CreatedAt, address))
	}
	if newDevice {
		lines = append(lines, s.line(WasNewDevice, s.CreatedAt, address))
	}
	return lines
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

// newDeviceLine is the line of a device that a new password makes known.
func newDeviceLine(id string, d Device, now time.Time, address string) SignIn {
	return SignIn{ID: id, At: now, Outcome: WasNewDevice, DeviceName: d.Name, Address: address}
}

// Trace is what a failure leaves for whoever it hurts.
type Trace struct {
	// Staff is whose failure it is. It is zero if the name is nobody's. Then storage
	// writes as many items of the same size elsewhere, where nobody reads them: by
	// the time and the size of calls nobody may learn whose names there are.
	Staff staff.EmployeeCode
	Line  *SignIn      // in the sign-in history, nil for none
	Lock  *audit.Entry // in the audit, if the failure has locked the key, else nil
}

// TraceStore counts failures that leave a trace.
type TraceStore interface {
	// TraceFailure does what SwapFailures does, and writes the trace in the same
	// transaction.
	TraceFailure(ctx context.Context, key string, was, now Failures, t Trace) (Failures, error)
}

// tracer makes the trace of one failure.
type tracer struct {
	staff staff.EmployeeCode
	line  *SignIn // without the outcome
	lock  audit.Entry
}

// newTracer draws the ids that the trace may need. Line is nil for a failure that is no
// sign-in. The entry of a lock has no actor: nobody knows who typed the passwords.
func newTracer(random io.Reader, now time.Time, call audit.Call, of staff.EmployeeCode, line *SignIn) (tracer, error) {
	entry, err := audit.New(random, now, call, staff.EmployeeCode{}, audit.Lock, audit.OfStaff(of))
	if err != nil {
		return tracer{}, err
	}
	if line != nil {
		l := *line
		if l.ID, err = staff.NewID(random); err != nil {
			return tracer{}, fmt.Errorf("draw the id of a line: %w", err)
		}
		l.At, l.Address = now, call.Address
		line = &l
	}
	return tracer{of, line, entry}, nil
}

// of is the trace of a failure after which a key has f.
func (t tracer) of(f Failures, now time.Time) Trace {
	trace := Trace{Staff: t.staff}
	locks := f.LockedUntil.After(now)
	if t.line != nil {
		line := *t.line
		if line.Outcome = WasFailed; locks {
			line.Outcome = WasLocked
		}
		trace.Line = &line
	}
	if locks {
		entry := t.lock
		entry.Changes = []audit.Change{{Field: "lockedUntil", New: f.LockedUntil.UTC().Format(time.RFC3339)}}
		trace.Lock = &entry
	}
	return trace
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
