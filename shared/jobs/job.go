// Package jobs is the engine for work that takes longer than a request may: a job is
// done in chunks, each by one run of RunJobs. The stream starts a run for
// each chunk that is written.
//
// The engine does not know what a job does: a Kind does. It does not know who may see or
// stop a job either: package admin does. A chunk may be done twice, so what a Kind does
// must come to the same the second time. Look first at Job, then at RunJobs.Run.
package jobs

import (
	"errors"
	"time"

	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// Job is a piece of work that is done in chunks.
type Job struct {
	ID        string
	Kind      string
	Owner     staff.EmployeeCode
	CreatedAt time.Time
	UpdatedAt time.Time // when something last happened to the job
	State     State     // as stored; see CurrentState
	Code      string    // why the job has failed, or has stopped by itself

	Total, Done, Failed int // people; Failed are those of Done without success
	Chunks, Finished    int
	Unstoppable         bool // nobody may stop it: half of it would be worse than none. Stored as "whole"
	Params              map[string]string
}

// State is how far a job has come.
type State string

// The states.
const (
	Queued  State = "queued"
	Running State = "running"
	Done    State = "done"
	Stopped State = "stopped"
	Failed  State = "failed"
)

// CurrentState is the state that the job is in. A job is done when all of its chunks are
// finished. No write says so, hence no such write can be lost.
func (j Job) CurrentState() State {
	if j.State == Running && j.Finished == j.Chunks {
		return Done
	}
	return j.State
}

// Expected is how many people the job is about: a guess until it is done.
func (j Job) Expected() int {
	if j.CurrentState() == Done {
		return j.Done
	}
	return max(j.Total, j.Done)
}

// Unfinished reports whether there is something left to do.
func (j Job) Unfinished() bool { return j.CurrentState() == Queued || j.CurrentState() == Running }

// Chunk is a part of a job: some people, or where to go on.
type Chunk struct {
	N        int
	People   []staff.EmployeeCode // at most ChunkSize
	Position string               // the kind's own
	Last     bool                 // this is the last try: what does not succeed now has failed
}

// NewJob is a job with the chunks that it begins with.
type NewJob struct {
	Job
	First []Chunk
	// People are those whom the job is about, if they are known when it is made, at
	// most MostPeople. They stay the same whatever becomes of the register meanwhile.
	People []staff.EmployeeCode
}

// MostPeople is how many people a job can be made with.
const MostPeople = 20_000

// ChunkSize is how many people a chunk is about.
const ChunkSize = 25

// Result is what became of one person.
type Result struct {
	Row     int // of an import; 0 for none
	Staff   staff.EmployeeCode
	Name    string
	Outcome Outcome
	Created bool   // of an import: the person is new, or would be
	Code    string // of what was refused or failed
	Errors  []fault.Field
	// Warnings are of an import: what is unusual in the record, and was accepted.
	Warnings []fault.Field
	Changes  []audit.Change
}

// Mark says what a job has done to one person. It is written together with what is
// done, and at most once. So whoever does a chunk again knows what was done already. The
// mark of an import is that of the row, since somebody new has no code before.
//
// What a table cannot write, such as a text, has a mark of OutcomeSending before it is
// done, and its outcome afterwards.
type Mark struct {
	Job
	Result
}

// ErrMarked says that the job has done it to the person already.
var ErrMarked = errors.New("the job has done this already")

// Outcome is how it went for one person.
type Outcome string

// The outcomes.
const (
	OutcomeDone      Outcome = "done"
	OutcomeUnchanged Outcome = "unchanged"
	OutcomeRefused   Outcome = "refused"
	OutcomeFailed    Outcome = "failed"
	OutcomeUnknown   Outcome = "unknown"

	// OutcomeSending is that of a mark alone, never of a result: a text is about to be
	// sent. Whoever finds it where no worker is left cannot know whether it was.
	OutcomeSending Outcome = "sending"
)
