package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// Purpose is what a ticket, its code and its texts are for. Each purpose has limits
// of its own for texts, so that one flow cannot use up the texts of another.
type Purpose string

// The purposes.
const (
	ForActivation Purpose = "activate"
	ForRecovery   Purpose = "recover"
	ForSignIn     Purpose = "sign_in"
	// ForStepUp tickets prove the phone anew within a session (StepUp).
	ForStepUp Purpose = "step_up"
	// ForPhone tickets have the new phone, which is not the person's yet.
	ForPhone Purpose = "change_phone"
	// ForRequest tickets show how one recovery request goes on. They have no phone and
	// no epoch: an approval of the request fixes both (RecoveryRequest.opened), and
	// with it the ticket sets a password.
	ForRequest Purpose = "recovery_request"
	// ForDecision is for texts alone, which tell of the decision of a request. There
	// are no such tickets.
	ForDecision Purpose = "recovery_decision"
	// ForInvitation is for texts alone, which ask a person to activate. There are
	// no such tickets.
	ForInvitation Purpose = "invite"
	// ForPhoneNotice is for the notice of a new phone.
	ForPhoneNotice Purpose = "notice_phone"
)

// recovers reports whether p is a recovery.
func (p Purpose) recovers() bool { return p == ForRecovery || p == ForRequest }

// notifies reports whether p is a notice of something done, which counts by person.
func (p Purpose) notifies() bool { return p == ForPhoneNotice || p == ForDecision }

// Ticket is a flow that was begun, such as an activation. It fixes the person, the
// phone that gets the codes, and the account's epoch. All three are checked again
// when the ticket is spent. The zero Ticket is one that does not exist.
type Ticket struct {
	ID      Secret
	Purpose Purpose
	Staff   staff.EmployeeCode
	Phone   staff.Phone
	Epoch   int64
	Expires time.Time

	Code          string // MAC of the digits and the ticket, "" before the first text
	CodeExpires   time.Time
	Tries         int       // of all codes of the ticket together, with those being compared
	Wrong         int       // those of Tries that were wrong
	TriedAt       time.Time // when the last of Tries began
	VerifiedUntil time.Time // until then a code that was right once is right again

	// Known says that a known device of the person has begun the flow, or asked for a
	// code. Cleared is when the person's failures had been cleared. Texts and wrong
	// codes are counted by both.
	Known   bool
	Cleared time.Time

	Request string // of ForRequest: the recovery request
	Session string // of ForStepUp and ForPhone: the hash of the session that asked

	// Of ForSignIn: what the second step needs. ForStepUp has the client alone.
	Client     Client
	Device     string // MAC of the device's secret
	DeviceName string
	LockKey    string // its failures are reset when the sign-in is complete
}

const codeLabel = "code"

// refusal says why no code of t may be tried at now. It is nil if one may.
func (t Ticket) refusal(now time.Time, tries int) error {
	switch {
	case t.Purpose == "" || !now.Before(t.Expires):
		return fault.TicketInvalid
	case t.Tries >= tries:
		return CodeTries{t.Tries, t.Wrong, t.TriedAt}.refusal(now, tries)
	case !now.Before(t.CodeExpires) && !now.Before(t.VerifiedUntil):
		return fault.CodeExpired
	}
	return nil
}

// Try returns t after one more try of a code, or why there may be none. Storage
// counts a try on the same conditions.
func (t Ticket) Try(now time.Time, tries int) (Ticket, error) {
	if err := t.refusal(now, tries); err != nil {
		return t, err
	}
	t.Tries++
	t.TriedAt = now
	return t, nil
}

// has compares the digits with the code. The try must have been counted.
func (t Ticket) has(keys Keys, digits string) bool {
	return keys.Verify(t.Code, codeLabel, t.ID.Reveal(), digits)
}

// stands says why t may no longer do what it was made for. S and a are the person as
// read now.
func (t Ticket) stands(s staff.Staff, a Account) error {
	switch {
	case t.Purpose == ForActivation && s.Code == t.Staff && !s.CanActivate() && s.Employment == staff.InService && s.State == staff.Active:
		return fault.AlreadyActive
	case t.Purpose == ForActivation && s.CanActivate() && a.Epoch == t.Epoch && s.Phone == t.Phone:
		return nil
	case t.Purpose == ForPhone && s.CanSignIn() && a.Epoch == t.Epoch: // the phone differs; a change of it would have raised the epoch
		return nil
	case t.Purpose != ForActivation && t.Purpose != ForPhone && s.CanSignIn() && a.Epoch == t.Epoch && s.Phone == t.Phone && !t.Phone.IsZero():
		return nil
	}
	return fault.TicketInvalid
}

// opens says why t may not have a code, nor do what codes are for. Somebody who holds
// grants recovers through administrators alone: else the phone would be the only thing
// to steal. Such a person's ForRecovery ticket stands, but only raises a request.
func (t Ticket) opens(s staff.Staff, a Account) error {
	if t.Purpose == ForRecovery && len(a.Grants) > 0 {
		return fault.TicketInvalid
	}
	return t.stands(s, a)
}

// counted is what texts with codes of t count by, beside their purpose. Each recovery
// ticket counts alone: a stranger who joins a request cannot use up the texts of its
// owner. All other texts count by phone, and those that a known device of the person
// asks for apart from all others.
func (t Ticket) counted(keys Keys) string {
	if t.Purpose == ForRequest {
		return keys.MAC("recovery ticket", t.ID.Hash())
	}
	if t.Known {
		return keys.MAC("phone of a known device", t.Phone.E164())
	}
	return keys.MAC("phone", t.Phone.E164())
}

// spared reports whether t comes from a known device or an open session, which have
// strict counts of their own.
func (t Ticket) spared() bool { return t.Known || t.Purpose == ForStepUp || t.Purpose == ForPhone }

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

// TicketStore counts the tries of a ticket.
type TicketStore interface {
	// TryCode counts one try on the conditions of Ticket.Try, and fails as that
	// does. It returns the ticket in either case, the zero Ticket if there is none.
	TryCode(ctx context.Context, id Secret, now time.Time, tries int) (Ticket, error)
	// VerifyCode gives the try of a right code back, and writes until when the code
	// stays good.
	VerifyCode(ctx context.Context, t Ticket, until time.Time) error
	// ReturnTry gives a try back whose code was not compared, or was right.
	ReturnTry(ctx context.Context, t Ticket) error
	// WrongTry writes that a try was wrong, and returns how many were.
	WrongTry(ctx context.Context, t Ticket) (int, error)
	CodeCounter
}

// proveCode compares the code as tryCode does. If the code is right and the ticket
// still stands, it returns ticket and person. The code stays good for a while: a
// person whose new password is refused can send another one with the same code. Beside
// is done in the same trip as the tries are given back.
func (a attempt) proveCode(ctx context.Context, store interface {
	TicketStore
	PersonReader
	RequestReader
}, ticket, digits string, fits func(Ticket) error, beside ...func(staff.Staff) error) (Ticket, Person, error) {
	var opened Ticket
	var p Person
	try, err := a.tryCode(ctx, store, ticket, digits, fits, func(ctx context.Context, t Ticket) (err error) {
		opened, p, err = holder(ctx, store, t, a.now)
		return err
	})
	if err != nil {
		return Ticket{}, Person{}, err
	}
	t := try.Ticket
	if !a.now.Before(t.VerifiedUntil) {
		t.VerifiedUntil = a.now.Add(a.settings.VerifiedLife)
	}
	steps := []func() error{
		func() error { return store.VerifyCode(ctx, t, t.VerifiedUntil) },
		func() error { return try.right(ctx) },
	}
	for _, step := range beside {
		steps = append(steps, func() error { return step(p.Staff) })
	}
	err = parallel(steps...)
	if err != nil {
		return Ticket{}, Person{}, fmt.Errorf("verify the code: %w", err)
	}
	opened.VerifiedUntil = t.VerifiedUntil
	return opened, p, opened.opens(p.Staff, p.Account)
}

// codeTry is a try of a code that was right. The caller gives it back: to the ticket,
// unless that is spent, and by right to the person's day.
type codeTry struct {
	Ticket
	store TicketStore
	key   string
	now   time.Time
}

// right gives the try back to the person's day. If that fails, the person has a try
// less today, and the request succeeds all the same.
func (c codeTry) right(ctx context.Context) error {
	if err := c.store.RightCode(ctx, c.key, c.now); err != nil {
		slog.WarnContext(ctx, "a try of the day was not given back", "err", err)
	}
	return nil
}

// abandon gives the try back to ticket and day, because nothing was compared. It goes
// on even if the caller's time is up. If it fails, the try counts as a wrong one.
func (c codeTry) abandon(ctx context.Context, day bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	err := parallel(
		func() error { return c.store.ReturnTry(ctx, c.Ticket) },
		func() error {
			if !day {
				return nil
			}
			return c.right(ctx)
		},
	)
	if err != nil {
		slog.ErrorContext(ctx, "a try of a code was not given back", "err", err)
	}
}

// tryCode counts a try of the ticket, then one of the person's day, and then compares
// the code. It reads what the caller needs, by read, beside the second count. Fits
// says why the ticket is not one for this flow. If nothing is compared, the tries are
// given back: otherwise requests that guess nothing could use up the tries of
// somebody who has the right code.
func (a attempt) tryCode(ctx context.Context, tickets TicketStore, ticket, digits string, fits func(Ticket) error, read func(context.Context, Ticket) error) (codeTry, error) {
	tries := a.settings.CodeTries
	var use AddressUse
	var t Ticket
	var unread, refused error
	parallel(
		func() error { use, unread = a.use(ctx); return nil },
		func() error { t, refused = tickets.TryCode(ctx, ParseSecret(ticket), a.now, tries); return nil },
	)
	counted := refused == nil
	a.spared = a.spared || t.spared()
	unfit := cmp.Or(unread, a.failures(use))
	if counted && unread == nil && unfit != nil {
		if t, unread = a.known(ctx, t); t.Known {
			a.spared, unfit = true, nil
		}
	}
	try := codeTry{t, tickets, t.codeKey(a.keys), a.now}
	limited := cmp.Or(unread, unfit)
	if limited == nil && t.Purpose != "" { // what the ticket is for comes before whether it is spent
		unfit = fits(t)
	}
	if cmp.Or(limited, unfit) != nil && counted {
		try.abandon(ctx, false)
	}
	switch {
	case limited != nil:
		return codeTry{}, limited
	case unfit != nil:
		return codeTry{}, a.failed(ctx, unfit)
	case errors.Is(refused, fault.Busy):
		return codeTry{}, refused
	case kindOf(refused) == fault.KindInternal && refused != nil, errors.Is(refused, fault.Unavailable):
		return codeTry{}, fmt.Errorf("count a try: %w", refused)
	case refused != nil:
		return codeTry{}, a.failed(ctx, refused)
	}

	begin := func() error { return tickets.BeginCode(ctx, try.key, a.now, a.settings.CodeTriesADay) }
	var closed error
	parallel(
		func() error { closed = begin(); return nil },
		func() error { unread = read(ctx, t); return nil },
	)
	if errors.Is(closed, fault.CodeTriesSpent) && unread == nil && !t.Known {
		if try.Ticket, unread = a.known(ctx, t); try.Known { // which has a count of its own
			try.key, a.spared = try.codeKey(a.keys), true
			closed = begin()
		}
	}
	if err := cmp.Or(closed, unread); err != nil {
		try.abandon(ctx, closed == nil)
		return codeTry{}, fmt.Errorf("count a try: %w", untilTomorrow(err, a.now))
	}
	if t.has(a.keys, digits) {
		return try, nil
	}
	return codeTry{}, a.wrongCode(ctx, try)
}

// known is the ticket, known if the request comes from a known device of its person.
func (a attempt) known(ctx context.Context, t Ticket) (Ticket, error) {
	if a.onKnown == nil || t.Known {
		return t, nil
	}
	known, err := a.onKnown(ctx, t)
	if err != nil {
		return t, fmt.Errorf("read the device: %w", err)
	}
	t.Known = known
	return t, nil
}

// wrongCode counts a wrong code for ticket, day and address. It returns the answer.
func (a attempt) wrongCode(ctx context.Context, try codeTry) error {
	var ofTicket, ofDay int
	err := parallel(
		func() (err error) { ofTicket, err = try.store.WrongTry(ctx, try.Ticket); return err },
		func() (err error) { ofDay, err = try.store.WrongCode(ctx, try.key, a.now); return err },
		func() error { return a.failed(ctx, nil) },
	)
	switch {
	case err != nil:
		return fmt.Errorf("count a wrong code: %w", err)
	case ofDay >= a.settings.CodeTriesADay:
		return untilTomorrow(fault.CodeTriesSpent, a.now)
	case ofTicket >= a.settings.CodeTries:
		return fault.CodeTriesSpent
	}
	return fault.CodeWrong.Remaining(a.settings.CodeTries - ofTicket)
}

// forPassword refuses tickets of flows that set no password, and recovery tickets for
// which no code was ever texted: their request may not be approved.
func forPassword(t Ticket) error {
	switch {
	case t.Purpose == ForActivation, t.Purpose == ForRecovery, t.Purpose == ForRequest && t.Code != "":
		return nil
	}
	return fault.TicketInvalid
}

// kindOf is the kind of the fault in err. Any other error is internal.
func kindOf(err error) fault.Kind {
	var e *fault.Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return fault.KindInternal
}
