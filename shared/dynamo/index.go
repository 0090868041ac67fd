package dynamo

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

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
	items, err := s.table.getAll(ctx, staffKey(c), indexKey(c))
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
		return s.table.insert(ctx, item, condition, v, staff.ErrClaimed)
	}
	write := s.table.put(item, condition, v, means(staff.ErrClaimed))
	if ends {
		write = s.table.remove(indexKey(c), condition, v, means(staff.ErrClaimed))
	}
	return s.table.transact(ctx, append([]step{write}, moved...)...)
}

// PutRows is X3.
func (s *Store) PutRows(ctx context.Context, rows []staff.Row, e staff.Entry, f staff.Facts) error {
	puts := make([]map[string]types.AttributeValue, len(rows))
	for i, r := range rows {
		puts[i] = rowToItem(r, e, f)
	}
	return s.table.write(ctx, fewAtOnce, puts, nil)
}

// DeleteRows is X4.
func (s *Store) DeleteRows(ctx context.Context, rows []staff.Row) error {
	keys := make([]key, len(rows))
	for i, r := range rows {
		keys[i] = rowKey(r)
	}
	return s.table.write(ctx, fewAtOnce, nil, keys)
}
