package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"chaoxi/shared/fault"
	"chaoxi/shared/retry"
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

// lockout counts the failures of one key and locks it by them.
type lockout struct {
	store     FailureStore
	key       string
	limits    limits
	clearedAt time.Time // failures before it are void
}

// count counts a failure at now, before it is known to be one: whoever turns out
// to be right has it forgiven. Seen is what was read of the key. It returns how
// long a lock still holds, if the key was locked before.
func (l lockout) count(ctx context.Context, seen Failures, now time.Time) (Failures, time.Duration, error) {
	var counted Failures
	var wait time.Duration
	// Each round that loses is a failure that another one counted, and a few of
	// those lock.
	err := retry.Times(100, ErrSwapped, func(int) (err error) {
		if counted, wait = seen.fail(now, l.clearedAt, l.limits); wait > 0 {
			return nil
		}
		counted.Revision = seen.Revision + 1
		seen, err = l.store.SwapFailures(ctx, l.key, seen, counted)
		return err
	})
	if err != nil {
		return Failures{}, 0, fmt.Errorf("count a failure: %w", err)
	}
	return counted, wait, nil
}

// wrongPassword answers a password that does not fit: with the lock that it
// brought about, or with how many more may be tried.
func (l lockout) wrongPassword(counted Failures, now time.Time) error {
	if counted.LockedUntil.After(now) {
		return locked(counted.LockedUntil.Sub(now))
	}
	n := counted.remaining(l.limits)
	return fault.CredentialsWrong.Saying(n).Remaining(n)
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
