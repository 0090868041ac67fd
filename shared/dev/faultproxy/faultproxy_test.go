package faultproxy

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// table stands for DynamoDB Local: it counts requests.
type table struct{ done atomic.Int32 }

func (s *table) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	s.done.Add(1)
	io.WriteString(w, "answered")
}

// attempt sends one attempt of a call, and returns what its client sees.
func attempt(t *testing.T, url, op, call string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*Delay)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(`{"RequestItems":{"t":[1]}}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Amz-Target", "DynamoDB_20120810."+op)
	req.Header.Set("Amz-Sdk-Invocation-Id", call)
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return strings.TrimSpace(string(body)), err
}

func TestKinds(t *testing.T) {
	for _, tt := range []struct {
		kind Kind
		op   string
		done int32 // requests that reached the table
		says string
		err  error
	}{
		{0, "PutItem", 1, "answered", nil},
		{Delayed, "PutItem", 1, "answered", nil},
		{ResetBefore, "PutItem", 0, "", syscall.ECONNRESET},
		{ResetAfter, "PutItem", 1, "", syscall.ECONNRESET},
		{Hung, "PutItem", 0, "", context.DeadlineExceeded},
		{HungAfter, "PutItem", 1, "", context.DeadlineExceeded},
		{Throttled, "PutItem", 0, `{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"injected"}`, nil},
		{InternalError, "PutItem", 0, `{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"injected"}`, nil},
		{Unprocessed, "BatchGetItem", 0, `{"Responses":{},"UnprocessedKeys":{"t":[1]}}`, nil},
		{Unprocessed, "BatchWriteItem", 0, `{"UnprocessedItems":{"t":[1]}}`, nil},
	} {
		t.Run(tt.kind.String()+" "+tt.op, func(t *testing.T) {
			t.Parallel()
			var s table
			server := httptest.NewServer(&s)
			defer server.Close()
			p, err := New(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			p.Set(Fault{Kind: tt.kind, Op: tt.op, Call: 1, Attempts: 1})
			began := time.Now()
			says, err := attempt(t, p.URL, tt.op, "a")
			if says != tt.says || !errors.Is(err, tt.err) || s.done.Load() != tt.done {
				t.Errorf("the client sees %q, %v; the table saw %d requests", says, err, s.done.Load())
			}
			if tt.kind == Delayed && time.Since(began) < Delay {
				t.Error("answered at once")
			}
			if says, err := attempt(t, p.URL, tt.op, "a"); says != "answered" || err != nil {
				t.Errorf("the second attempt: %q, %v", says, err)
			}
		})
	}
}

// TestChoice: a fault is of one call of one operation, with as many attempts as it says.
func TestChoice(t *testing.T) {
	var s table
	server := httptest.NewServer(&s)
	defer server.Close()
	p, err := New(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	p.Set(Fault{Kind: Throttled, Op: "PutItem", Call: 2, Attempts: Always})
	for i, tt := range []struct {
		op, call string
		fails    bool
	}{
		{"PutItem", "a", false}, {"GetItem", "b", false}, {"PutItem", "c", true}, {"PutItem", "a", false}, {"PutItem", "c", true}, {"PutItem", "d", false}, {"PutItem", "c", true},
	} {
		says, err := attempt(t, p.URL, tt.op, tt.call)
		if err != nil || (says != "answered") != tt.fails {
			t.Errorf("attempt %d: %q, %v", i, says, err)
		}
	}
	if want := map[string]int{"PutItem": 3, "GetItem": 1}; p.Hits() != 3 || !maps.Equal(p.Calls(), want) {
		t.Errorf("%d hits of %v", p.Hits(), p.Calls())
	}
	p.Set(Fault{})
	if says, err := attempt(t, p.URL, "PutItem", "c"); says != "answered" || err != nil || p.Hits() != 0 {
		t.Errorf("without a fault: %q, %v", says, err)
	}
}

// TestLost: an attempt that its client gave up without a fault is counted, and nothing
// else is.
func TestLost(t *testing.T) {
	var late atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if late.Load() {
			time.Sleep(3 * Delay)
		}
		io.WriteString(w, "answered")
	}))
	defer server.Close()
	for _, tt := range []struct {
		name string
		late bool // the table is
		kind Kind
		says error
		lost int
	}{
		{"answered", false, 0, nil, 0},
		{"the fault of the test", false, Hung, context.DeadlineExceeded, 0},
		{"answered too late", true, 0, context.DeadlineExceeded, 1},
	} {
		p, err := New(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		late.Store(tt.late)
		p.Set(Fault{Kind: tt.kind, Op: "PutItem", Call: 1, Attempts: 1})
		if _, err := attempt(t, p.URL, "PutItem", "a"); !errors.Is(err, tt.says) {
			t.Errorf("%s: %v", tt.name, err)
		}
		for end := time.Now().Add(5 * time.Second); p.Lost() < tt.lost && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
		if p.Lost() != tt.lost {
			t.Errorf("%s: %d lost, want %d", tt.name, p.Lost(), tt.lost)
		}
		p.Set(Fault{})
		if p.Lost() != 0 {
			t.Errorf("%s: Set keeps the count", tt.name)
		}
	}
}
