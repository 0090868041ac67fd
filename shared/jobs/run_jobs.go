package jobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// Kind does the work of the jobs of one kind.
type Kind interface {
	// Work does one chunk. It may be called again for a chunk that was done before, in
	// whole or in part. Two workers may do one chunk at once, for example where the
	// first was taken for dead. Other chunks of the job may be done meanwhile.
	Work(context.Context, Job, Chunk) (Worked, error)
}

// Worked is the outcome of one chunk.
type Worked struct {
	Done, Failed int // people
	Results      []Result
	Next         []Chunk // that follow from this one, without numbers
	// Over says why nothing is left for the job to do, as a code. The job is stopped with
	// it. "" lets the job go on.
	Over string
	// Spent says that the rows of a file which the chunk was about are not needed any
	// more. They are deleted with the chunk's end.
	Spent bool
}

const (
	// chunkTries is how often a chunk is tried before its job has failed.
	chunkTries = 6
	// ChunkLease is how long one try may take. A worker that has not reported by then
	// is taken for dead, and the chunk is given to another.
	ChunkLease = 5 * time.Minute
)

// RunJobs does chunks of jobs.
type RunJobs struct {
	Store  RunJobsStore
	Kinds  map[string]Kind
	Now    func() time.Time
	Random io.Reader
}

// ErrJobFailed says that the last try of a chunk has failed, and that the job has failed
// with it.
var ErrJobFailed = errors.New("the job has failed")

// RunJobsStore is what RunJobs asks of storage.
type RunJobsStore interface {
	// ClaimChunk leases a chunk to a worker until a time. It does so if the job is open
	// and the chunk waits, or the lease of its last worker is over; else it returns
	// ErrNotClaimed. The number is how often the chunk was claimed, this time included.
	ClaimChunk(ctx context.Context, job string, n int, worker string, now, until time.Time) (Job, Chunk, int, error)
	// FinishChunk stores the outcome of a chunk and the chunks that follow, and adds to
	// the job's sums. It returns ErrNotClaimed if the worker no longer has the lease.
	FinishChunk(ctx context.Context, j Job, c Chunk, worker string, w Worked, now time.Time) error
	// ReleaseChunk ends the lease, so that the next try can begin at once.
	ReleaseChunk(ctx context.Context, job string, n int, worker string) error
	// FailJob ends a job that is running.
	FailJob(ctx context.Context, job, code string, now time.Time) error
}

// ErrNotClaimed says that a worker may not have a chunk: it is done, or another worker
// has it, or its job is over.
var ErrNotClaimed = errors.New("the chunk is not to be had")

// Run does one chunk. It does nothing if the chunk cannot be claimed. On an error the
// caller tries again, except on ErrJobFailed.
func (uc RunJobs) Run(ctx context.Context, job string, n int) error {
	worker, err := staff.NewID(uc.Random)
	if err != nil {
		return err
	}
	now := uc.Now()
	j, chunk, try, err := uc.Store.ClaimChunk(ctx, job, n, worker, now, now.Add(ChunkLease))
	if errors.Is(err, ErrNotClaimed) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("claim chunk %d of job %s: %w", n, job, err)
	}
	chunk.Last = try >= chunkTries
	why := uc.work(ctx, j, chunk, worker)
	if why == nil {
		return nil
	}
	why = fmt.Errorf("chunk %d of %s job %s, try %d: %w", n, j.Kind, job, try, why)
	ctx = context.WithoutCancel(ctx) // the time for work may be over; there is a moment left for this
	if !chunk.Last {
		if err := uc.Store.ReleaseChunk(ctx, job, n, worker); err != nil {
			return errors.Join(why, err)
		}
		return why
	}
	if err := uc.Store.FailJob(ctx, job, fault.CodeOf(why), uc.Now()); err != nil {
		return errors.Join(why, err)
	}
	return errors.Join(ErrJobFailed, why)
}

// work does a claimed chunk and stores the outcome. It turns a panic into an error, so
// that the chunk is given back.
func (uc RunJobs) work(ctx context.Context, j Job, chunk Chunk, worker string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	kind, ok := uc.Kinds[j.Kind]
	if !ok {
		return fmt.Errorf("nobody knows jobs of kind %q", j.Kind)
	}
	worked, err := kind.Work(ctx, j, chunk)
	if err != nil {
		return err
	}
	err = uc.Store.FinishChunk(ctx, j, chunk, worker, worked, uc.Now())
	if errors.Is(err, ErrNotClaimed) {
		return nil // the lease was over, and another worker has done the chunk
	}
	return err
}
