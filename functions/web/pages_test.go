package main

import (
	"context"
	"encoding/base64"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"chaoxi/shared/httpapi"
)

// get asks routes for a path as the gateway does.
func get(t *testing.T, p pages, method, path string, headers map[string]string) (httpapi.Reply, string) {
	t.Helper()
	e := httpapi.Event{RouteKey: "$default", RawPath: path, Headers: headers}
	e.RequestContext.HTTP.Method, e.RequestContext.HTTP.Path = method, path
	reply, err := httpapi.Serve(slog.New(slog.DiscardHandler), "web", routes(p))(context.Background(), e)
	if err != nil {
		t.Fatal(err)
	}
	body := reply.Body
	if reply.IsBase64Encoded {
		raw, err := base64.StdEncoding.DecodeString(body)
		if err != nil {
			t.Fatal(err)
		}
		body = string(raw)
	}
	return reply, body
}

var built = pages{fstest.MapFS{
	"m/index.html":              {Data: []byte("<phone>")},
	"m/index.html.br":           {Data: []byte("phone in brotli")},
	"m/icon.svg":                {Data: []byte("<svg>")},
	"m/assets/index-a1.js":      {Data: []byte("script")},
	"m/assets/index-a1.js.gz":   {Data: []byte("script in gzip")},
	"m/assets/index-a1.js.br":   {Data: []byte("script in brotli")},
	"m/secret.key":              {Data: []byte("not for the world")},
	"console/index.html":        {Data: []byte(`<meta nonce="__NONCE__">`)},
	"console/index.html.br":     {Data: []byte("has no nonce")},
	"console/assets/index-b.js": {Data: []byte("console script")},
	"reference/index.html":      {Data: []byte("<reference>")},
	"reference/openapi.yaml":    {Data: []byte("openapi: 3.1.1")},
	"reference/openapi.yaml.br": {Data: []byte("openapi in brotli")},
}}

func TestPages(t *testing.T) {
	const forever, anew = "public, max-age=31536000, immutable", "no-cache"
	tests := []struct {
		name, path, accept string
		status             int
		body, cache, kind  string
		encoding, location string
	}{
		{"the root leads to the phone's page", "/", "", 302, "", "no-store", "", "", "/m/"},
		{"no slash at the end", "/m", "", 302, "", "no-store", "", "", "/m/"},
		{"no slash at the end of the console", "/console", "", 302, "", "no-store", "", "", "/console/"},
		{"the phone's page", "/m/", "", 200, "<phone>", anew, "text/html; charset=utf-8", "", ""},
		{"compressed", "/m/", "gzip, br", 200, "phone in brotli", anew, "text/html; charset=utf-8", "br", ""},
		{"a step of a flow", "/m/activate/password", "", 200, "<phone>", anew, "text/html; charset=utf-8", "", ""},
		{"a script", "/m/assets/index-a1.js", "", 200, "script", forever, "text/javascript; charset=utf-8", "", ""},
		{"a script in brotli", "/m/assets/index-a1.js", "gzip, deflate, br", 200, "script in brotli", forever, "text/javascript; charset=utf-8", "br", ""},
		{"a script in gzip", "/m/assets/index-a1.js", "GZIP", 200, "script in gzip", forever, "text/javascript; charset=utf-8", "gzip", ""},
		{"brotli refused", "/m/assets/index-a1.js", "br;q=0, gzip;q=0.5", 200, "script in gzip", forever, "text/javascript; charset=utf-8", "gzip", ""},
		{"all refused", "/m/assets/index-a1.js", "br; q=0.0, gzip;q=0", 200, "script", forever, "text/javascript; charset=utf-8", "", ""},
		{"any encoding", "/m/assets/index-a1.js", "*", 200, "script in brotli", forever, "text/javascript; charset=utf-8", "br", ""},
		{"a file that may change", "/m/icon.svg", "", 200, "<svg>", anew, "image/svg+xml", "", ""},
		{"the reference", "/reference/", "", 200, "<reference>", anew, "text/html; charset=utf-8", "", ""},
		{"no slash at the end of the reference", "/reference", "", 302, "", "no-store", "", "", "/reference/"},
		{"the contract", "/reference/openapi.yaml", "", 200, "openapi: 3.1.1", anew, "application/yaml; charset=utf-8", "", ""},
		{"the contract in brotli", "/reference/openapi.yaml", "br", 200, "openapi in brotli", anew, "application/yaml; charset=utf-8", "br", ""},
		{"a script that is gone", "/m/assets/index-a0.js", "", 404, "404 not found\n", "no-store", "text/plain; charset=utf-8", "", ""},
		{"a compressed form by its own name", "/m/assets/index-a1.js.br", "", 404, "404 not found\n", "no-store", "text/plain; charset=utf-8", "", ""},
		{"a file of another kind", "/m/secret.key", "", 404, "404 not found\n", "no-store", "text/plain; charset=utf-8", "", ""},
		{"the page by the name of its file", "/m/index.html", "", 404, "404 not found\n", "no-store", "text/plain; charset=utf-8", "", ""},
		{"out of the folder", "/m/../console/index.html.js", "", 404, "404 not found\n", "no-store", "text/plain; charset=utf-8", "", ""},
		{"another path", "/robots.txt", "", 404, "404 not found\n", "no-store", "text/plain; charset=utf-8", "", ""},
		{"a name that begins alike", "/mobile", "", 404, "404 not found\n", "no-store", "text/plain; charset=utf-8", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, method := range []string{"GET", "HEAD"} {
				reply, body := get(t, built, method, tt.path, map[string]string{"accept-encoding": tt.accept})
				want := tt.body
				if method == "HEAD" {
					want = ""
				}
				h := reply.Headers
				if reply.StatusCode != tt.status || body != want || h["Cache-Control"] != tt.cache || h["Content-Type"] != tt.kind || h["Content-Encoding"] != tt.encoding || h["Location"] != tt.location {
					t.Errorf("%s: %d %q %v", method, reply.StatusCode, body, h)
				}
				if h["X-Content-Type-Options"] != "nosniff" || !strings.Contains(h["Content-Security-Policy"], "frame-ancestors 'none'") || h["Strict-Transport-Security"] == "" {
					t.Errorf("%s: headers %v", method, h)
				}
			}
		})
	}
}

func TestOtherMethods(t *testing.T) {
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS"} {
		if reply, _ := get(t, built, method, "/m/", nil); reply.StatusCode != 404 {
			t.Errorf("%s: %d", method, reply.StatusCode)
		}
	}
	reply, body := get(t, built, "GET", "/v1/nothing", nil)
	if reply.StatusCode != 404 || !strings.Contains(body, "route_missing") {
		t.Errorf("an unknown route of the API: %d %s", reply.StatusCode, body)
	}
}

// TestPhonePolicy: the phone's page runs no markup that a script writes, and no style or
// script from elsewhere.
func TestPhonePolicy(t *testing.T) {
	reply, _ := get(t, built, "GET", "/m/", nil)
	policy := reply.Headers["Content-Security-Policy"]
	for _, want := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("no %s in %q", want, policy)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "upgrade-insecure-requests") {
		t.Errorf("policy %q", policy)
	}
}

// TestReferencePolicy: what shows the contract gets styles, scripts and data from our own
// origin alone, without exception.
func TestReferencePolicy(t *testing.T) {
	reply, _ := get(t, built, "GET", "/reference/", nil)
	policy := reply.Headers["Content-Security-Policy"]
	for _, want := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "connect-src 'self'", "form-action 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("no %s in %q", want, policy)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "nonce") {
		t.Errorf("policy %q", policy)
	}
}

// TestConsoleNonce: each answer has a nonce of its own, in the page and in the policy, and
// nobody keeps it.
func TestConsoleNonce(t *testing.T) {
	seen := map[string]bool{}
	for range 3 {
		reply, body := get(t, built, "GET", "/console/staff", map[string]string{"accept-encoding": "br"})
		nonce := regexp.MustCompile(`^<meta nonce="([A-Z2-7]{26})">$`).FindStringSubmatch(body)
		if nonce == nil || seen[nonce[1]] || !strings.Contains(reply.Headers["Content-Security-Policy"], "style-src 'self' 'nonce-"+nonce[1]+"';") {
			t.Fatalf("%q with %v", body, reply.Headers)
		}
		if reply.Headers["Cache-Control"] != "no-store" || reply.Headers["Content-Encoding"] != "" {
			t.Errorf("headers %v", reply.Headers)
		}
		seen[nonce[1]] = true
	}
}

// TestNotBuilt: without Node.js the API works, and the pages say how to get them.
func TestNotBuilt(t *testing.T) {
	for _, path := range []string{"/m/", "/console/", "/reference/"} {
		if reply, body := get(t, pages{fstest.MapFS{}}, "GET", path, nil); reply.StatusCode != 404 || !strings.Contains(body, "make pages") {
			t.Errorf("%s: %d %q", path, reply.StatusCode, body)
		}
	}
}
