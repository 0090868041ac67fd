package account_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/account/accounttest"
)

// TestLimitsInAnyOrder lets strangers and an owner do what they like, in any order:
// begin flows, ask for texts, enter right and wrong codes from devices that are known or
// not, guess passwords and names, from a few addresses, over some days. A small model,
// which knows only what was asked and answered, says of each answer whether it may be.
//
//   - At most five wrong codes of a ticket are compared, and 25 of a person and purpose
//     in a day; as many again from known devices.
//   - At most ten texts a day go to a phone for a purpose, and one in 60 seconds; as many
//     again for known devices.
//   - Nothing is refused before its limit is reached.
//   - The owner signs in on the known device at any time. And he recovers there, unless
//     he himself has used up that device's own counts.
func TestLimitsInAnyOrder(t *testing.T) {
	reached := map[string]int{}
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 9))
		limits := account.Defaults()
		if seed%4 > 0 { // lower ones are reached more often
			limits.CodeTriesADay, limits.TextsADay, limits.AddressFailures = 5+r.IntN(5), 3+r.IntN(4), []int{6, 12, 1000}[r.IntN(3)]
		}
		acts := drawActs(r, 400)
		n, flaw := playActs(t, limits, acts, reached)
		if flaw == "" {
			continue
		}
		acts = acts[:n+1]
		for i := len(acts) - 2; i >= 0; i-- { // what does not matter is left out
			fewer := slices.Delete(slices.Clone(acts), i, i+1)
			if _, still := playActs(t, limits, fewer, map[string]int{}); still != "" {
				acts, flaw = fewer, still
			}
		}
		for _, a := range acts {
			t.Log(a)
		}
		t.Fatalf("seed %d: %s", seed, flaw)
	}
	for _, limit := range []string{"code_too_soon", "code_daily_limit", "spent ticket", "spent day", "rate_limited", "locked", "code_expired", "ticket_invalid", "proved", "sms_unavailable", "known device's spent day", "known device's code_daily_limit"} {
		if reached[limit] == 0 {
			t.Errorf("never reached: %s (%v)", limit, reached)
		}
	}
}

// act is one thing that somebody does. Numbers choose among what there is, so that acts
// make sense whichever are left out.
type act struct {
	what    string
	owner   bool // on the known device; else a stranger on another
	address int
	ticket  int
	wait    time.Duration
}

func drawActs(r *rand.Rand, n int) []act {
	whats := slices.Concat(
		slices.Repeat([]string{"wrong code"}, 9), slices.Repeat([]string{"ask for a text"}, 5), slices.Repeat([]string{"wait"}, 4),
		slices.Repeat([]string{"begin a recovery"}, 2), []string{"ask in vain", "begin a sign-in", "begin an activation", "right code", "guess a password", "guess a name", "sign in", "recover", "set a password"},
	)
	waits := []time.Duration{time.Second, 59 * time.Second, time.Minute, time.Minute, time.Minute, 4 * time.Minute, 6 * time.Minute, 31 * time.Minute, 5 * time.Hour}
	acts := make([]act, n)
	eager := r.IntN(2) == 0 // an owner who uses up counts of his own
	for i := range acts {
		acts[i] = act{whats[r.IntN(len(whats))], r.IntN(8) == 0 || eager && r.IntN(2) == 0, r.IntN(3), r.IntN(3), waits[r.IntN(len(waits))]}
		if acts[i].what == "set a password" && r.IntN(8) > 0 { // which begins all counts anew
			acts[i].what = "wrong code"
		}
	}
	return acts
}

// flow is a ticket as the model knows it.
type flow struct {
	secret            string
	account           string
	purpose           account.Purpose
	known             bool
	over              bool // spent
	password          int  // of the person when the flow began
	expires           time.Time
	code              string
	codeEnds, goodFor time.Time
	wrong             int
}

// play is a world with the model beside it.
type play struct {
	*world
	store    *wrongCounter
	flows    []*flow
	password int                    // how often it was set
	wrongDay map[string]int         // wrong codes by person, purpose, device known, day
	texts    map[string][]time.Time // by person, purpose, device known
	failures map[string]int         // answers that may have counted for an address in an hour
	strict   map[string]int         // those that must have
	misses   map[string][]time.Time // wrong names by person and address
	guesses  []time.Time            // wrong passwords of the owner's name
	reached  map[string]int
}

// wrongCounter counts the wrong codes that were compared.
type wrongCounter struct {
	*accounttest.Store
	compared int
	each     map[string]int // by ticket
}

func (s *wrongCounter) WrongTry(ctx context.Context, t account.Ticket) (int, error) {
	s.compared++
	s.each[t.ID.Hash()]++
	return s.Store.WrongTry(ctx, t)
}

// playActs plays. It returns the act at which something was not as it must be.
func playActs(t *testing.T, limits account.Settings, acts []act, reached map[string]int) (int, string) {
	w := newWorld(t)
	w.settings = limits
	w.person("linwei", "林伟")
	w.person("wangfang", "王芳", pending)
	p := &play{
		world: w, store: &wrongCounter{w.store, 0, map[string]int{}}, reached: reached,
		wrongDay: map[string]int{}, texts: map[string][]time.Time{}, failures: map[string]int{}, strict: map[string]int{}, misses: map[string][]time.Time{},
	}
	w.enter(account.App, device, "linwei", true)
	w.pass(time.Minute)
	p.texts["linwei sign_in false"] = []time.Time{noon}
	for i, a := range acts {
		if flaw := p.do(a); flaw != "" {
			return i, fmt.Sprintf("at %s, %v: %s", w.now.Format("15:04:05"), a, flaw)
		}
	}
	return 0, ""
}

func (p *play) day() string { return p.now.Add(8 * time.Hour).Format("20060102") }

func key(parts ...any) string { return strings.TrimSuffix(fmt.Sprintln(parts...), "\n") }

// there reports whether codes of the flow are compared.
func (p *play) there(f *flow) bool { return !f.over && p.now.Before(f.expires) }

// alive reports whether the flow may go on: a new password ends all others of the person.
func (p *play) alive(f *flow) bool {
	return p.there(f) && (f.account != "linwei" || f.password == p.password)
}

// dayKey is what a wrong code counts by. A new password begins the counts anew.
func (p *play) dayKey(f *flow, known bool) string {
	return key(f.account, f.purpose, known, p.day(), f.password)
}

// closed reports whether the day's wrong codes are used up.
func (p *play) closed(f *flow, known bool) bool {
	return p.wrongDay[p.dayKey(f, known)] >= p.settings.CodeTriesADay
}

// textsToday are the texts of a purpose, and when the last one was sent.
func (p *play) textsToday(f *flow, known bool) (n int, last time.Time) {
	for _, at := range p.texts[key(f.account, f.purpose, known)] {
		if last = at; at.Add(8*time.Hour).Format("20060102") == p.day() {
			n++
		}
	}
	return n, last
}

// answered notes an answer to somebody at an address. Spared are known devices.
func (p *play) answered(a act, spared bool, got string) string {
	code, _, _ := strings.Cut(got, " ")
	p.reached[code]++
	hour := key(a.address, p.now.Truncate(time.Hour).Unix())
	switch {
	case code == "rate_limited" && spared:
		return "a known device is refused for its address"
	case code == "rate_limited" && p.failures[hour] < p.settings.AddressFailures:
		return fmt.Sprintf("refused after %d failures of the address", p.failures[hour])
	case code != "rate_limited" && !spared && p.strict[hour] >= p.settings.AddressFailures:
		return fmt.Sprintf("%s after %d failures of the address", got, p.strict[hour])
	}
	switch code {
	case "code_wrong", "credentials_wrong", "name_or_account_wrong":
		if !spared {
			p.strict[hour]++
		}
		fallthrough
	case "code_tries_spent", "code_expired", "ticket_invalid", "locked":
		p.failures[hour]++
	}
	return ""
}

// do does one thing, and says what is wrong with the answer.
func (p *play) do(a act) string {
	p.call.Address = fmt.Sprintf("192.0.2.%d", 10+a.address)
	on := strange
	if a.owner {
		on = device
	}
	var f *flow
	if n := len(p.flows); n > 0 {
		f = p.flows[max(0, n-1-a.ticket)]
	}
	switch a.what {
	case "wait":
		p.pass(a.wait)
	case "begin a recovery":
		_, flaw := p.begin(a, on)
		return flaw
	case "begin a sign-in":
		r, err := p.login().Run(p.Context(), p.call, account.LoginInput{Account: "linwei", Password: p.current(), Client: account.App, Device: strange})
		if err == nil {
			p.add(r.SecondStep.Ticket, "linwei", account.ForSignIn, false)
		}
		return p.passwordAnswered(act{address: a.address}, told(err))
	case "begin an activation":
		return p.activation(a)
	case "guess a name":
		_, err := p.recoveryOptions().Run(p.Context(), p.call, "linwei", "林卫", "")
		pair := key("linwei", a.address)
		if told(err) == "name_or_account_wrong" {
			p.misses[pair] = append(p.misses[pair], p.now)
		}
		if p.stopped(pair) && strings.HasPrefix(told(err), "rate_limited") {
			return ""
		}
		return p.answered(a, false, told(err))
	case "guess a password":
		got := p.signInOn(account.App, strange, "linwei", "wrong")
		if strings.HasPrefix(got, "credentials_wrong") || strings.HasPrefix(got, "locked") {
			p.guesses = append(p.guesses, p.now)
		}
		return p.passwordAnswered(act{address: a.address}, got)
	case "sign in":
		if got := p.signInOn(account.App, device, "linwei", p.current()); got != "session" {
			return "the owner is answered " + got
		}
	case "recover", "set a password":
		return p.ownerRecovers(a)
	case "ask for a text":
		if f != nil {
			return p.ask(a, f, on)
		}
	case "ask in vain": // the carrier refuses the text
		if f != nil {
			p.world.texts.err = account.ErrSMSRefused
			defer func() { p.world.texts.err = nil }()
			return p.ask(a, f, on)
		}
	case "wrong code", "right code":
		if f != nil {
			return p.enterCode(a, f, on)
		}
	}
	return ""
}

// current is the owner's password.
func (p *play) current() string {
	if p.password == 0 {
		return password
	}
	return fmt.Sprintf("Linjiang@%d", 58+p.password)
}

func (p *play) add(secret account.Secret, who string, purpose account.Purpose, known bool) *flow {
	f := &flow{secret: secret.Reveal(), account: who, purpose: purpose, known: known, expires: p.now.Add(p.settings.TicketLife)}
	if who == "linwei" {
		f.password = p.password
	}
	p.flows = append(p.flows, f)
	return f
}

// passwordAnswered judges the answer to a password.
func (p *play) passwordAnswered(a act, got string) string {
	recent := 0
	for _, at := range p.guesses {
		if p.now.Sub(at) < 24*time.Hour {
			recent++
		}
	}
	if strings.HasPrefix(got, "locked") && (a.owner || recent < p.settings.LockTries) {
		return fmt.Sprintf("%s after %d guesses", got, recent)
	}
	return p.answered(a, a.owner, got)
}

// stopped reports whether wrong names may have stopped the pair of account and address.
func (p *play) stopped(pair string) bool {
	n := 0
	for _, at := range p.misses[pair] {
		if p.now.Sub(at) < p.settings.MissWindow+p.settings.MissTime {
			n++
		}
	}
	return n >= p.settings.MissTries
}

func (p *play) begin(a act, on string) (*flow, string) {
	r, err := p.recoveryOptions().Run(p.Context(), p.call, "linwei", "林伟", on)
	if got := told(err); err != nil {
		if p.stopped(key("linwei", a.address)) && strings.HasPrefix(got, "rate_limited") {
			return nil, ""
		}
		if !strings.HasPrefix(got, "rate_limited") {
			return nil, "a right name is answered " + got
		}
		return nil, p.answered(a, a.owner, got)
	}
	return p.add(r.Ticket, "linwei", account.ForRecovery, a.owner), p.answered(a, a.owner, "ok")
}

// activation asks for the activation of somebody pending, who has no device.
func (p *play) activation(a act) string {
	sent, err := p.sendCode().Activate(p.Context(), p.call, "wangfang", "王芳", strange)
	f := &flow{account: "wangfang", purpose: account.ForActivation}
	if err == nil {
		f = p.add(sent.Ticket, "wangfang", account.ForActivation, false)
	} else {
		f.expires = p.now.Add(time.Second)
	}
	return p.texted(act{address: a.address}, f, false, told(err))
}

func (p *play) ask(a act, f *flow, on string) string {
	_, err := p.sendCode().Again(p.Context(), p.call, f.secret, on)
	return p.texted(a, f, p.there(f) && (f.known || a.owner && f.account == "linwei"), told(err))
}

// texted judges the answer to who asks for a text.
func (p *play) texted(a act, f *flow, known bool, got string) string {
	n, last := p.textsToday(f, known)
	soon, full := p.now.Sub(last) < p.settings.TextInterval, n >= p.settings.TextsADay
	code, _, _ := strings.Cut(got, " ")
	var may bool
	switch code {
	case "ok", "sms_unavailable":
		may = (code == "ok") == (p.world.texts.err == nil) && p.alive(f) && f.wrong < p.settings.CodeTries && !p.closed(f, known) && !soon && !full
	case "code_too_soon":
		may = soon
	case "code_daily_limit":
		may = full
		if known {
			p.reached["known device's code_daily_limit"]++
		}
	case "code_tries_spent":
		may = f.wrong >= p.settings.CodeTries || p.closed(f, known)
		return p.unless(may, a, f, got, known) // asking is no failure
	case "ticket_invalid":
		may = !p.alive(f)
	case "rate_limited":
		may = true
	}
	if got == "ok" && may {
		f.known, f.code, f.codeEnds, f.goodFor = known, p.code(), p.now.Add(p.settings.CodeLife), time.Time{}
		at := key(f.account, f.purpose, known)
		p.texts[at] = append(p.texts[at], p.now)
	}
	if flaw := p.unless(may, a, f, got, known); flaw != "" {
		return flaw
	}
	return p.answered(a, known, got)
}

func (p *play) unless(may bool, a act, f *flow, got string, known bool) string {
	if may {
		return ""
	}
	n, last := p.textsToday(f, known)
	return fmt.Sprintf("%s, of a ticket for %s that lives: %v, with %d wrong codes, the day closed: %v; %d texts today, the last at %s (known: %v)",
		got, f.purpose, p.alive(f), f.wrong, p.closed(f, known), n, last.Format("15:04:05"), known)
}

// enterCode enters a code where the ticket's flow takes it. A right one proves the
// phone, but sets no password: it is the present one.
func (p *play) enterCode(a act, f *flow, on string) string {
	right := a.what == "right code"
	code := other(f.code)
	if right && f.code != "" {
		code = f.code
	}
	before := p.store.compared
	var got string
	if f.purpose == account.ForSignIn {
		uc := p.verifyLogin()
		uc.Store = p.store
		_, err := uc.Run(p.Context(), p.call, account.VerifyLoginInput{Ticket: f.secret, Code: code})
		if got = told(err); err == nil {
			got, f.over = "proved", true
		}
	} else {
		uc := p.setPassword()
		uc.Store = p.store
		_, err := uc.Run(p.Context(), p.call, account.SetPasswordInput{Ticket: f.secret, Code: code, Password: p.unusable(f), ConfirmPassword: p.unusable(f), Device: on})
		if got = told(err); strings.HasPrefix(got, "password_weak") {
			got = "proved"
		}
	}
	return p.entered(a, f, right && f.code != "", p.store.compared-before, got)
}

// unusable is a password that is refused only once the code is proved.
func (p *play) unusable(f *flow) string {
	if f.account == "linwei" {
		return p.current()
	}
	return "Wangfang#58"
}

// entered judges the answer to a code.
func (p *play) entered(a act, f *flow, right bool, compared int, got string) string {
	known := f.known
	if !known && a.owner && f.account == "linwei" && f.purpose != account.ForSignIn && p.closed(f, false) {
		known = true // his device goes on where strangers have used up the day
	}
	there := p.now.Before(f.expires) && (!f.over || got == "proved")
	good := p.now.Before(f.codeEnds) || p.now.Before(f.goodFor)
	day := p.dayKey(f, known)
	open := there && good && f.wrong < p.settings.CodeTries && !p.closed(f, known)
	if compared > 0 {
		if !open || right || compared > 1 {
			return fmt.Sprintf("%d compared, answer %s", compared, got)
		}
		f.wrong++
		p.wrongDay[day]++
	}
	if n := p.store.each[account.ParseSecret(f.secret).Hash()]; n != f.wrong || n > p.settings.CodeTries || p.wrongDay[day] > p.settings.CodeTriesADay {
		return fmt.Sprintf("%d wrong codes of the ticket were compared, %d of the day", n, p.wrongDay[day])
	}
	code, _, _ := strings.Cut(got, " ")
	var may bool
	if open && right && f.purpose != account.ForSignIn && !p.now.Before(f.goodFor) && code != "rate_limited" {
		f.goodFor = p.now.Add(p.settings.VerifiedLife)
	}
	switch code {
	case "proved":
		may = open && right && (f.account != "linwei" || f.password == p.password)
	case "code_wrong":
		may = compared == 1 && f.wrong < p.settings.CodeTries && got == fmt.Sprint("code_wrong ", p.settings.CodeTries-f.wrong)
	case "code_tries_spent":
		may = f.wrong >= p.settings.CodeTries || p.closed(f, known)
		switch {
		case p.closed(f, known) && known:
			p.reached["known device's spent day"]++
		case p.closed(f, known):
			p.reached["spent day"]++
		default:
			p.reached["spent ticket"]++
		}
	case "code_expired":
		may = !good
	case "ticket_invalid":
		may = !p.there(f) || right && !p.alive(f)
	case "rate_limited":
		may = compared == 0
	}
	if !may {
		return p.unless(false, a, f, got, known)
	}
	return p.answered(a, f.known && !f.over || a.owner && f.account == "linwei" && f.purpose != account.ForSignIn && p.there(f) && f.wrong < p.settings.CodeTries && good, got)
}

// ownerRecovers: from a clean address, he recovers on the known device, or is told that
// he himself was there too often.
func (p *play) ownerRecovers(a act) string {
	home := act{what: a.what, owner: true, address: 200}
	p.call.Address = "192.0.2.210"
	f, flaw := p.begin(home, device)
	if f == nil || flaw != "" {
		return "recovery on the known device: " + flaw
	}
	if flaw := p.ask(home, f, device); flaw != "" || f.code == "" { // judged by his own counts alone
		return flaw
	}
	if a.what == "recover" {
		home.what = "right code"
		if flaw := p.enterCode(home, f, device); flaw != "" {
			return flaw
		}
		if f.goodFor.IsZero() {
			return "the right code on the known device proves nothing"
		}
		return ""
	}
	p.password++
	if got := p.setOn(device, f.secret, f.code, p.current()); got != "ok" {
		return "a new password on the known device: " + got
	}
	p.guesses = nil
	return ""
}
