package account

import (
	"context"
	"fmt"
	"io"
	"time"

	"chaoxi/shared/fault"
	"chaoxi/shared/retry"
)

// RaiseRecovery asks the administrators of the person's units for help (通过管理员
// 找回密码), and follows what becomes of it.
//
// Raising takes three trips to storage, four for somebody who has asked before:
// the ticket; the person; the last request; the writing. Following takes one.
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
	// RaiseRequest writes all of the request or nothing. It fails with
	// ErrSwapped if the account's mark or epoch is no longer was's.
	RaiseRequest(ctx context.Context, was Account, r RaisedRequest) error
}

// RaisedRequest is what RaiseRequest writes.
type RaisedRequest struct {
	Request RecoveryRequest
	Mark    LastRecovery
	Ticket  Ticket
	Call    Call
	AuditID string
}

// RaiseRecoveryInput is one request, as typed.
type RaiseRecoveryInput struct{ Ticket, Reason string }

// Raised is the person's open request, and a ticket to follow it with.
type Raised struct {
	ID     string
	State  RecoveryState
	Ticket Secret
	New    bool // it was not there before
}

// Run raises a request, or finds the one that is open.
func (uc RaiseRecovery) Run(ctx context.Context, call Call, in RaiseRecoveryInput) (Raised, error) {
	var f fault.Fields
	required(&f, "ticket", in.Ticket, maxSecret)
	if in.Reason = plain(&f, "reason", in.Reason, maxReason); in.Reason == "" {
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
	// Tries of its code do not matter here: who gets no code is who needs help.
	if t.Purpose != ForRecovery || !now.Before(t.Expires) {
		return Raised{}, try.failed(ctx, fault.TicketInvalid)
	}

	var done Raised
	err = retry.Times(10, ErrSwapped, func(int) error { // who loses to another request of the same person finds it open
		p, err := uc.Store.Person(ctx, t.Staff)
		if err != nil {
			return fmt.Errorf("read the person: %w", err)
		}
		if err := t.stands(p.Staff, p.Account); err != nil {
			return err
		}
		last, err := lastRequest(ctx, uc.Store, p.Account)
		if err != nil {
			return err
		}
		if last.Pending(now) {
			done, err = uc.join(ctx, last, now)
		} else {
			done, err = uc.raise(ctx, call, p, in.Reason, now)
		}
		return err
	})
	return done, err
}

func (uc RaiseRecovery) raise(ctx context.Context, call Call, p Person, reason string, now time.Time) (Raised, error) {
	id, err := NewID(uc.Random)
	if err != nil {
		return Raised{}, err
	}
	mark, err := p.Account.Recovery.next(id, now, uc.Settings)
	if err != nil {
		return Raised{}, err
	}
	audit, err := NewID(uc.Random)
	if err != nil {
		return Raised{}, err
	}
	r := RecoveryRequest{ID: id, Staff: p.Staff.Code, State: RecoveryPending, Reason: reason, Created: now, Expires: now.Add(uc.Settings.RecoveryLife)}
	t, err := uc.ticket(r)
	if err != nil {
		return Raised{}, err
	}
	if err := uc.Store.RaiseRequest(ctx, p.Account, RaisedRequest{r, mark, t, call, audit}); err != nil {
		return Raised{}, fmt.Errorf("raise a request: %w", err)
	}
	return Raised{id, r.State, t.ID, true}, nil
}

// join gives another client of the person a ticket of its own for an open
// request.
func (uc RaiseRecovery) join(ctx context.Context, r RecoveryRequest, now time.Time) (Raised, error) {
	t, err := uc.ticket(r)
	if err != nil {
		return Raised{}, err
	}
	if err := uc.Store.PutTicket(ctx, t); err != nil {
		return Raised{}, fmt.Errorf("write the recovery ticket: %w", err)
	}
	return Raised{ID: r.ID, State: r.At(now), Ticket: t.ID}, nil
}

// ticket draws a recovery ticket. It fixes request and person only; where codes
// go, the approval decides. Its end is the latest that there can be: who reads
// it asks the request as well.
func (uc RaiseRecovery) ticket(r RecoveryRequest) (Ticket, error) {
	id, err := NewSecret(uc.Random)
	if err != nil {
		return Ticket{}, err
	}
	end := r.Created.Add(uc.Settings.RecoveryLife + uc.Settings.RecoveryApprovedLife)
	return Ticket{ID: id, Purpose: ForRequest, Staff: r.Staff, Request: r.ID, Expires: end}, nil
}

// Follow returns the request with its state at this moment, to who has a ticket of
// that very request. Ids are drawn from 2^128: who has one has been given it.
func (uc RaiseRecovery) Follow(ctx context.Context, call Call, id, ticket string) (RecoveryRequest, RecoveryState, error) {
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
	return r, r.At(now), nil
}
