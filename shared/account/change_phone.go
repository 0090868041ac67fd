package account

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/fold"
	"chaoxi/shared/staff"
)

// ChangePhone gives a person a new phone in two steps: the current password and
// the number, to which a code is texted; then the code. It ends all sessions and
// tickets, forgets all devices, and tells the old number.
//
// Whoever asks must have proved the present phone a short while ago, in the same
// session (Admit). Who has lost it goes to an administrator.
//
// No other flow sends a code to a number that the client names. Anybody who is
// signed in could text strangers by it, or learn whose number is on the register.
// Therefore ChangePhone checks the password before it says anything about the
// number, and a person may name only so many numbers a day.
type ChangePhone struct {
	Store        ChangePhoneStore
	Dictionaries *staff.DictionaryList // says which areas may be chosen
	Hasher       Hasher
	Sender       Sender
	Keys         Keys
	Settings     Settings
	Now          func() time.Time
	Random       io.Reader
}

// ChangePhoneStore is what ChangePhone asks of storage.
type ChangePhoneStore interface {
	CurrentPasswordStore
	CodeStore
	TicketStore
	PersonReader
	RequestReader
	SessionReader
	EntryWriter
	// ReplacePhone spends the ticket, moves the unique name, writes the record,
	// raises the epochs and writes lines of the history and an audit entry, all or nothing. It fails with
	// TicketInvalid if ticket, epoch, state, phone or account has changed since it
	// was read, and with PhoneTaken.
	ReplacePhone(context.Context, PhoneReplacement) error
}

// EntryWriter writes entries of the audit.
type EntryWriter interface {
	// AddEntry writes an entry about what changes nothing.
	AddEntry(context.Context, audit.Entry) error
}

// PhoneReplacement is what ReplacePhone writes.
type PhoneReplacement struct {
	Ticket  Ticket // its phone is the new one
	Was     staff.Staff
	History []SignIn // the sessions that end
	Audit   audit.Entry
}

// NewPhoneInput is the first request, as typed.
type NewPhoneInput struct{ CurrentPassword, AreaCode, Phone string }

// Admit answers StepUpRequired unless a code was proved in the session within
// StepUpLife. Otherwise a session of a known device, which no code has begun, could
// move the phone to which all codes go. Begin and Finish ask this first; the function
// asks it before it reads the body.
func (uc ChangePhone) Admit(c Caller) error {
	if !c.Session.provedSince(uc.Now(), uc.Settings.StepUpLife) {
		return fault.StepUpRequired
	}
	return nil
}

// Begin texts a code to the new number.
func (uc ChangePhone) Begin(ctx context.Context, call audit.Call, c Caller, in NewPhoneInput) (Sent, error) {
	if err := uc.Admit(c); err != nil {
		return Sent{}, err
	}
	allowed, err := uc.Dictionaries.Run(ctx)
	if err != nil {
		return Sent{}, err
	}
	phone, err := in.check(allowed)
	if err != nil {
		return Sent{}, err
	}
	now := uc.Now()
	try := newAttempt(uc.Store, uc.Keys, uc.Settings, now, call.Address).ofSession()
	p, err := currentPassword{try, uc.Store, uc.Hasher, uc.Random}.prove(ctx, call, c, in.CurrentPassword, phone)
	if err != nil {
		return Sent{}, err
	}
	if err := mayTake(p.Staff, phone); err != nil {
		return Sent{}, cmp.Or(p.undo(ctx), err)
	}

	// A number that the caller names counts as one of the caller's texts, even if
	// it belongs to somebody else and nothing is texted.
	l := uc.Settings.smsLimits(ForPhone)
	l.Interval = 0
	quota := smsQuota{uc.Store, uc.Settings}
	place := Reservation{Counted: uc.Keys.MAC("phone changer", c.Staff.String()), Purpose: ForPhone, At: now}
	count := func(ctx context.Context) error {
		return parallel(
			func() error { return p.undo(ctx) },
			func() (err error) { place, err = quota.reservePhone(ctx, place, l); return err },
		)
	}
	if !p.owner.IsZero() {
		if err := count(ctx); err != nil {
			return Sent{}, fmt.Errorf("count a number: %w", err)
		}
		// Before it is told: it says who is on the register.
		if err := uc.enter(ctx, call, c, audit.ProbeName, p.owner, phone, now); err != nil {
			return Sent{}, err
		}
		return Sent{}, try.failed(ctx, fault.PhoneTaken)
	}
	id, err := NewSecret(uc.Random)
	if err != nil {
		return Sent{}, err
	}
	t := Ticket{ID: id, Purpose: ForPhone, Staff: c.Staff, Phone: phone, Epoch: c.Epoch, Expires: now.Add(uc.Settings.TicketLife), Session: c.Session.Hash, Cleared: p.Account.ClearedAt}
	enter := func(ctx context.Context) error { return uc.enter(ctx, call, c, audit.AskPhone, c.Staff, phone, now) }
	sent, err := codeSender{uc.Store, uc.Sender, uc.Random, enter}.send(ctx, try, Ticket{}, t, count)
	if err != nil { // a text that was not sent costs the person nothing
		quota.release(ctx, place)
	}
	return sent, err
}

// enter writes into the audit that the caller has named a number.
func (uc ChangePhone) enter(ctx context.Context, call audit.Call, c Caller, a audit.Action, of staff.EmployeeCode, phone staff.Phone, now time.Time) error {
	entry, err := audit.New(uc.Random, now, call, c.Staff, a, audit.OfStaff(of))
	if err != nil {
		return err
	}
	entry.Changes = []audit.Change{{Field: "phone", New: phone.Masked()}}
	if err := uc.Store.AddEntry(ctx, entry); err != nil {
		return fmt.Errorf("audit a number: %w", err)
	}
	return nil
}

// mayTake says why s may not change to the phone, not counting that it may be
// somebody else's.
func mayTake(s staff.Staff, phone staff.Phone) error {
	if phone == s.Phone {
		return fault.FieldInvalid.AtField("phone", fault.SamePhone)
	}
	// An account that looks like a phone must be the person's own phone. So both
	// have to change together, and only an administrator can do that.
	if own, like := s.Account.AsPhone(); like && own != phone {
		return fault.FieldInvalid.AtField("phone", fault.AccountIsPhone)
	}
	return nil
}

// Finish spends the code and changes the phone. It takes the session that began.
func (uc ChangePhone) Finish(ctx context.Context, call audit.Call, c Caller, ticket, code string) error {
	if err := uc.Admit(c); err != nil {
		return err
	}
	code, err := codeFields(ticket, code)
	if err != nil {
		return err
	}
	now := uc.Now()
	try := newAttempt(uc.Store, uc.Keys, uc.Settings, now, call.Address).ofSession()
	var sessions []Session
	t, p, err := try.proveCode(ctx, uc.Store, ticket, code, func(t Ticket) error {
		if t.Purpose != ForPhone || t.Staff != c.Staff || t.Session != c.Session.Hash {
			return fault.TicketInvalid
		}
		return nil
	}, func(s staff.Staff) (err error) {
		sessions, err = uc.Store.Sessions(ctx, s.Code)
		return err
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
	entry.Hide(audit.Change{Field: "phone", Old: p.Staff.Phone.Masked(), New: t.Phone.Masked()}, audit.Change{Field: "phone", Old: p.Staff.Phone.E164(), New: t.Phone.E164()})

	replace := func() error {
		return uc.Store.ReplacePhone(ctx, PhoneReplacement{t, p.Staff, EndedSessions(sessions, p.Account, uc.Settings, now, call.Address), entry})
	}
	if _, err := (Notices{uc.Store, uc.Sender, uc.Keys, uc.Settings}).After(ctx, replace, PhoneChanged, p.Staff.Code, p.Staff.Phone, now); err != nil {
		return fmt.Errorf("replace the phone: %w", err)
	}
	return nil
}

// check names every field that cannot be right. The number may begin with its
// area code, if that is the area code given. Of a number in an area that is no choice
// nothing is said.
func (in NewPhoneInput) check(allowed staff.Dictionaries) (staff.Phone, error) {
	var f fault.Fields
	required(&f, "currentPassword", in.CurrentPassword, maxPassword)
	area := staff.Choice(in.AreaCode)
	phone, err := staff.ParsePhoneIn(area, in.Phone)
	switch {
	case area == "":
		f.Add("areaCode", fault.Required)
	case !allowed.Allows(staff.DictAreaCode, area):
		f.Add("areaCode", fault.NotChoice)
	case err == nil && phone.Area() != area:
		f.Add("areaCode", fault.Disagrees)
	case err != nil && fold.Typed(in.Phone) != "":
		f.Add("phone", staff.Flaw(err))
	}
	if fold.Typed(in.Phone) == "" {
		f.Add("phone", fault.Required)
	}
	return phone, f.Err()
}
