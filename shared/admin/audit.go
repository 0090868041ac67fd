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

// AuditLog reads what was done: to a person, by an administrator, or in an
// organisation during some time; newest first. Of all of it the caller sees what
// was done to people and organisations that are in sight with AuditRead now.
//
// Two trips for a person, else three: entries; their subjects; the organisations
// of those. A page of few visible entries takes some more, up to a bound.
type AuditLog struct {
	Store AuditLogStore
	Keys  account.Keys
	Now   func() time.Time
}

// AuditLogStore is what AuditLog asks of storage.
type AuditLogStore interface {
	account.OrgReader
	account.PeopleReader
	// AuditEntries reads a stretch of the log, newest first.
	AuditEntries(context.Context, AuditRange) (AuditStretch, error)
}

// AuditRange is where to read: in the log of a person, of what an administrator
// did, or of an organisation's month. One of the three is set.
type AuditRange struct {
	Of, By staff.EmployeeCode
	In     staff.OrgCode
	Month  time.Time // its first instant, of In

	From, To time.Time // To itself is not in it
	After    string    // a Key, "" for the newest
	Limit    int       // entries looked at
}

// AuditStretch is what an AuditRange holds.
type AuditStretch struct {
	Entries []AuditRow
	Last    string // the Key up to which the log was looked at; "" at its end
}

// AuditRow is an entry with its place in a log.
type AuditRow struct {
	audit.Entry
	Key string
}

// AuditFilter says what to read, as typed: one of the first three, and from when
// until when.
type AuditFilter struct{ EmployeeCode, Actor, Org, From, To string }

// AuditPage is a part of the log. Next is the cursor of the next one.
type AuditPage struct {
	Entries []audit.Entry
	Next    string
}

const (
	auditReach  = 366 * 24 * time.Hour // that one question about an organisation goes back
	auditUnsaid = 180 * 24 * time.Hour // where it does not say from when
	auditRounds = 4                    // of entries looked at, while a page is not full
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
	seal := account.CursorCodec{Keys: uc.Keys, Bound: bind("audit", c, f.EmployeeCode, f.Actor, f.Org, f.From, f.To)}
	at, err := seal.Decode(cursor)
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
		return AuditPage{}, nil // a code that is nobody's
	}
	page, next, err := r.page(ctx, at, limit)
	if err != nil {
		return AuditPage{}, fmt.Errorf("read the audit: %w", err)
	}
	return AuditPage{page, seal.Encode(next)}, nil
}

// period is the time asked for. A day is one of UTC, as all times of the API,
// and the last one is in it.
func (f AuditFilter) period(now time.Time) (from, to time.Time, err error) {
	var bad fault.Fields
	from, to = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), now.Add(time.Hour) // clocks differ
	read := func(path, s string, day time.Duration, into *time.Time) {
		if s == "" {
			return
		}
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t, err = time.Parse(time.DateOnly, s)
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

// months are the ranges that r lies in, the latest month first.
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
	subject  audit.Subject          // that has to be in sight itself, "" for none
	subjects map[audit.Subject]bool // who is in sight, as far as is known
}

// month is how a place begins: which of the ranges it is in.
const month = "2006-01"

// page reads on from a place, "" for the beginning.
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
		if len(stretch.Entries) > 0 { // a month in which nothing happened costs next to nothing
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

func subjectsOf(s AuditStretch) []audit.Subject {
	all := make([]audit.Subject, len(s.Entries))
	for i, e := range s.Entries {
		all[i] = e.Subject
	}
	return all
}

// look finds out which of the subjects are in sight. What stands nowhere in the
// tree, such as a dictionary's code, or an organisation that is no more, is in
// sight from the tree's top.
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
