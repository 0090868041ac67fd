package dynamo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/fault"
	"chaoxi/shared/retry"
	"chaoxi/shared/staff"
)

// Orgs is O1: organisations by code, with paths as the moves have them. One that
// does not exist is not in the result.
func (s *Store) Orgs(ctx context.Context, codes []staff.OrgCode) (staff.Orgs, error) {
	if len(codes) == 0 {
		return staff.Orgs{}, nil
	}
	items, err := s.table.GetItems(ctx, table.OrgKeys(codes)...)
	if err != nil {
		return nil, err
	}
	return table.OrgsFrom(items, codes)
}

// StoredOrgs is O11: organisations by code as they are stored, without the list of
// moves. So it depends on no item that all people share. One that does not exist is
// not in the result.
func (s *Store) StoredOrgs(ctx context.Context, codes []staff.OrgCode) (staff.Orgs, error) {
	if len(codes) == 0 {
		return staff.Orgs{}, nil
	}
	items, err := s.table.GetItems(ctx, table.StoredOrgKeys(codes)...)
	if err != nil {
		return nil, err
	}
	return table.StoredOrgsFrom(items, codes)
}

// orgsWithAbove is O1 for organisations and all above them. It asks at once for those that
// were above them the last time, and once more if there are others now.
func (s *Store) orgsWithAbove(ctx context.Context, codes []staff.OrgCode) (staff.Orgs, error) {
	orgs, err := s.Orgs(ctx, s.above.with(codes))
	if err != nil {
		return nil, err
	}
	above, err := s.Orgs(ctx, orgs.Above())
	maps.Copy(orgs, above)
	s.above.note(orgs)
	return orgs, err
}

// aboveHints are what was above organisations when they were read. It only saves a trip:
// what is above them now, an organisation says that is read.
type aboveHints struct {
	mu    sync.Mutex
	paths map[staff.OrgCode][]staff.OrgCode
}

// mostHints is of how many organisations hints are kept.
const mostHints = 1000

// with returns codes with those that may be above them.
func (h *aboveHints) with(codes []staff.OrgCode) []staff.OrgCode {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := slices.Clone(codes)
	for _, c := range codes {
		all = append(all, h.paths[c]...)
	}
	return all
}

func (h *aboveHints) note(orgs staff.Orgs) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.paths == nil || len(h.paths) > mostHints {
		h.paths = map[staff.OrgCode][]staff.OrgCode{}
	}
	for c, o := range orgs {
		h.paths[c] = o.Path
	}
}

// OrgsAndMoves is O1 with the list of moves.
func (s *Store) OrgsAndMoves(ctx context.Context, codes []staff.OrgCode) (staff.Orgs, staff.Moves, error) {
	items, err := s.table.GetItems(ctx, table.OrgKeys(codes)...)
	if err != nil {
		return nil, staff.Moves{}, err
	}
	moves, err := table.MovesFrom(items)
	if err != nil {
		return nil, staff.Moves{}, err
	}
	orgs, err := table.OrgsFrom(items, codes)
	return orgs, moves, err
}

// OrgRecords is O7: organisations with their numbers of people, posts and children.
// One that does not exist is not in the result.
func (s *Store) OrgRecords(ctx context.Context, codes []staff.OrgCode) (map[staff.OrgCode]admin.OrgRecord, error) {
	if len(codes) == 0 {
		return nil, nil
	}
	keys := table.OrgKeys(codes)
	for _, c := range codes {
		keys = append(keys, table.CountKey(c), table.TotalKey(c), table.HoldsKey(c))
	}
	items, err := s.table.GetItems(ctx, keys...)
	if err != nil {
		return nil, err
	}
	orgs, err := table.OrgsFrom(items, codes)
	if err != nil {
		return nil, err
	}
	records := make(map[staff.OrgCode]admin.OrgRecord, len(orgs))
	for c, o := range orgs {
		r := admin.OrgRecord{Org: o}
		var holds table.HoldsItem
		if r.Own, _, err = table.TotalFromItem(items[table.CountKey(c)]); err != nil {
			return nil, err
		}
		if r.All, _, err = table.TotalFromItem(items[table.TotalKey(c)]); err != nil {
			return nil, err
		}
		if err := table.Decode(items[table.HoldsKey(c)], &holds); err != nil {
			return nil, err
		}
		r.Posts, r.Children = holds.Posts, holds.Children
		records[c] = r
	}
	return records, nil
}

// OrgChildren is O5: at most limit open organisations directly below one, in order.
// It begins behind the place after ("" for the first), and returns the last place
// that it read ("" at the end).
func (s *Store) OrgChildren(ctx context.Context, parent staff.OrgCode, after string, limit int) ([]admin.OrgRow, string, error) {
	if after != "" {
		after = table.ChildPrefix + after
	}
	items, last, err := s.table.Page(ctx, table.OrgPK(parent), table.ChildPrefix, after, limit)
	if err != nil {
		return nil, "", err
	}
	return orgRows(items, strings.TrimPrefix(last, table.ChildPrefix), func(sk, _ string) (string, string) { return strings.TrimPrefix(sk, table.ChildPrefix), "" })
}

// NameHolders is O13: which organisation has the name of each among the open ones below
// its parent. One whose name nobody has there is not in the result.
func (s *Store) NameHolders(ctx context.Context, orgs []staff.Org) (map[staff.OrgCode]staff.OrgCode, error) {
	if len(orgs) == 0 {
		return nil, nil
	}
	keys := make([]table.Key, len(orgs))
	for i, o := range orgs {
		keys[i] = table.ChildNameKey(o)
	}
	items, err := s.table.GetItems(ctx, keys...)
	if err != nil {
		return nil, err
	}
	holders := map[staff.OrgCode]staff.OrgCode{}
	var bad error
	for i, o := range orgs {
		if item, ok := items[keys[i]]; ok {
			holders[o.Code] = table.Parsed(staff.ParseOrgCode, table.Str(item["org"]), &bad)
		}
	}
	if bad != nil {
		return nil, fmt.Errorf("read the names of organisations: %w", bad)
	}
	return holders, nil
}

// OrgsBelow is O5: all organisations directly below one, the closed ones last.
func (s *Store) OrgsBelow(ctx context.Context, parent staff.OrgCode) ([]staff.OrgCode, error) {
	items, err := s.table.Query(ctx, table.OrgPK(parent), table.ChildPrefix)
	if err != nil {
		return nil, err
	}
	closed, err := s.table.Query(ctx, table.OrgPK(parent), table.ClosedPrefix)
	if err != nil {
		return nil, err
	}
	items = append(items, closed...)
	below := make([]staff.OrgCode, len(items))
	var bad error
	for i, item := range items {
		below[i] = table.Parsed(staff.ParseOrgCode, table.Str(item["org"]), &bad)
	}
	if bad != nil {
		return nil, fmt.Errorf("read what is below %s: %w", parent, bad)
	}
	return below, nil
}

// OrgsByTerm is O8: at most limit organisations by the terms that begin with term.
// After and the place that it returns are those of OrgChildren.
func (s *Store) OrgsByTerm(ctx context.Context, term, after string, limit int) ([]admin.OrgRow, string, error) {
	items, last, err := s.table.Page(ctx, table.OrgTermPK(term), term, after, limit)
	if err != nil {
		return nil, "", err
	}
	return orgRows(items, last, func(sk, org string) (string, string) { return sk, strings.TrimSuffix(sk, "#"+org) })
}

// orgRows reads the lines of a list of organisations. placeAndTerm gets the sort key
// and the organisation's code of a line, and returns its place and term.
func orgRows(items []table.Item, last string, placeAndTerm func(sk, org string) (place, term string)) ([]admin.OrgRow, string, error) {
	all := make([]admin.OrgRow, len(items))
	var bad error
	for i, item := range items {
		all[i].Org = table.Parsed(staff.ParseOrgCode, table.Str(item["org"]), &bad)
		all[i].Key, all[i].Term = placeAndTerm(table.Str(item["sk"]), table.Str(item["org"]))
	}
	if bad != nil {
		return nil, "", fmt.Errorf("read a list of organisations: %w", bad)
	}
	return all, last, nil
}

// ChildNamed is O14: the open organisation directly below a parent that has a name
// (staff.NameKey); the zero code if there is none.
func (s *Store) ChildNamed(ctx context.Context, parent staff.OrgCode, nameKey string) (staff.OrgCode, error) {
	item, err := s.table.GetItem(ctx, table.ChildNameKey(staff.Org{Name: nameKey}.Under(staff.Org{Path: []staff.OrgCode{parent}})))
	if err != nil || item == nil {
		return staff.OrgCode{}, err
	}
	return staff.ParseOrgCode(table.Str(item["org"]))
}

// OrgsNamed is O2: the organisations with this whole name (staff.NameKey).
func (s *Store) OrgsNamed(ctx context.Context, nameKey string) ([]staff.OrgCode, error) {
	return s.orgsListed(ctx, table.FindOrgPK(nameKey))
}

// DivisionTops is O3: the topmost organisations of a division.
func (s *Store) DivisionTops(ctx context.Context, division string) ([]staff.OrgCode, error) {
	return s.orgsListed(ctx, table.DivisionPK(division))
}

// orgsListed returns the organisations whose codes are the sort keys of a partition.
func (s *Store) orgsListed(ctx context.Context, pk string) ([]staff.OrgCode, error) {
	items, err := s.table.Query(ctx, pk, "")
	if err != nil {
		return nil, err
	}
	var bad error
	codes := make([]staff.OrgCode, len(items))
	for i, item := range items {
		codes[i] = table.Parsed(staff.ParseOrgCode, table.Str(item["sk"]), &bad)
	}
	if bad != nil {
		return nil, fmt.Errorf("read a list of organisations: %w", bad)
	}
	return codes, nil
}

// WriteOrg is O4: an organisation that is new, changed, moved or closed, in one
// transaction with the items by which it is found, what it and its parents hold, the
// list of moves, the job that follows, and the audit. It requires what callerCheck says.
// It fails with ErrOrgThere, ErrRevised, OrgNameTaken, OrgClosed (of the new parent) or
// a *NotEmpty.
//
// It also fails with ErrRevised if a move has begun since the list of moves was
// read. Otherwise somebody could add an organisation below C at the path R/A/C,
// while A moves elsewhere. Another name, or another order among siblings, depends on
// no path. So it only requires that it does not replace a newer path (placed), and
// never fails because somebody writes another organisation. See docs/moves.md.
func (s *Store) WriteOrg(ctx context.Context, c admin.OrgChange) error {
	was, now := c.Was, c.Now
	added := was.Code.IsZero()
	writes := append(s.onceWrites(c.Once), s.callerCheck(c.By)...)
	if added {
		writes = append(writes, s.table.TxPut(table.OrgToItem(now), table.Absent, nil, table.RefuseWith(admin.ErrOrgThere)), s.table.TxPut(table.NewItem(table.HoldsKey(now.Code), table.HoldsKind, table.HoldsItem{}), table.Absent, nil, table.RefuseWith(admin.ErrOrgThere)))
	} else {
		writes = append(writes, s.table.TxPut(table.OrgToItem(now), "version = :was AND (attribute_not_exists(placed) OR placed <= :placed)",
			table.Values{":was": was.Version, ":placed": now.MoveSeq}, table.RefuseWith(admin.ErrRevised)))
	}
	writes = append(writes, s.lookupWrites(now.Code, table.OrgLookups(was, c.WasAbove), table.OrgLookups(now, c.Above))...)
	writes = append(writes, s.childCountWrites(was, now)...)
	if added || now.Closed || now.Parent() != was.Parent() || now.Division != was.Division {
		writes = append(writes, s.movesWrites(c)...)
	}
	if c.Job != nil {
		writes = append(writes, s.jobWrites(*c.Job)...)
	}
	return s.table.Transact(ctx, append(writes, s.table.TxAudit(c.Audit)...)...)
}

// lookupWrites puts the items by which an organisation is found now, and deletes
// those by which it was. They have no conditions but one: if somebody else changes the
// organisation at the same time, the write of its ORG item fails, and with it the
// transaction. The one is that no other organisation has the name below the parent.
func (s *Store) lookupWrites(c staff.OrgCode, was, now map[table.Key]string) []table.TxWrite {
	var writes []table.TxWrite
	for k := range was {
		if now[k] == "" {
			writes = append(writes, s.table.TxDelete(k, "", nil, nil))
		}
	}
	for k, kind := range now {
		switch {
		case was[k] != "":
		case kind == table.ChildNameKind:
			writes = append(writes, s.table.TxPut(table.LookupItem(k, kind, c), "attribute_not_exists(pk) OR org = :self", table.Values{":self": c.String()}, table.RefuseWith(fault.OrgNameTaken)))
		default:
			writes = append(writes, s.table.TxPut(table.LookupItem(k, kind, c), "", nil, nil))
		}
	}
	return writes
}

// childCountWrites takes an open organisation off what the old parent holds, and
// adds it to what the new parent holds. An organisation that is being closed may
// hold nothing itself; otherwise the transaction fails with a *NotEmpty.
func (s *Store) childCountWrites(was, now staff.Org) []table.TxWrite {
	openParent := func(o staff.Org) staff.OrgCode { // the parent that o counts for
		if o.Closed {
			return staff.OrgCode{}
		}
		return o.Parent()
	}
	var writes []table.TxWrite
	if from, to := openParent(was), openParent(now); from != to {
		if !from.IsZero() {
			writes = append(writes, s.table.TxChildCount(from, -1))
		}
		if !to.IsZero() {
			writes = append(writes, s.table.TxChildCount(to, 1))
		}
	}
	if now.Closed && !was.Closed {
		writes = append(writes, s.table.TxUpdate(table.HoldsKey(now.Code), "SET closed = :yes", "posts = :none AND children = :none AND attribute_not_exists(closed)",
			table.Values{":yes": true, ":none": 0}, func(item table.Item) error {
				var it table.HoldsItem
				if err := table.Decode(item, &it); err != nil {
					return err
				}
				return &admin.NotEmpty{Posts: it.Posts, Children: it.Children}
			}))
	}
	return writes
}

// movesWrites writes the list of moves if a move begins. Otherwise it requires that
// none has begun since the list was read. Either fails with ErrRevised.
func (s *Store) movesWrites(c admin.OrgChange) []table.TxWrite {
	if c.NowMoves.Version != c.Moves.Version {
		return s.movesPuts(c.Moves, c.NowMoves)
	}
	condition, v := table.Absent, table.Values(nil)
	if c.Moves.Seq > 0 {
		condition, v = "seq = :seq", table.Values{":seq": c.Moves.Seq}
	}
	return []table.TxWrite{s.table.TxCheck(table.MovesKey(table.AnyCopy()), condition, v, table.RefuseWith(admin.ErrRevised))}
}

// movesPuts writes all copies of the list of moves, if it is still was. Otherwise it
// fails with ErrRevised.
func (s *Store) movesPuts(was, now staff.Moves) []table.TxWrite {
	condition, v := table.Absent, table.Values(nil)
	if was.Version > 0 {
		condition, v = "version = :was", table.Values{":was": was.Version}
	}
	var writes []table.TxWrite
	for _, item := range table.MovesToItems(now) {
		writes = append(writes, s.table.TxPut(item, condition, v, table.RefuseWith(admin.ErrRevised)))
	}
	return writes
}

// FinishMove is O9: the list of moves notes that everything below shows a move. A
// move that is not on the list any more stays off. FinishMove fails with Unavailable
// if others write the list each time.
func (s *Store) FinishMove(ctx context.Context, seq int64, now time.Time) error {
	return s.retryRevised(ctx, func() error {
		items, err := s.table.GetItems(ctx, table.OrgKeys(nil)...)
		if err != nil {
			return err
		}
		was, err := table.MovesFrom(items)
		if err != nil {
			return err
		}
		done, changed := was.Finish(seq, now)
		if !changed {
			return nil
		}
		return s.table.Transact(ctx, s.movesPuts(was, done)...)
	})
}

// SettleOrg is O10: an organisation's path as the moves have it. Directly below an
// organisation that has moved, also the divisions in which it is a topmost one,
// since these depend on the parent's. SettleOrg fails with Unavailable if others
// change the organisation each time.
func (s *Store) SettleOrg(ctx context.Context, code staff.OrgCode) error {
	return s.retryRevised(ctx, func() error {
		orgs, moves, err := s.OrgsAndMoves(ctx, []staff.OrgCode{code})
		if err != nil {
			return err
		}
		o := orgs[code]
		pathWrite := s.table.TxUpdate(table.OrgKey(code), "SET #path = :path, placed = :placed",
			"version = :version AND (attribute_not_exists(placed) OR placed <= :placed)",
			table.Values{":path": table.CodeStrings(o.Path), ":placed": o.MoveSeq, ":version": o.Version}, table.RefuseWith(admin.ErrRevised))
		pathWrite.Write.Update.ExpressionAttributeNames = map[string]string{"#path": "path"} // a reserved word
		writes := []table.TxWrite{pathWrite}
		if slices.ContainsFunc(moves.List, func(v staff.Move) bool { return v.Org == o.Parent() }) {
			above, _, err := s.OrgsAndMoves(ctx, []staff.OrgCode{o.Parent()})
			if err != nil {
				return err
			}
			parent := above[o.Parent()]
			writes = append(writes, s.table.TxCheck(table.OrgKey(parent.Code), "version = :version", table.Values{":version": parent.Version}, table.RefuseWith(admin.ErrRevised)))
			for _, d := range staff.DivisionsAround(o.Division) {
				if k := table.DivisionKey(d, code); o.IsTopOf(d, parent.Division) {
					writes = append(writes, s.table.TxPut(table.LookupItem(k, "division", code), "", nil, nil))
				} else {
					writes = append(writes, s.table.TxDelete(k, "", nil, nil))
				}
			}
		}
		return s.table.Transact(ctx, writes...)
	})
}

// retryRevised repeats a job's write that others came before, up to twenty times, with
// pauses that grow. Nobody waits for it, unlike for a request.
func (s *Store) retryRevised(ctx context.Context, write func() error) error {
	return retry.Times(20, admin.ErrRevised, func(try int) error {
		if try > 0 {
			if err := s.Pause(ctx, try); err != nil {
				return err
			}
		}
		return write()
	})
}
