package account

import (
	"context"

	"chaoxi/shared/staff"
)

// OrgReader reads organisations.
type OrgReader interface {
	// Orgs reads organisations. One that does not exist is not in the result.
	Orgs(context.Context, []staff.OrgCode) (staff.Orgs, error)
}

// OrgNameReader reads the names of organisations.
type OrgNameReader interface {
	// OrgNames reads the names of organisations, in no order. One that does not exist
	// is not in the result. It reads nothing but these organisations, so that people
	// of different ones do not wait for each other.
	OrgNames(context.Context, []staff.OrgCode) ([]string, error)
}

// PeopleReader reads the register's side of several people.
type PeopleReader interface {
	// People reads people. Somebody who does not exist is not in the result.
	People(context.Context, []staff.EmployeeCode) (map[staff.EmployeeCode]staff.Staff, error)
}
