package account

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// PersonStore finds people by a name, and counts failures.
type PersonStore interface {
	DeviceReader
	FailureStore
	AddressStore
	// FindName returns the owner of a name, or the zero code, and the Failures of
	// the lockout key.
	FindName(ctx context.Context, name staff.SignInName, key string) (staff.EmployeeCode, Failures, error)
}

// lookup finds a person by account and name, to begin an activation or a recovery.
// Its failures, called misses, count by account together with source address, for both
// flows. Behind a shared gateway they count by account and device.
type lookup struct {
	attempt
	store   PersonStore
	account staff.SignInName
	device  string // the secret of the device that asks, "" for none
	lockKey string
	limits  limits
}

func newLookup(store PersonStore, keys Keys, s Settings, now time.Time, account, device, address string) lookup {
	name := staff.ParseSignInName(account)
	l := lookup{newAttempt(store, keys, s, now, address), store, name, device, "", s.missLimits()}
	l.lockKey = keys.MAC("miss", name.Normal(), l.source)
	switch {
	case l.shared && device != "":
		l.lockKey = keys.MAC("miss", name.Normal(), l.source, device)
	case l.shared:
		l.limits.tries = l.times(l.limits.tries, s)
	}
	return l
}

// found is a lookup whose name was right. The caller ends it by right or missed.
type found struct {
	attempt
	try   openTry
	known bool // whether a known device of the person asks
}

// right ends the lookup of somebody who may go on.
func (f found) right(ctx context.Context) error { return f.try.right(ctx, false) }

// called ends the lookup of somebody who is told how to go on, and counts the call.
func (f found) called(ctx context.Context) error {
	return parallel(
		func() error { return f.right(ctx) },
		func() error { return f.attempt.called(ctx) },
	)
}

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
	var use AddressUse
	var code staff.EmployeeCode
	var seen Failures
	err := parallel(
		func() (err error) { use, err = l.use(ctx); return err },
		func() (err error) { code, seen, err = l.store.FindName(ctx, l.account, l.lockKey); return err },
	)
	if err != nil {
		return Person{}, found{}, fmt.Errorf("find the name: %w", err)
	}
	limited := l.failures(use)
	if err := cmp.Or(l.calls(use), limited); err != nil && (err != limited || l.device == "") {
		return Person{}, found{}, err
	}
	lock := lockout{store: l.store, key: l.lockKey, limits: l.limits}
	var p Person
	var try openTry
	var wait time.Duration
	var known bool
	var counted, unread error
	parallel(
		func() error { try, wait, counted = lock.begin(ctx, seen, l.now); return nil },
		func() error { p, known, unread = personOn(ctx, l.store, l.keys, code, l.device, l.now); return nil },
	)
	l.spared = known
	switch {
	case counted != nil:
		return Person{}, found{}, counted
	case wait > 0:
		return Person{}, found{}, fault.RateLimited.RetryIn(wait)
	case unread != nil:
		try.abandon(ctx)
		return Person{}, found{}, fmt.Errorf("read the person: %w", unread)
	case limited != nil && !known:
		try.abandon(ctx)
		return Person{}, found{}, limited
	case !p.Staff.Is(name) || p.Staff.Code.IsZero():
		return Person{}, found{}, found{l.attempt, try, known}.missed(ctx)
	}
	return p, found{l.attempt, try, known}, nil
}
