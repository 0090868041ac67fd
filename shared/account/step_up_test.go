package account_test

import (
	"testing"
	"time"

	"chaoxi/shared/account"
)

func (w *world) stepUp() account.StepUp {
	return account.StepUp{Store: w.store, Settings: w.settings, Now: w.clock, Random: w.random}
}

// knownDevice signs in from a known device, without a code, and returns the session.
func (w *world) knownDevice(client account.Client, name string) account.SignedIn {
	w.Helper()
	w.enter(client, device, name, true)
	off := w.login()
	off.Settings.SecondFactor = account.Off // for the console; a known device of the app needs none
	r, err := off.Run(w.Context(), w.call, account.LoginInput{Account: name, Password: password, Device: device, DeviceName: "手机", Client: client})
	w.must(err)
	if r.SignedIn == nil {
		w.Fatal("a second step")
	}
	w.pass(2 * time.Minute)
	return *r.SignedIn
}

// asked begins a step-up of the session and has its code texted.
func (w *world) asked(by account.Client, token string) (ticket, code string) {
	w.Helper()
	c, err := w.callerBy(by, token)
	w.must(err)
	next, err := w.stepUp().Run(w.Context(), c)
	w.must(err)
	equal(w, "phone", next.Phone, w.read("linwei").Staff.Phone)
	ticket = next.Ticket.Reveal()
	return ticket, w.sendAgain(ticket)
}

func (w *world) steppedUp(by account.Client, ticket, code string) (account.SignedIn, string) {
	in := account.VerifyLoginInput{Ticket: ticket, Code: code, TrustDevice: true}
	if by.Page() {
		in.From = account.OwnPage
	}
	done, err := w.verifyLogin().Run(w.Context(), w.call, in)
	return done, told(err)
}

// TestStepUp: somebody who came from a known device, without a code, proves the phone.
// It is the same session with another token.
func TestStepUp(t *testing.T) {
	for _, client := range []account.Client{account.App, account.MobileWeb} {
		t.Run(string(client), func(t *testing.T) {
			w := newWorld(t)
			w.person("linwei", "林伟", granted)
			begun := w.knownDevice(client, "linwei")
			old := begun.Token.Reveal()
			c, err := w.callerBy(client, old)
			w.must(err)
			auth := account.Authorize{Settings: w.settings, Now: w.clock}
			_, what := w.name(c, password, "13700000077")
			equal(w, "the phone", what, "step_up_required")
			equal(w, "to finish", w.finish(c, "x", "123456"), "step_up_required")
			w.want(auth.Administrator(c), "admin_session_expired")
			slots := w.read("linwei").Account.Slots

			ticket, code := w.asked(client, old)
			w.must(func() error { _, err := w.callerBy(client, old); return err }()) // asking changes nothing
			done, what := w.steppedUp(client, ticket, code)
			equal(w, "told", what, "ok")
			equal(w, "renewed", done.Renewed, true)
			equal(w, "another token", done.Token.Reveal() != old, true)
			equal(w, "expires", done.Expires, w.now.Add(7*24*time.Hour))

			_, err = w.callerBy(client, old)
			w.want(err, "session_expired")
			c, err = w.callerBy(client, done.Token.Reveal())
			w.must(err)
			same := begun.Session
			same.Hash, same.LastUsed, same.ProvedAt, same.Dies = c.Session.Hash, w.now, w.now, time.Time{}
			equal(w, "the session", c.Session, same)
			now := w.read("linwei").Account.Slots
			equal(w, "slots", len(now), len(slots))
			for i := range now {
				equal(w, "since", now[i].At, slots[i].At)
			}
			w.must(auth.Administrator(c))
			_, what = w.name(c, password, "13700000077")
			equal(w, "the phone", what, "ok")

			_, what = w.steppedUp(client, ticket, code)
			equal(w, "once more", what, "ticket_invalid")
			lines, err := w.store.SignIns(t.Context(), c.Staff, w.now.Add(-time.Hour), "", 9)
			w.must(err)
			equal(w, "lines in the history", len(lines), 4) // of the two sign-ins: a step-up is none
		})
	}
}

// TestStepUpKeepsTheLife: proving makes no session live longer than its client's may.
func TestStepUpKeepsTheLife(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	begun := w.knownDevice(account.App, "linwei")
	end := begun.Session.CreatedAt.Add(30 * 24 * time.Hour)
	for range 4 {
		w.pass(6 * 24 * time.Hour)
		_, err := w.caller(begun.Token.Reveal())
		w.must(err)
	}
	ticket, code := w.asked(account.App, begun.Token.Reveal())
	done, what := w.steppedUp(account.App, ticket, code)
	equal(w, "told", what, "ok")
	equal(w, "expires", done.Expires, end)
	w.now = end
	_, err := w.caller(done.Token.Reveal())
	w.want(err, "session_expired")
}

// TestStepUpIsChecked changes something between the code and its return.
func TestStepUpIsChecked(t *testing.T) {
	signOut := func(w *world, token string) {
		c, err := w.callerBy(account.Console, token)
		w.must(err)
		w.must(w.sessions().EndCurrent(w.Context(), w.call, c))
	}
	for _, tt := range []struct {
		name  string
		do    func(w *world, token string)
		want  string
		tries int
	}{
		{"nothing", func(*world, string) {}, "ok", 0},
		{"epoch over", func(w *world, _ string) { w.edit("linwei", epochOver) }, "ticket_invalid", 0},
		{"frozen", func(w *world, _ string) { w.edit("linwei", frozen) }, "ticket_invalid", 0},
		{"left", func(w *world, _ string) { w.edit("linwei", left) }, "ticket_invalid", 0},
		{"another phone", func(w *world, _ string) {
			w.edit("linwei", func(p *account.Person) { p.Staff.Phone = w.phone(77) })
		}, "ticket_invalid", 0},
		{"incomplete", func(w *world, _ string) { w.edit("linwei", incomplete) }, "profile_incomplete", 0},
		{"no administrator any more", func(w *world, _ string) {
			w.edit("linwei", func(p *account.Person) { p.Account.Grants = nil })
		}, "permission_denied", 0},
		{"signed out", signOut, "ticket_invalid", 0},
		{"proved already by another ticket", func(w *world, token string) {
			w.pass(time.Minute)
			ticket, code := w.asked(account.Console, token)
			_, what := w.steppedUp(account.Console, ticket, code)
			equal(w, "the other", what, "ok")
		}, "ticket_invalid", 0},
		{"other sessions have taken its slot", func(w *world, _ string) {
			w.edit("linwei", func(p *account.Person) { p.Account.Slots = nil })
		}, "ticket_invalid", 0},
		{"the session is idle for too long", func(w *world, _ string) {
			w.settings.CodeLife, w.settings.TicketLife = time.Hour, time.Hour
			w.edit("linwei", unchanged)
			w.settings.ConsoleIdle = time.Minute
			w.pass(2 * time.Minute)
		}, "ticket_invalid", 0},
		{"the code is over", func(w *world, _ string) { w.pass(5 * time.Minute) }, "code_expired", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.person("linwei", "林伟", granted)
			token := w.enter(account.Console, device, "linwei", false).Token.Reveal()
			w.pass(time.Minute)
			ticket, code := w.asked(account.Console, token)
			tt.do(w, token)
			_, what := w.steppedUp(account.Console, ticket, code)
			equal(w, "told", what, tt.want)
			equal(w, "tries", w.ticket(ticket).Tries, tt.tries)
		})
	}
	t.Run("wrong codes, and another page", func(t *testing.T) {
		w := newWorld(t)
		w.person("linwei", "林伟", granted)
		token := w.enter(account.Console, device, "linwei", false).Token.Reveal()
		w.pass(time.Minute)
		ticket, code := w.asked(account.Console, token)
		_, what := w.steppedUp(account.App, ticket, code)
		equal(w, "by no page", what, "cross_site")
		for _, want := range []string{"code_wrong 4", "code_wrong 3", "code_wrong 2", "code_wrong 1", "code_tries_spent"} {
			_, what := w.steppedUp(account.Console, ticket, other(code))
			equal(w, "wrong codes", what, want)
		}
		_, what = w.steppedUp(account.Console, ticket, code)
		equal(w, "the right code", what, "code_tries_spent")
		_, err := w.callerBy(account.Console, token)
		w.must(err) // the session is as it was
	})
	t.Run("a ticket of it is good for nothing else", func(t *testing.T) {
		w := newWorld(t)
		w.person("linwei", "林伟", granted)
		token := w.enter(account.App, device, "linwei", false).Token.Reveal()
		c, err := w.caller(token)
		w.must(err)
		w.pass(time.Minute)
		ticket, code := w.asked(account.App, token)
		equal(w, "a new phone", w.finish(c, ticket, code), "ticket_invalid")
		_, err = w.setPassword().Run(w.Context(), w.call, account.SetPasswordInput{Ticket: ticket, Code: code, Password: "Lanhua#8253", ConfirmPassword: "Lanhua#8253"})
		w.want(err, "ticket_invalid")
	})
}

// TestFreshProof says how old a code may be that was proved in a session.
func TestFreshProof(t *testing.T) {
	for _, tt := range []struct {
		name  string
		known bool // whether the session is one of a known device, which no code has begun
		pass  time.Duration
		want  string
	}{
		{"begun by a second step just now", false, 0, "ok"},
		{"begun by a second step 2 minutes ago", false, 2 * time.Minute, "ok"},
		{"10 minutes ago", false, 10 * time.Minute, "ok"},
		{"a moment longer ago", false, 10*time.Minute + time.Millisecond, "step_up_required"},
		{"11 minutes ago", false, 11 * time.Minute, "step_up_required"},
		{"never", true, 0, "step_up_required"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.person("linwei", "林伟")
			var token string
			if tt.known {
				token = w.knownDevice(account.App, "linwei").Token.Reveal()
			} else {
				token = w.enter(account.App, device, "linwei", true).Token.Reveal()
			}
			w.pass(tt.pass)
			c, err := w.caller(token)
			w.must(err)
			texts := len(w.texts.sent)
			for _, typed := range []string{password, "wrong"} { // it is said before anything about the password
				_, what := w.name(c, typed, "13700000077")
				if typed == "wrong" && tt.want == "ok" {
					tt.want = "credentials_wrong 4"
				}
				equal(w, "told", what, tt.want)
			}
			if tt.want == "step_up_required" {
				equal(w, "texts", len(w.texts.sent), texts)
			}
		})
	}
}

// TestPhoneOfAnotherSession: who began must finish, in the same session.
func TestPhoneOfAnotherSession(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	c := w.signedIn("linwei")
	w.pass(time.Minute)
	another := w.signedIn("linwei")
	ticket, what := w.name(c, password, "13700000077")
	equal(w, "begun", what, "ok")
	code := w.code()
	equal(w, "by the other session", w.finish(another, ticket, code), "ticket_invalid")
	equal(w, "by its own", w.finish(c, ticket, code), "ok")
}

// TestStepUpsAtOnce: of many requests with the same code one proves.
func TestStepUpsAtOnce(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	token := w.enter(account.App, device, "linwei", false).Token.Reveal()
	w.pass(time.Minute)
	ticket, code := w.asked(account.App, token)
	w.settings.CodeTries = 100
	answers := together(8, func(int) string { _, what := w.steppedUp(account.App, ticket, code); return what })
	if answers["ok"] != 1 || answers["ticket_invalid"] != 7 {
		t.Errorf("%v", answers)
	}
	equal(w, "slots", len(w.read("linwei").Account.Slots), 1)
}
