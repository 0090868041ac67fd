package account

import (
	"context"
	"fmt"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// currentPassword asks who holds a session for the password, before anything is
// changed by which the person could be shut out: a session may have been left
// open, or stolen.
//
// Its failures count under a name of their own, one for the person whatever the
// session: whoever holds a session guesses no further than who holds none, and a
// name that strangers have locked does not keep its person from changing the
// password. They lock as sign-ins do, and what clears those clears them.
type currentPassword struct {
	attempt
	store  CurrentPasswordStore
	hasher Hasher
}

// CurrentPasswordStore is what asking for the current password takes.
type CurrentPasswordStore interface {
	FailureStore
	AddressStore
	// PersonBeside reads, in one trip, a person, the Failures of a guard, and
	// whose a phone is: the zero code if it is nobody's, or zero itself.
	PersonBeside(ctx context.Context, c staff.EmployeeCode, guard string, phone staff.Phone) (Person, Failures, staff.EmployeeCode, error)
}

// proven is somebody who knows the password.
type proven struct {
	Person
	owner staff.EmployeeCode // of the phone that was asked for
	// forgive takes the failure back that was counted before it was known to be
	// none.
	forgive func(context.Context) error
}

// prove counts a failure, then compares.
func (cp currentPassword) prove(ctx context.Context, c Caller, password string, phone staff.Phone) (proven, error) {
	guard := cp.keys.MAC("current-password", c.Staff.String())
	var p proven
	var seen Failures
	err := parallel(
		func() error { return cp.refuse(ctx) },
		func() (err error) {
			p.Person, seen, p.owner, err = cp.store.PersonBeside(ctx, c.Staff, guard, phone)
			return err
		},
	)
	switch {
	case err != nil:
		return proven{}, fmt.Errorf("read the caller: %w", err)
	case p.Account.Epoch != c.Epoch, !p.Staff.CanSignIn():
		return proven{}, fault.SessionExpired // a moment ago
	}
	lock := lockout{cp.store, guard, cp.settings.signInLimits(), p.Account.ClearedAt}
	counted, wait, err := lock.count(ctx, seen, cp.now)
	switch {
	case err != nil:
		return proven{}, err
	case wait > 0:
		return proven{}, cp.failed(ctx, locked(wait))
	}
	right, err := cp.hasher.Verify(p.Account.Password, password)
	if err != nil {
		return proven{}, fmt.Errorf("verify the password: %w", err)
	}
	if !right {
		return proven{}, cp.failed(ctx, lock.wrongPassword(counted, cp.now))
	}
	p.forgive = func(ctx context.Context) error {
		return cp.store.Forgive(ctx, guard, Forgiveness{Own: true})
	}
	return p, nil
}
