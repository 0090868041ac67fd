package account_test

import (
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

// approve approves a request for the person as stored.
func (w *world) approve(id, name string) {
	w.Helper()
	r, err := w.store.RecoveryRequest(w.Context(), id)
	w.must(err)
	w.store.PutRequest(r.Approve(w.read(name), staff.EmployeeCode{}, "当面核对", w.now, w.settings))
}

func (w *world) reject(id string) {
	w.Helper()
	r, err := w.store.RecoveryRequest(w.Context(), id)
	w.must(err)
	w.store.PutRequest(r.Reject(staff.EmployeeCode{}, "未能确认本人", w.now))
}

// The phone is lost. The administrator corrects it and approves; the code goes to the
// new one.
func TestApprovedRequestSetsAPassword(t *testing.T) {
	w := newWorld(t)
	w.person("zhouqiang", "周强")
	r := w.raise(w.recover("zhouqiang", "周强"))
	ticket := r.Ticket.Reveal()
	equal(w, "a code before the decision", w.again(ticket), "ticket_invalid")
	equal(w, "a password before the decision", w.set(ticket, "000000", newOne), "ticket_invalid")
	w.edit("zhouqiang", func(p *account.Person) { p.Staff.Phone = w.phone(77); p.Account.Epoch++ })
	equal(w, "the ticket outlives a new phone", w.follow(r.ID, ticket), "pending")
	w.approve(r.ID, "zhouqiang")
	equal(w, "followed", w.follow(r.ID, ticket), "approved")

	w.pass(23 * time.Hour)
	code := w.sendAgain(ticket)
	equal(w, "where the code goes", w.texts.sent[len(w.texts.sent)-1][:11], "13700000077")
	equal(w, "a wrong code", w.set(ticket, other(code), newOne), "code_wrong 4")
	equal(w, "told", w.set(ticket, code, newOne), "ok")
	equal(w, "the new password", w.signIn("zhouqiang", newOne), "session")
	equal(w, "followed", w.follow(r.ID, ticket), "used")
	equal(w, "audit", w.actions(), "raise_recovery set_password")
	last := w.store.Entries()[1]
	equal(w, "the audit names the request", last.Changes[0].Field+" "+last.Changes[0].New, "recoveryRequest "+r.ID)
	equal(w, "once more", w.set(ticket, code, newOne+"x"), "ticket_invalid")
	equal(w, "another code", w.again(ticket), "ticket_invalid")
	equal(w, "the next request is a new one", w.raise(w.recover("zhouqiang", "周强")).New, true)
}

// What ends an approval ends it for codes, for passwords, and for whoever looks.
func TestApprovalEnds(t *testing.T) {
	for _, tt := range []struct {
		name, state string
		do          func(w *world, id string)
	}{
		{"a day passes", "ticket_invalid", func(w *world, _ string) { w.pass(24 * time.Hour) }},
		{"another phone", "expired", func(w *world, _ string) {
			w.edit("zhouqiang", func(p *account.Person) { p.Staff.Phone = w.phone(77); p.Account.Epoch++ })
		}},
		{"frozen", "expired", func(w *world, _ string) { w.edit("zhouqiang", frozen); w.edit("zhouqiang", epochOver) }},
		{"another password", "expired", func(w *world, _ string) { w.edit("zhouqiang", epochOver) }},
		{"a grant that nobody judged", "expired", func(w *world, _ string) { w.edit("zhouqiang", granted) }},
		{"rejected after all", "rejected", func(w *world, id string) { w.reject(id) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.person("zhouqiang", "周强")
			r := w.raise(w.recover("zhouqiang", "周强"))
			w.approve(r.ID, "zhouqiang")
			code := w.sendAgain(r.Ticket.Reveal())
			tt.do(w, r.ID)
			equal(w, "followed", w.follow(r.ID, r.Ticket.Reveal()), tt.state)
			equal(w, "another code", w.again(r.Ticket.Reveal()), "ticket_invalid")
			if tt.name != "a day passes" { // the code is over before
				equal(w, "the code", w.set(r.Ticket.Reveal(), code, newOne), "ticket_invalid")
			}
			if w.read("zhouqiang").Staff.CanSignIn() {
				equal(w, "a new request", w.raise(w.recover("zhouqiang", "周强")).New, true)
			}
			equal(w, "the password stays", w.read("zhouqiang").Account.Password, "strong "+password)
		})
	}
}

// A stranger who knows account and name joins the request and asks for all the codes
// that a ticket has. The owner's ticket has its own.
func TestTicketsOfOneRequestShareNoTexts(t *testing.T) {
	w := newWorld(t)
	w.person("zhouqiang", "周强")
	mine := w.raise(w.recover("zhouqiang", "周强"))
	w.call.Address = stranger
	theirs := w.raise(w.recover("zhouqiang", "周强"))
	equal(w, "joined", theirs.ID, mine.ID)
	w.approve(mine.ID, "zhouqiang")
	for range w.settings.TextsADay {
		equal(w, "the stranger's texts", w.again(theirs.Ticket.Reveal()), "ok")
		w.pass(time.Minute)
	}
	equal(w, "the stranger's last text", w.again(theirs.Ticket.Reveal())[:16], "code_daily_limit")
	equal(w, "the owner", w.again(mine.Ticket.Reveal()), "ok")
	equal(w, "the owner at once again", w.again(mine.Ticket.Reveal()), "code_too_soon 1m")
	byPhone := w.recover("zhouqiang", "周强")
	equal(w, "by phone", w.again(byPhone), "ok")
}

// The phone alone resets nothing for somebody who holds grants.
func TestAdministratorsRecoverThroughAdministrators(t *testing.T) {
	w := newWorld(t)
	w.person("chenjing", "陈静", granted)
	got, err := w.recoveryOptions().Run(t.Context(), w.call, "chenjing", "陈静", "")
	w.must(err)
	ticket := got.Ticket.Reveal()
	equal(w, "by phone", got.ByPhone, false)
	equal(w, "a code", w.again(ticket), "ticket_invalid")
	equal(w, "texts", len(w.texts.sent), 0)
	equal(w, "a password", w.set(ticket, "000000", newOne), "code_expired")
	r := w.raise(ticket)
	equal(w, "a request", r.New, true)
	w.approve(r.ID, "chenjing")
	equal(w, "told", w.set(r.Ticket.Reveal(), w.sendAgain(r.Ticket.Reveal()), newOne), "ok")

	w.person("linwei", "林伟")
	begun, err := w.recoveryOptions().Run(t.Context(), w.call, "linwei", "林伟", "")
	w.must(err)
	equal(w, "by phone, without grants", begun.ByPhone, true)
	code := w.sendAgain(begun.Ticket.Reveal())
	w.edit("linwei", granted)
	equal(w, "a grant between the code and the password", w.set(begun.Ticket.Reveal(), code, newOne), "ticket_invalid")
}
