package account

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

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

func (l *ledger) StartSession(_ context.Context, s Session, _ audit.Call, _ *Device, seats Seating) error {
	l.started, l.seats = s, seats
	if len(l.holders) > 0 {
		return ErrSwapped
	}
	return l.err
}

func (l *ledger) Orgs(_ context.Context, codes []staff.OrgCode) (staff.Orgs, error) {
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
		return sessionStarter{store: l, settings: Defaults(), random: rand.NewChaCha8([32]byte{4})}.begin(context.Background(), h, s, nil)
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
