package account

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/retry"
	"chaoxi/shared/staff"
)

// SessionStore is what both steps of signing in ask of storage.
type SessionStore interface {
	StoredOrgReader
	SignInStateReader
	// StartSession writes a session and lines of the sign-in history, swaps the slots,
	// and deletes the sessions that have ended. It fails with ErrSwapped if the slots
	// have changed since they were read. Then the session has no slot and does not count.
	StartSession(ctx context.Context, s Session, history []SignIn, slots SlotSwap) error
}

// SignInStateReader reads all that signing in has to know of a person.
type SignInStateReader interface {
	// SignInState reads a person with devices and sessions. For a code that nobody has it
	// returns the zero value, at the same cost.
	SignInState(context.Context, staff.EmployeeCode) (SignInState, error)
}

// SignInState is all that signing in has to know of a person.
type SignInState struct {
	Person
	Devices  []Device
	Sessions []Session
}

// remembers reports whether somebody has signed in on the device with the MAC not long
// ago, known or not.
func (h SignInState) remembers(mac string, now time.Time) bool {
	return h.knows([]string{mac}, now) || slices.ContainsFunc(h.Devices, func(d Device) bool {
		return d.MAC == mac && d.Epoch == h.Account.DeviceEpoch && now.Before(d.Kept)
	})
}

// canSignIn reports whether the person may hold a session of the account's epoch.
//
// The two sides of a person are not read in one moment. Somebody who is being frozen
// may still be active on the register's side while the account has the epoch after the
// freeze already, and a session of that epoch would outlive it. So the account's side
// alone must say no: it has the epoch, the mark of a freeze and the password, which
// change together.
func (h SignInState) canSignIn() bool {
	return h.Staff.CanSignIn() && h.Account.Frozen.By.IsZero()
}

// refusal says why somebody gets no session in spite of the right password.
func (h SignInState) refusal(c Client) error {
	switch {
	case !h.Staff.Complete():
		return fault.ProfileIncomplete
	case c == Console && len(h.Account.Grants) == 0:
		return fault.PermissionDenied
	}
	return nil
}

// knows reports whether a device with one of the MACs is a known one at now.
func (h SignInState) knows(macs []string, now time.Time) bool {
	return h.Account.knows(h.Devices, macs, now)
}

// SlotSwap are the slots of a person before and after a session begins.
type SlotSwap struct {
	Was, Now  []SessionSlot
	Ended     []string  // hashes of the sessions without a slot, to be deleted
	Displaced []Session // those of them that would go on, had they a slot
}

// onTheWay is how long a slot may have no session yet, or a session no slot. Both
// are written at the same time, and one of them can be read first.
const onTheWay = time.Minute

// TakeSlot gives s a slot. Sessions that are over lose theirs. If there are still too
// many, the session that was not used for longest loses its slot, too.
//
// Storage replaces all slots by compare-and-swap. If it deleted the oldest session
// instead, ten sign-ins at once could leave ten sessions.
func (h SignInState) TakeSlot(s Session, settings Settings) SlotSwap {
	rows := map[string]Session{}
	for _, row := range h.Sessions {
		rows[row.Hash] = row
	}
	used := map[string]time.Time{}
	var kept []SessionSlot
	for _, slot := range h.Account.Slots {
		row, written := rows[slot.Hash]
		switch {
		case slot.Hash == s.Hash:
		case !written && s.CreatedAt.Sub(slot.At) < onTheWay:
			used[slot.Hash] = slot.At
			kept = append(kept, slot)
		case written && row.lasts(h.Account, settings, s.CreatedAt):
			used[slot.Hash] = row.LastUsed
			kept = append(kept, slot)
		}
	}
	slices.Reverse(kept) // of two used at the same moment the later one stays
	slices.SortStableFunc(kept, func(a, b SessionSlot) int { return used[b.Hash].Compare(used[a.Hash]) })
	var displaced []Session
	for len(kept) >= settings.SessionsEach {
		if row, written := rows[kept[len(kept)-1].Hash]; written {
			displaced = append(displaced, row)
		}
		kept = kept[:len(kept)-1]
	}

	swap := SlotSwap{Was: h.Account.Slots, Now: append(kept, SessionSlot{s.Hash, s.CreatedAt}), Displaced: displaced}
	for _, row := range h.Sessions {
		if !HasSlot(swap.Now, row.Hash) && (HasSlot(swap.Was, row.Hash) || s.CreatedAt.Sub(row.CreatedAt) >= onTheWay) {
			swap.Ended = append(swap.Ended, row.Hash)
		}
	}
	return swap
}

// SignedIn is a session that has just begun. Only the answer may reveal its Token.
type SignedIn struct {
	Token   Token
	Renewed bool // it is a session from before, which was proved now
	Session Session
	Expires time.Time
	Staff   staff.Staff
	Grants  []Grant
	Orgs    staff.Orgs // of the main post and the grants
}

// sessionStarter begins the sessions of people who have passed every step.
type sessionStarter struct {
	store    SessionStore
	kept     *staff.OrgCache
	settings Settings
	random   io.Reader
	call     audit.Call
}

// begin draws a token and writes the session and its slot.
func (b sessionStarter) begin(ctx context.Context, h SignInState, s Session) (SignedIn, error) {
	return b.hand(ctx, h, s, func(s Session) error {
		return b.swap(ctx, h, s.Staff, func(h SignInState) error {
			slots := h.TakeSlot(s, b.settings)
			return b.store.StartSession(ctx, s, linesOf(s, slots, false, b.call.Address), slots)
		})
	})
}

// hand draws a token for s, an id, too, if s has none, and writes s. Beside that it
// reads what the answer shows.
func (b sessionStarter) hand(ctx context.Context, h SignInState, s Session, write func(Session) error) (SignedIn, error) {
	secret, err := NewSecret(b.random)
	if err != nil {
		return SignedIn{}, err
	}
	if s.ID == "" {
		if s.ID, err = staff.NewID(b.random); err != nil {
			return SignedIn{}, err
		}
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
	done.Orgs = b.kept.Fresh(wanted, s.CreatedAt)
	wanted = slices.DeleteFunc(wanted, func(c staff.OrgCode) bool { _, kept := done.Orgs[c]; return kept })
	var read staff.Orgs
	err = parallel(
		func() error { return write(s) },
		func() (err error) { read, err = b.store.StoredOrgs(ctx, wanted); return err },
	)
	if err != nil {
		return SignedIn{}, fmt.Errorf("begin a session: %w", err)
	}
	b.kept.Keep(read, s.CreatedAt)
	maps.Copy(done.Orgs, read)
	return done, nil
}

// swap does what swaps the slots of c. If another sign-in of the same person comes in
// between, it reads the slots again, which costs one more trip.
func (b sessionStarter) swap(ctx context.Context, h SignInState, c staff.EmployeeCode, do func(SignInState) error) error {
	return retry.Times(20, ErrSwapped, func(try int) (err error) {
		if try > 0 {
			if h, err = b.store.SignInState(ctx, c); err != nil {
				return err
			}
		}
		return do(h)
	})
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

// linesOf are the lines of a session that begins: its own, those of the sessions that
// it displaces, and that of its device if that was not known before.
func linesOf(s Session, slots SlotSwap, newDevice bool, address string) []SignIn {
	lines := []SignIn{s.line(WasSignedIn, s.CreatedAt, address)}
	for _, other := range slots.Displaced {
		lines = append(lines, other.line(WasSignedOut, s.CreatedAt, address))
	}
	if newDevice {
		lines = append(lines, s.line(WasNewDevice, s.CreatedAt, address))
	}
	return lines
}
