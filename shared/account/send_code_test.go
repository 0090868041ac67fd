package account_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

// begin begins an activation and says what came of it.
func (w *world) begin(name, full string) string {
	_, err := w.sendCode().Activate(w.Context(), w.call, name, full, "")
	return told(err)
}

// again asks for one more code and says what came of it.
func (w *world) again(ticket string) string {
	_, err := w.sendCode().Again(w.Context(), w.call, ticket, "")
	return told(err)
}

// TestActivate: who may not activate is answered as a wrong name, and counted.
func TestActivate(t *testing.T) {
	noPhone := func(p *account.Person) { pending(p); p.Staff.Phone = staff.Phone{} }
	for _, tt := range []struct {
		name        string
		person      func(*account.Person)
		typed, full string
		want        string
		missed      bool // counted as a failure of the pair of account and address
	}{
		{"by account", pending, "wangfang", "王芳", "ok", false},
		{"by phone", pending, "13700000001", " 王 芳 ", "ok", false},
		{"incomplete", func(p *account.Person) { pending(p); incomplete(p) }, "wangfang", "王芳", "ok", false},
		{"active", unchanged, "wangfang", "王芳", "already_active", false},
		{"active with a wrong name", unchanged, "wangfang", "王方", "name_or_account_wrong", true},
		{"pending with a wrong name", pending, "wangfang", "王方", "name_or_account_wrong", true},
		{"nobody", pending, "nobody", "王芳", "name_or_account_wrong", true},
		{"nobody without a name", pending, "nobody", "·", "name_or_account_wrong", true},
		{"frozen", frozen, "wangfang", "王芳", "name_or_account_wrong", true},
		{"frozen before the activation", func(p *account.Person) { pending(p); frozen(p) }, "wangfang", "王芳", "name_or_account_wrong", true},
		{"left", left, "wangfang", "王芳", "name_or_account_wrong", true},
		{"pending without a phone", noPhone, "wangfang", "王芳", "name_or_account_wrong", true},
		{"without fields", pending, "", " ", "field_invalid account:required name:required", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.person("wangfang", "王芳", tt.person)
			equal(w, "told", w.begin(tt.typed, tt.full), tt.want)
			equal(w, "texts", len(w.texts.sent), map[bool]int{true: 1}[tt.want == "ok"])
			// Four more misses lock the pair if that was one.
			for range 4 {
				w.begin(tt.typed, "错误")
			}
			if tt.typed != "" {
				equal(w, "the sixth is refused", w.begin(tt.typed, "错误") == "rate_limited 30m", tt.missed)
			}
		})
	}
}

func TestMisses(t *testing.T) {
	w := newWorld(t)
	w.person("wangfang", "王芳", pending)
	recover := func() string {
		_, err := w.recoveryOptions().Run(t.Context(), w.call, "wangfang", "王方", "")
		return told(err)
	}
	for range 2 { // the two flows count together
		equal(w, "told", w.begin("wangfang", "王方"), "name_or_account_wrong")
		equal(w, "told", recover(), "name_or_account_wrong")
	}
	equal(w, "the fifth", w.begin("WANGFANG", "王方"), "name_or_account_wrong")
	equal(w, "right", w.begin("wangfang", "王芳"), "rate_limited 30m")
	equal(w, "the other flow", recover(), "rate_limited 30m")
	equal(w, "by phone", w.begin("13700000001", "王方"), "name_or_account_wrong")
	w.call.Address = stranger
	equal(w, "from another address", w.begin("wangfang", "王芳"), "ok")
	w.call.Address = "192.0.2.1"
	w.pass(30 * time.Minute)
	equal(w, "half an hour later", w.begin("wangfang", "王芳"), "ok")
}

func TestIntervalAndDay(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	recovery, signIn := w.recover("linwei", "林伟"), w.secondStep(account.App, device, "linwei")
	equal(w, "the first", w.again(recovery), "ok")
	first := w.code()
	w.pass(20 * time.Second)
	equal(w, "too soon", w.again(recovery), "code_too_soon 40s")
	equal(w, "of another ticket of the flow", w.again(w.recover("linwei", "林伟")), "code_too_soon 40s")
	equal(w, "of another flow", w.again(signIn), "ok")
	w.pass(40 * time.Second)
	for range 9 {
		equal(w, "a minute later", w.again(recovery), "ok")
		if w.code() == first {
			t.Error("the same code again")
		}
		w.pass(time.Minute)
	}
	equal(w, "the eleventh of the day", w.again(recovery), "code_daily_limit 11h50m")
	equal(w, "of another flow", w.again(signIn), "ok")
	w.pass(11*time.Hour + 50*time.Minute)
	equal(w, "the next day", w.again(w.recover("linwei", "林伟")), "ok")
}

// TestTextRefused: a text that was refused costs nothing, neither the minute nor the
// day, the budget, the address's hour or the code before.
func TestTextRefused(t *testing.T) {
	w := newWorld(t)
	w.settings.TextsADay, w.settings.AddressHourly, w.settings.SMSDailyBudget = 2, 2, 30
	w.person("wangfang", "王芳", pending)
	w.texts.err = fmt.Errorf("carrier: %w", account.ErrSMSRefused)
	for range 5 {
		equal(w, "refused", w.begin("wangfang", "王芳"), "sms_unavailable")
	}
	w.texts.err = nil
	ticket := w.activate("wangfang", "王芳")
	before := w.ticket(ticket)

	w.texts.err = account.ErrSMSRefused
	equal(w, "refused", w.again(ticket), "sms_unavailable")
	equal(w, "ticket", w.ticket(ticket), before)
	w.texts.err = nil
	equal(w, "at once", w.again(ticket), "ok")
	w.pass(time.Minute)
	equal(w, "the third", w.again(ticket), "code_daily_limit 11h58m")
}

// TestTextWithoutAnswer: it may have been sent, so it counts.
func TestTextWithoutAnswer(t *testing.T) {
	w := newWorld(t)
	w.person("wangfang", "王芳", pending)
	w.texts.err = errors.New("no answer")
	equal(w, "without an answer", w.begin("wangfang", "王芳"), "ok")
	w.texts.err = nil
	equal(w, "at once", w.begin("wangfang", "王芳"), "code_too_soon 1m")
}

// TestRefusalGivesBack: a text that one limit refuses does not count for the others.
func TestRefusalGivesBack(t *testing.T) {
	w := newWorld(t)
	w.settings.AddressHourly = 1
	w.person("wangfang", "王芳", pending)
	w.person("chenjing", "陈静", pending)
	equal(w, "the first of the address", w.begin("chenjing", "陈静"), "ok")
	w.pass(20 * time.Minute)
	for range 3 {
		equal(w, "the second", w.begin("wangfang", "王芳"), "rate_limited 40m")
	}
	w.call.Address = stranger
	equal(w, "from another address at once", w.begin("wangfang", "王芳"), "ok")
	w.call.Address = "192.0.2.1"
	w.pass(40 * time.Minute)
	equal(w, "the next hour", w.begin("wangfang", "王芳"), "ok")
}

// TestBudget: activations stop at 80 % of the day, recoveries and second steps go on to
// its end.
func TestBudget(t *testing.T) {
	w := newWorld(t)
	w.settings.SMSDailyBudget, w.settings.BudgetHour = 10, 1
	w.person("wangfang", "王芳", pending)
	w.person("linwei", "林伟")
	for range 8 {
		equal(w, "told", w.begin("wangfang", "王芳"), "ok")
		w.pass(time.Minute)
	}
	equal(w, "an activation", w.begin("wangfang", "王芳"), "sms_unavailable")
	equal(w, "a recovery", w.again(w.recover("linwei", "林伟")), "ok")
	w.pass(time.Minute)
	equal(w, "a second step", w.again(w.secondStep(account.App, device, "linwei")), "ok")
	w.pass(time.Minute)
	equal(w, "a second step", w.again(w.secondStep(account.App, device, "linwei")), "sms_unavailable")
	equal(w, "a recovery", w.again(w.recover("linwei", "林伟")), "sms_unavailable")
	w.pass(12 * time.Hour)
	equal(w, "the next day", w.begin("wangfang", "王芳"), "ok")
}

// TestHourOfTheBudget: when a tenth was sent within an hour, activations wait for the
// next. Recoveries go on out of their fifth, second steps to the end of the day's.
func TestHourOfTheBudget(t *testing.T) {
	w := newWorld(t)
	w.settings.SMSDailyBudget, w.settings.TextsADay = 20, 100
	w.person("wangfang", "王芳", pending)
	w.person("linwei", "林伟")
	for range 2 {
		equal(w, "told", w.begin("wangfang", "王芳"), "ok")
		w.pass(time.Minute)
	}
	equal(w, "an activation", w.begin("wangfang", "王芳"), "sms_unavailable")
	for range 4 {
		equal(w, "a recovery", w.again(w.recover("linwei", "林伟")), "ok")
		w.pass(time.Minute)
	}
	equal(w, "a recovery beyond the fifth", w.again(w.recover("linwei", "林伟")), "sms_unavailable")
	for range 14 {
		equal(w, "a second step", w.again(w.secondStep(account.App, device, "linwei")), "ok")
		w.pass(time.Minute)
	}
	equal(w, "beyond the day", w.again(w.secondStep(account.App, device, "linwei")), "sms_unavailable")
	w.pass(time.Hour)
	equal(w, "the next hour of a day that is used up", w.begin("wangfang", "王芳"), "sms_unavailable")
	w.pass(12 * time.Hour)
	equal(w, "the next day", w.begin("wangfang", "王芳"), "ok")
}

// TestAgain changes something between the first code and the next.
func TestAgain(t *testing.T) {
	for _, tt := range []struct {
		name     string
		do       func(w *world)
		activate string
		recover  string
	}{
		{"nothing", func(*world) {}, "ok", "ok"},
		{"the code is over", func(w *world) { w.pass(10 * time.Minute) }, "ok", "ok"},
		{"the last second of the ticket", func(w *world) { w.pass(29*time.Minute - time.Second) }, "ok", "ok"},
		{"the ticket is over", func(w *world) { w.pass(29 * time.Minute) }, "ticket_invalid", "ticket_invalid"},
		{"epoch over", func(w *world) { w.edit("wangfang", epochOver); w.edit("linwei", epochOver) }, "ticket_invalid", "ticket_invalid"},
		{"another phone", func(w *world) {
			w.edit("wangfang", func(p *account.Person) { p.Staff.Phone = w.phone(77) })
			w.edit("linwei", func(p *account.Person) { p.Staff.Phone = w.phone(78) })
		}, "ticket_invalid", "ticket_invalid"},
		{"frozen", func(w *world) { w.edit("wangfang", frozen); w.edit("linwei", frozen) }, "ticket_invalid", "ticket_invalid"},
		{"left", func(w *world) { w.edit("wangfang", left); w.edit("linwei", left) }, "ticket_invalid", "ticket_invalid"},
		{"activated", func(w *world) { w.edit("wangfang", func(p *account.Person) { p.Staff.State = staff.Active }) }, "already_active", "ok"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.person("wangfang", "王芳", pending)
			w.person("linwei", "林伟")
			recovery, activation := w.recover("linwei", "林伟"), w.activate("wangfang", "王芳")
			tt.do(w)
			equal(w, "activation", w.again(activation), tt.activate)
			equal(w, "recovery", w.again(recovery), tt.recover)
		})
	}
	t.Run("a ticket of a recovery request", func(t *testing.T) {
		w := newWorld(t)
		w.person("linwei", "林伟")
		equal(w, "told", w.again(w.raise(w.recover("linwei", "林伟")).Ticket.Reveal()), "ticket_invalid")
	})
	t.Run("no ticket", func(t *testing.T) {
		w := newWorld(t)
		equal(w, "told", w.again("nothing"), "ticket_invalid")
		equal(w, "told", w.again(""), "field_invalid ticket:required")
	})
}
