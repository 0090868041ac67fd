package admin

import (
	"chaoxi/shared/staff"
)

// Edit is a submitted record. What is not set is unchanged.
type Edit struct {
	Version int64 // of the record that the administrator looked at

	Name, Account, AreaCode, Phone    Field[string]
	ShortNumber, Gender, IDCard       Field[string]
	BirthDate, BudgetedPost, JobLevel Field[string]
	HomeAddress, PoliticalStatus      Field[string]

	Posts   []PostEdit
	Removed []string // ids of posts that end
}

// PostEdit changes the post of an id, or adds one where there is no id.
type PostEdit struct {
	ID, Unit, Org, JobType            Field[string]
	Title, Role                       Field[string]
	Order                             Field[int]
	Email, OfficePhone, OfficeAddress Field[string]
}

// Field is one field of an edit: left out, cleared, or given.
type Field[T any] struct {
	Set   bool
	Null  bool
	Value T
}

// given is the text of f, "" where it is left out or cleared.
func (f Field[T]) given() (v T) {
	if f.Set && !f.Null {
		return f.Value
	}
	return v
}

// N is how many posts the edit is about.
func (e Edit) N() int { return len(e.Posts) + len(e.Removed) }

// Orgs are the organisations that the edit names, as far as they are in form.
func (e Edit) Orgs() []staff.OrgCode {
	var codes []staff.OrgCode
	for _, p := range e.Posts {
		for _, f := range []Field[string]{p.Unit, p.Org} {
			if c, err := staff.ParseOrgCode(f.given()); err == nil {
				codes = append(codes, c)
			}
		}
	}
	return codes
}
