package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/demo"
	"chaoxi/shared/dev/local"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/staff"
)

// TestTellsNobodyAnything asks every public route about people and tickets of many
// kinds. All that a row names must be answered alike, at each of several tries: the
// same status, the same headers, the same bytes. What is random may differ, but not
// in its length; and seconds to wait may differ by what has passed since the row began.
//
// A public route without a row fails the test.
func TestTellsNobodyAnything(t *testing.T) {
	n := nobodyTest{asked: map[string]bool{}}
	n.client = startWith(t, local.Options{
		Seed: demo.SeedingNamed,
		Log:  io.Discard,
		Env:  map[string]string{"ADDRESS_FAILURES_HOURLY": strconv.Itoa(addressFailures), "SHARED_EGRESS": "127.200.0.0/16"},
	})
	var err error
	if n.model, err = newModel(t.Context(), maintain.Over(n.system.DB, n.system.Table)); err != nil {
		t.Fatal(err)
	}
	if n.keys.Current, err = base64.StdEncoding.DecodeString(n.system.MACKeys); err != nil {
		t.Fatal(err)
	}
	for _, row := range slices.Concat(signInRows(), lookupRows(), ticketRows(), otherRows()) {
		t.Run(row.name, func(t *testing.T) {
			whole := n.client
			defer func() { n.client = whole }()
			client := *whole
			client.t, n.client = t, &client
			n.ask(row)
		})
	}
	for _, op := range n.spec.Operations() {
		if route := op.Method + " " + op.Path; op.Public && !n.asked[route] {
			t.Errorf("%s is public, and no row compares what it tells of whom", route)
		}
	}
}

// addressFailures is how many failures an address may have in an hour here. Each
// subject of a row asks from an address of its own.
const addressFailures = 8

// aRow is one question about several kinds of subjects.
type aRow struct {
	name  string
	kinds []string
	want  []string // what is told at each try: the code, with the tries that remain
	send  func(s *subject, try int) answer
	// shared rows ask from addresses of SHARED_EGRESS.
	shared bool
}

// nobodyTest is a system, and people made as rows need them.
type nobodyTest struct {
	*client
	model castModel
	keys  account.Keys
	asked map[string]bool // routes
	made  int             // subjects

	elsewhere string // the id of a recovery request, see request
}

// subject is somebody whom a row asks about, as a stranger at an address. Nobody is
// on the register under the names of some.
type subject struct {
	*client
	test   *nobodyTest
	kind   string
	person account.Person // zero if there is nobody
	name   string         // account or phone, as typed
	other  string         // the other of the two
	ticket string
	id     string // of a recovery request
}

// states are the kinds of people, by what makes one of somebody active.
var states = map[string]func(*account.Person){
	"active":     func(*account.Person) {},
	"incomplete": func(p *account.Person) { p.Staff.JobLevel = "" },
	"pending": func(p *account.Person) {
		p.Staff.State, p.Staff.ActivatedAt, p.Account.Password, p.Account.PasswordSetAt = staff.Pending, time.Time{}, "", time.Time{}
	},
	"frozen": func(p *account.Person) { p.Staff.State, p.Staff.FrozenFrom = staff.Frozen, staff.Active },
	"frozen before activation": func(p *account.Person) {
		p.Staff.State, p.Staff.FrozenFrom, p.Account.Password = staff.Frozen, staff.Pending, ""
	},
	"left": func(p *account.Person) {
		p.Staff.Employment, p.Staff.State, p.Staff.Phone, p.Staff.FormerPhone, p.Account.Password = staff.Left, staff.Pending, staff.Phone{}, p.Staff.Phone, ""
		for i := range p.Staff.Posts {
			p.Staff.Posts[i].Active = false
		}
	},
	"administrator": func(p *account.Person) {
		p.Account.Grants = []account.Grant{{ID: "AAAAAAAAAAAAAAAAAAAAAA", Type: account.AuditGrant, Org: p.Staff.Posts[0].Unit}}
	},
	"changed": func(p *account.Person) { p.Account.Epoch++ }, // since the ticket was made
}

// byName are kinds of names: of each of these people, the account and the phone.
func byName(people ...string) []string {
	var kinds []string
	for _, p := range append(people, "unknown") {
		kinds = append(kinds, p+", account", p+", phone")
	}
	return kinds
}

var (
	everybody = byName("active", "incomplete", "pending", "frozen", "frozen before activation", "left", "administrator")
	some      = byName("active", "pending", "frozen", "left")
	outsiders = byName("frozen", "frozen before activation", "left") // who may neither sign in, nor activate, nor recover
)

// somebody puts a person of the state on the register.
func (n *nobodyTest) somebody(state string) account.Person {
	n.t.Helper()
	p, err := n.model.somebody(fmt.Sprintf("nobody%05d", n.made), fmt.Sprintf("138%08d", n.made))
	n.must(err)
	states[state](&p)
	n.must(n.model.store.LoadUnindexed(n.t.Context(), []account.Person{p}))
	return p
}

func (n *nobodyTest) must(err error) {
	n.t.Helper()
	if err != nil {
		n.t.Fatal(err)
	}
}

// subject makes a new subject of a kind: a name, or a ticket.
func (n *nobodyTest) subject(kind string, shared bool) *subject {
	n.t.Helper()
	n.made++
	network := byte(1)
	if shared {
		network = 200
	}
	c := *n.client
	c.jar = map[string]string{}
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, network, byte(n.made>>8), byte(n.made))}}
	c.from = &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		return dialer.DialContext(ctx, network, "127.0.0.1:"+port) // localhost may be ::1
	}}}
	s := &subject{client: &c, test: n, kind: kind, name: fmt.Sprintf("nobody%05d", n.made), other: fmt.Sprintf("138%08d", n.made)}
	if make, ok := tickets[kind]; ok {
		make(s)
		return s
	}
	state, by, _ := strings.Cut(kind, ", ")
	if by == "phone" {
		s.name, s.other = s.other, s.name
	}
	if state != "unknown" {
		s.person = n.somebody(state)
	}
	return s
}

// ask sends the row's tries about all its subjects, in turn, and compares. A row that
// the machine has disturbed is asked again about others.
func (n *nobodyTest) ask(row aRow) {
	n.t.Helper()
	for range 5 {
		began := time.Now().Truncate(time.Hour)
		flaws, disturbed := n.differences(row)
		if disturbed || !time.Now().Truncate(time.Hour).Equal(began) { // counts of an hour have begun anew in the middle
			continue
		}
		for _, flaw := range flaws {
			n.t.Error(flaw)
		}
		return
	}
	n.t.Error("the machine is too busy: each time a request ran out of time")
}

// differences are what a caller could tell the row's subjects apart by. It reports
// whether a request ran out of time.
func (n *nobodyTest) differences(row aRow) (flaws []string, disturbed bool) {
	n.t.Helper()
	if len(row.kinds) < 2 || len(row.want) == 0 {
		n.t.Fatal("a row compares two kinds at least, in one try at least")
	}
	subjects := make([]*subject, len(row.kinds))
	for i, kind := range row.kinds {
		subjects[i] = n.subject(kind, row.shared)
	}
	began := time.Now()
	for try, want := range row.want {
		var first told
		for i, s := range subjects {
			a := row.send(s, try)
			if a.text("code") == "unavailable" {
				return nil, true
			}
			n.note(a)
			got, err := a.told()
			if err != nil {
				flaws = append(flaws, fmt.Sprintf("%s: %v", a.what, err))
				continue
			}
			if i == 0 {
				first = got
			}
			if a.short() != want {
				flaws = append(flaws, fmt.Sprintf("try %d, %s: %d %q, want %q", try+1, s.kind, a.status, a.short(), want))
			}
			passed := 2 + int(time.Since(began).Seconds()) // locks of subjects began at different moments
			if got.text != first.text || got.wait < first.wait-passed || got.wait > first.wait+passed {
				flaws = append(flaws, fmt.Sprintf("try %d tells %s from %s:\n%s\n%d s\n\nand\n\n%s\n%d s", try+1, row.kinds[0], s.kind, first.text, first.wait, got.text, got.wait))
			}
		}
	}
	return flaws, false
}

// note remembers the route of an answer.
func (n *nobodyTest) note(a answer) {
	for _, op := range n.spec.Operations() {
		pattern := "^" + op.Method + " " + regexp.MustCompile(`\\\{[^/]*\\\}`).ReplaceAllString(regexp.QuoteMeta(op.Path), "[^/?]+") + `(\?.*)?$`
		if regexp.MustCompile(pattern).MatchString(a.what) {
			n.asked[op.Method+" "+op.Path] = true
			return
		}
	}
}

// short is the code of an answer, with the tries that remain; "ok" for a success.
func (a answer) short() string {
	s := cmp.Or(a.text("code"), "ok")
	if left, ok := a.body["remaining"]; ok {
		s += fmt.Sprint(" ", left)
	}
	return s
}

// told is all that an answer tells: its status, its headers and its body, without what
// is random, and the seconds to wait.
type told struct {
	text string
	wait int
}

var (
	randoms = regexp.MustCompile(`"(requestId|ticket|recoveryTicket)":"([^"]*)"`)
	minutes = regexp.MustCompile(`\d+(分钟| minutes?)`) // of retryAfter, which is compared
	waits   = regexp.MustCompile(`"retryAfter":(\d+)`)
	ending  = regexp.MustCompile(`("phone":"[^"]*\*)(\d{3})"`)
)

func (a answer) told() (told, error) {
	var t told
	body := randoms.ReplaceAllStringFunc(a.raw, func(member string) string {
		found := randoms.FindStringSubmatch(member)
		return fmt.Sprintf(`"%s":"%s"`, found[1], strings.Repeat("*", len(found[2])))
	})
	body = ending.ReplaceAllString(body, `$1***"`)
	header := a.header.Clone()
	if length := header.Get("Content-Length"); length != "" && length != strconv.Itoa(len(a.raw)) {
		return t, fmt.Errorf("Content-Length is %s of %d bytes", length, len(a.raw))
	}
	header.Del("Content-Length") // that of the body, which is compared
	header.Del("Date")
	header.Set("Apigw-Requestid", strings.Repeat("*", len(header.Get("Apigw-Requestid"))))
	if found := waits.FindStringSubmatch(body); found != nil {
		if header.Get("Retry-After") != found[1] {
			return t, fmt.Errorf("Retry-After is %q, retryAfter %s", header.Get("Retry-After"), found[1])
		}
		header.Set("Retry-After", "*")
		body = minutes.ReplaceAllString(waits.ReplaceAllString(body, `"retryAfter":*`), "*$1")
		t.wait, _ = strconv.Atoi(found[1])
	}
	lines := []string{strconv.Itoa(a.status)}
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			lines = append(lines, name+": "+value)
		}
	}
	t.text = strings.Join(append(lines, body), "\n")
	return t, nil
}

// times is n times the same.
func times(n int, what string) []string { return slices.Repeat([]string{what}, n) }

const (
	wrongPassword = "Zhenzhu#6175"
	wrongName     = "周小慢"
)

var strangeDevice = m{"id": "strange-phone-0123456789", "name": "手机"}

func (s *subject) signIn(name, password, client string, header ...string) answer {
	s.t.Helper()
	body := m{"account": name, "password": password, "client": client}
	if client == "app" {
		body["device"] = strangeDevice
	} else {
		header = append(header, "X-Client", client, "Sec-Fetch-Site", "same-origin")
	}
	return s.do("POST", "/v1/sessions", body, header...)
}

func signInRows() []aRow {
	guesses := []string{"credentials_wrong 4", "credentials_wrong 3", "credentials_wrong 2", "credentials_wrong 1", "locked"}
	// The lock counts for the address, too: eight failures, and no more is said.
	guessed := slices.Concat(guesses, times(3, "locked"), times(2, "rate_limited"))
	return []aRow{
		{name: "sign-in, wrong passwords, then the right one", kinds: everybody, want: guessed, send: func(s *subject, try int) answer {
			if try == 6 {
				return s.signIn(s.name, walkPassword, "app")
			}
			return s.signIn(s.name, wrongPassword, "app")
		}},
		{name: "sign-in, the right password of who may not", kinds: append(byName("pending"), outsiders...), want: guessed, send: func(s *subject, _ int) answer {
			return s.signIn(s.name, walkPassword, "app")
		}},
		{name: "sign-in, at the console, in English", kinds: everybody, want: guesses[:2], send: func(s *subject, _ int) answer {
			return s.signIn(s.name, wrongPassword, "console", "Accept-Language", "en")
		}},
		{name: "sign-in, at the mobile pages, with a cookie", kinds: everybody, want: guesses[:2], send: func(s *subject, _ int) answer {
			s.jar["__Host-device"] = strangeDevice["id"].(string)
			return s.signIn(s.name, wrongPassword, "mobile_web")
		}},
		{name: "sign-in, locked by one name, and the other", kinds: some, want: append(guesses[:5:5], "credentials_wrong 4"), send: func(s *subject, try int) answer {
			if try == 5 {
				return s.signIn(s.other, wrongPassword, "app")
			}
			return s.signIn(s.name, wrongPassword, "app")
		}},
		{name: "sign-in, locked, and a recovery by a wrong name", kinds: some, want: append(guesses[:5:5], "name_or_account_wrong"), send: func(s *subject, try int) answer {
			if try == 5 {
				return s.recovery(s.name, wrongName, nil)
			}
			return s.signIn(s.name, wrongPassword, "app")
		}},
	}
}

func (s *subject) activation(name, full string, device m) answer {
	s.t.Helper()
	body := m{"purpose": "activate", "account": name, "name": full}
	if device != nil {
		body["device"] = device
	}
	return s.post("/v1/codes", body)
}

func (s *subject) recovery(name, full string, device m) answer {
	s.t.Helper()
	body := m{"account": name, "name": full}
	if device != nil {
		body["device"] = device
	}
	return s.post("/v1/recovery", body)
}

func lookupRows() []aRow {
	const wrong, limited = "name_or_account_wrong", "rate_limited"
	missed := append(times(5, wrong), limited, limited)
	return []aRow{
		{name: "activation, wrong names, then the right one", kinds: everybody, want: missed, send: func(s *subject, try int) answer {
			if try == 6 {
				return s.activation(s.name, walkName, nil)
			}
			return s.activation(s.name, wrongName, nil)
		}},
		{name: "recovery, wrong names, then the right one", kinds: everybody, want: missed, send: func(s *subject, try int) answer {
			if try == 6 {
				return s.recovery(s.name, walkName, nil)
			}
			return s.recovery(s.name, wrongName, nil)
		}},
		{name: "activation and recovery in turn, from a device", kinds: everybody, want: missed, send: func(s *subject, try int) answer {
			if try%2 == 0 {
				return s.activation(s.name, wrongName, strangeDevice)
			}
			return s.recovery(s.name, wrongName, strangeDevice)
		}},
		{name: "activation, the right name of who may not", kinds: outsiders, want: missed, send: func(s *subject, _ int) answer {
			return s.activation(s.name, walkName, nil)
		}},
		{name: "recovery, the right name of who may not", kinds: outsiders, want: missed, send: func(s *subject, _ int) answer {
			return s.recovery(s.name, walkName, nil)
		}},
		{name: "recovery, other names from one address", kinds: everybody, want: append(times(addressFailures, wrong), limited), send: func(s *subject, try int) answer {
			if try < addressFailures/2 {
				return s.recovery(s.name, wrongName, nil)
			}
			return s.recovery(s.other, wrongName, nil)
		}},
		{name: "recovery, behind a shared gateway", kinds: everybody, shared: true, want: append(missed, wrong), send: func(s *subject, try int) answer {
			if try == len(missed) { // another device there
				return s.recovery(s.name, wrongName, m{"id": "another-phone-0123456789"})
			}
			return s.recovery(s.name, wrongName, strangeDevice)
		}},
		{name: "recovery, in English, at a page", kinds: everybody, want: times(2, wrong), send: func(s *subject, _ int) answer {
			s.jar["__Host-device"] = strangeDevice["id"].(string)
			return s.do("POST", "/v1/recovery", m{"account": s.name, "name": wrongName}, "Accept-Language", "en", "X-Client", "mobile_web", "Sec-Fetch-Site", "same-origin")
		}},
		// Who knows the name is told more. But not whether the record is complete.
		{name: "recovery, the right name", kinds: []string{"active, account", "active, phone", "incomplete, account", "incomplete, phone"}, want: times(2, "ok"), send: func(s *subject, _ int) answer {
			return s.recovery(s.name, walkName, nil)
		}},
		{name: "activation, the right name", kinds: []string{"pending, account", "pending, phone"}, want: []string{"ok", "code_too_soon"}, send: func(s *subject, _ int) answer {
			return s.activation(s.name, walkName, nil)
		}},
	}
}

// The code of each ticket below that has one.
const digits = "482913"

// ticketOf writes a ticket of somebody in the state, changed by the edits.
func ticketOf(purpose account.Purpose, state string, edits ...func(*subject, *account.Ticket)) func(*subject) {
	return func(s *subject) {
		s.t.Helper()
		s.person = s.test.somebody(state)
		secret, err := account.NewSecret(rand.Reader)
		s.test.must(err)
		phone, err := staff.ParsePhone(s.other)
		s.test.must(err)
		now := time.Now()
		t := account.Ticket{ID: secret, Purpose: purpose, Staff: s.person.Staff.Code, Phone: phone, Epoch: 1, Expires: now.Add(time.Hour), LockKey: "none"}
		if purpose == account.ForSignIn || purpose == account.ForStepUp {
			t.Client = account.App
		}
		if purpose == account.ForRequest {
			t.Phone, t.Epoch = staff.Phone{}, 0
			s.raise(&t)
		}
		for _, edit := range edits {
			edit(s, &t)
		}
		s.test.must(s.test.model.store.PutTicket(s.t.Context(), t))
		s.ticket = secret.Reveal()
	}
}

// raise raises a recovery request of the ticket's person, which waits for a decision.
func (s *subject) raise(t *account.Ticket) {
	s.t.Helper()
	id, err := staff.NewID(rand.Reader)
	s.test.must(err)
	now := time.Now()
	t.Request, s.id = id, id
	s.test.must(s.test.model.store.RaiseRequest(s.t.Context(), s.person.Account, account.RaisedRequest{
		Request: account.RecoveryRequest{ID: id, Staff: t.Staff, State: account.RecoveryPending, Reason: "手机丢了", Created: now, Expires: now.Add(time.Hour)},
		Mark:    account.LastRecovery{ID: id, Day: now, Count: 1}, Ticket: *t,
		Audit: audit.Entry{ID: "nobody" + id, At: now, Subject: audit.OfStaff(t.Staff), Action: audit.RaiseRecovery, Call: audit.Call{ID: "nobody"}},
	}))
}

func withCode(s *subject, t *account.Ticket) {
	t.Code, t.CodeExpires = s.test.keys.MAC("code", t.ID.Reveal(), digits), time.Now().Add(time.Hour)
}

func expired(_ *subject, t *account.Ticket) { t.Expires = time.Now().Add(-time.Minute) }

// tickets are the kinds of tickets.
var tickets = map[string]func(*subject){
	"forged": func(s *subject) {
		secret, err := account.NewSecret(rand.Reader)
		s.test.must(err)
		s.ticket = secret.Reveal()
	},
	"no ticket":        func(*subject) {},
	"no ticket's form": func(s *subject) { s.ticket = "x" },
	"a token":          func(s *subject) { s.ticket = "GE_00000000000000000000000000000000." + strings.Repeat("x", 43) },

	"activation":                  ticketOf(account.ForActivation, "pending", withCode),
	"activation, expired":         ticketOf(account.ForActivation, "pending", expired),
	"activation, since frozen":    ticketOf(account.ForActivation, "frozen before activation", withCode),
	"activation, since left":      ticketOf(account.ForActivation, "left", withCode),
	"recovery":                    ticketOf(account.ForRecovery, "active", withCode),
	"recovery, expired":           ticketOf(account.ForRecovery, "active", expired),
	"recovery, since frozen":      ticketOf(account.ForRecovery, "frozen", withCode),
	"recovery, since left":        ticketOf(account.ForRecovery, "left", withCode),
	"recovery, since changed":     ticketOf(account.ForRecovery, "changed", withCode),
	"recovery, administrator":     ticketOf(account.ForRecovery, "administrator", withCode),
	"sign-in":                     ticketOf(account.ForSignIn, "active", withCode),
	"sign-in, incomplete":         ticketOf(account.ForSignIn, "incomplete", withCode),
	"sign-in, expired":            ticketOf(account.ForSignIn, "active", expired),
	"sign-in, since frozen":       ticketOf(account.ForSignIn, "frozen", withCode),
	"sign-in, since left":         ticketOf(account.ForSignIn, "left", withCode),
	"sign-in, since changed":      ticketOf(account.ForSignIn, "changed", withCode),
	"step-up":                     ticketOf(account.ForStepUp, "active", withCode),
	"step-up, since frozen":       ticketOf(account.ForStepUp, "frozen", withCode),
	"new phone":                   ticketOf(account.ForPhone, "active", withCode),
	"new phone, since frozen":     ticketOf(account.ForPhone, "frozen", withCode),
	"request":                     ticketOf(account.ForRequest, "active"),
	"request, expired":            ticketOf(account.ForRequest, "active", expired),
	"request, since frozen":       ticketOf(account.ForRequest, "frozen"),
	"request, since left":         ticketOf(account.ForRequest, "left"),
	"request, which there is not": ticketOf(account.ForRequest, "active", func(_ *subject, t *account.Ticket) { t.Request = strings.Repeat("A", 22) }),
}

// spent are the tickets that open nothing, of any flow that needs no session.
var spent = []string{
	"forged", "no ticket's form", "a token", "activation, expired", "recovery, expired", "sign-in, expired", "request, expired",
}

func ticketRows() []aRow {
	const invalid, limited = "ticket_invalid", "rate_limited"
	refused := append(times(addressFailures, invalid), times(2, limited)...)
	ask := func(s *subject, _ int) answer { return s.post("/v1/codes", m{"ticket": s.ticket}) }
	set := func(code string) func(*subject, int) answer {
		return func(s *subject, _ int) answer {
			return s.post("/v1/password", m{"ticket": s.ticket, "code": code, "password": "Lanhua#8253", "confirmPassword": "Lanhua#8253", "device": strangeDevice})
		}
	}
	verify := func(code string) func(*subject, int) answer {
		return func(s *subject, _ int) answer {
			return s.post("/v1/sessions/verify", m{"ticket": s.ticket, "code": code, "trustDevice": true})
		}
	}
	raise := func(s *subject, _ int) answer {
		return s.post("/v1/recovery/requests", m{"ticket": s.ticket, "reason": "手机丢了"})
	}
	wrongCodes := append([]string{"code_wrong 4", "code_wrong 3", "code_wrong 2", "code_wrong 1"}, times(3, "code_tries_spent")...)
	return []aRow{
		{name: "a code for a ticket", want: refused, send: ask, kinds: append(spent[:len(spent):len(spent)],
			"activation, since frozen", "activation, since left", "recovery, since frozen", "recovery, since left", "recovery, since changed", "recovery, administrator",
			"sign-in, since frozen", "sign-in, since left", "sign-in, since changed", "request", "request, since frozen", "request, since left", "request, which there is not")},
		{name: "a code for a ticket of a session", want: times(3, invalid), send: ask, kinds: []string{"forged", "step-up, since frozen", "new phone, since frozen"}},

		{name: "a password by a ticket that is for nothing of the kind", want: refused, send: set("000000"), kinds: append(spent[:len(spent):len(spent)],
			"sign-in", "sign-in, since frozen", "request", "request, since frozen", "request, which there is not")},
		{name: "a password by a ticket of a session", want: times(3, invalid), send: set(digits), kinds: []string{"forged", "step-up", "new phone", "step-up, since frozen"}},
		{name: "a password, wrong codes", want: wrongCodes, send: set("000000"), kinds: []string{
			"activation", "activation, since frozen", "activation, since left",
			"recovery", "recovery, since frozen", "recovery, since left", "recovery, since changed", "recovery, administrator"}},
		{name: "a password, the right code too late", want: times(3, invalid), send: set(digits), kinds: []string{
			"forged", "activation, since frozen", "activation, since left", "recovery, since frozen", "recovery, since left", "recovery, since changed", "recovery, administrator"}},

		{name: "a second step by a ticket that is for nothing of the kind", want: refused, send: verify("000000"), kinds: append(spent[:len(spent):len(spent)],
			"activation", "activation, since frozen", "recovery", "recovery, since frozen", "recovery, administrator")},
		{name: "a second step by a ticket of a session", want: times(3, invalid), send: verify(digits), kinds: []string{"forged", "new phone", "new phone, since frozen"}},
		{name: "a second step, wrong codes", want: wrongCodes, send: verify("000000"), kinds: []string{
			"sign-in", "sign-in, incomplete", "sign-in, since frozen", "sign-in, since left", "sign-in, since changed"}},
		{name: "a second step, the right code too late", want: times(3, invalid), send: verify(digits), kinds: []string{
			"forged", "sign-in, since frozen", "sign-in, since left", "sign-in, since changed"}},

		{name: "a request by a ticket", want: refused, send: raise, kinds: append(spent[:len(spent):len(spent)],
			"activation", "sign-in", "request", "recovery, since frozen", "recovery, since left", "recovery, since changed")},
		{name: "a request by a ticket of a session", want: times(3, invalid), send: raise, kinds: []string{"forged", "step-up", "new phone"}},

		{name: "following a request by a ticket of another", want: refused, kinds: append(spent[:len(spent):len(spent)], "no ticket", "activation", "recovery", "sign-in", "request", "request, since frozen"), send: func(s *subject, _ int) answer {
			if s.kind != "request, expired" { // of its own
				s.id = s.test.request()
			}
			return s.follow(s.id, s.ticket)
		}},
		{name: "following a request by a forged ticket, whoever has asked", want: refused, kinds: []string{"request", "request, since frozen", "request, since left", "request, expired"}, send: func(s *subject, _ int) answer {
			return s.follow(s.id, "forged")
		}},
		{name: "following a request that there is not", want: append(times(addressFailures, "not_found"), limited), kinds: []string{"forged", "no ticket", "request", "recovery", "request, which there is not"}, send: func(s *subject, _ int) answer {
			return s.follow(strings.Repeat("A", 22), s.ticket)
		}},
	}
}

// request is the id of a request of somebody whom no row asks about.
func (n *nobodyTest) request() string {
	n.t.Helper()
	if n.elsewhere == "" {
		n.elsewhere = n.subject("request", false).id
	}
	return n.elsewhere
}

func (s *subject) follow(id, ticket string) answer {
	s.t.Helper()
	return s.do("GET", "/v1/recovery/requests/"+id, nil, "Recovery-Ticket", ticket)
}

// otherRows are about what tells everybody the same, and about sessions.
func otherRows() []aRow {
	people := append(byName("active", "pending", "frozen", "left"), "no ticket")
	as := func(path string) func(*subject, int) answer {
		return func(s *subject, _ int) answer { return s.do("GET", path, nil, s.token()...) }
	}
	return []aRow{
		{name: "the dictionaries, with anybody's token", kinds: people, want: []string{"ok"}, send: as("/v1/dictionaries")},
		{name: "the health, with anybody's token", kinds: people, want: []string{"ok"}, send: as("/v1/health")},
		{name: "oneself, with anybody's token", kinds: people[:len(people)-1], want: []string{"session_expired"}, send: as("/v1/me")},
	}
}

// token is the header with a token of the subject, whose secret is wrong.
func (s *subject) token() []string {
	if s.kind == "no ticket" {
		return nil
	}
	code := cmp.Or(s.person.Staff.Code.String(), "GE_00000000000000000000000000000000")
	return []string{"Authorization", "Bearer " + code + "." + strings.Repeat("x", 43)}
}
