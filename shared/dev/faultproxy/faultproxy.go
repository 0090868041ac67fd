// Package faultproxy stands between functions and DynamoDB Local and makes chosen
// calls fail, on the wire. It shows what a client makes of a connection that breaks or
// hangs, which a fault inside the client (dynamotest.Faults) cannot.
//
// It changes nothing else: what it lets through is answered by DynamoDB Local. It
// keeps no data.
//
// Look first at Kind, then at Proxy.
package faultproxy

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Kind is a way in which an attempt of a call fails.
type Kind int

// The kinds. A call that is Hung or HungAfter is not answered until the client closes
// the connection.
const (
	Delayed       Kind = iota + 1 // answered after Delay; done
	ResetBefore                   // the connection breaks before the table has the request: not done
	ResetAfter                    // done, but the connection breaks before the answer
	Hung                          // no answer; not done
	HungAfter                     // no answer; done
	Throttled                     // ProvisionedThroughputExceededException: not done
	InternalError                 // status 500, InternalServerError: not done
	Unprocessed                   // a batch is answered, but none of its items was touched
)

// Delay is how late a Delayed call is answered. It is within the time that clients
// have for an attempt.
const Delay = 300 * time.Millisecond

// String names the kind for the messages of tests.
func (k Kind) String() string {
	return [...]string{"no fault", "delayed", "reset before", "reset after", "hung", "hung after", "throttled", "internal error", "unprocessed"}[k]
}

// Kinds returns the ways in which a call of an operation can fail. A read has no
// ResetAfter and no HungAfter: for it they are the same as before.
func Kinds(operation string) []Kind {
	kinds := []Kind{Delayed, ResetBefore, Hung, Throttled, InternalError}
	switch operation {
	case "GetItem", "Query":
		return kinds
	case "BatchGetItem":
		return append(kinds, Unprocessed)
	case "BatchWriteItem":
		return append(kinds, Unprocessed, ResetAfter, HungAfter)
	default:
		return append(kinds, ResetAfter, HungAfter)
	}
}

// Always is the number of Fault.Attempts with which all attempts fail.
const Always = -1

// Fault makes one call fail. The attempts of one call have the same invocation id,
// which the AWS SDK sends as a header.
type Fault struct {
	Kind     Kind
	Op       string // PutItem, …
	Call     int    // which call of this operation, from 1
	Attempts int    // how many attempts of it fail
}

// Proxy is the proxy. Close it.
type Proxy struct {
	URL string // for clients

	upstream string
	server   *http.Server

	mu    sync.Mutex
	fault Fault
	hits  int
	lost  int
	calls map[string]int // by operation
	known map[string]int // number of a call, by its invocation id
}

// New returns a Proxy for the DynamoDB Local at upstream, without a fault. It listens on
// a free port of this machine alone.
func New(upstream string) (*Proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{URL: "http://" + listener.Addr().String(), upstream: strings.TrimSuffix(upstream, "/")}
	p.Set(Fault{})
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: time.Minute}
	go p.server.Serve(listener)
	return p, nil
}

// Close ends the proxy and all connections to it.
func (p *Proxy) Close() error { return p.server.Close() }

// Set replaces the fault and counts calls from 1 again. The zero Fault is none.
func (p *Proxy) Set(f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault, p.hits, p.lost, p.calls, p.known = f, 0, 0, map[string]int{}, map[string]int{}
}

// Hits returns how many attempts have failed since Set. Zero tells a test that its
// fault never came to pass.
func (p *Proxy) Hits() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hits
}

// Lost returns how many attempts since Set, of those that were to succeed, their client
// gave up. On a busy machine the table or the client is late at times, and then the
// test has seen another fault than its own.
func (p *Proxy) Lost() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lost
}

// Calls returns the number of calls since Set, by operation.
func (p *Proxy) Calls() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.calls)
}

// choose counts an attempt and returns how it fails, 0 if it does not.
func (p *Proxy) choose(op, invocation string) Kind {
	p.mu.Lock()
	defer p.mu.Unlock()
	number, again := p.known[invocation]
	if !again {
		p.calls[op]++
		number = p.calls[op]
		p.known[invocation] = number
	}
	if p.fault.Kind == 0 || p.fault.Op != op || p.fault.Call != number || p.fault.Attempts != Always && p.hits >= p.fault.Attempts {
		return 0
	}
	p.hits++
	return p.fault.Kind
}

// ServeHTTP serves one attempt of a call.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		reset(w)
		return
	}
	_, op, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	switch p.choose(op, r.Header.Get("Amz-Sdk-Invocation-Id")) {
	case Delayed:
		select {
		case <-time.After(Delay):
			p.forward(w, r, body)
		case <-r.Context().Done():
		}
	case ResetBefore:
		reset(w)
	case ResetAfter:
		p.forward(unseen{}, r, body)
		reset(w)
	case Hung:
		<-r.Context().Done()
	case HungAfter:
		p.forward(unseen{}, r, body)
		<-r.Context().Done()
	case Throttled:
		answer(w, http.StatusBadRequest, map[string]any{"__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException", "message": "injected"})
	case InternalError:
		answer(w, http.StatusInternalServerError, map[string]any{"__type": "com.amazonaws.dynamodb.v20120810#InternalServerError", "message": "injected"})
	case Unprocessed:
		var batch struct{ RequestItems json.RawMessage }
		if err := json.Unmarshal(body, &batch); err != nil {
			reset(w)
			return
		}
		if op == "BatchGetItem" {
			answer(w, http.StatusOK, map[string]any{"Responses": map[string]any{}, "UnprocessedKeys": batch.RequestItems})
		} else {
			answer(w, http.StatusOK, map[string]any{"UnprocessedItems": batch.RequestItems})
		}
	default:
		defer context.AfterFunc(r.Context(), p.lose)()
		p.forward(w, r, body)
	}
}

// lose counts an attempt that its client gave up.
func (p *Proxy) lose() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lost++
}

// forward has DynamoDB Local answer.
func (p *Proxy) forward(w http.ResponseWriter, r *http.Request, body []byte) {
	// Not with r's context: what a client has given up waiting for goes on.
	req, err := http.NewRequest(r.Method, p.upstream+r.URL.Path, bytes.NewReader(body))
	if err != nil {
		reset(w)
		return
	}
	req.Header = r.Header.Clone()
	req.Host = r.Host // the client has signed it
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		reset(w)
		return
	}
	defer res.Body.Close()
	maps.Copy(w.Header(), res.Header)
	w.WriteHeader(res.StatusCode)
	io.Copy(w, res.Body)
}

// unseen throws an answer away.
type unseen struct{}

func (unseen) Header() http.Header         { return http.Header{} }
func (unseen) WriteHeader(int)             {}
func (unseen) Write(p []byte) (int, error) { return len(p), nil }

// answer sends an answer of the proxy's own.
func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

// reset breaks the connection, so that the client sees a reset instead of an end.
func reset(w http.ResponseWriter) {
	hijacker, ok := w.(http.Hijacker)
	if !ok { // an answer that nobody sees
		return
	}
	connection, _, err := hijacker.Hijack()
	if err != nil {
		return
	}
	if tcp, ok := connection.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	connection.Close()
}
