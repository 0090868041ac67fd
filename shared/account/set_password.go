package account

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// SetPassword proves control of the phone on file with a texted code, then sets
// the password: the last step of activation and of both kinds of recovery.
type SetPassword struct {
	Store    SetPasswordStore
	Hasher   Hasher
	Keys     Keys
	Settings Settings
	Now      func() time.Time
	Random   io.Reader
}

// Hasher hashes passwords.
type Hasher interface {
	Hash(password string) (string, error)
	Verify(encoded, password string) (bool, error)
	// Outdated reports whether a hash was made with weaker parameters than now.
	Outdated(encoded string) bool
	// Dummy is a hash that no password fits and that costs as much to verify.
	Dummy() string
}

// SetPasswordStore is what SetPassword asks of storage.
type SetPasswordStore interface {
	AddressStore
	TicketStore
	Person(context.Context, staff.EmployeeCode) (Person, error)
	// ChangePassword writes all of the change or nothing: it sets the password,
	// raises the epochs, which the ticket does not outlive, and, of an activation,
	// the state. It fails with TicketInvalid or AlreadyActive if the ticket, the
	// epoch or the state is no longer what it was.
	ChangePassword(context.Context, PasswordChange) error
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

// PasswordChange is what ChangePassword writes.
type PasswordChange struct {
	Ticket   Ticket
	Hash     string
	Past     []string
	Activate bool
	Device   *Device // to be known from now on
	At       time.Time
	Call     Call
	ID       string // of the audit entry
}

// Device is a device that its person proved the phone on.
type Device struct {
	MAC   string
	Name  string
	Until time.Time
	Epoch int64 // the account's device epoch at that time
}

// SetPasswordInput is one request, as typed.
type SetPasswordInput struct {
	Ticket, Code, Password, ConfirmPassword string
	Device, DeviceName                      string // the device's secret; "" for none
}

// Run checks what costs nothing first, then counts the try, then compares.
// It reports whether this was an activation.
func (uc SetPassword) Run(ctx context.Context, call Call, in SetPasswordInput) (activated bool, err error) {
	code, err := codeFields(in.Ticket, in.Code, in.Password)
	if err != nil {
		return false, err
	}
	if in.Password != in.ConfirmPassword {
		return false, fault.PasswordMismatch
	}
	if err := weak(CheckPassword(in.Password)); err != nil {
		return false, err
	}

	now, source := uc.Now(), uc.Settings.source(uc.Keys, call.Address)
	t, err := tryCode(ctx, uc.Store, uc.Keys, uc.Settings, source, in.Ticket, code, now, forPassword)
	if err != nil {
		return false, err
	}

	if !now.Before(t.VerifiedUntil) {
		t.VerifiedUntil = now.Add(uc.Settings.VerifiedLife)
	}
	var p Person
	err = parallel(
		func() error { return uc.Store.VerifyCode(ctx, t, t.VerifiedUntil) },
		func() (err error) { p, err = uc.Store.Person(ctx, t.Staff); return err },
	)
	if err != nil {
		return false, fmt.Errorf("verify the code: %w", err)
	}
	if err := t.stands(p.Staff, p.Account); err != nil {
		return false, err
	}
	if err := similar(uc.Hasher, in.Password, p); err != nil {
		return false, err
	}

	hash, err := uc.Hasher.Hash(in.Password)
	if err != nil {
		return false, fmt.Errorf("hash the password: %w", err)
	}
	id, err := NewID(uc.Random)
	if err != nil {
		return false, err
	}
	past := p.Account.Hashes()
	change := PasswordChange{
		Ticket: t, Hash: hash, Past: past[:min(len(past), uc.Settings.PasswordsKept-1)],
		Activate: t.Purpose == ForActivation, At: now, Call: call, ID: id,
	}
	if in.Device != "" {
		change.Device = &Device{
			MAC: deviceMAC(uc.Keys, t.Staff, in.Device)[0], Name: in.DeviceName,
			Until: now.Add(uc.Settings.DeviceLife), Epoch: p.Account.DeviceEpoch + 1,
		}
	}
	if err := uc.Store.ChangePassword(ctx, change); err != nil {
		return false, fmt.Errorf("change the password: %w", err)
	}
	return change.Activate, nil
}

// similar refuses a password that is made of the person or was used before.
func similar(h Hasher, password string, p Person) error {
	for _, name := range append([][]string{nil}, p.Staff.Pinyin.Readings()...) { // nil: a name that is not spelled
		if err := weak(CheckPersonal(password, p.Staff.Account.String(), p.Staff.Phone.National(), name)); err != nil {
			return err
		}
	}
	for _, old := range p.Account.Hashes() {
		same, err := h.Verify(old, password)
		if err != nil {
			return fmt.Errorf("compare with an earlier password: %w", err)
		}
		if same {
			return weak(FlawReused)
		}
	}
	return nil
}

// codeFields checks what must be there, and brings the digits into normal form:
// a code typed on a Chinese keyboard may come in full width.
func codeFields(ticket, code string, password ...string) (string, error) {
	var f fault.Fields
	required(&f, "ticket", ticket, maxSecret)
	code = strings.TrimSpace(norm.NFKC.String(code))
	if code == "" {
		f.Add("code", fault.Required)
	} else if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
		f.Add("code", fault.Invalid)
	}
	for _, p := range password {
		newPassword(&f, p)
	}
	return code, f.Err()
}

// The lengths, in characters, that no honest input exceeds.
const (
	maxSecret   = 128
	maxPassword = 128
	maxName     = 64
	maxReason   = 200
)

// required notes a text that is absent or longer than max characters.
func required(f *fault.Fields, path, s string, max int) {
	switch {
	case strings.TrimSpace(s) == "":
		f.Add(path, fault.Required)
	case utf8.RuneCountInString(s) > max:
		f.Add(path, fault.TooLong)
	}
}

// newPassword notes a password that was left out; what else is wrong with one,
// the rule for passwords says.
func newPassword(f *fault.Fields, p string) {
	if p == "" {
		f.Add("password", fault.Required)
	}
}

// plain brings a text that others will read into normal form, and notes one that
// is too long or does not show.
func plain(f *fault.Fields, path, s string, max int) string {
	s, err := staff.Plain(s, max)
	if err != nil {
		f.Add(path, staff.Flaw(err))
	}
	return s
}

// forPassword refuses tickets that were made for something else.
func forPassword(t Ticket) error {
	if t.Purpose != ForActivation && t.Purpose != ForRecovery {
		return fault.TicketInvalid
	}
	return nil
}

// tryCode counts a try of the code of a ticket that fits, then compares. Where
// nothing is compared after all, the try is given back: otherwise a right code
// could die of what has nothing to do with it.
func tryCode(ctx context.Context, store interface {
	AddressStore
	TicketStore
}, keys Keys, s Settings, source, ticket, digits string, now time.Time, fits func(Ticket) error) (Ticket, error) {
	var t Ticket
	var limited, refused error
	parallel(
		func() error { limited = refuseAddress(ctx, store, source, s, now); return nil },
		func() error {
			t, refused = store.TryCode(ctx, ParseSecret(ticket), now, s.CodeTries)
			return nil
		},
	)
	counted := refused == nil
	unfit := limited
	if unfit == nil && t.Purpose != "" { // what it is for comes before what has become of it
		unfit = fits(t)
	}
	if unfit != nil && counted {
		if err := store.ReturnTry(ctx, t); err != nil {
			return Ticket{}, fmt.Errorf("give a try back: %w", err)
		}
	}
	switch {
	case limited != nil:
		return Ticket{}, limited
	case unfit != nil:
		refused = unfit
	case counted:
		refused = t.check(keys, digits, s.CodeTries)
	}
	if refused != nil {
		if kindOf(refused) == fault.KindInternal {
			return Ticket{}, fmt.Errorf("count a try: %w", refused)
		}
		return Ticket{}, failedFrom(ctx, store, source, now, refused)
	}
	return t, nil
}

// weak turns a flaw into what the person is told.
func weak(f PasswordFlaw) error {
	why, bad := map[PasswordFlaw]fault.FieldCode{
		FlawLength: fault.PasswordLength, FlawCharacters: fault.PasswordCharacters, FlawClasses: fault.PasswordClasses,
		FlawCommon: fault.PasswordCommon, FlawPersonal: fault.PasswordPersonal, FlawReused: fault.PasswordReused,
	}[f]
	if !bad {
		return nil
	}
	return fault.PasswordWeak.On("password", why)
}

// deviceMAC is what is kept of a device's secret, for this person alone: under
// the current key first, then under the previous one.
func deviceMAC(keys Keys, c staff.EmployeeCode, secret string) []string {
	return keys.Each("device", c.String(), secret)
}
