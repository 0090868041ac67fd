package table

import (
	"fmt"
	"strings"

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

const RowKind = "row"

func RowToItem(r staff.Row, e staff.IndexEntry, f staff.RowAttributes) Item {
	return NewItem(RowKey(r), RowKind, rowItem{
		Staff: r.Staff.String(), NameKey: f.NameKey, State: string(f.State), Incomplete: f.Incomplete,
		Units: CodeStrings(f.Units), Orgs: CodeStrings(f.Orgs), Divisions: f.Divisions, Main: e.Main(r.Scope),
	})
}

// RowFromKey is rowKey read backwards. The person's code ends the sort key and has a
// fixed length, so a "#" in a term does no harm.
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

// indexItem is a staff.Indexed as stored. Rows follow from entries, so none is
// listed by itself and the item stays about a kilobyte.
type indexItem struct {
	Staff    string           `dynamodbav:"staff"`
	Stamp    string           `dynamodbav:"stamp"`
	Revision int64            `dynamodbav:"revision"`
	Entries  []indexEntryItem `dynamodbav:"entries"`
	Writers  []writerItem     `dynamodbav:"writers,omitempty"`
	Tally    TallyItem        `dynamodbav:"tally"`
}

type indexEntryItem struct {
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

type writerItem struct {
	ID    string `dynamodbav:"id"`
	Since int64  `dynamodbav:"since_ms"`
}

type TallyItem struct {
	Org          string `dynamodbav:"org,omitempty"`
	Incomplete   bool   `dynamodbav:"incomplete,omitempty"`
	BudgetedPost bool   `dynamodbav:"no_budgeted_post,omitempty"`
	JobLevel     bool   `dynamodbav:"no_job_level,omitempty"`
	Role         bool   `dynamodbav:"no_role,omitempty"`
}

const IndexKind = "index"

func IndexToItem(c staff.EmployeeCode, x staff.IndexRecord) Item {
	it := indexItem{
		Staff: c.String(), Stamp: x.Stamp, Revision: x.Revision,
		Tally: TallyItem{x.Tally.Org.String(), x.Tally.Incomplete, x.Tally.BudgetedPost, x.Tally.JobLevel, x.Tally.Role},
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

func IndexFromItem(item Item) (staff.IndexRecord, error) {
	var it indexItem
	if err := Decode(item, &it); err != nil {
		return staff.IndexRecord{}, err
	}
	var bad error
	x := staff.IndexRecord{Stamp: it.Stamp, Revision: it.Revision, Tally: it.Tally.tally(&bad)}
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

// tally is the staff.Tally that is stored so. What does not parse is noted in bad.
func (it TallyItem) tally(bad *error) staff.Tally {
	t := staff.Tally{Incomplete: it.Incomplete, BudgetedPost: it.BudgetedPost, JobLevel: it.JobLevel, Role: it.Role}
	if it.Org != "" {
		t.Org = Parsed(staff.ParseOrgCode, it.Org, bad)
	}
	return t
}

// TallyFromItem reads the tally alone of an index record.
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
