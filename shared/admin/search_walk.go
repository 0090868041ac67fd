package admin

import (
	"slices"
	"strings"
	"unicode"

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
	reveal Scope                           // where the caller may see numbers whole
	limit  int                             // people on a page
	types  map[staff.OrgCode]staff.OrgType // of the organisations whose lists are read, as far as they are known
}

const (
	rowsFiltered = 1000 // rows that one query reads if its filter lets few through
	rowsTexted   = 3000 // and if it looks for a text in them: a unit of so many people takes one query, of not quite a megabyte
	peopleSifted = 200  // people who are read in one go if a filter that rows do not have lets few of them through
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
	kind   spanKind
	org    staff.OrgCode
	after  string
	byList bool // a text is looked for in the list of people, which has their terms
}

// byList reports whether a text is looked for in the organisation's list of people. What is
// not known yet counts as a heading.
func (w walk) byList(org staff.OrgCode) bool {
	return !w.text.IsZero() && staff.Org{Type: w.types[org]}.SearchesByList()
}

// beginnings are the organisations that choose needs, and the pages with which
// the walk may begin. As it is not known yet which span is walked, pages of
// each are read; and of an organisation whose type is not known, with a text, pages of both
// lists in which it may have to be looked for. That costs reads, but no trip.
func (w walk) beginnings(spans []span, at cursorPos) ([]staff.OrgCode, []pageRead) {
	var orgs []staff.OrgCode
	var reads []pageRead
	for _, sp := range spans {
		known := func(c staff.OrgCode) bool { _, ok := w.types[c]; return ok }
		if sp.kind != byScope || len(sp.orgs) > 1 || !w.text.IsZero() && !known(sp.orgs[0]) {
			orgs = append(orgs, sp.orgs...)
		}
		most := atOnce
		if at.Kind != "" {
			most = 1
		}
		for _, r := range w.readsOf(sp, at, most) {
			reads = append(reads, r)
			if !w.text.IsZero() && !known(r.org) {
				r.byList = true
				reads = append(reads, r)
			}
		}
	}
	return orgs, reads
}

// ahead are the next pages of a walk.
func (w walk) ahead(lists span, at cursorPos) []pageRead { return w.readsOf(lists, at, atOnce) }

// readsOf are the reads of at most so many lists, from a position on.
func (w walk) readsOf(lists span, at cursorPos, most int) []pageRead {
	var reads []pageRead
	for _, org := range lists.orgs {
		if org.Compare(at.Org) >= 0 && len(reads) < most {
			reads = append(reads, pageRead{lists.kind, org, at.after(org), w.byList(org)})
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
	q := RowQuery{List: w.list(r.byList), Scope: r.org, Left: w.employment == staff.Left, Text: w.text, Whole: !w.reveal.IsEmpty(), After: r.after}
	q.Filter.Main = r.kind == byMain
	if w.text.IsZero() {
		q.Filter.Budgeted, q.Filter.JobLevel = w.budgeted, w.jobLevel
		if q.List != staff.ToDo {
			q.Filter.Incomplete = w.incomplete
		}
	}
	switch f := q.Filter; {
	case r.byList:
		q.Limit = rowsTexted
	case w.text.MayHide(), // among the rows are those of numbers that the caller may not find so
		f.Budgeted != "" || f.JobLevel != "" || f.Incomplete == Yes || !w.unit.IsZero() && r.kind != byUnit:
		q.Limit = rowsFiltered
	case w.sifts():
		q.Limit = 2*peopleSifted + 1
	case f != RowFilter{} || r.kind == byUnit || w.state != "" || w.incomplete == No:
		q.Limit = 4*w.limit + 1
	default:
		q.Limit = 2*w.limit + 1
	}
	return q
}

// list is the kind of list that is walked.
func (w walk) list(byList bool) staff.IndexKind {
	switch {
	case byList:
		return staff.ByOrder
	case !w.text.IsZero():
		return staff.ByTerm
	case w.oddity != "":
		return w.oddity.List()
	case (w.incomplete == Yes || w.role == None) && w.employment != staff.Left:
		return staff.ToDo
	}
	return staff.ByOrder
}

// passesWhatRowsLack reports whether p passes those filters on the person that rows are not
// filtered by. They are held against the people who were read.
func (w walk) passesWhatRowsLack(p staff.Staff) bool {
	texted := !w.text.IsZero()
	switch {
	case w.state != "" && p.State != w.state,
		w.role == None && len(p.Gaps().Roles) == 0,
		texted && (w.incomplete != "" && p.Complete() == (w.incomplete == Yes) || !w.budgeted.Has(p.BudgetedPost) || !w.jobLevel.Has(p.JobLevel)),
		texted && w.oddity != "" && !slices.Contains(p.Oddities(), w.oddity),
		texted && w.nameAside() && !strings.Contains(staff.NameKey(p.Name), w.name):
		return false
	}
	return true
}

// sifts reports whether such a filter lets few people through, as far as one can tell. Then
// many are read for a page.
func (w walk) sifts() bool {
	texted, placed := !w.text.IsZero(), w.unitName != "" || !w.unit.IsZero() || !w.org.IsZero() || !w.mainOrg.IsZero()
	return w.state == staff.Pending || w.state == staff.Frozen || w.role == None || w.division != "" && placed ||
		texted && (w.incomplete == Yes || w.budgeted != "" || w.jobLevel != "" || w.oddity != "" || w.nameAside())
}

// nameAside reports whether the name is a filter beside the text. Where it is the text, and
// has letters alone, rows of pinyin propose people without it in their name.
func (w walk) nameAside() bool {
	return w.name != "" && (w.name != w.text.String() || !strings.ContainsFunc(w.name, func(r rune) bool { return unicode.Is(unicode.Han, r) }))
}

// listed is a row, with the index of its list in the span.
type listed struct {
	FoundRow
	list int
}

// gather takes the next rows, of at most limit people, or of peopleSifted, from the pages
// that were read, and returns where to go on. It takes every row of a person that it
// meets, because the person has to be read to know which row counts.
func (w walk) gather(lists span, at cursorPos, read map[staff.OrgCode]RowPage) ([]listed, cursorPos) {
	var rows []listed
	most := w.limit
	if w.sifts() {
		most = max(most, peopleSifted)
	}
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
			if w.proposes(row, lists.kind, org) {
				if !people[row.Staff] && len(people) == most {
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

// proposes reports whether the person of a row, as they were, was in the unit that is asked
// for, if there is one, and the text finds them. A list that an older version wrote does
// not tell whether it does.
func (w walk) proposes(row FoundRow, kind spanKind, org staff.OrgCode) bool {
	unit, byList := w.unit, w.byList(org)
	if kind == byUnit {
		unit = org
	}
	switch {
	case !unit.IsZero() && !slices.Contains(row.Orgs, unit):
		return false
	case w.text.IsZero():
		return true
	case byList:
		return row.Terms == nil || w.text.FindsAny(row.Terms, !w.reveal.IsEmpty())
	}
	return w.text.Finds(row.Term)
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
	var named []staff.OrgCode
	for _, p := range people {
		for _, post := range p.VisiblePosts() {
			named = append(named, post.Unit, post.Org)
		}
	}
	return without(named, orgs)
}

// show are the people of rows who belong on the page: those who match all
// filters as read now, each at one row only, and those whom the index lags
// behind, at an old row.
func (w walk) show(lists span, rows []listed, people map[staff.EmployeeCode]staff.Staff, orgs staff.Orgs, lagging map[staff.EmployeeCode]bool) shown {
	page := shown{orgs: orgs}
	once := map[staff.EmployeeCode]bool{}
	for _, r := range rows {
		p, ok := people[r.Staff]
		// The index may still have an old row of a person beside the new one.
		if ok && !once[r.Staff] && (w.fits(p, orgs, lists, r) || lagging[r.Staff] && w.isOld(p, orgs, lists, r)) {
			page.people, page.rows = append(page.people, p), append(page.rows, r)
			once[r.Staff] = true
		}
	}
	return page
}

// fits reports whether r is the row of the walk at which p, as read now, is shown.
func (w walk) fits(p staff.Staff, orgs staff.Orgs, lists span, r listed) bool {
	return w.match(p, orgs, w.scope, w.reveal) && w.isListedHere(p, orgs, lists, r)
}

// isOld reports whether r is of p as they were before, so that they may be shown
// there while the index lags behind: as read now, p does not match, or has no such
// row. The caller must see p as read now, and the filters must let the row
// through. Storage has held the row against all of them but those on
// organisations in whose lists the walk is not, and those that rows do not have, which
// p as read now has to pass. A row that may be of a number
// which the caller does not see whole tells too much.
func (w walk) isOld(p staff.Staff, orgs staff.Orgs, lists span, r listed) bool {
	if !w.scope.Sees(p, orgs) || !w.text.IsZero() && w.text.MayHide() && !w.reveal.HasMain(p, orgs) {
		return false
	}
	if w.match(p, orgs, w.scope, w.reveal) {
		if w.hasRow(p, orgs, lists, r) {
			return false
		}
	} else if r.Terms == nil && w.byList(lists.orgs[r.list]) { // it does not tell whether the text found them
		return false
	}
	any := func(in func(staff.Org) bool) bool {
		return slices.ContainsFunc(r.Orgs, func(c staff.OrgCode) bool { return in(orgs[c]) })
	}
	under := func(ancestor staff.OrgCode) func(staff.Org) bool {
		return func(o staff.Org) bool { return w.scope.coversAncestor(o, ancestor) }
	}
	switch {
	case !w.passesWhatRowsLack(p),
		!w.org.IsZero() && lists.kind != byOrg && !any(under(w.org)),
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
	if !w.text.IsZero() && !w.byList(lists.orgs[r.list]) {
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
	case !w.text.IsZero() && !w.byList(org):
		return slices.Contains(p.Terms(p.TermLists(orgs)), r.Term)
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
