package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/retry"
)

// RevokeGrant ends a grant.
//
// It takes three trips, as GiveGrant does, and two more if it ends a super
// grant on the tree's top and the caller is no super there.
type RevokeGrant struct {
	Store  GrantStore
	Keys   account.Keys
	Now    func() time.Time
	Random io.Reader
}

// Run ends the grant that ref, as typed, names.
func (uc RevokeGrant) Run(ctx context.Context, call audit.Call, by account.Permitted, ref string) error {
	c := by.Caller()
	r, ok := account.ParseGrantRef(ref)
	if !ok {
		return fault.NotFound.Becausef("not in the form of a grant")
	}
	reader, err := c.Permit(account.StaffRead)
	if err != nil {
		return err
	}
	asked, trusted := c, c
	var lapsed error
	return retry.Times(5, ErrRevised, func(try int) error {
		if try > 0 { // the grant that has changed may be the caller's
			c, lapsed = reloadCaller(ctx, uc.Store, asked)
			trusted = account.Caller{}
		}
		t, err := LoadTarget{uc.Store, uc.Keys, uc.Now}.ByCode(ctx, reader, r.Staff)
		if errors.Is(err, fault.StaffMissing) {
			return fault.NotFound.Because(err)
		} else if err != nil {
			return err
		}
		held := slices.IndexFunc(t.Account.Grants, func(g account.Grant) bool { return g.ID == r.ID })
		if held < 0 {
			return fault.NotFound.Becausef("%s holds no such grant", r.Staff)
		}
		g := t.Account.Grants[held]
		denied := mayGrant(c, r.Staff, g, t.Orgs[g.Org])
		if try == 0 && denied != nil {
			return denied
		}
		change := GrantChange{Staff: r.Staff, Was: t.Account.Grants, Taken: &g, By: c}
		// If it was allowed at first, and would now leave no super, the answer is
		// that conflict, even if the caller has lost their grant meanwhile.
		if len(superRoots(change.Now(), t.Orgs)) < len(superRoots(change.Was, t.Orgs)) {
			if change.RemainingSupers, err = remainingSupers(ctx, uc.Store, trusted, t, []account.Grant{g}); err != nil {
				return err
			}
		}
		if lapsed != nil {
			return lapsed
		} else if denied != nil {
			return denied
		}
		if change.Audit, err = audit.New(uc.Random, uc.Now(), call, c.Staff, audit.Revoke, audit.OfStaff(r.Staff)); err != nil {
			return err
		}
		change.Audit.Changes = []audit.Change{{Field: grantField(r.Staff, g), Old: describe(g)}}
		if err := uc.Store.ChangeGrants(ctx, change); err != nil {
			return fmt.Errorf("revoke a grant of %s: %w", r.Staff, err)
		}
		return nil
	})
}
