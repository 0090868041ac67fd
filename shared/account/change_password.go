package account

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// ChangePassword replaces a password that its person knows. It ends all sessions
// and tickets, the caller's session too.
//
// Known devices stay known: they were made so by a code to the phone, which a
// known password says nothing about. Whoever fears that the phone was in other
// hands sets the password by a code, which forgets them (SetPassword).
type ChangePassword struct {
	Store    ChangePasswordStore
	Hasher   Hasher
	Keys     Keys
	Settings Settings
	Now      func() time.Time
	Random   io.Reader
}

// ChangePasswordStore is what ChangePassword asks of storage.
type ChangePasswordStore interface {
	CurrentPasswordStore
	// ReplacePassword writes the password, raises the epoch, clears the failures
	// and leaves an audit entry, all or nothing. It fails with SessionExpired if
	// the epoch is no longer what it was.
	ReplacePassword(context.Context, PasswordReplacement) error
}

// PasswordReplacement is what ReplacePassword writes.
type PasswordReplacement struct {
	Staff staff.EmployeeCode
	Epoch int64 // before it
	Hash  string
	Past  []string
	At    time.Time
	Audit audit.Entry
}

// ChangePasswordInput is one request, as typed.
type ChangePasswordInput struct{ CurrentPassword, Password, ConfirmPassword string }

// Run checks what costs nothing first, as SetPassword does, then the current
// password, then what only its owner may be told: likeness and history.
func (uc ChangePassword) Run(ctx context.Context, call audit.Call, c Caller, in ChangePasswordInput) error {
	var f fault.Fields
	required(&f, "currentPassword", in.CurrentPassword, maxPassword)
	newPassword(&f, in.Password)
	if err := f.Err(); err != nil {
		return err
	}
	if in.Password != in.ConfirmPassword {
		return fault.PasswordMismatch
	}
	if err := weak(CheckPassword(in.Password)); err != nil {
		return err
	}

	now := uc.Now()
	try := newAttempt(uc.Store, uc.Keys, uc.Settings, now, call.Address)
	p, err := currentPassword{try, uc.Store, uc.Hasher}.prove(ctx, c, in.CurrentPassword, staff.Phone{})
	if err != nil {
		return err
	}
	if err := uc.replace(ctx, call, p.Person, in.Password, now); err != nil {
		return cmp.Or(p.forgive(ctx), err)
	}
	return nil // the failure that was counted is void: everything up to now was cleared
}

func (uc ChangePassword) replace(ctx context.Context, call audit.Call, p Person, password string, now time.Time) error {
	if err := similar(uc.Hasher, password, p); err != nil {
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
	err = uc.Store.ReplacePassword(ctx, PasswordReplacement{
		Staff: p.Staff.Code, Epoch: p.Account.Epoch, Hash: hash, Past: past[:min(len(past), uc.Settings.PasswordsKept-1)], At: now, Audit: entry,
	})
	if err != nil {
		return fmt.Errorf("replace the password: %w", err)
	}
	return nil
}
