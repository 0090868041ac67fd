package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// Purpose is what a ticket, its code and its texts are for. Texts are counted
// by purpose, so that one flow cannot use up another's.
type Purpose string

// The purposes.
const (
	ForActivation Purpose = "activate"
	ForRecovery   Purpose = "recover"
	ForSignIn     Purpose = "sign_in"
	// ForPhone tickets carry the phone that is to be the person's.
	ForPhone Purpose = "change_phone"
	// ForRequest tickets follow one recovery request; they set a password only
	// after its approval.
	ForRequest Purpose = "recovery_request"
	// ForInvitation texts ask a person to activate; there are no tickets of it.
	ForInvitation Purpose = "invite"
)

// Ticket is a started flow. It fixes whom the flow is for, the phone that its
// codes go to and the account's epoch; all are checked again when it is spent.
type Ticket struct {
	ID      Secret
	Purpose Purpose
	Staff   staff.EmployeeCode
	Phone   staff.Phone
	Epoch   int64
	Expires time.Time

	Code          string // MAC of the digits and the ticket, "" before the first text
	CodeExpires   time.Time
	Tries         int // over all codes of the ticket
	VerifiedUntil time.Time

	Request string // the recovery request, of ForRequest

	// What a second step goes on with, of ForSignIn.
	Client     Client
	Device     string // MAC of the device's secret
	DeviceName string
	Guard      string // the count that a finished sign-in clears
}

const codeLabel = "code"

// refusal says why no code of t may be tried at now, or nil if one may. The
// zero Ticket is one that does not exist.
func (t Ticket) refusal(now time.Time, tries int) error {
	switch {
	case t.Purpose == "" || !now.Before(t.Expires):
		return fault.TicketInvalid
	case t.Tries >= tries:
		return fault.CodeTriesSpent
	case !now.Before(t.CodeExpires) && !now.Before(t.VerifiedUntil):
		return fault.CodeExpired
	}
	return nil
}

// Try is the state of t after one more try of a code, or why there is none.
// Storage counts on the same conditions.
func (t Ticket) Try(now time.Time, tries int) (Ticket, error) {
	if err := t.refusal(now, tries); err != nil {
		return t, err
	}
	t.Tries++
	return t, nil
}

// check compares digits with the code of a ticket whose try is counted.
func (t Ticket) check(keys Keys, digits string, tries int) error {
	if keys.Verify(t.Code, codeLabel, t.ID.Reveal(), digits) {
		return nil
	}
	if t.Tries >= tries {
		return fault.CodeTriesSpent
	}
	return fault.CodeWrong.Remaining(tries - t.Tries)
}

// stands says whether t may still do what it was made for, for the person as
// read now.
func (t Ticket) stands(s staff.Staff, a Account) error {
	switch {
	case t.Purpose == ForActivation && s.Code == t.Staff && !s.CanActivate() && s.Employment == staff.InService && s.State == staff.Active:
		return fault.AlreadyActive
	case t.Purpose == ForActivation && s.CanActivate() && a.Epoch == t.Epoch && s.Phone == t.Phone:
		return nil
	case t.Purpose == ForPhone && s.CanSignIn() && a.Epoch == t.Epoch: // whoever changed the phone raised the epoch
		return nil
	case t.Purpose != ForActivation && t.Purpose != ForPhone && s.CanSignIn() && a.Epoch == t.Epoch && s.Phone == t.Phone:
		return nil
	}
	return fault.TicketInvalid
}

// TicketReader reads tickets.
type TicketReader interface {
	// Ticket returns the ticket, or the zero Ticket if there is none.
	Ticket(context.Context, Secret) (Ticket, error)
}

// TicketWriter writes tickets.
type TicketWriter interface {
	// PutTicket writes a new ticket.
	PutTicket(context.Context, Ticket) error
}

// TicketStore counts and settles the tries of a ticket.
type TicketStore interface {
	// TryCode counts one try on the conditions of Ticket.Try, or says why not. It
	// returns the ticket in either case, the zero Ticket if there is none.
	TryCode(ctx context.Context, id Secret, now time.Time, tries int) (Ticket, error)
	// VerifyCode gives the try of a right code back and notes until when the
	// code stays good.
	VerifyCode(ctx context.Context, t Ticket, until time.Time) error
	// ReturnTry gives back a try whose code was not compared, or was right.
	ReturnTry(ctx context.Context, t Ticket) error
}

// proveCode tries the code of a ticket that fits, and returns the person who has
// proved the phone by it, if the ticket still stands for them. The code stays
// good for a while, so that what is refused after it can be tried again.
func (a attempt) proveCode(ctx context.Context, store interface {
	TicketStore
	PersonReader
}, ticket, digits string, fits func(Ticket) error) (Ticket, Person, error) {
	t, err := a.tryCode(ctx, store, ticket, digits, fits)
	if err != nil {
		return Ticket{}, Person{}, err
	}
	if !a.now.Before(t.VerifiedUntil) {
		t.VerifiedUntil = a.now.Add(a.settings.VerifiedLife)
	}
	var p Person
	err = parallel(
		func() error { return store.VerifyCode(ctx, t, t.VerifiedUntil) },
		func() (err error) { p, err = store.Person(ctx, t.Staff); return err },
	)
	if err != nil {
		return Ticket{}, Person{}, fmt.Errorf("verify the code: %w", err)
	}
	return t, p, t.stands(p.Staff, p.Account)
}

// tryCode counts a try of the code of a ticket that fits, then compares. Where
// nothing is compared after all, the try is given back: otherwise a right code
// could die of what has nothing to do with it.
func (a attempt) tryCode(ctx context.Context, tickets TicketStore, ticket, digits string, fits func(Ticket) error) (Ticket, error) {
	tries := a.settings.CodeTries
	var t Ticket
	var limited, refused error
	parallel(
		func() error { limited = a.refuse(ctx); return nil },
		func() error { t, refused = tickets.TryCode(ctx, ParseSecret(ticket), a.now, tries); return nil },
	)
	counted := refused == nil
	unfit := limited
	if unfit == nil && t.Purpose != "" { // what it is for comes before what has become of it
		unfit = fits(t)
	}
	if unfit != nil && counted {
		if err := tickets.ReturnTry(ctx, t); err != nil {
			return Ticket{}, fmt.Errorf("give a try back: %w", err)
		}
	}
	switch {
	case limited != nil:
		return Ticket{}, limited
	case unfit != nil:
		refused = unfit
	case counted:
		refused = t.check(a.keys, digits, tries)
	}
	if refused != nil {
		if kindOf(refused) == fault.KindInternal {
			return Ticket{}, fmt.Errorf("count a try: %w", refused)
		}
		return Ticket{}, a.failed(ctx, refused)
	}
	return t, nil
}

// forPassword refuses tickets that were made for something else.
func forPassword(t Ticket) error {
	if t.Purpose != ForActivation && t.Purpose != ForRecovery {
		return fault.TicketInvalid
	}
	return nil
}

// kindOf is the kind of the fault in err; what is no fault is internal.
func kindOf(err error) fault.Kind {
	var e *fault.Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return fault.KindInternal
}
