package dynamo

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// An organisation may be closed only when nothing is left in it, and nothing may
// come into a closed one. Counts that follow the stream cannot decide that, so
// each organisation has an item that is written in the very transactions that
// change what it holds. What must hold of it, always:
//
//   - posts is the number of active posts of all people whose Org it is (that it
//     is the unit of a post elsewhere counts nothing: what lies between is a
//     child, and open);
//   - children is the number of organisations that are not closed and whose
//     Parent it is: as many as it has CHILD# rows;
//   - closed is there, and true, if and only if the organisation's Closed is, and
//     then posts and children are zero.
//
// Hence everything above an open organisation is open. Every transaction that
// adds, moves, ends or reopens posts has the steps of holds; those that add, move
// or close organisations have holdsChild.
type holdsItem struct {
	Posts    int  `dynamodbav:"posts"`
	Children int  `dynamodbav:"children"`
	Closed   bool `dynamodbav:"closed,omitempty"`
}

const holdsKind = "holds"

// posts are the active posts of a person by organisation.
func posts(p staff.Staff) map[staff.OrgCode]int {
	n := map[staff.OrgCode]int{}
	for _, post := range p.ActivePosts() {
		n[post.Org]++
	}
	return n
}

// moved is by how much the posts of each organisation change with a person, as
// far as they do.
func moved(was, now staff.Staff) map[staff.OrgCode]int {
	change := posts(now)
	for org, n := range posts(was) {
		change[org] -= n
	}
	maps.DeleteFunc(change, func(_ staff.OrgCode, n int) bool { return n == 0 })
	return change
}

// holds moves the posts of a person from where they were to where they are now.
// It fails with OrgClosed for an organisation that would hold more and is closed.
// The zero Staff has no posts.
func (s *Store) holds(was, now staff.Staff) []step {
	change := moved(was, now)
	var steps []step
	for _, org := range slices.SortedFunc(maps.Keys(change), staff.OrgCode.Compare) {
		steps = append(steps, s.holdsMore(org, "posts", change[org]))
	}
	return steps
}

// holdsChild moves the number of an organisation's open children.
func (s *Store) holdsChild(parent staff.OrgCode, n int) step {
	return s.holdsMore(parent, "children", n)
}

func (s *Store) holdsMore(org staff.OrgCode, what string, n int) step {
	condition := ""
	if n > 0 {
		condition = "attribute_not_exists(closed)"
	}
	return s.update(holdsKey(org), "SET kind = :kind ADD "+what+" :n", condition, values{":kind": holdsKind, ":n": n},
		func(map[string]types.AttributeValue) error { return fault.OrgClosed.Becausef("%s is closed", org) })
}

// loadHolds adds to what organisations hold, for the bulk forms.
func (s *Store) loadHolds(ctx context.Context, what string, more map[staff.OrgCode]int) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(loadsAtOnce)
	for org, n := range more {
		g.Go(func() error {
			_, err := s.do(ctx, change{key: holdsKey(org), expression: "SET kind = :kind ADD " + what + " :n", values: values{":kind": holdsKind, ":n": n}})
			return err
		})
	}
	return g.Wait()
}
