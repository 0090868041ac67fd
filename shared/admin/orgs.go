package admin

import (
	"context"
	"errors"
	"fmt"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/jobs"
	"chaoxi/shared/staff"
)

// OrgRecord is an organisation with the numbers that are shown beside it. Posts
// and Children are exact, because they decide whether it may be closed. The
// others follow the people within a minute.
type OrgRecord struct {
	Org      staff.Org
	Own, All staff.Total // people whose main post is in it; in it or below
	Posts    int         // active posts in it
	Children int         // open organisations directly below it
}

// OrgChange is an organisation before and after; Was is zero for a new one.
// Storage derives from it how the organisation is found, what its parents hold,
// and the audit.
type OrgChange struct {
	Was, Now staff.Org
	// The divisions of the parents before and after, "" if there is none.
	WasAbove, Above string
	Moves, NowMoves staff.Moves  // as read, and with the move that begins
	Job             *jobs.NewJob // that carries the change to what depends on it
	By              account.Caller
	Once            *Once // of a new organisation: the request, if it has a key
	Audit           audit.Entry
}

// OrgStore is what EditOrgs asks of storage.
type OrgStore interface {
	account.PersonReader
	MovesReader
	OrgRecordReader
	OnceReader
	// WriteOrg writes all of c or nothing. It answers ErrOrgThere if the code
	// of a new organisation exists already; ErrRevised if the organisation or
	// c.By has changed, another move has begun, or c.Once was carried out; OrgNameTaken if another open
	// organisation below the parent has the name (staff.NameKey); OrgClosed if the
	// new parent is closed; and *NotEmpty if an organisation to close is not empty.
	WriteOrg(ctx context.Context, c OrgChange) error
}

// ErrOrgThere says that the organisation was added before.
var ErrOrgThere = errors.New("there is an organisation of this code")

// NotEmpty says what keeps an organisation from being closed.
type NotEmpty struct{ Posts, Children int }

func (e *NotEmpty) Error() string {
	return fmt.Sprintf("it holds %d posts and %d organisations", e.Posts, e.Children)
}

// sentences say it in Chinese and in English.
func (e *NotEmpty) sentences() (zh, en string) {
	switch {
	case e.Children == 0:
		return fmt.Sprintf("机构内尚有%d个任职，请先调整后再撤销", e.Posts), fmt.Sprintf("The organisation still holds %d posts. Please move them first.", e.Posts)
	case e.Posts == 0:
		return fmt.Sprintf("机构下尚有%d个下级机构，请先调整后再撤销", e.Children), fmt.Sprintf("The organisation still holds %d organisations. Please move them first.", e.Children)
	}
	return fmt.Sprintf("机构内尚有%d个任职、%d个下级机构，请先调整后再撤销", e.Posts, e.Children),
		fmt.Sprintf("The organisation still holds %d posts and %d organisations. Please move them first.", e.Posts, e.Children)
}

// OrgRecordReader reads organisations with the numbers that are shown beside them.
type OrgRecordReader interface {
	// OrgRecords reads organisations. One that does not exist is not in the result.
	OrgRecords(context.Context, []staff.OrgCode) (map[staff.OrgCode]OrgRecord, error)
}
