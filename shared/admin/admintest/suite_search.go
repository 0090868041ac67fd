package admintest

import (
	"fmt"
	"strings"

	"chaoxi/shared/admin"
	"chaoxi/shared/staff"
)

func (s subject) rows() {
	st := s.open(s.T, s.Seed)
	names := map[staff.EmployeeCode]string{}
	for _, p := range s.Seed.People {
		names[p.Staff.Code] = p.Staff.Name
	}
	query := func(text string) staff.SearchQuery {
		q, ok := staff.ParseSearchQuery(text)
		if !ok {
			s.Fatalf("%q cannot be searched by", text)
		}
		return q
	}
	for _, tt := range []struct {
		name string
		q    admin.RowQuery
		want string
	}{
		{"a list in its order", admin.RowQuery{List: staff.ByOrder, Scope: s.District.Code}, "林伟 张敏 王芳 陈洁 孙丽"},
		{"the list of a place with a concurrent post", admin.RowQuery{List: staff.ByOrder, Scope: s.Finance.Code}, "张敏 王芳 陈洁 孙丽"},
		{"who has left", admin.RowQuery{List: staff.ByOrder, Scope: s.Data.Code, Left: true}, "何静"},
		{"a list of nobody", admin.RowQuery{List: staff.ByOrder, Scope: s.Team.Code}, ""},
		{"who is incomplete", admin.RowQuery{List: staff.ToDo, Scope: s.Province.Code}, "孙丽"},
		{"by term", admin.RowQuery{List: staff.ByTerm, Scope: s.Province.Code, Text: query("wang")}, "王芳"},
		{"by the end of a name", admin.RowQuery{List: staff.ByTerm, Scope: s.Province.Code, Text: query("敏")}, "张敏"},
		{"a unit has no rows by term", admin.RowQuery{List: staff.ByTerm, Scope: s.Data.Code, Text: query("zhang")}, ""},
		{"but looks for them in its list", admin.RowQuery{List: staff.ByOrder, Scope: s.Data.Code, Text: query("zhang")}, "张敏"},
		{"by the end of a name", admin.RowQuery{List: staff.ByOrder, Scope: s.Finance.Code, Text: query("芳")}, "王芳"},
		{"by the beginning of a term, not by its middle", admin.RowQuery{List: staff.ByOrder, Scope: s.Data.Code, Text: query("hang")}, ""},
		{"in part of a unit", admin.RowQuery{List: staff.ByOrder, Scope: s.Section.Code, Text: query("lin")}, ""},
		{"a number that a mask hides is not filtered by", admin.RowQuery{List: staff.ByOrder, Scope: s.Data.Code, Text: query("1999")}, "林伟 张敏"},
		{"it is for who sees it whole", admin.RowQuery{List: staff.ByOrder, Scope: s.Data.Code, Text: query("1999"), Whole: true}, ""},
		{"incomplete", admin.RowQuery{List: staff.ByOrder, Scope: s.Province.Code, Filter: admin.RowFilter{Incomplete: admin.Yes}}, "孙丽"},
		{"complete", admin.RowQuery{List: staff.ByOrder, Scope: s.Finance.Code, Filter: admin.RowFilter{Incomplete: admin.No}}, "张敏 王芳 陈洁"},
		{"the main post", admin.RowQuery{List: staff.ByOrder, Scope: s.Finance.Code, Filter: admin.RowFilter{Main: true}}, "王芳 陈洁 孙丽"},
		{"the main post, by term", admin.RowQuery{List: staff.ByTerm, Scope: s.District.Code, Text: query("敏"), Filter: admin.RowFilter{Main: true}}, "张敏"},
		{"a level", admin.RowQuery{List: staff.ByOrder, Scope: s.Province.Code, Filter: admin.RowFilter{JobLevel: "J1"}}, "林伟 张敏 王芳 陈洁"},
		{"no level", admin.RowQuery{List: staff.ByOrder, Scope: s.Province.Code, Filter: admin.RowFilter{JobLevel: admin.None}}, "孙丽"},
		{"an establishment", admin.RowQuery{List: staff.ByOrder, Scope: s.Data.Code, Filter: admin.RowFilter{Budgeted: "B1"}}, "林伟 张敏"},
		{"no establishment", admin.RowQuery{List: staff.ByOrder, Scope: s.Province.Code, Filter: admin.RowFilter{Budgeted: admin.None}}, ""},
	} {
		for _, limit := range []int{1, 2, 100} {
			tt.q.Limit = limit
			var got []string
			for _, r := range walk(s, limit, func(after string) ([]admin.FoundRow, string, error) {
				tt.q.After = after
				page, err := st.Rows(s.Context(), tt.q)
				return page.Rows, page.Last, err
			}) {
				got = append(got, names[r.Staff])
				if tt.q.List == staff.ByTerm && !strings.HasPrefix(r.Term, tt.q.Text.String()) {
					s.Errorf("%s: at %q", tt.name, r.Term)
				}
			}
			s.wants(fmt.Sprintf("%s, by %d", tt.name, limit), strings.Join(got, " "), tt.want)
		}
	}
	page := of(st.Rows(s.Context(), admin.RowQuery{List: staff.ByOrder, Scope: s.Province.Code, Limit: 2, Filter: admin.RowFilter{JobLevel: "J9"}}))(s)
	s.wants("a page on which the filter leaves nobody goes on", []any{len(page.Rows), page.Last != ""}, []any{0, true})
	page = of(st.Rows(s.Context(), admin.RowQuery{List: staff.ByOrder, Scope: s.Section.Code, Limit: 5}))(s)
	records := of(st.IndexRecords(s.Context(), []staff.EmployeeCode{s.ZhangMin.Staff.Code, must(staff.ParseEmployeeCode("GE_00000000000000000000000000000099"))}))(s)
	s.wants("index records", []any{len(records), records[s.ZhangMin.Staff.Code].Revision, len(records[s.ZhangMin.Staff.Code].Writers)}, []any{1, s.ZhangMin.Staff.Revision, 0})
	s.wants("what the posts name", page.Rows[0].Orgs, codes(s.Data, s.Section, s.Finance))
	s.wants("the terms in the list of part of a unit", page.Rows[0].Terms, s.ZhangMin.Staff.Terms(9))
	page = of(st.Rows(s.Context(), admin.RowQuery{List: staff.ByOrder, Scope: s.Province.Code, Limit: 5}))(s)
	s.wants("none above units", len(page.Rows[0].Terms), 0)
}

func (s subject) lists() {
	st := s.open(s.T, s.Seed)
	orgs := of(st.Orgs(s.Context(), codes(s.Province, s.District, s.Data, s.Section)))(s)
	at := orgs.OrderPath(s.Data.Code)
	listed := func(left bool, part admin.Stretch) []staff.EmployeeCode {
		return walk(s, 1, func(after string) ([]staff.EmployeeCode, string, error) {
			return st.Listed(s.Context(), s.Data.Code, left, part, after, 1)
		})
	}
	s.wants("in the organisation itself", listed(false, admin.Stretch{From: at + "#", To: at + "/"}), []staff.EmployeeCode{s.LinWei.Staff.Code, s.ZhangMin.Staff.Code})
	s.wants("before it", len(listed(false, admin.Stretch{From: "#", To: at + "#"})), 0)
	s.wants("behind it", len(listed(false, admin.Stretch{From: at + "/", To: "~"})), 0)
	s.wants("who has left", listed(true, admin.Stretch{From: "#", To: "~"}), []staff.EmployeeCode{s.HeJing.Staff.Code})
}
