package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/functiontest"
	"chaoxi/shared/dynamo"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/fault"
	"chaoxi/shared/jobs"
	"chaoxi/shared/optional"
	"chaoxi/shared/pinyin"
	"chaoxi/shared/staff"
	"chaoxi/shared/streamapi"
)

// world is the demo register with the function on its stream, whose events the
// tests write themselves.
type world struct {
	*functiontest.World
	handler
	log        bytes.Buffer
	data, gov  staff.Org // 临江区数据局, and the heading that it is below
	to         staff.OrgCode
	move       admin.MoveOrg
	edit       admin.EditOrgs
	caller     account.Caller
	by         account.Permitted // the caller, to edit organisations
	sequence   int
	delivering sync.Mutex
}

func start(t *testing.T, indexed bool) *world {
	t.Helper()
	t.Parallel()
	w := &world{}
	if indexed {
		w.World = functiontest.NewIndexed(t)
	} else {
		w.World = functiontest.New(t)
	}
	with := tools{w.Store.Store, w.Texts, w.Keys, w.Settings, w.Now, w.wait, rand.Reader, pinyin.Read}
	w.move = with.move()
	w.handler = handler{
		Log:  slog.New(slog.NewJSONHandler(&w.log, nil)),
		Jobs: jobs.RunJobs{Store: w.Store, Kinds: with.kinds(), Now: w.Now, Random: rand.Reader},
	}
	w.edit = admin.EditOrgs{Store: w.Store, Now: w.Now, Random: rand.Reader}
	chenjing := w.Person("chenjing")
	w.caller = account.Caller{Staff: chenjing.Staff.Code, Epoch: chenjing.Account.Epoch, Grants: chenjing.Account.Grants}
	w.by = w.Permit(w.caller, account.OrgEdit)
	w.data = w.org(w.Person("linwei").Account.Grants[0].Org)
	w.gov = w.org(w.data.Parent())
	made, _, err := w.edit.Add(context.Background(), audit.Call{}, w.by, admin.OrgInput{
		Name: "新分类", Type: "group", Parent: w.data.Path[2].String(), Order: optional.Value[int]{Set: true, Value: 60},
	})
	w.must(err)
	w.to = made.Org.Code
	return w
}

// wait moves the clock.
func (w *world) wait(_ context.Context, d time.Duration) error { w.Pass(d); return nil }

func (w *world) must(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

func (w *world) org(c staff.OrgCode) staff.Org {
	w.T.Helper()
	orgs, err := w.Store.Orgs(context.Background(), []staff.OrgCode{c})
	w.must(err)
	return orgs[c]
}

// moveTo takes an organisation below another one and returns the job.
func (w *world) moveTo(c, to staff.OrgCode) string {
	w.T.Helper()
	o := w.org(c)
	_, job, err := w.edit.Update(context.Background(), audit.Call{ID: "r"}, w.by, o, admin.OrgEdit{Version: o.Version, Parent: optional.Value[string]{Set: true, Value: to.String()}})
	w.must(err)
	return job
}

func (w *world) serve(ctx context.Context, e events.DynamoDBEvent) (streamapi.Reply, error) {
	w.T.Helper()
	sent, err := json.Marshal(e)
	w.must(err)
	var got streamapi.Event
	w.must(json.Unmarshal(sent, &got))
	return streamapi.Serve(w.Log, "run-jobs", changeOf, w.work)(ctx, got)
}

func (w *world) event(job string, n int) events.DynamoDBEvent {
	w.delivering.Lock()
	defer w.delivering.Unlock()
	w.sequence++
	return events.DynamoDBEvent{Records: []events.DynamoDBEventRecord{{Change: events.DynamoDBStreamRecord{
		Keys:           map[string]events.DynamoDBAttributeValue{"pk": events.NewStringAttribute("JOB#" + job), "sk": events.NewStringAttribute(fmt.Sprintf("CHUNK#%06d", n))},
		SequenceNumber: fmt.Sprint(w.sequence),
	}}}}
}

// deliver gives the function one event and reports whether it took it.
func (w *world) deliver(job string, n int) bool {
	w.T.Helper()
	r, err := w.serve(w.Context(), w.event(job, n))
	w.must(err)
	return len(r.BatchItemFailures) == 0
}

// deliverBroken delivers the first chunk while a call fails as f says, and again until it is
// taken and the job is over, and once more. It returns how often f has struck.
func (w *world) deliverBroken(id string, f dynamotest.Fault) int {
	w.T.Helper()
	w.Faults.Set(f)
	taken := w.deliver(id, 1)
	hits := w.Faults.Hits()
	w.Faults.Set()
	for try := 0; !taken || w.job(id).Unfinished(); try++ { // if the answer of the claim was lost, the chunk waits until its lease is over
		if try > 5 {
			w.T.Fatalf("%s in call %d: not taken: %s", f.Kind, f.Call, w.log.String())
		}
		w.Pass(jobs.ChunkLease)
		taken = w.deliver(id, 1)
	}
	w.Pass(jobs.ChunkLease)
	w.deliver(id, 1)
	return hits
}

func (w *world) job(id string) jobs.Job {
	w.T.Helper()
	j, err := w.Store.Job(context.Background(), id)
	w.must(err)
	return j
}

// finish delivers chunks as the stream would, until the job is over.
func (w *world) finish(id string) jobs.Job {
	w.T.Helper()
	for n := 1; n < 200; n++ {
		if j := w.job(id); n > j.Chunks {
			return j
		}
		if !w.deliver(id, n) {
			w.T.Fatalf("chunk %d is not taken: %s", n, w.log.String())
		}
	}
	w.T.Fatal("no end")
	return jobs.Job{}
}

// found are the accounts that a search finds in an organisation.
func (w *world) found(org staff.OrgCode) string {
	w.T.Helper()
	search := admin.Search{Store: w.Store, Keys: w.Keys, Now: w.Now}
	var all []string
	for _, employment := range []string{"in_service", "left"} {
		got, err := search.Run(context.Background(), w.Permit(w.caller, account.StaffRead), admin.SearchInput{Org: org.String(), Employment: employment}, 100, "")
		w.must(err)
		for _, p := range got.People {
			all = append(all, p.Account.String())
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// listed are those in an organisation's own list, as stored.
func (w *world) listed(org staff.OrgCode) int {
	w.T.Helper()
	in, _, err := w.Store.Listed(context.Background(), org, false, all, "", 200)
	w.must(err)
	left, _, err := w.Store.Listed(context.Background(), org, true, all, "", 200)
	w.must(err)
	return len(in) + len(left)
}

var all = admin.Stretch{From: "#", To: "~"}

const inData = "linwei sunli wangfang zhangmin"

// A move takes everything along: rows, queues, paths, and in the end the moves
// are no longer needed.
func TestMove(t *testing.T) {
	w := start(t, true)
	ctx := context.Background()
	before := w.listed(w.gov.Code)
	if got := w.found(w.gov.Code); !strings.Contains(got, "wangfang") {
		t.Fatalf("before: %s", got)
	}
	request := w.Raise("zhangmin", "张敏")
	w.Index(w.Edit("wangfang", func(s *staff.Staff) {
		s.Name, s.IDCard, s.BirthDate = "王□", "33019919900307002X", "1990-03-08"
	}).Code)
	w.Pass(time.Minute) // so that nothing lags
	id := w.moveTo(w.data.Code, w.to)
	if got := w.found(w.gov.Code); strings.Contains(got, "wangfang") {
		t.Errorf("somebody is found where they no longer are: %s", got)
	}
	j := w.finish(id)
	if j.CurrentState() != jobs.Done || j.Done != 4 || j.Expected() != 4 || j.Failed != 0 {
		t.Errorf("%+v", j)
	}
	if got := w.found(w.to); got != inData {
		t.Errorf("in the new place are %s", got)
	}
	queue, err := w.Store.QueueRows(ctx, admin.QueueStretch{QueueRow: account.QueueRow{Scope: w.to, State: account.RecoveryPending}, Limit: 10})
	if err != nil || len(queue) != 1 || queue[0].ID != request.ID {
		t.Errorf("the queue of the new place: %+v, %v", queue, err)
	}
	if n := w.listed(w.gov.Code); n != before-3 { // 张敏 has a post that stays
		t.Errorf("%d rows in the old place, of %d", n, before)
	}
	_, moves, err := w.Store.OrgsAndMoves(ctx, nil)
	if err != nil || len(moves.List) != 1 || moves.List[0].Done.IsZero() {
		t.Errorf("%+v, %v", moves, err)
	}
	children, _, err := w.Store.OrgChildren(ctx, w.data.Code, "", 100)
	w.must(err)
	for _, c := range children {
		if o := w.org(c.Org); !o.In(w.to) || o.MoveSeq != moves.Seq {
			t.Errorf("%+v", o)
		}
	}

	// Replays find nothing to do.
	w.Counter.Reset()
	for n := 1; n <= j.Chunks; n++ {
		if !w.deliver(id, n) {
			t.Errorf("chunk %d again: %s", n, w.log.String())
		}
	}
	if again := w.job(id); fmt.Sprint(again) != fmt.Sprint(j) {
		t.Errorf("%+v, was %+v", again, j)
	}
	if !strings.Contains(w.log.String(), `"Units"`) {
		t.Error("the log does not say what it cost")
	}
}

// crowd puts people into 数据局's section, and returns how many are in the lists of
// an organisation then.
func (w *world) crowd(n int, in staff.OrgCode) int {
	w.T.Helper()
	ctx := context.Background()
	like := w.Person("wangfang")
	_, orgs, _, err := w.Store.ReadIndexRecord(ctx, like.Staff.Code)
	w.must(err)
	var people []account.Person
	for i := range n {
		p := account.Person{Staff: like.Staff.Clone()}
		p.Staff.Code, err = staff.NewEmployeeCode(rand.Reader)
		w.must(err)
		p.Staff.Account, err = staff.ParseAccount(fmt.Sprintf("crowd%03d", i))
		w.must(err)
		p.Staff.Phone, err = staff.ParsePhone(fmt.Sprintf("139%08d", i))
		w.must(err)
		p.Staff.Posts[0].Order = 1 + i
		people = append(people, p)
	}
	w.must(w.Store.LoadPeople(ctx, people, orgs))
	return w.listed(in)
}

// Each person is worked on once and counted once, whether the organisation comes
// to stand behind where it was or before it, moves, or has another division.
func TestEachPersonOnce(t *testing.T) {
	w := start(t, true)
	ctx := context.Background()
	ix := &counting{Store: w.Store.Store, runs: map[staff.EmployeeCode]int{}}
	w.move.Indexer.Store = ix
	w.Jobs.Kinds[admin.JobMoveOrg] = w.move
	people := w.crowd(24, w.gov.Code)
	update := func(c staff.OrgCode, e admin.OrgEdit) string {
		o := w.org(c)
		e.Version = o.Version
		_, id, err := w.edit.Update(ctx, audit.Call{ID: "r"}, w.by, o, e)
		w.must(err)
		return id
	}
	order := func(n int) admin.OrgEdit { return admin.OrgEdit{Order: optional.Value[int]{Set: true, Value: n}} }
	for _, tt := range []struct {
		name string
		org  staff.OrgCode
		edit admin.OrgEdit
	}{
		{"behind", w.gov.Code, order(900)},
		{"before", w.gov.Code, order(1)},
		{"one of those in it, behind", w.data.Code, order(800)},
		{"one of those in it, before", w.data.Code, order(2)},
		{"moved", w.data.Code, admin.OrgEdit{Parent: optional.Value[string]{Set: true, Value: w.to.String()}}},
		{"moved back", w.data.Code, admin.OrgEdit{Parent: optional.Value[string]{Set: true, Value: w.gov.Code.String()}}},
		{"in another division", w.gov.Path[0], admin.OrgEdit{Division: optional.Value[string]{Set: true, Value: "340000"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := w.listed(tt.org)
			clear(ix.runs)
			j := w.finish(update(tt.org, tt.edit))
			if j.CurrentState() != jobs.Done || j.Done != want || j.Expected() != want || want <= jobs.ChunkSize {
				t.Errorf("%d of %d are done, there are %d", j.Done, j.Expected(), want)
			}
			if len(ix.runs) != want {
				t.Errorf("%d were worked on", len(ix.runs))
			}
			for p, n := range ix.runs {
				if n != 1 {
					t.Errorf("%s was worked on %d times", p, n)
				}
			}
			if n := w.listed(tt.org); n != want {
				t.Errorf("%d are listed", n)
			}
		})
	}
	if n := w.listed(w.gov.Code); n != people {
		t.Errorf("%d are listed, of %d", n, people)
	}
	w.Check()

	// A move and an order at once, in two directions, and work that fails half-way. An
	// order in between leaves its work to the later one.
	there := order(700)
	there.Parent = optional.Value[string]{Set: true, Value: w.to.String()}
	first, between, second := update(w.gov.Code, there), update(w.gov.Code, order(9)), update(w.gov.Code, order(3))
	if j := w.finish(between); j.CurrentState() != jobs.Stopped || j.Code != "superseded" || j.Done != 0 {
		t.Errorf("%s with %s, %d done", j.CurrentState(), j.Code, j.Done)
	}
	w.deliver(second, 1)
	w.deliver(second, 2)
	for f := (dynamotest.Fault{Kind: dynamotest.NotSent, Attempts: dynamotest.Always, Call: 40}); f.Call < 200; f.Call += 40 {
		w.Faults.Set(f)
		w.deliver(first, 2)
		w.Faults.Set()
	}
	for _, id := range []string{first, second} {
		if j := w.finish(id); j.CurrentState() != jobs.Done || j.Done != people {
			t.Errorf("%+v, of %d: %s", j, people, w.log.String())
		}
	}
	w.Check()
}

// counting counts the runs of the indexer by person.
type counting struct {
	*dynamo.Store
	mu   sync.Mutex
	runs map[staff.EmployeeCode]int
}

func (c *counting) ReadIndexRecord(ctx context.Context, p staff.EmployeeCode) (staff.Staff, staff.Orgs, staff.IndexRecord, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.runs[p]++
	return c.Store.ReadIndexRecord(ctx, p)
}

// What was closed below an organisation goes along: those who left from there are
// still seen by who administers what is above.
func TestMoveTakesClosedAlong(t *testing.T) {
	w := start(t, true)
	ctx := context.Background()
	above, _, err := w.edit.Add(ctx, audit.Call{}, w.by, admin.OrgInput{Name: "撤销科", Type: "institution", Parent: w.data.Code.String(), Order: optional.Value[int]{Set: true, Value: 9}})
	w.must(err)
	shut, _, err := w.edit.Add(ctx, audit.Call{}, w.by, admin.OrgInput{Name: "撤销组", Type: "institution", Parent: above.Org.Code.String(), Order: optional.Value[int]{Set: true, Value: 9}})
	w.must(err)
	for _, c := range []staff.OrgCode{shut.Org.Code, above.Org.Code} {
		w.must(w.edit.Close(ctx, audit.Call{ID: "r"}, w.by, w.org(c), 0))
	}
	w.finish(w.moveTo(w.data.Code, w.to))
	w.Pass(time.Hour)
	w.finish(w.moveTo(w.gov.Code, w.to)) // the first one leaves the list
	if o := w.org(shut.Org.Code); !o.In(w.to) || !o.Closed || len(o.Path) != len(w.data.Path)+2 {
		t.Errorf("%+v", o)
	}
	w.Check()
}

// The walk passes over nothing while the siblings in it get another order.
func TestReorderedMidWalk(t *testing.T) {
	w := start(t, true)
	ctx := context.Background()
	var made []staff.OrgCode
	for n := range 2 * jobs.ChunkSize {
		o, _, err := w.edit.Add(ctx, audit.Call{}, w.by, admin.OrgInput{
			Name: fmt.Sprintf("第%d科", n), Type: "institution", Parent: w.data.Code.String(), Order: optional.Value[int]{Set: true, Value: 100 + n},
		})
		w.must(err)
		made = append(made, o.Org.Code)
	}
	id := w.moveTo(w.data.Code, w.to)
	w.deliver(id, 1)
	for _, c := range made[jobs.ChunkSize:] { // before all that is behind the walk
		o := w.org(c)
		_, _, err := w.edit.Update(ctx, audit.Call{ID: "r"}, w.by, o, admin.OrgEdit{Version: o.Version, Order: optional.Value[int]{Set: true, Value: 1}})
		w.must(err)
	}
	if j := w.finish(id); j.CurrentState() != jobs.Done {
		t.Errorf("%+v", j)
	}
	w.Pass(time.Hour)
	w.finish(w.moveTo(w.gov.Code, w.data.Path[2])) // the first one leaves the list
	for _, c := range made {
		if o := w.org(c); !o.In(w.to) || o.In(w.gov.Code) {
			t.Errorf("%s is at %v", o.Name, o.Path)
		}
	}
	w.Check()
}

// People are edited while a move goes on, there and back, and by several workers
// at once: in the end everybody is where they are, once.
func TestMoveWhilePeopleAreEdited(t *testing.T) {
	w := start(t, true)
	ctx := context.Background()
	ix := w.move.Indexer
	for round, to := range []staff.OrgCode{w.to, w.gov.Code} {
		id := w.moveTo(w.data.Code, to)
		var wait sync.WaitGroup
		wait.Go(func() {
			for n := 1; n <= w.job(id).Chunks; n++ {
				var twice sync.WaitGroup
				for range 2 {
					twice.Go(func() { w.deliver(id, n) })
				}
				twice.Wait()
			}
		})
		for i, name := range []string{"linwei", "zhangmin"} {
			wait.Go(func() {
				for range 3 {
					p := w.Person(name).Staff
					now := p.Clone()
					now.Revision++
					now.HomeAddress = fmt.Sprintf("路%d号", round)
					now.State = []staff.AccountState{staff.Frozen, staff.Active}[round]
					err := w.Store.Change(ctx, admin.Change{Was: p, Now: now, Grants: -1, Audit: audit.Entry{ID: fmt.Sprint(i, now.Revision), Actor: p.Code, Subject: "x"}})
					if err != nil {
						t.Error(err)
					}
					if _, err := ix.Run(ctx, p.Code); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wait.Wait()
		if j := w.finish(id); j.CurrentState() != jobs.Done {
			t.Fatalf("%+v: %s", j, w.log.String())
		}
		if got := w.found(w.data.Code); got != inData {
			t.Errorf("in it are %s", got)
		}
		for _, name := range strings.Fields(inData) {
			if worked, err := ix.Run(ctx, w.Person(name).Staff.Code); worked || err != nil {
				t.Errorf("%s was not where they are: %v", name, err)
			}
		}
	}
}

// A worker that is killed leaves its chunk behind; whoever reads the job later
// sets it going again, and it comes to its end.
func TestKilledAndResumed(t *testing.T) {
	w := start(t, false)
	ctx := context.Background()
	id := w.moveTo(w.data.Code, w.to)
	_, _, _, err := w.Store.ClaimChunk(ctx, id, 1, "the dead", w.Now(), w.Now().Add(jobs.ChunkLease))
	w.must(err)
	if !w.deliver(id, 1) || w.job(id).Finished != 0 {
		t.Error("the chunk of a worker that may be alive is done by another")
	}
	shown := admin.Jobs{Store: w.Store, Keys: w.Keys, Now: w.Now}
	w.Pass(jobs.ChunkLease - time.Second)
	if _, err := shown.Load(ctx, w.caller, id); err != nil || w.job(id).UpdatedAt.Equal(w.Now()) {
		t.Errorf("set going too soon, %v", err)
	}
	w.Pass(time.Second)
	j, err := shown.Load(ctx, w.caller, id)
	if err != nil || j.CurrentState() != jobs.Running || !w.job(id).UpdatedAt.Equal(w.Now()) {
		t.Errorf("%+v, %v", j, err)
	}
	if j := w.finish(id); j.CurrentState() != jobs.Done {
		t.Errorf("%+v", j)
	}
	done := w.job(id)
	late := w.Store.FinishChunk(ctx, j.Job, jobs.Chunk{N: 1}, "the dead", jobs.Worked{Done: 7}, w.Now())
	if !errors.Is(late, jobs.ErrNotClaimed) || fmt.Sprint(w.job(id)) != fmt.Sprint(done) {
		t.Errorf("the dead has come back: %v, %+v", late, w.job(id))
	}
}

// batch is a kind that does what it is told to, chunk by chunk.
type batch func(jobs.Chunk) (jobs.Worked, error)

func (b batch) Work(_ context.Context, _ jobs.Job, c jobs.Chunk) (jobs.Worked, error) { return b(c) }

// put writes a job of some chunks with people.
func (w *world) put(chunks int) string {
	w.T.Helper()
	id, err := staff.NewID(rand.Reader)
	w.must(err)
	j := jobs.NewJob{Job: jobs.Job{ID: id, Kind: "batch", Owner: w.caller.Staff, CreatedAt: w.Now(), UpdatedAt: w.Now(), State: jobs.Queued, Chunks: chunks, Total: chunks}}
	for n := range chunks {
		j.First = append(j.First, jobs.Chunk{N: n + 1, People: []staff.EmployeeCode{w.Person("wangfang").Staff.Code}})
	}
	o := w.org(w.to) // jobs are made with what asks for them
	now := o
	now.Version++
	_, moves, err := w.Store.OrgsAndMoves(context.Background(), nil)
	w.must(err)
	entry := audit.Entry{ID: id, At: w.Now(), Actor: w.caller.Staff, Subject: audit.OfOrg(o.Code)}
	w.must(w.Store.WriteOrg(context.Background(), admin.OrgChange{Was: o, Now: now, WasAbove: "330199", Above: "330199", Moves: moves, NowMoves: moves, Job: &j, Audit: entry}))
	return id
}

func TestEngine(t *testing.T) {
	w := start(t, false)
	ctx := context.Background()
	shown := admin.Jobs{Store: w.Store, Keys: w.Keys, Now: w.Now}
	who := w.Person("wangfang").Staff
	w.Jobs.Kinds["batch"] = batch(func(c jobs.Chunk) (jobs.Worked, error) {
		if len(c.People) != 1 || c.People[0] != who.Code {
			return jobs.Worked{}, fmt.Errorf("people %v", c.People)
		}
		return jobs.Worked{Done: 1, Failed: c.N % 2, Results: []jobs.Result{
			{Row: c.N, Staff: who.Code, Name: who.Name, Outcome: jobs.OutcomeRefused, Code: "state_conflict", Errors: []fault.Field{{Path: "x", FieldCode: fault.Invalid}}, Changes: []audit.Change{{Field: "f", Old: "a", New: "b"}}},
			{Outcome: jobs.OutcomeDone},
		}}, nil
	})
	id := w.put(5)
	var wait sync.WaitGroup
	for n := range 5 {
		for range 2 {
			wait.Go(func() { w.deliver(id, n+1) })
		}
	}
	wait.Wait()
	for n := range 5 { // what two fought over for too long
		for !w.deliver(id, n+1) {
		}
	}
	j := w.job(id)
	if j.CurrentState() != jobs.Done || j.Done != 5 || j.Failed != 3 || j.Finished != 5 {
		t.Fatalf("%+v: %s", j, w.log.String())
	}
	var all []jobs.Result
	for cursor, pages := "", 0; ; pages++ {
		some, next, err := shown.Results(ctx, w.caller, j, 3, cursor)
		w.must(err)
		if all = append(all, some...); next == "" {
			if pages != 3 || len(all) != 10 || all[2].Row != 2 || all[2].Staff != who.Code || len(all[2].Errors) != 1 || len(all[2].Changes) != 1 || all[3].Outcome != jobs.OutcomeDone {
				t.Errorf("%d pages: %+v", pages, all)
			}
			break
		}
		cursor = next
	}
	if err := shown.Stop(ctx, w.caller, j); !errors.Is(err, fault.StateConflict) {
		t.Errorf("a job that is over is stopped: %v", err)
	}

	t.Run("stopped", func(t *testing.T) {
		id := w.put(3)
		w.deliver(id, 2)
		w.must(shown.Stop(ctx, w.caller, w.job(id)))
		for n := range 3 {
			w.deliver(id, n+1)
		}
		if j := w.job(id); j.CurrentState() != jobs.Stopped || j.Done != 1 {
			t.Errorf("%+v", j)
		}
	})

	t.Run("fails in the end", func(t *testing.T) {
		tries := 0
		w.Jobs.Kinds["batch"] = batch(func(jobs.Chunk) (jobs.Worked, error) {
			if tries++; tries == 2 {
				panic("at the second try")
			}
			return jobs.Worked{}, fault.Unavailable
		})
		id := w.put(2)
		w.log.Reset()
		for n := 1; !w.deliver(id, 1); n++ {
			if n > 10 {
				t.Fatal("no end")
			}
		}
		if j := w.job(id); tries != 6 || j.CurrentState() != jobs.Failed || j.Code != "unavailable" || !strings.Contains(w.log.String(), `"JobsFailed":1`) {
			t.Errorf("%d tries: %+v: %s", tries, j, w.log.String())
		}
		if w.deliver(id, 2); tries != 6 {
			t.Error("it goes on after it has failed")
		}
	})

	t.Run("of a kind that nobody knows", func(t *testing.T) {
		delete(w.Jobs.Kinds, "batch")
		id := w.put(1)
		for !w.deliver(id, 1) {
		}
		if j := w.job(id); j.CurrentState() != jobs.Failed || j.Code != "internal" {
			t.Errorf("%+v", j)
		}
	})

	// What is no chunk, and one that there is none of.
	r, err := w.serve(ctx, events.DynamoDBEvent{Records: []events.DynamoDBEventRecord{{}}})
	if err != nil || len(r.BatchItemFailures) != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if !w.deliver("nothing", 1) {
		t.Error("a chunk that is gone is tried again")
	}
}

// The event that is shown to developers is one that the function takes.
func TestEvent(t *testing.T) {
	w := start(t, false)
	b, err := os.ReadFile("../../events/run-jobs.json")
	w.must(err)
	var e events.DynamoDBEvent
	w.must(json.Unmarshal(b, &e))
	r, err := w.serve(w.Context(), e)
	if err != nil || len(r.BatchItemFailures) != 0 || len(e.Records) != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

// Somebody may be erased while the organisation in which they are is moving.
func TestErasedWhileMoving(t *testing.T) {
	w := start(t, true)
	ctx := context.Background()
	code := w.Person("wangfang").Staff.Code
	id := w.moveTo(w.data.Code, w.to)
	k := map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "STAFF#" + code.String()}, "sk": &types.AttributeValueMemberS{Value: "STAFF"}}
	_, err := w.DB.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &w.Table, Key: k})
	w.must(err)
	if j := w.finish(id); j.CurrentState() != jobs.Done {
		t.Errorf("%+v", j)
	}
	if _, _, x, err := w.Store.ReadIndexRecord(ctx, code); err != nil || x.Stamp != "" {
		t.Errorf("the index's record of them stays: %+v, %v", x, err)
	}
}
