package admin

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// EditOrgs adds, changes, moves and closes organisations, each with OrgEdit over
// all that it touches.
//
// Three trips for adding, four for the others: the organisation; all that the
// change stands on; the change. One more where an institution is moved.
type EditOrgs struct {
	Store  OrgStore
	Now    func() time.Time
	Random io.Reader
}

// OrgStore is what EditOrgs asks of storage.
type OrgStore interface {
	OrgReader
	// WriteOrg writes all of c or nothing. It answers ErrOrgThere if there is an
	// organisation of the new one's code, ErrRevised if the organisation is no
	// longer as c has it or other moves have begun since, OrgClosed if the new
	// parent is closed, and a *NotEmpty for an organisation that cannot be closed.
	WriteOrg(ctx context.Context, c OrgChange) error
}

// OrgChange is an organisation before and after; the zero Was is none. What leads
// to it, what its parents hold and the audit follow from it.
type OrgChange struct {
	Was, Now staff.Org
	// The divisions of what is above it before and after, "" for nothing.
	WasAbove, Above string
	Moves, NowMoves staff.Moves // the list as read, and with a move that begins
	Job             *NewJob     // that brings what lies below along
	Audit           AuditEntry
}

// ErrOrgThere reports that an organisation was added already.
var ErrOrgThere = errors.New("there is an organisation of this code")

// NotEmpty says what an organisation still holds that is to be closed.
type NotEmpty struct{ Posts, Children int }

func (e *NotEmpty) Error() string {
	return fmt.Sprintf("it holds %d posts and %d organisations", e.Posts, e.Children)
}

// sentences name what is inside.
func (e *NotEmpty) sentences() (zh, en string) {
	switch {
	case e.Children == 0:
		return fmt.Sprintf("机构内尚有%d个任职，请先调整后再撤销", e.Posts), fmt.Sprintf("The organisation still holds %d posts. Please move them first.", e.Posts)
	case e.Posts == 0:
		return fmt.Sprintf("机构下尚有%d个下级机构，请先调整后再撤销", e.Children), fmt.Sprintf("The organisation still holds %d organisations. Please move them first.", e.Children)
	}
	return fmt.Sprintf("机构内尚有%d个任职、%d个下级机构，请先调整后再撤销", e.Posts, e.Children),
		fmt.Sprintf("The organisation still holds %d posts and %d organisations. Please move them first.", e.Posts, e.Children)
}

// The actions on organisations that are audited.
const (
	ActionAddOrg    = "add_org"
	ActionUpdateOrg = "update_org"
	ActionMoveOrg   = "move_org"
	ActionCloseOrg  = "close_org"
)

// OrgInput is a new organisation as typed. Key, if there is one, is the caller's
// own name for the request, by which it is known when it comes again.
type OrgInput struct {
	Name, Type, Parent, Division string
	Order                        Field[int]
	Key                          string
}

// OrgEdit changes an organisation. What is not set is unchanged.
type OrgEdit struct {
	Version                int64
	Name, Parent, Division Field[string]
	Order                  Field[int]
}

// The most levels of the tree, and the last place among siblings.
const (
	maxOrgDepth = 12
	maxOrgOrder = 999_999
)

// Add makes an organisation below one that is in the caller's scope, and reports
// whether it is new: a Key that was used before is answered with the organisation
// that there is, or IdempotencyConflict if that is not what is asked for.
func (uc EditOrgs) Add(ctx context.Context, call account.Call, c account.Caller, in OrgInput) (OrgRecord, bool, error) {
	if err := Require(c, account.OrgEdit); err != nil {
		return OrgRecord{}, false, err
	}
	if in.Parent == "" {
		return OrgRecord{}, false, fault.FieldInvalid.On("parent", fault.Required)
	}
	for range 5 {
		o, err := uc.add(ctx, call, c, in)
		switch {
		case errors.Is(err, ErrOrgThere):
			had, err := uc.had(ctx, o)
			return had, false, err
		case !errors.Is(err, ErrRevised):
			return OrgRecord{Org: o}, true, err
		}
	}
	return OrgRecord{}, false, fault.Unavailable.Becausef("moves began five times meanwhile")
}

// had is the organisation that was added by the same key, if it is all that o is
// to be.
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

// newCode draws a code or, where the request has a key, makes it of that and of
// who sends it, so that one key adds one organisation.
func (uc EditOrgs) newCode(c account.Caller, key string) (staff.OrgCode, error) {
	if key == "" {
		return staff.NewOrgCode(uc.Random)
	}
	sum := sha256.Sum256([]byte(c.Staff.String() + "\n" + key))
	return staff.NewOrgCode(bytes.NewReader(sum[:]))
}

func (uc EditOrgs) add(ctx context.Context, call account.Call, c account.Caller, in OrgInput) (staff.Org, error) {
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
	o.Name = orgName(&bad, Field[string]{Set: true, Value: in.Name}, "")
	o.Order = orgOrder(&bad, Field[int]{Set: true, Null: !in.Order.Set || in.Order.Null, Value: in.Order.Value}, 0)
	o.Division = orgDivision(&bad, Field[string]{Set: true, Value: in.Division}, "", parent)
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
		return staff.Org{}, fault.OrgClosed.On("parent", fault.Invalid)
	}
	if o.Code, err = uc.newCode(c, in.Key); err != nil {
		return staff.Org{}, err
	}
	o = o.Under(parent)
	audit, err := newAudit(uc.Random, uc.Now(), call, c, ActionAddOrg, o.Code.String())
	if err != nil {
		return staff.Org{}, err
	}
	audit.Changes = orgChanges(staff.Org{}, o)
	err = uc.Store.WriteOrg(ctx, OrgChange{Now: o, Above: parent.Division, Moves: moves, NowMoves: moves, Audit: audit})
	if err != nil {
		return o, fmt.Errorf("add an organisation below %s: %w", parent.Code, err)
	}
	return o, nil
}

// editable is the rule for who changes an organisation: OrgMissing for one that
// is out of sight, at a field of the request if one names it, PermissionDenied
// where OrgEdit does not reach.
func editable(c account.Caller, o staff.Org, path string) error {
	if !ScopeOf(c, account.StaffRead).Covers(o) {
		missing := fault.OrgMissing.Becausef("%s is out of sight", o.Code)
		if path != "" {
			missing = missing.On(path, fault.NoSuch)
		}
		return missing
	}
	if !ScopeOf(c, account.OrgEdit).Covers(o) {
		return fault.PermissionDenied.Becausef("%s does not reach %s", account.OrgEdit, o.Code)
	}
	return nil
}

// Open reads the organisation of a code as typed, for one who may change it. A
// closed one is as if not there.
func (uc EditOrgs) Open(ctx context.Context, c account.Caller, code string) (staff.Org, error) {
	if err := Require(c, account.OrgEdit); err != nil {
		return staff.Org{}, err
	}
	id, err := staff.ParseOrgCode(code)
	if err != nil {
		return staff.Org{}, fault.OrgMissing.Because(err)
	}
	orgs, _, err := uc.Store.OrgsAndMoves(ctx, []staff.OrgCode{id})
	if err != nil {
		return staff.Org{}, fmt.Errorf("read %s: %w", id, err)
	}
	return orgs[id], uc.mayOpen(c, orgs[id])
}

func (uc EditOrgs) mayOpen(c account.Caller, o staff.Org) error {
	if err := editable(c, o, ""); err != nil {
		return err
	}
	if o.Closed {
		return fault.OrgMissing.Becausef("%s is closed", o.Code)
	}
	return nil
}

// Update changes the organisation that Open read. Where its place in the tree,
// its order or its division is another one, a job follows that brings what depends
// on it along, and its id is returned. The place itself counts at once. It answers
// RateLimited while too many move or change their division.
func (uc EditOrgs) Update(ctx context.Context, call account.Call, c account.Caller, o staff.Org, e OrgEdit) (OrgRecord, string, error) {
	parent, wrong := staff.OrgCode{}, error(nil)
	if e.Parent.given() != "" {
		parent, wrong = staff.ParseOrgCode(e.Parent.given())
	}
	for range 5 {
		codes := []staff.OrgCode{o.Code}
		for _, p := range []staff.OrgCode{o.Parent(), parent} {
			if !p.IsZero() {
				codes = append(codes, p)
			}
		}
		orgs, moves, err := uc.Store.OrgsAndMoves(ctx, codes)
		if err != nil {
			return OrgRecord{}, "", fmt.Errorf("read %s: %w", o.Code, err)
		}
		records, err := uc.Store.OrgRecords(ctx, codes[:1])
		if err != nil {
			return OrgRecord{}, "", fmt.Errorf("read %s: %w", o.Code, err)
		}
		was := orgs[o.Code]
		if was.Parent() != o.Parent() { // moved since
			o = was
			continue
		}
		if err := uc.mayOpen(c, was); err != nil {
			return OrgRecord{}, "", err
		}
		if wrong != nil {
			return OrgRecord{}, "", fault.OrgMissing.On("parent", fault.NoSuch).Because(wrong)
		}
		record := records[o.Code]
		record.Org = was
		ed := orgEdit{EditOrgs: uc, OrgEdit: e, caller: c, was: was, orgs: orgs, above: orgs[was.Parent()], parent: orgs[parent]}
		now, err := ed.apply(ctx, record)
		if err != nil {
			return OrgRecord{}, "", err
		}
		if len(orgChanges(was, now)) == 0 {
			return record, "", nil
		}
		change, err := ed.change(call, now, moves, record)
		if err != nil {
			return OrgRecord{}, "", err
		}
		err = uc.Store.WriteOrg(ctx, change)
		if err == nil {
			record.Org = change.Now
			if change.Job != nil {
				return record, change.Job.ID, nil
			}
			return record, "", nil
		}
		if !errors.Is(err, ErrRevised) {
			return OrgRecord{}, "", fmt.Errorf("change %s: %w", o.Code, err)
		}
	}
	return OrgRecord{}, "", fault.Unavailable.Becausef("%s was changed five times meanwhile", o.Code)
}

// orgEdit is one try of Update.
type orgEdit struct {
	EditOrgs
	OrgEdit
	caller        account.Caller
	was           staff.Org
	orgs          staff.Orgs
	above, parent staff.Org // the parents as it is, and as the edit names it
}

// apply is the organisation after the edit.
func (e orgEdit) apply(ctx context.Context, record OrgRecord) (staff.Org, error) {
	now, to := e.was, e.above
	moves := e.Parent.given() != "" && e.Parent.Value != e.was.Parent().String()
	if moves {
		to = e.parent
		if err := editable(e.caller, to, "parent"); err != nil {
			return staff.Org{}, err
		}
		if !ScopeOf(e.caller, account.OrgEdit).coversPath(e.was.Path[:len(e.was.Path)-1]) && len(e.was.Path) > 1 {
			return staff.Org{}, fault.PermissionDenied.Becausef("%s does not reach what %s is taken from", account.OrgEdit, e.was.Code)
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
	case e.Parent.Set && e.Parent.given() == "" && len(e.was.Path) > 1:
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
		return staff.Org{}, fault.VersionConflict.With(current, record).
			Worded("该机构信息已被他人更新，请核对最新内容后重新提交", "Somebody else has changed this organisation. Please review it and submit again.")
	case moves && len(e.was.Path) == 1:
		return staff.Org{}, fault.StateConflict.Worded("最高一级机构不能调整上级", "The top of the tree cannot be moved.")
	case moves && to.Closed:
		return staff.Org{}, fault.OrgClosed.On("parent", fault.Invalid)
	}
	if moves {
		now = now.Under(to)
		now.Placed = max(now.Placed, e.was.Placed)
	}
	return now, nil
}

// sameUnit reports whether an institution belongs to the unit that it belonged
// to: the posts in it name that unit.
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

// change is what becoming now comes to.
func (e orgEdit) change(call account.Call, now staff.Org, moves staff.Moves, record OrgRecord) (OrgChange, error) {
	at := e.EditOrgs.Now()
	now.Version++
	change := OrgChange{Was: e.was, WasAbove: e.above.Division, Above: e.above.Division, Moves: moves, NowMoves: moves}
	action := ActionUpdateOrg
	if now.Parent() != e.was.Parent() {
		action, change.Above = ActionMoveOrg, e.parent.Division
	}
	var err error
	if change.Audit, err = newAudit(e.Random, at, call, e.caller, action, now.Code.String()); err != nil {
		return OrgChange{}, err
	}
	change.Audit.Changes = orgChanges(e.was, now)
	params, place := map[string]string{paramOrg: now.Code.String()}, placePeople
	if now.Parent() != e.was.Parent() || now.Division != e.was.Division {
		var wait time.Duration
		if change.NowMoves, now, wait = moves.Begin(now, e.caller.Staff, at); wait > 0 {
			return OrgChange{}, fault.RateLimited.After(wait).Worded("正在调整的机构过多，请稍后再试", "Too many organisations are being moved right now. Please try again later.")
		}
		params[paramSeq], place = strconv.FormatInt(now.Placed, 10), firstPlace(now.Code)
	}
	if params[paramSeq] != "" || now.Order != e.was.Order {
		id, err := account.NewID(e.Random)
		if err != nil {
			return OrgChange{}, err
		}
		change.Job = &NewJob{
			Job: Job{
				ID: id, Kind: JobMoveOrg, Owner: e.caller.Staff, Created: at, Touched: at, State: JobQueued, Total: record.All.People, Chunks: 1, Whole: true,
				Params: params,
			},
			First: []Chunk{{N: 1, Place: place}},
		}
	}
	change.Now = now
	return change, nil
}

// Close closes the organisation that Open read, if it is empty. A version of 0 is
// any.
func (uc EditOrgs) Close(ctx context.Context, call account.Call, c account.Caller, o staff.Org, version int64) error {
	for range 5 {
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
			continue
		}
		if err := uc.mayOpen(c, was); err != nil {
			return err
		}
		if version != 0 && version != was.Version {
			records, err := uc.Store.OrgRecords(ctx, codes[:1])
			if err != nil {
				return fmt.Errorf("read %s: %w", o.Code, err)
			}
			return fault.VersionConflict.With(current, records[o.Code]).
				Worded("该机构信息已被他人更新，请核对最新内容后重新提交", "Somebody else has changed this organisation. Please review it and submit again.")
		}
		if len(was.Path) == 1 {
			return fault.StateConflict.Worded("最高一级机构不能撤销", "The top of the tree cannot be closed.")
		}
		now := was
		now.Closed = true
		now.Version++
		audit, err := newAudit(uc.Random, uc.Now(), call, c, ActionCloseOrg, o.Code.String())
		if err != nil {
			return err
		}
		audit.Changes = orgChanges(was, now)
		above := orgs[was.Parent()].Division
		err = uc.Store.WriteOrg(ctx, OrgChange{Was: was, Now: now, WasAbove: above, Above: above, Moves: moves, NowMoves: moves, Audit: audit})
		var left *NotEmpty
		switch {
		case errors.As(err, &left):
			zh, en := left.sentences()
			return fault.StateConflict.Because(left).Worded(zh, en)
		case !errors.Is(err, ErrRevised):
			return err
		}
	}
	return fault.Unavailable.Becausef("%s was changed five times meanwhile", o.Code)
}

// CurrentOrg is the organisation as it is now, of a VersionConflict.
func CurrentOrg(err error) (OrgRecord, bool) {
	var f *fault.Error
	if !errors.As(err, &f) {
		return OrgRecord{}, false
	}
	r, ok := f.Extensions[current].(OrgRecord)
	return r, ok
}

// orgName, orgOrder and orgDivision are a field after the edit.
func orgName(bad *fault.Fields, f Field[string], was string) string {
	if !f.Set {
		return was
	}
	name, err := staff.ParseName(f.given())
	if err != nil {
		bad.Add("name", staff.Flaw(err))
	} else if name == "" {
		bad.Add("name", fault.Required)
	}
	return name
}

func orgOrder(bad *fault.Fields, f Field[int], was int) int {
	switch {
	case !f.Set:
		return was
	case f.Null:
		bad.Add("order", fault.Required)
	case f.Value < 1 || f.Value > maxOrgOrder:
		bad.Add("order", fault.Range)
	}
	return f.Value
}

// orgDivision: a division lies in that of the organisation above, if it has one.
// A code that no table knows is taken; what follows an organisation that moves
// keeps its own until it is given another.
func orgDivision(bad *fault.Fields, f Field[string], was string, above staff.Org) string {
	switch d := f.given(); {
	case !f.Set || d == was && d != "":
		return was
	case d == "":
		bad.Add("division", fault.Required)
	case !staff.IsDivision(d) || d[:2] == "00":
		bad.Add("division", fault.Invalid)
	case above.Division != "" && !staff.DivisionCovers(above.Division, d):
		bad.Add("division", fault.Disagrees)
	}
	return f.given()
}

// orgChanges are the fields in which two states of an organisation differ.
func orgChanges(was, now staff.Org) []AuditChange {
	var all []AuditChange
	add := func(field, old, new string) {
		if old != new {
			all = append(all, AuditChange{field, old, new})
		}
	}
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	add("name", was.Name, now.Name)
	add("type", string(was.Type), string(now.Type))
	add("parent", was.Parent().String(), now.Parent().String())
	add("division", was.Division, now.Division)
	add("order", number(was.Order), number(now.Order))
	if was.Closed != now.Closed {
		add("closed", strconv.FormatBool(was.Closed), strconv.FormatBool(now.Closed))
	}
	return all
}
