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

// Login is the first step of signing in: a name and a password.
//
// It makes three trips to storage, one after the other: it reads the name with its
// failures; it reads the person with devices and sessions, and counts a try, before it
// compares the password; it writes what the comparison leads to. On a device on which
// nobody has signed in for days it is not clear by which key to count before the person is
// read: then it takes a fourth.
type Login struct {
	Store    LoginStore
	Kept     *staff.OrgCache // may be nil
	Hasher   Hasher
	Sender   Sender
	Keys     Keys
	Settings Settings
	Now      func() time.Time
	Random   io.Reader
}

// LoginStore is what Login asks of storage.
type LoginStore interface {
	SessionStore
	FailureStore
	TraceStore
	AddressStore
	TicketWriter
	SignInWriter
	SMSStore
	// FindSignIn reads in one trip what is known before a person is.
	FindSignIn(ctx context.Context, name staff.SignInName, keys []string, source string, now time.Time) (Known, error)
	// Rehash replaces the hash was, if the account still has it.
	Rehash(ctx context.Context, c staff.EmployeeCode, was, now string) error
}

// Known is what is known of a request to sign in before its person is.
type Known struct {
	Owner    staff.EmployeeCode // of the name; the zero code if it is nobody's
	Failures []Failures         // of the lockout keys, in their order
	Use      AddressUse         // of the source in the hour of now
}

// LoginInput is one request, as typed.
type LoginInput struct {
	Account, Password  string
	Device, DeviceName string // Device is the device's secret
	Client             Client
}

// LoginResult is a session, or a second step. Exactly one of the two is set.
type LoginResult struct {
	SignedIn   *SignedIn
	SecondStep *SecondStep
}

// SecondStep is what the client needs to have a code texted and to send it.
type SecondStep struct {
	Ticket Secret
	Phone  staff.Phone
}

// Run begins a session, or a second step where a code is asked for.
func (uc Login) Run(ctx context.Context, call audit.Call, in LoginInput) (LoginResult, error) {
	if err := in.check(); err != nil {
		return LoginResult{}, err
	}
	in.Password = fold.Secret(in.Password)
	p, err := uc.prove(ctx, call, in)
	if err != nil {
		return LoginResult{}, err
	}
	if err := p.refusal(in.Client); err != nil {
		return LoginResult{}, cmp.Or(parallel(
			func() error { return p.right(ctx, false) },
			func() error { return p.tell(ctx, uc.Store, WasFailed) },
		), err)
	}
	if in.Client == Console || uc.Settings.SecondFactor == Always || uc.Settings.SecondFactor == OnNewDevice && !p.known {
		return uc.secondStep(ctx, in, p)
	}

	var done SignedIn
	begin := func() error {
		return parallel(
			func() error { return p.right(ctx, true) },
			func() error { return uc.rehash(ctx, p.SignInState, in.Password) },
			func() (err error) {
				s := Session{Staff: p.Staff.Code, Client: in.Client, DeviceName: in.DeviceName, Epoch: p.Account.Epoch, CreatedAt: p.now, LastUsed: p.now}
				done, err = sessionStarter{uc.Store, uc.Kept, uc.Settings, uc.Random, call}.begin(ctx, p.SignInState, s)
				return err
			},
		)
	}
	if p.known {
		err = begin()
	} else { // second steps are off: no code has told the person
		_, err = Notices{uc.Store, uc.Sender, uc.Keys, uc.Settings}.After(ctx, begin, NewDevice, p.Staff.Code, p.Staff.Phone, p.now)
	}
	if err != nil {
		return LoginResult{}, err
	}
	return LoginResult{SignedIn: &done}, nil
}

// passed is somebody whose name and password are right.
type passed struct {
	SignInState
	now     time.Time
	device  string // MAC of the device's secret, "" if there is none
	known   bool   // whether the device is known
	try     openTry
	address attempt
	line    SignIn // of the history, without an outcome
}

// tell writes a line of the history.
func (p passed) tell(ctx context.Context, store SignInWriter, o Outcome) error {
	p.line.Outcome = o
	return store.AddSignIn(ctx, p.Staff.Code, p.line)
}

// The lockout keys of a sign-in, by their place.
const (
	byName = iota
	byDevice
)

// prove finds the person, counts a try, then compares the password. If that is
// right, the caller ends the try.
func (uc Login) prove(ctx context.Context, call audit.Call, in LoginInput) (passed, error) {
	now := uc.Now()
	try := newAttempt(uc.Store, uc.Keys, uc.Settings, now, call.Address)
	name := staff.ParseSignInName(in.Account)
	lockKeys := []string{uc.Keys.MAC("sign-in", name.Normal()), uc.Keys.MAC("sign-in device", name.Normal(), in.Device)}

	known, err := uc.Store.FindSignIn(ctx, name, lockKeys, try.source, now)
	if err != nil {
		return passed{}, fmt.Errorf("find the name: %w", err)
	}
	// Strangers who guess lock the name. A known device has a lockout key of its own,
	// so that they do not lock out the person. Whether a device is known, the person's
	// record tells. Who has signed in on it of late has failures under its key, if only none.
	guess, early := byName, true
	if in.Device != "" {
		guess, early = byDevice, known.Failures[byDevice].Revision > 0
	}
	if cmp.Or(try.failures(known.Use), try.calls(known.Use)) != nil { // most likely it is refused, and counts for nobody
		early = false
	}
	var h SignInState
	var refused error
	var wait time.Duration
	p := passed{now: now}
	begin := func(by int, clearedAt time.Time) {
		lock := lockout{uc.Store, lockKeys[by], uc.Settings.signInLimits(), clearedAt}
		p.try, wait, refused = lock.begin(ctx, known.Failures[by], now)
	}
	err = parallel(
		func() (err error) { h, err = uc.Store.SignInState(ctx, known.Owner); return err },
		func() error {
			if early {
				begin(guess, time.Time{})
			}
			return nil
		},
	)
	undo := func() {
		if early && refused == nil && wait == 0 {
			p.try.abandon(ctx)
		}
	}
	if err != nil {
		undo()
		return passed{}, fmt.Errorf("read the person: %w", err)
	}

	p.SignInState = h
	by := byName
	if in.Device != "" {
		macs := deviceMAC(uc.Keys, h.Staff.Code, in.Device)
		p.device, p.known = macs[0], h.canSignIn() && h.knows(macs, now)
	}
	if p.known {
		by, try.spared = byDevice, true
	}
	trace, err := newTracer(uc.Random, now, call, h.Staff.Code, &SignIn{Client: in.Client, DeviceName: in.DeviceName})
	if err := cmp.Or(try.failures(known.Use), try.calls(known.Use), err); err != nil {
		undo()
		return passed{}, err
	}
	p.address, p.line = try, *trace.line
	seen, l := known.Failures[by], uc.Settings.signInLimits()
	if !early || by != guess || seen.cleared(h.Account.ClearedAt).counting(now, l) != seen.counting(now, l) {
		undo()
		begin(by, h.Account.ClearedAt)
	}
	if refused != nil {
		return passed{}, refused
	}
	if wait > 0 {
		return passed{}, try.failed(ctx, locked(wait))
	}

	hash := h.Account.Password
	if !h.canSignIn() || hash == "" {
		hash = uc.Hasher.Dummy()
	}
	right, err := uc.Hasher.Verify(hash, in.Password)
	if err != nil {
		p.try.abandon(ctx)
		return passed{}, fmt.Errorf("verify the password: %w", err)
	}
	if !right || hash != h.Account.Password {
		return passed{}, try.wrongPassword(ctx, p.try, uc.Store, trace)
	}
	return p, nil
}

// right ends the try, and counts the call.
func (p passed) right(ctx context.Context, last bool) error {
	return parallel(
		func() error { return p.try.right(ctx, last) },
		func() error { return p.address.called(ctx) },
	)
}

// secondStep makes the ticket of a second step.
func (uc Login) secondStep(ctx context.Context, in LoginInput, p passed) (LoginResult, error) {
	id, err := NewSecret(uc.Random)
	if err != nil {
		return LoginResult{}, err
	}
	t := Ticket{
		ID: id, Purpose: ForSignIn, Staff: p.Staff.Code, Phone: p.Staff.Phone, Epoch: p.Account.Epoch, Expires: p.now.Add(uc.Settings.TicketLife),
		Known: p.known, Cleared: p.Account.ClearedAt,
		Client: in.Client, Device: p.device, DeviceName: in.DeviceName, LockKey: p.try.key,
	}
	err = parallel(
		func() error { return p.right(ctx, false) },
		func() error { return uc.rehash(ctx, p.SignInState, in.Password) },
		func() error { return uc.Store.PutTicket(ctx, t) },
		func() error { return p.tell(ctx, uc.Store, WasAskedForCode) },
	)
	if err != nil {
		return LoginResult{}, fmt.Errorf("write the ticket: %w", err)
	}
	return LoginResult{SecondStep: &SecondStep{t.ID, t.Phone}}, nil
}

// rehash replaces a hash that was made with weaker parameters. Only a sign-in can do
// so, because it has the password.
func (uc Login) rehash(ctx context.Context, h SignInState, password string) error {
	if !uc.Hasher.Outdated(h.Account.Password) {
		return nil
	}
	hash, err := uc.Hasher.Hash(password)
	if err != nil {
		return fmt.Errorf("hash the password anew: %w", err)
	}
	return uc.Store.Rehash(ctx, h.Staff.Code, h.Account.Password, hash)
}

// check names every field that cannot be right.
func (in LoginInput) check() error {
	var f fault.Fields
	required(&f, "account", in.Account, maxName)
	required(&f, "password", in.Password, maxPassword)
	switch {
	case in.Client == "":
		f.Add("client", fault.Required)
	case !in.Client.Known():
		f.Add("client", fault.NotChoice)
	}
	return f.Err()
}
