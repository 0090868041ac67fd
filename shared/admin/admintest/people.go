package admintest

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

func (s *Store) Person(_ context.Context, c staff.EmployeeCode) (account.Person, error) {
	defer s.lock()()
	return clone(s.people[c]), nil
}

func (s *Store) People(ctx context.Context, codes []staff.EmployeeCode) (map[staff.EmployeeCode]staff.Staff, error) {
	people, _, err := s.PeopleWithOrgs(ctx, codes, nil)
	return people, err
}

func (s *Store) PeopleWithOrgs(_ context.Context, codes []staff.EmployeeCode, orgs []staff.OrgCode) (map[staff.EmployeeCode]staff.Staff, staff.Orgs, error) {
	defer s.lock()()
	found := map[staff.EmployeeCode]staff.Staff{}
	for _, c := range codes {
		if p, ok := s.people[c]; ok {
			found[c] = p.Staff.Clone()
		}
	}
	return found, s.placed(orgs), nil
}

func (s *Store) NameOwners(_ context.Context, phones []staff.Phone, accounts []staff.Account) ([]staff.EmployeeCode, error) {
	defer s.lock()()
	var owners []staff.EmployeeCode
	for _, p := range phones {
		owners = append(owners, s.owner(func(o staff.Staff) bool { return o.Phone == p }))
	}
	for _, a := range accounts {
		owners = append(owners, s.owner(func(o staff.Staff) bool { return o.Account == a }))
	}
	return owners, nil
}

func (s *Store) owner(has func(staff.Staff) bool) staff.EmployeeCode {
	for c, p := range s.people {
		if has(p.Staff) {
			return c
		}
	}
	return staff.EmployeeCode{}
}

func (s *Store) Around(_ context.Context, orgs []staff.OrgCode, guards []string) (staff.Orgs, []account.Failures, error) {
	defer s.lock()()
	failures := make([]account.Failures, len(guards))
	for i, g := range guards {
		failures[i] = s.failures[g]
	}
	return s.placed(orgs), failures, nil
}

func (s *Store) AddStaff(_ context.Context, c admin.Change) error {
	defer s.write()()
	_, there := s.people[c.Now.Code]
	err := cmp.Or(s.mayCarryOut(c.Once), s.mayWrite(c.By), refuse(!there, errors.New("the code is somebody's")), s.namesFree(c.Now), s.orgsOpen(c))
	if err == nil {
		s.carryOut(c.Once)
	}
	return s.put(err, account.Person{Staff: c.Now, Account: account.Account{Epoch: 1}}, c.Was, c.Audit)
}

func (s *Store) Change(_ context.Context, c admin.Change) error {
	defer s.write()()
	p, there := s.people[c.Now.Code]
	err := cmp.Or(s.mayWrite(c.By), refuse(there && p.Staff.Revision == c.Was.Revision, admin.ErrRevised), s.namesFree(c.Now),
		refuse(c.Grants < 0 || c.Grants == len(p.Account.Grants), admin.ErrRevised), s.orgsOpen(c))
	p.Staff = c.Now
	if c.EndAll {
		p.Account.Epoch, p.Account.DeviceEpoch = p.Account.Epoch+1, p.Account.DeviceEpoch+1
	}
	return s.put(err, p, c.Was, c.Audit)
}

func (s *Store) ChangeState(_ context.Context, c admin.StateChange) error {
	defer s.write()()
	p, there := s.people[c.Now.Code]
	err := cmp.Or(s.mayWrite(c.By), refuse(there && p.Staff.Revision == c.Was.Revision, admin.ErrRevised), s.namesFree(c.Now), refuse(sameGrants(p.Account.Grants, c.Grants), admin.ErrRevised),
		s.supersRemain(c.RemainingSupers), s.orgsOpen(admin.Change{Was: c.Was, Now: c.Now, MustBeOpen: c.MustBeOpen}))
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
	return s.put(err, p, c.Was, c.Audit)
}

// put writes a person and the audit, with the version that the record has got, unless
// err says that what the write stands on is not so.
func (s *Store) put(err error, p account.Person, was staff.Staff, e audit.Entry) error {
	if e.Version = 0; p.Staff.Version != was.Version {
		e.Version = p.Staff.Version
	}
	return s.enter(err, e, func() { s.people[p.Staff.Code] = clone(p) })
}

func (s *Store) ChangeGrants(_ context.Context, c admin.GrantChange) error {
	defer s.write()()
	p := s.people[c.Staff]
	err := cmp.Or(s.supersRemain(c.RemainingSupers), refuse(sameGrants(p.Account.Grants, c.Was), admin.ErrRevised))
	if c.Given != nil {
		err = cmp.Or(err, refuse(canWork(p.Staff), admin.ErrRevised), s.orgsOpen(admin.Change{MustBeOpen: []staff.OrgCode{c.Given.Org}}))
	}
	p.Account.Grants = c.Now()
	return s.put(cmp.Or(err, s.mayWrite(c.By)), p, p.Staff, c.Audit)
}

// mayWrite requires that a caller is as they were judged.
func (s *Store) mayWrite(by account.Caller) error {
	a := s.people[by.Staff].Account
	return refuse(by.Staff.IsZero() || a.Epoch == by.Epoch && sameGrants(a.Grants, by.Grants), admin.ErrRevised)
}

func sameGrants(a, b []account.Grant) bool {
	return slices.EqualFunc(a, b, func(a, b account.Grant) bool {
		return a.ID == b.ID && a.Type == b.Type && a.Org == b.Org && slices.Equal(a.Added, b.Added)
	})
}

func canWork(p staff.Staff) bool { return p.Employment == staff.InService && p.State != staff.Frozen }

// namesFree requires that nobody else has the names of p.
func (s *Store) namesFree(p staff.Staff) error {
	account := s.owner(func(o staff.Staff) bool { return o.Code != p.Code && o.Account == p.Account })
	phone := s.owner(func(o staff.Staff) bool { return o.Code != p.Code && o.Phone == p.Phone && !p.Phone.IsZero() })
	return cmp.Or(refuse(account.IsZero(), fault.AccountTaken), refuse(phone.IsZero(), fault.PhoneTaken))
}

// supersRemain requires that the supers still hold their grants and can work.
func (s *Store) supersRemain(supers []admin.RemainingSuper) error {
	return refuse(!slices.ContainsFunc(supers, func(r admin.RemainingSuper) bool {
		p := s.people[r.Staff]
		return !canWork(p.Staff) || !slices.ContainsFunc(p.Account.Grants, func(g account.Grant) bool { return g.ID == r.Grant.ID && g.Org == r.Grant.Org })
	}), admin.ErrRevised)
}

// orgsOpen requires that organisations are open which get more posts, or which c names,
// and that none is a unit which must not be one.
func (s *Store) orgsOpen(c admin.Change) error {
	more := postsIn(c.Now)
	for o, n := range postsIn(c.Was) {
		more[o] -= n
	}
	maps.DeleteFunc(more, func(_ staff.OrgCode, n int) bool { return n <= 0 })
	for o, path := range c.MustNotBeUnits {
		if s.orgs[o].Type == staff.UnitOrg {
			return fault.FieldInvalid.AtField(path, fault.Invalid)
		}
	}
	must := slices.AppendSeq(slices.Clone(c.MustBeOpen), maps.Keys(more))
	return refuse(!slices.ContainsFunc(must, func(o staff.OrgCode) bool { return s.orgs[o].Closed }), fault.OrgClosed)
}

// postsIn is how many active posts p has in each organisation.
func postsIn(p staff.Staff) map[staff.OrgCode]int {
	n := map[staff.OrgCode]int{}
	for _, post := range p.ActivePosts() {
		n[post.Org]++
	}
	return n
}

func (s *Store) GrantsOn(_ context.Context, orgs []staff.OrgCode) (all []account.Granted, _ error) {
	defer s.lock()()
	for _, o := range orgs {
		all = append(all, s.grantsOn(o)...)
	}
	return all, nil
}

func (s *Store) grantsOn(org staff.OrgCode) (all []account.Granted) {
	for c, p := range s.people {
		for _, g := range p.Account.Grants {
			if g.Org == org {
				all = append(all, account.Granted{Staff: c, Grant: g})
			}
		}
	}
	slices.SortFunc(all, func(a, b account.Granted) int { return cmp.Compare(grantPlace(a), grantPlace(b)) })
	return all
}

func grantPlace(g account.Granted) string { return g.Staff.String() + "#" + g.Grant.ID }

func (s *Store) GrantsPage(_ context.Context, org staff.OrgCode, after string, limit int) ([]account.Granted, string, error) {
	defer s.lock()()
	grants, last := page(s.grantsOn(org), grantPlace, after, limit)
	return grants, last, nil
}
