package admintest

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/staff"
)

// RecoveryStore has recovery requests. The queues follow from them.
type RecoveryStore struct {
	writer
	mu       sync.Mutex
	requests map[string]account.RecoveryRequest
}

func (s *RecoveryStore) lock() (unlock func()) {
	s.mu.Lock()
	return s.mu.Unlock
}

func (s *RecoveryStore) putRequests(all []account.RecoveryRequest) {
	defer s.lock()()
	for _, r := range all {
		s.requests[r.ID] = r
	}
}

func (s *RecoveryStore) RecoveryRequest(_ context.Context, id string) (account.RecoveryRequest, error) {
	defer s.lock()()
	return s.requests[id], nil
}

func (s *RecoveryStore) QueueRows(_ context.Context, q admin.QueueStretch) (rows []admin.QueuedRequest, _ error) {
	all, unlock := s.register.Lock()
	defer unlock()
	defer s.lock()()
	for _, r := range s.requests {
		place := queuePlace(r)
		if slices.Contains(r.QueueRows(all.People[r.Staff].Staff, all.Tree()), q.QueueRow) && place > q.After &&
			(q.From.IsZero() || place >= sortTime(q.From)) && (q.To.IsZero() || place < sortTime(q.To)) {
			rows = append(rows, admin.QueuedRequest{ID: r.ID, Staff: r.Staff, Place: place})
		}
	}
	slices.SortFunc(rows, func(a, b admin.QueuedRequest) int { return cmp.Compare(a.Place, b.Place) })
	return rows[:min(len(rows), q.Limit)], nil
}

func queuePlace(r account.RecoveryRequest) string { return sortTime(r.Created) + "#" + r.ID }

func (s *RecoveryStore) RequestsOf(ctx context.Context, rows []admin.QueuedRequest) (map[string]account.RecoveryRequest, map[staff.EmployeeCode]account.Person, error) {
	requests, people := map[string]account.RecoveryRequest{}, map[staff.EmployeeCode]account.Person{}
	for _, row := range rows {
		if r, err := s.RecoveryRequest(ctx, row.ID); r.ID != "" && err == nil {
			requests[row.ID] = r
		}
		if p, err := s.register.Person(ctx, row.Staff); !p.Staff.Code.IsZero() && err == nil {
			people[row.Staff] = p
		}
	}
	return requests, people, nil
}

func (s *RecoveryStore) DecideRecovery(_ context.Context, d admin.RecoveryDecision) error {
	all, unlock := s.begin()
	defer unlock()
	defer s.lock()()
	p := all.People[d.Person.Staff.Code]
	r, there := s.requests[d.Was.ID]
	same := there && r.State == d.Was.State && p.Staff.Revision == d.Person.Staff.Revision &&
		p.Account.Epoch == d.Person.Account.Epoch && sameGrants(p.Account.Grants, d.Person.Account.Grants)
	return s.enter(cmp.Or(mayWrite(all, d.By), refuse(same, admin.ErrRevised)), d.Audit, func() { s.requests[d.Now.ID] = d.Now })
}
