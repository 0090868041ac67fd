package table

import (
	"chaoxi/shared/staff"
)

// CountKind, TotalKind and ChildKind mark the items whose changes the stream
// hands to the roll-up: people that an organisation owns itself, its total with
// all below, and its place below its parent. What must hold of a total, a minute
// after the last change at the latest: it is the organisation's COUNT and the
// totals of the children that it has CHILD# rows of, added up; the height is one
// more than that of the highest of them.
const (
	CountKind = "count"
	TotalKind = "total"
	ChildKind = "child"
)

// HeadcountItem is a staff.Headcount as stored.
type HeadcountItem struct {
	People       int `dynamodbav:"people"`
	Incomplete   int `dynamodbav:"incomplete"`
	BudgetedPost int `dynamodbav:"no_budgeted_post"`
	JobLevel     int `dynamodbav:"no_job_level"`
	Role         int `dynamodbav:"no_role"`
}

// CountItem counts the people whom an organisation owns itself. Changes rises with
// every write, so that a recount can tell whether anybody wrote meanwhile.
type CountItem struct {
	HeadcountItem
	Changes int64 `dynamodbav:"changes"`
}

// Headcount is the count that it holds.
func (it CountItem) Headcount() staff.Headcount { return staff.Headcount(it.HeadcountItem) }

// TotalItem is a staff.Total as stored. Version rises with every write.
type TotalItem struct {
	HeadcountItem
	Height  int   `dynamodbav:"height,omitempty"`
	Version int64 `dynamodbav:"version"`
}

// Total is the total that it holds.
func (it TotalItem) Total() staff.Total {
	return staff.Total{Headcount: staff.Headcount(it.HeadcountItem), Height: it.Height}
}

// TotalFromItem reads a total and its version. A count reads as a total without
// height.
func TotalFromItem(item Item) (staff.Total, int64, error) {
	var it TotalItem
	err := Decode(item, &it)
	return it.Total(), it.Version, err
}

// addHeadcount adds a headcount to what an item counts.
const addHeadcount = "SET kind = :kind ADD people :people, incomplete :incomplete, no_budgeted_post :bp, no_job_level :jl, no_role :role, "

// AddToCount and AddToTotal are the update expressions that add HeadcountValues to
// the count of an organisation, and to its total.
const (
	AddToCount = addHeadcount + "changes :one"
	AddToTotal = addHeadcount + "version :one"
)

// HeadcountValues are the placeholders of AddToCount (with CountKind) and AddToTotal
// (with TotalKind).
func HeadcountValues(kind string, n staff.Headcount) Values {
	return Values{":kind": kind, ":people": n.People, ":incomplete": n.Incomplete, ":bp": n.BudgetedPost, ":jl": n.JobLevel, ":role": n.Role, ":one": 1}
}
