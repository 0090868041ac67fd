package main

import (
	"fmt"
	"maps"
	"net/http"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/dev/functiontest"
	"chaoxi/shared/dynamo/dynamotest"
)

type m = map[string]any

func (w *world) begin(header map[string]string, key string, body m) functiontest.Reply {
	w.T.Helper()
	if header = maps.Clone(header); header == nil {
		header = map[string]string{}
	}
	if key != "" {
		header["Idempotency-Key"] = key
	}
	return w.Do(functiontest.Call{Path: "/v1/admin/staff/batch", Header: header, Body: body})
}

func (w *world) code(name string) string { return w.Person(name).Staff.Code.String() }

func TestBatch(t *testing.T) {
	w := start(t)
	list := m{"action": "freeze", "reason": "整改", "employeeCodes": []string{w.code("wangfang"), w.code("zhouqiang")}}
	w.Counter.Reset()
	r := w.begin(w.linwei, "a-key", list).Want(202, "").Golden("made")
	w.WantTrips("admin-batch: a list")
	if again := w.begin(w.linwei, "a-key", list).Want(202, ""); again.Text("id") != r.Text("id") {
		t.Errorf("the same request makes %s, and made %s", again.Text("id"), r.Text("id"))
	}
	list["action"] = "leave"
	w.begin(w.linwei, "a-key", list).Want(409, "idempotency_conflict").Golden("idempotency-conflict")
	w.call(http.MethodGet, w.linwei, "/"+r.Text("id")).Want(200, "").Golden("made-job")

	unit := w.Person("zhangmin").Staff.Posts[0].Unit
	w.Counter.Reset()
	found := w.begin(w.linwei, "another", m{"action": "freeze", "reason": "整改", "search": m{"unit": unit.String(), "incomplete": true}}).Want(202, "")
	w.WantTrips("admin-batch: a search")
	if total := w.call(http.MethodGet, w.linwei, "/"+found.Text("id")).Body["total"]; total != 0.0 { // the index of this register has nobody
		t.Errorf("%v people", total)
	}
}

func TestBatchRefuses(t *testing.T) {
	w := start(t)
	someone := []string{w.code("wangfang")}
	good := m{"action": "freeze", "reason": "整改", "employeeCodes": someone}
	w.begin(nil, "k", good).Want(401, "session_missing")
	w.begin(w.SignIn("wangfang", account.App), "k", good).Want(403, "permission_denied")
	w.begin(w.linwei, "", good).Want(422, "field_invalid").Golden("no-key")
	w.begin(w.linwei, "k", m{"action": "promote", "employeeCodes": []string{"x"}, "search": m{}}).Want(422, "field_invalid").Golden("batch-field-invalid")
	w.begin(w.linwei, "k", m{"action": "freeze", "reason": "x", "search": m{"employment": "gone", "division": "33"}}).Want(422, "field_invalid").Golden("search-invalid")
	w.begin(w.linwei, "k", m{"action": "freeze", "reason": "x", "search": m{"page": "1"}}).Want(400, "body_invalid")
	w.begin(w.linwei, "k", m{"action": "freeze", "reason": "x", "search": m{"incomplete": "true"}}).Want(422, "field_invalid")
	if got := w.ids(w.linwei); len(got) > 0 {
		t.Errorf("refused requests have made %v", got)
	}
}

// Whatever call fails once, the request is answered, and it has made one job.
func TestBatchFaults(t *testing.T) {
	w := start(t)
	body := m{"action": "freeze", "reason": "整改", "employeeCodes": []string{w.code("wangfang")}}
	for _, kind := range []dynamotest.Kind{dynamotest.AnswerLost, dynamotest.Conflict} {
		for call := 1; ; call++ {
			key := fmt.Sprintf("%d-%d", kind, call)
			before := len(w.ids(w.linwei))
			w.Faults.Set(dynamotest.Fault{Kind: kind, Call: call})
			w.begin(w.linwei, key, body)
			hits := w.Faults.Hits()
			w.Faults.Set()
			w.begin(w.linwei, key, body).Want(202, "")
			if made := len(w.ids(w.linwei)) - before; made != 1 {
				t.Fatalf("%v in call %d: %d jobs", kind, call, made)
			}
			if hits == 0 {
				break
			}
		}
	}
}
