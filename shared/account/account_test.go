package account

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// TestDefaults has the contract's numbers once more.
func TestDefaults(t *testing.T) {
	const hour = time.Hour
	want := Settings{
		CodeLife: 5 * time.Minute, VerifiedLife: 5 * time.Minute, TicketLife: 30 * time.Minute, CodeTries: 5,
		TextInterval: 60 * time.Second, TextsADay: 10, SMSDailyBudget: 100_000, BudgetSecondStepsShare: 0.8, AddressHourly: 300, AddressFailures: 30,
		MissTries: 5, MissWindow: 5 * time.Minute, MissTime: 30 * time.Minute,
		LockTries: 5, LockWindow: 5 * time.Minute, LockTime: 30 * time.Minute, LockDaily: 30, LockDayTime: 24 * hour,
		SecondFactor: "new_device", DeviceLife: 30 * 24 * hour, AppIdle: 7 * 24 * hour, AppLife: 30 * 24 * hour, ConsoleIdle: 30 * time.Minute, ConsoleLife: 12 * hour,
		SessionsEach: 5, PasswordsKept: 5, RecoveryLife: 7 * 24 * hour, RecoveryApprovedLife: 24 * hour, RecoveriesADay: 3, AdministratorsListed: 10,
	}
	if got := Defaults(); fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
}

func TestPermissions(t *testing.T) {
	all := []Permission{StaffRead, StaffEdit, StaffBatch, StaffImport, OrgEdit, AdminGrant, AuditRead, PIIReveal}
	unit := []Permission{StaffRead, StaffEdit, StaffBatch, StaffImport, OrgEdit}
	tests := []struct {
		name string
		g    Grant
		want []Permission
	}{
		{"super", Grant{Type: SuperGrant}, all},
		{"unit", Grant{Type: UnitGrant}, unit},
		{"audit", Grant{Type: AuditGrant}, []Permission{StaffRead, AuditRead}},
		{"unit with more", Grant{Type: UnitGrant, Added: []Permission{PIIReveal, AdminGrant}}, append(slices.Clone(unit), PIIReveal, AdminGrant)},
		{"what the type has already is added once", Grant{Type: AuditGrant, Added: []Permission{AuditRead, PIIReveal, PIIReveal}}, []Permission{StaffRead, AuditRead, PIIReveal}},
		{"super with more", Grant{Type: SuperGrant, Added: []Permission{PIIReveal}}, all},
		{"a type that there is not", Grant{Type: "root"}, nil},
	}
	for _, tt := range tests {
		if got := tt.g.Permissions(); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		for _, p := range append(all, "staff.delete", "") {
			if tt.g.Allows(p) != slices.Contains(tt.want, p) {
				t.Errorf("%s: allows %q: %v", tt.name, p, tt.g.Allows(p))
			}
		}
	}
	grant := Grant{Type: UnitGrant, Added: []Permission{PIIReveal}}
	_ = append(grant.Permissions(), AdminGrant)
	if grant.Allows(AdminGrant) || len(grant.Added) != 1 {
		t.Error("what is made of a grant changes it")
	}
}

func TestScopes(t *testing.T) {
	org := func(c string) staff.OrgCode {
		code, err := staff.ParseOrgCode("GO_" + strings.Repeat(c, 32))
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	a, b := org("a"), org("b")
	c := Caller{Grants: []Grant{{Type: AuditGrant, Org: b}, {Type: UnitGrant, Org: a}, {Type: UnitGrant, Org: b, Added: []Permission{PIIReveal}}}}
	for p, want := range map[Permission][]staff.OrgCode{
		StaffRead: {b, a}, StaffEdit: {a, b}, AuditRead: {b}, PIIReveal: {b}, AdminGrant: nil,
	} {
		if got := c.Scopes(p); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", p, got, want)
		}
	}
}

func TestHashes(t *testing.T) {
	a := Account{Password: "now", Past: []string{"before", "long before"}}
	if got := a.Hashes(); !slices.Equal(got, []string{"now", "before", "long before"}) || len(a.Past) != 2 {
		t.Errorf("%q", got)
	}
	if got := (Account{}).Hashes(); got != nil {
		t.Errorf("%q before the first password", got)
	}
}

func TestSessionLife(t *testing.T) {
	s := Defaults()
	const hours = 60.0
	tests := []struct {
		name     string
		client   Client
		lastUsed float64 // in minutes, of a session that began at 0
		want     float64
	}{
		{"the app, fresh", App, 0, 7 * 24 * hours},
		{"the app, used after a week less a minute", App, 7*24*hours - 1, 14*24*hours - 1},
		{"the app, near the end of its life", App, 29 * 24 * hours, 30 * 24 * hours},
		{"the mobile pages are as the app", MobileWeb, 0, 7 * 24 * hours},
		{"the console, fresh", Console, 0, 30},
		{"the console, used", Console, 25, 55},
		{"the console, near the end of its life", Console, 11.75 * hours, 12 * hours},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			session := Session{Hash: "h", Client: tt.client, Epoch: 3, CreatedAt: at(0), LastUsed: at(tt.lastUsed)}
			end := session.Expires(s)
			if !end.Equal(at(tt.want)) {
				t.Errorf("it ends after %s, want %s", end.Sub(at(0)), at(tt.want).Sub(at(0)))
			}
			owner := Account{Epoch: 3, Seats: []Seat{{Hash: session.Hash}}}
			for name, live := range map[string]bool{
				"at its last moment":         session.live(owner, s, end.Add(-1)),
				"at its end":                 !session.live(owner, s, end),
				"after the epoch was raised": !session.live(Account{Epoch: 4, Seats: owner.Seats}, s, at(tt.lastUsed)),
				"without a seat":             !session.live(Account{Epoch: 3, Seats: []Seat{{Hash: "other"}}}, s, at(tt.lastUsed)),
				"with no such session":       !(Session{Client: tt.client, Epoch: 3, CreatedAt: at(0), LastUsed: at(0)}).live(owner, s, at(0)),
			} {
				if !live {
					t.Errorf("wrong %s", name)
				}
			}
		})
	}
}

func TestAdministratorSessions(t *testing.T) {
	grants := []Grant{{Type: AuditGrant}}
	proved := func(m float64) time.Time { return at(m) }
	tests := []struct {
		name             string
		proved, lastUsed time.Time
		grants           []Grant
		want             error
	}{
		{"just proved", proved(0), at(0), grants, nil},
		{"proved twelve hours ago", proved(-720), at(0), grants, nil},
		{"proved longer ago", proved(-720.01), at(0), grants, fault.AdminSessionExpired},
		{"used thirty minutes ago", proved(-60), at(-30), grants, nil},
		{"used longer ago", proved(-60), at(-30.01), grants, fault.AdminSessionExpired},
		{"never proved", time.Time{}, at(0), grants, fault.AdminSessionExpired},
		{"no administrator", proved(0), at(0), nil, fault.PermissionDenied},
		{"no administrator, and never proved", time.Time{}, at(0), nil, fault.AdminSessionExpired},
	}
	for _, tt := range tests {
		for _, client := range []Client{App, MobileWeb, Console} {
			uc := Authorize{Settings: Defaults(), Now: func() time.Time { return at(0) }}
			err := uc.Administrator(Caller{Session: Session{Client: client, ProvedAt: tt.proved, LastUsed: tt.lastUsed}, Grants: tt.grants})
			if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
				t.Errorf("%s with %s: %v, want %v", tt.name, client, err, tt.want)
			}
		}
	}
}

// ledger is where sessions are begun; it keeps what was written.
type ledger struct {
	started Session
	seats   Seating
	asked   []staff.OrgCode
	err     error
	holders []Holder // as they are read again, each after seats were swapped by somebody else
}

func (l *ledger) Holder(context.Context, staff.EmployeeCode) (Holder, error) {
	h := l.holders[0]
	l.holders = l.holders[1:]
	return h, nil
}

func (l *ledger) StartSession(_ context.Context, s Session, _ Call, _ *Device, seats Seating) error {
	l.started, l.seats = s, seats
	if len(l.holders) > 0 {
		return ErrSwapped
	}
	return l.err
}

func (l *ledger) OrgNames(_ context.Context, codes []staff.OrgCode) (staff.Orgs, error) {
	l.asked = codes
	return staff.Orgs{}, nil
}

func TestSeat(t *testing.T) {
	// Sessions 0, 1, … last used at the minutes, each with a seat.
	held := func(minutes ...float64) Holder {
		h := Holder{Person: Person{Account: Account{Epoch: 3}}}
		for i, m := range minutes {
			h.Sessions = append(h.Sessions, Session{Hash: fmt.Sprint(i), Client: App, Epoch: 3, CreatedAt: at(-1000), LastUsed: at(m)})
			h.Account.Seats = append(h.Account.Seats, Seat{fmt.Sprint(i), at(-1000)})
		}
		return h
	}
	with := func(h Holder, seated bool, more ...Session) Holder {
		for _, s := range more {
			h.Sessions = append(h.Sessions, s)
			if seated {
				h.Account.Seats = append(h.Account.Seats, Seat{s.Hash, s.CreatedAt})
			}
		}
		return h
	}
	taken := func(h Holder, hash string, minute float64) Holder {
		h.Account.Seats = append(h.Account.Seats, Seat{hash, at(minute)})
		return h
	}
	tests := []struct {
		name  string
		h     Holder
		seats string // beside that of the new session
		ended string
	}{
		{"the first", held(), "", ""},
		{"the fifth", held(-4, -3, -2, -1), "3 2 1 0", ""},
		{"the sixth ends the least recently used", held(-3, -5, -1, -2, -4), "2 3 0 4", "1"},
		{"too many end all but four", held(-6, -5, -4, -3, -2, -1), "5 4 3 2", "0 1"},
		{"those that are over are none", with(held(-5, -4, -3, -2), true, Session{Hash: "epoch", Client: App, Epoch: 2, CreatedAt: at(-1000), LastUsed: at(0)},
			Session{Hash: "idle", Client: Console, Epoch: 3, CreatedAt: at(-100), LastUsed: at(-31)}), "3 2 1 0", "epoch idle"},
		{"one that was signed out has left its seat", taken(held(-5, -4), "gone", -900), "1 0", ""},
		{"one whose session is on its way keeps its seat", taken(held(-5, -4, -3, -2), "coming", -0.5), "coming 3 2 1", "0"},
		{"one whose seat is on its way is let be", with(held(-5), false, Session{Hash: "coming", Client: App, Epoch: 3, CreatedAt: at(-0.5), LastUsed: at(-0.5)}), "0", ""},
		{"one whose seat never came goes", with(held(-5), false, Session{Hash: "lost", Client: App, Epoch: 3, CreatedAt: at(-1), LastUsed: at(-1)}), "0", "lost"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := slices.Clone(tt.h.Account.Seats)
			got := tt.h.Seat(Session{Hash: "new", Client: Console, Epoch: 3, CreatedAt: at(0), LastUsed: at(0)}, Defaults())
			var seats []string
			for _, s := range got.Now {
				seats = append(seats, s.Hash)
			}
			if want := strings.TrimSpace(tt.seats + " new"); strings.Join(seats, " ") != want || got.Now[len(got.Now)-1].At != at(0) {
				t.Errorf("seats %v, want %s", got.Now, want)
			}
			if strings.Join(got.Ended, " ") != tt.ended {
				t.Errorf("ended %q, want %q", got.Ended, tt.ended)
			}
			if !slices.Equal(got.Was, before) || !slices.Equal(tt.h.Account.Seats, before) {
				t.Errorf("were %v, want %v as before", got.Was, before)
			}
		})
	}
}

func TestBegin(t *testing.T) {
	h := Holder{Person: Person{Account: Account{Epoch: 3}}}
	start := func(l *ledger) (SignedIn, error) {
		s := Session{Client: Console, Epoch: 3, CreatedAt: at(0), LastUsed: at(0)}
		return begin(context.Background(), l, rand.NewChaCha8([32]byte{4}), Defaults(), Call{}, h, s, nil)
	}
	l := &ledger{}
	done, err := start(l)
	if err != nil {
		t.Fatal(err)
	}
	if l.started.Hash != done.Token.Secret.Hash() || l.started.Dies != at(720) || !isID(l.started.ID) || done.Expires != at(30) || len(l.seats.Now) != 1 {
		t.Errorf("%+v, seats %+v, ends %s", l.started, l.seats, done.Expires)
	}
	t.Run("another sign-in takes a seat meanwhile", func(t *testing.T) {
		other := Holder{Person: Person{Account: Account{Epoch: 3, Seats: []Seat{{"other", at(0)}}}}}
		l := &ledger{holders: []Holder{{}, other}}
		if done, err := start(l); err != nil || l.started.Hash != done.Token.Secret.Hash() || len(l.seats.Now) != 2 || len(l.seats.Was) != 1 {
			t.Errorf("%v, seats %+v", err, l.seats)
		}
	})
	t.Run("storage fails", func(t *testing.T) {
		broken := errors.New("no answer")
		if done, err := start(&ledger{err: broken}); !errors.Is(err, broken) || done.Token != (Token{}) {
			t.Errorf("%v, %v", done, err)
		}
	})
}

func TestKnownDevices(t *testing.T) {
	h := Holder{Person: Person{Account: Account{DeviceEpoch: 2}}, Devices: []Device{
		{MAC: "good", Until: at(10), Epoch: 2}, {MAC: "over", Until: at(0), Epoch: 2}, {MAC: "forgotten", Until: at(10), Epoch: 1},
	}}
	for _, tt := range []struct {
		macs []string
		m    float64
		want bool
	}{
		{[]string{"good"}, 0, true},
		{[]string{"new key's", "good"}, 0, true},
		{[]string{"good"}, 9.99, true},
		{[]string{"good"}, 10, false},
		{[]string{"over"}, 0, false},
		{[]string{"forgotten"}, 0, false},
		{[]string{"unknown"}, 0, false},
		{[]string{""}, 0, false},
		{nil, 0, false},
	} {
		if h.knows(tt.macs, at(tt.m)) != tt.want {
			t.Errorf("%q at %v: %v", tt.macs, tt.m, !tt.want)
		}
	}
}

// TestRefusal: the record comes before the console's door.
func TestRefusal(t *testing.T) {
	complete := staff.Staff{BudgetedPost: "x", JobLevel: "x", Posts: []staff.Post{{Active: true, Role: "x"}}}
	incomplete := complete
	incomplete.JobLevel = ""
	grants := Account{Grants: []Grant{{Type: UnitGrant}}}
	for _, tt := range []struct {
		s      staff.Staff
		a      Account
		client Client
		want   error
	}{
		{complete, Account{}, App, nil},
		{complete, Account{}, Console, fault.PermissionDenied},
		{complete, grants, Console, nil},
		{incomplete, grants, Console, fault.ProfileIncomplete},
		{incomplete, Account{}, Console, fault.ProfileIncomplete},
		{incomplete, Account{}, MobileWeb, fault.ProfileIncomplete},
	} {
		if err := (Holder{Person: Person{Staff: tt.s, Account: tt.a}}).refusal(tt.client); !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
			t.Errorf("%s, complete %v: %v, want %v", tt.client, tt.s.Complete(), err, tt.want)
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

func TestTextLimits(t *testing.T) {
	s := Defaults()
	for _, p := range []Purpose{ForActivation, ForRecovery, ForRequest, ForPhone, ForInvitation} {
		if l := s.textLimits(p); l.Budget != 80_000 || l.ADay != 10 || l.Interval != time.Minute || l.AnHour != 300 {
			t.Errorf("%s: %+v", p, l)
		}
	}
	if l := s.textLimits(ForSignIn); l.Budget != 100_000 {
		t.Errorf("second steps have the whole budget, not %d", l.Budget)
	}
}

// TestCodeTexts keeps each text in one part, which is what a carrier registers.
func TestCodeTexts(t *testing.T) {
	for _, p := range []Purpose{ForActivation, ForRecovery, ForSignIn, ForPhone, ForRequest} {
		text := fmt.Sprintf(codeTexts[p], "402917", 5)
		if n := len([]rune(text)); n > 70 || !strings.HasPrefix(text, "验证码402917，用于") || !strings.Contains(text, "5分钟内有效") || strings.Contains(text, "%") {
			t.Errorf("%s: %d characters: %s", p, n, text)
		}
	}
	for _, notice := range []Notice{PhoneChanged, Invitation} {
		if n := len([]rune(notice.text)); n > 70 || n < 20 || strings.ContainsAny(notice.text, "%0123456789") {
			t.Errorf("%s: %d characters: %s", notice.purpose, n, notice.text)
		}
	}
}

func TestParallel(t *testing.T) {
	first, second := errors.New("first"), errors.New("second")
	gate := make(chan struct{})
	err := parallel(
		func() error { <-gate; return first },
		func() error { close(gate); return second },
		func() error { return nil },
	)
	if err != first {
		t.Errorf("%v: of two errors the first in the list counts, whenever it came", err)
	}
	if err := parallel(); err != nil {
		t.Error(err)
	}
}
