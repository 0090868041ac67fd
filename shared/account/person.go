package account

import (
	"context"
	"fmt"
	"time"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// Person is both sides of somebody: the register's and the sign-in's.
type Person struct {
	Staff   staff.Staff
	Account Account
}

// PersonReader reads people.
type PersonReader interface {
	// Person reads both sides; of nobody, the zero Person. It costs the same
	// for a code that nobody has.
	Person(context.Context, staff.EmployeeCode) (Person, error)
}

// PersonStore finds people by what they type, and counts those who mistype.
type PersonStore interface {
	PersonReader
	FailureStore
	AddressStore
	// FindName returns whose name it is, or the zero code, with the Failures of
	// key read along.
	FindName(ctx context.Context, name staff.SignInName, key string) (staff.EmployeeCode, Failures, error)
}

// lookup finds the person that an account and a name are meant to be. Misses
// count by the pair of account and address, for activation and recovery
// together.
type lookup struct {
	attempt
	store   PersonStore
	account staff.SignInName
	missKey string
}

func newLookup(store PersonStore, keys Keys, s Settings, now time.Time, account, address string) lookup {
	name := staff.ParseSignInName(account)
	return lookup{newAttempt(store, keys, s, now, address), store, name, keys.MAC("miss", name.Normal(), address)}
}

// byName counts a miss, then compares. A person whose name fits is returned
// with what forgives the count; the caller must call it unless the person's
// state makes it a miss after all. Everything else is NameOrAccountWrong, after
// the same work.
func (l lookup) byName(ctx context.Context, name string) (Person, func(context.Context) error, error) {
	var code staff.EmployeeCode
	var seen Failures
	err := parallel(
		func() error { return l.refuse(ctx) },
		func() (err error) { code, seen, err = l.store.FindName(ctx, l.account, l.missKey); return err },
	)
	if err != nil {
		return Person{}, nil, fmt.Errorf("find the name: %w", err)
	}
	misses := lockout{store: l.store, key: l.missKey, limits: l.settings.missLimits()}
	var p Person
	var wait time.Duration
	err = parallel(
		func() (err error) { _, wait, err = misses.count(ctx, seen, l.now); return err },
		func() (err error) { p, err = l.store.Person(ctx, code); return err },
	)
	switch {
	case err != nil:
		return Person{}, nil, err
	case wait > 0:
		return Person{}, nil, fault.RateLimited.After(wait)
	case !p.Staff.Is(name) || p.Staff.Code.IsZero():
		return Person{}, nil, l.failed(ctx, fault.NameOrAccountWrong)
	}
	return p, func(ctx context.Context) error {
		return l.store.Forgive(ctx, l.missKey, Forgiveness{Own: true})
	}, nil
}
