package accounttest

import (
	"context"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
)

func (s *Store) SwapFailures(_ context.Context, key string, was, now account.Failures) (account.Failures, error) {
	defer s.lock()()
	if current := s.failures[key]; current.Revision != was.Revision {
		return current, account.ErrSwapped
	}
	s.failures[key] = now
	return now, nil
}

func (s *Store) ResetWindow(_ context.Context, key string) error {
	defer s.lock()()
	if f := s.failures[key]; f.Count > 0 {
		f.Count = 0
		f.Revision++
		s.failures[key] = f
	}
	return nil
}

// add adds 1 to a count that is below limit. Otherwise it returns refusal.
func (s *Store) add(key string, limit int, refusal error) error {
	if s.counts[key] >= limit {
		return refusal
	}
	s.counts[key]++
	return nil
}

func (s *Store) takeBack(key string) error {
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

func (s *Store) AddressFailures(_ context.Context, source string, now time.Time) (int, error) {
	defer s.lock()()
	return s.counts[inHour("failures", source, now)], nil
}

func (s *Store) AddAddressFailure(_ context.Context, source string, now time.Time) error {
	defer s.lock()()
	s.counts[inHour("failures", source, now)]++
	return nil
}

// ofPhone is what texts to a phone are counted by.
func ofPhone(r account.Reservation) string { return string(r.Purpose) + "#" + r.Counted }

func (s *Store) ReserveForPhone(_ context.Context, r account.Reservation, l account.SMSLimits) (account.Reservation, error) {
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

func (s *Store) ReleaseForPhone(_ context.Context, r account.Reservation) error {
	defer s.lock()()
	if s.texts[ofPhone(r)].Equal(r.At) {
		s.texts[ofPhone(r)] = r.Before
		s.counts[inDay(ofPhone(r), r.At)]--
	}
	return nil
}

func (s *Store) ReserveBudget(_ context.Context, r account.Reservation, l account.SMSLimits) error {
	defer s.lock()()
	return s.add(inDay("budget", r.At), l.Budget, fault.SMSUnavailable)
}

func (s *Store) ReserveForAddress(_ context.Context, r account.Reservation, l account.SMSLimits) error {
	defer s.lock()()
	end := r.At.Truncate(time.Hour).Add(time.Hour)
	return s.add(inHour("texts", r.Source, r.At), l.AnHour, fault.RateLimited.RetryIn(end.Sub(r.At)))
}

func (s *Store) ReleaseBudget(_ context.Context, r account.Reservation) error {
	return s.takeBack(inDay("budget", r.At))
}

func (s *Store) ReleaseForAddress(_ context.Context, r account.Reservation) error {
	return s.takeBack(inHour("texts", r.Source, r.At))
}
