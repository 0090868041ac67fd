package account

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/fold"
	"chaoxi/shared/staff"
)

// currentPassword asks somebody who is signed in for the password, before a change
// that could lock the person out: the session may be stolen, or left open on a
// shared computer.
//
// Its failures have a lockout key of their own, one a person. So a thief cannot guess
// more often by several sessions, and a person whose name was locked by strangers can
// still change the password. The limits are those of sign-ins, and failures are
// cleared together with those of sign-ins.
type currentPassword struct {
	attempt
	store  CurrentPasswordStore
	hasher Hasher
	random io.Reader
}

// CurrentPasswordStore is what currentPassword asks of storage.
type CurrentPasswordStore interface {
	FailureStore
	TraceStore
	AddressStore
	// PersonBeside reads in one trip a person, the Failures of a lockout key, and the
	// owner of a phone: the zero code if the phone is nobody's, or zero itself.
	PersonBeside(ctx context.Context, c staff.EmployeeCode, lockKey string, phone staff.Phone) (Person, Failures, staff.EmployeeCode, error)
}

// proven is somebody who knows the password.
type proven struct {
	Person
	owner staff.EmployeeCode          // of the phone that was asked for
	undo  func(context.Context) error // ends the try that prove counted
}

// prove counts a try, then compares the password. If that is right, the caller ends
// the try. Beside is done in the same trip as the try is counted.
func (cp currentPassword) prove(ctx context.Context, call audit.Call, c Caller, password string, phone staff.Phone, beside ...func(staff.Staff) error) (proven, error) {
	lockKey := cp.keys.MAC("current-password", c.Staff.String())
	var p proven
	var seen Failures
	var use AddressUse
	err := parallel(
		func() (err error) { use, err = cp.use(ctx); return err },
		func() (err error) {
			p.Person, seen, p.owner, err = cp.store.PersonBeside(ctx, c.Staff, lockKey, phone)
			return err
		},
	)
	switch {
	case err != nil:
		return proven{}, fmt.Errorf("read the caller: %w", err)
	case p.Account.Epoch != c.Epoch, !p.Staff.CanSignIn():
		return proven{}, fault.SessionExpired // a moment ago
	}
	if err := cp.calls(use); err != nil {
		return proven{}, err
	}
	lock := lockout{cp.store, lockKey, cp.settings.signInLimits(), p.Account.ClearedAt}
	var try openTry
	var wait time.Duration
	failures := make([]error, len(beside))
	steps := []func() error{func() (err error) { try, wait, err = lock.begin(ctx, seen, cp.now); return err }}
	for i, step := range beside {
		steps = append(steps, func() error { failures[i] = step(p.Staff); return nil })
	}
	err = parallel(steps...)
	switch {
	case err != nil:
		return proven{}, err
	case wait > 0:
		return proven{}, cp.failed(ctx, locked(wait))
	}
	if err := cmp.Or(failures...); err != nil {
		try.abandon(ctx)
		return proven{}, fmt.Errorf("read what goes with the caller: %w", err)
	}
	right, err := cp.hasher.Verify(p.Account.Password, fold.Secret(password))
	if err != nil {
		try.abandon(ctx)
		return proven{}, fmt.Errorf("verify the password: %w", err)
	}
	if !right {
		trace, err := newTracer(cp.random, cp.now, call, c.Staff, nil)
		if err != nil {
			return proven{}, err
		}
		return proven{}, cp.wrongPassword(ctx, try, cp.store, trace)
	}
	p.undo = func(ctx context.Context) error { return try.right(ctx, false) }
	return p, nil
}
