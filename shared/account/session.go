package account

import (
	"slices"
	"strings"
	"time"

	"chaoxi/shared/staff"
)

// Session is a signed-in client, as it is kept. It is dead when its epoch is no
// longer the account's, and when it has no seat there any more.
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
	return s.Hash != "" && Seated(a.Seats, s.Hash) && s.lasts(a, settings, now)
}

// lasts is live but for the seat.
func (s Session) lasts(a Account, settings Settings, now time.Time) bool {
	return s.Epoch == a.Epoch && now.Before(s.Expires(settings))
}

// Caller is somebody whose session is good.
type Caller struct {
	Staff   staff.EmployeeCode
	Session Session
	Epoch   int64
	Seats   []Seat
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
