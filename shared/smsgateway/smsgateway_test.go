package smsgateway

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func sender(url string) Sender {
	return New(url, "k1", []byte("secret"), func() time.Time { return noon }, rand.Reader)
}

// TestSend meets a gateway that behaves in every way that one can.
func TestSend(t *testing.T) {
	phone, err := staff.ParsePhone("13700000003")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		serve   func(http.ResponseWriter, *http.Request)
		sent    bool // without an error
		refused bool
	}{
		{"takes it", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"id":"d-1"}`) }, true, false},
		{"says no", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusForbidden) }, false, true},
		{"is ill", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "ill", http.StatusBadGateway) }, false, true},
		{"sends elsewhere", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/other", http.StatusFound) }, false, true},
		{"talks nonsense", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") }, false, false},
		{"hangs up", func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				conn.Close()
			}
		}, false, false},
		{"says half", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, `{"id"`)
		}, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got.Add(1)
				body, _ := io.ReadAll(r.Body)
				var m message
				if err := json.Unmarshal(body, &m); err != nil || m.To != "+8613700000003" || m.Text != "你好" || len(m.ID) != 22 {
					t.Errorf("body %s", body)
				}
				if r.Header.Get("Sms-Signature") != Sign([]byte("secret"), "1795348800", body) || r.Header.Get("Sms-Key") != "k1" {
					t.Errorf("header %v", r.Header)
				}
				tt.serve(w, r)
			}))
			defer server.Close()
			s := sender(server.URL)
			err := s.Send(context.Background(), phone, "你好")
			if (err == nil) != tt.sent || errors.Is(err, account.ErrSMSRefused) != tt.refused {
				t.Errorf("%v", err)
			}
			if err != nil && strings.Contains(err.Error(), "13700000003") {
				t.Errorf("the number is in the error: %v", err)
			}
			if got.Load() != 1 {
				t.Errorf("%d requests", got.Load())
			}
		})
	}
}

func TestUnreachable(t *testing.T) {
	phone, _ := staff.ParsePhone("13700000003")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	s := sender("http://" + l.Addr().String())
	var dials atomic.Int32
	s.client.Transport = &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		dials.Add(1)
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}}
	if err := s.Send(context.Background(), phone, "x"); !errors.Is(err, account.ErrSMSRefused) {
		t.Errorf("%v", err)
	}
	if dials.Load() != 2 {
		t.Errorf("%d dials, want 2", dials.Load())
	}
}

func TestTooSlow(t *testing.T) {
	phone, _ := staff.ParsePhone("13700000003")
	done := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.ReadAll(r.Body)
		select {
		case <-r.Context().Done():
		case <-done:
		}
	}))
	defer server.Close()
	defer close(done)
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if err := sender(server.URL).Send(ctx, phone, "x"); err == nil || errors.Is(err, account.ErrSMSRefused) {
		t.Errorf("%v", err)
	}
}

// TestConnectionsAreNotKept: a connection that the gateway closed while the
// function slept would lose the next text, which would count as sent.
func TestConnectionsAreNotKept(t *testing.T) {
	transport, ok := sender("http://localhost").client.Transport.(*http.Transport)
	if !ok || transport.IdleConnTimeout <= 0 || transport.IdleConnTimeout > 5*time.Second {
		t.Errorf("%+v", transport)
	}
}
