package admin

import (
	"context"
	"fmt"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// A caller is judged by the grants that were read when the request began. Until
// the write they may have lost these, or have been frozen. So each change that
// an administrator makes names the caller (By), and storage writes it only if
// the caller's epoch and grants are those that it was judged by. Otherwise
// storage answers ErrRevised, and the use case judges the caller anew. Only the
// operator's commands make changes By nobody.

// operator is the caller of what the operator does: nobody on the register, with all that a
// super of each top of the tree may do.
func operator(tops []staff.Org) account.Caller {
	var c account.Caller
	for _, o := range tops {
		c.Grants = append(c.Grants, account.Grant{Type: account.SuperGrant, Org: o.Code})
	}
	return c
}

// isOperator reports whether c is the operator.
func isOperator(c account.Caller) bool { return c.Staff.IsZero() }

// reloadCaller is the caller with the grants that they hold now.
func reloadCaller(ctx context.Context, store account.PersonReader, c account.Caller) (account.Caller, error) {
	if isOperator(c) {
		return c, nil
	}
	p, err := store.Person(ctx, c.Staff)
	if err != nil {
		return c, fmt.Errorf("read the caller again: %w", err)
	}
	if p.Account.Epoch != c.Epoch {
		return c, fault.SessionExpired
	}
	c.Grants = p.Account.Grants
	if len(c.Grants) == 0 {
		return c, fault.PermissionDenied.Becausef("%s holds no grant any more", c.Staff)
	}
	return c, nil
}

// permitAgain is by as they are now, if they still hold the permission.
func permitAgain(ctx context.Context, store account.PersonReader, by account.Permitted) (account.Permitted, error) {
	c, err := reloadCaller(ctx, store, by.Caller())
	if err != nil {
		return account.Permitted{}, err
	}
	return c.Permit(by.Permission())
}
