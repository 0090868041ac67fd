package table

import (
	"chaoxi/shared/staff"
)

// Counts are numbers of people, or how they change.
type Counts struct{ People, Incomplete, BudgetedPost, JobLevel, Role int }

func (n *Counts) Add(t staff.Tally, sign int) {
	n.People += sign
	for _, f := range []struct {
		absent bool
		sum    *int
	}{{t.Incomplete, &n.Incomplete}, {t.BudgetedPost, &n.BudgetedPost}, {t.JobLevel, &n.JobLevel}, {t.Role, &n.Role}} {
		if f.absent {
			*f.sum += sign
		}
	}
}

func (n Counts) Plus(o Counts) Counts {
	return Counts{n.People + o.People, n.Incomplete + o.Incomplete, n.BudgetedPost + o.BudgetedPost, n.JobLevel + o.JobLevel, n.Role + o.Role}
}

func (n Counts) Values() Values {
	return Values{":kind": CountKind, ":people": n.People, ":incomplete": n.Incomplete, ":bp": n.BudgetedPost, ":jl": n.JobLevel, ":role": n.Role, ":one": 1}
}

// CountItem is what addCounts leaves.
type CountItem struct {
	People       int   `dynamodbav:"people"`
	Incomplete   int   `dynamodbav:"incomplete"`
	BudgetedPost int   `dynamodbav:"no_budgeted_post"`
	JobLevel     int   `dynamodbav:"no_job_level"`
	Role         int   `dynamodbav:"no_role"`
	Changes      int64 `dynamodbav:"changes"`
}

func (it CountItem) Counts() Counts {
	return Counts{it.People, it.Incomplete, it.BudgetedPost, it.JobLevel, it.Role}
}

// AddCounts also counts the changes, so that a recount can tell whether
// anybody came between.
const AddCounts = "SET kind = :kind ADD people :people, incomplete :incomplete, no_budgeted_post :bp, no_job_level :jl, no_role :role, changes :one"

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

// TotalItem is a staff.Sums with the number of times it was written. A count has
// the same fields, but counts its changes.
type TotalItem struct {
	People       int   `dynamodbav:"people"`
	Incomplete   int   `dynamodbav:"incomplete"`
	BudgetedPost int   `dynamodbav:"no_budgeted_post"`
	JobLevel     int   `dynamodbav:"no_job_level"`
	Role         int   `dynamodbav:"no_role"`
	Height       int   `dynamodbav:"height,omitempty"`
	Version      int64 `dynamodbav:"version"`
}

func SumsFromItem(item Item) (staff.Sums, int64, error) {
	var it TotalItem
	err := Decode(item, &it)
	return staff.Sums{People: it.People, Incomplete: it.Incomplete, BudgetedPost: it.BudgetedPost, JobLevel: it.JobLevel, Role: it.Role, Height: it.Height}, it.Version, err
}

func SumUp(sums map[staff.OrgCode]Counts, index Item) error {
	x, err := IndexFromItem(index)
	if err != nil {
		return err
	}
	if !x.Tally.Org.IsZero() {
		n := sums[x.Tally.Org]
		n.Add(x.Tally, 1)
		sums[x.Tally.Org] = n
	}
	return nil
}
