package admintest

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/staff"
)

func (s *Store) Audit(_ context.Context, by account.Caller, e audit.Entry) error {
	defer s.write()()
	return s.enter(s.mayWrite(by), e, func() {})
}

// enter does a write, and enters it into the audit, unless err says that what it stands
// on is not so.
func (s *Store) enter(err error, e audit.Entry, write func()) error {
	there := slices.ContainsFunc(s.audit, func(have audit.Entry) bool { return auditPlace(have) == auditPlace(e) })
	if err = cmp.Or(err, refuse(!there, errors.New("the audit has an entry of this id"))); err != nil {
		return err
	}
	write()
	s.audit = append(s.audit, e)
	return nil
}

func (s *Store) AddToLogs(_ context.Context, e audit.Entry, orgs []staff.OrgCode) error {
	defer s.write()()
	for _, o := range orgs {
		if !slices.ContainsFunc(s.logs[o], func(have audit.Entry) bool { return auditPlace(have) == auditPlace(e) }) {
			s.logs[o] = append(s.logs[o], e)
		}
	}
	return nil
}

func auditPlace(e audit.Entry) string { return sortTime(e.At) + "#" + e.ID }

func (s *Store) AuditEntries(_ context.Context, r admin.AuditRange) (stretch admin.AuditStretch, _ error) {
	defer s.lock()()
	all := s.audit
	if !r.In.IsZero() {
		all = s.logs[r.In]
	}
	found := slices.DeleteFunc(slices.Clone(all), func(e audit.Entry) bool {
		of := !r.Of.IsZero() && e.Subject == audit.OfStaff(r.Of) || !r.By.IsZero() && e.Actor == r.By || !r.In.IsZero() && sortTime(e.At)[:7] == sortTime(r.Month)[:7]
		place := auditPlace(e)
		return !of || place < sortTime(r.From) || place >= sortTime(r.To) || r.After != "" && place >= r.After
	})
	slices.SortFunc(found, func(a, b audit.Entry) int { return strings.Compare(auditPlace(b), auditPlace(a)) })
	found, stretch.Last = upTo(found, auditPlace, r.Limit)
	for _, e := range found {
		stretch.Entries = append(stretch.Entries, admin.AuditRow{Entry: e, Key: auditPlace(e)})
	}
	return stretch, nil
}

func (s *Store) Dictionaries(context.Context) (staff.Dictionaries, error) {
	defer s.lock()()
	return slices.Collect(maps.Values(s.entries)), nil
}

func (s *Store) ChangeDictionary(_ context.Context, c admin.DictionaryChange) error {
	defer s.write()()
	stands := s.entries[entryKey(c.Now)] == c.Was && (c.Remaining.Code == "" || s.entries[entryKey(c.Remaining)].Enabled)
	return s.enter(cmp.Or(s.mayWrite(c.By), refuse(stands, admin.ErrRevised)), c.Audit, func() { s.entries[entryKey(c.Now)] = c.Now })
}

func entryKey(e staff.DictionaryEntry) [2]string { return [2]string{e.Dictionary, e.Code} }
