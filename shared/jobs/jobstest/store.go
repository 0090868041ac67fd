// Package jobstest has a store of maps for tests of use cases that make, do or show
// jobs, and the suite of tests that every store of jobs must pass.
//
// The store does not fail and costs nothing: a test that breaks calls or counts trips
// needs the table. Look first at Store, then at Suite, which says what each method
// promises. Package dynamo runs the same suite.
package jobstest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/jobs"
	"chaoxi/shared/roster"
	"chaoxi/shared/staff"
)

// Store has jobs. It is safe for concurrent use. Make one with New.
type Store struct {
	mu   sync.Mutex
	jobs map[string]*job
	rows map[string]map[int][]roster.Person // by job and chunk
}

// job is a job with its chunks and results.
type job struct {
	jobs.Job
	chunks  map[int]*chunk
	results []jobs.Result
	people  []staff.EmployeeCode
	marks   map[staff.EmployeeCode]jobs.Result
	rowDone map[int]jobs.Result // the marks of an import
}

// chunk is a chunk that waits, or is a worker's until a time, or is done.
type chunk struct {
	jobs.Chunk
	done         bool
	worker       string // "" while it waits
	since, until time.Time
	tries        int
}

// New returns an empty Store.
func New() *Store { return &Store{jobs: map[string]*job{}, rows: map[string]map[int][]roster.Person{}} }

// Add adds a job, as the write does that asks for it.
func (s *Store) Add(j jobs.NewJob) {
	defer s.lock()()
	made := &job{Job: j.Job, chunks: map[int]*chunk{}, people: slices.Clone(j.People), marks: map[staff.EmployeeCode]jobs.Result{}, rowDone: map[int]jobs.Result{}}
	for _, c := range j.First {
		made.chunks[c.N] = &chunk{Chunk: c, since: j.CreatedAt}
	}
	s.jobs[j.ID] = made
}

// Marked reports whether a mark is there.
func (s *Store) Marked(m jobs.Mark) bool {
	defer s.lock()()
	j, _ := s.find(m.Job.ID, 0)
	_, there := j.marks[m.Staff]
	if m.Row > 0 {
		_, there = j.rowDone[m.Row]
	}
	return there
}

// PutMark puts a mark, as the write does that it belongs to.
func (s *Store) PutMark(m jobs.Mark) {
	defer s.lock()()
	if m.Row > 0 {
		s.jobs[m.Job.ID].rowDone[m.Row] = m.Result
		return
	}
	s.jobs[m.Job.ID].marks[m.Staff] = m.Result
}

func (s *Store) PutJobRows(_ context.Context, id string, rows [][]roster.Person, _ time.Time) error {
	defer s.lock()()
	s.rows[id] = map[int][]roster.Person{}
	for i, people := range rows {
		s.rows[id][i+1] = people
	}
	return nil
}

func (s *Store) JobRows(_ context.Context, id string, n int) ([]roster.Person, error) {
	defer s.lock()()
	return slices.Clone(s.rows[id][n]), nil
}

func (s *Store) RowMarks(_ context.Context, id string, rows []int) (map[int]jobs.Result, error) {
	defer s.lock()()
	j, _ := s.find(id, 0)
	done := map[int]jobs.Result{}
	for _, row := range rows {
		if r, ok := j.rowDone[row]; ok {
			done[row] = r
		}
	}
	return done, nil
}

func (s *Store) JobPeople(_ context.Context, id string, from, n int) ([]staff.EmployeeCode, error) {
	defer s.lock()()
	j, _ := s.find(id, 0)
	rest := j.people[min(from, len(j.people)):]
	return slices.Clone(rest[:min(n, len(rest))]), nil
}

func (s *Store) JobMarks(_ context.Context, id string, people []staff.EmployeeCode) (map[staff.EmployeeCode]jobs.Result, error) {
	defer s.lock()()
	j, _ := s.find(id, 0)
	done := map[staff.EmployeeCode]jobs.Result{}
	for _, p := range people {
		if r, ok := j.marks[p]; ok {
			done[p] = r
		}
	}
	return done, nil
}

// lock locks the store until the function that it returns is called.
func (s *Store) lock() (unlock func()) {
	s.mu.Lock()
	return s.mu.Unlock
}

// find is a job and one of its chunks. What does not exist is a job in no state, and a
// chunk that is done.
func (s *Store) find(id string, n int) (*job, *chunk) {
	j := cmp.Or(s.jobs[id], &job{})
	return j, cmp.Or(j.chunks[n], &chunk{done: true})
}

func (s *Store) ClaimChunk(_ context.Context, id string, n int, worker string, now, until time.Time) (jobs.Job, jobs.Chunk, int, error) {
	defer s.lock()()
	j, c := s.find(id, n)
	if c.done || c.worker != "" && c.until.After(now) || j.State != jobs.Queued && j.State != jobs.Running {
		return jobs.Job{}, jobs.Chunk{}, 0, jobs.ErrNotClaimed
	}
	c.worker, c.since, c.until, c.tries = worker, now, until, c.tries+1
	j.State, j.UpdatedAt = jobs.Running, now
	return j.Job, c.Chunk, c.tries, nil
}

func (s *Store) FinishChunk(_ context.Context, of jobs.Job, done jobs.Chunk, worker string, w jobs.Worked, now time.Time) error {
	defer s.lock()()
	j, c := s.find(of.ID, done.N)
	if c.done || c.worker != worker {
		return jobs.ErrNotClaimed
	}
	c.done, c.worker, c.since = true, "", now
	j.Done, j.Failed, j.Finished, j.Chunks, j.UpdatedAt = j.Done+w.Done, j.Failed+w.Failed, j.Finished+1, j.Chunks+len(w.Next), now
	j.results = append(j.results, w.Results...)
	if w.Over != "" {
		j.State, j.Code = jobs.Stopped, w.Over
	}
	if w.Spent {
		delete(s.rows[of.ID], done.N)
	}
	for i, next := range w.Next {
		next.N = done.N + i + 1
		j.chunks[next.N] = &chunk{Chunk: next, since: now}
	}
	return nil
}

func (s *Store) ReleaseChunk(_ context.Context, id string, n int, worker string) error {
	defer s.lock()()
	if _, c := s.find(id, n); c.worker == worker {
		c.until = time.Time{}
	}
	return nil
}

func (s *Store) FailJob(_ context.Context, id, code string, now time.Time) error {
	defer s.lock()()
	if j, _ := s.find(id, 0); j.State == jobs.Running {
		j.State, j.Code, j.UpdatedAt = jobs.Failed, code, now
	}
	return nil
}

func (s *Store) Job(_ context.Context, id string) (jobs.Job, error) {
	defer s.lock()()
	j, _ := s.find(id, 0)
	return j.Job, nil
}

// JobsPage does as a table does: a full page has a last key even if nothing comes
// after it.
func (s *Store) JobsPage(_ context.Context, owner staff.EmployeeCode, after string, limit int) (found []admin.JobRow, last string, _ error) {
	defer s.lock()()
	for _, j := range s.jobs {
		key := j.CreatedAt.UTC().Format("2006-01-02T15:04:05.000Z#") + j.ID
		if (owner.IsZero() || j.Owner == owner) && (after == "" || key < after) {
			found = append(found, admin.JobRow{Job: j.Job, Key: key})
		}
	}
	slices.SortFunc(found, func(a, b admin.JobRow) int { return cmp.Compare(b.Key, a.Key) })
	if len(found) < limit {
		return found, "", nil
	}
	return found[:limit], found[limit-1].Key, nil
}

func (s *Store) JobResults(_ context.Context, id, after string, limit int) ([]jobs.Result, string, error) {
	defer s.lock()()
	j, _ := s.find(id, 0)
	from, err := strconv.Atoi(cmp.Or(after, "0"))
	if to := from + limit; to < len(j.results) {
		return slices.Clone(j.results[from:to]), strconv.Itoa(to), err
	}
	return slices.Clone(j.results[from:]), "", err
}

func (s *Store) RearmChunks(_ context.Context, id string, since, now time.Time) error {
	defer s.lock()()
	j, _ := s.find(id, 0)
	for c := range maps.Values(j.chunks) {
		if !c.done && !c.since.After(since) {
			c.worker, c.since = "", now
		}
	}
	if now.After(j.UpdatedAt) {
		j.UpdatedAt = now
	}
	return nil
}

// StopJob knows nobody, so it does not ask whether the caller has changed.
func (s *Store) StopJob(_ context.Context, _ account.Caller, id string, now time.Time) error {
	defer s.lock()()
	j, _ := s.find(id, 0)
	if j.State != jobs.Queued && (j.State != jobs.Running || j.Finished == j.Chunks) {
		return admin.ErrJobOver
	}
	j.State, j.UpdatedAt = jobs.Stopped, now
	return nil
}
