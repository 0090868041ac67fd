package account

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/retry"
	"chaoxi/shared/staff"
)

// SessionStore is what both steps of signing in ask of storage.
type SessionStore interface {
	OrgReader
	// Holder reads a person with known devices and sessions; of nobody, the
	// zero Holder at the same cost.
	Holder(context.Context, staff.EmployeeCode) (Holder, error)
	// StartSession writes a session and its line in the sign-in history, makes
	// the device known if there is one, swaps the seats, and deletes the sessions
	// that have ended. It fails with ErrSwapped if the seats are no longer what
	// they were; the session counts only once it has one.
	StartSession(ctx context.Context, s Session, call audit.Call, device *Device, seats Seating) error
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

// sessionStarter begins sessions for those who have passed every step.
type sessionStarter struct {
	store    SessionStore
	settings Settings
	random   io.Reader
	call     audit.Call
}

// begin draws a token and writes the session, which takes a seat. The device, if
// there is one, is known from now on.
func (b sessionStarter) begin(ctx context.Context, h Holder, s Session, device *Device) (SignedIn, error) {
	secret, err := NewSecret(b.random)
	if err != nil {
		return SignedIn{}, err
	}
	if s.ID, err = staff.NewID(b.random); err != nil {
		return SignedIn{}, err
	}
	_, total := b.settings.lives(s.Client)
	s.Hash, s.Dies = secret.Hash(), s.CreatedAt.Add(total)

	done := SignedIn{Token: Token{s.Staff, secret}, Session: s, Expires: s.Expires(b.settings), Staff: h.Staff, Grants: h.Account.Grants}
	var wanted []staff.OrgCode
	if main, ok := h.Staff.MainPost(); ok {
		wanted = append(wanted, main.Unit, main.Org)
	}
	for _, g := range done.Grants {
		wanted = append(wanted, g.Org)
	}
	err = parallel(
		func() error { return b.write(ctx, h, s, device) },
		func() (err error) { done.Orgs, err = b.store.Orgs(ctx, wanted); return err },
	)
	if err != nil {
		return SignedIn{}, fmt.Errorf("begin a session: %w", err)
	}
	return done, nil
}

// write writes the session. Who loses a seat to another sign-in of the same person
// looks again: a trip more, and only then.
func (b sessionStarter) write(ctx context.Context, h Holder, s Session, device *Device) error {
	return retry.Times(20, ErrSwapped, func(try int) (err error) {
		if try > 0 {
			if h, err = b.store.Holder(ctx, s.Staff); err != nil {
				return err
			}
		}
		return b.store.StartSession(ctx, s, b.call, device, h.Seat(s, b.settings))
	})
}
