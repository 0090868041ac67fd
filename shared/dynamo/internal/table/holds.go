package table

import (
	"maps"
	"slices"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// HoldsItem counts exactly what an organisation holds. It decides whether the
// organisation may be closed: then nothing may be left in it, and nothing may come
// into it later. A COUNT cannot decide that, because it follows the stream and lags.
// So the transactions that change what an organisation holds write its HOLDS item,
// too. At every moment:
//
//   - posts is the number of active posts, of all people, whose Org is the
//     organisation. A post whose Unit it is, and whose Org lies below it, does not
//     count: the organisations between the two are its children, and open;
//   - children is the number of organisations that are not closed and whose Parent
//     it is. It has as many CHILD# items;
//   - closed is true if the organisation is closed, and absent if not. If it is true,
//     posts and children are zero.
//
// It follows that everything above an open organisation is open. Each transaction
// that adds, moves, ends or reopens posts has the writes of TxPostCounts. Each one
// that adds, moves or closes an organisation has TxChildCount.
type HoldsItem struct {
	Posts    int  `dynamodbav:"posts"`
	Children int  `dynamodbav:"children"`
	Closed   bool `dynamodbav:"closed,omitempty"`
}

// HoldsKind is the kind of a HoldsItem.
const HoldsKind = "holds"

// PostsByOrg returns the number of active posts that a person has in each
// organisation.
func PostsByOrg(p staff.Staff) map[staff.OrgCode]int {
	n := map[staff.OrgCode]int{}
	for _, post := range p.ActivePosts() {
		n[post.Org]++
	}
	return n
}

// PostChanges returns by how much the number of posts in each organisation changes
// when a person changes from was to now. It has no zeros.
func PostChanges(was, now staff.Staff) map[staff.OrgCode]int {
	changes := PostsByOrg(now)
	for org, n := range PostsByOrg(was) {
		changes[org] -= n
	}
	maps.DeleteFunc(changes, func(_ staff.OrgCode, n int) bool { return n == 0 })
	return changes
}

// TxPostCounts adds PostChanges to the posts that organisations hold. The writes are
// in the order of the organisations' codes. The transaction fails with OrgClosed if
// an organisation is closed and would get more posts. A person who is new was the
// zero Staff, which has no posts.
func (c *Client) TxPostCounts(was, now staff.Staff) []TxWrite {
	changes := PostChanges(was, now)
	var writes []TxWrite
	for _, org := range slices.SortedFunc(maps.Keys(changes), staff.OrgCode.Compare) {
		writes = append(writes, c.txHolds(org, "posts", changes[org]))
	}
	return writes
}

// TxChildCount adds n to the number of open children of parent. The transaction
// fails with OrgClosed if n is positive and parent is closed.
func (c *Client) TxChildCount(parent staff.OrgCode, n int) TxWrite {
	return c.txHolds(parent, "children", n)
}

// txHolds adds n to an attribute of a HOLDS item: posts or children.
func (c *Client) txHolds(org staff.OrgCode, attribute string, n int) TxWrite {
	condition := ""
	if n > 0 {
		condition = "attribute_not_exists(closed)"
	}
	return c.TxUpdate(HoldsKey(org), "SET kind = :kind ADD "+attribute+" :n", condition, Values{":kind": HoldsKind, ":n": n},
		func(Item) error { return fault.OrgClosed.Becausef("%s is closed", org) })
}
