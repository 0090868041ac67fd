package maintain

import (
	"context"

	"golang.org/x/sync/errgroup"

	"chaoxi/shared/account"
	"chaoxi/shared/dynamo"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// The methods of this file fill an empty table. They write many items with one call
// and without conditions. So an item that has the same key already is lost.

// LoadOrgs is B1: organisations. A parent is loaded before its children or together
// with them. known has the parents; only their divisions are read. It fails with
// OrgNameTaken if two open ones below one parent have one name.
func (s *Store) LoadOrgs(ctx context.Context, orgs []staff.Org, known staff.Orgs) error {
	var items []table.Item
	children := map[staff.OrgCode]int{}
	type name struct {
		parent staff.OrgCode
		key    string
	}
	named := map[name]staff.OrgCode{}
	for _, o := range orgs {
		if n := (name{o.Parent(), staff.NameKey(o.Name)}); !o.Closed {
			if other, taken := named[n]; taken {
				return fault.OrgNameTaken.Becausef("%s and %s are both %q below %s", other, o.Code, o.Name, n.parent)
			}
			named[n] = o.Code
		}
		items = append(items, orgItems(o, known[o.Parent()].Division)...)
		if parent := o.Parent(); !parent.IsZero() && !o.Closed {
			children[parent]++
		}
	}
	for _, o := range orgs {
		items = append(items, table.NewItem(table.HoldsKey(o.Code), table.HoldsKind, table.HoldsItem{Children: children[o.Code], Closed: o.Closed}))
		delete(children, o.Code)
	}
	if err := s.table.WriteBatch(ctx, loadsAtOnce, items, nil); err != nil {
		return err
	}
	if err := s.loadHolds(ctx, "children", children); err != nil {
		return err
	}
	return s.loadHeights(ctx, orgs)
}

// LoadDictionaries is B2: dictionary entries.
func (s *Store) LoadDictionaries(ctx context.Context, all staff.Dictionaries) error {
	var items []table.Item
	for _, e := range all {
		items = append(items, table.DictionaryToItems(e)...)
	}
	return s.table.WriteBatch(ctx, loadsAtOnce, items, nil)
}

// LoadPeople is B3: people with their unique names and grants, and with the index,
// the counts and the totals that the indexer and the roll-up would make of them.
// orgs has the organisations of their posts and all above them.
func (s *Store) LoadPeople(ctx context.Context, people []account.Person, orgs staff.Orgs) error {
	var items []table.Item
	sums, posts := map[staff.OrgCode]staff.Headcount{}, map[staff.OrgCode]int{}
	for _, p := range people {
		items = append(append(items, personItems(p)...), indexItems(p.Staff, orgs)...)
		addCounts(posts, table.PostsByOrg(p.Staff))
		if t := staff.TallyOf(p.Staff); !t.Org.IsZero() {
			sums[t.Org] = sums[t.Org].Plus(t.Headcount())
		}
	}
	if err := s.table.WriteBatch(ctx, loadsAtOnce, items, nil); err != nil {
		return err
	}
	if err := s.loadHolds(ctx, "posts", posts); err != nil {
		return err
	}
	err := forEachOrg(ctx, sums, func(ctx context.Context, org staff.OrgCode, n staff.Headcount) error {
		_, err := s.table.UpdateItem(ctx, table.Update{Key: table.CountKey(org), Expression: table.AddToCount, Values: table.HeadcountValues(table.CountKind, n)})
		return err
	})
	if err != nil {
		return err
	}
	return s.addTotals(ctx, sums, orgs)
}

// LoadUnindexed is B4: people with their unique names and grants, but without index
// and counts. It is for callers that find people by name or code only.
func (s *Store) LoadUnindexed(ctx context.Context, people []account.Person) error {
	var items []table.Item
	posts := map[staff.OrgCode]int{}
	for _, p := range people {
		items = append(items, personItems(p)...)
		addCounts(posts, table.PostsByOrg(p.Staff))
	}
	if err := s.table.WriteBatch(ctx, loadsAtOnce, items, nil); err != nil {
		return err
	}
	return s.loadHolds(ctx, "posts", posts)
}

// loadsAtOnce is how many calls of a load are made side by side.
const loadsAtOnce = 8

// forEachOrg calls do for each organisation with its number, some at once.
func forEachOrg[N any](ctx context.Context, numbers map[staff.OrgCode]N, do func(context.Context, staff.OrgCode, N) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(loadsAtOnce)
	for org, n := range numbers {
		g.Go(func() error { return do(ctx, org, n) })
	}
	return g.Wait()
}

// loadHolds adds to what organisations hold: attribute is posts or children.
func (s *Store) loadHolds(ctx context.Context, attribute string, more map[staff.OrgCode]int) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(loadsAtOnce)
	for org, n := range more {
		g.Go(func() error {
			_, err := s.table.UpdateItem(ctx, table.Update{Key: table.HoldsKey(org), Expression: "SET kind = :kind ADD " + attribute + " :n", Values: table.Values{":kind": table.HoldsKind, ":n": n}})
			return err
		})
	}
	return g.Wait()
}

// loadHeights raises the heights of everything above some organisations: an
// organisation is at least as high as one of them lies levels below it.
func (s *Store) loadHeights(ctx context.Context, orgs []staff.Org) error {
	heights := map[staff.OrgCode]int{}
	for _, o := range orgs {
		if o.Closed {
			continue
		}
		for i, above := range o.Path[:max(0, len(o.Path)-1)] {
			heights[above] = max(heights[above], len(o.Path)-1-i)
		}
	}
	return forEachOrg(ctx, heights, func(ctx context.Context, org staff.OrgCode, height int) error {
		_, err := s.table.UpdateItem(ctx, table.Update{
			Key: table.TotalKey(org), Expression: "SET kind = :kind, height = :height ADD version :one", Condition: "attribute_not_exists(height) OR height < :height",
			Values:            table.Values{":kind": table.TotalKind, ":height": height, ":one": 1},
			OnConditionFailed: func(table.Item) error { return nil }, // it is as high already
		})
		return err
	})
}

// addTotals adds the numbers of organisations to their totals, and to the totals of
// all above.
func (s *Store) addTotals(ctx context.Context, sums map[staff.OrgCode]staff.Headcount, orgs staff.Orgs) error {
	all := map[staff.OrgCode]staff.Headcount{}
	for org, n := range sums {
		for _, above := range orgs[org].Path {
			all[above] = all[above].Plus(n)
		}
	}
	return forEachOrg(ctx, all, func(ctx context.Context, org staff.OrgCode, n staff.Headcount) error {
		_, err := s.table.UpdateItem(ctx, table.Update{
			Key: table.TotalKey(org), Expression: table.AddToTotal, Values: table.HeadcountValues(table.TotalKind, n),
		})
		return err
	})
}

func addCounts(sum, more map[staff.OrgCode]int) {
	for org, n := range more {
		sum[org] += n
	}
}

// orgItems returns an organisation and the items by which it is found.
func orgItems(o staff.Org, parentDivision string) []table.Item {
	items := []table.Item{table.OrgToItem(o)}
	for k, kind := range table.OrgLookups(o, parentDivision) {
		items = append(items, table.LookupItem(k, kind, o.Code))
	}
	return items
}

// personItems returns both sides of a person, the unique names, and the grants under
// their organisations. The audit of the person begins after the version that is
// loaded.
func personItems(p account.Person) []table.Item {
	who := p.Staff.Code
	p.Staff.Loaded = p.Staff.Version
	items := []table.Item{
		table.StaffToItem(p.Staff), table.AccountToItem(who, p.Account),
	}
	for _, n := range dynamo.UniqueNames(p.Staff) {
		items = append(items, table.NameItem(n.Key, who))
	}
	for _, g := range p.Account.Grants {
		items = append(items, table.AdminToItem(who, g))
	}
	return items
}

// indexItems returns the index record of a person and the rows, as they should be.
func indexItems(p staff.Staff, orgs staff.Orgs) []table.Item {
	x, facts := staff.IndexRecordOf(p, orgs), staff.RowAttributesOf(p)
	items := []table.Item{table.IndexToItem(p.Code, x)}
	for _, e := range x.Entries {
		for _, r := range e.Rows(p.Code) {
			items = append(items, table.RowToItem(r, e, facts))
		}
	}
	return items
}
