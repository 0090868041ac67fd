package dynamo

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/staff"
)

// counts are numbers of people, or how they change.
type counts struct{ People, Incomplete, BudgetedPost, JobLevel, Role int }

func (n *counts) add(t staff.Tally, sign int) {
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

func (n counts) plus(o counts) counts {
	return counts{n.People + o.People, n.Incomplete + o.Incomplete, n.BudgetedPost + o.BudgetedPost, n.JobLevel + o.JobLevel, n.Role + o.Role}
}

func (n counts) values() values {
	return values{":kind": countKind, ":people": n.People, ":incomplete": n.Incomplete, ":bp": n.BudgetedPost, ":jl": n.JobLevel, ":role": n.Role, ":one": 1}
}

// countItem is what addCounts leaves.
type countItem struct {
	People       int   `dynamodbav:"people"`
	Incomplete   int   `dynamodbav:"incomplete"`
	BudgetedPost int   `dynamodbav:"no_budgeted_post"`
	JobLevel     int   `dynamodbav:"no_job_level"`
	Role         int   `dynamodbav:"no_role"`
	Changes      int64 `dynamodbav:"changes"`
}

func (it countItem) counts() counts {
	return counts{it.People, it.Incomplete, it.BudgetedPost, it.JobLevel, it.Role}
}

const countKind = "count"

// addCounts also counts the changes, so that a recount can tell whether
// anybody came between.
const addCounts = "SET kind = :kind ADD people :people, incomplete :incomplete, no_budgeted_post :bp, no_job_level :jl, no_role :role, changes :one"

// move are the changes of the counts of the organisations that own a person.
func (s *Store) move(was, now staff.Tally) []step {
	if was == now {
		return nil
	}
	change := map[staff.OrgCode]*counts{}
	for _, side := range []struct {
		staff.Tally
		sign int
	}{{was, -1}, {now, 1}} {
		if side.Org.IsZero() {
			continue
		}
		if change[side.Org] == nil {
			change[side.Org] = &counts{}
		}
		change[side.Org].add(side.Tally, side.sign)
	}
	var steps []step
	for org, n := range change {
		steps = append(steps, s.table.update(countKey(org), addCounts, "", n.values(), nil))
	}
	return steps
}

func sumUp(sums map[staff.OrgCode]counts, index map[string]types.AttributeValue) error {
	x, err := indexFromItem(index)
	if err != nil {
		return err
	}
	if !x.Tally.Org.IsZero() {
		n := sums[x.Tally.Org]
		n.add(x.Tally, 1)
		sums[x.Tally.Org] = n
	}
	return nil
}

// CountKind, TotalKind and ChildKind mark the items whose changes the stream
// hands to the roll-up: people that an organisation owns itself, its total with
// all below, and its place below its parent. What must hold of a total, a minute
// after the last change at the latest: it is the organisation's COUNT and the
// totals of the children that it has CHILD# rows of, added up; the height is one
// more than that of the highest of them.
const (
	CountKind = countKind
	TotalKind = "total"
	ChildKind = "child"
)

// totalItem is a staff.Sums with the number of times it was written. A count has
// the same fields, but counts its changes.
type totalItem struct {
	People       int   `dynamodbav:"people"`
	Incomplete   int   `dynamodbav:"incomplete"`
	BudgetedPost int   `dynamodbav:"no_budgeted_post"`
	JobLevel     int   `dynamodbav:"no_job_level"`
	Role         int   `dynamodbav:"no_role"`
	Height       int   `dynamodbav:"height,omitempty"`
	Version      int64 `dynamodbav:"version"`
}

func sumsFromItem(item map[string]types.AttributeValue) (staff.Sums, int64, error) {
	var it totalItem
	err := into(item, &it)
	return staff.Sums{People: it.People, Incomplete: it.Incomplete, BudgetedPost: it.BudgetedPost, JobLevel: it.JobLevel, Role: it.Role, Height: it.Height}, it.Version, err
}

// Total is U1.
func (s *Store) Total(ctx context.Context, org staff.OrgCode) (staff.Sums, int64, error) {
	item, err := s.table.get(ctx, totalKey(org))
	if err != nil {
		return staff.Sums{}, 0, err
	}
	return sumsFromItem(item)
}

// SumBelow is U2.
func (s *Store) SumBelow(ctx context.Context, org staff.OrgCode) (staff.Sums, error) {
	children, err := s.table.query(ctx, orgPK(org), childPrefix)
	if err != nil {
		return staff.Sums{}, err
	}
	var keys []key
	var bad error
	for _, item := range children {
		keys = append(keys, totalKey(parsed(staff.ParseOrgCode, text(item["org"]), &bad)))
	}
	if bad != nil {
		return staff.Sums{}, fmt.Errorf("read the children of %s: %w", org, bad)
	}
	items, err := s.table.getAll(ctx, append(keys, countKey(org))...)
	if err != nil {
		return staff.Sums{}, err
	}
	sum, _, err := sumsFromItem(items[countKey(org)])
	if err != nil {
		return staff.Sums{}, err
	}
	for _, k := range keys {
		one, _, err := sumsFromItem(items[k])
		if err != nil {
			return staff.Sums{}, err
		}
		sum = sum.Plus(one.Below())
	}
	return sum, nil
}

// ReplaceTotal is U3.
func (s *Store) ReplaceTotal(ctx context.Context, org staff.OrgCode, was int64, now staff.Sums) error {
	condition, v := absent, values(nil)
	if was > 0 {
		condition, v = "version = :was", values{":was": was}
	}
	it := totalItem{now.People, now.Incomplete, now.BudgetedPost, now.JobLevel, now.Role, now.Height, was + 1}
	return s.table.insert(ctx, itemOf(totalKey(org), TotalKind, it), condition, v, staff.ErrTotalMoved)
}

// loadHeights is for the bulk forms: what is above some organisations stands at
// least as high as they lie below it.
func (s *Operator) loadHeights(ctx context.Context, orgs []staff.Org) error {
	heights := map[staff.OrgCode]int{}
	for _, o := range orgs {
		if o.Closed {
			continue
		}
		for i, above := range o.Path[:max(0, len(o.Path)-1)] {
			heights[above] = max(heights[above], len(o.Path)-1-i)
		}
	}
	return each(ctx, heights, func(ctx context.Context, org staff.OrgCode, height int) error {
		_, err := s.table.do(ctx, change{
			key: totalKey(org), expression: "SET kind = :kind, height = :height ADD version :one", condition: "attribute_not_exists(height) OR height < :height",
			values: values{":kind": TotalKind, ":height": height, ":one": 1},
			refuse: func(map[string]types.AttributeValue) error { return nil }, // it does already
		})
		return err
	})
}

// addTotals is for the bulk forms: people who were counted in some organisations
// are added to those and to all above.
func (s *Operator) addTotals(ctx context.Context, sums map[staff.OrgCode]counts, orgs staff.Orgs) error {
	all := map[staff.OrgCode]counts{}
	for org, n := range sums {
		for _, above := range orgs[org].Path {
			all[above] = all[above].plus(n)
		}
	}
	return each(ctx, all, func(ctx context.Context, org staff.OrgCode, n counts) error {
		v := n.values()
		v[":kind"] = TotalKind
		_, err := s.table.do(ctx, change{
			key:        totalKey(org),
			expression: "SET kind = :kind ADD people :people, incomplete :incomplete, no_budgeted_post :bp, no_job_level :jl, no_role :role, version :one",
			values:     v,
		})
		return err
	})
}
