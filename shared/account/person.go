package account

import (
	"context"
	"fmt"
	"time"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// Person is somebody's record on the register, and what they sign in with.
type Person struct {
	Staff   staff.Staff
	Account Account
}

// PersonReader reads people.
type PersonReader interface {
	// Person reads a person. For a code that nobody has it returns the zero Person,
	// at the same cost.
	Person(context.Context, staff.EmployeeCode) (Person, error)
}

// PersonStore finds people by a name, and counts failures.
type PersonStore interface {
	PersonReader
	FailureStore
	AddressStore
	// FindName returns the owner of a name, or the zero code, and the Failures of
	// the lockout key.
	FindName(ctx context.Context, name staff.SignInName, key string) (staff.EmployeeCode, Failures, error)
}

// lookup finds a person by account and name, to begin an activation or a recovery.
// Its failures count by account together with source address, for both flows.
type lookup struct {
	attempt
	store   PersonStore
	account staff.SignInName
	lockKey string
}

func newLookup(store PersonStore, keys Keys, s Settings, now time.Time, account, address string) lookup {
	name := staff.ParseSignInName(account)
	return lookup{newAttempt(store, keys, s, now, address), store, name, keys.MAC("miss", name.Normal(), address)}
}

// byName counts a failure, then compares the name. If the name is right, it returns
// the person and a function that undoes the failure. The caller must call that
// function, or answer as if the name was wrong. If the name is wrong, or the account
// is nobody's, byName answers NameOrAccountWrong after the same work.
func (l lookup) byName(ctx context.Context, name string) (Person, func(context.Context) error, error) {
	var code staff.EmployeeCode
	var seen Failures
	err := parallel(
		func() error { return l.refuse(ctx) },
		func() (err error) { code, seen, err = l.store.FindName(ctx, l.account, l.lockKey); return err },
	)
	if err != nil {
		return Person{}, nil, fmt.Errorf("find the name: %w", err)
	}
	lock := lockout{store: l.store, key: l.lockKey, limits: l.settings.missLimits()}
	var p Person
	var wait time.Duration
	err = parallel(
		func() (err error) { _, wait, err = lock.count(ctx, seen, l.now); return err },
		func() (err error) { p, err = l.store.Person(ctx, code); return err },
	)
	switch {
	case err != nil:
		return Person{}, nil, err
	case wait > 0:
		return Person{}, nil, fault.RateLimited.RetryIn(wait)
	case !p.Staff.Is(name) || p.Staff.Code.IsZero():
		return Person{}, nil, l.failed(ctx, fault.NameOrAccountWrong)
	}
	return p, func(ctx context.Context) error {
		return l.store.ResetFailures(ctx, l.lockKey, FailureReset{Last: true})
	}, nil
}
