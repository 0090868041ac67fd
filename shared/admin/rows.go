package admin

import "chaoxi/shared/staff"

// RowQuery is a stretch of one list: those of at most Limit rows after After
// that Filter lets through.
type RowQuery struct {
	List   staff.IndexKind
	Scope  staff.OrgCode
	Left   bool
	Text   staff.SearchQuery // in ByTerm, and in ByOrder of a list that has terms: what they begin with
	Whole  bool              // the caller may see numbers whole, of some people at least
	After  string            // a Key, or "" for the beginning
	Limit  int               // rows that are read, before the filter
	Filter RowFilter
}

// RowFilter drops rows by their attributes. The zero value lets every row
// through.
type RowFilter struct {
	Main       bool     // the main post is in the list's organisation or below it
	Incomplete Tristate // this and what follows not in ByTerm
	Budgeted   Choice   // exactly the one in the row
	JobLevel   Choice   // the same
}

// Choice is a filter on an entry of a dictionary: its code, None for people who
// have none (待完善), or "" for no filter.
type Choice string

// None is the Choice of people who have no entry.
const None Choice = "none"

// Has reports whether the filter lets a value through, "" for none.
func (c Choice) Has(value string) bool {
	return c == "" || c == None && value == "" || string(c) == value
}

// Tristate is yes, no, or not asked, which is the zero value.
type Tristate string

// Yes and no.
const (
	Yes Tristate = "true"
	No  Tristate = "false"
)

// RowPage is what a RowQuery found.
type RowPage struct {
	Rows []FoundRow
	Last string // the Key up to which the list was read; "" at its end
}

// FoundRow is one row.
type FoundRow struct {
	Key   string // where it is in the list
	Term  string // or the sort key, in all lists but ByTerm
	Staff staff.EmployeeCode
	Orgs  []staff.OrgCode // those of the person's posts when the row was written
	Terms []string        // in ByOrder of a list that has terms; nil if an older version wrote the row
}
