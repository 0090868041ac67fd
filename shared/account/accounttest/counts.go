package accounttest

import (
	"context"
	"sync"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
)

// CountStore counts texts, tries of codes, and what addresses do. It is safe for concurrent use.
type CountStore struct {
	mu     sync.Mutex
	counts map[string]int
	texts  map[string]time.Time         // when the last one was, by purpose and phone
	codes  map[string]account.CodeTries // by key and day
	free   time.Time                    // when the row of texts of jobs is
}

func newCountStore() *CountStore {
	return &CountStore{counts: map[string]int{}, texts: map[string]time.Time{}, codes: map[string]account.CodeTries{}}
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

func (s *CountStore) AddressUse(_ context.Context, source string, now time.Time) (account.AddressUse, error) {
	defer s.lock()()
	return account.AddressUse{Failures: s.counts[inHour("failures", source, now)], Calls: s.counts[inHour("calls", source, now)]}, nil
}

func (s *CountStore) AddAddressCall(_ context.Context, source string, now time.Time) error {
	defer s.lock()()
	s.counts[inHour("calls", source, now)]++
	return nil
}

func (s *CountStore) AddAddressFailure(_ context.Context, source string, now time.Time) error {
	defer s.lock()()
	s.counts[inHour("failures", source, now)]++
	return nil
}

// ofDay is the key of the tries of codes of a day.
func ofDay(key string, now time.Time) string { return inDay(key+"#", now) }

func (s *CountStore) CodeTries(_ context.Context, key string, now time.Time) (account.CodeTries, error) {
	defer s.lock()()
	return s.codes[ofDay(key, now)], nil
}

func (s *CountStore) BeginCode(_ context.Context, key string, now time.Time, most int) error {
	defer s.lock()()
	c, err := s.codes[ofDay(key, now)].Begin(now, most)
	if err == nil {
		s.codes[ofDay(key, now)] = c
	}
	return err
}

func (s *CountStore) WrongCode(_ context.Context, key string, now time.Time) (int, error) {
	defer s.lock()()
	c := s.codes[ofDay(key, now)]
	c.Wrong++
	s.codes[ofDay(key, now)] = c
	return c.Wrong, nil
}

func (s *CountStore) RightCode(_ context.Context, key string, now time.Time) error {
	defer s.lock()()
	if c := s.codes[ofDay(key, now)]; c.Counted > 0 {
		c.Counted--
		s.codes[ofDay(key, now)] = c
	}
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

// inBudget are the counts of the day's budget that a text has a place in.
func inBudget(r account.Reservation) (day, hour, recoveries string) {
	return inDay("budget", r.At), inHour("budget", "", r.At), inDay("recoveries", r.At)
}

// ReserveBudget has one shard with the parts of all: it is not in anybody's way.
func (s *CountStore) ReserveBudget(_ context.Context, r account.Reservation, l account.SMSLimits) (account.Reservation, error) {
	defer s.lock()()
	b := l.Budget
	day, hour, recoveries := inBudget(r)
	n := max(1, b.Shards)
	if s.counts[day] >= b.Day*n || b.Hour > 0 && s.counts[hour] >= b.Hour*n && s.counts[recoveries] >= b.Beyond*n {
		return r, fault.SMSUnavailable
	}
	s.counts[day]++
	s.counts[hour]++
	if r.Recovers() {
		s.counts[recoveries]++
	}
	return r, nil
}

func (s *CountStore) ReserveForAddress(_ context.Context, r account.Reservation, l account.SMSLimits) error {
	defer s.lock()()
	end := r.At.Truncate(time.Hour).Add(time.Hour)
	return s.add(inHour("texts", r.Source, r.At), l.AnHour, fault.RateLimited.RetryIn(end.Sub(r.At)))
}

func (s *CountStore) ReleaseBudget(_ context.Context, r account.Reservation) error {
	day, hour, recoveries := inBudget(r)
	if r.Recovers() {
		s.takeBack(recoveries)
	}
	s.takeBack(hour)
	return s.takeBack(day)
}

func (s *CountStore) ReleaseForAddress(_ context.Context, r account.Reservation) error {
	return s.takeBack(inHour("texts", r.Source, r.At))
}

func (s *CountStore) ReservePace(_ context.Context, stretch time.Duration, now, latest time.Time) (time.Time, error) {
	defer s.lock()()
	begins := now
	if s.free.After(now) {
		begins = s.free
	}
	if begins.After(latest) {
		return begins, account.ErrPaceTaken
	}
	s.free = begins.Add(stretch)
	return begins, nil
}
