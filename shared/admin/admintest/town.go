package admintest

import (
	"fmt"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/staff"
)

// Noon is when all of a Town happens. It is to come, since a table deletes jobs that are
// too old.
var Noon = time.Date(2040, 3, 2, 12, 0, 0, 0, time.UTC)

// Town is a register that a reader can keep in mind:
//
//	省 Province                heading    (王芳 and 陈洁 are its supers)
//	└ 区 District              heading    (林伟 administers it)
//	  ├ 数据局 Data            unit       林伟
//	  │ ├ 综合科 Section       part of it 张敏 (main post), 何静 (has left)
//	  │ │ └ 一组 Team          part of it
//	  │ ├ 数据中心 Centre      unit
//	  │ └ 撤销科 Closed        closed
//	  └ 财政局 Finance         unit       王芳, 陈洁, 张敏 (concurrent post), 孙丽 (pending, without a job level)
type Town struct {
	Province, District, Data, Section, Team, Centre, Closed, Finance staff.Org
	ZhangMin, LinWei, WangFang, ChenJie, HeJing, SunLi               account.Person
	Seed                                                             Seed
}

// NewTown makes the same Town each time.
func NewTown() Town {
	var t Town
	org := func(name string, kind staff.OrgType, division string, above staff.Org) staff.Org {
		n := len(t.Seed.Orgs) + 1
		o := staff.Org{Code: must(staff.ParseOrgCode(fmt.Sprintf("GO_%032x", n))), Name: name, Type: kind, Division: division, Order: 10 * n, Version: 1}.Under(above)
		o.Closed = name == "撤销科"
		t.Seed.Orgs = append(t.Seed.Orgs, o)
		return o
	}
	t.Province = org("省", staff.GroupOrg, "330000", staff.Org{})
	t.District = org("区", staff.GroupOrg, "330199", t.Province)
	t.Data = org("数据局", staff.UnitOrg, "330199", t.District)
	t.Section = org("综合科", staff.InstitutionOrg, "330199", t.Data)
	t.Team = org("一组", staff.InstitutionOrg, "330199", t.Section)
	t.Centre = org("数据中心", staff.UnitOrg, "330199", t.Data)
	t.Closed = org("撤销科", staff.InstitutionOrg, "330199", t.Data)
	t.Finance = org("财政局", staff.UnitOrg, "330199", t.District)

	person := func(name, login string, unit, org staff.Org, surname, given string, change func(*account.Person)) account.Person {
		p := NewPerson(len(t.Seed.People)+1, name, login, unit, org)
		p.Staff.Pinyin = staff.Pinyin{Syllables: []string{surname, given}, Surname: 1}
		change(&p)
		t.Seed.People = append(t.Seed.People, p)
		return p
	}
	t.ZhangMin = person("张敏", "zhangmin", t.Data, t.Section, "zhang", "min", func(p *account.Person) {
		second := p.Staff.Posts[0]
		second.ID, second.Unit, second.Org, second.JobType = PostID(101), t.Finance.Code, t.Finance.Code, staff.ConcurrentJob
		p.Staff.Posts = append(p.Staff.Posts, second)
		p.Staff.IDCard, p.Staff.BirthDate = "11010519491231002X", "1949-12-31"
	})
	t.LinWei = person("林伟", "linwei", t.Data, t.Data, "lin", "wei", func(p *account.Person) {
		p.Account.Grants = []account.Grant{{ID: "grant-linwei", Type: account.UnitGrant, Org: t.District.Code}}
	})
	t.WangFang = person("王芳", "wangfang", t.Finance, t.Finance, "wang", "fang", func(p *account.Person) {
		p.Account.Grants = []account.Grant{{ID: "grant-wangfang", Type: account.SuperGrant, Org: t.Province.Code}}
	})
	t.ChenJie = person("陈洁", "chenjie", t.Finance, t.Finance, "chen", "jie", func(p *account.Person) {
		p.Account.Grants = []account.Grant{{ID: "grant-chenjie", Type: account.SuperGrant, Org: t.Province.Code}}
	})
	t.HeJing = person("何静", "hejing", t.Data, t.Section, "he", "jing", func(p *account.Person) {
		s := &p.Staff
		s.Employment, s.State, s.Phone, s.FormerPhone, s.ActivatedAt = staff.Left, staff.Pending, staff.Phone{}, s.Phone, time.Time{}
		s.Posts[0].Active = false
		s.IDCard = "110105194912310062"
		p.Account = account.Account{Epoch: 2}
	})
	t.SunLi = person("孙丽", "sunli", t.Finance, t.Finance, "sun", "li", func(p *account.Person) {
		p.Staff.State, p.Staff.ActivatedAt, p.Staff.JobLevel = staff.Pending, time.Time{}, ""
		p.Account = account.Account{Epoch: 1}
	})
	t.Seed.Requests = []account.RecoveryRequest{Request(1, t.ZhangMin), Request(2, t.LinWei), Request(3, t.ChenJie), Request(4, t.HeJing), Request(5, t.SunLi)}
	t.Seed.Requests[4] = t.Seed.Requests[4].Reject(t.LinWei.Staff.Code, "未能确认本人", Noon.Add(-time.Hour))
	for dictionary, codes := range map[string][]string{
		staff.DictBudgetedPost: {"B1"}, staff.DictJobLevel: {"J1", "J2"}, staff.DictRole: {"R1", "R2"}, staff.DictGender: {"1", "2"},
		staff.DictPoliticalStatus: {"13"}, staff.DictJobType: {"main", "concurrent", "attached", "seconded"}, staff.DictAreaCode: {"+86", "+852"},
	} {
		for i, code := range codes {
			t.Seed.Dictionaries = append(t.Seed.Dictionaries, staff.DictionaryEntry{Dictionary: dictionary, Code: code, Label: "选项" + code, Order: i + 1, Enabled: true})
		}
	}
	return t
}

// NewPerson is a person who is active and complete, with one post.
func NewPerson(n int, name, login string, unit, org staff.Org) account.Person {
	return account.Person{
		Staff: staff.Staff{
			Code: EmployeeCode(n), Revision: 7, Version: 3, Loaded: 3, Name: name, Account: must(staff.ParseAccount(login)), Phone: Phone(n),
			Gender: "2", BudgetedPost: "B1", JobLevel: "J1", Employment: staff.InService, State: staff.Active, ActivatedAt: Noon.Add(-time.Hour),
			Posts: []staff.Post{{ID: PostID(n), Unit: unit.Code, Org: org.Code, JobType: staff.MainJob, Role: "R1", Order: n, Active: true}},
		},
		Account: account.Account{Password: "a hash", Epoch: 1},
	}
}

// EmployeeCode, PostID and Phone are those of the number n.
func EmployeeCode(n int) staff.EmployeeCode {
	return must(staff.ParseEmployeeCode(fmt.Sprintf("GE_%032x", n)))
}

func PostID(n int) staff.PostID { return must(staff.ParsePostID(fmt.Sprintf("post%018d", n))) }

func Phone(n int) staff.Phone { return must(staff.ParsePhone(fmt.Sprintf("137%08d", n))) }

// CallerOf is p, signed in.
func CallerOf(p account.Person) account.Caller {
	return account.Caller{Staff: p.Staff.Code, Epoch: p.Account.Epoch, Grants: p.Account.Grants}
}

// Entry is an entry of the audit, n minutes after Noon.
func Entry(n int, action audit.Action, by account.Person, about audit.Subject) audit.Entry {
	return audit.Entry{
		ID: fmt.Sprintf("entry%017d", n), At: Noon.Add(time.Duration(n) * time.Minute), Actor: by.Staff.Code, Action: action, Subject: about,
		Reason: "因工作需要", Changes: []audit.Change{{Field: "name", Old: "张敏", New: "张闵"}}, Call: audit.Call{Address: "192.0.2.7", ID: "req-1"},
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
