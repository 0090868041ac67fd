package account

import (
	"context"
	"fmt"
	"slices"

	"chaoxi/shared/staff"
)

// QueueRow is one row of a request in the queues that administrators read. There is a
// queue for each organisation and state, ordered by time of creation. The state is
// the one in storage: a request that has expired stays in its queue, and readers call
// RecoveryRequest.At.
type QueueRow struct {
	Scope staff.OrgCode
	State RecoveryState
}

// IndexQueue writes the rows of a request. Each change of the request or of its person
// starts it; it may start twice, or late. It writes what follows from request and
// person as it reads them, whatever the change was.
//
// Before it writes rows, it adds their organisations to a list that is kept beside the
// request. So a row that is wrong later can be found by the list and deleted.
// Afterwards it reads again, and starts over if the rows should be others by now. So
// of two that run at once, the one that writes last also checks last.
type IndexQueue struct{ Store IndexQueueStore }

// IndexQueueStore is what IndexQueue asks of storage.
type IndexQueueStore interface {
	PersonReader
	RequestReader
	OrgReader
	// NoteQueues adds scopes to the list of organisations that may have a row of the
	// request, and returns the whole list.
	NoteQueues(ctx context.Context, r RecoveryRequest, scopes []staff.OrgCode) ([]staff.OrgCode, error)
	// WriteQueues puts and deletes rows. It may be called twice with the same rows.
	WriteQueues(ctx context.Context, r RecoveryRequest, put, remove []QueueRow) error
}

// Run writes the rows of one request. If the request does not exist any more, there
// is nothing to do: its rows expire together with it.
func (ix IndexQueue) Run(ctx context.Context, id string) error {
	var written []QueueRow
	for round := range 20 {
		r, rows, err := ix.read(ctx, id)
		if err != nil {
			return fmt.Errorf("index request %s: %w", id, err)
		}
		if r.ID == "" || round > 0 && slices.Equal(rows, written) {
			return nil
		}
		scopes := make([]staff.OrgCode, len(rows))
		for i, row := range rows {
			scopes[i] = row.Scope
		}
		ever, err := ix.Store.NoteQueues(ctx, r, scopes)
		if err != nil {
			return fmt.Errorf("index request %s: note %d queues: %w", id, len(scopes), err)
		}
		if err := ix.Store.WriteQueues(ctx, r, rows, r.misplaced(ever, rows)); err != nil {
			return fmt.Errorf("index request %s: write %d rows: %w", id, len(rows), err)
		}
		written = rows
	}
	return fmt.Errorf("index request %s: changed again and again", id)
}

// OfPerson writes the rows of the person's last request. It is for a change of the
// posts, by which the request gets into other administrators' queues.
func (ix IndexQueue) OfPerson(ctx context.Context, c staff.EmployeeCode) error {
	p, err := ix.Store.Person(ctx, c)
	if err != nil {
		return fmt.Errorf("index the request of %s: %w", c, err)
	}
	if p.Account.Recovery.ID == "" {
		return nil
	}
	return ix.Run(ctx, p.Account.Recovery.ID)
}

func (ix IndexQueue) read(ctx context.Context, id string) (RecoveryRequest, []QueueRow, error) {
	r, err := ix.Store.RecoveryRequest(ctx, id)
	if err != nil || r.ID == "" {
		return r, nil, err
	}
	p, err := ix.Store.Person(ctx, r.Staff)
	if err != nil {
		return r, nil, fmt.Errorf("read the person: %w", err)
	}
	orgs, err := ix.Store.Orgs(ctx, p.Staff.Orgs())
	if err != nil {
		return r, nil, fmt.Errorf("read the organisations: %w", err)
	}
	return r, r.QueueRows(p.Staff, orgs), nil
}

// QueueRows are the rows that the request should have: one for each organisation whose
// administrators see the person s. Orgs must have the organisations of all posts.
func (r RecoveryRequest) QueueRows(s staff.Staff, orgs staff.Orgs) []QueueRow {
	var rows []QueueRow
	for _, p := range s.VisiblePosts() {
		for _, scope := range orgs[p.Org].Path {
			row := QueueRow{scope, r.State}
			if !slices.Contains(rows, row) {
				rows = append(rows, row)
			}
		}
	}
	return rows
}

// misplaced are the rows that may exist and should not: one for each of the scopes and
// each state that the request has or had, without those in rows.
func (r RecoveryRequest) misplaced(scopes []staff.OrgCode, rows []QueueRow) []QueueRow {
	var wrong []QueueRow
	for _, scope := range scopes {
		for _, state := range append(r.State.Before(), r.State) {
			if row := (QueueRow{scope, state}); !slices.Contains(rows, row) {
				wrong = append(wrong, row)
			}
		}
	}
	return wrong
}
