package staff

import (
	"slices"
	"time"
)

// Move is an organisation that has got another place in the tree, or another
// division. Where the organisation itself stands is written at once; what lies
// below it follows bit by bit, and meanwhile has the place that Moves works out.
// Another order among its siblings is no move: no path shows it.
type Move struct {
	Seq  int64 // moves are numbered as they begin
	Org  OrgCode
	Path []OrgCode // of the organisation since the move
	By   EmployeeCode
	Done time.Time // all stored paths show it; zero: some may not yet
}

// Moves are the latest moves, one an organisation. They are read in one trip with
// every organisation, because whoever may do what depends on paths: a move counts
// at once, for everything below it, whatever is stored there.
//
// An organisation's Placed is the last move that its stored path shows. A path is
// only ever stored together with that number, so each move is applied exactly
// once, in order, however late an item is rewritten and however long a move that
// is done stays on the list.
type Moves struct {
	Seq     int64 // of the last one, also when the list is empty
	Version int64 // of the list; 0 if there is none
	List    []Move
}

// ApplyTo is o where the moves have put it. In between the path may be one that
// there never was, as moves that have left the list are left out (Begin), and even
// have an organisation twice: what counts is the one nearer to o.
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

// The list is read with everything, and holds some twenty kilobytes when it is
// full. One person may fill a quarter of it, so that whoever rearranges a county
// is in nobody's way but their own.
const (
	MaxMoves   = 64
	MaxMovesBy = 16
)

// movesLinger is how long a move stays on the list once it is done: longer than
// any read takes that has seen a path from before.
const movesLinger = time.Minute

// Begin adds the move of o, which has its new place, and returns the list and
// o's number. While too many are under way, of one person or in all, it begins
// nothing and returns how long to wait before it is worth another try.
//
// Two kinds of moves leave the list, whatever else is on it:
//
//   - An earlier one of the same organisation. Whatever was below it then and has
//     not been rewritten gets its path from the new move; or it was taken out by a
//     move of something in between, and gets it from that.
//   - One that is done. Its job came to everything that was below the organisation
//     all the while; what it missed has been moved, or was moved with something
//     below the organisation, since then. That later move is nearer, and gives the
//     whole path.
func (m Moves) Begin(o Org, by EmployeeCode, now time.Time) (Moves, Org, time.Duration) {
	var list []Move
	theirs, wait, waitTheirs := 0, movesLinger, movesLinger
	for _, v := range m.List {
		left := movesLinger
		if !v.Done.IsZero() {
			left = min(left, movesLinger-now.Sub(v.Done))
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

// Finish notes that everything below the organisation of a move shows it. It is
// false if that was noted before, or another move of the organisation has taken
// its place.
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
