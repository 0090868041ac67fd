package account

import (
	"slices"
	"strings"
	"time"

	"chaoxi/shared/staff"
)

// Session is a client that is signed in. It is over when the account has another
// epoch, or no slot for the session.
type Session struct {
	Hash       string // of the token's secret: the key in storage
	ID         string // by which its owner names it
	Staff      staff.EmployeeCode
	Client     Client
	DeviceName string
	Epoch      int64
	CreatedAt  time.Time
	LastUsed   time.Time
	ProvedAt   time.Time // when the second step was passed; zero if it was not
	// Administered is when it was last used for administration, zero if it never was.
	Administered time.Time
	Dies         time.Time // when it ends even if it is used
}

// Token is what a client shows: <employeeCode>.<43 characters>. By the code the
// session and its account are found in one read.
type Token struct {
	Staff  staff.EmployeeCode
	Secret Secret
}

// ParseToken reads a token that a client sent. It reports whether the form is right.
func ParseToken(s string) (Token, bool) {
	code, secret, ok := strings.Cut(s, ".")
	c, err := staff.ParseEmployeeCode(code)
	return Token{c, ParseSecret(secret)}, ok && err == nil && len(secret) == 43
}

// Reveal is the token in full, for the answer to the client.
func (t Token) Reveal() string { return t.Staff.String() + "." + t.Secret.Reveal() }

func (t Token) String() string { return "[token]" }

// lives are how long a session may be unused, and how long it may last at all.
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

// live reports whether the session may be used at now. A is its owner's account.
func (s Session) live(a Account, settings Settings, now time.Time) bool {
	return s.Hash != "" && HasSlot(a.Slots, s.Hash) && s.lasts(a, settings, now)
}

// lasts is live without asking for a slot.
func (s Session) lasts(a Account, settings Settings, now time.Time) bool {
	return s.Epoch == a.Epoch && now.Before(s.Expires(settings))
}

// administered is from when on the session has administered nothing. The second step
// is the first act of administration.
func (s Session) administered() time.Time {
	if s.Administered.After(s.ProvedAt) {
		return s.Administered
	}
	return s.ProvedAt
}

// Caller is somebody whose session is good.
type Caller struct {
	Staff   staff.EmployeeCode
	Session Session
	Epoch   int64
	Slots   []SessionSlot
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

// provedSince reports whether the phone was proved in the session within the time.
func (s Session) provedSince(now time.Time, within time.Duration) bool {
	return !s.ProvedAt.IsZero() && now.Sub(s.ProvedAt) <= within
}
