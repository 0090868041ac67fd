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

// Failures counts the failures of one lockout key: of the sign-ins by a name, of
// those by a name from a known device, of the lookups of an account from one
// address. The zero value has none.
type Failures struct {
	Count       int
	First       time.Time // when the first of Count happened
	DayCount    int
	Day         time.Time // when the first of DayCount happened
	LockedUntil time.Time
	Revision    int64
}

// limits say how many failures lock a key, and for how long. With a day of 0 the
// failures of a day are not limited.
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

// fail returns f after one more failure at now, which may lock the key. If the key
// is locked already, it returns f as it is and how long the lock still holds.
// Failures before clearedAt do not count.
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

// Locked reports whether the key is locked at now. A lock from before clearedAt
// does not count.
func (f Failures) Locked(now, clearedAt time.Time) bool {
	return now.Before(f.LockedUntil) && (clearedAt.IsZero() || f.First.After(clearedAt))
}

// SignInLockKeys are the lockout keys of the names by which s signs in.
func SignInLockKeys(k Keys, s staff.Staff) []string {
	var keys []string
	for _, name := range s.SignInNames() {
		keys = append(keys, k.MAC("sign-in", name.Normal()))
	}
	return keys
}

// remaining is how many more failures there may be before the key is locked.
func (f Failures) remaining(l limits) int {
	n := l.tries - f.Count
	if l.day > 0 {
		n = min(n, l.day-f.DayCount)
	}
	return n
}

// FailureStore keeps Failures by lockout key.
type FailureStore interface {
	// SwapFailures replaces was with now, whose revision is one higher. If the key
	// holds something else, it returns that with ErrSwapped.
	SwapFailures(ctx context.Context, key string, was, now Failures) (Failures, error)
	FailureResetter
}

// FailureResetter undoes counted failures.
type FailureResetter interface {
	// ResetFailures undoes the failures that f names. Undoing the last one also removes
	// the lock that it caused. A key without failures stays as it is.
	ResetFailures(ctx context.Context, key string, f FailureReset) error
}

// FailureReset names the failures of a key to undo.
type FailureReset struct {
	Last   bool // the one that this request counted before it knew the password or name to be right
	Window bool // all others of the window; those of the day stay, and so does a lock
}

// ErrSwapped says that somebody else wrote in between.
var ErrSwapped = errors.New("written by somebody else meanwhile")

// lockout counts the failures of one key, which lock it.
type lockout struct {
	store     FailureStore
	key       string
	limits    limits
	clearedAt time.Time // failures before it do not count
}

// count counts a failure at now, before the password or name is compared. If it was
// counted afterwards, a hundred guesses sent at once would all be compared before
// the first one counts. If the guess is right, the caller undoes the failure.
//
// Seen are the failures as read. If the key is locked already, count returns how
// long the lock still holds.
func (l lockout) count(ctx context.Context, seen Failures, now time.Time) (Failures, time.Duration, error) {
	var counted Failures
	var wait time.Duration
	// A try loses when somebody else has counted a failure, and after a few failures
	// the key is locked.
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

// wrongPassword is the answer to a wrong password after it was counted: Locked, or
// CredentialsWrong with how many more tries there are.
func (l lockout) wrongPassword(counted Failures, now time.Time) error {
	if counted.LockedUntil.After(now) {
		return locked(counted.LockedUntil.Sub(now))
	}
	n := counted.remaining(l.limits)
	return fault.CredentialsWrong.Format(n).Remaining(n)
}

// locked is Locked, for a lock that holds for d more.
func locked(d time.Duration) error {
	n, zh, en := int((d+time.Minute-1)/time.Minute), "分钟", "minutes"
	switch {
	case d > 2*time.Hour:
		n, zh, en = int((d+time.Hour-1)/time.Hour), "小时", "hours"
	case n == 1:
		en = "minute"
	}
	return fault.Locked.Format(fmt.Sprintf("%d%s", n, zh), fmt.Sprintf("%d %s", n, en)).RetryIn(d)
}
