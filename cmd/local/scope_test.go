package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/demo"
	"chaoxi/shared/dev/sam"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/staff"
)

// TestScope asks every route of the administration, as many callers, about many
// people and organisations, and compares each answer with what the contract says
// of who sees and changes whom. What it says is written down once more here, in a
// small model that shares no code with the functions (see model below), so that a
// rule which is wrong in one place, or left out in one route, shows.
//
// A route that is not asked fails the test.
func TestScope(t *testing.T) {
	var cast model
	c := startSystem(t, func(ctx context.Context, db *dynamodb.Client, table string, progress func(string)) error {
		return cast.seed(ctx, db, table)
	}, nil)
	s := scopeTest{client: c, model: &cast, asked: map[string]bool{}}
	s.signIn()
	s.arrange()
	for _, who := range cast.callers {
		t.Run(who.name, func(t *testing.T) {
			sub := s
			client := *c
			client.t = t
			sub.client = &client
			sub.askAbout(who)
		})
	}
	s.revokeForReal()
	for _, route := range adminRoutes(t) {
		if !s.asked[route] {
			t.Errorf("%s is not asked: who may do what with it?", route)
		}
	}
}

// adminRoutes are those of the template.
func adminRoutes(t *testing.T) []string {
	t.Helper()
	template, err := sam.Load(filepath.Join("..", "..", "template.yaml"), sam.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var routes []string
	for _, f := range template.Functions {
		for _, r := range f.Routes {
			if strings.HasPrefix(r.Path, "/v1/admin/") {
				routes = append(routes, r.Key())
			}
		}
	}
	if len(routes) < 15 {
		t.Fatalf("only %d routes were found", len(routes))
	}
	return routes
}

// The model.

// model is the tree, the people and the rules, in plain words.
type model struct {
	parent  map[string]string // of an organisation, "" at the top
	org     map[string]string // codes by our names for them
	people  []*person
	callers []*person // of people
	targets []*person // of people
	helper  *person   // a super who tidies up, and is nobody's target
	store   *maintain.Store
	table   string
}

// person is somebody, and how they call.
type person struct {
	name, code, account, phone string
	posts                      []place
	left, frozen, pending      bool
	grants                     []grant

	// session is how the caller comes: "" with a good one, "none", "dead", or
	// "unproved" without the second step.
	session string
	token   string
	request string // id of a recovery request that waits
}

type place struct {
	id, unit, org string
	main, active  bool
}

type grant struct {
	id, kind, org string
	added         []string
}

// permissions of the kinds, as the contract lists them.
var permissions = map[string][]string{
	"super": {"staff.read", "staff.edit", "staff.batch", "staff.import", "org.edit", "admin.grant", "audit.read", "pii.reveal"},
	"unit":  {"staff.read", "staff.edit", "staff.batch", "staff.import", "org.edit"},
	"audit": {"staff.read", "audit.read"},
}

func (g grant) permissions() []string { return append(slices.Clone(permissions[g.kind]), g.added...) }

// below reports whether org is top or lies below it.
func (m *model) below(org, top string) bool {
	for ; org != ""; org = m.parent[org] {
		if org == top {
			return true
		}
	}
	return false
}

// reaches reports whether p has the permission over the organisation.
func (m *model) reaches(p *person, permission, org string) bool {
	return slices.ContainsFunc(p.grants, func(g grant) bool {
		return slices.Contains(g.permissions(), permission) && m.below(org, g.org)
	})
}

// has reports whether p has the permission anywhere.
func (p *person) has(permission string) bool {
	return slices.ContainsFunc(p.grants, func(g grant) bool { return slices.Contains(g.permissions(), permission) })
}

func (p *person) mainPost() place {
	return p.posts[slices.IndexFunc(p.posts, func(l place) bool { return l.main })]
}

// sees: people with an active post in a granted subtree, and left people whose
// last main post lies there.
func (m *model) sees(p *person, permission string, of *person) bool {
	if of.left {
		return m.reaches(p, permission, of.mainPost().org)
	}
	return slices.ContainsFunc(of.posts, func(l place) bool { return l.active && m.reaches(p, permission, l.org) })
}

// outranks: grants that cover all of theirs.
func (m *model) outranks(p *person, grants []grant) bool {
	for _, g := range grants {
		for _, permission := range g.permissions() {
			if !m.reaches(p, permission, g.org) {
				return false
			}
		}
	}
	return true
}

// carries reports whether a post in the organisation would give p more over somebody
// than p holds already.
func (m *model) carries(p, to *person, org string, main bool) bool {
	return slices.ContainsFunc(permissions["super"], func(permission string) bool {
		holds := m.sees(p, permission, to)
		if main {
			holds = m.reaches(p, permission, to.mainPost().org)
		}
		return m.reaches(p, permission, org) && !holds
	})
}

// verdict is an answer: its status, and its code if it is a problem.
type verdict struct {
	status int
	code   string
}

var (
	ok      = verdict{200, ""}
	denied  = verdict{403, "permission_denied"}
	missing = verdict{404, "staff_missing"}
	noOrg   = verdict{404, "org_missing"}
	stale   = verdict{409, "version_conflict"}
	unfit   = verdict{409, "state_conflict"}
)

// door is what everybody has to pass, whatever the route; "" is open.
func door(p *person) (verdict, bool) {
	switch {
	case p.session == "none":
		return verdict{401, "session_missing"}, false
	case p.session == "dead":
		return verdict{401, "session_expired"}, false
	case p.session == "unproved":
		return verdict{401, "admin_session_expired"}, false
	case len(p.grants) == 0:
		return denied, false
	}
	return ok, true
}

// may is the rule for doing something to somebody: 403 to who holds the permission
// nowhere, 404 for who is out of sight, 403 for who is in sight but out of reach.
func (m *model) may(p *person, permission string, to *person) (verdict, bool) {
	switch {
	case !p.has(permission):
		return denied, false
	case to == nil || !m.sees(p, "staff.read", to):
		return missing, false
	case !m.sees(p, permission, to):
		return denied, false
	}
	return ok, true
}

// mayIdentity is the rule for phone, account, name, freeze, leave, reinstate: the
// main post in scope, grants that cover all of theirs, and never oneself.
func (m *model) mayIdentity(p, to *person, anyPost bool) bool {
	return p != to && (anyPost || m.reaches(p, "staff.edit", to.mainPost().org)) && m.outranks(p, to.grants)
}

// mayOrg is the rule for an organisation that is changed.
func (m *model) mayOrg(p *person, org string) (verdict, bool) {
	switch {
	case !p.has("org.edit"):
		return denied, false
	case m.parent[org] == "" && org != m.org["root"] || !m.reaches(p, "staff.read", org):
		return noOrg, false
	case !m.reaches(p, "org.edit", org):
		return denied, false
	}
	return ok, true
}

// mayGrant is the rule for giving and taking: admin.grant there, no more than one
// holds, and never one's own.
func (m *model) mayGrant(p, to *person, g grant) bool {
	return p != to && m.reaches(p, "admin.grant", g.org) && m.outranks(p, []grant{g})
}

// The people.

// seed makes the register that the model is about: the demo tree, and a cast of
// which everybody is a target and most are callers.
func (m *model) seed(ctx context.Context, db *dynamodb.Client, table string) error {
	if err := demo.Seed(ctx, db, table, 0, func(string) {}); err != nil {
		return err
	}
	m.store, m.table = maintain.Over(db, table), table
	m.org, m.parent = map[string]string{}, map[string]string{}
	orgs := staff.Orgs{}
	for name, called := range map[string]string{"data": "临江区数据局", "finance": "临江区财政局"} {
		codes, err := m.store.OrgsNamed(ctx, staff.NameKey(called))
		if err != nil || len(codes) != 1 {
			return fmt.Errorf("%s: %v %v", called, codes, err)
		}
		known, err := m.store.Orgs(ctx, codes)
		if err != nil {
			return err
		}
		unit := known[codes[0]]
		m.org[name] = unit.Code.String()
		children, _, err := m.store.OrgChildren(ctx, unit.Code, "", 1)
		if err != nil || len(children) == 0 {
			return fmt.Errorf("below %s: %v %v", called, children, err)
		}
		m.org[name+" section"] = children[0].Org.String()
		known, err = m.store.Orgs(ctx, append(slices.Clone(unit.Path), children[0].Org))
		if err != nil {
			return err
		}
		for code, o := range known {
			orgs[code] = o
			m.parent[code.String()] = o.Parent().String()
		}
		m.org["root"], m.org["district"] = unit.Path[0].String(), unit.Path[2].String()
	}
	m.org["nowhere"] = "GO_" + strings.Repeat("0", 32)

	in := func(name string) place {
		return place{unit: m.org[name], org: m.org[name+" section"], main: true, active: true}
	}
	data, finance := in("data"), in("finance")
	beside := finance
	beside.main = false
	ended := func(l place) place { l.active = false; return l }
	holds := func(kind, org string, added ...string) []grant {
		return []grant{{kind: kind, org: m.org[org], added: added}}
	}
	m.callers = []*person{
		{name: "super", posts: []place{finance}, grants: holds("super", "root")},
		{name: "unit", posts: []place{data}, grants: holds("unit", "data")},
		{name: "parent", posts: []place{data}, grants: holds("unit", "district")},
		{name: "sibling", posts: []place{finance}, grants: holds("unit", "finance")},
		{name: "both", posts: []place{data, beside}, grants: append(holds("unit", "data"), holds("unit", "finance")...)},
		{name: "audit", posts: []place{data}, grants: holds("audit", "data")},
		{name: "sees more than it edits", posts: []place{finance}, grants: append(holds("audit", "district"), holds("unit", "finance", "pii.reveal")...)},
		{name: "grants", posts: []place{data}, grants: holds("unit", "district", "admin.grant")},
		{name: "super of the unit", posts: []place{data}, grants: holds("super", "data")},
		{name: "ordinary", posts: []place{data}},
		{name: "none", posts: []place{data}, session: "none"},
		{name: "without the second step", posts: []place{data}, grants: holds("super", "root"), session: "unproved"},
		{name: "frozen since", posts: []place{data}, grants: holds("super", "root"), session: "dead", frozen: true},
		{name: "revoked since", posts: []place{data}},
	}
	m.targets = []*person{
		{name: "plain", posts: []place{data}},
		{name: "elsewhere", posts: []place{finance}},
		{name: "two units", posts: []place{data, beside}},
		{name: "holds from elsewhere", posts: []place{finance}, grants: holds("audit", "data")},
		{name: "pending", posts: []place{data}, pending: true},
		{name: "frozen", posts: []place{data}, grants: holds("unit", "data section"), frozen: true},
		{name: "lower", posts: []place{data}, grants: holds("audit", "data section")},
		{name: "equal", posts: []place{data}, grants: holds("unit", "data")},
		{name: "higher", posts: []place{data}, grants: holds("unit", "district")},
		{name: "top", posts: []place{data}, grants: holds("super", "root")},
		{name: "left", posts: []place{ended(data)}, left: true},
		{name: "left the other unit", posts: []place{ended(finance), ended(place{unit: data.unit, org: data.org})}, left: true},
	}
	m.people = append(slices.Clone(m.callers), m.targets...)
	m.helper = &person{name: "helper", posts: []place{finance}, grants: holds("super", "root")}
	var people []account.Person
	for i, p := range append(slices.Clone(m.people), m.helper) {
		one, err := p.register(i)
		if err != nil {
			return err
		}
		people = append(people, one)
	}
	if err := m.store.LoadPeople(ctx, people, orgs); err != nil {
		return err
	}
	for i, p := range append(slices.Clone(m.people), m.helper) {
		if err := m.askForHelp(ctx, p, people[i]); err != nil {
			return err
		}
	}
	for i, p := range people { // so that each has something in the audit
		e := audit.Entry{ID: fmt.Sprintf("scope-%d", i), At: time.Now().Add(-time.Minute), Actor: p.Staff.Code, Subject: audit.OfStaff(p.Staff.Code), Action: "load", Call: audit.Call{ID: "scope"}}
		if err := m.store.Audit(ctx, account.Caller{}, e); err != nil {
			return err
		}
		if err := (admin.IndexAudit{Store: m.store}).Run(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// askForHelp raises a recovery request of p and puts it into the queues, also of those who could
// not do so themselves any more.
func (m *model) askForHelp(ctx context.Context, p *person, of account.Person) error {
	id, err := staff.NewID(rand.Reader)
	if err != nil {
		return err
	}
	secret, err := account.NewSecret(rand.Reader)
	if err != nil {
		return err
	}
	now := time.Now()
	r := account.RecoveryRequest{ID: id, Staff: of.Staff.Code, State: account.RecoveryPending, Reason: "手机丢了", Created: now, Expires: now.Add(time.Hour)}
	err = m.store.RaiseRequest(ctx, of.Account, account.RaisedRequest{
		Request: r, Mark: account.LastRecovery{ID: id, Day: now, Count: 1}, Ticket: account.Ticket{ID: secret, Purpose: account.ForRequest, Staff: r.Staff, Request: id, Expires: now.Add(time.Hour)},
		Audit: audit.Entry{ID: "request" + id, At: now.Add(-2 * time.Minute), Subject: audit.OfStaff(r.Staff), Action: audit.RaiseRecovery, Call: audit.Call{ID: "scope"}},
	})
	if err != nil {
		return err
	}
	p.request = id
	return account.IndexQueue{Store: m.store}.Run(ctx, id)
}

// register makes the person as the register has them.
func (p *person) register(i int) (account.Person, error) {
	var err error
	note := func(e error) {
		if err == nil {
			err = e
		}
	}
	now := time.Now()
	s := staff.Staff{
		Revision: 1, Version: 1, Name: "范围" + strings.Repeat("甲", 1+i%3), Gender: "1", BudgetedPost: "BIAN_ZHI_QI_TA", JobLevel: "ZHI_JI_QI_TA",
		Employment: staff.InService, State: staff.Active, RegisteredAt: now, ActivatedAt: now, Pinyin: staff.Pinyin{Syllables: []string{"fan", "wei"}},
	}
	a := account.Account{Password: "none that is ever compared", Epoch: 1, DeviceEpoch: 1}
	p.account, p.phone = fmt.Sprintf("scope%02d", i), fmt.Sprintf("138111100%02d", i)
	var e error
	s.Code, e = staff.NewEmployeeCode(rand.Reader)
	note(e)
	s.Account, e = staff.ParseAccount(p.account)
	note(e)
	s.Phone, e = staff.ParsePhone(p.phone)
	note(e)
	switch {
	case p.left:
		s.Employment, s.State, s.Phone, s.FormerPhone, a.Password = staff.Left, staff.Pending, staff.Phone{}, s.Phone, ""
	case p.frozen:
		s.State, s.FrozenFrom = staff.Frozen, staff.Active
	case p.pending:
		s.State, a.Password = staff.Pending, ""
	}
	for j := range p.posts {
		l := &p.posts[j]
		post := staff.Post{JobType: staff.ConcurrentJob, Role: "REN_YUAN_JU_SE_QI_TA", Order: 1, Active: l.active}
		if l.main {
			post.JobType = staff.MainJob
		}
		post.ID, e = staff.NewPostID(rand.Reader)
		note(e)
		post.Unit, e = staff.ParseOrgCode(l.unit)
		note(e)
		post.Org, e = staff.ParseOrgCode(l.org)
		note(e)
		l.id = post.ID.String()
		s.Posts = append(s.Posts, post)
	}
	for j := range p.grants {
		g := account.Grant{Type: account.GrantType(p.grants[j].kind)}
		g.ID, e = staff.NewID(rand.Reader)
		note(e)
		g.Org, e = staff.ParseOrgCode(p.grants[j].org)
		note(e)
		for _, permission := range p.grants[j].added {
			g.Added = append(g.Added, account.Permission(permission))
		}
		a.Grants = append(a.Grants, g)
		p.grants[j].id = account.GrantRef{Staff: s.Code, ID: g.ID}.String()
	}
	p.code = s.Code.String()
	return account.Person{Staff: s, Account: a}, err
}

// The questions.

type scopeTest struct {
	*client
	*model
	asked map[string]bool // routes
	job   string          // that "parent" began
}

// signIn begins the callers' sessions.
func (s scopeTest) signIn() {
	ctx := context.Background()
	for _, p := range append(slices.Clone(s.callers), s.helper) {
		if p.session == "none" {
			continue
		}
		code, err := staff.ParseEmployeeCode(p.code)
		s.must(err)
		secret, err := account.NewSecret(rand.Reader)
		s.must(err)
		now := time.Now()
		one := account.Session{Hash: secret.Hash(), ID: p.name, Staff: code, Client: account.App, Epoch: 1, CreatedAt: now, LastUsed: now, ProvedAt: now, Dies: now.Add(time.Hour)}
		switch p.session {
		case "unproved":
			one.ProvedAt = time.Time{}
		case "dead": // freezing has raised the epoch since
			one.Epoch = 0
		}
		s.must(s.store.StartSession(ctx, one, nil, account.SignInState{}.TakeSlot(one, account.Defaults())))
		p.token = account.Token{Staff: code, Secret: secret}.Reveal()
	}
}

func (s scopeTest) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// arrange lets "parent" move an organisation, so that there is a job, and takes
// back what "revoked since" held when they signed in.
func (s *scopeTest) arrange() {
	super, parent, revoked := s.person("super"), s.person("parent"), s.person("revoked since")
	id := s.ask(super, "POST /v1/admin/grants", "", m{"employeeCode": revoked.code, "type": "super", "org": s.org["root"]}).want(201, "").text("id")
	s.ask(revoked, "GET /v1/admin/staff", "", nil).want(200, "")
	s.ask(super, "DELETE /v1/admin/grants/{id}", id, nil).want(204, "")

	add := func(name string) string {
		return s.ask(parent, "POST /v1/admin/orgs", "", m{"name": name, "type": "group", "parent": s.org["district"], "division": "330199", "order": 80}).want(201, "").text("orgCode")
	}
	to, moved := add("新分类"), add("另一分类")
	s.job = s.ask(parent, "PATCH /v1/admin/orgs/{orgCode}", moved, m{"version": 1, "parent": to}).want(202, "").text("id")
}

func (s scopeTest) person(name string) *person {
	i := slices.IndexFunc(s.people, func(p *person) bool { return p.name == name })
	return s.people[i]
}

// ask sends a request on a route; id takes the place of its variable, and what
// follows a "?" in it is the query.
func (s scopeTest) ask(p *person, route, id string, body any) answer {
	s.t.Helper()
	s.asked[route] = true
	method, path, _ := strings.Cut(route, " ")
	id, query, _ := strings.Cut(id, "?")
	if i, j := strings.Index(path, "{"), strings.LastIndex(path, "}"); i >= 0 {
		path = path[:i] + id + path[j+1:]
	}
	if query != "" {
		path += "?" + query
	}
	var header []string
	if p.token != "" {
		header = []string{"Authorization", "Bearer " + p.token}
	}
	a := s.do(method, path, body, header...)
	// On a busy machine DynamoDB Local may take longer than a call has. Clients ask again.
	for again := 0; a.text("code") == "unavailable" && again < 3; again++ {
		a = s.do(method, path, body, header...)
	}
	return a
}

// expect asks and compares; it returns the answer where it is a success.
func (s scopeTest) expect(p *person, about, route, id string, body any, want verdict) (answer, bool) {
	s.t.Helper()
	if closed, open := door(p); !open {
		want = closed
	}
	a := s.ask(p, route, id, body)
	if a.status != want.status || a.text("code") != want.code {
		s.t.Errorf("%s, about %s: %s answered %d %q, want %d %q", p.name, about, route, a.status, a.text("code"), want.status, want.code)
		return a, false
	}
	return a, a.status < 300
}

// askAbout asks all there is to ask as one caller: about the targets, oneself and
// nobody. Who does not get past the door is asked about a few.
func (s scopeTest) askAbout(p *person) {
	people := append(slices.Clone(s.targets), p, nil)
	orgs := []string{"root", "district", "data", "data section", "finance", "nowhere"}
	if _, open := door(p); !open {
		people, orgs = []*person{s.person("plain"), p, nil}, []string{"data", "nowhere"}
	}
	for _, to := range people {
		s.aboutPerson(p, to)
	}
	for _, name := range orgs {
		s.aboutOrg(p, name)
	}
	s.lists(p)
	s.jobs(p)
	s.batches(p)
	s.imports(p)
	dictionary := denied // for supers of the whole tree
	if slices.ContainsFunc(p.grants, func(g grant) bool { return g.kind == "super" && g.org == s.org["root"] }) {
		dictionary = verdict{422, "field_invalid"}
	}
	s.expect(p, "a dictionary", "PUT /v1/admin/dictionaries/{dictionary}/{code}", "ZHI_JI/ZHI_JI_QI_TA", m{}, dictionary)
}

// aboutPerson asks everything about one person; nil is nobody.
func (s scopeTest) aboutPerson(p, to *person) {
	about, code := "nobody", "GE_"+strings.Repeat("0", 32)
	if to != nil {
		about, code = to.name, to.code
	}
	ruled := func(permission string, then func() verdict) verdict {
		if v, fine := s.may(p, permission, to); !fine {
			return v
		}
		return then()
	}
	always := func(v verdict) func() verdict { return func() verdict { return v } }

	if a, fine := s.expect(p, about, "GET /v1/admin/staff/{employeeCode}", code, nil, ruled("staff.read", always(ok))); fine && a.text("employeeCode") != code {
		s.t.Errorf("%s, about %s: %s", p.name, about, a.raw)
	}
	s.expect(p, about, "GET /v1/admin/staff/{employeeCode}/sign-ins", code, nil, ruled("staff.read", always(ok)))
	s.expect(p, about, "POST /v1/admin/staff/{employeeCode}/reveal", code, m{"fields": []string{"phone"}, "reason": "核对"}, ruled("pii.reveal", func() verdict {
		if !s.reaches(p, "pii.reveal", to.mainPost().org) {
			return denied
		}
		return ok
	}))

	// Edits are of a version that there is not: who is let through is told so.
	patch := func(what string, body m, then func() verdict) {
		s.t.Helper()
		body["version"] = 99
		s.expect(p, about+" ("+what+")", "PATCH /v1/admin/staff/{employeeCode}", code, body, ruled("staff.edit", func() verdict {
			if to == p { // nobody edits their own record
				return denied
			}
			return then()
		}))
	}
	identity := func() verdict {
		if !s.mayIdentity(p, to, false) {
			return denied
		}
		return stale
	}
	patch("an address", m{"homeAddress": "临江区"}, always(stale))
	patch("no phone", m{"phone": "abc"}, func() verdict {
		if v := identity(); v != stale || to.left { // who has left has no phone to be wrong
			return v
		}
		return verdict{422, "field_invalid"}
	})
	patch("a name", m{"name": "范围乙"}, identity)
	patch("a phone", m{"phone": "13811119999"}, identity)
	patch("an account", m{"account": "scopenew"}, identity)
	patch("a new post", m{"posts": []m{{"unit": s.org["finance"], "org": s.org["finance section"], "jobType": "attached", "role": "REN_YUAN_JU_SE_QI_TA", "order": 1}}}, func() verdict {
		switch {
		case to.left:
		case s.carries(p, to, s.org["finance section"], false):
			return denied
		case !s.reaches(p, "staff.edit", s.org["finance section"]):
			return noOrg
		}
		return stale
	})
	if to != nil && !to.left {
		first, last := to.posts[0], to.posts[len(to.posts)-1]
		patch("a role", m{"posts": []m{{"id": last.id, "role": "REN_YUAN_JU_SE_QI_TA", "title": "科员"}}}, always(stale))
		patch("a moved post", m{"posts": []m{{"id": first.id, "unit": s.org["finance"], "org": s.org["finance"]}}}, func() verdict {
			switch {
			case !s.reaches(p, "staff.edit", first.org), s.carries(p, to, s.org["finance"], first.main):
				return denied
			case !s.reaches(p, "staff.edit", s.org["finance"]):
				return noOrg
			}
			return stale
		})
		if !last.main {
			patch("an ended post", m{"removedPosts": []string{last.id}}, func() verdict {
				if !s.reaches(p, "staff.edit", last.org) {
					return denied
				}
				return stale
			})
		}
	}

	// Actions that do not fit tell who is let through.
	action := "unfreeze"
	if to != nil && to.frozen {
		action = "freeze"
	}
	state := func(action string, anyPost bool, done verdict) {
		s.t.Helper()
		s.expect(p, about+" ("+action+")", "POST /v1/admin/staff/{employeeCode}/state", code, m{"action": action, "reason": "核对"}, ruled("staff.edit", func() verdict {
			if !s.mayIdentity(p, to, anyPost) {
				return denied
			}
			return done
		}))
	}
	state(action, false, unfit)
	unlocked := ok
	if to != nil && (to.left || to.frozen || to.pending) {
		unlocked = unfit
	}
	state("unlock", true, unlocked)

	s.aboutRequest(p, to, about)
	s.aboutAudit(p, to, about, code)
	s.aboutGrants(p, to, about, code)
	if to != nil {
		found := verdict{200, ""}
		if !p.has("staff.read") {
			found = denied
		}
		employment := "in_service"
		if to.left {
			employment = "left"
		}
		query := "?" + url.Values{"q": {to.account}, "employment": {employment}}.Encode()
		if a, fine := s.expect(p, about+" (search)", "GET /v1/admin/staff", query, nil, found); fine && slices.Contains(a.codes(), code) != s.sees(p, "staff.read", to) {
			s.t.Errorf("%s finds %s: %v", p.name, about, a.raw)
		}
	}
}

// aboutRequest asks about the person's recovery request. A decision that there is not
// tells who is let through.
func (s scopeTest) aboutRequest(p, to *person, about string) {
	noRequest := verdict{404, "not_found"}
	id, want := strings.Repeat("A", 22), noRequest
	if to != nil {
		id = to.request
	}
	switch v, fine := s.may(p, "staff.edit", to); {
	case v == missing:
	case !fine:
		want = v
	case !s.mayIdentity(p, to, true):
		want = denied
	default:
		want = verdict{422, "field_invalid"}
	}
	s.expect(p, about, "POST /v1/admin/recovery-requests/{id}/decision", id, m{"decision": "later"}, want)
}

func (s scopeTest) aboutAudit(p, to *person, about, code string) {
	want := ok
	if !p.has("audit.read") {
		want = denied
	}
	revealing := verdict{404, "not_found"} // of an entry that there is not
	if !p.has("pii.reveal") {
		revealing = denied
	}
	s.expect(p, about, "GET /v1/admin/audit/{id}/reveal", "AAAAAAAAAAAAAAAAAAAAAA", nil, revealing)
	a, fine := s.expect(p, about, "GET /v1/admin/audit", "?employeeCode="+code, nil, want)
	if visible := to != nil && s.sees(p, "audit.read", to); fine && (len(a.items()) > 0) != visible {
		s.t.Errorf("%s, the audit of %s: %s", p.name, about, a.raw)
	}
	a, fine = s.expect(p, about+" (as actor)", "GET /v1/admin/audit", "?actor="+code, nil, want)
	if fine {
		for _, e := range a.items() {
			if of := s.byCode(fmt.Sprint(e["subject"])); of != nil && !s.sees(p, "audit.read", of) {
				s.t.Errorf("%s is told what %s did to %s", p.name, about, of.name)
			}
		}
	}
}

func (s scopeTest) aboutGrants(p, to *person, about, code string) {
	want := ok
	if !p.has("admin.grant") {
		want = denied
	}
	if a, fine := s.expect(p, about, "GET /v1/admin/grants", "?employeeCode="+code, nil, want); fine {
		var expected []string
		if to != nil && s.sees(p, "staff.read", to) {
			for _, g := range to.grants {
				if s.reaches(p, "admin.grant", g.org) {
					expected = append(expected, g.id)
				}
			}
		}
		s.same(p, "the grants of "+about, a.values("id"), expected)
	}
	for _, g := range []grant{{kind: "audit", org: s.org["data"]}, {kind: "unit", org: s.org["data"]}, {kind: "super", org: s.org["root"]}} {
		give := func() verdict {
			if v, fine := s.may(p, "admin.grant", to); v != denied && !fine {
				return v
			}
			switch {
			case !p.has("admin.grant"):
				return denied
			case !s.reaches(p, "staff.read", g.org):
				return noOrg
			case !s.mayGrant(p, to, g):
				return denied
			case to.left || to.frozen:
				return unfit
			case slices.ContainsFunc(to.grants, func(have grant) bool { return have.kind == g.kind && have.org == g.org && len(have.added) == 0 }):
				return ok
			}
			return verdict{201, ""}
		}
		a, fine := s.expect(p, about+" (grant "+g.kind+")", "POST /v1/admin/grants", "", m{"employeeCode": code, "type": g.kind, "org": g.org}, give())
		if fine && a.status == 201 {
			s.ask(s.helper, "DELETE /v1/admin/grants/{id}", a.text("id"), nil).want(204, "")
		}
	}
	if to == nil || len(to.grants) == 0 {
		return
	}
	g := to.grants[0]
	switch {
	case !p.has("admin.grant"):
		want = denied
	case !s.sees(p, "staff.read", to):
		want = verdict{404, "not_found"}
	case s.mayGrant(p, to, g):
		return // see revokeForReal
	default:
		want = denied
	}
	s.expect(p, about, "DELETE /v1/admin/grants/{id}", g.id, nil, want)
}

// revokeForReal has whoever may take a grant take it, and another super give it
// back.
func (s scopeTest) revokeForReal() {
	super := s.helper
	for _, p := range s.callers {
		if _, open := door(p); !open {
			continue
		}
		for _, to := range s.targets {
			if to.frozen || len(to.grants) == 0 || !p.has("admin.grant") || !s.sees(p, "staff.read", to) || !s.mayGrant(p, to, to.grants[0]) {
				continue
			}
			g := &to.grants[0]
			s.expect(p, to.name, "DELETE /v1/admin/grants/{id}", g.id, nil, verdict{204, ""})
			body := m{"employeeCode": to.code, "type": g.kind, "org": g.org, "permissions": g.added}
			if g.added == nil {
				delete(body, "permissions")
			}
			g.id = s.ask(super, "POST /v1/admin/grants", "", body).want(201, "").text("id")
		}
	}
}

func (s scopeTest) aboutOrg(p *person, name string) {
	code := s.org[name]
	there := name != "nowhere"
	reading, auditing, granting := ok, ok, ok
	for permission, v := range map[string]*verdict{"staff.read": &reading, "audit.read": &auditing, "admin.grant": &granting} {
		if !p.has(permission) {
			*v = denied
		}
	}
	if a, fine := s.expect(p, name, "GET /v1/admin/orgs", "?parent="+code, nil, reading); fine && name != "data section" && (len(a.items()) > 0) != s.reaches(p, "staff.read", code) {
		s.t.Errorf("%s, below %s: %s", p.name, name, a.raw)
	}
	numbers := reading
	if reading == ok && !s.reaches(p, "staff.read", code) {
		numbers = noOrg
	}
	if a, fine := s.expect(p, name, "GET /v1/admin/data-quality", "?org="+code, nil, numbers); fine && a.text("org") != code {
		s.t.Errorf("%s, the numbers of %s: %s", p.name, name, a.raw)
	}
	if a, fine := s.expect(p, name, "GET /v1/admin/data-quality/id-cards", "?org="+code, nil, reading); fine && len(a.items()) > 0 {
		s.t.Errorf("%s, in %s share an ID card: %s", p.name, name, a.raw) // nobody does
	}
	changed := func(v verdict) verdict {
		if no, fine := s.mayOrg(p, code); !fine {
			return no
		}
		return v
	}
	s.expect(p, name, "POST /v1/admin/orgs", "", m{"name": "", "type": "institution", "parent": code}, changed(verdict{422, "field_invalid"}))
	s.expect(p, name, "PATCH /v1/admin/orgs/{orgCode}", code, m{"version": 99, "name": "改名"}, changed(stale))
	s.expect(p, name, "DELETE /v1/admin/orgs/{orgCode}", code+"?version=99", nil, changed(stale))
	if a, fine := s.expect(p, name, "GET /v1/admin/audit", "?org="+code, nil, auditing); fine {
		if (len(a.items()) > 0) != (there && s.reaches(p, "audit.read", code)) {
			s.t.Errorf("%s, the log of %s: %s", p.name, name, a.raw)
		}
		for _, e := range a.items() {
			if of := s.byCode(fmt.Sprint(e["subject"])); of != nil && !s.sees(p, "audit.read", of) {
				s.t.Errorf("%s reads in the log of %s about %s", p.name, name, of.name)
			}
		}
	}
	if a, fine := s.expect(p, name, "GET /v1/admin/grants", "?limit=100&org="+code, nil, granting); fine {
		var expected []string
		for _, of := range s.people {
			for _, g := range of.grants {
				if g.org == code && s.reaches(p, "admin.grant", code) && s.sees(p, "staff.read", of) {
					expected = append(expected, g.id)
				}
			}
		}
		s.same(p, "the grants on "+name, s.ours(a.values("id"), a.values("employeeCode")), expected)
	}
	if a, fine := s.expect(p, name, "GET /v1/admin/staff", "?limit=100&org="+code, nil, reading); fine {
		var expected []string
		for _, of := range s.people {
			// A filter outside the caller's scope finds nothing, whoever is below.
			if !of.left && s.reaches(p, "staff.read", code) && slices.ContainsFunc(of.posts, func(l place) bool { return l.active && s.below(l.org, code) }) {
				expected = append(expected, of.code)
			}
		}
		s.same(p, "who is in "+name, s.ours(a.codes(), a.codes()), expected)
	}

	// Somebody new there; the phone is taken.
	body := m{
		"name": "范围丁", "account": "scopefresh", "areaCode": "+86", "phone": s.person("plain").phone, "gender": "1", "budgetedPost": "BIAN_ZHI_QI_TA", "jobLevel": "ZHI_JI_QI_TA",
		"posts": []m{{"unit": s.org["data"], "org": s.org["data section"], "jobType": "main", "role": "REN_YUAN_JU_SE_QI_TA", "order": 1}},
	}
	where := map[string][2]string{"data": {"data", "data"}, "data section": {"data", "data section"}, "finance": {"finance", "finance section"}, "nowhere": {"nowhere", "nowhere"}}[name]
	if where[0] == "" {
		return
	}
	body["posts"].([]m)[0]["unit"], body["posts"].([]m)[0]["org"] = s.org[where[0]], s.org[where[1]]
	added := verdict{409, "phone_taken"}
	switch {
	case !p.has("staff.edit"):
		added = denied
	case !s.reaches(p, "staff.edit", s.org[where[1]]):
		added = noOrg
	}
	s.expect(p, "somebody new in "+name, "POST /v1/admin/staff", "", body, added)
}

// lists compares the whole lists with who is in sight.
func (s scopeTest) lists(p *person) {
	for _, employment := range []string{"in_service", "left"} {
		want := ok
		if !p.has("staff.read") {
			want = denied
		}
		a, fine := s.expect(p, employment, "GET /v1/admin/staff", "?limit=100&employment="+employment, nil, want)
		if !fine {
			continue
		}
		var expected []string
		for _, of := range s.people {
			if of.left == (employment == "left") && s.sees(p, "staff.read", of) {
				expected = append(expected, of.code)
			}
		}
		s.same(p, employment, s.ours(a.codes(), a.codes()), expected)
		if a, fine := s.expect(p, employment+" (a file)", "GET /v1/admin/exports", "?format=csv&employment="+employment, nil, ok); fine {
			exported := regexp.MustCompile(`GE_[0-9a-f]{32}`).FindAllString(a.raw, -1)
			sort.Strings(exported)
			exported = slices.Compact(exported) // a row for each post
			s.same(p, employment+" (a file)", s.ours(exported, exported), expected)
		}
	}
	if !p.has("staff.read") {
		s.expect(p, "a file", "GET /v1/admin/exports", "?format=csv", nil, denied)
	}
	want := ok
	if !p.has("staff.edit") {
		want = denied
	}
	if a, fine := s.expect(p, "the queue", "GET /v1/admin/recovery-requests", "?limit=100", nil, want); fine {
		var expected, mine []string
		for _, of := range append(slices.Clone(s.people), s.helper) {
			if s.sees(p, "staff.edit", of) {
				expected = append(expected, of.request)
				if s.mayIdentity(p, of, true) {
					mine = append(mine, of.request)
				}
			}
		}
		s.same(p, "the queue", a.values("id"), expected)
		var decidable []string
		for _, i := range a.items() {
			if i["mayDecide"] == true {
				decidable = append(decidable, fmt.Sprint(i["id"]))
			}
		}
		s.same(p, "what is theirs to decide", decidable, mine)
		if a.body["open"] != float64(len(expected)) {
			s.t.Errorf("%s, the queue: %v open, want %d", p.name, a.body["open"], len(expected))
		}
	}
}

// jobs are their creator's, and those of the supers who see the creator.
func (s scopeTest) jobs(p *person) {
	parent := s.person("parent")
	mine := p == parent || slices.ContainsFunc(p.grants, func(g grant) bool {
		return g.kind == "super" && slices.ContainsFunc(parent.posts, func(l place) bool { return s.below(l.org, g.org) })
	})
	if a, fine := s.expect(p, "jobs", "GET /v1/admin/jobs", "?limit=100", nil, ok); fine && slices.Contains(a.values("id"), s.job) != mine {
		s.t.Errorf("%s, jobs: %s", p.name, a.raw)
	}
	read, stop := ok, unfit // a move cannot be stopped
	if !mine {
		read = verdict{404, "not_found"}
		stop = read
	}
	s.expect(p, "a job", "GET /v1/admin/jobs/{id}", s.job, nil, read)
	s.expect(p, "a job", "DELETE /v1/admin/jobs/{id}", s.job, nil, stop)
	s.expect(p, "no job", "GET /v1/admin/jobs/{id}", strings.Repeat("A", 22), nil, verdict{404, "not_found"})
}

// batches does to many targets at once what is done to one: each has the outcome that the
// rules give this person.
func (s scopeTest) batches(p *person) {
	s.t.Helper()
	s.batch(p, "unfreeze", func(to *person) []string { // changes nobody, since nobody among them is frozen
		switch {
		case to.frozen:
			return nil
		case !s.mayIdentity(p, to, false):
			return []string{"refused " + denied.code}
		case to.left:
			return []string{"refused " + unfit.code}
		}
		return []string{"unchanged"}
	})
	s.batch(p, "send_activation_sms", func(to *person) []string {
		switch {
		case !s.reaches(p, "staff.edit", to.mainPost().org):
			return []string{"refused " + denied.code}
		case to.left, to.frozen:
			return []string{"refused " + unfit.code}
		case to.pending: // who is asked of again within a minute gets no second text
			return []string{"done", "refused code_too_soon"}
		}
		return []string{"refused already_active"}
	})
}

// batch asks for an action about all targets of whom outcomes says something: which
// outcomes there may be for those whom the caller may see.
func (s scopeTest) batch(p *person, action string, outcomes func(*person) []string) {
	s.t.Helper()
	what, codes := "a batch to "+action, []string{}
	var of []*person
	for _, to := range s.targets {
		if outcomes(to) != nil {
			of, codes = append(of, to), append(codes, to.code)
		}
	}
	body := m{"action": action, "reason": "核对", "employeeCodes": codes}
	if _, open := door(p); !open || !p.has("staff.batch") {
		s.expect(p, what, "POST /v1/admin/staff/batch", "", body, denied)
		return
	}
	s.expect(p, what+" without a key", "POST /v1/admin/staff/batch", "", body, verdict{422, "field_invalid"})
	made := s.do("POST", "/v1/admin/staff/batch", body, "Authorization", "Bearer "+p.token, "Idempotency-Key", "scope-"+action)
	if made.status != 202 {
		s.t.Errorf("%s, %s: %d %s", p.name, what, made.status, made.raw)
		return
	}
	job := s.finished(p, made.text("id"))
	results, _ := job.body["results"].([]any)
	if len(results) != len(of) {
		s.t.Errorf("%s, %s: %d results of %d: %s", p.name, what, len(results), len(of), job.raw)
		return
	}
	for i, to := range of {
		want := outcomes(to)
		if v, fine := s.may(p, "staff.batch", to); !fine {
			want = []string{"refused " + v.code}
		}
		r := results[i].(m)
		got := fmt.Sprint(r["outcome"])
		if code, ok := r["code"]; ok {
			got += fmt.Sprint(" ", code)
		}
		if !slices.Contains(want, got) || r["employeeCode"] != to.code {
			s.t.Errorf("%s, %s about %s: %s, want %s", p.name, what, to.name, got, want)
		}
		if got == "refused staff_missing" && r["name"] != "" {
			s.t.Errorf("%s, %s about %s: tells the name of somebody out of sight", p.name, what, to.name)
		}
	}
}

// imports tries a file with a new address for everybody: each has the outcome that the
// rules of an edit give this person. A dry run changes nobody.
func (s scopeTest) imports(p *person) {
	s.t.Helper()
	template := verdict{422, "field_invalid"}
	if _, open := door(p); !open || !p.has("staff.import") {
		template = denied
	}
	s.expect(p, "a template of no format", "GET /v1/admin/imports/template", "", nil, template)
	if template == denied {
		s.expect(p, "an import", "POST /v1/admin/imports", "", m{}, denied)
		return
	}
	s.expect(p, "an import that is JSON", "POST /v1/admin/imports", "", m{}, verdict{415, "media_type"})
	file := "人员编码,姓名,家庭地址\n"
	for _, to := range s.targets {
		file += to.code + ",,临江区新址一号\n"
	}
	made := s.do("POST", "/v1/admin/imports?format=csv&dryRun=true", []byte(file), "Authorization", "Bearer "+p.token, "Content-Type", "application/octet-stream")
	if made.status != 202 {
		s.t.Errorf("%s, an import: %d %s", p.name, made.status, made.raw)
		return
	}
	job := s.finished(p, made.text("id"))
	results, _ := job.body["results"].([]any)
	if len(results) != len(s.targets) {
		s.t.Errorf("%s, an import: %d results of %d: %s", p.name, len(results), len(s.targets), job.raw)
		return
	}
	for i, to := range s.targets {
		want := "done"
		if v, fine := s.may(p, "staff.import", to); !fine {
			want = "refused " + v.code
		} else if to == p {
			want = "refused " + denied.code
		}
		r := results[i].(m)
		got := fmt.Sprint(r["outcome"])
		if code, ok := r["code"]; ok {
			got += fmt.Sprint(" ", code)
		}
		if got != want {
			s.t.Errorf("%s, an import about %s: %s, want %s", p.name, to.name, got, want)
		}
		if want == "refused staff_missing" && r["name"] != "" {
			s.t.Errorf("%s, an import about %s: tells the name of somebody out of sight", p.name, to.name)
		}
	}
}

// finished is a job that was followed to its end.
func (s scopeTest) finished(p *person, id string) answer {
	s.t.Helper()
	var job answer
	for end := time.Now().Add(time.Minute); job.text("state") != "done"; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("%s: the job has no end: %s", p.name, job.raw)
		}
		job = s.ask(p, "GET /v1/admin/jobs/{id}", id+"?limit=100", nil)
	}
	return job
}

func (s scopeTest) byCode(code string) *person {
	if i := slices.IndexFunc(s.people, func(p *person) bool { return p.code == code }); i >= 0 {
		return s.people[i]
	}
	return nil
}

// ours are those of values that are of people of the cast, not of the demo's.
func (s scopeTest) ours(values, of []string) []string {
	var some []string
	for i, v := range values {
		if s.byCode(of[i]) != nil {
			some = append(some, v)
		}
	}
	return some
}

func (s scopeTest) same(p *person, what string, got, want []string) {
	s.t.Helper()
	sort.Strings(got)
	sort.Strings(want)
	if !slices.Equal(got, want) {
		s.t.Errorf("%s, %s: %v, want %v", p.name, what, got, want)
	}
}

func (a answer) items() []m {
	list, _ := a.body["items"].([]any)
	all := make([]m, len(list))
	for i, one := range list {
		all[i], _ = one.(m)
	}
	return all
}

func (a answer) values(member string) []string {
	var all []string
	for _, i := range a.items() {
		all = append(all, fmt.Sprint(i[member]))
	}
	return all
}

func (a answer) codes() []string { return a.values("employeeCode") }
