package accounttest

import (
	"errors"
	"slices"
	"sync"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
)

func (s *suite) addressFailures() {
	ctx := s.Context()
	for _, at := range []time.Duration{0, time.Minute, 59 * time.Minute, time.Hour} {
		s.must(s.AddAddressFailure(ctx, "a", noon.Add(at)))
	}
	for range 2 {
		s.must(s.AddAddressCall(ctx, "a", noon.Add(time.Minute)))
	}
	for _, tt := range []struct {
		source string
		at     time.Duration
		want   account.AddressUse
	}{
		{"a", 0, account.AddressUse{Failures: 3, Calls: 2}}, {"a", 59 * time.Minute, account.AddressUse{Failures: 3, Calls: 2}},
		{"a", time.Hour, account.AddressUse{Failures: 1}}, {"a", -time.Second, account.AddressUse{}}, {"b", 0, account.AddressUse{}},
	} {
		got, err := s.AddressUse(ctx, tt.source, noon.Add(tt.at))
		s.must(err)
		same(s, tt.source+" at "+tt.at.String(), got, tt.want)
	}
}

// codeTries are the tries of codes of a key and a day of China.
func (s *suite) codeTries() {
	ctx := s.Context()
	tries := func(s *suite, key string, at time.Time) account.CodeTries {
		c, err := s.CodeTries(ctx, key, at)
		s.must(err)
		return c
	}
	wrong := func(s *suite, key string, at time.Time, want int) {
		n, err := s.WrongCode(ctx, key, at)
		s.must(err)
		same(s, "wrong ones", n, want)
	}
	s.run("counted, wrong, right", func(s *suite) {
		same(s, "none", tries(s, "a", noon), account.CodeTries{})
		s.must(s.RightCode(ctx, "a", noon)) // takes nothing off
		same(s, "none", tries(s, "a", noon), account.CodeTries{})
		for range 3 {
			s.must(s.BeginCode(ctx, "a", noon, 3))
		}
		s.want(s.BeginCode(ctx, "a", noon.Add(time.Second), 3), fault.Busy)
		s.must(s.RightCode(ctx, "a", noon))
		same(s, "two", tries(s, "a", noon), account.CodeTries{Counted: 2, Last: noon})
		s.must(s.BeginCode(ctx, "a", noon.Add(time.Second), 3))
		for i := range 3 {
			s.want(s.BeginCode(ctx, "a", noon.Add(time.Second), 3), fault.Busy)
			wrong(s, "a", noon.Add(2*time.Second), i+1)
		}
		s.want(s.BeginCode(ctx, "a", noon.Add(2*time.Second), 3), fault.CodeTriesSpent)
		same(s, "three", tries(s, "a", noon), account.CodeTries{Counted: 3, Wrong: 3, Last: noon.Add(time.Second)})
		same(s, "another key", tries(s, "b", noon), account.CodeTries{})
		s.want(s.BeginCode(ctx, "b", noon, 3), nil)
		s.want(s.BeginCode(ctx, "a", noon.Add(12*time.Hour-time.Second), 3), fault.CodeTriesSpent)
		s.want(s.BeginCode(ctx, "a", noon.Add(12*time.Hour), 3), nil) // the next day in China
	})
	s.run("given up", func(s *suite) {
		for range 3 {
			s.must(s.BeginCode(ctx, "c", noon, 3))
		}
		s.want(s.BeginCode(ctx, "c", noon.Add(14*time.Second), 3), fault.Busy)
		s.want(s.BeginCode(ctx, "c", noon.Add(15*time.Second), 3), fault.CodeTriesSpent)
	})
}

func (s *suite) textsToPhone() {
	ctx := s.Context()
	l := account.SMSLimits{Interval: time.Minute, ADay: 3}
	reserve := func(s *suite, counted string, p account.Purpose, after time.Duration) (account.Reservation, error) {
		return s.ReserveForPhone(ctx, account.Reservation{Counted: counted, Purpose: p, At: noon.Add(after)}, l)
	}
	s.run("limits", func(s *suite) {
		for _, tt := range []struct {
			counted string
			purpose account.Purpose
			after   time.Duration
			want    *fault.Error // nil for none
			wait    time.Duration
			before  time.Duration // when the text before was; below 0 for none
		}{
			{"a", account.ForSignIn, 0, nil, 0, -1},
			{"a", account.ForSignIn, 20 * time.Second, fault.CodeTooSoon, 40 * time.Second, -1},
			{"a", account.ForRecovery, 20 * time.Second, nil, 0, -1}, // each purpose has its own
			{"b", account.ForSignIn, 20 * time.Second, nil, 0, -1},
			{"a", account.ForSignIn, time.Minute, nil, 0, 0},
			{"a", account.ForSignIn, 2 * time.Minute, nil, 0, time.Minute},
			{"a", account.ForSignIn, 3 * time.Minute, fault.CodeDailyLimit, 12*time.Hour - 3*time.Minute, -1},
			{"a", account.ForSignIn, 2*time.Minute + time.Second, fault.CodeTooSoon, 59 * time.Second, -1}, // the nearer limit is told
			{"a", account.ForSignIn, 12*time.Hour - time.Minute, fault.CodeDailyLimit, time.Minute, -1},
			{"a", account.ForSignIn, 12 * time.Hour, nil, 0, 2 * time.Minute}, // the next day in China
		} {
			r, err := reserve(s, tt.counted, tt.purpose, tt.after)
			if tt.want != nil {
				s.wantAfter(err, tt.want, tt.wait)
				continue
			}
			s.want(err, nil)
			var before time.Time
			if tt.before >= 0 {
				before = noon.Add(tt.before)
			}
			same(s, "before", r.Before, before)
		}
	})
	s.run("given back", func(s *suite) {
		for i := range 5 { // more than a day's texts
			r, err := reserve(s, "returned", account.ForSignIn, time.Duration(i)*time.Second)
			s.want(err, nil)
			s.must(s.ReleaseForPhone(ctx, r))
			s.must(s.ReleaseForPhone(ctx, r)) // the second time changes nothing
		}
		for i := range 3 {
			_, err := reserve(s, "returned", account.ForSignIn, time.Duration(i)*time.Minute)
			s.want(err, nil)
		}
		_, err := reserve(s, "returned", account.ForSignIn, time.Hour)
		s.want(err, fault.CodeDailyLimit)
	})
	s.run("given back, then the one before counts again", func(s *suite) {
		_, err := reserve(s, "before", account.ForSignIn, 0)
		s.want(err, nil)
		r, err := reserve(s, "before", account.ForSignIn, time.Minute)
		s.want(err, nil)
		s.must(s.ReleaseForPhone(ctx, r))
		_, err = reserve(s, "before", account.ForSignIn, 59*time.Second)
		s.wantAfter(err, fault.CodeTooSoon, time.Second)
	})
	s.run("not given back after another text", func(s *suite) {
		r, err := reserve(s, "late", account.ForSignIn, 0)
		s.want(err, nil)
		_, err = reserve(s, "late", account.ForSignIn, time.Minute)
		s.want(err, nil)
		s.must(s.ReleaseForPhone(ctx, r))
		_, err = reserve(s, "late", account.ForSignIn, 90*time.Second)
		s.wantAfter(err, fault.CodeTooSoon, 30*time.Second)
	})
}

func (s *suite) textsOfAll() {
	ctx := s.Context()
	one := account.Budget{Shards: 1, Whole: 3, Day: 3}
	l := account.SMSLimits{Budget: one, AnHour: 2}
	at := func(after time.Duration) account.Reservation {
		return account.Reservation{Source: "a", Purpose: account.ForSignIn, At: noon.Add(after)}
	}
	reserve := func(s *suite, r account.Reservation, b account.Budget, want error) account.Reservation {
		s.Helper()
		got, err := s.ReserveBudget(ctx, r, account.SMSLimits{Budget: b})
		s.want(err, want)
		return got
	}
	s.run("budget", func(s *suite) {
		for range 3 {
			reserve(s, at(0), one, nil)
		}
		reserve(s, at(time.Hour), one, fault.SMSUnavailable)
		reserve(s, at(time.Hour), account.Budget{Shards: 1, Day: 4}, nil)
		reserve(s, at(12*time.Hour), one, nil) // the next day in China
		s.must(s.ReleaseBudget(ctx, at(0)))
		reserve(s, at(0), one, fault.SMSUnavailable)
		s.must(s.ReleaseBudget(ctx, at(0)))
		reserve(s, at(0), one, nil)
	})
	s.run("an hour", func(s *suite) {
		hours := account.Budget{Shards: 1, Day: 100, Hour: 2}
		day := 48 * time.Hour
		reserve(s, at(day), hours, nil)
		reserve(s, at(day+59*time.Minute), hours, nil)
		reserve(s, at(day+59*time.Minute), hours, fault.SMSUnavailable)
		reserve(s, at(day+time.Hour), hours, nil)
		reserve(s, at(day), account.Budget{Shards: 1, Day: 100}, nil) // second steps do not ask for the hour
		recovery := at(day)
		recovery.Purpose = account.ForRecovery
		hours.Beyond = 2
		reserve(s, recovery, hours, nil)
		last := reserve(s, recovery, hours, nil)
		reserve(s, recovery, hours, fault.SMSUnavailable)
		s.must(s.ReleaseBudget(ctx, last))
		reserve(s, recovery, hours, nil)
		reserve(s, recovery, hours, fault.SMSUnavailable)
	})
	s.run("shards", func(s *suite) {
		shards := account.Budget{Shards: 4, Day: 5}
		day := 96 * time.Hour
		sent := 0
		for range 200 {
			if _, err := s.ReserveBudget(ctx, at(day), account.SMSLimits{Budget: shards}); err == nil {
				sent++
			}
		}
		same(s, "texts", sent, 20)
	})
	s.run("address", func(s *suite) {
		for range 2 {
			s.want(s.ReserveForAddress(ctx, at(0), l), nil)
		}
		s.wantAfter(s.ReserveForAddress(ctx, at(20*time.Minute), l), fault.RateLimited, 40*time.Minute)
		s.want(s.ReserveForAddress(ctx, at(time.Hour), l), nil)
		other := at(0)
		other.Source = "b"
		s.want(s.ReserveForAddress(ctx, other, l), nil)
		s.must(s.ReleaseForAddress(ctx, at(0)))
		s.want(s.ReserveForAddress(ctx, at(time.Minute), l), nil)
		s.want(s.ReserveForAddress(ctx, at(time.Minute), l), fault.RateLimited)
		use, err := s.AddressUse(ctx, "a", noon)
		s.must(err)
		same(s, "failures beside texts", use.Failures, 0)
	})
	s.run("never below none", func(s *suite) {
		empty := at(-48 * time.Hour)
		s.must(s.ReleaseBudget(ctx, empty))
		s.must(s.ReleaseForAddress(ctx, empty))
		reserve(s, empty, account.Budget{Shards: 1, Day: 1}, nil)
		reserve(s, empty, account.Budget{Shards: 1, Day: 1}, fault.SMSUnavailable)
		s.want(s.ReserveForAddress(ctx, empty, account.SMSLimits{AnHour: 1}), nil)
		s.want(s.ReserveForAddress(ctx, empty, account.SMSLimits{AnHour: 1}), fault.RateLimited)
	})
}

// pace is the row in which texts of jobs leave.
func (s *suite) pace() {
	ctx := s.Context()
	for _, tt := range []struct {
		name                        string
		stretch, now, latest, wants time.Duration
		err                         error
	}{
		{"an empty row", time.Second, 0, 0, 0, nil},
		{"behind the first", 2 * time.Second, 0, time.Second, time.Second, nil},
		{"too late for the third", time.Second, 0, 3*time.Second - time.Millisecond, 0, account.ErrPaceTaken},
		{"the third, at the last moment", time.Second, 0, 3 * time.Second, 3 * time.Second, nil},
		{"another clock is behind", time.Second, -time.Second, time.Hour, 4 * time.Second, nil},
		{"as the row is free again", 40 * time.Millisecond, 5 * time.Second, 5 * time.Second, 5 * time.Second, nil},
		{"long after", time.Second, time.Hour, time.Hour, time.Hour, nil},
		{"whose time is up already", time.Second, 2 * time.Hour, time.Hour, 0, account.ErrPaceTaken},
	} {
		begins, err := s.ReservePace(ctx, tt.stretch, noon.Add(tt.now), noon.Add(tt.latest))
		if !errors.Is(err, tt.err) {
			s.Fatalf("%s: %v", tt.name, err)
		}
		if err == nil {
			same(s, tt.name, begins.UTC(), noon.Add(tt.wants))
		}
	}
	later := noon.Add(10 * time.Hour)
	var wg sync.WaitGroup
	all, errs := make([]time.Duration, 8), make([]error, 8)
	for n := range all {
		wg.Go(func() {
			var begins time.Time
			begins, errs[n] = s.ReservePace(ctx, time.Second, later, later.Add(time.Minute))
			all[n] = begins.Sub(later)
		})
	}
	wg.Wait()
	s.must(errors.Join(errs...))
	slices.Sort(all)
	for n, d := range all {
		same(s, "of eight at once", d, time.Duration(n)*time.Second)
	}
}
