package staff

import (
	"context"
	"errors"
	"fmt"
)

// Total counts the people of an organisation and of all below it.
type Total struct {
	Headcount
	Height int // levels of open organisations below it, in the deepest branch
}

// Plus adds the people of o to those of t. The height is that of the higher one.
func (t Total) Plus(o Total) Total {
	return Total{t.Headcount.Plus(o.Headcount), max(t.Height, o.Height)}
}

// Below is what an organisation with the total t adds to the one above it.
func (t Total) Below() Total {
	t.Height++
	return t
}

// RollUp keeps the total of an organisation: of the people it owns itself (those
// whose main post is in it, which Indexer counts) and of all below. It is one
// step of the way up: a total that changes starts it for the organisation above.
//
// A total is worked out anew from what is stored one level below, never moved by
// a difference, and replaces only the one that was there before that was read. So
// it may be started too often, twice at once and in any order.
type RollUp struct{ Store RollUpStore }

// RollUpStore is what RollUp asks of storage, strongly consistent.
type RollUpStore interface {
	// Total reads the total of an organisation and its version, 0 if there is none.
	Total(context.Context, OrgCode) (Total, int64, error)
	// SumBelow adds up an organisation's own people and its children's totals.
	SumBelow(context.Context, OrgCode) (Total, error)
	// ReplaceTotal writes a total whose version was was; ErrTotalMoved if it is no
	// longer.
	ReplaceTotal(ctx context.Context, org OrgCode, was int64, now Total) error
	// Pause waits before the n-th try.
	Pause(ctx context.Context, n int) error
}

// ErrTotalMoved says that a total was written by somebody else meanwhile.
var ErrTotalMoved = errors.New("the total was written meanwhile")

// Run brings one total up to date and reports whether it was not.
func (uc RollUp) Run(ctx context.Context, org OrgCode) (bool, error) {
	for try := range tries {
		if try > 0 {
			if err := uc.Store.Pause(ctx, try); err != nil {
				return false, fmt.Errorf("roll up %s: %w", org, err)
			}
		}
		was, version, err := uc.Store.Total(ctx, org) // before what it is made of
		if err != nil {
			return false, fmt.Errorf("roll up %s: read the total: %w", org, err)
		}
		now, err := uc.Store.SumBelow(ctx, org)
		if err != nil {
			return false, fmt.Errorf("roll up %s: add up: %w", org, err)
		}
		if now == was {
			return false, nil
		}
		switch err := uc.Store.ReplaceTotal(ctx, org, version, now); {
		case err == nil:
			return true, nil
		case !errors.Is(err, ErrTotalMoved):
			return false, fmt.Errorf("roll up %s: replace the total: %w", org, err)
		}
	}
	return false, fmt.Errorf("roll up %s: written by others again and again", org)
}
