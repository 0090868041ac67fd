package dynamo_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dynamo/dynamotest/world"
	"chaoxi/shared/staff"
)

// recordWorld is 临江区 with 数据局 (in it 综合科, in it 一组) and 财政局, 张敏 with a post
// in both, who lacks everything that can be lacking, and 林伟, who administers
// 临江区.
type recordWorld struct {
	*world.World
	edits admin.UpdatePosts

	orgs             map[string]staff.Org
	zhangmin, linwei staff.EmployeeCode
	linweiCalls      account.Caller
}

func newRecordWorld(t *testing.T) *recordWorld {
	t.Helper()
	w := &recordWorld{World: world.New(t, nil), orgs: map[string]staff.Org{}}
	w.edits = admin.UpdatePosts{
		Notices: account.Notices{Store: w.Store, Sender: noTexts{}, Keys: w.Keys, Settings: account.Defaults()},
		Store:   w.Store, Dictionaries: &staff.DictionaryList{Store: w.Store, Now: w.Now}, Keys: w.Keys, Now: w.Now, Random: rand.Reader,
		Pinyin: func(name string) staff.Pinyin { return staff.Pinyin{Syllables: strings.Split(name, "")} },
	}

	district := w.org("临江区", staff.GroupOrg, staff.Org{})
	data := w.org("数据局", staff.UnitOrg, district)
	w.org("一组", staff.InstitutionOrg, w.org("综合科", staff.InstitutionOrg, data))
	w.org("财政局", staff.UnitOrg, district)
	w.Must(w.Store.LoadDictionaries(t.Context(), staff.Dictionaries{
		{Dictionary: staff.DictBudgetedPost, Code: "B", Enabled: true}, {Dictionary: staff.DictJobLevel, Code: "J", Enabled: true},
		{Dictionary: staff.DictJobLevel, Code: "J2", Enabled: true}, {Dictionary: staff.DictJobLevel, Code: "J_OLD"},
		{Dictionary: staff.DictRole, Code: "R", Enabled: true}, {Dictionary: staff.DictAreaCode, Code: "+86", Enabled: true},
		{Dictionary: staff.DictJobType, Code: "attached", Enabled: true},
	}))
	w.zhangmin = w.person("zhangmin", "张敏", "13700000004", nil, "综合科", "财政局")
	w.linwei = w.person("linwei", "林伟", "13700000002", []account.Grant{{ID: "g1", Type: account.UnitGrant, Org: district.Code}}, "数据局")
	w.linweiCalls = account.Caller{Staff: w.linwei, Epoch: 1, Grants: []account.Grant{{ID: "g1", Type: account.UnitGrant, Org: district.Code}}}
	return w
}

// noTexts is a text service that takes texts and sends none.
type noTexts struct{}

func (noTexts) Send(context.Context, staff.Phone, string) error { return nil }

func (w *recordWorld) org(name string, kind staff.OrgType, parent staff.Org) staff.Org {
	w.Helper()
	c, err := staff.NewOrgCode(rand.Reader)
	w.Must(err)
	org := staff.Org{Code: c, Name: name, Type: kind, Division: "330199", Order: len(w.orgs) + 1, Version: 1}.Under(parent)
	w.Must(w.Store.LoadOrgs(w.Context(), []staff.Org{org}, staff.Orgs{}))
	w.orgs[name] = org
	return org
}

func (w *recordWorld) person(name, full, phone string, grants []account.Grant, orgs ...string) staff.EmployeeCode {
	w.Helper()
	s := staff.Staff{Revision: 1, Version: 1, Name: full, Gender: "2", Employment: staff.InService, State: staff.Active}
	var err error
	s.Code, err = staff.NewEmployeeCode(rand.Reader)
	w.Must(err)
	s.Account, err = staff.ParseAccount(name)
	w.Must(err)
	s.Phone, err = staff.ParsePhone(phone)
	w.Must(err)
	for i, org := range orgs {
		id, err := staff.NewPostID(rand.Reader)
		w.Must(err)
		p := staff.Post{ID: id, Unit: w.orgs["财政局"].Code, Org: w.orgs[org].Code, JobType: staff.ConcurrentJob, Order: i + 1, Active: true}
		if org != "财政局" {
			p.Unit = w.orgs["数据局"].Code
		}
		if i == 0 {
			p.JobType = staff.MainJob
		}
		s.Posts = append(s.Posts, p)
	}
	w.Must(w.Store.Register(w.Context(), account.Person{Staff: s, Account: account.Account{Grants: grants, Epoch: 1, DeviceEpoch: 1}},
		audit.Entry{ID: name, At: w.Now(), Actor: s.Code, Subject: "test", Action: "add"}))
	return s.Code
}

// read is the person as 林伟 sees them.
func (w *recordWorld) read(c staff.EmployeeCode) admin.Target {
	w.Helper()
	t, err := w.loadTarget().Run(w.Context(), w.linweiMay(account.StaffRead), c.String())
	w.Must(err)
	return t
}

// linweiMay is 林伟 as one who holds p.
func (w *recordWorld) linweiMay(p account.Permission) account.Permitted {
	return must(w.linweiCalls.Permit(p))
}

func (w *recordWorld) loadTarget() admin.LoadTarget {
	return admin.LoadTarget{Store: w.Store, Keys: w.Keys, Now: w.Now}
}

func (w *recordWorld) update(c staff.EmployeeCode, e admin.Edit) (admin.Updated, error) {
	t, err := w.edits.Load(context.Background(), w.linweiMay(account.StaffEdit), c.String(), e)
	if err != nil {
		return admin.Updated{}, err
	}
	return w.edits.Run(context.Background(), w.Call, w.linweiMay(account.StaffEdit), t, e)
}

// completes is an edit that leaves nothing 待完善.
func (w *recordWorld) completes(s staff.Staff, level string) admin.Edit {
	e := admin.Edit{Version: s.Version, BudgetedPost: set("B"), JobLevel: set(level)}
	for _, p := range s.ActivePosts() {
		e.Posts = append(e.Posts, admin.PostEdit{ID: set(p.ID.String()), Role: set("R"), Title: set(level)})
	}
	return e
}
