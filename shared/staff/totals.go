package staff

import (
	"context"
	"fmt"
	"sync"
)

// Totals runs RollUp for the organisations that a batch of events asks for. Many events
// of one batch ask for the same organisation: each person of a unit, and each unit below
// another. Side by side their runs would only refuse each other's writes. So one runs at a
// time, and all who ask meanwhile share the next: it begins after them, and sees what they
// have seen.
type Totals struct {
	Store TotalsStore
	mu    sync.Mutex
	now   map[OrgCode]*totalRun // those that have begun
	next  map[OrgCode]*totalRun // those that begin when these are done
}

// totalRun is a run of RollUp for one organisation.
type totalRun struct {
	done chan struct{}
	err  error // once it is done
}

// TotalsStore is what Totals needs of storage.
type TotalsStore interface {
	RollUpStore
	// Orgs reads organisations. The result lacks those that do not exist.
	Orgs(context.Context, []OrgCode) (Orgs, error)
}

// Run brings the total of org up to date. The zero code is the parent of the roots;
// it has no total, so Run does nothing.
func (t *Totals) Run(ctx context.Context, org OrgCode) error {
	if org.IsZero() {
		return nil
	}
	run, before, mine := t.ask(org)
	if !mine {
		<-run.done
		return run.err
	}
	if before != nil {
		<-before.done
		t.mu.Lock()
		t.now[org] = run
		delete(t.next, org) // whoever asks from now on is too late for this run
		t.mu.Unlock()
	}
	defer func() {
		t.mu.Lock()
		delete(t.now, org)
		t.mu.Unlock()
		close(run.done)
	}()
	_, run.err = RollUp{t.Store}.Run(ctx, org)
	return run.err
}

// ask returns the run that is to come for org, and the one that it waits for, if any. The
// run is the caller's to do if mine is true; else another caller does it.
func (t *Totals) ask(org OrgCode) (run, before *totalRun, mine bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if run := t.next[org]; run != nil {
		return run, nil, false
	}
	if t.now == nil {
		t.now, t.next = map[OrgCode]*totalRun{}, map[OrgCode]*totalRun{}
	}
	run, before = &totalRun{done: make(chan struct{})}, t.now[org]
	if before != nil {
		t.next[org] = run
	} else {
		t.now[org] = run
	}
	return run, before, true
}

// Above brings the total of the organisation above org up to date, after that of org
// has changed.
func (t *Totals) Above(ctx context.Context, org OrgCode) error {
	found, err := t.Store.Orgs(ctx, []OrgCode{org})
	if err != nil {
		return fmt.Errorf("read what is above %s: %w", org, err)
	}
	return t.Run(ctx, found[org].Parent())
}
