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
	// TouchSession writes when a session was used, if the session still exists. With
	// administrative it writes the same of its use for administration.
	TouchSession(ctx context.Context, s Session, at time.Time, administrative bool) error
}

// Run returns the caller of a token that came by the way of a client: the app's in
// the header Authorization, a page's in its own cookie. A session is good on its own
// way only. Otherwise a token that got out of one cookie or out of the app could be
// used where the rules of the other hold.
func (uc Authorize) Run(ctx context.Context, by Client, token string) (Caller, error) {
	if token == "" {
		return Caller{}, fault.SessionMissing
	}
	t, ok := ParseToken(token)
	if !ok {
		return Caller{}, fault.SessionExpired
	}
	s, a, err := uc.Store.SessionAndAccount(ctx, t)
	if err != nil {
		return Caller{}, fmt.Errorf("read the session: %w", err)
	}
	if s.Client != by || !s.live(a, uc.Settings, uc.Now()) {
		return Caller{}, fault.SessionExpired
	}
	return Caller{Staff: t.Staff, Session: s, Epoch: a.Epoch, Slots: a.Slots, Grants: a.Grants}, nil
}

// Use returns what writes that the caller's session is used now, nil if there is
// nothing to write. It can run at the same time as the work itself. Administrative
// says whether the work is administration.
//
// Not every use is written, only one in each thirtieth of the idle time: one a minute
// where that is 30 minutes. So a session may end a minute early, but never late.
func (uc Authorize) Use(c Caller, administrative bool) func(context.Context) error {
	s, now := c.Session, uc.Now()
	last := s.LastUsed
	idle, _ := uc.Settings.lives(s.Client)
	if administrative {
		last, idle = s.administered(), uc.Settings.ConsoleIdle
	}
	if now.Sub(last) < min(time.Minute, idle/30) {
		return nil
	}
	return func(ctx context.Context) error { return uc.Store.TouchSession(ctx, s, now, administrative) }
}

// Administrator says why the caller may not use the administration. It takes grants
// and a session, whatever its client, that passed the second step within ConsoleLife
// and has administered within ConsoleIdle. Other uses of the session do not count:
// an app that asks for something every minute would keep the administration open.
func (uc Authorize) Administrator(c Caller) error {
	now := uc.Now()
	switch s := c.Session; {
	case s.ProvedAt.IsZero(), now.Sub(s.ProvedAt) > uc.Settings.ConsoleLife, now.Sub(s.administered()) > uc.Settings.ConsoleIdle:
		return fault.AdminSessionExpired
	case len(c.Grants) == 0:
		return fault.PermissionDenied
	}
	return nil
}
