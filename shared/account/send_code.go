package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// SendCode texts a code: the first code of an activation, or one more code for a
// ticket of any flow.
type SendCode struct {
	Store    SendCodeStore
	Sender   Sender
	Keys     Keys
	Settings Settings
	Now      func() time.Time
	Random   io.Reader
}

// SendCodeStore is what SendCode asks of storage.
type SendCodeStore interface {
	PersonStore
	RequestReader
	TicketReader
	CodeStore
}

// Activate begins the activation of the person with this account (or phone) and this
// name. Somebody who is active already is told so. Everybody else who may not
// activate gets the same answer as somebody who mistypes the name.
func (uc SendCode) Activate(ctx context.Context, call audit.Call, account, name string) (Sent, error) {
	if err := nameFields(account, name); err != nil {
		return Sent{}, err
	}
	who := newLookup(uc.Store, uc.Keys, uc.Settings, uc.Now(), account, call.Address)
	p, found, err := who.byName(ctx, name)
	if err != nil {
		return Sent{}, err
	}

	switch {
	case p.Staff.Is(name) && p.Staff.Employment == staff.InService && p.Staff.State == staff.Active:
		return Sent{}, cmp.Or[error](found.right(ctx), fault.AlreadyActive)
	case !p.Staff.CanActivate() || p.Staff.Phone.IsZero():
		return Sent{}, found.missed(ctx)
	}

	id, err := NewSecret(uc.Random)
	if err != nil {
		return Sent{}, err
	}
	t := Ticket{ID: id, Purpose: ForActivation, Staff: p.Staff.Code, Phone: p.Staff.Phone, Epoch: p.Account.Epoch, Expires: who.now.Add(uc.Settings.TicketLife), Orgs: worksIn(p.Staff)}
	return uc.codes().send(ctx, who.attempt, Ticket{}, t, found.right)
}

// Again texts one more code for a ticket. The ticket stays the same.
func (uc SendCode) Again(ctx context.Context, call audit.Call, ticket string) (Sent, error) {
	var f fault.Fields
	if required(&f, "ticket", ticket, maxSecret); f.Err() != nil {
		return Sent{}, f.Err()
	}
	try := newAttempt(uc.Store, uc.Keys, uc.Settings, uc.Now(), call.Address)
	var t Ticket
	err := parallel(
		func() error { return try.refuse(ctx) },
		func() (err error) { t, err = uc.Store.Ticket(ctx, ParseSecret(ticket)); return err },
	)
	if err != nil {
		return Sent{}, fmt.Errorf("read the ticket: %w", err)
	}
	switch err := t.refusal(try.now, uc.Settings.CodeTries); {
	case errors.Is(err, fault.TicketInvalid):
		return Sent{}, try.failed(ctx, fault.TicketInvalid)
	case errors.Is(err, fault.CodeTriesSpent):
		return Sent{}, err
	}
	t, p, err := holder(ctx, uc.Store, t, try.now)
	if err != nil {
		return Sent{}, err
	}
	if err := t.opens(p.Staff, p.Account); err != nil {
		return Sent{}, err
	}
	return uc.codes().send(ctx, try, t, t, func(context.Context) error { return nil })
}

func (uc SendCode) codes() codeSender { return codeSender{uc.Store, uc.Sender, uc.Random} }
