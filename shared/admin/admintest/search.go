package admintest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"chaoxi/shared/account"
	"chaoxi/shared/account/accounttest"
	"chaoxi/shared/admin"
	"chaoxi/shared/staff"
)

// SearchStore finds who and what is on the register: by names, and by the rows of the
// index that the table keeps.
type SearchStore struct {
	register *accounttest.Register
	held     map[staff.EmployeeCode]account.Person // see HoldIndex; nil if nothing is held
}

// HoldIndex keeps the rows of the index as they are, as if the indexer stood still. From
// FollowIndex on they follow the people again.
func (s *SearchStore) HoldIndex() {
	all, unlock := s.register.Lock()
	defer unlock()
	s.held = maps.Clone(all.People)
}

// FollowIndex ends HoldIndex.
func (s *SearchStore) FollowIndex() {
	_, unlock := s.register.Lock()
	defer unlock()
	s.held = nil
}

// indexed are the people as the index has them.
func (s *SearchStore) indexed(all *accounttest.Records) map[staff.EmployeeCode]account.Person {
	if s.held != nil {
		return s.held
	}
	return all.People
}

func (s *SearchStore) IndexRecords(_ context.Context, codes []staff.EmployeeCode) (map[staff.EmployeeCode]staff.IndexRecord, error) {
	all, unlock := s.register.Lock()
	defer unlock()
	records := map[staff.EmployeeCode]staff.IndexRecord{}
	for _, c := range codes {
		if p, ok := s.indexed(all)[c]; ok {
			records[c] = staff.IndexRecordOf(p.Staff, all.Tree())
		}
	}
	return records, nil
}

func (s *SearchStore) PeopleWithMoves(ctx context.Context, codes []staff.EmployeeCode, orgs []staff.OrgCode) (map[staff.EmployeeCode]staff.Staff, staff.Orgs, staff.Moves, error) {
	people, placed, err := s.PeopleWithOrgs(ctx, codes, orgs)
	if err != nil {
		return nil, nil, staff.Moves{}, err
	}
	all, unlock := s.register.Lock()
	defer unlock()
	return people, placed, all.Moves, nil
}

func (s *SearchStore) PeopleWithOrgs(ctx context.Context, codes []staff.EmployeeCode, orgs []staff.OrgCode) (map[staff.EmployeeCode]staff.Staff, staff.Orgs, error) {
	people, err := s.register.People(ctx, codes)
	if err != nil {
		return nil, nil, err
	}
	all, unlock := s.register.Lock()
	defer unlock()
	return people, all.Placed(orgs), nil
}

func (s *SearchStore) NameOwners(_ context.Context, phones []staff.Phone, accounts []staff.Account) ([]staff.EmployeeCode, error) {
	all, unlock := s.register.Lock()
	defer unlock()
	var owners []staff.EmployeeCode
	for _, p := range phones {
		owners = append(owners, all.Find(func(o staff.Staff) bool { return o.Phone == p }))
	}
	for _, a := range accounts {
		owners = append(owners, all.Find(func(o staff.Staff) bool { return o.Account == a }))
	}
	return owners, nil
}

func (s *SearchStore) IDCardOwner(_ context.Context, number string) (staff.EmployeeCode, error) {
	all, unlock := s.register.Lock()
	defer unlock()
	return all.Find(func(o staff.Staff) bool { return o.IDCard == number && o.Employment == staff.InService }), nil
}

func (s *SearchStore) ChildNamed(_ context.Context, parent staff.OrgCode, nameKey string) (staff.OrgCode, error) {
	all, unlock := s.register.Lock()
	defer unlock()
	found := codesWhere(all, func(o staff.Org) bool { return o.Parent() == parent && !o.Closed && staff.NameKey(o.Name) == nameKey })
	return append(found, staff.OrgCode{})[0], nil
}

func (s *SearchStore) OrgsNamed(_ context.Context, nameKey string) ([]staff.OrgCode, error) {
	all, unlock := s.register.Lock()
	defer unlock()
	return codesWhere(all, func(o staff.Org) bool { return staff.NameKey(o.Name) == nameKey }), nil
}

func (s *SearchStore) DivisionTops(_ context.Context, division string) ([]staff.OrgCode, error) {
	all, unlock := s.register.Lock()
	defer unlock()
	return codesWhere(all, func(o staff.Org) bool { return o.IsTopOf(division, all.Orgs[o.Parent()].Division) }), nil
}

// row is a row of the index, with what its list is filtered by.
type row struct {
	admin.FoundRow
	main bool
	staff.RowAttributes
}

// rows are the rows of one list, in their order.
func (s *SearchStore) rows(kind staff.IndexKind, scope staff.OrgCode, left bool) (rows []row) {
	all, unlock := s.register.Lock()
	defer unlock()
	tree := all.Tree()
	for c, p := range s.indexed(all) {
		facts := staff.RowAttributesOf(p.Staff)
		for _, e := range staff.IndexRecordOf(p.Staff, tree).Entries {
			for _, r := range e.Rows(c) {
				if r.Kind == kind && r.Scope == scope && r.Left == left {
					found := admin.FoundRow{Key: r.Term + "#" + c.String(), Term: r.Term, Staff: c, Orgs: facts.Orgs}
					if e.HasTerms(r) {
						found.Terms = e.Terms
					}
					rows = append(rows, row{found, e.Main(scope), facts})
				}
			}
		}
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.Key, b.Key) })
	return rows
}

func rowKey(r row) string { return r.Key }

func (s *SearchStore) Rows(_ context.Context, q admin.RowQuery) (found admin.RowPage, _ error) {
	rows := slices.DeleteFunc(s.rows(q.List, q.Scope, q.Left), func(r row) bool {
		return q.List == staff.ByTerm && !slices.ContainsFunc(q.Text.Ranges(q.Whole), func(in staff.TermRange) bool { return in.Has(r.Term) })
	})
	rows, found.Last = page(rows, rowKey, q.After, q.Limit)
	for _, r := range rows {
		f := q.Filter
		texted := q.List == staff.ByOrder && !q.Text.IsZero() && (q.Whole || !q.Text.Hides())
		begins := func(t string) bool { return strings.HasPrefix(t, q.Text.String()) }
		if f.Budgeted.Has(r.Budgeted) && f.JobLevel.Has(r.JobLevel) && (f.Incomplete == "" || (f.Incomplete == admin.Yes) == r.Incomplete) && (!f.Main || r.main) &&
			(!texted || slices.ContainsFunc(r.Terms, begins)) {
			found.Rows = append(found.Rows, r.FoundRow)
		}
	}
	return found, nil
}

func (s *SearchStore) Listed(_ context.Context, org staff.OrgCode, left bool, part admin.Stretch, after string, limit int) (people []staff.EmployeeCode, last string, _ error) {
	rows := slices.DeleteFunc(s.rows(staff.ByOrder, org, left), func(r row) bool { return r.Key < part.From || r.Key > part.To })
	rows, last = page(rows, rowKey, after, limit)
	for _, r := range rows {
		people = append(people, r.Staff)
	}
	return people, last, nil
}
