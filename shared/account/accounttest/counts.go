package accounttest

import (
	"context"
	"sync"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
)

// CountStore counts texts, and failures of addresses. It is safe for concurrent use.
type CountStore struct {
	mu     sync.Mutex
	counts map[string]int
	texts  map[string]time.Time // when the last one was, by purpose and phone
}

func newCountStore() *CountStore {
	return &CountStore{counts: map[string]int{}, texts: map[string]time.Time{}}
}

func (s *CountStore) lock() (unlock func()) {
	s.mu.Lock()
	return s.mu.Unlock
}

// add adds 1 to a count that is below limit. Otherwise it returns refusal.
func (s *CountStore) add(key string, limit int, refusal error) error {
	if s.counts[key] >= limit {
		return refusal
	}
	s.counts[key]++
	return nil
}

func (s *CountStore) takeBack(key string) error {
	defer s.lock()()
	s.counts[key] = max(0, s.counts[key]-1)
	return nil
}

// inHour and inDay are keys of counts.
func inHour(what, source string, now time.Time) string {
	return what + source + now.Truncate(time.Hour).UTC().String()
}

func inDay(what string, now time.Time) string {
	day, _ := account.Day(now)
	return what + day
}

func (s *CountStore) AddressFailures(_ context.Context, source string, now time.Time) (int, error) {
	defer s.lock()()
	return s.counts[inHour("failures", source, now)], nil
}

func (s *CountStore) AddAddressFailure(_ context.Context, source string, now time.Time) error {
	defer s.lock()()
	s.counts[inHour("failures", source, now)]++
	return nil
}

// ofPhone is what texts to a phone are counted by.
func ofPhone(r account.Reservation) string { return string(r.Purpose) + "#" + r.Counted }

func (s *CountStore) ReserveForPhone(_ context.Context, r account.Reservation, l account.SMSLimits) (account.Reservation, error) {
	defer s.lock()()
	last := s.texts[ofPhone(r)]
	if wait := l.Interval - r.At.Sub(last); wait > 0 {
		return r, fault.CodeTooSoon.RetryIn(wait)
	}
	_, end := account.Day(r.At)
	if err := s.add(inDay(ofPhone(r), r.At), l.ADay, fault.CodeDailyLimit.RetryIn(end.Sub(r.At))); err != nil {
		return r, err
	}
	s.texts[ofPhone(r)], r.Before = r.At, last
	return r, nil
}

func (s *CountStore) ReleaseForPhone(_ context.Context, r account.Reservation) error {
	defer s.lock()()
	if s.texts[ofPhone(r)].Equal(r.At) {
		s.texts[ofPhone(r)] = r.Before
		s.counts[inDay(ofPhone(r), r.At)]--
	}
	return nil
}

func (s *CountStore) ReserveBudget(_ context.Context, r account.Reservation, l account.SMSLimits) error {
	defer s.lock()()
	return s.add(inDay("budget", r.At), l.Budget, fault.SMSUnavailable)
}

func (s *CountStore) ReserveForAddress(_ context.Context, r account.Reservation, l account.SMSLimits) error {
	defer s.lock()()
	end := r.At.Truncate(time.Hour).Add(time.Hour)
	return s.add(inHour("texts", r.Source, r.At), l.AnHour, fault.RateLimited.RetryIn(end.Sub(r.At)))
}

func (s *CountStore) ReleaseBudget(_ context.Context, r account.Reservation) error {
	return s.takeBack(inDay("budget", r.At))
}

func (s *CountStore) ReleaseForAddress(_ context.Context, r account.Reservation) error {
	return s.takeBack(inHour("texts", r.Source, r.At))
}
