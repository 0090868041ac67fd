package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/functiontest"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/staff"
)

type m = map[string]any

type world struct {
	*functiontest.World
	functiontest.Function
	chenjing, linwei map[string]string
	root, data       staff.OrgCode // the whole tree; 临江区数据局
	finance          staff.OrgCode // 临江区财政局
}

func start(t *testing.T) world {
	t.Parallel()
	w := functiontest.New(t)
	f := w.Serve(routes(httpapi.Auth{Authorize: w.Auth()},
		admin.ListGrants{Store: w.Store, Keys: w.Keys},
		admin.GiveGrant{Store: w.Store, Notices: account.Notices{Store: w.Store, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings}, Keys: w.Keys, Now: w.Now, Random: w.Random},
		admin.RevokeGrant{Store: w.Store, Keys: w.Keys, Now: w.Now, Random: w.Random}))
	return world{w, f, w.SignIn("chenjing", account.Console), w.SignIn("linwei", account.Console),
		w.Person("chenjing").Account.Grants[0].Org, w.Person("linwei").Account.Grants[0].Org, w.Person("zhouqiang").Staff.Posts[0].Unit}
}

func (w world) code(name string) string { return w.Person(name).Staff.Code.String() }

func (w world) give(header map[string]string, name string, kind account.GrantType, org staff.OrgCode, added ...string) functiontest.Reply {
	w.T.Helper()
	body := m{"employeeCode": w.code(name), "type": kind, "org": org.String()}
	if added != nil {
		body["permissions"] = added
	}
	return w.post(header, body)
}

func (w world) post(header map[string]string, body any) functiontest.Reply {
	w.T.Helper()
	return w.Do(functiontest.Call{Path: "/v1/admin/grants", Header: header, Body: body})
}

func (w world) revoke(header map[string]string, id string) functiontest.Reply {
	w.T.Helper()
	return w.Do(functiontest.Call{Method: http.MethodDelete, Path: "/v1/admin/grants/" + id, Header: header})
}

func (w world) list(header map[string]string, query string) functiontest.Reply {
	w.T.Helper()
	return w.Do(functiontest.Call{Method: http.MethodGet, Path: "/v1/admin/grants?" + query, Header: header})
}

// ids are those of a list, all pages of it.
func (w world) ids(header map[string]string, query string) []string {
	w.T.Helper()
	var all []string
	for next := ""; ; {
		r := w.list(header, query+next).Want(200, "")
		for _, i := range r.Body["items"].([]any) {
			all = append(all, i.(map[string]any)["id"].(string))
		}
		if r.Text("next") == "" {
			return all
		}
		next = "&cursor=" + r.Text("next")
	}
}

func (w world) first(name string) string {
	p := w.Person(name)
	return account.GrantRef{Staff: p.Staff.Code, ID: p.Account.Grants[0].ID}.String()
}

func TestGiveListRevoke(t *testing.T) {
	w := start(t)
	id := w.give(w.chenjing, "zhouqiang", account.UnitGrant, w.finance, "pii.reveal", "admin.grant").Want(201, "").Golden("given").Text("id")
	if again := w.give(w.chenjing, "zhouqiang", account.UnitGrant, w.finance, "admin.grant", "pii.reveal").Want(200, "").Golden("given-already"); again.Text("id") != id {
		t.Errorf("the same grant is %s and %s", id, again.Text("id"))
	}
	w.list(w.chenjing, "employeeCode="+w.code("zhouqiang")).Want(200, "").Golden("of-person")
	w.list(w.chenjing, "org="+w.finance.String()).Want(200, "").Golden("on-org")

	// It works at once, there and nowhere else, and is shown in their own scope.
	zhouqiang := w.SignIn("zhouqiang", account.Console)
	if got := w.ids(zhouqiang, "org="+w.finance.String()); len(got) != 1 || got[0] != id {
		t.Errorf("%v", got)
	}
	for _, elsewhere := range []string{"org=" + w.data.String(), "org=" + w.root.String(), "employeeCode=" + w.code("linwei"), "employeeCode=" + w.code("chenjing"), "org=GO_x", "employeeCode=nobody", "org=GO_" + strings.Repeat("0", 32)} {
		w.list(zhouqiang, elsewhere).Want(200, "").Golden("nothing")
	}
	w.give(zhouqiang, "zhangmin", account.AuditGrant, w.finance).Want(403, "permission_denied") // holds no audit.read
	mine := w.give(zhouqiang, "zhangmin", account.UnitGrant, w.finance).Want(201, "").Text("id")
	w.revoke(zhouqiang, mine).Want(204, "")
	w.revoke(zhouqiang, mine).Want(404, "not_found").Golden("not-found")

	w.revoke(w.chenjing, id).Want(204, "").Golden("revoked")
	w.list(zhouqiang, "org="+w.finance.String()).Want(403, "permission_denied").Golden("permission-denied")
	if grants := w.Person("zhouqiang").Account.Grants; len(grants) != 0 {
		t.Errorf("%+v", grants)
	}
	if got := w.ids(w.chenjing, "org="+w.finance.String()); len(got) != 0 {
		t.Errorf("%v", got)
	}

	log, err := w.Store.AuditEntries(context.Background(), admin.AuditRange{Of: w.Person("zhouqiang").Staff.Code, To: w.Now().Add(time.Hour), Limit: 9})
	if err != nil || len(log.Entries) != 2 {
		t.Fatalf("%d entries, %v", len(log.Entries), err)
	}
	for _, e := range log.Entries {
		c := e.Changes[0]
		if what := c.Old + c.New; c.Field != "grants["+id+"]" || what != "unit "+w.finance.String()+" admin.grant pii.reveal" {
			t.Errorf("%s: %+v", e.Action, c)
		}
	}
}

func TestAnswersInOrder(t *testing.T) {
	w := start(t)
	full := func(change m) m {
		body := m{"employeeCode": w.code("zhouqiang"), "type": "unit", "org": w.finance.String(), "permissions": []string{}}
		for k, v := range change {
			body[k] = v
		}
		return body
	}
	w.post(nil, "not json").Want(401, "session_missing")
	w.post(w.linwei, "not json").Want(403, "permission_denied") // holds no admin.grant
	w.list(w.linwei, "org="+w.data.String()).Want(403, "permission_denied")
	w.revoke(w.linwei, "anything").Want(403, "permission_denied")
	w.post(w.chenjing, "not json").Want(400, "body_invalid")
	w.post(w.chenjing, m{}).Want(422, "field_invalid").Golden("fields-missing")
	w.post(w.chenjing, full(m{"employeeCode": "nobody", "org": "nowhere", "type": "owner"})).Want(404, "staff_missing")
	w.post(w.chenjing, full(m{"org": "GO_" + strings.Repeat("0", 32), "type": "owner"})).Want(404, "org_missing").Golden("org-missing")
	w.post(w.chenjing, full(m{"org": "nowhere"})).Want(404, "org_missing")
	w.post(w.chenjing, full(m{"type": "owner", "permissions": []string{"pii.reveal", "root"}})).Want(422, "field_invalid").Golden("fields-wrong")
	w.post(w.chenjing, full(m{"employeeCode": w.code("zhaolei"), "type": ""})).Want(422, "field_invalid") // before the conflict
	w.post(w.chenjing, full(m{"employeeCode": w.code("zhaolei")})).Want(409, "state_conflict").Golden("frozen")
	w.post(w.chenjing, full(m{"employeeCode": w.code("sunli")})).Want(409, "state_conflict")
	w.give(w.chenjing, "chenjing", account.AuditGrant, w.finance).Want(403, "permission_denied") // oneself
	w.revoke(w.chenjing, w.first("chenjing")).Want(403, "permission_denied")                     // oneself, before the last super
	w.revoke(w.chenjing, "anything").Want(404, "not_found")
	w.revoke(w.chenjing, w.first("linwei")+"x").Want(404, "not_found")

	w.list(w.chenjing, "").Want(422, "field_invalid").Golden("neither")
	w.list(w.chenjing, "org="+w.data.String()+"&employeeCode="+w.code("linwei")).Want(422, "field_invalid").Golden("both")
	w.list(w.chenjing, "org="+w.data.String()+"&limit=101").Want(422, "field_invalid")
	w.list(w.chenjing, "org="+w.data.String()+"&page=2").Want(422, "field_invalid")
	w.list(w.chenjing, "org="+w.data.String()+"&cursor=x").Want(422, "field_invalid").Golden("bad-cursor")

	// A unit administrator who may grant: in sight and in scope, and what they hold.
	w.give(w.chenjing, "linwei", account.AuditGrant, w.data, "admin.grant").Want(201, "")
	w.give(w.linwei, "zhouqiang", account.UnitGrant, w.data).Want(404, "staff_missing")
	w.give(w.linwei, "wangfang", account.UnitGrant, w.finance).Want(404, "org_missing")
	w.give(w.linwei, "wangfang", account.UnitGrant, w.data, "pii.reveal").Want(403, "permission_denied")
	w.give(w.linwei, "wangfang", account.SuperGrant, w.data).Want(403, "permission_denied")
	w.give(w.linwei, "wangfang", account.UnitGrant, w.data, "audit.read").Want(201, "")
	w.revoke(w.linwei, w.first("linwei")).Want(403, "permission_denied")
	beyond := w.give(w.chenjing, "wangfang", account.AuditGrant, w.root).Want(201, "").Text("id")
	w.revoke(w.linwei, beyond).Want(403, "permission_denied")
	hidden := w.give(w.chenjing, "zhouqiang", account.UnitGrant, w.data).Want(201, "").Text("id")
	w.revoke(w.linwei, hidden).Want(404, "not_found") // who is out of sight is as if not there
	for _, id := range w.ids(w.linwei, "org="+w.data.String()) {
		if id == hidden {
			t.Error("somebody out of sight is listed")
		}
	}
	if got := w.ids(w.linwei, "employeeCode="+w.code("wangfang")); len(got) != 1 {
		t.Errorf("of wangfang's grants %v are listed", got)
	}
}

func TestPages(t *testing.T) {
	w := start(t)
	want := map[string]bool{w.first("linwei"): true}
	added := []string{"admin.grant", "audit.read", "pii.reveal"}
	for i := range 8 {
		var some []string
		for j, p := range added {
			if i&(1<<j) != 0 {
				some = append(some, p)
			}
		}
		want[w.give(w.chenjing, []string{"wangfang", "zhouqiang"}[i%2], account.UnitGrant, w.data, some...).Want(201, "").Text("id")] = true
	}
	for _, limit := range []string{"1", "2", "5", "100"} {
		for _, query := range []string{"org=" + w.data.String(), "employeeCode=" + w.code("wangfang")} {
			seen := map[string]bool{}
			for _, id := range w.ids(w.chenjing, query+"&limit="+limit) {
				if seen[id] || !want[id] {
					t.Errorf("%s by %s: %s is twice, or should not be there", query, limit, id)
				}
				seen[id] = true
			}
			if all := 9; strings.HasPrefix(query, "org") && len(seen) != all || strings.HasPrefix(query, "e") && len(seen) != 4 {
				t.Errorf("%s by %s: %d", query, limit, len(seen))
			}
		}
	}
	next := w.list(w.chenjing, "org="+w.data.String()+"&limit=2").Text("next")
	w.list(w.chenjing, "org="+w.root.String()+"&limit=2&cursor="+next).Want(422, "field_invalid") // another list's
}

func TestAsManyAsCanBe(t *testing.T) {
	w := start(t)
	p := w.Person("zhouqiang")
	for i := range admin.MaxGrants {
		p.Account.Grants = append(p.Account.Grants, account.Grant{ID: fmt.Sprintf("%022d", i), Type: account.AuditGrant, Org: w.finance})
	}
	if err := w.Store.LoadUnindexed(context.Background(), []account.Person{p}); err != nil {
		t.Fatal(err)
	}
	w.give(w.chenjing, "zhouqiang", account.UnitGrant, w.finance).Want(409, "state_conflict")
	w.give(w.chenjing, "zhouqiang", account.AuditGrant, w.finance).Want(200, "")

	// All of them go in one transaction when the person leaves.
	state := admin.ChangeState{Store: w.Store, Keys: w.Keys, Now: w.Now, Random: w.Random}
	ctx, by := context.Background(), w.Permit(w.caller("chenjing"), account.StaffEdit)
	target, err := admin.LoadTarget{Store: w.Store, Keys: w.Keys, Now: w.Now}.Run(ctx, by, p.Staff.Code.String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := state.Run(ctx, audit.Call{}, by, target, admin.StateInput{Action: admin.Leave, Reason: "退休"}); err != nil {
		t.Fatal(err)
	}
	if rows, err := w.Store.GrantsOn(ctx, []staff.OrgCode{w.finance}); err != nil || len(rows) != 0 {
		t.Errorf("%d grants are left, %v", len(rows), err)
	}
}

func (w world) caller(name string) account.Caller {
	p := w.Person(name)
	return account.Caller{Staff: p.Staff.Code, Epoch: p.Account.Epoch, Grants: p.Account.Grants}
}

// One who holds all permissions at the top, but is no super, may take a super's
// grant away, but not the last one's.
func TestLastSuper(t *testing.T) {
	w := start(t)
	w.give(w.chenjing, "zhouqiang", account.UnitGrant, w.root, "admin.grant", "audit.read", "pii.reveal").Want(201, "")
	all := w.SignIn("zhouqiang", account.Console)
	w.revoke(all, w.first("chenjing")).Want(409, "last_super").Golden("last-super")
	w.give(all, "zhangmin", account.SuperGrant, w.root).Want(201, "")
	w.revoke(all, w.first("chenjing")).Want(204, "")
	w.revoke(all, w.first("zhangmin")).Want(409, "last_super")
}

// Two supers revoke each other at the same moment, again and again: one stays.
func TestSupersRevokeEachOther(t *testing.T) {
	w := start(t)
	defer w.Check()
	id := w.give(w.chenjing, "zhouqiang", account.SuperGrant, w.root).Want(201, "").Text("id")
	ids := map[string]string{"chenjing": w.first("chenjing"), "zhouqiang": id}
	names := []string{"chenjing", "zhouqiang"}
	for round := range 10 {
		sessions := []map[string]string{w.SignIn(names[0], account.Console), w.SignIn(names[1], account.Console)}
		answers := make([]string, 2)
		var wg sync.WaitGroup
		for i := range names {
			wg.Go(func() {
				r := w.revoke(sessions[i], ids[names[1-i]])
				answers[i] = fmt.Sprint(r.Status, r.Text("code"))
			})
		}
		wg.Wait()
		rows, err := w.Store.GrantsOn(context.Background(), []staff.OrgCode{w.root})
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) != 1 {
			t.Fatalf("round %d: %d supers: %v", round, len(rows), answers)
		}
		for _, a := range answers {
			// Who came second finds no keeper or, having come later still, holds nothing.
			if a != "204" && a != "409last_super" && a != "403permission_denied" {
				t.Errorf("round %d: %v", round, answers)
			}
		}
		winner, loser := 0, 1
		if rows[0].Staff == w.Person(names[1]).Staff.Code {
			winner, loser = 1, 0
		}
		if got := w.Person(names[loser]).Account.Grants; len(got) != 0 {
			t.Errorf("round %d: the two sides of a grant differ: %+v", round, got)
		}
		ids[names[loser]] = w.give(sessions[winner], names[loser], account.SuperGrant, w.root).Want(201, "").Text("id")
	}
}

// Three in a circle, each the keeper of the next.
func TestSupersInACircle(t *testing.T) {
	w := start(t)
	defer w.Check()
	names := []string{"chenjing", "zhouqiang", "zhangmin"}
	for _, name := range names[1:] {
		w.give(w.chenjing, name, account.SuperGrant, w.root).Want(201, "")
	}
	var refs []string
	var sessions []map[string]string
	for _, name := range names {
		refs, sessions = append(refs, w.first(name)), append(sessions, w.SignIn(name, account.Console))
	}
	var wg sync.WaitGroup
	for i := range names {
		wg.Go(func() { w.revoke(sessions[i], refs[(i+1)%3]) })
	}
	wg.Wait()
	rows, err := w.Store.GrantsOn(context.Background(), []staff.OrgCode{w.root})
	if err != nil || len(rows) == 0 {
		t.Errorf("%d supers, %v", len(rows), err)
	}
}

// Two give the same at once: it is one grant.
func TestGivenTwiceAtOnce(t *testing.T) {
	w := start(t)
	defer w.Check()
	ids := make([]string, 4)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() { ids[i] = w.give(w.chenjing, "zhouqiang", account.UnitGrant, w.finance).Text("id") })
	}
	wg.Wait()
	for _, id := range ids {
		if id == "" || id != ids[0] {
			t.Errorf("%v", ids)
		}
	}
	if grants := w.Person("zhouqiang").Account.Grants; len(grants) != 1 {
		t.Errorf("%+v", grants)
	}
}

// Whoever loses their own grant between the question and the answer gives none.
func TestCallerLosesTheirGrant(t *testing.T) {
	w := start(t)
	w.give(w.chenjing, "linwei", account.AuditGrant, w.data, "admin.grant").Want(201, "")
	stale := w.Permit(w.caller("linwei"), account.AdminGrant)
	for _, id := range w.ids(w.chenjing, "employeeCode="+w.code("linwei")) {
		w.revoke(w.chenjing, id).Want(204, "")
	}
	ctx, give := context.Background(), admin.GiveGrant{Store: w.Store, Notices: account.Notices{Store: w.Store, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings}, Keys: w.Keys, Now: w.Now, Random: w.Random}
	in := admin.GrantInput{EmployeeCode: w.code("wangfang"), Type: account.UnitGrant, Org: w.data.String()}
	if _, _, err := give.Run(ctx, audit.Call{}, stale, in); err == nil || !strings.Contains(err.Error(), "permission_denied") {
		t.Errorf("%v", err)
	}
	chenjing := w.caller("chenjing")
	chenjing.Epoch-- // signed out by a freeze, say
	stale = w.Permit(chenjing, account.AdminGrant)
	if _, _, err := give.Run(ctx, audit.Call{}, stale, in); err == nil || !strings.Contains(err.Error(), "session_expired") {
		t.Errorf("%v", err)
	}
	revoke := admin.RevokeGrant{Store: w.Store, Keys: w.Keys, Now: w.Now, Random: w.Random}
	in.Org = w.finance.String()
	if _, _, err := give.Run(ctx, audit.Call{}, w.Permit(w.caller("chenjing"), account.AdminGrant), in); err != nil {
		t.Fatal(err)
	}
	if err := revoke.Run(ctx, audit.Call{}, stale, w.first("wangfang")); err == nil || !strings.Contains(err.Error(), "session_expired") {
		t.Errorf("%v", err)
	}
	if len(w.Person("wangfang").Account.Grants) != 1 {
		t.Error("it happened all the same")
	}
}

func TestTrips(t *testing.T) {
	w := start(t)
	body := m{"employeeCode": w.code("zhouqiang"), "type": "unit", "org": w.finance.String()}
	var id string
	for _, step := range []struct {
		flow string
		do   func()
	}{
		{"admin-grants: give", func() { id = w.post(w.chenjing, body).Want(201, "").Text("id") }},
		{"admin-grants: list by organisation", func() { w.list(w.chenjing, "org="+w.finance.String()).Want(200, "") }},
		{"admin-grants: list by person", func() { w.list(w.chenjing, "employeeCode="+body["employeeCode"].(string)).Want(200, "") }},
		{"admin-grants: revoke", func() { w.revoke(w.chenjing, id).Want(204, "") }},
	} {
		w.Counter.Reset()
		step.do()
		w.WantTrips(step.flow)
	}
}
