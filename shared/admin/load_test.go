package admin_test

import (
	"context"
	"strings"
	"testing"

	"chaoxi/shared/admin"
	"chaoxi/shared/admin/admintest"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/jobs"
	"chaoxi/shared/roster"
	"chaoxi/shared/staff"
)

// operatorStore is a store with the top of the Town's tree.
type operatorStore struct {
	*admintest.Store
	tops []staff.Org
}

func (s operatorStore) Roots(context.Context) ([]staff.Org, error) { return s.tops, nil }

// loads are the people of a file, as the operator loads them; told as done tells.
func (d *desk) loading(dry bool, lines ...string) []string {
	d.Helper()
	sheets, err := opens([]byte(strings.Join(lines, "\n")), roster.CSV)
	d.wants("opening", err, "ok")
	words, err := d.store.Dictionaries(d.Context())
	d.wants("reading the dictionaries", err, "ok")
	file, err := roster.Open(sheets, words)
	d.wants("reading the header", err, "ok")
	uc := admin.Load{
		Store:       operatorStore{d.store, []staff.Org{d.Province}},
		AddStaff:    admin.AddStaff{Store: d.store, Dictionaries: d.dictionaries(), Now: d.clock, Random: d.random, Pinyin: spell},
		UpdatePosts: admin.UpdatePosts{Store: d.store, Dictionaries: d.dictionaries(), Now: d.clock, Random: d.random, Pinyin: spell},
	}
	stretch, err := uc.Begin(d.Context(), file.Columns, audit.Call{ID: "register-load-1"}, dry)
	d.wants("beginning", err, "ok")
	var all []jobs.Result
	for p, err := range file.People() {
		d.wants("reading", err, "ok")
		r, err := stretch.One(d.Context(), p)
		d.wants("loading", err, "ok")
		all = append(all, r)
	}
	return tellAll(all)
}

// The operator loads by the rules of an import, and reaches everybody.
func TestLoad(t *testing.T) {
	zhang := admintest.NewTown().ZhangMin.Staff
	for _, tt := range []struct {
		name  string
		lines []string
		want  []string // as done tells; the same once more changes nothing
	}{
		{"somebody new with two posts", []string{newcomer, line("李娜", "lina", "", "", "", "", "财政局", "", "concurrent", "", "9")}, []string{"2 李娜 done new"}},
		{"a unit that there is not", []string{line("李娜", "lina", "13700000050", "2", "", "", "没有局")}, []string{"2 李娜 refused field_invalid [2 G 单位 posts[0].unit:missing]"}},
		{"what the file says wrong", []string{line("李娜", "lina", "13700000050", "不详", "", "", "数据局", "", "", "", "第一")}, []string{"2 李娜 refused field_invalid [2 D 性别 gender:not_a_choice] [2 K 排序码 posts[0].order:invalid]"}},
		{"a phone that is somebody's", []string{line("李娜", "lina", zhang.Phone.National(), "2", "", "", "数据局", "", "", "", "5")}, []string{"2 李娜 refused phone_taken [2 C 手机号 phone:phone_taken]"}},
		{"the phone of who holds grants", []string{line("王芳", "wangfang", "13700000051")}, []string{"2 王芳 done phone:+86 137*****003>+86 137*****051"}},
		{"somebody who has left", []string{line("何静", "hejing", "13700000051")}, []string{"2 何静 refused state_conflict [2  row:state_conflict]"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			lines := append([]string{header}, tt.lines...)
			before := d.store.Entries()
			d.wants("a dry run", d.loading(true, lines...), tt.want)
			d.wants("entries after it", d.store.Entries(), before)
			d.wants("the load", d.loading(false, lines...), tt.want)
			if name, done, _ := strings.Cut(tt.want[0], " done"); done != "" {
				d.wants("once more", d.loading(false, lines...), []string{name + " unchanged"})
			}
			for _, e := range d.store.Entries() {
				d.wants("who did it", []any{e.Actor.IsZero(), e.Call, e.Version > 0}, []any{true, audit.Call{ID: "register-load-1"}, true})
			}
			actions := ""
			switch {
			case strings.HasSuffix(tt.want[0], " new"):
				actions = "add_staff 1"
			case strings.Contains(tt.want[0], " done"):
				actions = "update_staff 4"
			}
			d.wants("the audit, without lookups of names", d.actions(), actions)
		})
	}
}

// Somebody edits the same person meanwhile, and then everybody: nobody's grants are read
// again, for the operator is nobody on the register.
func TestLoadMeetsAnEdit(t *testing.T) {
	d := newDesk(t)
	d.store.Race(func() {
		p := d.person(d.ZhangMin.Staff.Code)
		p.Staff.Version, p.Staff.Revision, p.Staff.ShortNumber = p.Staff.Version+1, p.Staff.Revision+1, "61234"
		d.put(p)
	})
	d.wants("results", d.loading(false, header, line("张敏", "zhangmin", "", "", "", "J2")), []string{"2 张敏 done jobLevel:J1>J2"})
	s := d.person(d.ZhangMin.Staff.Code).Staff
	d.wants("both", []any{s.ShortNumber, s.JobLevel, s.Version}, []any{"61234", "J2", 5})
}

// Without a tree nobody can be loaded.
func TestLoadBeforeTheTree(t *testing.T) {
	d := newDesk(t)
	_, err := (admin.Load{Store: operatorStore{Store: d.store}}).Begin(d.Context(), nil, audit.Call{}, false)
	d.wants("beginning", err, fault.PermissionDenied.Code)
}
