package account

import (
	"context"
	"fmt"
	"time"

	"chaoxi/shared/fault"
)

// Authorize finds out who is calling.
type Authorize struct {
	Store    AuthorizeStore
	Settings Settings
	Now      func() time.Time
}

// Run returns the caller. Touch, if not nil, notes the use; it is for running
// beside the work itself.
func (uc Authorize) Run(ctx context.Context, token string) (caller Caller, touch func(context.Context) error, err error) {
	if token == "" {
		return Caller{}, nil, fault.SessionMissing
	}
	t, ok := ParseToken(token)
	if !ok {
		return Caller{}, nil, fault.SessionExpired
	}
	s, a, err := uc.Store.SessionAndAccount(ctx, t)
	if err != nil {
		return Caller{}, nil, fmt.Errorf("read the session: %w", err)
	}
	now := uc.Now()
	if !s.live(a, uc.Settings, now) {
		return Caller{}, nil, fault.SessionExpired
	}
	// A use is noted once in a thirtieth of the idle time, a minute of the
	// console's thirty: a session may end that much early, never late.
	if idle, _ := uc.Settings.lives(s.Client); now.Sub(s.LastUsed) >= min(time.Minute, idle/30) {
		touch = func(ctx context.Context) error { return uc.Store.TouchSession(ctx, s, now) }
	}
	return Caller{Staff: t.Staff, Session: s, Epoch: a.Epoch, Seats: a.Seats, Grants: a.Grants}, touch, nil
}

// Administrator narrows a caller to one who may use the administration at all:
// with grants, the second step passed today, and not idle for long, whatever
// the client.
func (uc Authorize) Administrator(c Caller) error {
	now := uc.Now()
	switch s := c.Session; {
	case s.ProvedAt.IsZero(), now.Sub(s.ProvedAt) > uc.Settings.ConsoleLife, now.Sub(s.LastUsed) > uc.Settings.ConsoleIdle:
		return fault.AdminSessionExpired
	case len(c.Grants) == 0:
		return fault.PermissionDenied
	}
	return nil
}

// AuthorizeStore is what Authorize asks of storage.
type AuthorizeStore interface {
	// SessionAndAccount reads both in one trip; what is not there is zero.
	SessionAndAccount(context.Context, Token) (Session, Account, error)
	// TouchSession notes that a session was used, if it is still there.
	TouchSession(ctx context.Context, s Session, at time.Time) error
}
