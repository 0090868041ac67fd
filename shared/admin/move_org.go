package admin

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/jobs"
	"chaoxi/shared/staff"
)

// MoveOrg brings what depends on the place of an organisation along when that is
// another one: the paths of what is below, which staff.Moves answers for
// meanwhile, what finds the people, and the queues that they stand in. After
// another order among the siblings there are only the people, whose lists are
// sorted by it.
type MoveOrg struct {
	Store   MoveOrgStore
	Indexer staff.Indexer
	Queue   account.IndexQueue
	Now     func() time.Time
}

// MoveOrgStore is what MoveOrg asks of storage.
type MoveOrgStore interface {
	MovesReader
	// OrgsBelow reads all organisations directly below one, in any order; closed
	// ones too, for people who left from them are still seen through them.
	OrgsBelow(ctx context.Context, parent staff.OrgCode) ([]staff.OrgCode, error)
	// SettleOrg stores the path of an organisation as the moves have it, and the
	// divisions that it is a topmost organisation of.
	SettleOrg(ctx context.Context, code staff.OrgCode) error
	// Listed reads whom a stretch of the list of an organisation has, in service or
	// left, from after a row on, strongly consistent.
	Listed(ctx context.Context, org staff.OrgCode, left bool, stretch Stretch, after string, limit int) (people []staff.EmployeeCode, last string, err error)
	// FinishMove notes that everything shows a move.
	FinishMove(ctx context.Context, seq int64, now time.Time) error
}

// JobMoveOrg is the kind of job that MoveOrg works on.
const JobMoveOrg = "move_org"

// Parameters of a move_org job. Without a number it is about another order.
const (
	paramOrg = "org"
	paramSeq = "seq"
)

// A move goes through the organisations first, then through the people by the
// organisation's own lists, which every one of them is in wherever it stands. Who
// is put on a list later was looked up later, too (staff.Indexer). The place says
// how far it has come: "orgs " and, from the moved organisation down, the levels
// that are being walked with the child that was last; or "people" and a listWalk.
const (
	placeOrgs   = "orgs "
	placePeople = "people"
)

func firstPlace(org staff.OrgCode) string { return placeOrgs + org.String() + ":" }

// Work implements Kind. A chunk's people were fixed by the one before, so whatever
// its tries come to, they are worked on and counted by this one.
func (uc MoveOrg) Work(ctx context.Context, j jobs.Job, c jobs.Chunk) (jobs.Worked, error) {
	org, err := staff.ParseOrgCode(j.Params[paramOrg])
	if err != nil {
		return jobs.Worked{}, err
	}
	if walk, ok := strings.CutPrefix(c.Place, placeOrgs); ok {
		next, err := uc.settle(ctx, walk)
		if next == "" {
			next = placePeople
		} else {
			next = placeOrgs + next
		}
		return jobs.Worked{Next: []jobs.Chunk{{Place: next}}}, err
	}
	for _, p := range c.People {
		if _, err := uc.Indexer.Run(ctx, p); err != nil {
			return jobs.Worked{}, err
		}
		if err := uc.Queue.OfPerson(ctx, p); err != nil {
			return jobs.Worked{}, err
		}
	}
	next, err := uc.people(ctx, org, c.Place)
	if err != nil {
		return jobs.Worked{}, fmt.Errorf("read who is in %s: %w", org, err)
	}
	if len(next.People) > 0 {
		return jobs.Worked{Done: len(c.People), Next: []jobs.Chunk{next}}, nil
	}
	if text := j.Params[paramSeq]; text != "" {
		seq, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return jobs.Worked{}, fmt.Errorf("read the number of a move: %w", err)
		}
		if err := uc.Store.FinishMove(ctx, seq, uc.Now()); err != nil {
			return jobs.Worked{}, fmt.Errorf("finish move %d: %w", seq, err)
		}
	}
	return jobs.Worked{Done: len(c.People)}, nil
}

// Stretch is a part of a list that is sorted by staff.ScopeEntry's Sort, from its
// first to its last possible row.
type Stretch struct{ From, To string }

// listWalk is how far a job has come in the lists of an organisation. Whoever is
// indexed gets a row at the organisation's present place in the tree, so those
// who stand there already are walked first, then those before it and behind it:
// nobody comes to stand where the walk is still to come.
type listWalk struct {
	part  int    // 0 to 2 are the stretches of who is in service, 3 to 5 of who has left
	at    string // the order path of the organisation when the walk began
	after string // the last row
}

const listParts = 6

// stretch is the part that is being walked. Rows go on with "#" or "." after the
// order path, and "/" comes right after those.
func (w listWalk) stretch() Stretch {
	return [...]Stretch{{w.at + "#", w.at + "/"}, {"#", w.at + "#"}, {w.at + "/", "~"}}[w.part%3]
}

func (w listWalk) String() string {
	return fmt.Sprintf("%s %d %s %s", placePeople, w.part, w.at, w.after)
}

// listWalkAt reads a place, or begins a walk.
func (uc MoveOrg) listWalkAt(ctx context.Context, org staff.OrgCode, place string) (listWalk, error) {
	if f := strings.Split(place, " "); len(f) == 4 {
		part, err := strconv.Atoi(f[1])
		return listWalk{part, f[2], f[3]}, err
	}
	orgs, _, err := uc.Store.OrgsAndMoves(ctx, []staff.OrgCode{org})
	if err != nil {
		return listWalk{}, err
	}
	orgs, _, err = uc.Store.OrgsAndMoves(ctx, orgs[org].Path)
	return listWalk{at: orgs.OrderPath(org)}, err
}

// people is the chunk of those who come after a place; without any at the end.
func (uc MoveOrg) people(ctx context.Context, org staff.OrgCode, place string) (jobs.Chunk, error) {
	w, err := uc.listWalkAt(ctx, org, place)
	if err != nil {
		return jobs.Chunk{}, err
	}
	var next jobs.Chunk
	for len(next.People) < jobs.ChunkSize && w.part < listParts {
		some, last, err := uc.Store.Listed(ctx, org, w.part >= listParts/2, w.stretch(), w.after, jobs.ChunkSize-len(next.People))
		if err != nil {
			return jobs.Chunk{}, err
		}
		next.People = append(next.People, some...)
		if w.after = last; last == "" {
			w.part++
		}
	}
	next.Place = w.String()
	return next, nil
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
		j := jobs.Job{Params: map[string]string{paramOrg: move.Org.String(), paramSeq: strconv.FormatInt(move.Seq, 10)}}
		for left := []jobs.Chunk{{Place: firstPlace(move.Org)}}; len(left) > 0; {
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
// stands, "" at its end. It goes by their codes, which stay what they are, so it
// passes over none that is below the moved one all the while.
func (uc MoveOrg) settle(ctx context.Context, walk string) (string, error) {
	levels := strings.Split(walk, ",")
	below := map[string][]string{} // sorted; read once in a chunk
	for n := 0; n < jobs.ChunkSize && len(levels) > 0; {
		code, after, _ := strings.Cut(levels[len(levels)-1], ":")
		if _, ok := below[code]; !ok {
			parent, err := staff.ParseOrgCode(code)
			if err != nil {
				return "", err
			}
			children, err := uc.Store.OrgsBelow(ctx, parent)
			if err != nil {
				return "", fmt.Errorf("read what is below %s: %w", parent, err)
			}
			below[code] = make([]string, len(children))
			for i, c := range children {
				below[code][i] = c.String()
			}
			slices.Sort(below[code])
		}
		at := slices.IndexFunc(below[code], func(c string) bool { return c > after })
		if at < 0 {
			levels = levels[:len(levels)-1]
			continue
		}
		child, err := staff.ParseOrgCode(below[code][at])
		if err != nil {
			return "", err
		}
		if err := uc.Store.SettleOrg(ctx, child); err != nil {
			return "", fmt.Errorf("settle %s: %w", child, err)
		}
		levels[len(levels)-1] = code + ":" + child.String()
		levels = append(levels, child.String()+":")
		n++
	}
	return strings.Join(levels, ","), nil
}
