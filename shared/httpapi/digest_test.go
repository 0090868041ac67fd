package httpapi

import (
	"encoding/base64"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

// TestDigest: a request sent again has the digest of the first, however its JSON is
// written. Another request has another one.
func TestDigest(t *testing.T) {
	request := func(change func(*Event)) *Request {
		e := Event{
			RawPath: "/v1/admin/orgs", RawQueryString: "a=1&b=2", Headers: map[string]string{"idempotency-key": "k"}, Body: `{"name":"数据科","order":4}`,
			RequestContext: events.APIGatewayV2HTTPRequestContext{HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{Method: "POST"}},
		}
		change(&e)
		return &Request{event: e}
	}
	body := func(s string) func(*Event) { return func(e *Event) { e.Body = s } }
	digest := func(change func(*Event)) string {
		t.Helper()
		key, digest, err := request(change).IdempotencyKey()
		if err != nil || key != "k" || len(digest) != 64 {
			t.Fatalf("%q, %q, %v", key, digest, err)
		}
		return digest
	}
	first := digest(func(*Event) {})
	for _, tt := range []struct {
		name   string
		change func(*Event)
		same   bool
	}{
		{"once more", func(*Event) {}, true},
		{"members in another order", body(`{"order":4,"name":"数据科"}`), true},
		{"with white space", body("{ \"name\" : \"数据科\",\n\"order\":4 }\n"), true},
		{"with escapes", body(`{"name":"\u6570据科","order":4}`), true},
		{"in base64", func(e *Event) {
			e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString([]byte(e.Body)), true
		}, true},
		{"parameters in another order", func(e *Event) { e.RawQueryString = "b=2&a=1" }, true},
		{"other headers", func(e *Event) { e.Headers["user-agent"] = "x" }, true},
		{"another value", body(`{"name":"数据科","order":5}`), false},
		{"another number of the same value", body(`{"name":"数据科","order":4.0}`), false},
		{"a member more", body(`{"name":"数据科","order":4,"type":null}`), false},
		{"two values", body(`{"name":"数据科","order":4}{}`), false},
		{"no JSON", body("name,order\n数据科,4"), false},
		{"another path", func(e *Event) { e.RawPath = "/v1/admin/staff" }, false},
		{"another method", func(e *Event) { e.RequestContext.HTTP.Method = "PUT" }, false},
		{"another query", func(e *Event) { e.RawQueryString = "a=1" }, false},
	} {
		if got := digest(tt.change); (got == first) != tt.same {
			t.Errorf("%s: the same digest is %t", tt.name, got == first)
		}
	}
	if a, b := digest(body("4,数据科\n")), digest(body("4,财政科\n")); a == b {
		t.Error("files that begin with a number have one digest")
	}
	if key, digest, err := request(func(e *Event) { delete(e.Headers, "idempotency-key") }).IdempotencyKey(); key != "" || digest != "" || err != nil {
		t.Errorf("without a key: %q, %q, %v", key, digest, err)
	}
}
