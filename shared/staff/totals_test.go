package staff

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// fakeTotalsStore is a fakeRollUpStore with its organisations. It counts runs that meet.
type fakeTotalsStore struct {
	fakeRollUpStore
	running, met atomic.Int32
}

func (s *fakeTotalsStore) Orgs(_ context.Context, codes []OrgCode) (Orgs, error) {
	found := Orgs{}
	for _, c := range codes {
		if i := s.at(c); i >= 0 {
			o := Org{Code: c}
			for above := range i + 1 {
				o.Path = append(o.Path, orgCode(above))
			}
			found[c] = o
		}
	}
	return found, s.broken
}

func (s *fakeTotalsStore) SumBelow(ctx context.Context, c OrgCode) (Total, error) {
	if s.running.Add(1) > 1 {
		s.met.Add(1)
	}
	for range 100 {
		runtime.Gosched()
	}
	s.running.Add(-1)
	return s.fakeRollUpStore.SumBelow(ctx, c)
}

// TestTotals: a change of the lowest organisation is carried up, level by level, and
// ends at the root.
func TestTotals(t *testing.T) {
	ctx, s := context.Background(), &fakeTotalsStore{}
	totals := Totals{Store: s}
	s.own[2].People = 7
	for _, step := range []func() error{
		func() error { return totals.Run(ctx, orgCode(2)) },
		func() error { return totals.Above(ctx, orgCode(2)) },
		func() error { return totals.Above(ctx, orgCode(1)) },
		func() error { return totals.Above(ctx, orgCode(0)) }, // nothing is above
		func() error { return totals.Above(ctx, orgCode(9)) }, // which is gone
		func() error { return totals.Run(ctx, OrgCode{}) },    // below which the roots lie
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if s.total[0].People != 7 || s.total[1].People != 7 || s.total[2].People != 7 || s.writes != 3 {
		t.Errorf("%+v, %d writes", s.total, s.writes)
	}
	s.broken = errors.New("out of order")
	for name, err := range map[string]error{"run": totals.Run(ctx, orgCode(1)), "above": totals.Above(ctx, orgCode(1))} {
		if !errors.Is(err, s.broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTotalsOfOneOrganisationWait(t *testing.T) {
	s := &fakeTotalsStore{}
	totals := Totals{Store: s}
	s.own[2].People = 7
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if err := totals.Run(context.Background(), orgCode(2)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := s.met.Load(); n > 0 || s.writes != 1 {
		t.Errorf("%d runs met another one, and there were %d writes", n, s.writes)
	}
}

// heldTotalsStore holds the first run up, and counts all.
type heldTotalsStore struct {
	fakeTotalsStore
	first chan struct{}
	runs  atomic.Int32
}

func (s *heldTotalsStore) SumBelow(ctx context.Context, c OrgCode) (Total, error) {
	if s.runs.Add(1) == 1 {
		<-s.first
	}
	return s.fakeTotalsStore.SumBelow(ctx, c)
}

// Whoever asks while a run is under way shares the next one with all others. It begins
// after they have asked, so it sees what they have seen.
func TestTotalsShareTheNextRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &heldTotalsStore{first: make(chan struct{})}
		totals := Totals{Store: s}
		var all sync.WaitGroup
		ask := func() {
			all.Go(func() {
				if err := totals.Run(context.Background(), orgCode(2)); err != nil {
					t.Error(err)
				}
			})
		}
		ask()
		synctest.Wait() // it is held
		s.own[2].People = 7
		for range 20 {
			ask()
		}
		synctest.Wait()
		close(s.first)
		all.Wait()
		if s.total[2].People != 7 || s.runs.Load() != 2 {
			t.Errorf("%d runs for 21 who ask, %+v", s.runs.Load(), s.total[2])
		}
	})
}
