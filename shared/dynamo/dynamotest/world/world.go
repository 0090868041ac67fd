// Package world is what tests of the store and of work on the whole table begin
// with: a table of the test's own, a store whose calls are counted and can be
// broken, and a clock that stands still.
//
// It is for the tests of shared/dynamo and shared/dynamo/maintain alone; tests of
// functions have functiontest. Start with New. A test that needs people and
// organisations of its own lays them out in a type that embeds World.
package world

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/staff"
)

// Start is what the clock shows when a test begins. It lies in the future, because the
// table's time to live deletes items whose time is over.
var Start = time.Date(2040, 3, 2, 8, 0, 0, 0, time.UTC)

// World is a table and all that use cases on it are made of.
type World struct {
	*testing.T
	Store   *maintain.Store // counted by Counter, broken by Faults; tries again without a pause
	Counter *dynamotest.Counter
	Faults  *dynamotest.Faults

	// DB and Table are for stores of the test's own, Items for single calls. They
	// are neither counted nor broken.
	DB    *dynamodb.Client
	Table string
	Items *table.Client

	Keys  account.Keys
	Call  audit.Call
	Clock time.Time // what Now says; a test moves it

	mu      sync.Mutex
	entries int
}

// Seed fills an empty table, as demo.SeedNamed does.
type Seed func(ctx context.Context, db *dynamodb.Client, table string) error

// New makes a World that ends with the test. Seed may be nil.
func New(t *testing.T, seed Seed) *World {
	t.Helper()
	w := &World{
		T: t, Counter: &dynamotest.Counter{Hold: dynamotest.SideBySide}, Faults: dynamotest.NewFaults(),
		Keys: account.Keys{Current: []byte("a key for tests of the store")}, Call: audit.Call{Address: "192.0.2.7", ID: "req-1"}, Clock: Start,
	}
	w.DB, w.Table = dynamotest.New(t)
	w.Items = table.Over(w.DB, w.Table)
	w.Store = maintain.Over(w.DB, w.Table, w.Counter.Option, w.Faults.Option, dynamotest.AtOnce)
	if seed != nil {
		w.Must(seed(t.Context(), w.DB, w.Table))
	}
	return w
}

// Must ends the test if there is an error. It is for the test's own goroutine.
func (w *World) Must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// Now is the test's clock.
func (w *World) Now() time.Time { return w.Clock }

// Cost does something and returns what its calls came to. Meanwhile the calls that are
// made at once overlap, on a busy machine, too.
func (w *World) Cost(do func()) dynamotest.Cost {
	w.Counter.Reset()
	do()
	return w.Counter.Cost()
}

// Overlap is Cost where only the overlapping matters: of two writers each has read
// before the other writes.
func (w *World) Overlap(do func()) { w.Cost(do) }

// Person reads somebody by account or phone.
func (w *World) Person(name string) account.Person {
	w.Helper()
	c, _, err := w.Store.FindName(w.Context(), staff.ParseSignInName(name), "-")
	w.Must(err)
	return w.PersonOf(c)
}

// PersonOf reads the person of a code.
func (w *World) PersonOf(c staff.EmployeeCode) account.Person {
	w.Helper()
	p, err := w.Store.Person(w.Context(), c)
	w.Must(err)
	return p
}

// Orgs reads organisations.
func (w *World) Orgs(codes ...staff.OrgCode) staff.Orgs {
	w.Helper()
	orgs, err := w.Store.Orgs(w.Context(), codes)
	w.Must(err)
	return orgs
}

// Entry makes an audit entry about a person, with an id of its own.
func (w *World) Entry(actor, subject staff.EmployeeCode, action audit.Action, changes ...audit.Change) audit.Entry {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.entries++
	return audit.Entry{ID: fmt.Sprintf("entry%d", w.entries), At: w.Now(), Actor: actor, Subject: audit.OfStaff(subject), Action: action, Changes: changes, Call: w.Call}
}

// Put writes an item as it is.
func (w *World) Put(item table.Item) {
	w.Helper()
	w.Must(w.Items.PutItem(w.Context(), item, "", nil, nil))
}

// Partition reads all items of a partition.
func (w *World) Partition(pk string) []table.Item {
	w.Helper()
	items, err := w.Items.Query(w.Context(), pk, "")
	w.Must(err)
	return items
}

// Check compares the whole table with itself. It returns what it finds, sorted, a
// line each.
func (w *World) Check(options ...func(*maintain.Check)) ([]string, maintain.CheckReport) {
	w.Helper()
	var found []string
	uc := maintain.Check{Store: w.Store, Now: w.Now, Slices: 2, Report: func(f maintain.Finding) {
		found = append(found, f.What+" "+f.Key+": "+f.Want)
	}}
	for _, option := range options {
		option(&uc)
	}
	report, err := uc.Run(w.Context(), maintain.CheckReport{})
	w.Must(err)
	if report.Findings != len(found) {
		w.Errorf("%d findings, of which %d were told", report.Findings, len(found))
	}
	slices.Sort(found)
	return found, report
}

// Unfollowed is an option of Check: nobody followed the stream, so what the indexer
// brings about is left out.
func Unfollowed(uc *maintain.Check) { uc.Unfollowed = true }

// Agrees ends the test if the table disagrees with itself, or does not come to
// rest.
func (w *World) Agrees(when string, options ...func(*maintain.Check)) maintain.CheckReport {
	w.Helper()
	found, report := w.Check(options...)
	if len(found) > 0 || report.InMotion > 0 {
		w.Fatalf("%s: %d in motion, found\n%s", when, report.InMotion, strings.Join(found, "\n"))
	}
	return report
}
