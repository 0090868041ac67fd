package account

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"chaoxi/shared/fault"
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

// Seat is the place of one session among those that a person may have.
type Seat struct {
	Hash string
	At   time.Time // when it was taken
}

// Seated reports whether the session of a hash has one of seats.
func Seated(seats []Seat, hash string) bool {
	return slices.ContainsFunc(seats, func(seat Seat) bool { return seat.Hash == hash })
}

// Seating is the seats before a session begins and with it, and the sessions
// that can be deleted then.
type Seating struct {
	Was, Now []Seat
	Ended    []string
}

// onTheWay is how long a seat may be taken before its session can be read, and a
// session may be there before its seat: they are written side by side.
const onTheWay = time.Minute

// Seat gives s a seat. Of too many sessions the least recently used loses its
// own; those that are over have lost it. Seats are swapped as a whole, so of any
// number that begin at once no more are left than may be.
func (h Holder) Seat(s Session, settings Settings) Seating {
	rows := map[string]Session{}
	for _, row := range h.Sessions {
		rows[row.Hash] = row
	}
	used := map[string]time.Time{}
	var kept []Seat
	for _, seat := range h.Account.Seats {
		row, written := rows[seat.Hash]
		switch {
		case seat.Hash == s.Hash:
		case !written && s.CreatedAt.Sub(seat.At) < onTheWay:
			used[seat.Hash] = seat.At
			kept = append(kept, seat)
		case written && row.lasts(h.Account, settings, s.CreatedAt):
			used[seat.Hash] = row.LastUsed
			kept = append(kept, seat)
		}
	}
	slices.Reverse(kept) // of those used in the same moment the later one stays
	slices.SortStableFunc(kept, func(a, b Seat) int { return used[b.Hash].Compare(used[a.Hash]) })
	kept = kept[:min(len(kept), settings.SessionsEach-1)]

	seating := Seating{Was: h.Account.Seats, Now: append(kept, Seat{s.Hash, s.CreatedAt})}
	for _, row := range h.Sessions {
		if !Seated(seating.Now, row.Hash) && (Seated(seating.Was, row.Hash) || s.CreatedAt.Sub(row.CreatedAt) >= onTheWay) {
			seating.Ended = append(seating.Ended, row.Hash)
		}
	}
	return seating
}

// begin draws a token and writes the session, which takes a seat.
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

	done := SignedIn{Token: Token{s.Staff, secret}, Session: s, Expires: s.Expires(settings), Staff: h.Staff, Grants: h.Account.Grants}
	var wanted []staff.OrgCode
	if main, ok := h.Staff.MainPost(); ok {
		wanted = append(wanted, main.Unit, main.Org)
	}
	for _, g := range done.Grants {
		wanted = append(wanted, g.Org)
	}
	err = parallel(
		func() error { return start(ctx, store, settings, call, h, s, device) },
		func() (err error) { done.Orgs, err = store.OrgNames(ctx, wanted); return err },
	)
	if err != nil {
		return SignedIn{}, fmt.Errorf("begin a session: %w", err)
	}
	return done, nil
}

// start writes the session. Who loses a seat to another sign-in of the same person
// looks again: a trip more, and only then.
func start(ctx context.Context, store SessionStore, settings Settings, call Call, h Holder, s Session, device *Device) error {
	for range 20 {
		err := store.StartSession(ctx, s, call, device, h.Seat(s, settings))
		if !errors.Is(err, ErrSwapped) {
			return err
		}
		if h, err = store.Holder(ctx, s.Staff); err != nil {
			return err
		}
	}
	return fault.Unavailable.Becausef("the seats of a person's sessions were contended 20 times")
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
