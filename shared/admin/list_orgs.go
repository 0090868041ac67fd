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
	"chaoxi/shared/staff"
)

// ListOrgs shows the tree one level at a time, and finds organisations by name,
// in the caller's scope of StaffRead. Closed ones are not shown.
//
// Two trips for a level: parent and places beside each other, the organisations;
// one for the top, two for several. By name, two for each couple of hundred names
// looked at.
type ListOrgs struct {
	Store ListOrgsStore
	Keys  account.Keys
}

// ListOrgsStore is what ListOrgs asks of storage.
type ListOrgsStore interface {
	account.OrgReader
	OrgRecordReader
	// OrgChildren reads at most limit open organisations directly below one, in
	// their order, from after a place on, "" for the first ones. Last is the place
	// to go on from, "" at the end.
	OrgChildren(ctx context.Context, parent staff.OrgCode, after string, limit int) (page []OrgRow, last string, err error)
	// OrgsByTerm reads at most limit organisations one of whose terms begins with
	// text, likewise.
	OrgsByTerm(ctx context.Context, text, after string, limit int) (page []OrgRow, last string, err error)
}

// OrgRow is an organisation in a list, with its place there. Term is the text
// it stands under, if that is what the list is by.
type OrgRow struct {
	Org       staff.OrgCode
	Key, Term string
}

// OrgFilter says which organisations: those below a parent, or by name; with
// neither, the tops of the caller's scope.
type OrgFilter struct{ Parent, Q string }

// OrgPage is a part of a list. Next is the cursor of the next one.
type OrgPage struct {
	Orgs []OrgRecord
	Next string
}

const (
	termsLooked = 200 // by one round of a search by name
	termRounds  = 4   // of a search that finds nothing
)

// Run returns the page after cursor, "" for the first one. A parent outside the
// scope has nothing below it.
func (uc ListOrgs) Run(ctx context.Context, by account.Permitted, f OrgFilter, limit int, cursor string) (OrgPage, error) {
	c := by.Caller()
	text := staff.NameKey(f.Q)
	var bad fault.Fields
	if f.Q != "" && f.Parent != "" {
		bad.Add("q", fault.Disagrees)
	} else if f.Q != "" && text == "" {
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
	switch {
	case text != "":
		return l.named(ctx, text, after)
	case f.Parent != "":
		parent, err := staff.ParseOrgCode(f.Parent)
		if err != nil {
			return OrgPage{}, nil // a code that is no organisation's
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
	if len(orgs) > 1 { // their order is that of what is above them
		above, err := l.Store.Orgs(ctx, orgs.Above())
		if err != nil {
			return OrgPage{}, fmt.Errorf("read what is above the tops of a scope: %w", err)
		}
		maps.Copy(orgs, above)
	}
	place := func(r OrgRecord) string { return orgs.OrderPath(r.Org.Code) + "#" + r.Org.Code.String() }
	var all []OrgRecord
	for _, r := range records {
		within := slices.ContainsFunc(r.Org.Path[:max(0, len(r.Org.Path)-1)], func(above staff.OrgCode) bool { return slices.Contains(l.scope.Tops(), above) })
		if !r.Org.Closed && !within && place(r) > after {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b OrgRecord) int { return cmp.Compare(place(a), place(b)) })
	page := OrgPage{Orgs: all}
	if len(all) > l.limit {
		page.Orgs = all[:l.limit]
		page.Next = l.cursors.Encode(place(page.Orgs[l.limit-1]))
	}
	return page, nil
}

// below is one level.
func (l orgList) below(ctx context.Context, parent staff.OrgCode, after string) (OrgPage, error) {
	var above staff.Orgs
	var places []OrgRow
	var last string
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) { above, err = l.Store.Orgs(gctx, []staff.OrgCode{parent}); return err })
	g.Go(func() (err error) { places, last, err = l.Store.OrgChildren(gctx, parent, after, l.limit); return err })
	if err := g.Wait(); err != nil {
		return OrgPage{}, fmt.Errorf("list what is below %s: %w", parent, err)
	}
	if !l.scope.Covers(above[parent]) {
		return OrgPage{}, nil
	}
	page, err := l.show(ctx, places)
	page.Next = l.cursors.Encode(last)
	return page, err
}

// show reads the organisations of a list, in its order.
func (l orgList) show(ctx context.Context, places []OrgRow) (OrgPage, error) {
	codes := make([]staff.OrgCode, len(places))
	for i, p := range places {
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

// named walks the names that begin with text and keeps those in scope, each at
// the first of its terms.
func (l orgList) named(ctx context.Context, text, after string) (OrgPage, error) {
	var kept []OrgRow
	for round := 1; ; round++ {
		places, last, err := l.Store.OrgsByTerm(ctx, text, after, termsLooked)
		if err != nil {
			return OrgPage{}, fmt.Errorf("find organisations by name: %w", err)
		}
		codes := make([]staff.OrgCode, len(places))
		for i, p := range places {
			codes[i] = p.Org
		}
		orgs, err := l.Store.Orgs(ctx, codes)
		if err != nil {
			return OrgPage{}, fmt.Errorf("read %d organisations: %w", len(codes), err)
		}
		for i, p := range places {
			o := orgs[p.Org]
			first := slices.IndexFunc(o.Terms(), func(t string) bool { return strings.HasPrefix(t, text) })
			if !o.Closed && l.scope.Covers(o) && first >= 0 && o.Terms()[first] == p.Term {
				kept = append(kept, p)
			}
			if after = p.Key; len(kept) == l.limit && (i < len(places)-1 || last != "") {
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
