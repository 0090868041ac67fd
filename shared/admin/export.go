package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/fold"
	"chaoxi/shared/retry"
	"chaoxi/shared/roster"
	"chaoxi/shared/staff"
)

// Export makes a file of all people whom a search finds: a row for each post, with the
// columns of the import, and everything masked as in the person's record.
//
// It takes two trips for each hundred people, one for the dictionaries if they are not
// cached, and one for the entry of the audit, which is written before the file is given
// away.
type Export struct {
	Store        ExportStore
	Search       Search
	Dictionaries *staff.DictionaryList
	Now          func() time.Time
	Random       io.Reader
	// Write makes the file.
	Write func(roster.Format, roster.Table) ([]byte, error)
}

// ExportStore is what Export asks of storage.
type ExportStore interface {
	account.PersonReader
	AuditWriter
}

// ExportInput is one request.
type ExportInput struct {
	Format string // csv or xlsx
	Search SearchInput
}

// mostText is how long the texts of all cells may be, in bytes. It bounds the memory; a
// workbook of that much text is some 4 MiB.
const mostText = 4 * roster.MaxBytes

// ExportFile is the file of an export.
type ExportFile struct {
	Name    string // 人员名单_20260302.xlsx
	Content []byte
}

// Run makes the file. It answers FieldInvalid for a format or a filter that is none, and
// NarrowSearch if there were more rows, or more bytes, than a file may have.
func (uc Export) Run(ctx context.Context, call audit.Call, by account.Permitted, in ExportInput) (ExportFile, error) {
	format := roster.Format(in.Format)
	if err := in.check(); err != nil {
		return ExportFile{}, err
	}
	name := exportName + "_" + uc.Now().In(staff.Beijing).Format("20060102") + "." + in.Format
	file := ExportFile{Name: name}
	err := retry.Times(5, ErrRevised, func(try int) (err error) {
		if try > 0 {
			if by, err = permitAgain(ctx, uc.Store, by); err != nil {
				return err
			}
		}
		file.Content, err = uc.try(ctx, call, by, format, in.Search)
		return err
	})
	return file, err
}

// exportName is the name of the sheet, and what the file's name begins with.
const exportName = "人员名单"

// check names all that is wrong with the request at once.
func (in ExportInput) check() error {
	var bad fault.Fields
	checkFormat(&bad, in.Format)
	_, err := in.Search.parse()
	return joined(&bad, err)
}

// joined is what bad has noted together with the fields of err, which is FieldInvalid or
// nil.
func joined(bad *fault.Fields, err error) error {
	var refused *fault.Error
	if errors.As(err, &refused) {
		for _, f := range refused.Fields {
			bad.Add(f.Path, f.FieldCode)
		}
	}
	return bad.Err()
}

func (uc Export) try(ctx context.Context, call audit.Call, by account.Permitted, format roster.Format, in SearchInput) ([]byte, error) {
	table, err := uc.table(ctx, by, in)
	if err != nil {
		return nil, err
	}
	file, err := uc.Write(format, table)
	if err != nil {
		return nil, fmt.Errorf("write the file of an export: %w", err)
	}
	if len(file) > roster.MaxBytes {
		return nil, fault.NarrowSearch
	}
	caller := by.Caller()
	entry, err := audit.New(uc.Random, uc.Now(), call, caller.Staff, audit.Export, audit.OfStaff(caller.Staff))
	if err != nil {
		return nil, err
	}
	entry.Changes = append(in.audited(), audit.Change{Field: "format", New: string(format)}, audit.Change{Field: "rows", New: strconv.Itoa(len(table.Rows))})
	if err := uc.Store.Audit(ctx, caller, entry); err != nil {
		return nil, fmt.Errorf("audit an export: %w", err)
	}
	return file, nil
}

// table has the rows of all people whom the search finds.
func (uc Export) table(ctx context.Context, by account.Permitted, in SearchInput) (roster.Table, error) {
	entries, err := uc.Dictionaries.Run(ctx)
	if err != nil {
		return roster.Table{}, err
	}
	t := roster.Table{Name: exportName, Columns: roster.Columns}
	cells, length := labelled(entries), 0
	err = uc.Search.everybody(ctx, by, in, func(page Found) error {
		for _, p := range page.People {
			target := Target{Person: account.Person{Staff: p}, Orgs: page.Orgs}
			for _, post := range p.VisiblePosts() {
				row := cells.row(exported{target, post, target.BirthDateFor(by.Caller())})
				for _, cell := range row {
					length += len(cell)
				}
				t.Rows = append(t.Rows, row)
			}
		}
		if len(t.Rows) > roster.MaxExported || length > mostText {
			return fault.NarrowSearch
		}
		return nil
	})
	return t, err
}

// exported is what a row is made of.
type exported struct {
	Target
	post      staff.Post
	birthDate string // as the caller sees it
}

// exportCells say what stands in each column, by its key. Codes become labels later.
var exportCells = map[string]func(exported) string{
	roster.EmployeeCode: func(x exported) string { return x.Staff.Code.String() },
	"name":              func(x exported) string { return x.Staff.Name },
	"account":           func(x exported) string { return x.Staff.Account.Masked() },
	"areaCode":          func(x exported) string { return x.Staff.Phone.Area() },
	"phone":             func(x exported) string { return x.Staff.Phone.Masked() },
	"shortNumber":       func(x exported) string { return x.Staff.ShortNumber },
	"gender":            func(x exported) string { return x.Staff.Gender },
	"idCard":            func(x exported) string { return staff.MaskIDCard(x.Staff.IDCard) },
	"birthDate":         func(x exported) string { return x.birthDate },
	"budgetedPost":      func(x exported) string { return x.Staff.BudgetedPost },
	"jobLevel":          func(x exported) string { return x.Staff.JobLevel },
	"homeAddress":       func(x exported) string { return x.Staff.HomeAddress },
	"politicalStatus":   func(x exported) string { return x.Staff.PoliticalStatus },
	"employment":        func(x exported) string { return employmentLabels[x.Staff.Employment] },
	"accountState":      func(x exported) string { return stateLabels[x.Staff.State] },
	roster.PostID:       func(x exported) string { return x.post.ID.String() },
	"unit":              func(x exported) string { return x.Orgs.Name(x.post.Unit) },
	"org":               func(x exported) string { return x.Orgs.Name(x.post.Org) },
	"jobType":           func(x exported) string { return string(x.post.JobType) },
	"title":             func(x exported) string { return x.post.Title },
	"role":              func(x exported) string { return x.post.Role },
	"order":             func(x exported) string { return strconv.Itoa(x.post.Order) },
	"email":             func(x exported) string { return x.post.Email },
	"officePhone":       func(x exported) string { return x.post.OfficePhone },
	"officeAddress":     func(x exported) string { return x.post.OfficeAddress },
}

var (
	employmentLabels = map[staff.Employment]string{staff.InService: "在职", staff.Left: "离职"}
	stateLabels      = map[staff.AccountState]string{staff.Pending: "未激活", staff.Active: "正常", staff.Frozen: "冻结"}
)

// labels are the labels of dictionaries, by dictionary and code. Entries that are switched
// off are among them: records keep their codes.
type labels map[[2]string]string

func labelled(entries staff.Dictionaries) labels {
	l := labels{}
	for _, e := range entries {
		l[[2]string{e.Dictionary, e.Code}] = e.Label
	}
	return l
}

// row is a row of the file. A code that no dictionary knows stays a code.
func (l labels) row(x exported) []string {
	row := make([]string, len(roster.Columns))
	for i, c := range roster.Columns {
		row[i] = exportCells[c.Key](x)
		if c.Dictionary != "" {
			row[i] = cmp.Or(l[[2]string{c.Dictionary, row[i]}], row[i])
		}
	}
	return row
}

// audited are the filters of the search that were set, for the entry of an export. What is
// typed may be somebody's number, which the audit masks.
func (in SearchInput) audited() []audit.Change {
	var changes []audit.Change
	for _, f := range []struct{ name, value string }{
		{"q", maskTyped(in.Q)}, {"name", maskTyped(in.Name)}, {"phone", maskTyped(in.Phone)}, {"account", maskTyped(in.Account)},
		{"unit", in.Unit}, {"org", in.Org}, {"mainOrg", in.MainOrg}, {"division", in.Division}, {"employment", in.Employment},
		{"accountState", in.AccountState}, {"incomplete", in.Incomplete}, {"budgetedPost", in.BudgetedPost}, {"jobLevel", in.JobLevel},
		{"role", in.Role}, {"oddity", in.Oddity},
	} {
		if value := fold.Typed(f.value); value != "" {
			changes = append(changes, audit.Change{Field: f.name, New: value})
		}
	}
	return changes
}

// maskTyped is a text that was searched for, masked if it is a number of somebody or more
// of one than answers show.
func maskTyped(s string) string {
	s = fold.Typed(s)
	if p, err := staff.ParsePhone(s); err == nil {
		return p.Masked()
	}
	if a, err := staff.ParseAccount(s); err == nil && a.Masked() != a.String() {
		return a.Masked()
	}
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
	if len(digits) > 4 {
		return digits[:3] + strings.Repeat("*", len(digits)-3)
	}
	return s
}
