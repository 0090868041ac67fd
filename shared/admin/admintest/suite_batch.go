package admintest

import (
	"time"

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
