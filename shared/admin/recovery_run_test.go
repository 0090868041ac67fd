package admin_test

import (
	"strings"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/admin/admintest"
	"chaoxi/shared/staff"
)

func (d *desk) decides() admin.DecideRecovery {
	return admin.DecideRecovery{Store: d.store, Notices: d.notices(), Keys: d.keys, Settings: account.Defaults(), Now: d.clock, Random: d.random}
}

var (
	approval  = admin.DecisionInput{Decision: admin.Approve, PhoneConfirmed: true, HowConfirmed: " 当面核对工号330199199003070018 "}
	rejection = admin.DecisionInput{Decision: admin.Reject, Reason: "未能确认本人"}
)

// decide decides the request n of the town.
func (d *desk) decide(by account.Person, n int, in admin.DecisionInput) (admin.Decided, error) {
	d.Helper()
	permitted := d.may(by, account.StaffEdit)
	k, err := d.decides().Load(d.Context(), permitted, requestID(n))
	if err != nil {
		return admin.Decided{}, err
	}
	return d.decides().Run(d.Context(), d.call, permitted, k, in)
}

func requestID(n int) string { return admintest.Request(n, account.Person{}).ID }

func (d *desk) request(n int) account.RecoveryRequest {
	d.Helper()
	r, err := d.store.RecoveryRequest(d.Context(), requestID(n))
	d.wants("request", err, "ok")
	return r
}

func TestApproveRecovery(t *testing.T) {
	d := newDesk(t)
	done, err := d.decide(d.LinWei, 1, approval)
	d.wants("error", err, "ok")
	r := d.request(1)
	d.wants("request", []any{r.State, r.Phone.E164(), r.Epoch, len(r.Grants), r.Decided, r.Expires, r.DecidedBy, r.HowConfirmed},
		[]any{account.RecoveryApproved, d.ZhangMin.Staff.Phone.E164(), 1, 0, d.now, d.now.Add(24 * time.Hour), d.LinWei.Staff.Code, "当面核对工号330199199003070018"})
	d.wants("answer", []any{done.Request.State, done.SMS}, []any{account.RecoveryApproved, account.SMSSent})
	d.wants("texts", d.texts.sent, []string{d.ZhangMin.Staff.Phone.E164()})
	d.wants("audit", d.actions()+"; "+d.last(), "approve_recovery; recoveryRequest:  > "+requestID(1)+"; phoneConfirmed:  > "+d.ZhangMin.Staff.Phone.Masked()+"; howConfirmed:  > 当面核对工号******************")
	for _, in := range []admin.DecisionInput{approval, rejection} {
		_, err = d.decide(d.WangFang, 1, in)
		d.wants("once more", err, "already_decided")
	}
	d.now = d.now.Add(24 * time.Hour)
	_, err = d.decide(d.WangFang, 1, approval)
	d.wants("when it is over", err, "already_decided")
	d.wants("one entry, one text", []any{len(d.store.Entries()), len(d.texts.sent)}, []any{1, 1})
}

func TestRejectRecovery(t *testing.T) {
	d := newDesk(t)
	done, err := d.decide(d.LinWei, 1, rejection)
	d.wants("error", err, "ok")
	r := d.request(1)
	d.wants("request", []any{r.State, r.Rejection, r.Phone.IsZero(), r.Expires}, []any{account.RecoveryRejected, "未能确认本人", true, r.Created.Add(7 * 24 * time.Hour)})
	d.wants("answer", done.SMS, account.SMSSent)
	d.wants("audit", d.actions()+" "+d.store.Entries()[0].Reason, "reject_recovery 未能确认本人")
	_, err = d.decide(d.LinWei, 4, rejection) // has left, and has no phone
	d.wants("of somebody who has left", err, "ok")
	d.wants("texts", len(d.texts.sent), 1)
}

// TestDecisionOfTwoLines: the words of a decision are kept as they were typed.
func TestDecisionOfTwoLines(t *testing.T) {
	for _, typed := range []string{"电话核实\n未能确认（本人）", " 电话核实\r\n未能确认（本人）\n\n"} {
		const kept = "电话核实\n未能确认（本人）"
		d := newDesk(t)
		_, err := d.decide(d.LinWei, 1, admin.DecisionInput{Decision: admin.Approve, PhoneConfirmed: true, HowConfirmed: typed})
		d.wants("approved", []any{err, d.request(1).HowConfirmed}, []any{nil, kept})
		changes := d.store.Entries()[0].Changes
		d.wants("audit of the approval", changes[len(changes)-1].New, kept)
		d = newDesk(t)
		_, err = d.decide(d.LinWei, 1, admin.DecisionInput{Decision: admin.Reject, Reason: typed})
		d.wants("rejected", []any{err, d.request(1).Rejection, d.store.Entries()[0].Reason}, []any{nil, kept, kept})
	}
}

// A text that cannot be sent undoes no decision.
func TestDecisionWithoutAText(t *testing.T) {
	for _, texts := range []*texts{{full: true}, {refused: true}} {
		d := newDesk(t)
		d.texts = texts
		done, err := d.decide(d.LinWei, 1, approval)
		d.wants("error", err, "ok")
		d.wants("decided", []any{done.SMS, d.request(1).State}, []any{account.SMSNotSent, account.RecoveryApproved})
	}
}

// The answers come in the order: not to be had, not allowed, wrong, not now.
func TestDecisionsAnswerInOrder(t *testing.T) {
	d := newDesk(t)
	aside := d.admin(71, grant(account.UnitGrant, d.Finance))
	higher := d.admin(72, grant(account.UnitGrant, d.Province))
	frozen := admintest.NewPerson(60, "周强", "zhouqiang", d.Data, d.Data)
	frozen.Staff.State = staff.Frozen
	d.put(frozen)
	old, of := admintest.Request(7, d.ZhangMin), admintest.Request(6, frozen)
	old.Expires = d.now
	d.store.Put(admintest.Seed{Requests: []account.RecoveryRequest{old, of}})
	blank := admin.DecisionInput{}
	edit := func(in admin.DecisionInput, change func(*admin.DecisionInput)) admin.DecisionInput {
		change(&in)
		return in
	}
	for _, tt := range []struct {
		name string
		by   account.Person
		n    int
		in   admin.DecisionInput
		want string
	}{
		{"no such request, and wrong", d.WangFang, 99, blank, "not_found"},
		{"out of sight, and wrong", aside, 2, blank, "not_found"},
		{"oneself, and wrong", d.LinWei, 2, blank, "permission_denied"},
		{"who holds more, and wrong", d.LinWei, 3, blank, "permission_denied"},
		{"who holds more than the whole tree's unit administrator", higher, 3, approval, "permission_denied"},
		{"who holds less", higher, 2, approval, "ok"},
		{"an equal", d.WangFang, 3, approval, "ok"},
		{"by a concurrent post", aside, 1, blank, "field_invalid decision:required"},
		{"no such decision", aside, 1, admin.DecisionInput{Decision: "later"}, "field_invalid decision:not_a_choice"},
		{"not confirmed", aside, 1, edit(approval, func(in *admin.DecisionInput) { in.PhoneConfirmed = false }), "field_invalid phoneConfirmed:required"},
		{"confirmed nohow", aside, 1, edit(approval, func(in *admin.DecisionInput) { in.HowConfirmed = " " }), "field_invalid howConfirmed:required"},
		{"confirmed at length", aside, 1, edit(approval, func(in *admin.DecisionInput) { in.HowConfirmed = strings.Repeat("长", 201) }), "field_invalid howConfirmed:too_long"},
		{"approved with a reason to reject", aside, 1, edit(approval, func(in *admin.DecisionInput) { in.Reason = "不行" }), "field_invalid reason:disagrees"},
		{"rejected without a reason", aside, 1, edit(rejection, func(in *admin.DecisionInput) { in.Reason = "" }), "field_invalid reason:required"},
		{"rejected, and confirmed", aside, 1, edit(rejection, func(in *admin.DecisionInput) { in.PhoneConfirmed, in.HowConfirmed = true, "当面" }), "field_invalid phoneConfirmed:disagrees howConfirmed:disagrees"},
		{"rejected already", d.LinWei, 5, approval, "already_decided"},
		{"wrong, and rejected already", d.LinWei, 5, blank, "field_invalid decision:required"},
		{"expired", d.LinWei, 7, approval, "state_conflict"},
		{"expired, to reject", d.LinWei, 7, rejection, "state_conflict"},
		{"of somebody frozen", d.LinWei, 6, approval, "state_conflict"},
		{"of somebody frozen, to reject", d.LinWei, 6, rejection, "ok"},
		{"of somebody who has left", d.LinWei, 4, approval, "state_conflict"},
	} {
		before := len(d.store.Entries())
		_, err := d.decide(tt.by, tt.n, tt.in)
		d.wants(tt.name, err, tt.want)
		d.wants(tt.name+": audit", len(d.store.Entries()) > before, tt.want == "ok")
	}
	_, err := d.decides().Load(t.Context(), d.may(d.WangFang, account.StaffEdit), "../x")
	d.wants("no id", err, "not_found")
}

func TestDecisionLosesARace(t *testing.T) {
	for _, tt := range []struct {
		name  string
		rival func(d *desk)
		want  string
	}{
		{"the record is edited", func(d *desk) { d.ZhangMin.Staff.Revision = 8; d.put(d.ZhangMin) }, "ok"},
		{"the phone is changed", func(d *desk) {
			d.ZhangMin.Staff.Phone, d.ZhangMin.Staff.Revision, d.ZhangMin.Account.Epoch = admintest.Phone(77), 8, 2
			d.put(d.ZhangMin)
		}, "ok"},
		{"another administrator rejects", func(d *desk) {
			d.store.Put(admintest.Seed{Requests: []account.RecoveryRequest{d.Seed.Requests[0].Reject(d.WangFang.Staff.Code, "x", d.now)}})
		}, "already_decided"},
		{"the person gets a grant that is not covered", func(d *desk) { d.ZhangMin.Account.Grants = d.WangFang.Account.Grants; d.put(d.ZhangMin) }, "permission_denied"},
		{"the person is frozen", func(d *desk) { d.ZhangMin.Staff.State, d.ZhangMin.Staff.Revision = staff.Frozen, 8; d.put(d.ZhangMin) }, "state_conflict"},
		{"the caller's session is over", func(d *desk) { d.LinWei.Account.Epoch++; d.put(d.LinWei) }, "session_expired"},
		{"the caller's grant is another one", func(d *desk) {
			d.LinWei.Account.Grants = []account.Grant{grant(account.UnitGrant, d.Finance)}
			d.put(d.LinWei)
		}, "ok"},
		{"the caller may only read", func(d *desk) {
			d.LinWei.Account.Grants = []account.Grant{grant(account.AuditGrant, d.District)}
			d.put(d.LinWei)
		}, "permission_denied"},
		{"the caller does not see the person any more", func(d *desk) {
			d.LinWei.Account.Grants = []account.Grant{grant(account.UnitGrant, d.Centre)}
			d.put(d.LinWei)
		}, "not_found"},
	} {
		d := newDesk(t)
		d.races(1, func() { tt.rival(d) })
		_, err := d.decide(d.LinWei, 1, approval)
		d.wants(tt.name, err, tt.want)
		d.wants(tt.name+": audit", d.actions() != "", tt.want == "ok")
		if tt.want == "ok" {
			p := d.person(d.ZhangMin.Staff.Code)
			d.wants(tt.name+": as read at last", []any{d.request(1).Phone.E164(), d.request(1).Epoch}, []any{p.Staff.Phone.E164(), p.Account.Epoch})
		}
	}
}

// list is the queue of somebody: the numbers of the requests on all pages, and how many
// are open.
func (d *desk) list(by account.Person, state string, limit int) (string, int) {
	d.Helper()
	uc := admin.RecoveryQueue{Store: d.store, Keys: d.keys, Settings: account.Defaults(), Now: d.clock}
	var all []string
	for cursor := ""; ; {
		page, err := uc.Run(d.Context(), d.may(by, account.StaffEdit), state, limit, cursor)
		d.wants("list", err, "ok")
		for _, l := range page.Requests {
			text := strings.TrimLeft(strings.TrimPrefix(l.Request.ID, "request"), "0")
			if !l.MayDecide {
				text += "!"
			}
			all = append(all, text)
		}
		if cursor = page.Next; cursor == "" {
			return strings.Join(all, " "), page.Open
		}
	}
}

func TestRecoveryQueue(t *testing.T) {
	d := newDesk(t)
	aside := d.admin(71, grant(account.UnitGrant, d.Finance))
	both := d.admin(72, grant(account.UnitGrant, d.Finance), grant(account.UnitGrant, d.Data), grant(account.UnitGrant, d.Section), grant(account.AuditGrant, d.Province))
	for _, tt := range []struct {
		name  string
		by    account.Person
		state string
		want  string
		open  int
	}{
		{"the oldest first; not about oneself, nor about who holds more", d.LinWei, "", "4 3! 2! 1", 4},
		{"pending", d.WangFang, "pending", "4 3 2 1", 4},
		{"of a unit", aside, "", "3! 1", 2},
		{"of two units, one of them in part twice: each once", both, "", "4 3! 2! 1", 4},
		{"rejected", d.WangFang, "rejected", "5!", 4},
		{"approved", d.WangFang, "approved", "", 4},
	} {
		for _, limit := range []int{1, 2, 100} {
			got, open := d.list(tt.by, tt.state, limit)
			d.wants(tt.name, []any{got, open}, []any{tt.want, tt.open})
		}
	}
	_, err := d.decide(d.WangFang, 3, approval)
	d.wants("approve", err, "ok")
	got, open := d.list(d.WangFang, "", 100)
	d.wants("what is decided leaves", []any{got, open}, []any{"4 2 1", 3})
	got, _ = d.list(d.WangFang, "approved", 100)
	d.wants("approved", got, "3!")

	d.now = admintest.Noon.Add(-2*time.Hour + 7*24*time.Hour) // 4 and 2 are over; so is the approval of 3
	got, open = d.list(d.WangFang, "", 100)
	d.wants("what has expired leaves", []any{got, open}, []any{"1", 1})
	got, _ = d.list(d.WangFang, "expired", 1)
	d.wants("expired", got, "4! 3! 2!")
	got, _ = d.list(d.WangFang, "approved", 100)
	d.wants("approved", got, "")
}

func TestRecoveryQueueRefuses(t *testing.T) {
	d := newDesk(t)
	uc := admin.RecoveryQueue{Store: d.store, Keys: d.keys, Settings: account.Defaults(), Now: d.clock}
	first, err := uc.Run(t.Context(), d.may(d.LinWei, account.StaffEdit), "", 1, "")
	d.wants("first page", []any{err, first.Next != ""}, []any{nil, true})
	for _, tt := range []struct {
		name, state, cursor string
		by                  account.Person
		want                string
	}{
		{"a state that there is not", "done", "", d.LinWei, "field_invalid state:not_a_choice"},
		{"a cursor of another state", "rejected", first.Next, d.LinWei, "field_invalid cursor:invalid"},
		{"somebody else's cursor", "", first.Next, d.WangFang, "field_invalid cursor:invalid"},
		{"a cursor made up", "", "eyJrIjoiMSJ9", d.LinWei, "field_invalid cursor:invalid"},
	} {
		_, err := uc.Run(t.Context(), d.may(tt.by, account.StaffEdit), tt.state, 1, tt.cursor)
		d.wants(tt.name, err, tt.want)
	}
}
