package account_test

import (
	"strings"
	"testing"
	"time"

	"chaoxi/shared/pinyin"

	"chaoxi/shared/account"
)

// change replaces the caller's password and says what came of it.
func (w *world) change(c account.Caller, current, password string) string {
	uc := account.ChangePassword{Store: w.store, Hasher: w.hasher, Sender: w.texts, Keys: w.keys, Settings: w.settings, Pinyin: pinyin.Read, Now: w.clock, Random: w.random}
	return told(uc.Run(w.Context(), w.call, c, account.ChangePasswordInput{CurrentPassword: current, Password: password, ConfirmPassword: password}))
}

// TestChangePassword: all sessions and tickets end, known devices stay.
func TestChangePassword(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	first, second := w.enter(account.App, device, "linwei", true).Token.Reveal(), w.enter(account.App, strings.Repeat("d", 22), "linwei", false).Token.Reveal()
	recovery := w.recover("linwei", "林伟")
	code := w.sendAgain(recovery)
	c, err := w.caller(first)
	w.must(err)
	equal(w, "told", w.change(c, password, newOne), "ok")
	equal(w, "audit", w.actions(), "change_password")
	for _, token := range []string{first, second} {
		_, err := w.caller(token)
		w.want(err, "session_expired")
	}
	equal(w, "a ticket", w.set(recovery, code, "Mtg#77031x"), "ticket_invalid")
	equal(w, "once more", w.change(c, newOne, "Mtg#77031x"), "session_expired")
	equal(w, "the device", w.signIn("linwei", newOne), "session")
	equal(w, "the old password", w.signIn("linwei", password), "credentials_wrong 4")
}

func TestChangePasswordOrder(t *testing.T) {
	for _, tt := range []struct {
		name              string
		current, password string
		want              string
		counted           bool // as a wrong current password
	}{
		{"good", password, newOne, "ok", false},
		{"a wrong current one", "wrong", newOne, "credentials_wrong 4", true},
		{"short", "wrong", "Ab1#", "password_weak password:length", false},
		{"of the name, with a wrong current one", "wrong", "Linwei#48271", "credentials_wrong 4", true},
		{"of the name", password, "Linwei#48271", "password_weak password:personal", false},
		{"of the unit", password, "Xxzx@2024", "password_weak password:personal", false},
		{"of the unit, with a wrong current one", "wrong", "Xxzx@2024", "credentials_wrong 4", true},
		{"of the date of birth", password, "Chaoxi#900307", "password_weak password:personal", false},
		{"the same", password, password, "password_weak password:reused", false},
		{"the same in full width", password, "Ｃｈaoxi#4927", "password_weak password:reused", false},
		{"none", "", "", "field_invalid currentPassword:required password:required", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.person("linwei", "林伟", w.known)
			c := w.signedIn("linwei")
			equal(w, "told", w.change(c, tt.current, tt.password), tt.want)
			if tt.want != "ok" {
				want := map[bool]string{true: "credentials_wrong 3", false: "credentials_wrong 4"}[tt.counted]
				equal(w, "the next wrong one", w.change(c, "wrong", newOne), want)
			}
		})
	}
	t.Run("confirmed otherwise", func(t *testing.T) {
		w := newWorld(t)
		uc := account.ChangePassword{Store: w.store, Hasher: w.hasher, Sender: w.texts, Keys: w.keys, Settings: w.settings, Pinyin: pinyin.Read, Now: w.clock, Random: w.random}
		w.want(uc.Run(t.Context(), w.call, account.Caller{}, account.ChangePasswordInput{CurrentPassword: "x", Password: newOne, ConfirmPassword: "y"}), "password_mismatch")
	})
}

// TestCurrentPasswordIsCounted: by person and apart from the sign-ins.
func TestCurrentPasswordIsCounted(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	c, other := w.signedIn("linwei"), w.signedIn("linwei")
	for range 5 {
		w.signIn("linwei", "wrong")
	}
	for _, want := range []string{"credentials_wrong 4", "credentials_wrong 3"} {
		equal(w, "though the name is locked", w.change(c, "wrong", newOne), want)
	}
	for _, want := range []string{"credentials_wrong 2", "credentials_wrong 1", "locked 30m", "locked 30m"} {
		equal(w, "by another session", w.change(other, "wrong", newOne), want)
	}
	w.hasher.verified = 0
	equal(w, "the right one in the lock", w.change(c, password, newOne), "locked 30m")
	equal(w, "passwords compared in the lock", w.hasher.verified, 0)
	w.pass(30 * time.Minute)
	equal(w, "after the lock", w.change(c, password, newOne), "ok")
}

func TestCallerOfAMomentAgo(t *testing.T) {
	for _, edit := range []func(*account.Person){epochOver, frozen, left} {
		w := newWorld(t)
		w.person("linwei", "林伟")
		c := w.signedIn("linwei")
		w.edit("linwei", edit)
		w.hasher.verified = 0
		equal(w, "told", w.change(c, password, newOne), "session_expired")
		equal(w, "passwords compared", w.hasher.verified, 0)
	}
}
