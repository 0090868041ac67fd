package admin

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/optional"
	"chaoxi/shared/staff"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

var choices = staff.Dictionaries{
	{Dictionary: staff.DictBudgetedPost, Code: "B1", Enabled: true}, {Dictionary: staff.DictBudgetedPost, Code: "B_OLD"},
	{Dictionary: staff.DictJobLevel, Code: "J1", Enabled: true}, {Dictionary: staff.DictJobLevel, Code: "J2", Enabled: true},
	{Dictionary: staff.DictRole, Code: "R1", Enabled: true}, {Dictionary: staff.DictRole, Code: "R2", Enabled: true},
	{Dictionary: staff.DictGender, Code: "1", Enabled: true}, {Dictionary: staff.DictGender, Code: "2", Enabled: true},
	{Dictionary: staff.DictPoliticalStatus, Code: "13", Enabled: true},
	{Dictionary: staff.DictJobType, Code: "main", Enabled: true}, {Dictionary: staff.DictJobType, Code: "concurrent", Enabled: true},
	{Dictionary: staff.DictJobType, Code: "attached", Enabled: true}, {Dictionary: staff.DictJobType, Code: "seconded", Enabled: true},
	{Dictionary: staff.DictAreaCode, Code: "+86", Enabled: true}, {Dictionary: staff.DictAreaCode, Code: "+852", Enabled: true},
}

func postID(n int) staff.PostID {
	id, err := staff.ParsePostID(fmt.Sprintf("post%018d", n))
	if err != nil {
		panic(err)
	}
	return id
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// zhangmin has her main post in 综合科 and a concurrent one in 财政局, and is
// complete.
func zhangmin() Target {
	return Target{
		Person: account.Person{Staff: staff.Staff{
			Code: employee(1), Revision: 7, Version: 3, Name: "张敏", Account: must(staff.ParseAccount("zhangmin")), Phone: must(staff.ParsePhone("13700000004")),
			Gender: "2", BudgetedPost: "B1", JobLevel: "J1", Employment: staff.InService, State: staff.Active,
			Posts: []staff.Post{
				{ID: postID(1), Unit: data.Code, Org: section.Code, JobType: staff.MainJob, Role: "R1", Order: 8, Active: true},
				{ID: postID(2), Unit: finance.Code, Org: finance.Code, JobType: staff.ConcurrentJob, Role: "R1", Order: 20, Active: true},
				{ID: postID(3), Unit: finance.Code, Org: finance.Code, JobType: staff.ConcurrentJob, Role: "R1", Order: 1},
			},
		}},
		Orgs: tree,
	}
}

func to[T any](v T) optional.Value[T] { return optional.Value[T]{Set: true, Value: v} }

func cleared[T any]() optional.Value[T] { return optional.Value[T]{Set: true, Null: true} }

func edited(t Target, c account.Caller, e Edit, change ...func(*editor)) (staff.Staff, *editor, error) {
	n := 10
	ed := &editor{
		target: t, caller: c, allowed: choices, now: noon, edit: e,
		newID:  func() (staff.PostID, error) { n++; return postID(n), nil },
		pinyin: func(name string) staff.Pinyin { return staff.Pinyin{Syllables: []string{"read", name}} },
	}
	for _, c := range change {
		c(ed)
	}
	now, err := ed.apply()
	return now, ed, err
}

// verdict is an error as a table has it: its code, and the fields named.
func verdict(err error) string {
	var f *fault.Error
	switch {
	case err == nil:
		return "ok"
	case !errors.As(err, &f):
		return err.Error()
	}
	s := f.Code
	for _, field := range f.Fields {
		s += " " + field.Path + ":" + field.Code
	}
	return s
}

func TestEditIsJudged(t *testing.T) {
	wide, narrow := caller(grant(account.UnitGrant, district)), caller(grant(account.UnitGrant, data))
	added := func(unit, o staff.Org) PostEdit {
		return PostEdit{Unit: to(unit.Code.String()), Org: to(o.Code.String()), JobType: to("attached"), Role: to("R1"), Order: to(5)}
	}
	aside := caller(grant(account.UnitGrant, finance))
	id := func(n int) optional.Value[string] { return to(postID(n).String()) }
	posts := func(p ...PostEdit) Edit { return Edit{Version: 3, Posts: p} }
	ended := func(n ...int) []string {
		var ids []string
		for _, n := range n {
			ids = append(ids, postID(n).String())
		}
		return ids
	}
	with := func(change func(*Target)) Target {
		target := zhangmin()
		change(&target)
		return target
	}
	left := with(func(t *Target) { t.Staff.Employment, t.Staff.Phone = staff.Left, staff.Phone{} })
	tests := []struct {
		name   string
		target Target
		caller account.Caller
		edit   Edit
		want   string
	}{
		{"nothing", zhangmin(), narrow, Edit{Version: 3}, "ok"},
		{"by one who may only read", zhangmin(), caller(grant(account.AuditGrant, district)), Edit{Version: 3, HomeAddress: to("临江路")}, "permission_denied"},
		{"no version", zhangmin(), narrow, Edit{}, "field_invalid version:required"},
		{"an old version", zhangmin(), narrow, Edit{Version: 2, JobLevel: to("J2")}, errStale.Error()},
		{"an old version and a value that is wrong anyway", zhangmin(), narrow, Edit{Version: 2, JobLevel: cleared[string]()}, "field_invalid jobLevel:required"},
		{"an old version and a post that has ended since", zhangmin(), narrow, Edit{Version: 2, Posts: []PostEdit{{ID: id(3), Role: to("R2")}}}, errStale.Error()},

		{"level and establishment", zhangmin(), narrow, Edit{Version: 3, JobLevel: to("J2"), BudgetedPost: to("B1")}, "ok"},
		{"starred fields cleared or empty", zhangmin(), narrow, Edit{Version: 3, Name: to(" "), AreaCode: cleared[string](), Phone: cleared[string](), Gender: to(""), BudgetedPost: cleared[string](), JobLevel: to("")},
			"field_invalid name:required areaCode:required phone:required gender:required budgetedPost:required jobLevel:required"},
		{"starred fields of a post cleared", zhangmin(), narrow, posts(PostEdit{ID: id(1), Unit: cleared[string](), Org: to(""), JobType: cleared[string](), Role: cleared[string](), Order: cleared[int]()}),
			"field_invalid posts[0].role:required posts[0].order:required posts[0].jobType:required posts[0].unit:required posts[0].org:required"},
		{"other fields cleared", zhangmin(), narrow, Edit{Version: 3, ShortNumber: cleared[string](), IDCard: cleared[string](), BirthDate: to(""), HomeAddress: to(""), PoliticalStatus: cleared[string]()}, "ok"},
		{"codes of no dictionary", zhangmin(), narrow, Edit{Version: 3, Gender: to("7"), JobLevel: to("B1"), BudgetedPost: to("B_OLD"), PoliticalStatus: to("x"), Posts: []PostEdit{{ID: id(1), Role: to("J1")}}},
			"field_invalid gender:not_a_choice budgetedPost:not_a_choice jobLevel:not_a_choice politicalStatus:not_a_choice posts[0].role:not_a_choice"},
		{"a code that is switched off but on file", with(func(t *Target) { t.Staff.BudgetedPost = "B_OLD" }), narrow, Edit{Version: 3, BudgetedPost: to("B_OLD")}, "ok"},
		{"masked values", zhangmin(), wide, Edit{Version: 3, Account: to("+86 137*****004"), Phone: to("+86 137*****004"), IDCard: to("3301************26")}, "field_invalid account:masked phone:masked idCard:masked"},
		{"too long", zhangmin(), wide, Edit{Version: 3, Name: to(strings.Repeat("张", 51)), ShortNumber: to(strings.Repeat("1", 21)), HomeAddress: to(strings.Repeat("路", 201)),
			Posts: []PostEdit{{ID: id(1), Title: to(strings.Repeat("科", 101)), OfficePhone: to(strings.Repeat("1", 41)), OfficeAddress: to(strings.Repeat("路", 201)), Email: to(strings.Repeat("a", 255))}}},
			"field_invalid name:too_long shortNumber:too_long homeAddress:too_long posts[0].title:too_long posts[0].email:too_long posts[0].officePhone:too_long posts[0].officeAddress:too_long"},
		{"id card and gender disagree", zhangmin(), narrow, Edit{Version: 3, IDCard: to("110105194912310134")}, "field_invalid idCard:disagrees"},
		{"id card and date of birth disagree", zhangmin(), narrow, Edit{Version: 3, IDCard: to("11010519491231002X"), BirthDate: to("1949-12-30")}, "ok"},
		{"id card on file and gender disagree", with(func(t *Target) { t.Staff.IDCard = "11010519491231002X" }), narrow, Edit{Version: 3, Gender: to("1"), BirthDate: to("1949-12-30")}, "field_invalid gender:disagrees"},
		{"id card, birth and gender agree", zhangmin(), narrow, Edit{Version: 3, IDCard: to("11010519491231002x"), BirthDate: to("1949-12-31"), Gender: to("2")}, "ok"},

		{"left 待完善 by the submit", with(func(t *Target) { t.Staff.JobLevel, t.Staff.Posts[0].Role, t.Staff.Posts[1].Role = "", "", "" }), narrow,
			Edit{Version: 3, Posts: []PostEdit{{ID: id(2), Order: to(3)}}},
			"field_invalid jobLevel:required posts[post000000000000000001].role:required posts[0].role:required"},
		{"completed", with(func(t *Target) { t.Staff.JobLevel, t.Staff.Posts[0].Role, t.Staff.Posts[1].Role = "", "", "" }), narrow,
			Edit{Version: 3, JobLevel: to("J1"), Posts: []PostEdit{{ID: id(2), Role: to("R1")}, {ID: id(1), Role: to("R2")}}}, "ok"},

		{"role, order and contacts of a post out of scope", zhangmin(), narrow, posts(PostEdit{ID: id(2), Role: to("R2"), Order: to(1), Title: to("科员"), Email: to("a@b.cn"), OfficePhone: to("1"), OfficeAddress: to("路")}), "ok"},
		{"a post out of scope ends", zhangmin(), narrow, Edit{Version: 3, Removed: ended(2)}, "permission_denied"},
		{"a post out of scope moves", zhangmin(), narrow, posts(PostEdit{ID: id(2), Unit: to(data.Code.String()), Org: to(data.Code.String())}), "permission_denied"},
		{"a post out of scope changes its kind", zhangmin(), narrow, posts(PostEdit{ID: id(2), JobType: to("attached")}), "permission_denied"},
		{"a post moves out of scope", zhangmin(), narrow, posts(PostEdit{ID: id(1), Unit: to(finance.Code.String()), Org: to(finance.Code.String())}), "org_missing posts[0].org:missing"},
		{"a post is added out of scope", zhangmin(), narrow, posts(added(finance, finance)), "org_missing posts[0].org:missing"},
		{"a post is added nowhere", zhangmin(), wide, posts(added(finance, staff.Org{Code: must(staff.ParseOrgCode("GO_" + strings.Repeat("e", 32)))})), "org_missing posts[0].org:missing"},
		{"an organisation that is no code", zhangmin(), wide, posts(PostEdit{ID: id(1), Org: to("综合科")}), "org_missing posts[0].org:missing"},
		{"added, moved and ended in scope", zhangmin(), wide, Edit{Version: 3, Removed: ended(2), Posts: []PostEdit{added(data, team), {ID: id(1), Org: to(data.Code.String())}}}, "ok"},
		{"added with fields missing", zhangmin(), wide, posts(PostEdit{Org: to(data.Code.String())}), "field_invalid posts[0].unit:required posts[0].jobType:required posts[0].role:required posts[0].order:required"},
		{"unit beside", zhangmin(), wide, posts(added(finance, team)), "field_invalid posts[0].unit:invalid"},
		{"unit further up", zhangmin(), wide, posts(added(data, centre)), "field_invalid posts[0].unit:invalid"},
		{"unit that is none", zhangmin(), wide, posts(added(section, team)), "field_invalid posts[0].unit:invalid"},
		{"a heading of the tree", zhangmin(), wide, posts(added(district, district)), "field_invalid posts[0].org:invalid"},
		{"a closed organisation", zhangmin(), wide, posts(added(data, closed)), "org_closed posts[0].org:invalid"},
		{"a post in an organisation closed since", with(func(t *Target) { t.Staff.Posts[1].Unit, t.Staff.Posts[1].Org = data.Code, closed.Code }), wide, posts(PostEdit{ID: id(2), Role: to("R2"), Org: to(closed.Code.String())}), "ok"},

		{"a post twice", zhangmin(), wide, Edit{Version: 3, Posts: []PostEdit{{ID: id(2)}, {ID: id(2)}}, Removed: ended(2)}, "field_invalid posts[1].id:duplicate removedPosts[0]:duplicate"},
		{"a post ended twice", zhangmin(), wide, Edit{Version: 3, Removed: ended(2, 2)}, "field_invalid removedPosts[1]:duplicate"},
		{"posts that are not there", zhangmin(), wide, Edit{Version: 3, Posts: []PostEdit{{ID: id(3)}, {ID: to("?")}}, Removed: ended(9)}, "field_invalid posts[0].id:missing posts[1].id:missing removedPosts[0]:missing"},
		{"the main post ends", zhangmin(), wide, Edit{Version: 3, Removed: ended(1)}, "field_invalid removedPosts[0]:one_main"},
		{"a second main post", zhangmin(), wide, posts(PostEdit{ID: id(2), JobType: to("main")}), "field_invalid posts[0].jobType:one_main"},
		{"no main post", zhangmin(), wide, posts(PostEdit{ID: id(1), JobType: to("concurrent")}), "field_invalid posts[0].jobType:one_main"},
		{"main and concurrent change places", zhangmin(), wide, posts(PostEdit{ID: id(1), JobType: to("concurrent")}, PostEdit{ID: id(2), JobType: to("main")}), "ok"},
		{"a kind of post that is none", zhangmin(), wide, posts(PostEdit{ID: id(2), JobType: to("boss")}), "field_invalid posts[0].jobType:not_a_choice"},
		{"order", zhangmin(), wide, posts(PostEdit{ID: id(1), Order: to(0)}, PostEdit{ID: id(2), Order: to(-1)}), "field_invalid posts[0].order:out_of_range posts[1].order:out_of_range"},
		{"eleven posts", zhangmin(), wide, posts(slices.Repeat([]PostEdit{added(data, team)}, 9)...), "field_invalid posts:out_of_range"},
		{"ten posts", zhangmin(), wide, posts(slices.Repeat([]PostEdit{added(data, team)}, 8)...), "ok"},
		{"more entries than posts can be", zhangmin(), wide, posts(slices.Repeat([]PostEdit{added(data, team)}, 11)...), "field_invalid posts:out_of_range"},
		{"form", zhangmin(), wide, Edit{Version: 3, BirthDate: to("yesterday"), Phone: to("137"), Posts: []PostEdit{{ID: id(1), Email: to("a@")}}}, "field_invalid phone:invalid birthDate:invalid posts[0].email:invalid"},

		{"phone, account and name", zhangmin(), wide, Edit{Version: 3, Phone: to("137 0000 0099"), Account: to("ZhangMin2"), Name: to("张闵")}, "ok"},
		{"phone with its area", zhangmin(), wide, Edit{Version: 3, AreaCode: to("+852"), Phone: to("51234567")}, "ok"},
		{"a number that brings its area", zhangmin(), wide, Edit{Version: 3, Phone: to("0085251234567")}, "ok"},
		{"a number that brings an area switched off", zhangmin(), wide, Edit{Version: 3, Phone: to("+85366123456")}, "field_invalid phone:not_a_choice"},
		{"an area switched off", zhangmin(), wide, Edit{Version: 3, AreaCode: to("+886"), Phone: to("912345671")}, "field_invalid areaCode:not_a_choice"},
		{"an area switched off, that is on file", with(func(t *Target) { t.Staff.Phone = must(staff.ParsePhone("+886912345671")) }), wide, Edit{Version: 3, AreaCode: to("+886"), Phone: to("0912-345-672")}, "ok"},
		{"a number as it is copied", zhangmin(), wide, Edit{Version: 3, Phone: to("\u2068tel:+86-137-0000-0099\u2069")}, "ok"},
		{"a number of too many digits", zhangmin(), wide, Edit{Version: 3, Phone: to(strings.Repeat("1", 21))}, "field_invalid phone:too_long"},
		{"area and number disagree", zhangmin(), wide, Edit{Version: 3, AreaCode: to("+852"), Phone: to("+8613700000099")}, "field_invalid areaCode:disagrees"},
		{"another area for the same number", zhangmin(), wide, Edit{Version: 3, AreaCode: to("+852")}, "field_invalid areaCode:invalid"},
		{"an account that cannot be one", zhangmin(), wide, Edit{Version: 3, Account: to("张敏")}, "field_invalid account:invalid"},
		{"no account", zhangmin(), wide, Edit{Version: 3, Account: cleared[string]()}, "field_invalid account:required"},
		{"an account like another phone", zhangmin(), wide, Edit{Version: 3, Account: to("13700000001")}, errOthersPhone.Error()},
		{"an account like the own phone, with 86", zhangmin(), wide, Edit{Version: 3, Account: to("8613700000004")}, "ok"},
		{"an account like another phone, with a 0", zhangmin(), wide, Edit{Version: 3, Account: to("013700000001")}, errOthersPhone.Error()},
		{"an account like the own ID card", zhangmin(), wide, Edit{Version: 3, Account: to("11010519491231002x"), IDCard: to("11010519491231002X")}, "ok"},
		{"an account like the ID card on file", with(func(t *Target) { t.Staff.IDCard = "11010519491231002X" }), wide, Edit{Version: 3, Account: to("11010519491231002X")}, "ok"},
		{"an account like somebody's ID card", zhangmin(), wide, Edit{Version: 3, Account: to("11010519491231002X")}, "field_invalid account:invalid"},
		{"the ID card leaves the account behind", with(func(t *Target) {
			t.Staff.IDCard, t.Staff.Account = "11010519491231002X", must(staff.ParseAccount("11010519491231002x"))
		}), wide, Edit{Version: 3, IDCard: cleared[string]()}, "field_invalid account:invalid"},
		{"an account like the own phone", zhangmin(), wide, Edit{Version: 3, Account: to("13700000004")}, "ok"},
		{"account and phone the same, both new", zhangmin(), wide, Edit{Version: 3, Account: to("13700000099"), Phone: to("13700000099")}, "ok"},
		{"the phone leaves the account behind", with(func(t *Target) { t.Staff.Account = must(staff.ParseAccount("13700000004")) }), wide, Edit{Version: 3, Phone: to("13700000099")}, "field_invalid account:invalid"},
		{"phone with the main post out of scope", zhangmin(), caller(grant(account.UnitGrant, finance)), Edit{Version: 3, Phone: to("13700000099")}, "permission_denied"},
		{"name with the main post out of scope", zhangmin(), caller(grant(account.UnitGrant, finance)), Edit{Version: 3, Name: to("张闵")}, "permission_denied"},
		{"the same name, as it was stored before it was folded", with(func(t *Target) { t.Staff.Name = "⻩磊" }), caller(grant(account.UnitGrant, finance)), Edit{Version: 3, Name: to("⻩磊"), JobLevel: to("J2")}, "ok"},
		{"the same name with the main post out of scope", zhangmin(), caller(grant(account.UnitGrant, finance)), Edit{Version: 3, Name: to(" 张敏"), JobLevel: to("J2")}, "ok"},
		{"phone of an administrator who holds as much", with(func(t *Target) { t.Account.Grants = []account.Grant{grant(account.UnitGrant, data)} }), narrow, Edit{Version: 3, Phone: to("13700000099")}, "ok"},
		{"phone of an administrator who holds more", with(func(t *Target) { t.Account.Grants = []account.Grant{grant(account.UnitGrant, finance)} }), narrow, Edit{Version: 3, Phone: to("13700000099")}, "permission_denied"},
		{"level of an administrator who holds more", with(func(t *Target) { t.Account.Grants = []account.Grant{grant(account.UnitGrant, finance)} }), narrow, Edit{Version: 3, JobLevel: to("J2")}, "ok"},
		{"own account", with(func(t *Target) { t.Staff.Code = wide.Staff }), wide, Edit{Version: 3, Account: to("zhangmin2")}, "permission_denied"},
		{"own level", with(func(t *Target) { t.Staff.Code = wide.Staff }), wide, Edit{Version: 3, JobLevel: to("J2")}, "permission_denied"},
		{"nothing of one's own", with(func(t *Target) { t.Staff.Code = wide.Staff }), wide, Edit{Version: 3}, "permission_denied"},
		{"a phone that is none, with the main post out of scope", zhangmin(), aside, Edit{Version: 3, Phone: to("abc")}, "permission_denied"},
		{"a masked phone, with the main post out of scope", zhangmin(), aside, Edit{Version: 3, Phone: to("+86 137*****004")}, "permission_denied"},
		{"an area that is none, with the main post out of scope", zhangmin(), aside, Edit{Version: 3, AreaCode: to("+1")}, "permission_denied"},
		{"no name, with the main post out of scope", zhangmin(), aside, Edit{Version: 3, Name: to("")}, "permission_denied"},
		{"a name cleared, with the main post out of scope", zhangmin(), aside, Edit{Version: 3, Name: cleared[string]()}, "permission_denied"},
		{"an account that is none, with the main post out of scope", zhangmin(), aside, Edit{Version: 3, Account: to("!")}, "permission_denied"},
		{"no account, with the main post out of scope", zhangmin(), aside, Edit{Version: 3, Account: cleared[string]()}, "permission_denied"},
		{"a level that is none, with the main post out of scope", zhangmin(), aside, Edit{Version: 3, JobLevel: to("?")}, "field_invalid jobLevel:not_a_choice"},
		{"the post outside is of no kind", zhangmin(), aside, posts(PostEdit{ID: id(1), JobType: to("nonsense")}), "permission_denied"},
		{"the post outside is of a kind that no rule knows", zhangmin(), aside, posts(PostEdit{ID: id(1), JobType: cleared[string]()}), "permission_denied"},
		{"the post outside is in no unit", zhangmin(), aside, posts(PostEdit{ID: id(1), Unit: to("")}), "permission_denied"},
		{"the post outside is in an organisation that is no code", zhangmin(), aside, posts(PostEdit{ID: id(1), Org: to("综合科")}), "permission_denied"},
		{"the post outside has a role that is none", zhangmin(), aside, posts(PostEdit{ID: id(1), Role: to("?")}), "field_invalid posts[0].role:not_a_choice"},

		{"a post is added where the caller holds more", zhangmin(), caller(grant(account.UnitGrant, district), grant(account.AuditGrant, centre, account.PIIReveal)), posts(added(centre, centre)), "permission_denied"},
		{"a post is added where the caller holds as much", zhangmin(), caller(grant(account.UnitGrant, district), grant(account.AuditGrant, district, account.PIIReveal)), posts(added(centre, centre)), "ok"},
		{"a main post moves to where the caller holds more", zhangmin(), caller(grant(account.UnitGrant, district), grant(account.AuditGrant, finance, account.PIIReveal)),
			posts(PostEdit{ID: id(1), Unit: to(finance.Code.String()), Org: to(finance.Code.String())}), "permission_denied"},
		{"a post becomes the main one where the caller holds more", zhangmin(), caller(grant(account.UnitGrant, district), grant(account.AuditGrant, finance, account.PIIReveal)),
			posts(PostEdit{ID: id(1), JobType: to("concurrent")}, PostEdit{ID: id(2), JobType: to("main")}), "permission_denied"},
		{"a concurrent post is added where the caller holds more, beside one there", zhangmin(), caller(grant(account.UnitGrant, district), grant(account.AuditGrant, finance, account.PIIReveal)),
			posts(added(finance, finance)), "ok"},
		{"a post stays where the caller holds more", zhangmin(), caller(grant(account.UnitGrant, district), grant(account.AuditGrant, data, account.PIIReveal)), posts(PostEdit{ID: id(2), Title: to("科员")}), "ok"},
		{"not allowed, nowhere, wrong and stale", zhangmin(), narrow, Edit{Version: 2, Phone: to("13700000099"), JobLevel: to("?"), Removed: ended(2), Posts: []PostEdit{added(finance, finance)}}, "permission_denied"},
		{"nowhere, wrong and stale", zhangmin(), narrow, Edit{Version: 2, JobLevel: to("?"), Posts: []PostEdit{added(finance, finance)}}, "org_missing posts[0].org:missing"},

		{"who has left gets a level", left, narrow, Edit{Version: 3, JobLevel: to("J2"), Phone: cleared[string](), AreaCode: cleared[string]()}, "ok"},
		{"the account of who has left changes", left, narrow, Edit{Version: 3, Account: to("zhangmin2")}, "state_conflict"},
		{"the account of who has left stays", left, narrow, Edit{Version: 3, Account: to("ZhangMin"), JobLevel: to("J2")}, "ok"},
		{"the account of who has left is none", left, narrow, Edit{Version: 3, Account: to("!")}, "field_invalid account:invalid"},
		{"who has left gets a phone", left, narrow, Edit{Version: 3, Phone: to("13700000099")}, "state_conflict"},
		{"who has left gets a post", left, narrow, posts(added(data, team)), "state_conflict"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now, _, err := edited(tt.target, tt.caller, tt.edit)
			if got := verdict(err); got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
			if err == nil && (now.Version != 4 || now.Revision != 8 || !now.Complete()) {
				t.Errorf("version %d, revision %d, missing %v", now.Version, now.Revision, now.Missing())
			}
		})
	}
}

func TestEditIsApplied(t *testing.T) {
	target := zhangmin()
	now, ed, err := edited(target, caller(grant(account.UnitGrant, district)), Edit{
		Version: 3, Name: to("张闵"), Phone: to("0086 137-0000-0099"), IDCard: to("11010519491231002x"),
		Posts: []PostEdit{
			{ID: to(postID(1).String()), Unit: to(data.Code.String()), Org: to(team.Code.String()), Title: to(" 组长 ")},
			{Unit: to(finance.Code.String()), Org: to(finance.Code.String()), JobType: to("seconded"), Role: to("R2"), Order: to(4)},
		},
		Removed: []string{postID(2).String()},
	})
	if err != nil {
		t.Fatal(err)
	}
	if now.Phone.E164() != "+8613700000099" || now.Name != "张闵" || now.Pinyin.Syllables[1] != "张闵" || now.IDCard != "11010519491231002X" {
		t.Errorf("%+v", now)
	}
	var got []string
	for _, p := range now.Posts {
		got = append(got, fmt.Sprint(p.ID, tree.Name(p.Unit), tree.Name(p.Org), p.JobType, p.Title, p.Role, p.Order, p.Active))
	}
	want := []string{
		fmt.Sprint(postID(1), "数据局", "一组", "main", "组长", "R1", 8, true),
		fmt.Sprint(postID(11), "财政局", "财政局", "seconded", "", "R2", 4, true),
		fmt.Sprint(postID(2), "财政局", "财政局", "concurrent", "", "R1", 20, false),
		fmt.Sprint(postID(3), "财政局", "财政局", "concurrent", "", "R1", 1, false),
	}
	if !slices.Equal(got, want) {
		t.Errorf("posts\n got %v\nwant %v", got, want)
	}
	if target.Staff.Posts[0].Title != "" || len(target.Staff.Posts) != 3 {
		t.Error("the person as read was changed")
	}
	if !slices.Equal(ed.mustBeOpen, []staff.OrgCode{team.Code, data.Code, finance.Code}) || len(ed.mustNotBeUnit) != 1 || ed.mustNotBeUnit[section.Code] != "posts[0].unit" {
		t.Errorf("stands on %v, %v", ed.mustBeOpen, ed.mustNotBeUnit)
	}

	var changes []string
	for _, c := range changesOf(target.Staff, now) {
		changes = append(changes, c.Field+" "+c.Old+" → "+c.New)
	}
	id := func(n int, rest string) string { return "posts[" + postID(n).String() + "]." + rest }
	entries := []string{
		"name 张敏 → 张闵", "phone +86 137*****004 → +86 137*****099", "idCard  → 110*************2X",
		id(1, "org "+section.Code.String()+" → "+team.Code.String()), id(1, "title  → 组长"),
		id(11, "unit  → "+finance.Code.String()), id(11, "org  → "+finance.Code.String()), id(11, "jobType  → seconded"), id(11, "role  → R2"), id(11, "order  → 4"),
		id(2, "active true → false"),
	}
	if !slices.Equal(changes, entries) {
		t.Errorf("audit\n got %q\nwant %q", changes, entries)
	}
}

// TestEditNeverHarms throws random edits at the rules: what comes through is a
// record that is whole, and nothing that the caller has no say in has changed.
func TestEditNeverHarms(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	orgs := []staff.Org{province, district, data, section, team, centre, finance, closed}
	some := func(of ...string) optional.Value[string] {
		switch random.IntN(6) {
		case 0:
			return cleared[string]()
		case 1, 2:
			return to(of[random.IntN(len(of))])
		}
		return optional.Value[string]{}
	}
	code := func() optional.Value[string] { return some(orgs[random.IntN(len(orgs))].Code.String()) }
	through := 0
	for range 50_000 {
		e := Edit{
			Version: 3, Name: some("张闵", "", "张敏"), Phone: some("13700000099", "137*"), Account: some("x1", "13700000099"), JobLevel: some("J2", "?"),
		}
		for range random.IntN(3) {
			p := PostEdit{Unit: code(), Org: code(), JobType: some("main", "concurrent", "attached"), Role: some("R1", "R2"), Order: to(random.IntN(4))}
			if random.IntN(3) > 0 {
				p.ID = to(postID(1 + random.IntN(3)).String())
			}
			e.Posts = append(e.Posts, p)
		}
		for range random.IntN(2) {
			e.Removed = append(e.Removed, postID(1+random.IntN(3)).String())
		}
		c := caller(grant(account.UnitGrant, orgs[random.IntN(len(orgs))]))
		was := zhangmin().Staff
		now, _, err := edited(zhangmin(), c, e)
		if err != nil {
			continue
		}
		through++
		scope := ScopeOf(c, account.StaffEdit)
		mains := 0
		for _, p := range now.ActivePosts() {
			if p.JobType == staff.MainJob {
				mains++
			}
			i := slices.IndexFunc(was.Posts, func(o staff.Post) bool { return o.ID == p.ID })
			moved := i < 0 || was.Posts[i].Org != p.Org || was.Posts[i].Unit != p.Unit
			if moved && (!scope.Covers(tree[p.Org]) || tree[p.Org].Closed || !tree[p.Org].In(p.Unit) || tree[p.Unit].Type != staff.UnitOrg) {
				t.Fatalf("%+v: a post in %s of %s", e, tree.Name(p.Org), tree.Name(p.Unit))
			}
			if i >= 0 && (moved || p.JobType != was.Posts[i].JobType) && !scope.Covers(tree[was.Posts[i].Org]) {
				t.Fatalf("%+v: a post out of scope was moved", e)
			}
		}
		for _, p := range was.ActivePosts() {
			if !slices.ContainsFunc(now.ActivePosts(), func(o staff.Post) bool { return o.ID == p.ID }) && !scope.Covers(tree[p.Org]) {
				t.Fatalf("%+v: a post out of scope was ended", e)
			}
		}
		if mains != 1 || !now.Complete() || len(now.Posts) < len(was.Posts) {
			t.Fatalf("%+v: %d main posts, missing %v", e, mains, now.Missing())
		}
		if (now.Phone != was.Phone || now.Name != was.Name || now.Account != was.Account) && !scope.HasMain(was, tree) {
			t.Fatalf("%+v: the identity was changed from outside", e)
		}
		if own, like := now.Account.AsPhone(); like && own != now.Phone {
			t.Fatalf("%+v: an account that looks like another phone", e)
		}
	}
	if through < 150 {
		t.Errorf("only %d edits came through", through)
	}
}
