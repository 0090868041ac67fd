package account

import (
	"context"
	"fmt"
	"time"

	"chaoxi/shared/fault"
)

// Authorize finds the caller of a request.
type Authorize struct {
	Store    AuthorizeStore
	Settings Settings
	Now      func() time.Time
}

// AuthorizeStore is what Authorize asks of storage.
type AuthorizeStore interface {
	// SessionAndAccount reads both in one trip. What does not exist is zero.
	SessionAndAccount(context.Context, Token) (Session, Account, error)
	// TouchSession writes when a session was used, if the session still exists.
	TouchSession(ctx context.Context, s Session, at time.Time) error
}

// Run returns the caller of a token that came by the way of a client: the app's in
// the header Authorization, a page's in its own cookie. A session is good on its own
// way only. Otherwise a token that got out of one cookie or out of the app could be
// used where the rules of the other hold.
//
// If touch is not nil, it writes that the session was used; it can run at the same
// time as the work itself.
func (uc Authorize) Run(ctx context.Context, by Client, token string) (caller Caller, touch func(context.Context) error, err error) {
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
	if s.Client != by || !s.live(a, uc.Settings, now) {
		return Caller{}, nil, fault.SessionExpired
	}
	// Not every use is written, only one in each thirtieth of the idle time: one a
	// minute for the console, whose idle time is 30 minutes. So a session may end a
	// minute early, but never late.
	if idle, _ := uc.Settings.lives(s.Client); now.Sub(s.LastUsed) >= min(time.Minute, idle/30) {
		touch = func(ctx context.Context) error { return uc.Store.TouchSession(ctx, s, now) }
	}
	return Caller{Staff: t.Staff, Session: s, Epoch: a.Epoch, Slots: a.Slots, Grants: a.Grants}, touch, nil
}

// Administrator says why the caller may not use the administration. It takes grants
// and a session that passed the second step within ConsoleLife and was used within
// ConsoleIdle, whatever its client.
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
