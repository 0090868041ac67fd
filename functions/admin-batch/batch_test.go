package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/dev/functiontest"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/staff"
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

}

// A search finds the same people as GET /v1/admin/staff does.
func TestBatchOfASearch(t *testing.T) {
	t.Parallel()
	w := on(t, functiontest.NewIndexed(t))
	unit := w.Person("zhangmin").Staff.Posts[0].Unit
	w.Index(w.Edit("wangfang", func(s *staff.Staff) {
		s.Name, s.IDCard, s.BirthDate = "王□", "33019919900307002X", "1990-03-08"
	}).Code)
	w.Edit("zhouqiang", func(s *staff.Staff) { s.Posts[0].Order += 7 }) // is found where the old row is
	for n, tt := range []struct {
		search m
		want   []string
	}{
		{m{}, []string{"chenjing", "linwei", "wangfang", "zhangmin", "zhaolei", "zhouqiang"}},
		{m{"employment": "left"}, []string{"sunli"}},
		{m{"incomplete": true, "org": unit.String()}, []string{"zhangmin"}},
		{m{"q": "zm"}, []string{"zhangmin"}},
		{m{"account": "zhangmin"}, []string{"zhangmin"}},
		{m{"phone": "13700000004"}, []string{"zhangmin"}},
		{m{"unit": "临江区数据局", "name": "敏"}, []string{"zhangmin"}},
		{m{"division": "330199", "q": "zhangmin"}, []string{"zhangmin"}},
		{m{"role": "none"}, []string{"zhangmin"}},
		{m{"oddity": "name"}, []string{"wangfang"}},
		{m{"oddity": "birth_date", "role": ""}, []string{"wangfang"}},
		{m{"q": "nobody"}, nil},
	} {
		r := w.begin(w.chenjing, fmt.Sprint("key", n), m{"action": "freeze", "reason": "整改", "search": tt.search}).Want(202, "")
		people, err := w.Store.JobPeople(context.Background(), r.Text("id"), 0, 100)
		w.must(err)
		var got []string
		for _, c := range people {
			p, err := w.Store.Person(context.Background(), c)
			w.must(err)
			got = append(got, p.Staff.Account.String())
		}
		slices.Sort(got)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%v: %v, want %v", tt.search, got, tt.want)
		}
	}
	w.Counter.Reset()
	w.begin(w.chenjing, "for-the-trips", m{"action": "freeze", "reason": "整改", "search": m{"q": "zm"}}).Want(202, "")
	w.WantTrips("admin-batch: a search")
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
