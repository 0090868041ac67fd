package dynamo_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// province is a register with all shapes that a search meets: units in units,
// units of one name, branches outside their division, people with several posts,
// people who have left.
type province struct {
	*testing.T
	store   *maintain.Store
	counter *dynamotest.Counter
	faults  *dynamotest.Faults
	random  *rand.Rand
	search  admin.Search

	orgs   staff.Orgs
	codes  []staff.OrgCode // in the order they were made
	people []account.Person
	most   int // people on a page that all asks for
}

func newProvince(t *testing.T, seed uint64, people int) *province {
	t.Helper()
	p := &province{T: t, most: 20, counter: &dynamotest.Counter{Hold: dynamotest.SideBySide}, faults: dynamotest.NewFaults(), orgs: staff.Orgs{}, random: rand.New(rand.NewPCG(seed, 1))}
	db, table := dynamotest.NewWith(t, p.counter.Option, p.faults.Option)
	p.store = maintain.Over(db, table, dynamotest.AtOnce)
	p.search = admin.Search{Store: p.store, Keys: account.Keys{Current: []byte("a key for the tests of the search")}}

	root := p.org("浙江省", staff.GroupOrg, "330000", staff.Org{})
	bureau := p.org("省数据局", staff.UnitOrg, "330000", root)
	p.org("驻临江分局", staff.UnitOrg, "330199", bureau)
	for i, city := range []string{"330100", "330200"} {
		top := p.org(fmt.Sprintf("%d市", i+1), staff.GroupOrg, city, root)
		for j := range 2 {
			division := fmt.Sprintf("%s%02d", city[:4], 98+j)
			district := p.org(fmt.Sprintf("%d区", j+1), staff.GroupOrg, division, top)
			for range 2 {
				unit := p.org("数据局", staff.UnitOrg, division, district) // one name everywhere
				section := p.org("综合科", staff.InstitutionOrg, division, unit)
				p.org("一组", staff.InstitutionOrg, division, section)
				p.org("数据中心", staff.UnitOrg, division, unit)
			}
		}
	}
	if err := p.store.LoadOrgs(t.Context(), slices.Collect(maps.Values(p.orgs)), p.orgs); err != nil {
		t.Fatal(err)
	}
	for range people {
		p.people = append(p.people, p.person())
	}
	if err := p.store.LoadPeople(t.Context(), p.people, p.orgs); err != nil {
		t.Fatal(err)
	}
	p.counter.Reset()
	return p
}

// Read makes p a source of ids that are the same in every run of a seed.
func (p *province) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(p.random.Uint32())
	}
	return len(b), nil
}

func (p *province) org(name string, kind staff.OrgType, division string, parent staff.Org) staff.Org {
	p.Helper()
	c, err := staff.NewOrgCode(p)
	if err != nil {
		p.Fatal(err)
	}
	o := staff.Org{Code: c, Name: name, Type: kind, Division: division, Order: 1 + p.random.IntN(3), Version: 1}.Under(parent)
	p.orgs[c] = o
	p.codes = append(p.codes, c)
	return o
}

// characters are few, so that names have much in common.
var characters = map[string]string{"张": "zhang", "王": "wang", "敏": "min", "明": "ming", "静": "jing", "小": "xiao", "军": "jun"}

func (p *province) person() account.Person {
	p.Helper()
	s := staff.Staff{
		Revision: 1, Version: 1, Gender: staff.Female, BudgetedPost: "B", JobLevel: "J",
		Employment: staff.InService, State: pick(p, staff.Pending, staff.Active, staff.Active, staff.Frozen),
	}
	for range 2 + p.random.IntN(2) {
		c := pick(p, slices.Sorted(maps.Keys(characters))...)
		s.Name += c
		s.Pinyin.Syllables = append(s.Pinyin.Syllables, characters[c])
	}
	var err error
	if s.Code, err = staff.NewEmployeeCode(p); err != nil {
		p.Fatal(err)
	}
	name := strings.Join(s.Pinyin.Syllables, "") + fmt.Sprint(len(p.people))
	phone := fmt.Sprintf("13%d%04d%04d", p.random.IntN(3), len(p.people), 1380+p.random.IntN(3))
	switch len(p.people) % 10 {
	case 3:
		name = fmt.Sprint(1310 + len(p.people)) // as many digits as the end of a phone
	case 6:
		phone = fmt.Sprintf("+8526%03d1380", len(p.people))
	}
	if s.Account, err = staff.ParseAccount(name); err != nil {
		p.Fatal(err)
	}
	if s.Phone, err = staff.ParsePhone(phone); err != nil {
		p.Fatal(err)
	}
	if p.random.IntN(4) == 0 {
		s.JobLevel = ""
	}
	for i := range 1 + p.random.IntN(3) {
		s.Posts = append(s.Posts, p.post(pick(p, p.codes...), i == 0))
	}
	if p.random.IntN(6) == 0 {
		s.Employment, s.Phone = staff.Left, staff.Phone{}
		for i := range s.Posts {
			s.Posts[i].Active = false
		}
	}
	return account.Person{Staff: s}
}

func (p *province) post(org staff.OrgCode, main bool) staff.Post {
	p.Helper()
	id, err := staff.NewPostID(p)
	if err != nil {
		p.Fatal(err)
	}
	post := staff.Post{ID: id, Org: org, Unit: org, JobType: staff.ConcurrentJob, Role: pick(p, "R", "R", ""), Order: 1 + p.random.IntN(20), Active: true}
	if main {
		post.JobType = staff.MainJob
	}
	for _, c := range p.orgs[org].Path {
		if p.orgs[c].Type == staff.UnitOrg {
			post.Unit = c
		}
	}
	return post
}

func pick[T any](p *province, of ...T) T { return of[p.random.IntN(len(of))] }

func (p *province) administrator(scopes ...staff.OrgCode) account.Permitted {
	c := account.Caller{Staff: p.people[0].Staff.Code}
	for _, o := range scopes {
		c.Grants = append(c.Grants, account.Grant{ID: o.String(), Type: account.UnitGrant, Org: o})
	}
	return first(c.Permit(account.StaffRead))
}

// named is the n-th organisation of a name.
func (p *province) named(name string, n int) staff.Org {
	p.Helper()
	for _, c := range p.codes {
		if p.orgs[c].Name == name {
			if n--; n < 0 {
				return p.orgs[c]
			}
		}
	}
	p.Fatalf("there is no %s", name)
	return staff.Org{}
}

// all walks every page.
func (p *province) all(by account.Permitted, in admin.SearchInput) []staff.EmployeeCode {
	p.Helper()
	var codes []staff.EmployeeCode
	cursor := ""
	for range 2 * (len(p.people) + len(p.codes)) {
		limit := 1 + p.random.IntN(p.most)
		found, err := p.search.Run(p.Context(), by, in, limit, cursor)
		if err != nil {
			p.Fatalf("%+v: %v", in, err)
		}
		if len(found.People) > limit {
			p.Errorf("%+v: a page of %d, asked for %d", in, len(found.People), limit)
		}
		for _, s := range found.People {
			codes = append(codes, s.Code)
			for _, post := range s.VisiblePosts() {
				if found.Orgs[post.Org].Name == "" || found.Orgs[post.Unit].Name == "" {
					p.Errorf("%+v: a page without an organisation of %s", in, s.Name)
				}
			}
		}
		if cursor = found.Next; cursor == "" {
			return codes
		}
	}
	p.Fatalf("%+v: pages without end", in)
	return nil
}

// finds says by the words of the contract alone whether a search finds s.
func (p *province) finds(s staff.Staff, scopes []staff.OrgCode, in admin.SearchInput) bool {
	under := func(o, top staff.OrgCode) bool { return strings.Contains(fmt.Sprint(p.orgs[o].Path), top.String()) }
	mine := func(o staff.OrgCode) bool {
		return slices.ContainsFunc(scopes, func(top staff.OrgCode) bool { return under(o, top) })
	}
	var seen []staff.Post
	for _, post := range s.Posts {
		if post.Active || s.Employment == staff.Left && post.JobType == staff.MainJob {
			seen = append(seen, post)
		}
	}
	some := func(ok func(staff.Post) bool) bool { return slices.ContainsFunc(seen, ok) }
	org := func(code string) func(staff.Post) bool {
		return func(post staff.Post) bool {
			return slices.ContainsFunc(p.codes, func(c staff.OrgCode) bool { return c.String() == code && mine(c) && under(post.Org, c) })
		}
	}

	q := strings.ReplaceAll(strings.ToLower(in.Q), " ", "")
	texts := []string{s.Account.String(), s.Phone.National(), s.Pinyin.Syllables[0]}
	for i := range s.Pinyin.Syllables {
		initials := ""
		for _, syllable := range s.Pinyin.Syllables[i:] {
			initials += syllable[:1]
		}
		if texts = append(texts, strings.Join(s.Pinyin.Syllables[i:], ""), initials); i == 1 && len(s.Pinyin.Syllables) > 2 {
			texts = append(texts, s.Pinyin.Syllables[0]+initials)
		}
	}
	if s.Phone.Area() != "+86" {
		texts = append(texts, s.Phone.E164())
	}
	abroad := strings.HasPrefix(q, "+86") && strings.HasPrefix(s.Phone.E164(), q) || strings.HasPrefix(q, "0086") && strings.HasPrefix(s.Phone.E164(), "+"+q[2:])
	found := strings.Contains(s.Name, in.Q) || abroad || slices.ContainsFunc(texts, func(t string) bool { return strings.HasPrefix(t, q) }) ||
		len(q) == 4 && strings.HasSuffix(s.Phone.National(), q)

	employment := in.Employment
	if employment == "" {
		employment = "in_service"
	}
	return string(s.Employment) == employment && some(func(post staff.Post) bool { return mine(post.Org) }) && found &&
		strings.Contains(s.Name, in.Name) &&
		(in.Phone == "" || in.Phone == s.Phone.E164()) &&
		(in.Account == "" || in.Account == s.Account.String()) &&
		(in.Unit == "" || some(func(post staff.Post) bool {
			return mine(post.Unit) && (post.Unit.String() == in.Unit || p.orgs[post.Unit].Name == in.Unit)
		})) &&
		(in.Org == "" || some(org(in.Org))) &&
		(in.MainOrg == "" || some(func(post staff.Post) bool { return post.JobType == staff.MainJob && org(in.MainOrg)(post) })) &&
		(in.Division == "" || some(func(post staff.Post) bool {
			return mine(post.Org) && strings.HasPrefix(p.orgs[post.Org].Division, strings.TrimSuffix(strings.TrimSuffix(in.Division, "00"), "00"))
		})) &&
		(in.AccountState == "" || in.AccountState == string(s.State)) &&
		(in.Incomplete == "" || in.Incomplete == fmt.Sprint(!s.Complete()))
}

func (p *province) input() admin.SearchInput {
	someone := pick(p, p.people...).Staff
	maybe := func(n int, s ...string) string {
		if p.random.IntN(n) > 0 {
			return ""
		}
		return pick(p, s...)
	}
	org := func() string { return pick(p, p.codes...).String() }
	return admin.SearchInput{
		Q:    maybe(2, "张", "小", "zhang", "zh", "m", "jing", "xm", "zhangxm", "131", "1310", "1381", "+86131", "0086 1310", "+8526", "+852 61", "·", someone.Phone.National(), someone.Account.String(), someone.Name, "nobody"),
		Name: maybe(6, "敏", "小", "张小", "none"), Phone: maybe(20, someone.Phone.E164()), Account: maybe(20, someone.Account.String()),
		Unit: maybe(5, org(), "数据局", "数据中心", "nowhere"), Org: maybe(5, org(), "no code"), MainOrg: maybe(7, org()),
		Division: maybe(5, "330000", "330100", "330199", "330298", "340000"), Employment: maybe(4, "in_service", "left"),
		AccountState: maybe(5, "pending", "active", "frozen"), Incomplete: maybe(4, "true", "false"),
	}
}

// TestSearch shares one register, since laying it out takes longer than all
// searches together. What changes it comes last.
func TestSearch(t *testing.T) {
	t.Parallel()
	p := newProvince(t, 7, 60)
	for _, part := range []struct {
		name string
		test func(*province)
	}{
		{"finds what a filter over all people finds", testSearchIsComplete},
		{"takes few trips", testSearchTrips},
		{"has cursors for one search of one caller", testCursor},
		{"shows nothing stale", testSearchIsFresh},
	} {
		t.Run(part.name, func(t *testing.T) {
			p.T = t
			part.test(p)
		})
	}
}

func testSearchIsComplete(p *province) {
	t := p.T
	hits := 0
	for range 300 {
		var scopes []staff.OrgCode
		switch p.random.IntN(4) {
		case 0:
			scopes = p.codes[:1]
		case 1:
			scopes = []staff.OrgCode{pick(p, p.codes...)}
		default:
			for range 1 + p.random.IntN(5) {
				scopes = append(scopes, pick(p, p.codes...))
			}
		}
		in := p.input()
		var want []string
		for _, s := range p.people {
			if p.finds(s.Staff, scopes, in) {
				want = append(want, s.Staff.Code.String())
			}
		}
		var got []string
		for _, c := range p.all(p.administrator(scopes...), in) {
			got = append(got, c.String())
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("scopes %v, %+v:\n got %v\nwant %v", scopes, in, got, want)
		}
		if len(want) > 0 {
			hits++
		}
	}
	if hits < 75 {
		t.Errorf("only %d searches had somebody to find", hits)
	}
}

func testSearchTrips(p *province) {
	someone := p.people[slices.IndexFunc(p.people, func(s account.Person) bool {
		return s.Staff.Employment == staff.InService && !s.Staff.Posts[0].Unit.IsZero()
	})].Staff
	root, unit := p.codes[0], p.orgs[someone.Posts[0].Unit]
	all, two := p.administrator(root), p.administrator(p.named("1市", 0).Code, p.named("2市", 0).Code)
	tests := []struct {
		name   string
		caller account.Permitted
		in     admin.SearchInput
		trips  int
	}{
		{"nothing asked", all, admin.SearchInput{}, 2},
		{"text", all, admin.SearchInput{Q: "zhang"}, 2},
		{"text, two grants", two, admin.SearchInput{Q: "zhang"}, 2},
		{"to do", all, admin.SearchInput{Incomplete: "true"}, 2},
		{"filters on the person", all, admin.SearchInput{Q: "m", AccountState: "active", Incomplete: "false"}, 2},
		{"organisation", all, admin.SearchInput{Org: unit.Code.String()}, 2},
		{"main post", two, admin.SearchInput{MainOrg: p.named("1市", 0).Code.String()}, 2},
		{"unit by code", all, admin.SearchInput{Unit: unit.Code.String(), Org: root.String()}, 2},
		{"unit by name", all, admin.SearchInput{Unit: "数据局"}, 3},
		{"division", two, admin.SearchInput{Division: "330100"}, 3},
		{"whole phone as text", all, admin.SearchInput{Q: someone.Phone.National()}, 3},
		{"phone", all, admin.SearchInput{Phone: someone.Phone.E164()}, 3},
		{"account", two, admin.SearchInput{Account: someone.Account.String(), Division: "330000"}, 3},
	}
	for _, tt := range tests {
		p.Run(tt.name, func(t *testing.T) {
			p.counter.Reset()
			found, err := p.search.Run(t.Context(), tt.caller, tt.in, 20, "")
			if err != nil {
				t.Fatal(err)
			}
			if cost := p.counter.Cost(); cost.Trips > tt.trips || cost.Calls["Scan"] > 0 {
				t.Errorf("%d trips, want %d: %v", cost.Trips, tt.trips, cost.Calls)
			}
			if len(found.People) == 0 {
				t.Error("found nobody, which proves nothing")
			}
			if found.Next == "" {
				return
			}
			p.counter.Reset()
			if _, err := p.search.Run(t.Context(), tt.caller, tt.in, 20, found.Next); err != nil {
				t.Fatal(err)
			}
			if cost := p.counter.Cost(); cost.Trips > tt.trips {
				t.Errorf("next page: %d trips, want %d: %v", cost.Trips, tt.trips, cost.Calls)
			}
		})
	}
}

func testSearchIsFresh(p *province) {
	t := p.T
	caller := p.administrator(p.named("1市", 0).Code)
	in := admin.SearchInput{}
	before := p.all(caller, in)
	if len(before) < 5 {
		t.Fatalf("only %d people", len(before))
	}

	// Rows of the index stay as they are; the people move on.
	change := func(c staff.EmployeeCode, edit func(*staff.Staff)) staff.Staff {
		t.Helper()
		i := slices.IndexFunc(p.people, func(s account.Person) bool { return s.Staff.Code == c })
		was := p.people[i].Staff
		now := was.Clone()
		edit(&now)
		now.Pinyin.Syllables = nil
		for _, r := range now.Name {
			now.Pinyin.Syllables = append(now.Pinyin.Syllables, characters[string(r)])
		}
		now.Revision++
		err := p.store.Change(t.Context(), admin.Change{Was: was, Now: now, Grants: -1, Audit: audit.Entry{ID: c.String(), Actor: c, Subject: audit.OfStaff(c)}})
		if err != nil {
			t.Fatal(err)
		}
		return now
	}
	change(before[0], func(s *staff.Staff) { s.Employment = staff.Left })
	change(before[1], func(s *staff.Staff) { s.Posts = []staff.Post{p.post(p.named("省数据局", 0).Code, true)} })
	change(before[2], func(s *staff.Staff) { s.Name = "改名" })

	after := p.all(caller, in)
	if want := before[2:]; !slices.Equal(after, want) {
		t.Errorf("in the list: %v, want %v", after, want)
	}

	// The indexer has put the new rows of somebody, and not yet deleted the old.
	moved := change(before[3], func(s *staff.Staff) {
		s.Name, s.Posts = "小军", slices.Clone(s.Posts)
		for i := range s.Posts {
			s.Posts[i].Order += 500
		}
	})
	entry := staff.IndexEntryOf(moved, p.orgs)
	if err := p.store.PutRows(t.Context(), entry.Rows(moved.Code), entry, staff.RowAttributesOf(moved, p.orgs)); err != nil {
		t.Fatal(err)
	}
	p.most = 1 // so that both places are on pages of their own
	for _, in := range []admin.SearchInput{{}, {Q: "小军"}, {Q: "xiao"}, {Name: "军"}} {
		times := 0
		for _, c := range p.all(caller, in) {
			if c == moved.Code {
				times++
			}
		}
		if times != 1 {
			t.Errorf("%+v: somebody between two places is found %d times", in, times)
		}
	}
	for _, q := range []string{"改名", "张", "王", "小", "敏", "静", "军", "明"} {
		found, err := p.search.Run(t.Context(), caller, admin.SearchInput{Q: q}, 100, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range found.People {
			if s.Code == before[0] || s.Code == before[1] || s.Code == before[2] {
				t.Errorf("%s: a row that is no longer true finds %s", q, s.Name)
			}
		}
	}
}

func testCursor(p *province) {
	t := p.T
	caller := p.administrator(p.codes[0])
	in := admin.SearchInput{Q: "131"}
	found, err := p.search.Run(t.Context(), caller, in, 2, "")
	if err != nil || found.Next == "" {
		t.Fatalf("%d people, next %q, %v", len(found.People), found.Next, err)
	}
	good := found.Next
	everybody, err := p.search.Run(t.Context(), caller, admin.SearchInput{}, 2, "")
	if err != nil || everybody.Next == "" {
		t.Fatalf("%d people, next %q, %v", len(everybody.People), everybody.Next, err)
	}
	someone := everybody.People[0]
	if _, err := p.search.Run(t.Context(), caller, in, 50, good); err != nil {
		t.Errorf("another limit: %v", err)
	}
	rotated := p.search
	rotated.Keys = account.Keys{Current: []byte("the key after it"), Previous: p.search.Keys.Current}
	if _, err := rotated.Run(t.Context(), caller, in, 2, good); err != nil {
		t.Errorf("after the keys were rotated: %v", err)
	}

	another := caller.Caller()
	another.Staff = p.people[1].Staff.Code
	other := first(another.Permit(account.StaffRead))
	tests := []struct {
		name   string
		caller account.Permitted
		in     admin.SearchInput
		cursor string
	}{
		{"another caller", other, in, good},
		{"another scope", p.administrator(p.codes[0], p.codes[1]), in, good},
		{"another text", caller, admin.SearchInput{Q: "130"}, good},
		{"one filter more", caller, admin.SearchInput{Q: "131", AccountState: "active"}, good},
		{"name instead of text", caller, admin.SearchInput{Name: "131"}, good},
		{"a whole phone, which has no pages", caller, admin.SearchInput{Phone: "13100000000"}, good},
		{"a whole phone more", caller, admin.SearchInput{Q: "131", Phone: someone.Phone.E164()}, good},
		{"a whole account more", caller, admin.SearchInput{Q: "131", Account: someone.Account.String()}, good},
		{"an account that nobody can have more", caller, admin.SearchInput{Q: "131", Account: "?"}, good},
		{"the same digits behind an area", caller, admin.SearchInput{Q: "+86131"}, good},
		{"of everybody, a phone in the text", caller, admin.SearchInput{Q: someone.Phone.E164()}, everybody.Next},
		{"of everybody, a phone", caller, admin.SearchInput{Phone: someone.Phone.E164()}, everybody.Next},
		{"of everybody, an account", caller, admin.SearchInput{Account: someone.Account.String()}, everybody.Next},
		{"of everybody, a text of which nothing is left", caller, admin.SearchInput{Q: "·"}, everybody.Next},
		{"of everybody, a name of which nothing is left", caller, admin.SearchInput{Name: "·"}, everybody.Next},
		{"a bit changed", caller, in, good[:len(good)-2] + "AA"},
		{"cut short", caller, in, good[:8]},
		{"no cursor at all", caller, in, "!"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := p.search.Run(t.Context(), tt.caller, tt.in, 2, tt.cursor)
			var f *fault.Error
			if !errors.As(err, &f) || f.Code != fault.FieldInvalid.Code || len(f.Fields) != 1 || f.Fields[0].Path != "cursor" {
				t.Errorf("%v", err)
			}
		})
	}
}
