package admin_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/admin/admintest"
	"chaoxi/shared/jobs"
	"chaoxi/shared/staff"
)

// askedStore counts what is asked of a store.
type askedStore struct {
	*admintest.Store
	orgs, names, reserved, released atomic.Int64
}

func (s *askedStore) Orgs(ctx context.Context, codes []staff.OrgCode) (staff.Orgs, error) {
	s.orgs.Add(1)
	return s.Store.Orgs(ctx, codes)
}

func (s *askedStore) NameOwners(ctx context.Context, phones []staff.Phone, accounts []staff.Account) ([]staff.EmployeeCode, error) {
	s.names.Add(1)
	return s.Store.NameOwners(ctx, phones, accounts)
}

func (s *askedStore) ReserveProbe(ctx context.Context, by staff.EmployeeCode, at time.Time, most int) error {
	s.reserved.Add(1)
	return s.Store.ReserveProbe(ctx, by, at, most)
}

func (s *askedStore) ReleaseProbe(ctx context.Context, by staff.EmployeeCode, at time.Time) error {
	s.released.Add(1)
	return s.Store.ReleaseProbe(ctx, by, at)
}

// The people of a chunk share what they ask for, and leave no place for lookups taken.
func TestImportChunkAsksOnce(t *testing.T) {
	for _, dry := range []bool{true, false} {
		d := newDesk(t)
		clerk := d.admin(60, grant(account.UnitGrant, d.Data))
		lines := []string{header}
		for n := range jobs.ChunkSize {
			lines = append(lines, line(fmt.Sprint("员工", n), fmt.Sprint("yuangong", n), fmt.Sprintf("1390000%04d", n), "2", "", "", "数据局", "综合科", "", "", "5"))
		}
		s := &askedStore{Store: d.store}
		uc := admin.Import{
			Store:       s,
			AddStaff:    admin.AddStaff{Store: s, Dictionaries: d.dictionaries(), Notices: d.notices(), Now: d.clock, Random: d.random, Pinyin: spell},
			UpdatePosts: admin.UpdatePosts{Store: s, Dictionaries: d.dictionaries(), Notices: d.notices(), Keys: d.keys, Now: d.clock, Random: d.random, Pinyin: spell},
		}
		id := d.imports(clerk, dry, lines...)
		run := jobs.RunJobs{Store: d.store, Kinds: map[string]jobs.Kind{admin.JobImport: uc}, Now: d.clock, Random: d.random}
		d.wants("the chunk", run.Run(d.Context(), id, 1), "ok")
		j, err := d.store.Job(d.Context(), id)
		d.wants("the job", []any{j.Done, j.Failed, err}, []any{jobs.ChunkSize, 0, nil})
		d.wants("reads of names", s.names.Load(), 1)
		if n := s.orgs.Load(); n > 6 {
			t.Errorf("organisations are read %d times for %d people", n, jobs.ChunkSize)
		}
		if n := s.reserved.Load(); n < 1 || n > 8 || s.released.Load() != n {
			t.Errorf("%d places are taken, %d given back", n, s.released.Load())
		}
	}
}
