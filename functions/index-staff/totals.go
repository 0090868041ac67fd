package main

import (
	"context"
	"fmt"
	"hash/fnv"
	"sync"

	"chaoxi/shared/staff"
)

// orgReader reads organisations. What is not there is not in the result.
type orgReader interface {
	OrgNames(context.Context, []staff.OrgCode) (staff.Orgs, error)
}

// inTurn lets one batch, which may have many changes below one organisation, work
// out its total by one run after the other: run at once they would only throw
// each other's work away. Organisations share a turn by chance.
type inTurn struct {
	staff.RollUp
	turns *[64]sync.Mutex
}

func newInTurn(up staff.RollUp) inTurn { return inTurn{up, new([64]sync.Mutex)} }

func (t inTurn) Run(ctx context.Context, org staff.OrgCode) error {
	h := fnv.New32a()
	h.Write([]byte(org.String()))
	turn := &t.turns[h.Sum32()%uint32(len(t.turns))]
	turn.Lock()
	defer turn.Unlock()
	_, err := t.RollUp.Run(ctx, org)
	return err
}

// followCount brings an organisation's total up to date: its own count, or what
// is below it, is another one. The roots lie below no organisation.
func followCount(up inTurn) follow {
	return func(ctx context.Context, id string, _ []change) error {
		if id == "" {
			return nil
		}
		org, err := staff.ParseOrgCode(id)
		if err != nil {
			return err
		}
		return up.Run(ctx, org)
	}
}

// followTotal takes a total that is another one to the organisation above.
func followTotal(up inTurn, orgs orgReader) follow {
	return func(ctx context.Context, id string, _ []change) error {
		org, err := staff.ParseOrgCode(id)
		if err != nil {
			return err
		}
		found, err := orgs.OrgNames(ctx, []staff.OrgCode{org})
		if err != nil {
			return fmt.Errorf("read what is above %s: %w", org, err)
		}
		above := found[org].Parent()
		if above.IsZero() {
			return nil
		}
		return up.Run(ctx, above)
	}
}
