package admin

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/retry"
	"chaoxi/shared/staff"
)

// GiveGrant makes a person an administrator of an organisation, and tells them by text.
//
// It takes three trips: the two of LoadTarget; the write.
type GiveGrant struct {
	Store   GrantStore
	Notices account.Notices
	Keys    account.Keys
	Now     func() time.Time
	Random  io.Reader
}

// GrantInput is one request, as typed. Permissions are added to those of the
// type.
type GrantInput struct {
	EmployeeCode string
	Type         account.GrantType
	Org          string
	Permissions  []string
}

// Run gives the grant, and reports whether it is new. If the person holds the
// same grant already, say because the answer to the first request was lost, Run
// answers with that one.
func (uc GiveGrant) Run(ctx context.Context, call audit.Call, by account.Permitted, in GrantInput) (account.GrantRef, bool, error) {
	c := by.Caller()
	if err := in.check(); err != nil {
		return account.GrantRef{}, false, err
	}
	var ref account.GrantRef
	added := false
	err := retry.Times(5, ErrRevised, func(try int) (err error) {
		if try > 0 {
			if c, err = reloadCaller(ctx, uc.Store, c); err != nil {
				return err
			}
		}
		ref, added, err = uc.try(ctx, call, c, in)
		return err
	})
	return ref, added, err
}

// try gives the grant as things are now.
func (uc GiveGrant) try(ctx context.Context, call audit.Call, c account.Caller, in GrantInput) (account.GrantRef, bool, error) {
	code, orgErr := staff.ParseOrgCode(in.Org)
	reader, err := c.Permit(account.StaffRead)
	if err != nil {
		return account.GrantRef{}, false, err
	}
	t, err := LoadTarget{uc.Store, uc.Keys, uc.Now}.Run(ctx, reader, in.EmployeeCode, code)
	if err != nil {
		return account.GrantRef{}, false, err
	}
	org := t.Orgs[code]
	if orgErr != nil || !ScopeOf(c, account.StaffRead).Covers(org) {
		return account.GrantRef{}, false, fault.OrgMissing.AtField("org", fault.NoSuch).Because(orgErr)
	}
	g, had, err := in.apply(c, t, org)
	if err != nil || had {
		return account.GrantRef{Staff: t.Staff.Code, ID: g.ID}, false, err
	}
	if g.ID, err = staff.NewID(uc.Random); err != nil {
		return account.GrantRef{}, false, err
	}
	entry, err := audit.New(uc.Random, uc.Now(), call, c.Staff, audit.Grant, audit.OfStaff(t.Staff.Code))
	if err != nil {
		return account.GrantRef{}, false, err
	}
	entry.Changes = []audit.Change{{Field: grantField(t.Staff.Code, g), New: describe(g)}}
	write := func() error {
		return uc.Store.ChangeGrants(ctx, GrantChange{Staff: t.Staff.Code, Was: t.Account.Grants, Given: &g, By: c, Audit: entry})
	}
	if _, err := uc.Notices.After(ctx, write, account.GrantGiven, t.Staff.Code, t.Staff.Phone, entry.At); err != nil {
		return account.GrantRef{}, false, fmt.Errorf("grant %s on %s to %s: %w", g.Type, g.Org, t.Staff.Code, err)
	}
	return account.GrantRef{Staff: t.Staff.Code, ID: g.ID}, true, nil
}

// check names the fields that are missing, if without them nobody can be looked
// up.
func (in GrantInput) check() error {
	var bad fault.Fields
	for _, f := range []named{{"employeeCode", in.EmployeeCode}, {"org", in.Org}, {"type", string(in.Type)}} {
		if f.value == "" {
			bad.Add(f.name, fault.Required)
		}
	}
	if in.EmployeeCode != "" && in.Org != "" {
		return nil
	}
	return bad.Err()
}

// apply is the grant that in describes, and whether the person holds it
// already.
func (in GrantInput) apply(c account.Caller, t Target, org staff.Org) (account.Grant, bool, error) {
	g, bad := grantOf(in.Type, org.Code, in.Permissions)
	if err := mayGrant(c, t.Staff.Code, g, org); err != nil {
		return g, false, err
	}
	held := slices.IndexFunc(t.Account.Grants, func(have account.Grant) bool { return sameGrant(have, g) })
	switch {
	case bad != nil:
		return g, false, bad
	case !canAdminister(t.Staff):
		return g, false, fault.StateConflict.Becausef("%s is %s and %s", t.Staff.Code, t.Staff.Employment, t.Staff.State)
	case org.Closed:
		return g, false, fault.OrgClosed.AtField("org", fault.Invalid)
	case held >= 0:
		return t.Account.Grants[held], true, nil
	case len(t.Account.Grants) >= MaxGrants:
		return g, false, fault.StateConflict.Becausef("%s holds %d grants", t.Staff.Code, MaxGrants)
	}
	return g, false, nil
}
