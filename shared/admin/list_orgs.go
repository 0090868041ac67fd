package admin

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/fold"
	"chaoxi/shared/staff"
)

// ListOrgs shows the tree one level at a time, and finds organisations by name or code.
// It shows open organisations in the caller's scope of StaffRead.
//
// It takes two trips for a level: the parent, with the rows of the level; the
// organisations. The top takes one, or two if it has several organisations. By
// code it takes one. By name it takes two for each 200 names that it looks at, and one for the page.
type ListOrgs struct {
	Store ListOrgsStore
	Keys  account.Keys
}

// ListOrgsStore is what ListOrgs asks of storage.
type ListOrgsStore interface {
	account.OrgReader
	OrgRecordReader
	// OrgChildren reads at most limit open organisations directly below one, in
	// their order, from after a key on, "" for the first ones. Last is the key
	// to go on from, "" at the end.
	OrgChildren(ctx context.Context, parent staff.OrgCode, after string, limit int) (page []OrgRow, last string, err error)
	// OrgsByTerm does the same with organisations that have a term which begins
	// with text.
	OrgsByTerm(ctx context.Context, text, after string, limit int) (page []OrgRow, last string, err error)
}

// OrgRow is an organisation with its key in a list. Term is set in a list by
// terms.
type OrgRow struct {
	Org       staff.OrgCode
	Key, Term string
}

// OrgFilter says which organisations to list: those below Parent, or those
// whose name has the part Q, or the one whose code Q is. If neither is set, the list has the tops of the
// caller's scope.
type OrgFilter struct{ Parent, Q string }

// OrgPage is a page of organisations. Next is the cursor of the next page.
type OrgPage struct {
	Orgs []OrgRecord
	Next string
}

const (
	termsLooked = 200 // names that one round of a search by name looks at
	termRounds  = 4   // rounds of one that has found nothing
)

// Run returns the page after cursor, "" for the first one. Of a parent outside
// the scope it shows nothing.
func (uc ListOrgs) Run(ctx context.Context, by account.Permitted, f OrgFilter, limit int, cursor string) (OrgPage, error) {
	c := by.Caller()
	text := staff.NameKey(f.Q)
	var bad fault.Fields
	tooLong(&bad, named{"q", f.Q}, named{"parent", f.Parent})
	if f.Q != "" && f.Parent != "" {
		bad.Add("q", fault.Disagrees)
	} else if f.Q != "" && text == "" || fold.IsUnknown(text) {
		bad.Add("q", fault.Invalid)
	}
	if err := bad.Err(); err != nil {
		return OrgPage{}, err
	}
	l := orgList{uc, ScopeOf(c, account.StaffRead), limit, account.CursorCodec{Keys: uc.Keys, Bound: bind("orgs", c, f.Parent, f.Q)}}
	after, err := l.cursors.Decode(cursor)
	if err != nil {
		return OrgPage{}, err
	}
	code, notACode := staff.ParseOrgCode(f.Q)
	switch {
	case notACode == nil:
		return l.show(ctx, []OrgRow{{Org: code}})
	case text != "":
		return l.named(ctx, text, after)
	case f.Parent != "":
		parent, err := staff.ParseOrgCode(f.Parent)
		if err != nil {
			return OrgPage{}, nil // no organisation has such a code
		}
		return l.below(ctx, parent, after)
	}
	return l.tops(ctx, after)
}

type orgList struct {
	ListOrgs
	scope   Scope
	limit   int
	cursors account.CursorCodec
}

// tops are the organisations that the caller's tree begins with.
func (l orgList) tops(ctx context.Context, after string) (OrgPage, error) {
	records, err := l.Store.OrgRecords(ctx, l.scope.Tops())
	if err != nil {
		return OrgPage{}, fmt.Errorf("read the tops of a scope: %w", err)
	}
	orgs := staff.Orgs{}
	for code, r := range records {
		orgs[code] = r.Org
	}
	if len(orgs) > 1 { // what is above them decides their order
		above, err := l.Store.Orgs(ctx, orgs.Above())
		if err != nil {
			return OrgPage{}, fmt.Errorf("read what is above the tops of a scope: %w", err)
		}
		maps.Copy(orgs, above)
	}
	key := func(r OrgRecord) string { return orgs.OrderPath(r.Org.Code) + "#" + r.Org.Code.String() }
	var all []OrgRecord
	for _, r := range records {
		within := slices.ContainsFunc(r.Org.Path[:max(0, len(r.Org.Path)-1)], func(above staff.OrgCode) bool { return slices.Contains(l.scope.Tops(), above) })
		if !r.Org.Closed && !within && key(r) > after {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b OrgRecord) int { return cmp.Compare(key(a), key(b)) })
	page := OrgPage{Orgs: all}
	if len(all) > l.limit {
		page.Orgs = all[:l.limit]
		page.Next = l.cursors.Encode(key(page.Orgs[l.limit-1]))
	}
	return page, nil
}

// below is the level below an organisation.
func (l orgList) below(ctx context.Context, parent staff.OrgCode, after string) (OrgPage, error) {
	var above staff.Orgs
	var rows []OrgRow
	var last string
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) { above, err = l.Store.Orgs(gctx, []staff.OrgCode{parent}); return err })
	g.Go(func() (err error) { rows, last, err = l.Store.OrgChildren(gctx, parent, after, l.limit); return err })
	if err := g.Wait(); err != nil {
		return OrgPage{}, fmt.Errorf("list what is below %s: %w", parent, err)
	}
	if !l.scope.Covers(above[parent]) {
		return OrgPage{}, nil
	}
	page, err := l.show(ctx, rows)
	page.Next = l.cursors.Encode(last)
	return page, err
}

// show reads the organisations of a list and keeps its order.
func (l orgList) show(ctx context.Context, rows []OrgRow) (OrgPage, error) {
	codes := make([]staff.OrgCode, len(rows))
	for i, p := range rows {
		codes[i] = p.Org
	}
	records, err := l.Store.OrgRecords(ctx, codes)
	if err != nil {
		return OrgPage{}, fmt.Errorf("read %d organisations: %w", len(codes), err)
	}
	var page OrgPage
	for _, code := range codes {
		if r, ok := records[code]; ok && !r.Org.Closed && l.scope.Covers(r.Org) {
			page.Orgs = append(page.Orgs, r)
		}
	}
	return page, nil
}

// named walks the terms that begin with text, and keeps the organisations in
// scope. Of several terms of an organisation the first one counts.
func (l orgList) named(ctx context.Context, text, after string) (OrgPage, error) {
	var kept []OrgRow
	for round := 1; ; round++ {
		rows, last, err := l.Store.OrgsByTerm(ctx, text, after, termsLooked)
		if err != nil {
			return OrgPage{}, fmt.Errorf("find organisations by name: %w", err)
		}
		codes := make([]staff.OrgCode, len(rows))
		for i, p := range rows {
			codes[i] = p.Org
		}
		orgs, err := l.Store.Orgs(ctx, codes)
		if err != nil {
			return OrgPage{}, fmt.Errorf("read %d organisations: %w", len(codes), err)
		}
		for i, p := range rows {
			o := orgs[p.Org]
			first := slices.IndexFunc(o.Terms(), func(t string) bool { return strings.HasPrefix(t, text) })
			if !o.Closed && l.scope.Covers(o) && first >= 0 && o.Terms()[first] == p.Term {
				kept = append(kept, p)
			}
			if after = p.Key; len(kept) == l.limit && (i < len(rows)-1 || last != "") {
				page, err := l.show(ctx, kept)
				page.Next = l.cursors.Encode(after)
				return page, err
			}
		}
		if after = last; after == "" || len(kept) > 0 || round == termRounds {
			page, err := l.show(ctx, kept)
			page.Next = l.cursors.Encode(after)
			return page, err
		}
	}
}
