package accounttest

import (
	"context"
	"sync"

	"chaoxi/shared/account"
)

// FailureStore has the failures of lock keys. It is safe for concurrent use. Make one
// with NewFailureStore.
type FailureStore struct {
	mu    sync.Mutex
	byKey map[string]account.Failures
}

// NewFailureStore returns an empty FailureStore.
func NewFailureStore() *FailureStore {
	return &FailureStore{byKey: map[string]account.Failures{}}
}

func (s *FailureStore) lock() (unlock func()) {
	s.mu.Lock()
	return s.mu.Unlock
}

// PutFailures replaces the failures of a key.
func (s *FailureStore) PutFailures(key string, f account.Failures) {
	defer s.lock()()
	s.byKey[key] = f
}

// DropFailures removes all failures, as time to live does when their time is over.
func (s *FailureStore) DropFailures() {
	defer s.lock()()
	clear(s.byKey)
}

// FailuresOf returns the failures of keys, in the order of these.
func (s *FailureStore) FailuresOf(keys ...string) []account.Failures {
	defer s.lock()()
	found := make([]account.Failures, len(keys))
	for i, k := range keys {
		found[i] = s.byKey[k]
	}
	return found
}

func (s *FailureStore) SwapFailures(_ context.Context, key string, was, now account.Failures) (account.Failures, error) {
	defer s.lock()()
	if current := s.byKey[key]; current.Revision != was.Revision {
		return current, account.ErrSwapped
	}
	s.byKey[key] = now
	return now, nil
}

func (s *FailureStore) ResetWindow(_ context.Context, key string) error {
	defer s.lock()()
	if f := s.byKey[key]; f.Count > 0 {
		f.Count = 0
		f.Revision++
		s.byKey[key] = f
	}
	return nil
}
