package accounttest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

// Register has people, with their accounts, and organisations. All else follows from
// these when it is read: who has a name, who holds a grant on an organisation. So
// nothing lags. It is safe for concurrent use. Make one with NewRegister.
type Register struct {
	mu      sync.Mutex
	records Records
}

// Records is all that a Register has.
type Records struct {
	People map[staff.EmployeeCode]account.Person
	Orgs   staff.Orgs // with paths as stored
	Moves  staff.Moves
}

// NewRegister returns an empty Register.
func NewRegister() *Register {
	return &Register{records: Records{People: map[staff.EmployeeCode]account.Person{}, Orgs: staff.Orgs{}}}
}

// Lock is for a read or write of several records. They are the caller's until the
// function is called that Lock returns.
func (r *Register) Lock() (records *Records, unlock func()) {
	r.mu.Lock()
	return &r.records, r.mu.Unlock
}

// Put puts somebody among the people.
func (r *Records) Put(p account.Person) { r.People[p.Staff.Code] = clone(p) }

func clone(p account.Person) account.Person {
	p.Staff = p.Staff.Clone()
	p.Account.Grants = slices.Clone(p.Account.Grants)
	return p
}

// Placed are organisations with paths as the moves have them.
func (r *Records) Placed(codes []staff.OrgCode) staff.Orgs {
	found := staff.Orgs{}
	for _, c := range codes {
		if o, ok := r.Orgs[c]; ok {
			found[c] = r.Moves.ApplyTo(o)
		}
	}
	return found
}

// Tree has all organisations, with paths as the moves have them.
func (r *Records) Tree() staff.Orgs { return r.Placed(slices.Collect(maps.Keys(r.Orgs))) }

// Find is whoever is so, or the zero code.
func (r *Records) Find(is func(staff.Staff) bool) staff.EmployeeCode {
	for c, p := range r.People {
		if is(p.Staff) {
			return c
		}
	}
	return staff.EmployeeCode{}
}

// PutPerson puts somebody on the register as loaded, or replaces who is there.
func (r *Register) PutPerson(p account.Person) {
	all, unlock := r.Lock()
	defer unlock()
	p.Staff.Loaded = p.Staff.Version
	all.Put(p)
}

// PutOrgs puts organisations on the register, or replaces those that are there.
func (r *Register) PutOrgs(orgs ...staff.Org) {
	all, unlock := r.Lock()
	defer unlock()
	for _, o := range orgs {
		all.Orgs[o.Code] = o
	}
}

func (r *Register) Person(_ context.Context, c staff.EmployeeCode) (account.Person, error) {
	all, unlock := r.Lock()
	defer unlock()
	return clone(all.People[c]), nil
}

func (r *Register) People(_ context.Context, codes []staff.EmployeeCode) (map[staff.EmployeeCode]staff.Staff, error) {
	all, unlock := r.Lock()
	defer unlock()
	found := map[staff.EmployeeCode]staff.Staff{}
	for _, c := range codes {
		if p, ok := all.People[c]; ok {
			found[c] = p.Staff.Clone()
		}
	}
	return found, nil
}

func (r *Register) StoredOrgs(_ context.Context, codes []staff.OrgCode) (staff.Orgs, error) {
	all, unlock := r.Lock()
	defer unlock()
	found := staff.Orgs{}
	for _, c := range codes {
		if o, ok := all.Orgs[c]; ok {
			found[c] = o
		}
	}
	return found, nil
}

func (r *Register) GrantsOn(_ context.Context, orgs []staff.OrgCode) ([]account.Granted, error) {
	all, unlock := r.Lock()
	defer unlock()
	var found []account.Granted
	for c, p := range all.People {
		for _, g := range p.Account.Grants {
			if slices.Contains(orgs, g.Org) {
				found = append(found, account.Granted{Staff: c, Grant: g})
			}
		}
	}
	slices.SortFunc(found, func(a, b account.Granted) int {
		return cmp.Or(slices.Index(orgs, a.Grant.Org)-slices.Index(orgs, b.Grant.Org), cmp.Compare(a.Staff.String(), b.Staff.String()), cmp.Compare(a.Grant.ID, b.Grant.ID))
	})
	return found, nil
}

// signsInBy is who signs in by a name in its normal form. An account that looks like a
// phone is no such name: whoever has the phone signs in by it.
func (r *Register) signsInBy(name string) staff.EmployeeCode {
	all, unlock := r.Lock()
	defer unlock()
	return all.signsInBy(name)
}

func (r *Records) signsInBy(name string) staff.EmployeeCode {
	return r.Find(func(p staff.Staff) bool {
		_, asPhone := p.Account.AsPhone()
		return name != "" && (p.Phone.E164() == name || !asPhone && p.Account.String() == name)
	})
}

func (r *Register) Rehash(_ context.Context, c staff.EmployeeCode, was, now string) error {
	all, unlock := r.Lock()
	defer unlock()
	if p, there := all.People[c]; there && p.Account.Password == was {
		p.Account.Password = now
		all.People[c] = p
	}
	return nil
}
