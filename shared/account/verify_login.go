package account

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
)

// VerifyLogin takes the code that was texted to prove a phone: the second step of
// signing in, which begins a session, or the proof within a session (StepUp). It
// checks again whether the person may sign in, but not whether the name is locked.
type VerifyLogin struct {
	Store    VerifyLoginStore
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
	// SpendTicket removes a ticket whose code is t's, or fails with TicketInvalid.
	SpendTicket(context.Context, Ticket) error
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
		), refused)
	}
	starter := sessionStarter{uc.Store, uc.Settings, uc.Random, call}
	if t.Purpose == ForStepUp {
		var done SignedIn
		err = parallel(
			func() (err error) { done, err = uc.stepUp(ctx, starter, t, h, was, now); return err },
			func() error { return tried.right(ctx) },
		)
		return done, err
	}
	// The ticket is spent before the session begins, so that of two requests with
	// the same code only one signs in.
	err = parallel(
		func() error { return uc.Store.SpendTicket(ctx, t) },
		func() error { return tried.right(ctx) },
	)
	if err != nil {
		return SignedIn{}, fmt.Errorf("spend the ticket: %w", err)
	}

	var device *Device
	if in.TrustDevice && t.Device != "" {
		device = &Device{MAC: t.Device, Name: t.DeviceName, Until: now.Add(uc.Settings.DeviceLife), Epoch: h.Account.DeviceEpoch}
	}
	var done SignedIn
	err = parallel(
		func() error { return uc.Store.ResetWindow(ctx, t.LockKey) },
		func() (err error) {
			s := Session{Staff: t.Staff, Client: t.Client, DeviceName: t.DeviceName, Epoch: h.Account.Epoch, CreatedAt: now, LastUsed: now, ProvedAt: now}
			done, err = starter.begin(ctx, h, s, device)
			return err
		},
	)
	return done, err
}
