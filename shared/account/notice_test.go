package account_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/account"
)

// notices are the texts without a code that were sent, in order: the number, and the
// beginning of the text.
func (w *world) notices() string {
	var all []string
	for _, text := range w.texts.sent {
		if !sixDigits.MatchString(text) {
			to, rest, _ := strings.Cut(text, ": ")
			all = append(all, to+" "+string([]rune(rest)[:9]))
		}
	}
	return strings.Join(all, ", ")
}

const (
	tellsPassword = "13700000001 您的账号密码已重新"
	tellsDevice   = "13700000001 您的账号刚刚在一台"
	tellsPhone    = "13700000001 您的账号绑定手机号"
)

// TestWhatIsTold does what its owner would want to know of, and reads the texts.
func TestWhatIsTold(t *testing.T) {
	const elsewhere = "abcdefghijklmnopqrstuv"
	caller := func(w *world) account.Caller { // of a device that is known, without a notice
		c, err := w.caller(w.enter(account.App, device, "linwei", true).Token.Reveal())
		w.must(err)
		w.texts.sent = nil
		return c
	}
	change := func(w *world) {
		w.must(w.changePassword().Run(w.Context(), w.call, caller(w), account.ChangePasswordInput{CurrentPassword: password, Password: newOne, ConfirmPassword: newOne}))
	}
	recover := func(w *world) {
		ticket := w.recover("linwei", "林伟")
		equal(w, "told", w.set(ticket, w.sendAgain(ticket), newOne), "ok")
	}
	for _, tt := range []struct {
		name string
		do   func(*world)
		want string
	}{
		{"a new password from the present one", change, tellsPassword},
		{"a new password by a code", recover, tellsPassword},
		{"a code that was wrong", func(w *world) {
			ticket := w.recover("linwei", "林伟")
			w.set(ticket, other(w.sendAgain(ticket)), newOne)
		}, ""},
		{"an activation", func(w *world) {
			w.edit("linwei", pending)
			ticket := w.activate("linwei", "林伟")
			equal(w, "told", w.set(ticket, w.code(), newOne), "ok")
		}, ""},
		{"a new phone, on the old one", func(w *world) {
			c := caller(w)
			ticket, _ := w.name(c, password, "13700000077")
			equal(w, "told", w.finish(c, ticket, w.code()), "ok")
		}, tellsPhone},
		{"a new device that is trusted", func(w *world) { w.enter(account.App, device, "linwei", true) }, tellsDevice},
		{"a new device that is not", func(w *world) { w.enter(account.App, device, "linwei", false) }, tellsDevice},
		{"the second sign-in on a device that is not trusted", func(w *world) {
			w.enter(account.App, device, "linwei", false)
			w.enter(account.App, device, "linwei", false)
		}, tellsDevice},
		{"another device after that", func(w *world) {
			w.enter(account.App, device, "linwei", false)
			w.enter(account.App, elsewhere, "linwei", false)
		}, tellsDevice + ", " + tellsDevice},
		{"a device that was forgotten", func(w *world) {
			w.enter(account.App, device, "linwei", true)
			w.edit("linwei", func(p *account.Person) { p.Account.DeviceEpoch++ })
			w.enter(account.App, device, "linwei", true)
		}, tellsDevice + ", " + tellsDevice},
		{"a device that was known until a month ago", func(w *world) {
			w.enter(account.App, device, "linwei", true)
			w.pass(60 * 24 * time.Hour)
			equal(w, "told", w.signIn("linwei", password), "second step")
			w.enter(account.App, device, "linwei", true)
		}, tellsDevice},
		{"a device of last year", func(w *world) {
			w.enter(account.App, device, "linwei", false)
			w.pass(200 * 24 * time.Hour)
			w.enter(account.App, device, "linwei", false)
		}, tellsDevice + ", " + tellsDevice},
		{"a known device", func(w *world) {
			caller(w)
			equal(w, "told", w.signIn("linwei", password), "session")
		}, ""},
		{"a known device with a second step", func(w *world) {
			caller(w)
			w.settings.SecondFactor = account.Always
			w.enter(account.App, device, "linwei", false)
			equal(w, "still known", len(w.devices("linwei")), 1)
		}, ""},
		{"a device without second steps", func(w *world) {
			w.settings.SecondFactor = account.Off
			equal(w, "told", w.signIn("linwei", password), "session")
		}, tellsDevice},
		{"a wrong password", func(w *world) { w.signIn("linwei", "wrong") }, ""},
		{"a second step that is not taken", func(w *world) { w.secondStep(account.App, device, "linwei") }, ""},
		{"three a day and no more", func(w *world) {
			for i := range 5 {
				w.enter(account.App, fmt.Sprintf("%s%d", device, i), "linwei", true)
			}
		}, tellsDevice + ", " + tellsDevice + ", " + tellsDevice},
		{"a new password after these", func(w *world) {
			for i := range 5 {
				w.enter(account.App, fmt.Sprintf("%s%d", device, i), "linwei", true)
			}
			w.texts.sent = nil
			recover(w)
		}, tellsPassword},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.person("linwei", "林伟")
			tt.do(w)
			equal(w, "notices", w.notices(), tt.want)
		})
	}
}

// devices are somebody's devices that are known.
func (w *world) devices(name string) []account.Device {
	w.Helper()
	h, err := w.store.SignInState(w.Context(), w.people[name])
	w.must(err)
	var known []account.Device
	for _, d := range h.Devices {
		if w.now.Before(d.Until) {
			known = append(known, d)
		}
	}
	return known
}

// TestNoticesNeverFail: what is done is done, whatever becomes of its notice.
func TestNoticesNeverFail(t *testing.T) {
	for _, tt := range []struct {
		name   string
		breaks func(*world)
		sent   string
	}{
		{"the carrier refuses", func(w *world) { w.texts.err = account.ErrSMSRefused }, ""},
		{"the carrier does not answer", func(w *world) { w.texts.err = context.DeadlineExceeded }, ""},
		{"at 95 % of the budget there is none", func(w *world) { w.useTexts(93) }, ""},
		{"below that there is", func(w *world) { w.useTexts(92) }, tellsPassword},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.person("linwei", "林伟")
			c := w.signedIn("linwei")
			w.texts.sent = nil
			w.settings.SMSDailyBudget, w.settings.BudgetHour = 100, 1
			tt.breaks(w)
			w.must(w.changePassword().Run(w.Context(), w.call, c, account.ChangePasswordInput{CurrentPassword: password, Password: newOne, ConfirmPassword: newOne}))
			equal(w, "password", w.read("linwei").Account.Password, "strong "+newOne)
			equal(w, "notices", w.notices(), tt.sent)
		})
	}
}

// useTexts uses so many of a hundred texts of the day, beside the two of signing in.
func (w *world) useTexts(n int) {
	w.Helper()
	for range n {
		_, err := w.store.ReserveBudget(w.Context(), account.Reservation{Purpose: account.ForSignIn, At: w.now}, account.SMSLimits{Budget: account.Budget{Shards: 1, Whole: 100, Day: 100}})
		w.must(err)
	}
}
