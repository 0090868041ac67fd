package admin

import (
	"time"

	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// Job is work that takes longer than a request may. It is done in chunks, each by
// one run of RunJobs, which the chunk's own writing starts.
type Job struct {
	ID      string
	Kind    string
	Owner   staff.EmployeeCode
	Created time.Time
	Touched time.Time // when something last happened to it
	State   JobState  // as stored; see At
	Code    string    // of a failed one: why

	Total, Done, Failed int // people; Failed are those of Done without success
	Chunks, Finished    int
	Whole               bool // it cannot be stopped half-way
	Params              map[string]string
}

// JobState is what has become of a job.
type JobState string

// The states.
const (
	JobQueued  JobState = "queued"
	JobRunning JobState = "running"
	JobDone    JobState = "done"
	JobStopped JobState = "stopped"
	JobFailed  JobState = "failed"
)

// At is the state that the job is in. That it is done follows from its chunks: no
// write says so, hence none can be lost.
func (j Job) At() JobState {
	if j.State == JobRunning && j.Finished == j.Chunks {
		return JobDone
	}
	return j.State
}

// Expected is how many people the job is about: a guess until it is done.
func (j Job) Expected() int {
	if j.At() == JobDone {
		return j.Done
	}
	return max(j.Total, j.Done)
}

// open reports whether there is something left to do.
func (j Job) open() bool { return j.At() == JobQueued || j.At() == JobRunning }

// Chunk is a part of a job: some people, or where to go on.
type Chunk struct {
	N      int
	People []staff.EmployeeCode // at most ChunkSize
	Place  string               // the kind's own
}

// NewJob is a job with the chunks that it begins with.
type NewJob struct {
	Job
	First []Chunk
}

// ChunkSize is how many people a chunk is about.
const ChunkSize = 25

// JobResult is what became of one person.
type JobResult struct {
	Row     int // of an import; 0 for none
	Staff   staff.EmployeeCode
	Name    string
	Outcome Outcome
	Code    string // of what was refused or failed
	Errors  []fault.Field
	Changes []audit.Change
}

// Outcome is how it went for one person.
type Outcome string

// The outcomes.
const (
	OutcomeDone      Outcome = "done"
	OutcomeUnchanged Outcome = "unchanged"
	OutcomeRefused   Outcome = "refused"
	OutcomeFailed    Outcome = "failed"
	OutcomeUnknown   Outcome = "unknown"
)
