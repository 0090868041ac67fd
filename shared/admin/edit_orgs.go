package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sync/errgroup"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/optional"
	"chaoxi/shared/retry"
	"chaoxi/shared/staff"
)

// EditOrgs adds, changes, moves and closes organisations. The caller needs
// OrgEdit for all that an edit touches.
//
// Adding takes two trips: the parent with the moves, and the request if it has
// a key; the write. Closing takes
// three: Load; the organisation, its parent and the moves; the write. A change
// takes four, as it also reads the organisation's numbers, and one more if it
// moves an institution.
type EditOrgs struct {
	Store  OrgStore
	Now    func() time.Time
	Random io.Reader
}

// OrgInput is a new organisation as typed. Without a division it gets that of
// the parent.
type OrgInput struct {
	Name, Type, Parent string
	Division           optional.Value[string]
	Order              optional.Value[int]
	Request            RequestKey
}

// Add makes an organisation below one in the caller's scope, and reports
// whether it is new. If the same request was carried out before, Add answers
// with the organisation as it was then.
func (uc EditOrgs) Add(ctx context.Context, call audit.Call, by account.Permitted, in OrgInput) (OrgRecord, bool, error) {
	if in.Parent == "" {
		return OrgRecord{}, false, fault.FieldInvalid.AtField("parent", fault.Required)
	}
	var o staff.Org
	isNew := false
	err := retry.Times(5, ErrRevised, func(try int) (err error) {
		if try > 0 {
			if by, err = permitAgain(ctx, uc.Store, by); err != nil {
				return err
			}
		}
		o, isNew, err = uc.add(ctx, call, by.Caller(), in)
		return err
	})
	return OrgRecord{Org: o}, isNew, err
}

// add is one try of Add.
func (uc EditOrgs) add(ctx context.Context, call audit.Call, c account.Caller, in OrgInput) (o staff.Org, isNew bool, err error) {
	now := uc.Now()
	once := in.Request.of(c, string(audit.AddOrg), now)
	code, _ := staff.ParseOrgCode(in.Parent)
	var orgs staff.Orgs
	var moves staff.Moves
	var before map[string]string
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) { orgs, moves, err = uc.Store.OrgsAndMoves(gctx, []staff.OrgCode{code}); return err })
	g.Go(func() (err error) { before, err = once.answered(gctx, uc.Store); return err })
	if err := g.Wait(); err != nil {
		return staff.Org{}, false, fmt.Errorf("read %s: %w", code, err)
	}
	if before != nil {
		o, err := in.added(before)
		return o, false, err
	}
	parent := orgs[code]
	if err := editable(c, parent, "parent"); err != nil {
		return staff.Org{}, false, err
	}
	if o, err = in.org(parent); err != nil {
		return staff.Org{}, false, err
	}
	if o.Code, err = staff.NewOrgCode(uc.Random); err != nil {
		return staff.Org{}, false, err
	}
	o = o.Under(parent)
	entry, err := audit.New(uc.Random, now, call, c.Staff, audit.AddOrg, audit.OfOrg(o.Code))
	if err != nil {
		return staff.Org{}, false, err
	}
	entry.Changes = orgChanges(staff.Org{}, o)
	err = uc.Store.WriteOrg(ctx, OrgChange{
		Now: o, Above: parent.Division, Moves: moves, NowMoves: moves, By: c, Audit: entry,
		Once: once.with(map[string]string{"orgCode": o.Code.String(), "name": o.Name, "division": o.Division}),
	})
	if err != nil {
		return staff.Org{}, false, fmt.Errorf("add an organisation below %s: %w", parent.Code, err)
	}
	return o, true, nil
}

// org is the organisation that in describes, below parent, but without a code.
func (in OrgInput) org(parent staff.Org) (staff.Org, error) {
	o := staff.Org{Type: staff.OrgType(in.Type), Division: parent.Division, Version: 1}
	var bad fault.Fields
	o.Name = orgName(&bad, optional.Value[string]{Set: true, Value: in.Name}, "")
	o.Order = orgOrder(&bad, optional.Value[int]{Set: true, Null: !in.Order.Set || in.Order.Null, Value: in.Order.Value}, 0)
	if in.Division.Set || parent.Division == "" {
		o.Division = orgDivision(&bad, optional.Value[string]{Set: true, Null: in.Division.Null, Value: in.Division.Value}, "", parent)
	}
	switch o.Type {
	case staff.UnitOrg, staff.InstitutionOrg, staff.GroupOrg:
		if !parent.MayHold(o.Type) {
			bad.Add("type", fault.Disagrees)
		}
	case "":
		bad.Add("type", fault.Required)
	default:
		bad.Add("type", fault.NotChoice)
	}
	if len(parent.Path) >= maxOrgDepth {
		bad.Add("parent", fault.Range)
	}
	if err := bad.Err(); err != nil {
		return staff.Org{}, err
	}
	if parent.Closed {
		return staff.Org{}, fault.OrgClosed.AtField("parent", fault.Invalid)
	}
	return o, nil
}

// added is the organisation as in made it, when it was answered so.
func (in OrgInput) added(answer map[string]string) (staff.Org, error) {
	code, err := staff.ParseOrgCode(answer["orgCode"])
	if err != nil {
		return staff.Org{}, fmt.Errorf("read what was answered before: %w", err)
	}
	parent, err := staff.ParseOrgCode(in.Parent)
	if err != nil {
		return staff.Org{}, fmt.Errorf("read what was asked for before: %w", err)
	}
	return staff.Org{
		Code: code, Name: answer["name"], Type: staff.OrgType(in.Type), Division: answer["division"], Order: in.Order.Value,
		Path: []staff.OrgCode{parent, code}, Version: 1, // of the path only the parent is shown
	}, nil
}

// Load reads the organisation of a code as typed, and checks that the caller
// may change it. A closed organisation counts as missing.
func (uc EditOrgs) Load(ctx context.Context, by account.Permitted, code string) (staff.Org, error) {
	c := by.Caller()
	id, err := staff.ParseOrgCode(code)
	if err != nil {
		return staff.Org{}, fault.OrgMissing.Because(err)
	}
	orgs, _, err := uc.Store.OrgsAndMoves(ctx, []staff.OrgCode{id})
	if err != nil {
		return staff.Org{}, fmt.Errorf("read %s: %w", id, err)
	}
	return orgs[id], uc.mayEdit(c, orgs[id])
}

// mayEdit checks that the caller may change o, and that o is open.
func (uc EditOrgs) mayEdit(c account.Caller, o staff.Org) error {
	if err := editable(c, o, ""); err != nil {
		return err
	}
	if o.Closed {
		return fault.OrgMissing.Becausef("%s is closed", o.Code)
	}
	return nil
}

// Close closes the organisation o, which Load read, if it holds no posts and no
// open organisations. Version is the one that the caller saw, or 0 for any.
func (uc EditOrgs) Close(ctx context.Context, call audit.Call, by account.Permitted, o staff.Org, version int64) error {
	return retry.Times(5, ErrRevised, func(try int) (err error) {
		if try > 0 {
			if by, err = permitAgain(ctx, uc.Store, by); err != nil {
				return err
			}
		}
		c := by.Caller()
		codes := []staff.OrgCode{o.Code}
		if !o.Parent().IsZero() {
			codes = append(codes, o.Parent())
		}
		orgs, moves, err := uc.Store.OrgsAndMoves(ctx, codes)
		if err != nil {
			return fmt.Errorf("read %s: %w", o.Code, err)
		}
		was := orgs[o.Code]
		if was.Parent() != o.Parent() {
			o = was
			return ErrRevised
		}
		if err := uc.mayEdit(c, was); err != nil {
			return err
		}
		if version != 0 && version != was.Version {
			records, err := uc.Store.OrgRecords(ctx, codes[:1])
			if err != nil {
				return fmt.Errorf("read %s: %w", o.Code, err)
			}
			return &OrgConflict{records[o.Code]}
		}
		if len(was.Path) == 1 {
			return fault.StateConflict.WithMessage("最高一级机构不能撤销", "The top of the tree cannot be closed.")
		}
		now := was
		now.Closed = true
		now.Version++
		entry, err := audit.New(uc.Random, uc.Now(), call, c.Staff, audit.CloseOrg, audit.OfOrg(o.Code))
		if err != nil {
			return err
		}
		entry.Changes = orgChanges(was, now)
		above := orgs[was.Parent()].Division
		err = uc.Store.WriteOrg(ctx, OrgChange{Was: was, Now: now, WasAbove: above, Above: above, Moves: moves, NowMoves: moves, By: c, Audit: entry})
		var left *NotEmpty
		if errors.As(err, &left) {
			zh, en := left.sentences()
			return fault.StateConflict.Because(left).WithMessage(zh, en)
		}
		return err
	})
}
