package account

import (
	"strings"

	"chaoxi/shared/staff"
)

// GrantRef is how the outside names a grant: whose it is and which of theirs, so
// that finding it takes no list of all grants.
type GrantRef struct {
	Staff staff.EmployeeCode
	ID    string
}

const employeePrefix = "GE_"

// String is 32 hexadecimal digits of the employee code, then the grant's own id.
func (r GrantRef) String() string {
	return strings.TrimPrefix(r.Staff.String(), employeePrefix) + r.ID
}

// ParseGrantRef takes what String made; what is not in the form names no grant.
func ParseGrantRef(s string) (GrantRef, bool) {
	const digits = 32
	if len(s) <= digits {
		return GrantRef{}, false
	}
	c, err := staff.ParseEmployeeCode(employeePrefix + s[:digits])
	return GrantRef{c, s[digits:]}, err == nil
}
