package staff

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// DictionaryList hands out the dictionaries. It keeps them for a while, as they
// change a few times a year and every edit of a record asks.
type DictionaryList struct {
	Store DictionaryStore
	Now   func() time.Time

	mu   sync.Mutex
	kept Dictionaries
	read time.Time
}

// DictionaryStore is what DictionaryList asks of storage.
type DictionaryStore interface {
	// Dictionaries reads all entries, in any order.
	Dictionaries(context.Context) (Dictionaries, error)
}

// dictionariesKept is how long an entry just switched off may still be chosen.
const dictionariesKept = time.Minute

// Run returns all entries, by dictionary and order. They are shared: callers
// must not change them.
func (l *DictionaryList) Run(ctx context.Context) (Dictionaries, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.Now()
	if l.kept != nil && now.Sub(l.read) < dictionariesKept {
		return l.kept, nil
	}
	all, err := l.Store.Dictionaries(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the dictionaries: %w", err)
	}
	slices.SortFunc(all, func(a, b DictionaryEntry) int {
		return cmp.Or(cmp.Compare(a.Dictionary, b.Dictionary), cmp.Compare(a.Order, b.Order), cmp.Compare(a.Code, b.Code))
	})
	l.kept, l.read = all, now
	return all, nil
}
