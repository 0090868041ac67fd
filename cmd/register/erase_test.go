package main

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/demo"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/staff"
)

// leaver is a desk with somebody who has left, and of whom there is a bit of everything.
type leaver struct {
	*desk
	code     staff.EmployeeCode
	personal []string // what nobody may find afterwards
	gone     time.Time
}

const erasedFor = 30 // days since they left

func newLeaver(t *testing.T, d *desk) leaver {
	t.Helper()
	l := leaver{desk: d}
	now := time.Date(2040, 3, 2, 8, 0, 0, 0, time.UTC) // the time to live takes nothing meanwhile
	l.tool.Now = func() time.Time { return now }
	l.gone = now.AddDate(0, 0, -erasedFor)
	boss, p := l.person("chenjing").Staff.Code, l.person("zhangmin")
	l.code = p.Staff.Code

	edited := p.Staff.Clone()
	edited.Version, edited.Revision = p.Staff.Version+1, p.Staff.Revision+1
	edited.Phone, _ = staff.ParsePhone("13911119001")
	edited.IDCard, edited.HomeAddress, edited.Posts[0].Email = "33010219900307002X", "文三路九十九号", "zm@example.gov.cn"
	e := l.entry(audit.UpdateStaff, boss)
	e.Changes = []audit.Change{{Field: "homeAddress", New: edited.HomeAddress}}
	e.Hide(audit.Change{Field: "phone", Old: p.Staff.Phone.Masked(), New: edited.Phone.Masked()}, audit.Change{Field: "phone", Old: p.Staff.Phone.E164(), New: edited.Phone.E164()})
	l.must(l.Store.Change(t.Context(), admin.Change{Was: p.Staff, Now: edited, Audit: e, Grants: -1}))

	l.signIn(p)
	l.request(l.person("zhangmin"), "the-first-request")
	l.request(l.person("zhangmin"), "the-second-request")
	l.must(l.Store.PutSharedCard(t.Context(), l.code))
	l.follow()

	left := edited.Clone()
	left.Version, left.Revision = edited.Version+1, edited.Revision+1
	left.Employment, left.State, left.ActivatedAt = staff.Left, staff.Pending, time.Time{}
	left.Phone, left.FormerPhone = staff.Phone{}, edited.Phone
	for i := range left.Posts {
		left.Posts[i].Active = false
	}
	e = l.entry(audit.Leave, boss)
	e.Hide(audit.Change{Field: "phone", Old: edited.Phone.Masked()}, audit.Change{Field: "phone", Old: edited.Phone.E164()})
	l.must(l.Store.ChangeState(t.Context(), admin.StateChange{Was: edited, Now: left, Audit: e, EndSessions: true, EndAccount: true}))
	l.follow()
	l.personal = []string{left.Name, left.Account.String(), edited.Phone.National(), left.IDCard, left.HomeAddress, left.Posts[0].Email}
	return l
}

func (l leaver) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

func (l leaver) entry(action audit.Action, by staff.EmployeeCode) audit.Entry {
	l.Helper()
	e, err := audit.New(l.Random, l.gone, audit.Call{ID: "req-1"}, by, action, audit.OfStaff(l.code))
	l.must(err)
	return e
}

func (l leaver) ticket(p account.Person) account.Ticket {
	l.Helper()
	id, err := account.NewSecret(l.Random)
	l.must(err)
	return account.Ticket{ID: id, Purpose: account.ForSignIn, Staff: l.code, Epoch: p.Account.Epoch, Expires: l.gone.Add(time.Hour), Code: "mac"}
}

// signIn leaves a session, a device and a line of the history.
func (l leaver) signIn(p account.Person) {
	l.Helper()
	ticket := l.ticket(p)
	l.must(l.Store.PutTicket(l.Context(), ticket))
	one := account.Session{Hash: "hash", ID: "session", Staff: l.code, Client: account.App, Epoch: p.Account.Epoch, CreatedAt: l.gone, LastUsed: l.gone, Dies: l.gone.Add(time.Hour)}
	history := []account.SignIn{{ID: one.ID, At: l.gone, Outcome: account.WasSignedIn, Client: one.Client, Address: "192.0.2.7"}}
	device := account.Device{MAC: "device", Name: "手机", Until: l.gone.Add(time.Hour), Epoch: 1}
	l.must(l.Store.StartProved(l.Context(), ticket, one, history, &device, account.SignInState{}.TakeSlot(one, l.Settings)))
}

func (l leaver) request(p account.Person, id string) {
	l.Helper()
	e := l.entry(audit.RaiseRecovery, staff.EmployeeCode{})
	e.Changes = []audit.Change{{Field: account.RequestField, New: id}}
	r := account.RecoveryRequest{ID: id, Staff: l.code, State: account.RecoveryPending, Reason: "手机丢了", Created: l.gone, Expires: l.gone.Add(time.Hour)}
	l.must(l.Store.RaiseRequest(l.Context(), p.Account, account.RaisedRequest{Request: r, Mark: account.LastRecovery{ID: id, Day: l.gone, Count: 1}, Ticket: l.ticket(p), Audit: e}))
}

// follow does what the stream brings about.
func (l leaver) follow() {
	l.Helper()
	_, err := l.indexer().Run(l.Context(), l.code)
	l.must(err)
	for _, id := range []string{"the-first-request", "the-second-request"} {
		l.must(account.IndexQueue{Store: l.Store}.Run(l.Context(), id))
	}
	log, err := l.Store.AuditEntries(l.Context(), admin.AuditRange{Of: l.code, To: l.Now(), Limit: 50})
	l.must(err)
	for _, e := range log.Entries {
		l.must(admin.IndexAudit{Store: l.Store}.Run(l.Context(), e.Entry))
	}
}

// items are all items of the table, by their keys.
func (l leaver) items() map[string]map[string]types.AttributeValue {
	l.Helper()
	all := map[string]map[string]types.AttributeValue{}
	in := &dynamodb.ScanInput{TableName: &l.Table, ConsistentRead: aws.Bool(true)}
	for {
		out, err := l.db.Scan(l.Context(), in)
		l.must(err)
		for _, item := range out.Items {
			all[text(item, "pk")+" "+text(item, "sk")] = item
		}
		if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil {
			return all
		}
	}
}

// plain is all that an item says.
func (l leaver) plain(item map[string]types.AttributeValue) string {
	l.Helper()
	var all map[string]any
	l.must(attributevalue.UnmarshalMap(item, &all))
	return fmt.Sprint(all)
}

func text(item map[string]types.AttributeValue, name string) string {
	if s, ok := item[name].(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

// restore makes the table what it was.
func (l leaver) restore(was map[string]map[string]types.AttributeValue) {
	l.Helper()
	now := l.items()
	for k, item := range now {
		if was[k] == nil {
			_, err := l.db.DeleteItem(l.Context(), &dynamodb.DeleteItemInput{TableName: &l.Table, Key: map[string]types.AttributeValue{"pk": item["pk"], "sk": item["sk"]}})
			l.must(err)
		}
	}
	for k, item := range was {
		if !reflect.DeepEqual(now[k], item) {
			_, err := l.db.PutItem(l.Context(), &dynamodb.PutItemInput{TableName: &l.Table, Item: item})
			l.must(err)
		}
	}
}

func (l leaver) line() string {
	return fmt.Sprintf("erase -employee-code %s -after %d -reason 工单4711 -yes", l.code, erasedFor)
}

// erasedKinds are the kinds of items that an erasure deletes; "" is the list of a
// request's queues. keptKinds are those in which the person may be found afterwards.
var (
	erasedKinds = []string{"", "account", "device", "index", "name", "queue", "recovery", "row", "session", "shared_card", "sign_in", "staff"}
	keptKinds   = []string{"audit_by", "audit_in", "audit_of", "audit_whole"}
)

// checkErased compares the table with what it was before.
func (l leaver) checkErased(was map[string]map[string]types.AttributeValue) {
	l.Helper()
	now := l.items()
	kinds, entries := map[string]bool{}, 0
	for k, item := range was {
		switch {
		case now[k] == nil:
			kinds[text(item, "kind")] = true
		case !reflect.DeepEqual(now[k], item):
			l.Errorf("%s has changed", k)
		}
	}
	if got := slices.Sorted(maps.Keys(kinds)); !slices.Equal(got, erasedKinds) {
		l.Errorf("gone are %q", got)
	}
	for k, item := range now {
		if was[k] == nil {
			if entries++; text(item, "action") != string(audit.Erase) || text(item, "kind") != "audit_of" || text(item, "reason") != "工单4711" || text(item, "actor") != "" {
				l.Errorf("%s is new", k)
			}
		}
		all := l.plain(item)
		for _, s := range l.personal {
			if strings.Contains(all, s) && (!slices.Contains(keptKinds, text(item, "kind")) || was[k] == nil) {
				l.Errorf("%s has %q still", k, s)
			}
		}
		if strings.Contains(all, l.code.String()) && !slices.Contains(append(keptKinds, "ticket"), text(item, "kind")) {
			l.Errorf("%s names the person still", k)
		}
	}
	if entries != 1 {
		l.Errorf("%d entries about the erasure", entries)
	}
}

// TestErase: of who is erased only the audit stays, everybody else's items stay as they
// were, and the register is sound.
func TestErase(t *testing.T) {
	t.Parallel()
	l := newLeaver(t, newDesk(t, 0))
	const check = "check -slices 2 -settle 0s"
	l.want("reindex", "the totals of") // no stream here
	l.must(l.Store.PutSharedCard(t.Context(), l.code))
	l.want(check, ": 0 findings.")
	was := l.items()
	for _, s := range l.personal {
		if !slices.ContainsFunc(slices.Collect(maps.Values(was)), func(item map[string]types.AttributeValue) bool { return strings.Contains(l.plain(item), s) }) {
			t.Errorf("%q is nowhere before, so the test would see nothing", s)
		}
	}
	l.want(l.line(), l.code.String()+": 张敏 (zhangmin), 临江区数据局 ", "left on 2040-02-01", "Erased "+l.code.String())
	if strings.Contains(l.out.String(), "13911119001") {
		t.Errorf("it printed the phone: %s", &l.out)
	}
	l.checkErased(was)
	l.want(check, "6 people", ": 0 findings.")
	l.want("reindex", "Nothing to change")
	l.want(l.line(), "was erased on 2040-03-02", "Erased") // once more
	l.checkErased(was)

	// An audit about somebody of whom nobody knows where they went is a finding.
	for k, item := range l.items() {
		if was[k] == nil {
			_, err := l.db.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: &l.Table, Key: map[string]types.AttributeValue{"pk": item["pk"], "sk": item["sk"]}})
			l.must(err)
		}
	}
	if out, err := l.run(check); !errors.Is(err, errUnsound) || !strings.Contains(out, "no entry about somebody who is not on the register") {
		t.Errorf("without the entry: %v\n%s", err, out)
	}
	l.refused(l.line(), "nobody of this code was erased")

	// The account is free: somebody else may have it.
	newcomer := l.person("zhouqiang")
	newcomer.Staff.Code, _ = staff.NewEmployeeCode(l.Random)
	newcomer.Staff.Account, _ = staff.ParseAccount("zhangmin")
	newcomer.Staff.Phone, _ = staff.ParsePhone("13911119001")
	e, err := audit.New(l.Random, l.Now(), audit.Call{ID: "req-2"}, staff.EmployeeCode{}, audit.AddStaff, audit.OfStaff(newcomer.Staff.Code))
	l.must(err)
	l.must(l.Store.Register(t.Context(), newcomer, e))
	if p := l.person("zhangmin"); p.Staff.Code != newcomer.Staff.Code {
		t.Errorf("the account is %s's", p.Staff.Code)
	}
}

// TestEraseGoesOn: whatever call fails, the next run finishes the work.
func TestEraseGoesOn(t *testing.T) {
	t.Parallel()
	l := newLeaver(t, newDeskWith(t, demo.SeedNamed))
	was, early := l.items(), l.Now
	stop := func(fault dynamotest.Fault) bool {
		t.Helper()
		l.faults.Set(fault)
		_, err := l.run(l.line())
		if l.faults.Hits() == 0 {
			l.must(err)
			return false
		}
		if err == nil {
			t.Errorf("%+v: %v", fault, err)
		}
		l.faults.Set()
		l.tool.Now = func() time.Time { return early().Add(16 * time.Minute) } // whoever wrote the index is dead by now
		l.want(l.line(), "Erased "+l.code.String())
		l.checkErased(was)
		l.restore(was)
		l.tool.Now = early
		return true
	}
	calls := 0
	for stop(dynamotest.Fault{Kind: dynamotest.NotSent, Call: calls + 1, Attempts: dynamotest.Always}) {
		calls++
	}
	if calls < 12 {
		t.Errorf("only %d calls were stopped", calls)
	}
	l.restore(was)
	for _, op := range []string{"TransactWriteItems", "BatchWriteItem"} {
		if !stop(dynamotest.Fault{Kind: dynamotest.AnswerLost, Op: op, Call: 1, Attempts: dynamotest.Always}) {
			t.Errorf("no %s", op)
		}
	}

	// A run that died while it deleted rows may still be at it, for all that the next one
	// knows. So that one leaves the index's record, and says so.
	l.faults.Set(dynamotest.Fault{Kind: dynamotest.NotSent, Op: "BatchWriteItem", Attempts: dynamotest.Always})
	l.refused(l.line(), "run the same command again")
	l.faults.Set()
	l.refused(l.line(), admin.ErrStillIndexed.Error())
}

// TestEraseRefuses: nobody is erased too early, by mistake, or while they may come back.
func TestEraseRefuses(t *testing.T) {
	t.Parallel()
	l := newLeaver(t, newDeskWith(t, demo.SeedNamed))
	was := l.items()
	sunli := l.person("sunli").Staff.Code // was loaded as somebody who had left
	nobody := "GE_" + strings.Repeat("0", 32)
	of := func(c staff.EmployeeCode) string {
		return "erase -employee-code " + c.String() + " -reason 工单4711 "
	}
	for line, why := range map[string]string{
		"erase":                         "not an employee code",
		"erase -employee-code zhangmin": "not an employee code",
		"erase -employee-code " + nobody + " -reason x": "nobody on the register has the code",
		"erase -employee-code " + l.code.String():       "a reason is needed",
		of(l.code) + "-yes":                             "left on 2040-02-01: they may be erased from 2043-01-31 on",
		of(l.code) + "-after 31 -yes":                   "they may be erased from 2040-03-03 on",
		of(l.code) + "-after -1":                        errUsage.Error(),
		of(l.code) + "-after 0 -left-on 2031-05-06":     "the audit says that they left on 2040-02-01",
		of(l.person("linwei").Staff.Code) + "-yes":      "has not left",
		of(sunli) + "-yes":                              "the audit does not say when they left",
		of(sunli) + "-left-on 2031-13-06":               "-left-on is a day",
		of(sunli) + "-left-on 2039-05-06 -yes":          "may be erased from 2042-05-05 on",
		of(l.code) + "-after 30":                        errNotConfirmed.Error(),
	} {
		l.refused(line, why)
	}
	l.In = strings.NewReader(sunli.String() + "\n")
	l.refused(of(l.code)+"-after 30", errNotConfirmed.Error())
	if !reflect.DeepEqual(l.items(), was) {
		t.Error("something was written")
	}
	if !strings.Contains(l.out.String(), "张敏 (zhangmin)") {
		t.Errorf("it does not say who it is: %s", &l.out)
	}

	// Whoever types the code again erases. The day that was named is in the audit.
	l.In = strings.NewReader(sunli.String() + "\n")
	l.want(of(sunli)+"-left-on 2031-05-06", "孙丽 (sunli)", "left on 2031-05-06", "Erased "+sunli.String())
	log, err := l.Store.AuditEntries(t.Context(), admin.AuditRange{Of: sunli, To: l.Now().Add(time.Minute), Limit: 9})
	if err != nil || len(log.Entries) != 1 || !slices.Equal(log.Entries[0].Changes, []audit.Change{{Field: "leftOn", New: "2031-05-06"}}) {
		t.Errorf("the audit has %+v, %v", log.Entries, err)
	}
}

// TestEraseBesideAReturn: who is reinstated meanwhile is not erased, and who came back and
// left again counts from the last time.
func TestEraseBesideAReturn(t *testing.T) {
	t.Parallel()
	l := newLeaver(t, newDeskWith(t, demo.SeedNamed))
	p, err := l.Store.Person(t.Context(), l.code)
	l.must(err)
	again := p.Staff.Clone()
	again.Version, again.Revision = p.Staff.Version+1, p.Staff.Revision+1
	uc := admin.EraseStaff{Store: l.Store, Indexer: l.indexer(), Now: l.Now, Random: l.Random}
	e, err := uc.Load(t.Context(), admin.EraseStaffInput{EmployeeCode: l.code.String(), Reason: "工单4711"}, erasedFor)
	l.must(err)
	back := l.entry(audit.Reinstate, staff.EmployeeCode{})
	back.At = l.gone.Add(time.Hour)
	l.must(l.Store.Change(t.Context(), admin.Change{Was: p.Staff, Now: again, Audit: back, Grants: -1}))
	was := l.items()
	if err := uc.Run(t.Context(), e); !errors.Is(err, admin.ErrRevised) {
		t.Errorf("who was changed meanwhile: %v", err)
	}
	if !reflect.DeepEqual(l.items(), was) {
		t.Error("something was erased")
	}
	l.refused(l.line(), "the audit does not say when they left")
	once := l.entry(audit.Leave, staff.EmployeeCode{})
	once.At = l.gone.Add(2 * time.Hour)
	l.must(l.Store.AddEntry(t.Context(), once))
	l.refused(l.line(), "may be erased from 2040-03-02 on")
	l.want(strings.Replace(l.line(), "-after 30", "-after 29", 1), "Erased")
}
