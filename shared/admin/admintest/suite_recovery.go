package admintest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
)

// Request is the request n of somebody, made n hours before Noon.
func Request(n int, of account.Person) account.RecoveryRequest {
	at := Noon.Add(-time.Duration(n) * time.Hour)
	return account.RecoveryRequest{ID: fmt.Sprintf("request%015d", n), Staff: of.Staff.Code, State: account.RecoveryPending, Reason: "手机丢了", Created: at, Expires: at.Add(7 * 24 * time.Hour)}
}

// decision is an approval of the first request of the town, changed by the edit.
func (s subject) decision(edit func(*admin.RecoveryDecision)) admin.RecoveryDecision {
	was := s.Seed.Requests[0]
	d := admin.RecoveryDecision{
		Was: was, Now: was.Approve(s.ZhangMin, s.WangFang.Staff.Code, "当面核对", Noon, account.Defaults()), Person: s.ZhangMin, By: CallerOf(s.WangFang),
		Audit: Entry(1, audit.ApproveRecovery, s.WangFang, audit.OfStaff(s.ZhangMin.Staff.Code)),
	}
	edit(&d)
	return d
}

func (s subject) decides() {
	reject := func(d *admin.RecoveryDecision) {
		d.Now = d.Was.Reject(s.WangFang.Staff.Code, "未能确认本人", Noon)
	}
	for _, tt := range []struct {
		name string
		edit func(*admin.RecoveryDecision)
		want string
	}{
		{"an approval", func(*admin.RecoveryDecision) {}, "ok"},
		{"a rejection", reject, "ok"},
		{"of a request that was decided", func(d *admin.RecoveryDecision) { d.Was.State = account.RecoveryApproved }, "revised"},
		{"of a request that does not exist", func(d *admin.RecoveryDecision) { d.Was.ID = "none"; d.Now.ID = "none" }, "revised"},
		{"for another record", func(d *admin.RecoveryDecision) { d.Person.Staff.Revision++ }, "revised"},
		{"for another epoch", func(d *admin.RecoveryDecision) { d.Person.Account.Epoch++ }, "revised"},
		{"for other grants", func(d *admin.RecoveryDecision) { d.Person.Account.Grants = s.LinWei.Account.Grants }, "revised"},
		{"of somebody who holds grants", func(d *admin.RecoveryDecision) {
			d.Was, d.Person = s.Seed.Requests[1], s.LinWei
			d.Now = d.Was.Approve(s.LinWei, s.WangFang.Staff.Code, "当面核对", Noon, account.Defaults())
		}, "ok"},
		{"of somebody who has lost grants", func(d *admin.RecoveryDecision) {
			d.Was, d.Person = s.Seed.Requests[1], s.LinWei
			d.Person.Account.Grants = nil
		}, "revised"},
	} {
		s.Run(tt.name, func(t *testing.T) {
			s := s
			s.T = t
			st := s.open(t, s.Seed)
			d := s.decision(tt.edit)
			s.wants("error", Verdict(st.DecideRecovery(t.Context(), d)), tt.want)
			want := d.Now
			if tt.want != "ok" {
				want = d.Was
				if want.State = account.RecoveryPending; want.ID == "none" {
					want = account.RecoveryRequest{}
				}
			}
			s.wants("request", of(st.RecoveryRequest(t.Context(), d.Was.ID))(s), want)
			s.wants("audit", len(s.trail(st, s.ZhangMin.Staff.Code)) == 1, tt.want == "ok")
			s.wants("again", Verdict(st.DecideRecovery(t.Context(), s.decision(func(again *admin.RecoveryDecision) {
				*again = d
				again.Audit.ID = "another"
			}))), "revised")
		})
	}
}

func (s subject) readsQueues() {
	st := s.open(s.T, s.Seed)
	for _, tt := range []struct {
		name    string
		stretch admin.QueueStretch
		want    string
	}{
		{"of the top", admin.QueueStretch{QueueRow: account.QueueRow{Scope: s.Province.Code}}, "4 3 2 1"},
		{"of a unit", admin.QueueStretch{QueueRow: account.QueueRow{Scope: s.Data.Code}}, "4 2 1"},
		{"by a concurrent post", admin.QueueStretch{QueueRow: account.QueueRow{Scope: s.Finance.Code}}, "3 1"},
		{"of nobody", admin.QueueStretch{QueueRow: account.QueueRow{Scope: s.Centre.Code}}, ""},
		{"in another state", admin.QueueStretch{QueueRow: account.QueueRow{Scope: s.Province.Code, State: account.RecoveryRejected}}, "5"},
		{"the first", admin.QueueStretch{QueueRow: account.QueueRow{Scope: s.Province.Code}, Limit: 2}, "4 3"},
		{"from a time on", admin.QueueStretch{QueueRow: account.QueueRow{Scope: s.Province.Code}, From: Noon.Add(-3 * time.Hour)}, "3 2 1"},
		{"before a time", admin.QueueStretch{QueueRow: account.QueueRow{Scope: s.Province.Code}, To: Noon.Add(-3 * time.Hour)}, "4"},
		{"after a place", admin.QueueStretch{QueueRow: account.QueueRow{Scope: s.Province.Code}, After: queuePlace(s.Seed.Requests[2])}, "2 1"},
		{"after a place, from a time on", admin.QueueStretch{QueueRow: account.QueueRow{Scope: s.Province.Code}, After: queuePlace(s.Seed.Requests[3]), From: Noon.Add(-2 * time.Hour)}, "2 1"},
		{"after the last place", admin.QueueStretch{QueueRow: account.QueueRow{Scope: s.Province.Code}, After: queuePlace(s.Seed.Requests[0])}, ""},
		{"after the end", admin.QueueStretch{QueueRow: account.QueueRow{Scope: s.Province.Code}, After: queuePlace(s.Seed.Requests[0]), To: Noon.Add(-3 * time.Hour)}, ""},
	} {
		if tt.stretch.State == "" {
			tt.stretch.State = account.RecoveryPending
		}
		if tt.stretch.Limit == 0 {
			tt.stretch.Limit = 10
		}
		rows := of(st.QueueRows(s.Context(), tt.stretch))(s)
		var got []string
		for _, r := range rows {
			got = append(got, strings.TrimLeft(strings.TrimPrefix(r.ID, "request"), "0"))
			s.wants(tt.name+": the place", r.Place[len("2040-03-02T12:00:00.000Z#"):], r.ID)
		}
		s.wants(tt.name, strings.Join(got, " "), tt.want)
	}
	rows := []admin.QueuedRequest{{ID: Request(1, s.ZhangMin).ID, Staff: s.ZhangMin.Staff.Code}, {ID: "none", Staff: EmployeeCode(99)}}
	requests, people, err := st.RequestsOf(s.Context(), rows)
	s.wants("requests", []any{requests, err}, []any{map[string]account.RecoveryRequest{rows[0].ID: s.Seed.Requests[0]}, nil})
	s.wants("people", []any{len(people), text(people[s.ZhangMin.Staff.Code])}, []any{1, s.person(st, s.ZhangMin.Staff.Code)})
}
