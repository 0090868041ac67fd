package account

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// Session is a signed-in client, as it is kept. It is dead when its epoch is no
// longer the account's.
type Session struct {
	Hash       string // of the token's secret: the key it is kept under
	ID         string // for its owner to name it by
	Staff      staff.EmployeeCode
	Client     Client
	DeviceName string
	Epoch      int64
	CreatedAt  time.Time
	LastUsed   time.Time
	ProvedAt   time.Time // when the second step was passed; zero if it was not
	Dies       time.Time // however much it is used
}

// Token is what a client holds: <employeeCode>.<43 characters>. The code tells
// where to look, so that a session and its account are one read.
type Token struct {
	Staff  staff.EmployeeCode
	Secret Secret
}

// ParseToken takes a token that a client sent.
func ParseToken(s string) (Token, bool) {
	code, secret, ok := strings.Cut(s, ".")
	c, err := staff.ParseEmployeeCode(code)
	return Token{c, ParseSecret(secret)}, ok && err == nil && len(secret) == 43
}

// Reveal is the token in full, for the answer that hands it out.
func (t Token) Reveal() string { return t.Staff.String() + "." + t.Secret.Reveal() }

func (t Token) String() string { return "[token]" }

// lives are how long a session may lie idle, and live at all.
func (s Settings) lives(c Client) (idle, total time.Duration) {
	if c == Console {
		return s.ConsoleIdle, s.ConsoleLife
	}
	return s.AppIdle, s.AppLife
}

// Expires is when the session ends if it is not used again.
func (s Session) Expires(settings Settings) time.Time {
	idle, total := settings.lives(s.Client)
	if last, end := s.LastUsed.Add(idle), s.CreatedAt.Add(total); last.Before(end) {
		return last
	}
	return s.CreatedAt.Add(total)
}

// live reports whether the session may be used at now by the account's owner.
func (s Session) live(a Account, settings Settings, now time.Time) bool {
	return s.Hash != "" && s.Epoch == a.Epoch && now.Before(s.Expires(settings))
}

// begin draws a token, writes the session and ends the least recently used one
// of a person who would have too many.
func begin(ctx context.Context, store SessionStore, random io.Reader, settings Settings, call Call, h Holder, s Session, device *Device) (SignedIn, error) {
	secret, err := NewSecret(random)
	if err != nil {
		return SignedIn{}, err
	}
	if s.ID, err = NewID(random); err != nil {
		return SignedIn{}, err
	}
	_, total := settings.lives(s.Client)
	s.Hash, s.Dies = secret.Hash(), s.CreatedAt.Add(total)

	live := slices.DeleteFunc(slices.Clone(h.Sessions), func(o Session) bool { return !o.live(h.Account, settings, s.CreatedAt) })
	slices.SortFunc(live, func(a, b Session) int { return cmp.Compare(b.LastUsed.UnixNano(), a.LastUsed.UnixNano()) })
	var ended []string
	for i, o := range live {
		if i >= settings.SessionsEach-1 {
			ended = append(ended, o.Hash)
		}
	}

	done := SignedIn{Token: Token{s.Staff, secret}, Session: s, Expires: s.Expires(settings), Staff: h.Staff, Grants: h.Account.Grants}
	var wanted []staff.OrgCode
	if main, ok := h.Staff.MainPost(); ok {
		wanted = append(wanted, main.Unit, main.Org)
	}
	for _, g := range done.Grants {
		wanted = append(wanted, g.Org)
	}
	err = parallel(
		func() error { return store.StartSession(ctx, s, call, device, ended) },
		func() (err error) { done.Orgs, err = store.OrgNames(ctx, wanted); return err },
	)
	if err != nil {
		return SignedIn{}, fmt.Errorf("begin a session: %w", err)
	}
	return done, nil
}

// Caller is somebody whose session is good.
type Caller struct {
	Staff   staff.EmployeeCode
	Session Session
	Epoch   int64
	Grants  []Grant
}

// Scopes are the organisations in which the caller has p, each once.
func (c Caller) Scopes(p Permission) []staff.OrgCode {
	var scopes []staff.OrgCode
	for _, g := range c.Grants {
		if g.Allows(p) && !slices.Contains(scopes, g.Org) {
			scopes = append(scopes, g.Org)
		}
	}
	return scopes
}

// Authorize finds out who is calling.
type Authorize struct {
	Store    AuthorizeStore
	Settings Settings
	Now      func() time.Time
}

// AuthorizeStore is what Authorize asks of storage.
type AuthorizeStore interface {
	// SessionAndAccount reads both in one trip; what is not there is zero.
	SessionAndAccount(context.Context, Token) (Session, Account, error)
	// TouchSession notes that a session was used, if it is still there.
	TouchSession(ctx context.Context, s Session, at time.Time) error
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
	return Caller{t.Staff, s, a.Epoch, a.Grants}, touch, nil
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
