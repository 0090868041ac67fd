package account_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"chaoxi/shared/pinyin"

	"chaoxi/shared/account"
	"chaoxi/shared/account/accounttest"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

const (
	password = "Chaoxi#4927"
	newOne   = "Linjiang@58"
	device   = "0123456789abcdefghijkl"
	stranger = "192.0.2.66" // an address
)

// noon is noon in China.
var noon = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)

// world is a register with the use cases on it. Its clock stands still until a test
// moves it.
type world struct {
	*testing.T
	store    *accounttest.Store
	settings account.Settings
	keys     account.Keys
	hasher   *hasher
	texts    *texts
	random   *random
	now      time.Time
	call     audit.Call
	people   map[string]staff.EmployeeCode // by account
	orgs     int
	areas    areas
}

// areas are the choices of the dictionary of areas.
type areas []string

func (a *areas) Dictionaries(context.Context) (staff.Dictionaries, error) {
	var all staff.Dictionaries
	for _, area := range *a {
		all = append(all, staff.DictionaryEntry{Dictionary: staff.DictAreaCode, Code: area, Enabled: true})
	}
	return all, nil
}

func newWorld(t *testing.T) *world {
	return &world{
		T: t, store: accounttest.New(), settings: account.Defaults(), keys: account.Keys{Current: []byte("a key of a test")},
		hasher: &hasher{}, texts: &texts{}, random: &random{r: rand.NewChaCha8([32]byte{1})}, now: noon,
		call: audit.Call{Address: "192.0.2.1", ID: "req-1"}, people: map[string]staff.EmployeeCode{},
		areas: areas{"+86", "+852"},
	}
}

func (w *world) clock() time.Time     { return w.now }
func (w *world) pass(d time.Duration) { w.now = w.now.Add(d) }

// hasher hashes without work, and counts how many passwords it has compared.
type hasher struct {
	mu       sync.Mutex
	verified int
}

func (h *hasher) Hash(password string) (string, error) { return "strong " + password, nil }
func (h *hasher) Outdated(encoded string) bool         { return strings.HasPrefix(encoded, "weak ") }
func (h *hasher) Dummy() string                        { return "dummy" }

func (h *hasher) Verify(encoded, password string) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.verified++
	return encoded == "strong "+password || encoded == "weak "+password, nil
}

// texts keeps the texts that were sent. It fails with err if that is set.
type texts struct {
	mu   sync.Mutex
	sent []string // "to: text"
	err  error
}

func (s *texts) Send(_ context.Context, to staff.Phone, text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.sent = append(s.sent, to.National()+": "+text)
	}
	return s.err
}

var sixDigits = regexp.MustCompile(`码([0-9]{6})，`)

// code is the code in the last text that has one.
func (w *world) code() string {
	w.Helper()
	for _, text := range slices.Backward(w.texts.sent) {
		if found := sixDigits.FindStringSubmatch(text); found != nil {
			return found[1]
		}
	}
	w.Fatal("no text has a code")
	return ""
}

// other is a code that is not this one.
func other(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

// random is a fixed source for use at once.
type random struct {
	mu sync.Mutex
	r  io.Reader
}

func (r *random) Read(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.r.Read(b)
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// person puts somebody complete on the register who can sign in, changed by the edits.
func (w *world) person(name, full string, edits ...func(*account.Person)) staff.Staff {
	w.Helper()
	n := len(w.people) + 1
	code, err := staff.ParseEmployeeCode(fmt.Sprintf("GE_%032d", n))
	w.must(err)
	login, err := staff.ParseAccount(name)
	w.must(err)
	p := account.Person{
		Staff: staff.Staff{
			Code: code, Version: 1, Name: full, Account: login, Phone: w.phone(n), BudgetedPost: "x", JobLevel: "x", Employment: staff.InService, State: staff.Active,
		},
		Account: account.Account{Password: "strong " + password, Epoch: 4, DeviceEpoch: 2},
	}
	for _, edit := range edits {
		edit(&p)
	}
	w.people[name] = code
	w.store.PutPerson(p)
	return p.Staff
}

func (w *world) phone(n int) staff.Phone {
	w.Helper()
	p, err := staff.ParsePhone(fmt.Sprintf("1370000%04d", n))
	w.must(err)
	return p
}

// read is somebody as stored.
func (w *world) read(name string) account.Person {
	w.Helper()
	p, err := w.store.Person(w.Context(), w.people[name])
	w.must(err)
	return p
}

// edit changes somebody as stored.
func (w *world) edit(name string, edit func(*account.Person)) {
	w.Helper()
	p := w.read(name)
	edit(&p)
	w.store.PutPerson(p)
}

func pending(p *account.Person) {
	p.Staff.State, p.Account = staff.Pending, account.Account{}
}
func frozen(p *account.Person) { p.Staff.State, p.Staff.FrozenFrom = staff.Frozen, staff.Active }

// freezing is somebody whose register's side is from before a freeze, and whose account
// is from after it.
func freezing(p *account.Person) {
	p.Account.Epoch++
	p.Account.Frozen.By = p.Staff.Code // whoever it was
}
func left(p *account.Person)       { p.Staff.Employment = staff.Left }
func incomplete(p *account.Person) { p.Staff.JobLevel = "" }
func epochOver(p *account.Person)  { p.Account.Epoch++ }
func unchanged(*account.Person)    {}

func granted(p *account.Person) {
	p.Account.Grants = []account.Grant{{ID: "g", Type: account.UnitGrant}}
}

// told says in one line what a caller is told: the code with the seconds to wait, the
// tries that remain, and the fields. For no error it is "ok".
func told(err error) string {
	if err == nil {
		return "ok"
	}
	var e *fault.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	s := e.Code
	if n, ok := e.Extensions["remaining"]; ok {
		s += fmt.Sprint(" ", n)
	}
	if e.RetryAfter > 0 {
		s += " " + strings.NewReplacer("h0m0s", "h", "m0s", "m").Replace(e.RetryAfter.String())
	}
	for _, f := range e.Fields {
		s += " " + f.Path + ":" + f.Code
	}
	return s
}

// want compares what somebody is told.
func (w *world) want(err error, want string) {
	w.Helper()
	if got := told(err); got != want {
		w.Errorf("told %q, want %q", got, want)
	}
}

func equal[T any](w *world, what string, got, want T) {
	w.Helper()
	if !reflect.DeepEqual(got, want) {
		w.Errorf("%s: %v, want %v", what, got, want)
	}
}

// together calls do n times at once and counts what it returns.
func together(n int, do func(i int) string) map[string]int {
	var mu sync.Mutex
	counts := map[string]int{}
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			got := do(i)
			mu.Lock()
			defer mu.Unlock()
			counts[got]++
		})
	}
	all.Wait()
	return counts
}

func (w *world) login() account.Login {
	return account.Login{Store: w.store, Hasher: w.hasher, Sender: w.texts, Keys: w.keys, Settings: w.settings, Now: w.clock, Random: w.random}
}

func (w *world) verifyLogin() account.VerifyLogin {
	return account.VerifyLogin{Store: w.store, Sender: w.texts, Keys: w.keys, Settings: w.settings, Now: w.clock, Random: w.random}
}

func (w *world) sendCode() account.SendCode {
	return account.SendCode{Store: w.store, Sender: w.texts, Keys: w.keys, Settings: w.settings, Now: w.clock, Random: w.random}
}

func (w *world) setPassword() account.SetPassword {
	return account.SetPassword{Store: w.store, Hasher: w.hasher, Sender: w.texts, Keys: w.keys, Settings: w.settings, Pinyin: pinyin.Read, Now: w.clock, Random: w.random}
}

func (w *world) recoveryOptions() account.RecoveryOptions {
	return account.RecoveryOptions{Store: w.store, Keys: w.keys, Settings: w.settings, Now: w.clock, Random: w.random}
}

// signInOn signs in from a device with a client, and says what came of it: "session",
// "second step", or what the caller is told.
func (w *world) signInOn(client account.Client, device, name, password string) string {
	r, err := w.login().Run(w.Context(), w.call, account.LoginInput{Account: name, Password: password, Client: client, Device: device})
	switch {
	case err != nil:
		return told(err)
	case r.SignedIn != nil && r.SecondStep == nil:
		return "session"
	case r.SecondStep != nil && r.SignedIn == nil:
		return "second step"
	}
	return "neither a session nor a second step"
}

// signIn is signInOn for the app.
func (w *world) signIn(name, password string) string {
	return w.signInOn(account.App, device, name, password)
}

// secondStep makes the first step and returns the ticket of the second.
func (w *world) secondStep(client account.Client, device, name string) string {
	w.Helper()
	r, err := w.login().Run(w.Context(), w.call, account.LoginInput{Account: name, Password: password, Client: client, Device: device, DeviceName: "手机"})
	w.must(err)
	if r.SecondStep == nil {
		w.Fatal("there is no second step")
	}
	return r.SecondStep.Ticket.Reveal()
}

// sendAgain texts a code for a ticket and returns it. The minute until the next text
// passes.
func (w *world) sendAgain(ticket string) string {
	w.Helper()
	_, err := w.sendCode().Again(w.Context(), w.call, ticket, "")
	w.must(err)
	w.pass(time.Minute)
	return w.code()
}

// enter signs in by both steps.
func (w *world) enter(client account.Client, device, name string, trust bool) account.SignedIn {
	w.Helper()
	ticket := w.secondStep(client, device, name)
	in := account.VerifyLoginInput{Ticket: ticket, Code: w.sendAgain(ticket), TrustDevice: trust}
	if client.Page() {
		in.From = account.OwnPage
	}
	done, err := w.verifyLogin().Run(w.Context(), w.call, in)
	w.must(err)
	return done
}

// caller is who has the token of the app.
func (w *world) caller(token string) (account.Caller, error) { return w.callerBy(account.App, token) }

// callerBy is who has the token, by the way of a client.
func (w *world) callerBy(by account.Client, token string) (account.Caller, error) {
	uc := account.Authorize{Store: w.store, Settings: w.settings, Now: w.clock}
	c, err := uc.Run(w.Context(), by, token)
	if err != nil {
		return c, err
	}
	if note := uc.Use(c, false); note != nil {
		err = note(w.Context())
	}
	return c, err
}

// signedIn enters and returns the caller.
func (w *world) signedIn(name string) account.Caller {
	w.Helper()
	c, err := w.caller(w.enter(account.App, device, name, false).Token.Reveal())
	w.must(err)
	return c
}

// recover begins a recovery and returns the ticket.
func (w *world) recover(name, full string) string {
	w.Helper()
	r, err := w.recoveryOptions().Run(w.Context(), w.call, name, full, "")
	w.must(err)
	return r.Ticket.Reveal()
}

// activate begins an activation and returns the ticket.
func (w *world) activate(name, full string) string {
	w.Helper()
	sent, err := w.sendCode().Activate(w.Context(), w.call, name, full, "")
	w.must(err)
	w.pass(time.Minute)
	return sent.Ticket.Reveal()
}

// ticket is a ticket as stored.
func (w *world) ticket(id string) account.Ticket {
	w.Helper()
	t, err := w.store.Ticket(w.Context(), account.ParseSecret(id))
	w.must(err)
	return t
}

// actions are the actions of all audit entries.
func (w *world) actions() string {
	var all []string
	for _, e := range w.store.Entries() {
		all = append(all, string(e.Action))
	}
	return strings.Join(all, " ")
}

func (w *world) changePassword() account.ChangePassword {
	return account.ChangePassword{Store: w.store, Hasher: w.hasher, Sender: w.texts, Keys: w.keys, Settings: w.settings, Pinyin: pinyin.Read, Now: w.clock, Random: w.random}
}
