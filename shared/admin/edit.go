package admin

import (
	"chaoxi/shared/optional"
	"chaoxi/shared/staff"
)

// Edit is a submitted record. A field that is not set stays as it is.
type Edit struct {
	Version int64 // of the record that the administrator saw

	Name, Account, AreaCode, Phone    optional.Value[string]
	ShortNumber, Gender, IDCard       optional.Value[string]
	BirthDate, BudgetedPost, JobLevel optional.Value[string]
	HomeAddress, PoliticalStatus      optional.Value[string]

	Posts   []PostEdit
	Removed []string // ids of posts that end

	// Partial says that the edit may leave open what makes a record incomplete:
	// budgetedPost, jobLevel, and the roles of posts. Imports do.
	Partial bool
}

// PostEdit changes the post with its ID, or adds a post if it has none.
type PostEdit struct {
	ID, Unit, Org, JobType            optional.Value[string]
	Title, Role                       optional.Value[string]
	Order                             optional.Value[int]
	Email, OfficePhone, OfficeAddress optional.Value[string]
}

// N is how many posts the edit changes, adds and ends.
func (e Edit) N() int { return len(e.Posts) + len(e.Removed) }

// namesPhone reports whether the edit may give another phone, which ends all sessions.
func (e Edit) namesPhone() bool { return e.Phone.Set || e.AreaCode.Set }

// Orgs are the organisations that the edit names by a well-formed code.
func (e Edit) Orgs() []staff.OrgCode {
	var codes []staff.OrgCode
	for _, p := range e.Posts {
		for _, f := range []optional.Value[string]{p.Unit, p.Org} {
			if c, err := staff.ParseOrgCode(f.OrZero()); err == nil {
				codes = append(codes, c)
			}
		}
	}
	return codes
}
