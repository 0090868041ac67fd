package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/argon2id"
	"chaoxi/shared/dev/demo"
	"chaoxi/shared/dev/local"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/staff"
)

const (
	loadPeople  = 500 // invented; a fifth of them is pending
	signInAs    = 200 // of them have a device known to the system
	loadSeconds = 5   // of each row
)

// clientsAtOnce are the rows of a task.
var clientsAtOnce = []int{1, 2, 4, 8, 16}

// task is something that clients do again and again.
type task struct {
	name, function string
	do             func(ctx context.Context, n int) error // the n-th time; several at once
}

// loads drives what `make run` runs: the real binaries behind the stand-in
// gateway, the stream with its function, DynamoDB Local. All of it, and the
// clients, shares one machine, so a rate says less than what each part of a
// request costs.
//
// It is as in production but for the limits: those by address are lifted as in
// `make run`, and one phone is texted as often as anybody asks, because there are
// fewer phones here than the minute between two texts would want. Everybody else
// is another person each time, as far as there are any.
func loads(ctx context.Context, out io.Writer) (bool, error) {
	seconds, err := strconv.Atoi(cmp.Or(os.Getenv("BENCH_SECONDS"), strconv.Itoa(loadSeconds)))
	if err != nil || seconds < 1 {
		return false, fmt.Errorf("BENCH_SECONDS is no number of seconds: %q", os.Getenv("BENCH_SECONDS"))
	}
	system, err := local.Start(ctx, local.Options{
		Seed:      demo.Seeding(loadPeople),
		Processes: clientsAtOnce[len(clientsAtOnce)-1],
		Env:       map[string]string{"TEXT_INTERVAL": "1ms", "TEXTS_A_DAY": "1000000", "SMS_DAILY_BUDGET": "1000000"},
		Progress:  func(s string) { say("%s", s) },
	})
	if err != nil {
		return false, err
	}
	defer system.Close()
	d := &driver{system: system, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	tasks, err := d.prepare(ctx)
	if err != nil {
		return false, fmt.Errorf("prepare: %w", err)
	}

	t := newTable(fmt.Sprintf("Under load on %d cores (%d s a row; CPU milliseconds of one request)", runtime.NumCPU(), seconds),
		"task", "clients", "a second", "p50 ms", "p95 ms", "p99 ms", "errors", "function", "others", "DynamoDB Local", "stand-ins", "cores busy")
	held := true
	for _, s := range tasks {
		for _, clients := range clientsAtOnce {
			r, err := d.load(ctx, s, clients, time.Duration(seconds)*time.Second)
			if err != nil {
				return false, fmt.Errorf("%s: %w", s.name, err)
			}
			held = held && len(r.failures) == 0
			for _, f := range r.failures[:min(3, len(r.failures))] {
				say("%s: %v", s.name, f)
			}
			n := time.Duration(len(r.took))
			others := r.children - r.function - r.dynamoDB
			t.add(s.name, strconv.Itoa(clients), fmt.Sprintf("%.0f", float64(n)/r.elapsed.Seconds()),
				ms(quantile(r.took, 0.5)), ms(quantile(r.took, 0.95)), ms(quantile(r.took, 0.99)), strconv.Itoa(len(r.failures)),
				ms(r.function/n), ms(others/n), ms(r.dynamoDB/n), ms(r.self/n), fmt.Sprintf("%.1f", (r.children+r.self).Seconds()/r.elapsed.Seconds()))
		}
	}
	t.print(out)
	hash, err := oneHash()
	if err != nil {
		return false, err
	}
	fmt.Fprintf(out, "Of the function's time of a sign-in, one argon2id verification is %s ms (here, right after).\n\n", ms(hash))
	return held, nil
}

// oneHash is the CPU time of one verification of a password.
func oneHash() (time.Duration, error) {
	hasher := argon2id.Hasher{}
	encoded, err := hasher.Hash(demo.Password)
	if err != nil {
		return 0, err
	}
	return batch(func() error { _, err := hasher.Verify(encoded, demo.Password); return err })
}

// result is one row.
type result struct {
	took     []time.Duration
	failures []error
	elapsed  time.Duration
	// CPU time of all processes that were started; of it the function's and
	// DynamoDB Local's; and of this process, which is gateway, inbox and clients.
	children, function, dynamoDB, self time.Duration
}

// load has that many clients do a task, one time after the other each, for a
// while. Before that each does it a few times that do not count, so that the
// processes have started.
func (d *driver) load(ctx context.Context, t task, clients int, during time.Duration) (result, error) {
	const warm = 3
	var r result
	var mu sync.Mutex
	clock := time.Now()
	round := func(enough func(done int) bool, note func(time.Duration, error)) {
		var all sync.WaitGroup
		for range clients {
			all.Go(func() {
				for done := 0; !enough(done) && ctx.Err() == nil; done++ {
					began := time.Now()
					err := t.do(ctx, int(d.turns.Add(1)))
					note(time.Since(began), err)
				}
			})
		}
		all.Wait()
	}
	round(func(done int) bool { return done == warm }, func(time.Duration, error) {})

	before, err := children()
	if err != nil {
		return r, err
	}
	self := cpu(syscall.RUSAGE_SELF)
	clock = time.Now()
	round(func(int) bool { return time.Since(clock) > during }, func(took time.Duration, err error) {
		mu.Lock()
		defer mu.Unlock()
		if r.took = append(r.took, took); err != nil {
			r.failures = append(r.failures, err)
		}
	})
	r.elapsed, r.self = time.Since(clock), cpu(syscall.RUSAGE_SELF)-self
	after, err := children()
	if err != nil {
		return r, err
	}
	for program, took := range used(before, after) {
		r.children += took
		switch program {
		case t.function:
			r.function += took
		case "java":
			r.dynamoDB += took
		}
	}
	return r, ctx.Err()
}

// driver knows who can do what in the system.
type driver struct {
	system *local.System
	http   *http.Client
	turns  atomic.Int64
}

// m is a JSON object.
type m = map[string]any

// call sends a request and reads the answer into out, if there is one. Any status
// but want is an error.
func (d *driver) call(ctx context.Context, method, path, token string, body any, want int, out any) error {
	return send(ctx, d.http, method, d.system.URL+path, token, body, want, out)
}

// send is call for any address.
func send(ctx context.Context, client *http.Client, method, address, token string, body any, want int, out any) error {
	var reader io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		reader = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, address, reader)
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != want {
		return fmt.Errorf("%s %s: %d %s", method, req.URL.Path, res.StatusCode, raw)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(raw, out)
}

// prepare signs an administrator in, makes a device of everybody known who is to
// sign in, and returns the tasks.
func (d *driver) prepare(ctx context.Context) ([]task, error) {
	r := &register{store: maintain.Over(d.system.DB, d.system.Table)}
	if err := r.look(ctx); err != nil {
		return nil, err
	}
	pending := r.where(func(p staff.Staff) bool { return p.CanActivate() && p.Complete() })
	active := r.where(func(p staff.Staff) bool { return p.State == staff.Active && p.Complete() })
	if len(pending) < clientsAtOnce[len(clientsAtOnce)-1] || len(active) < signInAs {
		return nil, fmt.Errorf("of %d people %d are pending and %d active", len(r.people), len(pending), len(active))
	}
	boss, err := r.person(superAccount)
	if err != nil {
		return nil, err
	}
	var session struct{ Token string }
	if err := d.secondStep(ctx, boss, &session); err != nil {
		return nil, err
	}
	say("making %d devices known", signInAs)
	known := active[:signInAs]
	for _, p := range known {
		if err := d.secondStep(ctx, p, nil); err != nil {
			return nil, err
		}
	}

	versions := make([]atomic.Int64, len(active)) // nobody is edited twice at once: there are more people than clients
	for i, p := range active {
		versions[i].Store(int64(p.Version))
	}
	return []task{
		{"search: part of a name", "admin-search", func(ctx context.Context, n int) error {
			name := []rune(active[n%len(active)].Name)
			return d.call(ctx, http.MethodGet, "/v1/admin/staff?q="+url.QueryEscape(string(name[1:])), session.Token, nil, http.StatusOK, nil)
		}},
		{"sign in, known device", "login", func(ctx context.Context, n int) error {
			return d.call(ctx, http.MethodPost, "/v1/sessions", "", signIn(known[n%len(known)]), http.StatusCreated, nil)
		}},
		{"send a code", "send-code", func(ctx context.Context, n int) error {
			p := pending[n%len(pending)]
			return d.call(ctx, http.MethodPost, "/v1/codes", "", m{"purpose": account.ForActivation, "account": p.Account.String(), "name": p.Name}, http.StatusAccepted, nil)
		}},
		{"update a record", "admin-update-posts", func(ctx context.Context, n int) error {
			i := n % len(active)
			var done struct{ Version int64 }
			edit := m{"version": versions[i].Load(), "homeAddress": fmt.Sprintf("临江区人民路%d号", n)}
			err := d.call(ctx, http.MethodPatch, "/v1/admin/staff/"+active[i].Code.String(), session.Token, edit, http.StatusOK, &done)
			if err == nil {
				versions[i].Store(done.Version)
			}
			return err
		}},
	}, nil
}

// signIn is what the app sends for somebody.
func signIn(p staff.Staff) m {
	return m{
		"account": p.Account.String(), "password": demo.Password, "client": account.App,
		"device": m{"id": "the-device-of-" + p.Account.String() + "-at-home", "name": "bench"},
	}
}

// secondStep signs somebody in from a new device, which is known from then on.
func (d *driver) secondStep(ctx context.Context, p staff.Staff, session any) error {
	var asked struct{ Ticket string }
	if err := d.call(ctx, http.MethodPost, "/v1/sessions", "", signIn(p), http.StatusUnauthorized, &asked); err != nil {
		return err
	}
	if err := d.call(ctx, http.MethodPost, "/v1/codes", "", m{"ticket": asked.Ticket}, http.StatusAccepted, nil); err != nil {
		return err
	}
	sent := d.system.Inbox.Texts(p.Phone.E164())
	if len(sent) == 0 {
		return errors.New("no text has come")
	}
	code := sixDigits.FindString(sent[0].Text)
	return d.call(ctx, http.MethodPost, "/v1/sessions/verify", "", m{"ticket": asked.Ticket, "code": code, "trustDevice": true}, http.StatusCreated, session)
}
