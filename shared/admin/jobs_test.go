package admin_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/admin/admintest"
	"chaoxi/shared/jobs"
)

func (d *desk) jobsUseCase() admin.Jobs {
	return admin.Jobs{Store: d.store, Keys: d.keys, Now: d.clock}
}

// makes has a job begin, with one chunk, n minutes after Noon.
func (d *desk) makes(n int, owner account.Person, change ...func(*jobs.Job)) jobs.Job {
	d.Helper()
	at := admintest.Noon.Add(time.Duration(n) * time.Minute)
	j := jobs.Job{ID: fmt.Sprintf("job-%d", n), Kind: "a kind", Owner: owner.Staff.Code, CreatedAt: at, UpdatedAt: at, State: jobs.Queued, Chunks: 1}
	for _, c := range change {
		c(&j)
	}
	d.store.Add(jobs.NewJob{Job: j, First: []jobs.Chunk{{N: 1}}})
	return j
}

func TestJobsList(t *testing.T) {
	d := newDesk(t)
	d.makes(1, d.ZhangMin)
	d.makes(2, d.LinWei)
	d.makes(3, d.WangFang)
	d.makes(4, d.LinWei)
	data := d.admin(70, grant(account.SuperGrant, d.Data))
	for _, tt := range []struct {
		name string
		by   account.Person
		want string
	}{
		{"one's own", d.LinWei, "job-4 job-2"},
		{"a super's and those of people in sight", d.WangFang, "job-4 of 林伟 job-3 job-2 of 林伟 job-1 of 张敏"},
		{"of a super further down", data, "job-4 of 林伟 job-2 of 林伟 job-1 of 张敏"},
		{"none", d.SunLi, ""},
	} {
		for _, limit := range []int{1, 3, 100} {
			var all []string
			for cursor, pages := "", 0; ; pages++ {
				page, err := d.jobsUseCase().List(t.Context(), admintest.CallerOf(tt.by), limit, cursor)
				if err != nil || len(page.Jobs) > limit || pages > 10 {
					t.Fatalf("%s: %+v, %v", tt.name, page, err)
				}
				for _, j := range page.Jobs {
					said := j.ID
					if j.OwnerName != "" {
						said += " of " + j.OwnerName
					}
					all = append(all, said)
				}
				if cursor = page.Next; cursor == "" {
					break
				}
			}
			d.wants(tt.name, strings.Join(all, " "), tt.want)
		}
	}
	page, _ := d.jobsUseCase().List(t.Context(), admintest.CallerOf(d.LinWei), 1, "")
	_, err := d.jobsUseCase().List(t.Context(), admintest.CallerOf(d.WangFang), 1, page.Next)
	d.wants("somebody else's cursor", err, "field_invalid cursor:invalid")
}

func TestJobsLoad(t *testing.T) {
	d := newDesk(t)
	d.makes(1, d.ZhangMin)
	finance := d.admin(70, grant(account.SuperGrant, d.Finance))
	team := d.admin(71, grant(account.SuperGrant, d.Team))
	unit := d.admin(72, grant(account.UnitGrant, d.Province))
	for _, tt := range []struct {
		name string
		by   account.Person
		id   string
		want string
	}{
		{"one's own", d.ZhangMin, "job-1", "ok"},
		{"of somebody in sight of a super", finance, "job-1", "ok"},
		{"of somebody out of sight", team, "job-1", "not_found"},
		{"of somebody else, by no super", unit, "job-1", "not_found"},
		{"that there is not", d.WangFang, "job-9", "not_found"},
	} {
		j, err := d.jobsUseCase().Load(t.Context(), admintest.CallerOf(tt.by), tt.id)
		d.wants(tt.name, err, tt.want)
		if own := tt.by.Staff.Code == j.Owner; err == nil {
			d.wants(tt.name+": whose it is", j.OwnerName == "", own)
		}
	}
}

// A job whose worker was killed goes on when somebody looks at it after the lease.
func TestJobsLoadSetsGoing(t *testing.T) {
	d := newDesk(t)
	d.makes(0, d.LinWei)
	claim := func(worker string) error {
		_, _, _, err := d.store.ClaimChunk(t.Context(), "job-0", 1, worker, d.now, d.now.Add(time.Hour))
		return err
	}
	d.wants("the worker", claim("w1"), "ok")
	for _, tt := range []struct {
		after time.Duration
		want  string
	}{{jobs.ChunkLease - time.Millisecond, jobs.ErrNotClaimed.Error()}, {jobs.ChunkLease, "ok"}} {
		d.now = admintest.Noon.Add(tt.after)
		_, err := d.jobsUseCase().Load(t.Context(), admintest.CallerOf(d.LinWei), "job-0")
		d.wants("looking", err, "ok")
		d.wants("another worker, after "+tt.after.String(), claim("w2"), tt.want)
	}
	d.wants("stopping", d.store.StopJob(t.Context(), account.Caller{}, "job-0", d.now), "ok")
	touched := d.job("job-0").UpdatedAt
	d.now = d.now.Add(time.Hour)
	_, err := d.jobsUseCase().Load(t.Context(), admintest.CallerOf(d.LinWei), "job-0")
	d.wants("one that is over stays", []any{d.job("job-0").UpdatedAt, err}, []any{touched, nil})
}

func TestJobsStop(t *testing.T) {
	over := func(s jobs.State) func(*jobs.Job) { return func(j *jobs.Job) { j.State = s } }
	for _, tt := range []struct {
		name   string
		change func(*jobs.Job)
		rival  func(d *desk)
		want   string
	}{
		{"that waits", func(*jobs.Job) {}, nil, "ok"},
		{"that runs", over(jobs.Running), nil, "ok"},
		{"that cannot be stopped", func(j *jobs.Job) { j.Unstoppable = true }, nil, "state_conflict"},
		{"that was stopped", over(jobs.Stopped), nil, "state_conflict"},
		{"that has failed", over(jobs.Failed), nil, "state_conflict"},
		{"that is done", func(j *jobs.Job) { j.State, j.Finished = jobs.Running, 1 }, nil, "state_conflict"},
		{"that somebody else stops", func(*jobs.Job) {}, func(d *desk) {
			d.wants("the rival", d.store.StopJob(d.Context(), account.Caller{}, "job-0", d.now.Add(time.Second)), "ok")
		}, "state_conflict"},
	} {
		d := newDesk(t)
		j := d.makes(0, d.LinWei, tt.change)
		if tt.rival != nil {
			d.races(1, func() { tt.rival(d) })
		}
		d.wants(tt.name, d.jobsUseCase().Stop(t.Context(), admintest.CallerOf(d.LinWei), j), tt.want)
	}
}

func TestJobsResults(t *testing.T) {
	d := newDesk(t)
	j := d.makes(0, d.LinWei)
	other := d.makes(1, d.LinWei)
	_, c, _, err := d.store.ClaimChunk(t.Context(), "job-0", 1, "w1", d.now, d.now.Add(time.Hour))
	d.wants("claiming", err, "ok")
	worked := jobs.Worked{Results: []jobs.Result{{Name: "张敏"}, {Name: "林伟"}, {Name: "孙丽"}}}
	d.wants("finishing", d.store.FinishChunk(t.Context(), j, c, "w1", worked, d.now), "ok")
	uc, by := d.jobsUseCase(), admintest.CallerOf(d.LinWei)
	first, cursor, err := uc.Results(t.Context(), by, j, 2, "")
	d.wants("first page", []any{first[0].Name, first[1].Name, cursor != "", err}, []any{"张敏", "林伟", true, nil})
	second, end, err := uc.Results(t.Context(), by, j, 2, cursor)
	d.wants("second page", []any{len(second), second[0].Name, end, err}, []any{1, "孙丽", "", nil})
	_, _, err = uc.Results(t.Context(), by, other, 2, cursor)
	d.wants("the cursor of another job", err, "field_invalid cursor:invalid")
}
