package roster_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"chaoxi/shared/fault"
	"chaoxi/shared/roster"
	"chaoxi/shared/seed"
	"chaoxi/shared/staff"
)

// sheet is a sheet whose rows are lines, from row 1 on, with a bar between cells. A cell
// that begins with # is a number, with ^ one that is covered by merged cells, with ! an
// error, with = a formula without a result; @1985-10 and @1985-10-01 are dates.
func sheet(lines ...string) roster.Sheet {
	return roster.Sheet{Rows: func(yield func(roster.Row, error) bool) {
		for n, line := range lines {
			row := roster.Row{Number: n + 1}
			if line == "" {
				continue
			}
			for _, text := range strings.Split(line, "|") {
				row.Cells = append(row.Cells, cell(text))
			}
			if !yield(row, nil) {
				return
			}
		}
	}}
}

func cell(text string) roster.Cell {
	if text == "" {
		return roster.Cell{}
	}
	var d roster.Date
	switch text[0] {
	case '#':
		return roster.Cell{Kind: roster.Number, Text: text[1:]}
	case '^':
		return roster.Cell{Kind: roster.Merged}
	case '!':
		return roster.Cell{Kind: roster.Error, Text: "#N/A"}
	case '=':
		return roster.Cell{Kind: roster.Formula}
	case '@':
		if n, _ := fmt.Sscanf(text, "@%d-%d-%d", &d.Year, &d.Month, &d.Day); n == 2 {
			d.Day, d.NoDay = 1, true
		}
		return roster.Cell{Kind: roster.Number, Text: "31321", Date: d, Format: "yyyy-mm-dd"}
	}
	return roster.Cell{Kind: roster.Text, Text: strings.ReplaceAll(text, `\n`, "\n")}
}

func words(t *testing.T) staff.Dictionaries {
	t.Helper()
	all, err := seed.Dictionaries()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// told is what a person's rows say, in a fixed order.
func told(p roster.Person) string {
	var parts []string
	say := func(values map[string]string) string {
		var all []string
		for _, k := range slices.Sorted(maps.Keys(values)) {
			all = append(all, k+"="+values[k])
		}
		return strings.Join(all, " ")
	}
	parts = append(parts, fmt.Sprint(p.Row)+": "+say(p.Values))
	for _, post := range p.Posts {
		parts = append(parts, fmt.Sprint(post.Row)+": "+say(post.Values))
	}
	for _, f := range p.Flaws {
		parts = append(parts, fmt.Sprintf("%d %s %s:%s", f.Row, f.Column, f.Path, f.Code))
	}
	return strings.Join(parts, "; ")
}

func TestHeader(t *testing.T) {
	for _, tt := range []struct {
		name  string
		lines []string
		want  string // each person; or the code
	}{
		{"as the template has it", []string{"姓名*|账号*|手机号*", "王芳|wangfang|13700000003"}, "2: account=wangfang name=王芳 phone=13700000003"},
		{"in any order, in brackets, over two lines", []string{`手机号码（必填）|【必填】登录账号|姓\n名*`, "13700000003|wangfang|王芳"}, "2: account=wangfang name=王芳 phone=13700000003"},
		{"below a title and a line for the stamp, with empty rows", []string{"", "临江区干部花名册|^|^", "用人单位（盖章）：|^|填报日期：", "", "姓名|账号|编制", "王芳|wangfang|事业编制"}, "6: account=wangfang budgetedPost=BIAN_ZHI_SHI_YE_BIAN_ZHI name=王芳"},
		{"below groups", []string{"基本信息|^|任职信息|^", "姓名|账号|单位|职务", "王芳|wangfang|数据局|科员"}, "3: account=wangfang name=王芳; 3: title=科员 unit=数据局"},
		{"in two rows, cells merged downwards", []string{"序号|姓名|联系方式|^|任职|^", "^|^|手机号|邮箱|单位|职务", "#1|王芳|#13700000003|a@b.cn|数据局|科员"}, "3: name=王芳 phone=13700000003; 3: email=a@b.cn title=科员 unit=数据局"},
		{"by the names of the API", []string{"name|account", "王芳|wangfang"}, "2: account=wangfang name=王芳"},
		{"once more on the next page", []string{"姓名|账号", "王芳|wangfang", "姓名|账号", "周强|zhouqiang"}, "2: account=wangfang name=王芳\n4: account=zhouqiang name=周强"},
		{"two names for one column, of which one is the template's", []string{"姓名|账号|联系电话|手机号", "王芳|wangfang|0571-88|13700000003"}, "2: account=wangfang name=王芳 phone=13700000003"},

		{"none", []string{"王芳|wangfang", "周强|zhouqiang"}, "file:header_missing"},
		{"nobody below it", []string{"姓名|账号", "", "合计|0人"}, "file:no_people"},
		{"and nothing else", []string{"姓名|账号"}, "file:no_people"},
		{"nothing to know people by", []string{"姓名|性别", "王芳|女"}, "account:column_missing"},
		{"a column twice", []string{"姓名|账号|手机号|手机号", "王芳|wangfang|1|2"}, "phone:column_repeated"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := roster.Read([]roster.Sheet{sheet("说明|请勿改动表头"), sheet(tt.lines...)}, words(t))
			var all []string
			for _, p := range r.People {
				all = append(all, told(p))
			}
			got := strings.Join(all, "\n")
			var refused *fault.Error
			if errors.As(err, &refused) {
				got = refused.Fields[0].Path + ":" + refused.Fields[0].Code
			}
			if got != tt.want {
				t.Errorf("%s\nwant %s (%v)", got, tt.want, err)
			}
			if got := streamed(t, sheet("说明|请勿改动表头"), sheet(tt.lines...)); got != tt.want {
				t.Errorf("one after the other: %s\nwant %s", got, tt.want)
			}
		})
	}
}

// streamed are the people that a stream hands over, or the code of its refusal.
func streamed(t *testing.T, sheets ...roster.Sheet) string {
	t.Helper()
	s, err := roster.Open(sheets, words(t))
	var refused *fault.Error
	if errors.As(err, &refused) {
		return refused.Fields[0].Path + ":" + refused.Fields[0].Code
	}
	var all []string
	for range 2 { // each time anew
		all = nil
		for p, err := range s.People() {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, told(p))
		}
	}
	return strings.Join(all, "\n")
}

func TestRows(t *testing.T) {
	for _, tt := range []struct {
		name  string
		lines []string
		want  string
	}{
		{"several rows of one person are several posts",
			[]string{"姓名|账号|所在单位|任职类型", "张敏|zhangmin|数据局|主职", "张敏|zhangmin|财政局|兼职", "王芳|wangfang|数据局|主职"},
			"2: account=zhangmin name=张敏; 2: jobType=main unit=数据局; 3: jobType=concurrent unit=财政局\n4: account=wangfang name=王芳; 4: jobType=main unit=数据局"},
		{"a row that repeats another", []string{"姓名|账号|所在单位", "张敏|zhangmin|数据局", "张敏|ZhangMin|数据局"},
			"2: account=zhangmin name=张敏; 2: unit=数据局; 3  row:row_repeated"},
		{"a row that repeats one without posts", []string{"姓名|账号", "张敏|zhangmin", "张敏|zhangmin"}, "2: account=zhangmin name=张敏; 3  row:row_repeated"},
		{"rows that disagree", []string{"姓名|账号|性别|所在单位", "张敏|zhangmin|女|数据局", "张敏|zhangmin|男|财政局"},
			"2: account=zhangmin gender=2 name=张敏; 2: unit=数据局; 3: unit=财政局; 3 C 性别 gender:rows_disagree"},
		{"two people with one phone", []string{"姓名|账号|手机号", "张敏|zhangmin|13700000004", "王芳|wangfang|+86 137 0000 0004"},
			"2: account=zhangmin name=张敏 phone=13700000004\n3: account=wangfang name=王芳 phone=+86 137 0000 0004; 3 C 手机号 phone:rows_share"},
		{"one account for two names", []string{"姓名|账号", "张敏|zhangmin", "王芳|zhangmin"}, "2: account=zhangmin name=张敏\n3: account=zhangmin name=王芳; 3 B 账号 account:rows_share"},
		{"masks are not unique", []string{"姓名|账号|手机号", "张敏|zhangmin|+86 137*****004", "王芳|wangfang|+86 137*****004"},
			"2: account=zhangmin name=张敏 phone=+86 137*****004\n3: account=wangfang name=王芳 phone=+86 137*****004"},
		{"below headings with the unit", []string{"序号|姓名|账号", "一、临江区数据局（2人）|^|^", "#1|张敏|zhangmin", "#2|王芳|wangfang", "临江区财政局", "#1|周强|zhouqiang"},
			"3: account=zhangmin name=张敏; 3: unit=临江区数据局\n4: account=wangfang name=王芳; 4: unit=临江区数据局\n6: account=zhouqiang name=周强; 6: unit=临江区财政局"},
		{"empty rows, numbers without people, notes", []string{"序号|姓名|账号", "#1|张敏|zhangmin", "", "#2| |　", "合计|1人", "填表人：周强||审核人：赵磊", "备注：以上人员均已核实"},
			"2: account=zhangmin name=张敏"},
		{"a name alone is no heading", []string{"姓名|账号", "张敏", "临江区数据局"}, "2: name=张敏; 2 B 账号 account:nobody_named"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := roster.Read([]roster.Sheet{sheet(tt.lines...)}, words(t))
			var all []string
			for _, p := range r.People {
				all = append(all, told(p))
			}
			if got := strings.Join(all, "\n"); got != tt.want || err != nil {
				t.Errorf("%s\nwant %s (%v)", got, tt.want, err)
			}
			if got := streamed(t, sheet(tt.lines...)); got != tt.want {
				t.Errorf("one after the other: %s\nwant %s", got, tt.want)
			}
		})
	}
}

// A stream has a person of each stretch of rows about somebody, and as many of them as the
// file has. Who comes again has the same unique names, and a flaw that names the row before.
func TestStream(t *testing.T) {
	lines := []string{"姓名|账号|区号|手机号|所在单位"}
	for i := range roster.MaxImported {
		lines = append(lines, fmt.Sprintf("员工|yg%d||%d|数据局", i, 13700000000+i))
	}
	lines = append(lines, "员工|YG0|||财政局", "王芳|wangfang|+86|13700000001|", "周强|zhouqiang||13700000001|", "张敏||||")
	s, err := roster.Open([]roster.Sheet{sheet(lines...)}, words(t))
	if err != nil {
		t.Fatal(err)
	}
	var last []roster.Person
	n := 0
	for p, err := range s.People() {
		if err != nil {
			t.Fatal(err)
		}
		if n++; p.Row > roster.MaxImported+1 || p.Row == 2 {
			last = append(last, p)
		}
	}
	if n != roster.MaxImported+4 || len(last) != 5 {
		t.Fatalf("%d people, %d of them the first and the last ones", n, len(last))
	}
	for i, want := range []string{
		"[{account account yg0} {phone phone +8613700000000}]", "[{account account yg0}]", "[{account account wangfang} {phone phone +8613700000001}]", "[]", "[]",
	} {
		if got := fmt.Sprint(last[i].UniqueNames()); got != want {
			t.Errorf("row %d: %s, want %s", last[i].Row, got, want)
		}
	}
	if last[0].NameKey() != last[1].NameKey() || last[1].NameKey() == last[2].NameKey() {
		t.Error("names are compared otherwise")
	}
	for same, want := range map[bool]fault.FieldCode{true: fault.RowsApart, false: fault.RowsShare} {
		if f := s.Again(last[1], "account", 2, same); f.Row != roster.MaxImported+2 || f.Column != "B 账号" || f.FieldCode != want.Format(2) {
			t.Errorf("again, %t: %+v", same, f)
		}
	}
}

func TestCells(t *testing.T) {
	for _, tt := range []struct{ header, cell, want string }{
		{"姓名", " 张\u3000敏 ", "张敏"},
		{"姓名", `阿依古丽·\n买买提`, "阿依古丽· 买买提"},
		{"职务", "'-1组长", "'-1组长"}, // whatever reads the file has taken one ' away already
		{"职务", "无", ""},
		{"职务", "——", ""},
		{"职务", "/", ""},
		{"手机号", "#13700000004", "13700000004"},
		{"手机号", "#1.3700000004E+10", "13700000004"},
		{"手机号", "#8613700000004", "8613700000004"},
		{"手机号", "8.6137E+12", "digits_lost"},
		{"身份证号", "#330199199003070018", "digits_lost"},
		{"身份证号", "#3.30199199003070E+17", "digits_lost"},
		{"身份证号", "3.30199E+17", "digits_lost"},
		{"身份证号", "330199199003070018", "330199199003070018"},
		{"账号", "#9007199254740993", "digits_lost"},
		{"账号", "!", "cell_error"},
		{"账号", "=", "cell_formula"},
		{"账号", "^", "cell_merged"},
		{"账号", "zhang\ufffdmin", "cell_garbled"},
		{"职务", "@1985-10-01", "cell_date"},
		{"职务", strings.Repeat("长", 401), "too_long"},
		{"出生日期", "@1985-10-01", "1985-10-01"},
		{"出生日期", "@1985-10", "date_no_day"},
		{"出生日期", "1985-10-01", "1985-10-01"},
		{"出生日期", "1985/10/1", "1985-10-01"},
		{"出生日期", "1985.10.01", "1985-10-01"},
		{"出生日期", "1985年10月1日", "1985-10-01"},
		{"出生日期", "1985 年 10 月 1 日", "1985-10-01"},
		{"出生日期", "1985-10-01 00:00:00", "1985-10-01"},
		{"出生日期", "19851001", "1985-10-01"},
		{"出生日期", "#19851001", "1985-10-01"},
		{"出生日期", "#1985.1", "date_ambiguous"},
		{"出生日期", "1985.10", "date_no_day"},
		{"出生日期", "1985年10月", "date_no_day"},
		{"出生日期", "198510", "date_no_day"},
		{"出生日期", "85-10-01", "date_year"},
		{"出生日期", "10-15-85", "date_year"},
		{"出生日期", "1985-02-30", "invalid"},
		{"出生日期", "1985", "1985"},
		{"出生日期", "#31321", "invalid"},
		{"性别", "女", "2"},
		{"性别", "#2", "2"},
		{"性别", "不详", "not_a_choice"},
		{"政治面貌", "#1", "01"},
		{"政治面貌", "党员", "01"},
		{"区号", "#86", "+86"},
		{"区号", "0086", "+86"},
		{"区号", "中国大陆", "+86"},
		{"职级", "一级调研员", "ZHI_JI_YI_JI_DIAO_YAN_YUAN"},
		{"职级", "zhi_ji_qi_ta", "ZHI_JI_QI_TA"},
		{"职级", "待完善", ""},
		{"任职类型", "挂 职", "attached"},
		{"排序码", "#10", "10"},
		{"排序码", "#1.5", "invalid"},
		{"排序码", "第一", "invalid"},
	} {
		t.Run(tt.header+" "+tt.cell, func(t *testing.T) {
			others := "人员编码|账号|姓名"
			row := "GE_e464939e09efb519c01e93c6a5df1456|zhangmin|张敏"
			if strings.Contains(others, tt.header) {
				others, row = "人员编码", "GE_e464939e09efb519c01e93c6a5df1456"
			}
			r, err := roster.Read([]roster.Sheet{sheet(others+"|"+tt.header, row+"|"+tt.cell)}, words(t))
			if err != nil || len(r.People) != 1 {
				t.Fatalf("%+v, %v", r, err)
			}
			p := r.People[0]
			c := slices.IndexFunc(roster.Columns, func(c roster.Column) bool { return c.Header == tt.header })
			got := p.Values[roster.Columns[c].Key]
			if roster.Columns[c].OfPost && len(p.Posts) > 0 {
				got = p.Posts[0].Values[roster.Columns[c].Key]
			}
			if len(p.Flaws) > 0 {
				f := p.Flaws[0]
				if got = f.Code; f.Row != 2 || !strings.HasSuffix(f.Column, " "+tt.header) {
					t.Errorf("it is at %d %s", f.Row, f.Column)
				}
			}
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// A file may have as many rows of people as an import takes, and no more.
func TestMostRows(t *testing.T) {
	lines := []string{"姓名|账号"}
	for i := range roster.MaxImported {
		lines = append(lines, fmt.Sprintf("张敏|z%d", i))
	}
	if r, err := roster.Read([]roster.Sheet{sheet(append(lines, "", "合计")...)}, nil); err != nil || len(r.People) != roster.MaxImported {
		t.Errorf("%d people, %v", len(r.People), err)
	}
	_, err := roster.Read([]roster.Sheet{sheet(append(lines, "张敏|z")...)}, nil)
	var refused *fault.Error
	if !errors.As(err, &refused) || refused.Fields[0].Code != fault.TooManyRows.Code {
		t.Errorf("one more: %v", err)
	}
}

// A person has ten posts at the most, however many rows there are.
func TestMostPosts(t *testing.T) {
	lines := []string{"姓名|账号|所在单位"}
	for i := range roster.MaxImported {
		lines = append(lines, fmt.Sprintf("张敏|zhangmin|单位%d", i))
	}
	r, err := roster.Read([]roster.Sheet{sheet(lines...)}, nil)
	if err != nil || len(r.People) != 1 || len(r.People[0].Posts) != 10 || len(r.People[0].Flaws) != 20 || r.People[0].Flaws[0].Code != fault.TooManyPosts.Code || r.People[0].Flaws[0].Row != 12 {
		t.Errorf("%d people, %v: %+v", len(r.People), err, r.People[0])
	}
}

// An error in a row ends the reading, whatever stood before it.
func TestUnreadable(t *testing.T) {
	broken := roster.Sheet{Rows: func(yield func(roster.Row, error) bool) {
		_ = yield(roster.Row{Number: 1, Cells: []roster.Cell{cell("姓名"), cell("账号")}}, nil) && yield(roster.Row{}, &roster.Unreadable{Reason: roster.Damaged, Row: 2})
	}}
	var why *roster.Unreadable
	if _, err := roster.Read([]roster.Sheet{broken}, nil); !errors.As(err, &why) || why.Row != 2 {
		t.Errorf("%v", err)
	}
	if _, err := roster.Open([]roster.Sheet{broken}, nil); !errors.As(err, &why) || why.Row != 2 {
		t.Errorf("%v", err)
	}
	later := roster.Sheet{Rows: func(yield func(roster.Row, error) bool) {
		for n, cells := range [][]roster.Cell{{cell("姓名"), cell("账号")}, {cell("王芳"), cell("wangfang")}, {cell("周强"), cell("zhouqiang")}} {
			if !yield(roster.Row{Number: n + 1, Cells: cells}, nil) {
				return
			}
		}
		yield(roster.Row{}, &roster.Unreadable{Reason: roster.StrayQuote, Row: 4})
	}}
	s, err := roster.Open([]roster.Sheet{later}, nil)
	n := 0
	if err == nil {
		for _, err = range s.People() {
			n++
		}
	}
	if !errors.As(err, &why) || why.Row != 4 || n != 2 { // 周强 may have further rows
		t.Errorf("%d, and %v", n, err)
	}
}

// Whatever a sheet holds, reading ends, and each person has a row of the sheet and no more
// than some flaws.
func FuzzRead(f *testing.F) {
	f.Add("姓名|账号\n张敏|zhangmin")
	f.Add("序号|姓名|联系方式|^\n^|^|手机号|邮箱\n一、数据局\n#1|张敏|#13700000004|!")
	all, err := seed.Dictionaries()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Split(text, "\n")
		r, err := roster.Read([]roster.Sheet{sheet(lines...)}, all)
		if err == nil && len(r.People) == 0 {
			t.Error("nobody, and no error")
		}
		for _, p := range r.People {
			if p.Row < 1 || p.Row > len(lines) || len(p.Flaws) > 20 {
				t.Errorf("%+v", p)
			}
			for _, f := range p.Flaws {
				if f.Row < p.Row || f.Row > len(lines) || f.Code == "" || strings.Contains(f.Zh, "%!") {
					t.Errorf("%+v", f)
				}
			}
		}
	})
}
