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

// SessionStore is what both steps of signing in ask of storage.
type SessionStore interface {
	// Holder reads a person with known devices and sessions; of nobody, the
	// zero Holder at the same cost.
	Holder(context.Context, staff.EmployeeCode) (Holder, error)
	// StartSession writes a session and its line in the sign-in history, makes
	// the device known if there is one, swaps the seats, and deletes the sessions
	// that have ended. It fails with ErrSwapped if the seats are no longer what
	// they were; the session counts only once it has one.
	StartSession(ctx context.Context, s Session, call Call, device *Device, seats Seating) error
	// OrgNames reads the names of organisations.
	OrgNames(context.Context, []staff.OrgCode) (staff.Orgs, error)
}

// Holder is a person who may hold sessions.
type Holder struct {
	Person
	Devices  []Device
	Sessions []Session
}

// knows reports whether the person proved the phone on the device within the
// time that this counts.
func (h Holder) knows(macs []string, now time.Time) bool {
	for _, d := range h.Devices {
		for _, m := range macs {
			if d.MAC == m && d.Epoch == h.Account.DeviceEpoch && now.Before(d.Until) {
				return true
			}
		}
	}
	return false
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

// SignedIn is a session just begun. Token is complete; it is for the answer
// alone.
type SignedIn struct {
	Token   Token
	Session Session
	Expires time.Time
	Staff   staff.Staff
	Grants  []Grant
	Orgs    staff.Orgs // of the main post and the grants
}

// Run signs in. It answers SecondFactorRequired together with a SecondStep
// where a code is asked for.
func (uc Login) Run(ctx context.Context, call Call, in LoginInput) (SignedIn, *SecondStep, error) {
	if err := in.Check(); err != nil {
		return SignedIn{}, nil, err
	}
	now, source := uc.Now(), uc.Settings.source(uc.Keys, call.Address)
	name := staff.ParseSignInName(in.Account)
	guards := []string{uc.Keys.MAC("sign-in", name.Normal()), uc.Keys.MAC("sign-in device", name.Normal(), in.Device)}

	var code staff.EmployeeCode
	var seen []Failures
	err := parallel(
		func() error { return refuseAddress(ctx, uc.Store, source, uc.Settings, now) },
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
	l := uc.Settings.signInLimits()
	counted, wait, err := countFailure(ctx, uc.Store, guard, was, now, h.Account.ClearedAt, l)
	if err != nil {
		return SignedIn{}, nil, err
	}
	if wait > 0 {
		return SignedIn{}, nil, failedFrom(ctx, uc.Store, source, now, locked(wait))
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
		if counted.LockedUntil.After(now) {
			return SignedIn{}, nil, failedFrom(ctx, uc.Store, source, now, locked(counted.LockedUntil.Sub(now)))
		}
		n := counted.remaining(l)
		return SignedIn{}, nil, failedFrom(ctx, uc.Store, source, now, fault.CredentialsWrong.Saying(n).Remaining(n))
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
			done, err = begin(ctx, uc.Store, uc.Random, uc.Settings, call, h, s, nil)
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

// refusal says why somebody whose password is right gets no session.
func (h Holder) refusal(c Client) error {
	switch {
	case !h.Staff.Complete():
		return fault.ProfileIncomplete
	case c == Console && len(h.Account.Grants) == 0:
		return fault.PermissionDenied
	}
	return nil
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

// locked is Locked for a lock that still holds for d.
func locked(d time.Duration) error {
	n, zh, en := int((d+time.Minute-1)/time.Minute), "分钟", "minutes"
	switch {
	case d > 2*time.Hour:
		n, zh, en = int((d+time.Hour-1)/time.Hour), "小时", "hours"
	case n == 1:
		en = "minute"
	}
	return fault.Locked.Saying(fmt.Sprintf("%d%s", n, zh), fmt.Sprintf("%d %s", n, en)).After(d)
}
