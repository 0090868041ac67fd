package admin

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

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
// Adding takes two trips: the parent with the moves; the write. Closing takes
// three: Load; the organisation, its parent and the moves; the write. A change
// takes four, as it also reads the organisation's numbers, and one more if it
// moves an institution.
type EditOrgs struct {
	Store  OrgStore
	Now    func() time.Time
	Random io.Reader
}

// OrgInput is a new organisation as typed. Key is the caller's own name for the
// request, or "". If the same caller sends a key again, the organisation is not
// added again.
type OrgInput struct {
	Name, Type, Parent, Division string
	Order                        optional.Value[int]
	Key                          string
}

// Add makes an organisation below one in the caller's scope, and reports
// whether it is new. If the Key was used before, Add answers with the
// organisation of that time, or with IdempotencyConflict if it differs from in.
func (uc EditOrgs) Add(ctx context.Context, call audit.Call, by account.Permitted, in OrgInput) (OrgRecord, bool, error) {
	if in.Parent == "" {
		return OrgRecord{}, false, fault.FieldInvalid.AtField("parent", fault.Required)
	}
	var o staff.Org
	err := retry.Times(5, ErrRevised, func(try int) (err error) {
		if try > 0 {
			if by, err = permitAgain(ctx, uc.Store, by); err != nil {
				return err
			}
		}
		o, err = uc.add(ctx, call, by.Caller(), in)
		return err
	})
	if errors.Is(err, ErrOrgThere) {
		had, err := uc.had(ctx, o)
		return had, false, err
	}
	return OrgRecord{Org: o}, true, err
}

// had is the organisation that the same key added before. It must be like o.
func (uc EditOrgs) had(ctx context.Context, o staff.Org) (OrgRecord, error) {
	records, err := uc.Store.OrgRecords(ctx, []staff.OrgCode{o.Code})
	if err != nil {
		return OrgRecord{}, fmt.Errorf("read what was added before: %w", err)
	}
	had := records[o.Code]
	if had.Org.Code.IsZero() || len(orgChanges(had.Org, o)) > 0 {
		return OrgRecord{}, fault.IdempotencyConflict.Becausef("%s was added by the key", o.Code)
	}
	return had, nil
}

// newCode draws a code. If the request has a key, newCode derives the code from
// the key and the caller, so that one key adds one organisation.
func (uc EditOrgs) newCode(c account.Caller, key string) (staff.OrgCode, error) {
	if key == "" {
		return staff.NewOrgCode(uc.Random)
	}
	sum := sha256.Sum256([]byte(c.Staff.String() + "\n" + key))
	return staff.NewOrgCode(bytes.NewReader(sum[:]))
}

// add is one try of Add. It returns the organisation also with ErrOrgThere.
func (uc EditOrgs) add(ctx context.Context, call audit.Call, c account.Caller, in OrgInput) (staff.Org, error) {
	code, _ := staff.ParseOrgCode(in.Parent)
	orgs, moves, err := uc.Store.OrgsAndMoves(ctx, []staff.OrgCode{code})
	if err != nil {
		return staff.Org{}, fmt.Errorf("read %s: %w", code, err)
	}
	parent := orgs[code]
	if err := editable(c, parent, "parent"); err != nil {
		return staff.Org{}, err
	}
	o := staff.Org{Type: staff.OrgType(in.Type), Version: 1}
	var bad fault.Fields
	o.Name = orgName(&bad, optional.Value[string]{Set: true, Value: in.Name}, "")
	o.Order = orgOrder(&bad, optional.Value[int]{Set: true, Null: !in.Order.Set || in.Order.Null, Value: in.Order.Value}, 0)
	o.Division = orgDivision(&bad, optional.Value[string]{Set: true, Value: in.Division}, "", parent)
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
	if o.Code, err = uc.newCode(c, in.Key); err != nil {
		return staff.Org{}, err
	}
	o = o.Under(parent)
	entry, err := audit.New(uc.Random, uc.Now(), call, c.Staff, audit.AddOrg, audit.OfOrg(o.Code))
	if err != nil {
		return staff.Org{}, err
	}
	entry.Changes = orgChanges(staff.Org{}, o)
	err = uc.Store.WriteOrg(ctx, OrgChange{Now: o, Above: parent.Division, Moves: moves, NowMoves: moves, By: c, Audit: entry})
	if err != nil {
		return o, fmt.Errorf("add an organisation below %s: %w", parent.Code, err)
	}
	return o, nil
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
