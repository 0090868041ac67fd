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

// DictionaryList answers all dictionaries. It reads them at most once a minute: they
// change a few times a year, and every edit of a record needs them. It is safe for
// concurrent use.
type DictionaryList struct {
	Store DictionaryStore
	Now   func() time.Time

	mu     sync.Mutex
	cached Dictionaries
	readAt time.Time
}

// DictionaryStore is what DictionaryList asks of storage.
type DictionaryStore interface {
	// Dictionaries reads all entries, in any order.
	Dictionaries(context.Context) (Dictionaries, error)
}

// dictionariesMaxAge is how old the answer may be. For so long an entry that was just
// switched off can still be chosen.
const dictionariesMaxAge = time.Minute

// Run returns all entries, sorted by dictionary, order and code. Callers share them
// and must not change them.
func (l *DictionaryList) Run(ctx context.Context) (Dictionaries, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.Now()
	if l.cached != nil && now.Sub(l.readAt) < dictionariesMaxAge {
		return l.cached, nil
	}
	all, err := l.Store.Dictionaries(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the dictionaries: %w", err)
	}
	slices.SortFunc(all, func(a, b DictionaryEntry) int {
		return cmp.Or(cmp.Compare(a.Dictionary, b.Dictionary), cmp.Compare(a.Order, b.Order), cmp.Compare(a.Code, b.Code))
	})
	l.cached, l.readAt = all, now
	return all, nil
}

// MaxLabel is the length of the longest label of an entry, in characters.
const MaxLabel = 50

// MayHaveCode reports whether an administrator may add an entry of this code to the
// dictionary. Codes of establishments, ranks and roles begin with the dictionary's
// name, like those that are there (ZHI_JI_QI_TA). Codes of political status are two
// digits (GB/T 4762). The other dictionaries take no new codes, because the program
// knows what each of theirs means: which post is the main one, which numbers an area
// has, which sex an ID card says.
func MayHaveCode(dictionary, code string) bool {
	switch dictionary {
	case DictBudgetedPost, DictJobLevel, DictRole:
		rest, ok := strings.CutPrefix(code, dictionary+"_")
		return ok && len(code) <= maxCode && !slices.ContainsFunc(strings.Split(rest, "_"), func(word string) bool { return word == "" || !isUpperOrDigits(word) })
	case DictPoliticalStatus:
		return len(code) == 2 && isDigits(code)
	}
	return false
}

// maxCode is the length of the longest code, in characters.
const maxCode = 64

// isUpperOrDigits reports whether s has only A–Z and 0–9.
func isUpperOrDigits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') })
}

// NeedsChoice reports whether each record needs an entry of the dictionary. Of such
// a dictionary one entry at least must stay enabled.
func NeedsChoice(dictionary string) bool { return dictionary != DictPoliticalStatus }
