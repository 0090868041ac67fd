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

// found is a lookup whose name was right. The caller ends it by right or missed.
type found struct {
	attempt
	try openTry
}

// right ends the lookup of somebody who may go on.
func (f found) right(ctx context.Context) error { return f.try.right(ctx, false) }

// missed ends the lookup as if the name was wrong, and returns the answer. The miss
// counts for account and address together, and for the address.
func (f found) missed(ctx context.Context) error {
	return parallel(
		func() error { _, err := f.try.wrong(ctx); return err },
		func() error { return f.failed(ctx, fault.NameOrAccountWrong) },
	)
}

// byName counts a try, then compares the name. If the name is wrong, or the account
// is nobody's, byName answers NameOrAccountWrong after the same work.
func (l lookup) byName(ctx context.Context, name string) (Person, found, error) {
	var code staff.EmployeeCode
	var seen Failures
	err := parallel(
		func() error { return l.refuse(ctx) },
		func() (err error) { code, seen, err = l.store.FindName(ctx, l.account, l.lockKey); return err },
	)
	if err != nil {
		return Person{}, found{}, fmt.Errorf("find the name: %w", err)
	}
	lock := lockout{store: l.store, key: l.lockKey, limits: l.settings.missLimits()}
	var p Person
	var try openTry
	var wait time.Duration
	var counted, unread error
	parallel(
		func() error { try, wait, counted = lock.begin(ctx, seen, l.now); return nil },
		func() error { p, unread = l.store.Person(ctx, code); return nil },
	)
	switch {
	case counted != nil:
		return Person{}, found{}, counted
	case wait > 0:
		return Person{}, found{}, fault.RateLimited.RetryIn(wait)
	case unread != nil:
		try.abandon(ctx)
		return Person{}, found{}, fmt.Errorf("read the person: %w", unread)
	case !p.Staff.Is(name) || p.Staff.Code.IsZero():
		return Person{}, found{}, found{l.attempt, try}.missed(ctx)
	}
	return p, found{l.attempt, try}, nil
}
