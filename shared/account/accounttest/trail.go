package accounttest

import (
	"context"
	"errors"
	"slices"
	"sync"

	"chaoxi/shared/audit"
)

// Trail has the audit entries. It is safe for concurrent use.
type Trail struct {
	mu      sync.Mutex
	entries []audit.Entry
}

// Entries returns all entries, the oldest first.
func (t *Trail) Entries() []audit.Entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.entries)
}

// AddEntry is Enter for an entry of which nothing else depends.
func (t *Trail) AddEntry(_ context.Context, e audit.Entry) error { return t.Enter(e) }

// Enter adds an entry, the last condition of a write: it refuses an id that the subject
// or the actor, if any, has at that moment already.
func (t *Trail) Enter(e audit.Entry) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if slices.ContainsFunc(t.entries, func(o audit.Entry) bool {
		return o.ID == e.ID && o.At.Equal(e.At) && (o.Subject == e.Subject || o.Actor == e.Actor && !e.Actor.IsZero())
	}) {
		return errors.New("the audit has an entry of this id")
	}
	t.entries = append(t.entries, e)
	return nil
}
