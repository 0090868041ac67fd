package admin

import "chaoxi/shared/staff"

// RowQuery is a stretch of one list: at most Limit rows after After, those that
// Filter lets through.
type RowQuery struct {
	List   staff.IndexKind
	Scope  staff.OrgCode
	Left   bool
	Text   staff.SearchQuery // of ByTerm: what the terms begin with
	After  string            // a Key, or "" for the beginning
	Limit  int               // rows looked at, before the filter
	Filter RowFilter
}

// RowFilter drops rows by their Facts. The zero value lets everything through.
type RowFilter struct {
	Name       string // a part of the NameKey
	State      staff.AccountState
	Incomplete Tristate
	Unit       staff.OrgCode
	Division   string // as it stands in the row, not one around it
	Main       bool   // only rows where the main post is in the list's scope
}

// Tristate is yes, no, or not asked.
type Tristate string

// The values of Tristate but the zero one.
const (
	Yes Tristate = "true"
	No  Tristate = "false"
)

// RowPage is what a RowQuery found.
type RowPage struct {
	Rows []FoundRow
	Last string // the Key up to which the list was looked at; "" at its end
}

// FoundRow is one row.
type FoundRow struct {
	Key   string // its place in the list
	Term  string // or the sort text, in ByOrder and ToDo
	Staff staff.EmployeeCode
	Orgs  []staff.OrgCode // that the person's posts named when the row was written
}
