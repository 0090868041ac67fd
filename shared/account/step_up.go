package account

import (
	"context"
	"fmt"
	"io"
	"time"

	"chaoxi/shared/fault"
)

// StepUp begins to prove the phone anew within a session, before what takes a fresh
// proof: administration, and a change of the phone. It makes a ticket. The client has
// a code texted for it (SendCode), and VerifyLogin takes the code.
type StepUp struct {
	Store    StepUpStore
	Settings Settings
	Now      func() time.Time
	Random   io.Reader
}

// StepUpStore is what StepUp asks of storage.
type StepUpStore interface {
	PersonReader
	TicketWriter
}

// Run makes the ticket. It is for the caller's session as it is now: the session is
// another one as soon as it has been proved.
func (uc StepUp) Run(ctx context.Context, c Caller) (SecondStep, error) {
	p, err := uc.Store.Person(ctx, c.Staff)
	switch {
	case err != nil:
		return SecondStep{}, fmt.Errorf("read the caller: %w", err)
	case p.Account.Epoch != c.Epoch, !p.Staff.CanSignIn():
		return SecondStep{}, fault.SessionExpired // a moment ago
	}
	id, err := NewSecret(uc.Random)
	if err != nil {
		return SecondStep{}, err
	}
	t := Ticket{
		ID: id, Purpose: ForStepUp, Staff: c.Staff, Phone: p.Staff.Phone, Epoch: c.Epoch, Expires: uc.Now().Add(uc.Settings.TicketLife),
		Session: c.Session.Hash, Client: c.Session.Client, Cleared: p.Account.ClearedAt,
	}
	if err := uc.Store.PutTicket(ctx, t); err != nil {
		return SecondStep{}, fmt.Errorf("write the ticket: %w", err)
	}
	return SecondStep{t.ID, t.Phone}, nil
}

// session returns the session for which a ForStepUp ticket was made. It answers
// TicketInvalid if that is over, or was proved since.
func (h SignInState) session(t Ticket, settings Settings, now time.Time) (Session, error) {
	for _, s := range h.Sessions {
		if s.Hash == t.Session && s.live(h.Account, settings, now) {
			return s, nil
		}
	}
	return Session{}, fault.TicketInvalid
}

// renewal is what becomes of a session that was proved: all of it stays, its place
// among the slots, too, but for the token.
func (h SignInState) renewal(was, now Session) SlotSwap {
	swap := SlotSwap{Was: h.Account.Slots, Ended: []string{was.Hash}}
	for _, slot := range h.Account.Slots {
		if slot.Hash == was.Hash {
			slot.Hash = now.Hash
		}
		swap.Now = append(swap.Now, slot)
	}
	return swap
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

// provedSince reports whether the phone was proved in the session within the time.
func (s Session) provedSince(now time.Time, within time.Duration) bool {
	return !s.ProvedAt.IsZero() && now.Sub(s.ProvedAt) <= within
}
