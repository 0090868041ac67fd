package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/jobs"
	"chaoxi/shared/retry"
	"chaoxi/shared/staff"
)

// Invite texts each person of a job to activate their account. It is the work of the
// jobs of kind JobInvite, which MakeBatch makes.
//
// A text cannot be taken back and cannot be written in a transaction. So a mark that the
// text is being sent is written before it, and the outcome, with the audit entry, after
// it. Nobody who has a mark is texted again. If a worker dies between the two, the next
// one finds the mark, and the outcome is unknown.
//
// Everybody is judged when the mark is written, by the grants that whoever made the job
// holds then. The texts of all jobs leave at a common pace. People whose turn comes after
// the worker's time are left to the chunk that follows.
type Invite struct {
	Store   InviteStore
	Notices account.Notices
	Pace    account.Pace
	Keys    account.Keys
	Now     func() time.Time
	Random  io.Reader
}

// InviteStore is what Invite asks of storage.
type InviteStore interface {
	LoadTargetStore
	JobPeopleReader
	// BeginText writes the mark of a text that is about to be sent. It answers
	// jobs.ErrMarked if the person has a mark of the job, and ErrRevised if the person or
	// by has changed.
	BeginText(ctx context.Context, by account.Caller, to staff.Staff, m jobs.Mark) error
	// EndText replaces that mark by one with the outcome, and writes the entry. It
	// answers jobs.ErrMarked if there is an outcome already.
	EndText(ctx context.Context, m jobs.Mark, e audit.Entry) error
}

// JobInvite is the kind of job that Invite works on.
const JobInvite = "send_activation_sms"

const (
	// invitesAtOnce is how many texts are on their way at once. With a quarter of a second
	// for each of them that is enough for the pace.
	invitesAtOnce = 8
	// timeOfText is what a text may take, from its turn to its outcome: the mark, the
	// answer of the carrier, the outcome.
	timeOfText = 10 * time.Second
	// timeToEnd is how long the outcome of a text is waited for.
	timeToEnd = 5 * time.Second
)

// Work implements jobs.Kind. The people of a chunk were chosen by the chunk before it, and
// its position is how many people of the job are in it or in chunks before it.
func (uc Invite) Work(ctx context.Context, j jobs.Job, c jobs.Chunk) (jobs.Worked, error) {
	results, waiting, err := uc.judge(ctx, j, c)
	if err != nil {
		return jobs.Worked{}, err
	}
	rest, err := uc.send(ctx, j, c, results, waiting)
	if err != nil {
		return jobs.Worked{}, err
	}
	var worked jobs.Worked
	for _, who := range c.People {
		if r, ok := results[who]; ok {
			addResult(&worked, r)
		}
	}
	next, err := uc.next(ctx, j, c, rest)
	if err != nil {
		return jobs.Worked{}, fmt.Errorf("read who is next: %w", err)
	}
	if len(next.People) > 0 {
		worked.Next = []jobs.Chunk{next}
	}
	return worked, nil
}

// next is the chunk that follows: the rest of c or, if nobody is left of it, the people
// after it.
func (uc Invite) next(ctx context.Context, j jobs.Job, c jobs.Chunk, rest []staff.EmployeeCode) (next jobs.Chunk, err error) {
	place := jobs.ChunkSize // of the first chunk
	if c.Position != "" {
		if place, err = strconv.Atoi(c.Position); err != nil {
			return next, err
		}
	}
	if len(rest) == 0 {
		if rest, err = uc.Store.JobPeople(ctx, j.ID, place, jobs.ChunkSize); err != nil {
			return next, err
		}
		place += jobs.ChunkSize
	}
	return jobs.Chunk{People: rest, Position: strconv.Itoa(place)}, nil
}

// judge returns the results of those who get no text, and in the order of the chunk those
// who wait for one. Whoever has a mark gets none: what an earlier try has begun is ended
// here.
func (uc Invite) judge(ctx context.Context, j jobs.Job, c jobs.Chunk) (results map[staff.EmployeeCode]jobs.Result, waiting []invited, err error) {
	by, denied, err := ownerOf(ctx, uc.Store, j, account.StaffBatch)
	if err != nil {
		return nil, nil, err
	}
	marks, err := uc.Store.JobMarks(ctx, j.ID, c.People)
	if err != nil {
		return nil, nil, fmt.Errorf("read what was done: %w", err)
	}
	results = map[staff.EmployeeCode]jobs.Result{}
	for _, who := range c.People {
		mark, marked := marks[who]
		var r jobs.Result
		var err error
		switch {
		case marked:
			r, err = uc.settled(ctx, j, mark)
		case denied != nil:
			r = refusal(who, "", denied)
		default:
			t, refusal := uc.load(ctx, by, who)
			if refusal == nil {
				waiting = append(waiting, invited{t, by})
				continue
			}
			r, err = refused(who, t, refusal)
		}
		if err != nil && !c.Last {
			return nil, nil, err
		}
		results[who] = orFailure(ctx, j, r, err)
	}
	return results, waiting, nil
}

// invited is somebody who waits for a text, as judged for who made the job.
type invited struct {
	Target
	by account.Permitted
}

// load reads a person, and checks that the caller may text them to activate.
func (uc Invite) load(ctx context.Context, by account.Permitted, who staff.EmployeeCode) (Target, error) {
	t, err := LoadTarget{uc.Store, uc.Keys, uc.Now}.ByCode(ctx, by, who)
	if err != nil {
		return t, err
	}
	switch {
	case !ScopeOf(by.Caller(), account.StaffEdit).HasMain(t.Staff, t.Orgs):
		err = fault.PermissionDenied.Becausef("the main post of %s is outside the scope", who)
	case t.Staff.CanActivate():
	case t.Staff.CanSignIn():
		err = fault.AlreadyActive
	default:
		err = fault.StateConflict.Becausef("%s is %s and %s", who, t.Staff.Employment, t.Staff.State)
	}
	return t, err
}

// send texts those who wait, each at its turn, and adds their results. It returns those
// whose turn comes too late for this worker.
func (uc Invite) send(ctx context.Context, j jobs.Job, c jobs.Chunk, results map[staff.EmployeeCode]jobs.Result, waiting []invited) ([]staff.EmployeeCode, error) {
	became, faults := make([]jobs.Result, len(waiting)), make([]error, len(waiting))
	until := uc.until(ctx)
	var g errgroup.Group
	g.SetLimit(invitesAtOnce)
	sent, stopped := 0, error(nil)
	for sent < len(waiting) && stopped == nil {
		var turns []time.Time
		turns, stopped = uc.Pace.Reserve(ctx, len(waiting)-sent, until)
		for _, turn := range turns {
			if turn, stopped = uc.Pace.Await(ctx, turn, until); stopped != nil {
				break
			}
			var e audit.Entry
			if e, stopped = uc.entry(j, waiting[sent].Staff.Code); stopped != nil {
				break
			}
			at := sent
			await := func() error { _, err := uc.Pace.Await(ctx, turn, until); return err } // another one, if this one is over by then
			g.Go(func() error { became[at], faults[at] = uc.invite(ctx, j, waiting[at], await, e); return nil })
			sent++
		}
	}
	g.Wait()
	full := errors.Is(stopped, account.ErrPaceTaken)
	if stopped != nil && !full {
		for n := sent; n < len(waiting); n++ {
			became[n], faults[n] = jobs.Result{Staff: waiting[n].Staff.Code, Name: waiting[n].Staff.Name}, stopped
		}
		sent = len(waiting)
	}
	if err := errors.Join(faults...); err != nil && !c.Last {
		return nil, err
	}
	for n, r := range became[:sent] {
		results[waiting[n].Staff.Code] = orFailure(ctx, j, r, faults[n])
	}
	var rest []staff.EmployeeCode
	for _, p := range waiting[sent:] {
		rest = append(rest, p.Staff.Code)
	}
	return rest, nil
}

// orFailure is r in the last try: a failure if err has kept it from an outcome.
func orFailure(ctx context.Context, j jobs.Job, r jobs.Result, err error) jobs.Result {
	if r.Outcome == "" {
		return failure(ctx, j, r, err)
	}
	return r
}

// until is when the last text of this worker may have its turn.
func (uc Invite) until(ctx context.Context) time.Time {
	if deadline, ok := ctx.Deadline(); ok {
		return deadline.Add(-timeOfText)
	}
	return uc.Now().Add(jobs.ChunkLease - timeOfText)
}

// entry is the entry about a text to a person, without what became of it.
func (uc Invite) entry(j jobs.Job, to staff.EmployeeCode) (audit.Entry, error) {
	e, err := audit.New(uc.Random, uc.Now(), callOf(j), j.Owner, audit.Invite, audit.OfStaff(to))
	e.Reason = j.Params[paramReason]
	return e, err
}

// invite texts one person at their turn. If they or who made the job have changed since they were
// judged, they are judged again. Its error is one of storage. With an outcome beside it,
// the outcome is right, but is not written.
func (uc Invite) invite(ctx context.Context, j jobs.Job, p invited, turn func() error, e audit.Entry) (jobs.Result, error) {
	who := p.Staff.Code
	var sms account.SMSOutcome
	var denied error
	err := retry.Times(5, ErrRevised, func(try int) (err error) {
		if try > 0 {
			if p.by, denied, err = ownerOf(ctx, uc.Store, j, account.StaffBatch); err != nil || denied != nil {
				return cmp.Or(err, denied)
			}
			if p.Target, err = uc.load(ctx, p.by, who); err != nil {
				return err
			}
		}
		m := jobs.Mark{Job: j, Result: jobs.Result{Staff: who, Name: p.Staff.Name, Outcome: jobs.OutcomeSending}}
		begin := func() error { return uc.Store.BeginText(ctx, p.by.Caller(), p.Staff, m) }
		sms, err = uc.Notices.AtTurn(ctx, begin, turn, account.Invitation, staff.EmployeeCode{}, p.Staff.Phone, e.At)
		return err
	})
	if errors.Is(err, jobs.ErrMarked) { // another worker was faster
		marks, err := uc.Store.JobMarks(ctx, j.ID, []staff.EmployeeCode{who})
		if err != nil {
			return jobs.Result{Staff: who, Name: p.Staff.Name, Outcome: jobs.OutcomeUnknown}, err
		}
		return uc.settled(ctx, j, marks[who])
	}
	if err != nil {
		return refused(who, p.Target, err)
	}
	return uc.end(ctx, j, resultOfText(p.Staff, sms), e, sms.State)
}

// resultOfText is the result for somebody who was to be texted.
func resultOfText(s staff.Staff, sms account.SMSOutcome) jobs.Result {
	r := jobs.Result{Staff: s.Code, Name: s.Name, Outcome: jobs.OutcomeDone}
	limits := []error{fault.SMSUnavailable, fault.CodeTooSoon, fault.CodeDailyLimit}
	switch {
	case sms.State == account.SMSUnknown:
		r.Outcome = jobs.OutcomeUnknown
	case sms.State == account.SMSSent:
	case errors.Is(sms.Why, account.ErrSMSRefused), errors.Is(sms.Why, account.ErrPaceTaken):
		r.Outcome, r.Code = jobs.OutcomeFailed, fault.SMSUnavailable.Code
	case slices.ContainsFunc(limits, func(limit error) bool { return errors.Is(sms.Why, limit) }):
		r.Outcome, r.Code = jobs.OutcomeRefused, fault.CodeOf(sms.Why)
	default:
		r.Outcome, r.Code = jobs.OutcomeFailed, fault.CodeOf(sms.Why)
	}
	return r
}

// end writes the outcome of a text, and the entry. It goes on if the worker's time is up.
func (uc Invite) end(ctx context.Context, j jobs.Job, r jobs.Result, e audit.Entry, state account.SMSState) (jobs.Result, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeToEnd)
	defer cancel()
	e.Changes = invitation(state)
	err := uc.Store.EndText(ctx, jobs.Mark{Job: j, Result: r}, e)
	if errors.Is(err, jobs.ErrMarked) { // another worker took this one for dead
		var marks map[staff.EmployeeCode]jobs.Result
		if marks, err = uc.Store.JobMarks(ctx, j.ID, []staff.EmployeeCode{r.Staff}); err == nil {
			return marks[r.Staff], nil
		}
	}
	if err != nil {
		err = fmt.Errorf("write the outcome of a text: %w", err)
	}
	return r, err
}

// settled is the result of somebody who has a mark. If it says that a text is being sent,
// its worker is dead, or taken for dead: the outcome is unknown.
func (uc Invite) settled(ctx context.Context, j jobs.Job, r jobs.Result) (jobs.Result, error) {
	if r.Outcome != jobs.OutcomeSending {
		return r, nil
	}
	r.Outcome = jobs.OutcomeUnknown
	e, err := uc.entry(j, r.Staff)
	if err != nil {
		return r, err
	}
	return uc.end(ctx, j, r, e, account.SMSUnknown)
}

// invitation is what the audit says of a text that asks somebody to activate.
func invitation(state account.SMSState) []audit.Change {
	return []audit.Change{{Field: "activationSms", New: string(state)}}
}
