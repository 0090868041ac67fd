package admin_test

import (
	"context"
	"fmt"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/admin/admintest"
	"chaoxi/shared/jobs"
	"chaoxi/shared/staff"
)

// index is the index of a Store of maps, which never lags: it notes who is brought up to
// date, and has nothing to write.
type index struct {
	staff.IndexStore
	store *admintest.Store
	asked map[staff.EmployeeCode]int
}

func (x index) ReadIndexRecord(ctx context.Context, c staff.EmployeeCode) (staff.Staff, staff.Orgs, staff.IndexRecord, error) {
	x.asked[c]++
	p, err := x.store.Person(ctx, c)
	return p.Staff, nil, staff.IndexRecordOf(p.Staff, nil), err
}

// queues are the queues of recovery requests, of which there are none.
type queues struct {
	account.IndexQueueStore
	store *admintest.Store
}

func (q queues) Person(ctx context.Context, c staff.EmployeeCode) (account.Person, error) {
	return q.store.Person(ctx, c)
}

func (d *desk) mover(asked map[staff.EmployeeCode]int) admin.MoveOrg {
	return admin.MoveOrg{
		Store: d.store, Indexer: staff.Indexer{Store: index{store: d.store, asked: asked}, Now: d.clock, Random: d.random},
		Queue: account.IndexQueue{Store: queues{store: d.store}}, Now: d.clock,
	}
}

// works does all chunks of a job, and returns how many.
func (d *desk) works(id string, kind jobs.Kind) int {
	d.Helper()
	uc := jobs.RunJobs{Store: d.store, Kinds: map[string]jobs.Kind{admin.JobMoveOrg: kind}, Now: d.clock, Random: d.random}
	for n := 1; ; n++ {
		if err := uc.Run(d.Context(), id, n); err != nil {
			d.Fatal(err)
		}
		if j := d.job(id); !j.Unfinished() || n > 100 {
			return n
		}
	}
}

func TestMoveOrg(t *testing.T) {
	d := newDesk(t)
	for n := range 60 {
		p := admintest.NewPerson(200+n, "职员", fmt.Sprintf("clerk%d", n), d.Data, []staff.Org{d.Data, d.Section, d.Team, d.Closed}[n%4])
		if n%5 == 0 {
			p.Staff.Employment, p.Staff.State, p.Staff.Posts[0].Active = staff.Left, staff.Pending, false
		}
		d.put(p)
	}
	_, id, err := d.updatesOrg(d.WangFang, d.Data, admin.OrgEdit{Version: 1, Parent: to(d.Province.Code.String())})
	d.wants("moving", err, "ok")
	asked := map[staff.EmployeeCode]int{}
	chunks := d.works(id, d.mover(asked))
	d.wants("everybody in it, once, and who has left", []any{len(asked), asked[d.ZhangMin.Staff.Code] > 0, asked[d.HeJing.Staff.Code] > 0, asked[d.SunLi.Staff.Code]}, []any{63, true, true, 0})
	j := d.job(id)
	d.wants("the job", []any{j.CurrentState(), j.Done, j.Finished, j.Chunks, chunks}, []any{jobs.Done, 63, chunks, chunks, 5})
	_, moves, err := d.store.OrgsAndMoves(t.Context(), nil)
	d.wants("the move", []any{len(moves.List), moves.List[0].Done, err}, []any{1, d.now, nil})
}

func TestMoveOrgFinishes(t *testing.T) {
	d := newDesk(t)
	d.begins()
	_, _, err := d.updatesOrg(d.WangFang, d.Section, admin.OrgEdit{Version: 1, Order: to(1)}) // is no move
	d.wants("another order", err, "ok")
	asked := map[staff.EmployeeCode]int{}
	n, err := d.mover(asked).Finish(t.Context())
	d.wants("moves finished", []any{n, err}, []any{1, nil})
	n, err = d.mover(asked).Finish(t.Context())
	d.wants("none is left", []any{n, err}, []any{0, nil})
}

func TestMoveOrgAfterAnotherOrder(t *testing.T) {
	d := newDesk(t)
	_, id, err := d.updatesOrg(d.LinWei, d.Data, admin.OrgEdit{Version: 1, Order: to(1)})
	d.wants("another order", err, "ok")
	asked := map[staff.EmployeeCode]int{}
	d.works(id, d.mover(asked))
	d.wants("people", []any{len(asked), d.job(id).Done}, []any{3, 3})
	_, moves, _ := d.store.OrgsAndMoves(t.Context(), nil)
	d.wants("it is no move", len(moves.List), 0)
}

// Of jobs about another order of one organisation only the latest does its work. A move
// in between takes their work over, and is itself left alone.
func TestMoveOrgAfterALaterJob(t *testing.T) {
	d := newDesk(t)
	var ids []string
	for n, e := range []admin.OrgEdit{
		{Order: to(7)}, {Name: to("数据管理局")}, {Order: to(9)}, {Parent: to(d.Province.Code.String())}, {Order: to(7)}, {Name: to("数据资源局")}, {Order: to(7)},
	} {
		e.Version = int64(n + 1)
		_, id, err := d.updatesOrg(d.WangFang, d.Data, e)
		d.wants(fmt.Sprintf("edit %d", n+1), err, "ok")
		if id != "" {
			ids = append(ids, id)
		}
		if n == 0 { // the first job has begun with its people when the next one is made
			uc := jobs.RunJobs{Store: d.store, Kinds: map[string]jobs.Kind{admin.JobMoveOrg: d.mover(map[staff.EmployeeCode]int{})}, Now: d.clock, Random: d.random}
			d.wants("its first chunk", uc.Run(t.Context(), id, 1), "ok")
		}
	}
	asked := map[staff.EmployeeCode]int{}
	for n, want := range []string{"stopped superseded 0", "stopped superseded 0", "done  3", "done  3"} {
		d.works(ids[n], d.mover(asked))
		j := d.job(ids[n])
		d.wants(fmt.Sprintf("job %d", n+1), fmt.Sprint(j.CurrentState(), " ", j.Code, " ", j.Done), want)
	}
	d.wants("people indexed twice, by the move and by the last job", []any{len(asked), asked[d.ZhangMin.Staff.Code]}, []any{3, 2})
	_, moves, err := d.store.OrgsAndMoves(t.Context(), nil)
	d.wants("the move", []any{moves.List[0].Done.IsZero(), err}, []any{false, nil})
}

func TestMoveOrgOfAJobThatIsWrong(t *testing.T) {
	d := newDesk(t)
	for name, tt := range map[string]struct {
		params map[string]string
		place  string
	}{
		"no organisation":          {nil, "people"},
		"a number that is none":    {map[string]string{"org": d.Team.Code.String(), "seq": "x"}, "people"},
		"a version that is none":   {map[string]string{"org": d.Team.Code.String(), "version": "x"}, "people"},
		"a walk through nothing":   {map[string]string{"org": d.Team.Code.String()}, "orgs ?:"},
		"a part that is no number": {map[string]string{"org": d.Team.Code.String()}, "people x a b"},
	} {
		if _, err := d.mover(map[staff.EmployeeCode]int{}).Work(t.Context(), jobs.Job{Params: tt.params}, jobs.Chunk{N: 1, Position: tt.place}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
