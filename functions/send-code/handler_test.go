package main

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/dev/functiontest"
	"chaoxi/shared/dynamo/dynamotest"
)

type m = map[string]any

func start(t *testing.T) (*functiontest.World, functiontest.Function) {
	t.Parallel()
	w := functiontest.New(t)
	return w, w.Serve(routes(account.SendCode{Store: w.Store, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}))
}

func activate(account, name string) functiontest.Call {
	return functiontest.Call{Path: "/v1/codes", Body: m{"purpose": "activate", "account": account, "name": name}}
}

func again(ticket string) functiontest.Call {
	return functiontest.Call{Path: "/v1/codes", Body: m{"ticket": ticket}}
}

func TestAnswers(t *testing.T) {
	for _, tt := range []struct {
		golden string
		call   functiontest.Call
		status int
		code   string
	}{
		{"ok", activate("wangfang", "王芳"), 202, ""},
		{"by-phone", activate("13700000003", " 王 芳 "), 202, ""},
		{"unknown", activate("nobody", "王芳"), 404, "name_or_account_wrong"},
		{"already-active", activate("chenjing", "陈静"), 409, "already_active"},
		{"ticket-unknown", again("nothing"), 410, "ticket_invalid"},
		{"both", functiontest.Call{Path: "/v1/codes", Body: m{"ticket": "x", "account": "y"}}, 422, "field_invalid"},
		{"nothing", functiontest.Call{Path: "/v1/codes", Body: m{}}, 422, "field_invalid"},
		{"fields-missing", activate("", " "), 422, "field_invalid"},
		{"purpose-unknown", functiontest.Call{Path: "/v1/codes", Body: m{"purpose": "recover", "account": "a", "name": "b"}}, 422, "field_invalid"},
		{"unknown-field", functiontest.Call{Path: "/v1/codes", Body: m{"purpose": "activate", "acount": "a", "name": "b"}}, 400, "body_invalid"},
	} {
		t.Run(tt.golden, func(t *testing.T) {
			w, f := start(t)
			f.Do(tt.call).Want(tt.status, tt.code).Golden(tt.golden)
			if sent := w.Texts.Count() == 1; sent != (tt.status == 202) {
				t.Errorf("%d texts", w.Texts.Count())
			}
		})
	}
}

// Everybody who may not activate gets the same bytes after the same work.
func TestMissesAreAlike(t *testing.T) {
	w, f := start(t)
	misses := []functiontest.Call{
		activate("nobody", "王芳"), activate("wangfang", "王方"), activate("zhaolei", "赵磊"), activate("sunli", "孙丽"), activate("zhaolei", "x"), activate("13700000099", "王芳"),
	}
	var raw, shape string
	for i, c := range misses {
		c.SourceIP = string(rune('1'+i)) + ".0.0.1"
		w.Counter.Reset()
		r := f.Do(c).Want(404, "name_or_account_wrong")
		if raw == "" {
			raw, shape = r.Raw, w.Counter.Cost().Shape()
		}
		if r.Raw != raw {
			t.Errorf("%v answered\n%s, the first\n%s", c.Body, r.Raw, raw)
		}
		if got := w.Counter.Cost().Shape(); got != shape {
			t.Errorf("%v cost\n%s, the first\n%s", c.Body, got, shape)
		}
	}
}

// A pair of account and address that misses five times is refused, right or
// wrong, and no other pair with it.
func TestMissesLockThePair(t *testing.T) {
	w, f := start(t)
	f.Do(activate("wangfang", "王芳")).Want(202, "") // a hit does not count
	for range 5 {
		f.Do(activate("wangfang", "王方")).Want(404, "name_or_account_wrong")
	}
	w.Pass(time.Minute)
	f.Do(activate("wangfang", "王芳")).Want(429, "rate_limited").Golden("rate-limited")
	elsewhere := activate("wangfang", "王芳")
	elsewhere.SourceIP = "192.0.2.9"
	f.Do(elsewhere).Want(202, "")
	w.Pass(30 * time.Minute)
	f.Do(activate("wangfang", "王芳")).Want(202, "")
}

func TestIntervalAndDay(t *testing.T) {
	w, f := start(t)
	ticket := f.Do(activate("wangfang", "王芳")).Want(202, "").Text("ticket")
	first := w.Texts.Code()
	f.Do(again(ticket)).Want(429, "code_too_soon").Golden("too-soon")
	f.Do(activate("wangfang", "王芳")).Want(429, "code_too_soon")
	w.Pass(60 * time.Second)
	if got := f.Do(again(ticket)).Want(202, "").Text("ticket"); got != ticket {
		t.Errorf("the ticket changed")
	}
	if w.Texts.Code() == first {
		t.Errorf("the same code was sent twice")
	}
	for range 8 {
		w.Pass(time.Minute)
		f.Do(activate("wangfang", "王芳")).Want(202, "")
	}
	w.Pass(time.Minute)
	f.Do(activate("wangfang", "王芳")).Want(429, "code_daily_limit").Golden("daily-limit")
	w.Pass(12 * time.Hour)
	f.Do(activate("wangfang", "王芳")).Want(202, "")
}

// A text that was refused costs nothing: neither the minute, nor the day, nor
// the code before it.
func TestTextRefused(t *testing.T) {
	w, f := start(t)
	w.Texts.Refuse(account.ErrSMSRefused)
	for range 20 {
		f.Do(activate("wangfang", "王芳")).Want(503, "sms_unavailable")
	}
	f.Do(activate("wangfang", "王芳")).Golden("sms-unavailable")
	w.Texts.Refuse(nil)
	ticket := f.Do(activate("wangfang", "王芳")).Want(202, "").Text("ticket")
	code := w.Texts.Code()
	before, _ := w.Store.Ticket(context.Background(), account.ParseSecret(ticket))

	w.Pass(time.Minute)
	w.Texts.Refuse(account.ErrSMSRefused)
	f.Do(again(ticket)).Want(503, "sms_unavailable")
	after, err := w.Store.Ticket(context.Background(), account.ParseSecret(ticket))
	if err != nil || !reflect.DeepEqual(after, before) || code == "" {
		t.Errorf("the ticket is %+v, was %+v (%v)", after, before, err)
	}
	w.Texts.Refuse(nil)
	f.Do(again(ticket)).Want(202, "")

	w.Pass(time.Minute)
	w.Texts.Refuse(errors.New("no answer")) // it may have been sent, so it counts
	f.Do(again(ticket)).Want(202, "")
	f.Do(again(ticket)).Want(429, "code_too_soon")
}

func TestBudget(t *testing.T) {
	w := functiontest.New(t)
	w.Settings.SMSDailyBudget = 20
	f := w.Serve(routes(account.SendCode{Store: w.Store, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}))
	for range 2 { // a tenth within an hour
		f.Do(activate("wangfang", "王芳")).Want(202, "")
		w.Pass(time.Minute)
	}
	f.Do(activate("wangfang", "王芳")).Want(503, "sms_unavailable")
	w.Pass(time.Hour)
	f.Do(activate("wangfang", "王芳")).Want(202, "")
}

func TestAddress(t *testing.T) {
	w := functiontest.New(t)
	w.Settings.AddressHourly, w.Settings.AddressFailures = 2, 3
	f := w.Serve(routes(account.SendCode{Store: w.Store, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}))
	for range 2 {
		f.Do(activate("wangfang", "王芳")).Want(202, "")
		w.Pass(time.Minute)
	}
	f.Do(activate("wangfang", "王芳")).Want(429, "rate_limited")
	w.Pass(time.Hour)
	for _, name := range []string{"a1", "a2", "a3"} {
		f.Do(activate(name, "x")).Want(404, "name_or_account_wrong")
	}
	f.Do(activate("wangfang", "王芳")).Want(429, "rate_limited")
	other := activate("wangfang", "王芳")
	other.SourceIP = "198.51.100.4"
	f.Do(other).Want(202, "")
}

func TestTicketStatesAreCheckedAgain(t *testing.T) {
	w, f := start(t)
	ticket := f.Do(activate("wangfang", "王芳")).Want(202, "").Text("ticket")
	w.Pass(30 * time.Minute)
	f.Do(again(ticket)).Want(410, "ticket_invalid")
}

func TestTrips(t *testing.T) {
	w, f := start(t)
	w.Counter.Reset()
	ticket := f.Do(activate("wangfang", "王芳")).Want(202, "").Text("ticket")
	w.WantTrips("send-code")
	w.Pass(time.Minute)
	w.Counter.Reset()
	f.Do(again(ticket)).Want(202, "")
	w.WantTrips("send-code: again")
}

// Whatever call fails, in whatever way, the answer is a 5xx, and a client that
// waits a minute and asks again gets its code.
func TestFaults(t *testing.T) {
	for _, kind := range []dynamotest.Kind{dynamotest.NotSent, dynamotest.AnswerLost, dynamotest.TimedOut, dynamotest.Throttled} {
		for call := 1; call <= 8; call++ {
			t.Run(fmt.Sprint(kind, call), func(t *testing.T) {
				w, f := start(t)
				w.Faults.Set(dynamotest.Fault{Kind: kind, Call: call, Attempts: dynamotest.Always})
				r := f.Do(activate("wangfang", "王芳"))
				if w.Faults.Hits() > 0 && r.Status != 202 {
					r.Want(503, "unavailable")
				}
				w.Faults.Set()
				w.Pass(time.Minute)
				f.Do(activate("wangfang", "王芳")).Want(202, "")
			})
		}
	}
}

// TestAnswersLost: a call whose answer is lost is repeated by the client, and
// counts once.
func TestAnswersLost(t *testing.T) {
	t.Parallel()
	w := functiontest.New(t)
	w.Settings.TextsADay, w.Settings.AddressHourly = 2, 1000
	f := w.Serve(routes(account.SendCode{Store: w.Store, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}))
	for call := 1; ; call++ {
		w.Faults.Set(dynamotest.Fault{Kind: dynamotest.AnswerLost, Call: call})
		f.Do(activate("wangfang", "王芳")).Want(202, "")
		if w.Faults.Hits() == 0 {
			break
		}
		w.Pass(time.Minute)
		f.Do(activate("wangfang", "王芳")).Want(202, "")
		w.Pass(time.Minute)
		f.Do(activate("wangfang", "王芳")).Want(429, "code_daily_limit")
		w.Pass(24 * time.Hour)
	}
}

// An approved request lets the recovery ticket text a code.
func TestApprovedRequest(t *testing.T) {
	w, f := start(t)
	r := w.Approved("zhouqiang", "周强")
	told := w.Texts.Count()
	f.Do(again(r.Ticket.Reveal())).Want(202, "")
	if w.Texts.Count() != told+1 || w.Texts.Last().To.E164() != "+8613700000007" {
		t.Errorf("%d texts, the last one to %s", w.Texts.Count(), w.Texts.Last().To)
	}
	w.Pass(w.Settings.RecoveryApprovedLife)
	f.Do(again(r.Ticket.Reveal())).Want(410, "ticket_invalid")
}
