package jobstest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/jobs"
	"chaoxi/shared/roster"
	"chaoxi/shared/staff"
)

// All has the store interfaces of the use cases that do, show and stop jobs.
type All interface {
	jobs.RunJobsStore
	admin.JobStore
	admin.JobPeopleReader
	admin.JobRowReader
	admin.JobRowWriter
}

// UnderTest is a store without jobs, and how the suite adds one.
type UnderTest struct {
	All
	Add func(jobs.NewJob)
}

// Suite tests whether a store keeps the promises of the interfaces in All.
func Suite(t *testing.T, newStore func(*testing.T) UnderTest) {
	for _, part := range []struct {
		name string
		test func(*suite)
	}{
		{"chunks", (*suite).chunks},
		{"results", (*suite).results},
		{"people", (*suite).people},
		{"rows", (*suite).rows},
		{"over", (*suite).over},
		{"failing", (*suite).failing},
		{"pages", (*suite).pages},
		{"rearming", (*suite).rearming},
		{"stopping", (*suite).stopping},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			part.test(&suite{t, newStore(t)})
		})
	}
}

// suite is one part of the suite, with a store of its own.
type suite struct {
	*testing.T
	UnderTest
}

// Noon is when all begins. It is to come, since a table deletes jobs that are too old.
var Noon = time.Date(2040, 3, 2, 12, 0, 0, 0, time.UTC)

// at is n minutes after Noon.
func at(n int) time.Time { return Noon.Add(time.Duration(n) * time.Minute) }

// Owner is the employee code of the number n.
func Owner(n int) staff.EmployeeCode {
	c, err := staff.ParseEmployeeCode(fmt.Sprintf("GE_%032x", n))
	if err != nil {
		panic(err)
	}
	return c
}

func (s *suite) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *suite) wants(what string, got, want any) {
	s.Helper()
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		s.Errorf("%s\n got %+v\nwant %+v", what, got, want)
	}
}

// refused fails the test unless err is one.
func (s *suite) refused(what string, err, one error) {
	s.Helper()
	if !errors.Is(err, one) {
		s.Errorf("%s: error %v, want %v", what, err, one)
	}
}

// job adds job-n, which is made n minutes after Noon.
func (s *suite) job(n int, j jobs.Job, chunks ...jobs.Chunk) jobs.Job {
	s.Helper()
	j.ID, j.Kind, j.CreatedAt, j.UpdatedAt, j.State, j.Chunks = fmt.Sprintf("job-%d", n), "a kind", at(n), at(n), jobs.Queued, len(chunks)
	s.Add(jobs.NewJob{Job: j, First: chunks})
	return j
}

func (s *suite) read(id string) jobs.Job {
	s.Helper()
	j, err := s.Job(s.Context(), id)
	s.must(err)
	return j
}

// claim claims a chunk for five minutes, n minutes after Noon. It says which try it is.
func (s *suite) claim(job string, chunk int, worker string, n int) (jobs.Job, jobs.Chunk, string) {
	s.Helper()
	j, c, try, err := s.ClaimChunk(s.Context(), job, chunk, worker, at(n), at(n+5))
	switch {
	case errors.Is(err, jobs.ErrNotClaimed):
		if j.ID != "" || c.N != 0 || try != 0 {
			s.Errorf("not claimed, with %+v %+v %d", j, c, try)
		}
		return j, c, "not claimed"
	case err != nil:
		s.Fatal(err)
	}
	return j, c, fmt.Sprintf("try %d", try)
}

// claims is claim for what it says alone.
func (s *suite) claims(what, job string, chunk int, worker string, n int, want string) {
	s.Helper()
	_, _, got := s.claim(job, chunk, worker, n)
	s.wants(what, got, want)
}

func (s *suite) chunks() {
	ctx := s.Context()
	first := jobs.Chunk{N: 1, Position: "a place", People: []staff.EmployeeCode{Owner(1), Owner(2)}}
	made := s.job(1, jobs.Job{Owner: Owner(2), Total: 9, Unstoppable: true, Params: map[string]string{"org": "x"}}, first)
	s.wants("the job", s.read("job-1"), made)
	s.claims("a chunk that there is not", "job-1", 2, "w1", 2, "not claimed")
	s.claims("a job that there is not", "job-0", 1, "w1", 2, "not claimed")

	j, c, verdict := s.claim("job-1", 1, "w1", 2)
	made.State, made.UpdatedAt = jobs.Running, at(2)
	s.wants("claimed", []any{verdict, j, c}, []any{"try 1", made, first})
	s.claims("claimed by another meanwhile", "job-1", 1, "w2", 6, "not claimed")
	s.claims("claimed by the same meanwhile", "job-1", 1, "w1", 6, "not claimed")
	s.claims("claimed when the lease is over", "job-1", 1, "w2", 7, "try 2")
	worked := jobs.Worked{Done: 2, Failed: 1, Next: []jobs.Chunk{{Position: "on", People: []staff.EmployeeCode{Owner(3)}}, {Position: "further"}}}
	s.refused("finished by the worker who was too slow", s.FinishChunk(ctx, j, c, "w1", worked, at(8)), jobs.ErrNotClaimed)
	s.must(s.ReleaseChunk(ctx, "job-1", 1, "w1"))
	s.claims("released by the worker who was too slow", "job-1", 1, "w3", 8, "not claimed")
	s.must(s.ReleaseChunk(ctx, "job-1", 1, "w2"))
	s.claims("released by its worker", "job-1", 1, "w3", 8, "try 3")
	s.must(s.FinishChunk(ctx, j, c, "w3", worked, at(9)))
	s.refused("finished again", s.FinishChunk(ctx, j, c, "w3", worked, at(9)), jobs.ErrNotClaimed)
	made.Done, made.Failed, made.Finished, made.Chunks, made.UpdatedAt = 2, 1, 1, 3, at(9)
	s.wants("the job's sums", s.read("job-1"), made)
	s.claims("claimed after that", "job-1", 1, "w4", 60, "not claimed")

	_, c, verdict = s.claim("job-1", 3, "w5", 10)
	s.wants("a chunk that follows", []any{verdict, c}, []any{"try 1", jobs.Chunk{N: 3, Position: "further"}})
	_, c, verdict = s.claim("job-1", 2, "w5", 10)
	s.wants("another one", []any{verdict, c}, []any{"try 1", jobs.Chunk{N: 2, Position: "on", People: []staff.EmployeeCode{Owner(3)}}})
}

func (s *suite) over() {
	made := s.job(1, jobs.Job{Owner: Owner(2), Unstoppable: true}, jobs.Chunk{N: 1}, jobs.Chunk{N: 2})
	j, c, _ := s.claim("job-1", 1, "w1", 2)
	s.must(s.FinishChunk(s.Context(), j, c, "w1", jobs.Worked{Over: "superseded"}, at(3)))
	made.State, made.Code, made.Finished, made.UpdatedAt = jobs.Stopped, "superseded", 1, at(3)
	s.wants("the job that has nothing left to do", s.read("job-1"), made)
	s.claims("its other chunk", "job-1", 2, "w1", 4, "not claimed")
}

func (s *suite) results() {
	ctx := s.Context()
	s.job(1, jobs.Job{Owner: Owner(2)}, jobs.Chunk{N: 1}, jobs.Chunk{N: 2})
	results := []jobs.Result{
		{Row: 4, Staff: Owner(1), Name: "张敏", Outcome: jobs.OutcomeDone, Changes: []audit.Change{{Field: "name", Old: "张敏", New: "张闵"}},
			Warnings: []fault.Field{{Path: "birthDate", FieldCode: fault.Disagrees, Row: 4, Column: "O 出生日期"}}},
		{Staff: Owner(2), Name: "林伟", Outcome: jobs.OutcomeFailed, Code: "internal", Errors: []fault.Field{{Path: "name", FieldCode: fault.Required}}},
	}
	for n, of := range [][]jobs.Result{results, nil} { // the second chunk has none
		j, c, _ := s.claim("job-1", n+1, "w1", 2)
		s.must(s.FinishChunk(ctx, j, c, "w1", jobs.Worked{Results: of}, at(3)))
	}
	for _, limit := range []int{1, 10} {
		s.wants(fmt.Sprintf("results, by %d", limit), walk(s, limit, func(after string) ([]jobs.Result, string, error) {
			return s.JobResults(ctx, "job-1", after, limit)
		}), results)
	}
	for id, want := range map[string]int{"job-1": 2, "job-0": 0} {
		some, last, err := s.JobResults(ctx, id, "", 2)
		s.wants("all results of "+id+" on one page", []any{len(some), last, err}, []any{want, "", nil})
	}
}

// walk reads a list page by page to its end. No page has more than limit.
func walk[T any](s *suite, limit int, read func(after string) ([]T, string, error)) []T {
	s.Helper()
	var all []T
	for after, pages := "", 0; ; pages++ {
		some, last, err := read(after)
		if err != nil || len(some) > limit || pages > 100 {
			s.Fatalf("page %d has %d: %v", pages, len(some), err)
		}
		if all = append(all, some...); last == "" {
			return all
		}
		after = last
	}
}

func (s *suite) failing() {
	s.job(1, jobs.Job{Owner: Owner(1)}, jobs.Chunk{N: 1}, jobs.Chunk{N: 2})
	s.must(s.FailJob(s.Context(), "job-1", "internal", at(2)))
	s.wants("a job that waits does not fail", s.read("job-1").State, jobs.Queued)
	s.claims("claimed", "job-1", 1, "w1", 10, "try 1")
	s.must(s.FailJob(s.Context(), "job-1", "internal", at(12)))
	failed := s.read("job-1")
	s.wants("failed", []any{failed.State, failed.Code, failed.UpdatedAt}, []any{jobs.Failed, "internal", at(12)})
	s.must(s.ReleaseChunk(s.Context(), "job-1", 1, "w1"))
	s.claims("claimed when the job has failed", "job-1", 1, "w2", 60, "not claimed")
	s.claims("another chunk of it", "job-1", 2, "w2", 60, "not claimed")
}

func (s *suite) pages() {
	s.wants("no job", s.read("job-0"), jobs.Job{})
	var ids []string
	for n, owner := range []staff.EmployeeCode{Owner(1), Owner(2), Owner(1)} {
		ids = append(ids, s.job(n+1, jobs.Job{Owner: owner}, jobs.Chunk{N: 1}).ID)
	}
	slices.Reverse(ids)
	list := func(owner staff.EmployeeCode, limit int) []string {
		var all []string
		for _, j := range walk(s, limit, func(after string) ([]admin.JobRow, string, error) {
			page, last, err := s.JobsPage(s.Context(), owner, after, limit)
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
		s.wants("an owner's", list(Owner(1), limit), []string{"job-3", "job-1"})
		s.wants("of somebody who has none", list(Owner(3), limit), []string(nil))
	}
}

func (s *suite) rearming() {
	// Chunk 1 is claimed in minute 5 until minute 10, chunk 2 waits since minute 1.
	s.job(1, jobs.Job{Owner: Owner(1)}, jobs.Chunk{N: 1}, jobs.Chunk{N: 2})
	s.claims("claimed", "job-1", 1, "w1", 5, "try 1")
	rearm := func(since, now int) {
		s.Helper()
		s.must(s.RearmChunks(s.Context(), "job-1", at(since), at(now)))
	}
	rearm(4, 6)
	s.wants("touched", s.read("job-1").UpdatedAt, at(6))
	s.claims("a chunk that began after that", "job-1", 1, "w2", 7, "not claimed")
	rearm(5, 7)
	s.claims("a chunk that began before that", "job-1", 1, "w2", 8, "try 2")
	rearm(5, 3)
	s.wants("never touched earlier than before", s.read("job-1").UpdatedAt, at(8))
}

func (s *suite) stopping() {
	for n := range 3 {
		s.job(n+1, jobs.Job{Owner: Owner(1)}, jobs.Chunk{N: 1})
	}
	stop := func(id string, n int) error { return s.StopJob(s.Context(), account.Caller{}, id, at(n)) }
	s.must(stop("job-1", 5))
	stopped := s.read("job-1")
	s.wants("stopped", []any{stopped.State, stopped.UpdatedAt}, []any{jobs.Stopped, at(5)})
	s.refused("again, later", stop("job-1", 6), admin.ErrJobOver)
	s.claims("a chunk of it", "job-1", 1, "w1", 7, "not claimed")
	s.must(s.FailJob(s.Context(), "job-1", "internal", at(8)))
	s.wants("a job that was stopped does not fail", s.read("job-1").State, jobs.Stopped)

	j, c, _ := s.claim("job-2", 1, "w1", 7)
	s.must(stop("job-2", 8)) // it runs
	s.must(s.FinishChunk(s.Context(), j, c, "w1", jobs.Worked{Done: 3}, at(9)))
	s.wants("its chunk that ran counts", s.read("job-2").Done, 3)
	j, c, _ = s.claim("job-3", 1, "w1", 7)
	s.must(s.FinishChunk(s.Context(), j, c, "w1", jobs.Worked{}, at(9)))
	s.refused("one that is done", stop("job-3", 10), admin.ErrJobOver)
	s.refused("one that there is not", stop("job-0", 10), admin.ErrJobOver)
}

// The people whom a job is made with are read in their order, from any place on.
func (s *suite) people() {
	many := make([]staff.EmployeeCode, 1203)
	for i := range many {
		many[i] = Owner(i + 1)
	}
	s.Add(jobs.NewJob{Job: jobs.Job{ID: "job", Kind: "a kind", Owner: Owner(1), CreatedAt: Noon, UpdatedAt: Noon, State: jobs.Queued, Chunks: 1}, First: []jobs.Chunk{{N: 1}}, People: many})
	var read []staff.EmployeeCode
	for {
		some, err := s.JobPeople(s.Context(), "job", len(read), jobs.ChunkSize)
		s.must(err)
		if len(some) == 0 {
			break
		}
		read = append(read, some...)
	}
	s.wants("people", slices.Equal(read, many), true)
	none, err := s.JobPeople(s.Context(), "another", 0, jobs.ChunkSize)
	s.must(err)
	s.wants("people of another job", len(none), 0)
	marks, err := s.JobMarks(s.Context(), "job", many[:jobs.ChunkSize])
	s.must(err)
	s.wants("marks", len(marks), 0)
}

// What the chunks of an import are about is there before the job, and goes with each chunk's
// end.
func (s *suite) rows() {
	flaw := fault.Field{Path: "idCard", Row: 4, Column: "C 身份证号", FieldCode: fault.IDCardLost}
	first := []roster.Person{
		{Row: 3, Values: map[string]string{"name": "张敏", "phone": "13700000004"}, Posts: []roster.Post{{Row: 3, Values: map[string]string{"unit": "数据局"}}, {Row: 7, Values: map[string]string{"order": "2"}}}},
		{Row: 4, Values: map[string]string{"name": "王芳"}, Flaws: []fault.Field{flaw}},
	}
	second := []roster.Person{{Row: 5, Values: map[string]string{"name": "周强"}}}
	s.must(s.PutJobRows(s.Context(), "job-1", [][]roster.Person{first, second}, at(60*24)))
	j := s.job(1, jobs.Job{Owner: Owner(1)}, jobs.Chunk{N: 1})
	read := func(n int) []roster.Person {
		s.Helper()
		people, err := s.JobRows(s.Context(), j.ID, n)
		s.must(err)
		return people
	}
	s.wants("the first chunk", read(1), first)
	s.wants("the second", read(2), second)
	s.wants("a third", len(read(3)), 0)
	_, chunk, _, err := s.ClaimChunk(s.Context(), j.ID, 1, "worker", at(1), at(6))
	s.must(err)
	s.must(s.FinishChunk(s.Context(), j, chunk, "worker", jobs.Worked{Done: 2, Spent: true, Next: []jobs.Chunk{{}}}, at(2)))
	s.wants("what is spent", len(read(1)), 0)
	s.wants("what is not", read(2), second)
	marks, err := s.RowMarks(s.Context(), j.ID, []int{3, 4})
	s.must(err)
	s.wants("marks", len(marks), 0)
}
