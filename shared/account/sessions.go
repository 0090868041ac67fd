package account

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

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
	// Sessions reads the sessions of a person, also those that are over.
	Sessions(context.Context, staff.EmployeeCode) ([]Session, error)
	// EndSessions deletes sessions by their hashes. A session that does not exist is
	// not an error.
	EndSessions(ctx context.Context, c staff.EmployeeCode, hashes []string) error
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
func (uc Sessions) End(ctx context.Context, c Caller, id string) error {
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
	return uc.end(ctx, c, live[i].Hash)
}

// EndCurrent signs the caller out.
func (uc Sessions) EndCurrent(ctx context.Context, c Caller) error {
	return uc.end(ctx, c, c.Session.Hash)
}

// EndOthers ends all of the caller's sessions except the one in use. It deletes those
// that are over, too.
func (uc Sessions) EndOthers(ctx context.Context, c Caller) error {
	all, err := uc.Store.Sessions(ctx, c.Staff)
	if err != nil {
		return fmt.Errorf("read the sessions: %w", err)
	}
	var others []string
	for _, s := range all {
		if s.Hash != c.Session.Hash {
			others = append(others, s.Hash)
		}
	}
	return uc.end(ctx, c, others...)
}

func (uc Sessions) end(ctx context.Context, c Caller, hashes ...string) error {
	if err := uc.Store.EndSessions(ctx, c.Staff, hashes); err != nil {
		return fmt.Errorf("end %d sessions: %w", len(hashes), err)
	}
	return nil
}
