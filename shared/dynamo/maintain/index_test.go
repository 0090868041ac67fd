package maintain_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/staff"
)

func TestIndexInAnyOrder(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := newIndexWorld(t, seed, 5)
			var killed sync.Map
			for range 2 {
				// Events: of each edit one, some twice, in any order, some to writers
				// that will not live to the end.
				var events []staff.EmployeeCode
				for range 12 {
					c := w.edit(w.random.IntN(len(w.people)))
					events = append(events, c)
					if w.random.IntN(3) == 0 {
						events = append(events, c)
					}
				}
				w.random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
				var writers sync.WaitGroup
				turn := make(chan staff.EmployeeCode)
				for range 6 {
					seed := w.random.Uint64()
					writers.Go(func() {
						r := rand.New(rand.NewPCG(seed, 1))
						for c := range turn {
							after, calls := r.IntN(2) == 0, int64(1000)
							if r.IntN(3) == 0 {
								calls = 1 + r.Int64N(9)
							}
							if _, err := w.indexerOver(w.killedStore(calls, after)).Run(w.Context(), c); errors.Is(err, errKilled) {
								killed.Store(c, true)
							} else if err != nil {
								t.Error(err)
							}
						}
					})
				}
				for i, c := range events {
					turn <- c
					if i%7 == 3 { // the register does not wait for its index
						turn <- w.edit(w.random.IntN(len(w.people)))
					}
				}
				close(turn)
				writers.Wait()
			}
			killed.Range(func(c, _ any) bool { w.index(c.(staff.EmployeeCode)); return true })
			w.check(false)

			w.Clock = w.Clock.Add(time.Hour) // the dead can be told from the slow
			for _, s := range w.people {
				w.index(s.Code)
			}
			w.check(true)
			for _, s := range w.people {
				if w.index(s.Code) {
					t.Errorf("a replay of %s worked", s.Code)
				}
			}
		})
	}
}

// TestIndexFaults: whatever call of a run fails, in whatever way, the next run
// makes the index right.
func TestIndexFaults(t *testing.T) {
	t.Parallel()
	w := newIndexWorld(t, 1, 1)
	w.index(w.people[0].Code)
	for _, fault := range []dynamotest.Fault{
		{Kind: dynamotest.AnswerLost},
		{Kind: dynamotest.AnswerLost, Attempts: dynamotest.Always},
		{Kind: dynamotest.NotSent, Attempts: dynamotest.Always},
		{Kind: dynamotest.Conflict},
	} {
		for fault.Call = 1; ; fault.Call++ {
			c := w.move(0)
			w.Faults.Set(fault)
			_, err := w.indexer().Run(w.Context(), c)
			hits := w.Faults.Hits()
			w.Faults.Set()
			if hits == 0 {
				break
			}
			if fault.Attempts == 0 && fault.Kind == dynamotest.AnswerLost && err != nil {
				t.Errorf("one answer lost, of call %d: %v", fault.Call, err)
			}
			w.index(c)
			w.check(false)
			w.Clock = w.Clock.Add(time.Hour) // the dead can be told from the slow
			w.index(c)
		}
		w.check(true)
	}
}

// TestIndexCost: what an edit costs that moves the person, one that no row
// shows, and a replay.
func TestIndexCost(t *testing.T) {
	t.Parallel()
	w := newIndexWorld(t, 2, 1)
	w.index(w.people[0].Code)
	cost := func(c staff.EmployeeCode) dynamotest.Cost {
		t.Helper()
		return w.Cost(func() { w.index(c) })
	}
	move := cost(w.move(0)) // once more than an edit that stays, for what is above the new place
	if move.Trips > 8 || move.Calls["TransactWriteItems"] != 1 || move.Calls["PutItem"] != 1 {
		t.Errorf("another org: %+v", move)
	}
	unseen := cost(w.change(0, func(s *staff.Staff) { s.HomeAddress = "钱塘路1号" }))
	if unseen.Trips != 3 || unseen.Calls["PutItem"] != 1 || unseen.Calls["BatchWriteItem"] != 0 {
		t.Errorf("an edit that no row shows: %+v", unseen)
	}
	if replay := cost(w.people[0].Code); replay.Write != 0 || replay.Trips != 2 {
		t.Errorf("a replay: %+v", replay)
	}
}
