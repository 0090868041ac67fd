package account

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

var recoveryNoon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestRecoveryRequestAt(t *testing.T) {
	noon, week, s := recoveryNoon, 7*day, Defaults()
	pending := RecoveryRequest{ID: "r", State: RecoveryPending, Created: noon, Expires: noon.Add(week)}
	approved := RecoveryRequest{ID: "r", State: RecoveryApproved, Created: noon, Decided: noon.Add(time.Hour), Expires: noon.Add(25 * time.Hour)}
	used := approved
	used.State = RecoveryUsed
	rejected := pending
	rejected.State, rejected.Decided = RecoveryRejected, noon.Add(time.Hour)
	tests := []struct {
		name              string
		request           RecoveryRequest
		after             time.Duration
		state             RecoveryState
		open, shown, told bool // told: a recovery ticket still tells
	}{
		{"just raised", pending, 0, RecoveryPending, true, true, true},
		{"the last moment of waiting", pending, week - time.Millisecond, RecoveryPending, true, true, true},
		{"nobody decided", pending, week, RecoveryExpired, false, false, true},
		{"nobody decided, a day later", pending, week + day, RecoveryExpired, false, false, false},
		{"approved", approved, 2 * time.Hour, RecoveryApproved, true, true, true},
		{"the last moment of an approval", approved, 25*time.Hour - time.Millisecond, RecoveryApproved, true, true, true},
		{"an approval that nobody used", approved, 25 * time.Hour, RecoveryExpired, false, false, false},
		{"used", used, 2 * time.Hour, RecoveryUsed, false, false, true},
		{"used long ago", used, 30 * day, RecoveryUsed, false, false, false},
		{"rejected", rejected, 2 * time.Hour, RecoveryRejected, false, true, true},
		{"rejected two days ago", rejected, 2 * day, RecoveryRejected, false, true, false},
		{"rejected at the end of the week", rejected, week, RecoveryRejected, false, false, false},
		{"none", RecoveryRequest{}, 0, "", false, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now := noon.Add(tt.after)
			if got := tt.request.At(now); got != tt.state {
				t.Errorf("state %q, want %q", got, tt.state)
			}
			if got := tt.request.Open(now); got != tt.open {
				t.Errorf("open = %t", got)
			}
			if got := tt.request.shown(now); got != tt.shown {
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

func TestIsID(t *testing.T) {
	for s, want := range map[string]bool{
		"hT5mZc0QvR2yXk8LsB4nJw": true, "hT5mZc0QvR2yXk8LsB4n_-": true, "": false, "hT5mZc0QvR2yXk8LsB4nJ": false,
		"hT5mZc0QvR2yXk8LsB4nJw2": false, "hT5mZc0QvR2yXk8LsB4n#w": false, strings.Repeat("号", 22): false,
	} {
		if isID(s) != want {
			t.Errorf("isID(%q) = %t", s, !want)
		}
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

func TestNearest(t *testing.T) {
	root, city, unit, other := testOrg(t, 1), testOrg(t, 2), testOrg(t, 3), testOrg(t, 4)
	a, b := testPerson(t, 1), testPerson(t, 2)
	path := []staff.OrgCode{root, city, unit}
	tests := []struct {
		name    string
		holders map[staff.OrgCode][]staff.EmployeeCode
		want    []staff.EmployeeCode
	}{
		{"nobody", nil, nil},
		{"on the unit and above: the unit's", map[staff.OrgCode][]staff.EmployeeCode{root: {a}, unit: {b}}, []staff.EmployeeCode{b}},
		{"all of the unit", map[staff.OrgCode][]staff.EmployeeCode{unit: {b, a}}, []staff.EmployeeCode{b, a}},
		{"none on the unit: the next above", map[staff.OrgCode][]staff.EmployeeCode{root: {a}, city: {b}}, []staff.EmployeeCode{b}},
		{"at the root only", map[staff.OrgCode][]staff.EmployeeCode{root: {a}}, []staff.EmployeeCode{a}},
		{"of another unit", map[staff.OrgCode][]staff.EmployeeCode{other: {a}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := nearest(path, tt.holders); !slices.Equal(got, tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

func TestQueueRows(t *testing.T) {
	root, unit, section, other := testOrg(t, 1), testOrg(t, 2), testOrg(t, 3), testOrg(t, 4)
	orgs := staff.Orgs{
		section: {Code: section, Path: []staff.OrgCode{root, unit, section}},
		other:   {Code: other, Path: []staff.OrgCode{root, other}},
	}
	here := staff.Post{Unit: unit, Org: section, JobType: staff.MainJob, Active: true}
	there := staff.Post{Unit: other, Org: other, JobType: staff.ConcurrentJob, Active: true}
	ended := there
	ended.Active = false
	last := here
	last.Active = false
	row := func(c staff.OrgCode, s RecoveryState) QueueRow { return QueueRow{c, s} }

	tests := []struct {
		name       string
		state      RecoveryState
		employment staff.Employment
		posts      []staff.Post
		ever       []staff.OrgCode
		rows       []QueueRow
		misplaced  []QueueRow
	}{
		{"one post", RecoveryPending, staff.InService, []staff.Post{here}, []staff.OrgCode{root, unit, section},
			[]QueueRow{row(root, "pending"), row(unit, "pending"), row(section, "pending")}, nil},
		{"two posts under one root", RecoveryPending, staff.InService, []staff.Post{here, there}, []staff.OrgCode{root, unit, section, other},
			[]QueueRow{row(root, "pending"), row(unit, "pending"), row(section, "pending"), row(other, "pending")}, nil},
		{"moved away", RecoveryPending, staff.InService, []staff.Post{here, ended}, []staff.OrgCode{root, unit, section, other},
			[]QueueRow{row(root, "pending"), row(unit, "pending"), row(section, "pending")}, []QueueRow{row(other, "pending")}},
		{"used after an approval", RecoveryUsed, staff.InService, []staff.Post{there}, []staff.OrgCode{root, other, unit},
			[]QueueRow{row(root, "used"), row(other, "used")},
			[]QueueRow{row(root, "pending"), row(root, "approved"), row(other, "pending"), row(other, "approved"),
				row(unit, "pending"), row(unit, "approved"), row(unit, "used")}},
		{"rejected", RecoveryRejected, staff.InService, []staff.Post{there}, []staff.OrgCode{root, other},
			[]QueueRow{row(root, "rejected"), row(other, "rejected")}, []QueueRow{row(root, "pending"), row(other, "pending")}},
		{"left", RecoveryPending, staff.Left, []staff.Post{last}, []staff.OrgCode{root},
			[]QueueRow{row(root, "pending"), row(unit, "pending"), row(section, "pending")}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := RecoveryRequest{ID: "r", State: tt.state}
			rows := r.QueueRows(staff.Staff{Employment: tt.employment, Posts: tt.posts}, orgs)
			if !slices.Equal(rows, tt.rows) {
				t.Errorf("rows %v, want %v", rows, tt.rows)
			}
			if got := r.misplaced(tt.ever, rows); !slices.Equal(got, tt.misplaced) {
				t.Errorf("misplaced %v, want %v", got, tt.misplaced)
			}
		})
	}
}

func TestMainFirst(t *testing.T) {
	post := func(title string, j staff.JobType) staff.Post { return staff.Post{Title: title, JobType: j} }
	var got []string
	for _, p := range mainFirst([]staff.Post{post("a", staff.ConcurrentJob), post("b", staff.MainJob), post("c", staff.SecondedJob)}) {
		got = append(got, p.Title)
	}
	if !slices.Equal(got, []string{"b", "a", "c"}) {
		t.Errorf("%v", got)
	}
}
