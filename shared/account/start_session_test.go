package account

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// fakeSessionStore is where sessions are begun; it keeps what was written.
type fakeSessionStore struct {
	started Session
	slots   SlotSwap
	asked   []staff.OrgCode
	err     error
	holders []SignInState // as they are read again, each after slots were swapped by somebody else
}

func (l *fakeSessionStore) SignInState(context.Context, staff.EmployeeCode) (SignInState, error) {
	h := l.holders[0]
	l.holders = l.holders[1:]
	return h, nil
}

func (l *fakeSessionStore) StartSession(_ context.Context, s Session, _ []SignIn, slots SlotSwap) error {
	l.started, l.slots = s, slots
	if len(l.holders) > 0 {
		return ErrSwapped
	}
	return l.err
}

func (l *fakeSessionStore) StoredOrgs(_ context.Context, codes []staff.OrgCode) (staff.Orgs, error) {
	l.asked = codes
	return staff.Orgs{}, nil
}

func TestSeat(t *testing.T) {
	// Sessions 0, 1, … last used at the minutes, each with a slot.
	held := func(minutes ...float64) SignInState {
		h := SignInState{Person: Person{Account: Account{Epoch: 3}}}
		for i, m := range minutes {
			h.Sessions = append(h.Sessions, Session{Hash: fmt.Sprint(i), Client: App, Epoch: 3, CreatedAt: at(-1000), LastUsed: at(m)})
			h.Account.Slots = append(h.Account.Slots, SessionSlot{fmt.Sprint(i), at(-1000)})
		}
		return h
	}
	with := func(h SignInState, seated bool, more ...Session) SignInState {
		for _, s := range more {
			h.Sessions = append(h.Sessions, s)
			if seated {
				h.Account.Slots = append(h.Account.Slots, SessionSlot{s.Hash, s.CreatedAt})
			}
		}
		return h
	}
	taken := func(h SignInState, hash string, minute float64) SignInState {
		h.Account.Slots = append(h.Account.Slots, SessionSlot{hash, at(minute)})
		return h
	}
	tests := []struct {
		name  string
		h     SignInState
		slots string // beside that of the new session
		ended string
	}{
		{"the first", held(), "", ""},
		{"the fifth", held(-4, -3, -2, -1), "3 2 1 0", ""},
		{"the sixth ends the least recently used", held(-3, -5, -1, -2, -4), "2 3 0 4", "1"},
		{"too many end all but four", held(-6, -5, -4, -3, -2, -1), "5 4 3 2", "0 1"},
		{"those that are over are none", with(held(-5, -4, -3, -2), true, Session{Hash: "epoch", Client: App, Epoch: 2, CreatedAt: at(-1000), LastUsed: at(0)},
			Session{Hash: "idle", Client: Console, Epoch: 3, CreatedAt: at(-100), LastUsed: at(-31)}), "3 2 1 0", "epoch idle"},
		{"one that was signed out has left its slot", taken(held(-5, -4), "gone", -900), "1 0", ""},
		{"one whose session is on its way keeps its slot", taken(held(-5, -4, -3, -2), "coming", -0.5), "coming 3 2 1", "0"},
		{"one whose slot is on its way is let be", with(held(-5), false, Session{Hash: "coming", Client: App, Epoch: 3, CreatedAt: at(-0.5), LastUsed: at(-0.5)}), "0", ""},
		{"one whose slot never came goes", with(held(-5), false, Session{Hash: "lost", Client: App, Epoch: 3, CreatedAt: at(-1), LastUsed: at(-1)}), "0", "lost"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := slices.Clone(tt.h.Account.Slots)
			got := tt.h.TakeSlot(Session{Hash: "new", Client: Console, Epoch: 3, CreatedAt: at(0), LastUsed: at(0)}, Defaults())
			var slots []string
			for _, s := range got.Now {
				slots = append(slots, s.Hash)
			}
			if want := strings.TrimSpace(tt.slots + " new"); strings.Join(slots, " ") != want || got.Now[len(got.Now)-1].At != at(0) {
				t.Errorf("slots %v, want %s", got.Now, want)
			}
			if strings.Join(got.Ended, " ") != tt.ended {
				t.Errorf("ended %q, want %q", got.Ended, tt.ended)
			}
			if !slices.Equal(got.Was, before) || !slices.Equal(tt.h.Account.Slots, before) {
				t.Errorf("were %v, want %v as before", got.Was, before)
			}
		})
	}
}

func TestBegin(t *testing.T) {
	h := SignInState{Person: Person{Account: Account{Epoch: 3}}}
	start := func(l *fakeSessionStore) (SignedIn, error) {
		s := Session{Client: Console, Epoch: 3, CreatedAt: at(0), LastUsed: at(0)}
		return sessionStarter{store: l, settings: Defaults(), random: rand.NewChaCha8([32]byte{4})}.begin(context.Background(), h, s)
	}
	l := &fakeSessionStore{}
	done, err := start(l)
	if err != nil {
		t.Fatal(err)
	}
	if l.started.Hash != done.Token.Secret.Hash() || l.started.Dies != at(720) || !isID(l.started.ID) || done.Expires != at(30) || len(l.slots.Now) != 1 {
		t.Errorf("%+v, slots %+v, ends %s", l.started, l.slots, done.Expires)
	}
	t.Run("another sign-in takes a slot meanwhile", func(t *testing.T) {
		other := SignInState{Person: Person{Account: Account{Epoch: 3, Slots: []SessionSlot{{"other", at(0)}}}}}
		l := &fakeSessionStore{holders: []SignInState{{}, other}}
		if done, err := start(l); err != nil || l.started.Hash != done.Token.Secret.Hash() || len(l.slots.Now) != 2 || len(l.slots.Was) != 1 {
			t.Errorf("%v, slots %+v", err, l.slots)
		}
	})
	t.Run("storage fails", func(t *testing.T) {
		broken := errors.New("no answer")
		if done, err := start(&fakeSessionStore{err: broken}); !errors.Is(err, broken) || done.Token != (Token{}) {
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
		if err := (SignInState{Person: Person{Staff: tt.s, Account: tt.a}}).refusal(tt.client); !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
			t.Errorf("%s, complete %v: %v, want %v", tt.client, tt.s.Complete(), err, tt.want)
		}
	}
}
