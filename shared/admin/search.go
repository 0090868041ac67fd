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
// people and their organisations, strongly consistent, which say who does. The
// index lags by well under a second, so a row only proposes somebody. Whoever
// is shown is in scope as read now, and matches as read now. A unit's name, a
// division, a phone or an account takes one trip before these two.
//
// Somebody who was just edited may have old rows only. If these hid them, they
// would be on no list until the indexer has written the new ones. So people with
// rows that do not fit cost one more trip, to their index records. Whom the index
// lags behind is shown where the old rows have them.
type Search struct {
	Store SearchStore
	Keys  account.Keys
	Now   func() time.Time
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
	// PeopleWithOrgs reads people and organisations in one trip. What does not
	// exist is not in the result.
	PeopleWithOrgs(context.Context, []staff.EmployeeCode, []staff.OrgCode) (map[staff.EmployeeCode]staff.Staff, staff.Orgs, error)
}

// Found is a page of people.
type Found struct {
	People []staff.Staff
	Orgs   staff.Orgs // of their posts
	Next   string     // the cursor of the next page; "" at the end
}

// searchRounds is how many rounds of rows and people a search takes while it
// has found nobody.
const searchRounds = 4

// Run returns the page after cursor, "" for the first one. It answers
// FieldInvalid for a filter that cannot be searched by. If a filter lies
// outside the caller's scope, it finds nobody.
func (uc Search) Run(ctx context.Context, by account.Permitted, in SearchInput, limit int, cursor string) (Found, error) {
	c := by.Caller()
	f, err := in.parse()
	if err != nil {
		return Found{}, err
	}
	w := walk{f, ScopeOf(c, account.StaffRead), ScopeOf(c, account.PIIReveal), limit}
	s := search{uc, w, posCodec{account.CursorCodec{Keys: uc.Keys, Bound: append([]string{c.Staff.String()}, f.binding(w.scope)...)}}}
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

// search is one run of Search: the walk, and the storage that it reads.
type search struct {
	Search
	walk
	cursors posCodec
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
	people, _, err := s.Store.PeopleWithOrgs(ctx, []staff.EmployeeCode{c}, nil)
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
	for round := 1; ; round++ {
		rows, next := s.gather(lists, at, read)
		found, err := s.reread(ctx, lists, rows)
		if err != nil {
			return Found{}, err
		}
		if len(found.People) > 0 || next.Kind == "" || round == searchRounds {
			found.Next = s.cursors.encode(next)
			return found, nil
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
	named, reads := s.beginnings(spans, at)
	orgs, pages := staff.Orgs{}, []RowPage(nil)
	g, gctx := errgroup.WithContext(ctx)
	if len(named) > 0 {
		g.Go(func() (err error) { orgs, err = s.Store.Orgs(gctx, named); return err })
	}
	g.Go(func() (err error) { pages, err = s.pages(gctx, reads); return err })
	if err := g.Wait(); err != nil {
		return span{}, nil, fmt.Errorf("read the index: %w", err)
	}
	lists := s.choose(spans, orgs)
	read := map[staff.OrgCode]RowPage{}
	for i, r := range reads {
		if r.kind == lists.kind {
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

// reread reads the people of rows, and keeps those who belong on the page.
func (s search) reread(ctx context.Context, lists span, rows []listed) (Found, error) {
	if len(rows) == 0 {
		return Found{}, nil
	}
	codes, named := namedBy(rows)
	people, orgs, err := s.Store.PeopleWithOrgs(ctx, codes, named)
	if err != nil {
		return Found{}, fmt.Errorf("read a page of people: %w", err)
	}
	if missing := missingOf(people, orgs); len(missing) > 0 {
		more, err := s.Store.Orgs(ctx, missing)
		if err != nil {
			return Found{}, fmt.Errorf("read a page's organisations: %w", err)
		}
		maps.Copy(orgs, more)
	}
	lagging, err := s.laggingOf(ctx, lists, rows, people, orgs)
	if err != nil {
		return Found{}, err
	}
	return Found{People: s.show(lists, rows, people, orgs, lagging), Orgs: orgs}, nil
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
