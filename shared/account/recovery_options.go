package account

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// RecoveryOptions begins 忘记密码: it finds the person by account and name, and says
// how they may go on. It texts nothing. A stranger who knows account and name learns
// the masked phone, and names and office phones of administrators.
//
// It makes five to seven trips to storage, one after the other:
//  1. the name
//  2. the person; the failure is counted
//  3. the units and the last request; the ticket is written
//  4. the grants on the units and on all organisations above but the topmost
//  5. the grants on the topmost, if a unit has nobody nearer
//  6. the administrators
//  7. the names of the administrators' units that are not known yet
type RecoveryOptions struct {
	Store    RecoveryOptionsStore
	Keys     Keys
	Settings Settings
	Now      func() time.Time
	Random   io.Reader
}

// RecoveryOptionsStore is what RecoveryOptions asks of storage.
type RecoveryOptionsStore interface {
	PersonStore
	RequestReader
	TicketWriter
	StoredOrgReader
	GrantReader
	PeopleReader
}

// Recovery is how the person may go on.
type Recovery struct {
	Ticket         Secret // for a code to the phone if ByPhone is set, and for a recovery request
	Phone          staff.Phone
	ByPhone        bool // whether the phone alone is enough; not for holders of grants
	Administrators []Contact
	// Request is the person's last one, if it is still to be shown, else zero.
	Request RecoveryRequest
	State   RecoveryState // of Request at this moment
}

// Contact is what somebody who is not signed in learns of an administrator.
type Contact struct {
	Name        string
	Unit        string // the name of the unit of the main post
	OfficePhone string // "" if none is known
}

// Run answers NotActivated to somebody whose account is not activated yet. Everybody
// else who may not recover gets the same answer, after the same work, as somebody who
// mistypes the name.
//
// Device is the secret of the device that asks, "" for none.
func (uc RecoveryOptions) Run(ctx context.Context, call audit.Call, account, name, device string) (Recovery, error) {
	if err := nameFields(account, name); err != nil {
		return Recovery{}, err
	}
	now := uc.Now()
	who := newLookup(uc.Store, uc.Keys, uc.Settings, now, account, device, call.Address)
	p, found, err := who.byName(ctx, name)
	switch {
	case err != nil:
		return Recovery{}, err
	case p.Staff.CanActivate():
		return Recovery{}, cmp.Or[error](found.called(ctx), fault.NotActivated)
	case !p.Staff.CanSignIn() || p.Staff.Phone.IsZero():
		return Recovery{}, found.missed(ctx)
	}

	id, err := NewSecret(uc.Random)
	if err != nil {
		return Recovery{}, err
	}
	t := Ticket{ID: id, Purpose: ForRecovery, Staff: p.Staff.Code, Phone: p.Staff.Phone, Epoch: p.Account.Epoch, Expires: now.Add(uc.Settings.TicketLife), Known: found.known, Cleared: p.Account.ClearedAt}
	done := Recovery{Ticket: id, Phone: p.Staff.Phone, ByPhone: t.opens(p.Staff, p.Account) == nil}
	var last RecoveryRequest
	err = parallel(
		func() error { return found.called(ctx) },
		func() error { return uc.Store.PutTicket(ctx, t) },
		func() (err error) { last, err = lastRequest(ctx, uc.Store, p.Account); return err },
		func() (err error) { done.Administrators, err = uc.administrators(ctx, p.Staff); return err },
	)
	if err != nil {
		return Recovery{}, fmt.Errorf("begin a recovery: %w", err)
	}
	if last.shown(now, p.Account) {
		done.Request, done.State = last, last.At(now, p.Account)
	}
	return done, nil
}

// administrators are the people who may help: see administratorSearch. They are found
// by the paths that are stored with the units. While a unit moves with all above it,
// these may be the old ones for a moment.
func (uc RecoveryOptions) administrators(ctx context.Context, s staff.Staff) ([]Contact, error) {
	var units []staff.OrgCode
	for _, p := range mainFirst(s.ActivePosts()) {
		if !slices.Contains(units, p.Unit) {
			units = append(units, p.Unit)
		}
	}
	orgs, err := uc.Store.StoredOrgs(ctx, units)
	if err != nil {
		return nil, fmt.Errorf("read the units: %w", err)
	}
	paths := make([][]staff.OrgCode, len(units))
	for i, u := range units {
		paths[i] = orgs[u].Path
	}
	listed, err := administratorSearch{store: uc.Store, asker: s.Code, listed: uc.Settings.AdministratorsListed}.run(ctx, paths)
	if err != nil {
		return nil, err
	}
	return uc.contacts(ctx, listed, orgs)
}

// contacts makes contacts of administrators. Known are organisations that have been
// read already.
func (uc RecoveryOptions) contacts(ctx context.Context, listed []staff.Staff, known staff.Orgs) ([]Contact, error) {
	var unknown []staff.OrgCode
	for _, a := range listed {
		if main, _ := a.MainPost(); known.Name(main.Unit) == "" {
			unknown = append(unknown, main.Unit)
		}
	}
	more, err := uc.Store.StoredOrgs(ctx, unknown)
	if err != nil {
		return nil, fmt.Errorf("read the administrators' units: %w", err)
	}
	contacts := make([]Contact, len(listed))
	for i, a := range listed {
		main, _ := a.MainPost()
		contacts[i] = Contact{Name: a.Name, Unit: known.Name(main.Unit) + more.Name(main.Unit)}
		for _, p := range mainFirst(a.ActivePosts()) {
			if contacts[i].OfficePhone == "" {
				contacts[i].OfficePhone = p.OfficePhone
			}
		}
	}
	return contacts, nil
}

// mainFirst returns posts with the main one first.
func mainFirst(posts []staff.Post) []staff.Post {
	slices.SortStableFunc(posts, func(a, b staff.Post) int {
		switch main := staff.MainJob; {
		case a.JobType == main && b.JobType != main:
			return -1
		case a.JobType != main && b.JobType == main:
			return 1
		}
		return 0
	})
	return posts
}
