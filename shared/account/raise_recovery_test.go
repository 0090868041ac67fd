package account_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/account"
)

func (w *world) raiseRecovery() account.RaiseRecovery {
	return account.RaiseRecovery{Store: w.store, Keys: w.keys, Settings: w.settings, Now: w.clock, Random: w.random}
}

// raise raises a request by the ticket of a recovery.
func (w *world) raise(ticket string) account.Raised {
	w.Helper()
	r, err := w.raiseRecovery().Run(w.Context(), w.call, account.RaiseRecoveryInput{Ticket: ticket, Reason: "手机丢了"})
	w.must(err)
	return r
}

// follow says in which state the request is, or what the caller is told.
func (w *world) follow(id, ticket string) string {
	_, state, err := w.raiseRecovery().Follow(w.Context(), w.call, id, ticket)
	if err != nil {
		return told(err)
	}
	return string(state)
}

func TestRaiseRecovery(t *testing.T) {
	w := newWorld(t)
	p := w.person("linwei", "林伟")
	r := w.raise(w.recover("linwei", "林伟"))
	equal(w, "new", r.New, true)
	equal(w, "state", r.State, account.RecoveryPending)
	stored, err := w.store.RecoveryRequest(t.Context(), r.ID)
	w.must(err)
	equal(w, "request", fmt.Sprintf("%+v", stored), fmt.Sprintf("%+v", account.RecoveryRequest{
		ID: r.ID, Staff: p.Code, State: account.RecoveryPending, Reason: "手机丢了", Created: noon, Expires: noon.Add(7 * 24 * time.Hour),
	}))
	equal(w, "audit", w.actions(), "raise_recovery")
	equal(w, "reason in the audit", w.store.Entries()[0].Reason, "手机丢了")
	equal(w, "nobody has proved to be the actor", w.store.Entries()[0].Actor.IsZero(), true)

	again := w.raise(w.recover("linwei", "林伟")) // a person has one open request
	equal(w, "id of the second", again.ID, r.ID)
	equal(w, "new", again.New, false)
	equal(w, "audit", w.actions(), "raise_recovery")
	for _, ticket := range []string{r.Ticket.Reveal(), again.Ticket.Reveal()} {
		equal(w, "followed", w.follow(r.ID, ticket), "pending")
	}
}

func TestRequestsOfADay(t *testing.T) {
	w := newWorld(t)
	w.settings.RecoveryLife = time.Hour
	w.person("linwei", "林伟")
	raise := func() string {
		_, err := w.raiseRecovery().Run(t.Context(), w.call, account.RaiseRecoveryInput{Ticket: w.recover("linwei", "林伟"), Reason: "x"})
		return told(err)
	}
	for range 3 {
		equal(w, "told", raise(), "ok")
		w.pass(time.Hour) // the request has expired
	}
	equal(w, "the fourth", raise(), "rate_limited 21h")
	w.pass(21 * time.Hour)
	equal(w, "the next day", raise(), "ok")
	equal(w, "audit", w.actions(), "raise_recovery raise_recovery raise_recovery raise_recovery")
}

func TestRaiseRecoveryIsChecked(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(w *world)
		want string
	}{
		{"nothing", func(*world) {}, "ok"},
		{"the last second of the ticket", func(w *world) { w.pass(29*time.Minute - time.Second) }, "ok"},
		{"the ticket is over", func(w *world) { w.pass(29 * time.Minute) }, "ticket_invalid"},
		{"epoch over", func(w *world) { w.edit("linwei", epochOver) }, "ticket_invalid"},
		{"frozen", func(w *world) { w.edit("linwei", frozen) }, "ticket_invalid"},
		{"left", func(w *world) { w.edit("linwei", left) }, "ticket_invalid"},
		{"another phone", func(w *world) { w.edit("linwei", func(p *account.Person) { p.Staff.Phone = w.phone(99) }) }, "ticket_invalid"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.person("linwei", "林伟")
			ticket := w.recover("linwei", "林伟")
			w.pass(time.Minute)
			tt.do(w)
			_, err := w.raiseRecovery().Run(t.Context(), w.call, account.RaiseRecoveryInput{Ticket: ticket, Reason: "x"})
			w.want(err, tt.want)
		})
	}
	t.Run("the tries of the code are spent", func(t *testing.T) {
		w := newWorld(t)
		w.person("linwei", "林伟")
		ticket := w.recover("linwei", "林伟")
		code := w.sendAgain(ticket)
		for range 6 {
			w.set(ticket, other(code), newOne)
		}
		equal(w, "a password", w.set(ticket, code, newOne), "code_tries_spent")
		equal(w, "a request", w.raise(ticket).New, true)
	})
	t.Run("tickets of other flows", func(t *testing.T) {
		w := newWorld(t)
		w.person("linwei", "林伟")
		w.person("wangfang", "王芳", pending)
		request := w.raise(w.recover("linwei", "林伟")).Ticket.Reveal()
		for _, ticket := range []string{w.activate("wangfang", "王芳"), w.secondStep(account.App, device, "linwei"), request, "nothing"} {
			_, err := w.raiseRecovery().Run(t.Context(), w.call, account.RaiseRecoveryInput{Ticket: ticket, Reason: "x"})
			w.want(err, "ticket_invalid")
		}
		equal(w, "audit", w.actions(), "raise_recovery")
	})
	t.Run("fields", func(t *testing.T) {
		w := newWorld(t)
		w.person("linwei", "林伟")
		ticket := w.recover("linwei", "林伟")
		_, err := w.raiseRecovery().Run(t.Context(), w.call, account.RaiseRecoveryInput{})
		w.want(err, "field_invalid ticket:required reason:required")
		_, err = w.raiseRecovery().Run(t.Context(), w.call, account.RaiseRecoveryInput{Ticket: ticket, Reason: " \n"})
		w.want(err, "field_invalid reason:required")
		_, err = w.raiseRecovery().Run(t.Context(), w.call, account.RaiseRecoveryInput{Ticket: "t", Reason: strings.Repeat("长", 201)})
		if !strings.Contains(told(err), "reason:too_long") {
			t.Errorf("told %q", told(err))
		}
		equal(w, "audit", w.actions(), "")
		_, err = w.raiseRecovery().Run(t.Context(), w.call, account.RaiseRecoveryInput{Ticket: ticket, Reason: strings.Repeat("长", 200)})
		w.want(err, "ok")
	})
}

// TestRaiseAtOnce: of many requests at once one is new, and the others join it.
func TestRaiseAtOnce(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	ticket := w.recover("linwei", "林伟")
	got := together(6, func(int) string {
		r, err := w.raiseRecovery().Run(t.Context(), w.call, account.RaiseRecoveryInput{Ticket: ticket, Reason: "x"})
		return fmt.Sprint(told(err), " ", r.New)
	})
	equal(w, "new", got["ok true"], 1)
	equal(w, "joined", got["ok false"], 5)
	equal(w, "audit", w.actions(), "raise_recovery")
}

func TestFollow(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	w.person("chenjing", "陈静")
	recovery := w.recover("linwei", "林伟")
	mine, theirs := w.raise(recovery), w.raise(w.recover("chenjing", "陈静"))
	for _, tt := range []struct {
		name       string
		id, ticket string
		want       string
	}{
		{"one's own", mine.ID, mine.Ticket.Reveal(), "pending"},
		{"somebody else's", theirs.ID, mine.Ticket.Reveal(), "ticket_invalid"},
		{"by the ticket of the recovery", mine.ID, recovery, "ticket_invalid"},
		{"without a ticket", mine.ID, "", "ticket_invalid"},
		{"none", "0123456789abcdefghijkl", mine.Ticket.Reveal(), "not_found"},
		{"no id", "../../x", mine.Ticket.Reveal(), "not_found"},
	} {
		t.Run(tt.name, func(t *testing.T) { equal(w, "told", w.follow(tt.id, tt.ticket), tt.want) })
	}
	w.pass(7 * 24 * time.Hour)
	equal(w, "when it has expired", w.follow(mine.ID, mine.Ticket.Reveal()), "expired")
	w.pass(24 * time.Hour)
	equal(w, "a day later", w.follow(mine.ID, mine.Ticket.Reveal()), "ticket_invalid")
}
