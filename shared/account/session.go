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

// SessionStore is what both steps of signing in ask of storage.
type SessionStore interface {
	// Holder reads a person with known devices and sessions; of nobody, the
	// zero Holder at the same cost.
	Holder(context.Context, staff.EmployeeCode) (Holder, error)
	// StartSession writes a session and its line in the sign-in history, makes
	// the device known if there is one, swaps the seats, and deletes the sessions
	// that have ended. It fails with ErrSwapped if the seats are no longer what
	// they were; the session counts only once it has one.
	StartSession(ctx context.Context, s Session, call Call, device *Device, seats Seating) error
	// OrgNames reads the names of organisations.
	OrgNames(context.Context, []staff.OrgCode) (staff.Orgs, error)
}

// Holder is a person who may hold sessions.
type Holder struct {
	Person
	Devices  []Device
	Sessions []Session
}

// knows reports whether the person proved the phone on the device within the
// time that this counts.
func (h Holder) knows(macs []string, now time.Time) bool {
	for _, d := range h.Devices {
		for _, m := range macs {
			if d.MAC == m && d.Epoch == h.Account.DeviceEpoch && now.Before(d.Until) {
				return true
			}
		}
	}
	return false
}

// refusal says why somebody whose password is right gets no session.
func (h Holder) refusal(c Client) error {
	switch {
	case !h.Staff.Complete():
		return fault.ProfileIncomplete
	case c == Console && len(h.Account.Grants) == 0:
		return fault.PermissionDenied
	}
	return nil
}

// SignedIn is a session just begun. Token is complete; it is for the answer
// alone.
type SignedIn struct {
	Token   Token
	Session Session
	Expires time.Time
	Staff   staff.Staff
	Grants  []Grant
	Orgs    staff.Orgs // of the main post and the grants
}
