package openapitest

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

const wangfang = "/v1/admin/staff/GE_0c8e4b7a5d1f4e2f9a6b3c0d7e8f1a24"

func problem(status int, code, more string) string {
	return fmt.Sprintf(`{"type":"urn:problem:%s","title":"…","status":%d,"code":%q,"requestId":"r"%s}`, code, status, code, more)
}

func found(more string) string {
	return `{"items":[{"employeeCode":"GE_0c8e4b7a5d1f4e2f9a6b3c0d7e8f1a24","name":"王芳","account":"wangfang","phone":"+86 137*****003",
		"employment":"in_service","accountState":"pending","complete":true,"posts":[]` + more + `}]}`
}

// TestCheckResponse has each kind of drift once; that every field of every
// answer is guarded against it is TestAnswerExamples.
func TestCheckResponse(t *testing.T) {
	const (
		none = ""
		text = `{"status":"ok","version":"1"}`
		sent = `{"ticket":"x","phone":"+86 137*****003","resendIn":60,"expiresIn":300}`
	)
	tests := []struct {
		name, method, path string
		status             int
		header             string // beside those of every answer: "Name: value", one a line
		body               string
		want               string // a part of the complaint, "" if there is none
	}{
		{"as documented", "GET", "/v1/health", 200, none, text, ""},
		{"a media type with a charset", "GET", "/v1/health", 200, "Content-Type: application/json; charset=utf-8", text, ""},
		{"an extra field", "GET", "/v1/health", 200, none, `{"status":"ok","version":"1","region":"cn"}`, "body: additional properties 'region' not allowed"},
		{"a missing field", "GET", "/v1/health", 200, none, `{"status":"ok"}`, "body: missing property 'version'"},
		{"a wrong type", "GET", "/v1/health", 200, none, `{"status":"ok","version":1}`, "version: got number, want string"},
		{"an undocumented status", "GET", "/v1/health", 204, none, text, "status 204"},
		{"an undocumented media type", "GET", "/v1/health", 200, "Content-Type: text/plain", text, "content type 'text/plain'"},
		{"no media type", "GET", "/v1/health", 200, "Content-Type: ", text, "content type ''"},
		{"a missing header", "GET", "/v1/health", 200, "Cache-Control: ", text, "Cache-Control"},
		{"a wrong header", "GET", "/v1/health", 200, "Cache-Control: public", text, "value must be 'no-store'"},
		{"no body", "GET", "/v1/health", 200, none, ``, "body: there is none"},
		{"a null body", "GET", "/v1/health", 200, none, ` null `, "body: there is none"},
		{"no content", "DELETE", "/v1/sessions/current", 204, "Content-Type: ", ``, ""},
		{"content where there is none", "DELETE", "/v1/sessions/current", 204, none, text, "body: there is one"},
		{"two values", "GET", "/v1/health", 200, none, text + text, "after top-level value"},

		{"a masked phone", "POST", "/v1/codes", 202, none, sent, ""},
		{"a bare phone", "POST", "/v1/codes", 202, none, strings.Replace(sent, "+86 137*****003", "13700000003", 1), "phone: "},
		{"a nested flaw", "GET", "/v1/admin/staff?q=w&limit=2", 200, none, found(`,"posts":[{"unitName":null,"orgName":"x","jobType":"main","title":null}]`), "items[0].posts[0].unitName: got null, want string"},
		{"null where a person may have none", "GET", "/v1/admin/staff", 200, none, strings.Replace(found(""), `"+86 137*****003"`, "null", 1), ""},
		{"null where all have one", "GET", "/v1/admin/staff", 200, none, strings.Replace(found(""), `"王芳"`, "null", 1), "items[0].name: got null, want string"},
		{"an empty text for an absent one", "GET", "/v1/admin/staff", 200, none, strings.Replace(found(""), `"+86 137*****003"`, `""`, 1), "items[0].phone: "},
		{"a time of a zone", "GET", "/v1/recovery/requests/x", 200, none, `{"id":"x","state":"approved","decidedAt":"2026-03-02T08:30:00+08:00"}`, "decidedAt: "},
		{"no time at all", "GET", "/v1/recovery/requests/x", 200, none, `{"id":"x","state":"approved","decidedAt":"todayZ"}`, "decidedAt: "},

		{"a problem", "GET", wangfang, 404, none, problem(404, "staff_missing", ""), ""},
		{"a code of another answer", "GET", wangfang, 404, none, problem(404, "org_missing", ""), "code: value must be 'staff_missing'"},
		{"a problem of another status", "GET", wangfang, 404, none, problem(403, "staff_missing", ""), "status: value must be 404"},
		{"a problem as plain JSON", "GET", wangfang, 404, "Content-Type: application/json", problem(404, "staff_missing", ""), "content type"},
		{"a type of another code", "GET", wangfang, 404, none, strings.Replace(problem(404, "staff_missing", ""), "problem:staff", "problem:org", 1), "is not of code"},
		{"a member that goes with the code", "POST", "/v1/password", 400, none, problem(400, "code_wrong", `,"remaining":4`), ""},
		{"a member that the code must have", "POST", "/v1/password", 400, none, problem(400, "code_wrong", ``), "body: missing property 'remaining'"},
		{"a member of another code", "POST", "/v1/password", 410, none, problem(410, "code_expired", `,"remaining":4`), "remaining: does not go with this code"},
		{"a second step", "POST", "/v1/sessions", 401, none, problem(401, "second_factor_required", `,"ticket":"x","phone":"+86 137*****003"`), ""},
		{"a second step without a ticket", "POST", "/v1/sessions", 401, none, problem(401, "second_factor_required", `,"phone":"+86 137*****003"`), "missing property 'ticket'"},
		{"a wait", "POST", "/v1/sessions", 429, "Retry-After: 60", problem(429, "locked", `,"retryAfter":60`), ""},
		{"a wait without its header", "POST", "/v1/sessions", 429, none, problem(429, "locked", `,"retryAfter":60`), "Retry-After"},
		{"a wait that two places tell differently", "POST", "/v1/sessions", 429, "Retry-After: 61", problem(429, "locked", `,"retryAfter":60`), "but retryAfter says"},
		{"a header without its wait", "POST", "/v1/password", 429, "Retry-After: 61", problem(429, "code_tries_spent", ``), "but retryAfter says"},

		{"cookies", "POST", "/v1/password", 200, "Set-Cookie: __Host-device=x; Path=/; Max-Age=5; HttpOnly; Secure; SameSite=Strict", `{"message":"好"}`, ""},
		{"a cookie that scripts read", "POST", "/v1/password", 200, "Set-Cookie: __Host-device=x; Path=/; Secure; SameSite=Strict", `{"message":"好"}`, "HttpOnly"},
		{"a second cookie of another name", "POST", "/v1/password", 200, "Set-Cookie: __Host-device=x; Path=/; HttpOnly; Secure; SameSite=Strict\nSet-Cookie: sid=x; Path=/; HttpOnly; Secure; SameSite=Strict", `{"message":"好"}`, "does not match"},

		{"an unknown route", "GET", "/v1/nothing", 404, none, problem(404, "route_missing", ""), ""},
		{"an unknown method", "DELETE", "/v1/health", 404, none, problem(404, "route_missing", ""), ""},
		{"an unknown route that answers", "GET", "/v1/nothing", 200, none, text, "no such route"},
		{"an unknown route as plain JSON", "GET", "/v1/nothing", 404, "Content-Type: application/json", problem(404, "route_missing", ""), "header Content-Type"},
		{"an unknown route with a flaw", "GET", "/v1/nothing", 404, none, problem(404, "route_missing", `,"path":"/v1/nothing"`), "'path' not allowed"},
	}
	s := Load(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			header := http.Header{"Cache-Control": {"no-store"}, "Content-Type": {"application/json"}}
			if strings.Contains(tt.body, "urn:problem:") {
				header.Set("Content-Type", "application/problem+json")
			}
			for line := range strings.Lines(tt.header) {
				name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
				if name == "Set-Cookie" {
					header.Add(name, value)
				} else if header.Set(name, value); value == "" {
					header.Del(name)
				}
			}
			failed := complaint(t, func(r testing.TB) { s.CheckResponse(r, tt.method, tt.path, tt.status, header, []byte(tt.body)) })
			judge(t, failed, tt.want)
		})
	}
}

func TestCheckRequest(t *testing.T) {
	const json = "Content-Type: application/json"
	tests := []struct {
		name, method, target, header, body string
		want                               string
	}{
		{"by purpose", "POST", "/v1/codes", json, `{"purpose":"activate","account":"wangfang","name":"王芳"}`, ""},
		{"by ticket", "POST", "/v1/codes", json, `{"ticket":"x"}`, ""},
		{"by both", "POST", "/v1/codes", json, `{"ticket":"x","purpose":"activate","account":"wangfang","name":"王芳"}`, "not allowed"},
		{"no body", "POST", "/v1/codes", json, ``, "body"},
		{"no media type", "POST", "/v1/codes", "", `{"ticket":"x"}`, "content type"},
		{"another media type", "POST", "/v1/codes", "Content-Type: text/plain", `{"ticket":"x"}`, "content type"},
		{"the app without a device", "POST", "/v1/sessions", json, `{"account":"linwei","password":"Chaoxi#4927","client":"app"}`, "device"},
		{"a page without a device", "POST", "/v1/sessions", json, `{"account":"linwei","password":"Chaoxi#4927","client":"console"}`, ""},
		{"a starred field cleared", "PATCH", wangfang, json + "\nAuthorization: Bearer x", `{"version":1,"jobLevel":null}`, "jobLevel"},
		{"another field cleared", "PATCH", wangfang, json + "\nAuthorization: Bearer x", `{"version":1,"idCard":null}`, ""},
		{"a masked phone sent back", "PATCH", wangfang, json + "\nAuthorization: Bearer x", `{"version":1,"phone":"137*****003"}`, "phone"},
		{"a token", "GET", wangfang, "Authorization: Bearer x", ``, ""},
		{"a cookie that counts", "GET", wangfang, "Cookie: __Host-session-c=x\nX-Client: console", ``, ""},
		{"a cookie that does not count", "GET", wangfang, "Cookie: __Host-session-c=x", ``, "X-Client is not there"},
		{"no session", "GET", wangfang, "", ``, "Authorization"},
		{"an id out of form", "GET", wangfang + "0", "Authorization: Bearer x", ``, "employeeCode"},
		{"a filter", "GET", "/v1/admin/staff?incomplete=true&limit=100", "Authorization: Bearer x", ``, ""},
		{"a limit out of range", "GET", "/v1/admin/staff?limit=101", "Authorization: Bearer x", ``, "limit"},
		{"a filter that there is not", "GET", "/v1/admin/staff?size=3", "Authorization: Bearer x", ``, "query size: not a parameter"},
		{"a control character", "POST", "/v1/recovery/requests", json, `{"ticket":"x","reason":"\u0084"}`, "reason"},
		{"lines of a reason", "POST", "/v1/recovery/requests", json, `{"ticket":"x","reason":"\u0085\r\n"}`, ""},
		{"a device with a control character in its name", "POST", "/v1/sessions", json, `{"account":"linwei","password":"x","client":"console","device":{"name":"\u0085"}}`, "name"},
		{"a page's device", "POST", "/v1/sessions", json, `{"account":"linwei","password":"x","client":"console","device":null}`, ""},
		{"the app's device", "POST", "/v1/sessions", json, `{"account":"linwei","password":"x","client":"app","device":null}`, "device"},
		{"an asking page's device", "POST", "/v1/codes", json, `{"ticket":"x","device":{"id":""}}`, ""},
		{"no asking device", "POST", "/v1/recovery", json, `{"account":"zhangmin","name":"张敏","device":null}`, ""},
		{"an asking device with a short secret", "POST", "/v1/codes", json, `{"ticket":"x","device":{"id":"x"}}`, "device"},
		{"a decision in control characters", "POST", "/v1/admin/recovery-requests/x/decision", json + "\nAuthorization: Bearer x", `{"decision":"reject","reason":"\u0000"}`, "reason"},
		{"an X-Client that there is not", "GET", wangfang, "Authorization: Bearer x\nX-Client: AAA", ``, ""},
		{"a division that there cannot be", "PATCH", "/v1/admin/orgs/GO_0", json + "\nAuthorization: Bearer x", `{"version":1,"division":"000000"}`, "division"},
		{"a division without its zero", "PATCH", "/v1/admin/orgs/GO_0", json + "\nAuthorization: Bearer x", `{"version":1,"division":"010000"}`, ""},
		{"a version too large for a number", "PATCH", "/v1/admin/orgs/GO_0", json + "\nAuthorization: Bearer x", `{"version":9007199254740992}`, "version"},
		{"a version of an organisation that is closed", "DELETE", "/v1/admin/orgs/GO_0?version=9007199254740992", "Authorization: Bearer x", ``, "version"},
		{"a filter by no division", "GET", "/v1/admin/staff?division=", "Authorization: Bearer x", ``, ""},
		{"a filter by half a division", "GET", "/v1/admin/staff?division=3301", "Authorization: Bearer x", ``, "division"},
		{"a missing header", "GET", "/v1/recovery/requests/x", "", ``, "Recovery-Ticket"},
		{"an unknown route", "GET", "/v1/nothing", "", ``, "no such route"},
	}
	s := Load(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req, err := http.NewRequest(tt.method, tt.target, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(tt.header) {
				name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
				req.Header.Set(name, value)
			}
			judge(t, complaint(t, func(r testing.TB) { s.CheckRequest(r, req) }), tt.want)
			if left, err := io.ReadAll(req.Body); err != nil || string(left) != tt.body {
				t.Errorf("the body left behind is %q, %v", left, err)
			}
		})
	}
}

// judge fails t unless failed has want in it, and is short enough to be read.
func judge(t *testing.T, failed, want string) {
	t.Helper()
	switch {
	case want == "" && failed != "":
		t.Error(failed)
	case want != "" && failed == "":
		t.Error("it passed")
	case !strings.Contains(failed, want):
		t.Errorf("%s\ndoes not say %q", failed, want)
	case len(failed) > 1200:
		t.Errorf("%d bytes of complaint:\n%s", len(failed), failed)
	}
}

func TestOperationsAreListedInOrder(t *testing.T) {
	all := Load(t).Operations()
	byPath := func(a, b Operation) int { return strings.Compare(a.Path, b.Path) }
	if len(all) < 13 || !slices.IsSortedFunc(all, byPath) {
		t.Errorf("%v", all)
	}
	for _, want := range []Operation{
		{"PATCH", "/v1/admin/staff/{employeeCode}", "admin-update-posts", false},
		{"GET", "/v1/sessions", "sessions", false},
		{"POST", "/v1/sessions", "login", true},
		{"GET", "/v1/health", "health", true},
	} {
		if !slices.Contains(all, want) {
			t.Errorf("%v is not among %v", want, all)
		}
	}
}

func TestParallelUse(t *testing.T) {
	s := Load(t)
	header := http.Header{"Cache-Control": {"no-store"}, "Content-Type": {"application/json"}}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				s.CheckResponse(t, "GET", "/v1/admin/staff", 200, header, []byte(found("")))
				req, err := http.NewRequest("GET", "/v1/health", nil)
				if err != nil {
					t.Error(err)
					return
				}
				s.CheckRequest(t, req)
			}
		})
	}
	wg.Wait()
}

func BenchmarkCheckResponse(b *testing.B) {
	s := Load(b)
	header := http.Header{"Cache-Control": {"no-store"}, "Content-Type": {"application/json"}}
	body := []byte(found(""))
	for b.Loop() {
		s.CheckResponse(b, "GET", "/v1/admin/staff?q=wang", 200, header, body)
	}
}

func TestDocumentsThatCannotBeRead(t *testing.T) {
	for name, text := range map[string]string{
		"not YAML":    "\t{",
		"not OpenAPI": "hello: world",
		"no Problem":  "openapi: 3.1.1\ninfo: {title: x, version: '1'}\npaths: {}\n",
	} {
		if _, err := parse([]byte(text)); err == nil {
			t.Errorf("%s: parsed", name)
		}
	}
}

// recorder is a test that may fail without failing ours.
type recorder struct {
	testing.TB
	failed []string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.failed = append(r.failed, fmt.Sprintf(format, args...))
}

func complaint(t *testing.T, check func(testing.TB)) string {
	t.Helper()
	r := &recorder{TB: t}
	check(r)
	return strings.Join(r.failed, "\n")
}
