package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/account"
	"chaoxi/shared/argon2id"
	"chaoxi/shared/dev/demo"
	"chaoxi/shared/dev/faultproxy"
	"chaoxi/shared/dev/local"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/pinyin"
	"chaoxi/shared/staff"
)

// walk is one person on the way through a flow of several requests.
type walk struct {
	*client
	account, phone, device string

	ticket string // as the last answer gave it
	wrong  int    // wrong passwords that were answered as such
}

// other says that an answer is not the one that was wanted.
func (a answer) other(status int) error {
	return fmt.Errorf("%s answers %d %s, want %d", a.what, a.status, a.raw, status)
}

// counted is how many guesses the answer to a wrong password has counted.
func (a answer) counted() int {
	left, _ := a.body["remaining"].(float64)
	return 5 - int(left)
}

// step is one request of a flow. It keeps what the next request needs if the answer
// is the one that the flow goes on with, and fails the test for an answer that it
// must not get.
type step struct {
	name string
	send func(*walk) answer
	ok   func(*walk, answer) bool // whether the flow goes on
}

// flow is what somebody does, request by request.
type flow struct {
	name  string
	state staff.AccountState
	steps []step
	// verify asks at the end, without a fault, whether anything was lost or doubled, and
	// returns what was.
	verify func(*walk) error
}

const (
	walkName     = "周小满"
	walkPassword = "Lanhua#8253"
	nextPassword = "Zhenzhu#6174"
)

func (w *walk) deviceBody() m { return m{"id": w.device, "name": "手机"} }

func (w *walk) signIn(password string) answer {
	return w.post("/v1/sessions", m{"account": w.account, "password": password, "device": w.deviceBody(), "client": "app"})
}

// becomes is the ok of a step whose answer has this status. take keeps what follows
// from the answer; it may be nil.
func becomes(status int, take func(*walk, answer)) func(*walk, answer) bool {
	return func(w *walk, a answer) bool {
		if a.status == status && take != nil {
			take(w, a)
		}
		return a.status == status
	}
}

func takeTicket(w *walk, a answer) { w.ticket = a.text("ticket") }

func resend(name string) step {
	return step{name, func(w *walk) answer { return w.post("/v1/codes", m{"ticket": w.ticket}) }, becomes(202, nil)}
}

func setPassword(password string) step {
	return step{"set the password", func(w *walk) answer {
		return w.post("/v1/password", m{"ticket": w.ticket, "code": w.code(w.phone), "password": password, "confirmPassword": password, "device": w.deviceBody()})
	}, func(w *walk, a answer) bool {
		// Where the first answer was lost, the password is set, and the ticket spent.
		return a.status == 200 || a.text("code") == "ticket_invalid" || a.text("code") == "already_active"
	}}
}

func signedIn(password string) step {
	return step{"sign in on the known device", func(w *walk) answer { return w.signIn(password) }, becomes(201, nil)}
}

// patientFlows are the flows of people about themselves.
func patientFlows() []flow {
	// The device is known: it asks for no code. And the session of the last sign-in is good.
	in := func(password string) func(*walk) error {
		return func(w *walk) error {
			a := w.signIn(password)
			if a.status != 201 {
				return a.other(201)
			}
			if a = w.do("GET", "/v1/me", nil, "Authorization", "Bearer "+a.text("token")); a.status != 200 {
				return a.other(200)
			}
			return nil
		}
	}
	return []flow{
		{"activate", staff.Pending, []step{
			{"ask for a code", func(w *walk) answer {
				return w.post("/v1/codes", m{"purpose": "activate", "account": w.account, "name": walkName})
			}, becomes(202, takeTicket)},
			setPassword(nextPassword),
			signedIn(nextPassword),
		}, in(nextPassword)},

		{"sign in with a second step", staff.Active, []step{
			{"give the password", func(w *walk) answer { return w.signIn(walkPassword) }, becomes(401, takeTicket)},
			resend("ask for a code"),
			{"give the code", func(w *walk) answer {
				return w.post("/v1/sessions/verify", m{"ticket": w.ticket, "code": w.code(w.phone), "trustDevice": true})
			}, func(w *walk, a answer) bool {
				// Where the first answer was lost, the device is known, and the ticket spent.
				return a.status == 201 || a.text("code") == "ticket_invalid"
			}},
		}, in(walkPassword)},

		{"recover by phone", staff.Active, []step{
			{"ask what helps", func(w *walk) answer { return w.post("/v1/recovery", m{"account": w.account, "name": walkName}) }, becomes(200, takeTicket)},
			resend("ask for a code"),
			setPassword(nextPassword),
		}, in(nextPassword)},

		// A guess that is answered as wrong has been counted, whatever failed.
		{"guess", staff.Active, []step{
			{"guess", func(w *walk) answer { return w.signIn("Wrong#1234") }, func(w *walk, a answer) bool {
				if a.text("code") != "credentials_wrong" {
					return false
				}
				w.wrong++
				return a.counted() >= w.wrong
			}},
		}, func(w *walk) error {
			for w.wrong < 5 {
				a := w.signIn("Wrong#1234")
				if code := a.text("code"); code == "locked" || code == "busy" { // a try that was never ended takes a place
					break
				}
				if a.text("code") != "credentials_wrong" {
					return a.other(401)
				}
				if w.wrong++; a.counted() < w.wrong {
					return fmt.Errorf("%d guesses were answered, %d are counted", w.wrong, a.counted())
				}
			}
			if a := w.signIn(walkPassword); a.text("code") != "locked" && a.text("code") != "busy" {
				return a.other(429)
			}
			return nil
		}},
	}
}

// TestPatience sends each request of each flow once for each call of the table that it
// makes and each way in which that call can fail on the wire. Between the functions,
// which are the real binaries, and DynamoDB Local there is a proxy that makes it fail.
// The caller always gets our own answer, in time. A fault that
// passes is not even noticed. After one that lasts, the same request again has the
// flow go on, and in the end nothing was lost or doubled.
//
// It takes minutes. Where DynamoDB Local or a function was itself so late that the
// function gave up a call, the case has shown nothing and is tried again.
func TestPatience(t *testing.T) {
	if os.Getenv("PATIENCE") == "" {
		t.Skip("make patience runs it")
	}
	for _, f := range patientFlows() {
		for i, s := range f.steps {
			t.Run(f.name+"/"+s.name, func(t *testing.T) {
				t.Parallel() // most of a case is waiting
				newPatience(t, f).run(i)
			})
		}
	}
}

// patience is a flow with a system of its own.
type patience struct {
	*client
	flow  flow
	proxy *faultproxy.Proxy
	cast  int // people who have begun the flow
	// Whether in this case a function has given up a call that was to succeed.
	disturbed bool
}

// castOf is how many people a step has. Each case takes one.
const castOf = 400

func newPatience(t *testing.T, f flow) *patience {
	t.Helper()
	p := &patience{flow: f}
	p.client = startWith(t, local.Options{
		Seed: func(ctx context.Context, db *dynamodb.Client, table string, progress func(string)) error {
			return seedCast(ctx, db, table, f.state)
		},
		Log: io.Discard,
		Env: map[string]string{"TEXT_INTERVAL": "1ms"},
		Endpoint: func(function, endpoint string) string {
			if function == "index-staff" || function == "run-jobs" { // they work whenever they like
				return endpoint
			}
			if p.proxy == nil {
				proxy, err := faultproxy.New(endpoint)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { proxy.Close() })
				p.proxy = proxy
			}
			return p.proxy.URL
		},
	})
	return p
}

func castAccount(n int) string { return fmt.Sprintf("walker%d", n) }
func castPhone(n int) string   { return fmt.Sprintf("139%08d", n) }

// seedCast fills the table with the demo register and the people of a flow.
func seedCast(ctx context.Context, db *dynamodb.Client, table string, state staff.AccountState) error {
	if err := demo.SeedNamed(ctx, db, table); err != nil {
		return err
	}
	model, err := newModel(ctx, maintain.Over(db, table))
	if err != nil {
		return err
	}
	cast := make([]account.Person, castOf)
	for n := range cast {
		if cast[n], err = model.somebody(castAccount(n), castPhone(n)); err != nil {
			return err
		}
		if cast[n].Staff.State = state; state == staff.Pending {
			cast[n].Staff.ActivatedAt, cast[n].Account.Password, cast[n].Account.PasswordSetAt = time.Time{}, "", time.Time{}
		}
	}
	return model.store.LoadUnindexed(ctx, cast)
}

// castModel makes people after 周强, who may sign in with walkPassword.
type castModel struct {
	store *maintain.Store
	staff staff.Staff
	hash  string
}

func newModel(ctx context.Context, store *maintain.Store) (castModel, error) {
	code, _, err := store.FindName(ctx, staff.ParseSignInName("zhouqiang"), "none")
	if err != nil {
		return castModel{}, err
	}
	somebody, err := store.Person(ctx, code)
	if err != nil {
		return castModel{}, err
	}
	hash, err := argon2id.Hasher{}.Hash(walkPassword)
	return castModel{store, somebody.Staff, hash}, err
}

// somebody is a new person, whom nothing has stored yet.
func (c castModel) somebody(name, phone string) (account.Person, error) {
	p := account.Person{Staff: c.staff.Clone(), Account: account.Account{Password: c.hash, PasswordSetAt: c.staff.RegisteredAt, Epoch: 1, DeviceEpoch: 1}}
	var err error
	if p.Staff.Code, err = staff.NewEmployeeCode(rand.Reader); err != nil {
		return p, err
	}
	if p.Staff.Account, err = staff.ParseAccount(name); err != nil {
		return p, err
	}
	if p.Staff.Phone, err = staff.ParsePhone(phone); err != nil {
		return p, err
	}
	for i := range p.Staff.Posts {
		if p.Staff.Posts[i].ID, err = staff.NewPostID(rand.Reader); err != nil {
			return p, err
		}
	}
	p.Staff.Name, p.Staff.Pinyin, p.Staff.State, p.Staff.ActivatedAt = walkName, pinyin.Read(walkName), staff.Active, p.Staff.RegisteredAt
	return p, nil
}

// next is the next person.
func (p *patience) next() *walk {
	p.t.Helper()
	n := p.cast
	if p.cast++; n >= castOf {
		p.t.Fatalf("the step has more cases than the %d people of its cast", castOf)
	}
	return &walk{client: p.client, account: castAccount(n), phone: castPhone(n), device: fmt.Sprintf("walker-phone-0123456789-%d", n)}
}

// run sends the step of this number twice without a fault, and then once for each call
// and each way in which it can fail. What a function keeps for a while, such as
// organisations, it asks for the first time alone: TestFaults of functions/login and of
// shared/dynamo break that call, with nothing kept.
func (p *patience) run(step int) {
	first, again := p.callsOf(step), p.callsOf(step)
	calls := map[string]int{}
	for op, n := range again {
		if n = min(n, first[op]); n > 0 {
			calls[op] = n
		}
	}
	if len(calls) == 0 {
		p.t.Fatalf("the step made the calls %v, and then %v", first, again)
	}
	cases := 0
	try := func(f faultproxy.Fault) {
		p.try(step, f)
		cases++
	}
	for _, op := range slices.Sorted(maps.Keys(calls)) {
		for call := 1; call <= calls[op]; call++ {
			for _, kind := range faultproxy.Kinds(op) {
				try(faultproxy.Fault{Kind: kind, Op: op, Call: call, Attempts: 1})
			}
		}
		// What lasts is the same for each way in which nothing is done, and takes the
		// longest where nothing is answered.
		try(faultproxy.Fault{Kind: faultproxy.Hung, Op: op, Call: calls[op], Attempts: faultproxy.Always})
		if kinds := faultproxy.Kinds(op); slices.Contains(kinds, faultproxy.ResetAfter) {
			try(faultproxy.Fault{Kind: faultproxy.ResetAfter, Op: op, Call: calls[op], Attempts: faultproxy.Always})
		}
	}
	p.t.Logf("calls %v, %d cases", calls, cases)
}

// callsOf sends the step of this number without a fault, and returns the calls that it made.
func (p *patience) callsOf(step int) (calls map[string]int) {
	p.t.Helper()
	p.undisturbed("without a fault", func() error {
		w, s := p.next(), p.flow.steps[step]
		if err := p.before(w, step); err != nil {
			return err
		}
		p.set(faultproxy.Fault{})
		a := s.send(w)
		if !s.ok(w, a) {
			return fmt.Errorf("%d %s", a.status, a.raw)
		}
		calls = p.proxy.Calls()
		return nil
	})
	return calls
}

// set begins a part of a case. It keeps whether the part before it was disturbed.
func (p *patience) set(f faultproxy.Fault) {
	p.disturbed = p.disturbed || p.proxy.Lost() > 0
	p.proxy.Set(f)
}

// before has w do the steps that come before step i.
func (p *patience) before(w *walk, i int) error {
	p.set(faultproxy.Fault{})
	for _, s := range p.flow.steps[:i] {
		if a := s.send(w); !s.ok(w, a) {
			return fmt.Errorf("%s: %d %s", s.name, a.status, a.raw)
		}
	}
	return nil
}

// gatewayTime is how long the gateway waits for a function. A function that is ended
// before it has answered, after ten seconds, is noticed by its answer: the gateway's.
const gatewayTime = 30 * time.Second

// try is one case: step i with a fault, and again if it failed.
func (p *patience) try(i int, f faultproxy.Fault) {
	p.t.Helper()
	what := fmt.Sprintf("%s in %s %d", f.Kind, f.Op, f.Call)
	if f.Attempts == faultproxy.Always {
		what += ", for good"
	}
	p.undisturbed(what, func() error { return p.once(i, f) })
}

// disturbances is how often a case is tried that something else has disturbed.
const disturbances = 4

// undisturbed fails the test if do fails. If a function has given up a call that was
// to succeed, do has shown nothing. It is done again once the machine is calm.
func (p *patience) undisturbed(what string, do func() error) {
	p.t.Helper()
	for n := 1; ; n++ {
		p.disturbed = false
		err := do()
		p.set(faultproxy.Fault{})
		switch {
		case err == nil:
			return
		case !p.disturbed || n == disturbances:
			p.t.Errorf("%s: %v", what, err)
			return
		}
		p.t.Logf("%s: tried again, because a call was late by itself: %v", what, err)
		p.calm()
	}
}

// calm returns when a person has done the whole flow and nothing was late, or after a
// minute.
func (p *patience) calm() {
	p.t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		p.disturbed = false
		err := p.before(p.next(), len(p.flow.steps))
		p.set(faultproxy.Fault{})
		if err == nil && !p.disturbed {
			return
		}
	}
}

// once has a new person do the flow with a fault in step i, and returns what should not
// have come to pass.
func (p *patience) once(i int, f faultproxy.Fault) error {
	w, s := p.next(), p.flow.steps[i]
	if err := p.before(w, i); err != nil {
		return err
	}
	p.set(f)
	began := time.Now()
	a := s.send(w)
	took := time.Since(began)
	switch {
	case p.proxy.Hits() == 0:
		return errors.New("never came to pass")
	case took > gatewayTime:
		return fmt.Errorf("answered after %s", took)
	case a.status >= 500 && (a.status != http.StatusServiceUnavailable || a.text("code") != "unavailable" || a.text("requestId") == ""):
		return fmt.Errorf("answered %d %s", a.status, a.raw)
	case a.status >= 500 && f.Attempts != faultproxy.Always && f.Kind != faultproxy.Unprocessed:
		return fmt.Errorf("noticed: %d %s", a.status, a.raw)
	case a.status >= 500:
		p.set(faultproxy.Fault{})
		a = s.send(w)
	}
	if !s.ok(w, a) {
		return fmt.Errorf("then %d %s", a.status, a.raw)
	}
	p.set(faultproxy.Fault{})
	for _, s := range p.flow.steps[i+1:] {
		if a := s.send(w); !s.ok(w, a) {
			return fmt.Errorf("after that, %s: %d %s", s.name, a.status, a.raw)
		}
	}
	if err := p.flow.verify(w); err != nil {
		return fmt.Errorf("in the end %w", err)
	}
	return nil
}
