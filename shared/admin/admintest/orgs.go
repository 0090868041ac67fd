package admintest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"chaoxi/shared/account/accounttest"
	"chaoxi/shared/admin"
	"chaoxi/shared/fault"
	"chaoxi/shared/jobs/jobstest"
	"chaoxi/shared/staff"
)

// OrgStore changes organisations on the register, and reads those of a kind.
type OrgStore struct {
	writer
	jobs *jobstest.Store
}

func (s *OrgStore) Orgs(_ context.Context, codes []staff.OrgCode) (staff.Orgs, error) {
	all, unlock := s.register.Lock()
	defer unlock()
	return all.Placed(codes), nil
}

func (s *OrgStore) OrgsAndMoves(_ context.Context, codes []staff.OrgCode) (staff.Orgs, staff.Moves, error) {
	all, unlock := s.register.Lock()
	defer unlock()
	return all.Placed(codes), all.Moves, nil
}

func (s *OrgStore) OrgRecords(_ context.Context, codes []staff.OrgCode) (map[staff.OrgCode]admin.OrgRecord, error) {
	all, unlock := s.register.Lock()
	defer unlock()
	tree, records := all.Tree(), map[staff.OrgCode]admin.OrgRecord{}
	for c, o := range all.Placed(codes) {
		r := admin.OrgRecord{Org: o}
		for _, p := range all.People {
			t := staff.TallyOf(p.Staff)
			if t.Org == c {
				r.Own.Headcount = r.Own.Headcount.Plus(t.Headcount())
			}
			if tree[t.Org].In(c) {
				r.All.Headcount = r.All.Headcount.Plus(t.Headcount())
			}
			r.Posts += postsIn(p.Staff)[c]
		}
		for _, below := range tree {
			if below.In(c) && !below.Closed {
				r.All.Height = max(r.All.Height, len(below.Path)-len(o.Path))
			}
		}
		r.Children = len(children(all, c))
		records[c] = r
	}
	return records, nil
}

// orgsWhere are organisations of a kind, sorted by place.
func orgsWhere(all *accounttest.Records, is func(staff.Org) bool, place func(staff.Org) string) []staff.Org {
	found := slices.DeleteFunc(slices.Collect(maps.Values(all.Orgs)), func(o staff.Org) bool { return !is(o) })
	slices.SortFunc(found, func(a, b staff.Org) int { return cmp.Compare(place(a), place(b)) })
	return found
}

func byCode(o staff.Org) string { return o.Code.String() }

// codesWhere are the codes of organisations of a kind, sorted.
func codesWhere(all *accounttest.Records, is func(staff.Org) bool) (codes []staff.OrgCode) {
	for _, o := range orgsWhere(all, is, byCode) {
		codes = append(codes, o.Code)
	}
	return codes
}

// children are the open organisations directly below one, in their order.
func children(all *accounttest.Records, parent staff.OrgCode) []staff.Org {
	return orgsWhere(all, func(o staff.Org) bool { return o.Parent() == parent && !o.Closed }, childPlace)
}

func childPlace(o staff.Org) string { return fmt.Sprintf("%010d#%s", o.Order, o.Code) }

func (s *OrgStore) OrgChildren(_ context.Context, parent staff.OrgCode, after string, limit int) (rows []admin.OrgRow, last string, _ error) {
	all, unlock := s.register.Lock()
	defer unlock()
	orgs, last := page(children(all, parent), childPlace, after, limit)
	for _, o := range orgs {
		rows = append(rows, admin.OrgRow{Org: o.Code, Key: childPlace(o)})
	}
	return rows, last, nil
}

func (s *OrgStore) OrgsByTerm(_ context.Context, text, after string, limit int) ([]admin.OrgRow, string, error) {
	all, unlock := s.register.Lock()
	defer unlock()
	var rows []admin.OrgRow
	for _, o := range orgsWhere(all, func(o staff.Org) bool { return !o.Closed }, byCode) {
		for _, term := range o.Terms() {
			if strings.HasPrefix(term, text) {
				rows = append(rows, admin.OrgRow{Org: o.Code, Key: term + "#" + o.Code.String(), Term: term})
			}
		}
	}
	slices.SortFunc(rows, func(a, b admin.OrgRow) int { return cmp.Compare(a.Key, b.Key) })
	rows, last := page(rows, func(p admin.OrgRow) string { return p.Key }, after, limit)
	return rows, last, nil
}

func (s *OrgStore) OrgsBelow(_ context.Context, parent staff.OrgCode) ([]staff.OrgCode, error) {
	all, unlock := s.register.Lock()
	defer unlock()
	return codesWhere(all, func(o staff.Org) bool { return o.Parent() == parent }), nil
}

func (s *OrgStore) WriteOrg(_ context.Context, c admin.OrgChange) error {
	all, unlock := s.begin()
	defer unlock()
	was, there := all.Orgs[c.Now.Code]
	added := c.Was.Code.IsZero()
	comes := !c.Now.Closed && c.Now.Parent() != c.Was.Parent()
	closes := c.Now.Closed && !c.Was.Closed
	posts, children := 0, len(children(all, c.Now.Code))
	for _, p := range all.People {
		posts += postsIn(p.Staff)[c.Now.Code]
	}
	moves := c.Moves.Seq == all.Moves.Seq
	if c.NowMoves.Version != c.Moves.Version {
		moves = c.Moves.Version == all.Moves.Version
	}
	err := cmp.Or(
		s.requests.mayCarryOut(c.Once),
		mayWrite(all, c.By),
		refuse(!added || !there, admin.ErrOrgThere),
		refuse(added || was.Version == c.Was.Version && was.MoveSeq <= c.Now.MoveSeq, admin.ErrRevised),
		refuse(c.Now.Closed || !nameTaken(all, c.Now), fault.OrgNameTaken),
		refuse(!comes || !all.Orgs[c.Now.Parent()].Closed, fault.OrgClosed),
		refuse(!closes || posts+children == 0, &admin.NotEmpty{Posts: posts, Children: children}),
		refuse(moves || !added && !c.Now.Closed && c.Now.Parent() == c.Was.Parent() && c.Now.Division == c.Was.Division, admin.ErrRevised),
	)
	return s.enter(err, c.Audit, func() {
		all.Orgs[c.Now.Code] = c.Now
		s.requests.carryOut(c.Once)
		if c.NowMoves.Version != c.Moves.Version {
			all.Moves = c.NowMoves
		}
		if c.Job != nil {
			s.jobs.Add(*c.Job)
		}
	})
}

// nameTaken reports whether another open organisation below the same parent has the
// name of o.
func nameTaken(all *accounttest.Records, o staff.Org) bool {
	return slices.ContainsFunc(children(all, o.Parent()), func(other staff.Org) bool {
		return other.Code != o.Code && staff.NameKey(other.Name) == staff.NameKey(o.Name)
	})
}

func (s *OrgStore) SettleOrg(_ context.Context, code staff.OrgCode) error {
	all, unlock := s.register.Lock()
	defer unlock()
	all.Orgs[code] = all.Moves.ApplyTo(all.Orgs[code])
	return nil
}

func (s *OrgStore) FinishMove(_ context.Context, seq int64, now time.Time) error {
	all, unlock := s.register.Lock()
	defer unlock()
	all.Moves, _ = all.Moves.Finish(seq, now)
	return nil
}
