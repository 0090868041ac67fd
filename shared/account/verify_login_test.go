package account_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/account"
)

// verify makes the second step in the app.
func (w *world) verify(ticket, code string) error {
	_, err := w.verifyLogin().Run(w.Context(), w.call, account.VerifyLoginInput{Ticket: ticket, Code: code})
	return err
}

func TestVerifyLogin(t *testing.T) {
	w := newWorld(t)
	p := w.person("linwei", "林伟", granted)
	done := w.enter(account.Console, device, "linwei", false)
	c, err := w.callerBy(account.Console, done.Token.Reveal())
	w.must(err)
	equal(w, "person", c.Staff, p.Code)
	equal(w, "proved", c.Session.ProvedAt, w.now)
	equal(w, "expires", done.Expires, w.now.Add(30*time.Minute))
	equal(w, "client", c.Session.Client, account.Console)
	equal(w, "first text", w.texts.sent[0], p.Phone.National()+": 验证码"+w.code()+"，用于登录二次验证，5分钟内有效。请勿告知他人。")
}

func TestWrongCodes(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	ticket := w.secondStep(account.App, device, "linwei")
	code := w.sendAgain(ticket)
	for _, want := range []string{"code_wrong 4", "code_wrong 3"} {
		w.want(w.verify(ticket, other(code)), want)
	}
	code = w.sendAgain(ticket) // tries go over all codes of a ticket
	for _, want := range []string{"code_wrong 2", "code_wrong 1", "code_tries_spent", "code_tries_spent"} {
		w.want(w.verify(ticket, other(code)), want)
	}
	w.want(w.verify(ticket, code), "code_tries_spent")
	_, err := w.sendCode().Again(t.Context(), w.call, ticket, "")
	w.want(err, "code_tries_spent")
	w.want(w.verify(w.secondStep(account.App, device, "linwei"), code), "code_expired") // before its first code
}

// TestSecondStepIsChecked changes something between the two steps.
func TestSecondStepIsChecked(t *testing.T) {
	for _, tt := range []struct {
		name  string
		do    func(w *world)
		want  string
		tries int // that are used up
	}{
		{"nothing", func(*world) {}, "ok", 0},
		{"the last second of the code", func(w *world) { w.pass(4*time.Minute - time.Second) }, "ok", 0},
		{"the code is over", func(w *world) { w.pass(4 * time.Minute) }, "code_expired", 0},
		{"the ticket is over", func(w *world) { w.pass(29 * time.Minute) }, "ticket_invalid", 0},
		{"epoch over", func(w *world) { w.edit("linwei", epochOver) }, "ticket_invalid", 0},
		{"frozen", func(w *world) { w.edit("linwei", frozen) }, "ticket_invalid", 0},
		{"left", func(w *world) { w.edit("linwei", left) }, "ticket_invalid", 0},
		{"another phone", func(w *world) { w.edit("linwei", func(p *account.Person) { p.Staff.Phone = w.phone(77) }) }, "ticket_invalid", 0},
		{"incomplete", func(w *world) { w.edit("linwei", incomplete) }, "profile_incomplete", 0},
		{"without the grant", func(w *world) { w.edit("linwei", func(p *account.Person) { p.Account.Grants = nil }) }, "permission_denied", 0},
		{"locked by a stranger", func(w *world) {
			for range 5 {
				w.signIn("linwei", "wrong")
			}
		}, "ok", 0},
		{"the address is refused", func(w *world) {
			for i := range 30 {
				w.signIn(fmt.Sprint("nobody", i), "wrong")
			}
		}, "rate_limited 59m", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.person("linwei", "林伟", granted)
			ticket := w.secondStep(account.Console, device, "linwei")
			code := w.sendAgain(ticket)
			tt.do(w)
			_, err := w.verifyLogin().Run(t.Context(), w.call, account.VerifyLoginInput{Ticket: ticket, Code: code, From: account.OwnPage})
			w.want(err, tt.want)
			equal(w, "tries", w.ticket(ticket).Tries, tt.tries)
		})
	}
}

// TestTicketsOfOtherFlows: they are refused, and their codes keep their tries.
func TestTicketsOfOtherFlows(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	w.person("wangfang", "王芳", pending)
	recovery := w.recover("linwei", "林伟")
	w.sendAgain(recovery)
	app := w.secondStep(account.App, device, "linwei")
	w.sendAgain(app)
	for _, tt := range []struct {
		name, ticket string
		from         account.Origin
		want         string
	}{
		{"an activation", w.activate("wangfang", "王芳"), account.NoPage, "ticket_invalid"},
		{"a recovery", recovery, account.NoPage, "ticket_invalid"},
		{"of no flow", "nothing", account.NoPage, "ticket_invalid"},
		{"of the app, from our page", app, account.OwnPage, "cross_site"},
		{"of the app, from another page", app, account.OtherPage, "cross_site"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := w.verifyLogin().Run(t.Context(), w.call, account.VerifyLoginInput{Ticket: tt.ticket, Code: "123456", From: tt.from})
			w.want(err, tt.want)
			equal(w, "tries", w.ticket(tt.ticket).Tries, 0)
		})
	}
}

func TestSecondStepOnce(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	ticket := w.secondStep(account.App, device, "linwei")
	code := w.sendAgain(ticket)
	got := together(4, func(int) string { return told(w.verify(ticket, code)) })
	equal(w, "signed in", got["ok"], 1)
	equal(w, "refused", got["ticket_invalid"], 3)
	w.want(w.verify(ticket, code), "ticket_invalid")
}

func TestTrustIsAskedFor(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	w.enter(account.App, device, "linwei", false)
	equal(w, "not trusted", w.signIn("linwei", password), "second step")
	w.enter(account.App, device, "linwei", true)
	equal(w, "trusted", w.signIn("linwei", password), "session")
}

// TestFinishedSignInClears: it clears the window of the name's failures, and a lock of
// strangers stays.
func TestFinishedSignInClears(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	for range 4 {
		w.signIn("linwei", "wrong")
	}
	w.enter(account.App, device, "linwei", false)
	equal(w, "afterwards", w.signIn("linwei", "wrong"), "credentials_wrong 4")

	ticket := w.secondStep(account.App, device, "linwei")
	code := w.sendAgain(ticket)
	for range 4 {
		w.signInOn(account.App, strings.Repeat("s", 22), "linwei", "wrong")
	}
	w.must(w.verify(ticket, code))
	equal(w, "the name stays locked", w.signIn("linwei", password), "locked 30m")
}

func TestVerifyLoginFields(t *testing.T) {
	w := newWorld(t)
	w.want(w.verify("", ""), "field_invalid ticket:required code:required")
	w.want(w.verify("t", "12345"), "field_invalid code:invalid")
	w.want(w.verify(strings.Repeat("t", 129), "12345a"), "field_invalid ticket:too_long code:invalid")
	w.want(w.verify("t", "１２３４５６"), "ticket_invalid") // a Chinese keyboard types the digits so
}
