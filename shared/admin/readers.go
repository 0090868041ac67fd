package admin

import (
	"context"

	"chaoxi/shared/staff"
)

// NameReader reads the unique names.
type NameReader interface {
	// NameOwners returns whose names these are, the phones' owners first. For a name
	// that nobody has it returns the zero code.
	NameOwners(ctx context.Context, phones []staff.Phone, accounts []staff.Account) ([]staff.EmployeeCode, error)
}

// MovesReader reads organisations with the moves that are under way.
type MovesReader interface {
	// OrgsAndMoves reads organisations, at the places that the moves have put
	// them, and the moves. One that does not exist is not in the result.
	OrgsAndMoves(context.Context, []staff.OrgCode) (staff.Orgs, staff.Moves, error)
}
