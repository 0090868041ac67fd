package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/jobs"
	"chaoxi/shared/retry"
	"chaoxi/shared/staff"
)

// Jobs shows and stops jobs. Everybody sees their own. A super also sees those
// of the people whom they see.
//
// It takes two trips for one job, and one more if the job is somebody else's.
// Reading a job that has stood still sets it going again.
type Jobs struct {
	Store JobsStore
	Keys  account.Keys
	Now   func() time.Time
}

// JobsStore is what Jobs asks of storage.
type JobsStore interface {
	account.PersonReader
	account.PeopleReader
	account.OrgReader
	JobStore
}

// JobStore has the jobs themselves.
type JobStore interface {
	// Job reads a job. If it does not exist, it is the zero Job.
	Job(ctx context.Context, id string) (jobs.Job, error)
	// JobsPage reads at most limit jobs, the latest first, from after a key on,
	// "" for the first ones. They are those of an owner, or for the zero code
	// those of everybody. Last is the key to go on from, "" at the end.
	JobsPage(ctx context.Context, owner staff.EmployeeCode, after string, limit int) (page []JobRow, last string, err error)
	// JobResults reads at most limit results of a job, from after a key on, ""
	// for the first ones. Last is the key to go on from, "" at the end.
	JobResults(ctx context.Context, id, after string, limit int) (results []jobs.Result, last string, err error)
	// RearmChunks sets those chunks going again that have waited, or been with
	// a worker, since before a time.
	RearmChunks(ctx context.Context, id string, since, now time.Time) error
	// StopJob stops an unfinished job for by. It answers ErrJobOver if the job
	// is finished, and ErrRevised if by has changed.
	StopJob(ctx context.Context, by account.Caller, id string, now time.Time) error
}

// ErrJobOver says that a job is finished, so that it cannot be stopped.
var ErrJobOver = errors.New("the job is over")

// JobRow is a job with its key in a list.
type JobRow struct {
	jobs.Job
	Key string
}

// SeenJob is a job as a caller sees it.
type SeenJob struct {
	jobs.Job
	OwnerName string // "" for the caller's own
}

// JobPage is a page of jobs. Next is the cursor of the next page.
type JobPage struct {
	Jobs []SeenJob
	Next string
}

// List returns the page after cursor, "" for the first one.
func (uc Jobs) List(ctx context.Context, c account.Caller, limit int, cursor string) (JobPage, error) {
	codec := account.CursorCodec{Keys: uc.Keys, Bound: bind("jobs", c)}
	after, err := codec.Decode(cursor)
	if err != nil {
		return JobPage{}, err
	}
	owner := c.Staff
	if superOf(c).IsEmpty() {
		page, last, err := uc.Store.JobsPage(ctx, owner, after, limit)
		return JobPage{Jobs: own(page), Next: codec.Encode(last)}, err
	}
	placed, last, err := uc.Store.JobsPage(ctx, staff.EmployeeCode{}, after, limit)
	if err != nil {
		return JobPage{}, fmt.Errorf("list jobs: %w", err)
	}
	seen, err := uc.seen(ctx, c, own(placed))
	return JobPage{Jobs: seen, Next: codec.Encode(last)}, err
}

// own are the jobs of rows, as their owners see them.
func own(placed []JobRow) []SeenJob {
	all := make([]SeenJob, len(placed))
	for i, p := range placed {
		all[i].Job = p.Job
	}
	return all
}

// superOf is where the caller is super.
func superOf(c account.Caller) Scope {
	var tops []staff.OrgCode
	for _, g := range c.Grants {
		if g.Type == account.SuperGrant {
			tops = append(tops, g.Org)
		}
	}
	return Scope{tops}
}

// seen keeps the jobs that are the caller's own, and as a super those of everybody
// whom the caller sees. It names the others' owners.
func (uc Jobs) seen(ctx context.Context, c account.Caller, all []SeenJob) ([]SeenJob, error) {
	scope := superOf(c)
	var others []staff.EmployeeCode
	for _, j := range all {
		if j.Owner != c.Staff && !scope.IsEmpty() && !slices.Contains(others, j.Owner) {
			others = append(others, j.Owner)
		}
	}
	people, orgs, err := withOrgs(ctx, uc.Store, others)
	if err != nil {
		return nil, fmt.Errorf("read whose jobs they are: %w", err)
	}
	for i := range all {
		all[i].OwnerName = people[all[i].Owner].Name
	}
	return slices.DeleteFunc(all, func(j SeenJob) bool { return j.Owner != c.Staff && !scope.Sees(people[j.Owner], orgs) }), nil
}

// Load reads a job. If nothing has happened to it for longer than a chunk may
// take, an event was lost or a worker was killed, and Load sets it going again.
func (uc Jobs) Load(ctx context.Context, c account.Caller, id string) (SeenJob, error) {
	j, err := uc.Store.Job(ctx, id)
	if err != nil {
		return SeenJob{}, fmt.Errorf("read job %s: %w", id, err)
	}
	if j.ID == "" {
		return SeenJob{}, fault.NotFound.Becausef("there is no job %s", id)
	}
	seen, err := uc.seen(ctx, c, []SeenJob{{Job: j}})
	if err != nil {
		return SeenJob{}, err
	} else if len(seen) == 0 {
		return SeenJob{}, fault.NotFound.Becausef("job %s is %s's", id, j.Owner)
	}
	if now := uc.Now(); j.Unfinished() && now.Sub(j.UpdatedAt) >= jobs.ChunkLease {
		if err := uc.Store.RearmChunks(ctx, id, now.Add(-jobs.ChunkLease), now); err != nil {
			return SeenJob{}, fmt.Errorf("set job %s going: %w", id, err)
		}
	}
	return seen[0], nil
}

// Results is a page of the results of the job j, which Load read.
func (uc Jobs) Results(ctx context.Context, c account.Caller, j jobs.Job, limit int, cursor string) ([]jobs.Result, string, error) {
	codec := account.CursorCodec{Keys: uc.Keys, Bound: bind("job", c, j.ID)}
	after, err := codec.Decode(cursor)
	if err != nil {
		return nil, "", err
	}
	results, last, err := uc.Store.JobResults(ctx, j.ID, after, limit)
	if err != nil {
		return nil, "", fmt.Errorf("read the results of job %s: %w", j.ID, err)
	}
	return results, codec.Encode(last), nil
}

// Stop stops the job j, which Load read: chunks that have not begun are not
// done. A job that must not be left half done cannot be stopped.
func (uc Jobs) Stop(ctx context.Context, c account.Caller, j jobs.Job) error {
	return retry.Times(5, ErrRevised, func(try int) (err error) {
		if try > 0 {
			if c, err = reloadCaller(ctx, uc.Store, c); err != nil {
				return err
			}
			now, err := uc.Load(ctx, c, j.ID)
			if err != nil {
				return err
			}
			j = now.Job
		}
		if j.Unstoppable {
			return fault.StateConflict.Becausef("a %s job cannot be stopped half-way", j.Kind)
		}
		err = ErrJobOver
		if j.Unfinished() {
			err = uc.Store.StopJob(ctx, c, j.ID, uc.Now())
		}
		if errors.Is(err, ErrJobOver) {
			return fault.StateConflict.Becausef("job %s is over", j.ID)
		}
		return err
	})
}
