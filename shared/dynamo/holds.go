package dynamo

import (
	"context"

	"golang.org/x/sync/errgroup"

	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/staff"
)

// loadHolds adds to what organisations hold, for the bulk forms.
func (s *Operator) loadHolds(ctx context.Context, what string, more map[staff.OrgCode]int) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(loadsAtOnce)
	for org, n := range more {
		g.Go(func() error {
			_, err := s.table.UpdateItem(ctx, table.Update{Key: table.HoldsKey(org), Expression: "SET kind = :kind ADD " + what + " :n", Values: table.Values{":kind": table.HoldsKind, ":n": n}})
			return err
		})
	}
	return g.Wait()
}
