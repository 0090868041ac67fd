package admin

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

// Kind is what jobs of one kind do.
type Kind interface {
	// Work does one chunk. It may be called again for a chunk that was done before
	// in whole or in part, by two at once and with others of the job beside it.
	Work(context.Context, Job, Chunk) (Worked, error)
}

// Worked is what one chunk came to.
type Worked struct {
	Done, Failed int
	Results      []JobResult
	Next         []Chunk // that follow from it, without numbers
}

// The most tries of a chunk before its job has failed, and how long one of them
// may take: who has not reported by then is dead.
const (
	chunkTries = 6
	ChunkLease = 5 * time.Minute
)

// RunJobs does chunks.
type RunJobs struct {
	Store  RunJobsStore
	Kinds  map[string]Kind
	Now    func() time.Time
	Random io.Reader
}

// ErrJobFailed says that the last try of a chunk has failed, and with it the job.
var ErrJobFailed = errors.New("the job has failed")

// RunJobsStore is what RunJobs asks of storage.
type RunJobsStore interface {
	// ClaimChunk gives a chunk to a worker until a time, if it waits or its last
	// worker's time is over, and the job is open. It returns how often it was
	// claimed; ErrNotClaimed where there is nothing to do.
	ClaimChunk(ctx context.Context, job string, n int, worker string, now, until time.Time) (Job, Chunk, int, error)
	// FinishChunk notes what a chunk came to, with the chunks that follow and the
	// job's sums; ErrNotClaimed if it is no longer the worker's.
	FinishChunk(ctx context.Context, j Job, c Chunk, worker string, w Worked, now time.Time) error
	// ReleaseChunk gives a chunk back, for the next try.
	ReleaseChunk(ctx context.Context, job string, n int, worker string) error
	// FailJob ends a job that is running.
	FailJob(ctx context.Context, job, code string, now time.Time) error
}

// ErrNotClaimed says that a chunk is done, another worker's, or of a job that is
// over.
var ErrNotClaimed = errors.New("the chunk is not to be had")

// Run does one chunk. Whoever comes twice, or too late, finds nothing to do. An
// error is for another try, but for ErrJobFailed.
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
	why := uc.work(ctx, j, chunk, worker)
	if why == nil {
		return nil
	}
	why = fmt.Errorf("chunk %d of %s job %s, try %d: %w", n, j.Kind, job, try, why)
	ctx = context.WithoutCancel(ctx) // what ran out of time has a moment left for this
	if try < chunkTries {
		if err := uc.Store.ReleaseChunk(ctx, job, n, worker); err != nil {
			return errors.Join(why, err)
		}
		return why
	}
	code := fault.Internal.Code
	var known *fault.Error
	if errors.As(why, &known) {
		code = known.Code
	}
	if err := uc.Store.FailJob(ctx, job, code, uc.Now()); err != nil {
		return errors.Join(why, err)
	}
	return errors.Join(ErrJobFailed, why)
}

// work turns a panic into an error like any other: the chunk must be given back.
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
		return nil // somebody took it for dead, and has done it again
	}
	return err
}
