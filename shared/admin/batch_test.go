package admin_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/admin/admintest"
	"chaoxi/shared/fault"
	"chaoxi/shared/jobs"
	"chaoxi/shared/staff"
)

func (d *desk) batch(by account.Person, in admin.BatchInput, key string) (string, error) {
	d.Helper()
	uc := admin.MakeBatch{Store: d.store, Search: admin.Search{Store: d.store, Keys: d.keys, Now: d.clock}, Now: d.clock, Random: d.random}
	return uc.Run(d.Context(), d.call, d.may(by, account.StaffBatch), in, admin.RequestKey{Key: key, Digest: fmt.Sprintf("%+v", in)})
}

// worker does chunks of batches. Its store can be broken.
func (d *desk) worker() jobs.RunJobs {
	kinds := map[string]jobs.Kind{}
	for _, a := range admin.BatchActions {
		kinds[string(a)] = admin.Batch{Store: d.store, ChangeState: d.states()}
	}
	return jobs.RunJobs{Store: d.store, Kinds: kinds, Now: d.clock, Random: d.random}
}

// works does a job to its end, and returns its results as "name outcome code".
func (d *desk) batched(id string) []string {
	d.Helper()
	for n := 1; ; n++ {
		j, err := d.store.Job(d.Context(), id)
		d.wants("reading the job", err, "ok")
		if n > j.Chunks {
			return d.results(id)
		}
		d.wants(fmt.Sprint("chunk ", n), d.worker().Run(d.Context(), id, n), "ok")
	}
}

func (d *desk) results(id string) []string {
	d.Helper()
	all, _, err := d.store.JobResults(d.Context(), id, "", 1000)
	d.wants("reading the results", err, "ok")
	var got []string
	for _, r := range all {
		got = append(got, strings.TrimSpace(fmt.Sprint(r.Name, " ", r.Outcome, " ", r.Code)))
	}
	return got
}

func codesOf(people ...account.Person) []string {
	var codes []string
	for _, p := range people {
		codes = append(codes, p.Staff.Code.String())
	}
	return codes
}

func TestMakeBatchRefuses(t *testing.T) {
	d := newDesk(t)
	someone := codesOf(d.ZhangMin)
	for _, tt := range []struct {
		name string
		in   admin.BatchInput
		key  string
		want string
	}{
		{"nothing", admin.BatchInput{}, "", "field_invalid Idempotency-Key:required action:required reason:required employeeCodes:required"},
		{"an action that is none", admin.BatchInput{Action: "promote", Reason: "x", People: someone}, "k", "field_invalid action:not_a_choice"},
		{"a list and a search", admin.BatchInput{Action: "freeze", Reason: "x", People: someone, Search: &admin.SearchInput{}}, "k", "field_invalid search:invalid"},
		{"an empty list", admin.BatchInput{Action: "freeze", Reason: "x", People: []string{}}, "k", "field_invalid employeeCodes:required"},
		{"a code that is none", admin.BatchInput{Action: "freeze", Reason: "x", People: append(someone, "GE_1")}, "k", "field_invalid employeeCodes[1]:invalid"},
		{"1,001 people", admin.BatchInput{Action: "freeze", Reason: "x", People: slices.Repeat(someone, 1001)}, "k", "field_invalid employeeCodes:too_long"},
		{"a reason of 201 characters", admin.BatchInput{Action: "freeze", Reason: strings.Repeat("长", 201), People: someone}, "k", "field_invalid reason:too_long"},
		{"a filter that is none", admin.BatchInput{Action: "freeze", Reason: "x", Search: &admin.SearchInput{Employment: "gone"}}, "k", "field_invalid search.employment:not_a_choice"},
	} {
		_, err := d.batch(d.LinWei, tt.in, tt.key)
		d.wants(tt.name, err, tt.want)
	}
}

// The same request makes one job, and another request of the same key none.
func TestMakeBatchOnce(t *testing.T) {
	d := newDesk(t)
	in := admin.BatchInput{Action: "freeze", Reason: "整改", People: codesOf(d.ZhangMin, d.ZhangMin)}
	first, err := d.batch(d.LinWei, in, "key")
	d.wants("making", err, "ok")
	d.wants("results", d.batched(first), []string{"张敏 done"})
	again, err := d.batch(d.LinWei, in, "key")
	d.wants("again", err, "ok")
	d.wants("the job", again, first)
	in.Action = "unfreeze"
	_, err = d.batch(d.LinWei, in, "key")
	d.wants("another request", err, "idempotency_conflict")
	_, err = d.batch(d.LinWei, in, "another key")
	d.wants("another key", err, "ok")
	_, err = d.batch(d.ChenJie, in, "key")
	d.wants("somebody else with the same key", err, "ok")
}

// Everybody has a result: done, unchanged, or why not.
func TestBatchOutcomes(t *testing.T) {
	d := newDesk(t)
	nobody := admintest.NewPerson(77, "无此人", "nobody", d.Finance, d.Finance)
	id, err := d.batch(d.LinWei, admin.BatchInput{Action: "freeze", Reason: "整改", People: codesOf(d.ZhangMin, d.LinWei, d.ChenJie, nobody, d.HeJing)}, "k")
	d.wants("making", err, "ok")
	d.wants("results", d.batched(id), []string{"张敏 done", "林伟 refused permission_denied", "陈洁 refused permission_denied", "refused staff_missing", "何静 refused state_conflict"})
	j, _ := d.store.Job(d.Context(), id)
	d.wants("the job", []any{j.CurrentState(), j.Total, j.Done, j.Failed}, []any{jobs.Done, 5, 5, 4})
	id, err = d.batch(d.LinWei, admin.BatchInput{Action: "freeze", Reason: "整改", People: codesOf(d.ZhangMin)}, "k2")
	d.wants("making another", err, "ok")
	d.wants("who is frozen", d.batched(id), []string{"张敏 unchanged"})
	for n, tt := range []struct{ action, want string }{
		{"unfreeze", "done"}, {"unfreeze", "unchanged"}, {"unlock", "unchanged"}, {"leave", "done"}, {"leave", "unchanged"}, {"freeze", "refused state_conflict"},
		{"reinstate", "done"}, {"reinstate", "unchanged"}, {"unlock", "refused state_conflict"}, // until they have activated again
	} {
		id, err = d.batch(d.LinWei, admin.BatchInput{Action: tt.action, Reason: "整改", People: codesOf(d.ZhangMin)}, fmt.Sprint("key ", n))
		d.wants("making "+tt.action, err, "ok")
		d.wants(tt.action, d.batched(id), []string{"张敏 " + tt.want})
	}
}

// Whom a search finds is settled when the job is made.
func TestBatchOfASearch(t *testing.T) {
	d := newDesk(t)
	var want []string
	for n := range 130 {
		p := admintest.NewPerson(1000+n, fmt.Sprintf("员工%03d", n), fmt.Sprintf("yuangong%03d", n), d.Section, d.Section)
		d.put(p)
		want = append(want, p.Staff.Name+" done")
	}
	id, err := d.batch(d.LinWei, admin.BatchInput{Action: "freeze", Reason: "整改", Search: &admin.SearchInput{Name: "员工"}}, "k")
	d.wants("making", err, "ok")
	late := admintest.NewPerson(1999, "员工后来", "yuangonglate", d.Section, d.Section)
	d.put(late)
	got := d.batched(id)
	slices.Sort(got)
	d.wants("results", got, want)
	d.wants("who came later", d.person(late.Staff.Code).Staff.State, staff.Active)
	id, err = d.batch(d.LinWei, admin.BatchInput{Action: "freeze", Reason: "整改", Search: &admin.SearchInput{Name: "没有这个人"}}, "k2")
	d.wants("making for nobody", err, "ok")
	d.wants("results for nobody", len(d.batched(id)), 0)
	j, _ := d.store.Job(d.Context(), id)
	d.wants("it is done", []any{j.CurrentState(), j.Expected()}, []any{jobs.Done, 0})
}

// Whoever made the job must still be allowed when it is done.
func TestBatchOfALostGrant(t *testing.T) {
	for name, change := range map[string]func(*account.Person){
		"no grant any more": func(p *account.Person) { p.Account.Grants = nil },
		"frozen":            func(p *account.Person) { p.Staff.State = staff.Frozen },
		"left":              func(p *account.Person) { p.Staff.Employment = staff.Left },
	} {
		d := newDesk(t)
		id, err := d.batch(d.LinWei, admin.BatchInput{Action: "freeze", Reason: "整改", People: codesOf(d.ZhangMin)}, "k")
		d.wants("making", err, "ok")
		now := d.person(d.LinWei.Staff.Code)
		change(&now)
		d.put(now)
		d.wants(name, d.batched(id), []string{"refused permission_denied"})
		d.wants(name+": 张敏", d.person(d.ZhangMin.Staff.Code).Staff.State, staff.Active)
	}
}

// Whoever made the job sets a new password amid a chunk: nobody is refused for that.
func TestBatchOfANewEpoch(t *testing.T) {
	d := newDesk(t)
	other := admintest.NewPerson(1000, "员工", "yuangong", d.Section, d.Section)
	d.put(other)
	id, err := d.batch(d.LinWei, admin.BatchInput{Action: "freeze", Reason: "整改", People: codesOf(d.ZhangMin, other)}, "k")
	d.wants("making", err, "ok")
	d.store.Race(func() {
		owner := d.person(d.LinWei.Staff.Code)
		owner.Account.Epoch++
		d.put(owner)
	})
	if err := d.worker().Run(d.Context(), id, 1); !errors.Is(err, fault.SessionExpired) {
		t.Fatal(err)
	}
	d.wants("results", d.batched(id), []string{"张敏 done", "员工 done"})
}

// failing breaks each n-th change of a state: before it is written, or after.
type failing struct {
	*admintest.Store
	calls, at int
	after     bool
}

var errBroken = errors.New("broken")

func (f *failing) ChangeState(ctx context.Context, c admin.StateChange) error {
	f.calls++
	if f.calls != f.at {
		return f.Store.ChangeState(ctx, c)
	}
	if f.after {
		if err := f.Store.ChangeState(ctx, c); err != nil {
			return err
		}
	}
	return errBroken
}

// A worker that is killed at any write, before or after it, changes nobody twice, and
// everybody has a result in the end.
func TestBatchGoesOn(t *testing.T) {
	const people = 7
	for at := range people {
		for _, after := range []bool{false, true} {
			d := newDesk(t)
			var list []account.Person
			for n := range people {
				list = append(list, admintest.NewPerson(1000+n, fmt.Sprint("员工", n), fmt.Sprint("yuangong", n), d.Section, d.Section))
			}
			d.put(list...)
			id, err := d.batch(d.LinWei, admin.BatchInput{Action: "freeze", Reason: "整改", People: codesOf(list...)}, "k")
			d.wants("making", err, "ok")
			broken := d.states()
			broken.Store = &failing{Store: d.store, at: at + 1, after: after}
			worker := d.worker()
			worker.Kinds = map[string]jobs.Kind{"freeze": admin.Batch{Store: d.store, ChangeState: broken}}
			if err := worker.Run(d.Context(), id, 1); !errors.Is(err, errBroken) {
				t.Fatalf("at %d: %v", at, err)
			}
			got := d.batched(id)
			for n, p := range list {
				d.wants(fmt.Sprint("result ", n), got[n], p.Staff.Name+" done")
				d.wants("version", d.person(p.Staff.Code).Staff.Version, p.Staff.Version+1)
			}
			j, _ := d.store.Job(d.Context(), id)
			d.wants("the job", []any{j.CurrentState(), j.Done, j.Failed}, []any{jobs.Done, people, 0})
		}
	}
}

// always fails for one person.
type always struct {
	*admintest.Store
	who staff.EmployeeCode
	err error
}

func (a always) ChangeState(ctx context.Context, c admin.StateChange) error {
	if c.Now.Code == a.who {
		return a.err
	}
	return a.Store.ChangeState(ctx, c)
}

// One person for whom it never succeeds costs the others nothing.
func TestBatchFailsForOne(t *testing.T) {
	for code, err := range map[string]error{"internal": errBroken, "unavailable": fault.Unavailable.Because(errBroken)} {
		d := newDesk(t)
		other := admintest.NewPerson(1000, "员工", "yuangong", d.Section, d.Section)
		d.put(other)
		id, e := d.batch(d.LinWei, admin.BatchInput{Action: "freeze", Reason: "整改", People: codesOf(d.ZhangMin, other)}, "k")
		d.wants("making", e, "ok")
		broken := d.states()
		broken.Store = always{d.store, d.ZhangMin.Staff.Code, err}
		worker := d.worker()
		worker.Kinds = map[string]jobs.Kind{"freeze": admin.Batch{Store: d.store, ChangeState: broken}}
		tries := 1
		for ; worker.Run(d.Context(), id, 1) != nil; tries++ {
		}
		d.wants("tries", tries, 6)
		d.wants("results", d.results(id), []string{"张敏 failed " + code, "员工 done"})
		j, _ := d.store.Job(d.Context(), id)
		d.wants("the job", []any{j.CurrentState(), j.Done, j.Failed}, []any{jobs.Done, 2, 1})
	}
}
