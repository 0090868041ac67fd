package admin

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/jobs"
	"chaoxi/shared/optional"
	"chaoxi/shared/retry"
	"chaoxi/shared/staff"
)

// OrgEdit changes an organisation. A field that is not set stays as it is.
type OrgEdit struct {
	Version                int64
	Name, Parent, Division optional.Value[string]
	Order                  optional.Value[int]
}

// Update changes the organisation o, which Load read. A new parent counts at
// once. If the parent, the division or the order is another one, Update starts
// a job that carries the change to what depends on it, and returns the id of
// the job. It answers RateLimited while too many organisations are on the move.
func (uc EditOrgs) Update(ctx context.Context, call audit.Call, by account.Permitted, o staff.Org, e OrgEdit) (OrgRecord, string, error) {
	parent, _ := staff.ParseOrgCode(e.Parent.OrZero()) // what is no code is nobody's
	var done OrgRecord
	job := ""
	err := retry.Times(5, ErrRevised, func(try int) (err error) {
		if try > 0 {
			if by, err = permitAgain(ctx, uc.Store, by); err != nil {
				return err
			}
		}
		c := by.Caller()
		codes := []staff.OrgCode{o.Code}
		for _, p := range []staff.OrgCode{o.Parent(), parent} {
			if !p.IsZero() {
				codes = append(codes, p)
			}
		}
		orgs, moves, err := uc.Store.OrgsAndMoves(ctx, codes)
		if err != nil {
			return fmt.Errorf("read %s: %w", o.Code, err)
		}
		records, err := uc.Store.OrgRecords(ctx, codes[:1])
		if err != nil {
			return fmt.Errorf("read %s: %w", o.Code, err)
		}
		was := orgs[o.Code]
		if was.Parent() != o.Parent() { // somebody else has moved it
			o = was
			return ErrRevised
		}
		if err := uc.mayEdit(c, was); err != nil {
			return err
		}
		done = records[o.Code]
		done.Org = was
		ed := orgEdit{EditOrgs: uc, OrgEdit: e, caller: c, was: was, above: orgs[was.Parent()], parent: orgs[parent]}
		now, err := ed.apply(ctx, done)
		if err != nil || len(orgChanges(was, now)) == 0 {
			return err
		}
		change, err := ed.change(call, now, moves, done)
		if err != nil {
			return err
		}
		if err := uc.Store.WriteOrg(ctx, change); err != nil {
			return fmt.Errorf("change %s: %w", o.Code, err)
		}
		done.Org = change.Now
		if change.Job != nil {
			job = change.Job.ID
		}
		return nil
	})
	return done, job, err
}

// orgEdit is one try of Update.
type orgEdit struct {
	EditOrgs
	OrgEdit
	caller        account.Caller
	was           staff.Org
	above, parent staff.Org // the present parent, and the one that the edit names
}

// apply is the organisation after the edit.
func (e orgEdit) apply(ctx context.Context, record OrgRecord) (staff.Org, error) {
	now, to := e.was, e.above
	moves := e.Parent.OrZero() != "" && e.Parent.Value != e.was.Parent().String()
	if moves {
		to = e.parent
		if !ScopeOf(e.caller, account.OrgEdit).coversPath(e.was.Path[:len(e.was.Path)-1]) && len(e.was.Path) > 1 {
			return staff.Org{}, fault.PermissionDenied.Becausef("%s does not reach what %s is taken from", account.OrgEdit, e.was.Code)
		}
		if err := editable(e.caller, to, "parent"); err != nil {
			return staff.Org{}, err
		}
		if err := e.carries(to); err != nil {
			return staff.Org{}, err
		}
	}
	var bad fault.Fields
	if e.Version == 0 {
		bad.Add("version", fault.Required)
	} else if e.Version < 0 {
		bad.Add("version", fault.Range)
	}
	now.Name = orgName(&bad, e.Name, now.Name)
	now.Order = orgOrder(&bad, e.Order, now.Order)
	now.Division = orgDivision(&bad, e.Division, now.Division, to)
	switch {
	case e.Parent.Set && e.Parent.OrZero() == "" && len(e.was.Path) > 1:
		bad.Add("parent", fault.Required)
	case !moves || len(e.was.Path) == 1:
	case to.In(e.was.Code) || !to.MayHold(now.Type):
		bad.Add("parent", fault.Invalid)
	case len(to.Path)+1+record.All.Height > maxOrgDepth:
		bad.Add("parent", fault.Range)
	case now.Type == staff.InstitutionOrg:
		same, err := e.sameUnit(ctx, to)
		if err != nil {
			return staff.Org{}, err
		}
		if !same {
			bad.Add("parent", fault.Disagrees)
		}
	}
	switch {
	case bad.Err() != nil:
		return staff.Org{}, bad.Err()
	case e.Version != e.was.Version:
		return staff.Org{}, &OrgConflict{record}
	case moves && len(e.was.Path) == 1:
		return staff.Org{}, fault.StateConflict.WithMessage("最高一级机构不能调整上级", "The top of the tree cannot be moved.")
	case moves && to.Closed:
		return staff.Org{}, fault.OrgClosed.AtField("parent", fault.Invalid)
	}
	if moves {
		now = now.Under(to)
		now.MoveSeq = max(now.MoveSeq, e.was.MoveSeq)
	}
	return now, nil
}

// carries is the rule that a move brings nobody to where the caller holds more over
// them. It is the rule of a post that goes elsewhere (editor.carries), for all people
// in the organisation and below it.
func (e orgEdit) carries(to staff.Org) error {
	for _, p := range (account.Grant{Type: account.SuperGrant}).Permissions() {
		if scope := ScopeOf(e.caller, p); scope.Covers(to) && !scope.Covers(e.was) {
			return fault.PermissionDenied.Becausef("%s is held over %s, but not over %s, which would move there", p, to.Code, e.was.Code)
		}
	}
	return nil
}

// sameUnit reports whether an institution would stay in its unit. It must,
// because the posts in it name that unit.
func (e orgEdit) sameUnit(ctx context.Context, to staff.Org) (bool, error) {
	orgs, _, err := e.Store.OrgsAndMoves(ctx, append(slices.Clone(e.was.Path), to.Path...))
	if err != nil {
		return false, fmt.Errorf("read the units of %s: %w", e.was.Code, err)
	}
	unit := func(path []staff.OrgCode) staff.OrgCode {
		for _, c := range slices.Backward(path) {
			if orgs[c].Type == staff.UnitOrg {
				return c
			}
		}
		return staff.OrgCode{}
	}
	return unit(e.was.Path) == unit(to.Path), nil
}

// change is what storage has to write.
func (e orgEdit) change(call audit.Call, now staff.Org, moves staff.Moves, record OrgRecord) (OrgChange, error) {
	at := e.EditOrgs.Now()
	now.Version++
	change := OrgChange{Was: e.was, By: e.caller, WasAbove: e.above.Division, Above: e.above.Division, Moves: moves, NowMoves: moves}
	action := audit.UpdateOrg
	if now.Parent() != e.was.Parent() {
		action, change.Above = audit.MoveOrg, e.parent.Division
	}
	var err error
	if change.Audit, err = audit.New(e.Random, at, call, e.caller.Staff, action, audit.OfOrg(now.Code)); err != nil {
		return OrgChange{}, err
	}
	change.Audit.Changes = orgChanges(e.was, now)
	params, position := map[string]string{paramOrg: now.Code.String(), paramVersion: strconv.FormatInt(now.Version, 10)}, stagePeople
	if now.Parent() != e.was.Parent() || now.Division != e.was.Division {
		var wait time.Duration
		if change.NowMoves, now, wait = moves.Begin(now, e.caller.Staff, at); wait > 0 {
			return OrgChange{}, fault.RateLimited.RetryIn(wait).WithMessage("正在调整的机构过多，请稍后再试", "Too many organisations are being moved right now. Please try again later.")
		}
		params[paramSeq], position = strconv.FormatInt(now.MoveSeq, 10), firstPosition(now.Code)
	}
	if params[paramSeq] != "" || now.Order != e.was.Order {
		id, err := staff.NewID(e.Random)
		if err != nil {
			return OrgChange{}, err
		}
		now.Arranged = now.Version
		change.Job = &jobs.NewJob{
			Job: jobs.Job{
				ID: id, Kind: JobMoveOrg, Owner: e.caller.Staff, CreatedAt: at, UpdatedAt: at, State: jobs.Queued, Total: record.All.People, Chunks: 1, Unstoppable: true,
				Params: params,
			},
			First: []jobs.Chunk{{N: 1, Position: position}},
		}
	}
	change.Now = now
	return change, nil
}
