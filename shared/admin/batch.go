package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/jobs"
	"chaoxi/shared/staff"
)

// Batch does to each person of a job what ChangeState does to one. It is the work of the
// jobs that MakeBatch makes: the kind of the job is the action.
//
// Whoever made the job is read again for each chunk, and each person is judged by the
// grants that they hold then. A mark is written with each change. So a chunk that is
// done again, or by two workers at once, changes nobody twice, and still has a result
// for everybody. One person's fault ends nobody else's change: the chunk is tried
// again, and at the last try that person's result says that it has failed.
type Batch struct {
	Store       BatchStore
	ChangeState ChangeState
}

// BatchStore is what Batch asks of storage.
type BatchStore interface {
	account.PersonReader
	JobPeopleReader
}

// JobPeopleReader reads the people whom jobs are about.
type JobPeopleReader interface {
	// JobPeople reads at most n of the people whom a job was made with, from a place in
	// their order on. There is nobody at the end.
	JobPeople(ctx context.Context, job string, from, n int) ([]staff.EmployeeCode, error)
	// JobMarks reads what a job has done already to some people, at most a chunk of them.
	JobMarks(ctx context.Context, job string, people []staff.EmployeeCode) (map[staff.EmployeeCode]jobs.Result, error)
}

// BatchActions are the actions that Batch does. What else MakeBatch takes is JobInvite.
var BatchActions = []StateAction{Freeze, Unfreeze, Leave, Reinstate, Unlock}

// Work implements jobs.Kind. The people of a chunk were chosen by the chunk before it, and
// all chunks but the last one have jobs.ChunkSize.
func (uc Batch) Work(ctx context.Context, j jobs.Job, c jobs.Chunk) (jobs.Worked, error) {
	by, denied, err := ownerOf(ctx, uc.Store, j, account.StaffBatch)
	if err != nil {
		return jobs.Worked{}, err
	}
	before, err := uc.Store.JobMarks(ctx, j.ID, c.People)
	if err != nil {
		return jobs.Worked{}, fmt.Errorf("read what was done: %w", err)
	}
	var worked jobs.Worked
	var faults []error
	for _, who := range c.People {
		r, done := before[who]
		switch {
		case done:
		case denied != nil:
			r = refusal(who, "", denied)
		default:
			if r, err = uc.one(ctx, j, by, who); err != nil && !c.Last {
				faults = append(faults, err)
				continue
			}
			if err != nil {
				r = failure(ctx, j, r, err)
			}
		}
		addResult(&worked, r)
	}
	if len(faults) > 0 {
		return jobs.Worked{}, errors.Join(faults...)
	}
	next, err := uc.Store.JobPeople(ctx, j.ID, c.N*jobs.ChunkSize, jobs.ChunkSize)
	if err != nil {
		return jobs.Worked{}, fmt.Errorf("read who is next: %w", err)
	}
	if len(next) > 0 {
		worked.Next = []jobs.Chunk{{People: next}}
	}
	return worked, nil
}

// addResult adds what became of one person.
func addResult(w *jobs.Worked, r jobs.Result) {
	w.Done++
	if r.Outcome != jobs.OutcomeDone && r.Outcome != jobs.OutcomeUnchanged {
		w.Failed++
	}
	w.Results = append(w.Results, r)
}

// failure is the result r for somebody to whom it was not done in the last try, because
// of err.
func failure(ctx context.Context, j jobs.Job, r jobs.Result, err error) jobs.Result {
	slog.ErrorContext(ctx, "a job has failed for a person", "job", j.ID, "employeeCode", r.Staff.String(), "err", err)
	return jobs.Result{Staff: r.Staff, Name: r.Name, Outcome: jobs.OutcomeFailed, Code: fault.CodeOf(err)}
}

// ownerOf is who made the job, with the permission by the grants that they hold now; or why
// they may do nothing any more.
func ownerOf(ctx context.Context, store account.PersonReader, j jobs.Job, needs account.Permission) (by account.Permitted, denied error, err error) {
	p, err := store.Person(ctx, j.Owner)
	if err != nil {
		return by, nil, fmt.Errorf("read who made the job: %w", err)
	}
	if !p.Staff.CanSignIn() {
		return by, fault.PermissionDenied, nil
	}
	by, denied = account.Caller{Staff: p.Staff.Code, Epoch: p.Account.Epoch, Grants: p.Account.Grants}.Permit(needs)
	return by, denied, nil
}

// one does it to one person. Its error is one of storage: the result is not known then.
func (uc Batch) one(ctx context.Context, j jobs.Job, by account.Permitted, who staff.EmployeeCode) (jobs.Result, error) {
	in := StateInput{Action: StateAction(j.Kind), Reason: j.Params[paramReason], Mark: &jobs.Mark{Job: j}}
	t, err := uc.ChangeState.Load(ctx, by, who.String(), in)
	if err != nil {
		return refused(who, t, err)
	}
	if in.Action.isDone(t) {
		return jobs.Result{Staff: who, Name: t.Staff.Name, Outcome: jobs.OutcomeUnchanged}, nil
	}
	_, err = uc.ChangeState.Run(ctx, callOf(j), by, t, in)
	switch {
	case err == nil:
		return in.Mark.Result, nil
	case errors.Is(err, jobs.ErrMarked): // another worker was faster
		marks, err := uc.Store.JobMarks(ctx, j.ID, []staff.EmployeeCode{who})
		return marks[who], err
	}
	return refused(who, t, err)
}

// callOf is the request that asked for a job.
func callOf(j jobs.Job) audit.Call {
	return audit.Call{Address: j.Params[paramAddress], ID: j.Params[paramRequest]}
}

// isDone reports whether t is already as the action would make them.
func (a StateAction) isDone(t Target) bool {
	s := t.Staff
	serves := s.Employment == staff.InService
	switch a {
	case Freeze:
		return serves && s.State == staff.Frozen
	case Unfreeze:
		return serves && s.State != staff.Frozen
	case Leave:
		return !serves
	case Reinstate:
		return serves
	case Unlock:
		return s.CanSignIn() && !t.Locked
	}
	return false
}

// refused is the result for somebody whom a rule protects. Any other error is returned:
// one of storage, and SessionExpired, which says that whoever made the job has another
// epoch since the chunk began, say by a new password. They are read again at the next try.
func refused(who staff.EmployeeCode, t Target, err error) (jobs.Result, error) {
	var known *fault.Error
	if errors.As(err, &known) && known.Kind != fault.KindInternal && known.Kind != fault.KindUnavailable && known.Kind != fault.KindUnauthenticated {
		return refusal(who, t.Staff.Name, known), nil
	}
	return jobs.Result{Staff: who, Name: t.Staff.Name}, err
}

// refusal is the result for somebody to whom it was not done, because of why.
func refusal(who staff.EmployeeCode, name string, why error) jobs.Result {
	r := jobs.Result{Staff: who, Name: name, Outcome: jobs.OutcomeRefused, Code: fault.CodeOf(why)}
	var known *fault.Error
	if errors.As(why, &known) {
		r.Errors = known.Fields
	}
	return r
}
