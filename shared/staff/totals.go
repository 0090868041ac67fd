package staff

import (
	"context"
	"fmt"
	"hash/crc32"
	"sync"
)

// Totals runs RollUp for the organisations that a batch of events asks for. Many
// events of one batch ask for the same organisation. Side by side their runs would
// only refuse each other's writes, so runs for one organisation wait for each other.
type Totals struct {
	Store TotalsStore
	locks [64]sync.Mutex // by a hash of the organisation; two organisations may share one
}

// TotalsStore is what Totals needs of storage.
type TotalsStore interface {
	RollUpStore
	// Orgs reads organisations. The result lacks those that do not exist.
	Orgs(context.Context, []OrgCode) (Orgs, error)
}

// Run brings the total of org up to date. The zero code is the parent of the roots;
// it has no total, so Run does nothing.
func (t *Totals) Run(ctx context.Context, org OrgCode) error {
	if org.IsZero() {
		return nil
	}
	lock := &t.locks[crc32.ChecksumIEEE([]byte(org.String()))%uint32(len(t.locks))]
	lock.Lock()
	defer lock.Unlock()
	_, err := RollUp{t.Store}.Run(ctx, org)
	return err
}

// Above brings the total of the organisation above org up to date, after that of org
// has changed.
func (t *Totals) Above(ctx context.Context, org OrgCode) error {
	found, err := t.Store.Orgs(ctx, []OrgCode{org})
	if err != nil {
		return fmt.Errorf("read what is above %s: %w", org, err)
	}
	return t.Run(ctx, found[org].Parent())
}
