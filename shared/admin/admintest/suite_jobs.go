package admintest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/jobs"
	"chaoxi/shared/staff"
)

func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }

// claim claims a chunk for five minutes, n minutes after Noon.
func (s subject) claim(st Stores, job string, chunk int, worker string, n int) (jobs.Job, jobs.Chunk, string) {
	s.Helper()
	j, c, try, err := st.ClaimChunk(s.Context(), job, chunk, worker, Noon.Add(minutes(n)), Noon.Add(minutes(n+5)))
	if err != nil {
		if j.ID != "" || c.N != 0 || try != 0 {
			s.Errorf("%v with %+v %+v %d", err, j, c, try)
		}
		return j, c, Verdict(err)
	}
	return j, c, fmt.Sprintf("try %d", try)
}

func (s subject) worksOnChunks() {
	st := s.open(s.T, s.Seed)
	first := jobs.Chunk{N: 1, Position: "a place", People: []staff.EmployeeCode{s.ZhangMin.Staff.Code, s.LinWei.Staff.Code}}
	made := s.job(st, 1, jobs.Job{ID: "job-1", Kind: "a kind", Owner: s.LinWei.Staff.Code, Total: 9, Unstoppable: true, Params: map[string]string{"org": "x"}}, first)
	s.wants("the job", of(st.Job(s.Context(), "job-1"))(s), made)
	is := func(what string, n int, worker string, at int, want string) {
		s.Helper()
		_, _, got := s.claim(st, "job-1", n, worker, at)
		s.wants(what, got, want)
	}
	is("a chunk that there is not", 2, "w1", 2, "not claimed")
	_, _, verdict := s.claim(st, "job-0", 1, "w1", 2)
	s.wants("a job that there is not", verdict, "not claimed")

	j, c, verdict := s.claim(st, "job-1", 1, "w1", 2)
	made.State, made.UpdatedAt = jobs.Running, Noon.Add(minutes(2))
	s.wants("claimed", []any{verdict, j, c}, []any{"try 1", made, first})
	is("claimed by another meanwhile", 1, "w2", 6, "not claimed")
	is("claimed by the same meanwhile", 1, "w1", 6, "not claimed")
	is("claimed when the lease is over", 1, "w2", 7, "try 2")
	next := []jobs.Chunk{{Position: "on", People: []staff.EmployeeCode{s.SunLi.Staff.Code}}, {Position: "further"}}
	results := []jobs.Result{
		{Row: 4, Staff: s.ZhangMin.Staff.Code, Name: "张敏", Outcome: jobs.OutcomeDone, Changes: []audit.Change{{Field: "name", Old: "张敏", New: "张闵"}}},
		{Staff: s.LinWei.Staff.Code, Name: "林伟", Outcome: jobs.OutcomeFailed, Code: "internal", Errors: []fault.Field{{Path: "name", FieldCode: fault.Required}}},
	}
	worked := jobs.Worked{Done: 2, Failed: 1, Results: results, Next: next}
	s.wants("finished by the worker who was too slow", Verdict(st.FinishChunk(s.Context(), j, c, "w1", worked, Noon.Add(minutes(8)))), "not claimed")
	s.release(st, 1, "w1")
	is("released by the worker who was too slow", 1, "w3", 8, "not claimed")
	s.release(st, 1, "w2")
	is("released by its worker", 1, "w3", 8, "try 3")
	s.wants("finished", Verdict(st.FinishChunk(s.Context(), j, c, "w3", worked, Noon.Add(minutes(9)))), "ok")
	s.wants("finished again", Verdict(st.FinishChunk(s.Context(), j, c, "w3", worked, Noon.Add(minutes(9)))), "not claimed")
	made.Done, made.Failed, made.Finished, made.Chunks, made.UpdatedAt = 2, 1, 1, 3, Noon.Add(minutes(9))
	s.wants("the job's sums", of(st.Job(s.Context(), "job-1"))(s), made)
	is("claimed after that", 1, "w4", 60, "not claimed")

	_, c, verdict = s.claim(st, "job-1", 3, "w5", 10)
	s.wants("a chunk that follows", []any{verdict, c}, []any{"try 1", jobs.Chunk{N: 3, Position: "further"}})
	_, c, _ = s.claim(st, "job-1", 2, "w5", 10)
	s.wants("another one", c, jobs.Chunk{N: 2, Position: "on", People: next[0].People})
	s.wants("finished without results", Verdict(st.FinishChunk(s.Context(), j, c, "w5", jobs.Worked{Done: 1}, Noon.Add(minutes(11)))), "ok")
	read := func(limit int) []jobs.Result {
		return walk(s, limit, func(after string) ([]jobs.Result, string, error) {
			return st.JobResults(s.Context(), "job-1", after, limit)
		})
	}
	s.wants("results one by one", read(1), results)
	s.wants("results at once", read(10), results)
	some, last, err := st.JobResults(s.Context(), "job-1", "", 2)
	s.wants("all results on one page", []any{len(some), last, err}, []any{2, "", nil})
	some, last, err = st.JobResults(s.Context(), "job-0", "", 2)
	s.wants("results of no job", []any{len(some), last, err}, []any{0, "", nil})

	if err := st.FailJob(s.Context(), "job-1", "internal", Noon.Add(minutes(12))); err != nil {
		s.Fatal(err)
	}
	failed := of(st.Job(s.Context(), "job-1"))(s)
	s.wants("failed", []any{failed.State, failed.Code, failed.UpdatedAt}, []any{jobs.Failed, "internal", Noon.Add(minutes(12))})
	s.release(st, 3, "w5")
	is("claimed when the job has failed", 3, "w6", 60, "not claimed")
}

func (s subject) release(st Stores, n int, worker string) {
	s.Helper()
	if err := st.ReleaseChunk(s.Context(), "job-1", n, worker); err != nil {
		s.Fatal(err)
	}
}

func (s subject) readsJobs() {
	st := s.open(s.T, s.Seed)
	s.wants("no job", of(st.Job(s.Context(), "job-0"))(s), jobs.Job{})
	var ids []string
	for n, owner := range []staff.EmployeeCode{s.LinWei.Staff.Code, s.WangFang.Staff.Code, s.LinWei.Staff.Code} {
		j := s.job(st, n+1, jobs.Job{ID: fmt.Sprintf("job-%d", n+1), Kind: "a kind", Owner: owner}, jobs.Chunk{N: 1}, jobs.Chunk{N: 2})
		ids = append(ids, j.ID)
	}
	slices.Reverse(ids)
	list := func(owner staff.EmployeeCode, limit int) []string {
		var all []string
		for _, j := range walk(s, limit, func(after string) ([]admin.JobRow, string, error) {
			page, last, err := st.JobsPage(s.Context(), owner, after, limit)
			if err == nil && last != "" && len(page) > 0 && page[len(page)-1].Key != last {
				err = errors.New("the last place is not that of the last job")
			}
			return page, last, err
		}) {
			all = append(all, j.ID)
		}
		return all
	}
	for _, limit := range []int{1, 2, 10} {
		s.wants("everybody's", list(staff.EmployeeCode{}, limit), ids)
		s.wants("an owner's", list(s.LinWei.Staff.Code, limit), []string{"job-3", "job-1"})
		s.wants("of somebody who has none", list(s.SunLi.Staff.Code, limit), []string(nil))
	}

	// Chunk 1 was claimed in minute 5 until minute 10, chunk 2 waits since minute 1.
	s.claim(st, "job-1", 1, "w1", 5)
	rearm := func(since, now int) {
		s.Helper()
		if err := st.RearmChunks(s.Context(), "job-1", Noon.Add(minutes(since)), Noon.Add(minutes(now))); err != nil {
			s.Fatal(err)
		}
	}
	rearm(4, 6)
	s.wants("touched", of(st.Job(s.Context(), "job-1"))(s).UpdatedAt, Noon.Add(minutes(6)))
	_, _, verdict := s.claim(st, "job-1", 1, "w2", 7)
	s.wants("a chunk that began after that", verdict, "not claimed")
	rearm(5, 7)
	_, _, verdict = s.claim(st, "job-1", 1, "w2", 8)
	s.wants("a chunk that began before that", verdict, "try 2")
	rearm(5, 3)
	s.wants("never touched earlier than before", of(st.Job(s.Context(), "job-1"))(s).UpdatedAt, Noon.Add(minutes(8)))
}

func (s subject) stopsJobs() {
	st := s.open(s.T, s.Seed)
	for n := range 3 {
		s.job(st, n+1, jobs.Job{ID: fmt.Sprintf("job-%d", n+1), Kind: "a kind", Owner: s.LinWei.Staff.Code}, jobs.Chunk{N: 1})
	}
	stop := func(id string, n int) string {
		return Verdict(st.StopJob(s.Context(), account.Caller{}, id, Noon.Add(minutes(n))))
	}
	s.wants("one that waits", stop("job-1", 5), "ok")
	stopped := of(st.Job(s.Context(), "job-1"))(s)
	s.wants("stopped", []any{stopped.State, stopped.UpdatedAt}, []any{jobs.Stopped, Noon.Add(minutes(5))})
	s.wants("again, later", stop("job-1", 6), admin.ErrJobOver)
	_, _, verdict := s.claim(st, "job-1", 1, "w1", 7)
	s.wants("a chunk of it", verdict, "not claimed")
	if err := st.FailJob(s.Context(), "job-1", "internal", Noon.Add(minutes(8))); err != nil {
		s.Fatal(err)
	}
	s.wants("a job that was stopped does not fail", of(st.Job(s.Context(), "job-1"))(s).State, jobs.Stopped)

	j, c, _ := s.claim(st, "job-2", 1, "w1", 7)
	s.wants("one that runs", stop("job-2", 8), "ok")
	s.wants("its chunk that runs may finish", Verdict(st.FinishChunk(s.Context(), j, c, "w1", jobs.Worked{Done: 3}, Noon.Add(minutes(9)))), "ok")
	s.wants("and counts", of(st.Job(s.Context(), "job-2"))(s).Done, 3)
	j, c, _ = s.claim(st, "job-3", 1, "w1", 7)
	s.wants("the last chunk", Verdict(st.FinishChunk(s.Context(), j, c, "w1", jobs.Worked{}, Noon.Add(minutes(9)))), "ok")
	s.wants("one that is done", stop("job-3", 10), admin.ErrJobOver)
	s.wants("one that there is not", stop("job-0", 10), admin.ErrJobOver)
}
