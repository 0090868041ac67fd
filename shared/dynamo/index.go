package dynamo

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"chaoxi/shared/staff"
)

// rowItem is what a row of the index carries beside its key: staff.Facts, for
// filters and for reading ahead.
type rowItem struct {
	Staff      string   `dynamodbav:"staff"`
	NameKey    string   `dynamodbav:"name_key"`
	State      string   `dynamodbav:"account_state"`
	Incomplete bool     `dynamodbav:"incomplete"`
	Units      []string `dynamodbav:"units"`
	Orgs       []string `dynamodbav:"orgs"`
	Divisions  []string `dynamodbav:"divisions"`
	Main       bool     `dynamodbav:"main"` // the main post is in the scope or below it
}

const rowKind = "row"

func rowToItem(r staff.Row, e staff.Entry, f staff.Facts) map[string]types.AttributeValue {
	return itemOf(rowKey(r), rowKind, rowItem{
		Staff: r.Staff.String(), NameKey: f.NameKey, State: string(f.State), Incomplete: f.Incomplete,
		Units: texts(f.Units), Orgs: texts(f.Orgs), Divisions: f.Divisions, Main: e.Main(r.Scope),
	})
}

func texts(codes []staff.OrgCode) []string {
	all := make([]string, len(codes))
	for i, c := range codes {
		all[i] = c.String()
	}
	return all
}

// rowOf is rowKey read backwards. The person's code ends the sort key and has a
// fixed length, so a "#" in a term does no harm.
func rowOf(k key) (staff.Row, error) {
	var bad error
	part := strings.SplitN(k.pk, "#", 4)
	cut := strings.LastIndexByte(k.sk, '#')
	if len(part) < 3 || cut < 0 {
		return staff.Row{}, fmt.Errorf("read a row: not the key of one")
	}
	r := staff.Row{
		List: staff.List(part[0]), Scope: parsed(staff.ParseOrgCode, part[1], &bad), Left: part[2] == "left",
		Term: k.sk[:cut], Staff: parsed(staff.ParseEmployeeCode, k.sk[cut+1:], &bad),
	}
	if bad != nil {
		return staff.Row{}, fmt.Errorf("read a row: %w", bad)
	}
	return r, nil
}

// indexItem is a staff.Indexed as stored. Rows follow from entries, so none is
// listed by itself and the item stays about a kilobyte.
type indexItem struct {
	Staff    string      `dynamodbav:"staff"`
	Stamp    string      `dynamodbav:"stamp"`
	Revision int64       `dynamodbav:"revision"`
	Entries  []entryItem `dynamodbav:"entries"`
	Writers  []runItem   `dynamodbav:"writers,omitempty"`
	Tally    tallyItem   `dynamodbav:"tally"`
}

type entryItem struct {
	Left   bool        `dynamodbav:"left,omitempty"`
	Open   bool        `dynamodbav:"open,omitempty"`
	Terms  []string    `dynamodbav:"terms"`
	Scopes []scopeItem `dynamodbav:"scopes"`
	Digest string      `dynamodbav:"digest"`
}

type scopeItem struct {
	Org  string `dynamodbav:"o"`
	Sort string `dynamodbav:"s"`
	Main bool   `dynamodbav:"m,omitempty"`
}

type runItem struct {
	ID    string `dynamodbav:"id"`
	Since int64  `dynamodbav:"since_ms"`
}

type tallyItem struct {
	Org          string `dynamodbav:"org,omitempty"`
	Incomplete   bool   `dynamodbav:"incomplete,omitempty"`
	BudgetedPost bool   `dynamodbav:"no_budgeted_post,omitempty"`
	JobLevel     bool   `dynamodbav:"no_job_level,omitempty"`
	Role         bool   `dynamodbav:"no_role,omitempty"`
}

const indexKind = "index"

func indexToItem(c staff.EmployeeCode, x staff.Indexed) map[string]types.AttributeValue {
	it := indexItem{
		Staff: c.String(), Stamp: x.Stamp, Revision: x.Revision,
		Tally: tallyItem{x.Tally.Org.String(), x.Tally.Incomplete, x.Tally.BudgetedPost, x.Tally.JobLevel, x.Tally.Role},
	}
	for _, e := range x.Entries {
		entry := entryItem{Left: e.Left, Open: e.Open, Terms: e.Terms, Digest: e.Digest}
		for _, sc := range e.Scopes {
			entry.Scopes = append(entry.Scopes, scopeItem{sc.Org.String(), sc.Sort, sc.Main})
		}
		it.Entries = append(it.Entries, entry)
	}
	for _, w := range x.Writers {
		it.Writers = append(it.Writers, runItem{w.ID, millis(w.Since)})
	}
	return itemOf(indexKey(c), indexKind, it)
}

func indexFromItem(item map[string]types.AttributeValue) (staff.Indexed, error) {
	var it indexItem
	if err := into(item, &it); err != nil {
		return staff.Indexed{}, err
	}
	var bad error
	x := staff.Indexed{Stamp: it.Stamp, Revision: it.Revision}
	x.Tally = staff.Tally{Incomplete: it.Tally.Incomplete, BudgetedPost: it.Tally.BudgetedPost, JobLevel: it.Tally.JobLevel, Role: it.Tally.Role}
	if it.Tally.Org != "" {
		x.Tally.Org = parsed(staff.ParseOrgCode, it.Tally.Org, &bad)
	}
	for _, e := range it.Entries {
		entry := staff.Entry{Left: e.Left, Open: e.Open, Terms: e.Terms, Digest: e.Digest}
		for _, sc := range e.Scopes {
			entry.Scopes = append(entry.Scopes, staff.ScopeEntry{Org: parsed(staff.ParseOrgCode, sc.Org, &bad), Sort: sc.Sort, Main: sc.Main})
		}
		x.Entries = append(x.Entries, entry)
	}
	for _, w := range it.Writers {
		x.Writers = append(x.Writers, staff.Writer{ID: w.ID, Since: instant(w.Since)})
	}
	if bad != nil {
		return staff.Indexed{}, fmt.Errorf("read the index of a person: %w", bad)
	}
	return x, nil
}

// ReadIndexed is X1. The organisations come second, so that they are never older
// than the record that the claim compares with. What is above them stands in that
// record, unless it is new or they have moved.
func (s *Store) ReadIndexed(ctx context.Context, c staff.EmployeeCode) (staff.Staff, staff.Orgs, staff.Indexed, error) {
	items, err := s.getAll(ctx, staffKey(c), indexKey(c))
	if err != nil {
		return staff.Staff{}, nil, staff.Indexed{}, err
	}
	p, err := StaffFromItem(items[staffKey(c)])
	if err != nil {
		return staff.Staff{}, nil, staff.Indexed{}, err
	}
	was, err := indexFromItem(items[indexKey(c)])
	if err != nil {
		return staff.Staff{}, nil, staff.Indexed{}, err
	}
	var above []staff.OrgCode
	for _, post := range p.SeenThrough() {
		above = append(above, post.Org)
	}
	if main, ok := p.MainPost(); ok {
		above = append(above, main.Org)
	}
	for _, e := range was.Entries {
		for _, sc := range e.Scopes {
			above = append(above, sc.Org)
		}
	}
	orgs, err := s.orgsWithAbove(ctx, above)
	return p, orgs, was, err
}

// orgsWithAbove is O1 with what is above the organisations.
func (s *Store) orgsWithAbove(ctx context.Context, codes []staff.OrgCode) (staff.Orgs, error) {
	orgs, err := s.OrgNames(ctx, codes)
	if err != nil {
		return nil, err
	}
	more, err := s.OrgNames(ctx, orgs.Above())
	maps.Copy(orgs, more)
	return orgs, err
}

// Claim is X2: the record alone, or in one transaction with the counts that it
// moves.
func (s *Store) Claim(ctx context.Context, c staff.EmployeeCode, was, now staff.Indexed) error {
	condition, v := "attribute_not_exists(pk)", values(nil)
	if was.Stamp != "" {
		condition, v = "stamp = :was", values{":was": was.Stamp}
	}
	item, moved := indexToItem(c, now), s.move(was.Tally, now.Tally)
	ends := len(now.Entries) == 0 && len(now.Writers) == 0
	if !ends && len(moved) == 0 {
		return s.insert(ctx, item, condition, v, staff.ErrClaimed)
	}
	write := s.put(item, condition, v, means(staff.ErrClaimed))
	if ends {
		write = s.remove(indexKey(c), condition, v, means(staff.ErrClaimed))
	}
	return s.transact(ctx, append([]step{write}, moved...)...)
}

// counts are numbers of people, or how they change.
type counts struct{ People, Incomplete, BudgetedPost, JobLevel, Role int }

func (n *counts) add(t staff.Tally, sign int) {
	n.People += sign
	for _, f := range []struct {
		absent bool
		sum    *int
	}{{t.Incomplete, &n.Incomplete}, {t.BudgetedPost, &n.BudgetedPost}, {t.JobLevel, &n.JobLevel}, {t.Role, &n.Role}} {
		if f.absent {
			*f.sum += sign
		}
	}
}

func (n counts) plus(o counts) counts {
	return counts{n.People + o.People, n.Incomplete + o.Incomplete, n.BudgetedPost + o.BudgetedPost, n.JobLevel + o.JobLevel, n.Role + o.Role}
}

const (
	countKind = "count"
	// addCounts also counts the changes, so that a recount can tell whether
	// anybody came between.
	addCounts = "SET kind = :kind ADD people :people, incomplete :incomplete, no_budgeted_post :bp, no_job_level :jl, no_role :role, changes :one"
)

func (n counts) values() values {
	return values{":kind": countKind, ":people": n.People, ":incomplete": n.Incomplete, ":bp": n.BudgetedPost, ":jl": n.JobLevel, ":role": n.Role, ":one": 1}
}

// move are the changes of the counts of the organisations that own a person.
func (s *Store) move(was, now staff.Tally) []step {
	if was == now {
		return nil
	}
	change := map[staff.OrgCode]*counts{}
	for _, side := range []struct {
		staff.Tally
		sign int
	}{{was, -1}, {now, 1}} {
		if side.Org.IsZero() {
			continue
		}
		if change[side.Org] == nil {
			change[side.Org] = &counts{}
		}
		change[side.Org].add(side.Tally, side.sign)
	}
	var steps []step
	for org, n := range change {
		steps = append(steps, s.update(countKey(org), addCounts, "", n.values(), nil))
	}
	return steps
}

// PutRows is X3.
func (s *Store) PutRows(ctx context.Context, rows []staff.Row, e staff.Entry, f staff.Facts) error {
	puts := make([]map[string]types.AttributeValue, len(rows))
	for i, r := range rows {
		puts[i] = rowToItem(r, e, f)
	}
	return s.write(ctx, fewAtOnce, puts, nil)
}

// DeleteRows is X4.
func (s *Store) DeleteRows(ctx context.Context, rows []staff.Row) error {
	keys := make([]key, len(rows))
	for i, r := range rows {
		keys[i] = rowKey(r)
	}
	return s.write(ctx, fewAtOnce, nil, keys)
}

// Pause waits a while that grows with n and differs from writer to writer.
func (s *Store) Pause(ctx context.Context, n int) error {
	select {
	case <-ctx.Done():
		return outage(ctx.Err())
	case <-time.After(rand.N(min(10*time.Millisecond<<n, time.Second))):
		return nil
	}
}

const (
	batchWrite = 25 // items that one BatchWriteItem takes
	fewAtOnce  = 4  // calls for one person, beside other people's
)

// write puts and deletes items without conditions, some calls at a time.
func (s *Store) write(ctx context.Context, atOnce int, puts []map[string]types.AttributeValue, deletes []key) error {
	requests := make([]types.WriteRequest, 0, len(puts)+len(deletes))
	for _, item := range puts {
		requests = append(requests, types.WriteRequest{PutRequest: &types.PutRequest{Item: item}})
	}
	for _, k := range deletes {
		requests = append(requests, types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: k.av()}})
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for i := 0; i < len(requests); i += batchWrite {
		chunk := requests[i:min(len(requests), i+batchWrite)]
		g.Go(func() error { return s.writeChunk(ctx, chunk) })
	}
	return g.Wait()
}

func (s *Store) writeChunk(ctx context.Context, requests []types.WriteRequest) error {
	for tries := 0; len(requests) > 0; tries++ {
		if tries > 0 {
			if err := wait(ctx, tries); err != nil {
				return err
			}
		}
		out, err := s.db.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{s.table: requests}})
		if err != nil {
			return outage(fmt.Errorf("write a batch of %d: %w", len(requests), err))
		}
		requests = out.UnprocessedItems[s.table]
	}
	return nil
}
