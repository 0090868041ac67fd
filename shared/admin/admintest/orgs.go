package admintest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"chaoxi/shared/admin"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

func (s *Store) Orgs(_ context.Context, codes []staff.OrgCode) (staff.Orgs, error) {
	defer s.lock()()
	return s.placed(codes), nil
}

func (s *Store) OrgsAndMoves(_ context.Context, codes []staff.OrgCode) (staff.Orgs, staff.Moves, error) {
	defer s.lock()()
	return s.placed(codes), s.moves, nil
}

// placed are organisations with paths as the moves have them.
func (s *Store) placed(codes []staff.OrgCode) staff.Orgs {
	found := staff.Orgs{}
	for _, c := range codes {
		if o, ok := s.orgs[c]; ok {
			found[c] = s.moves.ApplyTo(o)
		}
	}
	return found
}

func (s *Store) tree() staff.Orgs { return s.placed(slices.Collect(maps.Keys(s.orgs))) }

func (s *Store) OrgRecords(_ context.Context, codes []staff.OrgCode) (map[staff.OrgCode]admin.OrgRecord, error) {
	defer s.lock()()
	tree, records := s.tree(), map[staff.OrgCode]admin.OrgRecord{}
	for c, o := range s.placed(codes) {
		r := admin.OrgRecord{Org: o}
		for _, p := range s.people {
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
		r.Children = len(s.children(c))
		records[c] = r
	}
	return records, nil
}

// where are organisations of a kind, sorted by place.
func (s *Store) where(is func(staff.Org) bool, place func(staff.Org) string) []staff.Org {
	found := slices.DeleteFunc(slices.Collect(maps.Values(s.orgs)), func(o staff.Org) bool { return !is(o) })
	slices.SortFunc(found, func(a, b staff.Org) int { return cmp.Compare(place(a), place(b)) })
	return found
}

func byCode(o staff.Org) string { return o.Code.String() }

func (s *Store) codes(is func(staff.Org) bool) (codes []staff.OrgCode, _ error) {
	defer s.lock()()
	for _, o := range s.where(is, byCode) {
		codes = append(codes, o.Code)
	}
	return codes, nil
}

// children are the open organisations directly below one, in their order.
func (s *Store) children(parent staff.OrgCode) []staff.Org {
	return s.where(func(o staff.Org) bool { return o.Parent() == parent && !o.Closed }, childPlace)
}

func childPlace(o staff.Org) string { return fmt.Sprintf("%010d#%s", o.Order, o.Code) }

func (s *Store) OrgChildren(_ context.Context, parent staff.OrgCode, after string, limit int) (all []admin.OrgRow, last string, _ error) {
	defer s.lock()()
	orgs, last := page(s.children(parent), childPlace, after, limit)
	for _, o := range orgs {
		all = append(all, admin.OrgRow{Org: o.Code, Key: childPlace(o)})
	}
	return all, last, nil
}

func (s *Store) OrgsByTerm(_ context.Context, text, after string, limit int) ([]admin.OrgRow, string, error) {
	defer s.lock()()
	var all []admin.OrgRow
	for _, o := range s.where(func(o staff.Org) bool { return !o.Closed }, byCode) {
		for _, term := range o.Terms() {
			if strings.HasPrefix(term, text) {
				all = append(all, admin.OrgRow{Org: o.Code, Key: term + "#" + o.Code.String(), Term: term})
			}
		}
	}
	place := func(p admin.OrgRow) string { return p.Key }
	slices.SortFunc(all, func(a, b admin.OrgRow) int { return cmp.Compare(a.Key, b.Key) })
	all, last := page(all, place, after, limit)
	return all, last, nil
}

func (s *Store) OrgsBelow(_ context.Context, parent staff.OrgCode) ([]staff.OrgCode, error) {
	return s.codes(func(o staff.Org) bool { return o.Parent() == parent })
}

func (s *Store) OrgsNamed(_ context.Context, nameKey string) ([]staff.OrgCode, error) {
	return s.codes(func(o staff.Org) bool { return staff.NameKey(o.Name) == nameKey })
}

func (s *Store) DivisionTops(_ context.Context, division string) ([]staff.OrgCode, error) {
	return s.codes(func(o staff.Org) bool { return o.IsTopOf(division, s.orgs[o.Parent()].Division) })
}

func (s *Store) WriteOrg(_ context.Context, c admin.OrgChange) error {
	defer s.write()()
	was, there := s.orgs[c.Now.Code]
	added := c.Was.Code.IsZero()
	comes := !c.Now.Closed && c.Now.Parent() != c.Was.Parent()
	closes := c.Now.Closed && !c.Was.Closed
	posts, children := 0, len(s.children(c.Now.Code))
	for _, p := range s.people {
		posts += postsIn(p.Staff)[c.Now.Code]
	}
	moves := c.Moves.Seq == s.moves.Seq
	if c.NowMoves.Version != c.Moves.Version {
		moves = c.Moves.Version == s.moves.Version
	}
	err := cmp.Or(
		s.mayCarryOut(c.Once),
		s.mayWrite(c.By),
		refuse(!added || !there, admin.ErrOrgThere),
		refuse(added || was.Version == c.Was.Version && was.MoveSeq <= c.Now.MoveSeq, admin.ErrRevised),
		refuse(c.Now.Closed || !s.nameTaken(c.Now), fault.OrgNameTaken),
		refuse(!comes || !s.orgs[c.Now.Parent()].Closed, fault.OrgClosed),
		refuse(!closes || posts+children == 0, &admin.NotEmpty{Posts: posts, Children: children}),
		refuse(moves || !added && !c.Now.Closed && c.Now.Parent() == c.Was.Parent() && c.Now.Division == c.Was.Division, admin.ErrRevised),
	)
	return s.enter(err, c.Audit, func() {
		s.orgs[c.Now.Code] = c.Now
		s.carryOut(c.Once)
		if c.NowMoves.Version != c.Moves.Version {
			s.moves = c.NowMoves
		}
		if c.Job != nil {
			s.jobs[c.Job.ID] = newJob(*c.Job)
		}
	})
}

// nameTaken reports whether another open organisation below the same parent has the
// name of o.
func (s *Store) nameTaken(o staff.Org) bool {
	return slices.ContainsFunc(s.children(o.Parent()), func(other staff.Org) bool {
		return other.Code != o.Code && staff.NameKey(other.Name) == staff.NameKey(o.Name)
	})
}

func (s *Store) SettleOrg(_ context.Context, code staff.OrgCode) error {
	defer s.write()()
	s.orgs[code] = s.moves.ApplyTo(s.orgs[code])
	return nil
}

func (s *Store) FinishMove(_ context.Context, seq int64, now time.Time) error {
	defer s.write()()
	s.moves, _ = s.moves.Finish(seq, now)
	return nil
}

// row is a row of the index, with what its list is filtered by.
type row struct {
	admin.FoundRow
	main bool
	staff.RowAttributes
}

// rows are the rows of one list, in their order.
func (s *Store) rows(kind staff.IndexKind, scope staff.OrgCode, left bool) (all []row) {
	tree := s.tree()
	for c, p := range s.people {
		facts := staff.RowAttributesOf(p.Staff, tree)
		for _, e := range staff.IndexRecordOf(p.Staff, tree).Entries {
			for _, r := range e.Rows(c) {
				if r.Kind == kind && r.Scope == scope && r.Left == left {
					found := admin.FoundRow{Key: r.Term + "#" + c.String(), Term: r.Term, Staff: c, Orgs: facts.Orgs}
					all = append(all, row{found, e.Main(scope), facts})
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b row) int { return cmp.Compare(a.Key, b.Key) })
	return all
}

func rowKey(r row) string { return r.Key }

func (s *Store) Rows(_ context.Context, q admin.RowQuery) (found admin.RowPage, _ error) {
	defer s.lock()()
	rows := slices.DeleteFunc(s.rows(q.List, q.Scope, q.Left), func(r row) bool { return !strings.HasPrefix(r.Term, q.Text.String()) })
	rows, found.Last = page(rows, rowKey, q.After, q.Limit)
	for _, r := range rows {
		f := q.Filter
		if strings.Contains(r.NameKey, f.Name) && (f.State == "" || f.State == r.State) && (f.Incomplete == "" || (f.Incomplete == admin.Yes) == r.Incomplete) &&
			(f.Unit.IsZero() || slices.Contains(r.Units, f.Unit)) && (f.Division == "" || slices.Contains(r.Divisions, f.Division)) && (!f.Main || r.main) {
			found.Rows = append(found.Rows, r.FoundRow)
		}
	}
	return found, nil
}

func (s *Store) Listed(_ context.Context, org staff.OrgCode, left bool, part admin.Stretch, after string, limit int) (people []staff.EmployeeCode, last string, _ error) {
	defer s.lock()()
	rows := slices.DeleteFunc(s.rows(staff.ByOrder, org, left), func(r row) bool { return r.Key < part.From || r.Key > part.To })
	rows, last = page(rows, rowKey, after, limit)
	for _, r := range rows {
		people = append(people, r.Staff)
	}
	return people, last, nil
}
