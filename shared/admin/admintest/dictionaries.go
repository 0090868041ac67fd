package admintest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"

	"chaoxi/shared/admin"
	"chaoxi/shared/staff"
)

// DictionaryStore has the dictionaries.
type DictionaryStore struct {
	writer
	mu      sync.Mutex
	entries map[[2]string]staff.DictionaryEntry // by dictionary and code
}

func (s *DictionaryStore) lock() (unlock func()) {
	s.mu.Lock()
	return s.mu.Unlock
}

func entryKey(e staff.DictionaryEntry) [2]string { return [2]string{e.Dictionary, e.Code} }

func (s *DictionaryStore) putEntries(all staff.Dictionaries) {
	defer s.lock()()
	for _, e := range all {
		s.entries[entryKey(e)] = e
	}
}

func (s *DictionaryStore) Dictionaries(context.Context) (staff.Dictionaries, error) {
	defer s.lock()()
	return slices.Collect(maps.Values(s.entries)), nil
}

func (s *DictionaryStore) ChangeDictionary(_ context.Context, c admin.DictionaryChange) error {
	all, unlock := s.begin()
	defer unlock()
	defer s.lock()()
	stands := s.entries[entryKey(c.Now)] == c.Was && (c.Remaining.Code == "" || s.entries[entryKey(c.Remaining)].Enabled)
	return s.enter(cmp.Or(mayWrite(all, c.By), refuse(stands, admin.ErrRevised)), c.Audit, func() { s.entries[entryKey(c.Now)] = c.Now })
}
