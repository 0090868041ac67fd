package accounttest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/staff"
)

func (s *Store) SignInState(_ context.Context, c staff.EmployeeCode) (account.SignInState, error) {
	defer s.lock()()
	p := s.of(c)
	return account.SignInState{Person: p.Person, Devices: sorted(p.devices), Sessions: sorted(p.sessions)}, nil
}

// sorted returns the values of m in the order of their keys.
func sorted[V any](m map[string]V) []V {
	var values []V
	for _, k := range slices.Sorted(maps.Keys(m)) {
		values = append(values, m[k])
	}
	return values
}

// StartSession writes nothing if the slots have changed. The table may have the
// session then, which makes no difference: without a slot it does not count.
func (s *Store) StartSession(_ context.Context, ses account.Session, call audit.Call, d *account.Device, slots account.SlotSwap) error {
	defer s.lock()()
	p := s.of(ses.Staff)
	if p.Staff.Code.IsZero() || !slices.Equal(p.Account.Slots, slots.Was) {
		return account.ErrSwapped
	}
	ses.Dies = time.Time{} // only storage asks for it
	p.Account.Slots, p.sessions[ses.Hash] = slots.Now, ses
	place := ses.CreatedAt.UTC().Format("2006-01-02T15:04:05.000Z#") + ses.ID
	p.signIns = append(p.signIns, account.SignIn{Place: place, At: ses.CreatedAt, Client: ses.Client, DeviceName: ses.DeviceName, Address: call.Address, SecondStep: !ses.ProvedAt.IsZero()})
	if d != nil {
		p.devices[d.MAC] = *d
	}
	for _, hash := range slots.Ended {
		delete(p.sessions, hash)
	}
	return nil
}

func (s *Store) SessionAndAccount(_ context.Context, t account.Token) (account.Session, account.Account, error) {
	defer s.lock()()
	p := s.of(t.Staff)
	return p.sessions[t.Secret.Hash()], p.Account, nil
}

func (s *Store) TouchSession(_ context.Context, ses account.Session, at time.Time, administrative bool) error {
	defer s.lock()()
	p := s.of(ses.Staff)
	current, ok := p.sessions[ses.Hash]
	switch {
	case ok && administrative && current.Administered.Before(at):
		current.LastUsed, current.Administered = at, at
		p.sessions[ses.Hash] = current
	case ok && !administrative && current.LastUsed.Before(at):
		current.LastUsed = at
		p.sessions[ses.Hash] = current
	}
	return nil
}

func (s *Store) Sessions(_ context.Context, c staff.EmployeeCode) ([]account.Session, error) {
	defer s.lock()()
	return sorted(s.of(c).sessions), nil
}

func (s *Store) EndSessions(_ context.Context, c staff.EmployeeCode, hashes []string) error {
	defer s.lock()()
	for _, hash := range hashes {
		delete(s.of(c).sessions, hash)
	}
	return nil
}

func (s *Store) SignIns(_ context.Context, c staff.EmployeeCode, since time.Time, after string, limit int) ([]account.SignIn, error) {
	defer s.lock()()
	lines := slices.DeleteFunc(slices.Clone(s.of(c).signIns), func(l account.SignIn) bool { return l.At.Before(since) || after != "" && l.Place >= after })
	slices.SortFunc(lines, func(a, b account.SignIn) int { return cmp.Compare(b.Place, a.Place) })
	return lines[:min(len(lines), limit)], nil
}
