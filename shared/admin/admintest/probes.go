package admintest

import (
	"context"
	"sync"
	"time"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// probes counts the lookups of names by who does them and by the hour.
type probes struct {
	mu     sync.Mutex
	counts map[probing]int
}

type probing struct {
	by   staff.EmployeeCode
	hour time.Time
}

func newProbes() *probes { return &probes{counts: map[probing]int{}} }

func (s *PeopleStore) ReserveProbe(_ context.Context, by staff.EmployeeCode, at time.Time, most int) error {
	s.probes.mu.Lock()
	defer s.probes.mu.Unlock()
	k := probing{by, at.Truncate(time.Hour)}
	if s.probes.counts[k] >= most {
		return fault.RateLimited.RetryIn(k.hour.Add(time.Hour).Sub(at))
	}
	s.probes.counts[k]++
	return nil
}

func (s *PeopleStore) ReleaseProbe(_ context.Context, by staff.EmployeeCode, at time.Time) error {
	s.probes.mu.Lock()
	defer s.probes.mu.Unlock()
	if k := (probing{by, at.Truncate(time.Hour)}); s.probes.counts[k] > 0 {
		s.probes.counts[k]--
	}
	return nil
}
