package admin

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// AuditLog reads what was done, newest first: to one person, by one
// administrator, or in one organisation. The caller sees the entries about
// people and organisations that they reach with AuditRead now.
//
// It takes two trips for a person and three otherwise: the entries; their
// subjects; the organisations of the subjects. If the caller may see few of the
// entries it reads on, up to a bound.
type AuditLog struct {
	Store AuditLogStore
	Keys  account.Keys
	Now   func() time.Time
}

// AuditLogStore is what AuditLog asks of storage.
type AuditLogStore interface {
	account.OrgReader
	account.PeopleReader
	// AuditEntries reads a part of one log, newest first.
	AuditEntries(context.Context, AuditRange) (AuditStretch, error)
}

// AuditRange says what to read of which log. Exactly one of Of, By and In is
// set: the log of a person, of an administrator, or of an organisation.
type AuditRange struct {
	Of, By staff.EmployeeCode
	In     staff.OrgCode
	Month  time.Time // with In: the month of the log, by its first instant

	From, To time.Time // To is excluded
	After    string    // go on after this Key; "" begins with the newest
	Limit    int       // of entries read
}

// AuditStretch is what was read for an AuditRange.
type AuditStretch struct {
	Entries []AuditRow
	Last    string // the Key up to which the log was read; "" at its end
}

// AuditRow is an entry with its key in a log.
type AuditRow struct {
	audit.Entry
	Key string
}

// AuditFilter says what to read, as typed: exactly one of the first three, and
// the time.
type AuditFilter struct{ EmployeeCode, Actor, Org, From, To string }

// AuditPage is a page of entries. Next is the cursor of the next page.
type AuditPage struct {
	Entries []audit.Entry
	Next    string
}

const (
	auditReach  = 366 * 24 * time.Hour // the longest time to ask about in an organisation
	auditUnsaid = 180 * 24 * time.Hour // the time if the request does not say from when
	auditRounds = 4                    // parts that are read while a page is not full
)

// Run returns the page after cursor, "" for the first one.
func (uc AuditLog) Run(ctx context.Context, by account.Permitted, f AuditFilter, limit int, cursor string) (AuditPage, error) {
	c := by.Caller()
	if err := oneOf(named{"employeeCode", f.EmployeeCode}, named{"actor", f.Actor}, named{"org", f.Org}); err != nil {
		return AuditPage{}, err
	}
	from, to, err := f.period(uc.Now())
	if err != nil {
		return AuditPage{}, err
	}
	cursors := account.CursorCodec{Keys: uc.Keys, Bound: bind("audit", c, f.EmployeeCode, f.Actor, f.Org, f.From, f.To)}
	at, err := cursors.Decode(cursor)
	if err != nil {
		return AuditPage{}, err
	}
	r := reading{AuditLog: uc, scope: ScopeOf(c, account.AuditRead), subjects: map[audit.Subject]bool{}}
	switch base := (AuditRange{From: from, To: to}); {
	case f.EmployeeCode != "":
		base.Of, err = staff.ParseEmployeeCode(f.EmployeeCode)
		r.ranges, r.subject = []AuditRange{base}, audit.Subject(f.EmployeeCode)
	case f.Actor != "":
		base.By, err = staff.ParseEmployeeCode(f.Actor)
		r.ranges = []AuditRange{base}
	default:
		base.In, err = staff.ParseOrgCode(f.Org)
		r.ranges, r.subject = base.months(), audit.Subject(f.Org)
	}
	if err != nil {
		return AuditPage{}, nil // nobody has such a code
	}
	page, next, err := r.page(ctx, at, limit)
	if err != nil {
		return AuditPage{}, fmt.Errorf("read the audit: %w", err)
	}
	return AuditPage{page, cursors.Encode(next)}, nil
}

// period is the time that was asked for. A date without a time of day is a day
// in Beijing, as whoever types it means it. The last day is included.
func (f AuditFilter) period(now time.Time) (from, to time.Time, err error) {
	var bad fault.Fields
	from, to = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), now.Add(time.Hour) // the writer's clock may be ahead
	read := func(path, s string, day time.Duration, into *time.Time) {
		if s == "" {
			return
		}
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t, err = time.ParseInLocation(time.DateOnly, s, staff.Beijing)
			t = t.Add(day)
		}
		switch {
		case err != nil:
			bad.Add(path, fault.Invalid)
		case t.Year() < 2000 || t.Year() > 2200:
			bad.Add(path, fault.Range)
		default:
			*into = t.UTC()
		}
	}
	latest := to
	read("to", f.To, 24*time.Hour, &to)
	if to.After(latest) {
		to = latest
	}
	if f.Org != "" {
		from = to.Add(-auditUnsaid)
	}
	read("from", f.From, 0, &from)
	if f.Org != "" && to.Sub(from) > auditReach {
		bad.Add("from", fault.Range)
	}
	if f.From != "" && f.To != "" && !from.Before(to) && from.Before(latest) {
		bad.Add("to", fault.Disagrees)
	}
	return from, to, bad.Err()
}

// months divides r by months, each of which has its own log. The latest comes
// first.
func (r AuditRange) months() []AuditRange {
	var all []AuditRange
	last := r.To.Add(-time.Millisecond)
	for m := time.Date(last.Year(), last.Month(), 1, 0, 0, 0, 0, time.UTC); m.AddDate(0, 1, 0).After(r.From) && r.From.Before(r.To); m = m.AddDate(0, -1, 0) {
		one := r
		one.Month = m
		all = append(all, one)
	}
	return all
}

// reading is one run of AuditLog.
type reading struct {
	AuditLog
	scope    Scope
	ranges   []AuditRange
	subject  audit.Subject          // if set, the caller must see it to be answered at all
	subjects map[audit.Subject]bool // whether the caller sees them, as far as known
}

// month is the layout of the month with which a cursor's position begins.
const month = "2006-01"

// page reads on from a position, "" for the beginning.
func (r reading) page(ctx context.Context, at string, limit int) (entries []audit.Entry, next string, err error) {
	ranges := r.ranges
	if at != "" && len(at) < len(month) {
		return nil, "", account.BadCursor(nil)
	}
	for at != "" && len(ranges) > 0 && ranges[0].Month.Format(month) != at[:len(month)] {
		ranges = ranges[1:]
	}
	after := ""
	if at != "" {
		after = at[len(month):]
	}
	looked := r.subject == ""
	for rounds := 0; len(ranges) > 0; {
		in := ranges[0]
		name := in.Month.Format(month)
		if rounds == auditRounds {
			return entries, name + after, nil
		}
		in.After, in.Limit = after, limit
		var stretch AuditStretch
		g, gctx := errgroup.WithContext(ctx)
		g.Go(func() (err error) { stretch, err = r.Store.AuditEntries(gctx, in); return err })
		if !looked {
			g.Go(func() error { return r.look(gctx, []audit.Subject{r.subject}) })
			looked = true
		}
		if err := g.Wait(); err != nil {
			return nil, "", err
		}
		if r.subject != "" && !r.subjects[r.subject] {
			return nil, "", nil
		}
		if err := r.look(ctx, subjectsOf(stretch)); err != nil {
			return nil, "", err
		}
		if len(stretch.Entries) > 0 { // an empty month costs next to nothing
			rounds++
		}
		for i, e := range stretch.Entries {
			if !r.subjects[e.Subject] {
				continue
			}
			entries = append(entries, e.Entry)
			if len(entries) == limit && (i < len(stretch.Entries)-1 || stretch.Last != "") {
				return entries, name + e.Key, nil
			}
		}
		if after = stretch.Last; after == "" {
			if ranges = ranges[1:]; len(entries) == limit && len(ranges) > 0 {
				return entries, ranges[0].Month.Format(month), nil
			}
		}
	}
	return entries, "", nil
}

// subjectsOf are the subjects of the entries.
func subjectsOf(s AuditStretch) []audit.Subject {
	all := make([]audit.Subject, len(s.Entries))
	for i, e := range s.Entries {
		all[i] = e.Subject
	}
	return all
}

// look finds out which subjects the caller sees. A subject with no place in the
// tree, such as the entry of a dictionary, is seen by callers who hold the
// permission at the top of the tree.
func (r reading) look(ctx context.Context, subjects []audit.Subject) error {
	var people []staff.EmployeeCode
	var orgs []staff.OrgCode
	var others []audit.Subject
	for _, s := range subjects {
		if _, known := r.subjects[s]; known {
			continue
		}
		r.subjects[s] = false
		if c, ok := s.Staff(); ok {
			people = append(people, c)
			continue
		}
		if others = append(others, s); len(others) == 1 {
			orgs = append(orgs, r.scope.Tops()...)
		}
		if o, ok := s.Org(); ok {
			orgs = append(orgs, o)
		}
	}
	var found map[staff.EmployeeCode]staff.Staff
	var homes, named staff.Orgs
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) { found, homes, err = withOrgs(ctx, r.Store, people); return err })
	g.Go(func() (err error) { named, err = r.Store.Orgs(ctx, orgs); return err })
	if err := g.Wait(); err != nil {
		return err
	}
	for _, c := range people {
		r.subjects[audit.OfStaff(c)] = r.scope.Sees(found[c], homes)
	}
	top := slices.ContainsFunc(r.scope.Tops(), func(o staff.OrgCode) bool { return len(named[o].Path) == 1 })
	for _, s := range others {
		o, _ := s.Org()
		if org, there := named[o]; there {
			r.subjects[s] = r.scope.Covers(org)
		} else {
			r.subjects[s] = top
		}
	}
	return nil
}
