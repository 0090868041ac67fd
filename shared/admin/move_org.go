package admin

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

// MoveOrg brings what is stored below an organisation that has moved to its new
// place: the paths of the organisations, what finds the people, and the queues
// that they stand in. Meanwhile staff.Moves answers for the paths.
type MoveOrg struct {
	Store   MoveOrgStore
	Indexer staff.Indexer
	Queue   account.IndexQueue
	Now     func() time.Time
}

// MoveOrgStore is what MoveOrg asks of storage.
type MoveOrgStore interface {
	// OrgsAndMoves is that of OrgReader.
	OrgsAndMoves(context.Context, []staff.OrgCode) (staff.Orgs, staff.Moves, error)
	// OrgChildren is that of ListOrgsStore.
	OrgChildren(ctx context.Context, parent staff.OrgCode, after string, limit int) (page []PlacedOrg, last string, err error)
	// SettleOrg stores the path of an organisation as the moves have it, and the
	// divisions that it is a topmost organisation of.
	SettleOrg(ctx context.Context, code staff.OrgCode) error
	// Listed reads whom the list of an organisation has, in service or left, from
	// after a place on, strongly consistent.
	Listed(ctx context.Context, org staff.OrgCode, left bool, after string, limit int) (people []staff.EmployeeCode, last string, err error)
	// FinishMove notes that everything shows a move.
	FinishMove(ctx context.Context, seq int64, now time.Time) error
}

// Parameters of a move_org job.
const (
	paramOrg = "org"
	paramSeq = "seq"
)

// A move goes through the organisations first, then through the people by the
// organisation's own lists, which every one of them is in wherever it stands. Who
// is put on a list later was looked up later, too (staff.Indexer). The place says
// how far it has come: "orgs " and, from the moved organisation down, the levels
// that are being walked with the child that was last; or a list and a row.
const (
	placeOrgs = "orgs "
	placeIn   = "in "
	placeLeft = "left "
)

func firstPlace(org staff.OrgCode) string { return placeOrgs + org.String() + ":" }

// Work implements Kind.
func (uc MoveOrg) Work(ctx context.Context, j Job, c Chunk) (Worked, error) {
	org, err := staff.ParseOrgCode(j.Params[paramOrg])
	if err != nil {
		return Worked{}, err
	}
	seq, err := strconv.ParseInt(j.Params[paramSeq], 10, 64)
	if err != nil {
		return Worked{}, fmt.Errorf("read the number of a move: %w", err)
	}
	if walk, ok := strings.CutPrefix(c.Place, placeOrgs); ok {
		next, err := uc.settle(ctx, walk)
		if next == "" {
			next = placeIn
		} else {
			next = placeOrgs + next
		}
		return Worked{Next: []Chunk{{Place: next}}}, err
	}
	kind, after, _ := strings.Cut(c.Place, " ")
	left := kind+" " == placeLeft
	people, last, err := uc.Store.Listed(ctx, org, left, after, ChunkSize)
	if err != nil {
		return Worked{}, fmt.Errorf("read who is in %s: %w", org, err)
	}
	for _, p := range people {
		if _, err := uc.Indexer.Run(ctx, p); err != nil {
			return Worked{}, err
		}
		if err := uc.Queue.OfPerson(ctx, p); err != nil {
			return Worked{}, err
		}
	}
	worked := Worked{Done: len(people)}
	switch {
	case last != "":
		worked.Next = []Chunk{{Place: kind + " " + last}}
	case !left:
		worked.Next = []Chunk{{Place: placeLeft}}
	default:
		if err := uc.Store.FinishMove(ctx, seq, uc.Now()); err != nil {
			return Worked{}, fmt.Errorf("finish move %d: %w", seq, err)
		}
	}
	return worked, nil
}

// Finish brings all moves to their end whose jobs have not, for the operator's
// tools, and returns how many. It may run beside the jobs.
func (uc MoveOrg) Finish(ctx context.Context) (int, error) {
	_, moves, err := uc.Store.OrgsAndMoves(ctx, nil)
	if err != nil {
		return 0, fmt.Errorf("read the moves: %w", err)
	}
	n := 0
	for _, move := range moves.List {
		if !move.Done.IsZero() {
			continue
		}
		j := Job{Params: map[string]string{paramOrg: move.Org.String(), paramSeq: strconv.FormatInt(move.Seq, 10)}}
		for left := []Chunk{{Place: firstPlace(move.Org)}}; len(left) > 0; {
			worked, err := uc.Work(ctx, j, left[0])
			if err != nil {
				return n, fmt.Errorf("finish the move of %s: %w", move.Org, err)
			}
			left = worked.Next
		}
		n++
	}
	return n, nil
}

// settle goes on with a walk through the organisations and returns where it then
// stands, "" at its end.
func (uc MoveOrg) settle(ctx context.Context, walk string) (string, error) {
	levels := strings.Split(walk, ",")
	for n := 0; n < ChunkSize && len(levels) > 0; {
		code, after, _ := strings.Cut(levels[len(levels)-1], ":")
		parent, err := staff.ParseOrgCode(code)
		if err != nil {
			return "", err
		}
		page, _, err := uc.Store.OrgChildren(ctx, parent, after, 1)
		if err != nil {
			return "", fmt.Errorf("read what is below %s: %w", parent, err)
		}
		if len(page) == 0 {
			levels = levels[:len(levels)-1]
			continue
		}
		child := page[0]
		if err := uc.Store.SettleOrg(ctx, child.Org); err != nil {
			return "", fmt.Errorf("settle %s: %w", child.Org, err)
		}
		levels[len(levels)-1] = code + ":" + child.Place
		levels = append(levels, child.Org.String()+":")
		n++
	}
	return strings.Join(levels, ","), nil
}
