package table

import (
	"fmt"

	"chaoxi/shared/staff"
)

// movesItem is a staff.Moves as stored. Every read of organisations whose paths have to
// be right reads a copy of it, too (OrgKeys), and corrects the paths by it (OrgsFrom).
// See docs/moves.md.
type movesItem struct {
	Seq     int64      `dynamodbav:"seq"`
	Version int64      `dynamodbav:"version"`
	List    []moveItem `dynamodbav:"moves"`
}

// moveItem is a staff.Move as stored.
type moveItem struct {
	Seq  int64    `dynamodbav:"seq"`
	Org  string   `dynamodbav:"org"`
	Path []string `dynamodbav:"path"`
	By   string   `dynamodbav:"by,omitempty"`
	Done int64    `dynamodbav:"done_ms,omitempty"`
}

// MovesToItems returns the items of the list of moves, one a copy.
func MovesToItems(m staff.Moves) []Item {
	it := movesItem{Seq: m.Seq, Version: m.Version, List: make([]moveItem, len(m.List))}
	for i, v := range m.List {
		it.List[i] = moveItem{v.Seq, v.Org.String(), CodeStrings(v.Path), v.By.String(), Millis(v.Done)}
	}
	items := make([]Item, Copies)
	for n := range items {
		items[n] = NewItem(MovesKey(n), "moves", it)
	}
	return items
}

// MovesFrom reads the list of moves from items, among which is one copy of it. Without
// one the list is empty: nothing has moved yet.
func MovesFrom(items Items) (staff.Moves, error) {
	for n := range Copies {
		if item, ok := items[MovesKey(n)]; ok {
			return movesFromItem(item)
		}
	}
	return staff.Moves{}, nil
}

func movesFromItem(item Item) (staff.Moves, error) {
	var it movesItem
	if err := Decode(item, &it); err != nil {
		return staff.Moves{}, err
	}
	m := staff.Moves{Seq: it.Seq, Version: it.Version}
	var bad error
	for _, v := range it.List {
		move := staff.Move{Seq: v.Seq, Org: Parsed(staff.ParseOrgCode, v.Org, &bad), Done: Instant(v.Done)}
		if v.By != "" {
			move.By = Parsed(staff.ParseEmployeeCode, v.By, &bad)
		}
		for _, c := range v.Path {
			move.Path = append(move.Path, Parsed(staff.ParseOrgCode, c, &bad))
		}
		m.List = append(m.List, move)
	}
	if bad != nil {
		return staff.Moves{}, fmt.Errorf("read the moves: %w", bad)
	}
	return m, nil
}
