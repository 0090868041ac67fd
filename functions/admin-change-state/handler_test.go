package main

import (
	"context"
	"fmt"
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
}

func start(t *testing.T) world {
	t.Parallel()
	w := functiontest.New(t)
	f := w.Serve(routes(httpapi.Auth{Authorize: w.Auth()}, admin.ChangeState{Store: w.Store, Dictionaries: &staff.DictionaryList{Store: w.Store, Now: w.Now}, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}))
	return world{w, f, w.SignIn("chenjing", account.Console), w.SignIn("linwei", account.Console)}
}

func (w world) change(header map[string]string, name, action string) functiontest.Reply {
	w.T.Helper()
	return w.post(header, w.Person(name).Staff.Code.String(), m{"action": action, "reason": "接到通知"})
}

func (w world) post(header map[string]string, code string, body any) functiontest.Reply {
	w.T.Helper()
	return w.Do(functiontest.Call{Path: "/v1/admin/staff/" + code + "/state", Header: header, Body: body})
}

// give makes somebody an administrator behind the rules' back.
func (w world) give(name string, kind account.GrantType, org staff.OrgCode, added ...account.Permission) {
	w.T.Helper()
	p := w.Person(name)
	g := account.Grant{ID: fmt.Sprintf("%022d", len(p.Account.Grants)), Type: kind, Org: org, Added: added}
	err := w.Store.ChangeGrants(context.Background(), admin.GrantChange{
		Staff: p.Staff.Code, Was: p.Account.Grants, Given: &g, By: account.Caller{Staff: w.Person("sunli").Staff.Code, Epoch: w.Person("sunli").Account.Epoch},
		Audit: audit.Entry{ID: "test" + name + g.ID + org.String(), At: w.Now(), Actor: p.Staff.Code, Subject: audit.OfStaff(p.Staff.Code)},
	})
	if err != nil {
		w.T.Fatal(err)
	}
}

func (w world) root() staff.OrgCode { return w.Person("chenjing").Account.Grants[0].Org }

func TestFreeze(t *testing.T) {
	w := start(t)
	session := w.SignIn("zhouqiang", account.App)
	was := w.Person("zhouqiang")
	w.change(w.chenjing, "zhouqiang", "freeze").Want(200, "").Golden("frozen")
	now := w.Person("zhouqiang")
	if now.Staff.State != staff.Frozen || now.Staff.FrozenFrom != staff.Active || now.Staff.Version != was.Staff.Version+1 || now.Account.Epoch != was.Account.Epoch+1 {
		t.Errorf("%+v", now)
	}
	if now.Account.DeviceEpoch != was.Account.DeviceEpoch || now.Account.Password == "" {
		t.Error("freezing ended devices or the password")
	}
	if w.SignedIn(session) {
		t.Error("the session outlived the freeze")
	}
	w.change(w.chenjing, "zhouqiang", "freeze").Want(409, "state_conflict").Golden("state-conflict")
	w.change(w.chenjing, "zhouqiang", "unfreeze").Want(200, "").Golden("unfrozen")
	if s := w.Person("zhouqiang").Staff; s.State != staff.Active || s.FrozenFrom != "" {
		t.Errorf("%+v", s)
	}
	if w.SignedIn(session) {
		t.Error("unfreezing brought a session back")
	}

	// A pending person is pending again.
	w.change(w.linwei, "wangfang", "freeze").Want(200, "")
	w.change(w.linwei, "wangfang", "unfreeze").Want(200, "")
	if s := w.Person("wangfang").Staff; s.State != staff.Pending {
		t.Errorf("%+v", s)
	}
}

func TestLeaveAndReinstate(t *testing.T) {
	w := start(t)
	was := w.Person("zhangmin")
	home := was.Staff.Posts[0]
	w.give("zhangmin", account.AuditGrant, home.Unit)
	w.give("zhangmin", account.UnitGrant, was.Staff.Posts[1].Org, account.PIIReveal)
	held := w.Person("zhangmin").Account.Grants
	session := w.SignIn("zhangmin", account.App)

	w.change(w.chenjing, "zhangmin", "leave").Want(200, "").Golden("left")
	now := w.Person("zhangmin")
	if s := now.Staff; s.Employment != staff.Left || len(s.ActivePosts()) != 0 || len(s.Posts) != 2 || !s.Phone.IsZero() || s.FormerPhone != was.Staff.Phone || s.Version != was.Staff.Version+1 {
		t.Errorf("%+v", s)
	}
	if a := now.Account; a.Password != "" || len(a.Grants) != 0 || a.Epoch != was.Account.Epoch+1 || a.DeviceEpoch != was.Account.DeviceEpoch+1 {
		t.Errorf("%+v", a)
	}
	if w.SignedIn(session) {
		t.Error("the session outlived the leaving")
	}
	rows, err := w.Store.GrantsOn(context.Background(), []staff.OrgCode{held[0].Org, held[1].Org})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range rows {
		if g.Staff == was.Staff.Code {
			t.Errorf("%+v is still listed", g)
		}
	}
	if owners := w.owners(was.Staff); owners[0] != (staff.EmployeeCode{}) || owners[1] != was.Staff.Code {
		t.Errorf("phone and account belong to %v", owners)
	}
	w.change(w.chenjing, "zhangmin", "leave").Want(409, "state_conflict")
	w.change(w.chenjing, "zhangmin", "freeze").Want(409, "state_conflict")

	// The audit says what went with it.
	log, err := w.Store.AuditEntries(context.Background(), admin.AuditRange{Of: was.Staff.Code, To: w.Now().Add(time.Hour), Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	var left audit.Entry
	for _, e := range log.Entries {
		if e.Action == "leave" {
			left = e.Entry
		}
	}
	fields := map[string]string{}
	for _, c := range left.Changes {
		fields[c.Field] = c.Old + "→" + c.New
	}
	if left.Reason != "接到通知" || fields["employment"] != "in_service→left" || fields["phone"] != was.Staff.Phone.Masked()+"→" || len(fields) != 7 {
		t.Errorf("%s: %v", left.Reason, fields)
	}

	w.change(w.chenjing, "zhangmin", "reinstate").Want(200, "").Golden("reinstated")
	back := w.Person("zhangmin")
	if s := back.Staff; s.Employment != staff.InService || s.State != staff.Pending || s.Phone != was.Staff.Phone || !s.FormerPhone.IsZero() || len(s.ActivePosts()) != 1 {
		t.Errorf("%+v", s)
	}
	if main, _ := back.Staff.MainPost(); main != home {
		t.Errorf("the main post is %+v", main)
	}
	if owners := w.owners(back.Staff); owners[0] != was.Staff.Code || owners[1] != was.Staff.Code {
		t.Errorf("phone and account belong to %v", owners)
	}
	w.change(w.chenjing, "zhangmin", "reinstate").Want(409, "state_conflict")
}

func (w world) owners(s staff.Staff) []staff.EmployeeCode {
	w.T.Helper()
	owners, err := w.Store.NameOwners(context.Background(), []staff.Phone{s.Phone}, []staff.Account{s.Account})
	if err != nil {
		w.T.Fatal(err)
	}
	return owners
}

// Whoever has the phone by now keeps it, and the person stays left.
func TestReinstateWithoutThePhone(t *testing.T) {
	w := start(t)
	sunli, other := w.Person("sunli").Staff, w.Person("zhouqiang").Staff
	now := other.Clone()
	now.Phone, now.Revision = sunli.FormerPhone, other.Revision+1
	err := w.Store.Change(context.Background(), admin.Change{Was: other, Now: now, Grants: -1, Audit: audit.Entry{ID: "taken", At: w.Now(), Actor: other.Code, Subject: audit.OfStaff(other.Code)}})
	if err != nil {
		t.Fatal(err)
	}
	w.change(w.linwei, "sunli", "reinstate").Want(409, "phone_taken").Golden("phone-taken")
	if s := w.Person("sunli").Staff; s.Employment != staff.Left || s.Revision != sunli.Revision {
		t.Errorf("%+v", s)
	}
}

func TestReinstateIntoWhatIsClosed(t *testing.T) {
	w := start(t)
	main, _ := w.Person("sunli").Staff.MainPost()
	orgs, err := w.Store.Orgs(context.Background(), []staff.OrgCode{main.Org})
	if err != nil {
		t.Fatal(err)
	}
	shut := orgs[main.Org]
	shut.Closed = true
	if err := w.Store.LoadOrgs(context.Background(), []staff.Org{shut}, orgs); err != nil {
		t.Fatal(err)
	}
	w.change(w.linwei, "sunli", "reinstate").Want(409, "org_closed").Golden("org-closed")
	linwei, _ := w.Person("linwei").Staff.MainPost()
	back := m{"action": "reinstate", "reason": "接到通知", "phone": "13700000088", "account": "sunli2", "unit": linwei.Unit.String(), "org": linwei.Unit.String()}
	code := w.Person("sunli").Staff.Code.String()
	w.post(w.linwei, code, m{"action": "freeze", "reason": "接到通知", "phone": "13700000088"}).Want(422, "field_invalid").Golden("not-of-this-action")
	w.post(w.linwei, code, m{"action": "reinstate", "reason": "接到通知", "org": "?"}).Want(404, "org_missing").Golden("org-missing")
	w.post(w.linwei, code, back).Want(200, "").Golden("reinstated-with-what-is-new")
	if p := w.Person("13700000088"); p.Staff.Code.String() != code || p.Staff.Account.String() != "sunli2" || p.Staff.Posts[0].Org != linwei.Unit || !w.Person("sunli").Staff.Code.IsZero() {
		t.Errorf("%+v", p.Staff)
	}
}

func TestUnlock(t *testing.T) {
	w := start(t)
	was := w.Person("zhouqiang")
	guard := account.SignInLockKeys(w.Keys, was.Staff)[0]
	locked := account.Failures{Revision: 1, Count: 5, First: w.Now().Add(-time.Second), LockedUntil: w.Now().Add(time.Hour), Day: w.Now().Add(-time.Second), DayCount: 5}
	if _, err := w.Store.SwapFailures(context.Background(), guard, account.Failures{}, locked); err != nil {
		t.Fatal(err)
	}
	w.change(w.chenjing, "zhouqiang", "unlock").Want(200, "").Golden("unlocked")
	now := w.Person("zhouqiang")
	if now.Staff.Version != was.Staff.Version || now.Staff.Revision != was.Staff.Revision || !now.Account.ClearedAt.Equal(w.Now()) || now.Account.Epoch != was.Account.Epoch {
		t.Errorf("%+v", now)
	}
	if locked.Locked(w.Now(), now.Account.ClearedAt) {
		t.Error("still locked")
	}
	w.change(w.chenjing, "zhouqiang", "unlock").Want(200, "") // a device may be locked that no record shows
	w.change(w.linwei, "wangfang", "unlock").Want(409, "state_conflict")
	w.change(w.chenjing, "zhaolei", "unlock").Want(409, "state_conflict")
}

func TestAnswersInOrder(t *testing.T) {
	w := start(t)
	zhouqiang, wangfang := w.Person("zhouqiang").Staff.Code.String(), w.Person("wangfang").Staff.Code.String()
	w.post(nil, wangfang, "not json").Want(401, "session_missing")
	w.post(w.SignIn("zhouqiang", account.App), wangfang, "not json").Want(403, "permission_denied")
	w.post(w.linwei, "nobody", "not json").Want(404, "staff_missing")
	w.post(w.linwei, zhouqiang, "not json").Want(404, "staff_missing").Golden("staff-missing")
	w.post(w.linwei, wangfang, "not json").Want(400, "body_invalid")
	w.post(w.linwei, wangfang, m{"action": "freeze", "reason": "x", "force": true}).Want(400, "body_invalid")
	w.post(w.linwei, wangfang, m{}).Want(422, "field_invalid").Golden("fields-missing")
	w.post(w.linwei, wangfang, m{"action": "promote", "reason": strings.Repeat("长", 201)}).Want(422, "field_invalid").Golden("fields-wrong")
	w.post(w.linwei, wangfang, m{"action": "unfreeze", "reason": " "}).Want(422, "field_invalid") // before the conflict
	w.post(w.linwei, wangfang, m{"action": "unfreeze", "reason": "x"}).Want(409, "state_conflict")
	w.change(w.linwei, "linwei", "freeze").Want(403, "permission_denied").Golden("permission-denied")
	w.change(w.chenjing, "chenjing", "leave").Want(403, "permission_denied") // oneself, before the last super

	// A concurrent post in scope lets one unlock, not freeze; a grant beyond one's own, neither.
	w.give("zhouqiang", account.UnitGrant, w.Person("zhangmin").Staff.Posts[1].Unit)
	finance := w.SignIn("zhouqiang", account.Console)
	w.change(finance, "zhangmin", "freeze").Want(403, "permission_denied")
	w.change(finance, "zhangmin", "unlock").Want(200, "")
	w.give("zhangmin", account.AuditGrant, w.root())
	w.change(finance, "zhangmin", "unlock").Want(403, "permission_denied")
	w.change(w.linwei, "zhangmin", "freeze").Want(403, "permission_denied")
	w.change(w.chenjing, "zhangmin", "freeze").Want(200, "")
}

// One who holds all permissions at the top, but is no super, cannot take the
// last super out of action, nor can anybody with a frozen one left over.
func TestLastSuper(t *testing.T) {
	w := start(t)
	w.give("zhouqiang", account.UnitGrant, w.root(), account.AdminGrant, account.AuditRead, account.PIIReveal)
	all := w.SignIn("zhouqiang", account.Console)
	for _, action := range []string{"freeze", "leave"} {
		w.change(all, "chenjing", action).Want(409, "last_super").Golden("last-super")
	}
	w.change(all, "chenjing", "unlock").Want(200, "") // costs nobody a super

	w.give("zhangmin", account.SuperGrant, w.root())
	w.change(w.chenjing, "zhangmin", "freeze").Want(200, "") // of two, by the other
	w.change(all, "chenjing", "leave").Want(409, "last_super")
	w.change(w.chenjing, "zhangmin", "unfreeze").Want(200, "")
	code := w.Person("chenjing").Staff.Code.String()
	w.Counter.Reset()
	w.post(all, code, m{"action": "leave", "reason": "接到通知"}).Want(200, "")
	w.WantTrips("admin-change-state: one super of several leaves")
}

// Two supers freeze each other at the same moment: one stays.
func TestSupersFreezeEachOther(t *testing.T) {
	w := start(t)
	defer w.Check()
	w.give("zhouqiang", account.SuperGrant, w.root())
	for round := range 10 {
		sessions := []map[string]string{w.SignIn("chenjing", account.Console), w.SignIn("zhouqiang", account.Console)}
		codes := []string{w.Person("zhouqiang").Staff.Code.String(), w.Person("chenjing").Staff.Code.String()}
		statuses := make([]string, 2)
		var wg sync.WaitGroup
		for i := range sessions {
			wg.Go(func() {
				r := w.post(sessions[i], codes[i], m{"action": "freeze", "reason": "x"})
				statuses[i] = fmt.Sprint(r.Status, r.Text("code"))
			})
		}
		wg.Wait()
		frozen := 0
		var next string
		for _, name := range []string{"chenjing", "zhouqiang"} {
			if w.Person(name).Staff.State == staff.Frozen {
				frozen++
				next = name
			}
		}
		if frozen != 1 {
			t.Fatalf("round %d: %d of two supers are frozen: %v", round, frozen, statuses)
		}
		for _, s := range statuses {
			// Who came second finds no keeper or, having come later still, no session.
			if s != "200" && s != "409last_super" && s != "401session_expired" {
				t.Errorf("round %d: %v", round, statuses)
			}
		}
		other := map[string]string{"chenjing": "zhouqiang", "zhouqiang": "chenjing"}[next]
		w.change(w.SignIn(other, account.Console), next, "unfreeze").Want(200, "")
	}
}

func TestTrips(t *testing.T) {
	w := start(t)
	code := w.Person("zhouqiang").Staff.Code.String()
	for _, action := range []string{"freeze", "unfreeze", "unlock", "leave", "reinstate"} {
		w.Counter.Reset()
		w.post(w.chenjing, code, m{"action": action, "reason": "x"}).Want(200, "")
		w.WantTrips(map[bool]string{false: "admin-change-state", true: "admin-change-state: reinstate"}[action == "reinstate"])
	}
}

// A record edit that comes between makes the change start over, on what is then.
func TestRaceWithAnotherAction(t *testing.T) {
	w := start(t)
	defer w.Check()
	code := w.Person("zhouqiang").Staff.Code.String()
	for range 10 {
		var wg sync.WaitGroup
		statuses := make([]int, 4)
		for i := range statuses {
			wg.Go(func() { statuses[i] = w.post(w.chenjing, code, m{"action": "freeze", "reason": "x"}).Status })
		}
		wg.Wait()
		won := 0
		for _, s := range statuses {
			if s == 200 {
				won++
			} else if s != 409 {
				t.Errorf("%v", statuses)
			}
		}
		if won != 1 {
			t.Errorf("%d of them froze: %v", won, statuses)
		}
		w.post(w.chenjing, code, m{"action": "unfreeze", "reason": "x"}).Want(200, "")
	}
}

// Whoever leaves has an ID card no more, for others to have; who returns has it again.
func TestIDCard(t *testing.T) {
	w := start(t)
	defer w.Check()
	was := w.Person("zhouqiang").Staff
	now := was.Clone()
	now.Version, now.Revision, now.IDCard = was.Version+1, was.Revision+1, "330102199003074477"
	entry := audit.Entry{ID: "id-card", At: w.Now(), Actor: w.Person("chenjing").Staff.Code, Subject: audit.OfStaff(was.Code), Action: audit.UpdateStaff}
	if err := w.Store.Change(context.Background(), admin.Change{Was: was, Now: now, Audit: entry, Grants: -1}); err != nil {
		t.Fatal(err)
	}
	w.change(w.chenjing, "zhouqiang", "leave").Want(200, "")
	w.Check() // which holds each ID card against who has it
	w.change(w.chenjing, "zhouqiang", "reinstate").Want(200, "")
}

// An account that reads as a phone must not be somebody else's number.
func TestReinstateWithAPhoneAsAccount(t *testing.T) {
	w := start(t)
	linwei, _ := w.Person("linwei").Staff.MainPost()
	code := w.Person("sunli").Staff.Code.String()
	back := m{"action": "reinstate", "reason": "接到通知", "phone": "13700000088", "account": "13700000007", "unit": linwei.Unit.String(), "org": linwei.Unit.String()}
	w.post(w.chenjing, code, back).Want(409, "account_taken")
	back["account"] = "13700000088"
	w.post(w.chenjing, code, back).Want(200, "")
}
