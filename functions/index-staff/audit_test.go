package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
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
	"chaoxi/shared/meter"
	"chaoxi/shared/staff"
)

// An entry is in the log of every organisation above its subject, once, however
// often the stream brings it; what was written there is not followed in turn.
func TestAuditFollows(t *testing.T) {
	w := start(t)
	ctx := context.Background()
	p := w.Person("wangfang").Staff
	e := audit.Entry{
		ID: "entry", At: w.Now(), Actor: w.Person("linwei").Staff.Code, Subject: audit.OfStaff(p.Code), Action: "freeze", Reason: "接到通知",
		Changes: []audit.Change{{Field: "accountState", Old: "active", New: "frozen"}}, Call: audit.Call{Address: "192.0.2.7", ID: "req-1"},
	}
	w.must(w.Store.Audit(ctx, account.Caller{}, e))
	items := w.partition("AUDIT#OF#" + p.Code.String())
	if len(items) != 1 {
		t.Fatalf("%d entries", len(items))
	}
	record := w.record(nil, items[0])
	for range 2 {
		if failed := w.deliver(record, record); len(failed) != 0 {
			t.Fatalf("failed are %v", failed)
		}
	}
	orgs, err := w.Store.Orgs(ctx, []staff.OrgCode{p.Posts[0].Org})
	w.must(err)
	for _, above := range orgs[p.Posts[0].Org].Path {
		rows := w.logOf(above)
		if len(rows) != 1 {
			t.Fatalf("%d rows in the log of %s", len(rows), above)
		}
		log, err := w.Store.AuditEntries(ctx, admin.AuditRange{In: above, Month: w.Now(), To: w.Now().Add(time.Minute), Limit: 9})
		w.must(err)
		if len(log.Entries) != 1 {
			t.Fatalf("%d entries are read", len(log.Entries))
		}
		got := log.Entries[0]
		if got.ID != e.ID || !got.At.Equal(e.At) || got.Actor != e.Actor || got.Subject != e.Subject || got.Action != e.Action || got.Reason != e.Reason || got.Call != e.Call || got.Changes[0] != e.Changes[0] {
			t.Errorf("%+v", got)
		}
		w.Counter.Reset()
		if failed := w.deliver(w.record(nil, rows[0])); len(failed) != 0 || w.Counter.Cost().Total() != 0 {
			t.Errorf("what the index wrote started it again: %v", w.Counter.Cost().Calls)
		}
	}
	stretch, err := w.Store.AuditEntries(ctx, admin.AuditRange{In: orgs[p.Posts[0].Org].Path[0], Month: w.Now(), To: w.Now().Add(time.Minute), Limit: 9})
	if err != nil || len(stretch.Entries) != 1 {
		t.Errorf("%d entries are read, %v", len(stretch.Entries), err)
	}
}

// logOf has the items of all parts of this month's log of an organisation.
func (w *register) logOf(org staff.OrgCode) []map[string]types.AttributeValue {
	var all []map[string]types.AttributeValue
	for part := range 8 {
		all = append(all, w.partition(fmt.Sprintf("AUDIT#IN#%s#%s#%d", org, w.Now().Format("2006-01"), part))...)
	}
	return all
}

// An entry is in the log of an organisation that somebody has a post in no more,
// whether the post alone ended or they left.
func TestAuditOfAnEndedPost(t *testing.T) {
	w := start(t)
	ctx := context.Background()
	was := w.Person("zhangmin").Staff
	now := was.Clone()
	now.Revision++
	ended := &now.Posts[1]
	ended.Active = false
	w.must(w.Store.Change(ctx, admin.Change{Was: was, Now: now, Grants: -1, Audit: audit.Entry{
		ID: "entry", At: w.Now(), Actor: w.Person("linwei").Staff.Code, Subject: audit.OfStaff(was.Code), Action: audit.UpdateStaff, Call: audit.Call{ID: "req-1"},
		Changes: []audit.Change{{Field: "posts[" + ended.ID.String() + "].active", Old: "true", New: "false"}},
	}}))
	if failed := w.deliver(w.record(nil, w.partition("AUDIT#OF#" + was.Code.String())[0])); len(failed) != 0 {
		t.Fatalf("failed are %v", failed)
	}
	for _, p := range now.Posts {
		if rows := w.logOf(p.Org); len(rows) != 1 {
			t.Errorf("%d rows in the log of the organisation of the %s post", len(rows), p.JobType)
		}
	}
}

// Whoever changes or removes an entry is told of by name, and once in the metric
// that wakes somebody. Writing one is no touch.
func TestATouchedAuditIsTold(t *testing.T) {
	w := start(t)
	p := w.Person("wangfang").Staff
	w.must(w.Store.Audit(context.Background(), account.Caller{}, audit.Entry{
		ID: "entry", At: w.Now(), Actor: w.Person("linwei").Staff.Code, Subject: audit.OfStaff(p.Code), Action: "freeze", Call: audit.Call{Address: "192.0.2.7", ID: "req-1"},
	}))
	entry := w.partition("AUDIT#OF#" + p.Code.String())[0]
	changed := maps.Clone(entry)
	changed["action"] = &types.AttributeValueMemberS{Value: "unfreeze"}
	logged := maps.Clone(entry) // of an organisation: no kind that anybody follows
	logged["pk"], logged["kind"] = &types.AttributeValueMemberS{Value: "AUDIT#IN#GO_1#2026-01"}, &types.AttributeValueMemberS{Value: "audit_in"}
	removed := w.record(entry, nil)
	removed.UserIdentity = &events.DynamoDBUserIdentity{Type: "Service", PrincipalID: "dynamodb.amazonaws.com"}

	for _, tt := range []struct {
		name    string
		records []events.DynamoDBEventRecord
		touched int
		names   []string
	}{
		{"an entry is written", []events.DynamoDBEventRecord{w.record(nil, logged)}, 0, nil},
		{"a person is changed", []events.DynamoDBEventRecord{w.editStaff("wangfang", rename("王小芳", "wang", "xiao", "fang"))}, 0, nil},
		{"an entry is changed", []events.DynamoDBEventRecord{w.record(entry, changed)}, 1, []string{`"event":"MODIFY"`, "AUDIT#OF#" + p.Code.String()}},
		{"an entry is removed", []events.DynamoDBEventRecord{removed}, 1, []string{`"event":"REMOVE"`, `"by":"dynamodb.amazonaws.com"`}},
		{"three at once", []events.DynamoDBEventRecord{w.record(entry, changed), removed, w.record(logged, nil)}, 3, []string{"AUDIT#IN#GO_1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w.log.Reset()
			if failed := w.deliver(tt.records...); len(failed) != 0 {
				t.Errorf("failed are %v: a batch that is delivered again tells of it again", failed)
			}
			m := w.metrics(t)
			if got, declared := m[meter.AuditTouched]; declared != (tt.touched > 0) || int(got) != tt.touched {
				t.Errorf("%v touched, want %d", got, tt.touched)
			}
			for _, name := range tt.names {
				if !strings.Contains(w.log.String(), name) {
					t.Errorf("no %s in\n%s", name, &w.log)
				}
			}
			if strings.Contains(w.log.String(), "王") {
				t.Errorf("a name is in\n%s", &w.log)
			}
		})
	}
}

// TestARecoveredSuperIsTold: what the operator's tool did to a super wakes somebody,
// wherever it was run. Other entries do not.
func TestARecoveredSuperIsTold(t *testing.T) {
	w := start(t)
	p := w.Person("chenjing").Staff
	for action, want := range map[audit.Action]int{audit.RecoverSuper: 1, audit.Freeze: 0} {
		w.must(w.Store.Audit(context.Background(), account.Caller{}, audit.Entry{
			ID: "entry-" + string(action), At: w.Now(), Subject: audit.OfStaff(p.Code), Action: action, Call: audit.Call{ID: "register-x"},
		}))
		for _, item := range w.partition("AUDIT#OF#" + p.Code.String()) {
			if !strings.HasSuffix(item["sk"].(*types.AttributeValueMemberS).Value, "#entry-"+string(action)) {
				continue
			}
			w.log.Reset()
			if failed := w.deliver(w.record(nil, item)); len(failed) != 0 {
				t.Errorf("failed are %v", failed)
			}
			if got := int(w.metrics(t)[meter.SuperRecovered]); got != want || strings.Contains(w.log.String(), "super recovered") != (want > 0) {
				t.Errorf("%s: %d told, want %d:\n%s", action, got, want, &w.log)
			}
		}
	}
}

// The last line of a batch says how far behind the stream is, what the batch cost, and
// how many of its items failed.
func TestBatchMetrics(t *testing.T) {
	w := start(t)
	late := w.editStaff("wangfang", rename("王小芳", "wang", "xiao", "fang"))
	late.Change.ApproximateCreationDateTime.Time = time.Now().Add(-time.Hour)
	bad := w.record(nil, map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: "STAFF#nobody"}, "sk": &types.AttributeValueMemberS{Value: "STAFF"}, "kind": &types.AttributeValueMemberS{Value: "staff"},
	})
	w.deliver(bad, late)
	m := w.metrics(t)
	if lag := time.Duration(m[meter.StreamLag]) * time.Millisecond; lag < time.Hour || lag > 2*time.Hour {
		t.Errorf("it lags by %v, want an hour", lag)
	}
	if _, counted := m[meter.Units]; !counted || m[meter.Faults] != 1 {
		t.Errorf("units are counted: %t; %v faults", counted, m[meter.Faults])
	}
	w.log.Reset()
	w.deliver(w.editStaff("wangfang", rename("王大芳", "wang", "da", "fang")))
	if m = w.metrics(t); m[meter.StreamLag] > float64(time.Minute.Milliseconds()) {
		t.Errorf("it lags by %v ms", m[meter.StreamLag])
	}
	if _, faults := m[meter.Faults]; faults {
		t.Error("nothing failed, and faults are counted")
	}
}

// metrics are those that CloudWatch would draw from the batch's line.
func (w *register) metrics(t *testing.T) map[string]float64 {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(w.log.String()), "\n")
	text := []byte(lines[len(lines)-1])
	var line struct {
		AWS struct {
			CloudWatchMetrics []struct {
				Dimensions [][]string
				Metrics    []struct{ Name string }
			}
		} `json:"_aws"`
	}
	members := map[string]any{}
	w.must(json.Unmarshal(text, &line))
	w.must(json.Unmarshal(text, &members))
	metrics := map[string]float64{}
	for _, d := range line.AWS.CloudWatchMetrics {
		for _, by := range d.Dimensions[0] {
			if members[by] != "index-staff" {
				t.Errorf("by %s, which is %v", by, members[by])
			}
		}
		for _, m := range d.Metrics {
			n, isNumber := members[m.Name].(float64)
			if metrics[m.Name] = n; !isNumber {
				t.Errorf("%s is %v", m.Name, members[m.Name])
			}
		}
	}
	return metrics
}

func (w *register) partition(pk string) []map[string]types.AttributeValue {
	w.t.Helper()
	out, err := w.DB.Query(context.Background(), &dynamodb.QueryInput{
		TableName: &w.Table, KeyConditionExpression: aws.String("pk = :pk"), ConsistentRead: aws.Bool(true),
		ExpressionAttributeValues: map[string]types.AttributeValue{":pk": &types.AttributeValueMemberS{Value: pk}},
	})
	w.must(err)
	return out.Items
}
