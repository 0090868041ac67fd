package admintest

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/account/accounttest"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/jobs"
	"chaoxi/shared/jobs/jobstest"
	"chaoxi/shared/staff"
)

// PeopleStore changes people on the register: records, states and grants.
type PeopleStore struct {
	writer
	probes   *probes
	sessions *accounttest.SessionStore
	jobs     *jobstest.Store
}

func (s *PeopleStore) AddStaff(_ context.Context, c admin.Change) error {
	all, unlock := s.begin()
	defer unlock()
	_, there := all.People[c.Now.Code]
	err := cmp.Or(s.mayMark(c.Mark), s.requests.mayCarryOut(c.Once), mayWrite(all, c.By), refuse(!there, errors.New("the code is somebody's")), namesFree(all, c.Now), orgsOpen(all, c))
	if err == nil {
		s.requests.carryOut(c.Once)
		s.mark(c.Mark)
	}
	return s.put(err, all, account.Person{Staff: c.Now, Account: account.Account{Epoch: 1}}, c.Was, c.Audit)
}

func (s *PeopleStore) Change(_ context.Context, c admin.Change) error {
	all, unlock := s.begin()
	defer unlock()
	p, there := all.People[c.Now.Code]
	err := cmp.Or(s.mayMark(c.Mark), mayWrite(all, c.By), refuse(there && p.Staff.Revision == c.Was.Revision, admin.ErrRevised), namesFree(all, c.Now),
		refuse(c.Grants < 0 || c.Grants == len(p.Account.Grants), admin.ErrRevised), orgsOpen(all, c))
	p.Staff = c.Now
	if c.EndAll {
		p.Account.Epoch, p.Account.DeviceEpoch = p.Account.Epoch+1, p.Account.DeviceEpoch+1
	}
	if err == nil {
		s.sessions.Tell(c.Now.Code, c.History...)
		s.mark(c.Mark)
	}
	return s.put(err, all, p, c.Was, c.Audit)
}

// mayMark requires that the job has not done it yet.
func (s *PeopleStore) mayMark(m *jobs.Mark) error {
	return refuse(m == nil || !s.jobs.Marked(*m), jobs.ErrMarked)
}

// mark puts the mark of a job, if there is one.
func (s *PeopleStore) mark(m *jobs.Mark) {
	if m != nil {
		s.jobs.PutMark(*m)
	}
}

func (s *PeopleStore) ChangeState(_ context.Context, c admin.StateChange) error {
	all, unlock := s.begin()
	defer unlock()
	p, there := all.People[c.Now.Code]
	err := cmp.Or(s.mayMark(c.Mark), mayWrite(all, c.By), refuse(there && p.Staff.Revision == c.Was.Revision, admin.ErrRevised), namesFree(all, c.Now), refuse(sameGrants(p.Account.Grants, c.Grants), admin.ErrRevised),
		supersRemain(all, c.RemainingSupers), orgsOpen(all, admin.Change{Was: c.Was, Now: c.Now, MustBeOpen: c.MustBeOpen, MustNotBeUnits: c.MustNotBeUnits}))
	p.Staff = c.Now
	switch a := &p.Account; {
	case c.EndAccount:
		a.Password, a.Past, a.PasswordSetAt, a.Grants = "", nil, time.Time{}, nil
		a.Epoch, a.DeviceEpoch = a.Epoch+1, a.DeviceEpoch+1
	case c.EndSessions:
		a.Epoch++
		if !c.Frozen.By.IsZero() {
			a.Frozen = c.Frozen
		}
	case c.EndFreeze:
		a.Frozen = account.FreezeMark{}
	case !c.ClearedAt.IsZero():
		a.ClearedAt = c.ClearedAt
	}
	if err == nil {
		s.sessions.Tell(c.Now.Code, c.History...)
		s.mark(c.Mark)
	}
	return s.put(err, all, p, c.Was, c.Audit)
}

func (s *PeopleStore) BeginText(_ context.Context, by account.Caller, to staff.Staff, m jobs.Mark) error {
	all, unlock := s.begin()
	defer unlock()
	p, there := all.People[to.Code]
	err := cmp.Or(refuse(!s.jobs.Marked(m), jobs.ErrMarked), mayWrite(all, by), refuse(there && p.Staff.Revision == to.Revision, admin.ErrRevised))
	if err == nil {
		s.jobs.PutMark(m)
	}
	return err
}

func (s *PeopleStore) EndText(ctx context.Context, m jobs.Mark, e audit.Entry) error {
	_, unlock := s.begin()
	defer unlock()
	marks, _ := s.jobs.JobMarks(ctx, m.Job.ID, []staff.EmployeeCode{m.Staff})
	return s.enter(refuse(marks[m.Staff].Outcome == jobs.OutcomeSending, jobs.ErrMarked), e, func() { s.jobs.PutMark(m) })
}

// put writes a person and the audit, with the version that the record has got, unless
// err says that what the write stands on is not so.
func (s *PeopleStore) put(err error, all *accounttest.Records, p account.Person, was staff.Staff, e audit.Entry) error {
	if e.Version = 0; p.Staff.Version != was.Version {
		e.Version = p.Staff.Version
	}
	return s.enter(err, e, func() { all.Put(p) })
}

func (s *PeopleStore) ChangeGrants(_ context.Context, c admin.GrantChange) error {
	all, unlock := s.begin()
	defer unlock()
	p := all.People[c.Staff]
	err := cmp.Or(supersRemain(all, c.RemainingSupers), refuse(sameGrants(p.Account.Grants, c.Was), admin.ErrRevised))
	if c.Given != nil {
		err = cmp.Or(err, refuse(canWork(p.Staff), admin.ErrRevised), orgsOpen(all, admin.Change{MustBeOpen: []staff.OrgCode{c.Given.Org}}))
	}
	p.Account.Grants = c.Now()
	return s.put(cmp.Or(err, mayWrite(all, c.By)), all, p, p.Staff, c.Audit)
}

// mayWrite requires that a caller is as they were judged.
func mayWrite(all *accounttest.Records, by account.Caller) error {
	a := all.People[by.Staff].Account
	return refuse(by.Staff.IsZero() || a.Epoch == by.Epoch && sameGrants(a.Grants, by.Grants), admin.ErrRevised)
}

func sameGrants(a, b []account.Grant) bool {
	return slices.EqualFunc(a, b, func(a, b account.Grant) bool {
		return a.ID == b.ID && a.Type == b.Type && a.Org == b.Org && slices.Equal(a.Added, b.Added)
	})
}

func canWork(p staff.Staff) bool { return p.Employment == staff.InService && p.State != staff.Frozen }

// namesFree requires that nobody else has the names of p.
func namesFree(all *accounttest.Records, p staff.Staff) error {
	account := all.Find(func(o staff.Staff) bool { return o.Code != p.Code && o.Account == p.Account })
	phone := all.Find(func(o staff.Staff) bool { return o.Code != p.Code && o.Phone == p.Phone && !p.Phone.IsZero() })
	card := all.Find(func(o staff.Staff) bool {
		return o.Code != p.Code && o.IDCard == p.IDCard && p.IDCard != "" && o.Employment == staff.InService && p.Employment == staff.InService
	})
	free := func(owner staff.EmployeeCode, field string) error {
		return refuse(owner.IsZero(), &admin.Taken{Field: field, Owner: owner})
	}
	return cmp.Or(free(account, admin.FieldAccount), free(phone, admin.FieldPhone), free(card, admin.FieldIDCard))
}

// supersRemain requires that the supers still hold their grants and can work.
func supersRemain(all *accounttest.Records, supers []admin.RemainingSuper) error {
	return refuse(!slices.ContainsFunc(supers, func(r admin.RemainingSuper) bool {
		p := all.People[r.Staff]
		return !canWork(p.Staff) || !slices.ContainsFunc(p.Account.Grants, func(g account.Grant) bool { return g.ID == r.Grant.ID && g.Org == r.Grant.Org })
	}), admin.ErrRevised)
}

// orgsOpen requires that organisations are open which get more posts, or which c names,
// and that none is a unit which must not be one.
func orgsOpen(all *accounttest.Records, c admin.Change) error {
	more := postsIn(c.Now)
	for o, n := range postsIn(c.Was) {
		more[o] -= n
	}
	maps.DeleteFunc(more, func(_ staff.OrgCode, n int) bool { return n <= 0 })
	for o, path := range c.MustNotBeUnits {
		if all.Orgs[o].Type == staff.UnitOrg {
			return fault.FieldInvalid.AtField(path, fault.Invalid)
		}
	}
	must := slices.AppendSeq(slices.Clone(c.MustBeOpen), maps.Keys(more))
	return refuse(!slices.ContainsFunc(must, func(o staff.OrgCode) bool { return all.Orgs[o].Closed }), fault.OrgClosed)
}

// postsIn is how many active posts p has in each organisation.
func postsIn(p staff.Staff) map[staff.OrgCode]int {
	n := map[staff.OrgCode]int{}
	for _, post := range p.ActivePosts() {
		n[post.Org]++
	}
	return n
}

func (s *PeopleStore) GrantsPage(ctx context.Context, org staff.OrgCode, after string, limit int) ([]account.Granted, string, error) {
	all, err := s.register.GrantsOn(ctx, []staff.OrgCode{org})
	grants, last := page(all, func(g account.Granted) string { return g.Staff.String() + "#" + g.Grant.ID }, after, limit)
	return grants, last, err
}
