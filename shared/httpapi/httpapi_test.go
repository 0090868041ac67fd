package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/openapitest"
	"chaoxi/shared/fault"
	"chaoxi/shared/meter"
)

var update = flag.Bool("update", false, "rewrite the golden files instead of checking them")

// event is a request as the gateway hands it over.
func event(method, route, path string) Event {
	key := "$default"
	if route != "" {
		key = method + " " + route
	}
	return Event{
		Version: "2.0", RouteKey: key, RawPath: path, Headers: map[string]string{"host": "api.example"},
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RequestID: "req-1", RouteKey: key,
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{Method: method, Path: path, SourceIP: "192.0.2.1"},
		},
	}
}

// serve calls one handler and returns its answer with what was logged.
func serve(t *testing.T, e Event, h Handler) (Reply, string) {
	t.Helper()
	return serveIn(t, context.Background(), e, h)
}

func serveIn(t *testing.T, ctx context.Context, e Event, h Handler) (Reply, string) {
	t.Helper()
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "ms" || a.Key == "_aws" {
			return slog.Attr{} // the two that are never the same
		}
		return a
	}}))
	reply, err := Serve(logger, "function", Routes{e.RouteKey: h})(ctx, e)
	if err != nil {
		t.Fatalf("Serve told Lambda of an error: %v", err)
	}
	for name, part := range map[string]string{
		"Cache-Control": "no-store", "Strict-Transport-Security": "max-age=", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		"Content-Security-Policy": "frame-ancestors 'none'",
	} {
		if !strings.Contains(reply.Headers[name], part) {
			t.Errorf("%d has %s: %q", reply.StatusCode, name, reply.Headers[name])
		}
	}
	return reply, log.String()
}

func failing(err error) Handler {
	return func(context.Context, *Request) (Answer, error) { return Answer{}, err }
}

func checkContract(t *testing.T, e Event, r Reply) {
	t.Helper()
	header := http.Header{}
	for name, value := range r.Headers {
		header.Set(name, value)
	}
	for _, c := range r.Cookies {
		header.Add("Set-Cookie", c)
	}
	openapitest.Load(t).CheckResponse(t, e.RequestContext.HTTP.Method, e.RawPath, r.StatusCode, header, []byte(r.Body))
}

func bodyOf(t *testing.T, r Reply) map[string]any {
	t.Helper()
	var body map[string]any
	if err := json.Unmarshal([]byte(r.Body), &body); err != nil {
		t.Fatalf("%d is no JSON: %s", r.StatusCode, r.Body)
	}
	return body
}

// TestProblems has each failure where the contract has it, in both languages.
func TestProblems(t *testing.T) {
	const (
		codes, password, sessions = "POST /v1/codes", "POST /v1/password", "POST /v1/sessions"
		recovery, followed        = "POST /v1/recovery", "GET /v1/recovery/requests/x"
		wangfang                  = "/v1/admin/staff/GE_0c8e4b7a5d1f4e2f9a6b3c0d7e8f1a24"
		minute                    = time.Minute
	)
	tests := []struct {
		at     string
		status int
		err    *fault.Error
	}{
		{codes, 400, fault.BodyInvalid},
		{codes, 400, fault.BodyInvalid.AtField("accounts", fault.Unknown)},
		{codes, 403, fault.CrossSite},
		{codes, 404, fault.NameOrAccountWrong},
		{codes, 409, fault.AlreadyActive},
		{codes, 410, fault.TicketInvalid},
		{codes, 413, fault.TooLarge},
		{codes, 415, fault.MediaType},
		{codes, 422, fault.FieldInvalid.AtField("account", fault.Required).AtField("name", fault.TooLong)},
		{codes, 429, fault.CodeTooSoon.RetryIn(minute)},
		{codes, 429, fault.CodeDailyLimit.RetryIn(8 * time.Hour)},
		{codes, 429, fault.RateLimited.RetryIn(30 * minute)},
		{codes, 429, fault.CodeTriesSpent},
		{codes, 500, fault.Internal},
		{codes, 503, fault.SMSUnavailable},
		{codes, 503, fault.Unavailable},
		{password, 400, fault.CodeWrong.Remaining(4)},
		{password, 410, fault.CodeExpired},
		{password, 422, fault.PasswordMismatch},
		{password, 422, fault.PasswordWeak.AtField("password", fault.PasswordCommon)},
		{sessions, 401, fault.CredentialsWrong.Format(3).Remaining(3)},
		{sessions, 401, fault.SecondFactorRequired.With("ticket", "x").With("phone", "+86 137*****002")},
		{sessions, 403, fault.ProfileIncomplete},
		{sessions, 403, fault.PermissionDenied},
		{sessions, 429, fault.Locked.Format("30分钟", "30 minutes").RetryIn(30 * minute)},
		{recovery, 409, fault.NotActivated},
		{followed, 404, fault.NotFound},
		{"GET " + wangfang, 401, fault.SessionMissing},
		{"GET " + wangfang, 401, fault.SessionExpired},
		{"GET " + wangfang, 401, fault.AdminSessionExpired},
		{"GET " + wangfang, 404, fault.StaffMissing},
		{"PATCH " + wangfang, 404, fault.OrgMissing},
		{"PATCH " + wangfang, 409, fault.PhoneTaken},
		{"PATCH " + wangfang, 409, fault.AccountTaken},
		{"PATCH " + wangfang, 409, fault.OrgClosed},
		{"GET /v1/nothing", 404, fault.RouteMissing},
	}
	for _, tt := range tests {
		for _, english := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s english=%v", tt.err.Code, english), func(t *testing.T) {
				method, path, _ := strings.Cut(tt.at, " ")
				e := event(method, "", path)
				title, say := tt.err.Zh, func(f fault.Field) string { return f.Zh }
				if english {
					e.Headers["accept-language"] = "en-GB,en;q=0.9,zh;q=0.1"
					title, say = tt.err.En, func(f fault.Field) string { return f.En }
				}
				reply, _ := serve(t, e, failing(fmt.Errorf("do something: %w", tt.err)))
				checkContract(t, e, reply)
				want := map[string]any{"type": "urn:problem:" + tt.err.Code, "title": title, "status": float64(tt.status), "code": tt.err.Code, "requestId": "req-1"}
				for member, value := range tt.err.Extensions {
					want[member] = value
				}
				if tt.err.RetryAfter > 0 {
					want["retryAfter"] = tt.err.RetryAfter.Seconds()
				}
				var flaws []any
				for _, f := range tt.err.Fields {
					flaws = append(flaws, map[string]any{"field": f.Path, "code": f.Code, "message": say(f)})
				}
				if flaws != nil {
					want["errors"] = flaws
				}
				if got := bodyOf(t, reply); fmt.Sprint(got) != fmt.Sprint(want) || reply.StatusCode != tt.status {
					t.Errorf("%d %v\nwant %d %v", reply.StatusCode, got, tt.status, want)
				}
				if got := reply.Headers["Content-Type"]; got != "application/problem+json; charset=utf-8" {
					t.Errorf("Content-Type: %s", got)
				}
			})
		}
	}
}

func TestEveryKindHasAStatus(t *testing.T) {
	for kind := fault.KindInternal; kind <= fault.KindUnavailable; kind++ {
		if s := statuses[kind]; s < 400 || s > 599 {
			t.Errorf("kind %d: status %d", kind, s)
		}
	}
	if len(statuses) != int(fault.KindUnavailable)+1 {
		t.Errorf("%d statuses", len(statuses))
	}
}

// TestAppPage holds what docs/app.md tells the builders of the app about each code to the
// catalogue, to statuses, and to what openapi.yaml says that a problem of it carries.
func TestAppPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/app.md")
	if err != nil {
		t.Fatal(err)
	}
	contract, err := os.ReadFile("../../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	carries := map[string][]string{}
	conditions := regexp.MustCompile(`- if: \{properties: \{code: \{(?:enum: \[([a-z_, ]+)\]|const: ([a-z_]+))\}\}\}\n +then: \{required: \[([A-Za-z, ]+)\]\}`)
	for _, m := range conditions.FindAllStringSubmatch(string(contract), -1) {
		for code := range strings.SplitSeq(m[1]+m[2], ", ") {
			carries[code] = append(carries[code], strings.Split(m[3], ", ")...)
		}
	}
	if len(carries) < 8 {
		t.Fatalf("openapi.yaml was misread: %v", carries)
	}
	want := map[string]string{}
	for _, e := range fault.Catalogue {
		cell := ""
		for _, member := range carries[e.Code] {
			cell += "`" + member + "` "
		}
		want[e.Code] = strings.TrimSpace(fmt.Sprintf("%d | %s", statuses[e.Kind], cell))
	}
	rows := regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| (\\d{3} \\|.*?) ?\\| (.+) \\|$").FindAllStringSubmatch(string(page), -1)
	for _, row := range rows {
		code, got := row[1], strings.TrimSpace(row[2])
		switch expected, known := want[code]; {
		case !known:
			t.Errorf("docs/app.md has %s twice, or there is no such code", code)
		case got != expected:
			t.Errorf("docs/app.md says of %s %q, not %q", code, got, expected)
		}
		delete(want, code)
	}
	for code := range want {
		t.Errorf("docs/app.md does not tell what to do with %s", code)
	}
}

func TestRetryAfterIsRoundedUp(t *testing.T) {
	for wait, want := range map[time.Duration]string{
		-time.Second:                   "",
		0:                              "",
		time.Nanosecond:                "1",
		time.Second:                    "1",
		time.Second + 1:                "2",
		59*time.Second + 1:             "60",
		30 * time.Minute:               "1800",
		24*time.Hour - time.Nanosecond: "86400",
	} {
		reply, _ := serve(t, event("POST", "", "/v1/codes"), failing(fault.RateLimited.RetryIn(wait)))
		body := ""
		if n, ok := bodyOf(t, reply)["retryAfter"]; ok {
			body = fmt.Sprint(n)
		}
		if reply.Headers["Retry-After"] != want || body != want {
			t.Errorf("%s: header %q, body %q, want %q", wait, reply.Headers["Retry-After"], body, want)
		}
	}
}

func TestLanguage(t *testing.T) {
	for header, english := range map[string]bool{
		"":                               false,
		"zh-CN":                          false,
		"en":                             true,
		"EN-us":                          true,
		"zh-CN,zh;q=0.9,en;q=0.8":        false,
		"en-US,en;q=0.9,zh-CN;q=0.8":     true,
		"zh;q=0.5, en;q=0.7":             true,
		"en;q=0.5,zh;q=0.5":              false, // Chinese unless English is preferred
		"en; q=0.9":                      true,
		"en;q=0":                         false,
		"en;q=0,zh;q=0":                  false,
		"fr-FR,fr;q=0.9":                 false,
		"fr,en;q=0.1":                    true,
		"*":                              false,
		"*,en;q=0.1":                     true,
		"english":                        false,
		"en;q=much":                      true, // a weight that is none counts as 1, as no weight does
		"en;q=NaN":                       false,
		",;,;=,-":                        false,
		strings.Repeat("en;q=0.1,", 999): true,
	} {
		if got := prefersEnglish(header); got != english {
			t.Errorf("%.40q: %v", header, got)
		}
	}
}

func TestWhatIsInternalStaysInside(t *testing.T) {
	secret := "dial tcp 10.1.2.3:8000: connect: connection refused"
	for name, tt := range map[string]struct {
		h      Handler
		status int
		code   string
		logged string
	}{
		"an error of no kind":  {failing(fmt.Errorf("read: %w", errors.New(secret))), 500, "internal", secret},
		"a cause":              {failing(fault.Unavailable.Becausef("read: %s", secret)), 503, "unavailable", secret},
		"a cause of a refusal": {failing(fault.TicketInvalid.Becausef("%s", secret)), 410, "ticket_invalid", secret},
		"a panic":              {func(context.Context, *Request) (Answer, error) { panic(secret) }, 500, "internal", secret},
		"a nil dereference":    {func(context.Context, *Request) (Answer, error) { var r *Request; return Answer{}, errors.New(r.ID()) }, 500, "internal", "nil pointer"},
		"an answer that JSON cannot say": {
			func(context.Context, *Request) (Answer, error) {
				return Answer{Status: 200, Body: math.NaN(), Cookies: []string{"a=b"}}, nil
			}, 500, "internal", "NaN",
		},
		"a member that JSON cannot say": {failing(fault.VersionConflict.With("current", func() {})), 500, "internal", "func()"},
	} {
		t.Run(name, func(t *testing.T) {
			reply, log := serve(t, event("POST", "", "/v1/codes"), tt.h)
			body := bodyOf(t, reply)
			if reply.StatusCode != tt.status || body["code"] != tt.code || body["requestId"] != "req-1" || len(body) != 5 || len(reply.Cookies) > 0 {
				t.Errorf("%d %v %v", reply.StatusCode, body, reply.Cookies)
			}
			if strings.Contains(reply.Body, secret) || strings.Contains(reply.Body, "goroutine") {
				t.Errorf("it tells the caller: %s", reply.Body)
			}
			if !strings.Contains(log, tt.logged) {
				t.Errorf("it does not tell the log: %s", log)
			}
			if strings.Contains(log, "panic") && !strings.Contains(log, "httpapi_test.go") && !strings.Contains(log, "encode") {
				t.Errorf("the log does not say where: %s", log)
			}
		})
	}
}

// TestTimeToAnswer has a handler that waits for something that never comes: it
// has to answer before Lambda ends it.
func TestTimeToAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		deadline := time.Now().Add(3 * time.Second)
		ctx, cancel := context.WithDeadline(t.Context(), deadline)
		defer cancel()
		e := event("POST", "", "/v1/codes")
		reply, _ := serveIn(t, ctx, e, func(ctx context.Context, _ *Request) (Answer, error) {
			<-ctx.Done()
			return Answer{}, fmt.Errorf("read: %w", ctx.Err())
		})
		if left := time.Until(deadline); left != 500*time.Millisecond {
			t.Errorf("it answered %s before the end", left)
		}
		checkContract(t, e, reply)
		if reply.StatusCode != 503 || bodyOf(t, reply)["code"] != "unavailable" {
			t.Errorf("%d %s", reply.StatusCode, reply.Body)
		}
	})
}

func TestAnswers(t *testing.T) {
	type body struct {
		Name string  `json:"name"`
		None *string `json:"none"`
	}
	for name, tt := range map[string]struct {
		answer            Answer
		body, contentType string
	}{
		"a body":          {Answer{Status: 201, Body: body{Name: "王芳 <a&b>\u2028"}}, `{"name":"王芳 <a&b>\u2028","none":null}`, "application/json; charset=utf-8"},
		"no body":         {Answer{Status: 204}, "", ""},
		"plain text":      {Answer{Status: 404, Body: Plain("404 not found\n")}, "404 not found\n", "text/plain; charset=utf-8"},
		"with cookies":    {Answer{Status: 200, Body: body{}, Cookies: []string{"a=1", "b=2"}}, `{"name":"","none":null}`, "application/json; charset=utf-8"},
		"an empty object": {Answer{Status: 200, Body: struct{}{}}, `{}`, "application/json; charset=utf-8"},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := serve(t, event("GET", "/x", "/x"), func(context.Context, *Request) (Answer, error) { return tt.answer, nil })
			if got.StatusCode != tt.answer.Status || got.Body != tt.body || got.Headers["Content-Type"] != tt.contentType || got.IsBase64Encoded {
				t.Errorf("%d %q %q", got.StatusCode, got.Body, got.Headers)
			}
			if fmt.Sprint(got.Cookies) != fmt.Sprint(tt.answer.Cookies) {
				t.Errorf("cookies: %q", got.Cookies)
			}
		})
	}
}

func TestFailuresCarryCookiesAndMembers(t *testing.T) {
	e := event("POST", "", "/v1/sessions")
	reply, _ := serve(t, e, func(context.Context, *Request) (Answer, error) {
		return Answer{Cookies: []string{cookie(deviceCookie, "x", time.Hour)}}, fault.SecondFactorRequired.With("ticket", "t").With("phone", "+86 137*****002")
	})
	if body := bodyOf(t, reply); body["ticket"] != "t" || len(reply.Cookies) != 1 {
		t.Errorf("%v %v", body, reply.Cookies)
	}
	reply, _ = serve(t, e, failing(fault.TicketInvalid.With("status", 200).With("code", "ok").With("type", "x").With("title", "x").With("requestId", "x")))
	if body := bodyOf(t, reply); body["status"] != float64(410) || body["code"] != "ticket_invalid" || body["type"] != "urn:problem:ticket_invalid" || body["requestId"] != "req-1" {
		t.Errorf("a member took the place of another: %v", body)
	}
}

func TestUnknownRoutes(t *testing.T) {
	e := event("GET", "/v1/nothing", "/v1/nothing")
	reply, err := Serve(slog.New(slog.DiscardHandler), "function", Routes{"GET /v1/codes": failing(nil)})(context.Background(), e)
	if err != nil || reply.StatusCode != 404 || bodyOf(t, reply)["code"] != "route_missing" {
		t.Errorf("%v %v", reply, err)
	}
	checkContract(t, e, reply)
}

// fields has a field of each kind that can be wrong.
type fields struct {
	Account string `json:"account"`
	Trust   bool   `json:"trust"`
	Version int64  `json:"version"`
	Day     day    `json:"day"`
}

// day is a text that takes no value.
type day struct{}

func (*day) UnmarshalText([]byte) error { return errors.New("not a day") }

// TestLog pins the line that is logged for a request. What a caller typed, and
// all that is secret, is in the bodies, headers, cookies, paths and queries
// here, and may be in no line.
func TestLog(t *testing.T) {
	const secret = "Chaoxi-4927"
	e := event("POST", "/v1/codes", "/v1/codes/"+secret)
	e.RawQueryString = "phone=" + secret
	e.Headers = map[string]string{"content-type": "application/json", "authorization": "Bearer " + secret, "user-agent": secret}
	e.Cookies = []string{"__Host-session-c=" + secret}
	e.PathParameters = map[string]string{"id": secret}
	e.Body = `{"account":"` + secret + `"}`
	decodes := func(body string) Handler {
		return func(_ context.Context, r *Request) (Answer, error) {
			r.event.Body = body
			_, err := Decode[fields](r)
			return Answer{Status: 200, Body: map[string]string{"token": secret}, Cookies: []string{"__Host-session-c=" + secret}}, err
		}
	}
	lines := map[string]Handler{
		"success":       decodes(e.Body),
		"unknown field": decodes(`{"accounts":"` + secret + `"}`),
		"wrong type":    decodes(`{"version":"` + secret + `","trust":"` + secret + `"}`),
		"bad syntax":    decodes(`{"account":"` + secret + `"`),
		"two values":    decodes(`{}"` + secret + `"`),
		"bad text":      decodes(`{"day":"` + secret + `"}`),
		"a refusal":     failing(fmt.Errorf("try the code: %w", fault.CodeWrong.Remaining(4).With("ticket", secret))),
		"an outage":     failing(fault.Unavailable.Becausef("no answer")),
		"a bug":         failing(errors.New("the table has two of them")),
		"out of time":   failing(fmt.Errorf("read: %w", context.DeadlineExceeded)),
		"costs": func(ctx context.Context, _ *Request) (Answer, error) {
			meter.Add(ctx, 0.5)
			meter.Add(ctx, 2)
			return Answer{Status: 204}, nil
		},
	}
	got := map[string]json.RawMessage{}
	for name, h := range lines {
		_, line := serve(t, e, h)
		if strings.Contains(line, secret) || strings.Count(line, "\n") != 1 {
			t.Errorf("%s: %s", name, line)
		}
		got[name] = json.RawMessage(line)
	}
	golden(t, "log.json", got)
}

// TestMetrics reads lines as CloudWatch does. What is drawn from them has a known
// name, is a number of the line, and is told apart by the function or the answer's
// code alone: no metric is about a person.
func TestMetrics(t *testing.T) {
	known := []string{meter.Units, meter.Refusals, meter.Faults, meter.SignIns, meter.TextsSent, meter.TextsRefused}
	for _, tt := range []struct {
		name string
		h    Handler
		want map[string]float64 // by "name" or "name by dimension=value"
	}{
		{"success", func(ctx context.Context, _ *Request) (Answer, error) {
			meter.Add(ctx, 2.5)
			meter.Count(ctx, meter.SignIns, 1)
			meter.Count(ctx, meter.TextsSent, 2)
			return Answer{Status: 204}, nil
		}, map[string]float64{"Units by function=function": 2.5, "SignIns": 1, "TextsSent": 2}},
		{"a refusal", failing(fault.CodeWrong.Remaining(4)), map[string]float64{"Units by function=function": 0, "Refusals by code=code_wrong": 1}},
		{"an outage", failing(fault.Unavailable), map[string]float64{"Units by function=function": 0, "Refusals by code=unavailable": 1, "Faults": 1}},
		{"no texts", failing(fault.SMSUnavailable), map[string]float64{"Units by function=function": 0, "Refusals by code=sms_unavailable": 1}},
		{"a bug", failing(errors.New("two of 13700000003")), map[string]float64{"Units by function=function": 0, "Refusals by code=internal": 1, "Faults": 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			e := event("POST", "/v1/codes", "/v1/codes")
			began := time.Now().Truncate(time.Millisecond)
			if _, err := Serve(slog.New(slog.NewJSONHandler(&log, nil)), "function", Routes{e.RouteKey: tt.h})(context.Background(), e); err != nil {
				t.Fatal(err)
			}
			var line struct {
				AWS struct {
					Timestamp         int64
					CloudWatchMetrics []struct {
						Namespace  string
						Dimensions [][]string
						Metrics    []struct{ Name string }
					}
				} `json:"_aws"`
			}
			members := map[string]any{}
			if err := errors.Join(json.Unmarshal(log.Bytes(), &line), json.Unmarshal(log.Bytes(), &members)); err != nil {
				t.Fatal(err)
			}
			got := map[string]float64{}
			for _, d := range line.AWS.CloudWatchMetrics {
				by := ""
				for _, name := range d.Dimensions[0] {
					by += fmt.Sprintf(" by %s=%v", name, members[name])
				}
				for _, m := range d.Metrics {
					n, isNumber := members[m.Name].(float64)
					if got[m.Name+by] = n; !isNumber || !slices.Contains(known, m.Name) || d.Namespace != meter.Namespace || len(d.Dimensions) != 1 {
						t.Errorf("%s in %s is %v", m.Name, d.Namespace, members[m.Name])
					}
				}
			}
			if !maps.Equal(got, tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
			if stamp := time.UnixMilli(line.AWS.Timestamp); stamp.Before(began) || stamp.After(time.Now()) {
				t.Errorf("it is of %s, and the test began at %s", stamp, began)
			}
		})
	}
}

func TestRequest(t *testing.T) {
	e := event("GET", "/v1/x/{id}", "/v1/x/a b")
	e.PathParameters = map[string]string{"id": "a b"}
	e.RawQueryString = "q=%E7%8E%8B%E8%8A%B3&limit=1&limit=2&empty="
	e.Headers = map[string]string{"x-forwarded-for": "198.51.100.9", "recovery-ticket": "lower", "X-Client": "console"}
	r := &Request{event: e}
	q, err := r.Query()
	if err != nil || q.Get("q") != "王芳" || len(q["limit"]) != 2 || !q.Has("empty") || q.Has("none") {
		t.Errorf("query %v, %v", q, err)
	}
	if r.Path("id") != "a b" || r.Path("other") != "" || r.RawPath() != "/v1/x/a b" || r.ID() != "req-1" {
		t.Errorf("path %q, %q", r.Path("id"), r.RawPath())
	}
	if r.Header("Recovery-Ticket") != "lower" || r.Header("X-CLIENT") != "console" || r.Header("Host") != "" {
		t.Error("headers are read by case")
	}
	if call := r.Call(); call != (audit.Call{Address: "192.0.2.1", ID: "req-1"}) {
		t.Errorf("%+v: the address is the gateway's word alone", call)
	}
	for _, raw := range []string{"q=%zz", "q=a;b", "%"} {
		e := event("GET", "", "/v1/admin/staff")
		e.RawQueryString = raw
		reply, _ := serve(t, e, func(_ context.Context, r *Request) (Answer, error) { _, err := r.Query(); return Answer{}, err })
		checkContract(t, e, reply)
		if reply.StatusCode != 422 {
			t.Errorf("%s: %d %s", raw, reply.StatusCode, reply.Body)
		}
	}
}

// golden compares what was got with testdata/<name>.
func golden(t *testing.T, name string, got any) {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(got); err != nil {
		t.Fatal(err)
	}
	file := "testdata/" + name
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; go test -update writes it", err)
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("it is not what %s has:\n%s", file, b.Bytes())
	}
}

// TestHead: HEAD is served as GET, without the body.
func TestHead(t *testing.T) {
	ok := func(context.Context, *Request) (Answer, error) { return Answer{Status: 200, Body: Plain("x")}, nil }
	panics := func(context.Context, *Request) (Answer, error) { panic("x") }
	routes := Routes{"GET /v1/ok": ok, "GET /v1/broken": failing(errors.New("x")), "GET /v1/panics": panics, "POST /v1/written": ok, "$default": failing(fault.RouteMissing)}
	for key, want := range map[string]int{
		"HEAD /v1/ok": 200, "HEAD /v1/broken": 500, "HEAD /v1/panics": 500, "HEAD /v1/written": 404, "HEAD /v1/nothing": 404, "$default": 404,
	} {
		e := event("HEAD", "/v1/x", "/v1/x")
		e.RouteKey = key
		reply, err := Serve(slog.New(slog.DiscardHandler), "function", routes)(context.Background(), e)
		if err != nil || reply.StatusCode != want || reply.Body != "" || reply.Headers["Content-Type"] == "" || reply.Headers["X-Content-Type-Options"] != "nosniff" {
			t.Errorf("%s: %+v, %v", key, reply, err)
		}
	}
}

// TestForget: signing out tells the browser to forget, and nothing else does.
func TestForget(t *testing.T) {
	for client, cookies := range map[account.Client]int{account.App: 0, account.MobileWeb: 1, account.Console: 1} {
		reply, _ := serve(t, event("DELETE", "/v1/sessions/current", "/v1/sessions/current"), func(context.Context, *Request) (Answer, error) {
			return SignedOut(account.Caller{Session: account.Session{Client: client}}, 204, nil), nil
		})
		if got := reply.Headers["Clear-Site-Data"]; len(reply.Cookies) != cookies || got != `"cache", "storage"` {
			t.Errorf("%s: cookies %q, %s", client, reply.Cookies, got)
		}
	}
	reply, _ := serve(t, event("GET", "/v1/me", "/v1/me"), func(context.Context, *Request) (Answer, error) { return Answer{Status: 200}, nil })
	if got, ok := reply.Headers["Clear-Site-Data"]; ok {
		t.Errorf("a read tells to clear %s", got)
	}
}
