package staff

import (
	"context"
	"fmt"
	"hash/crc32"
	"sync"
)

// Totals carries changes of counts up the tree, one RollUp at a time. Changes come
// many at once, and many of them lie below one organisation. Side by side, their
// runs would only throw each other's work away; so runs for one organisation wait
// for each other.
type Totals struct {
	Store TotalsStore
	turns [64]sync.Mutex // by a hash of the organisation; two may share one by chance
}

// TotalsStore is what Totals asks of storage.
type TotalsStore interface {
	RollUpStore
	// Orgs reads organisations. What is not there is not in the result.
	Orgs(context.Context, []OrgCode) (Orgs, error)
}

// Run brings an organisation's total up to date. The zero code, below which the
// roots lie, has none.
func (t *Totals) Run(ctx context.Context, org OrgCode) error {
	if org.IsZero() {
		return nil
	}
	turn := &t.turns[crc32.ChecksumIEEE([]byte(org.String()))%uint32(len(t.turns))]
	turn.Lock()
	defer turn.Unlock()
	_, err := RollUp{t.Store}.Run(ctx, org)
	return err
}

// Above takes a total that has changed to the organisation above.
func (t *Totals) Above(ctx context.Context, org OrgCode) error {
	found, err := t.Store.Orgs(ctx, []OrgCode{org})
	if err != nil {
		return fmt.Errorf("read what is above %s: %w", org, err)
	}
	return t.Run(ctx, found[org].Parent())
}
