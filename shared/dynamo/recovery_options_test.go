package dynamo_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

func TestRecoveryOptions(t *testing.T) {
	t.Parallel()
	w := newRecoveryWorld(t)
	lin := account.Contact{Name: "林伟", Unit: "临江区数据局", OfficePhone: "0571-80000002"}
	chen := account.Contact{Name: "陈静", Unit: "省数据局", OfficePhone: "0571-80000001"}
	tests := []struct {
		name, account, full string
		administrators      []account.Contact
	}{
		{"the unit's own, then the nearest above the other unit", "zhangmin", "张敏", []account.Contact{lin, chen}},
		{"by phone", "13700000004", "张 敏", []account.Contact{lin, chen}},
		{"frozen and auditing ones do not count", "zhouqiang", "周强", []account.Contact{chen}},
		{"neither does the person", "linwei", "林伟", []account.Contact{chen}},
		{"the only super has nobody", "chenjing", "陈静", []account.Contact{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := w.options().Run(t.Context(), w.Call, tt.account, tt.full, "")
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(r.Administrators, tt.administrators) {
				t.Errorf("administrators %+v, want %+v", r.Administrators, tt.administrators)
			}
			ticket, err := w.Store.Ticket(t.Context(), r.Ticket)
			if err != nil || ticket.Purpose != account.ForRecovery || ticket.Epoch != 4 || ticket.Phone != r.Phone || ticket.Code != "" || !ticket.Expires.Equal(w.Clock.Add(30*time.Minute)) {
				t.Errorf("ticket %+v, %v", ticket, err)
			}
			if r.Request.ID != "" || r.State != "" {
				t.Errorf("request %+v of somebody who made none", r.Request)
			}
		})
	}
}

func TestRecoveryOptionsMostListed(t *testing.T) {
	t.Parallel()
	w := newRecoveryWorld(t)
	for i := range 12 {
		name := fmt.Sprintf("clerk%d", i)
		w.person(name, name, staff.Active, w.post(staff.MainJob, w.data, w.section, ""))
		if i%2 == 0 { // what counts is the permission, not the kind of grant
			w.grant(name, account.AuditGrant, w.data, account.StaffEdit)
		} else {
			w.grant(name, account.UnitGrant, w.data)
			w.grant(name, account.UnitGrant, w.data, account.PIIReveal) // twice over, listed once
		}
	}
	r := w.begin("zhangmin")
	names := map[string]bool{}
	for _, a := range r.Administrators {
		names[a.Name] = true
	}
	if len(r.Administrators) != 10 || len(names) != 10 || names["陈静"] {
		t.Errorf("%+v", r.Administrators)
	}
	if cost := w.Cost(func() { w.begin("clerk0") }); cost.Trips > 5 {
		t.Errorf("%d trips, though every unit is known: %v", cost.Trips, cost.Calls)
	}
	// Of her other unit the only administrator is frozen: that costs the grants on the
	// top of the tree, and another look at people.
	if cost := w.Cost(func() { w.begin("zhangmin") }); cost.Trips > 7 {
		t.Errorf("%d trips: %v", cost.Trips, cost.Order)
	}
}

func TestRecoveryRefused(t *testing.T) {
	t.Parallel()
	w := newRecoveryWorld(t)
	var usual map[string]int
	tests := []struct {
		name, account, full string
		want                error
	}{
		{"unknown account", "nobody", "张敏", fault.NameOrAccountWrong},
		{"no account at all", "张敏", "张敏", fault.NameOrAccountWrong},
		{"unknown phone", "13799999999", "张敏", fault.NameOrAccountWrong},
		{"another name", "zhangmin", "张明", fault.NameOrAccountWrong},
		{"left", "sunli", "孙丽", fault.NameOrAccountWrong},
		{"frozen", "zhaolei", "赵磊", fault.NameOrAccountWrong},
		{"pending, another name", "wangfang", "王方", fault.NameOrAccountWrong},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.Counter.Reset()
			_, err := w.options().Run(t.Context(), w.Call, tt.account, tt.full, "")
			if !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
			calls := w.Counter.Cost().Calls
			if usual == nil {
				usual = calls
			}
			if !maps.Equal(calls, usual) {
				t.Errorf("calls %v, elsewhere %v: the work tells what was wrong", calls, usual)
			}
		})
	}
	if got := w.keysOfKind("ticket"); len(got) != 0 {
		t.Errorf("tickets for nobody: %v", got)
	}
}
