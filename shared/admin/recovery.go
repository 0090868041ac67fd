package admin

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// RecoveryQueue lists the recovery requests of the people whom the caller reaches with
// StaffEdit: those in one state, the oldest first. It counts the open ones, too.
//
// Each organisation has a queue of the requests of all people in it and below, written
// by account.IndexQueue. A row may lag behind; what is shown was read again, and is
// true.
//
// It takes three trips: the queues of all grants, side by side; the requests with
// their people; the organisations of these.
type RecoveryQueue struct {
	Store    RecoveryQueueStore
	Keys     account.Keys
	Settings account.Settings
	Now      func() time.Time
}

// RecoveryQueueStore is what RecoveryQueue asks of storage.
type RecoveryQueueStore interface {
	account.OrgReader
	// QueueRows reads rows of one queue, the oldest first. It may lag.
	QueueRows(context.Context, QueueStretch) ([]QueuedRequest, error)
	// RequestsOf reads the requests of rows, and their people. What does not exist
	// is not in the results.
	RequestsOf(context.Context, []QueuedRequest) (map[string]account.RecoveryRequest, map[staff.EmployeeCode]account.Person, error)
}

// QueueStretch is a part of one queue: the rows of requests that are kept in a state,
// and were made between two times.
type QueueStretch struct {
	account.QueueRow
	From, To time.Time // To is excluded; zero: no bound
	After    string    // go on after this Place; "" begins with the oldest
	Limit    int
}

// QueuedRequest is a row of a queue.
type QueuedRequest struct {
	ID    string
	Staff staff.EmployeeCode
	Place string // orders the rows of all queues: the time of the request, then its id
}

// ListedRequest is a request with what it takes to show it.
type ListedRequest struct {
	Request   account.RecoveryRequest
	State     account.RecoveryState // at this moment
	Person    account.Person
	MayDecide bool // whether the caller may decide it now
}

// RequestPage is a page of requests. Next is the cursor of the next page.
type RequestPage struct {
	Requests []ListedRequest
	Orgs     staff.Orgs // of the people's posts
	Open     int        // pending requests in all of the caller's queues; MaxOpen stands for that many or more
	Next     string
}

// MaxOpen is how many open requests are counted.
const MaxOpen = 1000

// Run returns the page after cursor, "" for the first one. Without a state it lists
// what is pending.
func (uc RecoveryQueue) Run(ctx context.Context, by account.Permitted, state string, limit int, cursor string) (RequestPage, error) {
	c := by.Caller()
	wanted := cmp.Or(account.RecoveryState(state), account.RecoveryPending)
	var bad fault.Fields
	choice(&bad, "state", wanted, account.RecoveryPending, account.RecoveryApproved, account.RecoveryUsed, account.RecoveryRejected, account.RecoveryExpired)
	if err := bad.Err(); err != nil {
		return RequestPage{}, err
	}
	cursors := account.CursorCodec{Keys: uc.Keys, Bound: bind("recovery", c, string(wanted))}
	after, err := cursors.Decode(cursor)
	if err != nil {
		return RequestPage{}, err
	}
	now, scope := uc.Now(), ScopeOf(c, by.Permission())

	var open, rows []QueuedRequest
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		open, err = uc.read(gctx, scope, stretches(account.RecoveryPending, now, uc.Settings), "", MaxOpen)
		return err
	})
	g.Go(func() (err error) {
		rows, err = uc.read(gctx, scope, stretches(wanted, now, uc.Settings), after, limit+1)
		return err
	})
	if err := g.Wait(); err != nil {
		return RequestPage{}, fmt.Errorf("read the queues: %w", err)
	}
	page := RequestPage{}
	if len(rows) > limit {
		rows = rows[:limit]
		page.Next = cursors.Encode(rows[limit-1].Place)
	}
	requests, people, err := uc.Store.RequestsOf(ctx, rows)
	if err != nil {
		return RequestPage{}, fmt.Errorf("read the requests: %w", err)
	}
	var orgs []staff.OrgCode
	for _, p := range people {
		orgs = append(append(orgs, p.Staff.Orgs()...), grantOrgs(p.Account.Grants)...)
	}
	if page.Orgs, err = uc.Store.Orgs(ctx, orgs); err != nil {
		return RequestPage{}, fmt.Errorf("read the organisations: %w", err)
	}
	gone := map[string]bool{} // which are in a queue, but not open
	for _, row := range rows {
		r, p := requests[row.ID], people[row.Staff]
		p.Staff.Posts = staff.Arrange(p.Staff.Posts)
		at := r.At(now, p.Account)
		seen := r.ID != "" && r.Staff == p.Staff.Code && scope.Sees(p.Staff, page.Orgs)
		gone[row.ID] = !seen || at != account.RecoveryPending
		if seen && at == wanted {
			page.Requests = append(page.Requests, ListedRequest{r, at, p, at == account.RecoveryPending && mayDecide(c, p, page.Orgs) == nil})
		}
	}
	for _, row := range open {
		if !gone[row.ID] {
			page.Open++
		}
	}
	return page, nil
}

// read reads stretches of the queues of a scope, side by side, and returns the first
// rows of all together. A request may stand in several queues; it is returned once.
func (uc RecoveryQueue) read(ctx context.Context, scope Scope, parts []QueueStretch, after string, limit int) ([]QueuedRequest, error) {
	found := make([][]QueuedRequest, len(scope.Tops())*len(parts))
	g, ctx := errgroup.WithContext(ctx)
	for i, top := range scope.Tops() {
		for j, part := range parts {
			part.Scope, part.After, part.Limit = top, after, limit
			g.Go(func() (err error) { found[i*len(parts)+j], err = uc.Store.QueueRows(ctx, part); return err })
		}
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	all := slices.Concat(found...)
	slices.SortFunc(all, func(a, b QueuedRequest) int { return cmp.Compare(a.Place, b.Place) })
	all = slices.CompactFunc(all, func(a, b QueuedRequest) bool { return a.Place == b.Place })
	return all[:min(len(all), limit)], nil
}

// stretches are the parts of a queue that have all requests which may be in the state
// at now. A request that has expired keeps the state that it had. So the pending ones
// are the young ones among those that are kept as pending.
func stretches(s account.RecoveryState, now time.Time, settings account.Settings) []QueueStretch {
	born := now.Add(-settings.RecoveryLife) // the last moment of those that have expired
	young := born.Add(time.Millisecond)     // a place has no finer time
	kept := func(s account.RecoveryState) QueueStretch {
		return QueueStretch{QueueRow: account.QueueRow{State: s}}
	}
	pending, approved := kept(account.RecoveryPending), kept(account.RecoveryApproved)
	switch s {
	case account.RecoveryPending:
		pending.From = young
		return []QueueStretch{pending}
	case account.RecoveryApproved:
		approved.From = born.Add(-settings.RecoveryApprovedLife)
		return []QueueStretch{approved}
	case account.RecoveryExpired:
		pending.To = young
		return []QueueStretch{pending, approved}
	}
	return []QueueStretch{kept(s)}
}
