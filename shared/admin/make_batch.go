package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/jobs"
	"chaoxi/shared/retry"
	"chaoxi/shared/staff"
)

// MakeBatch makes a job that does the same to many people: Batch or Invite does it. The people
// are listed, or found by a search. Whom the search finds is settled when the job is
// made. Whether the caller may do it to each of them is judged when it is done.
//
// It takes two trips for a list: the request of this key; the writing. A search adds
// two for each hundred people.
type MakeBatch struct {
	Store  MakeBatchStore
	Search Search
	Now    func() time.Time
	Random io.Reader
}

// MakeBatchStore is what MakeBatch asks of storage.
type MakeBatchStore interface {
	account.PersonReader
	OnceReader
	// MakeJob writes a job with the people that it is made with, all or nothing. It
	// answers ErrRevised if by has changed, or once was carried out meanwhile.
	MakeJob(ctx context.Context, by account.Caller, j jobs.NewJob, once *Once) error
}

// BatchInput is one request.
type BatchInput struct {
	Action string
	Reason string
	People []string     // employee codes as typed; nil if Search is set
	Search *SearchInput // nil if People is set
}

// mostListed is how many people a request may list.
const mostListed = 1000

// The parameters of a batch: why, and the request that asked for it.
const (
	paramReason  = "reason"
	paramAddress = "address"
	paramRequest = "request"
)

// onceBatch is the action of requests that make a batch, for their keys.
const onceBatch = "batch"

// Run makes the job and returns its id. If the same request comes again, Run answers
// with the job that it made then. It answers NarrowSearch if the search finds more
// people than a job can be made with.
func (uc MakeBatch) Run(ctx context.Context, call audit.Call, by account.Permitted, in BatchInput, key RequestKey) (string, error) {
	reason, listed, err := in.check(key)
	if err != nil {
		return "", err
	}
	var id string
	err = retry.Times(5, ErrRevised, func(try int) (err error) {
		if try > 0 {
			if by, err = permitAgain(ctx, uc.Store, by); err != nil {
				return err
			}
		}
		id, err = uc.try(ctx, call, by, in, reason, listed, key)
		return err
	})
	return id, err
}

func (uc MakeBatch) try(ctx context.Context, call audit.Call, by account.Permitted, in BatchInput, reason string, people []staff.EmployeeCode, key RequestKey) (string, error) {
	now := uc.Now()
	once := key.of(by.Caller(), onceBatch, now)
	before, err := once.answered(ctx, uc.Store)
	if err != nil {
		return "", err
	}
	if before != nil {
		return before["job"], nil
	}
	if in.Search != nil {
		if people, err = uc.found(ctx, by, *in.Search); err != nil {
			return "", err
		}
	}
	id, err := staff.NewID(uc.Random)
	if err != nil {
		return "", err
	}
	j := jobs.NewJob{
		Job: jobs.Job{
			ID: id, Kind: in.Action, Owner: by.Caller().Staff, CreatedAt: now, UpdatedAt: now, State: jobs.Queued, Total: len(people), Chunks: 1,
			Params: map[string]string{paramReason: reason, paramAddress: call.Address, paramRequest: call.ID},
		},
		First:  []jobs.Chunk{{N: 1, People: people[:min(jobs.ChunkSize, len(people))]}},
		People: people,
	}
	if err := uc.Store.MakeJob(ctx, by.Caller(), j, once.with(map[string]string{"job": id})); err != nil {
		return "", fmt.Errorf("make a batch: %w", err)
	}
	return id, nil
}

// found are all people whom a search finds.
func (uc MakeBatch) found(ctx context.Context, by account.Permitted, in SearchInput) ([]staff.EmployeeCode, error) {
	var people []staff.EmployeeCode
	err := uc.Search.everybody(ctx, by, in, func(page Found) error {
		for _, p := range page.People {
			people = append(people, p.Code)
		}
		if len(people) > jobs.MostPeople {
			return fault.NarrowSearch
		}
		return nil
	})
	return people, below("search", err)
}

// below is err with the fields that it names as members of an object.
func below(object string, err error) error {
	var refused *fault.Error
	if !errors.As(err, &refused) || len(refused.Fields) == 0 {
		return err
	}
	e := *refused
	e.Fields = nil
	moved := &e
	for _, f := range refused.Fields {
		moved = moved.AtField(object+"."+f.Path, f.FieldCode)
	}
	return moved
}

// check returns the reason in normal form, and the people who are listed, each once.
func (in BatchInput) check(key RequestKey) (reason string, listed []staff.EmployeeCode, err error) {
	var bad fault.Fields
	if key.Key == "" {
		bad.Add("Idempotency-Key", fault.Required)
	}
	if in.Action == "" {
		bad.Add("action", fault.Required)
	} else if in.Action != JobInvite && !slices.Contains(BatchActions, StateAction(in.Action)) {
		bad.Add("action", fault.NotChoice)
	}
	reason = reasonIn(&bad, in.Reason)
	switch {
	case in.People == nil && in.Search == nil:
		bad.Add("employeeCodes", fault.Required)
	case in.People != nil && in.Search != nil:
		bad.Add("search", fault.Invalid)
	case in.People != nil && len(in.People) == 0:
		bad.Add("employeeCodes", fault.Required)
	case len(in.People) > mostListed:
		bad.Add("employeeCodes", fault.TooLong)
		return reason, nil, bad.Err()
	}
	seen := map[staff.EmployeeCode]bool{}
	for i, text := range in.People {
		c, err := staff.ParseEmployeeCode(text)
		if err != nil {
			bad.Add(fmt.Sprintf("employeeCodes[%d]", i), fault.Invalid)
		} else if !seen[c] {
			seen[c] = true
			listed = append(listed, c)
		}
	}
	return reason, listed, bad.Err()
}
