package roster

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"chaoxi/shared/fault"
	"chaoxi/shared/fold"
	"chaoxi/shared/staff"
)

const (
	maxAbove = 50 // rows above the header
	maxFlaws = 20 // of one person
)

// Roster is what a file says.
type Roster struct {
	People []Person
	// Columns says where each column is, by key: "C 手机号".
	Columns map[string]string
	// Ignored are the columns that an import does not read, such as "A 序号".
	Ignored []string
}

// Person is one person as the file has them.
type Person struct {
	Row    int               // the first of their rows
	Values map[string]string // by key of the columns that are about a person; what is empty is not in it
	Posts  []Post            // one of each row that says something about a post
	Flaws  []fault.Field     // what is wrong with what the file says; whoever has some is not imported
}

// Post is what one row says about a post.
type Post struct {
	Row    int
	Values map[string]string // as those of Person
}

// Read reads the first sheet that has a header. Words are the dictionaries, whose entries
// may be named by code or label.
//
// Flaws of single cells are those of the person. The error is *Unreadable, or FieldInvalid
// if the file as a whole is none that can be imported: it has no header, more than MaxImported
// people, or nobody.
func Read(sheets []Sheet, words staff.Dictionaries) (Roster, error) {
	for _, sheet := range sheets {
		r := reader{words: words, known: map[string]int{}}
		if err := r.read(sheet); err != nil {
			return Roster{}, err
		}
		if r.layout == nil {
			continue
		}
		if len(r.people) == 0 {
			return Roster{}, fault.FieldInvalid.AtField("file", fault.NoPeople)
		}
		for i := range r.people {
			r.finish(&r.people[i])
		}
		return Roster{People: r.people, Columns: r.layout.titles, Ignored: r.layout.ignored}, nil
	}
	return Roster{}, fault.FieldInvalid.AtField("file", fault.HeaderMissing)
}

// reader reads one sheet.
type reader struct {
	words  staff.Dictionaries
	layout *layout
	unit   string // of the last heading: the unit of the rows below it
	rows   int
	people []Person
	known  map[string]int // who has a name that is unique, by "account zhangmin"
	// each takes one person after the other, and people has the last one only. Without it
	// people has all.
	each func(Person) error
}

// readAll reads a sheet to the end for each.
func (r *reader) readAll(sheet Sheet) error {
	if err := r.read(sheet); err != nil {
		return err
	}
	return r.handOver()
}

// handOver ends the person whose rows were read, for each.
func (r *reader) handOver() error {
	if r.each == nil || len(r.people) == 0 {
		return nil
	}
	p := r.people[0]
	r.finish(&p)
	r.people = r.people[:0]
	clear(r.known)
	return r.each(p)
}

func (r *reader) read(sheet Sheet) error {
	var header headline // of the row before, which may be one
	above := 0
	begin := func() error {
		l, err := layoutOf(header)
		r.layout = &l
		return err
	}
	for row, err := range sheet.Rows {
		if err != nil {
			return err
		}
		if r.layout == nil {
			if above++; above > maxAbove {
				return nil
			}
			n, names := header.known()
			switch {
			case names && header.continues(row):
				if header = header.over(headlineOf(row)); func() bool { n, _ := header.known(); return n >= least }() {
					if err := begin(); err != nil {
						return err
					}
				}
				continue
			case !names || n < least:
				header = headlineOf(row)
				continue
			}
			if err := begin(); err != nil {
				return err
			}
		}
		if err := r.row(row); err != nil {
			return err
		}
	}
	if n, names := header.known(); r.layout == nil && names && n >= least { // nobody stands below it
		return begin()
	}
	return nil
}

// row reads a row below the header.
func (r *reader) row(row Row) error {
	filled := r.filled(row)
	switch {
	case len(filled) == 0 || r.isNote(row, filled) || r.isHeader(row):
		return nil
	case len(filled) == 1 && r.isHeading(row, filled[0]):
		r.unit = unitNamed(oneLine(row.Cells[filled[0]].Text))
		return nil
	case !slices.ContainsFunc(filled, r.isKnown): // only a number, a tick, a remark
		return nil
	}
	if r.rows++; r.rows > MaxImported && r.each == nil {
		return fault.FieldInvalid.AtField("file", fault.TooManyRows)
	}
	return r.add(row)
}

// filled are the columns of a row that have something in them.
func (r *reader) filled(row Row) []int {
	var at []int
	for i, c := range row.Cells {
		if c.Kind != Empty && c.Kind != Merged && (c.Kind != Text || fold.Typed(c.Text) != "") {
			at = append(at, i)
		}
	}
	return at
}

// isKnown reports whether an import reads the column i.
func (r *reader) isKnown(i int) bool {
	for _, at := range r.layout.at {
		if at == i {
			return true
		}
	}
	return false
}

// sums and notes are the words with which the rows begin that stand below a list, or
// between its parts.
var (
	sums  = []string{"合计", "总计", "小计", "共计"}
	notes = []string{"填表", "制表", "填报", "审核", "审批", "负责人", "经办人", "联系人", "备注", "说明", "注:", "注1", "附注", "日期", "单位(盖章)", "单位负责人", "用人单位(盖章)", "主管部门"}
)

// isNote reports whether a row is about the list and not about a person: it begins with
// such a word, and has no name behind it.
func (r *reader) isNote(row Row, filled []int) bool {
	text := key(row.Cells[filled[0]].Text)
	begins := func(word string) bool { return strings.HasPrefix(text, word) }
	if slices.ContainsFunc(sums, begins) {
		return true
	}
	at, ok := r.layout.at["name"]
	return slices.ContainsFunc(notes, begins) && (!ok || at == filled[0] || !slices.Contains(filled, at))
}

// isHeader reports whether the row is the header once more, as on the next page of a
// printed list.
func (r *reader) isHeader(row Row) bool {
	for _, k := range []string{"name", EmployeeCode} {
		if at, ok := r.layout.at[k]; ok && row.At(at).Kind == Text {
			_, header, _ := strings.Cut(r.layout.titles[k], " ")
			return headerKey(clip(row.At(at).Text, longest)) == headerKey(header)
		}
	}
	return false
}

// placeEnds are how names of organisations end.
var placeEnds = []string{"局", "委", "办", "院", "校", "所", "中心", "处", "科", "室", "部", "厅", "会", "队", "站", "馆", "公司", "政府", "街道", "镇", "乡", "大学", "学校", "医院", "单位", "组", "园"}

// isHeading reports whether the one filled cell of a row is the unit of those below it,
// not a person of whom nothing else is said.
func (r *reader) isHeading(row Row, at int) bool {
	c := row.Cells[at]
	if c.Kind != Text || !strings.ContainsFunc(c.Text, fold.IsHan) && !isOrgCode(c.Text) {
		return false
	}
	i, ok := r.layout.at["name"]
	if !ok || i != at {
		return true
	}
	named := unitNamed(oneLine(c.Text))
	return at+1 < len(row.Cells) && row.Cells[at+1].Kind == Merged || slices.ContainsFunc(placeEnds, func(end string) bool { return strings.HasSuffix(named, end) })
}

func isOrgCode(s string) bool { _, err := staff.ParseOrgCode(fold.Typed(s)); return err == nil }

var (
	numbered = regexp.MustCompile(`^(?:[一二三四五六七八九十]+[、.]|[0-9]+[、.]|\([一二三四五六七八九十0-9]+\))\s*`)
	counted  = regexp.MustCompile(`\s*\(?(?:共)?[0-9]+人\)?$`)
	labelled = regexp.MustCompile(`^(?:所在单位|工作单位|用人单位|单位名称|单位|部门):\s*`)
)

// unitNamed is the name in a heading, without its number and how many people follow.
func unitNamed(s string) string {
	for _, form := range []*regexp.Regexp{numbered, labelled, counted} {
		s = form.ReplaceAllString(fold.Typed(s), "")
	}
	return s
}

// add takes a row as one about a person. Its error is that of each.
func (r *reader) add(row Row) error {
	var flaws []fault.Field
	person, post := map[string]string{}, map[string]string{}
	for _, c := range Columns {
		at, ok := r.layout.at[c.Key]
		if !ok || c.OnlyShown {
			continue
		}
		v, flaw := valueOf(c, row.At(at), r.words)
		switch {
		case flaw != nil:
			flaws = append(flaws, fault.Field{Path: c.Key, Row: row.Number, Column: r.layout.titles[c.Key], FieldCode: *flaw})
		case v != "" && c.OfPost:
			post[c.Key] = v
		case v != "":
			person[c.Key] = v
		}
	}
	if r.unit != "" && post["unit"] == "" && !isOrgCode(post["org"]) && !slices.ContainsFunc(flaws, func(f fault.Field) bool { return f.Path == "unit" }) {
		post["unit"] = r.unit
	}
	i, flaw := r.whose(person)
	if flaw != nil {
		flaw.Row, flaw.Column = row.Number, r.layout.titles[flaw.Path]
		flaws = append(flaws, *flaw)
	}
	if i < 0 {
		if err := r.handOver(); err != nil {
			return err
		}
		i = len(r.people)
		r.people = append(r.people, Person{Row: row.Number, Values: map[string]string{}})
	}
	p := &r.people[i]
	again := len(p.Posts) > 0 || p.Row != row.Number
	for _, c := range Columns {
		v := person[c.Key]
		switch had := p.Values[c.Key]; {
		case v == "":
		case had == "":
			p.Values[c.Key] = v
		case key(had) != key(v):
			flaws = append(flaws, fault.Field{Path: c.Key, Row: row.Number, Column: r.layout.titles[c.Key], FieldCode: fault.RowsDisagree.Format(p.Row)})
		}
	}
	if flaw == nil {
		r.note(i, p.Values)
	}
	same := slices.IndexFunc(p.Posts, func(o Post) bool { return sameValues(o.Values, post) })
	switch {
	case same < 0 && len(p.Posts) == staff.MaxActivePosts: // further rows are not kept: a file may be all one person's
		flaws = append(flaws, fault.Field{Path: "row", Row: row.Number, FieldCode: fault.TooManyPosts})
	case same >= 0:
		flaws = append(flaws, fault.Field{Path: "row", Row: row.Number, FieldCode: fault.RowRepeated.Format(p.Posts[same].Row)})
	case len(post) == 0 && again && len(flaws) == 0:
		flaws = append(flaws, fault.Field{Path: "row", Row: row.Number, FieldCode: fault.RowRepeated.Format(p.Row)})
	case len(post) > 0:
		p.Posts = append(p.Posts, Post{row.Number, post})
	}
	for _, f := range flaws {
		if c, ok := Of(f.Path); ok && c.OfPost {
			f.Path = "posts[" + strconv.Itoa(max(0, len(p.Posts)-1)) + "]." + f.Path
		}
		if len(p.Flaws) < maxFlaws {
			p.Flaws = append(p.Flaws, f)
		}
	}
	return nil
}

func sameValues(a, b map[string]string) bool {
	if len(a) == 0 || len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if key(v) != key(b[k]) {
			return false
		}
	}
	return true
}

// whose is who of those before has one of the unique names in values, -1 for nobody. It
// is a flaw if the row says another name than that person's, or names two people.
func (r *reader) whose(values map[string]string) (int, *fault.Field) {
	found := -1
	for _, k := range identifying {
		i, ok := r.known[unique(k, values)]
		switch {
		case !ok || i == found:
			continue
		case found >= 0:
			return -1, &fault.Field{Path: k, FieldCode: fault.RowsShare.Format(r.people[i].Row)}
		}
		if had, says := r.people[i].Values["name"], values["name"]; had != "" && says != "" && staff.NameKey(had) != staff.NameKey(says) {
			return -1, &fault.Field{Path: k, FieldCode: fault.RowsShare.Format(r.people[i].Row)}
		}
		found = i
	}
	return found, nil
}

// note remembers whose the unique names in values are.
func (r *reader) note(i int, values map[string]string) {
	for _, k := range identifying {
		if name := unique(k, values); name != "" {
			if _, had := r.known[name]; !had {
				r.known[name] = i
			}
		}
	}
}

// unique is the name of a person in a column, as names are compared, or "" if there is none
// or it is masked: masks are not unique.
func unique(column string, values map[string]string) string {
	v := key(values[column])
	if v == "" || strings.Contains(v, "*") {
		return ""
	}
	if column == "phone" {
		area := values["areaCode"]
		if area == "" {
			area = "+86"
		}
		if p, err := staff.ParsePhoneIn(area, v); err == nil {
			v = p.E164()
		}
	}
	return column + " " + v
}

// finish notes if p is not to be found on the register by what the file says.
func (r *reader) finish(p *Person) {
	if len(p.Flaws) == 0 && !slices.ContainsFunc(identifying, func(k string) bool { return p.Values[k] != "" }) {
		k := identifying[slices.IndexFunc(identifying, func(k string) bool { return r.layout.titles[k] != "" })]
		p.Flaws = append(p.Flaws, fault.Field{Path: k, Row: p.Row, Column: r.layout.titles[k], FieldCode: fault.NobodyNamed})
	}
}

var postPath = regexp.MustCompile(`^posts\[([0-9]+)\]\.?(.*)$`)

// Place is f, which names a field of p in the order of its posts, with the row and the
// column where the file has it. Columns are those of the Roster.
func (p Person) Place(f fault.Field, columns map[string]string) fault.Field {
	field := f.Path
	f.Row = p.Row
	if m := postPath.FindStringSubmatch(f.Path); m != nil {
		i, _ := strconv.Atoi(m[1])
		if i < len(p.Posts) {
			f.Row = p.Posts[i].Row
		}
		field = m[2]
	}
	if field == "id" {
		field = PostID
	}
	f.Column = columns[field]
	return f
}
