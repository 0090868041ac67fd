package account

import (
	"context"
	"strconv"
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
	// These are for notices of something done: a new phone, a new password, a sign-in on
	// a new device, a grant.
	ForPhoneNotice    Purpose = "notice_phone"
	ForPasswordNotice Purpose = "notice_password"
	ForDeviceNotice   Purpose = "notice_device"
	ForGrantNotice    Purpose = "notice_grant"
)

// recovers reports whether p is a recovery.
func (p Purpose) recovers() bool { return p == ForRecovery || p == ForRequest }

// notifies reports whether p is a notice of something done, which counts by person.
func (p Purpose) notifies() bool {
	switch p {
	case ForPhoneNotice, ForPasswordNotice, ForDeviceNotice, ForGrantNotice, ForDecision:
		return true
	}
	return false
}

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

// codeKey is what wrong codes of the ticket's person and purpose are counted by: from
// known devices apart from all else, and anew when failures were cleared.
func (t Ticket) codeKey(keys Keys) string {
	return keys.MAC("code tries", t.Staff.String(), string(t.Purpose), strconv.FormatBool(t.Known), strconv.FormatInt(t.Cleared.UnixMilli(), 10))
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
