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

// MoveOrg is the work of the job that follows when an organisation has moved,
// or has got another division or order.
//
// After a move it stores the new paths of the organisations below; until then
// staff.Moves works them out. Then it indexes the people again, and updates the
// queues of their recovery requests. After another order only the people are
// left to do, because their lists are sorted by it.
type MoveOrg struct {
	Store   MoveOrgStore
	Indexer staff.Indexer
	Queue   account.IndexQueue
	Now     func() time.Time
}

// MoveOrgStore is what MoveOrg asks of storage.
type MoveOrgStore interface {
	MovesReader
	// OrgsBelow reads all organisations directly below one, in any order.
	// Closed ones are included, as people who left from them are still seen
	// through them.
	OrgsBelow(ctx context.Context, parent staff.OrgCode) ([]staff.OrgCode, error)
	// SettleOrg stores the path of an organisation as the moves give it, and
	// the divisions that it is a top of.
	SettleOrg(ctx context.Context, code staff.OrgCode) error
	// Listed reads the people in a stretch of an organisation's list, in
	// service or left, from after a row on, strongly consistent.
	Listed(ctx context.Context, org staff.OrgCode, left bool, stretch Stretch, after string, limit int) (people []staff.EmployeeCode, last string, err error)
	// FinishMove notes that everything stored shows a move.
	FinishMove(ctx context.Context, seq int64, now time.Time) error
}

// JobMoveOrg is the kind of job that MoveOrg works on.
const JobMoveOrg = "move_org"

// The parameters of a move_org job.
const (
	paramOrg = "org"
	paramSeq = "seq" // of the move; without it the job is about another order
	// paramVersion is the version that the organisation got. A job that was made before
	// there was this parameter does not have it.
	paramVersion = "version"
)

// superseded is the code of a job about another order that came to an end because a
// later job of the organisation does the same for the same people.
const superseded = "superseded"

// A job walks through the organisations first, then through the people. It finds
// the people in the lists of the moved organisation, which have everybody who is
// in it or below it. Whoever is added to these lists later was indexed after the
// move, and needs no work (staff.Indexer).
//
// A chunk's position says how far the job has come. It is "orgs " and the levels
// that are being walked, from the moved organisation down, each with the child
// that was settled last; or it is "people" and a listWalk.
const (
	stageOrgs   = "orgs "
	stagePeople = "people"
)

// firstPosition is the position at which a move begins.
func firstPosition(org staff.OrgCode) string { return stageOrgs + org.String() + ":" }

// Work implements jobs.Kind. The people of a chunk were chosen by the chunk
// before it. So however often a chunk is tried, it works on the same people and
// counts the same.
func (uc MoveOrg) Work(ctx context.Context, j jobs.Job, c jobs.Chunk) (jobs.Worked, error) {
	org, err := staff.ParseOrgCode(j.Params[paramOrg])
	if err != nil {
		return jobs.Worked{}, err
	}
	if walk, ok := strings.CutPrefix(c.Position, stageOrgs); ok {
		next, err := uc.settle(ctx, walk)
		if next == "" {
			next = stagePeople
		} else {
			next = stageOrgs + next
		}
		return jobs.Worked{Next: []jobs.Chunk{{Position: next}}}, err
	}
	if later, err := uc.later(ctx, org, j); err != nil || later {
		return jobs.Worked{Over: superseded}, err
	}
	for _, p := range c.People {
		if _, err := uc.Indexer.Run(ctx, p); err != nil {
			return jobs.Worked{}, err
		}
		if err := uc.Queue.OfPerson(ctx, p); err != nil {
			return jobs.Worked{}, err
		}
	}
	next, err := uc.people(ctx, org, c.Position)
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

// later reports whether a later job makes this one needless. It does for another order,
// as it indexes all people again, too. A move is never left to a later job: it has paths
// to store, and its end must be noted.
func (uc MoveOrg) later(ctx context.Context, org staff.OrgCode, j jobs.Job) (bool, error) {
	if j.Params[paramSeq] != "" || j.Params[paramVersion] == "" {
		return false, nil
	}
	version, err := strconv.ParseInt(j.Params[paramVersion], 10, 64)
	if err != nil {
		return false, fmt.Errorf("read the version of an organisation: %w", err)
	}
	orgs, _, err := uc.Store.OrgsAndMoves(ctx, []staff.OrgCode{org})
	if err != nil {
		return false, fmt.Errorf("read %s: %w", org, err)
	}
	return orgs[org].Arranged > version, nil
}

// Stretch is a part of a list in the order of staff.ScopeEntry's Sort, from its
// first to its last possible row.
type Stretch struct{ From, To string }

// listWalk is how far a job has come in the lists of an organisation.
//
// Indexing a person puts their new row at the organisation's present sort
// position. The walk therefore reads that position first, then what is before
// it, then what is behind it. So nobody who was indexed turns up again in a
// part that is still to be read.
type listWalk struct {
	part  int    // 0 to 2: stretches of the people in service; 3 to 5: of those who have left
	at    string // the order path of the organisation when the walk began
	after string // the row that was read last
}

const listParts = 6

// stretch is the part that is being walked. A sort key is an order path, then
// "#" or "." and more; "/" is the character right after these two.
func (w listWalk) stretch() Stretch {
	return [...]Stretch{{w.at + "#", w.at + "/"}, {"#", w.at + "#"}, {w.at + "/", "~"}}[w.part%3]
}

func (w listWalk) String() string {
	return fmt.Sprintf("%s %d %s %s", stagePeople, w.part, w.at, w.after)
}

// listWalkAt reads a position, or begins a walk.
func (uc MoveOrg) listWalkAt(ctx context.Context, org staff.OrgCode, position string) (listWalk, error) {
	if f := strings.Split(position, " "); len(f) == 4 {
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

// people is the chunk with the people after a position. It has none at the end
// of the walk.
func (uc MoveOrg) people(ctx context.Context, org staff.OrgCode, position string) (jobs.Chunk, error) {
	w, err := uc.listWalkAt(ctx, org, position)
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
	next.Position = w.String()
	return next, nil
}

// Finish ends all moves that their jobs have not ended, for the operator's
// commands, and returns how many there were. It may run beside the jobs.
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
		for left := []jobs.Chunk{{Position: firstPosition(move.Org)}}; len(left) > 0; {
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

// settle goes on with the walk through the organisations, and returns its new
// position, "" at the end. It walks in the order of codes, which never change,
// so it misses no organisation that stays below the moved one.
func (uc MoveOrg) settle(ctx context.Context, walk string) (string, error) {
	levels := strings.Split(walk, ",")
	below := map[string][]string{} // sorted children, read once a chunk
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
