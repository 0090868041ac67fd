package table

import (
	"chaoxi/shared/staff"
)

// Items of these kinds make the stream start the roll-up (docs/totals.md). A minute
// after the last change at the latest, the total of an organisation is its count
// plus the totals of the children that it has CHILD# items of, and its height is one
// more than that of its highest child.
const (
	CountKind = "count" // the people of an organisation itself
	TotalKind = "total" // the same with all below
	ChildKind = "child" // an organisation's place below its parent
)

// HeadcountItem is a staff.Headcount as stored.
type HeadcountItem struct {
	People       int `dynamodbav:"people"`
	Incomplete   int `dynamodbav:"incomplete"`
	BudgetedPost int `dynamodbav:"no_budgeted_post"`
	JobLevel     int `dynamodbav:"no_job_level"`
	Role         int `dynamodbav:"no_role"`
}

// CountItem counts the people whose main post is in the organisation itself. Changes
// rises with every write. By it a recount can tell whether somebody has written
// meanwhile.
type CountItem struct {
	HeadcountItem
	Changes int64 `dynamodbav:"changes"`
}

// Headcount returns the stored numbers.
func (it CountItem) Headcount() staff.Headcount { return staff.Headcount(it.HeadcountItem) }

// TotalItem is a staff.Total as stored. Version rises with every write.
type TotalItem struct {
	HeadcountItem
	Height  int   `dynamodbav:"height,omitempty"`
	Version int64 `dynamodbav:"version"`
}

// Total returns the stored numbers.
func (it TotalItem) Total() staff.Total {
	return staff.Total{Headcount: staff.Headcount(it.HeadcountItem), Height: it.Height}
}

// TotalFromItem reads a total and its version. It also reads a COUNT item: as a
// total whose height and version are 0. A nil item gives zeros.
func TotalFromItem(item Item) (staff.Total, int64, error) {
	var it TotalItem
	err := Decode(item, &it)
	return it.Total(), it.Version, err
}

// addHeadcount begins an update expression that adds a headcount to the numbers of
// an item.
const addHeadcount = "SET kind = :kind ADD people :people, incomplete :incomplete, no_budgeted_post :bp, no_job_level :jl, no_role :role, "

// AddToCount and AddToTotal are update expressions. They add the numbers of
// HeadcountValues to the count and to the total of an organisation, and make the
// item if there is none.
const (
	AddToCount = addHeadcount + "changes :one"
	AddToTotal = addHeadcount + "version :one"
)

// HeadcountValues returns the placeholders of AddToCount (kind is CountKind then)
// and of AddToTotal (TotalKind).
func HeadcountValues(kind string, n staff.Headcount) Values {
	return Values{":kind": kind, ":people": n.People, ":incomplete": n.Incomplete, ":bp": n.BudgetedPost, ":jl": n.JobLevel, ":role": n.Role, ":one": 1}
}
