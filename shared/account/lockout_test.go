package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
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

// fail is a try that is wrong at once.
func fail(f Failures, now, clearedAt time.Time, l limits) (Failures, time.Duration) {
	next, wait, err := f.begin(now, clearedAt, l)
	if err != nil {
		panic("busy, though no try is open")
	}
	if wait > 0 {
		return next, wait
	}
	return next.wrong(now, l), 0
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
				f, wait = fail(f, at(m), cleared, l)
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

// What is over counts like nothing, whether it was cleared or not: else a sign-in would take
// longer where something was cleared.
func TestCounting(t *testing.T) {
	l := Defaults().signInLimits()
	for _, tt := range []struct {
		name string
		f    Failures
		same bool // as if all of it was cleared at minute 1
	}{
		{"nothing", Failures{}, true},
		{"a failure of a window that is over", Failures{Count: 1, First: at(0), DayCount: 0}, true},
		{"a failure of a day that is over", Failures{Count: 1, First: at(0), DayCount: 1, Day: at(-2 * 24 * 60)}, true},
		{"a lock that is over", Failures{Count: 5, First: at(0), LockedUntil: at(30)}, true},
		{"a failure of today", Failures{Count: 1, First: at(0), DayCount: 1, Day: at(0)}, false},
		{"a lock that holds", Failures{Count: 5, First: at(0), LockedUntil: at(24 * 60)}, false},
	} {
		now := at(60)
		if got := tt.f.counting(now, l) == tt.f.cleared(at(1)).counting(now, l); got != tt.same {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
}

// TestMissesLockByWindowAlone: 5 in 5 minutes refuse for 30, and no day counts.
func TestMissesLockByWindowAlone(t *testing.T) {
	l := Defaults().missLimits()
	var f Failures
	for i := range 500 {
		var wait time.Duration
		if f, wait = fail(f, at(float64(i)*2), time.Time{}, l); wait > 0 || !f.LockedUntil.IsZero() {
			if i < 4 || f.LockedUntil.Sub(f.First) > 40*time.Minute {
				t.Fatalf("%d: %+v", i, f)
			}
		}
	}
	f = Failures{}
	for range 5 {
		f, _ = fail(f, at(0), time.Time{}, l)
	}
	if _, wait := fail(f, at(1), time.Time{}, l); wait != 29*time.Minute {
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
			next, wait := fail(f, at(m), cleared, l)
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

// TestOpenTries says what is told to who comes while tries are open, and what has
// become of the key after.
func TestOpenTries(t *testing.T) {
	l := Defaults().signInLimits()
	failed := func(n int) Failures {
		var f Failures
		for range n {
			f, _ = fail(f, at(0), time.Time{}, l)
		}
		return f
	}
	open := func(f Failures, n int, minute float64) Failures {
		for range n {
			var err error
			if f, _, err = f.begin(at(minute), time.Time{}, l); err != nil {
				t.Fatal(err)
			}
		}
		return f
	}
	const second = 1.0 / 60
	for _, tt := range []struct {
		name   string
		f      Failures
		minute float64
		told   string // "" for a try, else busy or locked
		count  int
		open   int
	}{
		{"four failures", failed(4), 0, "", 4, 1},
		{"four failures and one open try", open(failed(4), 1, 0), 0, "busy", 4, 1},
		{"five open tries", open(Failures{}, 5, 0), 0, "busy", 0, 5},
		{"four open tries", open(Failures{}, 4, 0), 0, "", 0, 5},
		{"one of five was right", open(Failures{}, 5, 0).right(false), 0, "", 0, 5},
		{"one of five was wrong", open(Failures{}, 5, 0).wrong(at(0), l), 0, "busy", 1, 4},
		{"all of five were wrong", open(Failures{}, 5, 0).wrong(at(0), l).wrong(at(0), l).wrong(at(0), l).wrong(at(0), l).wrong(at(0), l), 0, "locked", 5, 0},
		{"given up a moment ago", open(failed(4), 1, 0), 14 * second, "busy", 4, 1},
		{"given up", open(failed(4), 1, 0), 15 * second, "locked", 5, 0},
		{"given up, alone", open(Failures{}, 3, 0), 15 * second, "", 3, 1},
		{"given up, long ago", open(failed(4), 1, 0), 31, "", 0, 1},
		{"a last step takes the failures back", open(failed(4), 1, 0).right(true), 0, "", 0, 1},
		{"a window ends while a try is open", open(failed(4), 1, 5-second), 5, "", 0, 2},
		{"wrong, but given up before", open(failed(3), 0, 0).wrong(at(0), l), 0, "", 3, 1},
		{"a day's last failure is being compared", open(Failures{DayCount: 29, Day: at(-60)}, 1, 0), 0, "busy", 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, wait, err := tt.f.begin(at(tt.minute), time.Time{}, l)
			told := ""
			switch {
			case errors.Is(err, fault.Busy):
				told = "busy"
			case wait > 0:
				told = "locked"
			}
			if told != tt.told || f.Count != tt.count || f.Open != tt.open {
				t.Errorf("told %q, %+v; want %q, %d failures and %d open tries", told, f, tt.told, tt.count, tt.open)
			}
		})
	}
	t.Run("cleared", func(t *testing.T) {
		if f, wait, err := open(failed(2), 3, 0).begin(at(1), at(0.5), l); err != nil || wait > 0 || f.Count != 0 || f.Open != 1 {
			t.Errorf("%+v, %s, %v", f, wait, err)
		}
	})
}

// TestWaitIsNeverLonger: the clock of the function that locked may be ahead.
func TestWaitIsNeverLonger(t *testing.T) {
	l := Defaults().signInLimits()
	for _, tt := range []struct {
		name string
		f    Failures
		want time.Duration
	}{
		{"by the window", Failures{Count: 5, First: at(0), DayCount: 5, Day: at(0), LockedUntil: at(30).Add(time.Second)}, 30 * time.Minute},
		{"by the day", Failures{Count: 5, First: at(0), DayCount: 30, Day: at(0), LockedUntil: at(24 * 60).Add(3 * time.Second)}, 24 * time.Hour},
	} {
		if _, wait, err := tt.f.begin(at(0), time.Time{}, l); err != nil || wait != tt.want {
			t.Errorf("%s: %s, %v", tt.name, wait, err)
		}
		var e *fault.Error
		if err := (lockout{limits: l}).wrongPassword(tt.f, at(0)); !errors.As(err, &e) || e.RetryAfter != tt.want {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// TestTriesInAnyOrder lets functions whose clocks differ begin tries, end them or die,
// in any order, and checks from outside what may be compared.
func TestTriesInAnyOrder(t *testing.T) {
	const skew = 2 * time.Second
	l := Defaults().signInLimits()
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 7))
		var f Failures
		now := at(0)
		type try struct {
			clock time.Duration // of its function, against the true time
			began time.Time
		}
		var open []try
		var wrong []time.Time // when wrong guesses were compared, in true time
		for range 400 {
			now = now.Add(time.Duration(r.ExpFloat64() * float64([]time.Duration{time.Millisecond, 4 * time.Second, time.Minute, 20 * time.Minute}[r.IntN(4)])))
			switch {
			case r.IntN(3) > 0: // somebody comes
				clock := time.Duration(r.Int64N(int64(2*skew))) - skew
				next, wait, err := f.begin(now.Add(clock), time.Time{}, l)
				switch {
				case wait > l.lockByDay || wait > l.lock && next.DayCount < l.day:
					t.Fatalf("seed %d: told to wait for %s: %+v", seed, wait, f)
				case wait > 0 && next.Count < l.tries && next.DayCount < l.day:
					t.Fatalf("seed %d: a lock that is not there: %+v", seed, f)
				case err != nil && next.Open == 0:
					t.Fatalf("seed %d: busy with nothing: %+v", seed, next)
				case wait == 0 && err == nil:
					f = next
					open = append(open, try{clock, now})
				}
			case len(open) > 0: // a try ends
				i := r.IntN(len(open))
				tr := open[i]
				open = append(open[:i], open[i+1:]...)
				if now.Sub(tr.began) > 10*time.Second { // no function runs so long: it has died
					wrong = append(wrong, tr.began)
					break
				}
				if r.IntN(4) == 0 {
					f = f.right(r.IntN(3) == 0)
					break
				}
				f = f.wrong(tr.began.Add(tr.clock), l)
				wrong = append(wrong, now)
			}
			if f.Count+f.Open > l.tries || f.DayCount+f.Open > l.day || f.Open < 0 || f.Count < 0 {
				t.Fatalf("seed %d: %+v", seed, f)
			}
		}
		// A window begins with its first failure, so two of them may touch. Whoever is
		// right in between may take one window back: that is not a guess.
		slices.SortFunc(wrong, time.Time.Compare)
		for i := 2 * l.day; i < len(wrong); i++ {
			if d := wrong[i].Sub(wrong[i-2*l.day]); d < day-2*skew-tryLife {
				t.Fatalf("seed %d: %d wrong guesses compared within %s", seed, 2*l.day+1, d)
			}
		}
	}
}

// fakeFailureStore keeps the failures of one key as storage does.
type fakeFailureStore struct {
	mu    sync.Mutex
	kept  Failures
	swaps int
	spoil int   // this many swaps find that somebody else wrote first
	err   error // what all swaps fail with
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

func TestLockout(t *testing.T) {
	ctx := context.Background()
	l := Defaults().signInLimits()
	begin := func(s *fakeFailureStore, seen Failures, m float64) (openTry, time.Duration, error) {
		return lockout{store: s, key: "key", limits: l}.begin(ctx, seen, at(m))
	}
	t.Run("from what was seen", func(t *testing.T) {
		s := &fakeFailureStore{}
		for i := 1; i <= 5; i++ {
			try, wait, err := begin(s, s.kept, 0)
			if err != nil || wait != 0 || s.kept.Open != 1 {
				t.Fatalf("%d: %+v, %s, %v", i, s.kept, wait, err)
			}
			if f, err := try.wrong(ctx); err != nil || f.Count != i || s.kept != f || s.swaps != 2*i {
				t.Fatalf("%d: %+v, %v after %d swaps", i, f, err, s.swaps)
			}
		}
		if _, wait, err := begin(s, s.kept, 1); err != nil || wait != 29*time.Minute || s.swaps != 10 {
			t.Errorf("inside the lock: %s, %v after %d swaps", wait, err, s.swaps)
		}
	})
	t.Run("right, and right as the last step", func(t *testing.T) {
		for _, last := range []bool{false, true} {
			s := &fakeFailureStore{kept: Failures{Count: 3, First: at(0), DayCount: 3, Day: at(0), Revision: 1}}
			try, _, err := begin(s, s.kept, 0)
			if err := cmp.Or(err, try.right(ctx, last)); err != nil || s.kept.Open != 0 || s.kept.Count != map[bool]int{false: 3}[last] || s.kept.DayCount != 3 {
				t.Errorf("%+v, %v", s.kept, err)
			}
		}
	})
	t.Run("from what has become of it", func(t *testing.T) {
		s := &fakeFailureStore{kept: Failures{Count: 3, First: at(0), DayCount: 3, Day: at(0), Revision: 3}}
		try, _, err := begin(s, Failures{}, 0)
		s.spoil = 1
		if f, err := try.wrong(ctx); err != nil || f.Count != 4 {
			t.Errorf("%+v, %v", f, err)
		}
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("locked by others meanwhile", func(t *testing.T) {
		s := &fakeFailureStore{kept: Failures{Count: 5, First: at(0), DayCount: 5, Day: at(0), LockedUntil: at(30), Revision: 5}}
		if _, wait, err := begin(s, Failures{Count: 3, First: at(0), DayCount: 3, Day: at(0), Revision: 3}, 0); err != nil || wait != 30*time.Minute {
			t.Errorf("%s, %v", wait, err)
		}
	})
	t.Run("storage fails", func(t *testing.T) {
		broken := errors.New("no answer")
		if _, _, err := begin(&fakeFailureStore{err: broken}, Failures{}, 0); !errors.Is(err, broken) {
			t.Error(err)
		}
	})
	t.Run("somebody else is always first", func(t *testing.T) {
		s := &fakeFailureStore{spoil: 1000}
		if _, _, err := begin(s, Failures{}, 0); !errors.Is(err, fault.Unavailable) || s.swaps != 100 {
			t.Errorf("%v after %d swaps", err, s.swaps)
		}
	})
	t.Run("given back when the time is up", func(t *testing.T) {
		s := &fakeFailureStore{}
		try, _, err := begin(s, Failures{}, 0)
		over, cancel := context.WithCancel(ctx)
		cancel()
		if try.abandon(over); err != nil || s.kept.Open != 0 || s.kept.Count != 0 {
			t.Errorf("%+v, %v", s.kept, err)
		}
	})
	t.Run("many at once", func(t *testing.T) {
		s := &fakeFailureStore{}
		var mu sync.Mutex
		counted, refused := map[int]int{}, 0
		var all sync.WaitGroup
		for range 40 {
			all.Go(func() {
				try, wait, err := begin(s, Failures{}, 0)
				var f Failures
				if err == nil && wait == 0 {
					f, err = try.wrong(ctx)
				}
				mu.Lock()
				defer mu.Unlock()
				switch {
				case wait > 0, errors.Is(err, fault.Busy):
					refused++
				case err != nil:
					t.Error(err)
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

// TestSender says which addresses are one sender, and which are a shared gateway.
func TestSender(t *testing.T) {
	keys := Keys{Current: []byte("key")}
	s := Defaults()
	s.SharedEgress = []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("2001:db8:5::/48")}
	for address, shared := range map[string]bool{
		"10.1.2.3": true, "::ffff:10.1.2.3": true, "10.2.0.1": false, "2001:db8:5::1": true, "2001:db9::1": false, "": false, "nonsense": false,
	} {
		got := s.sender(keys, address)
		if got.shared != shared || strings.Contains(got.source, address) && address != "" {
			t.Errorf("%q is counted as %+v", address, got)
		}
		if n := got.times(30, s); n != map[bool]int{false: 30, true: 1500}[shared] {
			t.Errorf("%q may fail %d times", address, n)
		}
	}
	for _, tt := range []struct {
		a, b string
		one  bool
	}{
		{"192.0.2.7", "::ffff:192.0.2.7", true},
		{"192.0.2.7", "::ffff:c000:207", true},
		{"192.0.2.7", "192.0.2.8", false},
		{"2001:db8:1:1::1", "2001:db8:1:1::6", true},
		{"2001:db8:1:1::1", "2001:DB8:1:1:ffff:ffff:ffff:ffff", true},
		{"fe80::1%eth0", "fe80::2", true},
		{"2001:db8:1:1::1", "2001:db8:1:2::1", false},
		{"nonsense", "other nonsense", false},
	} {
		if one := s.sender(keys, tt.a) == s.sender(keys, tt.b); one != tt.one {
			t.Errorf("%s and %s are one sender: %v", tt.a, tt.b, one)
		}
	}
}
