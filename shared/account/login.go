package account

import (
	"context"
	"fmt"
	"io"
	"time"

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
	// FindSignIn returns whose name it is, or the zero code, and the Failures of
	// the keys, in their order.
	FindSignIn(ctx context.Context, name staff.SignInName, keys []string) (staff.EmployeeCode, []Failures, error)
	// PutTicket writes a new ticket.
	PutTicket(context.Context, Ticket) error
	// Rehash replaces an outdated hash, if it is still there.
	Rehash(ctx context.Context, c staff.EmployeeCode, was, now string) error
}

// LoginInput is one request, as typed.
type LoginInput struct {
	Account, Password  string
	Device, DeviceName string // the device's secret
	Client             Client
}

// SecondStep is what the caller needs to go on with, where a code is asked for.
type SecondStep struct {
	Ticket Secret
	Phone  staff.Phone
}

// Run signs in. It answers SecondFactorRequired together with a SecondStep
// where a code is asked for.
func (uc Login) Run(ctx context.Context, call Call, in LoginInput) (SignedIn, *SecondStep, error) {
	if err := in.Check(); err != nil {
		return SignedIn{}, nil, err
	}
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
		return SignedIn{}, nil, fmt.Errorf("find the name: %w", err)
	}
	h, err := uc.Store.Holder(ctx, code)
	if err != nil {
		return SignedIn{}, nil, fmt.Errorf("read the person: %w", err)
	}

	// A stranger's failures lock the name, but not for a device that is known.
	device := deviceMAC(uc.Keys, h.Staff.Code, in.Device)
	known := h.Staff.CanSignIn() && in.Device != "" && h.knows(device, now)
	guard, was := guards[0], seen[0]
	if known {
		guard, was = guards[1], seen[1]
	}
	lock := lockout{uc.Store, guard, uc.Settings.signInLimits(), h.Account.ClearedAt}
	counted, wait, err := lock.count(ctx, was, now)
	if err != nil {
		return SignedIn{}, nil, err
	}
	if wait > 0 {
		return SignedIn{}, nil, try.failed(ctx, locked(wait))
	}

	hash := h.Account.Password
	if !h.Staff.CanSignIn() || hash == "" {
		hash = uc.Hasher.Dummy()
	}
	right, err := uc.Hasher.Verify(hash, in.Password)
	if err != nil {
		return SignedIn{}, nil, fmt.Errorf("verify the password: %w", err)
	}
	if !right || hash != h.Account.Password {
		return SignedIn{}, nil, try.failed(ctx, lock.wrongPassword(counted, now))
	}

	forgive := func(window bool) error {
		return uc.Store.Forgive(ctx, guard, Forgiveness{Own: true, Window: window})
	}
	if err := h.refusal(in.Client); err != nil {
		return SignedIn{}, nil, unless(forgive(false), err)
	}
	if in.Client == Console || uc.Settings.SecondFactor == Always || uc.Settings.SecondFactor == OnNewDevice && !known {
		return uc.secondStep(ctx, now, h, in, device[0], guard, forgive)
	}

	var done SignedIn
	err = parallel(
		func() error { return forgive(true) },
		func() error { return uc.rehash(ctx, h, in.Password) },
		func() (err error) {
			s := Session{Staff: code, Client: in.Client, DeviceName: in.DeviceName, Epoch: h.Account.Epoch, CreatedAt: now, LastUsed: now}
			done, err = sessionStarter{uc.Store, uc.Settings, uc.Random, call}.begin(ctx, h, s, nil)
			return err
		},
	)
	return done, nil, err
}

func (uc Login) secondStep(ctx context.Context, now time.Time, h Holder, in LoginInput, device, guard string, forgive func(bool) error) (SignedIn, *SecondStep, error) {
	id, err := NewSecret(uc.Random)
	if err != nil {
		return SignedIn{}, nil, err
	}
	t := Ticket{
		ID: id, Purpose: ForSignIn, Staff: h.Staff.Code, Phone: h.Staff.Phone, Epoch: h.Account.Epoch, Expires: now.Add(uc.Settings.TicketLife),
		Client: in.Client, DeviceName: in.DeviceName, Guard: guard,
	}
	if in.Device != "" {
		t.Device = device
	}
	err = parallel(
		func() error { return forgive(false) },
		func() error { return uc.rehash(ctx, h, in.Password) },
		func() error { return uc.Store.PutTicket(ctx, t) },
	)
	if err != nil {
		return SignedIn{}, nil, fmt.Errorf("write the ticket: %w", err)
	}
	return SignedIn{}, &SecondStep{t.ID, t.Phone}, fault.SecondFactorRequired
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

// Check names every field that cannot be right.
func (in LoginInput) Check() error {
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
