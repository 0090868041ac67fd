package account

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

var recoveryNoon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestRecoveryRequestAt(t *testing.T) {
	noon, week, s := recoveryNoon, 7*day, Defaults()
	pending := RecoveryRequest{ID: "r", State: RecoveryPending, Created: noon, Expires: noon.Add(week)}
	person := Person{Account: Account{Epoch: 4, Grants: []Grant{{ID: "unit"}}}}
	approved := pending.Approve(person, testPerson(t, 9), "当面核对", noon.Add(time.Hour), s)
	epochOver, granted, revoked := person.Account, person.Account, person.Account
	epochOver.Epoch, granted.Grants, revoked.Grants = 5, []Grant{{ID: "unit"}, {ID: "super"}}, nil
	used := approved
	used.State = RecoveryUsed
	rejected := pending.Reject(testPerson(t, 9), "未能确认本人", noon.Add(time.Hour))
	tests := []struct {
		name              string
		request           RecoveryRequest
		account           Account
		after             time.Duration
		state             RecoveryState
		open, shown, told bool // told: a recovery ticket still tells
	}{
		{"just raised", pending, person.Account, 0, RecoveryPending, true, true, true},
		{"the last moment of waiting", pending, person.Account, week - time.Millisecond, RecoveryPending, true, true, true},
		{"nobody decided", pending, person.Account, week, RecoveryExpired, false, false, true},
		{"nobody decided, a day later", pending, person.Account, week + day, RecoveryExpired, false, false, false},
		{"approved", approved, person.Account, 2 * time.Hour, RecoveryApproved, true, true, true},
		{"the last moment of an approval", approved, person.Account, 25*time.Hour - time.Millisecond, RecoveryApproved, true, true, true},
		{"an approval that nobody used", approved, person.Account, 25 * time.Hour, RecoveryExpired, false, false, false},
		{"approved for an epoch that is over", approved, epochOver, 2 * time.Hour, RecoveryExpired, false, false, true},
		{"approved before a grant was given", approved, granted, 2 * time.Hour, RecoveryExpired, false, false, true},
		{"approved before a grant was taken", approved, revoked, 2 * time.Hour, RecoveryApproved, true, true, true},
		{"pending, in any epoch", pending, epochOver, 2 * time.Hour, RecoveryPending, true, true, true},
		{"used, in the next epoch", used, epochOver, 2 * time.Hour, RecoveryUsed, false, false, true},
		{"used", used, person.Account, 2 * time.Hour, RecoveryUsed, false, false, true},
		{"used long ago", used, person.Account, 30 * day, RecoveryUsed, false, false, false},
		{"rejected", rejected, person.Account, 2 * time.Hour, RecoveryRejected, false, true, true},
		{"rejected two days ago", rejected, person.Account, 2 * day, RecoveryRejected, false, true, false},
		{"rejected at the end of the week", rejected, person.Account, week, RecoveryRejected, false, false, false},
		{"none", RecoveryRequest{}, person.Account, 0, "", false, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now := noon.Add(tt.after)
			if got := tt.request.At(now, tt.account); got != tt.state {
				t.Errorf("state %q, want %q", got, tt.state)
			}
			if got := tt.request.Open(now, tt.account); got != tt.open {
				t.Errorf("open = %t", got)
			}
			if got := tt.request.shown(now, tt.account); got != tt.shown {
				t.Errorf("shown = %t", got)
			}
			if got := now.Before(tt.request.followed(s)); got != tt.told {
				t.Errorf("told = %t", got)
			}
		})
	}
}

func TestNextRecovery(t *testing.T) {
	noon, s := recoveryNoon, Defaults()
	at := func(n int) LastRecovery { return LastRecovery{ID: "before", Day: noon, Count: n} }
	tests := []struct {
		name  string
		was   LastRecovery
		after time.Duration
		count int
		day   time.Time
		wait  time.Duration
	}{
		{"the first ever", LastRecovery{}, 0, 1, noon, 0},
		{"the second of the day", at(1), time.Hour, 2, noon, 0},
		{"the third of the day", at(2), day - time.Millisecond, 3, noon, 0},
		{"the fourth of the day", at(3), time.Hour, 0, noon, 23 * time.Hour},
		{"the first of the next day", at(3), day, 1, noon.Add(day), 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now := noon.Add(tt.after)
			got, err := tt.was.next("next", now, s)
			if tt.wait > 0 {
				var e *fault.Error
				if !errors.As(err, &e) || e.Code != "rate_limited" || e.RetryAfter != tt.wait {
					t.Fatalf("%v, want rate_limited after %v", err, tt.wait)
				}
				return
			}
			want := LastRecovery{ID: "next", Day: tt.day, Count: tt.count}
			if err != nil || got != want {
				t.Errorf("%+v, %v, want %+v", got, err, want)
			}
		})
	}
}

// testOrg and testPerson are codes that end in n.
func testOrg(t *testing.T, n int) staff.OrgCode {
	t.Helper()
	c, err := staff.ParseOrgCode(fmt.Sprintf("GO_%032d", n))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func testPerson(t *testing.T, n int) staff.EmployeeCode {
	t.Helper()
	c, err := staff.ParseEmployeeCode(fmt.Sprintf("GE_%032d", n))
	if err != nil {
		t.Fatal(err)
	}
	return c
}
