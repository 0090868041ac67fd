package account

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"chaoxi/shared/fault"
)

// at is a time of the day that tests play on: 12:00 and so many minutes.
func at(minutes float64) time.Time {
	return time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC).Add(time.Duration(minutes * float64(time.Minute)))
}

// TestFailures plays failures at the times given, in minutes, and says what the
// last one came to: how many more there may be, or for how many minutes more the
// name is locked.
func TestFailures(t *testing.T) {
	const never = -1.0
	repeat := func(n int, from, every float64) []float64 {
		var times []float64
		for i := range n {
			times = append(times, from+float64(i)*every)
		}
		return times
	}
	// Thirty failures in a day, five every 36 minutes, so that each lock is waited for.
	var thirty []float64
	for round := range 6 {
		thirty = append(thirty, repeat(5, float64(round)*36, 1)...)
	}
	tests := []struct {
		name      string
		times     []float64
		cleared   float64 // never, or when all before it was made void
		remaining int
		locked    float64 // minutes, by the last one or before it
	}{
		{"one", []float64{0}, never, 4, 0},
		{"two", []float64{0, 1}, never, 3, 0},
		{"four", repeat(4, 0, 1), never, 1, 0},
		{"the fifth locks", repeat(5, 0, 1), never, 0, 30},
		{"the fifth just within the window", []float64{0, 1, 2, 3, 4.99}, never, 0, 30},
		{"the fifth at the window's end begins another", []float64{0, 1, 2, 3, 5}, never, 4, 0},
		{"all at once", repeat(5, 0, 0), never, 0, 30},
		{"inside the lock nothing is counted", append(repeat(5, 0, 1), 10), never, 0, 24},
		{"the last moment of the lock", append(repeat(5, 0, 0), 29.99), never, 0, 0.01},
		{"at the end of the lock", append(repeat(5, 0, 0), 30), never, 4, 0},
		{"failures inside the lock do not prolong it", append(repeat(5, 0, 0), 29, 29, 29, 29, 29, 30), never, 4, 0},
		{"five after the lock lock again", append(repeat(5, 0, 0), repeat(5, 30, 0)...), never, 0, 30},
		{"slow ones never lock", repeat(12, 0, 5), never, 4, 0},

		{"the thirtieth of a day locks for a day", thirty, never, 0, 24 * 60},
		{"the twenty-ninth does not", thirty[:29], never, 1, 0},
		{"a slow thirtieth", repeat(30, 0, 45), never, 0, 24 * 60},
		{"near the day's end fewer are left than in the window", repeat(28, 0, 45), never, 2, 0},
		{"thirty in more than a day do not", append(repeat(29, 0, 45), 24*60), never, 4, 0},
		{"the day's lock is not cut short by the window's", append(repeat(30, 0, 45), 29*45+31), never, 0, 24*60 - 31},
		{"after the day's lock all begins anew", append(repeat(30, 0, 45), 29*45+24*60), never, 4, 0},

		{"cleared: nothing of it counts", []float64{0, 1, 2, 3, 4}, 3.5, 4, 0},
		{"cleared in the same moment", []float64{0, 1, 2, 3}, 2, 4, 0},
		{"cleared before", []float64{0, 1, 2, 3}, -10, 1, 0},
		{"cleared while locked", append(repeat(5, 0, 1), 10), 8, 4, 0},
		{"cleared, then locked", append(repeat(5, 0, 1), repeat(5, 10, 0)...), 8, 0, 30},
		{"cleared in the day's lock", append(repeat(30, 0, 45), 29*45+31), 29*45 + 30, 4, 0},
		{"cleared: the day begins anew", append(repeat(29, 0, 45), 29*45), 20 * 45, 4, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := Defaults().signInLimits()
			var f Failures
			var wait time.Duration
			last := at(tt.times[len(tt.times)-1])
			for _, m := range tt.times {
				var cleared time.Time
				if tt.cleared != never && at(m).After(at(tt.cleared)) {
					cleared = at(tt.cleared)
				}
				f, wait = f.fail(at(m), cleared, l)
			}
			lock := max(wait, f.LockedUntil.Sub(last))
			if locked := time.Duration(tt.locked * float64(time.Minute)); lock.Round(time.Millisecond) != locked && (locked > 0 || lock > 0) {
				t.Errorf("locked for %s, want %s", lock, locked)
			}
			if n := f.remaining(l); n != tt.remaining {
				t.Errorf("%d left, want %d: %+v", n, tt.remaining, f)
			}
			if tt.locked > 0 != f.Locked(last, time.Time{}) {
				t.Errorf("Locked says otherwise: %+v", f)
			}
			if f.Locked(last, last.Add(time.Hour)) {
				t.Error("it holds though it was cleared since")
			}
		})
	}
}

// TestMissesLockByWindowAlone: 5 in 5 minutes refuse for 30, and no day counts.
func TestMissesLockByWindowAlone(t *testing.T) {
	l := Defaults().missLimits()
	var f Failures
	for i := range 500 {
		var wait time.Duration
		if f, wait = f.fail(at(float64(i)*2), time.Time{}, l); wait > 0 || !f.LockedUntil.IsZero() {
			if i < 4 || f.LockedUntil.Sub(f.First) > 40*time.Minute {
				t.Fatalf("%d: %+v", i, f)
			}
		}
	}
	f = Failures{}
	for range 5 {
		f, _ = f.fail(at(0), time.Time{}, l)
	}
	if _, wait := f.fail(at(1), time.Time{}, l); wait != 29*time.Minute {
		t.Errorf("refused for %s more", wait)
	}
}

// TestFailuresNeverGoWrong draws times at random: whatever they are, no more than
// the limit is counted without a lock, and nothing within one.
func TestFailuresNeverGoWrong(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	l := Defaults().signInLimits()
	for range 300 {
		var f Failures
		var cleared time.Time
		m := 0.0
		for range 120 {
			m += r.ExpFloat64() * []float64{0.1, 2, 30}[r.IntN(3)]
			if r.IntN(40) == 0 {
				cleared = at(m)
				m += 0.001
			}
			before, lockedBefore := f, f.Locked(at(m), cleared)
			next, wait := f.fail(at(m), cleared, l)
			switch {
			case lockedBefore != (wait > 0):
				t.Fatalf("Locked says %v, fail waits %s: %+v", lockedBefore, wait, before)
			case wait > l.lockByDay || wait > 0 && next != before:
				t.Fatalf("inside a lock: %+v became %+v, %s", before, next, wait)
			case wait == 0 && (next.Count < 1 || next.Count > l.tries || next.DayCount < next.Count || next.DayCount > l.day):
				t.Fatalf("counts: %+v", next)
			case wait == 0 && (next.Count == l.tries || next.DayCount == l.day) != next.Locked(at(m), cleared):
				t.Fatalf("it locks at the wrong count: %+v", next)
			case wait == 0 && !next.Locked(at(m), cleared) && next.remaining(l) < 1:
				t.Fatalf("none are left, and it is not locked: %+v", next)
			}
			f = next
		}
	}
}

// fakeFailureStore keeps the failures of one key as storage does.
type fakeFailureStore struct {
	mu     sync.Mutex
	kept   Failures
	swaps  int
	spoil  int   // this many swaps find that somebody else wrote first
	err    error // what all swaps fail with
	resets int
}

func (s *fakeFailureStore) SwapFailures(_ context.Context, _ string, was, now Failures) (Failures, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.swaps++; s.err != nil {
		return Failures{}, s.err
	}
	if s.spoil > 0 {
		s.spoil--
		s.kept.Revision++
	}
	if s.kept.Revision != was.Revision {
		return s.kept, fmt.Errorf("swap: %w", ErrSwapped)
	}
	if now.Revision != was.Revision+1 {
		return Failures{}, fmt.Errorf("revision %d after %d", now.Revision, was.Revision)
	}
	s.kept = now
	return now, nil
}

func (s *fakeFailureStore) ResetFailures(context.Context, string, FailureReset) error {
	s.resets++
	return nil
}

func TestLockoutCount(t *testing.T) {
	l := Defaults().signInLimits()
	count := func(s *fakeFailureStore, seen Failures, m float64) (Failures, time.Duration, error) {
		return lockout{store: s, key: "key", limits: l}.count(context.Background(), seen, at(m))
	}
	t.Run("from what was seen", func(t *testing.T) {
		s := &fakeFailureStore{}
		for i := 1; i <= 5; i++ {
			f, wait, err := count(s, s.kept, 0)
			if err != nil || wait != 0 || f.Count != i || s.kept != f || s.swaps != i {
				t.Fatalf("%d: %+v, %s, %v", i, f, wait, err)
			}
		}
		if f, wait, err := count(s, s.kept, 1); err != nil || wait != 29*time.Minute || f != s.kept || s.swaps != 5 {
			t.Errorf("inside the lock: %+v, %s, %v after %d swaps", f, wait, err, s.swaps)
		}
	})
	t.Run("from what has become of it", func(t *testing.T) {
		s := &fakeFailureStore{}
		for range 3 {
			if _, _, err := count(s, s.kept, 0); err != nil {
				t.Fatal(err)
			}
		}
		if f, _, err := count(s, Failures{}, 0); err != nil || f.Count != 4 {
			t.Errorf("%+v, %v", f, err)
		}
	})
	t.Run("locked by others meanwhile", func(t *testing.T) {
		s := &fakeFailureStore{kept: Failures{Count: 5, First: at(0), DayCount: 5, Day: at(0), LockedUntil: at(30), Revision: 5}}
		if _, wait, err := count(s, Failures{Count: 3, First: at(0), DayCount: 3, Day: at(0), Revision: 3}, 0); err != nil || wait != 30*time.Minute {
			t.Errorf("%s, %v", wait, err)
		}
	})
	t.Run("storage fails", func(t *testing.T) {
		broken := errors.New("no answer")
		if _, _, err := count(&fakeFailureStore{err: broken}, Failures{}, 0); !errors.Is(err, broken) {
			t.Error(err)
		}
	})
	t.Run("somebody else is always first", func(t *testing.T) {
		s := &fakeFailureStore{spoil: 1000}
		if _, _, err := count(s, Failures{}, 0); !errors.Is(err, fault.Unavailable) || s.swaps != 100 {
			t.Errorf("%v after %d swaps", err, s.swaps)
		}
	})
	t.Run("many at once", func(t *testing.T) {
		s := &fakeFailureStore{}
		var mu sync.Mutex
		counted, refused := map[int]int{}, 0
		var all sync.WaitGroup
		for range 40 {
			all.Go(func() {
				f, wait, err := count(s, Failures{}, 0)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err != nil:
					t.Error(err)
				case wait > 0:
					refused++
				default:
					counted[f.Count]++
				}
			})
		}
		all.Wait()
		if len(counted) != 5 || refused != 35 {
			t.Errorf("%v counted, %d refused", counted, refused)
		}
		for n, times := range counted {
			if times != 1 {
				t.Errorf("%d were told that they are number %d", times, n)
			}
		}
	})
}

func TestLockedSays(t *testing.T) {
	for _, tt := range []struct {
		d      time.Duration
		zh, en string
	}{
		{30 * time.Minute, "密码输入错误次数过多，请30分钟后再次尝试", "Too many wrong passwords. Please try again in 30 minutes."},
		{29*time.Minute + time.Second, "密码输入错误次数过多，请30分钟后再次尝试", "Too many wrong passwords. Please try again in 30 minutes."},
		{time.Millisecond, "密码输入错误次数过多，请1分钟后再次尝试", "Too many wrong passwords. Please try again in 1 minute."},
		{2 * time.Hour, "密码输入错误次数过多，请120分钟后再次尝试", "Too many wrong passwords. Please try again in 120 minutes."},
		{24 * time.Hour, "密码输入错误次数过多，请24小时后再次尝试", "Too many wrong passwords. Please try again in 24 hours."},
		{23*time.Hour + time.Minute, "密码输入错误次数过多，请24小时后再次尝试", "Too many wrong passwords. Please try again in 24 hours."},
	} {
		var e *fault.Error
		if !errors.As(locked(tt.d), &e) || !errors.Is(e, fault.Locked) || e.Zh != tt.zh || e.En != tt.en || e.RetryAfter != tt.d {
			t.Errorf("%s: %q %q %s", tt.d, e.Zh, e.En, e.RetryAfter)
		}
	}
}

func TestSharedEgress(t *testing.T) {
	keys := Keys{Current: []byte("key")}
	s := Defaults()
	s.SharedEgress = []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("2001:db8::/32")}
	for address, spared := range map[string]bool{
		"10.1.2.3": true, "::ffff:10.1.2.3": true, "10.2.0.1": false, "2001:db8::1": true, "2001:db9::1": false, "": false, "nonsense": false,
	} {
		if got := s.source(keys, address); (got == "") != spared || strings.Contains(got, address) && address != "" {
			t.Errorf("%q is counted as %q", address, got)
		}
	}
	if s.source(keys, "10.2.0.1") == s.source(keys, "10.2.0.2") {
		t.Error("two addresses are counted as one")
	}
}
