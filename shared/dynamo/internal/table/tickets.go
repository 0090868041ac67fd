package table

import (
	"fmt"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

// ticketItem is an account.Ticket as stored. Its key has a hash of the ticket's id;
// the table does not have the id itself.
type ticketItem struct {
	Purpose       string `dynamodbav:"purpose"`
	Staff         string `dynamodbav:"staff"`
	Phone         string `dynamodbav:"phone,omitempty"`
	Epoch         int64  `dynamodbav:"epoch"`
	ExpiresMS     int64  `dynamodbav:"expires_ms"`
	Expires       int64  `dynamodbav:"expires"`
	Code          string `dynamodbav:"code_mac,omitempty"`
	CodeExpires   int64  `dynamodbav:"code_expires_ms"`
	Tries         int    `dynamodbav:"tries"`
	Wrong         int    `dynamodbav:"wrong,omitempty"`
	TriedAt       int64  `dynamodbav:"tried_ms,omitempty"`
	Known         bool   `dynamodbav:"known,omitempty"`
	Cleared       int64  `dynamodbav:"cleared_ms,omitempty"`
	VerifiedUntil int64  `dynamodbav:"verified_ms"`
	Request       string `dynamodbav:"request,omitempty"`
	Session       string `dynamodbav:"session,omitempty"`
	Client        string `dynamodbav:"client,omitempty"`
	Device        string `dynamodbav:"device,omitempty"`
	DeviceName    string `dynamodbav:"device_name,omitempty"`
	Guard         string `dynamodbav:"guard,omitempty"`
}

// TicketToItem returns the item of t.
func TicketToItem(t account.Ticket) Item {
	it := ticketItem{
		Purpose: string(t.Purpose), Staff: t.Staff.String(), Epoch: t.Epoch, ExpiresMS: Millis(t.Expires), Expires: t.Expires.Unix(),
		Code: t.Code, CodeExpires: Millis(t.CodeExpires), Tries: t.Tries, Wrong: t.Wrong, TriedAt: Millis(t.TriedAt), Known: t.Known, Cleared: Millis(t.Cleared), VerifiedUntil: Millis(t.VerifiedUntil), Request: t.Request, Session: t.Session,
		Client: string(t.Client), Device: t.Device, DeviceName: t.DeviceName, Guard: t.LockKey,
	}
	if !t.Phone.IsZero() {
		it.Phone = t.Phone.E164()
	}
	return NewItem(TicketKey(t.ID), "ticket", it)
}

// TicketFromItem reads the ticket that the client calls id. A nil item gives the
// zero Ticket.
func TicketFromItem(id account.Secret, item Item) (account.Ticket, error) {
	if item == nil {
		return account.Ticket{}, nil
	}
	var it ticketItem
	if err := Decode(item, &it); err != nil {
		return account.Ticket{}, err
	}
	var bad error
	t := account.Ticket{
		ID: id, Purpose: account.Purpose(it.Purpose), Staff: Parsed(staff.ParseEmployeeCode, it.Staff, &bad), Epoch: it.Epoch, Expires: Instant(it.ExpiresMS),
		Code: it.Code, CodeExpires: Instant(it.CodeExpires), Tries: it.Tries, Wrong: it.Wrong, TriedAt: Instant(it.TriedAt), Known: it.Known, Cleared: Instant(it.Cleared), VerifiedUntil: Instant(it.VerifiedUntil), Request: it.Request, Session: it.Session,
		Client: account.Client(it.Client), Device: it.Device, DeviceName: it.DeviceName, LockKey: it.Guard,
	}
	if it.Phone != "" {
		t.Phone = Parsed(staff.ParsePhone, it.Phone, &bad)
	}
	if bad != nil {
		return account.Ticket{}, fmt.Errorf("read a ticket: %w", bad)
	}
	return t, nil
}
