package staff

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
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

// MaxLabel is how long what people read for a code may be, in characters.
const MaxLabel = 50

// MayHaveCode reports whether the code can be added to the dictionary: to those
// of establishments, ranks and roles in the style of their other codes, to that
// of political status two digits (GB/T 4762). To others none can be added, as
// rules know what their codes mean (which post is the main one, what numbers an
// area has, what sex an ID card says), and a rule cannot be typed in.
func MayHaveCode(dictionary, code string) bool {
	switch dictionary {
	case DictBudgetedPost, DictJobLevel, DictRole:
		rest, ok := strings.CutPrefix(code, dictionary+"_")
		return ok && len(code) <= maxCode && !slices.ContainsFunc(strings.Split(rest, "_"), func(word string) bool { return word == "" || !upperOrDigits(word) })
	case DictPoliticalStatus:
		return len(code) == 2 && digits(code)
	}
	return false
}

// maxCode is how long a code may be.
const maxCode = 64

func upperOrDigits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') })
}

// NeedsChoice reports whether a record cannot be without an entry of the
// dictionary, so that one must always be there to choose.
func NeedsChoice(dictionary string) bool { return dictionary != DictPoliticalStatus }
