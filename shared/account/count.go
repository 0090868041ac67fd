package account

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// Failures is how often something failed: a name's sign-ins, a known device's,
// the misses of an account from one address. The zero value is a clean record.
type Failures struct {
	Count       int
	First       time.Time // of those in Count
	DayCount    int
	Day         time.Time // the first of those in DayCount
	LockedUntil time.Time
	Revision    int64
}

// limits is what Failures are held against. A day of zero has no limit.
type limits struct {
	tries, day      int
	window          time.Duration
	lock, lockByDay time.Duration
}

func (s Settings) signInLimits() limits {
	return limits{tries: s.LockTries, window: s.LockWindow, lock: s.LockTime, day: s.LockDaily, lockByDay: s.LockDayTime}
}

func (s Settings) missLimits() limits {
	return limits{tries: s.MissTries, window: s.MissWindow, lock: s.MissTime}
}

// fail is f after one more failure at now, which may lock; or, of what is locked
// already, f as it is and how long the lock still holds. Failures before
// clearedAt are void.
func (f Failures) fail(now, clearedAt time.Time, l limits) (Failures, time.Duration) {
	if !clearedAt.IsZero() && !f.First.After(clearedAt) {
		f = Failures{Revision: f.Revision}
	}
	if !clearedAt.IsZero() && !f.Day.After(clearedAt) {
		f.DayCount = 0
	}
	if now.Before(f.LockedUntil) {
		return f, f.LockedUntil.Sub(now)
	}
	if f.Count == 0 || !f.LockedUntil.IsZero() || now.Sub(f.First) >= l.window {
		f.Count, f.First = 0, now
	}
	if f.DayCount == 0 || now.Sub(f.Day) >= day {
		f.DayCount, f.Day = 0, now
	}
	f.Count++
	f.DayCount++
	f.LockedUntil = time.Time{}
	switch {
	case l.day > 0 && f.DayCount >= l.day:
		f.LockedUntil = now.Add(l.lockByDay)
	case f.Count >= l.tries:
		f.LockedUntil = now.Add(l.lock)
	}
	return f, 0
}

// Locked reports whether f holds a name locked at now. A lock from before
// clearedAt is void.
func (f Failures) Locked(now, clearedAt time.Time) bool {
	return now.Before(f.LockedUntil) && (clearedAt.IsZero() || f.First.After(clearedAt))
}

// SignInGuards are the keys of the failures that lock the names of s.
func SignInGuards(k Keys, s staff.Staff) []string {
	var guards []string
	for _, name := range s.SignInNames() {
		guards = append(guards, k.MAC("sign-in", name.Normal()))
	}
	return guards
}

// remaining is how many more failures f takes before it locks.
func (f Failures) remaining(l limits) int {
	n := l.tries - f.Count
	if l.day > 0 {
		n = min(n, l.day-f.DayCount)
	}
	return n
}

// FailureStore keeps Failures by key.
type FailureStore interface {
	// SwapFailures writes now where was is, or returns what is there instead
	// with ErrSwapped. now.Revision is was.Revision + 1.
	SwapFailures(ctx context.Context, key string, was, now Failures) (Failures, error)
	Forgiver
}

// Forgiver takes counted failures back.
type Forgiver interface {
	// Forgive does as f says. With the caller's own failure goes the lock that it
	// brought about. Of a key without failures it does nothing.
	Forgive(ctx context.Context, key string, f Forgiveness) error
}

// Forgiveness is which failures are taken back.
type Forgiveness struct {
	Own    bool // the one that was counted before it was known to be none
	Window bool // all others of the window; those of the day stay, and so does a lock
}

// ErrSwapped says that somebody else wrote first.
var ErrSwapped = errors.New("written by somebody else meanwhile")

// countFailure counts a failure before it is known to be one: whoever turns out
// to be right has it forgiven. It returns how long a lock still holds, if the
// key was locked before.
func countFailure(ctx context.Context, store FailureStore, key string, seen Failures, now, clearedAt time.Time, l limits) (Failures, time.Duration, error) {
	for range 100 { // each round that loses is a failure that another one counted, and a few of those lock
		next, wait := seen.fail(now, clearedAt, l)
		if wait > 0 {
			return next, wait, nil
		}
		next.Revision = seen.Revision + 1
		current, err := store.SwapFailures(ctx, key, seen, next)
		if err == nil {
			return next, 0, nil
		}
		if !errors.Is(err, ErrSwapped) {
			return Failures{}, 0, fmt.Errorf("count a failure: %w", err)
		}
		seen = current
	}
	return Failures{}, 0, fault.Unavailable.Becausef("a failure count was contended 100 times")
}

// AddressStore counts failures of any kind by source address and hour.
type AddressStore interface {
	AddressFailures(ctx context.Context, source string, now time.Time) (int, error)
	AddAddressFailure(ctx context.Context, source string, now time.Time) error
}

// refuseAddress says whether an address has failed too often this hour.
//
// Failures are counted when they happen, not before: a gateway has hundreds of
// people at it in the same second of the morning, and counting each of them as
// a failure until proven otherwise would turn the last away. The strict counts
// are those by name, device and ticket.
func refuseAddress(ctx context.Context, store AddressStore, source string, s Settings, now time.Time) error {
	if source == "" {
		return nil
	}
	n, err := store.AddressFailures(ctx, source, now)
	if err != nil {
		return fmt.Errorf("read the address's failures: %w", err)
	}
	if n >= s.AddressFailures {
		return retryIn(fault.RateLimited, now.Truncate(time.Hour).Add(time.Hour), now)
	}
	return nil
}

// failedFrom counts a failure of an address and returns why.
func failedFrom(ctx context.Context, store AddressStore, source string, now time.Time, why error) error {
	if source == "" {
		return why
	}
	if err := store.AddAddressFailure(ctx, source, now); err != nil {
		return fmt.Errorf("count a failure of the address: %w", err)
	}
	return why
}

// source is what an address is counted by; "" if it is exempt, being the
// gateway of a government network with many people behind it.
func (s Settings) source(keys Keys, address string) string {
	if ip, err := netip.ParseAddr(address); err == nil {
		for _, net := range s.SharedEgress {
			if net.Contains(ip.Unmap()) {
				return ""
			}
		}
	}
	return keys.MAC("address", address)
}

// locked is Locked for a lock that still holds for d.
func locked(d time.Duration) error {
	n, zh, en := int((d+time.Minute-1)/time.Minute), "分钟", "minutes"
	switch {
	case d > 2*time.Hour:
		n, zh, en = int((d+time.Hour-1)/time.Hour), "小时", "hours"
	case n == 1:
		en = "minute"
	}
	return fault.Locked.Saying(fmt.Sprintf("%d%s", n, zh), fmt.Sprintf("%d %s", n, en)).After(d)
}

// retryIn is how a limit that refuses until end is answered.
func retryIn(e *fault.Error, end, now time.Time) error { return e.After(end.Sub(now)) }
