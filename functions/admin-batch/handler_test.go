package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/functiontest"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/fault"
	"chaoxi/shared/httpapi"
	"chaoxi/shared/jobs"
	"chaoxi/shared/staff"
)

type world struct {
	*functiontest.World
	functiontest.Function
	chenjing, linwei, zhouqiang map[string]string // super of the tree; of 数据局; of 财政局
	org                         staff.Org         // that jobs are made with
}

func start(t *testing.T) *world {
	t.Parallel()
	return on(t, functiontest.New(t))
}

// on is the world of a register.
func on(t *testing.T, register *functiontest.World) *world {
	w := &world{World: register}
	batch := admin.MakeBatch{Store: w.Store, Search: admin.Search{Store: w.Store, Keys: w.Keys, Now: w.Now, Kept: staff.NewOrgCache()}, Now: w.Now, Random: w.Random}
	w.Function = w.Serve(routes(httpapi.Auth{Authorize: w.Auth()}, admin.Jobs{Store: w.Store, Keys: w.Keys, Now: w.Now}, batch))
	p := w.Person("zhouqiang").Staff
	w.must(w.Store.Grant(context.Background(), p.Code, account.Grant{ID: "g", Type: account.SuperGrant, Org: p.Posts[0].Unit}, audit.Entry{ID: "g", At: w.Now(), Subject: "x"}))
	w.chenjing, w.linwei, w.zhouqiang = w.SignIn("chenjing", account.Console), w.SignIn("linwei", account.Console), w.SignIn("zhouqiang", account.Console)
	orgs, err := w.Store.Orgs(context.Background(), p.Orgs())
	w.must(err)
	w.org = orgs[p.Posts[0].Org]
	return w
}

func (w *world) must(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

// make writes a job of somebody, with so many chunks.
func (w *world) make(owner string, chunks int, whole bool) string {
	w.T.Helper()
	id, err := staff.NewID(w.Random)
	w.must(err)
	j := jobs.NewJob{Job: jobs.Job{
		ID: id, Kind: "freeze", Owner: w.Person(owner).Staff.Code, CreatedAt: w.Now(), UpdatedAt: w.Now(), State: jobs.Queued, Total: chunks, Chunks: chunks, Unstoppable: whole,
	}}
	if whole {
		j.Kind = admin.JobMoveOrg
	}
	for n := range chunks {
		j.First = append(j.First, jobs.Chunk{N: n + 1, People: []staff.EmployeeCode{w.Person("wangfang").Staff.Code}})
	}
	w.write(j)
	return id
}

// write writes a job, with a change of an organisation.
func (w *world) write(j jobs.NewJob) {
	w.T.Helper()
	now := w.org
	now.Version++
	entry := audit.Entry{ID: j.ID, At: w.Now(), Actor: j.Owner, Subject: audit.OfOrg(now.Code)}
	w.must(w.Store.WriteOrg(context.Background(), admin.OrgChange{Was: w.org, Now: now, WasAbove: now.Division, Above: now.Division, Job: &j, Audit: entry}))
	w.org = now
}

// do plays the worker of one chunk.
func (w *world) do(id string, n int) {
	w.T.Helper()
	ctx := context.Background()
	j, c, _, err := w.Store.ClaimChunk(ctx, id, n, "worker", w.Now(), w.Now().Add(jobs.ChunkLease))
	w.must(err)
	p := w.Person("wangfang").Staff
	results := []jobs.Result{
		{Staff: p.Code, Name: p.Name, Outcome: jobs.OutcomeDone, Changes: []audit.Change{{Field: "accountState", Old: "pending", New: "frozen"}}},
		{Row: 6, Staff: p.Code, Name: p.Name, Outcome: jobs.OutcomeDone, Created: true, Warnings: []fault.Field{{Path: "birthDate", FieldCode: fault.Disagrees, Row: 6, Column: "K 出生日期"}}},
		{Row: 7, Name: p.Name, Outcome: jobs.OutcomeRefused, Code: "field_invalid", Errors: []fault.Field{{Path: "gender", FieldCode: fault.NotChoice}}},
	}
	w.must(w.Store.FinishChunk(ctx, j, c, "worker", jobs.Worked{Done: 1, Failed: n % 2, Results: results}, w.Now()))
}

func (w *world) call(method string, header map[string]string, path string) functiontest.Reply {
	w.T.Helper()
	return w.Do(functiontest.Call{Method: method, Path: "/v1/admin/jobs" + path, Header: header})
}

func (w *world) ids(header map[string]string) []string {
	w.T.Helper()
	var all []string
	for next := ""; ; {
		r := w.call(http.MethodGet, header, "?limit=2"+next).Want(200, "")
		for _, i := range r.Body["items"].([]any) {
			all = append(all, i.(map[string]any)["id"].(string))
		}
		if r.Text("next") == "" {
			return all
		}
		next = "&cursor=" + r.Text("next")
	}
}

func TestWhoseJobs(t *testing.T) {
	w := start(t)
	var mine []string
	for range 3 {
		mine = append([]string{w.make("linwei", 1, false)}, mine...)
		w.Pass(time.Second)
	}
	finance := w.make("zhouqiang", 1, false)
	w.Pass(time.Second)
	supers := w.make("chenjing", 1, false)
	for _, tt := range []struct {
		name   string
		header map[string]string
		want   []string
	}{
		{"an administrator sees their own", w.linwei, mine},
		{"a super of a part sees those of the people there", w.zhouqiang, []string{finance}},
		{"a super of the whole sees all", w.chenjing, append([]string{supers, finance}, mine...)},
	} {
		if got := w.ids(tt.header); fmt.Sprint(got) != fmt.Sprint(tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	for _, id := range []string{supers, finance, "none", "x%23y"} {
		w.call(http.MethodGet, w.linwei, "/"+id).Want(404, "not_found")
		w.call(http.MethodDelete, w.linwei, "/"+id).Want(404, "not_found").Golden("not-found")
	}
	w.call(http.MethodGet, w.chenjing, "/"+mine[0]).Want(200, "").Golden("of-another")
	w.call(http.MethodGet, w.linwei, "").Want(200, "").Golden("list")
	w.call(http.MethodGet, nil, "").Want(401, "session_missing").Golden("session-missing")
	w.call(http.MethodGet, w.SignIn("wangfang", account.App), "").Want(403, "permission_denied").Golden("permission-denied")
	w.call(http.MethodGet, w.linwei, "?limit=0").Want(422, "field_invalid").Golden("field-invalid")
	w.call(http.MethodGet, w.linwei, "?cursor=x").Want(422, "field_invalid")
	w.call(http.MethodGet, w.linwei, "/"+mine[0]+"?cursor=x").Want(422, "field_invalid")
}

// What is told of an import beside its results.
func TestImport(t *testing.T) {
	w := start(t)
	id, err := staff.NewID(w.Random)
	w.must(err)
	w.write(jobs.NewJob{
		Job: jobs.Job{
			ID: id, Kind: admin.JobImport, Owner: w.Person("linwei").Staff.Code, CreatedAt: w.Now(), UpdatedAt: w.Now(), State: jobs.Queued, Total: 1, Chunks: 1,
			Params: map[string]string{"dryRun": "true", "ignored": "A 序号\nK 备注"},
		},
		First: []jobs.Chunk{{N: 1}},
	})
	w.call(http.MethodGet, w.linwei, "/"+id).Want(200, "").Golden("dry-run")
}

func TestProgressAndStop(t *testing.T) {
	w := start(t)
	id := w.make("linwei", 3, false)
	w.call(http.MethodGet, w.linwei, "/"+id).Want(200, "").Golden("queued")
	w.do(id, 1)
	w.do(id, 2)
	w.call(http.MethodGet, w.linwei, "/"+id+"?limit=4").Want(200, "").Golden("running")
	cursor := w.call(http.MethodGet, w.linwei, "/"+id+"?limit=4").Text("next")
	if rest := w.call(http.MethodGet, w.linwei, "/"+id+"?limit=4&cursor="+cursor).Want(200, ""); len(rest.Body["results"].([]any)) != 2 || rest.Text("next") != "" {
		t.Errorf("%s", rest.Raw)
	}
	w.call(http.MethodGet, w.chenjing, "/"+id+"?cursor="+cursor).Want(422, "field_invalid")
	w.call(http.MethodDelete, w.linwei, "/"+id).Want(204, "").Golden("stopped")
	w.call(http.MethodGet, w.linwei, "/"+id+"?limit=1").Want(200, "").Golden("stopped-job")
	w.call(http.MethodDelete, w.linwei, "/"+id).Want(409, "state_conflict").Golden("over")
	if _, _, _, err := w.Store.ClaimChunk(context.Background(), id, 3, "late", w.Now(), w.Now()); !errors.Is(err, jobs.ErrNotClaimed) {
		t.Errorf("what was not begun is begun: %v", err)
	}

	whole := w.make("linwei", 1, true)
	w.call(http.MethodDelete, w.linwei, "/"+whole).Want(409, "state_conflict")
	w.do(whole, 1)
	w.call(http.MethodGet, w.linwei, "/"+whole).Want(200, "").Golden("done")
	failed := w.make("linwei", 2, false)
	w.do(failed, 1)
	w.must(w.Store.FailJob(context.Background(), failed, "unavailable", w.Now()))
	w.call(http.MethodGet, w.linwei, "/"+failed+"?limit=1").Want(200, "").Golden("failed")
	w.call(http.MethodDelete, w.linwei, "/"+failed).Want(409, "state_conflict")
}

// Reading a job costs two trips, and whatever call fails once, it is read.
func TestTripsAndFaults(t *testing.T) {
	w := start(t)
	id := w.make("linwei", 1, false)
	w.Counter.Reset()
	w.call(http.MethodGet, w.linwei, "/"+id).Want(200, "")
	w.WantTrips("admin-batch: one job")
	if c := w.Counter.Cost(); c.Write > 0 {
		t.Errorf("it writes: %v", c.Calls)
	}
	for _, kind := range []dynamotest.Kind{dynamotest.AnswerLost, dynamotest.Throttled} {
		w.Pass(jobs.ChunkLease) // so that it is set going again, too
		w.linwei = w.SignIn("linwei", account.Console)
		for call := 1; ; call++ {
			w.Faults.Set(dynamotest.Fault{Kind: kind, Call: call})
			r := w.call(http.MethodGet, w.linwei, "/"+id)
			hits := w.Faults.Hits()
			w.Faults.Set()
			r.Want(200, "")
			if hits == 0 {
				break
			}
			w.Pass(jobs.ChunkLease)
		}
	}
	w.do(id, 1)
}
