package account

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// Sessions lets people look at their own sessions and end them. A session is over as
// soon as its item is deleted, because every request reads the item, strongly
// consistent. The slot stays taken until the next sign-in.
type Sessions struct {
	Store    SessionsStore
	Settings Settings
	Now      func() time.Time
}

// SessionsStore is what Sessions asks of storage.
type SessionsStore interface {
	SessionReader
	// EndSessions deletes sessions, each together with writing its line of the history.
	// A session that does not exist is not an error, and gets no line.
	EndSessions(ctx context.Context, c staff.EmployeeCode, ends []SessionEnd) error
}

// SessionEnd is the end of one session.
type SessionEnd struct {
	Hash string
	Line *SignIn // of the history; nil for a session that was over already
}

// List returns the caller's live sessions: the one in use, then the others, the last
// used first.
func (uc Sessions) List(ctx context.Context, c Caller) ([]Session, error) {
	all, err := uc.Store.Sessions(ctx, c.Staff)
	if err != nil {
		return nil, fmt.Errorf("read the sessions: %w", err)
	}
	now := uc.Now()
	live := slices.DeleteFunc(all, func(s Session) bool { return !s.live(Account{Epoch: c.Epoch, Slots: c.Slots}, uc.Settings, now) })
	for i := range live {
		if live[i].Hash == c.Session.Hash {
			live[i].LastUsed = now // this request is a use, but may not be written yet
		}
	}
	slices.SortFunc(live, func(a, b Session) int {
		switch c.Session.Hash {
		case a.Hash:
			return -1
		case b.Hash:
			return 1
		}
		return cmp.Or(b.LastUsed.Compare(a.LastUsed), cmp.Compare(a.ID, b.ID))
	})
	return live, nil
}

// End ends the caller's session with the id. It answers NotFound if that session is
// over or somebody else's.
func (uc Sessions) End(ctx context.Context, call audit.Call, c Caller, id string) error {
	if !isID(id) {
		return fault.NotFound
	}
	live, err := uc.List(ctx, c)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(live, func(s Session) bool { return s.ID == id })
	if i < 0 {
		return fault.NotFound
	}
	return uc.end(ctx, call, c, live[i])
}

// EndCurrent signs the caller out.
func (uc Sessions) EndCurrent(ctx context.Context, call audit.Call, c Caller) error {
	return uc.end(ctx, call, c, c.Session)
}

// EndOthers ends all of the caller's sessions except the one in use. It deletes those
// that are over, too.
func (uc Sessions) EndOthers(ctx context.Context, call audit.Call, c Caller) error {
	all, err := uc.Store.Sessions(ctx, c.Staff)
	if err != nil {
		return fmt.Errorf("read the sessions: %w", err)
	}
	others := slices.DeleteFunc(all, func(s Session) bool { return s.Hash == c.Session.Hash })
	return uc.end(ctx, call, c, others...)
}

func (uc Sessions) end(ctx context.Context, call audit.Call, c Caller, sessions ...Session) error {
	now := uc.Now()
	ends := make([]SessionEnd, len(sessions))
	for i, s := range sessions {
		ends[i].Hash = s.Hash
		if s.live(Account{Epoch: c.Epoch, Slots: c.Slots}, uc.Settings, now) {
			line := s.line(WasSignedOut, now, call.Address)
			ends[i].Line = &line
		}
	}
	if err := uc.Store.EndSessions(ctx, c.Staff, ends); err != nil {
		return fmt.Errorf("end %d sessions: %w", len(sessions), err)
	}
	return nil
}
