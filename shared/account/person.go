package account

import (
	"context"

	"chaoxi/shared/staff"
)

// Person is somebody's record on the register, and what they sign in with.
type Person struct {
	Staff   staff.Staff
	Account Account
}

// PersonReader reads people.
type PersonReader interface {
	// Person reads a person. For a code that nobody has it returns the zero Person,
	// at the same cost.
	Person(context.Context, staff.EmployeeCode) (Person, error)
}
