package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/argon2id"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/functiontest"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/staff"
)

type m = map[string]any

const (
	device   = "0123456789abcdefghijkl"
	password = "Chaoxi#4927"
)

type world struct {
	*functiontest.World
	functiontest.Function
	hasher *counting
}

// counting counts how many hashes were computed.
type counting struct {
	argon2id.Hasher
	mu       sync.Mutex
	verified int
}

func (c *counting) Verify(encoded, password string) (bool, error) {
	c.mu.Lock()
	c.verified++
	c.mu.Unlock()
	return c.Hasher.Verify(encoded, password)
}

func start(t *testing.T, edit ...func(*account.Settings)) world {
	t.Parallel()
	w := functiontest.New(t)
	for _, e := range edit {
		e(&w.Settings)
	}
	h := &counting{}
	uc := account.Login{Store: w.Store, Kept: staff.NewOrgCache(), Hasher: h, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}
	return world{w, w.Serve(routes(uc)), h}
}

func signingIn(account, password string) functiontest.Call {
	return functiontest.Call{Path: "/v1/sessions", Body: m{"account": account, "password": password, "device": m{"id": device, "name": "手机"}, "client": "app"}}
}

func with(c functiontest.Call, client, device string) functiontest.Call {
	body := m{}
	for k, v := range c.Body.(m) {
		body[k] = v
	}
	body["client"] = client
	delete(body, "device")
	if device != "" {
		body["device"] = m{"id": device, "name": ""}
	}
	c.Body = body
	return c
}

// trust makes the device a known one of somebody who can sign in.
func (w world) trust(t *testing.T, name, device string) {
	t.Helper()
	ticket := w.Do(with(signingIn(name, password), "app", device)).Want(401, "second_factor_required").Text("ticket")
	send := account.SendCode{Store: w.Store, Sender: w.Texts, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}
	if _, err := send.Again(context.Background(), audit.Call{}, ticket, ""); err != nil {
		t.Fatal(err)
	}
	verify := account.VerifyLogin{Store: w.Store, Kept: staff.NewOrgCache(), Sender: w.Texts, Keys: w.Keys, Settings: w.Settings, Now: w.Now, Random: w.Random}
	_, err := verify.Run(context.Background(), audit.Call{}, account.VerifyLoginInput{
		Ticket: ticket, Code: w.Texts.Code(), TrustDevice: true,
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAnswers(t *testing.T) {
	for _, tt := range []struct {
		golden string
		call   functiontest.Call
		status int
		code   string
	}{
		{"second-step", signingIn("zhouqiang", password), 401, "second_factor_required"},
		{"by-phone", signingIn("13700000007", password), 401, "second_factor_required"},
		{"wrong", signingIn("zhouqiang", "Chaoxi#4928"), 401, "credentials_wrong"},
		{"incomplete", signingIn("zhangmin", password), 403, "profile_incomplete"},
		{"console-without-grant", functiontest.Call{
			Path: "/v1/sessions", Header: map[string]string{"Sec-Fetch-Site": "same-origin"}, Body: m{"account": "zhouqiang", "password": password, "client": "console"},
		}, 403, "permission_denied"},
		{"app-from-a-page", functiontest.Call{Path: "/v1/sessions", Header: map[string]string{"Origin": "https://api.example"}, Body: signingIn("zhouqiang", password).Body}, 403, "cross_site"},
		{"page-from-elsewhere", functiontest.Call{Path: "/v1/sessions", Header: map[string]string{"Origin": "https://evil.example"}, Body: with(signingIn("zhouqiang", password), "mobile_web", "").Body}, 403, "cross_site"},
		{"empty", functiontest.Call{Path: "/v1/sessions", Body: m{"device": m{"id": device}}}, 422, "field_invalid"},
		{"no-device", with(signingIn("zhouqiang", password), "app", ""), 422, "field_invalid"},
		{"device-form", with(signingIn("zhouqiang", password), "app", "short"), 422, "field_invalid"},
		{"client-unknown", with(signingIn("zhouqiang", password), "desktop", device), 422, "field_invalid"},
	} {
		t.Run(tt.golden, func(t *testing.T) {
			w := start(t)
			w.Do(tt.call).Want(tt.status, tt.code).Golden(tt.golden)
		})
	}
}

func TestKnownDeviceSignsIn(t *testing.T) {
	w := start(t)
	w.trust(t, "zhouqiang", device)
	w.Pass(29 * 24 * time.Hour)
	w.Counter.Reset()
	w.Do(signingIn("zhouqiang", password)).Want(201, "").Golden("signed-in")
	w.WantTrips("login: after days")
	w.Counter.Reset()
	w.Do(signingIn("zhouqiang", password)).Want(201, "")
	w.WantTrips("login")
	w.Do(with(signingIn("zhouqiang", password), "app", strings.Repeat("z", 22))).Want(401, "second_factor_required")
	w.Do(with(signingIn("chenjing", password), "app", device)).Want(401, "second_factor_required") // another person's device
	w.PhoneAsAccount("zhouqiang")
	r := w.Do(signingIn("13700000007", password)).Want(201, "")
	if got := r.Body["staff"].(m)["account"]; got != "+86 137*****007" || strings.Contains(r.Raw, "13700000007") {
		t.Errorf("an account that is the phone is shown as %s", got)
	}
	w.Pass(24*time.Hour + time.Second)
	w.Do(signingIn("13700000007", password)).Want(401, "second_factor_required")
}

func TestSecondFactorSetting(t *testing.T) {
	t.Run("always", func(t *testing.T) {
		w := start(t, func(s *account.Settings) { s.SecondFactor = account.Always })
		w.trust(t, "zhouqiang", device)
		w.Do(signingIn("zhouqiang", password)).Want(401, "second_factor_required")
	})
	t.Run("off", func(t *testing.T) {
		w := start(t, func(s *account.Settings) { s.SecondFactor = account.Off })
		w.Do(signingIn("zhouqiang", password)).Want(201, "")
		c := with(signingIn("chenjing", password), "console", "")
		c.Header = map[string]string{"Sec-Fetch-Site": "same-origin"}
		w.Do(c).Want(401, "second_factor_required") // the console always asks
	})
}

func TestPage(t *testing.T) {
	w := start(t, func(s *account.Settings) { s.SecondFactor = account.Off })
	c := with(signingIn("zhouqiang", password), "mobile_web", "")
	c.Header = map[string]string{"Origin": "https://api.example"}
	r := w.Do(c).Want(201, "").Golden("page")
	if len(r.Cookies) != 2 || r.Body["token"] != nil {
		t.Errorf("cookies %v, token %v", r.Cookies, r.Body["token"])
	}
	kept, _, _ := strings.Cut(r.Cookies[1], ";")
	c.Cookies = []string{kept}
	if again := w.Do(c).Want(201, ""); !strings.HasPrefix(again.Cookies[1], kept) {
		t.Errorf("the device changed from %s to %s", kept, again.Cookies[1])
	}
}

// Nobody can tell by the answer, nor by the work behind it, who is there: not by a
// failure, and not by the one that locks. Of somebody on the register each leaves a line
// in the history, and the lock an entry in the audit.
func TestRefusalsAreAlike(t *testing.T) {
	w := start(t)
	want := map[int]string{}
	for i, name := range []string{"nobody", "zhouqiang", "zhaolei", "sunli", "wangfang", "13700000099", "13700000007", "嗯#"} {
		c := signingIn(name, "Chaoxi#4928")
		if name == "zhaolei" || name == "sunli" {
			c = signingIn(name, password) // frozen and left, with the right password
		}
		c.SourceIP = fmt.Sprintf("192.0.2.%d", i)
		for n := range 6 {
			w.Counter.Reset()
			w.hasher.verified = 0
			r := w.Do(c)
			cost := w.Counter.Cost()
			for _, side := range cost.Order {
				slices.Sort(side) // calls side by side have no order
			}
			got := fmt.Sprintf("%s, %v, %g units written, %d hashes", r.Raw, cost.Order, cost.Write, w.hasher.verified)
			if i == 0 {
				want[n] = got
			}
			if got != want[n] {
				t.Errorf("%s, failure %d: %s, want %s", name, n+1, got, want[n])
			}
		}
	}
	for i, code := range []string{"credentials_wrong", "credentials_wrong", "credentials_wrong", "credentials_wrong", "locked", "locked"} {
		if !strings.Contains(want[i], code) {
			t.Errorf("failure %d: %s, want %s", i+1, want[i], code)
		}
	}
}

func TestLock(t *testing.T) {
	for _, name := range []string{"zhouqiang", "nobody"} {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			for _, left := range []float64{4, 3, 2, 1} {
				if r := w.Do(signingIn(name, "wrong")).Want(401, "credentials_wrong"); r.Body["remaining"] != left {
					t.Errorf("remaining %v, want %v", r.Body["remaining"], left)
				}
			}
			r := w.Do(signingIn(name, "wrong")).Want(429, "locked")
			if name == "zhouqiang" {
				r.Golden("locked")
			}
			w.hasher.verified = 0
			w.Pass(29 * time.Minute)
			w.Do(signingIn(name, password)).Want(429, "locked")
			if w.hasher.verified != 0 {
				t.Error("a password was compared inside the lock")
			}
			w.Pass(time.Minute)
			if name == "zhouqiang" {
				w.Do(signingIn(name, password)).Want(401, "second_factor_required")
			}
			if r := w.Do(signingIn(name, "wrong")).Want(401, "credentials_wrong"); r.Body["remaining"] != 4.0 {
				t.Errorf("after the lock: remaining %v", r.Body["remaining"])
			}
		})
	}
}

// A stranger's failures lock the name, but not for its person's own device; the
// phone is another name.
func TestLockSparesKnownDevice(t *testing.T) {
	w := start(t)
	w.trust(t, "zhouqiang", device)
	stranger := with(signingIn("zhouqiang", "wrong"), "app", strings.Repeat("s", 30))
	stranger.SourceIP = "203.0.113.1"
	for range 4 {
		w.Do(stranger).Want(401, "credentials_wrong")
	}
	w.Do(stranger).Want(429, "locked")
	w.Do(signingIn("zhouqiang", password)).Want(201, "")
	w.Do(with(signingIn("13700000007", password), "app", strings.Repeat("t", 30))).Want(401, "second_factor_required")
	for range 4 {
		w.Do(signingIn("zhouqiang", "wrong")).Want(401, "credentials_wrong")
	}
	w.Do(signingIn("zhouqiang", "wrong")).Want(429, "locked") // the device has a count of its own
}

// A right password gives its own count back; a finished sign-in clears it all.
func TestRightPasswordForgives(t *testing.T) {
	w := start(t)
	for range 3 {
		w.Do(signingIn("zhouqiang", "wrong"))
	}
	for range 5 {
		w.Do(signingIn("zhouqiang", password)).Want(401, "second_factor_required")
	}
	if r := w.Do(signingIn("zhouqiang", "wrong")); r.Body["remaining"] != 1.0 {
		t.Errorf("remaining %v, want 1", r.Body["remaining"])
	}
	w.trust(t, "zhouqiang", device)
	if r := w.Do(with(signingIn("zhouqiang", "wrong"), "app", strings.Repeat("u", 22))); r.Body["remaining"] != 4.0 {
		t.Errorf("after signing in: remaining %v, want 4", r.Body["remaining"])
	}
}

func TestLockOfTheDay(t *testing.T) {
	w := start(t, func(s *account.Settings) { s.AddressFailures = 1000 })
	for range 6 {
		for range 4 {
			w.Do(signingIn("zhouqiang", "wrong")).Want(401, "credentials_wrong")
		}
		w.Pass(5 * time.Minute)
	}
	for range 4 {
		w.Do(signingIn("zhouqiang", "wrong")).Want(401, "credentials_wrong")
	}
	w.Pass(5 * time.Minute)
	if r := w.Do(signingIn("zhouqiang", "wrong")); r.Body["remaining"] != 1.0 {
		t.Errorf("remaining %v, want 1 of the day", r.Body["remaining"])
	}
	w.Do(signingIn("zhouqiang", "wrong")).Want(429, "locked").Golden("locked-for-the-day")
	w.Pass(23 * time.Hour)
	w.Do(signingIn("zhouqiang", password)).Want(429, "locked")
	w.Pass(time.Hour)
	w.Do(signingIn("zhouqiang", password)).Want(401, "second_factor_required")
}

// A hundred guesses at once: five are compared, no more.
func TestGuessesAtOnce(t *testing.T) {
	w := start(t, func(s *account.Settings) { s.AddressFailures = 1000 })
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if r := w.Do(signingIn("zhouqiang", "wrong")); r.Status != 401 && r.Status != 429 {
				t.Errorf("%d %s", r.Status, r.Raw)
			}
		})
	}
	wg.Wait()
	if w.hasher.verified > 5 {
		t.Errorf("%d passwords were compared", w.hasher.verified)
	}
	w.Do(signingIn("zhouqiang", password)).Want(429, "locked")
}

func TestAddressFailures(t *testing.T) {
	w := start(t, func(s *account.Settings) { s.AddressFailures = 3 })
	for _, name := range []string{"a1", "a2", "a3"} {
		w.Do(signingIn(name, "wrong")).Want(401, "credentials_wrong")
	}
	w.Do(signingIn("zhouqiang", password)).Want(429, "rate_limited").Golden("rate-limited")
	elsewhere := signingIn("zhouqiang", password)
	elsewhere.SourceIP = "192.0.2.77"
	w.Do(elsewhere).Want(401, "second_factor_required")
	w.Pass(time.Hour)
	w.Do(signingIn("zhouqiang", password)).Want(401, "second_factor_required")
}

func TestOldHashIsRenewed(t *testing.T) {
	w := start(t, func(s *account.Settings) { s.SecondFactor = account.Off })
	before := w.Person("zhouqiang").Account.Password
	w.hasher.Params = argon2id.Default
	w.hasher.Params.Time++
	w.Do(signingIn("zhouqiang", password)).Want(201, "")
	after := w.Person("zhouqiang").Account.Password
	if after == before {
		t.Error("the hash is the old one")
	}
	w.Do(signingIn("zhouqiang", password)).Want(201, "")
	if again := w.Person("zhouqiang").Account.Password; again != after {
		t.Error("the hash was renewed twice")
	}
}

// Five sessions a person: the sixth ends the one least recently used.
func TestSessionsEach(t *testing.T) {
	w := start(t, func(s *account.Settings) { s.SecondFactor = account.Off })
	auth := account.Authorize{Store: w.Store, Settings: w.Settings, Now: w.Now}
	var tokens []string
	for range 6 {
		tokens = append(tokens, w.Do(signingIn("zhouqiang", password)).Want(201, "").Text("token"))
		w.Pass(time.Minute)
		if len(tokens) > 1 { // keep the first in use, so that the second is the idle one
			c, err := auth.Run(context.Background(), account.App, tokens[0])
			if err != nil {
				t.Fatal(err)
			}
			if note := auth.Use(c, false); note != nil {
				note(context.Background())
			}
		}
		w.Pass(6 * time.Hour)
	}
	for i, token := range tokens {
		_, err := auth.Run(context.Background(), account.App, token)
		if ended := err != nil; ended != (i == 1) {
			t.Errorf("session %d: %v", i, err)
		}
	}
}

// Whatever call fails, a client that tries again signs in, and nothing was
// counted against its person beyond what was tried.
func TestFaults(t *testing.T) {
	for _, kind := range []dynamotest.Kind{dynamotest.NotSent, dynamotest.AnswerLost, dynamotest.TimedOut, dynamotest.Throttled} {
		for call := 1; call <= 8; call++ {
			t.Run(fmt.Sprint(kind, call), func(t *testing.T) {
				w := start(t, func(s *account.Settings) { s.SecondFactor = account.Off })
				defer w.Check()
				w.Faults.Set(dynamotest.Fault{Kind: kind, Call: call, Attempts: dynamotest.Always})
				r := w.Do(signingIn("zhouqiang", password))
				hit := w.Faults.Hits() > 0
				w.Faults.Set()
				if hit && r.Status != 201 {
					r.Want(503, "unavailable")
				}
				w.Do(signingIn("zhouqiang", password)).Want(201, "")
			})
		}
	}
}

// TestAnswersLost: a call whose answer is lost is repeated by the client, and a
// wrong password counts once.
func TestAnswersLost(t *testing.T) {
	w := start(t)
	for call := 1; ; call++ {
		w.Faults.Set(dynamotest.Fault{Kind: dynamotest.AnswerLost, Call: call})
		r := w.Do(signingIn("zhouqiang", "Chaoxi#4928")).Want(401, "credentials_wrong")
		if left := r.Body["remaining"]; left != 4.0 {
			t.Errorf("call %d: %v tries remain, want 4", call, left)
		}
		if w.Faults.Hits() == 0 {
			return
		}
		w.Pass(6 * time.Minute)
	}
}

// However many sign in at once, no more sessions are left than a person may have,
// and those that are left are the ones that are shown.
func TestSessionsAtOnce(t *testing.T) {
	// Tries in flight count as failures until they are known to be none.
	w := start(t, func(s *account.Settings) { s.LockTries, s.LockDaily = 100, 100 })
	w.trust(t, "zhouqiang", device)
	w.Pass(time.Second)
	var wg sync.WaitGroup
	tokens := make([]string, 12)
	for i := range tokens {
		wg.Go(func() { tokens[i] = w.Do(signingIn("zhouqiang", password)).Want(201, "").Text("token") })
	}
	wg.Wait()
	live := 0
	for _, token := range tokens {
		if _, err := w.Auth().Run(context.Background(), account.App, token); err == nil {
			live++
		}
	}
	if live != w.Settings.SessionsEach {
		t.Errorf("%d sessions are live, want %d", live, w.Settings.SessionsEach)
	}
}
