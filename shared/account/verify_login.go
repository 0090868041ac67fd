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

// VerifyLogin is the second step of signing in: the code that was texted. It checks
// again whether the person may sign in, but not whether the name is locked.
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
}

// VerifyLoginInput is one request, as typed.
type VerifyLoginInput struct {
	Ticket, Code string
	TrustDevice  bool
	From         Origin // must fit the ticket's client
}

// Run spends the ticket and begins the session.
func (uc VerifyLogin) Run(ctx context.Context, call audit.Call, in VerifyLoginInput) (SignedIn, error) {
	code, err := codeFields(in.Ticket, in.Code)
	if err != nil {
		return SignedIn{}, err
	}
	now := uc.Now()
	try := newAttempt(uc.Store, uc.Keys, uc.Settings, now, call.Address)
	t, err := try.tryCode(ctx, uc.Store, in.Ticket, code, func(t Ticket) error {
		if t.Purpose != ForSignIn {
			return fault.TicketInvalid
		}
		return in.From.Admit(t.Client)
	})
	if err != nil {
		return SignedIn{}, err
	}
	h, err := uc.Store.SignInState(ctx, t.Staff)
	if err != nil {
		return SignedIn{}, fmt.Errorf("read the person: %w", err)
	}
	refused := t.stands(h.Staff, h.Account)
	if refused == nil {
		refused = h.refusal(t.Client)
	}
	if refused != nil { // a right code gives its try back
		return SignedIn{}, cmp.Or(uc.Store.ReturnTry(ctx, t), refused)
	}
	// The ticket is spent before the session begins, so that of two requests with
	// the same code only one signs in.
	if err := uc.Store.SpendTicket(ctx, t); err != nil {
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
			done, err = sessionStarter{uc.Store, uc.Settings, uc.Random, call}.begin(ctx, h, s, device)
			return err
		},
	)
	return done, err
}
