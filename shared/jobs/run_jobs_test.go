package jobs_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/jobs"
	"chaoxi/shared/jobs/jobstest"
)

// kind is a jobs.Kind by hand.
type kind func(context.Context, jobs.Job, jobs.Chunk) (jobs.Worked, error)

func (k kind) Work(ctx context.Context, j jobs.Job, c jobs.Chunk) (jobs.Worked, error) {
	return k(ctx, j, c)
}

// shop is a Store of maps with one job of one chunk, at Noon.
type shop struct {
	*testing.T
	store *jobstest.Store
	now   time.Time
	runs  jobs.RunJobs
}

func newShop(t *testing.T, k kind) *shop {
	t.Helper()
	s := &shop{T: t, store: jobstest.New(), now: jobstest.Noon}
	s.runs = jobs.RunJobs{Store: s.store, Kinds: map[string]jobs.Kind{"a kind": k}, Now: func() time.Time { return s.now }, Random: rand.NewChaCha8([32]byte{})}
	j := jobs.Job{ID: "job", Kind: "a kind", Owner: jobstest.Owner(1), CreatedAt: s.now, UpdatedAt: s.now, State: jobs.Queued, Chunks: 1, Total: 2}
	s.store.Add(jobs.NewJob{Job: j, First: []jobs.Chunk{{N: 1, Position: "first"}}})
	return s
}

func (s *shop) job() jobs.Job {
	s.Helper()
	j, err := s.store.Job(s.Context(), "job")
	if err != nil {
		s.Fatal(err)
	}
	return j
}

func TestRunJobs(t *testing.T) {
	var places []string
	s := newShop(t, func(_ context.Context, j jobs.Job, c jobs.Chunk) (jobs.Worked, error) {
		if j.State != jobs.Running || j.ID != "job" {
			t.Errorf("%+v", j)
		}
		if places = append(places, c.Position); c.N < 3 {
			return jobs.Worked{Done: 2, Failed: 1, Next: []jobs.Chunk{{Position: c.Position + "+"}}}, nil
		}
		return jobs.Worked{Done: 1}, nil
	})
	for _, n := range []int{2, 1, 1, 2, 3, 3} { // too early, or done already: nothing happens
		if err := s.runs.Run(t.Context(), "job", n); err != nil {
			t.Fatal(err)
		}
	}
	if j := s.job(); len(places) != 3 || places[2] != "first++" || j.CurrentState() != jobs.Done || j.Done != 5 || j.Failed != 2 || j.Chunks != 3 {
		t.Errorf("%v, %+v", places, j)
	}
	if err := s.runs.Run(t.Context(), "another", 1); err != nil {
		t.Errorf("a job that there is not: %v", err)
	}
}

func TestRunJobsTries(t *testing.T) {
	broken := errors.New("broken")
	for _, tt := range []struct {
		name string
		kind kind
		code string // of the job in the end
	}{
		{"an error", func(context.Context, jobs.Job, jobs.Chunk) (jobs.Worked, error) { return jobs.Worked{}, broken }, "internal"},
		{"an error that is known", func(context.Context, jobs.Job, jobs.Chunk) (jobs.Worked, error) {
			return jobs.Worked{}, fault.Unavailable.Because(broken)
		}, "unavailable"},
		{"a panic", func(context.Context, jobs.Job, jobs.Chunk) (jobs.Worked, error) { panic(broken) }, "internal"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tries := 0
			s := newShop(t, func(ctx context.Context, j jobs.Job, c jobs.Chunk) (jobs.Worked, error) {
				tries++
				return tt.kind(ctx, j, c)
			})
			for try := 1; try <= 6; try++ { // at once: each try gives the chunk back
				err := s.runs.Run(t.Context(), "job", 1)
				if err == nil || errors.Is(err, jobs.ErrJobFailed) != (try == 6) || tries != try {
					t.Fatalf("try %d: %v after %d tries", try, err, tries)
				}
				if j := s.job(); (j.State == jobs.Failed) != (try == 6) || (j.Code == tt.code) != (try == 6) {
					t.Fatalf("try %d: %+v", try, j)
				}
			}
			if err := s.runs.Run(t.Context(), "job", 1); err != nil || tries != 6 {
				t.Errorf("after the last try: %v, %d tries", err, tries)
			}
		})
	}
}

func TestRunJobsOfNoKind(t *testing.T) {
	s := newShop(t, nil)
	s.runs.Kinds = nil
	if err := s.runs.Run(t.Context(), "job", 1); err == nil || s.job().State != jobs.Running {
		t.Errorf("%v, %+v", err, s.job())
	}
}

// The lease is over before the worker has finished, and another one does the chunk.
func TestRunJobsLosesTheLease(t *testing.T) {
	works := 0
	var s *shop
	s = newShop(t, func(ctx context.Context, _ jobs.Job, _ jobs.Chunk) (jobs.Worked, error) {
		works++
		if works == 1 {
			for _, after := range []time.Duration{jobs.ChunkLease - time.Millisecond, jobs.ChunkLease} {
				s.now = jobstest.Noon.Add(after)
				if err := s.runs.Run(ctx, "job", 1); err != nil {
					t.Error(err)
				}
			}
		}
		return jobs.Worked{Done: works}, nil
	})
	if err := s.runs.Run(t.Context(), "job", 1); err != nil {
		t.Fatal(err)
	}
	if j := s.job(); works != 2 || j.Done != 2 || j.Finished != 1 {
		t.Errorf("done %d times: %+v", works, j)
	}
}

// A worker whose time is over still gives the chunk back.
func TestRunJobsWhenTheTimeIsOver(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	works := 0
	s := newShop(t, func(ctx context.Context, _ jobs.Job, _ jobs.Chunk) (jobs.Worked, error) {
		if works++; works == 1 {
			cancel()
			return jobs.Worked{}, ctx.Err()
		}
		return jobs.Worked{Done: 1}, nil
	})
	s.runs.Store = alive{s.store}
	if err := s.runs.Run(ctx, "job", 1); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err := s.runs.Run(t.Context(), "job", 1); err != nil || s.job().Done != 1 {
		t.Errorf("%v, %+v", err, s.job())
	}
}

// alive is a Store that makes no call when the context is over, as one over a network.
type alive struct{ *jobstest.Store }

func (a alive) ReleaseChunk(ctx context.Context, job string, n int, worker string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return a.Store.ReleaseChunk(ctx, job, n, worker)
}

// A job that is stopped while a chunk is worked on ends with that chunk.
func TestRunJobsOfAJobThatIsStopped(t *testing.T) {
	var s *shop
	s = newShop(t, func(ctx context.Context, _ jobs.Job, _ jobs.Chunk) (jobs.Worked, error) {
		if err := s.store.StopJob(ctx, account.Caller{}, "job", s.now); err != nil {
			t.Error(err)
		}
		return jobs.Worked{Done: 2, Next: []jobs.Chunk{{Position: "second"}}}, nil
	})
	for n := range 2 {
		if err := s.runs.Run(t.Context(), "job", n+1); err != nil {
			t.Fatal(err)
		}
	}
	if j := s.job(); j.State != jobs.Stopped || j.Done != 2 || j.Finished != 1 || j.Chunks != 2 {
		t.Errorf("%+v", j)
	}
}
