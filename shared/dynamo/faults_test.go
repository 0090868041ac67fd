package dynamo_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/rights"
	"chaoxi/shared/dev/sam"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/dynamo/dynamotest/world"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/dynamo/maintain"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// The fault table has a row for each request that writes. TestFaults sends the
// request of a row once without a fault, and notes the calls of the table that it
// makes. Then it sends the request once for each of these calls and each way in which
// that call can fail. A request that is answered with an error is sent again, as a
// client does that cannot know how much was done. After each case what was asked for
// must be done once and audited once, and in the end the whole table must agree with
// itself.
//
// To add a row, write a faultRow in the file of its subject (faults_people_test.go,
// faults_orgs_test.go, …) and put it into the list there. Only name, send and verify
// are needed always. For a new subject, add its list to faultTables.
// TestEveryWriteMeetsFaults fails while a writing route has no row.

// faultRow is a request that writes.
type faultRow struct {
	name  string
	route string // of the template; "" for what the stream starts

	// setup makes the person or the organisation that a case has to itself, such as
	// withPerson. They are loaded for all cases of the row at once. prepare does the
	// rest, just before the request. Both may be nil.
	setup   func(*faultCase)
	prepare func(*faultCase)

	// send sends the request: it runs the use case on the store that it is handed.
	send func(*faultCase, *maintain.Store) error

	// retryAnswer is the code that the second request is answered with where the first
	// one was carried out and its answer lost; "" is success. If the row is restartable,
	// any fault may lead to that answer: the client then starts over. The client waits
	// for delay before the second request.
	retryAnswer string
	restartable bool
	delay       time.Duration

	verify   func(*faultCase) error // what is not as it was asked for
	audit    auditEntries
	anyGrant bool // any grant allows the request; see TestCallerAtTheWrite
}

// auditEntries is how many entries a request leaves in the audit.
type auditEntries int

const (
	oneEntry        auditEntries = iota // however often it is sent
	entryPerRequest                     // each time it is carried out
	noEntry
)

// faultTables are the rows of all subjects. Each subject has a table of its own.
func faultTables() map[string][]faultRow {
	return map[string][]faultRow{
		"people":        peopleRows(),
		"grants":        grantRows(),
		"recovery":      recoveryRows(),
		"organisations": orgRows(),
		"dictionaries":  dictionaryRows(),
		"account":       accountRows(),
		"jobs":          jobRows(),
	}
}

// testedElsewhere are the routes of people who are not signed in, and the functions
// that have a TestFaults of their own. What a lost call leads to there depends on
// limits and texts.
var testedElsewhere = map[string]string{
	"POST /v1/codes": "send-code", "POST /v1/password": "set-password", "POST /v1/sessions": "login", "POST /v1/recovery": "recovery-options",
	"POST /v1/recovery/requests": "raise-recovery",
}

// TestEveryWriteMeetsFaults holds the rows against the template.
func TestEveryWriteMeetsFaults(t *testing.T) {
	template, err := sam.Load(filepath.Join("..", "..", "template.yaml"), sam.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tried := map[string]bool{}
	for route, function := range testedElsewhere {
		tests, err := os.ReadFile(filepath.Join("..", "..", "functions", function, "handler_test.go"))
		tried[route] = err == nil && strings.Contains(string(tests), "\nfunc TestFaults(")
	}
	for _, rows := range faultTables() {
		for _, row := range rows {
			tried[row.route] = true
		}
	}
	delete(tried, "")
	for _, f := range template.Functions {
		for _, r := range f.Routes {
			if r.Method == "" || r.Method == "GET" {
				continue
			}
			if !tried[r.Key()] {
				t.Errorf("%s: no row says what becomes of it when its calls fail", r.Key())
			}
			delete(tried, r.Key())
		}
	}
	for route := range tried {
		t.Errorf("%s is no route", route)
	}
}

func TestFaults(t *testing.T) {
	for subject, rows := range faultTables() {
		t.Run(subject, func(t *testing.T) {
			t.Parallel()
			w := newFaultWorld(t)
			for _, row := range rows {
				t.Run(row.name, func(t *testing.T) {
					w.T = t
					w.try(row)
				})
			}
			w.T = t
			w.Agrees("after all rows", world.Unfollowed)
		})
	}
}

// try sends the request of a row without a fault, and then with each fault of each
// call that it made.
func (w *faultWorld) try(row faultRow) {
	w.Helper()
	if row.prepare == nil {
		row.prepare = func(*faultCase) {}
	}
	var counter dynamotest.Counter
	var recorder rights.Recorder
	recorded := dynamotest.Requests(func(_ context.Context, operation string, body []byte) { recorder.Note(operation, body) })
	c := w.newCases(row, 1)[0]
	row.prepare(c)
	if err := row.send(c, maintain.Over(w.DB, w.Table, counter.Option, recorded)); err != nil {
		w.Errorf("without a fault: %v", err)
		return
	}
	w.mayBe(row, &recorder)
	w.verify(row, c, "no fault", 1)
	faults := faultsOf(counter.Cost().Calls)
	for i, c := range w.newCases(row, len(faults)) {
		w.tryFault(row, c, faults[i])
	}
	w.Logf("%d faults of %v", len(faults), counter.Cost().Calls)
}

// mayBe says whether the function of a row's route may make the calls that the row has
// made: whether its record has them.
func (w *faultWorld) mayBe(row faultRow, recorder *rights.Recorder) {
	w.Helper()
	if row.route == "" {
		return // what the stream starts is a part of its function's work
	}
	template, err := sam.Load(filepath.Join("..", "..", "template.yaml"), sam.Options{})
	w.Must(err)
	made, err := recorder.Record()
	w.Must(err)
	for _, f := range template.Functions {
		if slices.ContainsFunc(f.Routes, func(r sam.Route) bool { return r.Key() == row.route }) {
			record, err := rights.Read(filepath.Join("..", "..", "functions", f.Name))
			w.Must(err)
			if more := record.Refused(made); len(more) > 0 || len(made) == 0 {
				w.Errorf("%s makes %d calls, and these are not in its record: %v", f.Name, len(made), more)
			}
			return
		}
	}
	w.Errorf("no function has the route %s", row.route)
}

// newCases makes the cases of a row and loads what they have to themselves.
func (w *faultWorld) newCases(row faultRow, n int) []*faultCase {
	w.Helper()
	all := make([]*faultCase, n)
	var people []account.Person
	var orgs []staff.Org
	for i := range all {
		w.cases++
		c := &faultCase{faultWorld: w, n: w.cases}
		if row.setup != nil {
			row.setup(c)
		}
		if c.person != nil {
			people = append(people, *c.person)
		}
		orgs = append(orgs, c.orgs...)
		all[i] = c
	}
	known := staff.Orgs{w.data.Code: w.data}
	for _, o := range orgs {
		known[o.Code] = o
	}
	w.Must(w.Store.LoadOrgs(w.Context(), orgs, known))
	w.Must(w.Store.LoadUnindexed(w.Context(), people))
	return all
}

// faultsOf are the faults that calls can meet. A call is found by its operation and
// number among the calls of that operation, because calls that are made side by side
// come in any order.
func faultsOf(calls map[string]int) []dynamotest.Fault {
	var all []dynamotest.Fault
	for _, op := range slices.Sorted(maps.Keys(calls)) {
		for call := 1; call <= calls[op]; call++ {
			for _, kind := range []dynamotest.Kind{dynamotest.NotSent, dynamotest.TimedOut, dynamotest.Throttled} {
				all = append(all, dynamotest.Fault{Kind: kind, Op: op, Call: call, Attempts: dynamotest.Always})
			}
			if op == "GetItem" || op == "BatchGetItem" || op == "Query" {
				continue // a read whose answer is lost is as one that was not sent
			}
			again := []dynamotest.Kind{dynamotest.AnswerLost}
			if op == "TransactWriteItems" {
				again = append(again, dynamotest.Conflict)
			}
			for _, kind := range again { // once, and the second try finds what the first has done; and for good
				all = append(all, dynamotest.Fault{Kind: kind, Op: op, Call: call}, dynamotest.Fault{Kind: kind, Op: op, Call: call, Attempts: dynamotest.Always})
			}
		}
	}
	return all
}

// twoAttempts has a client give up early: what is broken for good is so at the
// second attempt.
func twoAttempts(o *dynamodb.Options) { o.Retryer = retry.AddWithMaxAttempts(o.Retryer, 2) }

// tryFault is one case: the request with a fault, and again if it failed.
func (w *faultWorld) tryFault(row faultRow, c *faultCase, f dynamotest.Fault) {
	w.Helper()
	what := fmt.Sprintf("%s in %s %d", f.Kind, f.Op, f.Call)
	if f.Attempts != dynamotest.Always {
		what += ", once"
	}
	row.prepare(c)
	faults := dynamotest.NewFaults(f)
	err, requests := row.send(c, maintain.Over(w.DB, w.Table, faults.Option, dynamotest.AtOnce, twoAttempts)), 1
	switch {
	case faults.Hits() == 0:
		w.Errorf("%s never struck", what)
	case err != nil && (f.Attempts != dynamotest.Always || !errors.Is(err, fault.Unavailable)):
		w.Errorf("%s is answered %v", what, err)
	case err != nil:
		c.passed += row.delay
		requests++
		if err := row.send(c, w.Store); err != nil && (f.Kind != dynamotest.AnswerLost && !row.restartable || errorCode(err) != row.retryAnswer) {
			w.Errorf("after %s: %v", what, err)
		}
	}
	w.verify(row, c, what, requests)
}

// verify says whether all is as the row wants it after so many requests.
func (w *faultWorld) verify(row faultRow, c *faultCase, what string, requests int) {
	w.Helper()
	if err := row.verify(c); err != nil {
		w.Errorf("after %s: %v", what, err)
	}
	least, most := 1, 1
	switch row.audit {
	case entryPerRequest:
		most = requests
	case noEntry:
		least, most = 0, 0
	}
	n, invitations := 0, 0
	for _, item := range w.Partition("AUDIT#OF#" + c.subject) {
		if table.Str(item["action"]) == string(audit.Invite) { // tells of a text, not of what was asked for
			invitations++
		} else {
			n++
		}
	}
	if n < least || n > most || invitations > requests {
		w.Errorf("after %s: %d entries in the audit, and %d invitations", what, n, invitations)
	}
}
