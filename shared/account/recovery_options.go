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

// RecoveryOptions begins 忘记密码: it finds the person by account and name, and
// says how they may go on. It sends nothing and shows nothing that helps a
// stranger, but for the office phones of those who are to be asked.
//
// Its trips, each waiting for the one before: the name; the miss counted beside
// the person; the ticket beside the units and the last request; the grants on
// the units and all above; those who hold them; the names of units that are not
// known yet, if any.
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
	OrgReader
	GrantReader
	PeopleReader
}

// Recovery is what the person may do.
type Recovery struct {
	Ticket         Secret // for a code to the phone, or for a request
	Phone          staff.Phone
	Administrators []Contact
	// Request is the last one, if there is still something to say about it.
	Request RecoveryRequest
	State   RecoveryState // of Request at this moment
}

// Contact is how an administrator is shown to somebody who is not signed in.
type Contact struct {
	Name        string
	Unit        string // the name of the unit of the main post
	OfficePhone string // "" if none is known
}

// Run answers everybody who may not recover alike and after the same work, but
// for those whose account still waits for its activation.
func (uc RecoveryOptions) Run(ctx context.Context, call audit.Call, account, name string) (Recovery, error) {
	if err := nameFields(account, name); err != nil {
		return Recovery{}, err
	}
	now := uc.Now()
	who := newLookup(uc.Store, uc.Keys, uc.Settings, now, account, call.Address)
	p, forgive, err := who.byName(ctx, name)
	switch {
	case err != nil:
		return Recovery{}, err
	case p.Staff.CanActivate():
		return Recovery{}, cmp.Or[error](forgive(ctx), fault.NotActivated)
	case !p.Staff.CanSignIn() || p.Staff.Phone.IsZero():
		return Recovery{}, who.failed(ctx, fault.NameOrAccountWrong)
	}

	id, err := NewSecret(uc.Random)
	if err != nil {
		return Recovery{}, err
	}
	t := Ticket{ID: id, Purpose: ForRecovery, Staff: p.Staff.Code, Phone: p.Staff.Phone, Epoch: p.Account.Epoch, Expires: now.Add(uc.Settings.TicketLife)}
	done := Recovery{Ticket: id, Phone: p.Staff.Phone}
	var last RecoveryRequest
	err = parallel(
		func() error { return forgive(ctx) },
		func() error { return uc.Store.PutTicket(ctx, t) },
		func() (err error) { last, err = lastRequest(ctx, uc.Store, p.Account); return err },
		func() (err error) { done.Administrators, err = uc.administrators(ctx, p.Staff); return err },
	)
	if err != nil {
		return Recovery{}, fmt.Errorf("begin a recovery: %w", err)
	}
	if last.shown(now) {
		done.Request, done.State = last, last.At(now)
	}
	return done, nil
}

// administrators are whom the person may turn to: of each unit those who may
// edit its people, or else those of the nearest organisation above that has
// any. Somebody frozen or gone is no help and counts as none; nor does the
// person, who cannot decide on their own request.
func (uc RecoveryOptions) administrators(ctx context.Context, s staff.Staff) ([]Contact, error) {
	var units []staff.OrgCode
	for _, p := range mainFirst(s.ActivePosts()) {
		if !slices.Contains(units, p.Unit) {
			units = append(units, p.Unit)
		}
	}
	orgs, err := uc.Store.Orgs(ctx, units)
	if err != nil {
		return nil, fmt.Errorf("read the units: %w", err)
	}
	var scopes []staff.OrgCode
	for _, u := range units {
		for _, c := range orgs[u].Path {
			if !slices.Contains(scopes, c) {
				scopes = append(scopes, c)
			}
		}
	}
	grants, err := uc.Store.GrantsOn(ctx, scopes)
	if err != nil {
		return nil, fmt.Errorf("read the grants: %w", err)
	}
	grants = slices.DeleteFunc(grants, func(g Granted) bool { return g.Staff == s.Code || !g.Grant.Allows(StaffEdit) })
	codes := make([]staff.EmployeeCode, len(grants))
	for i, g := range grants {
		codes[i] = g.Staff
	}
	people, err := uc.Store.People(ctx, codes)
	if err != nil {
		return nil, fmt.Errorf("read the administrators: %w", err)
	}

	holders := map[staff.OrgCode][]staff.EmployeeCode{}
	for _, g := range grants {
		if a, ok := people[g.Staff]; ok && a.Employment == staff.InService && a.State != staff.Frozen {
			holders[g.Grant.Org] = append(holders[g.Grant.Org], g.Staff)
		}
	}
	var listed []staff.Staff
	for _, u := range units {
		for _, c := range nearest(orgs[u].Path, holders) {
			again := slices.ContainsFunc(listed, func(have staff.Staff) bool { return have.Code == c })
			if !again && len(listed) < uc.Settings.AdministratorsListed {
				listed = append(listed, people[c])
			}
		}
	}
	return uc.contacts(ctx, listed, orgs)
}

// contacts names the units of administrators; known are organisations that have
// been read already.
func (uc RecoveryOptions) contacts(ctx context.Context, listed []staff.Staff, known staff.Orgs) ([]Contact, error) {
	var unknown []staff.OrgCode
	for _, a := range listed {
		if main, _ := a.MainPost(); known.Name(main.Unit) == "" {
			unknown = append(unknown, main.Unit)
		}
	}
	more, err := uc.Store.Orgs(ctx, unknown)
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

// mainFirst is posts with the main one at the head.
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

// nearest are the first holders met on the way up path, which ends with the
// organisation to begin with.
func nearest(path []staff.OrgCode, holders map[staff.OrgCode][]staff.EmployeeCode) []staff.EmployeeCode {
	for i := len(path) - 1; i >= 0; i-- {
		if found := holders[path[i]]; len(found) > 0 {
			return found
		}
	}
	return nil
}
