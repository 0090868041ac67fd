package account_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

// org puts an organisation on the register.
func (w *world) org(name string, above ...staff.OrgCode) staff.OrgCode {
	w.Helper()
	w.orgs++
	c, err := staff.ParseOrgCode(fmt.Sprintf("GO_%032d", w.orgs))
	w.must(err)
	w.store.PutOrgs(staff.Org{Code: c, Name: name, Type: staff.UnitOrg, Path: append(append([]staff.OrgCode{}, above...), c)})
	return c
}

// in gives somebody a post.
func in(unit, org staff.OrgCode, job staff.JobType, officePhone string) func(*account.Person) {
	return func(p *account.Person) {
		p.Staff.Posts = append(p.Staff.Posts, staff.Post{Unit: unit, Org: org, JobType: job, Role: "x", OfficePhone: officePhone, Active: true})
	}
}

func grant(g account.GrantType, on staff.OrgCode, added ...account.Permission) func(*account.Person) {
	return func(p *account.Person) {
		p.Account.Grants = append(p.Account.Grants, account.Grant{ID: fmt.Sprint(len(p.Account.Grants)), Type: g, Org: on, Added: added})
	}
}

func TestRecoveryOptions(t *testing.T) {
	for _, tt := range []struct {
		name        string
		person      func(*account.Person)
		typed, full string
		want        string
		missed      bool
	}{
		{"by account", unchanged, "linwei", "林伟", "ok", false},
		{"by phone", unchanged, "13700000001", " 林 伟", "ok", false},
		{"incomplete", incomplete, "linwei", "林伟", "ok", false},
		{"pending", pending, "linwei", "林伟", "not_activated", false},
		{"pending with a wrong name", pending, "linwei", "林维", "name_or_account_wrong", true},
		{"a wrong name", unchanged, "linwei", "林维", "name_or_account_wrong", true},
		{"nobody", unchanged, "nobody", "林伟", "name_or_account_wrong", true},
		{"frozen", frozen, "linwei", "林伟", "name_or_account_wrong", true},
		{"left", left, "linwei", "林伟", "name_or_account_wrong", true},
		{"without a phone", func(p *account.Person) { p.Staff.Phone = staff.Phone{} }, "linwei", "林伟", "name_or_account_wrong", true},
		{"without fields", unchanged, "", "", "field_invalid account:required name:required", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.person("linwei", "林伟", tt.person)
			ask := func(full string) string {
				_, err := w.recoveryOptions().Run(t.Context(), w.call, tt.typed, full, "")
				return told(err)
			}
			equal(w, "told", ask(tt.full), tt.want)
			for range 4 {
				ask("错误")
			}
			if tt.typed != "" {
				equal(w, "the sixth is refused", ask("错误") == "rate_limited 30m", tt.missed)
			}
			equal(w, "texts", len(w.texts.sent), 0)
		})
	}
}

// TestAdministrators: of each unit those who may edit its people; where there are
// none, those of the nearest organisation above.
func TestAdministrators(t *testing.T) {
	w := newWorld(t)
	root := w.org("浙江省")
	district := w.org("临江区", root)
	data, finance := w.org("数据局", root, district), w.org("财政局", root, district)
	section := w.org("综合科", root, district, data)
	w.person("chenjing", "陈静", in(root, root, staff.MainJob, "1"), grant(account.SuperGrant, root))
	w.person("linwei", "林伟", in(finance, finance, staff.ConcurrentJob, "9"), in(data, data, staff.MainJob, "2"), grant(account.UnitGrant, data))
	w.person("zhaolei", "赵磊", in(finance, finance, staff.MainJob, "3"), grant(account.UnitGrant, finance), frozen)
	w.person("sunli", "孙丽", in(data, data, staff.MainJob, "4"), grant(account.UnitGrant, data), left)
	w.person("zhouqiang", "周强", in(finance, finance, staff.MainJob, "5"), grant(account.AuditGrant, finance))
	w.person("wangfang", "王芳", in(data, section, staff.MainJob, ""))
	w.person("zhangmin", "张敏", in(finance, finance, staff.ConcurrentJob, ""), in(data, section, staff.MainJob, ""))
	contacts := func(name, full string) string {
		r, err := w.recoveryOptions().Run(t.Context(), w.call, name, full, "")
		w.must(err)
		var all []string
		for _, c := range r.Administrators {
			all = append(all, c.Name+" "+c.Unit+" "+c.OfficePhone)
		}
		return strings.Join(all, ", ")
	}
	for _, tt := range []struct{ who, full, want string }{
		{"wangfang", "王芳", "林伟 数据局 2"},
		{"zhangmin", "张敏", "林伟 数据局 2, 陈静 浙江省 1"}, // the unit of the main post first
		{"zhouqiang", "周强", "陈静 浙江省 1"},
		{"linwei", "林伟", "陈静 浙江省 1"}, // nobody decides on a request of their own
		{"chenjing", "陈静", ""},
	} {
		equal(w, tt.who, contacts(tt.who, tt.full), tt.want)
	}
	w.edit("zhouqiang", func(p *account.Person) { p.Account.Grants[0].Added = []account.Permission{account.StaffEdit} })
	equal(w, "by a permission that was added", contacts("zhangmin", "张敏"), "林伟 数据局 2, 周强 财政局 5")
	w.settings.AdministratorsListed = 1
	equal(w, "the first only", contacts("zhangmin", "张敏"), "林伟 数据局 2")
}

// TestLastRequestIsShown: while it is open, and until it expires if it was rejected.
func TestLastRequestIsShown(t *testing.T) {
	for _, tt := range []struct {
		name  string
		after time.Duration
		want  account.RecoveryState
	}{
		{"at once", 0, account.RecoveryPending},
		{"in the last second", 7*24*time.Hour - time.Second, account.RecoveryPending},
		{"when it has expired", 7 * 24 * time.Hour, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.person("linwei", "林伟")
			r := w.raise(w.recover("linwei", "林伟"))
			w.pass(tt.after)
			got, err := w.recoveryOptions().Run(t.Context(), w.call, "linwei", "林伟", "")
			w.must(err)
			equal(w, "state", got.State, tt.want)
			equal(w, "request", got.Request.ID, map[bool]string{true: r.ID}[tt.want != ""])
		})
	}
}

// TestLockDoesNotBlockRecovery: the lock of a name is for its sign-ins.
func TestLockDoesNotBlockRecovery(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	for range 6 {
		w.signIn("linwei", "wrong")
	}
	if got := w.recover("linwei", "林伟"); w.ticket(got).Purpose != account.ForRecovery {
		t.Errorf("%+v", w.ticket(got))
	}
}

// TestMissesOfANameAddUp: a wrong name counts, whether it is typed to recover or to
// activate, and for the caller's address alone. A right one never counts.
func TestMissesOfANameAddUp(t *testing.T) {
	w := newWorld(t)
	w.person("wangfang", "王芳", pending)
	recover := func(full string) string {
		_, err := w.recoveryOptions().Run(t.Context(), w.call, "wangfang", full, "")
		return told(err)
	}
	for range 8 {
		equal(w, "the right name", recover("王芳"), "not_activated")
	}
	for range 5 {
		equal(w, "a miss", recover("王方"), "name_or_account_wrong")
	}
	equal(w, "after five misses", recover("王芳"), "rate_limited 30m")
	_, err := w.sendCode().Activate(t.Context(), w.call, "wangfang", "王芳", "")
	w.want(err, "rate_limited 30m")
	w.call.Address = stranger
	equal(w, "from another address", recover("王芳"), "not_activated")
}
