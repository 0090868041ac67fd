package admin_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/admin/admintest"
	"chaoxi/shared/jobs"
	"chaoxi/shared/roster"
	"chaoxi/shared/staff"
)

// opens reads a file of lines with a bar between cells, as sheets are read.
func opens(file []byte, _ roster.Format) ([]roster.Sheet, error) {
	if len(file) == 0 {
		return nil, &roster.Unreadable{Reason: roster.NoContent}
	}
	return []roster.Sheet{{Rows: func(yield func(roster.Row, error) bool) {
		for n, line := range strings.Split(string(file), "\n") {
			row := roster.Row{Number: n + 1}
			for _, text := range strings.Split(line, "|") {
				row.Cells = append(row.Cells, roster.Cell{Kind: roster.Text, Text: text})
			}
			if line != "" && !yield(row, nil) {
				return
			}
		}
	}}}, nil
}

func (d *desk) imports(by account.Person, dry bool, lines ...string) string {
	d.Helper()
	made, err := d.makeImport(by, admin.ImportInput{File: []byte(strings.Join(lines, "\n")), Format: "csv", DryRun: fmt.Sprint(dry)}, "")
	d.wants("making an import", err, "ok")
	return made.ID
}

func (d *desk) makeImport(by account.Person, in admin.ImportInput, key string) (admin.ImportMade, error) {
	d.Helper()
	uc := admin.MakeImport{Store: d.store, Dictionaries: d.dictionaries(), Open: opens, Now: d.clock, Random: d.random}
	return uc.Run(d.Context(), d.call, d.may(by, account.StaffImport), in, admin.RequestKey{Key: key, Digest: fmt.Sprintf("%+v", in)})
}

// importer is the work of imports; add and update write to the stores given.
func (d *desk) importer(add admin.AddStore, update admin.UpdateStore) jobs.RunJobs {
	uc := admin.Import{
		Store:       d.store,
		AddStaff:    admin.AddStaff{Store: add, Dictionaries: d.dictionaries(), Notices: d.notices(), Now: d.clock, Random: d.random, Pinyin: spell},
		UpdatePosts: admin.UpdatePosts{Store: update, Dictionaries: d.dictionaries(), Notices: d.notices(), Keys: d.keys, Now: d.clock, Random: d.random, Pinyin: spell},
	}
	return jobs.RunJobs{Store: d.store, Kinds: map[string]jobs.Kind{admin.JobImport: uc}, Now: d.clock, Random: d.random}
}

// done does an import to its end, and tells what became of each person: row, name, outcome
// and whether they are new, then flaws by column, or how many fields have changed.
func (d *desk) done(id string) []string {
	d.Helper()
	for n := 1; ; n++ {
		j, err := d.store.Job(d.Context(), id)
		d.wants("reading the job", err, "ok")
		if n > j.Chunks {
			d.wants("it is done", j.CurrentState(), jobs.Done)
			return d.told(id)
		}
		d.wants(fmt.Sprint("chunk ", n), d.importer(d.store, d.store).Run(d.Context(), id, n), "ok")
	}
}

func (d *desk) told(id string) []string {
	d.Helper()
	all, _, err := d.store.JobResults(d.Context(), id, "", 1000)
	d.wants("reading the results", err, "ok")
	return tellAll(all)
}

func tellAll(all []jobs.Result) []string {
	var got []string
	for _, r := range all {
		text := fmt.Sprint(r.Row, " ", r.Name, " ", r.Outcome)
		if r.Created {
			text += " new"
		}
		if r.Code != "" {
			text += " " + r.Code
		}
		for _, f := range r.Errors {
			text += fmt.Sprintf(" [%d %s %s:%s]", f.Row, f.Column, f.Path, f.Code)
		}
		for _, f := range r.Warnings {
			text += fmt.Sprintf(" (%d %s %s:%s)", f.Row, f.Column, f.Path, f.Code)
		}
		for _, c := range r.Changes {
			if !r.Created {
				text += fmt.Sprintf(" %s:%s>%s", c.Field, c.Old, c.New)
			}
		}
		got = append(got, text)
	}
	return got
}

const header = "姓名|账号|手机号|性别|编制|职级|单位|部门|任职类型|人员角色|排序码|人员编码|任职编码|身份证号|出生日期|邮箱"

// line is a row below header; what is not given is empty.
func line(cells ...string) string {
	return strings.Join(append(cells, make([]string, strings.Count(header, "|")+1-len(cells))...), "|")
}

var newcomer = line("李娜", "lina", "13700000050", "选项2", "B1", "选项J1", "数据局", "综合科", "main", "R1", "5")

// What a dry run says is what the import then does, and a dry run changes nothing.
func TestImport(t *testing.T) {
	zhang := admintest.NewTown().ZhangMin.Staff
	for _, tt := range []struct {
		name  string
		lines []string
		want  []string
	}{
		{"somebody new", []string{newcomer}, []string{"2 李娜 done new"}},
		{"somebody new, of whom the three fields are not known", []string{line("李娜", "lina", "13700000050", "2", "", "", "数据局", "", "", "", "5")}, []string{"2 李娜 done new"}},
		{"somebody new with two posts", []string{newcomer, line("李娜", "lina", "", "", "", "", "财政局", "", "concurrent", "", "9")}, []string{"2 李娜 done new"}},
		{"somebody known by account", []string{line("张敏", "ZhangMin", "", "", "", "J2")}, []string{"2 张敏 done jobLevel:J1>J2"}},
		{"by ID card", []string{line("张敏", "", "", "", "", "J2", "", "", "", "", "", "", "", "11010519491231002x")}, []string{"2 张敏 done jobLevel:J1>J2"}},
		{"by phone", []string{line("张敏", "", zhang.Phone.National(), "", "", "J2")}, []string{"2 张敏 done jobLevel:J1>J2"}},
		{"by code, with another name", []string{line("张闵", "", "", "", "", "", "", "", "", "", "", zhang.Code.String())}, []string{"2 张敏 done name:张敏>张闵"}},
		{"another name by account", []string{line("张闵", "zhangmin", "", "", "", "J2")}, []string{"2 张闵 refused field_invalid [2 A 姓名 name:name_differs]"}},
		{"as it is", []string{line("张敏", "zhangmin", zhang.Phone.Masked(), "", "", "J1", "数据局", "综合科", "", "", "", zhang.Code.String(), "", staff.MaskIDCard(zhang.IDCard), "1949")}, []string{"2 张敏 unchanged"}},
		{"a date of birth that is not the ID card's", []string{line("张敏", "zhangmin", "", "", "", "", "", "", "", "", "", "", "", "", "1949-12-30")}, []string{"2 张敏 done (2 O 出生日期 birthDate:disagrees) birthDate:1949>1949"}},
		{"a sign for a lost character", []string{line("张?", "zhangmin", "", "", "", "J2")}, []string{"2 张? refused field_invalid [2 A 姓名 name:stand_in]"}},
		{"a mask of another", []string{line("张敏", "zhangmin", "+86 137*****999")}, []string{"2 张敏 refused field_invalid [2 C 手机号 phone:masked]"}},
		{"a post by its place", []string{line("张敏", "zhangmin", "", "", "", "", "财政局", "", "", "R2")}, []string{"2 张敏 done posts[" + admintest.PostID(101).String() + "].role:R1>R2"}},
		{"a post by its id", []string{line("张敏", "zhangmin", "", "", "", "", "", "", "", "R2", "", "", admintest.PostID(101).String())}, []string{"2 张敏 done posts[" + admintest.PostID(101).String() + "].role:R1>R2"}},
		{"a post that there is not", []string{line("张敏", "zhangmin", "", "", "", "", "", "", "", "R2", "", "", admintest.PostID(102).String())}, []string{"2 张敏 refused field_invalid [2 M 任职编码 posts[0].id:missing]"}},
		{"a post of several", []string{line("张敏", "zhangmin", "", "", "", "", "", "", "", "R2")}, []string{"2 张敏 refused field_invalid [2 G 单位 posts[0].unit:which_post]"}},
		{"a main post that moves", []string{line("张敏", "zhangmin", "", "", "", "", "数据局", "数据局/综合科/一组", "main")},
			[]string{"2 张敏 done posts[" + admintest.PostID(1).String() + "].org:" + admintest.NewTown().Section.Code.String() + ">" + admintest.NewTown().Team.Code.String()}},
		{"a unit that there is not", []string{line("李娜", "lina", "13700000050", "2", "", "", "没有局")}, []string{"2 李娜 refused field_invalid [2 G 单位 posts[0].unit:missing]"}},
		{"an office that there is not", []string{line("李娜", "lina", "13700000050", "2", "", "", "数据局", "没有科")}, []string{"2 李娜 refused field_invalid [2 H 部门 posts[0].org:missing]"}},
		{"a unit out of scope, by its code", []string{line("李娜", "lina", "13700000050", "2", "", "", "GO_"+strings.Repeat("9", 32), "", "", "", "5")}, []string{"2 李娜 refused field_invalid [2 G 单位 posts[0].unit:missing]"}},
		{"what a new person needs", []string{line("李娜", "lina", "", "", "", "", "数据局")}, []string{"2 李娜 refused field_invalid [2  areaCode:required] [2 C 手机号 phone:required] [2 D 性别 gender:required] [2 K 排序码 posts[0].order:required]"}},
		{"what the file says wrong", []string{line("李娜", "lina", "13700000050", "不详", "", "", "数据局", "", "", "", "第一")}, []string{"2 李娜 refused field_invalid [2 D 性别 gender:not_a_choice] [2 K 排序码 posts[0].order:invalid]"}},
		{"all that is wrong at once", []string{line("李?", "lina", "12", "不详", "", "", "没有局")}, []string{"2 李? refused field_invalid [2 A 姓名 name:stand_in] [2 C 手机号 phone:invalid] [2 D 性别 gender:not_a_choice] [2 G 单位 posts[0].unit:missing]"}},
		{"all that is wrong at once, of somebody known", []string{line("张?", "zhangmin", "12", "不详", "", "J9", "没有局")}, []string{"2 张? refused field_invalid [2 A 姓名 name:stand_in] [2 C 手机号 phone:invalid] [2 D 性别 gender:not_a_choice] [2 F 职级 jobLevel:not_a_choice] [2 G 单位 posts[0].unit:missing]"}},
		{"what is wrong beside masks of one's own", []string{line("张敏", "zhangmin", zhang.Phone.Masked(), "不详")}, []string{"2 张敏 refused field_invalid [2 D 性别 gender:not_a_choice]"}},
		{"somebody else in the same file", []string{newcomer, line("别人", "lina")}, []string{"2 李娜 done new", "3 别人 refused field_invalid [3 B 账号 account:rows_share]"}},
		{"a code that is none, and more", []string{line("李娜", "lina", "", "不详", "", "", "", "", "", "", "", "1234")}, []string{"2 李娜 refused field_invalid [2 D 性别 gender:not_a_choice] [2 L 人员编码 employeeCode:invalid]"}},
		{"a phone that is somebody's", []string{line("李娜", "lina", zhang.Phone.National(), "2", "", "", "数据局", "", "", "", "5")}, []string{"2 李娜 refused phone_taken [2 C 手机号 phone:phone_taken]"}},
		{"the account of somebody else, for who is known by code", []string{line("张敏", "linwei", "", "", "", "", "", "", "", "", "", zhang.Code.String())}, []string{"2 张敏 refused account_taken [2 B 账号 account:account_taken]"}},
		{"oneself", []string{line("林伟", "linwei", "", "", "", "J2")}, []string{"2 林伟 refused permission_denied [2  row:permission_denied]"}},
		{"oneself, as it is", []string{line("林伟", "linwei", "", "", "", "J1")}, []string{"2 林伟 unchanged"}},
		{"somebody who holds more", []string{line("王芳", "wangfang", "13700000051")}, []string{"2 王芳 refused permission_denied [2  row:permission_denied]"}},
		{"somebody who has left", []string{line("何静", "hejing", "13700000051")}, []string{"2 何静 refused state_conflict [2  row:state_conflict]"}},
		{"a code that is none", []string{line("李娜", "lina", "", "", "", "", "", "", "", "", "", "1234")}, []string{"2 李娜 refused field_invalid [2 L 人员编码 employeeCode:invalid]"}},
		{"a code that nobody has", []string{line("李娜", "lina", "", "", "", "", "", "", "", "", "", "GE_"+strings.Repeat("9", 32))}, []string{"2 李娜 refused staff_missing [2  row:staff_missing]"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			lines := append([]string{header}, tt.lines...)
			before := fmt.Sprint(d.store.Entries(), d.person(zhang.Code))
			d.wants("a dry run", d.done(d.imports(d.LinWei, true, lines...)), tt.want)
			d.wants("after it", fmt.Sprint(d.store.Entries(), d.person(zhang.Code)), before)
			id := d.imports(d.LinWei, false, lines...)
			d.wants("the import", d.done(id), tt.want)
			if strings.Contains(tt.want[0], "done") {
				d.wants("once more", strings.Fields(d.done(d.imports(d.LinWei, false, lines...))[0])[2] != "refused", true)
			}
		})
	}
}

// The places of an export mean what is on file, also where the caller would not find them.
func TestImportOfAnExport(t *testing.T) {
	d := newDesk(t)
	zhang := d.ZhangMin.Staff
	team := d.person(zhang.Code)
	team.Staff.Posts[0].Org = d.Team.Code
	d.put(team)
	unit := d.admin(70, grant(account.UnitGrant, d.Data))
	row := func(unit, org, role string, post int) string {
		return line("张敏", "zhangmin", "", "", "", "", unit, org, "", role, "", zhang.Code.String(), admintest.PostID(post).String())
	}
	for _, tt := range []struct {
		name  string
		lines []string
		want  []string
	}{
		{"as it is", []string{row("数据局", "一组", "", 1), row("财政局", "财政局", "", 101)}, []string{"2 张敏 unchanged"}},
		{"with another role", []string{row("数据局", "一组", "", 1), row("财政局", "财政局", "R2", 101)}, []string{"2 张敏 done posts[" + admintest.PostID(101).String() + "].role:R1>R2"}},
		{"with another unit", []string{row("财政局", "财政局", "", 1)}, []string{"2 张敏 refused field_invalid [2 G 单位 posts[0].unit:missing]"}},
		{"with another office", []string{row("数据局", "二组", "", 1)}, []string{"2 张敏 refused field_invalid [2 H 部门 posts[0].org:missing]"}},
		{"without its office", []string{row("财政局", "", "", 101)}, []string{"2 张敏 refused field_invalid [2 G 单位 posts[0].unit:missing]"}},
	} {
		d.wants(tt.name, d.done(d.imports(unit, true, append([]string{header}, tt.lines...)...)), tt.want)
	}
}

// Somebody new has what the file says, and nothing else.
func TestImportAdds(t *testing.T) {
	d := newDesk(t)
	id := d.imports(d.LinWei, false, header, newcomer, line("李娜", "lina", "", "", "", "", "财政局", "", "concurrent", "", "9", "", "", "", "", "lina@example.cn"))
	d.wants("results", d.done(id), []string{"2 李娜 done new"})
	all, _, _ := d.store.JobResults(d.Context(), id, "", 9)
	s := d.person(all[0].Staff).Staff
	d.wants("the person", []any{s.Name, s.Account, s.Phone.E164(), s.Gender, s.BudgetedPost, s.JobLevel, s.State, s.Missing()},
		[]any{"李娜", "lina", "+8613700000050", "2", "B1", "J1", staff.Pending, []string{"posts[1].role"}})
	d.wants("the posts", []any{s.Posts[0].Unit, s.Posts[0].Org, s.Posts[0].JobType, s.Posts[1].Org, s.Posts[1].JobType, s.Posts[1].Email},
		[]any{d.Data.Code, d.Section.Code, staff.MainJob, d.Finance.Code, staff.ConcurrentJob, "lina@example.cn"})
	d.wants("the audit", d.actions(), "add_staff 1")
	d.wants("texts", len(d.texts.sent), 0)
	d.wants("the dry run of the same", d.done(d.imports(d.LinWei, true, header, newcomer)), []string{"2 李娜 unchanged"})
}

// A spreadsheet that opens a CSV file saves numbers without the zeros before them. That is
// no change; anything else is.
func TestImportWithoutZeros(t *testing.T) {
	d := newDesk(t)
	p := d.ZhangMin
	p.Staff.Account, _ = staff.ParseAccount("007001")
	p.Staff.ShortNumber, p.Staff.HomeAddress = "066004", "文三路"
	for i := range p.Staff.Posts {
		p.Staff.Posts[i].OfficePhone = "057188198818"
	}
	d.put(p)
	const header = "姓名|账号|短号|单位|部门|任职类型|办公电话|人员编码"
	row := func(account, short, office string) string {
		return strings.Join([]string{"张敏", account, short, "数据局", "综合科", "main", office, p.Staff.Code.String()}, "|")
	}
	main, _ := p.Staff.MainPost()
	for _, tt := range []struct{ name, row, want string }{
		{"as it is", row("007001", "066004", "057188198818"), "2 张敏 unchanged"},
		{"without the zeros", row("7001", "66004", "57188198818"), "2 张敏 unchanged"},
		{"another number", row("", "66005", ""), "2 张敏 done shortNumber:066004>66005"},
		{"a zero more", row("", "", "0057188198818"), "2 张敏 done posts[" + main.ID.String() + "].officePhone:057188198818>0057188198818"},
	} {
		d.wants(tt.name, d.done(d.imports(d.LinWei, true, header, tt.row)), []string{tt.want})
	}
}

// What an administrator may not see is told like a name that is taken, and no more than
// thirty times an hour, dry runs included.
func TestImportProbes(t *testing.T) {
	d := newDesk(t)
	clerk := d.admin(60, grant(account.UnitGrant, d.Data))
	for _, tt := range []struct{ name, row, want string }{
		{"by account", line("孙丽", "sunli", "", "", "", "J1"), "account_taken [2 B 账号 account:account_taken]"},
		{"with another name", line("孙立", "sunli", "", "", "", "J1"), "account_taken [2 B 账号 account:account_taken]"},
		{"by phone", line("孙丽", "", d.SunLi.Staff.Phone.National(), "", "", "J1"), "phone_taken [2 C 手机号 phone:phone_taken]"},
		{"by code", line("孙丽", "", "", "", "", "J1", "", "", "", "", "", d.SunLi.Staff.Code.String()), "staff_missing [2  row:staff_missing]"},
		{"by account, with a wrong cell", line("孙丽", "sunli", "", "不详"), "account_taken [2 B 账号 account:account_taken] [2 D 性别 gender:not_a_choice]"},
	} {
		got := d.done(d.imports(clerk, true, header, tt.row))[0]
		d.wants(tt.name, got[strings.Index(got, "refused ")+len("refused "):], tt.want)
	}
	d.wants("the audit", d.actions(), "probe_name, probe_name, probe_name, probe_name")
	for range 26 {
		d.done(d.imports(clerk, true, header, line("孙丽", "sunli")))
	}
	for name, row := range map[string]string{"somebody there": line("孙丽", "sunli"), "a name that is free": newcomer, "somebody there, with a wrong cell": line("孙丽", "sunli", "", "不详"), "a free name with a wrong cell": line("李娜", "lina", "", "不详"),
		"a free name with little beside it": line("李娜", "lina"), "a free phone with little beside it": line("李娜", "", "13700000077"), "a free name in a unit out of scope": line("李娜", "lina", "13700000077", "2", "", "", d.Finance.Code.String(), "", "", "", "5")} {
		got := d.done(d.imports(clerk, true, header, row))[0]
		want := "refused rate_limited [2  row:rate_limited]"
		if strings.Contains(name, "wrong cell") {
			want = "refused rate_limited [2 D 性别 gender:not_a_choice] [2  row:rate_limited]"
		}
		d.wants(name+" after thirty", got[strings.Index(got, "refused"):], want)
	}
	d.wants("who is in sight", d.done(d.imports(clerk, true, header, line("张敏", "zhangmin", "", "", "", "J2"))), []string{"2 张敏 done jobLevel:J1>J2"})
}

// Whoever made the import must still be allowed when it is done.
func TestImportOfALostGrant(t *testing.T) {
	d := newDesk(t)
	id := d.imports(d.LinWei, false, header, newcomer)
	now := d.person(d.LinWei.Staff.Code)
	now.Account.Grants = nil
	d.put(now)
	d.wants("results", d.done(id), []string{"2 李娜 refused permission_denied [2  row:permission_denied]"})
	d.wants("the audit", d.actions(), "")
}

// brokenStore breaks the n-th write of a person: before it is done, or after.
type brokenStore struct {
	*admintest.Store
	calls, at int
	after     bool
}

func (b *brokenStore) write(do func() error) error {
	if b.calls++; b.calls != b.at {
		return do()
	}
	if b.after {
		if err := do(); err != nil {
			return err
		}
	}
	return errBroken
}

func (b *brokenStore) AddStaff(ctx context.Context, c admin.Change) error {
	return b.write(func() error { return b.Store.AddStaff(ctx, c) })
}

func (b *brokenStore) Change(ctx context.Context, c admin.Change) error {
	return b.write(func() error { return b.Store.Change(ctx, c) })
}

// A worker that is killed at any write, before or after it, adds and changes nobody twice,
// and everybody has a result in the end.
func TestImportGoesOn(t *testing.T) {
	lines := []string{header, newcomer, line("张敏", "zhangmin", "", "", "", "J2"), line("李强", "liqiang", "13700000052", "1", "B1", "J1", "数据局", "", "", "R1", "6"), line("孙丽", "sunli", "", "", "", "J2")}
	for at := 1; at <= 4; at++ {
		for _, after := range []bool{false, true} {
			d := newDesk(t)
			id := d.imports(d.LinWei, false, lines...)
			broken := &brokenStore{Store: d.store, at: at, after: after}
			if err := d.importer(broken, broken).Run(d.Context(), id, 1); !errors.Is(err, errBroken) {
				t.Fatalf("at %d: %v", at, err)
			}
			d.wants(fmt.Sprint("results at ", at, after), d.done(id), []string{"2 李娜 done new", "3 张敏 done jobLevel:J1>J2", "4 李强 done new", "5 孙丽 done jobLevel:>J2"})
			d.wants("versions", []any{d.person(d.ZhangMin.Staff.Code).Staff.Version, d.person(d.SunLi.Staff.Code).Staff.Version}, []any{4, 4})
			d.wants("entries", len(d.store.Entries()), 4)
			left, err := d.store.JobRows(d.Context(), id, 1)
			d.wants("rows that are left", []any{len(left), err}, []any{0, nil})
		}
	}
}

// Somebody edits the same person meanwhile: the import is applied to the record as it is then.
func TestImportMeetsAnEdit(t *testing.T) {
	d := newDesk(t)
	id := d.imports(d.LinWei, false, header, line("张敏", "zhangmin", "", "", "", "J2"))
	d.store.Race(func() {
		p := d.person(d.ZhangMin.Staff.Code)
		p.Staff.Version, p.Staff.Revision, p.Staff.ShortNumber = p.Staff.Version+1, p.Staff.Revision+1, "61234"
		d.put(p)
	})
	d.wants("results", d.done(id), []string{"2 张敏 done jobLevel:J1>J2"})
	s := d.person(d.ZhangMin.Staff.Code).Staff
	d.wants("both", []any{s.ShortNumber, s.JobLevel, s.Version}, []any{"61234", "J2", 5})
}

func TestMakeImport(t *testing.T) {
	d := newDesk(t)
	file := []byte(header + "\n" + newcomer)
	for _, tt := range []struct {
		name string
		in   admin.ImportInput
		want string
	}{
		{"no format", admin.ImportInput{File: file}, "field_invalid format:required"},
		{"parameters that are none", admin.ImportInput{File: file, Format: "xls", DryRun: "yes"}, "field_invalid format:not_a_choice dryRun:not_a_choice"},
		{"an empty file", admin.ImportInput{Format: "csv"}, "field_invalid file:file_empty"},
		{"no header", admin.ImportInput{File: []byte("a|b"), Format: "csv"}, "field_invalid file:header_missing"},
	} {
		_, err := d.makeImport(d.LinWei, tt.in, "")
		d.wants(tt.name, err, tt.want)
	}
	in := admin.ImportInput{File: []byte("序号|" + header + "\n1|" + newcomer), Format: "csv"}
	first, err := d.makeImport(d.LinWei, in, "key")
	d.wants("making", err, "ok")
	d.wants("what is not read", first.Ignored, []string{"A 序号"})
	j, err := d.store.Job(d.Context(), first.ID)
	d.wants("what is not read, of the job", []any{admin.IgnoredColumns(j), err}, []any{first.Ignored, nil})
	again, err := d.makeImport(d.LinWei, in, "key")
	d.wants("the same request", []any{again, err}, []any{first, nil})
	in.DryRun = "true"
	_, err = d.makeImport(d.LinWei, in, "key")
	d.wants("another request", err, "idempotency_conflict")
}

// An import has as many chunks as it takes, each a few people.
func TestImportChunks(t *testing.T) {
	d := newDesk(t)
	lines := []string{header}
	for n := range 60 {
		lines = append(lines, line(fmt.Sprint("员工", n), fmt.Sprint("yuangong", n), fmt.Sprintf("1390000%04d", n), "2", "", "", "数据局", "", "", "", "5"))
	}
	id := d.imports(d.LinWei, false, lines...)
	d.wants("results", len(d.done(id)), 60)
	j, _ := d.store.Job(d.Context(), id)
	d.wants("the job", []any{j.Chunks, j.Total, j.Done, j.Failed}, []any{3, 60, 60, 0})
}
