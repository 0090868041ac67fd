package account_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/account/accounttest"
)

// walker is a worker with a clock of its own, which only Wait moves.
type walker struct {
	account.Pace
	now time.Time
}

func newWalker(store account.PaceStore, perSecond int, now time.Time) *walker {
	w := &walker{now: now}
	w.Pace = account.Pace{Store: store, Settings: account.Settings{SMSPerSecond: perSecond}, Now: func() time.Time { return w.now }, Wait: func(_ context.Context, d time.Duration) error {
		w.now = w.now.Add(d)
		return nil
	}}
	return w
}

var paceNoon = time.Date(2040, 3, 2, 4, 0, 0, 0, time.UTC)

// However many workers send, and however long they are at other things in between, in no
// second do more texts leave than there may.
func TestPaceOfManyWorkers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, perSecond := range []int{1, 3, 20, 30, 1000} {
		store := accounttest.New()
		var sent []time.Time
		workers := make([]*walker, 5)
		for i := range workers {
			workers[i] = newWalker(store, perSecond, paceNoon.Add(time.Duration(r.IntN(2000))*time.Millisecond))
		}
		for range 300 {
			w := workers[r.IntN(len(workers))]
			turns, err := w.Reserve(t.Context(), 1+r.IntN(25), w.now.Add(time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			for _, turn := range turns {
				if _, err := w.Await(t.Context(), turn, w.now.Add(time.Hour)); err != nil {
					t.Fatal(err)
				}
				sent = append(sent, w.now)
			}
			w.now = w.now.Add(time.Duration(r.IntN(500)) * time.Millisecond)
		}
		slices.SortFunc(sent, time.Time.Compare)
		for i := perSecond; i < len(sent); i++ {
			if within := sent[i].Sub(sent[i-perSecond]); within < time.Second-time.Microsecond {
				t.Fatalf("%d a second: %d left within %s", perSecond, perSecond+1, within)
			}
		}
		// The row has no holes while somebody waits: all of it takes as long as it must.
		if took, least := sent[len(sent)-1].Sub(sent[0]), time.Duration(len(sent)-1)*time.Second/time.Duration(perSecond); perSecond < 20 && took > least*11/10 {
			t.Errorf("%d a second: %d texts took %s", perSecond, len(sent), took)
		}
	}
}

// A worker takes no more of the row than it has time for.
func TestPaceUntil(t *testing.T) {
	for _, tt := range []struct {
		name              string
		perSecond, n      int
		taken, until      time.Duration // others have the row so long; the worker has so long
		want              int           // texts; 0: the row is taken
		firstWait, passes time.Duration
	}{
		{"all of them", 20, 25, 0, time.Minute, 25, 0, 1200 * time.Millisecond},
		{"as many as there is time for", 20, 25, 0, time.Second, 21, 0, time.Second},
		{"one, at the last moment", 20, 25, 0, 0, 1, 0, 0},
		{"none, too late", 20, 25, 0, -time.Millisecond, 0, 0, 0},
		{"behind others", 20, 25, 3 * time.Second, time.Minute, 25, 3 * time.Second, 4200 * time.Millisecond},
		{"behind others, as many as there is time for", 20, 25, 3 * time.Second, 4 * time.Second, 21, 3 * time.Second, 4 * time.Second},
		{"behind others, one", 20, 25, 3 * time.Second, 3 * time.Second, 1, 3 * time.Second, 3 * time.Second},
		{"behind others, too late", 20, 25, 3 * time.Second, 2 * time.Second, 0, 0, 0},
		{"slowly: a few seconds at once", 1, 25, 0, time.Minute, 5, 0, 4 * time.Second},
		{"as few as are wanted", 20, 2, 0, time.Minute, 2, 0, 50 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			store := accounttest.New()
			if tt.taken > 0 {
				if _, err := store.ReservePace(t.Context(), tt.taken, paceNoon, paceNoon); err != nil {
					t.Fatal(err)
				}
			}
			turns, err := newWalker(store, tt.perSecond, paceNoon).Reserve(t.Context(), tt.n, paceNoon.Add(tt.until))
			if errors.Is(err, account.ErrPaceTaken) != (tt.want == 0) || len(turns) != tt.want {
				t.Fatalf("%d turns, %v", len(turns), err)
			}
			if tt.want > 0 && (!turns[0].Equal(paceNoon.Add(tt.firstWait)) || !turns[len(turns)-1].Equal(paceNoon.Add(tt.passes))) {
				t.Errorf("from %s to %s", turns[0].Sub(paceNoon), turns[len(turns)-1].Sub(paceNoon))
			}
		})
	}
}

// Whoever is late takes another turn: the one that is over is others'.
func TestPaceOfTheLate(t *testing.T) {
	store := accounttest.New()
	w := newWalker(store, 20, paceNoon)
	turns, err := w.Reserve(t.Context(), 25, paceNoon.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ late, until, want time.Duration }{
		{0, time.Minute, 0}, {50 * time.Millisecond, time.Minute, 50 * time.Millisecond},
		{51 * time.Millisecond, time.Minute, 1250 * time.Millisecond}, {time.Second, time.Minute, 1300 * time.Millisecond},
		{time.Second, 1340 * time.Millisecond, 0}, // no time for the next one
	} {
		w.now = paceNoon.Add(tt.late)
		_, err := w.Await(t.Context(), turns[0], paceNoon.Add(tt.until))
		if none := tt.late > 0 && tt.want == 0; errors.Is(err, account.ErrPaceTaken) != none || !none && !w.now.Equal(paceNoon.Add(tt.want)) {
			t.Errorf("%s late: sent at %s, %v", tt.late, w.now.Sub(paceNoon), err)
		}
	}
}
