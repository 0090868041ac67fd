package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/functiontest"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/jobs"
	"chaoxi/shared/staff"
)

type m = map[string]any

type world struct {
	*functiontest.World
	functiontest.Function
	chenjing, linwei map[string]string // super of the whole tree; 数据局's own administrator
	auditor          map[string]string // who may only read there
	data, finance    staff.Org
	district, root   staff.OrgCode
}

func start(t *testing.T) world {
	t.Parallel()
	w := functiontest.New(t)
	f := w.Serve(routes(httpapi.Auth{Authorize: w.Auth()}, admin.ListOrgs{Store: w.Store, Keys: w.Keys}, admin.EditOrgs{Store: w.Store, Now: w.Now, Random: w.Random}))
	auditor := w.Person("zhouqiang")
	data := w.Person("linwei").Account.Grants[0].Org
	auditor.Account.Grants = []account.Grant{{ID: "reads", Type: account.AuditGrant, Org: data}}
	if err := w.Store.Grant(context.Background(), auditor.Staff.Code, auditor.Account.Grants[0], audit.Entry{ID: "reads", At: w.Now(), Subject: "x"}); err != nil {
		t.Fatal(err)
	}
	all := world{World: w, Function: f, chenjing: w.SignIn("chenjing", account.Console), linwei: w.SignIn("linwei", account.Console), auditor: w.SignIn("zhouqiang", account.Console)}
	all.data, all.finance = all.org(data), all.org(auditor.Staff.Posts[0].Unit)
	all.root, all.district = all.data.Path[0], all.data.Path[2]
	return all
}

func (w world) org(c staff.OrgCode) staff.Org {
	w.T.Helper()
	orgs, err := w.Store.Orgs(context.Background(), []staff.OrgCode{c})
	if err != nil || orgs[c].Code != c {
		w.T.Fatalf("read %s: %+v, %v", c, orgs, err)
	}
	return orgs[c]
}

func (w world) list(header map[string]string, query string) functiontest.Reply {
	w.T.Helper()
	return w.Do(functiontest.Call{Method: http.MethodGet, Path: "/v1/admin/orgs?" + query, Header: header})
}

// names are those of a list, all pages of it.
func (w world) names(header map[string]string, query string) string {
	w.T.Helper()
	var all []string
	for next := ""; ; {
		r := w.list(header, query+next).Want(200, "")
		for _, i := range r.Body["items"].([]any) {
			all = append(all, i.(map[string]any)["name"].(string))
		}
		if r.Text("next") == "" {
			return strings.Join(all, " ")
		}
		next = "&cursor=" + r.Text("next")
	}
}

func (w world) post(header map[string]string, body any) functiontest.Reply {
	w.T.Helper()
	return w.Do(functiontest.Call{Path: "/v1/admin/orgs", Header: header, Body: body})
}

// add makes an organisation and returns its code.
func (w world) add(parent staff.OrgCode, kind staff.OrgType, name string, order int) staff.OrgCode {
	w.T.Helper()
	r := w.post(w.chenjing, m{"name": name, "type": kind, "parent": parent.String(), "division": "330199", "order": order}).Want(201, "")
	c, err := staff.ParseOrgCode(r.Text("orgCode"))
	if err != nil {
		w.T.Fatal(err)
	}
	return c
}

func (w world) patch(header map[string]string, c staff.OrgCode, body any) functiontest.Reply {
	w.T.Helper()
	return w.Do(functiontest.Call{Method: http.MethodPatch, Path: "/v1/admin/orgs/" + c.String(), Header: header, Body: body})
}

func (w world) close(header map[string]string, c staff.OrgCode, query string) functiontest.Reply {
	w.T.Helper()
	return w.Do(functiontest.Call{Method: http.MethodDelete, Path: "/v1/admin/orgs/" + c.String() + query, Header: header})
}

func (w world) must(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

// entries are the actions in an organisation's audit.
func (w world) entries(c staff.OrgCode) int {
	w.T.Helper()
	n := 0
	for _, who := range []string{"chenjing", "linwei"} {
		done, err := w.Store.AuditEntries(context.Background(), admin.AuditRange{By: w.Person(who).Staff.Code, To: w.Now().Add(time.Hour), Limit: 1000})
		w.must(err)
		for _, e := range done.Entries {
			if e.Subject == audit.OfOrg(c) {
				n++
			}
		}
	}
	return n
}

func TestLevels(t *testing.T) {
	w := start(t)
	w.list(w.chenjing, "").Want(200, "").Golden("tops")
	w.list(w.linwei, "").Want(200, "").Golden("tops-of-unit")
	w.list(w.linwei, "parent="+w.data.Code.String()).Want(200, "").Golden("level")
	for _, nothing := range []string{"parent=" + w.finance.Code.String(), "parent=" + w.root.String(), "parent=GO_x", "parent=GO_" + strings.Repeat("0", 32)} {
		w.list(w.linwei, nothing).Want(200, "").Golden("nothing")
	}
	for i, name := range []string{"丙科", "甲科", "乙科"} {
		w.add(w.data.Code, staff.InstitutionOrg, name, 50-i)
	}
	if got := w.names(w.linwei, "limit=2&parent="+w.data.Code.String()); !strings.HasSuffix(got, "乙科 甲科 丙科") {
		t.Errorf("the level is %s", got)
	}
	w.list(w.linwei, "parent="+w.data.Code.String()+"&q=x").Want(422, "field_invalid").Golden("field-invalid")
	w.list(w.linwei, "q=·").Want(422, "field_invalid")
	w.list(w.linwei, "cursor=x").Want(422, "field_invalid")
	stolen := w.list(w.chenjing, "limit=1&parent="+w.data.Code.String()).Text("next")
	w.list(w.linwei, "limit=1&parent="+w.data.Code.String()+"&cursor="+stolen).Want(422, "field_invalid")

	w.list(nil, "").Want(401, "session_missing").Golden("session-missing")
	if got := w.names(w.auditor, ""); got != "临江区数据局" {
		t.Errorf("who may read sees %s", got)
	}
}

func TestByName(t *testing.T) {
	w := start(t)
	w.add(w.data.Code, staff.InstitutionOrg, "数据资源科", 9)
	for _, tt := range []struct{ q, chenjing, linwei string }{
		{"临江区数据局", "临江区数据局", "临江区数据局"},
		{"临江区 数据", "临江区数据局", "临江区数据局"},
		{"数据", "临江区数据局 省数据局 数据资源科", "临江区数据局 数据资源科"},
		{"资源", "", ""}, // an institution by its beginning alone
		{"局", "临江区财政局 临江区数据局 省数据局", "临江区数据局"},
		{"没有", "", ""},
	} {
		for who, want := range map[string]string{"chenjing": tt.chenjing, "linwei": tt.linwei} {
			header := map[string]map[string]string{"chenjing": w.chenjing, "linwei": w.linwei}[who]
			for _, limit := range []string{"", "limit=1&"} {
				got := strings.Fields(w.names(header, limit+"q="+strings.ReplaceAll(tt.q, " ", "%20")))
				if sorted(got) != sorted(strings.Fields(want)) {
					t.Errorf("%s%s: %s finds %v, want %s", limit, tt.q, who, got, want)
				}
			}
		}
	}
	w.list(w.linwei, "q=数据资源").Want(200, "").Golden("by-name")
	w.list(w.linwei, "q="+w.data.Code.String()).Want(200, "").Golden("by-code")
	w.list(w.linwei, "q="+w.finance.Code.String()).Want(200, "").Golden("nothing")
}

func TestAdd(t *testing.T) {
	w := start(t)
	good := func(change func(m)) m {
		body := m{"name": " 数据 资源科 ", "type": "institution", "parent": w.data.Code.String(), "division": "330199", "order": 4}
		if change != nil {
			change(body)
		}
		return body
	}
	r := w.post(w.linwei, good(nil)).Want(201, "").Golden("added")
	made, err := staff.ParseOrgCode(r.Text("orgCode"))
	w.must(err)
	if o := w.org(made); o.Name != "数据 资源科" || o.Parent() != w.data.Code || o.Order != 4 || w.entries(made) != 1 {
		t.Errorf("%+v, %d entries", o, w.entries(made))
	}
	if found, err := w.Store.OrgsNamed(context.Background(), staff.NameKey("数据资源科")); err != nil || len(found) != 1 || found[0] != made {
		t.Errorf("by name: %v, %v", found, err)
	}
	if list := w.list(w.linwei, "").Want(200, ""); list.Body["items"].([]any)[0].(map[string]any)["hasChildren"] != true {
		t.Errorf("%s", list.Raw)
	}

	for _, tt := range []struct {
		name   string
		header map[string]string
		body   any
		status int
		code   string
		flaw   string
	}{
		{"outside", w.linwei, good(func(b m) { b["parent"] = w.finance.Code.String() }), 404, "org_missing", "parent"},
		{"a parent that there is none of", w.linwei, good(func(b m) { b["parent"] = "GO_x" }), 404, "org_missing", "parent"},
		{"no parent", w.linwei, good(func(b m) { b["parent"] = "" }), 422, "field_invalid", "parent"},
		{"reading alone", w.auditor, good(nil), 403, "permission_denied", ""},
		{"no name", w.linwei, good(func(b m) { b["name"] = " " }), 422, "field_invalid", "name"},
		{"a long name", w.linwei, good(func(b m) { b["name"] = strings.Repeat("长", 51) }), 422, "field_invalid", "name"},
		{"no type", w.linwei, good(func(b m) { delete(b, "type") }), 422, "field_invalid", "type"},
		{"no such type", w.linwei, good(func(b m) { b["type"] = "team" }), 422, "field_invalid", "type"},
		{"an institution below a heading", w.chenjing, good(func(b m) { b["parent"] = w.district.String() }), 422, "field_invalid", "type"},
		{"an empty division", w.linwei, good(func(b m) { b["division"] = "" }), 422, "field_invalid", "division"},
		{"no such division", w.linwei, good(func(b m) { b["division"] = "33019" }), 422, "field_invalid", "division"},
		{"a division beside the parent's", w.linwei, good(func(b m) { b["division"] = "330102" }), 422, "field_invalid", "division"},
		{"no order", w.linwei, good(func(b m) { delete(b, "order") }), 422, "field_invalid", "order"},
		{"order zero", w.linwei, good(func(b m) { b["order"] = 0 }), 422, "field_invalid", "order"},
		{"an order beyond", w.linwei, good(func(b m) { b["order"] = 1000000000 }), 422, "field_invalid", "order"},
		{"an unknown field", w.linwei, good(func(b m) { b["code"] = "x" }), 400, "body_invalid", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := w.post(tt.header, tt.body).Want(tt.status, tt.code)
			if tt.flaw != "" {
				if errs := r.Body["errors"].([]any); len(errs) != 1 || errs[0].(map[string]any)["field"] != tt.flaw {
					t.Errorf("%v", errs)
				}
			}
		})
	}
	w.post(w.linwei, good(func(b m) { b["parent"] = w.finance.Code.String() })).Golden("org-missing")
	w.post(w.linwei, "{").Want(400, "body_invalid").Golden("body-invalid")

	w.close(w.chenjing, made, "").Want(204, "")
	w.post(w.linwei, good(func(b m) { b["parent"] = made.String() })).Want(409, "org_closed").Golden("parent-closed")
}

func TestAddAgain(t *testing.T) {
	w := start(t)
	defer w.Check()
	body := m{"name": "数据资源科", "type": "institution", "parent": w.data.Code.String(), "division": "330199", "order": 4}
	by := func(header map[string]string, key string) map[string]string {
		header = maps.Clone(header)
		header["Idempotency-Key"] = key
		return header
	}
	const key = "6f0c2c6e-8a55-4a55-9b53-0d5f1f3f9a11"
	first := w.post(by(w.linwei, key), body).Want(201, "")
	if again := w.post(by(w.linwei, key), body).Want(200, "").Golden("added-before"); again.Text("orgCode") != first.Text("orgCode") {
		t.Errorf("%s, then %s", first.Raw, again.Raw)
	}
	made, err := staff.ParseOrgCode(first.Text("orgCode"))
	w.must(err)
	if w.org(made).Version != 1 || w.entries(made) != 1 {
		t.Errorf("%+v, %d entries", w.org(made), w.entries(made))
	}
	others := map[string]bool{first.Text("orgCode"): true}
	for i, header := range []map[string]string{by(w.chenjing, key), by(w.linwei, key+"2"), w.linwei} {
		w.post(header, body).Want(409, "org_name_taken")
		other := maps.Clone(body)
		other["name"] = fmt.Sprintf("数据资源%d科", i)
		others[w.post(header, other).Want(201, "").Text("orgCode")] = true
	}
	if len(others) != 4 {
		t.Errorf("another's key, another key and none made %v", others)
	}

	body["order"] = 5
	w.post(by(w.linwei, key), body).Want(409, "idempotency_conflict").Golden("key-used")
	body["order"] = 4
	spaced := `{"order":4,  "division":"330199","parent":"` + w.data.Code.String() + `","type":"institution","name":"\u6570据资源科"}`
	w.post(by(w.linwei, key), spaced).Want(200, "")
	w.patch(w.linwei, made, m{"version": 1, "name": "数据资源处"}).Want(200, "")
	if again := w.post(by(w.linwei, key), body).Want(200, ""); again.Raw != first.Raw {
		t.Errorf("after an edit: %s, then %s", first.Raw, again.Raw)
	}
	w.close(w.linwei, made, "").Want(204, "")
	w.post(by(w.linwei, key), body).Want(200, "")
	for _, bad := range []string{"数据", "a b", "\x00", strings.Repeat("k", 256)} {
		r := w.post(by(w.linwei, bad), body).Want(422, "field_invalid")
		if errs := r.Body["errors"].([]any); errs[0].(map[string]any)["field"] != "Idempotency-Key" {
			t.Errorf("%q: %v", bad, errs)
		}
	}

	// Four who do not know of each other: one gets the name.
	answers, rivals := make([]string, 4), &sync.WaitGroup{}
	for i := range answers {
		rivals.Go(func() {
			r := w.post(w.linwei, m{"name": "四人科", "type": "institution", "parent": w.data.Code.String(), "order": 4})
			answers[i] = fmt.Sprint(r.Status, " ", r.Text("code"))
		})
	}
	rivals.Wait()
	slices.Sort(answers)
	if !slices.Equal(answers, []string{"201 ", "409 org_name_taken", "409 org_name_taken", "409 org_name_taken"}) {
		t.Errorf("four at once: %q", answers)
	}

	// Many at once.
	body["name"] = "同时科"
	codes, attempts := make(chan string, 10), &sync.WaitGroup{}
	for range cap(codes) {
		attempts.Go(func() {
			r := w.post(by(w.linwei, "at-once"), body)
			if r.Status != 201 && r.Status != 200 {
				t.Errorf("%d %s", r.Status, r.Raw)
			}
			codes <- r.Text("orgCode")
		})
	}
	attempts.Wait()
	close(codes)
	one := <-codes
	for code := range codes {
		if code != one {
			t.Errorf("one key made %s and %s", one, code)
		}
	}
}

func TestUpdate(t *testing.T) {
	w := start(t)
	c := w.add(w.data.Code, staff.InstitutionOrg, "旧名科", 4)
	r := w.patch(w.linwei, c, m{"version": 1, "name": "新名科"}).Want(200, "").Golden("renamed")
	if r.Body["version"] != 2.0 || w.entries(c) != 2 {
		t.Errorf("%s, %d entries", r.Raw, w.entries(c))
	}
	for name, want := range map[string]int{"旧名科": 0, "新名科": 1} {
		if found, err := w.Store.OrgsNamed(context.Background(), staff.NameKey(name)); err != nil || len(found) != want {
			t.Errorf("%s leads to %v, %v", name, found, err)
		}
		if got := w.names(w.linwei, "q="+name); len(strings.Fields(got)) != want {
			t.Errorf("%s finds %s", name, got)
		}
	}
	w.patch(w.linwei, c, m{"version": 1, "name": "别名科"}).Want(409, "version_conflict").Golden("version-conflict")
	w.patch(w.linwei, c, m{"version": 2, "name": "新名科", "order": 4, "parent": w.data.Code.String(), "division": "330199"}).Want(200, "")
	if o := w.org(c); o.Version != 2 || w.entries(c) != 2 {
		t.Errorf("a change that changes nothing: %+v", o)
	}
	w.patch(w.linwei, c, m{"name": "x"}).Want(422, "field_invalid")
	w.patch(w.linwei, c, m{"version": 2, "name": nil}).Want(422, "field_invalid")
	w.patch(w.linwei, c, m{"version": 2, "parent": nil}).Want(422, "field_invalid")
	w.patch(w.linwei, c, m{"version": 2, "division": "330102"}).Want(422, "field_invalid")
	w.patch(w.linwei, c, m{"version": 2, "type": "unit"}).Want(400, "body_invalid")
	w.patch(w.linwei, w.finance.Code, m{"version": 1, "name": "x"}).Want(404, "org_missing")
	w.patch(w.auditor, c, "{").Want(403, "permission_denied").Golden("permission-denied")
	both := w.Person("zhouqiang")
	w.must(w.Store.Grant(context.Background(), both.Staff.Code, account.Grant{ID: "edits", Type: account.UnitGrant, Org: w.finance.Code}, audit.Entry{ID: "edits", At: w.Now(), Subject: "x"}))
	w.patch(w.auditor, c, m{"version": 2, "name": "x"}).Want(403, "permission_denied") // it is in sight, but not in reach

	// Its place among its siblings.
	d := w.add(w.data.Code, staff.InstitutionOrg, "第五科", 5)
	w.patch(w.linwei, d, m{"version": 1, "order": 3}).Want(200, "").Golden("reordered")
	if got := w.names(w.linwei, "parent="+w.data.Code.String()); !strings.HasSuffix(got, "第五科 新名科") {
		t.Errorf("the level is %s", got)
	}
	if o := w.org(d); o.Order != 3 || o.Parent() != w.data.Code {
		t.Errorf("%+v", o)
	}
	w.patch(w.chenjing, w.root, m{"version": 1, "name": "浙江", "order": 2}).Want(200, "")
}

func TestMove(t *testing.T) {
	w := start(t)
	to := w.add(w.district, staff.GroupOrg, "新分类", 60)
	below := w.add(w.data.Code, staff.InstitutionOrg, "下属科", 9)
	gov := w.data.Parent()
	r := w.patch(w.chenjing, w.data.Code, m{"version": w.data.Version, "parent": to.String(), "name": "数据管理局"}).Want(202, "").Golden("moved")
	j, err := w.Store.Job(context.Background(), r.Text("id"))
	if err != nil || j.Kind != admin.JobMoveOrg || j.CurrentState() != jobs.Queued || !j.Unstoppable {
		t.Errorf("%+v, %v", j, err)
	}

	// It counts at once for all below, though nothing there is rewritten yet.
	post := w.Person("linwei").Staff.Posts[0]
	for _, c := range []staff.OrgCode{w.data.Code, below, post.Org} {
		if o := w.org(c); !o.In(to) || o.In(gov) || !o.In(w.district) {
			t.Errorf("%s is at %v", o.Name, o.Path)
		}
	}
	if got := w.names(w.chenjing, "parent="+to.String()); got != "数据管理局" {
		t.Errorf("below the new parent are %s", got)
	}
	if got := w.names(w.chenjing, "parent="+gov.String()); strings.Contains(got, "数据") {
		t.Errorf("below the old parent are %s", got)
	}
	// What is added below while the move is on has its place.
	late := w.add(below, staff.InstitutionOrg, "新组", 1)
	if o := w.org(late); !o.In(to) || o.In(gov) || len(o.Path) != len(w.org(below).Path)+1 {
		t.Errorf("%+v", o)
	}
	// A second move, of something below the first one, and one back.
	unit := w.add(to, staff.UnitOrg, "新单位", 2)
	w.patch(w.chenjing, w.data.Code, m{"version": w.org(w.data.Code).Version, "parent": unit.String()}).Want(202, "")
	w.patch(w.chenjing, unit, m{"version": 1, "parent": gov.String()}).Want(202, "")
	for _, c := range []staff.OrgCode{w.data.Code, below, post.Org, late} {
		if o := w.org(c); !o.In(unit) || !o.In(gov) || o.In(to) {
			t.Errorf("%s is at %v", o.Name, o.Path)
		}
	}

	for _, tt := range []struct {
		name   string
		header map[string]string
		org    staff.OrgCode
		to     string
		status int
		code   string
	}{
		{"below itself", w.chenjing, unit, w.data.Code.String(), 422, "field_invalid"},
		{"the top", w.chenjing, w.root, to.String(), 409, "state_conflict"},
		{"to nothing", w.chenjing, unit, "GO_x", 404, "org_missing"},
		{"an institution to another unit", w.chenjing, below, w.finance.Code.String(), 422, "field_invalid"},
		{"an institution below a heading", w.chenjing, below, to.String(), 422, "field_invalid"},
		{"out of the caller's reach", w.linwei, below, w.finance.Code.String(), 404, "org_missing"},
		{"from where the caller does not reach", w.linwei, w.data.Code, below.String(), 403, "permission_denied"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w.patch(tt.header, tt.org, m{"version": w.org(tt.org).Version, "parent": tt.to}).Want(tt.status, tt.code)
		})
	}
	w.patch(w.chenjing, w.root, m{"version": 1, "parent": to.String()}).Golden("top-not-moved")
	w.patch(w.linwei, late, m{"version": 1, "parent": w.data.Code.String()}).Want(202, "") // within the unit
	shut := w.add(w.district, staff.GroupOrg, "已撤销", 61)
	w.close(w.chenjing, shut, "").Want(204, "")
	w.patch(w.chenjing, unit, m{"version": w.org(unit).Version, "parent": shut.String()}).Want(409, "org_closed").Golden("moved-into-closed")
}

// moves are what are on the list.
func (w world) moves() staff.Moves {
	w.T.Helper()
	_, moves, err := w.Store.OrgsAndMoves(context.Background(), nil)
	w.must(err)
	return moves
}

// Siblings are put in order as often as one likes, by many at once, and nobody
// else notices.
func TestManyReorders(t *testing.T) {
	w := start(t)
	defer w.Check()
	var wait sync.WaitGroup
	for i, who := range []map[string]string{w.linwei, w.chenjing} {
		wait.Go(func() {
			c := w.add(w.data.Code, staff.InstitutionOrg, fmt.Sprintf("排序%d科", i), 500)
			for n := range 50 {
				w.patch(who, c, m{"version": n + 1, "order": 600 + n}).Want(200, "")
			}
			if o := w.org(c); o.Order != 649 || o.Version != 51 || w.entries(c) != 51 {
				t.Errorf("%+v, %d entries", o, w.entries(c))
			}
		})
	}
	wait.Wait()
	if moves := w.moves(); len(moves.List) != 0 || moves.Version != 0 {
		t.Errorf("they are on the list of moves: %+v", moves)
	}
	w.Counter.Reset()
	w.patch(w.linwei, w.data.Code, m{"version": w.data.Version, "order": 77}).Want(200, "")
	w.WantTrips("admin-orgs: reorder")
}

// Another order and a move at the same time: neither takes away what the other
// has written, and what is stored below stays right.
func TestReorderAgainstMove(t *testing.T) {
	w := start(t)
	defer w.Check()
	a, b := w.add(w.data.Code, staff.InstitutionOrg, "此处", 101), w.add(w.data.Code, staff.InstitutionOrg, "彼处", 102)
	c := w.add(a, staff.InstitutionOrg, "移动科", 1)
	below := w.add(c, staff.InstitutionOrg, "下属组", 1)
	for n := range 20 {
		to := []staff.OrgCode{b, a}[n%2]
		version := map[staff.OrgCode]int64{c: w.org(c).Version, below: w.org(below).Version}
		var moved, ordered, other functiontest.Reply
		var wait sync.WaitGroup
		wait.Go(func() { moved = w.patch(w.chenjing, c, m{"version": version[c], "parent": to.String()}) })
		wait.Go(func() { ordered = w.patch(w.linwei, below, m{"version": version[below], "order": 100 + n}) })
		wait.Go(func() { w.must(w.Store.SettleOrg(context.Background(), below)) })
		wait.Go(func() { other = w.patch(w.linwei, c, m{"version": version[c], "order": 200 + n}) })
		wait.Wait()
		ordered.Want(200, "")
		if (moved.Status == 202) == (other.Status == 200) {
			t.Errorf("round %d: %d and %d", n, moved.Status, other.Status)
		}
		parent, o := w.org(c), w.org(below)
		if o.Order != 100+n || o.Parent() != c || !slices.Equal(o.Path[:len(o.Path)-1], parent.Path) || moved.Status == 202 && parent.Parent() != to || other.Status == 200 && parent.Order != 200+n {
			t.Errorf("round %d: %+v below %+v", n, o, parent)
		}
		w.finishMoves()
	}
}

// One organisation moves as often as one likes. Of many that one person moves at
// once, those beyond a number wait, and others need not; when they are done there
// is room again.
func TestManyMoves(t *testing.T) {
	w := start(t)
	a, b := w.add(w.data.Code, staff.InstitutionOrg, "此处", 101), w.add(w.data.Code, staff.InstitutionOrg, "彼处", 102)
	var all []staff.OrgCode
	for n := range staff.MaxMovesBy + 1 {
		all = append(all, w.add(w.data.Code, staff.InstitutionOrg, fmt.Sprintf("移动%d科", n), 500+n))
	}
	move := func(who map[string]string, c, to staff.OrgCode) functiontest.Reply {
		return w.patch(who, c, m{"version": w.org(c).Version, "parent": to.String()})
	}
	for range 2 * staff.MaxMovesBy {
		move(w.linwei, all[0], a).Want(202, "")
		move(w.linwei, all[0], b).Want(202, "")
	}
	if moves := w.moves(); len(moves.List) != 1 || moves.Seq != 4*staff.MaxMovesBy {
		t.Errorf("%+v", moves)
	}
	last := len(all) - 1
	for _, c := range all[1:last] {
		move(w.linwei, c, a).Want(202, "")
	}
	if r := move(w.linwei, all[last], a).Want(429, "rate_limited").Golden("too-many-moves"); r.Body["retryAfter"] != 60.0 {
		t.Errorf("%s", r.Raw)
	}
	w.patch(w.linwei, all[last], m{"version": 1, "order": 7}).Want(200, "")
	move(w.linwei, all[1], b).Want(202, "")
	move(w.chenjing, all[last], a).Want(202, "")
	move(w.chenjing, all[last], b).Want(202, "")

	one := w.moves().List[0]
	w.must(w.Store.FinishMove(context.Background(), one.Seq, w.Now()))
	w.must(w.Store.FinishMove(context.Background(), one.Seq, w.Now()))
	more := w.add(w.data.Code, staff.InstitutionOrg, "又一科", 600)
	w.Pass(20 * time.Second)
	if r := move(w.linwei, more, a).Want(429, "rate_limited"); r.Body["retryAfter"] != 40.0 { // somebody may still be reading
		t.Errorf("%s", r.Raw)
	}
	w.Pass(40 * time.Second)
	w.linwei = w.SignIn("linwei", account.Console)
	move(w.linwei, more, a).Want(202, "")
	for _, v := range w.moves().List {
		if v.Org == one.Org {
			t.Errorf("it is done and still there: %+v", v)
		}
	}
}

// rollUp plays the stream: what is above organisations learns how high it is.
func (w world) rollUp(deepest staff.OrgCode) {
	w.T.Helper()
	for _, c := range slices.Backward(w.org(deepest).Path) {
		_, err := staff.RollUp{Store: w.Store}.Run(context.Background(), c)
		w.must(err)
	}
}

// Nothing comes to lie below the twelfth level, neither what is added or moved nor
// what is below that.
func TestDepth(t *testing.T) {
	w := start(t)
	chain := func(top staff.OrgCode, name string, levels int) []staff.OrgCode {
		var all []staff.OrgCode
		for n := range levels {
			top = w.add(top, staff.GroupOrg, fmt.Sprintf("%s%d", name, n+1), 1)
			all = append(all, top)
		}
		w.rollUp(top)
		return all
	}
	top := len(w.org(w.district).Path)
	deep := chain(w.district, "深", 12-top) // the last one is on the twelfth level
	w.post(w.chenjing, m{"name": "过深", "type": "group", "parent": deep[len(deep)-1].String(), "division": "330199", "order": 1}).Want(422, "field_invalid")
	three := chain(w.district, "三", 3)
	move := func(c, to staff.OrgCode) functiontest.Reply {
		return w.patch(w.chenjing, c, m{"version": w.org(c).Version, "parent": to.String()})
	}
	at := func(level int) staff.OrgCode { return deep[level-top-1] }
	for level := 10; level <= 12; level++ {
		r := move(three[0], at(level)).Want(422, "field_invalid")
		if errs := r.Body["errors"].([]any); len(errs) != 1 || errs[0].(map[string]any)["field"] != "parent" || errs[0].(map[string]any)["code"] != "out_of_range" {
			t.Errorf("%s", r.Raw)
		}
	}
	move(three[2], at(12)).Want(422, "field_invalid")
	move(three[2], at(11)).Want(202, "")
	w.rollUp(three[1])
	move(three[0], at(10)).Want(202, "")
	if o := w.org(three[1]); len(o.Path) != 12 {
		t.Errorf("on level %d", len(o.Path))
	}
}

func TestClose(t *testing.T) {
	w := start(t)
	c := w.add(w.data.Code, staff.InstitutionOrg, "空科", 4)
	child := w.add(c, staff.InstitutionOrg, "下级组", 1)
	w.close(w.linwei, c, "").Want(409, "state_conflict").Golden("holds-organisations")
	w.close(w.linwei, w.Person("linwei").Staff.Posts[0].Org, "").Want(409, "state_conflict").Golden("holds-posts")
	w.close(w.chenjing, w.root, "").Want(409, "state_conflict").Golden("top-not-closed")
	w.close(w.linwei, child, "?version=2").Want(409, "version_conflict")
	w.close(w.linwei, child, "?version=x").Want(422, "field_invalid")
	w.close(w.auditor, child, "").Want(403, "permission_denied")
	w.close(w.linwei, w.finance.Code, "").Want(404, "org_missing")
	w.close(w.linwei, child, "?version=1").Want(204, "").Golden("closed")
	w.close(w.linwei, child, "").Want(404, "org_missing")
	w.patch(w.linwei, child, m{"version": 2, "name": "x"}).Want(404, "org_missing")
	w.close(w.linwei, c, "").Want(204, "")
	if got := w.names(w.linwei, "parent="+w.data.Code.String()); strings.Contains(got, "空科") {
		t.Errorf("it is listed: %s", got)
	}
	if got := w.names(w.linwei, "q=空科"); got != "" {
		t.Errorf("it is found: %s", got)
	}
	if o := w.org(child); !o.Closed || o.Name != "下级组" || w.entries(child) != 2 {
		t.Errorf("%+v", o)
	}
}

// Two at once: whoever closes and whoever adds or moves something in, one of them
// is told no; and no order of things leaves an open organisation below a closed
// one.
func TestCloseAgainstAdd(t *testing.T) {
	w := start(t)
	defer w.Check()
	ctx := context.Background()
	for i := range 6 {
		c := w.add(w.data.Code, staff.InstitutionOrg, fmt.Sprintf("争用%d科", i), 10+i)
		other := w.add(w.data.Code, staff.InstitutionOrg, fmt.Sprintf("移入%d科", i), 30+i)
		var shut, added, moved functiontest.Reply
		var wait sync.WaitGroup
		wait.Go(func() { shut = w.close(w.chenjing, c, "") })
		wait.Go(func() {
			added = w.post(w.linwei, m{"name": "新组", "type": "institution", "parent": c.String(), "division": "330199", "order": 1})
		})
		wait.Go(func() { moved = w.patch(w.linwei, other, m{"version": 1, "parent": c.String()}) })
		wait.Wait()
		children, _, err := w.Store.OrgChildren(ctx, c, "", 10)
		w.must(err)
		records, err := w.Store.OrgRecords(ctx, []staff.OrgCode{c})
		w.must(err)
		r, came := records[c], 0
		if added.Status == 201 {
			came++
		}
		if moved.Status == 202 {
			came++
		}
		if r.Org.Closed != (shut.Status == 204) || r.Children != len(children) || r.Children != came || r.Org.Closed && came > 0 {
			t.Errorf("round %d: %d %d %d, and it is %+v with %d children", i, shut.Status, added.Status, moved.Status, r, len(children))
		}
	}
}

// Of two that are moved into each other at once, one stays.
func TestMovedIntoEachOther(t *testing.T) {
	w := start(t)
	defer w.Check()
	for i := range 4 {
		a, b := w.add(w.district, staff.GroupOrg, fmt.Sprintf("甲%d", i), 70+i), w.add(w.district, staff.GroupOrg, fmt.Sprintf("乙%d", i), 80+i)
		var x, y functiontest.Reply
		var wait sync.WaitGroup
		wait.Go(func() { x = w.patch(w.chenjing, a, m{"version": 1, "parent": b.String()}) })
		wait.Go(func() { y = w.patch(w.chenjing, b, m{"version": 1, "parent": a.String()}) })
		wait.Wait()
		if (x.Status == 202) == (y.Status == 202) {
			t.Errorf("%d and %d", x.Status, y.Status)
		}
		if w.org(a).In(b) == w.org(b).In(a) {
			t.Errorf("%v and %v", w.org(a).Path, w.org(b).Path)
		}
	}
}

func TestTrips(t *testing.T) {
	w := start(t)
	c := w.add(w.data.Code, staff.InstitutionOrg, "计次科", 100)
	for _, step := range []struct {
		flow string
		do   func()
	}{
		{"admin-orgs: tops", func() { w.list(w.linwei, "").Want(200, "") }},
		{"admin-orgs: a level", func() { w.list(w.linwei, "parent="+w.data.Code.String()).Want(200, "") }},
		{"admin-orgs: by code", func() { w.list(w.linwei, "q="+c.String()).Want(200, "") }},
		{"admin-orgs: by name", func() { w.list(w.linwei, "q=计次").Want(200, "") }},
		{"admin-orgs: add", func() { w.add(w.data.Code, staff.InstitutionOrg, "又一科", 101) }},
		{"admin-orgs: rename", func() { w.patch(w.linwei, c, m{"version": 1, "name": "计数科"}).Want(200, "") }},
		{"admin-orgs: close", func() { w.close(w.linwei, c, "").Want(204, "") }},
	} {
		w.Counter.Reset()
		step.do()
		w.WantTrips(step.flow)
	}
}

func sorted(s []string) string {
	s = slices.Clone(s)
	slices.Sort(s)
	return strings.Join(s, " ")
}

// finishMoves plays the jobs' end, and lets the moves leave the list.
func (w world) finishMoves() {
	w.T.Helper()
	ctx := context.Background()
	_, moves, err := w.Store.OrgsAndMoves(ctx, nil)
	w.must(err)
	for _, v := range moves.List {
		w.must(w.Store.FinishMove(ctx, v.Seq, w.Now().Add(-time.Hour)))
	}
}

func TestUse(t *testing.T) {
	w := start(t)
	w.WantUse("chenjing", true, func() { w.list(w.chenjing, "").Want(200, "") })
}

// An organisation whose division is not that of its parent is listed under the
// division.
func TestTopOfADivision(t *testing.T) {
	w := start(t)
	tops := func() []staff.OrgCode {
		t.Helper()
		orgs, err := w.Store.DivisionTops(context.Background(), "330255")
		w.must(err)
		return orgs
	}
	add := func(name string) staff.OrgCode {
		t.Helper()
		made, err := staff.ParseOrgCode(w.post(w.chenjing, m{"name": name, "type": "group", "parent": w.root.String(), "division": "330255", "order": 90}).Want(201, "").Text("orgCode"))
		w.must(err)
		return made
	}
	port, market := add("临港新区"), add("临港市场")
	if got := tops(); len(got) != 2 || !slices.Contains(got, port) || !slices.Contains(got, market) {
		t.Errorf("tops of the division: %v", got)
	}
	w.patch(w.chenjing, market, m{"version": 1, "parent": port.String()}).Want(202, "")
	if got := tops(); !slices.Equal(got, []staff.OrgCode{port}) {
		t.Errorf("tops of the division after one went below the other: %v", got)
	}
}
