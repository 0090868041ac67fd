package account

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// ChangePhone gives a person a new phone in two steps: the current password and
// the number, to which a code is texted; then the code. It ends all sessions and
// tickets, forgets all devices, and tells the old number.
//
// It is the one flow whose code goes to a number that the client names. So the
// password is asked for before anything is said about the number, and a person
// may name only so many a day: else anybody who is signed in could text
// strangers, or learn who is on the register.
type ChangePhone struct {
	Store    ChangePhoneStore
	Hasher   Hasher
	Sender   Sender
	Keys     Keys
	Settings Settings
	Now      func() time.Time
	Random   io.Reader
}

// ChangePhoneStore is what ChangePhone asks of storage.
type ChangePhoneStore interface {
	CurrentPasswordStore
	CodeStore
	TicketStore
	PersonReader
	// ReplacePhone writes all of the change or nothing: it spends the ticket,
	// moves the unique name, writes the record, raises the epochs and leaves an
	// audit entry. It fails with TicketInvalid if ticket, epoch, state, phone or
	// account is no longer what it was, and with PhoneTaken.
	ReplacePhone(context.Context, PhoneReplacement) error
}

// PhoneReplacement is what ReplacePhone writes.
type PhoneReplacement struct {
	Ticket Ticket // its phone is the new one
	Was    staff.Staff
	Audit  audit.Entry
}

// NewPhoneInput is the first request, as typed.
type NewPhoneInput struct{ CurrentPassword, AreaCode, Phone string }

// Begin texts a code to the new number.
func (uc ChangePhone) Begin(ctx context.Context, call audit.Call, c Caller, in NewPhoneInput) (Sent, error) {
	phone, err := in.check()
	if err != nil {
		return Sent{}, err
	}
	now := uc.Now()
	try := newAttempt(uc.Store, uc.Keys, uc.Settings, now, call.Address)
	p, err := currentPassword{try, uc.Store, uc.Hasher}.prove(ctx, c, in.CurrentPassword, phone)
	if err != nil {
		return Sent{}, err
	}
	if err := mayTake(p.Staff, phone); err != nil {
		return Sent{}, cmp.Or(p.forgive(ctx), err)
	}

	// The number that the caller asks for counts as a text of theirs, whoever's it
	// turns out to be.
	l := uc.Settings.textLimits(ForPhone)
	l.Interval = 0
	tx := texts{uc.Store, uc.Sender, uc.Settings}
	turn := Turn{Counted: uc.Keys.MAC("phone changer", c.Staff.String()), Purpose: ForPhone, At: now}
	count := func(ctx context.Context) error {
		return parallel(
			func() error { return p.forgive(ctx) },
			func() (err error) { turn, err = tx.reservePhone(ctx, turn, l); return err },
		)
	}
	if !p.owner.IsZero() {
		if err := count(ctx); err != nil {
			return Sent{}, fmt.Errorf("count a number: %w", err)
		}
		return Sent{}, try.failed(ctx, fault.PhoneTaken)
	}
	id, err := NewSecret(uc.Random)
	if err != nil {
		return Sent{}, err
	}
	t := Ticket{ID: id, Purpose: ForPhone, Staff: c.Staff, Phone: phone, Epoch: c.Epoch, Expires: now.Add(uc.Settings.TicketLife)}
	sent, err := codeSender{uc.Store, uc.Sender, uc.Random}.send(ctx, try, Ticket{}, t, count)
	if err != nil { // a text that was not sent costs the person nothing
		tx.release(ctx, turn)
	}
	return sent, err
}

// mayTake says why the phone cannot be s's next one, whoever's it is now.
func mayTake(s staff.Staff, phone staff.Phone) error {
	if phone == s.Phone {
		return fault.FieldInvalid.On("phone", fault.SamePhone)
	}
	// An account that looks like a phone must be the person's own. Only somebody
	// who may change the account can change both.
	if own, like := s.Account.AsPhone(); like && own != phone {
		return fault.FieldInvalid.On("phone", fault.AccountIsPhone)
	}
	return nil
}

// Finish spends the code and changes the phone.
func (uc ChangePhone) Finish(ctx context.Context, call audit.Call, c Caller, ticket, code string) error {
	code, err := codeFields(ticket, code)
	if err != nil {
		return err
	}
	now := uc.Now()
	try := newAttempt(uc.Store, uc.Keys, uc.Settings, now, call.Address)
	t, p, err := try.proveCode(ctx, uc.Store, ticket, code, func(t Ticket) error {
		if t.Purpose != ForPhone || t.Staff != c.Staff {
			return fault.TicketInvalid
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := mayTake(p.Staff, t.Phone); err != nil {
		return err
	}
	entry, err := audit.New(uc.Random, now, call, p.Staff.Code, audit.ChangePhone, audit.OfStaff(p.Staff.Code))
	if err != nil {
		return err
	}
	entry.Changes = []audit.Change{{Field: "phone", Old: p.Staff.Phone.Masked(), New: t.Phone.Masked()}}

	replace := func() error { return uc.Store.ReplacePhone(ctx, PhoneReplacement{t, p.Staff, entry}) }
	if _, err := (Notices{uc.Store, uc.Sender, uc.Keys, uc.Settings}).After(ctx, replace, PhoneChanged, p.Staff.Phone, now); err != nil {
		return fmt.Errorf("replace the phone: %w", err)
	}
	return nil
}

// check names every field that cannot be right. The number may come with its
// area, if that is the area given.
func (in NewPhoneInput) check() (staff.Phone, error) {
	var f fault.Fields
	required(&f, "currentPassword", in.CurrentPassword, maxPassword)
	required(&f, "areaCode", in.AreaCode, maxPhone)
	required(&f, "phone", in.Phone, maxPhone)
	area, number := strings.TrimSpace(norm.NFKC.String(in.AreaCode)), strings.TrimSpace(norm.NFKC.String(in.Phone))
	if strings.Contains(number, "*") {
		f.Add("phone", fault.Masked)
	}
	if !staff.IsArea(area) {
		f.Add("areaCode", fault.NotChoice)
	}
	if err := f.Err(); err != nil {
		return staff.Phone{}, err
	}
	if !strings.HasPrefix(number, "+") && !strings.HasPrefix(number, "00") {
		number = area + number
	}
	phone, err := staff.ParsePhone(number)
	if err != nil {
		f.Add("phone", fault.Invalid)
	} else if phone.Area() != area {
		f.Add("areaCode", fault.Disagrees)
	}
	return phone, f.Err()
}
