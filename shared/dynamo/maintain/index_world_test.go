package maintain_test

import (
	"cmp"
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/dynamo/dynamotest/world"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/staff"
)

// indexWorld is a tree of 13 organisations and a few people, who are edited behind
// the indexer's back. It is the same in every run of a seed.
type indexWorld struct {
	*world.World
	random *rand.Rand
	orgs   staff.Orgs
	leaves []staff.OrgCode
	people []staff.Staff
}

func newIndexWorld(t *testing.T, seed uint64, people int) *indexWorld {
	t.Helper()
	w := &indexWorld{World: world.New(t, nil), random: rand.New(rand.NewPCG(seed, 7)), orgs: staff.Orgs{}}
	root := w.org("浙江省", "330000", staff.Org{})
	for i := range 3 {
		unit := w.org(fmt.Sprintf("单位%d", i), fmt.Sprintf("33010%d", i), root)
		for j := range 3 {
			w.leaves = append(w.leaves, w.org(fmt.Sprintf("科室%d", j), unit.Division, unit).Code)
		}
	}
	w.Must(w.Store.LoadOrgs(t.Context(), slices.Collect(maps.Values(w.orgs)), w.orgs))
	for i := range people {
		w.people = append(w.people, w.person(i))
		w.Put(table.StaffToItem(w.people[i]))
	}
	return w
}

func (w *indexWorld) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(w.random.Uint32())
	}
	return len(b), nil
}

func (w *indexWorld) org(name, division string, parent staff.Org) staff.Org {
	w.Helper()
	c, err := staff.NewOrgCode(w)
	w.Must(err)
	kind := []staff.OrgType{staff.GroupOrg, staff.UnitOrg, staff.InstitutionOrg}[len(parent.Path)]
	w.orgs[c] = staff.Org{Code: c, Name: name, Type: kind, Division: division, Order: 1 + w.random.IntN(3), Version: 1}.Under(parent)
	return w.orgs[c]
}

func (w *indexWorld) person(i int) staff.Staff {
	w.Helper()
	c, err := staff.NewEmployeeCode(w)
	w.Must(err)
	name, err := staff.ParseAccount(fmt.Sprintf("wang%d", i))
	w.Must(err)
	phone, err := staff.ParsePhone(fmt.Sprintf("1380000%04d", i))
	w.Must(err)
	s := staff.Staff{
		Code: c, Revision: 1, Version: 1, Name: "王明", Pinyin: staff.Pinyin{Syllables: []string{"wang", "ming"}}, Account: name, Phone: phone,
		BudgetedPost: "B", JobLevel: "J", Employment: staff.InService, State: staff.Active, RegisteredAt: world.Start,
	}
	for range 1 + w.random.IntN(2) {
		id, err := staff.NewPostID(w)
		w.Must(err)
		org := w.leaves[w.random.IntN(len(w.leaves))]
		s.Posts = append(s.Posts, staff.Post{ID: id, Unit: w.orgs[org].Parent(), Org: org, JobType: staff.ConcurrentJob, Role: "R", Order: 1 + i, Active: true})
	}
	s.Posts[0].JobType = staff.MainJob
	return s
}

// edit changes a person at random and returns who.
func (w *indexWorld) edit(i int) staff.EmployeeCode {
	w.Helper()
	return w.change(i, func(s *staff.Staff) {
		last := &s.Posts[len(s.Posts)-1]
		switch w.random.IntN(7) {
		case 0:
			s.Name = []string{"王明", "王大明", "王□"}[w.random.IntN(3)]
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

func (w *indexWorld) change(i int, edit func(*staff.Staff)) staff.EmployeeCode {
	w.Helper()
	s := w.people[i].Clone()
	s.Revision++
	edit(&s)
	w.Put(table.StaffToItem(s))
	w.people[i] = s
	return s.Code
}

// move takes a person to another unit, or back.
func (w *indexWorld) move(i int) staff.EmployeeCode {
	return w.change(i, func(s *staff.Staff) {
		s.Posts[0].Org = w.leaves[(slices.Index(w.leaves, s.Posts[0].Org)+3)%len(w.leaves)]
	})
}

func (w *indexWorld) indexer() staff.Indexer { return w.indexerOver(impatientStore{w.Store}) }

func (w *indexWorld) indexerOver(store staff.IndexStore) staff.Indexer {
	return staff.Indexer{Store: store, Random: crand.Reader, Now: w.Now}
}

func (w *indexWorld) index(c staff.EmployeeCode) bool {
	w.Helper()
	worked, err := w.indexer().Run(w.Context(), c)
	w.Must(err)
	return worked
}

// check compares rows, counts and, if asked to, records with what the people
// come to by themselves.
func (w *indexWorld) check(records bool) {
	w.Helper()
	want, have := table.Items{}, table.Items{}
	sums := map[staff.OrgCode]staff.Headcount{}
	for _, s := range w.people {
		for _, item := range maintain.IndexItems(s, w.orgs) {
			want[table.KeyOf(item)] = item
		}
		if t := staff.TallyOf(s); !t.Org.IsZero() {
			sums[t.Org] = sums[t.Org].Plus(t.Headcount())
		}
	}
	in := &dynamodb.ScanInput{TableName: &w.Table, ConsistentRead: aws.Bool(true)}
	for {
		out, err := w.DB.Scan(w.Context(), in)
		w.Must(err)
		for _, item := range out.Items {
			switch table.Str(item["kind"]) {
			case table.RowKind, table.IndexKind:
				have[table.KeyOf(item)] = item
			case table.CountKind:
				var n table.CountItem
				w.Must(table.Decode(item, &n))
				org, err := staff.ParseOrgCode(strings.TrimPrefix(table.Str(item["pk"]), "ORG#"))
				w.Must(err)
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
			delete(item, "stamp") // this and the next say when it was written, not what is in it
			delete(item, "at_ms")
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

// impatientStore waits less for other writers: in these tests most of those that a
// writer waits for are dead.
type impatientStore struct{ *maintain.Store }

func (s impatientStore) Pause(ctx context.Context, n int) error {
	return s.Store.Pause(ctx, max(0, n-4))
}

// killedStore is the store of a writer that is killed before a call, or after it.
type killedStore struct {
	impatientStore
	calls atomic.Int64 // that are left
	after bool
}

func (w *indexWorld) killedStore(calls int64, after bool) *killedStore {
	s := &killedStore{impatientStore: impatientStore{w.Store}, after: after}
	s.calls.Store(calls)
	return s
}

var errKilled = errors.New("killed")

func (s *killedStore) call(do func() error) error {
	left := s.calls.Add(-1)
	if left < 0 || left == 0 && !s.after {
		return errKilled
	}
	err := do()
	if left == 0 {
		return cmp.Or(err, errKilled)
	}
	return err
}

func (s *killedStore) ReadIndexRecord(ctx context.Context, c staff.EmployeeCode) (staff.Staff, staff.Orgs, staff.IndexRecord, error) {
	var p staff.Staff
	var orgs staff.Orgs
	var x staff.IndexRecord
	err := s.call(func() error {
		var err error
		p, orgs, x, err = s.Store.ReadIndexRecord(ctx, c)
		return err
	})
	return p, orgs, x, err
}

func (s *killedStore) Claim(ctx context.Context, c staff.EmployeeCode, was, now staff.IndexRecord) error {
	return s.call(func() error { return s.Store.Claim(ctx, c, was, now) })
}

// PutRows may be killed half way.
func (s *killedStore) PutRows(ctx context.Context, rows []staff.Row, e staff.IndexEntry, f staff.RowAttributes) error {
	if err := s.call(func() error { return s.Store.PutRows(ctx, rows[:len(rows)/2], e, f) }); err != nil {
		return err
	}
	return s.call(func() error { return s.Store.PutRows(ctx, rows[len(rows)/2:], e, f) })
}

func (s *killedStore) DeleteRows(ctx context.Context, rows []staff.Row) error {
	if err := s.call(func() error { return s.Store.DeleteRows(ctx, rows[:len(rows)/2]) }); err != nil {
		return err
	}
	return s.call(func() error { return s.Store.DeleteRows(ctx, rows[len(rows)/2:]) })
}
