// Package httpapi turns handlers into a Lambda function behind an API Gateway HTTP
// API (payload format 2.0). It holds all that the functions share about HTTP, so that
// no handler mentions a header: who is calling (auth.go), the body (decode.go), the
// query (query.go), cookies (cookies.go), problem+json, and the one line that is
// logged for a request.
//
// It does not decide what a caller may do: package account does, and the use cases.
// The JSON shapes are those of package wire and of the handlers.
//
// Look first at Serve, then at Auth.
package httpapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/meter"
	"chaoxi/shared/staff"
)

// Event is a request as the gateway hands it over, Reply what it takes back.
type (
	Event = events.APIGatewayV2HTTPRequest
	Reply = events.APIGatewayV2HTTPResponse
)

// Answer is the answer of a handler. With an error only its Cookies count: they are
// sent along with the failure.
type Answer struct {
	Status  int      // of HTTP, such as 200
	Body    any      // encoded as JSON, unless it is Plain or a File; nil: none
	Cookies []string // values of Set-Cookie
	// Location is where a redirection leads, a path of ours.
	Location string
	Forget   bool // tells the browser to forget what else it keeps of ours
}

// Plain is a body of plain text instead of JSON.
type Plain string

// Handler serves one route. Its error becomes the answer. If that is not a
// *fault.Error, the caller gets fault.Internal, and the log all of it.
type Handler func(context.Context, *Request) (Answer, error)

// Routes are the handlers of a function by the gateway's routeKey, such as
// "POST /v1/codes".
type Routes map[string]Handler

// Start serves routes until Lambda ends the process.
func Start(routes Routes) {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	slog.SetDefault(log) // for lines other than that of the request
	lambda.Start(Serve(log, lambdacontext.FunctionName, routes))
}

// Serve returns the function that Lambda calls for each request. That function never
// returns an error, so the caller always gets our JSON. The log has the reason, under the
// request's id.
func Serve(log *slog.Logger, function string, routes Routes) func(context.Context, Event) (Reply, error) {
	return func(ctx context.Context, e Event) (Reply, error) {
		began := time.Now()
		ctx, cancel := leaveTimeToAnswer(ctx)
		defer cancel()
		ctx, cost := meter.With(ctx)
		r := &Request{event: e}

		handler, known := routes[servedBy(e.RouteKey)]
		if !known {
			handler = func(context.Context, *Request) (Answer, error) { return Answer{}, fault.RouteMissing }
		}
		reply, err := r.answer(ctx, handler)
		if r.Method() == http.MethodHead {
			reply.Body = ""
		}

		calls, units := cost.Total()
		level, attrs := slog.LevelInfo, []slog.Attr{
			slog.String("function", function), slog.String("requestId", r.ID()), slog.String("route", e.RouteKey), slog.Int("status", reply.StatusCode),
			slog.Float64("ms", float64(time.Since(began).Microseconds())/1000), slog.Int("calls", calls), slog.Float64(meter.Units, units),
		}
		if !r.caller.IsZero() {
			attrs = append(attrs, slog.String("employeeCode", r.caller.String()))
		}
		metrics := meter.Metrics{"function": {meter.Units}}
		for name, n := range cost.Counts() {
			attrs = append(attrs, slog.Float64(name, n))
			metrics[""] = append(metrics[""], name)
		}
		if err != nil {
			f := faultOf(err)
			attrs = append(attrs, slog.String("code", f.Code), slog.String("err", err.Error()), slog.Int(meter.Refusals, 1))
			metrics["code"] = []string{meter.Refusals}
			switch {
			case f.Code == fault.SMSUnavailable.Code:
				// Not counted as a fault. FaultsAlarm rolls a deployment back, and it is a
				// deployment that raises a spent SMS_DAILY_BUDGET or changes the sender.
				// Texts that are refused have a metric of their own (meter.TextsRefused).
				level = slog.LevelError
			case f.Kind == fault.KindInternal, f.Kind == fault.KindUnavailable:
				level = slog.LevelError
				attrs = append(attrs, slog.Int(meter.Faults, 1))
				metrics[""] = append(metrics[""], meter.Faults)
			}
		}
		attrs = append(attrs, slog.Any("_aws", meter.Embedded(began.UnixMilli(), metrics)))
		log.LogAttrs(ctx, level, "request", attrs...)
		return reply, nil
	}
}

// servedBy is the route whose handler serves the route key. HEAD is served as GET.
func servedBy(key string) string {
	if path, ok := strings.CutPrefix(key, http.MethodHead+" "); ok {
		return http.MethodGet + " " + path
	}
	return key
}

// answer calls h and returns the reply, and the error for the log. It turns a panic
// into an error: otherwise the panic would end the process, and the caller would get
// the gateway's answer instead of ours.
func (r *Request) answer(ctx context.Context, h Handler) (reply Reply, err error) {
	var a Answer
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			reply = r.problem(nil, fault.Internal)
		}
	}()
	if a, err = h(ctx, r); err != nil {
		return r.problem(a.Cookies, faultOf(err)), err
	}
	return r.success(a), nil
}

// leaveTimeToAnswer ends the work half a second before Lambda ends the function.
// Otherwise the caller would get the gateway's answer instead of ours.
func leaveTimeToAnswer(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, deadline.Add(-500*time.Millisecond))
}

// Request is one call of a route.
type Request struct {
	event Event
	// caller is whose session the request came with, for its line in the log. It is zero
	// without a session that is good: what a request claims is not logged.
	caller staff.EmployeeCode
}

// ID is the id that the gateway gave the request.
func (r *Request) ID() string { return r.event.RequestContext.RequestID }

// Method is the method of the request, such as GET.
func (r *Request) Method() string { return r.event.RequestContext.HTTP.Method }

// Path is the value of the variable name in the route's path, decoded.
func (r *Request) Path(name string) string { return r.event.PathParameters[name] }

// RawPath is the whole path as the client sent it.
func (r *Request) RawPath() string { return r.event.RawPath }

// Query returns the parameters of the query. It answers FieldInvalid if it cannot be
// decoded.
func (r *Request) Query() (url.Values, error) {
	q, err := url.ParseQuery(r.event.RawQueryString)
	if err != nil {
		return nil, fault.FieldInvalid.AtField("query", fault.Invalid).Because(err)
	}
	return q, nil
}

// IdempotencyKey is the header Idempotency-Key, "" without one, and a digest of all that
// the request asks for. The client chooses the key, and sends the same one when it
// sends the request again. The error is FieldInvalid for more than 255 characters, and
// for one that is not visible ASCII.
func (r *Request) IdempotencyKey() (key, digest string, err error) {
	const name, most = "Idempotency-Key", 255
	key = r.Header(name)
	if len(key) > most || strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return "", "", fault.FieldInvalid.AtField(name, fault.Invalid)
	}
	if key == "" {
		return "", "", nil
	}
	digest, err = r.digest()
	return key, digest, err
}

// digest is a hash of route, path, query and body. Two bodies of JSON that differ only
// in the order of members, in white space or in how characters are escaped have the
// same digest.
func (r *Request) digest() (string, error) {
	query, err := r.Query()
	if err != nil {
		return "", err
	}
	body, err := r.bodyOf()
	if err != nil {
		return "", fault.BodyInvalid.Becausef("base64: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value, more any
	if decoder.Decode(&value) == nil && errors.Is(decoder.Decode(&more), io.EOF) {
		if plain, err := json.Marshal(value); err == nil {
			body = plain
		}
	}
	h := sha256.New()
	for _, part := range []string{r.event.RequestContext.HTTP.Method, r.event.RawPath, query.Encode(), string(body)} {
		fmt.Fprintf(h, "%d %s\n", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Header is the value of a header, "" without one. The case of name does not count:
// the gateway writes names in lower case, sam local start-api leaves them as they
// came.
func (r *Request) Header(name string) string {
	if v, ok := r.event.Headers[strings.ToLower(name)]; ok {
		return v
	}
	for n, v := range r.event.Headers {
		if http.CanonicalHeaderKey(n) == http.CanonicalHeaderKey(name) { // folds ASCII alone
			return v
		}
	}
	return ""
}

// Call returns the address and the id of the request. The address is the one that the
// gateway saw, never one from a header, which a client could invent.
func (r *Request) Call() audit.Call {
	return audit.Call{Address: r.event.RequestContext.HTTP.SourceIP, ID: r.ID()}
}

// statuses has the HTTP status of each kind of failure. No other place knows them.
var statuses = map[fault.Kind]int{
	fault.KindInternal:        http.StatusInternalServerError,
	fault.KindMalformed:       http.StatusBadRequest,
	fault.KindInvalid:         http.StatusUnprocessableEntity,
	fault.KindUnauthenticated: http.StatusUnauthorized,
	fault.KindForbidden:       http.StatusForbidden,
	fault.KindNotFound:        http.StatusNotFound,
	fault.KindConflict:        http.StatusConflict,
	fault.KindGone:            http.StatusGone,
	fault.KindTooLarge:        http.StatusRequestEntityTooLarge,
	fault.KindMediaType:       http.StatusUnsupportedMediaType,
	fault.KindLimited:         http.StatusTooManyRequests,
	fault.KindUnavailable:     http.StatusServiceUnavailable,
}

// faultOf returns the fault that err is or wraps. If the time ran out, that is
// Unavailable, since another try may succeed. Any other error is Internal.
func faultOf(err error) *fault.Error {
	var e *fault.Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return fault.Unavailable
	}
	return fault.Internal
}

// FieldError is a refused field on the wire. Message is in the caller's language. Row and
// Column say where a file has the field.
type FieldError struct {
	Field   string `json:"field"`
	Row     int    `json:"row,omitempty"`
	Column  string `json:"column,omitempty"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// FieldErrors returns the wire form of refused fields.
func (r *Request) FieldErrors(fields []fault.Field) []FieldError {
	list := make([]FieldError, len(fields))
	for i, f := range fields {
		list[i] = FieldError{f.Path, f.Row, f.Column, f.Code, r.say(f.Zh, f.En)}
	}
	return list
}

// say returns the sentence in the caller's language.
func (r *Request) say(zh, en string) string {
	if prefersEnglish(r.Header("Accept-Language")) {
		return en
	}
	return zh
}

// headers returns those of every answer. They keep browsers to HTTPS, from caching,
// from guessing what a body is, from running or framing it, and from telling other
// sites where they come from.
func headers() map[string]string {
	return map[string]string{
		"Cache-Control":             "no-store",
		"Content-Security-Policy":   "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		"Referrer-Policy":           "no-referrer",
		"Strict-Transport-Security": "max-age=63072000",
		"X-Content-Type-Options":    "nosniff",
	}
}

// success returns the reply with the answer of a handler.
func (r *Request) success(a Answer) Reply {
	reply := Reply{StatusCode: a.Status, Headers: headers(), Cookies: a.Cookies}
	if a.Forget {
		reply.Headers["Clear-Site-Data"] = `"cache", "storage"` // not "cookies": the device stays the same device
	}
	if a.Location != "" {
		reply.Headers["Location"] = a.Location
	}
	switch body := a.Body.(type) {
	case nil:
	case Plain:
		reply.Headers["Content-Type"] = "text/plain; charset=utf-8"
		reply.Body = string(body)
	case File:
		body.put(&reply)
	default:
		reply.Headers["Content-Type"] = "application/json; charset=utf-8"
		reply.Body = encode(body)
	}
	return reply
}

// problem returns the reply for a failure: a body after RFC 9457 with the sentence in
// the caller's language.
func (r *Request) problem(cookies []string, e *fault.Error) Reply {
	reply := Reply{StatusCode: statuses[e.Kind], Headers: headers(), Cookies: cookies}
	body := map[string]any{}
	for member, value := range e.Extensions {
		body[member] = value
	}
	body["type"] = "urn:problem:" + e.Code
	body["title"] = r.say(e.Zh, e.En)
	body["status"] = reply.StatusCode
	body["code"] = e.Code
	body["requestId"] = r.ID()
	if len(e.Fields) > 0 {
		body["errors"] = r.FieldErrors(e.Fields)
	}
	if e.RetryAfter > 0 {
		seconds := int(math.Ceil(e.RetryAfter.Seconds()))
		body["retryAfter"] = seconds
		reply.Headers["Retry-After"] = strconv.Itoa(seconds)
	}
	reply.Headers["Content-Type"] = "application/problem+json; charset=utf-8"
	reply.Body = encode(body)
	return reply
}

// encode returns v as JSON.
func encode(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("an answer that cannot be encoded: " + err.Error()) // a bug; the golden test of the function would find it
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// prefersEnglish reports whether an Accept-Language header ranks English above
// Chinese. Without the header, or with equal ranks, the answer is Chinese.
func prefersEnglish(header string) bool {
	zh, en := 0.0, 0.0
	for _, part := range strings.Split(header, ",") {
		tag, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		q := 1.0
		if v, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			if parsed, err := strconv.ParseFloat(v, 64); err == nil {
				q = parsed
			}
		}
		switch language, _, _ := strings.Cut(strings.ToLower(tag), "-"); language {
		case "zh":
			zh = max(zh, q)
		case "en":
			en = max(en, q)
		}
	}
	return en > zh
}

// bodyOf returns the body as the client sent it. The gateway encodes some bodies in
// base64.
func (r *Request) bodyOf() ([]byte, error) {
	if !r.event.IsBase64Encoded {
		return []byte(r.event.Body), nil
	}
	return base64.StdEncoding.DecodeString(r.event.Body)
}
