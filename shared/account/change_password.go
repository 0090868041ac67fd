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
	"chaoxi/shared/passwords"
	"chaoxi/shared/staff"
)

// ChangePassword replaces the caller's password, if the caller knows it. It ends all
// sessions and tickets, also the session in use.
//
// Known devices stay known, because a code to the phone made them known, not the
// password. Somebody who fears for the phone uses SetPassword instead, which forgets
// all devices.
type ChangePassword struct {
	Store    ChangePasswordStore
	Hasher   Hasher
	Sender   Sender
	Keys     Keys
	Settings Settings
	Pinyin   func(name string) staff.Pinyin
	Now      func() time.Time
	Random   io.Reader
}

// ChangePasswordStore is what ChangePassword asks of storage.
type ChangePasswordStore interface {
	CurrentPasswordStore
	StoredOrgReader
	SessionReader
	SMSStore
	// ReplacePassword writes the password, raises the epoch, clears the failures
	// and writes lines of the history and an audit entry, all or nothing. It fails with SessionExpired if
	// the epoch has changed since it was read.
	ReplacePassword(context.Context, PasswordReplacement) error
}

// PasswordReplacement is what ReplacePassword writes.
type PasswordReplacement struct {
	Staff staff.EmployeeCode
	Epoch int64 // before it
	Hash  string
	Past  []string
	At    time.Time
	// History has the sessions that end.
	History []SignIn
	Audit   audit.Entry
}

// ChangePasswordInput is one request, as typed.
type ChangePasswordInput struct{ CurrentPassword, Password, ConfirmPassword string }

// Run checks the rules that hold for everybody, then the current password, then
// whether the new one resembles the person or was used before. Only the owner may be
// told the last.
func (uc ChangePassword) Run(ctx context.Context, call audit.Call, c Caller, in ChangePasswordInput) error {
	var f fault.Fields
	required(&f, "currentPassword", in.CurrentPassword, maxPassword)
	newPassword(&f, in.Password)
	if err := f.Err(); err != nil {
		return err
	}
	password := fold.Secret(in.Password)
	if password != fold.Secret(in.ConfirmPassword) {
		return fault.PasswordMismatch
	}
	if err := weak(passwords.Check(password)); err != nil {
		return err
	}

	now := uc.Now()
	try := newAttempt(uc.Store, uc.Keys, uc.Settings, now, call.Address).ofSession()
	var orgs staff.Orgs
	var sessions []Session
	p, err := currentPassword{try, uc.Store, uc.Hasher, uc.Random}.prove(ctx, call, c, in.CurrentPassword, staff.Phone{}, func(s staff.Staff) (err error) {
		orgs, err = uc.Store.StoredOrgs(ctx, worksIn(s))
		return err
	}, func(s staff.Staff) (err error) {
		sessions, err = uc.Store.Sessions(ctx, s.Code)
		return err
	})
	if err != nil {
		return err
	}
	if err := uc.replace(ctx, call, p.Person, password, spell(uc.Pinyin, orgs), sessions, now); err != nil {
		// Two passwords were compared or more, and nothing came of it: that counts as a
		// call, or it could be repeated without end.
		return cmp.Or(parallel(
			func() error { return p.undo(ctx) },
			func() error { return try.called(ctx) },
		), err)
	}
	return nil // ReplacePassword has cleared the failure that was counted
}

func (uc ChangePassword) replace(ctx context.Context, call audit.Call, p Person, password string, units [][]string, sessions []Session, now time.Time) error {
	if err := similar(uc.Hasher, password, p, units); err != nil {
		return err
	}
	hash, err := uc.Hasher.Hash(password)
	if err != nil {
		return fmt.Errorf("hash the password: %w", err)
	}
	entry, err := audit.New(uc.Random, now, call, p.Staff.Code, audit.ChangePassword, audit.OfStaff(p.Staff.Code))
	if err != nil {
		return err
	}
	past := p.Account.Hashes()
	replacement := PasswordReplacement{
		Staff: p.Staff.Code, Epoch: p.Account.Epoch, Hash: hash, Past: past[:min(len(past), uc.Settings.PasswordsKept-1)], At: now, Audit: entry,
		History: EndedSessions(sessions, p.Account, uc.Settings, now, call.Address),
	}
	write := func() error { return uc.Store.ReplacePassword(ctx, replacement) }
	_, err = Notices{uc.Store, uc.Sender, uc.Keys, uc.Settings}.After(ctx, write, PasswordSet, p.Staff.Code, p.Staff.Phone, now)
	if err != nil {
		return fmt.Errorf("replace the password: %w", err)
	}
	return nil
}
