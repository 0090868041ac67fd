package dynamo

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

const absent = "attribute_not_exists(pk)"

// errThere: ids are drawn from 2^128, so this is a caller that used one twice.
var errThere = errors.New("an item of this id is there already")

// Register is P5: a new person with both names, what they administer, what the
// organisations of the posts hold, and the audit, in one transaction. It fails
// with AccountTaken, PhoneTaken and OrgClosed.
//
// An account that looks like a phone number would sign in whoever has the
// number, so it is taken unless the number is the person's own.
func (s *Store) Register(ctx context.Context, p account.Person, e admin.AuditEntry) error {
	if phone, ok := p.Staff.Account.AsPhone(); ok && phone != p.Staff.Phone {
		return fault.AccountTaken.Becausef("it is somebody's phone number")
	}
	who := p.Staff.Code
	steps := []step{
		s.put(staffToItem(p.Staff), absent, nil, means(errThere)),
		s.put(accountToItem(who, p.Account), absent, nil, means(errThere)),
		s.put(nameItem(accountNameKey(p.Staff.Account), who), absent, nil, means(fault.AccountTaken)),
	}
	if !p.Staff.Phone.IsZero() {
		steps = append(steps, s.put(nameItem(phoneNameKey(p.Staff.Phone), who), absent, nil, means(fault.PhoneTaken)))
	}
	for _, g := range p.Account.Grants {
		steps = append(steps, s.put(adminToItem(who, g), absent, nil, means(errThere)))
	}
	steps = append(steps, s.holds(staff.Staff{}, p.Staff)...)
	return s.transact(ctx, append(steps, s.audit(auditOfRecord(e, staff.Staff{}, p.Staff))...)...)
}

// Grant is G4: one more grant, on both sides, with the audit, in one transaction.
// It fails with StaffMissing, and with ErrManyGrants at the most that a person
// may hold.
func (s *Store) Grant(ctx context.Context, of staff.EmployeeCode, g account.Grant, e admin.AuditEntry) error {
	steps := []step{
		s.update(accountKey(of), "SET grants = list_append(if_not_exists(grants, :none), :grant)",
			"attribute_exists(pk) AND (attribute_not_exists(grants) OR size(grants) < :most)",
			values{":none": []grantItem{}, ":grant": grantItems([]account.Grant{g}), ":most": admin.MaxGrants},
			func(item map[string]types.AttributeValue) error {
				if item == nil {
					return fault.StaffMissing
				}
				return ErrManyGrants
			}),
		s.put(adminToItem(of, g), absent, nil, means(errThere)),
	}
	return s.transact(ctx, append(steps, s.audit(auditOf(e))...)...)
}

// ErrManyGrants says that a person holds as many grants as anybody may.
var ErrManyGrants = errors.New("the person holds as many grants as anybody may")

func auditOf(e admin.AuditEntry) auditEntry {
	var changes []auditChange // none is left out, in every copy
	for _, c := range e.Changes {
		changes = append(changes, auditChange(c))
	}
	return auditEntry{ID: e.ID, At: e.At, Actor: e.Actor, Subject: e.Subject, Action: e.Action, Changes: changes, Reason: e.Reason, Call: e.Call, Version: e.Version}
}

// auditOfRecord is the entry about a change of a person's record: it names the
// version that the change gives it, so that each version has its entry and a
// lost one is missed.
func auditOfRecord(e admin.AuditEntry, was, now staff.Staff) auditEntry {
	entry := auditOf(e)
	entry.Version = 0
	if now.Version != was.Version {
		entry.Version = now.Version
	}
	return entry
}

// orgItems are an organisation and all that leads to it.
func orgItems(o staff.Org, parentDivision string) []map[string]types.AttributeValue {
	items := []map[string]types.AttributeValue{orgToItem(o)}
	for k, kind := range orgLeads(o, parentDivision) {
		items = append(items, leadItem(k, kind, o.Code))
	}
	return items
}

// PutOrg adds an organisation that is new, for the operator's tools. Its Path is
// the caller's (staff.Org.Under).
func (s *Store) PutOrg(ctx context.Context, o staff.Org, parentDivision string, e admin.AuditEntry) error {
	at := staff.Moves{Seq: o.Placed}
	return s.WriteOrg(ctx, admin.OrgChange{Now: o, Above: parentDivision, Moves: at, NowMoves: at, Audit: e})
}

// Roots is O5: the organisations that have none above them.
func (s *Store) Roots(ctx context.Context) ([]staff.Org, error) {
	items, err := s.query(ctx, orgPK(staff.OrgCode{}), childPrefix)
	if err != nil {
		return nil, err
	}
	var bad error
	codes := make([]staff.OrgCode, len(items))
	for i, item := range items {
		codes[i] = parsed(staff.ParseOrgCode, text(item["org"]), &bad)
	}
	if bad != nil {
		return nil, fmt.Errorf("read the roots: %w", bad)
	}
	orgs, err := s.OrgNames(ctx, codes)
	if err != nil {
		return nil, err
	}
	var roots []staff.Org
	for _, c := range codes {
		if o, ok := orgs[c]; ok {
			roots = append(roots, o)
		}
	}
	return roots, nil
}

// AddDictionaryEntry is D2: an entry, unless there is one of its code, and
// whether there was none. What somebody has changed since stays.
func (s *Store) AddDictionaryEntry(ctx context.Context, e staff.DictionaryEntry) (bool, error) {
	err := s.insert(ctx, dictionaryToItem(e), absent, nil, errThere)
	if errors.Is(err, errThere) {
		return false, nil
	}
	return err == nil, err
}

// The bulk forms below fill an empty table: many items a call, without
// conditions, so that whatever is there under the same keys is lost.

// loadsAtOnce are the calls of a bulk form.
const loadsAtOnce = 8

// LoadOrgs is B1: organisations, each after its parent or with it.
func (s *Store) LoadOrgs(ctx context.Context, orgs []staff.Org, known staff.Orgs) error {
	var items []map[string]types.AttributeValue
	children := map[staff.OrgCode]int{}
	for _, o := range orgs {
		items = append(items, orgItems(o, known[o.Parent()].Division)...)
		if parent := o.Parent(); !parent.IsZero() && !o.Closed {
			children[parent]++
		}
	}
	for _, o := range orgs {
		items = append(items, itemOf(holdsKey(o.Code), holdsKind, holdsItem{Children: children[o.Code], Closed: o.Closed}))
		delete(children, o.Code)
	}
	if err := s.write(ctx, loadsAtOnce, items, nil); err != nil {
		return err
	}
	if err := s.loadHolds(ctx, "children", children); err != nil {
		return err
	}
	return s.loadHeights(ctx, orgs)
}

// LoadDictionaries is B2.
func (s *Store) LoadDictionaries(ctx context.Context, all staff.Dictionaries) error {
	items := make([]map[string]types.AttributeValue, len(all))
	for i, e := range all {
		items[i] = dictionaryToItem(e)
	}
	return s.write(ctx, loadsAtOnce, items, nil)
}

// LoadUnindexed is B4: people with their names and grants alone, for who reads
// them by name or code only.
func (s *Store) LoadUnindexed(ctx context.Context, people []account.Person) error {
	var items []map[string]types.AttributeValue
	held := map[staff.OrgCode]int{}
	for _, p := range people {
		items = append(items, personItems(p)...)
		addTo(held, posts(p.Staff))
	}
	if err := s.write(ctx, loadsAtOnce, items, nil); err != nil {
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
func (s *Store) LoadPeople(ctx context.Context, people []account.Person, orgs staff.Orgs) error {
	var items []map[string]types.AttributeValue
	sums, held := map[staff.OrgCode]counts{}, map[staff.OrgCode]int{}
	for _, p := range people {
		items = append(append(items, personItems(p)...), indexItems(p.Staff, orgs)...)
		addTo(held, posts(p.Staff))
		if t := staff.TallyOf(p.Staff); !t.Org.IsZero() {
			n := sums[t.Org]
			n.add(t, 1)
			sums[t.Org] = n
		}
	}
	if err := s.write(ctx, loadsAtOnce, items, nil); err != nil {
		return err
	}
	if err := s.loadHolds(ctx, "posts", held); err != nil {
		return err
	}
	err := each(ctx, sums, func(ctx context.Context, org staff.OrgCode, n counts) error {
		_, err := s.do(ctx, change{key: countKey(org), expression: addCounts, values: n.values()})
		return err
	})
	if err != nil {
		return err
	}
	return s.addTotals(ctx, sums, orgs)
}

// each does something for each of some organisations, a few at once.
func each[N any](ctx context.Context, numbers map[staff.OrgCode]N, do func(context.Context, staff.OrgCode, N) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(loadsAtOnce)
	for org, n := range numbers {
		g.Go(func() error { return do(ctx, org, n) })
	}
	return g.Wait()
}

func personItems(p account.Person) []map[string]types.AttributeValue {
	who := p.Staff.Code
	p.Staff.Loaded = p.Staff.Version
	items := []map[string]types.AttributeValue{
		staffToItem(p.Staff), accountToItem(who, p.Account), nameItem(accountNameKey(p.Staff.Account), who),
	}
	if !p.Staff.Phone.IsZero() {
		items = append(items, nameItem(phoneNameKey(p.Staff.Phone), who))
	}
	for _, g := range p.Account.Grants {
		items = append(items, adminToItem(who, g))
	}
	return items
}

// indexItems are the record and the rows of a person whose index is as it should be.
func indexItems(p staff.Staff, orgs staff.Orgs) []map[string]types.AttributeValue {
	x, facts := staff.IndexedAs(p, orgs), staff.FactsOf(p, orgs)
	items := []map[string]types.AttributeValue{indexToItem(p.Code, x)}
	for _, e := range x.Entries {
		for _, r := range e.Rows(p.Code) {
			items = append(items, rowToItem(r, e, facts))
		}
	}
	return items
}

// Over returns a Store that works through db's own settings, but with the
// patience of New: for tools and tests that have a client already. Options come last.
func Over(db *dynamodb.Client, table string, options ...func(*dynamodb.Options)) *Store {
	return &Store{db: dynamodb.New(db.Options(), append([]func(*dynamodb.Options){patience}, options...)...), table: table}
}
