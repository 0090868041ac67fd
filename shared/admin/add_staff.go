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
	"chaoxi/shared/staff"
)

// AddStaff puts a person on the register, all or nothing, and texts them to
// activate where that is asked for.
//
// Two trips: the organisations, with the dictionaries where they are not kept;
// the person with all it stands on, beside the place of the text. The text itself
// comes after, and undoes nothing.
type AddStaff struct {
	Store        AddStore
	Dictionaries *staff.DictionaryList
	Notices      account.Notices
	Now          func() time.Time
	Random       io.Reader
	Pinyin       func(name string) staff.Pinyin
}

// AddStore is what AddStaff asks of storage.
type AddStore interface {
	account.OrgReader
	account.PersonReader
	NameReader
	// AddStaff writes all of c, of which Was is nobody, or nothing. It answers
	// AccountTaken, PhoneTaken, OrgClosed and FieldInvalid as Changer.Change does.
	AddStaff(ctx context.Context, c Change) error
}

// Added is who was added.
type Added struct {
	Code    staff.EmployeeCode
	Version int64
	New     bool     // false: the same request had done it already
	SMS     SMSState // "" where none was asked for
}

// SMSState is what became of a text that was asked for beside something else.
type SMSState string

// Handed over (perhaps without an answer), or not: beyond a limit, or refused.
const (
	SMSSent    SMSState = "sent"
	SMSNotSent SMSState = "not_sent"
)

// Run adds the person that e makes of an empty record. The same request again,
// say after a lost answer, is answered with the person that there is, as long as
// nothing was done to them since; the unique names keep it from adding another.
func (uc AddStaff) Run(ctx context.Context, call audit.Call, by account.Permitted, e Edit, invite bool) (Added, error) {
	c := by.Caller()
	var allowed staff.Dictionaries
	var orgs staff.Orgs
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) { allowed, err = uc.Dictionaries.Run(gctx); return err })
	g.Go(func() (err error) { orgs, err = uc.Store.Orgs(gctx, e.Orgs()); return err })
	if err := g.Wait(); err != nil {
		return Added{}, fmt.Errorf("read what the posts name: %w", err)
	}
	change, err := uc.change(call, c, e, orgs, allowed)
	switch {
	case errors.Is(err, errOthersPhone):
		return Added{}, othersPhone(ctx, uc.Store, e)
	case err != nil:
		return Added{}, err
	}
	added := Added{Code: change.Now.Code, Version: change.Now.Version, New: true}
	write := func() error { return uc.Store.AddStaff(ctx, change) }
	added.SMS, err = uc.write(ctx, write, change.Now.Phone, invite)
	if errors.Is(err, fault.AccountTaken) || errors.Is(err, fault.PhoneTaken) {
		had, lookErr := uc.had(ctx, change.Now)
		switch {
		case lookErr != nil:
			return Added{}, lookErr
		case !had.IsZero():
			added.Code, added.New = had, false
			added.SMS, err = uc.write(ctx, func() error { return nil }, change.Now.Phone, invite)
		}
	}
	if err != nil {
		return Added{}, fmt.Errorf("add a person: %w", err)
	}
	return added, nil
}

// change is the addition that e comes to.
func (uc AddStaff) change(call audit.Call, c account.Caller, e Edit, orgs staff.Orgs, allowed staff.Dictionaries) (Change, error) {
	code, err := staff.NewEmployeeCode(uc.Random)
	if err != nil {
		return Change{}, err
	}
	now := uc.Now()
	ed := editor{
		adding: true, caller: c, allowed: allowed, now: now, edit: e, pinyin: uc.Pinyin,
		target: Target{Orgs: orgs, Person: account.Person{
			Staff: staff.Staff{Code: code, Employment: staff.InService, State: staff.Pending, RegisteredAt: now},
		}},
		newID: func() (staff.PostID, error) { return staff.NewPostID(uc.Random) },
	}
	s, err := ed.apply()
	if err != nil {
		return Change{}, err
	}
	entry, err := audit.New(uc.Random, now, call, c.Staff, audit.AddStaff, audit.OfStaff(code))
	if err != nil {
		return Change{}, err
	}
	entry.Changes = changesOf(staff.Staff{}, s)
	return Change{Now: s, Audit: entry, MustBeOpen: ed.mustBeOpen, MustNotBeUnits: ed.mustNotBeUnit}, nil
}

// write does do and, if so asked, texts the phone to activate.
func (uc AddStaff) write(ctx context.Context, do func() error, to staff.Phone, invite bool) (SMSState, error) {
	if !invite {
		return "", do()
	}
	sent, err := uc.Notices.After(ctx, do, account.Invitation, to, uc.Now())
	switch {
	case err != nil:
		return "", err
	case sent:
		return SMSSent, nil
	}
	return SMSNotSent, nil
}

// had is the person who is all that s is to be, and whom nobody has changed; the
// zero code if there is none. The posts are held against each other in their
// order, as their ids are drawn anew by each request.
func (uc AddStaff) had(ctx context.Context, s staff.Staff) (staff.EmployeeCode, error) {
	var nobody staff.EmployeeCode
	owners, err := uc.Store.NameOwners(ctx, []staff.Phone{s.Phone}, []staff.Account{s.Account})
	if err != nil {
		return nobody, fmt.Errorf("find whose the names are: %w", err)
	}
	if owners[0].IsZero() || owners[0] != owners[1] {
		return nobody, nil
	}
	p, err := uc.Store.Person(ctx, owners[0])
	if err != nil {
		return nobody, fmt.Errorf("read who has the names: %w", err)
	}
	is := p.Staff.Clone()
	if is.Version != s.Version || len(is.Posts) != len(s.Posts) {
		return nobody, nil
	}
	for i := range is.Posts {
		is.Posts[i].ID = s.Posts[i].ID
	}
	if len(changesOf(is, s)) > 0 {
		return nobody, nil
	}
	return is.Code, nil
}
