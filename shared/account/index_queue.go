package account

import (
	"context"
	"fmt"
	"slices"

	"chaoxi/shared/staff"
)

// QueueRow is where a request stands in an administrator's queue: under one of
// the organisations through which its person is seen, by state as stored and
// time of creation. A request that ran out stays where it was; readers ask
// RecoveryRequest.At.
type QueueRow struct {
	Scope staff.OrgCode
	State RecoveryState
}

// IndexQueue keeps the queues that administrators read true to a request. It is
// started by changes, may be started twice or too late, and writes only what
// follows from the request and the person as read now.
//
// The organisations that ever had a row are noted before the first row is
// written, so whatever is out of place can be found and deleted. After writing
// it reads again and starts over if what it wrote is no longer so: of two at
// once, the one that writes last is also the one that reads last.
type IndexQueue struct{ Store IndexQueueStore }

// IndexQueueStore is what IndexQueue asks of storage.
type IndexQueueStore interface {
	PersonReader
	RequestReader
	OrgReader
	// NoteQueues adds scopes to those that may have a row of the request, and
	// returns all of them.
	NoteQueues(ctx context.Context, r RecoveryRequest, scopes []staff.OrgCode) ([]staff.OrgCode, error)
	// WriteQueues puts and deletes rows. Doing so twice changes nothing.
	WriteQueues(ctx context.Context, r RecoveryRequest, put, remove []QueueRow) error
}

// Run puts the rows of one request where they belong. A request that is gone
// has none: time took them along.
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

// OfPerson does the same for the person's last request: for when the posts, and
// with them the administrators, have changed.
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

// QueueRows are the request's rows: one for each organisation through which the
// person s is seen. orgs has every org of the posts.
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

// misplaced are the rows that may be there and should not: in all scopes that
// ever had one, the present state and those before it, less rows.
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
