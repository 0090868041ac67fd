package account

import (
	"context"
	"fmt"
	"io"
	"time"

	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/retry"
	"chaoxi/shared/staff"
)

// RaiseRecovery asks the administrators of the person's units for help (通过管理员
// 找回密码), and shows how the request goes on.
//
// Run makes three trips to storage: it reads the ticket, reads the person, and writes
// the request. If the person has asked before, it reads that request, too. Follow
// makes one trip, and for an approved request another one, to the person.
type RaiseRecovery struct {
	Store    RaiseRecoveryStore
	Keys     Keys
	Settings Settings
	Now      func() time.Time
	Random   io.Reader
}

// RaiseRecoveryStore is what RaiseRecovery asks of storage.
type RaiseRecoveryStore interface {
	AddressStore
	PersonReader
	RequestReader
	TicketReader
	TicketWriter
	// RaiseRequest writes the request, the mark, the ticket and an audit entry, all
	// or nothing. It fails with ErrSwapped if the account's mark or epoch has
	// changed since was was read.
	RaiseRequest(ctx context.Context, was Account, r RaisedRequest) error
}

// RaisedRequest is what RaiseRequest writes.
type RaisedRequest struct {
	Request RecoveryRequest
	Mark    LastRecovery
	Ticket  Ticket
	Audit   audit.Entry
}

// RaiseRecoveryInput is one request, as typed.
type RaiseRecoveryInput struct{ Ticket, Reason string }

// Raised is the person's open request, with a ticket to follow it.
type Raised struct {
	ID     string
	State  RecoveryState
	Ticket Secret
	New    bool // whether this call has raised it
}

// Run raises a request. If the person has an open one, it returns that.
func (uc RaiseRecovery) Run(ctx context.Context, call audit.Call, in RaiseRecoveryInput) (Raised, error) {
	var f fault.Fields
	required(&f, "ticket", in.Ticket, maxSecret)
	if in.Reason = lines(&f, "reason", in.Reason, maxReason); in.Reason == "" {
		f.Add("reason", fault.Required)
	}
	if err := f.Err(); err != nil {
		return Raised{}, err
	}
	now := uc.Now()
	try := newAttempt(uc.Store, uc.Keys, uc.Settings, now, call.Address)
	var t Ticket
	err := parallel(
		func() error { return try.refuse(ctx) },
		func() (err error) { t, err = uc.Store.Ticket(ctx, ParseSecret(in.Ticket)); return err },
	)
	if err != nil {
		return Raised{}, fmt.Errorf("read the ticket: %w", err)
	}
	// The ticket's tries do not count here. Somebody who gets no code, or the wrong
	// one, needs help most.
	if t.Purpose != ForRecovery || !now.Before(t.Expires) {
		return Raised{}, try.failed(ctx, fault.TicketInvalid)
	}

	var done Raised
	// If another request of the same person comes in between, the next try finds it
	// open.
	err = retry.Times(10, ErrSwapped, func(int) error {
		p, err := uc.Store.Person(ctx, t.Staff)
		if err != nil {
			return fmt.Errorf("read the person: %w", err)
		}
		if err := t.stands(p.Staff, p.Account); err != nil {
			return try.failed(ctx, err)
		}
		last, err := lastRequest(ctx, uc.Store, p.Account)
		if err != nil {
			return err
		}
		if last.Open(now, p.Account) {
			done, err = uc.join(ctx, last, p, now)
		} else {
			done, err = uc.raise(ctx, call, p, in.Reason, now)
		}
		return err
	})
	return done, err
}

func (uc RaiseRecovery) raise(ctx context.Context, call audit.Call, p Person, reason string, now time.Time) (Raised, error) {
	id, err := staff.NewID(uc.Random)
	if err != nil {
		return Raised{}, err
	}
	mark, err := p.Account.Recovery.next(id, now, uc.Settings)
	if err != nil {
		return Raised{}, err
	}
	// The entry has no actor: whoever knew account and name has raised the request.
	entry, err := audit.New(uc.Random, now, call, staff.EmployeeCode{}, audit.RaiseRecovery, audit.OfStaff(p.Staff.Code))
	if err != nil {
		return Raised{}, err
	}
	entry.Changes, entry.Reason = []audit.Change{{Field: RequestField, New: id}}, reason
	r := RecoveryRequest{ID: id, Staff: p.Staff.Code, State: RecoveryPending, Reason: reason, Created: now, Expires: now.Add(uc.Settings.RecoveryLife)}
	t, err := uc.ticket(r)
	if err != nil {
		return Raised{}, err
	}
	if err := uc.Store.RaiseRequest(ctx, p.Account, RaisedRequest{r, mark, t, entry}); err != nil {
		return Raised{}, fmt.Errorf("raise a request: %w", err)
	}
	return Raised{id, r.State, t.ID, true}, nil
}

// join gives the client a ticket for a request that is open already.
func (uc RaiseRecovery) join(ctx context.Context, r RecoveryRequest, p Person, now time.Time) (Raised, error) {
	t, err := uc.ticket(r)
	if err != nil {
		return Raised{}, err
	}
	if err := uc.Store.PutTicket(ctx, t); err != nil {
		return Raised{}, fmt.Errorf("write the recovery ticket: %w", err)
	}
	return Raised{ID: r.ID, State: r.At(now, p.Account), Ticket: t.ID}, nil
}

// ticket makes a ticket of the request. It has no phone: an approval decides where
// codes go. It lasts as long as any request can; Follow also looks at the request
// itself.
func (uc RaiseRecovery) ticket(r RecoveryRequest) (Ticket, error) {
	id, err := NewSecret(uc.Random)
	if err != nil {
		return Ticket{}, err
	}
	end := r.Created.Add(uc.Settings.RecoveryLife + uc.Settings.RecoveryApprovedLife)
	return Ticket{ID: id, Purpose: ForRequest, Staff: r.Staff, Request: r.ID, Expires: end}, nil
}

// Follow returns the request and its state at this moment. The caller must have a
// ticket of that request. It may say that an id does not exist, because ids are drawn
// from 2^128 and cannot be guessed.
func (uc RaiseRecovery) Follow(ctx context.Context, call audit.Call, id, ticket string) (RecoveryRequest, RecoveryState, error) {
	if !isID(id) {
		return RecoveryRequest{}, "", fault.NotFound
	}
	now := uc.Now()
	try := newAttempt(uc.Store, uc.Keys, uc.Settings, now, call.Address)
	var t Ticket
	var r RecoveryRequest
	err := parallel(
		func() error { return try.refuse(ctx) },
		func() (err error) { t, err = uc.Store.Ticket(ctx, ParseSecret(ticket)); return err },
		func() (err error) { r, err = uc.Store.RecoveryRequest(ctx, id); return err },
	)
	switch {
	case err != nil:
		return RecoveryRequest{}, "", fmt.Errorf("read the request: %w", err)
	case r.ID == "":
		return RecoveryRequest{}, "", try.failed(ctx, fault.NotFound)
	case t.Purpose != ForRequest, t.Request != id, !now.Before(t.Expires), !now.Before(r.followed(uc.Settings)):
		return RecoveryRequest{}, "", try.failed(ctx, fault.TicketInvalid)
	}
	var a Account
	if r.State == RecoveryApproved { // which ends with the epoch
		p, err := uc.Store.Person(ctx, r.Staff)
		if err != nil {
			return RecoveryRequest{}, "", fmt.Errorf("read whose request it is: %w", err)
		}
		a = p.Account
	}
	return r, r.At(now, a), nil
}
