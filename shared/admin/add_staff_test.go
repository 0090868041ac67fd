package admin

import (
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/optional"
	"chaoxi/shared/staff"
)

// newcomer is an edit that makes a whole person of nobody.
func newcomer(change ...func(*Edit)) Edit {
	e := Edit{
		Name: to("李娜"), Account: to("LiNa"), AreaCode: to("+86"), Phone: to("13700000100"), Gender: to("2"), BudgetedPost: to("B1"), JobLevel: to("J1"),
		Posts: []PostEdit{{Unit: to(data.Code.String()), Org: to(section.Code.String()), JobType: to("main"), Role: to("R1"), Order: to(3)}},
	}
	for _, c := range change {
		c(&e)
	}
	return e
}

func TestAdditionIsJudged(t *testing.T) {
	wide, narrow := caller(grant(account.UnitGrant, district)), caller(grant(account.UnitGrant, data))
	post := func(unit, o staff.Org, job string) PostEdit {
		return PostEdit{Unit: to(unit.Code.String()), Org: to(o.Code.String()), JobType: to(job), Role: to("R1"), Order: to(5)}
	}
	posts := func(p ...PostEdit) func(*Edit) { return func(e *Edit) { e.Posts = p } }
	also := func(p ...PostEdit) func(*Edit) { return func(e *Edit) { e.Posts = append(e.Posts, p...) } }
	many := func(n int) []PostEdit {
		var all []PostEdit
		for range n {
			all = append(all, post(data, team, "attached"))
		}
		return all
	}
	tests := []struct {
		name   string
		caller account.Caller
		edit   Edit
		want   string
	}{
		{"all that it takes", narrow, newcomer(), "ok"},
		{"nothing", narrow, Edit{}, "field_invalid account:required name:required areaCode:required phone:required gender:required budgetedPost:required jobLevel:required posts:one_main"},
		{"a number with its area, but no area", narrow, newcomer(func(e *Edit) { e.AreaCode, e.Phone = optional.Value[string]{}, to("+8613700000100") }), "field_invalid areaCode:required"},
		{"a number of another area", narrow, newcomer(func(e *Edit) { e.AreaCode, e.Phone = to("+852"), to("51234567") }), "ok"},
		{"an area and no number", narrow, newcomer(func(e *Edit) { e.Phone = cleared[string]() }), "field_invalid phone:required"},
		{"a number that is none", narrow, newcomer(func(e *Edit) { e.Phone = to("12345") }), "field_invalid phone:invalid"},
		{"a number of another area than is said", narrow, newcomer(func(e *Edit) { e.AreaCode, e.Phone = to("+852"), to("+8613700000100") }), "field_invalid areaCode:disagrees"},
		{"an area that is none", narrow, newcomer(func(e *Edit) { e.AreaCode = to("+1") }), "field_invalid areaCode:not_a_choice"},
		{"masked values", narrow, newcomer(func(e *Edit) { e.Phone, e.IDCard = to("137*****100"), to("1101************2X") }), "field_invalid phone:masked idCard:masked"},
		{"the account is the phone", narrow, newcomer(func(e *Edit) { e.Account = to("13700000100") }), "ok"},
		{"the account is like another phone", narrow, newcomer(func(e *Edit) { e.Account = to("+8613700000101") }), "field_invalid account:invalid"}, // + is in no account
		{"the account is another phone", narrow, newcomer(func(e *Edit) { e.Account = to("13700000101") }), errOthersPhone.Error()},
		{"an account that cannot be one", narrow, newcomer(func(e *Edit) { e.Account = to("李娜") }), "field_invalid account:invalid"},
		{"codes that are switched off or are none", narrow, newcomer(func(e *Edit) { e.BudgetedPost, e.JobLevel, e.PoliticalStatus = to("B_OLD"), to("?"), to("?") }),
			"field_invalid budgetedPost:not_a_choice jobLevel:not_a_choice politicalStatus:not_a_choice"},
		{"id card, birth and gender disagree", narrow, newcomer(func(e *Edit) { e.IDCard, e.BirthDate, e.Gender = to("11010519491231002X"), to("1949-12-30"), to("1") }), "field_invalid idCard:disagrees"},
		{"id card and date of birth disagree", narrow, newcomer(func(e *Edit) { e.IDCard, e.BirthDate, e.Gender = to("330199199003070034"), to("1991-03-07"), to("1") }), "ok"},
		{"an area that is switched off", narrow, newcomer(func(e *Edit) { e.AreaCode, e.Phone = to("+886"), to("912345671") }), "field_invalid areaCode:not_a_choice"},
		{"a name as a sheet has it", narrow, newcomer(func(e *Edit) { e.Name = to("王\u200b芳") }), "ok"},
		{"a name that shows nothing", narrow, newcomer(func(e *Edit) { e.Name = to("\uffa0") }), "field_invalid name:required"},
		{"a name and choices that are absent", narrow, newcomer(func(e *Edit) { e.Name, e.JobLevel, e.Phone = to("待完善"), to("待完善"), to("待完善") }), "field_invalid name:required phone:required jobLevel:required"},
		{"a name with a star", narrow, newcomer(func(e *Edit) { e.Name = to("王＊") }), "field_invalid name:masked"},
		{"a name with a box", narrow, newcomer(func(e *Edit) { e.Name = to("王□") }), "field_invalid name:stand_in"},

		{"no posts", narrow, newcomer(posts()), "field_invalid posts:one_main"},
		{"no main post", narrow, newcomer(posts(post(data, team, "concurrent"))), "field_invalid posts:one_main"},
		{"two main posts", narrow, newcomer(also(post(data, team, "main"))), "field_invalid posts[1].jobType:one_main"},
		{"ten posts", narrow, newcomer(also(many(9)...)), "ok"},
		{"eleven posts", narrow, newcomer(also(many(10)...)), "field_invalid posts:out_of_range"},
		{"an id of a post", narrow, newcomer(also(PostEdit{ID: to(postID(1).String())})), "field_invalid posts[1].id:missing"},
		{"posts in two units of the scope", wide, newcomer(also(post(finance, finance, "seconded"))), "ok"},
		{"one post out of scope", narrow, newcomer(also(post(finance, finance, "seconded"))), "org_missing posts[1].org:missing"},
		{"the main post out of scope", caller(grant(account.UnitGrant, finance)), newcomer(also(post(finance, finance, "seconded"))), "org_missing posts[0].org:missing"},
		{"an administrator who may only look", caller(grant(account.AuditGrant, province)), newcomer(), "org_missing posts[0].org:missing"},
		{"a unit beside", wide, newcomer(posts(post(finance, section, "main"))), "field_invalid posts[0].unit:invalid"},
		{"a heading of the tree", wide, newcomer(posts(post(district, district, "main"))), "field_invalid posts[0].org:invalid"},
		{"a closed organisation", wide, newcomer(posts(post(data, closed, "main"))), "org_closed posts[0].org:invalid"},
		{"nowhere, wrong and taken", narrow, newcomer(posts(post(finance, finance, "main")), func(e *Edit) { e.JobLevel, e.Account = to("?"), to("13700000101") }), "org_missing posts[0].org:missing"},
		{"wrong and closed", wide, newcomer(posts(post(data, closed, "main")), func(e *Edit) { e.JobLevel = to("?") }), "field_invalid jobLevel:not_a_choice"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			nobody := Target{Orgs: tree, Person: account.Person{Staff: staff.Staff{Code: employee(9), Employment: staff.InService, State: staff.Pending}}}
			now, _, err := edited(nobody, tt.caller, tt.edit, func(e *editor) { e.adding = true })
			if got := verdict(err); got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
			if err == nil && (now.Version != 1 || now.Revision != 1 || !now.Complete() || now.State != staff.Pending || now.Pinyin.Syllables[1] != now.Name) {
				t.Errorf("%+v", now)
			}
		})
	}
}
