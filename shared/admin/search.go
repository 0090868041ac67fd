package admin

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

// Search finds people in the caller's scope, a page at a time.
//
// Two trips, each waiting for the one before: rows of the index, which say who
// may match; then those people with their organisations, strongly consistent,
// which say who does. A name, a division, a whole phone or account is resolved in
// one trip before. Rows lag behind by well under a second, so they only propose:
// whoever is shown is in scope and matches as read now.
type Search struct {
	Store SearchStore
	Keys  account.Keys
}

// SearchStore is what Search asks of storage.
type SearchStore interface {
	// OrgsNamed returns the organisations whose name has the NameKey.
	OrgsNamed(ctx context.Context, nameKey string) ([]staff.OrgCode, error)
	// DivisionTops returns the topmost organisations of a division.
	DivisionTops(ctx context.Context, division string) ([]staff.OrgCode, error)
	// NameOwners returns whose the names are, in their order; the zero code for
	// nobody's.
	NameOwners(ctx context.Context, phones []staff.Phone, accounts []staff.Account) ([]staff.EmployeeCode, error)
	// Orgs reads organisations. What is not there is not in the result.
	Orgs(context.Context, []staff.OrgCode) (staff.Orgs, error)
	// Rows reads a stretch of one list of the index, which may lag.
	Rows(context.Context, RowQuery) (RowPage, error)
	// PeopleWithOrgs reads people with organisations in one trip. Who is not there is
	// not in the result.
	PeopleWithOrgs(context.Context, []staff.EmployeeCode, []staff.OrgCode) (map[staff.EmployeeCode]staff.Staff, staff.Orgs, error)
}

// Found is a page of people.
type Found struct {
	People []staff.Staff
	Orgs   staff.Orgs // of their posts
	Next   string     // the cursor of the next page; "" at the end
}

const (
	rowsFiltered = 1000 // looked at by one query, where a filter lets few through
	rounds       = 4    // of rows and people, while nobody at all was found
	atOnce       = 8    // lists read side by side, where it is not known yet which one counts
)

// Run returns the page after cursor, "" for the first one. It answers
// PermissionDenied without staff.read, FieldInvalid for what cannot be searched
// by, and finds nobody where a filter lies outside the caller's scope.
func (uc Search) Run(ctx context.Context, by account.Permitted, in SearchInput, limit int, cursor string) (Found, error) {
	c := by.Caller()
	f, err := in.parse()
	if err != nil {
		return Found{}, err
	}
	s := search{Search: uc, filters: f, scope: ScopeOf(c, account.StaffRead), limit: limit}
	s.seal = seal{uc.Keys, append([]string{c.Staff.String()}, s.binding()...)}
	at, err := s.seal.open(cursor)
	if err != nil {
		return Found{}, err
	}
	switch {
	case f.nobody:
		return Found{}, nil
	case len(f.phones)+len(f.accounts) > 0:
		return s.byName(ctx)
	}
	return s.byRows(ctx, at)
}

// search is one run of Search.
type search struct {
	Search
	filters
	scope Scope
	limit int
	seal  seal
}

// byName reads the one person who has all the names asked for.
func (s search) byName(ctx context.Context) (Found, error) {
	owners, err := s.Store.NameOwners(ctx, s.phones, s.accounts)
	if err != nil {
		return Found{}, fmt.Errorf("find a name: %w", err)
	}
	c := owners[0]
	if c.IsZero() || slices.ContainsFunc(owners, func(o staff.EmployeeCode) bool { return o != c }) {
		return Found{}, nil
	}
	people, _, err := s.Store.PeopleWithOrgs(ctx, []staff.EmployeeCode{c}, nil)
	if err != nil {
		return Found{}, fmt.Errorf("read a person: %w", err)
	}
	p := people[c]
	orgs, err := s.Store.Orgs(ctx, p.Orgs())
	if err != nil {
		return Found{}, fmt.Errorf("read a person's organisations: %w", err)
	}
	if p.Code.IsZero() || !s.match(p, orgs, s.scope) {
		return Found{}, nil
	}
	return Found{People: []staff.Staff{p}, Orgs: orgs}, nil
}

// byRows walks the lists of the index.
func (s search) byRows(ctx context.Context, at place) (Found, error) {
	spans, err := s.spans(ctx)
	if err != nil {
		return Found{}, err
	}
	if at.Kind != "" {
		spans = slices.DeleteFunc(spans, func(sp span) bool { return sp.kind != at.Kind })
	}
	lists, ahead, err := s.settle(ctx, spans, at)
	if err != nil || len(lists.orgs) == 0 {
		return Found{}, err
	}
	if at.Kind == "" {
		at = place{Kind: lists.kind, Org: lists.orgs[0]}
	}
	for round := 1; ; round++ {
		rows, next := s.gather(lists, at, ahead)
		found, err := s.reread(ctx, lists, rows)
		if err != nil {
			return Found{}, err
		}
		if len(found.People) > 0 || next.Kind == "" || round == rounds {
			found.Next = s.seal.close(next)
			return found, nil
		}
		at = next
		if ahead, err = s.ahead(ctx, lists, at); err != nil {
			return Found{}, err
		}
	}
}

// A span is a set of lists that together hold everybody whom one filter lets
// through. Every search walks one span, of several the one that lies deepest,
// and what it proposes is held against all filters.
type span struct {
	kind spanKind
	orgs []staff.OrgCode // whose lists; before settle, of which some may fall away
}

type spanKind string

const (
	byScope    spanKind = "s" // no filter on organisations: the caller's own
	byUnit     spanKind = "u"
	byMain     spanKind = "m"
	byOrg      spanKind = "o"
	byDivision spanKind = "d"
)

// spans are those that the filters offer. Names and divisions are resolved.
func (s search) spans(ctx context.Context) ([]span, error) {
	var all []span
	var units, heads []staff.OrgCode
	g, gctx := errgroup.WithContext(ctx)
	if s.unitName != "" {
		g.Go(func() (err error) { units, err = s.Store.OrgsNamed(gctx, s.unitName); return err })
	} else if !s.unit.IsZero() {
		units = []staff.OrgCode{s.unit}
	}
	if s.division != "" {
		g.Go(func() (err error) { heads, err = s.Store.DivisionTops(gctx, s.division); return err })
	}
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("resolve a filter: %w", err)
	}

	if s.unitName != "" || !s.unit.IsZero() {
		all = append(all, span{byUnit, units})
	}
	if !s.mainOrg.IsZero() {
		all = append(all, span{byMain, []staff.OrgCode{s.mainOrg}})
	}
	if !s.org.IsZero() {
		all = append(all, span{byOrg, []staff.OrgCode{s.org}})
	}
	if s.division != "" {
		// People of the division are below its heads. A caller whose own
		// organisation is below a head sees those who are below that.
		all = append(all, span{byDivision, append(heads, s.scope.Tops()...)})
	}
	if len(all) == 0 {
		all = append(all, span{byScope, s.scope.Tops()})
	}
	for _, sp := range all {
		slices.SortFunc(sp.orgs, staff.OrgCode.Compare)
	}
	return all, nil
}

// settle reads the organisations of spans and decides which lists are walked.
// The beginnings of lists that may turn out to be among them are read at the
// same time, so that knowing costs no trip of its own.
func (s search) settle(ctx context.Context, spans []span, at place) (span, map[staff.OrgCode]RowPage, error) {
	if len(spans) == 0 {
		return span{}, nil, nil
	}
	type beginning struct {
		span span
		org  staff.OrgCode
		page RowPage
	}
	var wanted []staff.OrgCode
	var reads []beginning
	for _, sp := range spans {
		if sp.kind != byScope || len(sp.orgs) > 1 {
			wanted = append(wanted, sp.orgs...)
		}
		n := 0
		for _, org := range sp.orgs {
			if at.Kind != "" && org.Compare(at.Org) < 0 {
				continue
			}
			if n++; n <= atOnce {
				reads = append(reads, beginning{span: sp, org: org})
			}
			if at.Kind != "" {
				break
			}
		}
	}
	orgs := staff.Orgs{}
	g, gctx := errgroup.WithContext(ctx)
	if len(wanted) > 0 {
		g.Go(func() (err error) { orgs, err = s.Store.Orgs(gctx, wanted); return err })
	}
	for i, r := range reads {
		after := ""
		if r.org == at.Org {
			after = at.After
		}
		g.Go(func() (err error) {
			reads[i].page, err = s.Store.Rows(gctx, s.query(r.span.kind, r.org, after))
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return span{}, nil, fmt.Errorf("read the index: %w", err)
	}

	var best span
	for _, sp := range spans {
		lists := s.lists(sp, orgs)
		if len(lists) == 0 {
			return span{}, nil, nil // a filter that nobody in sight passes
		}
		if len(best.orgs) == 0 || len(orgs[lists[0]].Path) > len(orgs[best.orgs[0]].Path) {
			best = span{sp.kind, lists}
		}
	}
	pages := map[staff.OrgCode]RowPage{}
	for _, r := range reads {
		if r.span.kind == best.kind {
			pages[r.org] = r.page
		}
	}
	return best, pages, nil
}

// lists are the organisations of sp whose lists are walked: those in scope,
// without the ones below another.
func (s search) lists(sp span, orgs staff.Orgs) []staff.OrgCode {
	if sp.kind == byScope && len(sp.orgs) == 1 {
		return sp.orgs
	}
	var kept []staff.OrgCode
	for _, c := range sp.orgs {
		o, ok := orgs[c]
		if !ok || !s.scope.Covers(o) || slices.Contains(kept, c) {
			continue
		}
		if sp.kind == byDivision && !staff.DivisionCovers(s.division, o.Division) {
			continue // the caller's own, of another division
		}
		kept = append(kept, c)
	}
	if sp.kind == byUnit {
		return kept // a unit within a unit has people of its own
	}
	all := slices.Clone(kept)
	return slices.DeleteFunc(kept, func(c staff.OrgCode) bool {
		return slices.ContainsFunc(all, func(above staff.OrgCode) bool { return above != c && orgs[c].In(above) })
	})
}

// query is how the list of org is read in a span of a kind. It looks at few rows
// where most of them will do, and at many where few will.
func (s search) query(kind spanKind, org staff.OrgCode, after string) RowQuery {
	q := RowQuery{List: staff.ByOrder, Scope: org, Left: s.employment == staff.Left, After: after}
	q.Filter = RowFilter{Name: s.name, State: s.state, Incomplete: s.incomplete, Unit: s.unit, Main: kind == byMain}
	if !s.text.IsZero() {
		q.List, q.Text = staff.ByTerm, s.text
	} else if s.incomplete == Yes && !q.Left {
		q.List, q.Filter.Incomplete = staff.ToDo, ""
	}
	if kind == byUnit {
		q.Filter.Unit = org
	}
	if kind != byDivision && !strings.HasSuffix(s.division, "00") { // rows know the county alone
		q.Filter.Division = s.division
	}
	switch f := q.Filter; {
	case f == RowFilter{}:
		q.Limit = 2*s.limit + 1
	case f.Name == "" && f.State != staff.Pending && f.State != staff.Frozen && f.Incomplete != Yes && f.Division == "" && (f.Unit.IsZero() || kind == byUnit):
		q.Limit = 4*s.limit + 1
	default:
		q.Limit = rowsFiltered
	}
	if s.text.IsDigits() && len(s.text.String()) < 4 { // among numbers that begin so stand other people's last four digits
		q.Limit = rowsFiltered
	}
	return q
}

// ahead reads the next lists of a walk side by side, each from its beginning or
// from where the walk stands.
func (s search) ahead(ctx context.Context, lists span, at place) (map[staff.OrgCode]RowPage, error) {
	var orgs []staff.OrgCode
	for _, org := range lists.orgs {
		if org.Compare(at.Org) >= 0 && len(orgs) < atOnce {
			orgs = append(orgs, org)
		}
	}
	pages := make([]RowPage, len(orgs))
	g, gctx := errgroup.WithContext(ctx)
	for i, org := range orgs {
		g.Go(func() (err error) {
			pages[i], err = s.Store.Rows(gctx, s.query(lists.kind, org, at.after(org)))
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("read the index: %w", err)
	}
	read := map[staff.OrgCode]RowPage{}
	for i, org := range orgs {
		read[org] = pages[i]
	}
	return read, nil
}

// gather takes the next rows, of at most limit people, from the lists that were
// read, and says where to go on. Of a person it takes every row on the way: which
// one counts is known when the person is read.
func (s search) gather(lists span, at place, read map[staff.OrgCode]RowPage) ([]listed, place) {
	var rows []listed
	people := map[staff.EmployeeCode]bool{}
	for i, org := range lists.orgs {
		if org.Compare(at.Org) < 0 {
			continue
		}
		here := place{Kind: lists.kind, Org: org, After: at.after(org)}
		page, ok := read[org]
		if !ok {
			return rows, here
		}
		for _, row := range page.Rows {
			if s.text.IsZero() || s.text.Finds(row.Term) {
				if !people[row.Staff] && len(people) == s.limit {
					return rows, here
				}
				people[row.Staff] = true
				rows = append(rows, listed{row, i})
			}
			here.After = row.Key
		}
		if page.Last != "" {
			here.After = page.Last
			return rows, here
		}
	}
	return rows, place{}
}

// listed is a row with the list of the span that it stands in.
type listed struct {
	FoundRow
	list int
}

// reread reads the people of rows and keeps those who belong on the page: who
// match now, at the one place where they are listed.
func (s search) reread(ctx context.Context, lists span, rows []listed) (Found, error) {
	if len(rows) == 0 {
		return Found{}, nil
	}
	var codes []staff.EmployeeCode
	var named []staff.OrgCode
	for _, r := range rows {
		if !slices.Contains(codes, r.Staff) {
			codes = append(codes, r.Staff)
		}
		named = append(named, r.Orgs...)
	}
	people, orgs, err := s.Store.PeopleWithOrgs(ctx, codes, named)
	if err != nil {
		return Found{}, fmt.Errorf("read a page of people: %w", err)
	}
	var more []staff.OrgCode // where a row lags behind its person
	for _, p := range people {
		for _, post := range p.VisiblePosts() {
			for _, c := range []staff.OrgCode{post.Unit, post.Org} {
				if _, ok := orgs[c]; !ok {
					more = append(more, c)
				}
			}
		}
	}
	if len(more) > 0 {
		late, err := s.Store.Orgs(ctx, more)
		if err != nil {
			return Found{}, fmt.Errorf("read a page's organisations: %w", err)
		}
		for c, o := range late {
			orgs[c] = o
		}
	}
	found := Found{Orgs: orgs}
	for _, r := range rows {
		if p, ok := people[r.Staff]; ok && s.match(p, orgs, s.scope) && s.stands(p, orgs, lists, r) {
			found.People = append(found.People, p)
			delete(people, r.Staff) // once, also where a move has put the new row and not yet deleted the old
		}
	}
	return found, nil
}

// stands reports whether r is the one place of the walk where p is shown. A row
// keeps the place in the tree that it was written for until the job of a move
// comes to it, which may take long: who is below what moves, or gets another
// order, is shown at the old place until then.
func (s search) stands(p staff.Staff, orgs staff.Orgs, lists span, r listed) bool {
	in := func(list staff.OrgCode) bool {
		return slices.ContainsFunc(p.VisiblePosts(), func(post staff.Post) bool {
			return orgs[post.Org].In(list) && (lists.kind != byUnit || post.Unit == list)
		})
	}
	org := lists.orgs[r.list]
	if !in(org) || slices.ContainsFunc(lists.orgs[:r.list], in) {
		return false
	}
	if !s.text.IsZero() {
		term, _ := s.text.First(p)
		return term == r.Term
	}
	return slices.ContainsFunc(staff.ScopesOf(p, orgs), func(e staff.ScopeEntry) bool { return e.Org == org && e.SameSlot(r.Term) })
}
