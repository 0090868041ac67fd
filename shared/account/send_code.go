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
	DeviceReader
	CodeStore
}

// Activate begins the activation of the person with this account (or phone) and this
// name. Somebody who is active already is told so. Everybody else who may not
// activate gets the same answer as somebody who mistypes the name. Device is the
// secret of the device that asks, "" for none.
func (uc SendCode) Activate(ctx context.Context, call audit.Call, account, name, device string) (Sent, error) {
	if err := nameFields(account, name); err != nil {
		return Sent{}, err
	}
	who := newLookup(uc.Store, uc.Keys, uc.Settings, uc.Now(), account, device, call.Address)
	p, found, err := who.byName(ctx, name)
	if err != nil {
		return Sent{}, err
	}

	switch {
	case p.Staff.Is(name) && p.Staff.Employment == staff.InService && p.Staff.State == staff.Active:
		return Sent{}, cmp.Or[error](found.called(ctx), fault.AlreadyActive)
	case !p.Staff.CanActivate() || p.Staff.Phone.IsZero():
		return Sent{}, found.missed(ctx)
	}

	id, err := NewSecret(uc.Random)
	if err != nil {
		return Sent{}, err
	}
	t := Ticket{ID: id, Purpose: ForActivation, Staff: p.Staff.Code, Phone: p.Staff.Phone, Epoch: p.Account.Epoch, Expires: who.now.Add(uc.Settings.TicketLife), Cleared: p.Account.ClearedAt}
	return uc.codes().send(ctx, who.attempt, Ticket{}, t, found.right)
}

// Again texts one more code for a ticket. The ticket stays the same. If the device
// that asks is a known one of the person, the ticket's texts and wrong codes count
// apart from now on: strangers cannot use them up.
func (uc SendCode) Again(ctx context.Context, call audit.Call, ticket, device string) (Sent, error) {
	var f fault.Fields
	if required(&f, "ticket", ticket, maxSecret); f.Err() != nil {
		return Sent{}, f.Err()
	}
	try := newAttempt(uc.Store, uc.Keys, uc.Settings, uc.Now(), call.Address)
	var use AddressUse
	var t Ticket
	err := parallel(
		func() (err error) { use, err = try.use(ctx); return err },
		func() (err error) { t, err = uc.Store.Ticket(ctx, ParseSecret(ticket)); return err },
	)
	if err != nil {
		return Sent{}, fmt.Errorf("read the ticket: %w", err)
	}
	limited := try.failures(use)
	if limited != nil && !t.spared() && device == "" {
		return Sent{}, limited
	}
	switch err := t.refusal(try.now, uc.Settings.CodeTries); {
	case errors.Is(err, fault.TicketInvalid) && limited != nil:
		return Sent{}, limited
	case errors.Is(err, fault.TicketInvalid):
		return Sent{}, try.failed(ctx, fault.TicketInvalid)
	case errors.Is(err, fault.CodeTriesSpent), errors.Is(err, fault.Busy):
		return Sent{}, err
	}
	was := t
	var refused error
	check := func(ctx context.Context) error {
		t, refused = uc.checked(ctx, was, device, try.now)
		if limited != nil && !t.spared() && !errors.Is(refused, fault.Unavailable) {
			refused = limited
		}
		return refused
	}
	// The place of the text is taken while the person is read, and given back if they may
	// not have one. Only the ticket of a request tells no phone before it is opened.
	var place Reservation
	early := was.Purpose != ForRequest && limited == nil
	if early {
		place, err = uc.codes().reserve(ctx, try, was, check)
	} else {
		_ = check(ctx)
	}
	try.spared = t.spared()
	switch {
	case errors.Is(refused, fault.TicketInvalid): // counts as one that nobody has: else the limit would tell whose ticket stands no more
		return Sent{}, try.failed(ctx, refused)
	case refused != nil:
		return Sent{}, refused
	case early && t.Known != was.Known: // it counts as a text of a known device
		if err == nil {
			smsQuota{uc.Store, uc.Settings}.release(ctx, place)
		}
		early = false
	case err != nil:
		return Sent{}, err
	}
	if !early {
		return uc.codes().send(ctx, try, was, t, func(context.Context) error { return nil })
	}
	return uc.codes().sendAt(ctx, place, try, was, t)
}

// checked is the ticket as opened, and as that of a known device if one asks. Its error
// says why no code may be texted for it.
func (uc SendCode) checked(ctx context.Context, t Ticket, device string, now time.Time) (Ticket, error) {
	was, macs := t, deviceMAC(uc.Keys, t.Staff, device)
	var h SignInState
	err := parallel(
		func() (err error) { t, h.Person, err = holder(ctx, uc.Store, was, now); return err },
		func() (err error) {
			if device != "" {
				h.Devices, err = uc.Store.Devices(ctx, was.Staff, macs)
			}
			return err
		},
	)
	if err != nil {
		return was, err
	}
	t.Known = was.Known || h.Staff.CanSignIn() && h.knows(macs, now)
	return t, t.opens(h.Staff, h.Account)
}

func (uc SendCode) codes() codeSender {
	return codeSender{store: uc.Store, sender: uc.Sender, random: uc.Random}
}
