package account_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/account"
)

// TestLoginOrder gives each person several reasons at once: the first in the order is
// told.
func TestLoginOrder(t *testing.T) {
	both := func(edits ...func(*account.Person)) func(*account.Person) {
		return func(p *account.Person) {
			for _, edit := range edits {
				edit(p)
			}
		}
	}
	for _, tt := range []struct {
		name     string
		person   func(*account.Person)
		client   account.Client
		password string
		want     string
	}{
		{"wrong password", unchanged, account.App, "wrong", "credentials_wrong 4"},
		{"wrong password of somebody incomplete", incomplete, account.App, "wrong", "credentials_wrong 4"},
		{"wrong password on the console without a grant", unchanged, account.Console, "wrong", "credentials_wrong 4"},
		{"frozen", frozen, account.App, password, "credentials_wrong 4"},
		{"left", left, account.App, password, "credentials_wrong 4"},
		{"frozen a moment ago, and read half before and half after that", freezing, account.App, password, "credentials_wrong 4"},
		{"the same of an administrator on the console", both(freezing, granted), account.Console, password, "credentials_wrong 4"},
		{"left a moment ago, and read half before and half after that", func(p *account.Person) { p.Account.Password = ""; p.Account.Epoch++ }, account.App, password, "credentials_wrong 4"},
		{"left with a grant on the console", both(left, granted), account.Console, password, "credentials_wrong 4"},
		{"pending", pending, account.App, password, "credentials_wrong 4"},
		{"pending and incomplete", both(pending, incomplete), account.App, password, "credentials_wrong 4"},
		{"active without a password", func(p *account.Person) { p.Account.Password = "" }, account.App, "", "field_invalid password:required"},
		{"the dummy itself", pending, account.App, "dummy", "credentials_wrong 4"},
		{"incomplete", incomplete, account.App, password, "profile_incomplete"},
		{"incomplete on the console without a grant", incomplete, account.Console, password, "profile_incomplete"},
		{"on the console without a grant", unchanged, account.Console, password, "permission_denied"},
		{"on the console with one", granted, account.Console, password, "second step"},
		{"in the app", unchanged, account.App, password, "second step"},
		{"on the mobile page", unchanged, account.MobileWeb, password, "second step"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.person("linwei", "林伟", tt.person)
			equal(w, "told", w.signInOn(tt.client, device, "linwei", tt.password), tt.want)
			// The lock comes before all of that, and no password is compared in it.
			for range 5 {
				w.signIn("linwei", "wrong")
			}
			w.hasher.verified = 0
			if tt.password != "" {
				equal(w, "in the lock", w.signInOn(tt.client, device, "linwei", tt.password), "locked 30m")
			}
			equal(w, "passwords compared in the lock", w.hasher.verified, 0)
		})
	}
}

// TestRefusedSignInsAreAlike: who cannot sign in is answered as a wrong password, and
// costs one comparison.
func TestRefusedSignInsAreAlike(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	w.person("zhaolei", "赵磊", frozen)
	w.person("sunli", "孙丽", left)
	w.person("wangfang", "王芳", pending)
	for _, name := range []string{"linwei", "zhaolei", "sunli", "wangfang", "nobody", "13700009999", "嗯#"} {
		pw := password
		if name == "linwei" {
			pw = "wrong"
		}
		for i, want := range []string{"credentials_wrong 4", "credentials_wrong 3", "credentials_wrong 2", "credentials_wrong 1", "locked 30m", "locked 30m"} {
			w.hasher.verified = 0
			equal(w, name, w.signIn(name, pw), want)
			equal(w, "passwords compared for "+name, w.hasher.verified, map[bool]int{true: 1}[i < 5])
		}
		w.call.Address = fmt.Sprintf("192.0.2.%d", len(name)+100)
	}
}

func TestLockEnds(t *testing.T) {
	for _, tt := range []struct {
		name  string
		after time.Duration
		want  string
	}{
		{"at once", 0, "locked 30m"},
		{"just before its end", 30*time.Minute - time.Second, "locked 1s"},
		{"at its end", 30 * time.Minute, "second step"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.person("linwei", "林伟")
			for range 5 {
				w.signIn("linwei", "wrong")
			}
			w.pass(tt.after)
			equal(w, "told", w.signIn("linwei", password), tt.want)
		})
	}
	t.Run("when it was cleared", func(t *testing.T) {
		w := newWorld(t)
		w.person("linwei", "林伟")
		for range 5 {
			w.signIn("linwei", "wrong")
		}
		w.pass(time.Second)
		w.edit("linwei", func(p *account.Person) { p.Account.ClearedAt = w.now })
		w.pass(time.Second)
		equal(w, "told", w.signIn("linwei", "wrong"), "credentials_wrong 4")
		equal(w, "told", w.signIn("linwei", password), "second step")
	})
}

// TestLockIsOfTheName: account and phone are two names.
func TestLockIsOfTheName(t *testing.T) {
	w := newWorld(t)
	p := w.person("linwei", "林伟")
	for range 5 {
		w.signIn("LINWEI ", "wrong")
	}
	equal(w, "by account", w.signIn("linwei", password), "locked 30m")
	equal(w, "by phone", w.signIn(p.Phone.National(), password), "second step")
	equal(w, "by phone", w.signIn(p.Phone.E164(), "wrong"), "credentials_wrong 4")
}

func TestSixthFailureOfADayOfLocks(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	w.settings.AddressFailures = 1000
	for i := range 29 {
		if got := w.signIn("linwei", "wrong"); strings.HasPrefix(got, "locked") != (i%5 == 4) {
			t.Fatalf("failure %d: %s", i+1, got)
		}
		if i%5 == 4 {
			w.pass(30 * time.Minute)
		}
	}
	equal(w, "the thirtieth", w.signIn("linwei", "wrong"), "locked 24h")
	w.pass(24*time.Hour - time.Minute)
	equal(w, "just before the end", w.signIn("linwei", password), "locked 1m")
	w.pass(time.Minute)
	equal(w, "at the end", w.signIn("linwei", password), "second step")
}

func TestKnownDeviceHasItsOwnCount(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	w.enter(account.App, device, "linwei", true)
	strange := strings.Repeat("s", 30)
	for _, want := range []string{"credentials_wrong 4", "credentials_wrong 3", "credentials_wrong 2", "credentials_wrong 1", "locked 30m", "locked 30m"} {
		equal(w, "from elsewhere", w.signInOn(account.App, strange, "linwei", "wrong"), want)
	}
	equal(w, "on the known device", w.signIn("linwei", password), "session")
	for _, want := range []string{"credentials_wrong 4", "credentials_wrong 3", "credentials_wrong 2", "credentials_wrong 1", "locked 30m"} {
		equal(w, "on the known device", w.signIn("linwei", "wrong"), want)
	}
	equal(w, "on the known device", w.signIn("linwei", password), "locked 30m")
}

// TestDeviceIsKnown says for whom and how long a device is known.
func TestDeviceIsKnown(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(w *world)
		want string
	}{
		{"at once", func(*world) {}, "session"},
		{"just under thirty days later", func(w *world) { w.pass(30*24*time.Hour - 2*time.Minute) }, "session"},
		{"thirty days later", func(w *world) { w.pass(30 * 24 * time.Hour) }, "second step"},
		{"when devices were forgotten", func(w *world) { w.edit("linwei", func(p *account.Person) { p.Account.DeviceEpoch++ }) }, "second step"},
		{"when the key was replaced once", func(w *world) { w.keys = account.Keys{Current: []byte("new"), Previous: w.keys.Current} }, "session"},
		{"when the key was replaced twice", func(w *world) { w.keys = account.Keys{Current: []byte("newer"), Previous: []byte("new")} }, "second step"},
		{"when a second step is always asked for", func(w *world) { w.settings.SecondFactor = account.Always }, "second step"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.person("linwei", "林伟", granted)
			w.person("chenjing", "陈静")
			w.enter(account.App, device, "linwei", true)
			tt.do(w)
			equal(w, "on the device", w.signIn("linwei", password), tt.want)
			equal(w, "somebody else on it", w.signIn("chenjing", password), "second step")
			equal(w, "on the console", w.signInOn(account.Console, device, "linwei", password), "second step")
			equal(w, "without a device", w.signInOn(account.App, "", "linwei", password), "second step")
		})
	}
	t.Run("no second step is asked for", func(t *testing.T) {
		w := newWorld(t)
		w.settings.SecondFactor = account.Off
		w.person("linwei", "林伟", granted)
		equal(w, "in the app", w.signIn("linwei", password), "session")
		equal(w, "on the console", w.signInOn(account.Console, device, "linwei", password), "second step")
	})
}

// TestRightPasswordGivesBack: it gives its own count back, whatever comes after it. A
// sign-in that is finished clears the window.
func TestRightPasswordGivesBack(t *testing.T) {
	for _, tt := range []struct {
		name   string
		person func(*account.Person)
		client account.Client
		want   string
	}{
		{"a second step", unchanged, account.App, "second step"},
		{"an incomplete person", incomplete, account.App, "profile_incomplete"},
		{"no grant", unchanged, account.Console, "permission_denied"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.person("linwei", "林伟", tt.person)
			for range 4 {
				w.signIn("linwei", "wrong")
			}
			for range 6 {
				equal(w, "told", w.signInOn(tt.client, device, "linwei", password), tt.want)
			}
			equal(w, "the fifth", w.signIn("linwei", "wrong"), "locked 30m")
		})
	}
	t.Run("a session", func(t *testing.T) {
		w := newWorld(t)
		w.settings.SecondFactor = account.Off
		w.person("linwei", "林伟")
		for range 4 {
			w.signIn("linwei", "wrong")
		}
		equal(w, "told", w.signIn("linwei", password), "session")
		equal(w, "told", w.signIn("linwei", "wrong"), "credentials_wrong 4")
	})
}

func TestAddressOfGuesses(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	for i := range 30 {
		equal(w, "told", w.signIn(fmt.Sprint("nobody", i), "wrong"), "credentials_wrong 4")
	}
	w.pass(20 * time.Minute)
	equal(w, "the address", w.signIn("linwei", password), "rate_limited 40m")
	w.call.Address = stranger
	equal(w, "another address", w.signIn("linwei", password), "second step")
	w.call.Address = "192.0.2.1"
	w.settings.SharedEgress = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	equal(w, "the address of a gateway", w.signIn("linwei", password), "second step")
	w.settings.SharedEgress = nil
	w.pass(40 * time.Minute)
	equal(w, "the next hour", w.signIn("linwei", password), "second step")
}

func TestHashIsRenewed(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟", func(p *account.Person) { p.Account.Password = "weak " + password })
	w.signIn("linwei", "wrong")
	equal(w, "after a wrong password", w.read("linwei").Account.Password, "weak "+password)
	equal(w, "told", w.signIn("linwei", password), "second step")
	equal(w, "after the right one", w.read("linwei").Account.Password, "strong "+password)
	equal(w, "epoch", w.read("linwei").Account.Epoch, 4)
}

func TestLoginFields(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		in   account.LoginInput
		want string
	}{
		{account.LoginInput{}, "field_invalid account:required password:required client:required"},
		{account.LoginInput{Account: strings.Repeat("a", 65), Password: strings.Repeat("a", 129), Client: "desktop"}, "field_invalid account:too_long password:too_long client:not_a_choice"},
	} {
		_, err := w.login().Run(t.Context(), w.call, tt.in)
		w.want(err, tt.want)
	}
	equal(w, "passwords compared", w.hasher.verified, 0)
}

// TestFiveSessions: the sixth sign-in ends the session that was not used for longest.
func TestFiveSessions(t *testing.T) {
	w := newWorld(t)
	w.settings.SecondFactor = account.Off
	w.person("linwei", "林伟")
	var tokens []string
	begin := func() {
		r, err := w.login().Run(t.Context(), w.call, account.LoginInput{Account: "linwei", Password: password, Client: account.App})
		w.must(err)
		tokens = append(tokens, r.SignedIn.Token.Reveal())
		w.pass(5 * time.Hour)
	}
	for range 5 {
		begin()
	}
	_, err := w.caller(tokens[0]) // a use
	w.must(err)
	w.pass(5 * time.Hour)
	begin()
	for i, want := range []string{"ok", "session_expired", "ok", "ok", "ok", "ok"} {
		_, err := w.caller(tokens[i])
		equal(w, fmt.Sprint("session ", i), told(err), want)
	}
}

func TestSignInsAtOnce(t *testing.T) {
	w := newWorld(t)
	w.settings.SecondFactor = account.Off
	w.person("linwei", "林伟")
	w.settings.LockTries = 100 // each sign-in counts as a failure until its password is compared
	got := together(12, func(int) string { return w.signIn("linwei", password) })
	equal(w, "sessions", got["session"], 12)
	if n := len(w.read("linwei").Account.Slots); n != 5 {
		t.Errorf("%d slots, want 5", n)
	}
}

// TestGuessesAtOnce: of many guesses at once five are compared.
func TestGuessesAtOnce(t *testing.T) {
	w := newWorld(t)
	w.settings.AddressFailures = 1000
	w.person("linwei", "林伟")
	got := together(40, func(int) string { return w.signIn("linwei", "wrong") })
	for _, want := range []string{"credentials_wrong 4", "credentials_wrong 3", "credentials_wrong 2", "credentials_wrong 1"} {
		equal(w, want, got[want], 1)
	}
	if got["locked 30m"] < 1 || got["locked 30m"]+got["busy 1s"] != 36 {
		t.Errorf("%v", got)
	}
	equal(w, "passwords compared", w.hasher.verified, 5)
}

// TestFreezeOnAKnownDevice: a session that begins while its person is being frozen does
// not outlive the freeze, whichever half of the freeze the sign-in has read.
func TestFreezeOnAKnownDevice(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	w.enter(account.App, device, "linwei", true)
	equal(w, "before", w.signIn("linwei", password), "session")
	w.edit("linwei", freezing)
	equal(w, "half of it", w.signIn("linwei", password), "credentials_wrong 4")
	w.edit("linwei", frozen)
	equal(w, "all of it", w.signIn("linwei", password), "credentials_wrong 3")
}
