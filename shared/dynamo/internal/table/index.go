package table

import (
	"fmt"
	"strings"

	"chaoxi/shared/staff"
)

// termRowItem has the attributes of a row of the search index that stands by a term.
// Searches read the organisations together with the people of a page.
type termRowItem struct {
	Orgs []byte `dynamodbav:"orgs"`           // OrgBytes
	Main *bool  `dynamodbav:"main,omitempty"` // false: the main post is neither in the scope nor below it
}

// placeRowItem has the attributes of a row that stands by a place. Searches filter by
// them, too.
type placeRowItem struct {
	termRowItem
	Incomplete bool   `dynamodbav:"incomplete"`
	Budgeted   string `dynamodbav:"budgeted_post"`
	JobLevel   string `dynamodbav:"job_level"`
	Terms      string `dynamodbav:"terms,omitempty"` // each behind a TermMark
}

// TermMark stands before each term in a text of several. No term has one.
const TermMark = "\n"

// RowKind is the kind of all rows of the search index: FIND#, LIST#, TODO#, ODDNAME# and
// ODDBIRTH#.
const RowKind = "row"

// RowToItem returns the item of a row of the entry e.
func RowToItem(r staff.Row, e staff.IndexEntry, f staff.RowAttributes) Item {
	common := termRowItem{Orgs: OrgBytes(f.Orgs)}
	if main := e.Main(r.Scope); !main {
		common.Main = &main
	}
	if r.Kind == staff.ByTerm {
		return newRow(r, common)
	}
	it := placeRowItem{termRowItem: common, Incomplete: f.Incomplete, Budgeted: f.Budgeted, JobLevel: f.JobLevel}
	if e.HasTerms(r) {
		for _, t := range e.Terms {
			it.Terms += TermMark + t
		}
	}
	return newRow(r, it)
}

// newRow is NewItem without a schema: a row is one of dozens of a person, and each byte
// of it is stored as often.
func newRow(r staff.Row, v any) Item {
	item := NewItem(RowKey(r), RowKind, v)
	delete(item, "schema")
	return item
}

// RowFromKey is RowKey read backwards.
func RowFromKey(k Key) (staff.Row, error) {
	part := strings.SplitN(k.PK, "#", 4)
	if len(part) < 3 {
		return staff.Row{}, fmt.Errorf("read a row: not the key of one")
	}
	r := staff.Row{Kind: staff.IndexKind(part[0]), Left: part[2] == "left"}
	var err error
	if r.Scope, err = staff.ParseOrgCode(part[1]); err != nil {
		return staff.Row{}, fmt.Errorf("read a row: %w", err)
	}
	if r.Term, r.Staff, err = RowFromSK(k.SK); err != nil {
		return staff.Row{}, err
	}
	return r, nil
}

// RowFromSK returns what the sort key of a row consists of. It ends with "#" and the
// person's code, which has no "#" itself. So a "#" in the term does no harm.
func RowFromSK(sk string) (term string, c staff.EmployeeCode, err error) {
	cut := strings.LastIndexByte(sk, '#')
	if cut < 0 {
		return "", c, fmt.Errorf("read a row: not the key of one")
	}
	if c, err = staff.ParseEmployeeCode(sk[cut+1:]); err != nil {
		return "", c, fmt.Errorf("read a row: %w", err)
	}
	return sk[:cut], c, nil
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
	Left     bool           `dynamodbav:"left,omitempty"`
	Open     bool           `dynamodbav:"open,omitempty"` // the person is incomplete
	Terms    []string       `dynamodbav:"terms"`
	Scopes   []scopeItem    `dynamodbav:"scopes"`
	Oddities []staff.Oddity `dynamodbav:"oddities,omitempty"`
	Digest   string         `dynamodbav:"digest"`
	ByTerm   string         `dynamodbav:"by_term,omitempty"`
	ByPlace  string         `dynamodbav:"by_place,omitempty"`
}

// scopeItem is a staff.ScopeEntry as stored.
type scopeItem struct {
	Org    string `dynamodbav:"o"`
	Sort   string `dynamodbav:"s"`
	Main   bool   `dynamodbav:"m,omitempty"`
	ByList bool   `dynamodbav:"l,omitempty"`
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
		entry := indexEntryItem{Left: e.Left, Open: e.Incomplete, Terms: e.Terms, Oddities: e.Oddities, Digest: e.Digest, ByTerm: e.ByTerm, ByPlace: e.ByPlace}
		for _, sc := range e.Scopes {
			entry.Scopes = append(entry.Scopes, scopeItem{sc.Org.String(), sc.Sort, sc.Main, sc.ByList})
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
		entry := staff.IndexEntry{Left: e.Left, Incomplete: e.Open, Terms: e.Terms, Oddities: e.Oddities, Digest: e.Digest, ByTerm: e.ByTerm, ByPlace: e.ByPlace}
		for _, sc := range e.Scopes {
			entry.Scopes = append(entry.Scopes, staff.ScopeEntry{Org: Parsed(staff.ParseOrgCode, sc.Org, &bad), Sort: sc.Sort, Main: sc.Main, ByList: sc.ByList})
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
