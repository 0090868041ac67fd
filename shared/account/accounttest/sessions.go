package accounttest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

// SessionStore has sessions, the history of sign-ins, and devices that are known. It is
// safe for concurrent use. Make one with NewSessionStore.
type SessionStore struct {
	mu sync.Mutex
	by map[staff.EmployeeCode]*signedIn
}

// signedIn is what somebody has from signing in.
type signedIn struct {
	sessions map[string]account.Session // by hash
	signIns  []account.SignIn
	devices  map[string]account.Device // by MAC
}

// NewSessionStore returns an empty SessionStore.
func NewSessionStore() *SessionStore {
	return &SessionStore{by: map[staff.EmployeeCode]*signedIn{}}
}

// lockOf locks the store and returns what somebody has.
func (s *SessionStore) lockOf(c staff.EmployeeCode) (of *signedIn, unlock func()) {
	s.mu.Lock()
	if s.by[c] == nil {
		s.by[c] = &signedIn{sessions: map[string]account.Session{}, devices: map[string]account.Device{}}
	}
	return s.by[c], s.mu.Unlock
}

// sorted returns the values of m in the order of their keys.
func sorted[V any](m map[string]V) []V {
	var values []V
	for _, k := range slices.Sorted(maps.Keys(m)) {
		values = append(values, m[k])
	}
	return values
}

func (s *SessionStore) session(t account.Token) account.Session {
	of, unlock := s.lockOf(t.Staff)
	defer unlock()
	return of.sessions[t.Secret.Hash()]
}

func (s *SessionStore) devices(c staff.EmployeeCode) []account.Device {
	of, unlock := s.lockOf(c)
	defer unlock()
	return sorted(of.devices)
}

// trust makes a device known.
func (s *SessionStore) trust(c staff.EmployeeCode, d account.Device) {
	of, unlock := s.lockOf(c)
	defer unlock()
	of.devices[d.MAC] = d
}

// begin adds a session, with lines of the history and a device, and ends others.
func (s *SessionStore) begin(ses account.Session, history []account.SignIn, d *account.Device, ended []string) {
	of, unlock := s.lockOf(ses.Staff)
	defer unlock()
	ses.Dies = time.Time{} // only storage asks for it
	of.sessions[ses.Hash] = ses
	of.tell(history...)
	if d != nil {
		of.devices[d.MAC] = *d
	}
	for _, hash := range ended {
		delete(of.sessions, hash)
	}
}

// tell adds lines to the history.
func (of *signedIn) tell(lines ...account.SignIn) {
	for _, l := range lines {
		l.Place = l.At.UTC().Format("2006-01-02T15:04:05.000Z#") + l.ID + "#" + string(l.Outcome)
		of.signIns = append(of.signIns, l)
	}
}

// Tell adds lines to somebody's history.
func (s *SessionStore) Tell(c staff.EmployeeCode, lines ...account.SignIn) {
	of, unlock := s.lockOf(c)
	defer unlock()
	of.tell(lines...)
}

// PutSession adds a session.
func (s *SessionStore) PutSession(ses account.Session) { s.begin(ses, nil, nil, nil) }

func (s *SessionStore) AddSignIn(_ context.Context, c staff.EmployeeCode, line account.SignIn) error {
	s.Tell(c, line)
	return nil
}

// has reports whether a person has all of these sessions.
func (of *signedIn) has(hashes []string) bool {
	return !slices.ContainsFunc(hashes, func(h string) bool { _, ok := of.sessions[h]; return !ok })
}

func (s *SessionStore) TouchSession(_ context.Context, ses account.Session, at time.Time, administrative bool) error {
	of, unlock := s.lockOf(ses.Staff)
	defer unlock()
	current, ok := of.sessions[ses.Hash]
	switch {
	case ok && administrative && current.Administered.Before(at):
		current.LastUsed, current.Administered = at, at
		of.sessions[ses.Hash] = current
	case ok && !administrative && current.LastUsed.Before(at):
		current.LastUsed = at
		of.sessions[ses.Hash] = current
	}
	return nil
}

func (s *SessionStore) Sessions(_ context.Context, c staff.EmployeeCode) ([]account.Session, error) {
	of, unlock := s.lockOf(c)
	defer unlock()
	return sorted(of.sessions), nil
}

func (s *SessionStore) EndSessions(_ context.Context, c staff.EmployeeCode, ends []account.SessionEnd) error {
	of, unlock := s.lockOf(c)
	defer unlock()
	for _, end := range ends {
		if _, ok := of.sessions[end.Hash]; ok && end.Line != nil {
			of.tell(*end.Line)
		}
		delete(of.sessions, end.Hash)
	}
	return nil
}

func (s *SessionStore) SignIns(_ context.Context, c staff.EmployeeCode, since time.Time, after string, limit int) ([]account.SignIn, error) {
	of, unlock := s.lockOf(c)
	defer unlock()
	lines := slices.DeleteFunc(slices.Clone(of.signIns), func(l account.SignIn) bool { return l.At.Before(since) || after != "" && l.Place >= after })
	slices.SortFunc(lines, func(a, b account.SignIn) int { return cmp.Compare(b.Place, a.Place) })
	return lines[:min(len(lines), limit)], nil
}

func (s *SessionStore) Devices(_ context.Context, c staff.EmployeeCode, macs []string) ([]account.Device, error) {
	of, unlock := s.lockOf(c)
	defer unlock()
	var found []account.Device
	for _, mac := range macs {
		if d, ok := of.devices[mac]; ok {
			found = append(found, d)
		}
	}
	return found, nil
}
