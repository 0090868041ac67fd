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

// StoredOrgReader reads organisations for people who are not administrators.
type StoredOrgReader interface {
	// StoredOrgs reads organisations as they are stored. That depends on no item that
	// all people share, unlike Orgs, which needs the list of moves. Names are right. A
	// path may be the one from before a move, until the move's job has come to the
	// organisation. An organisation that does not exist is not in the result.
	StoredOrgs(context.Context, []staff.OrgCode) (staff.Orgs, error)
}

// PeopleReader reads the register's side of several people.
type PeopleReader interface {
	// People reads people. Somebody who does not exist is not in the result.
	People(context.Context, []staff.EmployeeCode) (map[staff.EmployeeCode]staff.Staff, error)
}
