package account_test

import (
	"fmt"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/pinyin"
	"chaoxi/shared/staff"
)

// set sets the password by a code and says what came of it.
func (w *world) set(ticket, code, password string) string {
	return w.setOn(device, ticket, code, password)
}

// setOn is set on another device.
func (w *world) setOn(device, ticket, code, password string) string {
	_, err := w.setPassword().Run(w.Context(), w.call, account.SetPasswordInput{
		Ticket: ticket, Code: code, Password: password, ConfirmPassword: password, Device: device, DeviceName: "手机",
	})
	return told(err)
}

func TestActivation(t *testing.T) {
	w := newWorld(t)
	w.person("wangfang", "王芳", pending, incomplete)
	ticket := w.activate("wangfang", "王芳")
	code := w.code()
	activated, err := w.setPassword().Run(t.Context(), w.call, account.SetPasswordInput{Ticket: ticket, Code: code, Password: newOne, ConfirmPassword: newOne, Device: device})
	w.want(err, "ok")
	equal(w, "activated", activated, true)
	p := w.read("wangfang")
	equal(w, "state", p.Staff.State, staff.Active)
	equal(w, "since", p.Staff.ActivatedAt, w.now)
	equal(w, "password", p.Account.Password, "strong "+newOne)
	equal(w, "audit", w.actions(), "activate")
	equal(w, "once more", w.set(ticket, code, newOne), "already_active")
	equal(w, "somebody incomplete", w.signIn("wangfang", newOne), "profile_incomplete")
	w.edit("wangfang", func(p *account.Person) { p.Staff.JobLevel = "x" })
	equal(w, "on the device", w.signIn("wangfang", newOne), "session")
	equal(w, "beginning again", w.begin("wangfang", "王芳"), "already_active")
}

// TestRecoveryByPhone: sessions, tickets, devices and locks from before are over.
func TestRecoveryByPhone(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	token := w.enter(account.App, "an-old-device-0123456789", "linwei", true).Token.Reveal()
	signIn := w.secondStep(account.App, device, "linwei")
	w.sendAgain(signIn)
	signInCode := w.code()
	for range 5 {
		w.signIn("linwei", "wrong")
	}
	ticket := w.recover("linwei", "林伟") // a lock does not block it
	equal(w, "told", w.set(ticket, w.sendAgain(ticket), newOne), "ok")
	equal(w, "audit", w.actions(), "lock set_password")
	_, err := w.caller(token)
	w.want(err, "session_expired")
	w.want(w.verify(signIn, signInCode), "ticket_invalid")
	w.pass(time.Second)
	equal(w, "the old password", w.signIn("linwei", password), "credentials_wrong 4")
	equal(w, "the device", w.signIn("linwei", newOne), "session")
	equal(w, "a device from before", w.signInOn(account.App, "an-old-device-0123456789", "linwei", newOne), "second step")
}

// TestSetPasswordOrder: what can be said without the code uses no try.
func TestSetPasswordOrder(t *testing.T) {
	for _, tt := range []struct {
		name              string
		password, confirm string
		right             bool // whether the code is
		want              string
		tries             int
	}{
		{"confirmed otherwise", newOne, newOne + "x", true, "password_mismatch", 0},
		{"confirmed otherwise, with a wrong code", newOne, newOne + "x", false, "password_mismatch", 0},
		{"short", "Ab1#", "Ab1#", false, "password_weak password:length", 0},
		{"of two classes", "abcdefgh12", "abcdefgh12", false, "password_weak password:classes", 0},
		{"common", "Password@123", "Password@123", false, "password_weak password:common", 0},
		{"of the name, with a wrong code", "Linwei#48271", "Linwei#48271", false, "code_wrong 4", 1},
		{"of the name", "Linwei#48271", "Linwei#48271", true, "password_weak password:personal", 0},
		{"of the phone", "Chaoxi#000001", "Chaoxi#000001", true, "password_weak password:personal", 0},
		{"of the unit", "Xxzx@2024", "Xxzx@2024", true, "password_weak password:personal", 0},
		{"of the unit, with a wrong code", "Xxzx@2024", "Xxzx@2024", false, "code_wrong 4", 1},
		{"of the institution", "Bgs#482719", "Bgs#482719", true, "password_weak password:personal", 0},
		{"of a unit that the person has left", "Wjj#482719", "Wjj#482719", true, "ok", 0},
		{"of the date of birth", "Chaoxi#900307", "Chaoxi#900307", true, "password_weak password:personal", 0},
		{"of the ID card", "Chaoxi#0018", "Chaoxi#0018", true, "password_weak password:personal", 0},
		{"in full width", "Ｌａｎｈｕａ＃８２５３", "Lanhua#8253", true, "ok", 0},
		{"common in full width", "Ｐａｓｓｗｏｒｄ＠１２３", "Ｐａｓｓｗｏｒｄ＠１２３", true, "password_weak password:common", 0},
		{"with a character that nobody sees", "Lanhua\u200b#8253", "Lanhua\u200b#8253", true, "password_weak password:characters", 0},
		{"the one before, with a wrong code", password, password, false, "code_wrong 4", 1},
		{"the one before", password, password, true, "password_weak password:reused", 0},
		{"good, with a wrong code", newOne, newOne, false, "code_wrong 4", 1},
		{"good", newOne, newOne, true, "ok", 0},
		{"none", "", "", true, "field_invalid password:required", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.person("linwei", "林伟", w.known)
			ticket := w.recover("linwei", "林伟")
			code := w.sendAgain(ticket)
			if !tt.right {
				code = other(code)
			}
			_, err := w.setPassword().Run(t.Context(), w.call, account.SetPasswordInput{Ticket: ticket, Code: code, Password: tt.password, ConfirmPassword: tt.confirm})
			w.want(err, tt.want)
			equal(w, "tries", w.ticket(ticket).Tries, tt.tries)
		})
	}
}

// known gives a person everything that a password may not be made of.
func (w *world) known(p *account.Person) {
	unit, institution, former := w.org("信息中心"), w.org("办公室"), w.org("卫生健康局")
	p.Staff.Pinyin, p.Staff.BirthDate, p.Staff.IDCard = pinyin.Read(p.Staff.Name), "1990-03-07", "330199199003070018"
	p.Staff.Posts = []staff.Post{{Unit: unit, Org: institution, JobType: staff.MainJob, Role: "x", Active: true}, {Unit: former, Org: former, JobType: staff.MainJob}}
}

// TestUnitsAreKnownInEveryFlow: a new password is not made of the unit's name, whatever
// the ticket is for.
func TestUnitsAreKnownInEveryFlow(t *testing.T) {
	w := newWorld(t)
	w.person("wangfang", "王芳", pending, w.known)
	ticket := w.activate("wangfang", "王芳")
	equal(w, "at an activation", w.set(ticket, w.code(), "Xxzx@2024"), "password_weak password:personal")
	w.person("linwei", "林伟", w.known)
	ticket = w.recover("linwei", "林伟")
	equal(w, "at a recovery", w.set(ticket, w.sendAgain(ticket), "Xxzx@2024"), "password_weak password:personal")
	w.person("zhouqiang", "周强", w.known)
	r := w.raise(w.recover("zhouqiang", "周强"))
	w.approve(r.ID, "zhouqiang")
	ticket = r.Ticket.Reveal()
	equal(w, "by a request that was approved", w.set(ticket, w.sendAgain(ticket), "Xxzx@2024"), "password_weak password:personal")
	equal(w, "another one", w.set(ticket, w.code(), newOne), "ok")
}

// TestFullWidth: a password is the same in full width, when it is set, and at each
// sign-in.
func TestFullWidth(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	ticket := w.recover("linwei", "林伟")
	equal(w, "set", w.set(ticket, w.sendAgain(ticket), "Ｌａｎｈｕａ＃８２５３"), "ok")
	equal(w, "stored", w.read("linwei").Account.Password, "strong Lanhua#8253")
	w.pass(time.Second)
	equal(w, "signed in", w.signIn("linwei", "Lanhua#8253"), "session")
	equal(w, "signed in, in full width", w.signIn("linwei", "Ｌanhua#825３"), "session")
	equal(w, "in another case", w.signIn("linwei", "lanhua#8253"), "credentials_wrong 4")
	equal(w, "with a blank", w.signIn("linwei", "Lanhua#8253 "), "credentials_wrong 3")
	token, err := w.login().Run(w.Context(), w.call, account.LoginInput{Account: "linwei", Password: "Lanhua#8253", Client: account.App, Device: device})
	w.must(err)
	c, err := w.caller(token.SignedIn.Token.Reveal())
	w.must(err)
	equal(w, "the present one in full width", w.change(c, "Ｌａｎｈｕａ＃８２５３", newOne), "ok")
}

// TestRightCodeStaysGood: after a password that is refused another one can follow with
// the same code, for five minutes from the first.
func TestRightCodeStaysGood(t *testing.T) {
	for _, tt := range []struct {
		name  string
		after time.Duration
		want  string
	}{
		{"at once", 0, "ok"},
		{"after the code's own five minutes", 4 * time.Minute, "ok"},
		{"in the last second", 5*time.Minute - time.Second, "ok"},
		{"five minutes later", 5 * time.Minute, "code_expired"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.person("linwei", "林伟")
			ticket := w.recover("linwei", "林伟")
			code := w.sendAgain(ticket)
			w.pass(3 * time.Minute) // four minutes after the text
			equal(w, "a password from before", w.set(ticket, code, password), "password_weak password:reused")
			w.pass(tt.after / 2)
			if tt.after > 0 {
				equal(w, "again", w.set(ticket, code, password), "password_weak password:reused") // does not prolong it
			}
			w.pass(tt.after - tt.after/2)
			equal(w, "another", w.set(ticket, code, newOne), tt.want)
		})
	}
	t.Run("wrong codes still count", func(t *testing.T) {
		w := newWorld(t)
		w.person("linwei", "林伟")
		ticket := w.recover("linwei", "林伟")
		code := w.sendAgain(ticket)
		w.set(ticket, code, password)
		for _, want := range []string{"code_wrong 4", "code_wrong 3", "code_wrong 2", "code_wrong 1", "code_tries_spent"} {
			equal(w, "told", w.set(ticket, other(code), newOne), want)
		}
		equal(w, "the right one", w.set(ticket, code, newOne), "code_tries_spent")
	})
	t.Run("another code ends it", func(t *testing.T) {
		w := newWorld(t)
		w.person("linwei", "林伟")
		ticket := w.recover("linwei", "林伟")
		code := w.sendAgain(ticket)
		w.set(ticket, code, password)
		next := w.sendAgain(ticket)
		equal(w, "the old code", w.set(ticket, code, newOne), "code_wrong 4")
		equal(w, "the new code", w.set(ticket, next, newOne), "ok")
	})
}

// TestSetPasswordIsChecked changes something after the code was texted.
func TestSetPasswordIsChecked(t *testing.T) {
	for _, tt := range []struct {
		name     string
		do       func(*account.Person)
		activate string
		recover  string
	}{
		{"nothing", unchanged, "ok", "ok"},
		{"active", func(p *account.Person) { p.Staff.State = staff.Active }, "already_active", "ok"},
		{"frozen", frozen, "ticket_invalid", "ticket_invalid"},
		{"left", left, "ticket_invalid", "ticket_invalid"},
		{"pending", func(p *account.Person) { p.Staff.State = staff.Pending }, "ok", "ticket_invalid"},
		{"epoch over", epochOver, "ticket_invalid", "ticket_invalid"},
		{"no phone", func(p *account.Person) { p.Staff.Phone = staff.Phone{} }, "ticket_invalid", "ticket_invalid"},
		{"incomplete", incomplete, "ok", "ok"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.person("wangfang", "王芳", pending)
			w.person("linwei", "林伟")
			activation := w.activate("wangfang", "王芳")
			code := w.code()
			w.edit("wangfang", tt.do)
			equal(w, "activation", w.set(activation, code, newOne), tt.activate)
			recovery := w.recover("linwei", "林伟")
			code = w.sendAgain(recovery)
			w.edit("linwei", tt.do)
			equal(w, "recovery", w.set(recovery, code, newOne), tt.recover)
		})
	}
}

// TestTicketsThatSetNoPassword: they are refused, and their codes keep their tries.
func TestTicketsThatSetNoPassword(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	signIn := w.secondStep(account.App, device, "linwei")
	code := w.sendAgain(signIn)
	equal(w, "a second step", w.set(signIn, code, newOne), "ticket_invalid")
	equal(w, "tries", w.ticket(signIn).Tries, 0)
	equal(w, "a recovery request", w.set(w.raise(w.recover("linwei", "林伟")).Ticket.Reveal(), "123456", newOne), "ticket_invalid")
	equal(w, "no ticket", w.set("nothing", "123456", newOne), "ticket_invalid")
	equal(w, "password", w.read("linwei").Account.Password, "strong "+password)
}

// TestLastFivePasswords: none of them may be used again, the sixth may.
func TestLastFivePasswords(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	next := func(password string) string {
		ticket := w.recover("linwei", "林伟")
		return w.set(ticket, w.sendAgain(ticket), password)
	}
	for i := range 5 {
		equal(w, "told", next(fmt.Sprintf("Mtgqk#7%d31", i)), "ok")
		w.pass(3 * time.Hour)
	}
	for i := range 5 {
		equal(w, "one of the last five", next(fmt.Sprintf("Mtgqk#7%d31", i)), "password_weak password:reused")
		w.pass(3 * time.Hour)
	}
	equal(w, "the sixth", next(password), "ok")
}

func TestSetPasswordOnce(t *testing.T) {
	w := newWorld(t)
	w.person("wangfang", "王芳", pending)
	ticket := w.activate("wangfang", "王芳")
	code := w.code()
	got := together(3, func(i int) string { return w.set(ticket, code, fmt.Sprintf("Mtgqk#7%d31", i)) })
	equal(w, "done", got["ok"], 1)
	equal(w, "refused", got["already_active"]+got["ticket_invalid"], 2)
	equal(w, "audit", w.actions(), "activate")
	equal(w, "epoch", w.read("wangfang").Account.Epoch, 1)
}
