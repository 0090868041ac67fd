package admin

import (
	"context"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/jobs"
	"chaoxi/shared/staff"
)

// Change is a person before and after, and what goes with it. Storage derives
// the unique names and the audit from it.
type Change struct {
	Was, Now staff.Staff // Was is zero for a new person; Now.Revision is one more
	By       account.Caller
	Once     *Once      // of a new person: the request, if it has a key
	Mark     *jobs.Mark // of the job that does it, nil without one
	Audit    audit.Entry

	// Grants is how many grants the person held when the change was allowed.
	// The change fails if the number is another one. If it is negative, it does
	// not matter.
	Grants int
	// EndAll ends all sessions and tickets, and forgets all devices.
	EndAll bool
	// History has the sessions that end, in the person's sign-in history.
	History []account.SignIn

	MustBeOpen []staff.OrgCode // the change fails if one of them is closed
	// MustNotBeUnits are organisations between a post and its unit. If one of
	// them is a unit, the post names the wrong one, and the change fails with
	// the field that is the value.
	MustNotBeUnits map[staff.OrgCode]string
}

// Changer writes a person.
type Changer interface {
	// Change writes all of c or nothing. It answers jobs.ErrMarked if the mark is
	// there already, ErrRevised if the person
	// or c.By has changed, *Taken if a name is somebody else's,
	// OrgClosed if an organisation has been closed, and FieldInvalid if one has
	// become a unit.
	Change(ctx context.Context, c Change) error
}
