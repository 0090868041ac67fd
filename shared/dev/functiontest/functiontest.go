// Package functiontest calls the routes of a function as the gateway would. Each test
// has the demo register in a table of its own. Each answer is checked against
// openapi.yaml, and may be compared with a golden file.
//
// It is for the tests of the functions only. The clock stands still until a test
// moves it, and random values come from a fixed seed, so the answers are the same
// each time.
//
// Look first at New, then at Function.Do.
package functiontest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/demo"
	"chaoxi/shared/dev/openapitest"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/staff"
)

var update = flag.Bool("update", false, "rewrite the golden files instead of checking them")

// Noon is the time at which tests begin. It lies in the future: if it were in the
// past, items would be past their time to live, and DynamoDB would delete them.
var Noon = time.Date(2040, 3, 2, 12, 0, 0, 0, time.UTC)

// World has the demo register, without invented people, and all that a test wires a
// function with.
type World struct {
	T        testing.TB
	DB       *dynamodb.Client
	Table    string
	Store    *maintain.Store
	Counter  *dynamotest.Counter
	Faults   *dynamotest.Faults
	Keys     account.Keys
	Settings account.Settings
	Random   io.Reader
	Texts    *Texts
	Spec     *openapitest.Spec

	mu  sync.Mutex
	now time.Time
}

// New returns a World that ends with the test. It has no search index: its people are
// in no list, and no search finds them. See NewIndexed.
func New(t testing.TB) *World {
	t.Helper()
	return world(t, demo.SeedNamed)
}

// NewIndexed returns a World that also has the dictionaries, the whole tree and the
// search index. It takes ten times as long as New.
func NewIndexed(t testing.TB) *World {
	t.Helper()
	return world(t, func(ctx context.Context, db *dynamodb.Client, table string) error {
		return demo.Seed(ctx, db, table, 0, func(string) {})
	})
}

// world returns a World whose table seed has filled.
func world(t testing.TB, seed func(context.Context, *dynamodb.Client, string) error) *World {
	t.Helper()
	w := &World{
		T: t, now: Noon, Counter: &dynamotest.Counter{Hold: dynamotest.SideBySide}, Faults: dynamotest.NewFaults(),
		Keys: account.Keys{Current: []byte("a key of thirty-two bytes, or so")}, Settings: account.Defaults(),
		Random: &seeded{r: rand.NewChaCha8([32]byte{1})}, Texts: &Texts{}, Spec: openapitest.Load(t),
	}
	plain, table := dynamotest.New(t)
	if err := seed(context.Background(), plain, table); err != nil {
		t.Fatalf("seed: %v", err)
	}
	options := plain.Options()
	w.DB, w.Table = plain, table
	w.Store = maintain.Over(dynamodb.New(options, w.Counter.Option, w.Faults.Option, dynamotest.Requests(note)), table, dynamotest.AtOnce)
	return w
}

// Now is the time of the test.
func (w *World) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// Pass moves the clock forward by d.
func (w *World) Pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// Person reads the person who has the account name.
func (w *World) Person(name string) account.Person {
	w.T.Helper()
	code, _, err := w.Store.FindName(context.Background(), staff.ParseSignInName(name), "none")
	if err != nil {
		w.T.Fatal(err)
	}
	p, err := w.Store.Person(context.Background(), code)
	if err != nil {
		w.T.Fatal(err)
	}
	return p
}

// Permit returns the caller as one who holds p, and fails the test if they do not.
func (w *World) Permit(c account.Caller, p account.Permission) account.Permitted {
	w.T.Helper()
	by, err := c.Permit(p)
	if err != nil {
		w.T.Fatal(err)
	}
	return by
}

// PhoneAsAccount gives a person their phone as account, and returns the person.
func (w *World) PhoneAsAccount(name string) staff.Staff {
	w.T.Helper()
	return w.Edit(name, func(s *staff.Staff) {
		var err error
		s.Account, err = staff.ParseAccount(s.Phone.National())
		w.must(err)
	})
}

// Edit changes the record of a person, as an administrator does, and returns the person.
// The search index does not follow.
func (w *World) Edit(name string, change func(*staff.Staff)) staff.Staff {
	w.T.Helper()
	was := w.Person(name).Staff
	now := was.Clone()
	now.Version, now.Revision = was.Version+1, was.Revision+1
	change(&now)
	entry := audit.Entry{ID: fmt.Sprintf("edit %d of %s", now.Version, name), At: w.Now(), Actor: was.Code, Subject: audit.OfStaff(was.Code), Action: audit.UpdateStaff}
	w.must(w.Store.Change(context.Background(), admin.Change{Was: was, Now: now, Audit: entry, Grants: -1}))
	return now
}

// Index brings the search index of people up to date, as index-staff does.
func (w *World) Index(people ...staff.EmployeeCode) {
	w.T.Helper()
	for _, c := range people {
		_, err := staff.Indexer{Store: w.Store, Now: w.Now, Random: w.Random}.Run(context.Background(), c)
		w.must(err)
	}
}

// Function is a function under test.
type Function struct {
	w      *World
	routes httpapi.Routes
	serve  func(context.Context, httpapi.Event) (httpapi.Reply, error)
}

// Serve returns a Function with these routes.
func (w *World) Serve(routes httpapi.Routes) Function {
	return Function{w, routes, httpapi.Serve(slog.New(slog.DiscardHandler), "function", routes)}
}

// Call is one request. Without headers and cookies it is one of the mobile app.
type Call struct {
	Method, Path string // POST by default; the path may have a query
	Body         any    // a string is sent as it is, anything else as JSON; nil: none
	Header       map[string]string
	Cookies      []string
	SourceIP     string // 192.0.2.1 by default
}

// Reply is the answer to a Call.
type Reply struct {
	w       *World
	Status  int
	Header  map[string]string
	Cookies []string
	Raw     string
	Body    map[string]any
}

// Do calls the function, and fails the test if the answer is not as openapi.yaml
// says.
func (f Function) Do(c Call) Reply {
	f.w.T.Helper()
	u, err := url.Parse(c.Path)
	if err != nil {
		f.w.T.Fatal(err)
	}
	if c.Method == "" {
		c.Method = http.MethodPost
	}
	if c.SourceIP == "" {
		c.SourceIP = "192.0.2.1"
	}
	e := httpapi.Event{
		Version: "2.0", RawPath: u.Path, RawQueryString: u.RawQuery, Cookies: c.Cookies, Headers: map[string]string{"host": "api.example"},
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RequestID: "req-1",
			HTTP:      events.APIGatewayV2HTTPRequestContextHTTPDescription{Method: c.Method, Path: u.Path, SourceIP: c.SourceIP},
		},
	}
	e.RouteKey, e.PathParameters = f.match(c.Method, u.Path)
	switch body := c.Body.(type) {
	case nil:
	case string:
		e.Body = body
	default:
		b, err := json.Marshal(body)
		if err != nil {
			f.w.T.Fatal(err)
		}
		e.Body = string(b)
	}
	if e.Body != "" {
		e.Headers["content-type"] = "application/json"
	}
	for name, value := range c.Header {
		if name == "Cookie" { // the event has a field for cookies
			e.Cookies = append(slices.Clone(e.Cookies), strings.Split(value, "; ")...)
			continue
		}
		e.Headers[strings.ToLower(name)] = value
	}

	got, err := f.serve(f.w.Context(), e)
	if err != nil {
		f.w.T.Fatalf("%s %s: %v", c.Method, c.Path, err)
	}
	f.w.plain(got.Headers)
	if got.IsBase64Encoded { // the gateway decodes it
		file, err := base64.StdEncoding.DecodeString(got.Body)
		if err != nil {
			f.w.T.Fatalf("%s %s: %v", c.Method, c.Path, err)
		}
		got.Body = string(file)
	}
	r := Reply{w: f.w, Status: got.StatusCode, Header: got.Headers, Cookies: got.Cookies, Raw: got.Body}
	if strings.Contains(got.Headers["Content-Type"], "json") && c.Method != http.MethodHead {
		if err := json.Unmarshal([]byte(got.Body), &r.Body); err != nil {
			f.w.T.Fatalf("%s %s answered %d with no JSON: %s", c.Method, c.Path, got.StatusCode, got.Body)
		}
	}
	header := http.Header{}
	for name, value := range got.Headers {
		header.Set(name, value)
	}
	for _, cookie := range got.Cookies {
		header.Add("Set-Cookie", cookie)
	}
	if c.Method == http.MethodHead {
		if got.Body != "" {
			f.w.T.Errorf("%s %s has a body: %s", c.Method, c.Path, got.Body)
		}
		return r // openapi.yaml has the GET of it
	}
	f.w.Spec.CheckResponse(f.w.T, c.Method, u.Path, got.StatusCode, header, []byte(got.Body))
	return r
}

// plain checks the headers that every answer has, and takes them away, so that no golden
// file needs to have them.
func (w *World) plain(header map[string]string) {
	w.T.Helper()
	for name, want := range map[string]string{
		"Content-Security-Policy":   "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		"Referrer-Policy":           "no-referrer",
		"Strict-Transport-Security": "max-age=63072000",
		"X-Content-Type-Options":    "nosniff",
	} {
		if header[name] != want {
			w.T.Errorf("header %s is %q, want %q", name, header[name], want)
		}
		delete(header, name)
	}
}

// match returns the route of a path and the variables in it, as the gateway finds
// them: a route without variables comes first.
func (f Function) match(method, path string) (string, map[string]string) {
	if method == http.MethodHead { // template.yaml has it wherever it has GET
		route, params := f.match(http.MethodGet, path)
		return strings.Replace(route, http.MethodGet, http.MethodHead, 1), params
	}
	if _, ok := f.routes[method+" "+path]; ok {
		return method + " " + path, nil
	}
	for route := range f.routes {
		m, pattern, _ := strings.Cut(route, " ")
		want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
		if m != method || len(want) != len(have) {
			continue
		}
		params, fits := map[string]string{}, true
		for i := range want {
			if strings.HasPrefix(want[i], "{") {
				params[strings.Trim(want[i], "{}")] = have[i]
			} else {
				fits = fits && want[i] == have[i]
			}
		}
		if fits {
			return route, params
		}
	}
	return "$default", nil
}

// Text returns a text in the body of the answer, "" if there is none.
func (r Reply) Text(member string) string { s, _ := r.Body[member].(string); return s }

// Want fails the test unless the answer has this status and, if it is a failure, this
// code. For a success code is "".
func (r Reply) Want(status int, code string) Reply {
	r.w.T.Helper()
	got := ""
	if r.Status >= 400 { // a success may have a code, too, such as that of a dictionary entry
		got = r.Text("code")
	}
	if r.Status != status || got != code {
		r.w.T.Fatalf("answered %d %q, want %d %q: %s", r.Status, got, status, code, r.Raw)
	}
	return r
}

// Golden compares the whole answer with testdata/<name>.json. With -update it writes
// that file.
func (r Reply) Golden(name string) Reply {
	r.w.T.Helper()
	var got bytes.Buffer
	enc := json.NewEncoder(&got)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	whole := map[string]any{"status": r.Status, "headers": r.Header, "body": r.Body}
	if strings.HasPrefix(r.Header["Content-Type"], "text/") {
		whole["body"] = r.Raw
	}
	if len(r.Cookies) > 0 {
		whole["cookies"] = r.Cookies
	}
	if err := enc.Encode(whole); err != nil {
		r.w.T.Fatal(err)
	}
	file := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			r.w.T.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		r.w.T.Fatalf("%v; go test -update writes it", err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		r.w.T.Errorf("the answer is not that of %s:\n%s", file, got.Bytes())
	}
	return r
}

// Texts is an account.Sender that keeps the texts that were sent.
type Texts struct {
	mu     sync.Mutex
	sent   []Text
	refuse error
}

// Text is one text with the phone that it was sent to.
type Text struct {
	To   staff.Phone
	Text string
}

// Send implements account.Sender.
func (t *Texts) Send(_ context.Context, to staff.Phone, text string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.refuse != nil {
		return t.refuse
	}
	t.sent = append(t.sent, Text{to, text})
	return nil
}

// Refuse makes Send fail with err from now on. With nil it works again.
func (t *Texts) Refuse(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.refuse = err
}

// Count returns the number of texts that were sent.
func (t *Texts) Count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.sent)
}

// Last returns the last text, or the zero Text if there is none.
func (t *Texts) Last() Text {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.sent) == 0 {
		return Text{}
	}
	return t.sent[len(t.sent)-1]
}

var sixDigits = regexp.MustCompile(`[0-9]{6}`)

// Code returns the code in the last text.
func (t *Texts) Code() string { return sixDigits.FindString(t.Last().Text) }

// Wrong returns another code than that in the last text.
func (t *Texts) Wrong() string {
	if t.Code() == "123456" {
		return "654321"
	}
	return "123456"
}

// seeded is a source of bytes with a fixed seed. It is safe for concurrent use.
type seeded struct {
	mu sync.Mutex
	r  *rand.ChaCha8
}

// Read implements [io.Reader].
func (s *seeded) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.r.Read(p)
}
