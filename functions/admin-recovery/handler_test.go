package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/functiontest"
	"chaoxi/shared/httpapi"
)

type m = map[string]any

type world struct {
	*functiontest.World
	functiontest.Function
	chenjing, linwei map[string]string
}

func routesOf(w *functiontest.World) httpapi.Routes {
	return routes(httpapi.Auth{Authorize: w.Auth()}, admin.RecoveryQueue{Store: w.Store, Keys: w.Keys, Settings: w.Settings, Now: w.Now}, admin.DecideRecovery{
		Store: w.Store, Notices: account.Notices{Store: w.Store, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings}, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random,
	})
}

func start(t *testing.T) world {
	t.Parallel()
	w := functiontest.New(t)
	return world{w, w.Serve(routesOf(w)), w.SignIn("chenjing", account.Console), w.SignIn("linwei", account.Console)}
}

// raise raises a request of somebody, and puts it into the queues as the stream does.
func (w world) raise(name, full string) account.Raised {
	w.T.Helper()
	call := audit.Call{Address: "192.0.2.1"}
	begun, err := account.RecoveryOptions{Store: w.Store, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}.Run(context.Background(), call, name, full, "")
	w.must(err)
	r, err := account.RaiseRecovery{Store: w.Store, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}.
		Run(context.Background(), call, account.RaiseRecoveryInput{Ticket: begun.Ticket.Reveal(), Reason: "手机丢了"})
	w.must(err)
	w.index(r.ID)
	return r
}

func (w world) index(id string) {
	w.T.Helper()
	w.must(account.IndexQueue{Store: w.Store}.Run(context.Background(), id))
}

func (w world) must(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

func (w world) list(header map[string]string, query string) functiontest.Reply {
	w.T.Helper()
	return w.Do(functiontest.Call{Method: "GET", Path: "/v1/admin/recovery-requests?" + query, Header: header})
}

func (w world) decide(header map[string]string, id string, body any) functiontest.Reply {
	w.T.Helper()
	return w.Do(functiontest.Call{Path: "/v1/admin/recovery-requests/" + id + "/decision", Header: header, Body: body})
}

var (
	approval  = m{"decision": "approve", "phoneConfirmed": true, "howConfirmed": "本人到场"}
	rejection = m{"decision": "reject", "reason": "未能确认本人"}
)

func TestQueue(t *testing.T) {
	w := start(t)
	zhou := w.raise("zhouqiang", "周强")
	w.Pass(10 * time.Minute)
	zhang := w.raise("zhangmin", "张敏")
	w.Pass(time.Minute)
	w.Counter.Reset()
	w.list(w.chenjing, "").Want(200, "").Golden("queue")
	w.WantTrips("admin-recovery: list")
	w.list(w.linwei, "state=pending").Want(200, "").Golden("queue-of-a-unit") // 周强 is not hers to see
	first := w.list(w.chenjing, "limit=1").Want(200, "")
	if second := w.list(w.chenjing, "limit=1&cursor="+first.Text("next")).Want(200, ""); !strings.Contains(first.Raw, zhou.ID) || !strings.Contains(second.Raw, zhang.ID) || second.Text("next") != "" {
		t.Errorf("first %s, second %s", first.Raw, second.Raw)
	}
	w.list(w.chenjing, "state=done").Want(422, "field_invalid").Golden("no-such-state")
	w.list(w.linwei, "limit=1&cursor="+first.Text("next")).Want(422, "field_invalid")
	w.list(w.SignIn("zhouqiang", account.App), "").Want(403, "permission_denied")
	w.list(nil, "").Want(401, "session_missing")

	w.decide(w.chenjing, zhou.ID, rejection).Want(200, "")
	w.list(w.chenjing, "").Want(200, "").Golden("queue-before-the-index") // the row is old, what is shown is not
	w.index(zhou.ID)
	w.list(w.chenjing, "state=rejected").Want(200, "").Golden("rejected-ones")
	w.Pass(7 * 24 * time.Hour)
	w.chenjing = w.SignIn("chenjing", account.Console)
	if r := w.list(w.chenjing, "").Want(200, ""); r.Body["open"] != float64(0) || strings.Contains(r.Raw, zhang.ID) {
		t.Errorf("what has expired is shown: %s", r.Raw)
	}
	if r := w.list(w.chenjing, "state=expired").Want(200, ""); !strings.Contains(r.Raw, zhang.ID) {
		t.Errorf("what has expired is not found: %s", r.Raw)
	}
}

// 周强 has lost the phone. An approval lets his recovery ticket text a code and set a
// password.
func TestApprove(t *testing.T) {
	w := start(t)
	defer w.Check()
	r := w.raise("zhouqiang", "周强")
	w.Counter.Reset()
	w.decide(w.chenjing, r.ID, approval).Want(200, "").Golden("approved")
	w.WantTrips("admin-recovery: decide")
	w.index(r.ID)
	w.decide(w.chenjing, r.ID, rejection).Want(409, "already_decided").Golden("already-decided")
	if w.Texts.Count() != 1 {
		t.Errorf("%d texts of the decision", w.Texts.Count())
	}

	send := account.SendCode{Store: w.Store, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}
	w.Counter.Reset()
	if _, err := send.Again(context.Background(), audit.Call{}, r.Ticket.Reveal(), ""); err != nil || w.Texts.Count() != 2 {
		t.Errorf("%v, %d texts", err, w.Texts.Count())
	}
	w.WantTrips("admin-recovery: text a code")
	if now, err := w.Store.RecoveryRequest(context.Background(), r.ID); err != nil || now.HowConfirmed != "本人到场" || now.Phone != w.Person("zhouqiang").Staff.Phone {
		t.Errorf("%+v, %v", now, err)
	}
}

func TestReject(t *testing.T) {
	w := start(t)
	defer w.Check()
	r := w.raise("zhangmin", "张敏")
	w.decide(w.linwei, r.ID, rejection).Want(200, "").Golden("rejected")
	follow := account.RaiseRecovery{Store: w.Store, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}
	if got, state, err := follow.Follow(context.Background(), audit.Call{}, r.ID, r.Ticket.Reveal()); err != nil || state != account.RecoveryRejected || got.Rejection != "未能确认本人" {
		t.Errorf("%+v, %s, %v", got, state, err)
	}
	w.index(r.ID)
}

func TestRefusals(t *testing.T) {
	w := start(t)
	zhou, lin, chen := w.raise("zhouqiang", "周强"), w.raise("linwei", "林伟"), w.raise("chenjing", "陈静")
	for _, tt := range []struct {
		golden string
		by     map[string]string
		id     string
		body   any
		status int
		code   string
	}{
		{"missing", w.chenjing, "hT5mZc0QvR2yXk8LsB4nJw", approval, 404, "not_found"},
		{"no-id", w.chenjing, "1", approval, 404, "not_found"},
		{"out-of-sight", w.linwei, zhou.ID, m{}, 404, "not_found"},
		{"oneself", w.linwei, lin.ID, m{}, 403, "permission_denied"},
		{"oneself-at-the-top", w.chenjing, chen.ID, approval, 403, "permission_denied"},
		{"not-confirmed", w.chenjing, zhou.ID, m{"decision": "approve"}, 422, "field_invalid"},
		{"no-reason", w.chenjing, zhou.ID, m{"decision": "reject"}, 422, "field_invalid"},
		{"unknown-field", w.chenjing, zhou.ID, m{"decision": "reject", "reason": "x", "phone": "13700000007"}, 400, "body_invalid"},
	} {
		w.decide(tt.by, tt.id, tt.body).Want(tt.status, tt.code).Golden(tt.golden)
	}
	w.decide(w.chenjing, lin.ID, approval).Want(200, "") // who holds less
	w.Pass(7 * 24 * time.Hour)
	w.decide(w.SignIn("chenjing", account.Console), zhou.ID, approval).Want(409, "state_conflict").Golden("expired")
}

// Two administrators decide at once: one of them does.
func TestAtOnce(t *testing.T) {
	w := start(t)
	r := w.raise("zhangmin", "张敏")
	got := make(chan int)
	for _, by := range []map[string]string{w.chenjing, w.linwei, w.chenjing, w.linwei} {
		go func() { got <- w.decide(by, r.ID, rejection).Status }()
	}
	counts := map[int]int{}
	for range 4 {
		counts[<-got]++
	}
	if fmt.Sprint(counts) != "map[200:1 409:3]" {
		t.Errorf("%v", counts)
	}
}

// The events that developers invoke the function with are ones that it serves.
func TestEvents(t *testing.T) {
	w := start(t)
	app := w.SignIn("chenjing", account.App)
	serve := httpapi.Serve(slog.New(slog.DiscardHandler), "admin-recovery", routesOf(w.World))
	for _, name := range []string{"admin-recovery", "admin-recovery.decide"} {
		raw, err := os.ReadFile("../../events/" + name + ".json")
		w.must(err)
		var e httpapi.Event
		w.must(json.Unmarshal(raw, &e))
		e.Headers["authorization"] = app["Authorization"]
		reply, err := serve(context.Background(), e)
		if want := map[string]string{"admin-recovery": `"items"`, "admin-recovery.decide": `"not_found"`}[name]; err != nil || !strings.Contains(reply.Body, want) {
			t.Errorf("%s: %d %s, %v", name, reply.StatusCode, reply.Body, err)
		}
	}
}
