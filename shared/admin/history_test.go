package admin_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/staff"
)

// TestEndedSessionsAreTold: what an administrator does, and ends sessions by it, stands in
// the person's sign-in history: a line for each session that was live, without the
// administrator's address.
func TestEndedSessionsAreTold(t *testing.T) {
	state := func(action admin.StateAction) func(*desk, staff.EmployeeCode) error {
		return func(d *desk, c staff.EmployeeCode) error {
			_, err := d.does(d.LinWei, action, c, "调离")
			return err
		}
	}
	edit := func(e admin.Edit) func(*desk, staff.EmployeeCode) error {
		e.Version = 3
		return func(d *desk, c staff.EmployeeCode) error { _, err := d.updates(d.LinWei, c, e); return err }
	}
	const both = "signed_out app 手机, signed_out console 电脑"
	for _, tt := range []struct {
		name string
		do   func(*desk, staff.EmployeeCode) error
		want string
	}{
		{"freezing", state(admin.Freeze), both},
		{"leaving", state(admin.Leave), both},
		{"unlocking", state(admin.Unlock), ""},
		{"another phone", edit(admin.Edit{Phone: to("13700000050")}), both},
		{"the same phone", edit(admin.Edit{Phone: to("13700000001"), JobLevel: to("J2")}), ""},
		{"another rank", edit(admin.Edit{JobLevel: to("J2")}), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			p := d.person(d.ZhangMin.Staff.Code)
			live := []account.Session{
				{Hash: "one", ID: "1", Client: account.App, DeviceName: "手机"},
				{Hash: "two", ID: "2", Client: account.Console, DeviceName: "电脑"},
				{Hash: "idle", ID: "3", Client: account.Console, LastUsed: d.now.Add(-time.Hour)},
				{Hash: "without a slot", ID: "4", Client: account.App},
				{Hash: "of another epoch", ID: "5", Client: account.App, Epoch: 9},
			}
			for _, s := range live {
				if s.Staff, s.CreatedAt = p.Staff.Code, d.now.Add(-2*time.Hour); s.LastUsed.IsZero() {
					s.LastUsed = d.now
				}
				if s.Epoch == 0 {
					s.Epoch = p.Account.Epoch
				}
				if s.Hash != "without a slot" {
					p.Account.Slots = append(p.Account.Slots, account.SessionSlot{Hash: s.Hash, At: s.CreatedAt})
				}
				d.store.PutSession(s)
			}
			d.store.PutPerson(p)
			d.wants("error", tt.do(d, p.Staff.Code), "ok")
			lines, err := d.store.SignIns(t.Context(), p.Staff.Code, time.Time{}, "", 9)
			d.wants("error", err, "ok")
			var all []string
			for i := range lines {
				l := lines[len(lines)-1-i]
				all = append(all, fmt.Sprint(l.Outcome, " ", l.Client, " ", l.DeviceName))
				if l.Address != "" || !l.At.Equal(d.now) {
					t.Errorf("%+v", l)
				}
			}
			d.wants("history", strings.Join(all, ", "), tt.want)
		})
	}
}
