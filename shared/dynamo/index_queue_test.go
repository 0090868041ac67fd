package dynamo_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/dynamo"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/staff"
)

// queue is what should stand in the queues: one row a scope.
func queue(r account.RecoveryRequest, state account.RecoveryState, scopes ...staff.OrgCode) []string {
	var rows []string
	for _, c := range scopes {
		k := table.QueueKey(account.QueueRow{Scope: c, State: state}, r)
		rows = append(rows, k.PK+" "+k.SK)
	}
	slices.Sort(rows)
	return rows
}

func TestIndexQueue(t *testing.T) {
	t.Parallel()
	w := newRecoveryWorld(t)
	id := w.raised("zhangmin").ID
	r, ix := w.request(id), account.IndexQueue{Store: w.Store}
	check := func(when string, state account.RecoveryState, scopes ...staff.OrgCode) {
		t.Helper()
		for range 2 { // a replay changes nothing
			if err := ix.Run(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			if got, want := w.keysOfKind("queue"), queue(r, state, scopes...); !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", when, got, want)
			}
		}
	}
	check("raised", account.RecoveryPending, w.root, w.district, w.data, w.section, w.finance)
	if got := w.keysOfKind("queue"); !strings.Contains(got[0], " pending#2040-03-02T08:00:00.000Z#"+id) {
		t.Errorf("the sort key tells no time: %s", got[0])
	}

	w.edit("zhangmin", func(p *account.Person) {
		p.Staff.Posts = []staff.Post{w.post(staff.MainJob, w.province, w.province, "")}
	})
	if err := ix.OfPerson(t.Context(), w.code("zhangmin")); err != nil {
		t.Fatal(err)
	}
	check("moved", account.RecoveryPending, w.root, w.province)

	w.decide(id, approve(w))
	check("approved", account.RecoveryApproved, w.root, w.province)
	w.decide(id, func(r *account.RecoveryRequest) { r.State = account.RecoveryUsed })
	check("used", account.RecoveryUsed, w.root, w.province)

	w.edit("zhangmin", func(p *account.Person) { p.Staff.Posts = nil })
	check("without posts", account.RecoveryUsed)

	if err := ix.Run(t.Context(), "hT5mZc0QvR2yXk8LsB4nJw"); err != nil {
		t.Errorf("a request that is gone: %v", err)
	}
	if err := ix.OfPerson(t.Context(), w.code("linwei")); err != nil {
		t.Errorf("somebody without a request: %v", err)
	}
}

// TestIndexQueueOvertaken lets a decision be indexed between the reading and the
// writing of an older change.
func TestIndexQueueOvertaken(t *testing.T) {
	t.Parallel()
	w := newRecoveryWorld(t)
	id := w.raised("zhouqiang").ID
	once := sync.OnceFunc(func() {
		w.decide(id, reject(w))
		if err := (account.IndexQueue{Store: w.Store}).Run(t.Context(), id); err != nil {
			t.Error(err)
		}
	})
	if err := (account.IndexQueue{Store: overtakenStore{w.Store.Store, once}}).Run(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if got, want := w.keysOfKind("queue"), queue(w.request(id), account.RecoveryRejected, w.root, w.district, w.finance); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// overtakenStore does something just before rows are written.
type overtakenStore struct {
	*dynamo.Store
	before func()
}

func (s overtakenStore) WriteQueues(ctx context.Context, r account.RecoveryRequest, put, remove []account.QueueRow) error {
	s.before()
	return s.Store.WriteQueues(ctx, r, put, remove)
}
