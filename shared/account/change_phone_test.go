package account_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

func (w *world) changePhone() account.ChangePhone {
	return account.ChangePhone{Store: w.store, Dictionaries: &staff.DictionaryList{Store: &w.areas, Now: w.clock}, Hasher: w.hasher, Sender: w.texts, Keys: w.keys, Settings: w.settings, Now: w.clock, Random: w.random}
}

// name names a new phone and returns the ticket and what the caller is told.
func (w *world) name(c account.Caller, password, phone string) (ticket, what string) {
	sent, err := w.changePhone().Begin(w.Context(), w.call, c, account.NewPhoneInput{CurrentPassword: password, AreaCode: "+86", Phone: phone})
	return sent.Ticket.Reveal(), told(err)
}

func (w *world) finish(c account.Caller, ticket, code string) string {
	return told(w.changePhone().Finish(w.Context(), w.call, c, ticket, code))
}

// TestChangePhone: sessions, tickets and devices are over, and the old number is told.
func TestChangePhone(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	token := w.enter(account.App, device, "linwei", true).Token.Reveal()
	c, err := w.caller(token)
	w.must(err)
	ticket, told := w.name(c, password, "13700000077")
	equal(w, "told", told, "ok")
	code := w.code()
	equal(w, "goes to the new number", strings.HasPrefix(w.texts.sent[len(w.texts.sent)-1], "13700000077: "), true)
	equal(w, "finished", w.finish(c, ticket, code), "ok")
	equal(w, "the old number is told", w.texts.sent[len(w.texts.sent)-1],
		"13700000001: 您的账号绑定手机号已更换，本号码不能再用于登录。如非本人操作，请立即联系所在单位管理员。")
	equal(w, "audit", w.actions(), "ask_phone change_phone")
	equal(w, "before and after in the audit", w.store.Entries()[1].Changes[0].Old+" "+w.store.Entries()[1].Changes[0].New, "+86 137*****001 +86 137*****077")
	equal(w, "phone", w.read("linwei").Staff.Phone, w.phone(77))
	_, err = w.caller(token)
	w.want(err, "session_expired")
	equal(w, "by the old number", w.signIn("13700000001", password), "credentials_wrong 4")
	equal(w, "by the new number", w.signIn("13700000077", password), "second step") // the device is forgotten
	equal(w, "once more", w.finish(c, ticket, code), "ticket_invalid")
}

func TestNewPhoneOrder(t *testing.T) {
	for _, tt := range []struct {
		name            string
		password, phone string
		want            string
		texts           int
	}{
		{"good", password, "13700000077", "ok", 1},
		{"a wrong password and somebody's number", "wrong", "13700000002", "credentials_wrong 4", 0},
		{"a wrong password and the same number", "wrong", "13700000001", "credentials_wrong 4", 0},
		{"the same number", password, "13700000001", "field_invalid phone:unchanged", 0},
		{"somebody's number", password, "13700000002", "phone_taken", 0},
		{"no number", password, "123", "field_invalid phone:invalid", 0},
		{"a masked number", password, "137*****077", "field_invalid phone:masked", 0},
		{"of another area", password, "+85261234567", "field_invalid areaCode:disagrees", 0},
		{"nothing", "", "", "field_invalid currentPassword:required phone:required", 0},
		{"as a phone app copies it", password, "\u206813700000077\u2069", "ok", 1},
		{"as a link", password, "tel:+86-137-0000-0077", "ok", 1},
		{"far too long", password, strings.Repeat("1", 21), "field_invalid phone:too_long", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.person("linwei", "林伟")
			w.person("chenjing", "陈静")
			c := w.signedIn("linwei")
			before := len(w.texts.sent)
			_, told := w.name(c, tt.password, tt.phone)
			equal(w, "told", told, tt.want)
			equal(w, "texts", len(w.texts.sent)-before, tt.texts)
			// What is asked for, and whom a refusal tells of, stands in the audit.
			audited := map[string]string{"ok": "ask_phone of linwei by linwei: +86 137*****077", "phone_taken": "probe_name of chenjing by linwei: +86 137*****002"}
			equal(w, "audit", w.audited(), audited[tt.want])
			if tt.password == password { // it gives its count back
				_, told = w.name(c, "wrong", "13700000078")
				equal(w, "a wrong password", told, "credentials_wrong 4")
			}
		})
	}
	t.Run("an account that is the phone", func(t *testing.T) {
		w := newWorld(t)
		w.person("13700000001", "林伟")
		_, told := w.name(w.signedIn("13700000001"), password, "13700000077")
		equal(w, "told", told, "field_invalid phone:account_is_phone")
	})
}

// audited are all entries of the audit about one person by another.
func (w *world) audited() string {
	name := map[staff.EmployeeCode]string{}
	for n, c := range w.people {
		name[c] = n
	}
	var all []string
	for _, e := range w.store.Entries() {
		of, _ := e.Subject.Staff()
		all = append(all, fmt.Sprintf("%s of %s by %s: %s", e.Action, name[of], name[e.Actor], e.Changes[0].New))
	}
	return strings.Join(all, ", ")
}

// TestNumbersOfADay: a person may name ten numbers a day, also those that belong to
// somebody else. A text that is not sent costs nothing.
func TestNumbersOfADay(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	w.person("chenjing", "陈静")
	w.settings.StepUpLife = 24 * time.Hour
	c := w.signedIn("linwei")
	w.texts.err = account.ErrSMSRefused
	for range 12 {
		_, told := w.name(c, password, "13700000077")
		equal(w, "refused", told, "sms_unavailable")
	}
	w.texts.err = nil
	for i, phone := range []string{"13700000077", "13700000002", "13700000078", "13700000079", "13700000002", "13700000080", "13700000081", "13700000002", "13700000082", "13700000083"} {
		want := map[bool]string{true: "phone_taken", false: "ok"}[phone == "13700000002"]
		if _, told := w.name(c, password, phone); told != want {
			t.Errorf("number %d: told %q, want %q", i, told, want)
		}
	}
	for _, phone := range []string{"13700000084", "13700000002"} {
		_, told := w.name(c, password, phone)
		equal(w, "the eleventh", told, "code_daily_limit 11h59m")
	}
	w.pass(12 * time.Hour)
	_, told := w.name(c, password, "13700000084")
	equal(w, "the next day", told, "ok")
}

// TestNewPhoneIsChecked changes something between the number and the code.
func TestNewPhoneIsChecked(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(w *world)
		want string
	}{
		{"nothing", func(*world) {}, "ok"},
		{"epoch over", func(w *world) { w.edit("linwei", epochOver) }, "ticket_invalid"},
		{"frozen", func(w *world) { w.edit("linwei", frozen) }, "ticket_invalid"},
		{"somebody else has taken it", func(w *world) { w.edit("chenjing", func(p *account.Person) { p.Staff.Phone = w.phone(77) }) }, "phone_taken"},
		{"it is the same by now", func(w *world) { w.edit("linwei", func(p *account.Person) { p.Staff.Phone = w.phone(77) }) }, "field_invalid phone:unchanged"},
		{"the account is a phone by now", func(w *world) {
			w.edit("linwei", func(p *account.Person) { p.Staff.Account, _ = staff.ParseAccount("13700000001") })
		}, "field_invalid phone:account_is_phone"},
		{"the code is over", func(w *world) { w.pass(5 * time.Minute) }, "code_expired"},
		{"the budget is used up", func(w *world) { w.settings.SMSDailyBudget = 0 }, "ok"}, // only the notice is missing
		{"the notice is refused", func(w *world) { w.texts.err = account.ErrSMSRefused }, "ok"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.person("linwei", "林伟")
			w.person("chenjing", "陈静")
			c := w.signedIn("linwei")
			ticket, _ := w.name(c, password, "13700000077")
			code := w.code()
			tt.do(w)
			equal(w, "told", w.finish(c, ticket, code), tt.want)
			equal(w, "tries", w.ticket(ticket).Tries, 0)
		})
	}
	t.Run("tickets of others", func(t *testing.T) {
		w := newWorld(t)
		w.person("linwei", "林伟")
		w.person("chenjing", "陈静")
		c, thief := w.signedIn("linwei"), w.signedIn("chenjing")
		ticket, _ := w.name(c, password, "13700000077")
		code := w.code()
		equal(w, "by somebody else", w.finish(thief, ticket, code), "ticket_invalid")
		recovery := w.recover("linwei", "林伟")
		equal(w, "of another flow", w.finish(c, recovery, w.sendAgain(recovery)), "ticket_invalid")
		equal(w, "tries", w.ticket(ticket).Tries+w.ticket(recovery).Tries, 0)
		for _, want := range []string{"code_wrong 4", "code_wrong 3", "code_wrong 2", "code_wrong 1", "code_tries_spent"} {
			equal(w, "wrong codes", w.finish(c, ticket, other(code)), want)
		}
		equal(w, "the right code", w.finish(c, ticket, code), "code_tries_spent")
	})
}
