package account_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/pinyin"

	"chaoxi/shared/account"
)

// holding is a hasher that compares nothing until it is let go.
type holding struct {
	hasher
	came chan struct{} // one for each comparison that waits
	goOn chan struct{} // closed to let all go on
}

func (h *holding) Verify(encoded, password string) (bool, error) {
	h.came <- struct{}{}
	<-h.goOn
	return h.hasher.Verify(encoded, password)
}

// TestBusy sends requests while others are being compared: who comes is told busy, for
// a second or two, and never of a lock that is not there.
func TestBusy(t *testing.T) {
	for _, tt := range []struct {
		name  string
		wrong int      // failures before
		held  []string // passwords that are compared at once
		told  map[string]int
	}{
		{"four wrong, then the right one twice", 4, []string{password}, map[string]int{"session": 1}},
		{"five right ones", 0, []string{password, password, password, password, password}, map[string]int{"session": 5}},
		{"right and wrong", 0, []string{password, password, password, password, "wrong"}, map[string]int{"session": 4, "credentials_wrong 4": 1}},
		{"the fifth is wrong", 4, []string{"wrong"}, map[string]int{"locked 30m": 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.settings.SecondFactor = account.Off
			w.settings.AddressFailures = tt.wrong + 2
			w.person("linwei", "林伟")
			for range tt.wrong {
				w.signIn("linwei", "wrong")
			}
			h := &holding{came: make(chan struct{}), goOn: make(chan struct{})}
			signIn := func(password string) string {
				uc := w.login()
				uc.Hasher = h
				r, err := uc.Run(t.Context(), w.call, account.LoginInput{Account: "linwei", Password: password, Client: account.App, Device: device})
				if err == nil && r.SignedIn != nil {
					return "session"
				}
				return told(err)
			}
			done := make(chan map[string]int)
			go func() { done <- together(len(tt.held), func(i int) string { return signIn(tt.held[i]) }) }()
			for range tt.held {
				<-h.came
			}
			for range 20 { // more than the address may fail
				equal(w, "meanwhile", signIn(password), "busy 1s")
			}
			close(h.goOn)
			equal(w, "those who were compared", fmt.Sprint(<-done), fmt.Sprint(tt.told))
			equal(w, "passwords compared", w.hasher.verified+h.verified, tt.wrong+len(tt.held))
		})
	}
}

// TestBusyElsewhere: a caller's own password and the lookup of a name know it, too.
func TestBusyElsewhere(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	c := w.signedIn("linwei")
	w.settings.LockTries, w.settings.MissTries = 1, 1
	h := &holding{came: make(chan struct{}), goOn: make(chan struct{})}
	change := func(password string) string {
		uc := account.ChangePassword{Store: w.store, Hasher: h, Sender: w.texts, Keys: w.keys, Settings: w.settings, Pinyin: pinyin.Read, Now: w.clock, Random: w.random}
		return told(uc.Run(t.Context(), w.call, c, account.ChangePasswordInput{CurrentPassword: password, Password: newOne, ConfirmPassword: newOne}))
	}
	done := make(chan string)
	go func() { done <- change("wrong") }()
	<-h.came
	equal(w, "meanwhile", change(password), "busy 1s")
	close(h.goOn)
	equal(w, "who was compared", <-done, "locked 30m")
	equal(w, "after it", change(password), "locked 30m")
}

// TestNoWaitIsLongerThanItsRule asks with clocks that differ.
func TestNoWaitIsLongerThanItsRule(t *testing.T) {
	w := newWorld(t)
	w.settings.AddressFailures = 1000
	w.person("linwei", "林伟")
	ahead := []time.Duration{3 * time.Second, 0, -3 * time.Second}
	for i := range 12 {
		w.now = noon.Add(ahead[i%3])
		got := w.signIn("linwei", "wrong")
		if strings.HasPrefix(got, "locked") && got != "locked 30m" && got != "locked 29m57s" && got != "locked 29m54s" {
			t.Errorf("%d: %s", i, got)
		}
	}
}
