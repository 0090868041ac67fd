package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/functiontest"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/fault"
	"chaoxi/shared/httpapi"
)

type m = map[string]any

func start(t *testing.T) (*functiontest.World, functiontest.Function) {
	t.Parallel()
	w := functiontest.New(t)
	return w, w.Serve(routes(account.RecoveryOptions{Store: w.Store, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}))
}

func begin(account, name string) functiontest.Call {
	return functiontest.Call{Path: "/v1/recovery", Body: m{"account": account, "name": name}}
}

func TestAnswers(t *testing.T) {
	for _, tt := range []struct {
		golden string
		call   functiontest.Call
		status int
		code   string
	}{
		{"ok", begin("zhangmin", "张敏"), 200, ""},
		{"by-phone", begin("137 0000 0004", " 张敏"), 200, ""},
		{"nobody-to-ask", begin("chenjing", "陈静"), 200, ""},
		{"pending", begin("wangfang", "王芳"), 409, "not_activated"},
		{"unknown", begin("nobody", "张敏"), 404, "name_or_account_wrong"},
		{"nothing", functiontest.Call{Path: "/v1/recovery", Body: m{}}, 422, "field_invalid"},
		{"name-number", functiontest.Call{Path: "/v1/recovery", Body: m{"account": "zhangmin", "name": 1}}, 422, "field_invalid"},
		{"unknown-field", functiontest.Call{Path: "/v1/recovery", Body: m{"account": "zhangmin", "name": "张敏", "purpose": "recover"}}, 400, "body_invalid"},
	} {
		t.Run(tt.golden, func(t *testing.T) {
			w, f := start(t)
			r := f.Do(tt.call).Want(tt.status, tt.code).Golden(tt.golden)
			ticket, err := w.Store.Ticket(context.Background(), account.ParseSecret(r.Text("ticket")))
			if err != nil || (ticket.Purpose == account.ForRecovery) != (tt.status == 200) {
				t.Errorf("ticket %+v, %v", ticket, err)
			}
		})
	}
}

// What nobody sees decides nothing.
func TestTyped(t *testing.T) {
	_, f := start(t)
	for _, c := range []functiontest.Call{
		begin("zhouqiang\u200b", "周强"), begin("zhouqiang", "周\u00ad强"), begin("\u202d13700000007\u202c", "周强\u200b"), begin("(+86)137-0000-0007", "周 强"),
	} {
		f.Do(c).Want(200, "")
	}
}

// Everybody who may not recover gets the same bytes after the same work.
func TestMissesAreAlike(t *testing.T) {
	w, f := start(t)
	var raw, shape string
	for i, c := range []functiontest.Call{
		begin("nobody", "张敏"), begin("zhangmin", "张明"), begin("zhaolei", "赵磊"), begin("sunli", "孙丽"), begin("wangfang", "王方"), begin("13700000099", "张敏"),
	} {
		c.SourceIP = string(rune('1'+i)) + ".0.0.1"
		w.Counter.Reset()
		r := f.Do(c).Want(404, "name_or_account_wrong")
		if raw == "" {
			raw, shape = r.Raw, w.Counter.Cost().Shape()
		}
		if got := w.Counter.Cost().Shape(); r.Raw != raw || got != shape {
			t.Errorf("%v cost\n%s and answered\n%s\nthe first\n%s and\n%s", c.Body, got, r.Raw, shape, raw)
		}
	}
}

// Misses of an activation and of a recovery are one count.
func TestMissesLockThePair(t *testing.T) {
	w, f := start(t)
	for range 4 {
		f.Do(begin("zhangmin", "张明")).Want(404, "name_or_account_wrong")
	}
	f.Do(begin("zhangmin", "张敏")).Want(200, "") // a hit does not count
	send := account.SendCode{Store: w.Store, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}
	if _, err := send.Activate(context.Background(), audit.Call{Address: "192.0.2.1"}, "zhangmin", "张明", ""); err == nil {
		t.Fatal("the wrong name activates")
	}
	f.Do(begin("zhangmin", "张敏")).Want(429, "rate_limited").Golden("rate-limited")
	w.Pass(30 * time.Minute)
	f.Do(begin("zhangmin", "张敏")).Want(200, "")
}

// The ticket is good for a code to the phone on file, which is shown masked only.
func TestGoesOnByPhone(t *testing.T) {
	w, f := start(t)
	ticket := f.Do(begin("zhangmin", "张敏")).Want(200, "").Text("ticket")
	if w.Texts.Count() != 0 {
		t.Errorf("%d texts before one was asked for", w.Texts.Count())
	}
	send := account.SendCode{Store: w.Store, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}
	sent, err := send.Again(context.Background(), audit.Call{}, ticket, "")
	if err != nil || sent.Phone != w.Person("zhangmin").Staff.Phone || w.Texts.Count() != 1 {
		t.Errorf("%+v, %v", sent, err)
	}
}

// Somebody who holds grants has the administrators alone. The ticket texts nothing.
func TestAdministratorHasNoPhone(t *testing.T) {
	w, f := start(t)
	ticket := f.Do(begin("linwei", "林伟")).Want(200, "").Golden("administrator").Text("ticket")
	send := account.SendCode{Store: w.Store, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}
	if _, err := send.Again(context.Background(), audit.Call{}, ticket, ""); !errors.Is(err, fault.TicketInvalid) || w.Texts.Count() != 0 {
		t.Errorf("%v, %d texts", err, w.Texts.Count())
	}
	raise := account.RaiseRecovery{Store: w.Store, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}
	if r, err := raise.Run(context.Background(), audit.Call{}, account.RaiseRecoveryInput{Ticket: ticket, Reason: "手机丢了"}); err != nil || !r.New {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestShowsTheRequest(t *testing.T) {
	w, f := start(t)
	ticket := f.Do(begin("zhangmin", "张敏")).Want(200, "").Text("ticket")
	raise := account.RaiseRecovery{Store: w.Store, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}
	if _, err := raise.Run(context.Background(), audit.Call{}, account.RaiseRecoveryInput{Ticket: ticket, Reason: "更换手机号"}); err != nil {
		t.Fatal(err)
	}
	f.Do(begin("zhangmin", "张敏")).Want(200, "").Golden("requested")
	w.Pass(w.Settings.RecoveryLife)
	if r := f.Do(begin("zhangmin", "张敏")).Want(200, ""); r.Body["request"] != nil {
		t.Errorf("an expired request is shown: %s", r.Raw)
	}
}

func TestTrips(t *testing.T) {
	w, f := start(t)
	w.Counter.Reset()
	f.Do(begin("zhangmin", "张敏")).Want(200, "")
	w.WantTrips("recovery-options")
}

// Whatever call fails, the answer is a 5xx, and asking again succeeds.
func TestFaults(t *testing.T) {
	w, f := start(t)
	f.Do(begin("zhangmin", "张敏")).Want(200, "")
	calls := w.Counter.Cost().Total()
	for _, kind := range []dynamotest.Kind{dynamotest.NotSent, dynamotest.AnswerLost, dynamotest.TimedOut, dynamotest.Throttled} {
		hits := 0
		for call := 1; call <= calls; call++ {
			w.Faults.Set(dynamotest.Fault{Kind: kind, Call: call, Attempts: dynamotest.Always})
			if r := f.Do(begin("zhangmin", "张敏")); r.Status != 200 {
				r.Want(503, "unavailable")
			}
			hits += min(1, w.Faults.Hits())
			w.Faults.Set()
			w.Pass(10 * time.Minute) // a miss that was counted and not forgiven is over
			f.Do(begin("zhangmin", "张敏")).Want(200, "")
		}
		if hits < 5 {
			t.Errorf("%v struck %d of %d calls", kind, hits, calls)
		}
	}
}

// The event that developers invoke the function with is one that it serves.
func TestEvent(t *testing.T) {
	w, _ := start(t)
	raw, err := os.ReadFile("../../events/recovery-options.json")
	if err != nil {
		t.Fatal(err)
	}
	var e httpapi.Event
	if err := json.Unmarshal(raw, &e); err != nil {
		t.Fatal(err)
	}
	uc := account.RecoveryOptions{Store: w.Store, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}
	reply, err := httpapi.Serve(slog.New(slog.DiscardHandler), "recovery-options", routes(uc))(context.Background(), e)
	if err != nil || reply.StatusCode != 200 {
		t.Errorf("%d %s, %v", reply.StatusCode, reply.Body, err)
	}
}
