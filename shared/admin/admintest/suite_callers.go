package admintest

import (
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/jobs"
	"chaoxi/shared/staff"
)

// holdsCallers tests that each change of an administrator is written only if the
// administrator is as they were judged.
func (s subject) holdsCallers() {
	fewer, more, other, ended := CallerOf(s.WangFang), CallerOf(s.WangFang), CallerOf(s.WangFang), CallerOf(s.WangFang)
	fewer.Grants = nil
	more.Grants = append(more.Grants[:1:1], s.LinWei.Account.Grants...)
	other.Grants = []account.Grant{{ID: other.Grants[0].ID, Type: account.UnitGrant, Org: other.Grants[0].Org}}
	ended.Epoch++
	callers := []struct {
		name string
		by   account.Caller
		want string
	}{
		{"as they were judged", CallerOf(s.WangFang), "ok"},
		{"nobody, as the operator's commands", account.Caller{}, "ok"},
		{"judged without a grant", fewer, "revised"},
		{"judged with one more", more, "revised"},
		{"judged with another one of the same id", other, "revised"},
		{"judged in another epoch", ended, "revised"},
		{"somebody who does not exist", account.Caller{Staff: EmployeeCode(99), Epoch: 1}, "revised"},
	}
	about := audit.OfStaff(s.ZhangMin.Staff.Code)
	for _, write := range []struct {
		name string
		do   func(s subject, st Stores, by account.Caller) error
	}{
		{"AddStaff", func(s subject, st Stores, by account.Caller) error {
			return st.AddStaff(s.Context(), s.newcomer(func(c *admin.Change) { c.By, c.Audit.Subject = by, about }))
		}},
		{"Change", func(s subject, st Stores, by account.Caller) error {
			return st.Change(s.Context(), s.edit(func(c *admin.Change) { c.By, c.Audit.Subject = by, about }))
		}},
		{"ChangeState", func(s subject, st Stores, by account.Caller) error {
			return st.ChangeState(s.Context(), state(s.ZhangMin, s.WangFang, audit.Freeze, func(c *admin.StateChange) { freeze(c); c.By = by }))
		}},
		{"ChangeGrants", func(s subject, st Stores, by account.Caller) error {
			return st.ChangeGrants(s.Context(), s.giving(func(c *admin.GrantChange) { c.By = by }))
		}},
		{"ChangeDictionary", func(s subject, st Stores, by account.Caller) error {
			return st.ChangeDictionary(s.Context(), admin.DictionaryChange{
				Now: staff.DictionaryEntry{Dictionary: staff.DictRole, Code: "R9", Label: "新", Order: 9}, By: by, Audit: Entry(1, audit.EditDictionary, s.WangFang, about),
			})
		}},
		{"WriteOrg", func(s subject, st Stores, by account.Caller) error {
			return st.WriteOrg(s.Context(), s.orgChange(1, s.Team, func(c *admin.OrgChange) { c.By, c.Audit.Subject = by, about }))
		}},
		{"DecideRecovery", func(s subject, st Stores, by account.Caller) error {
			return st.DecideRecovery(s.Context(), s.decision(func(d *admin.RecoveryDecision) { d.By = by }))
		}},
		{"Audit", func(s subject, st Stores, by account.Caller) error {
			return st.Audit(s.Context(), by, Entry(1, audit.Reveal, s.WangFang, about))
		}},
	} {
		for _, tt := range callers {
			s.Run(write.name+" by "+tt.name, func(t *testing.T) {
				s := s
				s.T = t
				st := s.open(t, s.Seed)
				s.wants("error", Verdict(write.do(s, st, tt.by)), tt.want)
				s.wants("written", len(s.trail(st, s.ZhangMin.Staff.Code)) == 1, tt.want == "ok")
			})
		}
	}
	for _, tt := range callers {
		s.Run("StopJob by "+tt.name, func(t *testing.T) {
			s := s
			s.T = t
			st := s.open(t, s.Seed)
			job := jobs.Job{ID: "job-1", Kind: "a kind", Owner: s.LinWei.Staff.Code, CreatedAt: Noon, UpdatedAt: Noon, State: jobs.Queued, Chunks: 1}
			makes := s.orgChange(1, s.Team, func(c *admin.OrgChange) { c.Job = &jobs.NewJob{Job: job, First: []jobs.Chunk{{N: 1}}} })
			s.wants("a job begins", Verdict(st.WriteOrg(t.Context(), makes)), "ok")
			s.wants("error", Verdict(st.StopJob(t.Context(), tt.by, "job-1", Noon)), tt.want)
			s.wants("stopped", of(st.Job(t.Context(), "job-1"))(s).State == jobs.Stopped, tt.want == "ok")
		})
		s.Run("MakeJob by "+tt.name, func(t *testing.T) {
			s := s
			s.T = t
			st := s.open(t, s.Seed)
			s.wants("error", Verdict(st.MakeJob(t.Context(), tt.by, s.batch(), nil)), tt.want)
			s.wants("made", of(st.Job(t.Context(), "job-1"))(s).ID == "job-1", tt.want == "ok")
		})
	}
}
