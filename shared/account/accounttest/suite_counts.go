package accounttest

import (
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
)

func (s *suite) addressFailures() {
	ctx := s.Context()
	for _, at := range []time.Duration{0, time.Minute, 59 * time.Minute, time.Hour} {
		s.must(s.AddAddressFailure(ctx, "a", noon.Add(at)))
	}
	for _, tt := range []struct {
		source string
		at     time.Duration
		want   int
	}{
		{"a", 0, 3}, {"a", 59 * time.Minute, 3}, {"a", time.Hour, 1}, {"a", -time.Second, 0}, {"b", 0, 0},
	} {
		n, err := s.AddressFailures(ctx, tt.source, noon.Add(tt.at))
		s.must(err)
		if n != tt.want {
			s.Errorf("%s at %s: %d, want %d", tt.source, tt.at, n, tt.want)
		}
	}
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
	l := account.SMSLimits{Budget: 3, AnHour: 2}
	at := func(after time.Duration) account.Reservation {
		return account.Reservation{Source: "a", Purpose: account.ForSignIn, At: noon.Add(after)}
	}
	s.run("budget", func(s *suite) {
		for range 3 {
			s.want(s.ReserveBudget(ctx, at(0), l), nil)
		}
		s.want(s.ReserveBudget(ctx, at(time.Hour), l), fault.SMSUnavailable)
		s.want(s.ReserveBudget(ctx, at(time.Hour), account.SMSLimits{Budget: 4}), nil)
		s.want(s.ReserveBudget(ctx, at(12*time.Hour), l), nil) // the next day in China
		four := account.SMSLimits{Budget: 4}
		s.want(s.ReserveBudget(ctx, at(0), four), fault.SMSUnavailable)
		s.must(s.ReleaseBudget(ctx, at(0)))
		s.want(s.ReserveBudget(ctx, at(0), four), nil)
		s.want(s.ReserveBudget(ctx, at(0), four), fault.SMSUnavailable)
	})
	s.run("a budget of many phones", func(s *suite) {
		reserved := 0
		day := noon.Add(-96 * time.Hour)
		for i := range 40 {
			r := account.Reservation{Phone: s.phone(200 + i), Purpose: account.ForSignIn, At: day}
			if s.ReserveBudget(ctx, r, account.SMSLimits{Budget: 29}) == nil {
				reserved++
			}
		}
		same(s, "reserved", reserved, 29)
		for i := range 29 {
			s.must(s.ReleaseBudget(ctx, account.Reservation{Phone: s.phone(300 + i), At: day}))
		}
		s.want(s.ReserveBudget(ctx, account.Reservation{Phone: s.phone(1), At: day}, account.SMSLimits{Budget: 1}), nil)
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
		n, err := s.AddressFailures(ctx, "a", noon)
		s.must(err)
		same(s, "failures beside texts", n, 0)
	})
	s.run("never below none", func(s *suite) {
		empty := at(-48 * time.Hour)
		s.must(s.ReleaseBudget(ctx, empty))
		s.must(s.ReleaseForAddress(ctx, empty))
		one := account.SMSLimits{Budget: 1, AnHour: 1}
		s.want(s.ReserveBudget(ctx, empty, one), nil)
		s.want(s.ReserveBudget(ctx, empty, one), fault.SMSUnavailable)
		s.want(s.ReserveForAddress(ctx, empty, one), nil)
		s.want(s.ReserveForAddress(ctx, empty, one), fault.RateLimited)
	})
}
