package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"chaoxi/shared/dev/rights"
)

// watch stands between each function and the table, and notes what the function asks
// for. At the end of the test all of it has to follow from the function's record, from which
// its rights on AWS follow: DynamoDB Local allows everything.
type watch struct {
	t         *testing.T
	mu        sync.Mutex
	recorders map[string]*rights.Recorder
}

func newWatch(t *testing.T) *watch {
	w := &watch{t: t, recorders: map[string]*rights.Recorder{}}
	t.Cleanup(w.compare)
	return w
}

// endpoint is where a function finds the table, for local.Options.
func (w *watch) endpoint(function, endpoint string) string {
	to, err := url.Parse(endpoint)
	if err != nil {
		w.t.Fatal(err)
	}
	recorder := &rights.Recorder{}
	w.mu.Lock()
	w.recorders[function] = recorder
	w.mu.Unlock()
	proxy := &httputil.ReverseProxy{ErrorHandler: func(answer http.ResponseWriter, _ *http.Request, _ error) {
		answer.WriteHeader(http.StatusBadGateway) // the client has gone, or tries again
	}, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host // the client has signed it
	}}
	server := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the client has gone
		}
		_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		recorder.Note(operation, body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(answer, r)
	}))
	w.t.Cleanup(server.Close)
	return server.URL
}

func (w *watch) compare() {
	calls := 0
	for function, recorder := range w.recorders {
		made, err := recorder.Record()
		if err != nil {
			w.t.Errorf("%s: %v", function, err)
		}
		record, err := rights.Read(filepath.Join("..", "..", "functions", function))
		if err != nil {
			w.t.Error(err)
		}
		if more := record.Refused(made); len(more) > 0 {
			w.t.Errorf("%s makes calls that do not follow from its record, and that AWS would refuse: %v", function, more)
		}
		calls += len(made)
	}
	if calls == 0 && !w.t.Failed() && !w.t.Skipped() {
		w.t.Error("no function has made a call")
	}
}
