package admin

import (
	"context"

	"chaoxi/shared/audit"
	"chaoxi/shared/staff"
)

// Change is a person before and after, and what goes with it. The unique names
// and the audit follow from it.
type Change struct {
	Was, Now staff.Staff // of the same person, or Was of nobody; Now.Revision is one more
	Audit    audit.Entry

	// Grants is how many grants the person held when the change was allowed;
	// it fails if that is no longer so. Below zero it does not matter.
	Grants int
	// EndAll ends all sessions and tickets and forgets all devices.
	EndAll bool

	MustBeOpen []staff.OrgCode // organisations that must not be closed
	// MustNotBeUnits are organisations that must not be units, with the field that is
	// wrong if one is.
	MustNotBeUnits map[staff.OrgCode]string
}

// Changer writes a person.
type Changer interface {
	// Change writes all of c or nothing. It answers ErrRevised if the person is
	// no longer as c has it, PhoneTaken or AccountTaken for a name that is
	// somebody else's, OrgClosed for an organisation closed meanwhile, and
	// FieldInvalid for a unit that is not the one of its organisation.
	Change(ctx context.Context, c Change) error
}
