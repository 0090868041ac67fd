package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// RevealAudit shows what an entry of the audit masks, such as the two numbers of a
// changed phone, for a reason. Whoever may see the person's values may see those
// that they had.
type RevealAudit struct {
	Store  RevealAuditStore
	Keys   account.Keys
	Now    func() time.Time
	Random io.Reader
}

// RevealAuditStore is what RevealAudit asks of storage.
type RevealAuditStore interface {
	RevealStore
	// AuditWhole reads the whole values of an entry. Of one that has none, and of
	// one that there is not, it returns the zero WholeChanges.
	AuditWhole(ctx context.Context, id string) (WholeChanges, error)
}

// WholeChanges are the whole values of an entry's hidden changes.
type WholeChanges struct {
	ID      string // of the entry
	Subject audit.Subject
	Changes []audit.Change
}

// RevealedEntry is an entry whose values may be shown.
type RevealedEntry struct {
	WholeChanges
	target Target
}

// Load reads the entry of an id. Its person must be in the caller's sight, and the
// main post where the caller holds PIIReveal. An answer of Load comes before any
// answer about the request.
func (uc RevealAudit) Load(ctx context.Context, by account.Permitted, id string) (RevealedEntry, error) {
	if !staff.IsID(id) {
		return RevealedEntry{}, fault.NotFound
	}
	whole, err := uc.Store.AuditWhole(ctx, id)
	if err != nil {
		return RevealedEntry{}, fmt.Errorf("read an entry of the audit: %w", err)
	}
	t, err := uc.reveal().Load(ctx, by, string(whole.Subject))
	if errors.Is(err, fault.StaffMissing) {
		return RevealedEntry{}, fault.NotFound.Because(err)
	}
	return RevealedEntry{whole, t}, err
}

// Run returns the values. It writes the entry of the audit before it shows
// anything.
func (uc RevealAudit) Run(ctx context.Context, call audit.Call, by account.Permitted, e RevealedEntry, reason string) ([]audit.Change, error) {
	entry, err := audit.New(uc.Random, uc.Now(), call, by.Caller().Staff, audit.Reveal, e.Subject)
	if err != nil {
		return nil, err
	}
	var bad fault.Fields
	entry.Reason = reasonIn(&bad, reason)
	if err := bad.Err(); err != nil {
		return nil, err
	}
	entry.Changes = []audit.Change{{Field: "entry", New: e.ID}}
	for _, c := range e.Changes {
		entry.Changes = append(entry.Changes, audit.Change{Field: c.Field})
	}
	if err := uc.reveal().note(ctx, by, e.target, entry); err != nil {
		return nil, err
	}
	return e.Changes, nil
}

func (uc RevealAudit) reveal() Reveal {
	return Reveal{Store: uc.Store, Keys: uc.Keys, Now: uc.Now, Random: uc.Random}
}
