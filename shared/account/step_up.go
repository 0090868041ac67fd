package account

import (
	"context"
	"fmt"
	"io"
	"time"

	"chaoxi/shared/fault"
)

// StepUp begins to prove the phone anew within a session, before what takes a fresh
// proof: administration, and a change of the phone. It makes a ticket. The client has
// a code texted for it (SendCode), and VerifyLogin takes the code.
type StepUp struct {
	Store    StepUpStore
	Settings Settings
	Now      func() time.Time
	Random   io.Reader
}

// StepUpStore is what StepUp asks of storage.
type StepUpStore interface {
	PersonReader
	TicketWriter
}

// Run makes the ticket. It is for the caller's session as it is now: the session is
// another one as soon as it has been proved.
func (uc StepUp) Run(ctx context.Context, c Caller) (SecondStep, error) {
	p, err := uc.Store.Person(ctx, c.Staff)
	switch {
	case err != nil:
		return SecondStep{}, fmt.Errorf("read the caller: %w", err)
	case p.Account.Epoch != c.Epoch, !p.Staff.CanSignIn():
		return SecondStep{}, fault.SessionExpired // a moment ago
	}
	id, err := NewSecret(uc.Random)
	if err != nil {
		return SecondStep{}, err
	}
	t := Ticket{
		ID: id, Purpose: ForStepUp, Staff: c.Staff, Phone: p.Staff.Phone, Epoch: c.Epoch, Expires: uc.Now().Add(uc.Settings.TicketLife),
		Session: c.Session.Hash, Client: c.Session.Client, Cleared: p.Account.ClearedAt,
	}
	if err := uc.Store.PutTicket(ctx, t); err != nil {
		return SecondStep{}, fmt.Errorf("write the ticket: %w", err)
	}
	return SecondStep{t.ID, t.Phone}, nil
}
