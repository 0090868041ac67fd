package admin

import (
	"context"

	"chaoxi/shared/staff"
)

// NameStore is what looking for the owners of names asks of storage.
type NameStore interface {
	// NameOwners returns whose names these are, the phones' owners first; of a
	// name that nobody has, the zero code.
	NameOwners(ctx context.Context, phones []staff.Phone, accounts []staff.Account) ([]staff.EmployeeCode, error)
}
