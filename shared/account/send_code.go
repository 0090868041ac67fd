package account

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// SendCode texts a code: the first of an activation, begun by account and name,
// or one more for a ticket of any flow.
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
	TextStore
	// Ticket returns the ticket, or the zero Ticket if there is none.
	Ticket(context.Context, Secret) (Ticket, error)
	// PutTicket writes a new ticket.
	PutTicket(context.Context, Ticket) error
	// DropTicket removes a ticket whose text was never sent.
	DropTicket(context.Context, Ticket) error
	// ReplaceCode puts now's code in the place of was's. It fails with
	// TicketInvalid if the ticket is gone or its code is no longer was's.
	ReplaceCode(ctx context.Context, was, now Ticket) error
}

// Sent is what the caller of a text is told.
type Sent struct {
	Ticket    Secret
	Phone     staff.Phone
	ResendIn  time.Duration
	ExpiresIn time.Duration
}

// Activate begins the activation of the person who has this account (or phone)
// and this name. Everybody who may not activate gets the same answer, but for
// those who have done so already.
func (uc SendCode) Activate(ctx context.Context, call Call, account, name string) (Sent, error) {
	if err := nameFields(account, name); err != nil {
		return Sent{}, err
	}
	who := newLookup(uc.Store, uc.Keys, uc.Settings, uc.Now(), account, call.Address)
	p, forgive, err := who.byName(ctx, name)
	if err != nil {
		return Sent{}, err
	}

	switch {
	case p.Staff.Is(name) && p.Staff.Employment == staff.InService && p.Staff.State == staff.Active:
		return Sent{}, unless(forgive(ctx), fault.AlreadyActive)
	case !p.Staff.CanActivate() || p.Staff.Phone.IsZero():
		return Sent{}, who.failed(ctx, fault.NameOrAccountWrong)
	}

	id, err := NewSecret(uc.Random)
	if err != nil {
		return Sent{}, err
	}
	t := Ticket{ID: id, Purpose: ForActivation, Staff: p.Staff.Code, Phone: p.Staff.Phone, Epoch: p.Account.Epoch, Expires: who.now.Add(uc.Settings.TicketLife)}
	return uc.text(ctx, who.attempt, Ticket{}, t, forgive)
}

// Again texts one more code for a ticket. The ticket stays the same.
func (uc SendCode) Again(ctx context.Context, call Call, ticket string) (Sent, error) {
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
	case t.Purpose == ForRequest, errors.Is(err, fault.TicketInvalid):
		return Sent{}, try.failed(ctx, fault.TicketInvalid)
	case errors.Is(err, fault.CodeTriesSpent):
		return Sent{}, err
	}
	p, err := uc.Store.Person(ctx, t.Staff)
	if err != nil {
		return Sent{}, fmt.Errorf("read the person: %w", err)
	}
	if err := t.stands(p.Staff, p.Account); err != nil {
		return Sent{}, err
	}
	return uc.text(ctx, try, t, t, func(context.Context) error { return nil })
}

// text sends a code for t, which replaces was (the zero Ticket if t is new).
// Beside is done along the way.
func (uc SendCode) text(ctx context.Context, try attempt, was, t Ticket, beside func(context.Context) error) (Sent, error) {
	digits, err := newCode(uc.Random)
	if err != nil {
		return Sent{}, err
	}
	t.Code, t.CodeExpires, t.VerifiedUntil = uc.Keys.MAC(codeLabel, t.ID.Reveal(), digits), try.now.Add(uc.Settings.CodeLife), time.Time{}

	tx := texts{uc.Store, uc.Sender, uc.Settings}
	turn := Turn{Phone: t.Phone, Counted: uc.Keys.MAC("phone", t.Phone.E164()), Purpose: t.Purpose, Source: try.source, At: try.now}
	taken := false
	err = parallel(
		func() (err error) { turn, err = tx.take(ctx, turn); taken = err == nil; return err },
		func() error { return beside(ctx) },
	)
	if err != nil {
		tx.giveBack(ctx, turn, taken, taken, taken)
		return Sent{}, err
	}
	isNew := was.Purpose == ""
	if isNew {
		err = uc.Store.PutTicket(ctx, t)
	} else {
		err = uc.Store.ReplaceCode(ctx, was, t)
	}
	if err != nil {
		tx.giveBack(ctx, turn, true, true, true)
		return Sent{}, fmt.Errorf("write the ticket: %w", err)
	}
	if tx.code(ctx, turn, digits) {
		tx.giveBack(ctx, turn, true, true, true)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if isNew {
			err = uc.Store.DropTicket(ctx, t)
		} else {
			err = uc.Store.ReplaceCode(ctx, t, was)
		}
		return Sent{}, fault.SMSUnavailable.Because(err)
	}
	return Sent{Ticket: t.ID, Phone: t.Phone, ResendIn: uc.Settings.TextInterval, ExpiresIn: uc.Settings.CodeLife}, nil
}
