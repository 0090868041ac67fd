package table

import (
	"maps"
	"slices"

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
type HoldsItem struct {
	Posts    int  `dynamodbav:"posts"`
	Children int  `dynamodbav:"children"`
	Closed   bool `dynamodbav:"closed,omitempty"`
}

const HoldsKind = "holds"

// PostsByOrg are the active posts of a person by organisation.
func PostsByOrg(p staff.Staff) map[staff.OrgCode]int {
	n := map[staff.OrgCode]int{}
	for _, post := range p.ActivePosts() {
		n[post.Org]++
	}
	return n
}

// PostChanges is by how much the posts of each organisation change with a person, as
// far as they do.
func PostChanges(was, now staff.Staff) map[staff.OrgCode]int {
	changes := PostsByOrg(now)
	for org, n := range PostsByOrg(was) {
		changes[org] -= n
	}
	maps.DeleteFunc(changes, func(_ staff.OrgCode, n int) bool { return n == 0 })
	return changes
}

// TxPostCounts moves the posts of a person from where they were to where they are now.
// It fails with OrgClosed for an organisation that would hold more and is closed.
// The zero Staff has no posts.
func (c *Client) TxPostCounts(was, now staff.Staff) []TxWrite {
	changes := PostChanges(was, now)
	var writes []TxWrite
	for _, org := range slices.SortedFunc(maps.Keys(changes), staff.OrgCode.Compare) {
		writes = append(writes, c.txHolds(org, "posts", changes[org]))
	}
	return writes
}

// TxChildCount moves the number of an organisation's open children.
func (c *Client) TxChildCount(parent staff.OrgCode, n int) TxWrite {
	return c.txHolds(parent, "children", n)
}

func (c *Client) txHolds(org staff.OrgCode, attribute string, n int) TxWrite {
	condition := ""
	if n > 0 {
		condition = "attribute_not_exists(closed)"
	}
	return c.TxUpdate(HoldsKey(org), "SET kind = :kind ADD "+attribute+" :n", condition, Values{":kind": HoldsKind, ":n": n},
		func(Item) error { return fault.OrgClosed.Becausef("%s is closed", org) })
}
