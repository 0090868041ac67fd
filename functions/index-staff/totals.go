package main

import (
	"context"
	"fmt"

	"chaoxi/shared/staff"
)

// orgReader reads organisations. What is not there is not in the result.
type orgReader interface {
	OrgNames(context.Context, []staff.OrgCode) (staff.Orgs, error)
}

// followCount brings an organisation's total up to date: its own count, or what
// is below it, is another one. The roots lie below no organisation.
func followCount(up staff.RollUp) follow {
	return func(ctx context.Context, id string, _ []change) error {
		if id == "" {
			return nil
		}
		org, err := staff.ParseOrgCode(id)
		if err != nil {
			return err
		}
		_, err = up.Run(ctx, org)
		return err
	}
}

// followTotal takes a total that is another one to the organisation above.
func followTotal(up staff.RollUp, orgs orgReader) follow {
	return func(ctx context.Context, id string, _ []change) error {
		org, err := staff.ParseOrgCode(id)
		if err != nil {
			return err
		}
		found, err := orgs.OrgNames(ctx, []staff.OrgCode{org})
		if err != nil {
			return fmt.Errorf("read what is above %s: %w", org, err)
		}
		above := found[org].Parent()
		if above.IsZero() {
			return nil
		}
		_, err = up.Run(ctx, above)
		return err
	}
}
