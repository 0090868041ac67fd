package maintain

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"golang.org/x/sync/errgroup"

	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/staff"
)

// Reindex makes the index, the counts and the totals follow from the people again.
// It scans the whole table once. It may run while others write. If the table is
// right, it writes nothing.
type Reindex struct {
	Store    *Store
	Indexer  staff.Indexer
	Progress func(ReindexReport) // after each page; may be nil
	Page     int32               // items that one call scans; 0 is as many as one answer holds
}

// ReindexReport says what has been done so far.
type ReindexReport struct {
	People    int    // scanned
	Indexed   int    // people brought up to date, those with strays included
	Strays    int    // rows that no entry accounted for
	Failed    int    // people who could not be indexed
	Counts    int    // counts put right
	Totals    int    // totals put right
	InMotion  int    // counts that changed meanwhile and were left alone
	Uncounted bool   // counts were not compared, because only a part was scanned
	From      string // the place at which to go on; "" at the end
}

// Changed reports whether anything was written.
func (r ReindexReport) Changed() bool { return r.Indexed+r.Strays+r.Counts+r.Totals > 0 }

// ErrReindex says that some people could not be indexed.
var ErrReindex = errors.New("some people could not be indexed")

// peopleAtOnce is how many people are indexed side by side.
const peopleAtOnce = 16

// Run is Z1: the whole table, or its rest from the place that an earlier report
// named. If people cannot be indexed, it goes on and returns the first ten of their
// errors, joined to ErrReindex.
func (uc Reindex) Run(ctx context.Context, from string) (ReindexReport, error) {
	report := ReindexReport{From: from, Uncounted: from != ""}
	in := uc.Store.scan()
	start, err := decodePlace(from)
	if err != nil {
		return report, err
	}
	in.ExclusiveStartKey = start
	if uc.Page > 0 {
		in.Limit = &uc.Page
	}
	sums := map[staff.OrgCode]staff.Headcount{}
	var failures []error
	for {
		out, err := uc.Store.table.DB.Scan(ctx, in)
		if err != nil {
			return report, table.Outage(fmt.Errorf("scan: %w", err))
		}
		failed, err := uc.indexPage(ctx, out.Items, sums, &report)
		if err != nil {
			return report, err
		}
		failures = append(failures, failed[:min(len(failed), max(0, 10-len(failures)))]...)
		in.ExclusiveStartKey = out.LastEvaluatedKey
		report.From = encodePlace(out.LastEvaluatedKey)
		if uc.Progress != nil {
			uc.Progress(report)
		}
		if in.ExclusiveStartKey == nil {
			break
		}
	}
	if !report.Uncounted {
		if err := uc.recount(ctx, sums, &report); err != nil {
			return report, err
		}
		if err := uc.retotal(ctx, &report); err != nil {
			return report, err
		}
	}
	if len(failures) > 0 {
		return report, errors.Join(append([]error{ErrReindex}, failures...)...)
	}
	return report, nil
}

// encodePlace returns a key as a text that shows no name and no phone.
func encodePlace(k table.Item) string {
	if k == nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(table.Str(k["pk"]) + "\x00" + table.Str(k["sk"])))
}

func decodePlace(s string) (table.Item, error) {
	if s == "" {
		return nil, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	pk, sk, ok := strings.Cut(string(b), "\x00")
	if err != nil || !ok {
		return nil, fmt.Errorf("%.40q is not a place to go on from", s)
	}
	return table.Key{PK: pk, SK: sk}.AV(), nil
}

// scan returns a scan of the people, their index records, the rows and the counts.
func (s *Store) scan() *dynamodb.ScanInput {
	return &dynamodb.ScanInput{
		TableName: &s.table.Name, ConsistentRead: aws.Bool(true),
		FilterExpression:     aws.String("kind IN (:staff, :index, :row, :count)"),
		ProjectionExpression: aws.String("pk, sk, kind, tally"),
		ExpressionAttributeValues: table.Values{
			":staff": table.StaffKind, ":index": table.IndexKind, ":row": table.RowKind, ":count": table.CountKind,
		}.AV(),
	}
}

// indexPage indexes the people of one page of the scan. It also indexes those who do
// not exist although the page has an index record of them, and those of whom it has
// rows that no entry accounts for. It adds the tallies of the page to sums. It
// returns the errors of people who could not be indexed.
func (uc Reindex) indexPage(ctx context.Context, items []table.Item, sums map[staff.OrgCode]staff.Headcount, report *ReindexReport) ([]error, error) {
	todo := map[staff.EmployeeCode][]staff.Row{} // people, with their strays
	var rows []staff.Row
	var records []staff.EmployeeCode
	for _, item := range items {
		k := table.KeyOf(item)
		_, id, _ := strings.Cut(k.PK, "#")
		switch table.Str(item["kind"]) {
		case table.StaffKind:
			c, err := staff.ParseEmployeeCode(id)
			if err != nil {
				return nil, err
			}
			todo[c] = nil
			report.People++
		case table.IndexKind:
			c, err := staff.ParseEmployeeCode(id)
			if err != nil {
				return nil, err
			}
			records = append(records, c)
			if err := addTally(sums, item); err != nil {
				return nil, err
			}
		case table.RowKind:
			r, err := table.RowFromKey(k)
			if err != nil {
				return nil, err
			}
			rows = append(rows, r)
		case table.CountKind:
			org, err := staff.ParseOrgCode(id)
			if err != nil {
				return nil, err
			}
			if _, ok := sums[org]; !ok {
				sums[org] = staff.Headcount{} // there is a count, perhaps of nobody
			}
		}
	}

	orphaned, err := uc.Store.withoutPerson(ctx, records)
	if err != nil {
		return nil, err
	}
	for _, c := range orphaned {
		if _, ok := todo[c]; !ok {
			todo[c] = nil
		}
	}
	strays, err := uc.Store.unlistedRows(ctx, rows)
	if err != nil {
		return nil, err
	}
	for _, r := range strays {
		todo[r.Staff] = append(todo[r.Staff], r)
	}
	report.Strays += len(strays)
	return uc.index(ctx, todo, report)
}

// index indexes people, some at once.
func (uc Reindex) index(ctx context.Context, todo map[staff.EmployeeCode][]staff.Row, report *ReindexReport) ([]error, error) {
	var mu sync.Mutex
	var failed []error
	var g errgroup.Group
	g.SetLimit(peopleAtOnce)
	for c, strays := range todo {
		g.Go(func() error {
			worked, err := uc.indexOne(ctx, c, strays)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed = append(failed, err)
				report.Failed++
			} else if worked {
				report.Indexed++
			}
			return ctx.Err()
		})
	}
	return failed, g.Wait()
}

// indexOne indexes one person, notes whether they share an ID card, and reports whether
// it wrote anything. The Indexer
// believes the index record. So if it has found nothing to do, indexOne reads the
// rows, too. If they are not right, it indexes the person without believing the
// record.
func (uc Reindex) indexOne(ctx context.Context, c staff.EmployeeCode, strays []staff.Row) (bool, error) {
	noted, err := admin.NoteSharedCard{Store: uc.Store}.Run(ctx, c)
	if err != nil {
		return false, err
	}
	worked, err := uc.Indexer.Run(ctx, c, strays...)
	if worked || err != nil {
		return worked, err
	}
	complete, err := uc.Store.rowsComplete(ctx, c)
	if complete || err != nil {
		return noted, err
	}
	thorough := uc.Indexer
	thorough.Distrust = true
	return thorough.Run(ctx, c)
}

// rowsComplete is Z2: whether all rows of a person are there and have the right
// attributes. It is true of somebody who does not exist.
func (s *Store) rowsComplete(ctx context.Context, c staff.EmployeeCode) (bool, error) {
	p, orgs, _, err := s.ReadIndexRecord(ctx, c)
	if err != nil || p.Code.IsZero() {
		return true, err
	}
	facts := staff.RowAttributesOf(p)
	var keys []table.Key
	want := table.Items{}
	for _, e := range staff.IndexRecordOf(p, orgs).Entries {
		for _, r := range e.Rows(c) {
			keys = append(keys, table.RowKey(r))
			want[table.RowKey(r)] = table.RowToItem(r, e, facts)
		}
	}
	have, err := s.table.GetItems(ctx, keys...)
	return reflect.DeepEqual(have, want), err
}

// withoutPerson returns those of the codes whose person does not exist.
func (s *Store) withoutPerson(ctx context.Context, records []staff.EmployeeCode) ([]staff.EmployeeCode, error) {
	keys := make([]table.Key, len(records))
	for i, c := range records {
		keys[i] = table.StaffKey(c)
	}
	items, err := s.table.GetItems(ctx, keys...)
	if err != nil {
		return nil, err
	}
	var orphaned []staff.EmployeeCode
	for _, c := range records {
		if items[table.StaffKey(c)] == nil {
			orphaned = append(orphaned, c)
		}
	}
	return orphaned, nil
}

// unlistedRows returns the rows that no index record accounts for. The records are
// read after the rows. The indexer lists an entry before it puts the rows, and
// deletes the rows before it takes the entry off. So a row that it is just writing
// is always listed.
func (s *Store) unlistedRows(ctx context.Context, rows []staff.Row) ([]staff.Row, error) {
	by := map[staff.EmployeeCode][]staff.Row{}
	var keys []table.Key
	for _, r := range rows {
		if by[r.Staff] == nil {
			keys = append(keys, table.IndexKey(r.Staff))
		}
		by[r.Staff] = append(by[r.Staff], r)
	}
	items, err := s.table.GetItems(ctx, keys...)
	if err != nil {
		return nil, err
	}
	var strays []staff.Row
	for c, rows := range by {
		x, err := table.IndexFromItem(items[table.IndexKey(c)])
		if err != nil {
			return nil, err
		}
		strays = append(strays, x.Unlisted(c, rows)...)
	}
	return strays, nil
}

// recount puts right the counts that are not what the tallies add up to. The sums
// come from a scan during which people moved, so a count that differs need not be
// wrong. So recount adds up all tallies again, and replaces a count that still
// differs only if its item has not changed since it was read before.
func (uc Reindex) recount(ctx context.Context, sums map[staff.OrgCode]staff.Headcount, report *ReindexReport) error {
	orgs := make([]staff.OrgCode, 0, len(sums))
	for org := range sums {
		orgs = append(orgs, org)
	}
	have, err := uc.Store.storedCounts(ctx, orgs)
	if err != nil {
		return err
	}
	var differing []staff.OrgCode
	for _, org := range orgs {
		if have[org].Headcount() != sums[org] {
			differing = append(differing, org)
		}
	}
	if len(differing) == 0 {
		return nil
	}
	if sums, err = uc.Store.sumTallies(ctx); err != nil {
		return err
	}
	for _, org := range differing {
		if have[org].Headcount() == sums[org] {
			continue
		}
		switch err := uc.Store.replaceCount(ctx, org, have[org], sums[org]); {
		case errors.Is(err, errCountChanged):
			report.InMotion++
		case err != nil:
			return err
		default:
			report.Counts++
		}
	}
	return nil
}

// retotal works out the totals again, from the leaves of the tree to its roots.
func (uc Reindex) retotal(ctx context.Context, report *ReindexReport) error {
	roots, err := uc.Store.Roots(ctx)
	if err != nil {
		return err
	}
	w := totalsWalk{Reindex: uc, slots: make(chan struct{}, peopleAtOnce)}
	for _, root := range roots {
		if err := w.visit(ctx, root.Code); err != nil {
			return err
		}
	}
	report.Totals = int(w.changed.Load())
	return nil
}

// totalsWalk is a walk through the tree, some branches at once.
type totalsWalk struct {
	Reindex
	slots   chan struct{} // one for each branch that may have a goroutine of its own
	changed atomic.Int64  // totals
}

// visit works out the totals below an organisation, then its own.
func (w *totalsWalk) visit(ctx context.Context, org staff.OrgCode) error {
	rows, err := w.Store.table.Query(ctx, table.OrgPK(org), table.ChildPrefix)
	if err != nil {
		return err
	}
	errs := make([]error, len(rows))
	var branches sync.WaitGroup
	for i, row := range rows {
		child, err := staff.ParseOrgCode(table.Str(row["org"]))
		if err != nil {
			return fmt.Errorf("read what is below %s: %w", org, err)
		}
		select {
		case w.slots <- struct{}{}:
			branches.Go(func() {
				defer func() { <-w.slots }()
				errs[i] = w.visit(ctx, child)
			})
		default:
			errs[i] = w.visit(ctx, child)
		}
	}
	branches.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	changed, err := staff.RollUp{Store: w.Store}.Run(ctx, org)
	if changed {
		w.changed.Add(1)
	}
	return err
}

// storedCounts is Z3: the counts of organisations as stored.
func (s *Store) storedCounts(ctx context.Context, orgs []staff.OrgCode) (map[staff.OrgCode]table.CountItem, error) {
	keys := make([]table.Key, len(orgs))
	for i, org := range orgs {
		keys[i] = table.CountKey(org)
	}
	items, err := s.table.GetItems(ctx, keys...)
	if err != nil {
		return nil, err
	}
	have := make(map[staff.OrgCode]table.CountItem, len(orgs))
	for _, org := range orgs {
		var it table.CountItem
		if err := table.Decode(items[table.CountKey(org)], &it); err != nil {
			return nil, err
		}
		have[org] = it
	}
	return have, nil
}

// segments is how many parts of the table sumTallies scans side by side.
const segments = 8

// sumTallies is Z4: the sum of the tallies of all people, by organisation.
func (s *Store) sumTallies(ctx context.Context) (map[staff.OrgCode]staff.Headcount, error) {
	var mu sync.Mutex
	sums := map[staff.OrgCode]staff.Headcount{}
	g, ctx := errgroup.WithContext(ctx)
	for i := range segments {
		in := &dynamodb.ScanInput{
			TableName: &s.table.Name, ConsistentRead: aws.Bool(true), Segment: aws.Int32(int32(i)), TotalSegments: aws.Int32(segments),
			FilterExpression: aws.String("kind = :index"), ProjectionExpression: aws.String("tally"),
			ExpressionAttributeValues: table.Values{":index": table.IndexKind}.AV(),
		}
		g.Go(func() error {
			for {
				out, err := s.table.DB.Scan(ctx, in)
				if err != nil {
					return table.Outage(fmt.Errorf("scan: %w", err))
				}
				mu.Lock()
				for _, item := range out.Items {
					if err := addTally(sums, item); err != nil {
						mu.Unlock()
						return err
					}
				}
				mu.Unlock()
				if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil {
					return nil
				}
			}
		})
	}
	return sums, g.Wait()
}

var errCountChanged = errors.New("the count has changed meanwhile")

// replaceCount is Z5: a count is replaced if it still is was. Otherwise it fails
// with errCountChanged.
func (s *Store) replaceCount(ctx context.Context, org staff.OrgCode, was table.CountItem, now staff.Headcount) error {
	item := table.CountItem{HeadcountItem: table.HeadcountItem(now), Changes: was.Changes + 1}
	condition, v := table.Absent, table.Values(nil)
	if was.Changes > 0 {
		condition, v = "changes = :was", table.Values{":was": was.Changes}
	}
	return s.table.PutItem(ctx, table.NewItem(table.CountKey(org), table.CountKind, item), condition, v, errCountChanged)
}

// addTally adds the tally of an index record to the sum of its organisation.
func addTally(sums map[staff.OrgCode]staff.Headcount, index table.Item) error {
	t, err := table.TallyFromItem(index)
	if err == nil && !t.Org.IsZero() {
		sums[t.Org] = sums[t.Org].Plus(t.Headcount())
	}
	return err
}
