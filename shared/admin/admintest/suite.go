package admintest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/jobs"
	"chaoxi/shared/staff"
)

// Stores is all storage of package admin. What jobs do has a suite in jobstest; this one
// asks whether the write makes them that asks for them.
type Stores interface {
	admin.AddStore
	admin.ImportStore
	admin.MakeImportStore
	admin.UpdateStore
	admin.StateStore
	admin.GrantStore
	admin.ListGrantsStore
	admin.DictionaryStore
	admin.ListOrgsStore
	admin.OrgStore
	admin.MoveOrgStore
	admin.SearchStore
	admin.AuditLogStore
	admin.IndexAuditStore
	admin.RevealAuditStore
	admin.JobsStore
	admin.MakeBatchStore
	admin.BatchStore
	admin.InviteStore
	admin.RecoveryQueueStore
	admin.DecideRecoveryStore
}

// Suite holds storage to what the interfaces of Stores promise. Open returns a storage of
// its own with all of the seed.
func Suite(t *testing.T, open func(*testing.T, Seed) Stores) {
	for _, part := range []struct {
		name string
		test func(s subject)
	}{
		{"readers of people", subject.readsPeople},
		{"AddStaff", subject.addsStaff},
		{"Change", subject.changes},
		{"Change after success", subject.changed},
		{"ChangeState", subject.changesStates},
		{"ChangeState after success", subject.changedStates},
		{"ChangeGrants", subject.changesGrants},
		{"ChangeGrants after success", subject.changedGrants},
		{"ChangeDictionary", subject.changesDictionaries},
		{"probes", subject.countsProbes},
		{"whose names are taken", subject.saysWhoseNamesAre},
		{"callers", subject.holdsCallers},
		{"QueueRows", subject.readsQueues},
		{"DecideRecovery", subject.decides},
		{"readers of organisations", subject.readsOrgs},
		{"WriteOrg", subject.writesOrgs},
		{"WriteOrg after success", subject.wroteOrgs},
		{"requests of a key", subject.carriesOut},
		{"jobs about people", subject.batches},
		{"texts of jobs", subject.textsOfJobs},
		{"what imports mark", subject.imports},
		{"closing", subject.closesOrgs},
		{"moves", subject.moves},
		{"Rows", subject.rows},
		{"Listed", subject.lists},
		{"AuditEntries", subject.readsAudit},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			part.test(subject{t, open, NewTown()})
		})
	}
}

// subject is the storage under test.
type subject struct {
	*testing.T
	open func(*testing.T, Seed) Stores
	Town
}

// Verdict is an error in a table of tests: its code and the fields that it names.
func Verdict(err error) string {
	var f *fault.Error
	var left *admin.NotEmpty
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, admin.ErrRevised):
		return "revised"
	case errors.Is(err, jobs.ErrMarked):
		return "marked"
	case errors.As(err, &f):
	case errors.As(err, &left):
		return fmt.Sprintf("%d posts, %d children", left.Posts, left.Children)
	default:
		return err.Error()
	}
	verdict := f.Code
	for _, field := range f.Fields {
		verdict += " " + field.Path + ":" + field.Code
	}
	return verdict
}

func (s subject) wants(what string, got, want any) {
	s.Helper()
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		s.Errorf("%s\n got %+v\nwant %+v", what, got, want)
	}
}

// of is v, unless err makes the test end.
func of[T any](v T, err error) func(s subject) T {
	return func(s subject) T {
		s.Helper()
		if err != nil {
			s.Fatal(err)
		}
		return v
	}
}

// person is a person as stored, in words: fmt shows a phone with stars.
func (s subject) person(st Stores, c staff.EmployeeCode) string {
	s.Helper()
	return text(of(st.Person(s.Context(), c))(s))
}

func text(p account.Person) string { return p.Staff.Phone.E164() + fmt.Sprintf(" %+v", p) }

// trail is the audit of a person, the oldest entry first.
func (s subject) trail(st Stores, c staff.EmployeeCode) []audit.Entry {
	s.Helper()
	stretch := of(st.AuditEntries(s.Context(), admin.AuditRange{Of: c, From: Noon, To: Noon.AddDate(1, 0, 0), Limit: 100}))(s)
	var all []audit.Entry
	for _, e := range slices.Backward(stretch.Entries) {
		all = append(all, e.Entry)
	}
	return all
}

// with is seed with more: who is in both is as in more.
func with(seed, more Seed) Seed {
	for _, p := range more.People {
		seed.People = slices.DeleteFunc(slices.Clone(seed.People), func(o account.Person) bool { return o.Staff.Code == p.Staff.Code })
	}
	for _, o := range more.Orgs {
		seed.Orgs = slices.DeleteFunc(slices.Clone(seed.Orgs), func(p staff.Org) bool { return p.Code == o.Code })
	}
	seed.People, seed.Orgs = append(slices.Clone(seed.People), more.People...), append(slices.Clone(seed.Orgs), more.Orgs...)
	return seed
}

// walk reads a list page by page to its end. No page has more than limit.
func walk[T any](s subject, limit int, read func(after string) ([]T, string, error)) []T {
	s.Helper()
	var all []T
	for after, pages := "", 0; ; pages++ {
		some, last, err := read(after)
		if err != nil || len(some) > limit || pages > 100 {
			s.Fatalf("page %d has %d: %v", pages, len(some), err)
		}
		if all = append(all, some...); last == "" {
			return all
		}
		after = last
	}
}
