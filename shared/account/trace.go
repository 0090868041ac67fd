package account

import (
	"context"
	"fmt"
	"io"
	"time"

	"chaoxi/shared/audit"
	"chaoxi/shared/staff"
)

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

// traced is wrong for a failure that leaves a trace.
func (t openTry) traced(ctx context.Context, store TraceStore, by tracer) (Failures, error) {
	return t.changeBy(ctx, t.seen, func(f Failures) (Failures, error) { return f.wrong(t.now, t.limits), nil }, func(ctx context.Context, key string, was, now Failures) (Failures, error) {
		return store.TraceFailure(ctx, key, was, now, by.of(now, t.now))
	})
}
