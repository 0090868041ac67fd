package staff

import (
	"slices"
	"time"
)

// Move is an organisation that has got another parent, or another division. The
// organisation's own path is stored at once. Those below it are stored bit by bit;
// until then Moves corrects them when they are read. Another order among siblings
// is not a move, since no path shows it.
type Move struct {
	Seq  int64 // moves are numbered as they begin
	Org  OrgCode
	Path []OrgCode // of Org after the move
	By   EmployeeCode
	Done time.Time // since when all stored paths show the move; zero: some may not yet
}

// Moves are the latest moves, one for each organisation. Every read of organisations
// whose paths have to be right reads them in the same trip and applies them, so a move
// counts at once for all below it, whatever paths are stored there.
//
// A path is always stored together with Org.MoveSeq, the last move that it shows. So
// each move is applied to it exactly once, in order. docs/moves.md shows examples,
// and why moves may leave the list.
type Moves struct {
	Seq     int64 // of the last move, also when the list is empty
	Version int64 // of the list; 0 if none is stored
	List    []Move
}

// ApplyTo returns o with the path that the moves give it. While it works through
// the list, the path may be wrong or have an organisation twice: a move that has left
// the list is missing in it. Then the part nearer to o is right, and a later move
// on the list gives the whole path.
func (m Moves) ApplyTo(o Org) Org {
	for _, move := range m.List {
		if move.Seq <= o.MoveSeq {
			continue
		}
		for i, c := range slices.Backward(o.Path) {
			if c == move.Org {
				o.Path = append(slices.Clip(move.Path), o.Path[i+1:]...)
				break
			}
		}
	}
	o.MoveSeq = max(o.MoveSeq, m.Seq)
	return o
}

// The list has at most MaxMoves moves, MaxMovesBy of them by one person. Each read of
// organisations reads it too, and a full list has some forty kilobytes. Somebody who
// rearranges a county can fill a quarter of it; then they alone have to wait.
const (
	MaxMoves   = 64
	MaxMovesBy = 16
)

// MovesLinger is how long a move stays on the list after it is done. A reader may
// have read a path just before it was rewritten; no read takes so long.
const MovesLinger = time.Minute

// Begin adds the move of o, whose Path is the new one already. It returns the new
// list, and o with the number of the move. If there are too many moves, by the
// person or altogether, it returns both unchanged with the time after which another
// try makes sense.
//
// Begin also takes two kinds of moves off the list: an earlier one of the same
// organisation, and those that have been done for a minute. A stored path that does
// not show such a move is corrected by a move that stays on the list (docs/moves.md).
func (m Moves) Begin(o Org, by EmployeeCode, now time.Time) (Moves, Org, time.Duration) {
	var list []Move
	theirs, wait, waitTheirs := 0, MovesLinger, MovesLinger
	for _, v := range m.List {
		left := MovesLinger
		if !v.Done.IsZero() {
			left = min(left, MovesLinger-now.Sub(v.Done))
		}
		if v.Org == o.Code || left <= 0 {
			continue
		}
		list = append(list, v)
		wait = min(wait, left)
		if v.By == by {
			theirs++
			waitTheirs = min(waitTheirs, left)
		}
	}
	switch {
	case theirs >= MaxMovesBy:
		return m, o, waitTheirs
	case len(list) >= MaxMoves:
		return m, o, wait
	}
	m.Seq++
	m.Version++
	o.MoveSeq = m.Seq
	m.List = append(list, Move{Seq: m.Seq, Org: o.Code, Path: o.Path, By: by})
	return m, o, 0
}

// Finish notes that all paths below the organisation of the move seq show the move.
// It reports false if that was noted before, or if the move has left the list, for
// instance because the organisation has moved again.
func (m Moves) Finish(seq int64, now time.Time) (Moves, bool) {
	at := slices.IndexFunc(m.List, func(v Move) bool { return v.Seq == seq && v.Done.IsZero() })
	if at < 0 {
		return m, false
	}
	m.List = slices.Clone(m.List)
	m.List[at].Done = now
	m.Version++
	return m, true
}
