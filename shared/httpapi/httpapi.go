// Package httpapi turns handlers into a Lambda function behind an API Gateway
// HTTP API (payload 2.0). Everything about HTTP that the functions share is
// here, so that none of them mentions a header: who is calling (who.go), strict
// decoding (decode.go), problem+json, cookies, and the one line that is logged
// for a request.
//
// It decides nothing about what a caller may do.
package httpapi

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
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
)

// The event and the reply of the gateway.
type (
	Event = events.APIGatewayV2HTTPRequest
	Reply = events.APIGatewayV2HTTPResponse
)

// Answer is what a handler has to say. A Body that is nil is no body. Cookies
// are sent along with a failure, too.
type Answer struct {
	Status  int
	Body    any
	Cookies []string
}

// Plain is a body of plain text, for what is no part of the API.
type Plain string

// Handler serves one route. An error that is not a *fault.Error is shown as
// internal and logged in full.
type Handler func(context.Context, *Request) (Answer, error)

// Routes are a function's handlers by the gateway's routeKey: "POST /v1/codes".
type Routes map[string]Handler

// Start serves routes until Lambda ends the process.
func Start(routes Routes) {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	slog.SetDefault(log) // for what is logged beside the request's own line
	lambda.Start(Serve(log, lambdacontext.FunctionName, routes))
}

// Serve is the function that Lambda calls. It never returns an error: the
// caller always gets our JSON, and what went wrong inside is in the log under
// the request's id.
func Serve(log *slog.Logger, function string, routes Routes) func(context.Context, Event) (Reply, error) {
	return func(ctx context.Context, e Event) (Reply, error) {
		began := time.Now()
		ctx, cancel := leaveTimeToAnswer(ctx)
		defer cancel()
		ctx, cost := meter.With(ctx)
		r := &Request{event: e}

		handler, known := routes[e.RouteKey]
		if !known {
			handler = func(context.Context, *Request) (Answer, error) { return Answer{}, fault.RouteMissing }
		}
		reply, err := r.answer(ctx, handler)

		calls, units := cost.Total()
		level, attrs := slog.LevelInfo, []slog.Attr{
			slog.String("function", function), slog.String("requestId", r.ID()), slog.String("route", e.RouteKey), slog.Int("status", reply.StatusCode),
			slog.Float64("ms", float64(time.Since(began).Microseconds())/1000), slog.Int("calls", calls), slog.Float64(meter.Units, units),
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
				// Counted where it is decided: no release is better or worse for it, and
				// what puts it right is a release.
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

// answer is what h has to say. A panic is a bug like any other: left alone it
// would end the process, and the caller would get the gateway's answer.
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

// leaveTimeToAnswer ends the work a little before Lambda ends the function: a
// function that Lambda stops tells its caller nothing.
func leaveTimeToAnswer(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, deadline.Add(-500*time.Millisecond))
}

// Request is one call of a route.
type Request struct{ event Event }

// ID is the gateway's id of the request.
func (r *Request) ID() string { return r.event.RequestContext.RequestID }

// Path is a variable of the route's path, decoded.
func (r *Request) Path(name string) string { return r.event.PathParameters[name] }

// RawPath is the path as asked for.
func (r *Request) RawPath() string { return r.event.RawPath }

// Query are the parameters of the query.
func (r *Request) Query() (url.Values, error) {
	q, err := url.ParseQuery(r.event.RawQueryString)
	if err != nil {
		return nil, fault.FieldInvalid.On("query", fault.Invalid).Because(err)
	}
	return q, nil
}

// IdempotencyKey is the caller's own name for the request, by which it is known
// when it is sent again; "" without one. It answers FieldInvalid for a text that
// no header should hold.
func (r *Request) IdempotencyKey() (string, error) {
	const name, most = "Idempotency-Key", 255
	key := r.Header(name)
	if len(key) > most || strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return "", fault.FieldInvalid.On(name, fault.Invalid)
	}
	return key, nil
}

// Header is a header's value; names are case-insensitive. The gateway writes
// them in lower case; sam local start-api leaves them as they came.
func (r *Request) Header(name string) string {
	if v, ok := r.event.Headers[strings.ToLower(name)]; ok {
		return v
	}
	for n, v := range r.event.Headers {
		if strings.EqualFold(n, name) {
			return v
		}
	}
	return ""
}

// Call is what of the request does not depend on its body. The address is the
// gateway's word, never a header's.
func (r *Request) Call() audit.Call {
	return audit.Call{Address: r.event.RequestContext.HTTP.SourceIP, ID: r.ID()}
}

// statuses is the only place where a kind of failure meets HTTP.
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

// faultOf is the fault in err. What ran out of time may succeed next time.
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

// FieldError is what is wrong with one field, in the caller's language.
type FieldError struct {
	Field   string `json:"field"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// FieldErrors is the wire form of what is wrong with fields.
func (r *Request) FieldErrors(fields []fault.Field) []FieldError {
	list := make([]FieldError, len(fields))
	for i, f := range fields {
		list[i] = FieldError{f.Path, f.Code, r.say(f.Zh, f.En)}
	}
	return list
}

// say is the sentence in the caller's language.
func (r *Request) say(zh, en string) string {
	if prefersEnglish(r.Header("Accept-Language")) {
		return en
	}
	return zh
}

func (r *Request) success(a Answer) Reply {
	reply := Reply{StatusCode: a.Status, Headers: map[string]string{"Cache-Control": "no-store"}, Cookies: a.Cookies}
	if text, plain := a.Body.(Plain); plain {
		reply.Headers["Content-Type"] = "text/plain; charset=utf-8"
		reply.Body = string(text)
	} else if a.Body != nil {
		reply.Headers["Content-Type"] = "application/json; charset=utf-8"
		reply.Body = encode(a.Body)
	}
	return reply
}

// problem is RFC 9457's body for a failure, in the caller's language.
func (r *Request) problem(cookies []string, e *fault.Error) Reply {
	reply := Reply{StatusCode: statuses[e.Kind], Headers: map[string]string{"Cache-Control": "no-store"}, Cookies: cookies}
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

func encode(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("an answer that cannot be encoded: " + err.Error()) // a bug that the function's golden test meets
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// prefersEnglish reports whether an Accept-Language header ranks English above
// Chinese. Chinese is what everybody gets who does not say.
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

// bodyOf is the request's body as it was sent.
func (r *Request) bodyOf() ([]byte, error) {
	if !r.event.IsBase64Encoded {
		return []byte(r.event.Body), nil
	}
	return base64.StdEncoding.DecodeString(r.event.Body)
}
