package staff

import (
	"context"
	"errors"
	"fmt"
)

// Total is the number of people of an organisation and of all below it, and how
// high the branch is.
type Total struct {
	Headcount
	Height int // levels of open organisations below it, in the deepest branch
}

// Plus returns the people of t and of o together. The height is that of the higher
// one.
func (t Total) Plus(o Total) Total {
	return Total{t.Headcount.Plus(o.Headcount), max(t.Height, o.Height)}
}

// Below returns what an organisation with the total t adds to its parent: the same
// people, one level higher.
func (t Total) Below() Total {
	t.Height++
	return t
}

// RollUp brings the total of one organisation up to date. The total is the
// organisation's own count (of people with the main post in it, which Indexer
// keeps) and the totals of its children. A total that changes is an event of the
// stream, which starts RollUp for the organisation above.
//
// Run adds up anew and never adds a difference, and its write requires the version
// that it read before it added up. So it may run too often, twice at once and in any
// order (docs/totals.md).
type RollUp struct{ Store RollUpStore }

// RollUpStore is what RollUp needs of storage. Its reads are strongly consistent.
type RollUpStore interface {
	// Total reads the total of an organisation and its version. Both are zero if none
	// is stored.
	Total(context.Context, OrgCode) (Total, int64, error)
	// SumBelow adds up an organisation's own count and the totals of its children.
	SumBelow(context.Context, OrgCode) (Total, error)
	// ReplaceTotal writes the total now. It is ErrTotalMoved if the stored version is
	// not was any more.
	ReplaceTotal(ctx context.Context, org OrgCode, was int64, now Total) error
	// Pause waits before the n-th try, for a time that is random.
	Pause(ctx context.Context, n int) error
}

// ErrTotalMoved says that another run has written the total meanwhile.
var ErrTotalMoved = errors.New("the total was written meanwhile")

// Run brings the total of org up to date and reports whether it has written it.
func (uc RollUp) Run(ctx context.Context, org OrgCode) (bool, error) {
	for try := range tries {
		if try > 0 {
			if err := uc.Store.Pause(ctx, try); err != nil {
				return false, fmt.Errorf("roll up %s: %w", org, err)
			}
		}
		was, version, err := uc.Store.Total(ctx, org) // before adding up, so that a write in between is noticed
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
