package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dev/functiontest"
	"chaoxi/shared/dynamo"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/feed"
	"chaoxi/shared/meter"
	"chaoxi/shared/staff"
	"chaoxi/shared/streamapi"
)

// register is the demo register with the function on its stream, whose events
// the tests write themselves.
type register struct {
	*functiontest.World
	t   *testing.T
	log bytes.Buffer
	handler
	sequence int
}

func start(t *testing.T) *register {
	t.Helper()
	t.Parallel()
	w := &register{World: functiontest.New(t), t: t}
	w.handler = handler{
		Log:    slog.New(slog.NewJSONHandler(&w.log, nil)),
		Index:  staff.Indexer{Store: w.Store, Now: w.Now, Random: rand.Reader},
		Queue:  account.IndexQueue{Store: w.Store},
		Audit:  admin.IndexAudit{Store: w.Store},
		Totals: &staff.Totals{Store: w.Store},
		Cards:  admin.NoteSharedCard{Store: w.Store},
	}
	return w
}

func (w *register) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// edit changes attributes of an item behind everybody's back and returns the
// record that the stream would have of it.
func (w *register) edit(pk, sk string, change func(map[string]types.AttributeValue)) events.DynamoDBEventRecord {
	w.t.Helper()
	k := map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: pk}, "sk": &types.AttributeValueMemberS{Value: sk}}
	get := func() map[string]types.AttributeValue {
		out, err := w.DB.GetItem(context.Background(), &dynamodb.GetItemInput{TableName: &w.Table, Key: k, ConsistentRead: aws.Bool(true)})
		w.must(err)
		return out.Item
	}
	before, after := get(), get()
	change(after)
	_, err := w.DB.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: &w.Table, Item: after})
	w.must(err)
	return w.record(before, after)
}

func (w *register) editStaff(name string, change func(map[string]types.AttributeValue)) events.DynamoDBEventRecord {
	w.t.Helper()
	p := w.Person(name).Staff
	return w.edit("STAFF#"+p.Code.String(), "STAFF", func(item map[string]types.AttributeValue) {
		item["revision"] = &types.AttributeValueMemberN{Value: fmt.Sprint(p.Revision + 1)}
		change(item)
	})
}

func rename(to string, pinyin ...string) func(map[string]types.AttributeValue) {
	return func(item map[string]types.AttributeValue) {
		item["full_name"] = &types.AttributeValueMemberS{Value: to}
		var list []types.AttributeValue
		for _, s := range pinyin {
			list = append(list, &types.AttributeValueMemberS{Value: s})
		}
		item["pinyin"] = &types.AttributeValueMemberL{Value: list}
	}
}

func (w *register) record(before, after map[string]types.AttributeValue) events.DynamoDBEventRecord {
	w.sequence++
	name, keys := events.DynamoDBOperationTypeModify, after
	if before == nil {
		name = events.DynamoDBOperationTypeInsert
	} else if after == nil {
		name, keys = events.DynamoDBOperationTypeRemove, before
	}
	return events.DynamoDBEventRecord{EventName: string(name), Change: events.DynamoDBStreamRecord{
		Keys: map[string]events.DynamoDBAttributeValue{"pk": image(keys["pk"]), "sk": image(keys["sk"])}, SequenceNumber: fmt.Sprint(w.sequence),
		ApproximateCreationDateTime: events.SecondsEpochTime{Time: time.Now()}, OldImage: images(before), NewImage: images(after),
	}}
}

func images(item map[string]types.AttributeValue) map[string]events.DynamoDBAttributeValue {
	if item == nil {
		return nil
	}
	m := map[string]events.DynamoDBAttributeValue{}
	for name, v := range item {
		m[name] = image(v)
	}
	return m
}

func image(v types.AttributeValue) events.DynamoDBAttributeValue {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return events.NewStringAttribute(v.Value)
	case *types.AttributeValueMemberN:
		return events.NewNumberAttribute(v.Value)
	case *types.AttributeValueMemberB:
		return events.NewBinaryAttribute(v.Value)
	case *types.AttributeValueMemberBOOL:
		return events.NewBooleanAttribute(v.Value)
	case *types.AttributeValueMemberSS:
		return events.NewStringSetAttribute(v.Value)
	case *types.AttributeValueMemberNS:
		return events.NewNumberSetAttribute(v.Value)
	case *types.AttributeValueMemberBS:
		return events.NewBinarySetAttribute(v.Value)
	case *types.AttributeValueMemberM:
		return events.NewMapAttribute(images(v.Value))
	case *types.AttributeValueMemberL:
		var list []events.DynamoDBAttributeValue
		for _, each := range v.Value {
			list = append(list, image(each))
		}
		return events.NewListAttribute(list)
	}
	return events.NewNullAttribute()
}

// deliver returns the sequence numbers that the function reports.
func (w *register) deliver(records ...events.DynamoDBEventRecord) []string {
	w.t.Helper()
	sent, err := json.Marshal(events.DynamoDBEvent{Records: records})
	w.must(err)
	var e streamapi.Event
	w.must(json.Unmarshal(sent, &e))
	reply, err := streamapi.Serve(w.Log, "index-staff", changeOf, w.follow)(w.Context(), e)
	w.must(err)
	failed := []string{}
	for _, f := range reply.BatchItemFailures {
		failed = append(failed, f.ItemIdentifier)
	}
	return failed
}

// finds reports whether a search at the top of the tree proposes the person.
func (w *register) finds(text, name string) bool {
	w.t.Helper()
	roots, err := w.Store.Roots(context.Background())
	w.must(err)
	q, _ := staff.ParseSearchQuery(text)
	page, err := w.Store.Rows(context.Background(), admin.RowQuery{List: staff.ByTerm, Scope: roots[0].Code, Text: q, Limit: 100})
	w.must(err)
	code := w.Person(name).Staff.Code
	return slices.ContainsFunc(page.Rows, func(r admin.FoundRow) bool { return r.Staff == code })
}

func TestPeopleAreFoundByWhatTheyAre(t *testing.T) {
	w := start(t)
	first := w.editStaff("wangfang", rename("王芳芳", "wang", "fang", "fang"))
	second := w.editStaff("wangfang", rename("汪芳", "wang", "fang"))
	other := w.editStaff("zhouqiang", rename("周小强", "zhou", "xiao", "qiang"))
	w.Counter.Reset()
	if failed := w.deliver(second, other, first, second); len(failed) > 0 { // late, early and twice
		t.Fatalf("failed: %v\n%s", failed, &w.log)
	}
	if !w.finds("汪芳", "wangfang") || w.finds("王芳", "wangfang") || !w.finds("xiaoqiang", "zhouqiang") {
		t.Error("people are found by what they were")
	}
	if n := w.Counter.Cost().Calls["PutItem"]; n > 4 { // a claim and its end for each of the two
		t.Errorf("%d claims: people of one batch are not taken together", n)
	}
	w.Counter.Reset()
	if failed := w.deliver(first, second, other); len(failed) > 0 || w.Counter.Cost().Write > 0 {
		t.Errorf("a replay failed %v, wrote %v units", failed, w.Counter.Cost().Write)
	}
}

// TestOddRecordsAreListed: rows of people whose record is odd come and go with it.
func TestOddRecordsAreListed(t *testing.T) {
	w := start(t)
	root := w.Person("chenjing").Account.Grants[0].Org
	listed := func() string {
		t.Helper()
		var all []string
		for _, o := range []staff.Oddity{staff.OddName, staff.OddBirthDate} {
			page, err := w.Store.Rows(context.Background(), admin.RowQuery{List: o.List(), Scope: root, Limit: 10})
			w.must(err)
			for range page.Rows {
				all = append(all, string(o))
			}
		}
		return strings.Join(all, " ")
	}
	for _, tt := range []struct{ name, card, want string }{
		{"王□", "33019919900307002X", "name birth_date"}, {"王芳", "33019919900307002X", "birth_date"}, {"王芳", "33019919900308002X", ""},
	} {
		r := w.editStaff("wangfang", func(item map[string]types.AttributeValue) {
			item["full_name"], item["id_card"], item["birth_date"] = &types.AttributeValueMemberS{Value: tt.name}, &types.AttributeValueMemberS{Value: tt.card}, &types.AttributeValueMemberS{Value: "1990-03-08"}
		})
		if failed := w.deliver(r); len(failed) > 0 || listed() != tt.want {
			t.Errorf("%s: failed %v, listed as %q, want %q", tt.name, failed, listed(), tt.want)
		}
	}
}

// TestSharedCardsAreNoted: whoever has an ID card that is somebody else's is on the list
// until the card is another one. Edits of other fields cost nothing.
func TestSharedCardsAreNoted(t *testing.T) {
	w := start(t)
	const card = "33019919900307002X"
	w.Edit("wangfang", func(s *staff.Staff) { s.IDCard = card })
	id := func(number string) func(map[string]types.AttributeValue) {
		return func(item map[string]types.AttributeValue) {
			item["id_card"] = &types.AttributeValueMemberS{Value: number}
		}
	}
	step := func(name, who string, change func(map[string]types.AttributeValue), want ...string) {
		t.Helper()
		r := w.editStaff(who, change)
		if failed := w.deliver(r, r); len(failed) > 0 {
			t.Fatalf("%s: failed %v\n%s", name, failed, &w.log)
		}
		listed, last, err := w.Store.SharedCards(context.Background(), staff.EmployeeCode{}, 10)
		w.must(err)
		var got []string
		for _, c := range listed {
			p, err := w.Store.Person(context.Background(), c)
			w.must(err)
			got = append(got, p.Staff.Account.String())
		}
		if slices.Sort(got); !slices.Equal(got, want) || !last.IsZero() {
			t.Errorf("%s: listed %v, want %v", name, got, want)
		}
	}
	step("the same card", "zhouqiang", id(card), "zhouqiang")
	step("a third one", "zhangmin", id(card), "zhangmin", "zhouqiang")
	step("the one whose card it is", "wangfang", rename("王方", "wang", "fang"), "zhangmin", "zhouqiang")
	step("another card", "zhouqiang", id("33019919900307003X"), "zhangmin")
	step("somebody who leaves", "zhangmin", func(item map[string]types.AttributeValue) {
		item["employment"] = &types.AttributeValueMemberS{Value: "left"}
	})
	if owner, err := w.Store.CardOwners(context.Background(), []string{card, "33019919900307003X"}); err != nil || owner[0] != w.Person("wangfang").Staff.Code || !owner[1].IsZero() {
		t.Errorf("whose cards: %v, %v", owner, err)
	}
}

func TestOneBadRecordFailsAlone(t *testing.T) {
	w := start(t)
	good := w.editStaff("wangfang", rename("王小芳", "wang", "xiao", "fang"))
	bad := w.record(nil, map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: "STAFF#nobody"}, "sk": &types.AttributeValueMemberS{Value: "STAFF"}, "kind": &types.AttributeValueMemberS{Value: "staff"},
	})
	odd := w.record(nil, map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: "JOB#1"}, "sk": &types.AttributeValueMemberS{Value: "JOB"}, "kind": &types.AttributeValueMemberS{Value: "job"},
	})
	last := w.editStaff("zhouqiang", rename("周小强", "zhou", "xiao", "qiang"))
	if failed := w.deliver(good, bad, odd, last); !slices.Equal(failed, []string{bad.Change.SequenceNumber}) {
		t.Errorf("failed: %v", failed)
	}
	if !w.finds("王小芳", "wangfang") || !w.finds("周小强", "zhouqiang") {
		t.Error("a bad record kept others from being followed")
	}
	if !strings.Contains(w.log.String(), `"level":"ERROR","msg":"batch"`) {
		t.Errorf("the alarm sees nothing in\n%s", &w.log)
	}
}

// A person whose old record nobody can read is found by the new one, and the record
// is reported.
func TestABrokenRecordIsMended(t *testing.T) {
	w := start(t)
	r := w.editStaff("wangfang", rename("王小芳", "wang", "xiao", "fang"))
	r.Change.OldImage["account"] = events.NewStringAttribute("not an account")
	if failed := w.deliver(r); !slices.Equal(failed, []string{r.Change.SequenceNumber}) || !w.finds("王小芳", "wangfang") {
		t.Errorf("failed: %v\n%s", failed, &w.log)
	}
}

func TestAnOutageIsReportedAndMadeUpFor(t *testing.T) {
	w := start(t)
	early := w.editStaff("wangfang", rename("王小芳", "wang", "xiao", "fang"))
	late := w.editStaff("wangfang", rename("王大芳", "wang", "da", "fang"))
	w.Faults.Set(dynamotest.Fault{Kind: dynamotest.NotSent, Op: "BatchWriteItem", Attempts: dynamotest.Always})
	if failed := w.deliver(early, late); !slices.Equal(failed, []string{early.Change.SequenceNumber}) {
		t.Errorf("failed: %v", failed)
	}
	w.Faults.Set()
	if failed := w.deliver(early, late); len(failed) > 0 || !w.finds("王大芳", "wangfang") {
		t.Errorf("made up for: failed %v", failed)
	}
}

func TestAPanicFailsItsRecordAlone(t *testing.T) {
	w := start(t)
	w.Queue.Store = nil // a bug
	bad := w.record(nil, map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: "RECOVERY#1"}, "sk": &types.AttributeValueMemberS{Value: "REQUEST"}, "kind": &types.AttributeValueMemberS{Value: "recovery"},
	})
	good := w.editStaff("wangfang", rename("王小芳", "wang", "xiao", "fang"))
	if failed := w.deliver(bad, good); !slices.Equal(failed, []string{bad.Change.SequenceNumber}) || !w.finds("王小芳", "wangfang") {
		t.Errorf("failed: %v", failed)
	}
}

// TestQueuesFollow: a request is queued where the person is seen, and goes along
// when the person moves.
func TestQueuesFollow(t *testing.T) {
	w := start(t)
	p, boss := w.Person("zhouqiang"), w.Person("linwei")
	r := account.RecoveryRequest{ID: "hT5mZc0QvR2yXk8LsB4nJw", Staff: p.Staff.Code, State: account.RecoveryPending, Reason: "换号", Created: w.Now(), Expires: w.Now().AddDate(0, 0, 7)}
	secret, err := account.NewSecret(rand.Reader)
	w.must(err)
	w.must(w.Store.RaiseRequest(context.Background(), p.Account, account.RaisedRequest{
		Request: r, Mark: account.LastRecovery{ID: r.ID, Day: r.Created, Count: 1}, Audit: audit.Entry{ID: "a", At: r.Created, Actor: p.Staff.Code, Subject: audit.OfStaff(p.Staff.Code), Action: audit.RaiseRecovery},
		Ticket: account.Ticket{ID: secret, Purpose: account.ForRecovery, Staff: p.Staff.Code, Expires: r.Expires},
	}))
	queued := func(org staff.OrgCode) bool {
		out, err := w.DB.Query(context.Background(), &dynamodb.QueryInput{TableName: &w.Table, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :pk"),
			ExpressionAttributeValues: map[string]types.AttributeValue{":pk": &types.AttributeValueMemberS{Value: "QUEUE#" + org.String()}}})
		w.must(err)
		return len(out.Items) == 1
	}
	finance, data := p.Staff.Posts[0].Unit, boss.Staff.Posts[0].Unit
	if failed := w.deliver(w.edit("RECOVERY#"+r.ID, "REQUEST", func(map[string]types.AttributeValue) {})); len(failed) > 0 || !queued(finance) || queued(data) {
		t.Fatalf("failed %v; in the unit's queue %t, in another's %t", failed, queued(finance), queued(data))
	}
	move := w.editStaff("zhouqiang", func(item map[string]types.AttributeValue) {
		post := item["posts"].(*types.AttributeValueMemberL).Value[0].(*types.AttributeValueMemberM).Value
		post["unit"], post["org"] = &types.AttributeValueMemberS{Value: data.String()}, &types.AttributeValueMemberS{Value: data.String()}
	})
	if failed := w.deliver(move); len(failed) > 0 || queued(finance) || !queued(data) {
		t.Errorf("moved: failed %v; in the old unit's queue %t, in the new one's %t", failed, queued(finance), queued(data))
	}
}

// TestSampleEvent reads the event that developers invoke the function with. Its
// person is on nobody's register, which is no failure.
func TestSampleEvent(t *testing.T) {
	w := start(t)
	file, err := os.ReadFile("../../events/index-staff.json")
	w.must(err)
	var e events.DynamoDBEvent
	decoder := json.NewDecoder(bytes.NewReader(file))
	decoder.DisallowUnknownFields()
	w.must(decoder.Decode(&e))
	var got streamapi.Event
	w.must(json.Unmarshal(file, &got))
	if len(got.Records) != 2 {
		t.Fatalf("%d records", len(got.Records))
	}
	person, err := changeOf(got.Records[0].Record)
	w.must(err)
	request, err := changeOf(got.Records[1].Record)
	w.must(err)
	if request != (dynamo.RecoveryChanged{ID: "hT5mZc0QvR2yXk8LsB4nJw"}) {
		t.Errorf("%+v", request)
	}
	if _, p, err := person.(dynamo.StaffChanged).Sides(); err != nil || p.Name != "张敏" || len(p.Posts) != 1 {
		t.Errorf("%+v, %v", p, err)
	}
	w.Counter.Reset()
	if failed := w.deliver(e.Records...); len(failed) > 0 || w.Counter.Cost().Write > 0 {
		t.Errorf("failed %v, wrote %v units", failed, w.Counter.Cost().Write)
	}
}

// An operator erases a person: their record goes, and an entry of the audit comes. Nothing
// finds them any more, no log of an organisation names them, and other systems are told.
func TestErasedPerson(t *testing.T) {
	w := start(t)
	told := &stream{}
	indexed := w.editStaff("wangfang", rename("王小方", "wangxiaofang", "wxf"))
	if failed := w.deliver(indexed); len(failed) != 0 || !w.finds("wxf", "wangfang") {
		t.Fatalf("not indexed: %v", failed)
	}
	p := w.Person("wangfang").Staff
	k := map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "STAFF#" + p.Code.String()}, "sk": &types.AttributeValueMemberS{Value: "STAFF"}}
	out, err := w.DB.DeleteItem(context.Background(), &dynamodb.DeleteItemInput{TableName: &w.Table, Key: k, ReturnValues: types.ReturnValueAllOld})
	w.must(err)
	w.must(w.Store.AddEntry(context.Background(), audit.Entry{ID: "erased", At: w.Now(), Subject: audit.OfStaff(p.Code), Action: audit.Erase, Reason: "工单4711"}))
	w.Others = feed.Publisher{Stream: told, Now: w.Now}
	if failed := w.deliver(w.record(nil, w.partition("AUDIT#OF#" + p.Code.String())[0]), w.record(out.Attributes, nil)); len(failed) != 0 {
		t.Fatalf("failed: %v", failed)
	}
	if len(told.events) != 1 || !strings.Contains(told.events[0], fmt.Sprintf(`"revision":%d,`, p.Revision+1)) || !strings.Contains(told.events[0], `"deleted":true`) {
		t.Errorf("told: %v", told.events)
	}
	if rows := w.logOf(p.Posts[0].Org); len(rows) != 0 {
		t.Errorf("%d entries in the log of the organisation", len(rows))
	}
	if w.finds("wxf", "wangfang") {
		t.Error("who is erased is found")
	}
	if _, _, x, err := w.Store.ReadIndexRecord(context.Background(), p.Code); err != nil || x.Stamp != "" {
		t.Errorf("the index's record of them stays: %+v, %v", x, err)
	}
}

// Looks at whole numbers and grants are counted, for their alarms.
func TestCountsForAlarms(t *testing.T) {
	w := start(t)
	subject := audit.OfStaff(w.Person("zhangmin").Staff.Code)
	for i, action := range []audit.Action{audit.Reveal, audit.Grant, audit.AddGrant, audit.Revoke, audit.UpdateStaff} {
		ctx, counted := meter.With(w.Context())
		entry := audit.Entry{ID: fmt.Sprint("counted", i), At: w.Now(), Actor: w.Person("chenjing").Staff.Code, Subject: subject, Action: action}
		w.must(w.audit(ctx, []dynamo.Change{dynamo.AuditWritten{Entry: entry}}))
		want := map[audit.Action]string{audit.Reveal: meter.Reveals, audit.Grant: meter.Grants, audit.AddGrant: meter.Grants}[action]
		for _, name := range []string{meter.Reveals, meter.Grants} {
			if got := counted.Counts()[name]; (got == 1) != (name == want) {
				t.Errorf("%s: %v of %s", action, got, name)
			}
		}
	}
}
