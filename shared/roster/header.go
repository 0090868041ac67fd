package roster

import (
	"slices"
	"strings"
	"unicode"

	"chaoxi/shared/fault"
	"chaoxi/shared/fold"
)

// otherNames are what offices call columns, beside Header and Key. Who writes a roster by
// hand takes the names of the forms that they know.
var otherNames = map[string][]string{
	EmployeeCode:      {"人员编号", "人员代码", "人员id"},
	"name":            {"人员姓名", "职工姓名", "名字"},
	"account":         {"帐号", "登录账号", "登录帐号", "登录名", "用户名", "用户账号"},
	"areaCode":        {"手机区号", "国家代码", "国际区号"},
	"phone":           {"手机号码", "手机", "移动电话", "本人手机", "手机号码1", "联系手机", "联系电话", "电话", "电话号码", "联系方式"},
	"shortNumber":     {"手机短号", "集团短号", "虚拟网短号", "短号码"},
	"gender":          {"男女"},
	"idCard":          {"身份证", "身份证号码", "居民身份证号", "居民身份证号码", "公民身份号码", "公民身份证号", "证件号", "证件号码"},
	"birthDate":       {"出生年月日", "出生年月", "生日"},
	"budgetedPost":    {"编制", "编制类型", "编制性质", "编制类别"},
	"jobLevel":        {"现任职级", "职级名称", "职务级别"},
	"homeAddress":     {"家庭住址", "住址", "现住址", "居住地址"},
	"politicalStatus": {"政治身份", "党派"},
	PostID:            {"任职编号", "任职id", "职务编号"},
	"unit":            {"单位", "单位名称", "工作单位", "用人单位", "所属单位"},
	"org":             {"机构", "内设机构", "部门", "部门名称", "所在部门", "所属部门", "科室", "所在科室", "处室", "所在处室"},
	"jobType":         {"职务类型", "任职类别", "任职性质"},
	"title":           {"职务名称", "现任职务", "岗位", "岗位名称", "职位"},
	"role":            {"角色", "平台角色", "用户角色"},
	"order":           {"排序", "排序号", "顺序号"},
	"email":           {"电子邮箱", "电子邮件", "邮件地址", "邮箱地址", "e-mail"},
	"officePhone":     {"办公室电话", "单位电话", "座机", "座机号码", "固定电话"},
	"officeAddress":   {"办公地点", "办公室地址", "单位地址"},
}

// headerKey is a header without what does not count in it: stars, blanks, what stands in
// brackets, a colon at the end.
func headerKey(s string) string {
	var b strings.Builder
	depth := 0
	for _, r := range fold.Lower(s) {
		switch {
		case strings.ContainsRune("([【〔{", r):
			depth++
		case strings.ContainsRune(")]】〕}", r):
			depth = max(0, depth-1)
		case depth > 0, unicode.IsSpace(r), strings.ContainsRune("*★☆:", r):
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// columnNamed is the column that a header means. Exact says that it is named as the
// template names it.
func columnNamed(header string) (key string, exact, ok bool) {
	name := headerKey(header)
	if name == "" {
		return "", false, false
	}
	for _, c := range Columns {
		if name == headerKey(c.Header) || name == strings.ToLower(c.Key) {
			return c.Key, true, true
		}
	}
	for key, names := range otherNames {
		if slices.Contains(names, name) {
			return key, false, true
		}
	}
	return "", false, false
}

// headline is what stands in the rows that may be a header, by column.
type headline []string

// headlineOf is a row as a header.
func headlineOf(r Row) headline {
	h := make(headline, len(r.Cells))
	for i, c := range r.Cells {
		if c.Kind == Text {
			h[i] = oneLine(c.Text)
		}
	}
	return h
}

// over is h with lower below it: group headers above, or cells that are merged downwards.
func (h headline) over(lower headline) headline {
	both := make(headline, max(len(h), len(lower)))
	copy(both, h)
	for i, s := range lower {
		if s != "" {
			both[i] = s
		}
	}
	return both
}

// known are how many columns the header names, and whether it says whom the rows are
// about.
func (h headline) known() (n int, names bool) {
	for _, s := range h {
		if key, _, ok := columnNamed(s); ok {
			n++
			names = names || key == "name" || key == EmployeeCode
		}
	}
	return n, names
}

// IsHeader reports whether a row of texts names people and at least one column more.
func IsHeader(cells []string) bool {
	n, names := headline(cells).known()
	return names && n >= least
}

// continues reports whether the row below h is a part of the header: it names columns, and
// has nothing below the column of names.
func (h headline) continues(r Row) bool {
	lower := headlineOf(r)
	if n, _ := lower.known(); n == 0 {
		return false
	}
	for i, s := range h {
		if key, _, ok := columnNamed(s); ok && (key == "name" || key == EmployeeCode) {
			if k := r.At(i).Kind; k != Empty && k != Merged {
				return false
			}
		}
	}
	return !slices.ContainsFunc(r.Cells, func(c Cell) bool { return c.Kind == Number })
}

// layout says which column of a sheet has what.
type layout struct {
	at      map[string]int    // by key
	titles  map[string]string // by key: where the column is, such as "C 手机号"
	ignored []string          // columns that say nothing to an import, such as "A 序号"
}

// least is how many columns a row must name to be a header.
const least = 2

// layoutOf is what a header says. The error is FieldInvalid, if a column is there twice or
// one is missing that it takes to know whom a row is about.
func layoutOf(h headline) (layout, error) {
	l := layout{at: map[string]int{}, titles: map[string]string{}}
	exactly := map[string]bool{}
	var bad fault.Fields
	ignore := func(i int) { l.ignored = append(l.ignored, title(i, h[i])) }
	for i, s := range h {
		key, exact, ok := columnNamed(s)
		had, twice := l.at[key]
		switch {
		case s == "":
			continue
		case !ok:
			ignore(i)
			continue
		case twice && exactly[key] && !exact:
			ignore(i)
			continue
		case twice && exact && !exactly[key]:
			ignore(had)
		case twice:
			bad.AddAt(fault.Field{Path: key, Column: title(i, s), FieldCode: fault.ColumnRepeated})
			continue
		}
		l.at[key], l.titles[key], exactly[key] = i, title(i, s), exact
	}
	if !slices.ContainsFunc(identifying, func(key string) bool { _, ok := l.at[key]; return ok }) {
		bad.Add("account", fault.ColumnMissing)
	}
	slices.Sort(l.ignored)
	return l, bad.Err()
}

// identifying are the columns by which a row says whom it is about, the surest first.
var identifying = []string{EmployeeCode, "account", "idCard", "phone"}

// title is how people are told of a column.
func title(i int, header string) string {
	if header = clip(header, 40); header != "" {
		return ColumnName(i) + " " + header
	}
	return ColumnName(i)
}

// clip is s without what follows its first characters.
func clip(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
