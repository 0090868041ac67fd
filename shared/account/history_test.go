package account_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
)

// history is somebody's sign-in history in one line, the newest first: each outcome,
// with the address where it is another one than the world's.
func (w *world) history(name string) string {
	w.Helper()
	lines, _, err := account.SignInHistory{Store: w.store, Keys: w.keys, Now: w.clock}.Page(w.Context(), account.Caller{}, w.people[name], 100, "")
	w.must(err)
	var all []string
	for _, l := range lines {
		one := string(l.Outcome)
		if l.Address != w.call.Address {
			one += " from " + l.Address
		}
		all = append(all, one)
	}
	return strings.Join(all, ", ")
}

// from does something from another address.
func (w *world) from(address string, do func()) {
	own := w.call.Address
	w.call.Address = address
	do()
	w.call.Address = own
}

// TestHistory signs in and out in many ways, and reads the history after each.
func TestHistory(t *testing.T) {
	wrong := func(w *world, times int) {
		for range times {
			w.signIn("linwei", "wrong")
			w.pass(time.Second)
		}
	}
	enter := func(w *world, device string, trust bool) account.Caller {
		c, err := w.caller(w.enter(account.App, device, "linwei", trust).Token.Reveal())
		w.must(err)
		w.pass(time.Second)
		return c
	}
	const stolen = "abcdefghijklmnopqrstuv"
	for _, tt := range []struct {
		name string
		do   func(*world)
		want string
	}{
		{"nothing", func(*world) {}, ""},
		{"five wrong passwords from elsewhere, then the right one on the known device", func(w *world) {
			enter(w, device, true)
			w.pass(time.Hour)
			w.from(stranger, func() {
				for range 5 {
					w.signInOn(account.App, stolen, "linwei", "wrong")
					w.pass(time.Second)
				}
			})
			equal(w, "on the known device", w.signIn("linwei", password), "session")
		}, "signed_in, locked from 192.0.2.66, failed from 192.0.2.66, failed from 192.0.2.66, failed from 192.0.2.66, failed from 192.0.2.66, signed_in, new_device, second_step_asked"},
		{"requests inside a lock leave nothing", func(w *world) {
			wrong(w, 9)
			w.signIn("linwei", password)
		}, "locked, failed, failed, failed, failed"},
		{"wrong passwords on the known device", func(w *world) {
			enter(w, device, true)
			wrong(w, 2)
		}, "failed, failed, signed_in, new_device, second_step_asked"},
		{"by phone", func(w *world) { w.signIn(w.read("linwei").Staff.Phone.National(), "wrong") }, "failed"},
		{"a second step that is not taken", func(w *world) { w.signIn("linwei", password) }, "second_step_asked"},
		{"a device that is not trusted", func(w *world) { enter(w, device, false) }, "signed_in, second_step_asked"},
		{"a device that is known already", func(w *world) {
			enter(w, device, true)
			w.settings.SecondFactor = account.Always
			enter(w, device, true)
		}, "signed_in, second_step_asked, signed_in, new_device, second_step_asked"},
		{"a wrong code", func(w *world) {
			ticket := w.secondStep(account.App, device, "linwei")
			code := w.sendAgain(ticket)
			_, err := w.verifyLogin().Run(w.Context(), w.call, account.VerifyLoginInput{Ticket: ticket, Code: other(code)})
			w.want(err, "code_wrong 4")
		}, "failed, second_step_asked"},
		{"a right code after a freeze", func(w *world) {
			ticket := w.secondStep(account.App, device, "linwei")
			code := w.sendAgain(ticket)
			w.edit("linwei", frozen)
			_, err := w.verifyLogin().Run(w.Context(), w.call, account.VerifyLoginInput{Ticket: ticket, Code: code})
			w.want(err, "ticket_invalid")
		}, "failed, second_step_asked"},
		{"the right password of somebody incomplete", func(w *world) {
			w.edit("linwei", incomplete)
			w.signIn("linwei", password)
		}, "failed"},
		{"the right password of somebody frozen", func(w *world) {
			w.edit("linwei", frozen)
			w.signIn("linwei", password)
		}, "failed"},
		{"the console without a grant", func(w *world) { w.signInOn(account.Console, device, "linwei", password) }, "failed"},
		{"signing out", func(w *world) {
			w.must(w.sessions().EndCurrent(w.Context(), w.call, enter(w, device, false)))
		}, "signed_out, signed_in, second_step_asked"},
		{"ending another session, twice", func(w *world) {
			one, two := enter(w, device, false), enter(w, stolen, false)
			w.from(stranger, func() {
				w.must(w.sessions().End(w.Context(), w.call, two, one.Session.ID))
				w.want(w.sessions().End(w.Context(), w.call, two, one.Session.ID), "not_found")
			})
		}, "signed_out from 192.0.2.66, signed_in, second_step_asked, signed_in, second_step_asked"},
		{"ending the others: one that is over of itself gets no line", func(w *world) {
			enter(w, device, false)
			w.pass(8 * 24 * time.Hour)
			enter(w, device, false)
			w.must(w.sessions().EndOthers(w.Context(), w.call, enter(w, stolen, false)))
		}, "signed_out, signed_in, second_step_asked, signed_in, second_step_asked, signed_in, second_step_asked"},
		{"a new password from the present one ends all sessions", func(w *world) {
			enter(w, stolen, false)
			c := enter(w, device, false)
			w.must(w.changePassword().Run(w.Context(), w.call, c, account.ChangePasswordInput{CurrentPassword: password, Password: newOne, ConfirmPassword: newOne}))
		}, "signed_out, signed_out, signed_in, second_step_asked, signed_in, second_step_asked"},
		{"a new password by a code ends all sessions, and makes a device known", func(w *world) {
			enter(w, stolen, false)
			ticket := w.recover("linwei", "林伟")
			w.from(stranger, func() { equal(w, "told", w.set(ticket, w.sendAgain(ticket), newOne), "ok") })
		}, "signed_out from 192.0.2.66, new_device from 192.0.2.66, signed_in, second_step_asked"},
		{"a new password on the known device", func(w *world) {
			enter(w, device, true)
			ticket := w.recover("linwei", "林伟")
			equal(w, "told", w.set(ticket, w.sendAgain(ticket), newOne), "ok")
		}, "signed_out, signed_in, new_device, second_step_asked"},
		{"a new phone ends all sessions", func(w *world) {
			enter(w, stolen, false)
			c := enter(w, device, false)
			ticket, _ := w.name(c, password, "13700000077")
			equal(w, "told", w.finish(c, ticket, w.code()), "ok")
		}, "signed_out, signed_out, signed_in, second_step_asked, signed_in, second_step_asked"},
		{"the sixth session ends the first", func(w *world) {
			for range 6 {
				enter(w, device, false)
			}
		}, "signed_out, signed_in" + strings.Repeat(", second_step_asked, signed_in", 5) + ", second_step_asked"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.person("linwei", "林伟")
			tt.do(w)
			equal(w, "history", w.history("linwei"), tt.want)
		})
	}
}

// TestHistoryEnds: a line is kept for 200 days.
func TestHistoryEnds(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	w.signIn("linwei", "wrong")
	w.pass(200 * 24 * time.Hour)
	equal(w, "on the 200th day", w.history("linwei"), "failed")
	w.pass(time.Millisecond)
	equal(w, "after it", w.history("linwei"), "")
}

// TestFailuresOfAMonth: a stranger writes no more lines than the locks allow, by both names
// of a person.
func TestFailuresOfAMonth(t *testing.T) {
	w := newWorld(t)
	p := w.person("linwei", "林伟")
	w.settings.AddressFailures = 1e6
	for range 30 * 24 {
		for range 12 {
			w.signIn("linwei", "wrong")
			w.signIn(p.Phone.National(), "wrong")
		}
		w.pass(time.Hour)
	}
	lines, err := w.store.SignIns(w.Context(), p.Code, noon, "", 1e6)
	w.must(err)
	if most := 2 * w.settings.LockDaily * 31; len(lines) > most || len(lines) < most/3 {
		t.Errorf("%d lines in 30 days, want %d at most", len(lines), most)
	}
}

// TestLocksAreAudited: a lock leaves one entry about the person, which says of nobody that
// they did it.
func TestLocksAreAudited(t *testing.T) {
	for _, tt := range []struct {
		name  string
		do    func(*world)
		locks int
	}{
		{"four failures", func(w *world) {
			for range 4 {
				w.signIn("linwei", "wrong")
			}
		}, 0},
		{"five", func(w *world) {
			for range 5 {
				w.signIn("linwei", "wrong")
			}
		}, 1},
		{"five, and more inside the lock", func(w *world) {
			for range 12 {
				w.signIn("linwei", "wrong")
			}
		}, 1},
		{"five at once", func(w *world) {
			together(5, func(int) string { return w.signIn("linwei", "wrong") })
		}, 1},
		{"a second lock", func(w *world) {
			for range 5 {
				w.signIn("linwei", "wrong")
			}
			w.pass(time.Hour)
			for range 5 {
				w.signIn("linwei", "wrong")
			}
		}, 2},
		{"of the present password", func(w *world) {
			c := w.signedIn("linwei")
			for range 5 {
				w.changePassword().Run(w.Context(), w.call, c, account.ChangePasswordInput{CurrentPassword: "wrong", Password: newOne, ConfirmPassword: newOne})
			}
		}, 1},
		{"of a name that is nobody's", func(w *world) {
			for range 5 {
				w.signIn("nobody", "wrong")
			}
		}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.person("linwei", "林伟")
			tt.do(w)
			entries := w.store.Entries()
			if len(entries) != tt.locks {
				t.Fatalf("the audit has %v, want %d locks", entries, tt.locks)
			}
			for _, e := range entries {
				equal(w, "action", e.Action, audit.Lock)
				equal(w, "actor", e.Actor.IsZero(), true)
				equal(w, "subject", e.Subject, audit.OfStaff(w.people["linwei"]))
				equal(w, "call", e.Call, w.call)
				equal(w, "changes", fmt.Sprint(e.Changes), fmt.Sprintf("[{lockedUntil  %s false}]", e.At.Add(30*time.Minute).Format(time.RFC3339)))
			}
		})
	}
}
