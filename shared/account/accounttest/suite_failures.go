package accounttest

import (
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

func (s *suite) failures() {
	ctx := s.Context()
	// seen returns the failures of a key as they are read.
	seen := func(s *suite, key string) account.Failures {
		_, f, err := s.FindName(ctx, staff.ParseSignInName("nobody"), key)
		s.must(err)
		return f
	}
	first := account.Failures{Count: 1, First: noon, DayCount: 1, Day: noon, Revision: 1}
	second := account.Failures{Count: 2, First: noon, DayCount: 2, Day: noon, LockedUntil: noon.Add(time.Hour), Revision: 2}
	s.run("swapped", func(s *suite) {
		for _, tt := range []struct {
			name     string
			was, now account.Failures
			want     account.Failures
			lost     bool
		}{
			{"the first", account.Failures{}, first, first, false},
			{"the first again", account.Failures{}, first, first, true},
			{"the second", first, second, second, false},
			{"from what it was before", first, second, second, true},
		} {
			got, err := s.SwapFailures(ctx, "swapped", tt.was, tt.now)
			if s.want(err, map[bool]error{true: account.ErrSwapped}[tt.lost]); got != tt.want {
				s.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
			}
			same(s, tt.name, seen(s, "swapped"), tt.want)
		}
	})
	last, window, both := account.FailureReset{Last: true}, account.FailureReset{Window: true}, account.FailureReset{Last: true, Window: true}
	for _, tt := range []struct {
		name           string
		count, inDay   int
		reset          account.FailureReset
		count2, inDay2 int
		changed        bool
		unlocked       bool
	}{
		{"the last one", 5, 7, last, 4, 6, true, true},
		{"the others of the window", 5, 7, window, 0, 7, true, false},
		{"all of the window", 5, 7, both, 0, 6, true, true},
		{"the last one when the window has none", 0, 7, last, 0, 7, false, false},
		{"the others when there are none", 0, 7, window, 0, 7, false, false},
		{"all when only the day has some", 0, 7, both, 0, 6, true, true},
		{"the last one of none", 0, 0, last, 0, 0, false, false},
		{"all of none", 0, 0, both, 0, 0, false, false},
	} {
		s.run(tt.name, func(s *suite) {
			was := account.Failures{Count: tt.count, First: noon, DayCount: tt.inDay, Day: noon, LockedUntil: noon.Add(time.Hour), Revision: 1}
			_, err := s.SwapFailures(ctx, tt.name, account.Failures{}, was)
			s.must(err)
			s.must(s.ResetFailures(ctx, tt.name, tt.reset))
			want := was
			want.Count, want.DayCount = tt.count2, tt.inDay2
			if tt.changed {
				want.Revision++ // a swap of what was read before is lost
			}
			if tt.unlocked {
				want.LockedUntil = time.Time{}
			}
			same(s, "failures", seen(s, tt.name), want)
		})
	}
	s.run("a key without failures stays so", func(s *suite) {
		for _, reset := range []account.FailureReset{last, window, both} {
			s.must(s.ResetFailures(ctx, "none", reset))
		}
		same(s, "failures", seen(s, "none"), account.Failures{})
	})
}
