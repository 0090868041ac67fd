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

// AddStaff puts a person on the register, all or nothing. If asked, it texts
// them to activate their account.
//
// It takes four trips: the organisations, with the dictionaries if they are not
// cached; a place for the lookup of names (see names); the write, with the
// reservation of the text; the place given back. The text goes out after the
// write. If the text fails, the person stays.
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
	NamesStore
	// AddStaff writes all of c or nothing. c.Was is nobody. It answers
	// ErrRevised if c.By has changed, and *Taken, OrgClosed and FieldInvalid
	// as Changer.Change does.
	AddStaff(ctx context.Context, c Change) error
}

// Added is who was added.
type Added struct {
	Code    staff.EmployeeCode
	Version int64
	New     bool     // false: the same request had added the person before
	SMS     SMSState // "" if no text was asked for
}

// SMSState says what became of the text to the person who was added.
type SMSState string

// The states.
const (
	SMSSent    SMSState = "sent"     // handed over; the answer may have been lost
	SMSNotSent SMSState = "not_sent" // over a limit, or refused
)

// Run adds the person whom e describes. If the same request comes again, say
// because its answer was lost, Run answers with the person that is there
// already, as long as nobody has changed them. The account and the phone are
// unique, so the second request cannot add a second person.
func (uc AddStaff) Run(ctx context.Context, call audit.Call, by account.Permitted, e Edit, invite bool) (Added, error) {
	var added Added
	err := retry.Times(5, ErrRevised, func(try int) (err error) {
		if try > 0 {
			if by, err = permitAgain(ctx, uc.Store, by); err != nil {
				return err
			}
		}
		added, err = uc.try(ctx, call, by.Caller(), e, invite)
		return err
	})
	return added, err
}

// try adds the person for the caller as read.
func (uc AddStaff) try(ctx context.Context, call audit.Call, c account.Caller, e Edit, invite bool) (Added, error) {
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
		return Added{}, uc.names().othersPhone(ctx, call, c, e.Account)
	case err != nil:
		return Added{}, err
	}
	var added Added
	err = uc.names().lookUp(ctx, call, c, change.Now, func() (err error) { added, err = uc.add(ctx, change, invite); return err })
	if err != nil {
		return Added{}, fmt.Errorf("add a person: %w", err)
	}
	return added, nil
}

func (uc AddStaff) names() names { return names{uc.Store, uc.Now, uc.Random} }

// add writes the person, unless the same request has added them before.
func (uc AddStaff) add(ctx context.Context, change Change, invite bool) (Added, error) {
	added := Added{Code: change.Now.Code, Version: change.Now.Version, New: true}
	var err error
	added.SMS, err = uc.write(ctx, func() error { return uc.Store.AddStaff(ctx, change) }, change.Now.Phone, invite)
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
	return added, err
}

// change is the person whom e describes, as a change that storage can write.
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
	return Change{Now: s, By: c, Audit: entry, MustBeOpen: ed.mustBeOpen, MustNotBeUnits: ed.mustNotBeUnit}, nil
}

// write calls do, and texts the phone to activate if invite is set.
func (uc AddStaff) write(ctx context.Context, do func() error, to staff.Phone, invite bool) (SMSState, error) {
	if !invite {
		return "", do()
	}
	sent, err := uc.Notices.After(ctx, do, account.Invitation, staff.EmployeeCode{}, to, uc.Now())
	switch {
	case err != nil:
		return "", err
	case sent:
		return SMSSent, nil
	}
	return SMSNotSent, nil
}

// had is the person whom the same request added before, or the zero code if
// there is none: the owner of both names, equal to s, whom nobody has changed
// since. The ids of the posts do not count, as each request draws new ones.
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
