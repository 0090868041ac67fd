package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sync/errgroup"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/retry"
	"chaoxi/shared/staff"
)

// UpdatePosts changes a person and their posts, all or nothing.
//
// It takes three trips: the person, with the dictionaries if they are not
// cached; the organisations of the posts, old and new; the write. If a name
// changes that is unique, it takes two more, around the write: a place for the
// lookup (see names), and that place given back. If the phone changes, a text
// tells the old number after that.
type UpdatePosts struct {
	Store        UpdateStore
	Dictionaries *staff.DictionaryList
	Notices      account.Notices
	Keys         account.Keys
	Now          func() time.Time
	Random       io.Reader
	Pinyin       func(name string) staff.Pinyin
}

// UpdateStore is what UpdatePosts asks of storage.
type UpdateStore interface {
	LoadTargetStore
	Changer
	NamesStore
	account.SessionReader
}

// Updated is what the edit has done.
type Updated struct {
	Posts    int // how many the edit was about
	Complete bool
	Version  int64
	// Warnings are what is unusual in the record, and was accepted.
	Warnings []fault.Field
	Changes  []audit.Change // masked as in every answer, nil if the record is so already
}

// Load reads the person whom the edit is about, and answers as LoadTarget.Run
// does. Its answers come before any answer about the edit.
func (uc UpdatePosts) Load(ctx context.Context, by account.Permitted, code string, e Edit) (Target, error) {
	var t Target
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		t, err = uc.loader().Run(gctx, by, code, e.Orgs()...)
		if err == nil && t.Staff.Code == by.Caller().Staff && !e.Partial {
			err = errOwnRecord
		}
		return err
	})
	g.Go(func() error { _, err := uc.Dictionaries.Run(ctx); return err }) // cached for Run
	var sessions []account.Session
	if who, err := staff.ParseEmployeeCode(code); err == nil && e.namesPhone() {
		g.Go(func() (err error) { sessions, err = uc.Store.Sessions(gctx, who); return err })
	}
	err := g.Wait()
	t.Sessions = sessions
	return t, err
}

// errOwnRecord says that the record is the caller's. A row of a file may be about it, if
// it changes nothing: whoever exports a unit finds themselves in the file.
var errOwnRecord = fault.PermissionDenied.Becausef("nobody edits their own record")

func (uc UpdatePosts) loader() LoadTarget { return LoadTarget{uc.Store, uc.Keys, uc.Now} }

// Run applies the edit to the person t, whom Load read. If somebody else has
// changed the record since the administrator saw it, Run answers *Conflict.
func (uc UpdatePosts) Run(ctx context.Context, call audit.Call, by account.Permitted, t Target, e Edit) (Updated, error) {
	return uc.run(ctx, call, by, t, e, byJob{})
}

func (uc UpdatePosts) run(ctx context.Context, call audit.Call, by account.Permitted, t Target, e Edit, job byJob) (Updated, error) {
	allowed, err := uc.Dictionaries.Run(ctx)
	if err != nil {
		return Updated{}, err
	}
	var done Updated
	err = retry.Times(5, ErrRevised, func(try int) (err error) {
		if try > 0 {
			if by, err = permitAgain(ctx, uc.Store, by); err != nil {
				return err
			}
			// If it was another edit, this one is stale. If it was something else, such
			// as an activation, the edit is tried again.
			sessions := t.Sessions
			if t, err = uc.loader().ByCode(ctx, by, t.Staff.Code, e.Orgs()...); err != nil {
				return err
			}
			t.Sessions = sessions
		}
		done, err = uc.try(ctx, call, by.Caller(), t, e, allowed, job)
		return err
	})
	return done, err
}

// try applies the edit to the person as read.
func (uc UpdatePosts) try(ctx context.Context, call audit.Call, c account.Caller, t Target, e Edit, allowed staff.Dictionaries, job byJob) (Updated, error) {
	change, err := uc.change(call, c, t, e, allowed)
	switch {
	case errors.Is(err, errStale):
		return Updated{}, &Conflict{t}
	case errors.Is(err, errOthersPhone):
		return Updated{}, uc.names().othersPhone(ctx, call, c, e.Account)
	case err != nil:
		return Updated{}, err
	case len(change.Audit.Changes) == 0: // it is so already
		return Updated{Posts: e.N(), Complete: t.Staff.Complete(), Version: t.Staff.Version, Warnings: t.Staff.Warnings()}, nil
	}
	change.Mark = job.done(change)
	write := func() error { return uc.write(ctx, change) }
	if job.try {
		write = func() error { return uc.names().free(ctx, change.Was, change.Now) }
	}
	if was, now := change.Was, change.Now; was.Account != now.Account || was.Phone != now.Phone || was.IDCard != now.IDCard {
		err = uc.names().lookUp(ctx, call, c, now, write)
	} else {
		err = write()
	}
	if err != nil {
		return Updated{}, fmt.Errorf("change %s: %w", t.Staff.Code, err)
	}
	return Updated{
		Posts: e.N(), Complete: change.Now.Complete(), Version: change.Now.Version, Warnings: change.Now.Warnings(), Changes: change.Audit.Changes,
	}, nil
}

func (uc UpdatePosts) names() names { return names{uc.Store, uc.Now, uc.Random} }

// write carries out the change. If the phone is another one, it tells the old
// number. The operator's tool has no way to text.
func (uc UpdatePosts) write(ctx context.Context, c Change) error {
	write := func() error { return uc.Store.Change(ctx, c) }
	if c.Was.Phone == c.Now.Phone || c.Was.Phone.IsZero() || isOperator(c.By) {
		return write()
	}
	_, err := uc.Notices.After(ctx, write, account.PhoneChanged, c.Now.Code, c.Was.Phone, c.Audit.At)
	return err
}

// editor applies e to t.
func (uc UpdatePosts) editor(c account.Caller, t Target, e Edit, allowed staff.Dictionaries) *editor {
	return &editor{
		target: t, caller: c, allowed: allowed, now: uc.Now(), edit: e, pinyin: uc.Pinyin,
		newID: func() (staff.PostID, error) { return staff.NewPostID(uc.Random) },
	}
}

// change is what the edit does to the person as read.
func (uc UpdatePosts) change(call audit.Call, c account.Caller, t Target, e Edit, allowed staff.Dictionaries) (Change, error) {
	ed := uc.editor(c, t, e, allowed)
	now, err := ed.apply()
	if err != nil {
		return Change{}, err
	}
	entry, err := audit.New(uc.Random, ed.now, call, c.Staff, audit.UpdateStaff, audit.OfStaff(t.Staff.Code))
	if err != nil {
		return Change{}, err
	}
	noteChanges(&entry, t.Staff, now)
	if c.Staff == t.Staff.Code && len(entry.Changes) > 0 {
		return Change{}, errOwnRecord
	}
	change := Change{Was: t.Staff, Now: now, By: c, Audit: entry, Grants: -1, MustBeOpen: ed.mustBeOpen, MustNotBeUnits: ed.mustNotBeUnit, EndAll: now.Phone != t.Staff.Phone}
	if change.EndAll || now.Account != t.Staff.Account || now.Name != t.Staff.Name {
		change.Grants = len(t.Account.Grants)
	}
	if change.EndAll {
		change.History = account.EndedSessions(t.Sessions, t.Account, uc.Notices.Settings, ed.now, "")
	}
	return change, nil
}
