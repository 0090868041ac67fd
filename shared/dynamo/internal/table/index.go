package table

import (
	"fmt"
	"strings"

	"chaoxi/shared/staff"
)

// rowItem has the attributes of a row of the search index: staff.RowAttributes and
// Main. Searches filter by them, and read the organisations in Orgs together with
// the people of a page.
type rowItem struct {
	Staff      string   `dynamodbav:"staff"`
	NameKey    string   `dynamodbav:"name_key"`
	State      string   `dynamodbav:"account_state"`
	Incomplete bool     `dynamodbav:"incomplete"`
	Budgeted   string   `dynamodbav:"budgeted_post"`
	JobLevel   string   `dynamodbav:"job_level"`
	Units      []string `dynamodbav:"units"`
	Orgs       []string `dynamodbav:"orgs"`
	Divisions  []string `dynamodbav:"divisions"`
	Main       bool     `dynamodbav:"main"` // the main post is in the scope or below it
}

// RowKind is the kind of all rows of the search index: FIND#, LIST# and TODO#.
const RowKind = "row"

// RowToItem returns the item of a row of the entry e.
func RowToItem(r staff.Row, e staff.IndexEntry, f staff.RowAttributes) Item {
	return NewItem(RowKey(r), RowKind, rowItem{
		Staff: r.Staff.String(), NameKey: f.NameKey, State: string(f.State), Incomplete: f.Incomplete, Budgeted: f.Budgeted, JobLevel: f.JobLevel,
		Units: CodeStrings(f.Units), Orgs: CodeStrings(f.Orgs), Divisions: f.Divisions, Main: e.Main(r.Scope),
	})
}

// RowFromKey is RowKey read backwards. The sort key ends with "#" and the person's
// code, which has no "#" itself. So a "#" in the term does no harm.
func RowFromKey(k Key) (staff.Row, error) {
	var bad error
	part := strings.SplitN(k.PK, "#", 4)
	cut := strings.LastIndexByte(k.SK, '#')
	if len(part) < 3 || cut < 0 {
		return staff.Row{}, fmt.Errorf("read a row: not the key of one")
	}
	r := staff.Row{
		Kind: staff.IndexKind(part[0]), Scope: Parsed(staff.ParseOrgCode, part[1], &bad), Left: part[2] == "left",
		Term: k.SK[:cut], Staff: Parsed(staff.ParseEmployeeCode, k.SK[cut+1:], &bad),
	}
	if bad != nil {
		return staff.Row{}, fmt.Errorf("read a row: %w", bad)
	}
	return r, nil
}

// indexItem is a staff.IndexRecord as stored. The rows follow from the entries, so
// no row is listed by itself, and the item has about a kilobyte.
type indexItem struct {
	Staff    string           `dynamodbav:"staff"`
	Stamp    string           `dynamodbav:"stamp"`
	Revision int64            `dynamodbav:"revision"`
	Entries  []indexEntryItem `dynamodbav:"entries"`
	Writers  []writerItem     `dynamodbav:"writers,omitempty"`
	Tally    TallyItem        `dynamodbav:"tally"`
	At       int64            `dynamodbav:"at_ms,omitempty"`
}

// indexEntryItem is a staff.IndexEntry as stored.
type indexEntryItem struct {
	Left   bool        `dynamodbav:"left,omitempty"`
	Open   bool        `dynamodbav:"open,omitempty"` // the person is incomplete
	Terms  []string    `dynamodbav:"terms"`
	Scopes []scopeItem `dynamodbav:"scopes"`
	Digest string      `dynamodbav:"digest"`
}

// scopeItem is a staff.ScopeEntry as stored.
type scopeItem struct {
	Org  string `dynamodbav:"o"`
	Sort string `dynamodbav:"s"`
	Main bool   `dynamodbav:"m,omitempty"`
}

// writerItem is a staff.Writer as stored.
type writerItem struct {
	ID    string `dynamodbav:"id"`
	Since int64  `dynamodbav:"since_ms"`
}

// TallyItem is a staff.Tally as stored.
type TallyItem struct {
	Org          string `dynamodbav:"org,omitempty"`
	Incomplete   bool   `dynamodbav:"incomplete,omitempty"`
	BudgetedPost bool   `dynamodbav:"no_budgeted_post,omitempty"`
	JobLevel     bool   `dynamodbav:"no_job_level,omitempty"`
	Role         bool   `dynamodbav:"no_role,omitempty"`
}

// IndexKind is the kind of an index record.
const IndexKind = "index"

// IndexToItem returns the item of the index record of the person c.
func IndexToItem(c staff.EmployeeCode, x staff.IndexRecord) Item {
	it := indexItem{
		Staff: c.String(), Stamp: x.Stamp, Revision: x.Revision,
		Tally: TallyItem{x.Tally.Org.String(), x.Tally.Incomplete, x.Tally.BudgetedPost, x.Tally.JobLevel, x.Tally.Role}, At: Millis(x.At),
	}
	for _, e := range x.Entries {
		entry := indexEntryItem{Left: e.Left, Open: e.Incomplete, Terms: e.Terms, Digest: e.Digest}
		for _, sc := range e.Scopes {
			entry.Scopes = append(entry.Scopes, scopeItem{sc.Org.String(), sc.Sort, sc.Main})
		}
		it.Entries = append(it.Entries, entry)
	}
	for _, w := range x.Writers {
		it.Writers = append(it.Writers, writerItem{w.ID, Millis(w.Since)})
	}
	return NewItem(IndexKey(c), IndexKind, it)
}

// IndexFromItem reads an index record. A nil item gives the zero IndexRecord.
func IndexFromItem(item Item) (staff.IndexRecord, error) {
	var it indexItem
	if err := Decode(item, &it); err != nil {
		return staff.IndexRecord{}, err
	}
	var bad error
	x := staff.IndexRecord{Stamp: it.Stamp, Revision: it.Revision, Tally: it.Tally.tally(&bad), At: Instant(it.At)}
	for _, e := range it.Entries {
		entry := staff.IndexEntry{Left: e.Left, Incomplete: e.Open, Terms: e.Terms, Digest: e.Digest}
		for _, sc := range e.Scopes {
			entry.Scopes = append(entry.Scopes, staff.ScopeEntry{Org: Parsed(staff.ParseOrgCode, sc.Org, &bad), Sort: sc.Sort, Main: sc.Main})
		}
		x.Entries = append(x.Entries, entry)
	}
	for _, w := range it.Writers {
		x.Writers = append(x.Writers, staff.Writer{ID: w.ID, Since: Instant(w.Since)})
	}
	if bad != nil {
		return staff.IndexRecord{}, fmt.Errorf("read the index of a person: %w", bad)
	}
	return x, nil
}

// tally returns the stored tally. If the organisation's code does not parse, the
// error is in bad.
func (it TallyItem) tally(bad *error) staff.Tally {
	t := staff.Tally{Incomplete: it.Incomplete, BudgetedPost: it.BudgetedPost, JobLevel: it.JobLevel, Role: it.Role}
	if it.Org != "" {
		t.Org = Parsed(staff.ParseOrgCode, it.Org, bad)
	}
	return t
}

// TallyFromItem reads only the tally of an index record. The other attributes need
// not be in item.
func TallyFromItem(item Item) (staff.Tally, error) {
	var it struct {
		Tally TallyItem `dynamodbav:"tally"`
	}
	if err := Decode(item, &it); err != nil {
		return staff.Tally{}, err
	}
	var bad error
	t := it.Tally.tally(&bad)
	if bad != nil {
		return staff.Tally{}, fmt.Errorf("read the tally of a person: %w", bad)
	}
	return t, nil
}
