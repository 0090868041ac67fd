package account_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/account"
)

// sessionsOf signs in n times, a minute apart, and returns the callers.
func (w *world) sessionsOf(name string, n int) []account.Caller {
	w.Helper()
	w.settings.SecondFactor = account.Off
	var tokens []string
	for range n {
		r, err := w.login().Run(w.Context(), w.call, account.LoginInput{Account: name, Password: password, Client: account.App})
		w.must(err)
		tokens = append(tokens, r.SignedIn.Token.Reveal())
		w.pass(time.Second)
	}
	var callers []account.Caller
	for _, token := range tokens {
		c, err := w.caller(token)
		w.must(err)
		callers = append(callers, c)
	}
	return callers
}

func (w *world) sessions() account.Sessions {
	return account.Sessions{Store: w.store, Settings: w.settings, Now: w.clock}
}

// list is which of the callers' sessions c is shown, in the order of the list.
func (w *world) list(c account.Caller, callers []account.Caller) string {
	w.Helper()
	found, err := w.sessions().List(w.Context(), c)
	w.must(err)
	var all []string
	for _, s := range found {
		for i, other := range callers {
			if other.Session.Hash == s.Hash {
				all = append(all, fmt.Sprint(i))
			}
		}
	}
	return strings.Join(all, " ")
}

func TestSessionList(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	w.person("chenjing", "陈静")
	mine := w.sessionsOf("linwei", 4)
	theirs := w.sessionsOf("chenjing", 1)
	all := append(mine, theirs...)
	equal(w, "the one in use, then the last used first", w.list(mine[1], all), "1 3 2 0")
	equal(w, "of somebody else", w.list(theirs[0], all), "4")

	w.want(w.sessions().End(t.Context(), w.call, mine[1], theirs[0].Session.ID), "not_found")
	w.want(w.sessions().End(t.Context(), w.call, mine[1], "no id"), "not_found")
	w.want(w.sessions().End(t.Context(), w.call, mine[1], mine[2].Session.ID), "ok")
	w.want(w.sessions().End(t.Context(), w.call, mine[1], mine[2].Session.ID), "not_found")
	equal(w, "after one has ended", w.list(mine[1], all), "1 3 0")
	w.must(w.sessions().EndCurrent(t.Context(), w.call, mine[3]))
	equal(w, "after one has signed out", w.list(mine[1], all), "1 0")
	w.must(w.sessions().EndOthers(t.Context(), w.call, mine[0]))
	equal(w, "after all others have ended", w.list(mine[0], all), "0")
	equal(w, "of somebody else", w.list(theirs[0], all), "4")
}

// TestSessionLives says when a session is over.
func TestSessionLives(t *testing.T) {
	const hours, days = time.Hour, 24 * time.Hour
	for _, tt := range []struct {
		name   string
		client account.Client
		uses   []time.Duration // between them
		want   string          // at the last
	}{
		{"the app, unused for just under a week", account.App, []time.Duration{7*days - time.Second}, "ok"},
		{"the app, unused for a week", account.App, []time.Duration{7 * days}, "session_expired"},
		{"the app, used each day", account.App, []time.Duration{6 * days, 6 * days, 6 * days, 6 * days, 6*days - time.Second}, "ok"},
		{"the app, thirty days old", account.App, []time.Duration{6 * days, 6 * days, 6 * days, 6 * days, 6 * days}, "session_expired"},
		{"the console, unused for just under half an hour", account.Console, []time.Duration{30*time.Minute - time.Second}, "ok"},
		{"the console, unused for half an hour", account.Console, []time.Duration{30 * time.Minute}, "session_expired"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.person("linwei", "林伟", granted)
			token := w.enter(tt.client, device, "linwei", false).Token.Reveal()
			var err error
			for _, d := range tt.uses {
				w.must(err)
				w.pass(d)
				_, err = w.callerBy(tt.client, token)
			}
			w.want(err, tt.want)
		})
	}
	w := newWorld(t)
	w.person("linwei", "林伟")
	_, err := w.caller("")
	w.want(err, "session_missing")
	for _, token := range []string{"x", w.read("linwei").Staff.Code.String() + "." + strings.Repeat("x", 43)} {
		_, err = w.caller(token)
		w.want(err, "session_expired")
	}
}

// TestAdministrationIsIdle: only administration keeps the administration open, in a
// session of any client.
func TestAdministrationIsIdle(t *testing.T) {
	type step struct {
		pass           time.Duration
		administrative bool
		want           string
	}
	me, admin := func(d time.Duration) step { return step{d, false, "ok"} }, func(d time.Duration, want string) step { return step{d, true, want} }
	const m = time.Minute
	for _, tt := range []struct {
		name  string
		steps []step
	}{
		{"other requests do not open it again", []step{admin(63*m, "admin_session_expired"), me(0), me(m), admin(0, "admin_session_expired")}},
		{"other requests do not keep it open", []step{me(10 * m), me(10 * m), me(10 * m), me(m), admin(0, "admin_session_expired")}},
		{"administration does", []step{admin(20*m, "ok"), admin(20*m, "ok"), admin(30*m, "ok"), admin(31*m, "admin_session_expired")}},
		{"administration beside other requests", []step{me(29 * m), admin(0, "ok"), me(20 * m), admin(9*m, "ok"), me(25 * m), admin(6*m, "admin_session_expired")}},
		{"a refused request is no administration", []step{admin(31*m, "admin_session_expired"), admin(m, "admin_session_expired")}},
	} {
		for _, client := range []account.Client{account.App, account.MobileWeb, account.Console} {
			t.Run(tt.name+", "+string(client), func(t *testing.T) {
				w := newWorld(t)
				w.settings.ConsoleLife = 1000 * time.Hour
				w.person("linwei", "林伟", granted)
				w.settings.SecondFactor = account.Always
				token := w.enter(client, device, "linwei", false).Token.Reveal()
				w.settings.ConsoleIdle = 1000 * time.Hour // so that no session is over of itself
				uc := account.Authorize{Store: w.store, Settings: w.settings, Now: w.clock}
				uc.Settings.ConsoleIdle = 30 * time.Minute
				for i, s := range tt.steps {
					w.pass(s.pass)
					c, err := w.callerBy(client, token)
					w.must(err)
					if s.administrative {
						err = uc.Administrator(c)
					}
					if note := uc.Use(c, s.administrative); note != nil && err == nil {
						w.must(note(w.Context()))
					}
					w.Logf("step %d", i)
					w.want(err, s.want)
				}
			})
		}
	}
}

// TestUseIsWrittenOnceAMinute: not every use of a session is written.
func TestUseIsWrittenOnceAMinute(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟", granted)
	token := w.enter(account.Console, device, "linwei", false).Token.Reveal()
	begin := w.now
	for _, tt := range []struct{ after, written time.Duration }{{59 * time.Second, 0}, {60 * time.Second, 60 * time.Second}, {119 * time.Second, 60 * time.Second}, {120 * time.Second, 120 * time.Second}} {
		w.now = begin.Add(tt.after)
		_, err := w.callerBy(account.Console, token)
		w.must(err)
		c, err := w.callerBy(account.Console, token)
		w.must(err)
		equal(w, "last use", c.Session.LastUsed.Sub(begin), tt.written)
	}
}
