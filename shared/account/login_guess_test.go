package account_test

import (
	"strings"
	"testing"
	"time"

	"chaoxi/shared/account"
)

// TestTriesCountByTheRightKey: before the person is read, Login supposes by which key a
// request counts. Where that was wrong, the try counts by the right one before anything is
// compared, and the other key has lost nothing.
func TestTriesCountByTheRightKey(t *testing.T) {
	type counts struct{ failures, open int }
	for _, tt := range []struct {
		name            string
		before          func(*world) // once she has signed in on a device that is known now
		device          string
		password        string
		told            string
		compared        int
		byName, onKnown counts
	}{
		{"on the known device", nil, device, "wrong", "credentials_wrong 4", 1, counts{}, counts{1, 0}},
		{"on the known device after days", func(w *world) { w.pass(200 * time.Hour); w.store.DropFailures() }, device, "wrong", "credentials_wrong 4", 1, counts{}, counts{1, 0}},
		{"on no device", nil, "", "wrong", "credentials_wrong 4", 1, counts{1, 0}, counts{}},
		{"on another device", nil, "another-device-of-hers", "wrong", "credentials_wrong 4", 1, counts{1, 0}, counts{}},
		{"on the device once it is known no more", func(w *world) { w.edit("linwei", func(p *account.Person) { p.Account.DeviceEpoch++ }) }, device, "wrong", "credentials_wrong 4", 1, counts{1, 0}, counts{}},
		{"while strangers have locked the name", func(w *world) { w.guess(5) }, device, password, "session", 1, counts{5, 0}, counts{}},
		{"the same, after days", func(w *world) { w.pass(200 * time.Hour); w.store.DropFailures(); w.guess(5) }, device, password, "session", 1, counts{5, 0}, counts{}},
		{"after an administrator has ended the lock of the name", func(w *world) {
			w.guess(5)
			w.pass(time.Minute)
			w.edit("linwei", func(p *account.Person) { p.Account.ClearedAt = w.now })
		}, "", "wrong", "credentials_wrong 4", 1, counts{1, 0}, counts{}},
		{"from an address that has failed too often", func(w *world) { w.settings.AddressFailures = 0 }, "", password, "rate_limited 59m", 0, counts{}, counts{}},
		{"the same on the known device", func(w *world) { w.settings.AddressFailures = 0 }, device, password, "session", 1, counts{}, counts{}},
		{"from an address that has called too often", func(w *world) { w.settings.AddressCalls = 0 }, device, password, "rate_limited 59m", 0, counts{}, counts{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.person("linwei", "林伟")
			w.enter(account.App, device, "linwei", true)
			equal(w, "the first sign-in on the known device", w.signIn("linwei", password), "session")
			if tt.before != nil {
				tt.before(w)
			}
			w.hasher.verified = 0
			before := w.store.FailuresOf(w.keys.MAC("sign-in", "linwei"))
			equal(w, "told", w.signInOn(account.App, tt.device, "linwei", tt.password), tt.told)
			equal(w, "compared", w.hasher.verified, tt.compared)
			got := w.store.FailuresOf(w.keys.MAC("sign-in", "linwei"), w.keys.MAC("sign-in device", "linwei", device))
			if strings.HasPrefix(tt.told, "rate_limited") {
				equal(w, "by name, which an address that is refused does not touch", got[0], before[0])
			}
			equal(w, "by name", counts{got[0].Count, got[0].Open}, tt.byName)
			equal(w, "on the known device", counts{got[1].Count, got[1].Open}, tt.onKnown)
		})
	}
}

// guess has strangers fail so often.
func (w *world) guess(times int) {
	w.Helper()
	for range times {
		if _, err := w.login().Run(w.Context(), w.call, account.LoginInput{Account: "linwei", Password: "wrong", Client: account.App, Device: "a-device-of-strangers"}); err == nil {
			w.Fatal("a stranger got in")
		}
	}
}
