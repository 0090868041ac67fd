package admin

import (
	"slices"
	"strings"

	"chaoxi/shared/staff"
)

// walk is the part of a search that needs no storage: which lists of the index
// to read, and what to take from the pages that were read.
//
// Every organisation has lists of the people in it and below it. A walk goes
// through the lists of one or several organisations, in the order of their
// codes, each from its beginning to its end.
type walk struct {
	filters
	scope  Scope
	reveal Scope // where the caller may see numbers whole
	limit  int   // people on a page
}

const (
	rowsFiltered = 1000 // rows that one query reads if its filter lets few through
	atOnce       = 8    // lists that are read side by side
)

// A span is a set of lists that together have everybody whom one filter lets
// through. Example: a search for people of a unit, below an organisation, has two
// spans: the list of the unit, and the list of the organisation. It walks the one
// that lies deepest in the tree, and holds all filters against the people in it.
type span struct {
	kind spanKind
	orgs []staff.OrgCode // whose lists
}

type spanKind string

const (
	byScope    spanKind = "s" // no filter on organisations: the caller's own
	byUnit     spanKind = "u"
	byMain     spanKind = "m"
	byOrg      spanKind = "o"
	byDivision spanKind = "d"
)

// cursorPos is how far a search has come: after a row of one list. The zero
// position is where a search without a cursor begins. As the next position it
// means that the search is at its end.
type cursorPos struct {
	Kind  spanKind
	Org   staff.OrgCode
	After string // the Key of the row; "" for the beginning of the list
}

// after is the Key after which the list of org is read on. It is "" for every
// list but the one that p is in.
func (p cursorPos) after(org staff.OrgCode) string {
	if org == p.Org {
		return p.After
	}
	return ""
}

// spans are those that the filters offer. Units are what the filter on the unit
// stands for, heads are the tops of the division.
func (w walk) spans(units, heads []staff.OrgCode) []span {
	var all []span
	if w.unitName != "" || !w.unit.IsZero() {
		all = append(all, span{byUnit, units})
	}
	if !w.mainOrg.IsZero() {
		all = append(all, span{byMain, []staff.OrgCode{w.mainOrg}})
	}
	if !w.org.IsZero() {
		all = append(all, span{byOrg, []staff.OrgCode{w.org}})
	}
	if w.division != "" {
		// The people of the division are below its heads. If the caller's own
		// organisation is below a head, the caller sees only those below that.
		all = append(all, span{byDivision, append(heads, w.scope.Tops()...)})
	}
	if len(all) == 0 {
		all = append(all, span{byScope, w.scope.Tops()})
	}
	for _, sp := range all {
		slices.SortFunc(sp.orgs, staff.OrgCode.Compare)
	}
	return all
}

// pageRead is one page of one list to read.
type pageRead struct {
	kind  spanKind
	org   staff.OrgCode
	after string
}

// beginnings are the organisations that choose needs, and the pages with which
// the walk may begin. As it is not known yet which span is walked, pages of
// each are read. That costs reads, but no trip.
func (w walk) beginnings(spans []span, at cursorPos) ([]staff.OrgCode, []pageRead) {
	var orgs []staff.OrgCode
	var reads []pageRead
	for _, sp := range spans {
		if sp.kind != byScope || len(sp.orgs) > 1 {
			orgs = append(orgs, sp.orgs...)
		}
		most := atOnce
		if at.Kind != "" {
			most = 1
		}
		reads = append(reads, readsOf(sp, at, most)...)
	}
	return orgs, reads
}

// ahead are the next pages of a walk.
func (w walk) ahead(lists span, at cursorPos) []pageRead { return readsOf(lists, at, atOnce) }

// readsOf are the reads of at most so many lists, from a position on.
func readsOf(lists span, at cursorPos, most int) []pageRead {
	var reads []pageRead
	for _, org := range lists.orgs {
		if org.Compare(at.Org) >= 0 && len(reads) < most {
			reads = append(reads, pageRead{lists.kind, org, at.after(org)})
		}
	}
	return reads
}

// choose is the span that lies deepest, with the lists to walk. If one of the
// spans has no list in the scope, nobody can match, and choose is the zero
// span.
func (w walk) choose(spans []span, orgs staff.Orgs) span {
	var best span
	for _, sp := range spans {
		lists := w.lists(sp, orgs)
		if len(lists) == 0 {
			return span{}
		}
		if len(best.orgs) == 0 || len(orgs[lists[0]].Path) > len(orgs[best.orgs[0]].Path) {
			best = span{sp.kind, lists}
		}
	}
	return best
}

// lists are the organisations of sp whose lists are walked: those in scope, but
// none that lies below another.
func (w walk) lists(sp span, orgs staff.Orgs) []staff.OrgCode {
	if sp.kind == byScope && len(sp.orgs) == 1 {
		return sp.orgs
	}
	var kept []staff.OrgCode
	for _, c := range sp.orgs {
		o, ok := orgs[c]
		if !ok || !w.scope.Covers(o) || slices.Contains(kept, c) {
			continue
		}
		if sp.kind == byDivision && !staff.DivisionCovers(w.division, o.Division) {
			continue // one of the caller's own, in another division
		}
		kept = append(kept, c)
	}
	if sp.kind == byUnit {
		return kept // the list of a unit lacks the people of units within it
	}
	all := slices.Clone(kept)
	return slices.DeleteFunc(kept, func(c staff.OrgCode) bool {
		return slices.ContainsFunc(all, func(above staff.OrgCode) bool { return above != c && orgs[c].In(above) })
	})
}

// query is how a page is read. It asks for few rows if most of them will do,
// and for many if few will.
func (w walk) query(r pageRead) RowQuery {
	q := RowQuery{List: staff.ByOrder, Scope: r.org, Left: w.employment == staff.Left, After: r.after}
	q.Filter = RowFilter{Name: w.name, State: w.state, Incomplete: w.incomplete, Budgeted: w.budgeted, JobLevel: w.jobLevel, Unit: w.unit, Main: r.kind == byMain}
	if !w.text.IsZero() {
		q.List, q.Text, q.Whole = staff.ByTerm, w.text, !w.reveal.IsEmpty()
	} else if w.incomplete == Yes && !q.Left {
		q.List, q.Filter.Incomplete = staff.ToDo, ""
	}
	if r.kind == byUnit {
		q.Filter.Unit = r.org
	}
	if r.kind != byDivision && !strings.HasSuffix(w.division, "00") { // rows have the county only
		q.Filter.Division = w.division
	}
	switch f := q.Filter; {
	case f == RowFilter{}:
		q.Limit = 2*w.limit + 1
	case f.Name == "" && f.State != staff.Pending && f.State != staff.Frozen && f.Incomplete != Yes && f.Budgeted == "" && f.JobLevel == "" && f.Division == "" && (f.Unit.IsZero() || r.kind == byUnit):
		q.Limit = 4*w.limit + 1
	default:
		q.Limit = rowsFiltered
	}
	if !w.text.IsZero() && w.text.MayHide() { // among the rows are those of numbers that the caller may not find so
		q.Limit = rowsFiltered
	}
	return q
}

// listed is a row, with the index of its list in the span.
type listed struct {
	FoundRow
	list int
}

// gather takes the next rows, of at most limit people, from the pages that were
// read, and returns where to go on. It takes every row of a person that it
// meets, because the person has to be read to know which row counts.
func (w walk) gather(lists span, at cursorPos, read map[staff.OrgCode]RowPage) ([]listed, cursorPos) {
	var rows []listed
	people := map[staff.EmployeeCode]bool{}
	for i, org := range lists.orgs {
		if org.Compare(at.Org) < 0 {
			continue
		}
		here := cursorPos{Kind: lists.kind, Org: org, After: at.after(org)}
		page, ok := read[org]
		if !ok {
			return rows, here
		}
		for _, row := range page.Rows {
			if w.text.IsZero() || w.text.Finds(row.Term) {
				if !people[row.Staff] && len(people) == w.limit {
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
	return rows, cursorPos{}
}

// namedBy are the people of rows, each once, and the organisations of their
// posts as the rows have them.
func namedBy(rows []listed) ([]staff.EmployeeCode, []staff.OrgCode) {
	var people []staff.EmployeeCode
	var orgs []staff.OrgCode
	for _, r := range rows {
		if !slices.Contains(people, r.Staff) {
			people = append(people, r.Staff)
		}
		orgs = append(orgs, r.Orgs...)
	}
	return people, orgs
}

// missingOf are the organisations of the people's posts that orgs lacks,
// because a row was older than the person.
func missingOf(people map[staff.EmployeeCode]staff.Staff, orgs staff.Orgs) []staff.OrgCode {
	var missing []staff.OrgCode
	for _, p := range people {
		for _, post := range p.VisiblePosts() {
			for _, c := range []staff.OrgCode{post.Unit, post.Org} {
				if _, ok := orgs[c]; !ok {
					missing = append(missing, c)
				}
			}
		}
	}
	return missing
}

// show are the people of rows who belong on the page: those who match all
// filters as read now, each at one row only, and those whom the index lags
// behind, at an old row.
func (w walk) show(lists span, rows []listed, people map[staff.EmployeeCode]staff.Staff, orgs staff.Orgs, lagging map[staff.EmployeeCode]bool) []staff.Staff {
	var found []staff.Staff
	shown := map[staff.EmployeeCode]bool{}
	for _, r := range rows {
		p, ok := people[r.Staff]
		// The index may still have an old row of a person beside the new one.
		if ok && !shown[r.Staff] && (w.fits(p, orgs, lists, r) || lagging[r.Staff] && w.isOld(p, orgs, lists, r)) {
			found = append(found, p)
			shown[r.Staff] = true
		}
	}
	return found
}

// fits reports whether r is the row of the walk at which p, as read now, is shown.
func (w walk) fits(p staff.Staff, orgs staff.Orgs, lists span, r listed) bool {
	return w.match(p, orgs, w.scope, w.reveal) && w.isListedHere(p, orgs, lists, r)
}

// isOld reports whether r is of p as they were before, so that they may be shown
// there while the index lags behind: as read now, p does not match, or has no such
// row. The caller must see p as read now, and the filters must let the row
// through. Storage has held the row against all of them but those on
// organisations in whose lists the walk is not. A row that may be of a number
// which the caller does not see whole tells too much.
func (w walk) isOld(p staff.Staff, orgs staff.Orgs, lists span, r listed) bool {
	if !w.scope.Sees(p, orgs) || !w.text.IsZero() && w.text.MayHide() && !w.reveal.HasMain(p, orgs) {
		return false
	}
	if w.match(p, orgs, w.scope, w.reveal) && w.hasRow(p, orgs, lists, r) {
		return false
	}
	any := func(in func(staff.Org) bool) bool {
		return slices.ContainsFunc(r.Orgs, func(c staff.OrgCode) bool { return in(orgs[c]) })
	}
	under := func(ancestor staff.OrgCode) func(staff.Org) bool {
		return func(o staff.Org) bool { return w.scope.coversAncestor(o, ancestor) }
	}
	switch {
	case !w.org.IsZero() && lists.kind != byOrg && !any(under(w.org)),
		!w.mainOrg.IsZero() && lists.kind != byMain && !any(under(w.mainOrg)),
		!w.unit.IsZero() && !slices.Contains(r.Orgs, w.unit),
		w.unitName != "" && lists.kind != byUnit && !any(func(o staff.Org) bool { return staff.NameKey(o.Name) == w.unitName }),
		w.division != "" && !any(func(o staff.Org) bool { return w.scope.Covers(o) && staff.DivisionCovers(w.division, o.Division) }):
		return false
	}
	return true
}

// isListedHere reports whether r is the one row of the walk at which p is
// shown.
//
// After an organisation has moved, the rows of the people below it keep their
// old sort key until the job has come to them, which may take long. Until then
// these people are shown at their old place in the list.
func (w walk) isListedHere(p staff.Staff, orgs staff.Orgs, lists span, r listed) bool {
	if !w.hasRow(p, orgs, lists, r) || slices.ContainsFunc(lists.orgs[:r.list], func(list staff.OrgCode) bool { return isIn(p, orgs, lists.kind, list) }) {
		return false
	}
	if !w.text.IsZero() {
		term, _ := w.first(p, orgs, w.reveal)
		return term == r.Term
	}
	return true
}

// hasRow reports whether p, as read now, has the row r, in whatever place of the
// tree the organisation stands.
func (w walk) hasRow(p staff.Staff, orgs staff.Orgs, lists span, r listed) bool {
	org := lists.orgs[r.list]
	switch {
	case !isIn(p, orgs, lists.kind, org):
		return false
	case !w.text.IsZero():
		return slices.Contains(p.Terms(p.Lists(orgs)), r.Term)
	}
	return slices.ContainsFunc(staff.ScopesOf(p, orgs), func(e staff.ScopeEntry) bool { return e.Org == org && e.SameSlot(r.Term) })
}

// isIn reports whether p stands in the list of an organisation, of a walk of this
// kind.
func isIn(p staff.Staff, orgs staff.Orgs, kind spanKind, list staff.OrgCode) bool {
	return slices.ContainsFunc(p.VisiblePosts(), func(post staff.Post) bool {
		return orgs[post.Org].In(list) && (kind != byUnit || post.Unit == list)
	})
}
