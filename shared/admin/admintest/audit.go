package admintest

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"chaoxi/shared/account/accounttest"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/staff"
)

// AuditStore has the audit, which Entries returns, and the logs of organisations.
type AuditStore struct {
	accounttest.Trail
	mu   sync.Mutex
	logs map[staff.OrgCode][]audit.Entry
}

func newAuditStore() *AuditStore {
	return &AuditStore{logs: map[staff.OrgCode][]audit.Entry{}}
}

func (s *AuditStore) lock() (unlock func()) {
	s.mu.Lock()
	return s.mu.Unlock
}

func (s *AuditStore) AddToLogs(_ context.Context, e audit.Entry, orgs []staff.OrgCode) error {
	defer s.lock()()
	for _, o := range orgs {
		if !slices.ContainsFunc(s.logs[o], func(have audit.Entry) bool { return auditPlace(have) == auditPlace(e) }) {
			s.logs[o] = append(s.logs[o], e)
		}
	}
	return nil
}

func (s *AuditStore) AuditWhole(_ context.Context, id string) (admin.WholeChanges, error) {
	all := s.Entries()
	i := slices.IndexFunc(all, func(e audit.Entry) bool { return e.ID == id && len(e.Whole) > 0 })
	if i < 0 {
		return admin.WholeChanges{}, nil
	}
	return admin.WholeChanges{ID: id, Subject: all[i].Subject, Changes: all[i].Whole}, nil
}

func auditPlace(e audit.Entry) string { return sortTime(e.At) + "#" + e.ID }

func sortTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func (s *AuditStore) AuditEntries(_ context.Context, r admin.AuditRange) (stretch admin.AuditStretch, _ error) {
	all := s.Entries()
	if !r.In.IsZero() {
		all = s.log(r.In)
	}
	found := slices.DeleteFunc(all, func(e audit.Entry) bool {
		of := !r.Of.IsZero() && e.Subject == audit.OfStaff(r.Of) || !r.By.IsZero() && e.Actor == r.By || !r.In.IsZero() && sortTime(e.At)[:7] == sortTime(r.Month)[:7]
		place := auditPlace(e)
		return !of || place < sortTime(r.From) || place >= sortTime(r.To) || r.After != "" && place >= r.After
	})
	slices.SortFunc(found, func(a, b audit.Entry) int { return strings.Compare(auditPlace(b), auditPlace(a)) })
	found, stretch.Last = upTo(found, auditPlace, r.Limit)
	for _, e := range found {
		e.Whole = nil // is kept apart
		stretch.Entries = append(stretch.Entries, admin.AuditRow{Entry: e, Key: auditPlace(e)})
	}
	return stretch, nil
}

func (s *AuditStore) log(o staff.OrgCode) []audit.Entry {
	defer s.lock()()
	return slices.Clone(s.logs[o])
}
