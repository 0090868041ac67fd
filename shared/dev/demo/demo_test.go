package demo

import (
	"context"
	"crypto/rand"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/argon2id"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/seed"
	"chaoxi/shared/staff"
)

func read(t *testing.T, s *maintain.Store, name string) account.Person {
	t.Helper()
	c, _, err := s.FindName(t.Context(), staff.ParseSignInName(name), "-")
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Person(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestNamedPeople pins the table of the product's contract.
func TestNamedPeople(t *testing.T) {
	t.Parallel()
	db, table := dynamotest.New(t)
	if err := Seed(t.Context(), db, table, 0, func(string) {}); err != nil {
		t.Fatal(err)
	}
	s := maintain.Over(db, table)
	all, err := seed.Dictionaries()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		account, name, phone string
		state                staff.AccountState
		password             bool
		units                []string
		missing              []string
		grant                account.GrantType
		on                   string
	}{
		{"chenjing", "陈静", "13700000001", staff.Active, true, []string{"省数据局"}, nil, account.SuperGrant, "浙江省"},
		{"linwei", "林伟", "13700000002", staff.Active, true, []string{"临江区数据局"}, nil, account.UnitGrant, "临江区数据局"},
		{"wangfang", "王芳", "13700000003", staff.Pending, false, []string{"临江区数据局"}, nil, "", ""},
		{"zhangmin", "张敏", "13700000004", staff.Active, true, []string{"临江区数据局", "临江区财政局"}, []string{"budgetedPost", "jobLevel", "posts[0].role", "posts[1].role"}, "", ""},
		{"zhaolei", "赵磊", "13700000005", staff.Frozen, true, []string{"临江区财政局"}, nil, "", ""},
		{"sunli", "孙丽", "", staff.Pending, false, []string{"临江区数据局"}, nil, "", ""},
		{"zhouqiang", "周强", "13700000007", staff.Active, true, []string{"临江区财政局"}, nil, "", ""},
	} {
		p := read(t, s, tt.account)
		if !p.Staff.Is(tt.name) || p.Staff.State != tt.state || p.Staff.Phone.National() != tt.phone || !slices.Equal(p.Staff.Missing(), append([]string{}, tt.missing...)) {
			t.Errorf("%s is %s, %s, missing %v", tt.account, p.Staff.Name, p.Staff.State, p.Staff.Missing())
		}
		if left := p.Staff.Employment == staff.Left; left != (tt.account == "sunli") {
			t.Errorf("%s: left %t", tt.account, left)
		}
		if right, err := (argon2id.Hasher{}).Verify(p.Account.Password, Password); right != tt.password || tt.password && err != nil {
			t.Errorf("%s: password fits %t, %v", tt.account, right, err)
		}
		orgs, err := s.Orgs(t.Context(), append(p.Staff.Orgs(), grantOrgs(p)...))
		if err != nil {
			t.Fatal(err)
		}
		var units []string
		for i, post := range p.Staff.Posts {
			units = append(units, orgs.Name(post.Unit))
			if main := post.JobType == staff.MainJob; main != (i == 0) || !orgs[post.Org].In(post.Unit) {
				t.Errorf("%s: post %d is %+v", tt.account, i, post)
			}
			if post.Role != "" && !all.Allows(staff.DictRole, post.Role) {
				t.Errorf("%s: role %s is in no dictionary", tt.account, post.Role)
			}
		}
		if !slices.Equal(units, tt.units) {
			t.Errorf("%s works in %v, want %v", tt.account, units, tt.units)
		}
		var grant account.GrantType
		on := ""
		if g := p.Account.Grants; len(g) > 0 {
			grant, on = g[0].Type, orgs.Name(g[0].Org)
		}
		if grant != tt.grant || on != tt.on {
			t.Errorf("%s holds %q on %q", tt.account, grant, on)
		}
	}
	if c, _, err := s.FindName(t.Context(), staff.ParseSignInName("13700000006"), "-"); err != nil || !c.IsZero() {
		t.Errorf("the phone of somebody who left leads to %q, %v", c, err)
	}
	for division, name := range map[string]string{"330000": "浙江省", "330100": "杭州市", "330199": "临江区"} {
		heads, err := s.DivisionTops(t.Context(), division)
		if err != nil || len(heads) != 1 {
			t.Fatalf("heads of %s: %v, %v", division, heads, err)
		}
		if orgs, err := s.Orgs(t.Context(), heads); err != nil || orgs.Name(heads[0]) != name {
			t.Errorf("%s is headed by %q, %v", division, orgs.Name(heads[0]), err)
		}
	}
}

func grantOrgs(p account.Person) []staff.OrgCode {
	var orgs []staff.OrgCode
	for _, g := range p.Account.Grants {
		orgs = append(orgs, g.Org)
	}
	return orgs
}

// TestIndexIsWhole: neither an event nor the operator finds anything to do.
func TestIndexIsWhole(t *testing.T) {
	t.Parallel()
	db, table := dynamotest.New(t)
	if err := Seed(t.Context(), db, table, 60, func(string) {}); err != nil {
		t.Fatal(err)
	}
	s := maintain.Over(db, table)
	ix := staff.Indexer{Store: s, Now: time.Now, Random: rand.Reader}
	if worked, err := ix.Run(t.Context(), read(t, s, "zhangmin").Staff.Code); worked || err != nil {
		t.Errorf("an event of zhangmin worked %t, %v", worked, err)
	}
	report, err := maintain.Reindex{Store: s, Indexer: ix}.Run(t.Context(), "")
	if err != nil || report.Changed() || report.People != 67 {
		t.Errorf("reindex: %+v, %v", report, err)
	}
}

// TestInvented: the shares of the contract, names and phones of one each, codes
// of the dictionaries, the same people every time.
func TestInvented(t *testing.T) {
	const n = 4000
	people := invented(t, n)
	if again := invented(t, n); !reflect.DeepEqual(again, people) {
		t.Error("the people are others each time")
	}
	all, err := seed.Dictionaries()
	if err != nil {
		t.Fatal(err)
	}
	share := map[string]int{}
	accounts, phones, perUnit := map[staff.Account]bool{}, map[staff.Phone]bool{}, map[staff.OrgCode]int{}
	for _, p := range people {
		s := p.Staff
		switch {
		case s.Employment == staff.Left:
			share["left"]++
		case s.State == staff.Frozen:
			share["frozen"]++
		case !s.Complete():
			share["incomplete"]++
		case s.State == staff.Pending:
			share["pending"]++
		default:
			share["active"]++
		}
		if len(s.Posts) > 1 {
			share["concurrent"]++
		}
		if accounts[s.Account] || !s.Phone.IsZero() && phones[s.Phone] {
			t.Fatalf("%s or %s occurs twice", s.Account, s.Phone.E164())
		}
		if n := s.Phone.National(); len(n) == 11 && n[:10] == "1370000000" {
			t.Errorf("%s has the phone %s, one of the named people's", s.Account, n)
		}
		if s.BudgetedPost != "" && !all.Allows(staff.DictBudgetedPost, s.BudgetedPost) || s.JobLevel != "" && !all.Allows(staff.DictJobLevel, s.JobLevel) ||
			!all.Allows(staff.DictGender, s.Gender) || !all.Allows(staff.DictPoliticalStatus, s.PoliticalStatus) {
			t.Fatalf("%+v has a code that is in no dictionary", s)
		}
		accounts[s.Account], phones[s.Phone] = true, true
		perUnit[s.Posts[0].Unit]++
	}
	for what, want := range map[string]float64{"pending": .20, "incomplete": .05, "frozen": .05, "left": .05, "active": .65, "concurrent": .10} {
		if got := float64(share[what]) / n; math.Abs(got-want) > .02 {
			t.Errorf("%.3f of the people are %s, want %.2f", got, what, want)
		}
	}
	if len(perUnit) < n/60 {
		t.Errorf("%d people in only %d units", n, len(perUnit))
	}
}

func invented(t *testing.T, n int) []account.Person {
	t.Helper()
	w, err := newWorld(n)
	if err != nil {
		t.Fatal(err)
	}
	people := make([]account.Person, n)
	for i := range people {
		people[i] = w.invent()
	}
	return people
}

// TestSeedEndsWithItsContext: `make run` can be stopped while it fills the table.
func TestSeedEndsWithItsContext(t *testing.T) {
	t.Parallel()
	db, table := dynamotest.New(t)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := Seed(ctx, db, table, 1000, func(string) {}); err == nil {
		t.Error("it went on")
	}
}
