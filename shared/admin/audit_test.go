package admin

import (
	"slices"
	"testing"
	"time"
)

func TestAuditPeriod(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	soon := now.Add(time.Hour)
	// Midnight in Beijing is 16:00 of the day before in UTC.
	midnight := func(year int, month time.Month, date int) time.Time {
		return time.Date(year, month, date-1, 16, 0, 0, 0, time.UTC)
	}
	tests := []struct {
		name     string
		f        AuditFilter
		from, to time.Time
		fields   []string
	}{
		{"of a person, ever", AuditFilter{EmployeeCode: "x"}, time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), soon, nil},
		{"of an organisation, the last half year", AuditFilter{Org: "x"}, soon.Add(-180 * day), soon, nil},
		{"days, the last one with it", AuditFilter{Org: "x", From: "2026-02-01", To: "2026-02-03"}, midnight(2026, 2, 1), midnight(2026, 2, 4), nil},
		{"one day", AuditFilter{Actor: "x", From: "2026-02-01", To: "2026-02-01"}, midnight(2026, 2, 1), midnight(2026, 2, 2), nil},
		{"instants elsewhere", AuditFilter{Org: "x", From: "2026-02-01T08:00:00+08:00", To: "2026-02-01T08:00:01.5+08:00"}, time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 2, 1, 0, 0, 1, 5e8, time.UTC), nil},
		{"until a time to come", AuditFilter{Org: "x", From: "2026-03-01", To: "2030-01-01"}, midnight(2026, 3, 1), soon, nil},
		{"a year and a day", AuditFilter{Org: "x", From: "2025-03-01", To: "2026-03-01"}, midnight(2025, 3, 1), midnight(2026, 3, 2), nil},
		{"too far back", AuditFilter{Org: "x", From: "2025-02-27", To: "2026-03-01"}, time.Time{}, time.Time{}, []string{"from"}},
		{"a person, that far back", AuditFilter{EmployeeCode: "x", From: "2020-01-01"}, midnight(2020, 1, 1), soon, nil},
		{"today in Beijing, where it is 20:00", AuditFilter{Org: "x", From: "2026-03-02"}, midnight(2026, 3, 2), soon, nil},
		{"tomorrow, which has not begun", AuditFilter{Actor: "x", From: "2026-03-03", To: "2026-03-03"}, midnight(2026, 3, 3), soon, nil},
		{"the wrong way round", AuditFilter{Org: "x", From: "2026-02-02", To: "2026-02-01"}, time.Time{}, time.Time{}, []string{"to"}},
		{"no times at all", AuditFilter{Org: "x", From: "yesterday", To: "2026-02-30"}, time.Time{}, time.Time{}, []string{"to", "from"}},
		{"out of all bounds", AuditFilter{Actor: "x", From: "1970-01-01", To: "9999-12-31"}, time.Time{}, time.Time{}, []string{"to", "from"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			from, to, err := tt.f.period(now)
			if got := fieldsOf(err); !slices.Equal(got, tt.fields) {
				t.Fatalf("wrong are %v, want %v", got, tt.fields)
			}
			if err == nil && (!from.Equal(tt.from) || !to.Equal(tt.to)) {
				t.Errorf("from %v to %v", from, to)
			}
		})
	}
}

// TestAuditOfThisMorning: at 05:00 in Beijing it is still yesterday in UTC. What was done
// since midnight is today's.
func TestAuditOfThisMorning(t *testing.T) {
	five := time.Date(2026, 3, 1, 21, 0, 0, 0, time.UTC)
	done := five.Add(-time.Hour)
	for _, f := range []AuditFilter{{Org: "x", From: "2026-03-02"}, {Org: "x", From: "2026-03-02", To: "2026-03-02"}, {Actor: "x", To: "2026-03-02"}} {
		from, to, err := f.period(five)
		if err != nil || done.Before(from) || !done.Before(to) {
			t.Errorf("%+v: from %v to %v, %v", f, from, to, err)
		}
	}
	if _, to, err := (AuditFilter{Actor: "x", To: "2026-03-01"}).period(five); err != nil || done.Before(to) {
		t.Errorf("yesterday ends at %v, %v", to, err)
	}
}

func TestAuditMonths(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, tt := range []struct {
		name, from, to string
		months         []string
	}{
		{"within one", "2026-02-03T00:00:00Z", "2026-02-04T00:00:00Z", []string{"2026-02"}},
		{"to the end of one", "2026-02-03T00:00:00Z", "2026-03-01T00:00:00Z", []string{"2026-02"}},
		{"just beyond it", "2026-02-03T00:00:00Z", "2026-03-01T00:00:00.001Z", []string{"2026-03", "2026-02"}},
		{"over the year", "2025-12-31T23:59:59Z", "2026-03-01T00:00:00Z", []string{"2026-02", "2026-01", "2025-12"}},
		{"nothing", "2026-02-03T00:00:00Z", "2026-02-03T00:00:00Z", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, r := range (AuditRange{In: data.Code, From: at(tt.from), To: at(tt.to)}).months() {
				got = append(got, r.Month.Format(month))
				if r.In != data.Code || r.From.IsZero() {
					t.Errorf("%+v", r)
				}
			}
			if !slices.Equal(got, tt.months) {
				t.Errorf("%v, want %v", got, tt.months)
			}
		})
	}
}
