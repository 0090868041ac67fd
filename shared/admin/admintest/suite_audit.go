package admintest

import (
	"fmt"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
)

func (s subject) readsAudit() {
	st := s.open(s.T, s.Seed)
	about, day := audit.OfStaff(s.ZhangMin.Staff.Code), 24*60
	for n, by := range map[int]account.Person{1: s.LinWei, 2: s.WangFang, 3: s.LinWei, 40 * day: s.LinWei} {
		e := Entry(n, audit.Reveal, by, about)
		if err := st.Audit(s.Context(), account.Caller{}, e); err != nil {
			s.Fatal(err)
		}
		for range 2 { // the second time changes nothing
			if err := st.AddToLogs(s.Context(), e, codes(s.Section, s.Data)); err != nil {
				s.Fatal(err)
			}
			e.Reason = "another"
		}
	}
	hidden := Entry(9*day, audit.UpdateStaff, s.ZhangMin, about)
	hidden.ID = "an entry that hides"
	hidden.Hide(audit.Change{Field: "phone", Old: "+86 137*****001", New: "+86 137*****001"}, audit.Change{Field: "phone", Old: "+8613711110001", New: "+8613722220001"})
	hidden.Subject = audit.OfStaff(s.WangFang.Staff.Code)
	s.wants("an entry with whole values", Verdict(st.Audit(s.Context(), account.Caller{}, hidden)), "ok")
	s.wants("its values", of(st.AuditWhole(s.Context(), hidden.ID))(s), admin.WholeChanges{ID: hidden.ID, Subject: hidden.Subject, Changes: hidden.Whole})
	s.wants("of no entry", of(st.AuditWhole(s.Context(), "none"))(s), admin.WholeChanges{})
	stretch := of(st.AuditEntries(s.Context(), admin.AuditRange{Of: s.WangFang.Staff.Code, From: Noon, To: Noon.AddDate(1, 0, 0), Limit: 9}))(s)
	s.wants("the entry as it is read", []any{len(stretch.Entries), stretch.Entries[0].Changes, len(stretch.Entries[0].Whole)}, []any{1, hidden.Changes, 0})

	always := admin.AuditRange{From: Noon, To: Noon.AddDate(1, 0, 0)}
	with := func(change func(*admin.AuditRange)) admin.AuditRange {
		r := always
		change(&r)
		return r
	}
	for _, tt := range []struct {
		name string
		r    admin.AuditRange
		want []int // minutes
	}{
		{"of a person, newest first", with(func(r *admin.AuditRange) { r.Of = s.ZhangMin.Staff.Code }), []int{40 * day, 3, 2, 1}},
		{"of somebody else", with(func(r *admin.AuditRange) { r.Of = s.LinWei.Staff.Code }), nil},
		{"by an administrator", with(func(r *admin.AuditRange) { r.By = s.LinWei.Staff.Code }), []int{40 * day, 3, 1}},
		{"in a month", with(func(r *admin.AuditRange) { r.In, r.Month = s.Data.Code, Noon }), []int{3, 2, 1}},
		{"in a later month", with(func(r *admin.AuditRange) { r.In, r.Month = s.Section.Code, Noon.AddDate(0, 1, 0) }), []int{40 * day}},
		{"elsewhere", with(func(r *admin.AuditRange) { r.In, r.Month = s.Finance.Code, Noon }), nil},
		{"from a moment, to another, which is not in it", with(func(r *admin.AuditRange) {
			r.Of, r.From, r.To = s.ZhangMin.Staff.Code, Noon.Add(time.Minute), Noon.Add(3*time.Minute)
		}), []int{2, 1}},
		{"the wrong way round", with(func(r *admin.AuditRange) { r.Of, r.From, r.To = s.ZhangMin.Staff.Code, Noon.Add(3*time.Minute), Noon }), nil},
	} {
		for _, limit := range []int{1, 100} {
			tt.r.Limit = limit
			var got []int
			for _, e := range walk(s, limit, func(after string) ([]admin.AuditRow, string, error) {
				tt.r.After = after
				stretch, err := st.AuditEntries(s.Context(), tt.r)
				return stretch.Entries, stretch.Last, err
			}) {
				n := int(e.At.Sub(Noon).Minutes())
				got = append(got, n)
				want := Entry(n, audit.Reveal, s.LinWei, about)
				if n == 2 {
					want.Actor = s.WangFang.Staff.Code
				}
				s.wants(tt.name, e.Entry, want)
			}
			s.wants(fmt.Sprintf("%s, by %d", tt.name, limit), got, tt.want)
		}
	}
}
