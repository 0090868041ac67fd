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

// Login is the first step of signing in: a name and a password.
//
// Its four trips to storage, each waiting for the one before: the name with its
// failures; the person with devices and sessions; the failure, counted before
// the password is compared; what follows from the comparison.
type Login struct {
	Store    LoginStore
	Hasher   Hasher
	Keys     Keys
	Settings Settings
	Now      func() time.Time
	Random   io.Reader
}

// LoginStore is what Login asks of storage.
type LoginStore interface {
	SessionStore
	FailureStore
	AddressStore
	TicketWriter
	// FindSignIn returns whose name it is, or the zero code, and the Failures of
	// the keys, in their order.
	FindSignIn(ctx context.Context, name staff.SignInName, keys []string) (staff.EmployeeCode, []Failures, error)
	// Rehash replaces an outdated hash, if it is still there.
	Rehash(ctx context.Context, c staff.EmployeeCode, was, now string) error
}

// LoginInput is one request, as typed.
type LoginInput struct {
	Account, Password  string
	Device, DeviceName string // the device's secret
	Client             Client
}

// LoginResult is a session or a second step: one of the two is set.
type LoginResult struct {
	SignedIn   *SignedIn
	SecondStep *SecondStep
}

// SecondStep is what the caller needs to go on with, where a code is asked for.
type SecondStep struct {
	Ticket Secret
	Phone  staff.Phone
}

// Run signs in, or asks for a code.
func (uc Login) Run(ctx context.Context, call audit.Call, in LoginInput) (LoginResult, error) {
	if err := in.check(); err != nil {
		return LoginResult{}, err
	}
	p, err := uc.prove(ctx, call, in)
	if err != nil {
		return LoginResult{}, err
	}
	if err := p.refusal(in.Client); err != nil {
		return LoginResult{}, cmp.Or(uc.forgive(ctx, p, false), err)
	}
	if in.Client == Console || uc.Settings.SecondFactor == Always || uc.Settings.SecondFactor == OnNewDevice && !p.known {
		return uc.secondStep(ctx, in, p)
	}

	var done SignedIn
	err = parallel(
		func() error { return uc.forgive(ctx, p, true) },
		func() error { return uc.rehash(ctx, p.Holder, in.Password) },
		func() (err error) {
			s := Session{Staff: p.Staff.Code, Client: in.Client, DeviceName: in.DeviceName, Epoch: p.Account.Epoch, CreatedAt: p.now, LastUsed: p.now}
			done, err = sessionStarter{uc.Store, uc.Settings, uc.Random, call}.begin(ctx, p.Holder, s, nil)
			return err
		},
	)
	if err != nil {
		return LoginResult{}, err
	}
	return LoginResult{SignedIn: &done}, nil
}

// passed is somebody whose name and password are right.
type passed struct {
	Holder
	now    time.Time
	device string // MAC of the device's secret, "" if there is none
	known  bool   // the device
	guard  string // the key whose failure was counted
}

// prove finds the person, counts a failure, then compares the password.
func (uc Login) prove(ctx context.Context, call audit.Call, in LoginInput) (passed, error) {
	now := uc.Now()
	try := newAttempt(uc.Store, uc.Keys, uc.Settings, now, call.Address)
	name := staff.ParseSignInName(in.Account)
	guards := []string{uc.Keys.MAC("sign-in", name.Normal()), uc.Keys.MAC("sign-in device", name.Normal(), in.Device)}

	var code staff.EmployeeCode
	var seen []Failures
	err := parallel(
		func() error { return try.refuse(ctx) },
		func() (err error) { code, seen, err = uc.Store.FindSignIn(ctx, name, guards); return err },
	)
	if err != nil {
		return passed{}, fmt.Errorf("find the name: %w", err)
	}
	h, err := uc.Store.Holder(ctx, code)
	if err != nil {
		return passed{}, fmt.Errorf("read the person: %w", err)
	}

	// A stranger's failures lock the name, but not for a device that is known.
	p := passed{Holder: h, now: now, guard: guards[0]}
	was := seen[0]
	if in.Device != "" {
		macs := deviceMAC(uc.Keys, h.Staff.Code, in.Device)
		p.device, p.known = macs[0], h.Staff.CanSignIn() && h.knows(macs, now)
	}
	if p.known {
		p.guard, was = guards[1], seen[1]
	}
	lock := lockout{uc.Store, p.guard, uc.Settings.signInLimits(), h.Account.ClearedAt}
	counted, wait, err := lock.count(ctx, was, now)
	if err != nil {
		return passed{}, err
	}
	if wait > 0 {
		return passed{}, try.failed(ctx, locked(wait))
	}

	hash := h.Account.Password
	if !h.Staff.CanSignIn() || hash == "" {
		hash = uc.Hasher.Dummy()
	}
	right, err := uc.Hasher.Verify(hash, in.Password)
	if err != nil {
		return passed{}, fmt.Errorf("verify the password: %w", err)
	}
	if !right || hash != h.Account.Password {
		return passed{}, try.failed(ctx, lock.wrongPassword(counted, now))
	}
	return p, nil
}

// forgive takes back the failure that prove counted and, if the sign-in is
// complete, all others of the window.
func (uc Login) forgive(ctx context.Context, p passed, window bool) error {
	return uc.Store.Forgive(ctx, p.guard, Forgiveness{Own: true, Window: window})
}

// secondStep makes a ticket for the code that is asked for.
func (uc Login) secondStep(ctx context.Context, in LoginInput, p passed) (LoginResult, error) {
	id, err := NewSecret(uc.Random)
	if err != nil {
		return LoginResult{}, err
	}
	t := Ticket{
		ID: id, Purpose: ForSignIn, Staff: p.Staff.Code, Phone: p.Staff.Phone, Epoch: p.Account.Epoch, Expires: p.now.Add(uc.Settings.TicketLife),
		Client: in.Client, Device: p.device, DeviceName: in.DeviceName, Guard: p.guard,
	}
	err = parallel(
		func() error { return uc.forgive(ctx, p, false) },
		func() error { return uc.rehash(ctx, p.Holder, in.Password) },
		func() error { return uc.Store.PutTicket(ctx, t) },
	)
	if err != nil {
		return LoginResult{}, fmt.Errorf("write the ticket: %w", err)
	}
	return LoginResult{SecondStep: &SecondStep{t.ID, t.Phone}}, nil
}

// rehash brings an old hash up to the present parameters, now that the password
// is at hand.
func (uc Login) rehash(ctx context.Context, h Holder, password string) error {
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
