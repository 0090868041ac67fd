package dynamo

import (
	"context"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/staff"
)

// ChangeState is P8: the person, if it is as it was read; the phone given up or
// claimed; what becomes of the account and of its grants; the keepers and the
// organisations it stands on, and what these hold; the audit.
func (s *Store) ChangeState(ctx context.Context, c admin.StateChange) error {
	who := c.Now.Code
	same, was := "revision = :was", values{":was": c.Was.Revision}
	steps := []step{s.put(staffToItem(c.Now), same, was, means(admin.ErrRevised))}
	if c.Now.Revision == c.Was.Revision {
		steps[0] = s.check(staffKey(who), same, was, means(admin.ErrRevised))
	}
	steps = append(steps, s.renamed(c.Was, c.Now)...)

	holds, v := held(c.Grants)
	var does string
	switch {
	case c.EndAccount:
		does = "REMOVE password_hash, past_hashes, password_set_ms, grants ADD epoch :one, device_epoch :one"
		v[":one"] = 1
		for _, g := range c.Grants {
			steps = append(steps, s.remove(adminKey(g.Org, who, g.ID), "", nil, nil))
		}
	case c.EndSessions:
		does = "ADD epoch :one"
		v[":one"] = 1
	case !c.ClearedAt.IsZero():
		does = "SET cleared_ms = :cleared"
		v[":cleared"] = millis(c.ClearedAt)
	}
	if does == "" {
		steps = append(steps, s.check(accountKey(who), holds, v, means(admin.ErrRevised)))
	} else {
		steps = append(steps, s.update(accountKey(who), does, holds, v, means(admin.ErrRevised)))
	}
	steps = append(steps, s.kept(c.Keepers)...)
	steps = append(steps, s.holds(c.Was, c.Now)...)
	steps = append(steps, s.standing(admin.Change{Was: c.Was, Now: c.Now, Open: c.Open})...)
	return s.transact(ctx, append(steps, s.audit(auditOfRecord(c.Audit, c.Was, c.Now))...)...)
}

// held is the condition that an account's grants are exactly these.
func held(grants []account.Grant) (string, values) {
	if len(grants) == 0 {
		return "(attribute_not_exists(grants) OR size(grants) = :none)", values{":none": 0}
	}
	return "grants = :held", values{":held": grantItems(grants)}
}

// kept holds keepers to be what they were found to be. One may keep two roots.
func (s *Store) kept(keepers []admin.Keeper) []step {
	var steps []step
	seen := map[staff.EmployeeCode]bool{}
	for _, k := range keepers {
		steps = append(steps, s.check(adminKey(k.Grant.Org, k.Staff, k.Grant.ID), "attribute_exists(pk)", nil, means(admin.ErrRevised)))
		if !seen[k.Staff] {
			seen[k.Staff] = true
			steps = append(steps, s.working(k.Staff))
		}
	}
	return steps
}

// working holds a person to be in service and not frozen.
func (s *Store) working(c staff.EmployeeCode) step {
	return s.check(staffKey(c), "employment = :here AND account_state <> :frozen",
		values{":here": string(staff.InService), ":frozen": string(staff.Frozen)}, means(admin.ErrRevised))
}
