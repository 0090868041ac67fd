package admintest

import (
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/jobs"
	"chaoxi/shared/staff"
)

// batch is a job about 张敏 and 何静, as MakeBatch makes it.
func (s subject) batch() jobs.NewJob {
	people := []staff.EmployeeCode{s.ZhangMin.Staff.Code, s.HeJing.Staff.Code}
	return jobs.NewJob{
		Job:    jobs.Job{ID: "job-1", Kind: "freeze", Owner: s.LinWei.Staff.Code, CreatedAt: Noon, UpdatedAt: Noon, State: jobs.Queued, Total: 2, Chunks: 1},
		First:  []jobs.Chunk{{N: 1, People: people}},
		People: people,
	}
}

// batches is about jobs that are made for themselves, and about what they mark.
func (s subject) batches() {
	st, j := s.open(s.T, s.Seed), s.batch()
	once := &admin.Once{ID: "a hash", Digest: "of what was asked for", Answer: map[string]string{"job": j.ID}, At: Noon}
	s.wants("making a job", Verdict(st.MakeJob(s.Context(), CallerOf(s.LinWei), j, once)), "ok")
	s.wants("the job", of(st.Job(s.Context(), j.ID))(s), j.Job)
	s.wants("its people", of(st.JobPeople(s.Context(), j.ID, 0, 9))(s), j.People)
	s.wants("the request", of(st.ReadOnce(s.Context(), once.ID))(s), *once)
	again := s.batch()
	again.ID = "job-2"
	once.At = Noon.Add(time.Second)
	s.wants("the same request", Verdict(st.MakeJob(s.Context(), CallerOf(s.LinWei), again, once)), "revised")
	s.wants("no second job", of(st.Job(s.Context(), "job-2"))(s), jobs.Job{})

	s.wants("nothing is marked", len(of(st.JobMarks(s.Context(), j.ID, j.People))(s)), 0)
	done := jobs.Result{Staff: s.ZhangMin.Staff.Code, Name: "张敏", Outcome: jobs.OutcomeDone, Changes: []audit.Change{{Field: "accountState", Old: "active", New: "frozen"}}}
	c := state(s.ZhangMin, s.LinWei, audit.Freeze, freeze)
	c.Mark = &jobs.Mark{Job: j.Job, Result: done}
	refused := c
	refused.Was.Revision--
	s.wants("a change that is refused", Verdict(st.ChangeState(s.Context(), refused)), "revised")
	s.wants("leaves no mark", len(of(st.JobMarks(s.Context(), j.ID, j.People))(s)), 0)
	s.wants("a change", Verdict(st.ChangeState(s.Context(), c)), "ok")
	s.wants("its mark", of(st.JobMarks(s.Context(), j.ID, j.People))(s), map[staff.EmployeeCode]jobs.Result{done.Staff: done})
	s.wants("the same change", Verdict(st.ChangeState(s.Context(), c)), "marked")
	now := of(st.Person(s.Context(), done.Staff))(s)
	other := state(now, s.LinWei, audit.Unfreeze, func(c *admin.StateChange) { c.Now.State, c.EndFreeze = staff.Active, true })
	s.wants("making another job", Verdict(st.MakeJob(s.Context(), CallerOf(s.LinWei), again, nil)), "ok")
	other.Audit.ID, other.Mark = "another", &jobs.Mark{Job: again.Job, Result: done}
	s.wants("a change of another job", Verdict(st.ChangeState(s.Context(), other)), "ok")
}

// textsOfJobs is about the marks of texts, which are written before and after them.
func (s subject) textsOfJobs() {
	st, j := s.open(s.T, s.Seed), s.batch()
	s.wants("making a job", Verdict(st.MakeJob(s.Context(), CallerOf(s.LinWei), j, nil)), "ok")
	to := s.ZhangMin.Staff
	result := func(outcome jobs.Outcome) jobs.Mark {
		return jobs.Mark{Job: j.Job, Result: jobs.Result{Staff: to.Code, Name: "张敏", Outcome: outcome}}
	}
	entry := func(id string) audit.Entry {
		return audit.Entry{ID: id, At: Noon, Actor: s.LinWei.Staff.Code, Subject: audit.OfStaff(to.Code), Action: audit.Invite}
	}
	begin := func(by account.Caller, to staff.Staff) string {
		return Verdict(st.BeginText(s.Context(), by, to, result(jobs.OutcomeSending)))
	}
	marks := func() map[staff.EmployeeCode]jobs.Result { return of(st.JobMarks(s.Context(), j.ID, j.People))(s) }
	s.wants("an outcome of nothing", Verdict(st.EndText(s.Context(), result(jobs.OutcomeDone), entry("e0"))), "marked")
	other, changed := CallerOf(s.LinWei), to
	other.Epoch++
	changed.Revision--
	s.wants("by somebody who has changed", begin(other, to), "revised")
	s.wants("to somebody who has changed", begin(CallerOf(s.LinWei), changed), "revised")
	s.wants("no mark", len(marks()), 0)
	s.wants("beginning", begin(CallerOf(s.LinWei), to), "ok")
	s.wants("its mark", marks(), map[staff.EmployeeCode]jobs.Result{to.Code: result(jobs.OutcomeSending).Result})
	s.wants("beginning again", begin(CallerOf(s.LinWei), to), "marked")
	s.wants("beginning again, by somebody who has changed", begin(other, to), "marked")
	s.wants("ending", Verdict(st.EndText(s.Context(), result(jobs.OutcomeDone), entry("e1"))), "ok")
	s.wants("the mark then", marks(), map[staff.EmployeeCode]jobs.Result{to.Code: result(jobs.OutcomeDone).Result})
	s.wants("ending again", Verdict(st.EndText(s.Context(), result(jobs.OutcomeUnknown), entry("e2"))), "marked")
	s.wants("the mark after all", marks()[to.Code].Outcome, jobs.OutcomeDone)
	s.wants("beginning after all", begin(CallerOf(s.LinWei), to), "marked")
	stretch := of(st.AuditEntries(s.Context(), admin.AuditRange{Of: to.Code, From: Noon, To: Noon.Add(time.Hour), Limit: 9}))(s)
	s.wants("entries", len(stretch.Entries), 1)
	s.wants("the entry", stretch.Entries[0].ID, "e1")
}

// imports is about what an import marks: the row, as somebody new has no code before.
func (s subject) imports() {
	st, j := s.open(s.T, s.Seed), s.batch()
	s.wants("making a job", Verdict(st.MakeJob(s.Context(), CallerOf(s.LinWei), j, nil)), "ok")
	added := s.newcomer(func(*admin.Change) {})
	row3 := jobs.Result{Row: 3, Staff: added.Now.Code, Name: "李娜", Outcome: jobs.OutcomeDone, Created: true, Changes: []audit.Change{{Field: "name", New: "李娜"}}}
	added.Mark = &jobs.Mark{Job: j.Job, Result: row3}
	s.wants("somebody added", Verdict(st.AddStaff(s.Context(), added)), "ok")
	again := added
	again.Now.Code, again.Audit.ID, again.Audit.Subject = NewPerson(51, "李娜", "lina", s.Data, s.Data).Staff.Code, "again", "again"
	s.wants("the same row with another code", Verdict(st.AddStaff(s.Context(), again)), "marked")

	now := s.ZhangMin.Staff.Clone()
	now.ShortNumber, now.Version, now.Revision = "61234", now.Version+1, now.Revision+1
	row4 := jobs.Result{Row: 4, Staff: now.Code, Name: now.Name, Outcome: jobs.OutcomeDone, Changes: []audit.Change{{Field: "shortNumber", New: "61234"}}}
	changed := admin.Change{Was: s.ZhangMin.Staff, Now: now, Grants: -1, Mark: &jobs.Mark{Job: j.Job, Result: row4}, Audit: Entry(2, audit.UpdateStaff, s.LinWei, audit.OfStaff(now.Code))}
	s.wants("somebody changed", Verdict(st.Change(s.Context(), changed)), "ok")
	s.wants("the same row", Verdict(st.Change(s.Context(), changed)), "marked")
	s.wants("the marks", of(st.RowMarks(s.Context(), j.ID, []int{2, 3, 4}))(s), map[int]jobs.Result{3: row3, 4: row4})
	s.wants("those of another job", len(of(st.RowMarks(s.Context(), "job-2", []int{3, 4}))(s)), 0)
}
