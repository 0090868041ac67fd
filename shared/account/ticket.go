package account

import (
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
