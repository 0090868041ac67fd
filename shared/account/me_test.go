package account_test

import (
	"fmt"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

func (w *world) me() account.Me { return account.Me{Store: w.store, Keys: w.keys, Now: w.clock} }

func TestOwnRecord(t *testing.T) {
	w := newWorld(t)
	data, finance := w.org("数据局"), w.org("财政局")
	p := w.person("linwei", "林伟", in(finance, finance, staff.ConcurrentJob, ""), in(data, data, staff.MainJob, ""))
	c := account.Caller{Staff: p.Code}
	locked := func() bool {
		self, err := w.me().Record(t.Context(), c)
		w.must(err)
		return self.Locked
	}
	self, err := w.me().Record(t.Context(), c)
	w.must(err)
	equal(w, "the first post", self.Staff.Posts[0].Org, data)
	equal(w, "organisations", len(self.Orgs), 2)
	equal(w, "name of one", self.Orgs.Name(finance), "财政局")

	for range 4 {
		w.signIn(p.Phone.National(), "wrong")
	}
	equal(w, "after four failures", locked(), false)
	w.signIn(p.Phone.National(), "wrong")
	equal(w, "after the fifth by phone", locked(), true)
	w.pass(30 * time.Minute)
	equal(w, "after the lock", locked(), false)
	for range 5 {
		w.signIn("linwei", "wrong")
	}
	equal(w, "after five by account", locked(), true)
	w.pass(time.Second)
	w.edit("linwei", func(p *account.Person) { p.Account.ClearedAt = w.now })
	equal(w, "after an administrator has unlocked", locked(), false)

	nobody, err := staff.ParseEmployeeCode("GE_ffffffffffffffffffffffffffffffff")
	w.must(err)
	_, err = w.me().Record(t.Context(), account.Caller{Staff: nobody})
	w.want(err, "session_expired")
}

func TestOwnSignIns(t *testing.T) {
	w := newWorld(t)
	w.person("linwei", "林伟")
	w.person("chenjing", "陈静")
	begin := w.now
	c := w.sessionsOf("linwei", 5)[0]
	page := func(limit int, cursor string) (lines []account.SignIn, next string) {
		lines, next, err := w.me().SignIns(t.Context(), c, limit, cursor)
		w.must(err)
		return lines, next
	}
	var seen []string
	cursor := ""
	for range 3 {
		var lines []account.SignIn
		lines, cursor = page(2, cursor)
		for _, l := range lines {
			seen = append(seen, fmt.Sprint(l.At.Sub(begin)))
		}
	}
	equal(w, "newest first", fmt.Sprint(seen), "[4s 3s 2s 1s 0s]")
	equal(w, "cursor at the end", cursor, "")
	_, cursor = page(2, "")
	if lines, next := page(5, cursor); len(lines) != 3 || next != "" {
		t.Errorf("%d lines, then %q", len(lines), next)
	}
	_, _, err := w.me().SignIns(t.Context(), w.sessionsOf("chenjing", 1)[0], 2, cursor)
	w.want(err, "field_invalid cursor:invalid")

	w.pass(account.SignInHistoryLife - 5*time.Second)
	if lines, _ := page(9, ""); len(lines) != 4 {
		t.Errorf("%d lines are young enough, want 4", len(lines))
	}
}
