package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/functiontest"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/staff"
)

type world struct {
	*functiontest.World
	functiontest.Function
	chenjing, linwei map[string]string // linwei may read the audit of 临江区数据局
	root, data       staff.OrgCode
}

func start(t *testing.T) world {
	t.Parallel()
	w := functiontest.New(t)
	f := w.Serve(routes(httpapi.Auth{Authorize: w.Auth()}, admin.AuditLog{Store: w.Store, Keys: w.Keys, Now: w.Now},
		admin.RevealAudit{Store: w.Store, Keys: w.Keys, Now: w.Now, Random: w.Random}))
	all := world{World: w, Function: f, root: w.Person("chenjing").Account.Grants[0].Org, data: w.Person("linwei").Account.Grants[0].Org}
	linwei := w.Person("linwei")
	linwei.Account.Grants[0].Added = []account.Permission{account.AuditRead}
	if err := w.Store.LoadUnindexed(context.Background(), []account.Person{linwei}); err != nil {
		t.Fatal(err)
	}
	all.chenjing, all.linwei = w.SignIn("chenjing", account.Console), w.SignIn("linwei", account.Console)
	return all
}

func (w world) code(name string) staff.EmployeeCode { return w.Person(name).Staff.Code }

// note writes an entry, and into the logs of organisations as the stream would.
func (w world) note(id, actor, subject string, at time.Time, changes ...audit.Change) {
	w.T.Helper()
	e := w.write(id, actor, subject, at, changes...)
	if err := (admin.IndexAudit{Store: w.Store}).Run(context.Background(), e); err != nil {
		w.T.Fatal(err)
	}
}

// write leaves the logs of organisations alone.
func (w world) write(id, actor, subject string, at time.Time, changes ...audit.Change) audit.Entry {
	w.T.Helper()
	if !strings.HasPrefix(subject, "GO_") && !strings.Contains(subject, "/") {
		subject = w.code(subject).String()
	}
	e := audit.Entry{
		ID: id, At: at, Actor: w.code(actor), Subject: audit.Subject(subject), Action: "update_staff", Changes: changes,
		Call: audit.Call{Address: "192.0.2.7", ID: "req-" + id},
	}
	if err := w.Store.Audit(context.Background(), account.Caller{}, e); err != nil {
		w.T.Fatal(err)
	}
	return e
}

func (w world) get(header map[string]string, query string) functiontest.Reply {
	w.T.Helper()
	return w.Do(functiontest.Call{Method: http.MethodGet, Path: "/v1/admin/audit?" + query, Header: header})
}

// ids are those of all pages, in their order.
func (w world) ids(header map[string]string, query string) string {
	w.T.Helper()
	var all []string
	for next := ""; ; {
		r := w.get(header, query+next).Want(200, "")
		for _, i := range r.Body["items"].([]any) {
			all = append(all, i.(map[string]any)["id"].(string))
		}
		if r.Text("next") == "" {
			return strings.Join(all, " ")
		}
		next = "&cursor=" + r.Text("next")
	}
}

func TestLogs(t *testing.T) {
	w := start(t)
	at := w.Now()
	w.note("a1", "chenjing", "zhangmin", at.Add(-3*time.Hour), audit.Change{Field: "jobLevel", New: "ZHI_JI_QI_TA"}, audit.Change{Field: "shortNumber", Old: "6012"})
	w.note("a2", "linwei", "zhangmin", at.Add(-2*time.Hour))
	w.note("a3", "linwei", "zhouqiang", at.Add(-1*time.Hour)) // in 临江区财政局
	w.note("a4", "chenjing", w.data.String(), at.Add(-30*time.Minute), audit.Change{Field: "name", Old: "数据局", New: "临江区数据局"})
	w.note("a5", "chenjing", "DICT/ZHI_JI", at.Add(-20*time.Minute))
	w.note("a6", "chenjing", "GO_"+strings.Repeat("0", 32), at.Add(-10*time.Minute)) // an organisation that is no more
	w.note("a7", "linwei", "sunli", at)                                              // has left

	w.get(w.chenjing, "employeeCode="+w.code("zhangmin").String()).Want(200, "").Golden("of-person")
	finance := w.Person("zhouqiang").Staff.Posts[0].Unit.String()
	for _, tt := range []struct {
		name, query string
		header      map[string]string
		want        string
	}{
		{"of a person, newest first", "employeeCode=" + w.code("zhangmin").String(), w.linwei, "a2 a1"},
		{"of a person out of sight", "employeeCode=" + w.code("zhouqiang").String(), w.linwei, ""},
		{"of a person who has left", "employeeCode=" + w.code("sunli").String(), w.linwei, "a7"},
		{"of nobody", "employeeCode=GE_" + strings.Repeat("0", 32), w.chenjing, ""},
		{"of what is no code", "employeeCode=nobody", w.chenjing, ""},
		{"by an actor, all of it", "actor=" + w.code("linwei").String(), w.chenjing, "a7 a3 a2"},
		{"by an actor, what is in sight", "actor=" + w.code("linwei").String(), w.linwei, "a7 a2"},
		{"by an actor out of sight", "actor=" + w.code("chenjing").String(), w.linwei, "a4 a1"},
		{"by an actor, seen from the top", "actor=" + w.code("chenjing").String(), w.chenjing, "a6 a5 a4 a1"},
		{"by nobody", "actor=nobody", w.chenjing, ""},
		{"in an organisation", "org=" + w.data.String(), w.linwei, "a7 a4 a2 a1"},
		{"in all of them", "org=" + w.root.String(), w.chenjing, "a7 a4 a3 a2 a1"},
		{"in one out of scope", "org=" + w.root.String(), w.linwei, ""},
		{"in another one", "org=" + finance, w.chenjing, "a3 a2 a1"},
		{"in what is no code", "org=nowhere", w.chenjing, ""},
		{"of a person since", "employeeCode=" + w.code("zhangmin").String() + "&from=" + at.Add(-2*time.Hour).Format(time.RFC3339), w.chenjing, "a2"},
		{"of a person until", "employeeCode=" + w.code("zhangmin").String() + "&to=" + at.Add(-2*time.Hour).Format(time.RFC3339), w.chenjing, "a1"},
		{"in an organisation that day", "org=" + w.data.String() + "&from=2040-03-02&to=2040-03-02", w.linwei, "a7 a4 a2 a1"},
		{"in an organisation the day before", "org=" + w.data.String() + "&from=2040-03-01&to=2040-03-01", w.linwei, ""},
		{"in an organisation for an hour, as told elsewhere", "org=" + w.data.String() + "&from=" + url.QueryEscape("2040-03-02T17:00:00+08:00") + "&to=2040-03-02T10:00:00Z", w.linwei, "a1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, limit := range []string{"", "&limit=1", "&limit=2", "&limit=3"} {
				if got := w.ids(tt.header, tt.query+limit); got != tt.want {
					t.Errorf("%s: %s, want %s", limit, got, tt.want)
				}
			}
		})
	}

	// Who moves out of sight takes their entries along, wherever they are looked for.
	moved := w.Person("zhangmin")
	moved.Staff.Posts = moved.Staff.Posts[1:]
	moved.Staff.Posts[0].JobType = staff.MainJob
	if err := w.Store.LoadUnindexed(context.Background(), []account.Person{moved}); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{"employeeCode=" + w.code("zhangmin").String(), "actor=" + w.code("chenjing").String(), "org=" + w.data.String()} {
		if got := w.ids(w.linwei, query); strings.Contains(got, "a1") || strings.Contains(got, "a2") {
			t.Errorf("%s: %s", query, got)
		}
	}
}

// Logs of an organisation go on from month to month, and pages with them.
func TestMonths(t *testing.T) {
	w := start(t)
	var want []string
	for i := range 14 {
		id := fmt.Sprintf("m%02d", i)
		w.note(id, "chenjing", "wangfang", w.Now().AddDate(0, -i, 0))
		if i < 12 {
			want = append(want, id)
		}
	}
	w.note("early", "chenjing", "wangfang", time.Date(2040, 2, 1, 0, 0, 0, 0, time.UTC))
	w.note("late", "chenjing", "wangfang", time.Date(2040, 1, 31, 23, 59, 59, 999e6, time.UTC))
	want = slices.Insert(want, 2, "early", "late") // after m00 of March and m01 of 2 February
	query := "org=" + w.data.String()
	if r := w.get(w.linwei, query+"&from=2039-04-01&to=2039-12-31&limit=100"); r.Text("next") == "" || len(r.Body["items"].([]any)) != 4 {
		t.Errorf("the work for one page has no bound: %s", r.Raw)
	}
	if r := w.get(w.chenjing, query[:4]+w.Person("zhouqiang").Staff.Posts[0].Unit.String()); r.Text("next") != "" {
		t.Errorf("half a year of nothing goes on: %s", r.Raw)
	}
	for _, limit := range []string{"", "&limit=1", "&limit=3", "&limit=100"} {
		if got := w.ids(w.linwei, query+"&from=2039-03-03&to=2040-03-02"+limit); got != strings.Join(want, " ") {
			t.Errorf("%s: %s", limit, got)
		}
		if got := w.ids(w.linwei, query+limit); got != strings.Join(want[:8], " ") { // 180 days
			t.Errorf("%s: half a year is %s", limit, got)
		}
		if got := w.ids(w.linwei, query+"&from=2040-02-01&to=2040-02-01"+limit); got != "early late" { // late is at 07:59 of that day in Beijing
			t.Errorf("%s: the day is %s", limit, got)
		}
		if got := w.ids(w.linwei, query+"&from=2041-02-01&to=2041-02-02"+limit); got != "" {
			t.Errorf("%s: what is to come is %s", limit, got)
		}
	}
}

// Entries that are out of sight make pages short, never wrong, and the work for
// one page is bounded.
func TestFewInSight(t *testing.T) {
	w := start(t)
	var want []string
	for i := range 30 {
		subject := "zhouqiang"
		if i%7 == 0 {
			subject = "wangfang"
			want = append(want, fmt.Sprintf("f%02d", i))
		}
		w.write(fmt.Sprintf("f%02d", i), "chenjing", subject, w.Now().Add(-time.Duration(i)*time.Minute))
	}
	query := "actor=" + w.code("chenjing").String()
	for _, limit := range []string{"1", "2", "4", "100"} {
		if got := w.ids(w.linwei, query+"&limit="+limit); got != strings.Join(want, " ") {
			t.Errorf("by %s: %s", limit, got)
		}
	}
	w.Counter.Reset()
	r := w.get(w.linwei, query+"&limit=2").Want(200, "")
	if c := w.Counter.Cost(); c.Calls["Query"] > 4 || r.Text("next") == "" {
		t.Errorf("%v, next %q", c.Calls, r.Text("next"))
	}
}

func TestAnswersInOrder(t *testing.T) {
	w := start(t)
	wangfang := "employeeCode=" + w.code("wangfang").String()
	w.get(nil, "").Want(401, "session_missing")
	unit := w.Person("zhouqiang")
	unit.Account.Grants = []account.Grant{{ID: strings.Repeat("u", 22), Type: account.UnitGrant, Org: w.root}}
	if err := w.Store.LoadUnindexed(context.Background(), []account.Person{unit}); err != nil {
		t.Fatal(err)
	}
	w.get(w.SignIn("zhouqiang", account.Console), "nonsense=1").Want(403, "permission_denied").Golden("permission-denied")
	w.get(w.chenjing, "").Want(422, "field_invalid").Golden("nothing-asked")
	w.get(w.chenjing, wangfang+"&actor=x&org=y").Want(422, "field_invalid").Golden("too-much-asked")
	w.get(w.chenjing, wangfang+"&nonsense=1").Want(422, "field_invalid")
	w.get(w.chenjing, wangfang+"&limit=0").Want(422, "field_invalid")
	w.get(w.chenjing, wangfang+"&from=yesterday&to=2040-02-30").Want(422, "field_invalid").Golden("no-times")
	w.get(w.chenjing, "org="+w.data.String()+"&from=2039-01-01").Want(422, "field_invalid").Golden("too-far-back")
	w.get(w.chenjing, "org="+w.data.String()+"&from=2040-03-02&to=2040-03-01").Want(422, "field_invalid")
	w.get(w.chenjing, wangfang+"&cursor=x").Want(422, "field_invalid").Golden("bad-cursor")

	for i := range 3 {
		w.note(fmt.Sprint("c", i), "chenjing", "wangfang", w.Now().Add(-time.Duration(i)*time.Minute))
	}
	next := w.get(w.chenjing, wangfang+"&limit=1").Want(200, "").Text("next")
	w.get(w.chenjing, wangfang+"&limit=2&cursor="+next).Want(200, "") // pages may change their length
	w.get(w.linwei, wangfang+"&limit=1&cursor="+next).Want(422, "field_invalid")
	w.get(w.chenjing, wangfang+"&from=2040-03-01&limit=1&cursor="+next).Want(422, "field_invalid")
	w.get(w.chenjing, "employeeCode="+w.code("linwei").String()+"&cursor="+next).Want(422, "field_invalid")
}

// Indexing an entry again changes nothing, and reaches every organisation that
// the person stood in.
func TestIndexing(t *testing.T) {
	w := start(t)
	finance := w.Person("zhouqiang").Staff.Posts[0]
	moved := audit.Change{Field: "posts[x].org", Old: finance.Org.String(), New: w.Person("wangfang").Staff.Posts[0].Org.String()}
	w.note("i1", "chenjing", "wangfang", w.Now(), moved)
	entry := audit.Entry{ID: "i1", At: w.Now(), Actor: w.code("chenjing"), Subject: audit.OfStaff(w.code("wangfang")), Action: "something_else"}
	if err := (admin.IndexAudit{Store: w.Store}).Run(context.Background(), entry); err != nil {
		t.Fatal(err)
	}
	for _, org := range []staff.OrgCode{finance.Unit, finance.Org, w.data, w.root} {
		r := w.get(w.chenjing, "org="+org.String()).Want(200, "")
		items := r.Body["items"].([]any)
		if len(items) != 1 || items[0].(map[string]any)["action"] != "update_staff" {
			t.Errorf("%s", r.Raw)
		}
	}
	// What fails half-way is whole after the next try.
	entry.ID = "i3"
	w.Faults.Set(dynamotest.Fault{Kind: dynamotest.NotSent, Op: "PutItem", Call: 3, Attempts: dynamotest.Always})
	if err := (admin.IndexAudit{Store: w.Store}).Run(context.Background(), entry); err == nil {
		t.Error("a log was left out in silence")
	}
	w.Faults.Set()
	if err := (admin.IndexAudit{Store: w.Store}).Run(context.Background(), entry); err != nil {
		t.Fatal(err)
	}
	for _, org := range []staff.OrgCode{w.data, w.root} {
		if got := w.ids(w.chenjing, "org="+org.String()); got != "i3 i1" && got != "i1 i3" {
			t.Errorf("%s", got)
		}
	}

	w.Counter.Reset()
	if err := (admin.IndexAudit{Store: w.Store}).Run(context.Background(), audit.Entry{ID: "i2", At: w.Now(), Actor: w.code("chenjing"), Subject: "DICT/X"}); err != nil {
		t.Fatal(err)
	}
	if c := w.Counter.Cost(); c.Calls["PutItem"] != 0 {
		t.Errorf("%v", c.Calls)
	}
}

// Of a changed phone everybody who reads the entry learns that it is another one; who
// may reveal numbers asks for both, with a reason, and that is audited.
func TestReveal(t *testing.T) {
	w := start(t)
	was := w.Person("wangfang").Staff
	for i, number := range []string{"13911119001", "13922229001"} {
		now := was.Clone()
		now.Revision, now.Version = was.Revision+1, was.Version+1
		var err error
		if now.Phone, err = staff.ParsePhone(number); err != nil {
			t.Fatal(err)
		}
		e := audit.Entry{ID: fmt.Sprintf("%022d", i), At: w.Now().Add(time.Duration(i) * time.Minute), Actor: w.code("linwei"), Subject: audit.OfStaff(was.Code), Action: audit.UpdateStaff, Call: audit.Call{Address: "192.0.2.7", ID: "req"}}
		e.Hide(audit.Change{Field: "phone", Old: was.Phone.Masked(), New: now.Phone.Masked()}, audit.Change{Field: "phone", Old: was.Phone.E164(), New: now.Phone.E164()})
		if err := w.Store.Change(context.Background(), admin.Change{Was: was, Now: now, Grants: -1, Audit: e}); err != nil {
			t.Fatal(err)
		}
		was = now
	}
	w.Pass(10 * time.Minute)
	if r := w.get(w.linwei, "employeeCode="+was.Code.String()).Want(200, "").Golden("hidden"); strings.Contains(r.Raw, "9111") || strings.Contains(r.Raw, "9222") {
		t.Errorf("a whole number: %s", r.Raw)
	}
	reveal := func(header map[string]string, id, query string) functiontest.Reply {
		t.Helper()
		return w.Do(functiontest.Call{Method: http.MethodGet, Path: "/v1/admin/audit/" + id + "/reveal" + query, Header: header})
	}
	const id = "0000000000000000000001"
	why := "?reason=" + url.QueryEscape("核对号码")
	w.Counter.Reset()
	reveal(w.chenjing, id, why).Want(200, "").Golden("revealed")
	w.WantTrips("admin-audit: reveal")
	reveal(w.chenjing, id, "").Want(422, "field_invalid").Golden("reveal-reason")
	reveal(w.chenjing, id, why+"&x=1").Want(422, "field_invalid")
	reveal(w.chenjing, "0000000000000000000009", why).Want(404, "not_found").Golden("reveal-missing")
	reveal(w.chenjing, "x", why).Want(404, "not_found")
	reveal(w.linwei, id, why).Want(403, "permission_denied")
	if r := w.get(w.chenjing, "employeeCode="+was.Code.String()+"&limit=1"); !strings.Contains(r.Raw, `"action":"reveal"`) || !strings.Contains(r.Raw, id) || strings.Contains(r.Raw, "9222") {
		t.Errorf("the audit of it: %s", r.Raw)
	}
	if n := len(w.get(w.chenjing, "employeeCode="+was.Code.String()).Body["items"].([]any)); n != 3 {
		t.Errorf("%d entries", n)
	}
}

func TestTrips(t *testing.T) {
	w := start(t)
	w.note("t1", "chenjing", "wangfang", w.Now())
	w.note("t2", "chenjing", "zhangmin", w.Now())
	for _, tt := range []struct{ flow, query string }{
		{"admin-audit: one person", "employeeCode=" + w.code("wangfang").String()},
		{"admin-audit: one person", "employeeCode=" + w.code("wangfang").String() + "&limit=1"},
		{"admin-audit: one actor", "actor=" + w.code("chenjing").String()},
		{"admin-audit: one actor, no entries", "actor=" + w.code("zhouqiang").String() + "&from=2040-01-01"},
		{"admin-audit: one organisation", "org=" + w.data.String() + "&from=2040-03-02&to=2040-03-02"},
		{"admin-audit: one organisation", "org=" + w.data.String() + "&from=2040-03-02&limit=1"},
		{"admin-audit: refused", "org=" + w.data.String() + "&from=2040-03-01&to=9999-01-01"},
		{"admin-audit: refused", "employeeCode=" + w.code("zhangmin").String() + "&to=2040-03-9"},
	} {
		w.Counter.Reset()
		w.get(w.chenjing, tt.query)
		w.WantTrips(tt.flow)
	}
}
