package accounttest

import (
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
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
	s.run("with a trace", func(s *suite) {
		p := s.person()
		lock := s.entry("lock", p.Staff.Code, audit.Lock)
		lock.Actor = staff.EmployeeCode{}
		line := func(id string, o account.Outcome) *account.SignIn {
			return &account.SignIn{ID: id, At: noon, Outcome: o, Client: account.App, DeviceName: "手机", Address: "192.0.2.1"}
		}
		for _, tt := range []struct {
			name     string
			was, now account.Failures
			trace    account.Trace
			lost     bool
			lines    int
			audit    []string
		}{
			{"the first", account.Failures{}, first, account.Trace{Staff: p.Staff.Code, Line: line("one", account.WasFailed)}, false, 1, nil},
			{"after somebody else's", account.Failures{}, first, account.Trace{Staff: p.Staff.Code, Line: line("two", account.WasFailed)}, true, 1, nil},
			{"a lock", first, second, account.Trace{Staff: p.Staff.Code, Line: line("three", account.WasLocked), Lock: &lock}, false, 2, []string{AuditLine(lock)}},
			{"a lock after somebody else's", first, second, account.Trace{Staff: p.Staff.Code, Line: line("four", account.WasLocked), Lock: &lock}, true, 2, []string{AuditLine(lock)}},
		} {
			got, err := s.TraceFailure(ctx, "traced", tt.was, tt.now, tt.trace)
			current := tt.now
			if tt.lost {
				current = seen(s, "traced")
			}
			if s.want(err, map[bool]error{true: account.ErrSwapped}[tt.lost]); got != current {
				s.Errorf("%s: %+v, want %+v", tt.name, got, current)
			}
			lines, err := s.SignIns(ctx, p.Staff.Code, noon.Add(-time.Hour), "", 9)
			s.must(err)
			same(s, tt.name+": lines", len(lines), tt.lines)
			same(s, tt.name+": audit", s.Audit(p.Staff.Code), tt.audit)
		}
		nobody := account.Trace{Line: line("five", account.WasLocked), Lock: &lock}
		_, err := s.TraceFailure(ctx, "nobody's", account.Failures{}, second, nobody)
		s.must(err)
		same(s, "of nobody: audit", len(s.Audit(p.Staff.Code)), 1)
		same(s, "of nobody: failures", seen(s, "nobody's"), second)
	})
	open := account.Failures{Count: 1, First: noon, DayCount: 1, Day: noon, Open: 2, Opened: noon.Add(time.Minute), Revision: 1}
	s.run("open tries are kept", func(s *suite) {
		_, err := s.SwapFailures(ctx, "open", account.Failures{}, open)
		s.must(err)
		same(s, "failures", seen(s, "open"), open)
	})
	for _, tt := range []struct {
		name          string
		count, count2 int
	}{{"the window is taken back", 5, 0}, {"a window without failures", 0, 0}} {
		s.run(tt.name, func(s *suite) {
			was := account.Failures{Count: tt.count, First: noon, DayCount: 7, Day: noon, LockedUntil: noon.Add(time.Hour), Open: 1, Opened: noon, Revision: 1}
			_, err := s.SwapFailures(ctx, tt.name, account.Failures{}, was)
			s.must(err)
			s.must(s.ResetWindow(ctx, tt.name))
			want := was
			if want.Count = tt.count2; tt.count > 0 {
				want.Revision++ // a swap of what was read before is lost
			}
			same(s, "failures", seen(s, tt.name), want)
		})
	}
	s.run("a key without failures stays so", func(s *suite) {
		s.must(s.ResetWindow(ctx, "none"))
		same(s, "failures", seen(s, "none"), account.Failures{})
	})
}
