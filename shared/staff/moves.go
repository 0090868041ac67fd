package staff

import (
	"slices"
	"strings"
	"time"
)

// Move is an organisation that has got another place in the tree, or another
// order among its siblings. Where the organisation itself stands is written at
// once; what lies below it follows bit by bit, and meanwhile has the place that
// Moves works out.
type Move struct {
	Seq       int64 // moves are numbered as they begin
	Org       OrgCode
	Path      []OrgCode // of the organisation since the move
	OrderPath string
	Done      time.Time // all stored paths show it; zero: some may not yet
}

// Moves are the latest moves. They are read in one trip with every organisation,
// because whoever may do what depends on paths: a move counts at once, for
// everything below it, whatever is stored there.
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

// Place is o where the moves have put it.
func (m Moves) Place(o Org) Org {
	for _, move := range m.List {
		i := slices.Index(o.Path, move.Org)
		if move.Seq <= o.Placed || i < 0 {
			continue
		}
		orders := strings.Split(o.OrderPath, ".")
		orders = append([]string{move.OrderPath}, orders[min(i+1, len(orders)):]...)
		o.Path = append(slices.Clip(move.Path), o.Path[i+1:]...)
		o.OrderPath = strings.Join(orders, ".")
	}
	o.Placed = max(o.Placed, m.Seq)
	return o
}

// MaxMoves is how many moves may be on the list: it is read with everything, and
// holds some ten kilobytes then.
const MaxMoves = 32

// movesLinger is how long a move stays on the list once it is done: longer than
// any read takes that has seen a path from before.
const movesLinger = time.Minute

// Begin adds the move of o, which has its new place, and returns the list and
// o's number. It is false while too many are under way.
//
// Moves leave the list all together: an item not rewritten yet may wait for any
// of them, in order, as long as one is not done.
func (m Moves) Begin(o Org, now time.Time) (Moves, Org, bool) {
	list := slices.Clone(m.List)
	if !slices.ContainsFunc(list, func(v Move) bool { return v.Done.IsZero() || now.Sub(v.Done) < movesLinger }) {
		list = nil
	}
	if len(list) >= MaxMoves {
		return m, o, false
	}
	m.Seq++
	m.Version++
	o.Placed = m.Seq
	m.List = append(list, Move{Seq: m.Seq, Org: o.Code, Path: o.Path, OrderPath: o.OrderPath})
	return m, o, true
}

// Finish notes that everything below the organisation of a move shows it, and
// with it the earlier moves of the same organisation. It is false if that was
// noted before.
func (m Moves) Finish(seq int64, now time.Time) (Moves, bool) {
	m.List = slices.Clone(m.List)
	at := slices.IndexFunc(m.List, func(v Move) bool { return v.Seq == seq })
	if at < 0 {
		return m, false
	}
	changed := false
	for i, v := range m.List[:at+1] {
		if v.Org == m.List[at].Org && v.Done.IsZero() {
			m.List[i].Done, changed = now, true
		}
	}
	m.Version++
	return m, changed
}
