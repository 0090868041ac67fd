package staff

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
)

// fakeRollUpStore has a chain of three organisations, each above the next.
type fakeRollUpStore struct {
	own, total [3]Total
	version    [3]int64
	between    func() // happens once, before a total is replaced
	writes     int
	broken     error
}

func (s *fakeRollUpStore) at(c OrgCode) int {
	for i := range s.own {
		if orgCode(i) == c {
			return i
		}
	}
	return -1
}

func (s *fakeRollUpStore) Total(_ context.Context, c OrgCode) (Total, int64, error) {
	return s.total[s.at(c)], s.version[s.at(c)], s.broken
}

func (s *fakeRollUpStore) SumBelow(_ context.Context, c OrgCode) (Total, error) {
	i := s.at(c)
	if i == 2 {
		return s.own[2], nil
	}
	return s.own[i].Plus(s.total[i+1]), nil
}

func (s *fakeRollUpStore) ReplaceTotal(_ context.Context, c OrgCode, was int64, now Total) error {
	if s.between != nil {
		between := s.between
		s.between = nil
		between()
	}
	i := s.at(c)
	if s.version[i] != was {
		return ErrTotalMoved
	}
	s.total[i], s.version[i] = now, was+1
	s.writes++
	return nil
}

func (s *fakeRollUpStore) Pause(context.Context, int) error { return nil }

// TestRollUp: runs that come twice, late and in any order leave the totals right
// once each organisation was looked at after the one below it.
func TestRollUp(t *testing.T) {
	ctx, s := context.Background(), &fakeRollUpStore{}
	up := RollUp{s}
	for range 50 {
		s.own[rand.IntN(3)] = Total{Headcount: Headcount{People: rand.IntN(100), Incomplete: rand.IntN(9)}}
		for range 5 {
			if _, err := up.Run(ctx, orgCode(rand.IntN(3))); err != nil {
				t.Fatal(err)
			}
		}
		for _, i := range []int{2, 1, 0} {
			if _, err := up.Run(ctx, orgCode(i)); err != nil {
				t.Fatal(err)
			}
		}
		if want := s.own[0].Plus(s.own[1]).Plus(s.own[2]); s.total[0] != want {
			t.Fatalf("%+v, want %+v", s.total[0], want)
		}
	}
	s.writes = 0
	if changed, err := up.Run(ctx, orgCode(1)); changed || err != nil || s.writes != 0 {
		t.Errorf("a total that is right: %t, %v, %d writes", changed, err, s.writes)
	}

	// What was added up before somebody else wrote is thrown away.
	s.own[1].People++
	s.between = func() {
		s.own[1].People += 5
		if _, err := up.Run(ctx, orgCode(1)); err != nil {
			t.Error(err)
		}
	}
	if _, err := up.Run(ctx, orgCode(1)); err != nil || s.total[1] != s.own[1].Plus(s.own[2]) {
		t.Errorf("%+v, %v", s.total[1], err)
	}
	s.broken = errors.New("out of order")
	if _, err := up.Run(ctx, orgCode(1)); !errors.Is(err, s.broken) {
		t.Errorf("%v", err)
	}
}
