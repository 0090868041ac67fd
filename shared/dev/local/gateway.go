package local

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"chaoxi/shared/dev/runtimeapi"
	"chaoxi/shared/dev/sam"
)

// The limits of API Gateway for an HTTP API.
const (
	maxBody          = 10 << 20 // bytes
	integrationLimit = 30 * time.Second
)

// Invoker calls one function.
type Invoker interface {
	// Invoke returns the function's answer to event. Errors: those of
	// runtimeapi.Pool.Invoke.
	Invoke(ctx context.Context, event []byte) ([]byte, error)
}

// Gateway stands in for an API Gateway HTTP API with payload format 2.0. It behaves
// as the real one was seen to behave. In some points that is not what the
// documentation says: functions get the path decoded, and only bodies of a few
// content types count as text.
type Gateway struct {
	routes    []route // the most specific first; $default last
	cors      *sam.CORS
	throttles map[string]*bucket // by route key; nil: no throttling
	limit     time.Duration
	now       func() time.Time
	log       *slog.Logger
}

// GatewayOptions change the gateway for tests. With the zero value it behaves as in
// production, but does not throttle.
type GatewayOptions struct {
	Throttle bool             // apply the template's limits, which tests would exceed
	Limit    time.Duration    // for a function's answer; 0: integrationLimit
	Now      func() time.Time // nil: time.Now
	Log      *slog.Logger     // told why a client got a 5xx; nil: nobody is
}

// NewGateway returns a gateway with the routes of the template. functions has the
// functions by name. It returns an error if a function is missing, or if two have the
// same route.
func NewGateway(t *sam.Template, functions map[string]Invoker, o GatewayOptions) (*Gateway, error) {
	g := &Gateway{limit: o.Limit, now: o.Now, log: o.Log}
	if g.limit == 0 {
		g.limit = integrationLimit
	}
	if g.now == nil {
		g.now = time.Now
	}
	if g.log == nil {
		g.log = slog.New(slog.DiscardHandler)
	}
	seen := map[string]string{}
	for _, f := range t.Functions {
		for _, r := range slices.Concat(f.Routes, f.Heads) {
			if functions[f.Name] == nil {
				return nil, fmt.Errorf("route %s: no function %s", r.Key(), f.Name)
			}
			if other, twice := seen[r.Key()]; twice {
				return nil, fmt.Errorf("route %s: both %s and %s serve it", r.Key(), other, f.Name)
			}
			seen[r.Key()] = f.Name
			g.routes = append(g.routes, newRoute(r, f.Name, functions[f.Name]))
		}
	}
	slices.SortStableFunc(g.routes, func(a, b route) int { return slices.Compare(b.rank, a.rank) })
	if t.API != nil {
		g.cors = t.API.CORS
	}
	if o.Throttle && t.API != nil {
		g.throttles = map[string]*bucket{}
		for _, r := range g.routes {
			limits, own := t.API.RouteThrottle[r.key]
			if !own {
				limits = t.API.Throttle
			}
			g.throttles[r.key] = &bucket{limits: limits, tokens: float64(limits.Burst), at: g.now()}
		}
	}
	return g, nil
}

// route is one route of the template, prepared for matching.
type route struct {
	key      string
	method   string
	segments []string // nil for $default
	function string
	invoke   Invoker
	rank     []int // compared with slices.Compare: the larger one is more specific
}

// newRoute prepares a route for matching.
func newRoute(r sam.Route, function string, invoke Invoker) route {
	n := route{key: r.Key(), method: r.Method, function: function, invoke: invoke}
	if r.Path == sam.DefaultPath {
		n.rank = []int{-1}
		return n
	}
	n.segments = strings.Split(r.Path, "/")
	greedy := strings.HasSuffix(r.Path, "+}")
	if !greedy {
		n.rank = append(n.rank, 1)
	} else {
		n.rank = append(n.rank, 0)
	}
	for _, s := range n.segments { // where two routes first differ, a fixed segment comes before a variable
		if strings.HasPrefix(s, "{") {
			n.rank = append(n.rank, 0)
		} else {
			n.rank = append(n.rank, 1)
		}
	}
	if r.Method != "ANY" {
		n.rank = append(n.rank, 1)
	}
	return n
}

// match reports whether the route serves the method and the path, and returns the
// path variables, nil if there are none.
func (r route) match(method string, path []string) (map[string]string, bool) {
	if r.segments == nil {
		return nil, true
	}
	if r.method != method && r.method != "ANY" {
		return nil, false
	}
	var variables map[string]string
	set := func(name, value string) {
		if variables == nil {
			variables = map[string]string{}
		}
		variables[name] = value
	}
	for i, s := range r.segments {
		name, variable := strings.CutPrefix(s, "{")
		name = strings.TrimSuffix(name, "}")
		switch {
		case i >= len(path):
			return nil, false
		case variable && strings.HasSuffix(name, "+"):
			set(strings.TrimSuffix(name, "+"), strings.Join(path[i:], "/"))
			return variables, true
		case variable && path[i] != "":
			set(name, path[i])
		case variable || s != path[i]:
			return nil, false
		}
	}
	return variables, len(path) == len(r.segments)
}

// route returns the most specific route for a request, and its path variables.
func (g *Gateway) route(method, path string) (route, map[string]string, bool) {
	segments := strings.Split(path, "/")
	for _, r := range g.routes {
		if variables, ok := r.match(method, segments); ok {
			return r, variables, true
		}
	}
	return route{}, nil, false
}

// ServeHTTP implements [http.Handler].
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := requestID()
	w.Header().Set("Apigw-Requestid", id)
	if g.cors != nil && g.answerCORS(w, r) {
		return
	}
	path, _, _ := strings.Cut(r.URL.Path, "?") // the real gateway drops whatever follows an encoded question mark
	to, variables, ok := g.route(r.Method, path)
	if !ok {
		say(w, http.StatusNotFound, "Not Found")
		return
	}
	if b := g.throttles[to.key]; b != nil && !b.take(g.now()) {
		say(w, http.StatusTooManyRequests, "Too Many Requests")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		say(w, http.StatusRequestEntityTooLarge, "Request Entity Too Large")
		return
	}
	if err != nil {
		say(w, http.StatusBadRequest, "Bad Request")
		return
	}
	event, err := json.Marshal(newEvent(r, body, to.key, path, variables, id, g.now()))
	if err != nil {
		g.refuse(w, to, id, err)
		return
	}

	ctx, cancel := context.WithTimeout(r.Context(), g.limit)
	defer cancel()
	reply, err := to.invoke.Invoke(ctx, event)
	if err != nil {
		g.refuse(w, to, id, err)
		return
	}
	answer, err := readReply(reply)
	if err != nil {
		g.refuse(w, to, id, err)
		return
	}
	h := w.Header()
	for name, value := range answer.headers {
		if name == "Strict-Transport-Security" { // would make a browser refuse this machine's plain HTTP
			continue
		}
		if g.cors == nil || !strings.HasPrefix(strings.ToLower(name), "access-control-") { // with CORS the gateway sets these itself
			h.Set(name, value)
		}
	}
	for _, cookie := range answer.cookies {
		h.Add("Set-Cookie", cookie)
	}
	h.Del("Content-Length") // the function's value may be wrong
	if len(answer.body) > 0 {
		h.Set("Content-Length", strconv.Itoa(len(answer.body)))
	}
	w.WriteHeader(answer.status)
	w.Write(answer.body) // for HEAD net/http does not send it
}

// refuse answers with the gateway's own message, because the function gave no answer.
func (g *Gateway) refuse(w http.ResponseWriter, to route, id string, err error) {
	status, message := http.StatusInternalServerError, "Internal Server Error"
	switch {
	case errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled):
		status, message = http.StatusServiceUnavailable, "Service Unavailable"
	case errors.Is(err, runtimeapi.ErrTooLarge):
		status, message = http.StatusRequestEntityTooLarge, "Request Entity Too Large"
	}
	if !errors.Is(err, context.Canceled) { // it is not a failure if the client has closed the connection
		g.log.Error("gateway", "route", to.key, "function", to.function, "request", id, "status", status, "error", err.Error())
	}
	say(w, status, message)
}

// say answers a message in the form of the gateway.
func say(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"message":%q}`, message)
}

// newEvent returns the request in payload format 2.0.
func newEvent(r *http.Request, body []byte, routeKey, path string, variables map[string]string, id string, now time.Time) events.APIGatewayV2HTTPRequest {
	source, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		source = r.RemoteAddr
	}
	domain := (&url.URL{Host: r.Host}).Hostname()
	prefix, _, _ := strings.Cut(domain, ".")
	e := events.APIGatewayV2HTTPRequest{
		Version:               "2.0",
		RouteKey:              routeKey,
		RawPath:               path,
		RawQueryString:        r.URL.RawQuery,
		Headers:               map[string]string{},
		QueryStringParameters: query(r.URL.RawQuery),
		PathParameters:        variables,
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RouteKey:     routeKey,
			AccountID:    AccountID,
			Stage:        "$default",
			RequestID:    id,
			APIID:        "local",
			DomainName:   domain,
			DomainPrefix: prefix,
			Time:         now.UTC().Format("02/Jan/2006:15:04:05 -0700"),
			TimeEpoch:    now.UnixMilli(),
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
				Method:    r.Method,
				Path:      path,
				Protocol:  r.Proto,
				SourceIP:  source,
				UserAgent: r.UserAgent(),
			},
		},
	}
	for name, values := range r.Header {
		if name == "Cookie" { // the event has a field for cookies
			for _, line := range values {
				for cookie := range strings.SplitSeq(line, ";") {
					if cookie = strings.Trim(cookie, " \t"); cookie != "" { // nothing else: functions must see what a browser sent
						e.Cookies = append(e.Cookies, cookie)
					}
				}
			}
			continue
		}
		e.Headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	e.Headers["host"] = r.Host
	e.Headers["content-length"] = strconv.Itoa(len(body)) // 0 without a body, as from the real gateway
	e.Headers["x-forwarded-for"] = strings.TrimPrefix(e.Headers["x-forwarded-for"]+", "+source, ", ")
	e.Headers["x-forwarded-proto"] = "http"
	if r.TLS != nil {
		e.Headers["x-forwarded-proto"] = "https"
	}
	if _, port, err := net.SplitHostPort(r.Host); err == nil {
		e.Headers["x-forwarded-port"] = port
	}
	if len(body) > 0 {
		if isText(r.Header) {
			e.Body = strings.ToValidUTF8(string(body), "\uFFFD")
		} else {
			e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
		}
	}
	return e
}

// isText reports whether the function gets the body as text. It gets other bodies in
// base64, among them forms and bodies without a content type.
func isText(h http.Header) bool {
	if h.Get("Content-Encoding") != "" {
		return false
	}
	kind, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	switch kind = strings.ToLower(strings.Trim(kind, " \t")); kind {
	case "application/json", "application/javascript", "application/xml":
		return true
	default:
		return strings.HasPrefix(kind, "text/")
	}
}

// query returns the parameters of a query. If a name occurs several times, its values
// are joined with commas, in their order.
func query(raw string) map[string]string {
	var m map[string]string
	for pair := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, value = unescape(name), unescape(value)
		if pair == "" {
			continue
		}
		if m == nil {
			m = map[string]string{}
		}
		if before, twice := m[name]; twice {
			value = before + "," + value
		}
		m[name] = value
	}
	return m
}

// unescape decodes a part of a query. If that is not possible, the part stays as it
// is.
func unescape(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

// reply is the function's answer for the client.
type reply struct {
	status  int
	headers map[string]string
	cookies []string
	body    []byte
}

// readReply reads a function's answer in format 2.0. An answer without statusCode is
// the body of a 200.
func readReply(raw []byte) (reply, error) {
	if !json.Valid(raw) {
		return reply{}, errors.New("reply is not JSON")
	}
	var wire struct {
		StatusCode      *json.RawMessage           `json:"statusCode"`
		Headers         map[string]json.RawMessage `json:"headers"`
		Cookies         []string                   `json:"cookies"`
		Body            *string                    `json:"body"`
		IsBase64Encoded bool                       `json:"isBase64Encoded"`
	}
	err := json.Unmarshal(raw, &wire)
	if wire.StatusCode == nil {
		body := bytes.TrimSpace(raw)
		if text := new(string); json.Unmarshal(raw, text) == nil {
			body = []byte(*text)
		}
		return reply{status: http.StatusOK, headers: map[string]string{"Content-Type": "application/json"}, body: body}, nil
	}
	if err != nil {
		return reply{}, fmt.Errorf("reply is malformed: %w", err)
	}
	status, err := strconv.Atoi(strings.Trim(string(*wire.StatusCode), `"`))
	if err != nil || status < 200 || status > 599 {
		return reply{}, fmt.Errorf("reply has statusCode %s", *wire.StatusCode)
	}
	r := reply{status: status, headers: map[string]string{"Content-Type": "text/plain;charset=UTF-8"}, cookies: wire.Cookies}
	for name, value := range wire.Headers {
		text, err := scalar(value)
		if err != nil {
			return reply{}, fmt.Errorf("reply has header %s: %w", name, err)
		}
		r.headers[http.CanonicalHeaderKey(name)] = text
	}
	if wire.Body != nil {
		r.body = []byte(*wire.Body)
	}
	if wire.IsBase64Encoded {
		if r.body, err = base64.StdEncoding.DecodeString(string(r.body)); err != nil {
			return reply{}, fmt.Errorf("reply's body: %w", err)
		}
	}
	return r, nil
}

// scalar returns a text, number or boolean as text.
func scalar(raw json.RawMessage) (string, error) {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return "", err
	}
	switch v := v.(type) {
	case string:
		return v, nil
	case float64, bool:
		return string(raw), nil
	default:
		return "", fmt.Errorf("%s is no text", raw)
	}
}

// answerCORS adds the CORS headers of the template. It answers preflight requests
// itself, and reports whether this was one.
func (g *Gateway) answerCORS(w http.ResponseWriter, r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	preflight := r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
	if any := slices.Contains(g.cors.AllowOrigins, "*"); any || slices.Contains(g.cors.AllowOrigins, origin) {
		h := w.Header()
		if any && !g.cors.AllowCredentials {
			origin = "*"
		}
		h.Set("Access-Control-Allow-Origin", origin)
		if g.cors.AllowCredentials {
			h.Set("Access-Control-Allow-Credentials", "true")
		}
		if len(g.cors.ExposeHeaders) > 0 {
			h.Set("Access-Control-Expose-Headers", strings.Join(g.cors.ExposeHeaders, ","))
		}
		if preflight {
			h.Set("Access-Control-Allow-Methods", strings.Join(g.cors.AllowMethods, ","))
			h.Set("Access-Control-Allow-Headers", strings.Join(g.cors.AllowHeaders, ","))
			if g.cors.MaxAge > 0 {
				h.Set("Access-Control-Max-Age", strconv.Itoa(g.cors.MaxAge))
			}
		}
	}
	if preflight {
		w.WriteHeader(http.StatusNoContent)
	}
	return preflight
}

// requestID returns a random id in the form of API Gateway's.
func requestID() string {
	var b [11]byte
	rand.Read(b[:])
	return base64.StdEncoding.EncodeToString(b[:])
}
