package maintain

import (
	"cmp"
	"context"

	"chaoxi/shared/dynamo/internal/table"

	crand "crypto/rand"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/staff"
)

// county is a small register on a table of its own: a tree of 13 organisations
// and a few people, who are edited behind the indexer's back.
type county struct {
	*testing.T
	*Store
	random *rand.Rand
	faults *dynamotest.Faults
	cost   *dynamotest.Counter
	orgs   staff.Orgs
	leaves []staff.OrgCode
	clock  atomic.Int64 // minutes past the beginning

	people []staff.Staff
}

var began = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func newCounty(t *testing.T, seed uint64, people int) *county {
	t.Helper()
	t.Parallel()
	w := &county{T: t, random: rand.New(rand.NewPCG(seed, 7)), faults: dynamotest.NewFaults(), cost: &dynamotest.Counter{Hold: dynamotest.SideBySide}, orgs: staff.Orgs{}}
	db, table := dynamotest.NewWith(t, w.faults.Option, w.cost.Option)
	w.Store = Over(db, table, dynamotest.AtOnce)
	root := w.org("浙江省", "330000", staff.Org{})
	for i := range 3 {
		unit := w.org(fmt.Sprintf("单位%d", i), fmt.Sprintf("33010%d", i), root)
		for j := range 3 {
			w.leaves = append(w.leaves, w.org(fmt.Sprintf("科室%d", j), unit.Division, unit).Code)
		}
	}
	w.must(w.LoadOrgs(t.Context(), slices.Collect(maps.Values(w.orgs)), w.orgs))
	for i := range people {
		w.people = append(w.people, w.person(i))
		w.put(w.people[i])
	}
	return w
}

func (w *county) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(w.random.Uint32())
	}
	return len(b), nil
}

func (w *county) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *county) org(name, division string, parent staff.Org) staff.Org {
	w.Helper()
	c, err := staff.NewOrgCode(w)
	w.must(err)
	w.orgs[c] = staff.Org{Code: c, Name: name, Type: staff.UnitOrg, Division: division, Order: 1 + w.random.IntN(3), Version: 1}.Under(parent)
	return w.orgs[c]
}

func (w *county) person(i int) staff.Staff {
	w.Helper()
	c, err := staff.NewEmployeeCode(w)
	w.must(err)
	name, err := staff.ParseAccount(fmt.Sprintf("wang%d", i))
	w.must(err)
	phone, err := staff.ParsePhone(fmt.Sprintf("1380000%04d", i))
	w.must(err)
	s := staff.Staff{
		Code: c, Revision: 1, Version: 1, Name: "王明", Pinyin: staff.Pinyin{Syllables: []string{"wang", "ming"}}, Account: name, Phone: phone,
		BudgetedPost: "B", JobLevel: "J", Employment: staff.InService, State: staff.Active, RegisteredAt: began,
	}
	for range 1 + w.random.IntN(2) {
		id, err := staff.NewPostID(w)
		w.must(err)
		org := w.leaves[w.random.IntN(len(w.leaves))]
		s.Posts = append(s.Posts, staff.Post{ID: id, Unit: w.orgs[org].Parent(), Org: org, JobType: staff.ConcurrentJob, Role: "R", Order: 1 + i, Active: true})
	}
	s.Posts[0].JobType = staff.MainJob
	return s
}

func (w *county) put(s staff.Staff) {
	w.Helper()
	w.must(w.table.PutItem(w.Context(), table.StaffToItem(s), "", nil, nil))
}

// edit changes a person at random and returns who.
func (w *county) edit(i int) staff.EmployeeCode {
	w.Helper()
	return w.change(i, func(s *staff.Staff) {
		last := &s.Posts[len(s.Posts)-1]
		switch w.random.IntN(7) {
		case 0:
			s.Name = []string{"王明", "王大明", "王小"}[w.random.IntN(3)]
		case 1:
			s.JobLevel = []string{"", "J"}[w.random.IntN(2)]
		case 2:
			s.Posts[0].Org = w.leaves[w.random.IntN(len(w.leaves))]
		case 3:
			last.Role = []string{"", "R"}[w.random.IntN(2)]
		case 4:
			last.Active = last.JobType == staff.MainJob || !last.Active
		case 5:
			s.Employment = []staff.Employment{staff.InService, staff.Left}[w.random.IntN(2)]
		case 6:
			s.State = []staff.AccountState{staff.Active, staff.Frozen}[w.random.IntN(2)]
		}
	})
}

func (w *county) change(i int, edit func(*staff.Staff)) staff.EmployeeCode {
	w.Helper()
	s := w.people[i].Clone()
	s.Revision++
	edit(&s)
	w.put(s)
	w.people[i] = s
	return s.Code
}

// move takes a person to another unit, or back.
func (w *county) move(i int) staff.EmployeeCode {
	return w.change(i, func(s *staff.Staff) {
		s.Posts[0].Org = w.leaves[(slices.Index(w.leaves, s.Posts[0].Org)+3)%len(w.leaves)]
	})
}

func (w *county) indexer(store staff.IndexStore) staff.Indexer {
	return staff.Indexer{Store: store, Random: crand.Reader, Now: func() time.Time { return began.Add(time.Duration(w.clock.Load()) * time.Minute) }}
}

func (w *county) index(c staff.EmployeeCode) bool {
	w.Helper()
	worked, err := w.indexer(w.Store).Run(w.Context(), c)
	w.must(err)
	return worked
}

// check compares rows, counts and, if asked to, records with what the people
// come to by themselves.
func (w *county) check(records bool) {
	w.Helper()
	want, have := table.Items{}, table.Items{}
	sums := map[staff.OrgCode]staff.Headcount{}
	for _, s := range w.people {
		for _, item := range indexItems(s, w.orgs) {
			want[table.KeyOf(item)] = item
		}
		if t := staff.TallyOf(s); !t.Org.IsZero() {
			sums[t.Org] = sums[t.Org].Plus(t.Headcount())
		}
	}
	in := &dynamodb.ScanInput{TableName: &w.table.Name, ConsistentRead: aws.Bool(true)}
	for {
		out, err := w.table.DB.Scan(w.Context(), in)
		w.must(err)
		for _, item := range out.Items {
			switch table.Str(item["kind"]) {
			case table.RowKind, table.IndexKind:
				have[table.KeyOf(item)] = item
			case table.CountKind:
				var n table.CountItem
				w.must(table.Decode(item, &n))
				org, err := staff.ParseOrgCode(strings.TrimPrefix(table.Str(item["pk"]), "ORG#"))
				w.must(err)
				if n.Headcount() != sums[org] {
					w.Errorf("%s counts %+v, want %+v", w.orgs[org].Name, n.Headcount(), sums[org])
				}
				delete(sums, org)
			}
		}
		if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil {
			break
		}
	}
	for org, n := range sums {
		w.Errorf("%s has no count, want %+v", w.orgs[org].Name, n)
	}
	for _, all := range []table.Items{want, have} {
		for k, item := range all {
			delete(item, "stamp")
			if table.Str(item["kind"]) == table.IndexKind && !records {
				delete(all, k)
			}
		}
	}
	for k := range want {
		if !reflect.DeepEqual(have[k], want[k]) {
			w.Errorf("%v:\n%v\nwant\n%v", k, flat(have[k]), flat(want[k]))
		}
	}
	for k := range have {
		if want[k] == nil {
			w.Errorf("%v should not be there", k)
		}
	}
	if w.Failed() {
		w.FailNow()
	}
}

func flat(item table.Item) map[string]any {
	var m map[string]any
	if err := table.Decode(item, &m); err != nil {
		return map[string]any{"": err}
	}
	return m
}

// mortal is a store whose user dies before a call, or after it, never to come back.
type mortal struct {
	*Store
	calls atomic.Int64 // that are left
	after bool
}

var errKilled = errors.New("killed")

func (m *mortal) live(call func() error) error {
	left := m.calls.Add(-1)
	if left < 0 || left == 0 && !m.after {
		return errKilled
	}
	err := call()
	if left == 0 {
		return cmp.Or(err, errKilled)
	}
	return err
}

func (m *mortal) ReadIndexRecord(ctx context.Context, c staff.EmployeeCode) (staff.Staff, staff.Orgs, staff.IndexRecord, error) {
	var s staff.Staff
	var orgs staff.Orgs
	var x staff.IndexRecord
	err := m.live(func() error {
		var err error
		s, orgs, x, err = m.Store.ReadIndexRecord(ctx, c)
		return err
	})
	return s, orgs, x, err
}

func (m *mortal) Claim(ctx context.Context, c staff.EmployeeCode, was, now staff.IndexRecord) error {
	return m.live(func() error { return m.Store.Claim(ctx, c, was, now) })
}

// PutRows may die half way.
func (m *mortal) PutRows(ctx context.Context, rows []staff.Row, e staff.IndexEntry, f staff.RowAttributes) error {
	if err := m.live(func() error { return m.Store.PutRows(ctx, rows[:len(rows)/2], e, f) }); err != nil {
		return err
	}
	return m.live(func() error { return m.Store.PutRows(ctx, rows[len(rows)/2:], e, f) })
}

func (m *mortal) DeleteRows(ctx context.Context, rows []staff.Row) error {
	if err := m.live(func() error { return m.Store.DeleteRows(ctx, rows[:len(rows)/2]) }); err != nil {
		return err
	}
	return m.live(func() error { return m.Store.DeleteRows(ctx, rows[len(rows)/2:]) })
}

func TestIndexInAnyOrder(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := newCounty(t, seed, 5)
			var killed sync.Map
			for range 2 {
				// Events: of each edit one, some twice, in any order, some to writers
				// that will not live to the end.
				var events []staff.EmployeeCode
				for range 12 {
					c := w.edit(w.random.IntN(len(w.people)))
					events = append(events, c)
					if w.random.IntN(3) == 0 {
						events = append(events, c)
					}
				}
				w.random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
				var writers sync.WaitGroup
				turn := make(chan staff.EmployeeCode)
				for range 6 {
					seed := w.random.Uint64()
					writers.Go(func() {
						r := rand.New(rand.NewPCG(seed, 1))
						for c := range turn {
							m := &mortal{Store: w.Store, after: r.IntN(2) == 0}
							m.calls.Store(1000)
							if r.IntN(3) == 0 {
								m.calls.Store(1 + r.Int64N(9))
							}
							if _, err := w.indexer(m).Run(w.Context(), c); errors.Is(err, errKilled) {
								killed.Store(c, true)
							} else if err != nil {
								t.Error(err)
							}
						}
					})
				}
				for i, c := range events {
					turn <- c
					if i%7 == 3 { // the register does not wait for its index
						turn <- w.edit(w.random.IntN(len(w.people)))
					}
				}
				close(turn)
				writers.Wait()
			}
			killed.Range(func(c, _ any) bool { w.index(c.(staff.EmployeeCode)); return true })
			w.check(false)

			w.clock.Add(60) // the dead can be told from the slow
			for _, s := range w.people {
				w.index(s.Code)
			}
			w.check(true)
			for _, s := range w.people {
				if w.index(s.Code) {
					t.Errorf("a replay of %s worked", s.Code)
				}
			}
		})
	}
}

// TestIndexFaults: whatever call of a run fails, in whatever way, the next run
// makes the index right.
func TestIndexFaults(t *testing.T) {
	w := newCounty(t, 1, 1)
	w.index(w.people[0].Code)
	for _, fault := range []dynamotest.Fault{
		{Kind: dynamotest.AnswerLost},
		{Kind: dynamotest.AnswerLost, Attempts: dynamotest.Always},
		{Kind: dynamotest.NotSent, Attempts: dynamotest.Always},
		{Kind: dynamotest.Conflict},
	} {
		for fault.Call = 1; ; fault.Call++ {
			c := w.move(0)
			w.faults.Set(fault)
			_, err := w.indexer(w.Store).Run(w.Context(), c)
			hits := w.faults.Hits()
			w.faults.Set()
			if hits == 0 {
				break
			}
			if fault.Attempts == 0 && fault.Kind == dynamotest.AnswerLost && err != nil {
				t.Errorf("one answer lost, of call %d: %v", fault.Call, err)
			}
			w.index(c)
			w.check(false)
			w.clock.Add(60) // the dead can be told from the slow
			w.index(c)
		}
		w.check(true)
	}
}

// TestIndexCost: what an edit costs that moves the person, one that no row
// shows, and a replay.
func TestIndexCost(t *testing.T) {
	w := newCounty(t, 2, 1)
	w.index(w.people[0].Code)
	cost := func(c staff.EmployeeCode) dynamotest.Cost {
		t.Helper()
		w.cost.Reset()
		w.index(c)
		return w.cost.Cost()
	}
	move := cost(w.move(0)) // once more than an edit that stays, for what is above the new place
	if move.Trips > 8 || move.Calls["TransactWriteItems"] != 1 || move.Calls["PutItem"] != 1 {
		t.Errorf("another org: %+v", move)
	}
	unseen := cost(w.change(0, func(s *staff.Staff) { s.HomeAddress = "钱塘路1号" }))
	if unseen.Trips != 3 || unseen.Calls["PutItem"] != 1 || unseen.Calls["BatchWriteItem"] != 0 {
		t.Errorf("an edit that no row shows: %+v", unseen)
	}
	if replay := cost(w.people[0].Code); replay.Write != 0 || replay.Trips != 2 {
		t.Errorf("a replay: %+v", replay)
	}
}

func TestRowKeys(t *testing.T) {
	w := &county{T: t, random: rand.New(rand.NewPCG(1, 1))}
	c, err := staff.NewEmployeeCode(w)
	w.must(err)
	org, err := staff.NewOrgCode(w)
	w.must(err)
	for _, r := range []staff.Row{
		{Kind: staff.ByTerm, Scope: org, Term: "王明", Staff: c},
		{Kind: staff.ByTerm, Scope: org, Left: true, Term: "#明#", Staff: c},
		{Kind: staff.ByTerm, Scope: org, Term: "13800001234", Staff: c},
		{Kind: staff.ByOrder, Scope: org, Left: true, Term: "000001.000002#1a2b3c4d#000001", Staff: c},
		{Kind: staff.ToDo, Scope: org, Term: "000001#1a2b3c4d#000001", Staff: c},
	} {
		if got, err := table.RowFromKey(table.RowKey(r)); err != nil || got != r {
			t.Errorf("%+v came back as %+v, %v", r, got, err)
		}
	}
	for _, k := range []table.Key{{PK: "LIST", SK: "x"}, {PK: "FIND#x#in#y", SK: "z"}, {PK: "LIST#" + org.String() + "#in", SK: "no person"}} {
		if r, err := table.RowFromKey(k); err == nil {
			t.Errorf("%v is %+v", k, r)
		}
	}
}
