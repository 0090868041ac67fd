package account_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/account"
)

const strange = "zzzzzzzzzzzzzzzzzzzzzzzz" // a device that nobody knows

// on asks from a device for a code of a recovery, and returns the ticket and what came
// of it.
func (w *world) on(device, name, full string) (ticket, got string) {
	r, err := w.recoveryOptions().Run(w.Context(), w.call, name, full, device)
	if err != nil {
		return "", told(err)
	}
	_, err = w.sendCode().Again(w.Context(), w.call, r.Ticket.Reveal(), device)
	return r.Ticket.Reveal(), told(err)
}

// spend enters five wrong codes for a new recovery.
func (w *world) spend(device string) {
	w.Helper()
	w.pass(time.Minute)
	ticket, got := w.on(device, "linwei", "林伟")
	equal(w, "asking for a code", got, "ok")
	code := w.code()
	for range 5 {
		w.setOn(device, ticket, other(code), newOne)
	}
}

// TestWrongCodesOfADay: tickets are made anew by whoever knows account and name, so
// wrong codes count by person and purpose, too.
func TestWrongCodesOfADay(t *testing.T) {
	start := func(t *testing.T) (w *world, ticket, code string) {
		w = newWorld(t)
		w.settings.AddressFailures = 1000
		w.person("linwei", "林伟")
		w.enter(account.App, device, "linwei", true)
		w.pass(time.Minute)
		ticket, _ = w.on(strange, "linwei", "林伟")
		code = w.code()
		for range 5 {
			w.spend(strange)
		}
		w.pass(-time.Minute) // the first code is still good
		return w, ticket, code
	}
	t.Run("closed", func(t *testing.T) {
		w, ticket, code := start(t)
		if got := w.setOn(strange, ticket, code, newOne); !strings.HasPrefix(got, "code_tries_spent 11h") {
			t.Errorf("the right code: %s", got)
		}
		w.pass(2 * time.Minute)
		if _, got := w.on("", "linwei", "林伟"); !strings.HasPrefix(got, "code_tries_spent 11h") {
			t.Errorf("asking for another: %s", got)
		}
		equal(w, "another purpose", w.again(w.secondStep(account.App, strange, "linwei")), "ok")
	})
	t.Run("until midnight", func(t *testing.T) {
		w, _, _ := start(t)
		w.pass(12 * time.Hour)
		ticket, got := w.on("", "linwei", "林伟")
		equal(w, "asking", got, "ok")
		equal(w, "the right code", w.set(ticket, w.code(), newOne), "ok")
	})
	t.Run("until it is cleared", func(t *testing.T) {
		w, _, _ := start(t)
		w.pass(2 * time.Minute)
		w.edit("linwei", func(p *account.Person) { p.Account.ClearedAt = w.now })
		w.pass(time.Second)
		ticket, got := w.on("", "linwei", "林伟")
		equal(w, "asking", got, "ok")
		equal(w, "the right code", w.set(ticket, w.code(), newOne), "ok")
	})
	t.Run("not for a known device", func(t *testing.T) {
		w, _, _ := start(t)
		ticket, got := w.on(device, "linwei", "林伟")
		equal(w, "asking", got, "ok")
		equal(w, "the right code", w.set(ticket, w.code(), newOne), "ok")
	})
	t.Run("a device that is known only when it asks for the code", func(t *testing.T) {
		w, _, _ := start(t)
		ticket := w.recover("linwei", "林伟")
		_, err := w.sendCode().Again(t.Context(), w.call, ticket, device)
		w.want(err, "ok")
		equal(w, "the right code", w.set(ticket, w.code(), newOne), "ok")
	})
	t.Run("a device that is known only when the code is entered", func(t *testing.T) {
		w, ticket, code := start(t)
		equal(w, "a wrong code", w.setOn(device, ticket, other(code), newOne), "code_wrong 4")
		equal(w, "elsewhere", w.setOn(strange, ticket, code, newOne)[:16], "code_tries_spent")
		equal(w, "the right code", w.setOn(device, ticket, code, newOne), "ok")
	})
	t.Run("a known device has as many of its own", func(t *testing.T) {
		w, _, _ := start(t)
		for range 5 {
			w.spend(device)
		}
		w.pass(time.Minute)
		if _, got := w.on(device, "linwei", "林伟"); !strings.HasPrefix(got, "code_tries_spent 11h") {
			t.Errorf("asking: %s", got)
		}
	})
	t.Run("right codes are taken off", func(t *testing.T) {
		w := newWorld(t)
		w.settings.CodeTriesADay = 2
		w.person("linwei", "林伟")
		for range 4 {
			w.enter(account.App, strange, "linwei", false)
		}
	})
}

// TestStrangersUseUpNothing: what a stranger does who knows account and name is not
// told to the person's known device.
func TestStrangersUseUpNothing(t *testing.T) {
	for _, tt := range []struct {
		name     string
		stranger func(w *world)
		device   string // of the owner's request
		want     string
	}{
		{"a text a moment ago", func(w *world) { w.on(strange, "linwei", "林伟") }, device, "ok"},
		{"a text a moment ago, owner elsewhere", func(w *world) { w.on(strange, "linwei", "林伟") }, "", "code_too_soon 1m"},
		{"ten texts", func(w *world) {
			for range 10 {
				w.on(strange, "linwei", "林伟")
				w.pass(time.Minute)
			}
		}, device, "ok"},
		{"ten texts, owner elsewhere", func(w *world) {
			for range 10 {
				w.on(strange, "linwei", "林伟")
				w.pass(time.Minute)
			}
		}, strange, "code_daily_limit 11h49m"},
		{"thirty failures of the address", func(w *world) {
			for i := range 30 {
				w.signIn(fmt.Sprint("nobody", i), "wrong")
			}
		}, device, "ok"},
		{"thirty failures of the address, owner elsewhere", func(w *world) {
			for i := range 30 {
				w.signIn(fmt.Sprint("nobody", i), "wrong")
			}
		}, strange, "rate_limited 59m"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.person("linwei", "林伟")
			w.enter(account.App, device, "linwei", true)
			tt.stranger(w)
			_, got := w.on(tt.device, "linwei", "林伟")
			equal(w, "the owner", got, tt.want)
		})
	}
}

// TestAddressesAreSpared: thirty failures of a colleague's keep nobody out who has a
// strict count of their own.
func TestAddressesAreSpared(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	w.person("chenjing", "陈静")
	c := w.signedIn("chenjing")
	w.enter(account.App, device, "linwei", true)
	for i := range 30 {
		w.signIn(fmt.Sprint("nobody", i), "wrong")
	}
	equal(w, "on a device that nobody knows", w.signInOn(account.App, strange, "linwei", password), "rate_limited 58m")
	equal(w, "on a known device", w.signIn("linwei", password), "session")
	equal(w, "a wrong password there", w.signIn("linwei", "wrong"), "credentials_wrong 4")
	equal(w, "on somebody else's known device", w.signIn("chenjing", password), "rate_limited 58m")
	uc := account.ChangePassword{Store: w.store, Hasher: w.hasher, Sender: w.texts, Keys: w.keys, Settings: w.settings, Now: w.clock, Random: w.random}
	w.want(uc.Run(t.Context(), w.call, c, account.ChangePasswordInput{CurrentPassword: password, Password: newOne, ConfirmPassword: newOne}), "ok")

	// A device that is known only when the code is entered is spared, too. Its wrong
	// codes do not count for the address then.
	w.pass(time.Hour)
	code, ticket := "", w.recover("linwei", "林伟")
	equal(w, "asking for a code", w.again(ticket), "ok")
	code = w.code()
	for i := range 30 {
		w.signIn(fmt.Sprint("nobody", i), "wrong")
	}
	equal(w, "a code on a device that nobody knows", w.setOn(strange, ticket, code, newOne), "rate_limited 58m")
	equal(w, "a wrong code on a known device", w.set(ticket, other(code), newOne), "code_wrong 4")
	equal(w, "the right one", w.set(ticket, code, newOne), "ok")

	// Those who are spared do not use up the address either.
	w = newWorld(t)
	w.settings.AddressFailures = 2
	w.person("linwei", "林伟")
	w.enter(account.App, device, "linwei", true)
	for range 4 {
		w.signIn("linwei", "wrong")
	}
	equal(w, "elsewhere", w.signInOn(account.App, strange, "linwei", password), "second step")
}

// TestSendersAreCounted: six misses from one sender, whatever its addresses.
func TestSendersAreCounted(t *testing.T) {
	miss := func(w *world, address, device string) string {
		w.call.Address = address
		_, err := w.recoveryOptions().Run(w.Context(), w.call, "linwei", "林卫", device)
		return told(err)
	}
	t.Run("of IPv6", func(t *testing.T) {
		w := newWorld(t)
		w.person("linwei", "林伟")
		for i := range 5 {
			equal(w, "a miss", miss(w, fmt.Sprintf("2001:db8:1:1::%d", i+1), ""), "name_or_account_wrong")
		}
		equal(w, "the sixth", miss(w, "2001:db8:1:1::6", ""), "rate_limited 30m")
		equal(w, "another network", miss(w, "2001:db8:1:2::6", ""), "name_or_account_wrong")
	})
	t.Run("IPv4 in IPv6", func(t *testing.T) {
		w := newWorld(t)
		w.person("linwei", "林伟")
		for i := range 5 {
			miss(w, []string{"192.0.2.7", "::ffff:192.0.2.7"}[i%2], "")
		}
		equal(w, "the sixth", miss(w, "192.0.2.7", ""), "rate_limited 30m")
	})
	shared := func(t *testing.T) *world {
		w := newWorld(t)
		w.settings.SharedEgress = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
		w.person("linwei", "林伟")
		return w
	}
	t.Run("a gateway, by device", func(t *testing.T) {
		w := shared(t)
		for range 5 {
			miss(w, "10.1.2.3", strange)
		}
		equal(w, "the sixth of the device", miss(w, "10.1.2.3", strange), "rate_limited 30m")
		equal(w, "another device", miss(w, "10.1.2.3", device), "name_or_account_wrong")
	})
	t.Run("a gateway, without devices", func(t *testing.T) {
		w := shared(t)
		for range 250 {
			if got := miss(w, "10.1.2.3", ""); got != "name_or_account_wrong" {
				t.Fatal(got)
			}
		}
		equal(w, "one more", miss(w, "10.1.2.3", ""), "rate_limited 30m")
	})
	t.Run("a gateway's failures and texts", func(t *testing.T) {
		w := shared(t)
		w.settings.AddressFailures, w.settings.AddressHourly, w.settings.TextInterval, w.settings.TextsADay = 3, 2, 0, 1000
		w.call.Address = "10.1.2.3"
		for range 100 {
			equal(w, "a text", w.again(w.recover("linwei", "林伟")), "ok")
		}
		equal(w, "one more", w.again(w.recover("linwei", "林伟")), "rate_limited 1h")
		for i := range 150 {
			if got := w.signIn(fmt.Sprint("nobody", i), "wrong"); got != "credentials_wrong 4" {
				t.Fatal(got)
			}
		}
		equal(w, "one more", w.signIn("somebody", "wrong"), "rate_limited 1h")
	})
}

// TestCallsOfAnAddress: who is right costs work, too.
func TestCallsOfAnAddress(t *testing.T) {
	for _, tt := range []struct {
		name string
		call func(w *world) string
		ok   string
	}{
		{"recoveries", func(w *world) string {
			_, err := w.recoveryOptions().Run(w.Context(), w.call, "linwei", "林伟", "")
			return told(err)
		}, "ok"},
		{"right passwords", func(w *world) string { return w.signInOn(account.App, strange, "linwei", password) }, "second step"},
		{"sign-ins on a known device", func(w *world) string { return w.signIn("linwei", password) }, "session"},
		{"recoveries of somebody pending", func(w *world) string {
			_, err := w.recoveryOptions().Run(w.Context(), w.call, "wangfang", "王芳", "")
			return told(err)
		}, "not_activated"},
		{"activations of somebody active", func(w *world) string { return w.begin("linwei", "林伟") }, "already_active"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.person("linwei", "林伟")
			w.person("wangfang", "王芳", pending)
			w.enter(account.App, device, "linwei", true)
			w.pass(time.Hour)
			w.settings.AddressCalls = 4
			for range 4 {
				equal(w, "told", tt.call(w), tt.ok)
			}
			equal(w, "the fifth", tt.call(w), "rate_limited 59m")
			w.call.Address = stranger
			equal(w, "from elsewhere", tt.call(w), tt.ok)
			w.call.Address = "192.0.2.1"
			w.pass(time.Hour)
			equal(w, "an hour later", tt.call(w), tt.ok)
		})
	}
	t.Run("a password used before", func(t *testing.T) {
		w := newWorld(t)
		w.person("linwei", "林伟")
		c := w.signedIn("linwei")
		w.pass(time.Hour)
		w.settings.AddressCalls = 4
		change := func() string {
			uc := account.ChangePassword{Store: w.store, Hasher: w.hasher, Sender: w.texts, Keys: w.keys, Settings: w.settings, Now: w.clock, Random: w.random}
			return told(uc.Run(t.Context(), w.call, c, account.ChangePasswordInput{CurrentPassword: password, Password: password, ConfirmPassword: password}))
		}
		for range 4 {
			equal(w, "told", change(), "password_weak password:reused")
		}
		equal(w, "the fifth", change(), "rate_limited 59m")
	})
}

// TestPhoneNotices: three a day and person, whatever the number.
func TestPhoneNotices(t *testing.T) {
	w := newWorld(t)
	p := w.person("linwei", "林伟")
	notices := account.Notices{Store: w.store, Sender: w.texts, Keys: w.keys, Settings: w.settings}
	send := func() bool {
		w.Helper()
		sms, err := notices.After(t.Context(), func() error { return nil }, account.PhoneChanged, p.Code, w.phone(len(w.texts.sent)), w.now)
		w.must(err)
		return sms.State == account.SMSSent
	}
	for i := range 8 {
		equal(w, "sent", send(), i < 3)
	}
	w.pass(12 * time.Hour)
	equal(w, "the next day", send(), true)
	other := w.person("chenjing", "陈静")
	p = other
	equal(w, "of somebody else", send(), true)
}
