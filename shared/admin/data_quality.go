package admin

import (
	"context"
	"fmt"
	"math"

	"golang.org/x/sync/errgroup"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// DataQuality says how many people of an organisation are incomplete, and what they
// lack, with the same of each organisation directly below: open ones in the caller's
// scope of StaffRead. The numbers are the stored totals (docs/totals.md), which count a
// person once, where the main post is. A search with mainOrg and incomplete lists the
// same people.
//
// It takes three trips: the organisation beside the list of the level; the numbers of
// the level; who has its names.
type DataQuality struct {
	Store DataQualityStore
	Keys  account.Keys
}

// DataQualityStore is what DataQuality asks of storage.
type DataQualityStore interface {
	ListOrgsStore
	// NameHolders returns for each organisation which one has its name among the open
	// ones below its parent. That is another one for a twin from older data.
	NameHolders(context.Context, []staff.Org) (map[staff.OrgCode]staff.OrgCode, error)
}

// Quality is the answer. Of the caller's tops together Org is zero, and all of them are
// the children.
type Quality struct {
	Org      OrgRecord
	Total    staff.Headcount
	Children []OrgQuality
	Next     string // the cursor of the next page of children
}

// OrgQuality is a child. Twin is an organisation beside it with the same name; zero
// for almost all.
type OrgQuality struct {
	OrgRecord
	Twin staff.OrgCode
}

// Run answers about the organisation with a code or, for "", about the tops of the
// caller's scope. It is OrgMissing if the organisation is closed or out of scope.
func (uc DataQuality) Run(ctx context.Context, by account.Permitted, org string, limit int, cursor string) (Quality, error) {
	c := by.Caller()
	cursors := account.CursorCodec{Keys: uc.Keys, Bound: bind("data-quality", c, org)}
	after, err := cursors.Decode(cursor)
	if err != nil {
		return Quality{}, err
	}
	list := orgList{ListOrgs{Store: uc.Store, Keys: uc.Keys}, ScopeOf(c, account.StaffRead), math.MaxInt, cursors}
	if org == "" {
		return uc.tops(ctx, list)
	}
	code, err := staff.ParseOrgCode(org)
	if err != nil {
		return Quality{}, fault.OrgMissing
	}
	var records map[staff.OrgCode]OrgRecord
	var rows []OrgRow
	var last string
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) { records, err = uc.Store.OrgRecords(gctx, []staff.OrgCode{code}); return err })
	g.Go(func() (err error) { rows, last, err = uc.Store.OrgChildren(gctx, code, after, limit); return err })
	if err := g.Wait(); err != nil {
		return Quality{}, fmt.Errorf("read %s and what is below it: %w", code, err)
	}
	r, ok := records[code]
	if !ok || r.Org.Closed || !list.scope.Covers(r.Org) {
		return Quality{}, fault.OrgMissing
	}
	page, err := list.show(ctx, rows)
	if err != nil {
		return Quality{}, err
	}
	q := Quality{Org: r, Total: r.All.Headcount, Next: cursors.Encode(last)}
	q.Children, err = uc.withTwins(ctx, page.Orgs)
	return q, err
}

// tops are all organisations that the caller's tree begins with. They are as many as
// the caller has grants, so they need no pages.
func (uc DataQuality) tops(ctx context.Context, list orgList) (Quality, error) {
	page, err := list.tops(ctx, "")
	if err != nil {
		return Quality{}, err
	}
	var q Quality
	for _, r := range page.Orgs {
		q.Total = q.Total.Plus(r.All.Headcount)
	}
	q.Children, err = uc.withTwins(ctx, page.Orgs)
	return q, err
}

// withTwins adds to organisations which other one has their name.
func (uc DataQuality) withTwins(ctx context.Context, records []OrgRecord) ([]OrgQuality, error) {
	orgs, all := make([]staff.Org, len(records)), make([]OrgQuality, len(records))
	for i, r := range records {
		orgs[i], all[i].OrgRecord = r.Org, r
	}
	holders, err := uc.Store.NameHolders(ctx, orgs)
	if err != nil {
		return nil, fmt.Errorf("read who has the names of %d organisations: %w", len(orgs), err)
	}
	for i, o := range orgs {
		if holder := holders[o.Code]; holder != o.Code {
			all[i].Twin = holder
		}
	}
	return all, nil
}
