package account

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"chaoxi/shared/fault"
	"chaoxi/shared/retry"
	"chaoxi/shared/staff"
)

// Failures counts the failures of one lockout key: of the sign-ins by a name, of
// those by a name from a known device, of the lookups of an account from one
// address. The zero value has none.
//
// A try is open while its password or name is compared. An open try takes the place
// of a failure, so that no more are compared than may fail. But it is not a failure
// yet: who finds all places taken by open tries is told Busy, not Locked.
type Failures struct {
	Count       int
	First       time.Time // when the first of Count happened
	DayCount    int
	Day         time.Time // when the first of DayCount happened
	LockedUntil time.Time
	Open        int
	Opened      time.Time // when the last open try began
	Revision    int64
}

// tryLife is how long a try may be open. It is longer than any function runs. A try
// that is open for longer was given up in the middle, and counts as a failure.
const tryLife = 15 * time.Second

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

// begin returns f with one more open try. If the key is locked, it returns how long
// the lock still holds; if all places are taken by open tries, Busy. Failures before
// clearedAt do not count.
func (f Failures) begin(now, clearedAt time.Time, l limits) (Failures, time.Duration, error) {
	f = f.cleared(clearedAt).settled(now, l)
	if now.Before(f.LockedUntil) {
		return f, f.wait(now, l), nil
	}
	f.LockedUntil = time.Time{}
	if f.Count+f.Open >= l.tries || l.day > 0 && f.DayCount+f.Open >= l.day {
		return f, 0, busy
	}
	f.Open++
	if f.Opened.Before(now) {
		f.Opened = now
	}
	return f, 0, nil
}

// cleared is f without what happened before the failures were cleared at at.
func (f Failures) cleared(at time.Time) Failures {
	if at.IsZero() {
		return f
	}
	if !f.First.After(at) {
		f.Count, f.First, f.LockedUntil = 0, time.Time{}, time.Time{}
	}
	if !f.Day.After(at) {
		f.DayCount = 0
	}
	if !f.Opened.After(at) {
		f.Open = 0
	}
	return f
}

// settled is f as it counts at now. Tries that were given up have become failures;
// failures of a window, a lock or a day that is over are gone.
func (f Failures) settled(now time.Time, l limits) Failures {
	if f.Open > 0 && now.Sub(f.Opened) >= tryLife {
		for f.Open > 0 {
			f = f.wrong(f.Opened, l)
		}
	}
	if now.Before(f.LockedUntil) {
		return f
	}
	if !f.LockedUntil.IsZero() || now.Sub(f.First) >= l.window {
		f.Count = 0
	}
	if now.Sub(f.Day) >= day {
		f.DayCount = 0
	}
	return f
}

// counting is what counts of f at now: two that count alike are alike.
func (f Failures) counting(now time.Time, l limits) Failures {
	f = f.settled(now, l)
	if f.Count == 0 {
		f.First = time.Time{}
	}
	if f.DayCount == 0 {
		f.Day = time.Time{}
	}
	if f.Open == 0 {
		f.Opened = time.Time{}
	}
	if !now.Before(f.LockedUntil) {
		f.LockedUntil = time.Time{}
	}
	return f
}

// wrong returns f after an open try has failed at now, which may lock the key. A try
// that is not open any more was counted when it was given up.
func (f Failures) wrong(now time.Time, l limits) Failures {
	if f.Open == 0 {
		return f
	}
	f.Open--
	if f.Count == 0 {
		f.First = now
	}
	if f.DayCount == 0 {
		f.Day = now
	}
	f.Count++
	f.DayCount++
	switch {
	case l.day > 0 && f.DayCount >= l.day:
		f.LockedUntil = now.Add(l.lockByDay)
	case f.Count >= l.tries:
		f.LockedUntil = now.Add(l.lock)
	}
	return f
}

// right returns f after an open try that was right, or compared nothing. If it was
// the last step of a sign-in, the other failures of the window are gone, too; those
// of the day stay, and so does a lock.
func (f Failures) right(last bool) Failures {
	f.Open = max(0, f.Open-1)
	if last {
		f.Count = 0
	}
	return f
}

// wait is how long the lock still holds: never longer than the rule that has made
// it, even if the clock of the function that locked was ahead.
func (f Failures) wait(now time.Time, l limits) time.Duration {
	rule := l.lock
	if l.day > 0 && f.DayCount >= l.day {
		rule = l.lockByDay
	}
	return min(f.LockedUntil.Sub(now), rule)
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
}

// WindowResetter takes back what failed in the window.
type WindowResetter interface {
	// ResetWindow takes back the failures of the window. Those of the day stay, and so
	// does a lock. A key without failures stays as it is.
	ResetWindow(ctx context.Context, key string) error
}

// ErrSwapped says that somebody else wrote in between.
var ErrSwapped = errors.New("written by somebody else meanwhile")

// busy is told to who comes while as many tries are open as may be.
var busy = fault.Busy.RetryIn(time.Second)

// lockout counts the failures of one key, which lock it.
type lockout struct {
	store     FailureStore
	key       string
	limits    limits
	clearedAt time.Time // failures before it do not count
}

// openTry is a try whose password or name is being compared.
type openTry struct {
	lockout
	seen Failures // as the key was when the try began
	now  time.Time
}

// begin counts a try at now, before the password or name is compared. If it was
// counted afterwards, a hundred guesses sent at once would all be compared before
// the first one counts. The caller ends the try by wrong or right.
//
// Seen are the failures as read. If the key is locked already, begin returns how
// long the lock still holds. It fails with Busy as Failures.begin does.
func (l lockout) begin(ctx context.Context, seen Failures, now time.Time) (openTry, time.Duration, error) {
	var wait time.Duration
	counted, err := l.change(ctx, seen, func(f Failures) (Failures, error) {
		var next Failures
		var err error
		if next, wait, err = f.begin(now, l.clearedAt, l.limits); wait > 0 {
			return next, errUnchanged
		}
		return next, err
	})
	return openTry{l, counted, now}, wait, err
}

// wrong ends a try that has failed. It returns the key as it is then.
func (t openTry) wrong(ctx context.Context) (Failures, error) {
	return t.change(ctx, t.seen, func(f Failures) (Failures, error) { return f.wrong(t.now, t.limits), nil })
}

// right ends a try that was right, or compared nothing. Last says that it was the
// last step of a sign-in.
func (t openTry) right(ctx context.Context, last bool) error {
	_, err := t.change(ctx, t.seen, func(f Failures) (Failures, error) { return f.right(last), nil })
	return err
}

// abandon is right after the request has failed for another reason. It goes on even
// if the caller's time is up. If it fails, the try counts as a failure.
func (t openTry) abandon(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := t.right(ctx, false); err != nil {
		slog.ErrorContext(ctx, "a try was not given back", "err", err)
	}
}

// errUnchanged says that there is nothing to write.
var errUnchanged = errors.New("nothing to write")

// change replaces what the key has by what next makes of it. If somebody else
// writes in between, it asks next again.
func (l lockout) change(ctx context.Context, seen Failures, next func(Failures) (Failures, error)) (Failures, error) {
	return l.changeBy(ctx, seen, next, l.store.SwapFailures)
}

// changeBy is change by way of a swap that does what SwapFailures does.
func (l lockout) changeBy(ctx context.Context, seen Failures, next func(Failures) (Failures, error), swap func(context.Context, string, Failures, Failures) (Failures, error)) (Failures, error) {
	var now Failures
	err := retry.Times(100, ErrSwapped, func(int) (err error) {
		if now, err = next(seen); err != nil {
			return err
		}
		now.Revision = seen.Revision + 1
		seen, err = swap(ctx, l.key, seen, now)
		return err
	})
	switch {
	case errors.Is(err, errUnchanged):
		return now, nil
	case err != nil:
		return now, fmt.Errorf("count a failure: %w", err)
	}
	return now, nil
}

// wrongPassword is the answer to a wrong password after it was counted: Locked, or
// CredentialsWrong with how many more tries there are.
func (l lockout) wrongPassword(counted Failures, now time.Time) error {
	if counted.LockedUntil.After(now) {
		return locked(counted.wait(now, l.limits))
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
