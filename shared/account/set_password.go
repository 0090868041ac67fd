package account

import (
	"context"
	"fmt"
	"io"
	"time"

	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/fold"
	"chaoxi/shared/passwords"
	"chaoxi/shared/staff"
)

// SetPassword sets the password of somebody who proves to hold the phone by a texted
// code. It is the last step of an activation and of both ways of recovery.
type SetPassword struct {
	Store    SetPasswordStore
	Hasher   Hasher
	Sender   Sender
	Keys     Keys
	Settings Settings
	Pinyin   func(name string) staff.Pinyin
	Now      func() time.Time
	Random   io.Reader
}

// SetPasswordStore is what SetPassword asks of storage.
type SetPasswordStore interface {
	AddressStore
	TicketStore
	DeviceReader
	RequestReader
	StoredOrgReader
	SignInStateReader
	SMSStore
	// ChangePassword sets the password, raises the epochs, which ends the ticket,
	// writes the device, the state and lines of the history, and marks the recovery request of the ticket
	// as used, all or nothing. It fails with TicketInvalid or AlreadyActive if
	// ticket, epoch, state or grants have changed since they were read, or the
	// request is no longer approved.
	ChangePassword(context.Context, PasswordChange) error
}

// PasswordChange is what ChangePassword writes.
type PasswordChange struct {
	Ticket   Ticket
	Grants   []Grant // which the person must still hold, unless Activate is set
	Hash     string
	Past     []string
	Activate bool
	Device   *Device // known from now on, nil for none
	At       time.Time
	History  []SignIn // what ends, and the device
	Audit    audit.Entry
}

// SetPasswordInput is one request, as typed.
type SetPasswordInput struct {
	Ticket, Code, Password, ConfirmPassword string
	Device, DeviceName                      string // the device's secret; "" for none
}

// Run checks the rules that hold for everybody, then the code, then whether the
// password resembles the person or was used before. On a known device of the person it
// does so even where strangers have used up the day's tries. It reports whether this was
// an activation.
func (uc SetPassword) Run(ctx context.Context, call audit.Call, in SetPasswordInput) (activated bool, err error) {
	code, err := codeFields(in.Ticket, in.Code, in.Password)
	if err != nil {
		return false, err
	}
	password := fold.Secret(in.Password)
	if password != fold.Secret(in.ConfirmPassword) {
		return false, fault.PasswordMismatch
	}
	if err := weak(passwords.Check(password)); err != nil {
		return false, err
	}

	now := uc.Now()
	try := newAttempt(uc.Store, uc.Keys, uc.Settings, now, call.Address)
	if in.Device != "" {
		try.onKnown = func(ctx context.Context, t Ticket) (bool, error) {
			_, known, err := personOn(ctx, uc.Store, uc.Keys, t.Staff, in.Device, now)
			return known, err
		}
	}
	var orgs staff.Orgs
	var h SignInState
	t, p, err := try.proveCode(ctx, uc.Store, in.Ticket, code, forPassword, func(s staff.Staff) (err error) {
		orgs, err = uc.Store.StoredOrgs(ctx, worksIn(s))
		return err
	}, func(s staff.Staff) (err error) {
		h, err = uc.Store.SignInState(ctx, s.Code)
		return err
	})
	if err != nil {
		return false, err
	}
	if err := similar(uc.Hasher, password, p, spell(uc.Pinyin, orgs)); err != nil {
		return false, err
	}

	hash, err := uc.Hasher.Hash(password)
	if err != nil {
		return false, fmt.Errorf("hash the password: %w", err)
	}
	action := audit.SetPassword
	if t.Purpose == ForActivation {
		action = audit.Activate
	}
	entry, err := audit.New(uc.Random, now, call, t.Staff, action, audit.OfStaff(t.Staff))
	if err != nil {
		return false, err
	}
	if t.Request != "" {
		entry.Changes = []audit.Change{{Field: RequestField, New: t.Request}}
	}
	past := p.Account.Hashes()
	change := PasswordChange{
		Ticket: t, Grants: p.Account.Grants, Hash: hash, Past: past[:min(len(past), uc.Settings.PasswordsKept-1)],
		Activate: t.Purpose == ForActivation, At: now, Audit: entry, History: EndedSessions(h.Sessions, p.Account, uc.Settings, now, call.Address),
	}
	if in.Device != "" {
		macs := deviceMAC(uc.Keys, t.Staff, in.Device)
		change.Device = &Device{
			MAC: macs[0], Name: in.DeviceName,
			Until: now.Add(uc.Settings.DeviceLife), Kept: now.Add(deviceMemory), Epoch: p.Account.DeviceEpoch + 1,
		}
		if !h.knows(macs, now) {
			change.History = append(change.History, newDeviceLine(entry.ID, *change.Device, now, call.Address))
		}
	}
	write := func() error { return uc.Store.ChangePassword(ctx, change) }
	if change.Activate {
		err = write()
	} else {
		_, err = Notices{uc.Store, uc.Sender, uc.Keys, uc.Settings}.After(ctx, write, PasswordSet, p.Staff.Code, p.Staff.Phone, now)
	}
	if err != nil {
		return false, fmt.Errorf("change the password: %w", err)
	}
	return change.Activate, nil
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
