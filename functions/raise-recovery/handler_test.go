package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/functiontest"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/httpapi"
)

type m = map[string]any

type world struct {
	*functiontest.World
	functiontest.Function
}

func start(t *testing.T) world {
	t.Parallel()
	w := functiontest.New(t)
	return world{w, w.Serve(routes(useCase(w)))}
}

func useCase(w *functiontest.World) account.RaiseRecovery {
	return account.RaiseRecovery{Store: w.Store, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}
}

// ticket begins a recovery of 张敏.
func (w world) ticket(t *testing.T) string {
	t.Helper()
	uc := account.RecoveryOptions{Store: w.Store, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}
	r, err := uc.Run(context.Background(), audit.Call{Address: "192.0.2.1"}, "zhangmin", "张敏", "")
	if err != nil {
		t.Fatal(err)
	}
	return r.Ticket.Reveal()
}

func raiseCall(ticket string) functiontest.Call {
	return functiontest.Call{Path: "/v1/recovery/requests", Body: m{"ticket": ticket, "reason": "更换手机号，收不到验证码"}}
}

func followCall(id, ticket string) functiontest.Call {
	c := functiontest.Call{Method: "GET", Path: "/v1/recovery/requests/" + id}
	if ticket != "" {
		c.Header = map[string]string{"Recovery-Ticket": ticket}
	}
	return c
}

// decide writes a decision as it will lie in the table, by attributes.
func (w world) decide(t *testing.T, id string, set m) {
	t.Helper()
	in := &dynamodb.UpdateItemInput{TableName: &w.Table, ConditionExpression: aws.String("attribute_exists(pk)")}
	in.Key = marshal(t, m{"pk": "RECOVERY#" + id, "sk": "REQUEST"})
	var parts []string
	values := m{}
	for name, v := range set {
		parts = append(parts, name+" = :"+name)
		values[":"+name] = v
	}
	in.UpdateExpression = aws.String("SET " + strings.Join(parts, ", "))
	in.ExpressionAttributeValues = marshal(t, values)
	if _, err := w.DB.UpdateItem(context.Background(), in); err != nil {
		t.Fatal(err)
	}
}

func marshal(t *testing.T, v m) map[string]types.AttributeValue {
	t.Helper()
	item, err := attributevalue.MarshalMap(v)
	if err != nil {
		t.Fatal(err)
	}
	return item
}

func TestRaise(t *testing.T) {
	w := start(t)
	ticket := w.ticket(t)
	first := w.Do(raiseCall(ticket)).Want(201, "").Golden("raised")
	w.Pass(time.Minute)
	second := w.Do(raiseCall(ticket)).Want(200, "").Golden("open-already")
	if first.Text("id") != second.Text("id") || first.Text("recoveryTicket") == second.Text("recoveryTicket") {
		t.Errorf("first %s, second %s", first.Raw, second.Raw)
	}
	for _, r := range []functiontest.Reply{first, second} {
		w.Do(followCall(r.Text("id"), r.Text("recoveryTicket"))).Want(200, "").Golden("pending")
	}
	if w.Texts.Count() != 0 {
		t.Errorf("%d texts", w.Texts.Count())
	}
}

func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		golden string
		edit   func(body m)
		status int
		code   string
	}{
		{"ticket-missing", func(b m) { delete(b, "ticket") }, 422, "field_invalid"},
		{"ticket-unknown", func(b m) { b["ticket"] = "unknown" }, 410, "ticket_invalid"},
		{"reason-blank", func(b m) { b["reason"] = "　" }, 422, "field_invalid"},
		{"reason-unseen", func(b m) { b["reason"] = "请\x07帮忙" }, 422, "field_invalid"},
		{"reason-long", func(b m) { b["reason"] = strings.Repeat("长", 201) }, 422, "field_invalid"},
		{"unknown-field", func(b m) { b["phone"] = "13700000004" }, 400, "body_invalid"},
	} {
		t.Run(tt.golden, func(t *testing.T) {
			w := start(t)
			c := raiseCall(w.ticket(t))
			tt.edit(c.Body.(m))
			w.Do(c).Want(tt.status, tt.code).Golden(tt.golden)
			if p := w.Person("zhangmin"); p.Account.Recovery != (account.LastRecovery{}) {
				t.Errorf("mark %+v", p.Account.Recovery)
			}
		})
	}
}

func TestTicketIsOver(t *testing.T) {
	w := start(t)
	ticket := w.ticket(t)
	w.Pass(30 * time.Minute)
	w.Do(raiseCall(ticket)).Want(410, "ticket_invalid")
	first := w.Do(raiseCall(w.ticket(t))).Want(201, "")
	w.Do(raiseCall(first.Text("recoveryTicket"))).Want(410, "ticket_invalid") // it follows a request, and raises none
}

func TestFollow(t *testing.T) {
	w := start(t)
	r := w.Do(raiseCall(w.ticket(t))).Want(201, "")
	id, ticket := r.Text("id"), r.Text("recoveryTicket")
	w.Do(followCall(id, "")).Want(410, "ticket_invalid").Golden("follow-without-ticket")
	w.Do(followCall(id, "wrong")).Want(410, "ticket_invalid")
	w.Do(followCall("hT5mZc0QvR2yXk8LsB4nJw", ticket)).Want(404, "not_found")
	w.Do(followCall("1", ticket)).Want(404, "not_found").Golden("follow-no-id")

	w.Pass(time.Hour)
	w.decide(t, id, m{
		"request_state": "approved", "decided_ms": w.Now().UnixMilli(), "expires_ms": w.Now().Add(24 * time.Hour).UnixMilli(), "epoch": w.Person("zhangmin").Account.Epoch,
	})
	w.Counter.Reset()
	w.Do(followCall(id, ticket)).Want(200, "").Golden("approved")
	w.WantTrips("raise-recovery: follow, approved")
	w.decide(t, id, m{"request_state": "used"})
	w.Do(followCall(id, ticket)).Want(200, "").Golden("used")
	w.decide(t, id, m{"request_state": "rejected", "rejection": "电话核实未能确认本人"})
	w.Do(followCall(id, ticket)).Want(200, "").Golden("rejected")
	w.Pass(24 * time.Hour)
	w.Do(followCall(id, ticket)).Want(410, "ticket_invalid")
}

func TestExpires(t *testing.T) {
	w := start(t)
	r := w.Do(raiseCall(w.ticket(t))).Want(201, "")
	w.Pass(7 * 24 * time.Hour)
	w.Do(followCall(r.Text("id"), r.Text("recoveryTicket"))).Want(200, "").Golden("expired")
	if again := w.Do(raiseCall(w.ticket(t))).Want(201, ""); again.Text("id") == r.Text("id") {
		t.Errorf("the expired request is open still")
	}
}

func TestDaily(t *testing.T) {
	w := start(t)
	for range 3 {
		r := w.Do(raiseCall(w.ticket(t))).Want(201, "")
		w.decide(t, r.Text("id"), m{"request_state": "rejected", "decided_ms": w.Now().UnixMilli()})
		w.Pass(time.Hour)
	}
	w.Do(raiseCall(w.ticket(t))).Want(429, "rate_limited").Golden("daily-limit")
	w.Pass(21 * time.Hour)
	w.Do(raiseCall(w.ticket(t))).Want(201, "")
}

// Of many at once, one makes the request and all get a ticket of it.
func TestAtOnce(t *testing.T) {
	w := start(t)
	defer w.Check()
	ticket := w.ticket(t)
	replies := make([]functiontest.Reply, 8)
	var wg sync.WaitGroup
	for i := range replies {
		wg.Go(func() { replies[i] = w.Do(raiseCall(ticket)) })
	}
	wg.Wait()
	made, tickets := 0, map[string]bool{}
	for _, r := range replies {
		if r.Status == 201 {
			made++
		}
		tickets[r.Text("recoveryTicket")] = true
		w.Do(followCall(replies[0].Text("id"), r.Text("recoveryTicket"))).Want(200, "")
	}
	if made != 1 || len(tickets) != len(replies) {
		t.Errorf("%d made, %d tickets", made, len(tickets))
	}
}

func TestTrips(t *testing.T) {
	w := start(t)
	ticket := w.ticket(t)
	w.Counter.Reset()
	r := w.Do(raiseCall(ticket)).Want(201, "")
	if calls := w.Counter.Cost().Calls; calls["TransactWriteItems"] != 1 || calls["GetItem"] != 2 || calls["BatchGetItem"] != 1 {
		t.Errorf("raising makes %v", calls) // the address beside the ticket, the person, the writing
	}
	w.WantTrips("raise-recovery")
	w.Counter.Reset()
	w.Do(raiseCall(ticket)).Want(200, "")
	w.WantTrips("raise-recovery: again")
	w.Counter.Reset()
	w.Do(followCall(r.Text("id"), r.Text("recoveryTicket"))).Want(200, "")
	w.WantTrips("raise-recovery: follow")
}

// Whatever call fails, there is one whole request or none, and a client that
// tries again gets there.
func TestFaults(t *testing.T) {
	for _, kind := range []dynamotest.Kind{dynamotest.NotSent, dynamotest.AnswerLost, dynamotest.TimedOut, dynamotest.Throttled, dynamotest.Conflict} {
		for call := 1; call <= 4; call++ {
			t.Run(fmt.Sprint(kind, call), func(t *testing.T) {
				w := start(t)
				defer w.Check()
				ticket := w.ticket(t)
				w.Faults.Set(dynamotest.Fault{Kind: kind, Call: call, Attempts: dynamotest.Always})
				r := w.Do(raiseCall(ticket))
				if w.Faults.Hits() == 0 {
					t.Fatal("the fault never struck")
				}
				if r.Status != 201 {
					r.Want(503, "unavailable")
				}
				w.Faults.Set()
				made := w.Person("zhangmin").Account.Recovery.ID
				again := w.Do(raiseCall(ticket))
				if made == "" {
					again.Want(201, "")
				} else if again.Want(200, "").Text("id") != made {
					t.Errorf("%s is open, answered %s", made, again.Raw)
				}
			})
		}
	}
}

// The events that developers invoke the function with are ones that it serves.
func TestEvents(t *testing.T) {
	w := start(t)
	serve := httpapi.Serve(slog.New(slog.DiscardHandler), "raise-recovery", routes(useCase(w.World)))
	for name, want := range map[string]string{"raise-recovery": "ticket_invalid", "raise-recovery.get": "not_found"} { // what they name is made up
		raw, err := os.ReadFile("../../events/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var e httpapi.Event
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatal(err)
		}
		reply, err := serve(context.Background(), e)
		if err != nil || !strings.Contains(reply.Body, `"`+want+`"`) {
			t.Errorf("%s: %d %s, %v", name, reply.StatusCode, reply.Body, err)
		}
	}
}
