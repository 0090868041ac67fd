package dynamo

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// Operator is a Store with the operator's work: it fills, weighs, checks and
// indexes a whole table.
type Operator struct {
	*Store
	table *table.Client
}

// NewOperator returns one on the table of that name. It opens nothing and cannot
// fail. Options come last, for tests that count or break calls.
func NewOperator(cfg aws.Config, name string, options ...func(*dynamodb.Options)) *Operator {
	return operatorOn(table.New(cfg, name, options...))
}

// OverOperator returns one that works through db's own settings, but with the
// patience of NewOperator: for tools and tests that have a client already.
func OverOperator(db *dynamodb.Client, name string, options ...func(*dynamodb.Options)) *Operator {
	return operatorOn(table.Over(db, name, options...))
}

func operatorOn(t *table.Client) *Operator { return &Operator{On(t), t} }

// Register is P5: a new person with both names, what they administer, what the
// organisations of the posts hold, and the audit, in one transaction. It fails
// with AccountTaken, PhoneTaken and OrgClosed.
//
// An account that looks like a phone number would sign in whoever has the
// number, so it is taken unless the number is the person's own.
func (s *Operator) Register(ctx context.Context, p account.Person, e admin.AuditEntry) error {
	if phone, ok := p.Staff.Account.AsPhone(); ok && phone != p.Staff.Phone {
		return fault.AccountTaken.Becausef("it is somebody's phone number")
	}
	who := p.Staff.Code
	steps := []table.TxWrite{
		s.table.TxPut(table.StaffToItem(p.Staff), table.Absent, nil, table.RefuseWith(table.ErrExists)),
		s.table.TxPut(table.AccountToItem(who, p.Account), table.Absent, nil, table.RefuseWith(table.ErrExists)),
		s.table.TxPut(table.NameItem(table.AccountNameKey(p.Staff.Account), who), table.Absent, nil, table.RefuseWith(fault.AccountTaken)),
	}
	if !p.Staff.Phone.IsZero() {
		steps = append(steps, s.table.TxPut(table.NameItem(table.PhoneNameKey(p.Staff.Phone), who), table.Absent, nil, table.RefuseWith(fault.PhoneTaken)))
	}
	for _, g := range p.Account.Grants {
		steps = append(steps, s.table.TxPut(table.AdminToItem(who, g), table.Absent, nil, table.RefuseWith(table.ErrExists)))
	}
	steps = append(steps, s.table.TxPostCounts(staff.Staff{}, p.Staff)...)
	return s.table.Transact(ctx, append(steps, s.table.TxAudit(table.AuditOfRecord(e, staff.Staff{}, p.Staff))...)...)
}

// The bulk forms below fill an empty table: many items a call, without
// conditions, so that whatever is there under the same keys is lost.

// LoadOrgs is B1: organisations, each after its parent or with it.
func (s *Operator) LoadOrgs(ctx context.Context, orgs []staff.Org, known staff.Orgs) error {
	var items []table.Item
	children := map[staff.OrgCode]int{}
	for _, o := range orgs {
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

// LoadDictionaries is B2.
func (s *Operator) LoadDictionaries(ctx context.Context, all staff.Dictionaries) error {
	items := make([]table.Item, len(all))
	for i, e := range all {
		items[i] = table.DictionaryToItem(e)
	}
	return s.table.WriteBatch(ctx, loadsAtOnce, items, nil)
}

// LoadUnindexed is B4: people with their names and grants alone, for who reads
// them by name or code only.
func (s *Operator) LoadUnindexed(ctx context.Context, people []account.Person) error {
	var items []table.Item
	held := map[staff.OrgCode]int{}
	for _, p := range people {
		items = append(items, personItems(p)...)
		addTo(held, table.PostsByOrg(p.Staff))
	}
	if err := s.table.WriteBatch(ctx, loadsAtOnce, items, nil); err != nil {
		return err
	}
	return s.loadHolds(ctx, "posts", held)
}

func addTo(sum, more map[staff.OrgCode]int) {
	for org, n := range more {
		sum[org] += n
	}
}

// LoadPeople is B3: people with their names and grants, and the index, the counts
// and the totals as the Indexer would leave them. Orgs has every org of their
// posts, and all above them.
func (s *Operator) LoadPeople(ctx context.Context, people []account.Person, orgs staff.Orgs) error {
	var items []table.Item
	sums, held := map[staff.OrgCode]table.Counts{}, map[staff.OrgCode]int{}
	for _, p := range people {
		items = append(append(items, personItems(p)...), indexItems(p.Staff, orgs)...)
		addTo(held, table.PostsByOrg(p.Staff))
		if t := staff.TallyOf(p.Staff); !t.Org.IsZero() {
			n := sums[t.Org]
			n.Add(t, 1)
			sums[t.Org] = n
		}
	}
	if err := s.table.WriteBatch(ctx, loadsAtOnce, items, nil); err != nil {
		return err
	}
	if err := s.loadHolds(ctx, "posts", held); err != nil {
		return err
	}
	err := each(ctx, sums, func(ctx context.Context, org staff.OrgCode, n table.Counts) error {
		_, err := s.table.UpdateItem(ctx, table.Update{Key: table.CountKey(org), Expression: table.AddCounts, Values: n.Values()})
		return err
	})
	if err != nil {
		return err
	}
	return s.addTotals(ctx, sums, orgs)
}

func personItems(p account.Person) []table.Item {
	who := p.Staff.Code
	p.Staff.Loaded = p.Staff.Version
	items := []table.Item{
		table.StaffToItem(p.Staff), table.AccountToItem(who, p.Account), table.NameItem(table.AccountNameKey(p.Staff.Account), who),
	}
	if !p.Staff.Phone.IsZero() {
		items = append(items, table.NameItem(table.PhoneNameKey(p.Staff.Phone), who))
	}
	for _, g := range p.Account.Grants {
		items = append(items, table.AdminToItem(who, g))
	}
	return items
}

// indexItems are the record and the rows of a person whose index is as it should be.
func indexItems(p staff.Staff, orgs staff.Orgs) []table.Item {
	x, facts := staff.IndexedAs(p, orgs), staff.FactsOf(p, orgs)
	items := []table.Item{table.IndexToItem(p.Code, x)}
	for _, e := range x.Entries {
		for _, r := range e.Rows(p.Code) {
			items = append(items, table.RowToItem(r, e, facts))
		}
	}
	return items
}
