package admin_test

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/admin/admintest"
	"chaoxi/shared/roster"
	"chaoxi/shared/staff"
)

// exports is an Export that writes its rows to written, with spaces between the cells of
// some columns.
type exports struct {
	admin.Export
	table roster.Table
	bytes int // how long each file is
}

func (d *desk) exports() *exports {
	x := &exports{bytes: 9}
	x.Export = admin.Export{
		Store: d.store, Search: admin.Search{Store: d.store, Keys: d.keys, Now: d.clock}, Dictionaries: d.dictionaries(), Now: d.clock, Random: d.random,
		Write: func(_ roster.Format, t roster.Table) ([]byte, error) {
			x.table = t
			return make([]byte, x.bytes), nil
		},
	}
	return x
}

// told are columns of all rows.
func (x *exports) told(keys ...string) []string {
	var all []string
	for _, row := range x.table.Rows {
		var cells []string
		for i, c := range x.table.Columns {
			if slices.Contains(keys, c.Key) {
				cells = append(cells, row[i])
			}
		}
		all = append(all, strings.Join(cells, " "))
	}
	return all
}

func TestExport(t *testing.T) {
	d := newDesk(t)
	x := d.exports()
	run := func(p account.Person, in admin.ExportInput) (admin.ExportFile, error) {
		return x.Run(t.Context(), d.call, d.may(p, account.StaffRead), in)
	}

	file, err := run(d.LinWei, admin.ExportInput{Format: "xlsx"})
	d.wants("a file", []any{file.Name, len(file.Content), err}, []any{"人员名单_20400302.xlsx", 9, nil})
	d.wants("a row for each post", x.told("name", "account", "unit", "org", "jobType"), []string{
		"林伟 linwei 数据局 数据局 选项main", "张敏 zhangmin 数据局 综合科 选项main", "张敏 zhangmin 财政局 财政局 选项concurrent",
		"王芳 wangfang 财政局 财政局 选项main", "陈洁 chenjie 财政局 财政局 选项main", "孙丽 sunli 财政局 财政局 选项main",
	})
	d.wants("numbers masked, the year of birth alone", x.told("name", "phone", "idCard", "birthDate", "areaCode")[1], "张敏 选项+86 +86 137*****001 110*************2X 1949")
	d.wants("labels, and what is absent", x.told("budgetedPost", "jobLevel", "employment", "accountState", "order")[5], "选项B1  在职 未激活 6")
	d.wants("codes", x.told(roster.EmployeeCode, roster.PostID)[0], d.LinWei.Staff.Code.String()+" "+d.LinWei.Staff.Posts[0].ID.String())
	d.wants("the audit", d.actions()+" "+d.last(), "export format:  > xlsx; rows:  > 6")
	entry := d.store.Entries()[0]
	d.wants("about whom", []any{entry.Actor, entry.Subject, entry.Call}, []any{d.LinWei.Staff.Code, d.LinWei.Staff.Code, d.call})

	_, err = run(d.WangFang, admin.ExportInput{Format: "csv", Search: admin.SearchInput{Q: "13700000001", Unit: "数据局", JobLevel: "J1"}})
	d.wants("found by a number", []any{x.told("name", "birthDate"), err}, []any{[]string{"张敏 1949-12-31", "张敏 1949-12-31"}, nil})
	d.wants("the number is masked in the audit", d.last(), "q:  > +86 137*****001; unit:  > 数据局; jobLevel:  > J1; format:  > csv; rows:  > 2")

	_, err = run(d.WangFang, admin.ExportInput{Format: "csv", Search: admin.SearchInput{Employment: "left"}})
	d.wants("who has left, with the last main post", []any{x.told("name", "employment", "org"), err}, []any{[]string{"何静 离职 综合科"}, nil})

	_, err = run(d.LinWei, admin.ExportInput{Format: "csv", Search: admin.SearchInput{Name: "无人"}})
	d.wants("nobody", []any{len(x.table.Rows), err, d.last()}, []any{0, nil, "name:  > 无人; format:  > csv; rows:  > 0"})
}

func TestRefusedExports(t *testing.T) {
	d := newDesk(t)
	x := d.exports()
	by := d.may(d.LinWei, account.StaffRead)
	for _, tt := range []struct {
		name string
		in   admin.ExportInput
		want string
	}{
		{"no format", admin.ExportInput{}, "field_invalid format:required"},
		{"another format", admin.ExportInput{Format: "xls"}, "field_invalid format:not_a_choice"},
		{"all that is wrong", admin.ExportInput{Format: "CSV", Search: admin.SearchInput{Q: "13", Employment: "fired"}}, "field_invalid format:not_a_choice q:too_short employment:not_a_choice"},
	} {
		_, err := x.Run(t.Context(), d.call, by, tt.in)
		d.wants(tt.name, err, tt.want)
	}
	x.bytes = roster.MaxBytes
	_, err := x.Run(t.Context(), d.call, by, admin.ExportInput{Format: "csv"})
	d.wants("as long as may be", err, "ok")
	x.bytes++
	_, err = x.Run(t.Context(), d.call, by, admin.ExportInput{Format: "csv"})
	d.wants("one byte more", err, "narrow_search")
	broken := errors.New("no room")
	x.Write = func(roster.Format, roster.Table) ([]byte, error) { return nil, broken }
	if _, err = x.Run(t.Context(), d.call, by, admin.ExportInput{Format: "csv"}); !errors.Is(err, broken) {
		t.Error(err)
	}
	d.wants("only what was given away is in the audit", d.actions(), "export")
}

// TestLongExports: there may be 20,000 rows, and no more, nor more text than a file holds.
func TestLongExports(t *testing.T) {
	d := newDesk(t)
	x := d.exports()
	by := d.may(d.LinWei, account.StaffRead)
	person := func(n, posts int) account.Person {
		p := admintest.NewPerson(1000+n, "人员", fmt.Sprintf("p%d", n), d.Data, d.Data)
		for i := 1; i < posts; i++ {
			o := p.Staff.Posts[0]
			o.ID, o.JobType = admintest.PostID(2000*(n+1)+i), staff.ConcurrentJob
			p.Staff.Posts = append(p.Staff.Posts, o)
		}
		return p
	}
	var all []account.Person
	const rows = roster.MaxExported - 6 // but for those of the town
	for n := range rows / 1000 {        // more posts than people may have, so that the pages are few
		all = append(all, person(n, 1000))
	}
	d.put(append(all, person(rows/1000, rows%1000))...)
	_, err := x.Run(t.Context(), d.call, by, admin.ExportInput{Format: "csv"})
	d.wants("as many as may be", []any{len(x.table.Rows), err}, []any{roster.MaxExported, nil})
	d.put(person(rows, 1))
	_, err = x.Run(t.Context(), d.call, by, admin.ExportInput{Format: "csv"})
	d.wants("one more", err, "narrow_search")
}

// TestMuchText: few rows may hold more than a file does.
func TestMuchText(t *testing.T) {
	d := newDesk(t)
	x := d.exports()
	for n := range 4 {
		p := admintest.NewPerson(1000+n, "人员", fmt.Sprintf("p%d", n), d.Data, d.Data)
		p.Staff.HomeAddress = strings.Repeat("x", 4<<20)
		d.put(p)
		_, err := x.Run(t.Context(), d.call, d.may(d.LinWei, account.StaffRead), admin.ExportInput{Format: "xlsx"})
		d.wants(fmt.Sprint(n), err, map[bool]string{true: "narrow_search", false: "ok"}[n == 3])
	}
}

// TestRightsOfAnExport: what is written down and given away is what the caller may see at
// that moment.
func TestRightsOfAnExport(t *testing.T) {
	d := newDesk(t)
	x := d.exports()
	by := d.may(d.LinWei, account.StaffRead)
	narrow := d.LinWei
	narrow.Account.Grants = []account.Grant{grant(account.UnitGrant, d.Finance)}
	d.races(1, func() { d.put(narrow) })
	_, err := x.Run(t.Context(), d.call, by, admin.ExportInput{Format: "csv"})
	d.wants("the smaller scope", []any{x.told("name"), err, d.last()}, []any{[]string{"张敏", "张敏", "王芳", "陈洁", "孙丽"}, nil, "format:  > csv; rows:  > 5"})

	none := d.LinWei
	none.Account.Grants = nil
	by = d.may(narrow, account.StaffRead)
	d.races(1, func() { d.put(none) })
	_, err = x.Run(t.Context(), d.call, by, admin.ExportInput{Format: "csv"})
	d.wants("nothing any more", []any{admintest.Verdict(err), d.actions()}, []any{"permission_denied", "export"})
}

// TestEveryColumnIsTold: each column of the catalogue has a cell, and a record that has all
// fields leaves none empty.
func TestEveryColumnIsTold(t *testing.T) {
	d := newDesk(t)
	p := d.ZhangMin
	p.Staff.ShortNumber, p.Staff.HomeAddress, p.Staff.PoliticalStatus = "612345", "临江区", "13"
	for i := range p.Staff.Posts {
		o := &p.Staff.Posts[i]
		o.Title, o.Email, o.OfficePhone, o.OfficeAddress = "科员", "a@b.cn", "0571-1", "一楼"
	}
	d.put(p)
	x := d.exports()
	if _, err := x.Run(t.Context(), d.call, d.may(d.WangFang, account.StaffRead), admin.ExportInput{Format: "csv", Search: admin.SearchInput{Account: "zhangmin"}}); err != nil {
		t.Fatal(err)
	}
	for _, row := range x.table.Rows {
		if len(row) != len(roster.Columns) || slices.Contains(row, "") {
			t.Errorf("%q", row)
		}
	}
}

// TestEveryFilterIsAudited: whichever filter is set stands in the entry.
func TestEveryFilterIsAudited(t *testing.T) {
	d := newDesk(t)
	x := d.exports()
	values := map[string]string{"Division": "330199", "Employment": "in_service", "AccountState": "active", "Incomplete": "false", "Role": "none", "Oddity": "name", "Phone": "13700000001"}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[admin.SearchInput]()) {
		var in admin.SearchInput
		reflect.ValueOf(&in).Elem().FieldByIndex(f.Index).SetString(cmp.Or(values[f.Name], "zhangmin"))
		_, err := x.Run(t.Context(), d.call, d.may(d.LinWei, account.StaffRead), admin.ExportInput{Format: "csv", Search: in})
		field, _, _ := strings.Cut(d.last(), ":")
		if err != nil || !strings.EqualFold(field, f.Name) {
			t.Errorf("%s: %v; the entry begins with %s", f.Name, err, field)
		}
	}
}

// TestTypedIsMasked: what somebody searched for is masked in the audit like what answers show.
func TestTypedIsMasked(t *testing.T) {
	d := newDesk(t)
	x := d.exports()
	for typed, want := range map[string]string{
		"张敏": "张敏", "zhang": "zhang", "0001": "0001", "137": "137", "13700": "137**", "1370000000": "137*******", "8613700000001": "+86 137*****001", "137-0000-0001": "+86 137*****001",
		"11010519491231002x": "110*************2X", "110105 19491231": "110***********",
	} {
		_, err := x.Run(t.Context(), d.call, d.may(d.LinWei, account.StaffRead), admin.ExportInput{Format: "csv", Search: admin.SearchInput{Q: typed}})
		if got, _, _ := strings.Cut(d.last(), ";"); err != nil || got != "q:  > "+want {
			t.Errorf("%q is written down as %s, want %q; %v", typed, got, want, err)
		}
	}
}
