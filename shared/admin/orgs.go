package admin

import (
	"context"
	"errors"
	"fmt"

	"chaoxi/shared/audit"
	"chaoxi/shared/jobs"
	"chaoxi/shared/staff"
)

// OrgRecord is an organisation with the numbers that are shown beside it. They
// follow the people by up to a minute, but for Posts and Children, which decide
// whether it may be closed and are exact.
type OrgRecord struct {
	Org      staff.Org
	Own, All staff.Total // whose main post is in it; with all below
	Posts    int         // active, in it
	Children int         // open, directly below
}

// OrgChange is an organisation before and after; the zero Was is none. What leads
// to it, what its parents hold and the audit follow from it.
type OrgChange struct {
	Was, Now staff.Org
	// The divisions of what is above it before and after, "" for nothing.
	WasAbove, Above string
	Moves, NowMoves staff.Moves  // the list as read, and with a move that begins
	Job             *jobs.NewJob // that brings what lies below along
	Audit           audit.Entry
}

// OrgStore is what EditOrgs asks of storage.
type OrgStore interface {
	MovesReader
	OrgRecordReader
	// WriteOrg writes all of c or nothing. It answers ErrOrgThere if there is an
	// organisation of the new one's code, ErrRevised if the organisation is no
	// longer as c has it or other moves have begun since, OrgClosed if the new
	// parent is closed, and a *NotEmpty for an organisation that cannot be closed.
	WriteOrg(ctx context.Context, c OrgChange) error
}

// ErrOrgThere reports that an organisation was added already.
var ErrOrgThere = errors.New("there is an organisation of this code")

// NotEmpty says what an organisation still holds that is to be closed.
type NotEmpty struct{ Posts, Children int }

func (e *NotEmpty) Error() string {
	return fmt.Sprintf("it holds %d posts and %d organisations", e.Posts, e.Children)
}

// sentences name what is inside.
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
