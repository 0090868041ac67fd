package account

import (
	"cmp"
	"context"
	"io"
	"time"

	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// VerifyLogin takes the code that was texted to prove a phone: the second step of
// signing in, which begins a session, or the proof within a session (StepUp). It
// checks again whether the person may sign in, but not whether the name is locked.
type VerifyLogin struct {
	Store    VerifyLoginStore
	Kept     *staff.OrgCache // may be nil
	Sender   Sender
	Keys     Keys
	Settings Settings
	Now      func() time.Time
	Random   io.Reader
}

// VerifyLoginStore is what VerifyLogin asks of storage.
type VerifyLoginStore interface {
	SessionStore
	AddressStore
	TicketStore
	WindowResetter
	SignInWriter
	SMSStore
	// StartProved begins a session as StartSession does, and spends the ticket. Ticket,
	// slots and device change together or not at all. It fails with TicketInvalid if the
	// ticket has another code, and with ErrSwapped if slots or epoch have changed since
	// they were read.
	StartProved(ctx context.Context, t Ticket, s Session, history []SignIn, device *Device, slots SlotSwap) error
	// RenewSession spends the ticket, swaps the slots, and writes a session in the
	// place of slots.Ended, all or nothing. It fails with TicketInvalid if the
	// ticket has another code or that session does not exist, and with ErrSwapped if
	// slots or epoch have changed since they were read.
	RenewSession(ctx context.Context, t Ticket, s Session, slots SlotSwap) error
}

// VerifyLoginInput is one request, as typed.
type VerifyLoginInput struct {
	Ticket, Code string
	TrustDevice  bool
	From         Origin // must fit the ticket's client
}

// Run spends the ticket and begins the session, or renews the one that asked.
func (uc VerifyLogin) Run(ctx context.Context, call audit.Call, in VerifyLoginInput) (SignedIn, error) {
	code, err := codeFields(in.Ticket, in.Code)
	if err != nil {
		return SignedIn{}, err
	}
	now := uc.Now()
	try := newAttempt(uc.Store, uc.Keys, uc.Settings, now, call.Address)
	try.tell = func(ctx context.Context, t Ticket) error { return uc.failed(ctx, call, t, now) }
	var h SignInState
	tried, err := try.tryCode(ctx, uc.Store, in.Ticket, code, func(t Ticket) error {
		if t.Purpose != ForSignIn && t.Purpose != ForStepUp {
			return fault.TicketInvalid
		}
		return in.From.Admit(t.Client)
	}, func(ctx context.Context, t Ticket) (err error) {
		h, err = uc.Store.SignInState(ctx, t.Staff)
		return err
	})
	if err != nil {
		return SignedIn{}, err
	}
	t := tried.Ticket
	refused := t.stands(h.Staff, h.Account)
	if refused == nil {
		refused = h.refusal(t.Client)
	}
	var was Session
	if refused == nil && t.Purpose == ForStepUp {
		was, refused = h.session(t, uc.Settings, now)
	}
	if refused != nil { // a right code gives its try back
		return SignedIn{}, cmp.Or(parallel(
			func() error { return uc.Store.ReturnTry(ctx, t) },
			func() error { return tried.right(ctx) },
			func() error { return uc.failed(ctx, call, t, now) },
		), refused)
	}
	b := sessionStarter{uc.Store, uc.Kept, uc.Settings, uc.Random, call}
	var done SignedIn
	err = parallel(
		func() (err error) {
			if t.Purpose == ForStepUp {
				done, err = uc.stepUp(ctx, b, t, h, was, now)
			} else {
				done, err = uc.signIn(ctx, b, t, h, in.TrustDevice, now)
			}
			return err
		},
		func() error { return tried.right(ctx) },
	)
	return done, err
}

// failed writes into the history that a second step has failed. A step-up is no
// sign-in.
func (uc VerifyLogin) failed(ctx context.Context, call audit.Call, t Ticket, now time.Time) error {
	if t.Purpose != ForSignIn {
		return nil
	}
	id, err := staff.NewID(uc.Random)
	if err != nil {
		return err
	}
	return uc.Store.AddSignIn(ctx, t.Staff, SignIn{ID: id, At: now, Outcome: WasFailed, Client: t.Client, DeviceName: t.DeviceName, Address: call.Address})
}

// signIn begins a session and spends the ticket. With trust the device is known from
// now on, without it is remembered. The person is told by text if it is a new one. Whether
// a client trusts the device does not matter for that: a thief would not.
func (uc VerifyLogin) signIn(ctx context.Context, b sessionStarter, t Ticket, h SignInState, trust bool, now time.Time) (SignedIn, error) {
	isNew := !t.Known && !h.remembers(t.Device, now)
	var device *Device
	switch {
	case t.Device == "":
	case trust:
		device = &Device{MAC: t.Device, Name: t.DeviceName, Until: now.Add(uc.Settings.DeviceLife), Kept: now.Add(deviceMemory), Epoch: h.Account.DeviceEpoch}
	case isNew:
		device = &Device{MAC: t.Device, Name: t.DeviceName, Kept: now.Add(deviceMemory), Epoch: h.Account.DeviceEpoch}
	}
	s := Session{Staff: t.Staff, Client: t.Client, DeviceName: t.DeviceName, Epoch: h.Account.Epoch, CreatedAt: now, LastUsed: now, ProvedAt: now}
	var done SignedIn
	begin := func() error {
		return parallel(
			func() error { return uc.Store.ResetWindow(ctx, t.LockKey) },
			func() (err error) {
				done, err = b.hand(ctx, h, s, func(s Session) error {
					return b.swap(ctx, h, s.Staff, func(h SignInState) error {
						if err := t.stands(h.Staff, h.Account); err != nil { // frozen since the first read
							return err
						}
						slots := h.TakeSlot(s, uc.Settings)
						return uc.Store.StartProved(ctx, t, s, linesOf(s, slots, trust && device != nil && !t.Known, b.call.Address), device, slots)
					})
				})
				return err
			},
		)
	}
	if !isNew {
		err := begin()
		return done, err
	}
	_, err := Notices{uc.Store, uc.Sender, uc.Keys, uc.Settings}.After(ctx, begin, NewDevice, h.Staff.Code, h.Staff.Phone, now)
	return done, err
}

// stepUp spends the ticket and gives its session another token. The old token is
// dead: whoever else has it has proved nothing.
func (uc VerifyLogin) stepUp(ctx context.Context, b sessionStarter, t Ticket, h SignInState, was Session, now time.Time) (SignedIn, error) {
	s := was
	s.LastUsed, s.ProvedAt = now, now
	done, err := b.hand(ctx, h, s, func(s Session) error {
		return b.swap(ctx, h, s.Staff, func(h SignInState) error {
			was, err := h.session(t, uc.Settings, now)
			if err != nil {
				return err
			}
			return uc.Store.RenewSession(ctx, t, s, h.renewal(was, s))
		})
	})
	done.Renewed = err == nil
	return done, err
}
