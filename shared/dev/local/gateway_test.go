package local

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"chaoxi/shared/dev/runtimeapi"
	"chaoxi/shared/dev/sam"
)

// function is an Invoker that keeps the last event and answers what it is told.
type function struct {
	event []byte
	reply string
	err   error
}

func (f *function) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	f.event = event
	if f.err == context.DeadlineExceeded {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return []byte(f.reply), f.err
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func gateway(t *testing.T, template string, o GatewayOptions) (*Gateway, map[string]*function) {
	t.Helper()
	tmpl, err := sam.Parse([]byte(template), sam.Options{})
	if err != nil {
		t.Fatal(err)
	}
	functions, invokers := map[string]*function{}, map[string]Invoker{}
	for _, f := range tmpl.Functions {
		functions[f.Name] = &function{reply: fmt.Sprintf(`{"statusCode":200,"body":%q}`, f.Name)}
		invokers[f.Name] = functions[f.Name]
	}
	if o.Now == nil {
		o.Now = func() time.Time { return noon }
	}
	g, err := NewGateway(tmpl, invokers, o)
	if err != nil {
		t.Fatal(err)
	}
	return g, functions
}

func do(g http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	return w
}

// api writes a template with one function for each "name METHOD path".
func api(routes ...string) string {
	var b strings.Builder
	b.WriteString("Resources:\n")
	for i, r := range routes {
		var name, method, path string
		fmt.Sscan(r, &name, &method, &path)
		fmt.Fprintf(&b, "  F%d: {Type: AWS::Serverless::Function, Properties: {CodeUri: functions/%s/, Events: {E: {Type: HttpApi, Properties: {Method: %s, Path: %q}}}}}\n", i, name, method, path)
	}
	return b.String()
}

func TestRouting(t *testing.T) {
	routes := []string{
		"staff GET /v1/admin/staff/{employeeCode}",
		"search GET /v1/admin/staff/search",
		"edit PATCH /v1/admin/staff/{employeeCode}",
		"reveal POST /v1/admin/staff/{employeeCode}/reveal",
		"any ANY /v1/any/{id}",
		"get GET /v1/any/{id}",
		"files GET /files/{path+}",
		"root GET /",
	}
	tests := []struct{ method, path, function, variables string }{
		{"GET", "/v1/admin/staff/GE_1", "staff", `{"employeeCode":"GE_1"}`},
		{"GET", "/v1/admin/staff/search", "search", "null"},
		{"PATCH", "/v1/admin/staff/search", "edit", `{"employeeCode":"search"}`},
		{"POST", "/v1/admin/staff/GE_1/reveal", "reveal", `{"employeeCode":"GE_1"}`},
		{"GET", "/v1/any/1", "get", `{"id":"1"}`},
		{"DELETE", "/v1/any/1", "any", `{"id":"1"}`},
		{"GET", "/v1/admin/staff/%E7%8E%8B%20a", "staff", `{"employeeCode":"王 a"}`},
		{"GET", "/files/a/b.js", "files", `{"path":"a/b.js"}`},
		{"GET", "/", "root", "null"},
		{"GET", "/v1/admin/staff/", "", ""},
		{"GET", "/v1/admin/staff/a%2Fb", "", ""}, // decoded before it is routed
		{"HEAD", "/v1/admin/staff/GE_1", "", ""},
		{"OPTIONS", "/v1/admin/staff/GE_1", "", ""},
		{"GET", "/v1/admin/staff/GE_1/reveal", "", ""},
		{"GET", "/nothing", "", ""},
	}
	for _, withDefault := range []bool{false, true} {
		all := routes
		if withDefault {
			all = append(all, "web ANY $default")
		}
		g, functions := gateway(t, api(all...), GatewayOptions{})
		for _, tt := range tests {
			t.Run(fmt.Sprintf("%s %s default=%t", tt.method, tt.path, withDefault), func(t *testing.T) {
				want, variables := tt.function, tt.variables
				w := do(g, httptest.NewRequest(tt.method, tt.path, nil))
				if want == "" && !withDefault {
					if w.Code != 404 || w.Body.String() != `{"message":"Not Found"}` || w.Header().Get("Content-Type") != "application/json" {
						t.Errorf("answer %d %s", w.Code, w.Body)
					}
					return
				}
				if want == "" {
					want, variables = "web", "null"
				}
				if w.Body.String() != want {
					t.Fatalf("went to %s, want %s", w.Body, want)
				}
				var e events.APIGatewayV2HTTPRequest
				if err := json.Unmarshal(functions[want].event, &e); err != nil {
					t.Fatal(err)
				}
				if got, _ := json.Marshal(e.PathParameters); string(got) != variables {
					t.Errorf("variables %s, want %s", got, variables)
				}
				if want == "web" && e.RouteKey != "$default" || want == "staff" && e.RouteKey != "GET /v1/admin/staff/{employeeCode}" {
					t.Errorf("route key %s", e.RouteKey)
				}
			})
		}
	}
}

func TestTwoFunctionsOneRoute(t *testing.T) {
	tmpl, err := sam.Parse([]byte(api("a GET /x", "b GET /x")), sam.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewGateway(tmpl, map[string]Invoker{"a": &function{}, "b": &function{}}, GatewayOptions{}); err == nil {
		t.Error("accepted")
	}
	if _, err := NewGateway(tmpl, map[string]Invoker{}, GatewayOptions{}); err == nil {
		t.Error("a route without its function was accepted")
	}
}

func TestEvent(t *testing.T) {
	g, functions := gateway(t, api("edit PATCH /v1/staff/{id}"), GatewayOptions{})
	r := httptest.NewRequest("PATCH", "http://localhost:3000/v1/staff/GE%20_1?q=%E7%8E%8B&a=1&a=2&empty=&b=x+y", strings.NewReader(`{"name":"王"}`))
	r.RemoteAddr = "127.0.0.2:5555"
	r.Header = http.Header{
		"Content-Type":    {"application/json; charset=utf-8"},
		"X-Client":        {"console"},
		"Accept-Language": {"zh", "en"},
		"User-Agent":      {"curl/8"},
		"Cookie":          {"__Host-device=d;\t __Host-session-c=s ;; \u2000__Host-session-c=t", "third=3\u0085"},
		"X-Forwarded-For": {"1.2.3.4"},
	}
	w := do(g, r)
	var got map[string]any
	if err := json.Unmarshal(functions["edit"].event, &got); err != nil {
		t.Fatal(err)
	}
	id := w.Header().Get("Apigw-Requestid")
	if len(id) != 16 {
		t.Errorf("request id %q", id)
	}
	want := map[string]any{
		"version":        "2.0",
		"routeKey":       "PATCH /v1/staff/{id}",
		"rawPath":        "/v1/staff/GE _1",
		"rawQueryString": "q=%E7%8E%8B&a=1&a=2&empty=&b=x+y",
		"cookies":        []any{"__Host-device=d", "__Host-session-c=s", "\u2000__Host-session-c=t", "third=3\u0085"},
		"headers": map[string]any{
			"content-type": "application/json; charset=utf-8", "x-client": "console", "accept-language": "zh,en", "user-agent": "curl/8",
			"host": "localhost:3000", "content-length": "14", "x-forwarded-for": "1.2.3.4, 127.0.0.2", "x-forwarded-proto": "http", "x-forwarded-port": "3000",
		},
		"queryStringParameters": map[string]any{"q": "王", "a": "1,2", "empty": "", "b": "x y"},
		"pathParameters":        map[string]any{"id": "GE _1"},
		"requestContext": map[string]any{
			"routeKey": "PATCH /v1/staff/{id}", "accountId": "000000000000", "stage": "$default", "requestId": id, "apiId": "local",
			"domainName": "localhost", "domainPrefix": "localhost", "time": "01/Mar/2026:12:00:00 +0000", "timeEpoch": float64(noon.UnixMilli()),
			"http": map[string]any{"method": "PATCH", "path": "/v1/staff/GE _1", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.2", "userAgent": "curl/8"},
		},
		"body":            `{"name":"王"}`,
		"isBase64Encoded": false,
	}
	delete(got["requestContext"].(map[string]any), "authentication") // mutual TLS: the event type writes it empty
	if !reflect.DeepEqual(got, want) {
		g, _ := json.MarshalIndent(got, "", " ")
		w, _ := json.MarshalIndent(want, "", " ")
		t.Errorf("event\n%s\nwant\n%s", g, w)
	}
}

func TestBodies(t *testing.T) {
	tests := []struct {
		name, kind, encoding, body, want string
		base64                           bool
	}{
		{"json", "application/json", "", `{}`, `{}`, false},
		{"text with charset", "Text/CSV; charset=utf-8", "", "a,b", "a,b", false},
		{"xml", "application/xml", "", "<a/>", "<a/>", false},
		{"javascript", "application/javascript", "", "1", "1", false},
		{"broken text", "text/csv", "", "\xd5\xd4", "\uFFFD", false},
		{"json by suffix", "application/merge-patch+json", "", `{}`, "e30=", true},
		{"form", "application/x-www-form-urlencoded", "", "a=b", "YT1i", true},
		{"file", "application/octet-stream", "", "\xd5\xd4", "1dQ=", true},
		{"no type", "", "", "a", "YQ==", true},
		{"encoded", "application/json", "gzip", "{}", "e30=", true},
		{"nothing", "application/octet-stream", "", "", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g, functions := gateway(t, api("f POST /x"), GatewayOptions{})
			r := httptest.NewRequest("POST", "/x", strings.NewReader(tt.body))
			r.Header.Set("Content-Type", tt.kind)
			r.Header.Set("Content-Encoding", tt.encoding)
			do(g, r)
			var e map[string]any
			if err := json.Unmarshal(functions["f"].event, &e); err != nil {
				t.Fatal(err)
			}
			body, there := e["body"]
			if body == nil {
				body = ""
			}
			if body != tt.want || there != (tt.want != "") || e["isBase64Encoded"] != tt.base64 {
				t.Errorf("body %q (there: %t), base64 %v", body, there, e["isBase64Encoded"])
			}
		})
	}
}

func TestLimits(t *testing.T) {
	g, functions := gateway(t, api("f POST /x"), GatewayOptions{Limit: time.Millisecond})
	f := functions["f"]
	tests := []struct {
		name string
		body int
		err  error
		want int
		text string
	}{
		{"largest body", 10 << 20, nil, 200, "f"},
		{"too large a body", 10<<20 + 1, nil, 413, `{"message":"Request Entity Too Large"}`},
		{"too large an event", 1, fmt.Errorf("invoke: %w", runtimeapi.ErrTooLarge), 413, `{"message":"Request Entity Too Large"}`},
		{"no answer in time", 1, context.DeadlineExceeded, 503, `{"message":"Service Unavailable"}`},
		{"crash", 1, runtimeapi.ErrCrashed, 500, `{"message":"Internal Server Error"}`},
		{"function timeout", 1, runtimeapi.ErrTimeout, 500, `{"message":"Internal Server Error"}`},
		{"error", 1, &runtimeapi.FunctionError{Type: "errorString"}, 500, `{"message":"Internal Server Error"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f.err = tt.err
			w := do(g, httptest.NewRequest("POST", "/x", strings.NewReader(strings.Repeat("x", tt.body))))
			if w.Code != tt.want || w.Body.String() != tt.text {
				t.Errorf("answer %d %s", w.Code, w.Body)
			}
		})
	}
}

func TestReplies(t *testing.T) {
	const malformed = `{"message":"Internal Server Error"}`
	tests := []struct {
		name, reply string
		status      int
		kind, body  string
	}{
		{"full", `{"statusCode":201,"headers":{"content-type":"application/json","x-n":5,"x-b":true},"cookies":["a=1; Secure","b=2"],"body":"{}"}`, 201, "application/json", "{}"},
		{"base64", `{"statusCode":200,"headers":{"Content-Type":"image/png"},"body":"AAEC","isBase64Encoded":true}`, 200, "image/png", "\x00\x01\x02"},
		{"no content type", `{"statusCode":"200","body":"hi"}`, 200, "text/plain;charset=UTF-8", "hi"},
		{"no body", `{"statusCode":204}`, 204, "text/plain;charset=UTF-8", ""},
		{"multi value headers are not of this format", `{"statusCode":200,"multiValueHeaders":{"x-n":["1"]}}`, 200, "text/plain;charset=UTF-8", ""},
		{"inferred object", `{"status":"ok"}`, 200, "application/json", `{"status":"ok"}`},
		{"inferred text", `"hello"`, 200, "application/json", "hello"},
		{"inferred list", ` [1] `, 200, "application/json", "[1]"},
		{"not JSON", `{`, 500, "application/json", malformed},
		{"empty", ``, 500, "application/json", malformed},
		{"body is an object", `{"statusCode":200,"body":{}}`, 500, "application/json", malformed},
		{"header is a list", `{"statusCode":200,"headers":{"a":[1]}}`, 500, "application/json", malformed},
		{"status out of range", `{"statusCode":99}`, 500, "application/json", malformed},
		{"status no number", `{"statusCode":"ok"}`, 500, "application/json", malformed},
		{"broken base64", `{"statusCode":200,"body":"*","isBase64Encoded":true}`, 500, "application/json", malformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g, functions := gateway(t, api("f GET /x"), GatewayOptions{})
			functions["f"].reply = tt.reply
			w := do(g, httptest.NewRequest("GET", "/x", nil))
			if w.Code != tt.status || w.Header().Get("Content-Type") != tt.kind || w.Body.String() != tt.body {
				t.Errorf("answer %d %s %q", w.Code, w.Header(), w.Body)
			}
			if tt.name == "full" && (w.Header().Get("X-N") != "5" || w.Header().Get("X-B") != "true" || !reflect.DeepEqual(w.Header()["Set-Cookie"], []string{"a=1; Secure", "b=2"})) {
				t.Errorf("headers %v", w.Header())
			}
			if w.Header().Get("X-N") != "" && tt.name != "full" {
				t.Errorf("headers %v", w.Header())
			}
		})
	}
}

// TestOverHTTP sees what only a real server does: HEAD without a body, the
// peer's address.
func TestOverHTTP(t *testing.T) {
	g, functions := gateway(t, api("f HEAD /x", "g DELETE /x"), GatewayOptions{})
	srv := httptest.NewServer(g)
	defer srv.Close()
	resp, err := http.Head(srv.URL + "/x")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); resp.StatusCode != 200 || len(body) != 0 || resp.ContentLength != 1 {
		t.Errorf("%s, %d bytes, length %d", resp.Status, len(body), resp.ContentLength)
	}
	var e events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(functions["f"].event, &e); err != nil || e.RequestContext.HTTP.SourceIP != "127.0.0.1" {
		t.Errorf("event %s, %v", functions["f"].event, err)
	}
	functions["g"].reply = `{"statusCode":204}`
	req, _ := http.NewRequest("DELETE", srv.URL+"/x", nil)
	resp, err = http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 204 || resp.Header.Get("Content-Length") != "" {
		t.Errorf("%s %v", resp.Status, resp.Header)
	}
}

// TestNoHSTS: a browser that is told to keep to HTTPS could not open this machine's
// pages any more. All other headers of a function go through.
func TestNoHSTS(t *testing.T) {
	g, functions := gateway(t, api("f GET /x"), GatewayOptions{})
	functions["f"].reply = `{"statusCode":200,"headers":{"strict-transport-security":"max-age=1","X-Content-Type-Options":"nosniff"},"body":"x"}`
	h := do(g, httptest.NewRequest("GET", "/x", nil)).Header()
	if h.Get("Strict-Transport-Security") != "" || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers %v", h)
	}
}

func TestThrottling(t *testing.T) {
	template := "Globals: {HttpApi: {DefaultRouteSettings: {ThrottlingBurstLimit: 2, ThrottlingRateLimit: 1}, RouteSettings: {'GET /b': {ThrottlingBurstLimit: 1, ThrottlingRateLimit: 1}}}}\n" +
		api("a GET /a", "b GET /b")
	now := noon
	codes := func(g *Gateway, path string, n int) []int {
		var all []int
		for range n {
			all = append(all, do(g, httptest.NewRequest("GET", path, nil)).Code)
		}
		return all
	}
	g, _ := gateway(t, template, GatewayOptions{Throttle: true, Now: func() time.Time { return now }})
	if got := codes(g, "/a", 3); !reflect.DeepEqual(got, []int{200, 200, 429}) {
		t.Errorf("burst: %v", got)
	}
	if got := codes(g, "/b", 2); !reflect.DeepEqual(got, []int{200, 429}) {
		t.Errorf("route of its own: %v", got)
	}
	now = now.Add(time.Second)
	if got := codes(g, "/a", 2); !reflect.DeepEqual(got, []int{200, 429}) {
		t.Errorf("a second later: %v", got)
	}
	if w := do(g, httptest.NewRequest("GET", "/a", nil)); w.Body.String() != `{"message":"Too Many Requests"}` {
		t.Errorf("body %s", w.Body)
	}
	g, _ = gateway(t, template, GatewayOptions{})
	if got := codes(g, "/b", 3); !reflect.DeepEqual(got, []int{200, 200, 200}) {
		t.Errorf("not asked for: %v", got)
	}
}

func TestCORS(t *testing.T) {
	template := "Globals: {HttpApi: {CorsConfiguration: {AllowOrigins: ['https://a.example'], AllowMethods: [GET, POST], AllowHeaders: [x-client], MaxAge: 60, AllowCredentials: true}}}\n" + api("f ANY /x")
	g, functions := gateway(t, template, GatewayOptions{})
	functions["f"].reply = `{"statusCode":200,"headers":{"access-control-allow-origin":"*"}}`
	request := func(method, origin string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "/x", nil)
		r.Header.Set("Origin", origin)
		if method == "OPTIONS" {
			r.Header.Set("Access-Control-Request-Method", "POST")
		}
		return do(g, r)
	}
	w := request("OPTIONS", "https://a.example")
	if h := w.Header(); w.Code != 204 || h.Get("Access-Control-Allow-Origin") != "https://a.example" || h.Get("Access-Control-Allow-Methods") != "GET,POST" ||
		h.Get("Access-Control-Allow-Headers") != "x-client" || h.Get("Access-Control-Max-Age") != "60" || functions["f"].event != nil {
		t.Errorf("preflight %d %v", w.Code, h)
	}
	if w := request("GET", "https://a.example"); w.Header().Get("Access-Control-Allow-Origin") != "https://a.example" || w.Header().Get("Access-Control-Allow-Credentials") != "true" {
		t.Errorf("request %v", w.Header())
	}
	if w := request("GET", "https://b.example"); w.Code != 200 || w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("stranger %d %v", w.Code, w.Header())
	}
	plain, functions := gateway(t, api("f ANY /x"), GatewayOptions{})
	r := httptest.NewRequest("OPTIONS", "/x", nil)
	r.Header.Set("Origin", "https://a.example")
	r.Header.Set("Access-Control-Request-Method", "POST")
	if w := do(plain, r); w.Body.String() != "f" || functions["f"].event == nil {
		t.Errorf("without CorsConfiguration a preflight is the function's: %d %s", w.Code, w.Body)
	}
}

func TestClientGone(t *testing.T) {
	g, functions := gateway(t, api("f GET /x"), GatewayOptions{})
	functions["f"].err = context.DeadlineExceeded // waits for the context
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if w := do(g, httptest.NewRequest("GET", "/x", nil).WithContext(ctx)); w.Code != 503 || functions["f"].event == nil {
		t.Errorf("answer %d, event %s", w.Code, functions["f"].event)
	}
}
