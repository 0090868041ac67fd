package admin

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

// Search finds people in the caller's scope, a page at a time.
//
// It takes two trips: rows of the index, which say who may match; then those
// people, strongly consistent, with the organisations that Kept does not have, which say
// who does. The index lags by well under a second, so a row only proposes somebody.
// Whoever is shown is in scope as read now, and matches as read now. A unit's name, a
// division, a phone or an account takes one trip before these two. A filter that rows do
// not have is held against the people: a page may take several rounds then.
//
// Somebody who was just edited may have old rows only. If these hid them, they
// would be on no list until the indexer has written the new ones. So people with
// rows that do not fit cost one more trip, to their index records. Whom the index
// lags behind is shown where the old rows have them.
type Search struct {
	Store SearchStore
	Keys  account.Keys
	Now   func() time.Time
	Kept  *staff.OrgCache // may be nil
}

// SearchStore is what Search asks of storage.
type SearchStore interface {
	account.OrgReader
	NameReader
	// OrgsNamed returns the organisations whose name has this NameKey.
	OrgsNamed(ctx context.Context, nameKey string) ([]staff.OrgCode, error)
	// DivisionTops returns the topmost organisations of a division.
	DivisionTops(ctx context.Context, division string) ([]staff.OrgCode, error)
	// Rows reads a stretch of one list of the index. It may lag.
	Rows(context.Context, RowQuery) (RowPage, error)
	// IndexRecords reads what the indexer notes about people. Somebody of whom
	// it has no note is not in the result.
	IndexRecords(context.Context, []staff.EmployeeCode) (map[staff.EmployeeCode]staff.IndexRecord, error)
	// People reads people. Those who do not exist are not in the result.
	People(context.Context, []staff.EmployeeCode) (map[staff.EmployeeCode]staff.Staff, error)
	// PeopleWithMoves reads people and organisations in one trip, with the list of moves,
	// which those organisations show. What does not exist is not in the result.
	PeopleWithMoves(context.Context, []staff.EmployeeCode, []staff.OrgCode) (map[staff.EmployeeCode]staff.Staff, staff.Orgs, staff.Moves, error)
}

// Found is a page of people.
type Found struct {
	People []staff.Staff
	Orgs   staff.Orgs // of their posts
	Next   string     // the cursor of the next page; "" at the end
}

// searchRounds is how many rounds of rows and people a search takes at the most: while it
// has found nobody or, with a filter that is held against people, while the page has room.
const searchRounds = 5

// Run returns the page after cursor, "" for the first one. It answers
// FieldInvalid for a filter that cannot be searched by. If a filter lies
// outside the caller's scope, it finds nobody.
func (uc Search) Run(ctx context.Context, by account.Permitted, in SearchInput, limit int, cursor string) (Found, error) {
	c := by.Caller()
	f, err := in.parse()
	if err != nil {
		return Found{}, err
	}
	w := walk{f, ScopeOf(c, account.StaffRead), ScopeOf(c, account.PIIReveal), limit, map[staff.OrgCode]staff.OrgType{}}
	s := search{uc, w, posCodec{account.CursorCodec{Keys: uc.Keys, Bound: append([]string{c.Staff.String()}, f.binding(w.scope)...)}}, staff.Orgs{}}
	at, err := s.cursors.decode(cursor)
	if err != nil {
		return Found{}, err
	}
	switch {
	case f.nobody, !f.text.IsZero() && len(f.text.Ranges(!w.reveal.IsEmpty())) == 0:
		return Found{}, nil
	case len(f.phones)+len(f.accounts) > 0:
		return s.byName(ctx)
	}
	return s.byRows(ctx, at)
}

// pageOfAll is how many people everybody asks for at once.
const pageOfAll = 100

// everybody calls visit with one page after the other, until the search ends or visit
// fails. Somebody who was edited meanwhile may be on two pages, and is left out of the
// second one.
func (uc Search) everybody(ctx context.Context, by account.Permitted, in SearchInput, visit func(Found) error) error {
	seen := map[staff.EmployeeCode]bool{}
	for cursor := ""; ; {
		page, err := uc.Run(ctx, by, in, pageOfAll, cursor)
		if err != nil {
			return err
		}
		page.People = slices.DeleteFunc(page.People, func(p staff.Staff) bool { return seen[p.Code] })
		for _, p := range page.People {
			seen[p.Code] = true
		}
		if err := visit(page); err != nil {
			return err
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}

// search is one run of Search: the walk, and the storage that it reads.
type search struct {
	Search
	walk
	cursors posCodec
	named   staff.Orgs // those that the filters name, as read now
}

// byName reads the one person who has all the phones and accounts that were
// asked for.
func (s search) byName(ctx context.Context) (Found, error) {
	owners, err := s.Store.NameOwners(ctx, s.phones, s.accounts)
	if err != nil {
		return Found{}, fmt.Errorf("find a name: %w", err)
	}
	c := owners[0]
	if c.IsZero() || slices.ContainsFunc(owners, func(o staff.EmployeeCode) bool { return o != c }) {
		return Found{}, nil
	}
	people, err := s.Store.People(ctx, []staff.EmployeeCode{c})
	if err != nil {
		return Found{}, fmt.Errorf("read a person: %w", err)
	}
	p := people[c]
	orgs, err := s.Store.Orgs(ctx, p.Orgs())
	if err != nil {
		return Found{}, fmt.Errorf("read a person's organisations: %w", err)
	}
	if p.Code.IsZero() || !s.match(p, orgs, s.scope, s.reveal) {
		return Found{}, nil
	}
	return Found{People: []staff.Staff{p}, Orgs: orgs}, nil
}

// byRows walks the lists of the index.
func (s search) byRows(ctx context.Context, at cursorPos) (Found, error) {
	units, heads, err := s.resolve(ctx)
	if err != nil {
		return Found{}, err
	}
	spans := s.spans(units, heads)
	if at.Kind != "" {
		spans = slices.DeleteFunc(spans, func(sp span) bool { return sp.kind != at.Kind })
	}
	lists, read, err := s.settle(ctx, spans, at)
	if err != nil || len(lists.orgs) == 0 {
		return Found{}, err
	}
	if at.Kind == "" {
		at = cursorPos{Kind: lists.kind, Org: lists.orgs[0]}
	}
	all := Found{Orgs: staff.Orgs{}}
	for round := 1; ; round++ {
		rows, next := s.gather(lists, at, read)
		found, err := s.reread(ctx, lists, rows)
		if err != nil {
			return Found{}, err
		}
		if room := s.limit - len(all.People); len(found.people) > room {
			next = cursorPos{lists.kind, lists.orgs[found.rows[room-1].list], found.rows[room-1].Key}
			found.people = found.people[:room]
		}
		for _, p := range found.people { // somebody whom the index lags behind may be met in two rounds
			if !slices.ContainsFunc(all.People, func(o staff.Staff) bool { return o.Code == p.Code }) {
				all.People = append(all.People, p)
			}
		}
		maps.Copy(all.Orgs, found.orgs)
		enough := len(all.People) == s.limit || len(all.People) > 0 && !s.sifts()
		if enough || next.Kind == "" || round == searchRounds {
			all.Next = s.cursors.encode(next)
			return all, nil
		}
		at = next
		if read, err = s.read(ctx, s.ahead(lists, at)); err != nil {
			return Found{}, err
		}
	}
}

// resolve reads the organisations that the filters on the unit and on the
// division stand for.
func (s search) resolve(ctx context.Context) (units, heads []staff.OrgCode, err error) {
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
		return nil, nil, fmt.Errorf("resolve a filter: %w", err)
	}
	return units, heads, nil
}

// settle reads the organisations of the spans and, in the same trip, the pages
// with which the walk may begin. It returns the lists to walk, with their first
// pages.
func (s search) settle(ctx context.Context, spans []span, at cursorPos) (span, map[staff.OrgCode]RowPage, error) {
	for _, sp := range spans {
		maps.Copy(s.types, s.Kept.Types(sp.orgs))
	}
	named, reads := s.beginnings(spans, at)
	orgs, pages := staff.Orgs{}, []RowPage(nil)
	began := s.Now()
	g, gctx := errgroup.WithContext(ctx)
	if len(named) > 0 {
		g.Go(func() (err error) { orgs, err = s.Store.Orgs(gctx, named); return err })
	}
	g.Go(func() (err error) { pages, err = s.pages(gctx, reads); return err })
	if err := g.Wait(); err != nil {
		return span{}, nil, fmt.Errorf("read the index: %w", err)
	}
	s.Kept.Keep(orgs, began)
	maps.Copy(s.named, orgs)
	for c, o := range orgs {
		s.types[c] = o.Type
	}
	lists := s.choose(spans, orgs)
	read := map[staff.OrgCode]RowPage{}
	for i, r := range reads {
		if r.kind == lists.kind && r.byList == s.byList(r.org) {
			read[r.org] = pages[i]
		}
	}
	return lists, read, nil
}

// read reads pages of one span.
func (s search) read(ctx context.Context, reads []pageRead) (map[staff.OrgCode]RowPage, error) {
	pages, err := s.pages(ctx, reads)
	if err != nil {
		return nil, fmt.Errorf("read the index: %w", err)
	}
	read := map[staff.OrgCode]RowPage{}
	for i, r := range reads {
		read[r.org] = pages[i]
	}
	return read, nil
}

// pages reads pages side by side.
func (s search) pages(ctx context.Context, reads []pageRead) ([]RowPage, error) {
	pages := make([]RowPage, len(reads))
	g, ctx := errgroup.WithContext(ctx)
	for i, r := range reads {
		g.Go(func() (err error) { pages[i], err = s.Store.Rows(ctx, s.query(r)); return err })
	}
	return pages, g.Wait()
}

// orgsAhead is how many organisations are read together with people of whom many may not
// pass: about those of a page. It saves a trip.
const orgsAhead = 50

// shown are people of a page, each with the row at which they are shown.
type shown struct {
	people []staff.Staff
	rows   []listed
	orgs   staff.Orgs // of their posts, and more
}

// reread reads the people of rows, and keeps those who belong on the page.
func (s search) reread(ctx context.Context, lists span, rows []listed) (shown, error) {
	if len(rows) == 0 {
		return shown{}, nil
	}
	kept := s.Kept
	if s.division != "" { // what is kept may have been in another
		kept = nil
	}
	codes, named := namedBy(rows)
	began := s.Now()
	fresh := kept.Fresh(named, began)
	want := without(named, fresh)
	late := s.sifts() && len(want) > orgsAhead // most of the people may not pass, and need no organisation
	if late {
		want = nil
	}
	people, orgs, moves, err := s.Store.PeopleWithMoves(ctx, codes, want)
	if err != nil {
		return shown{}, fmt.Errorf("read a page of people: %w", err)
	}
	s.Kept.Keep(orgs, began)
	use := func(kept staff.Orgs) {
		for c, o := range kept {
			orgs[c] = moves.ApplyTo(o)
		}
	}
	use(fresh)
	use(s.named) // what the filters name is as read now
	if s.sifts() {
		maps.DeleteFunc(people, func(_ staff.EmployeeCode, p staff.Staff) bool { return !s.passesWhatRowsLack(p) })
		rows = slices.DeleteFunc(rows, func(r listed) bool { _, ok := people[r.Staff]; return !ok })
	}
	missing := missingOf(people, orgs)
	if _, named := namedBy(rows); late {
		missing = append(missing, named...)
	}
	use(kept.Fresh(without(missing, orgs), began))
	if missing = without(missing, orgs); len(missing) > 0 {
		began = s.Now()
		more, err := s.Store.Orgs(ctx, missing)
		if err != nil {
			return shown{}, fmt.Errorf("read a page's organisations: %w", err)
		}
		s.Kept.Keep(more, began)
		maps.Copy(orgs, more)
	}
	lagging, err := s.laggingOf(ctx, lists, rows, people, orgs)
	if err != nil {
		return shown{}, err
	}
	return s.show(lists, rows, people, orgs, lagging), nil
}

// without are those of the codes that orgs lacks, each once.
func without(codes []staff.OrgCode, orgs staff.Orgs) []staff.OrgCode {
	var lacking []staff.OrgCode
	for _, c := range codes {
		if _, ok := orgs[c]; !ok && !c.IsZero() && !slices.Contains(lacking, c) {
			lacking = append(lacking, c)
		}
	}
	return lacking
}

// laggingOf are those people of rows whom the index lags behind. Only people are
// looked at who have an old row.
func (s search) laggingOf(ctx context.Context, lists span, rows []listed, people map[staff.EmployeeCode]staff.Staff, orgs staff.Orgs) (map[staff.EmployeeCode]bool, error) {
	var old []staff.EmployeeCode
	for _, r := range rows {
		if p, ok := people[r.Staff]; ok && !slices.Contains(old, r.Staff) && s.isOld(p, orgs, lists, r) {
			old = append(old, r.Staff)
		}
	}
	if len(old) == 0 {
		return nil, nil
	}
	records, err := s.Store.IndexRecords(ctx, old)
	if err != nil {
		return nil, fmt.Errorf("read how far the index is: %w", err)
	}
	lagging := map[staff.EmployeeCode]bool{}
	for _, c := range old {
		lagging[c] = records[c].Lags(people[c], s.Now())
	}
	return lagging, nil
}
