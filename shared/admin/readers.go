package admin

import (
	"context"

	"chaoxi/shared/staff"
)

// NameReader reads the unique names.
type NameReader interface {
	// NameOwners returns whose the names are: first those of the phones, then
	// those of the accounts. For a name that nobody has, it returns the zero
	// code.
	NameOwners(ctx context.Context, phones []staff.Phone, accounts []staff.Account) ([]staff.EmployeeCode, error)
}

// IDCardReader reads who, of the people in service, has an ID card.
type IDCardReader interface {
	// IDCardOwner returns whose the number is, the zero code for nobody.
	IDCardOwner(ctx context.Context, number string) (staff.EmployeeCode, error)
}

// MovesReader reads organisations and the moves that are under way.
type MovesReader interface {
	// OrgsAndMoves reads organisations, with the paths that the moves give
	// them, and the moves. An organisation that does not exist is not in the
	// result.
	OrgsAndMoves(context.Context, []staff.OrgCode) (staff.Orgs, staff.Moves, error)
}
