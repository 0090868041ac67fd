package main

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo"
	"chaoxi/shared/staff"
)

// An entry is in the log of every organisation above its subject, once, however
// often the stream brings it; what was written there is not followed in turn.
func TestAuditFollows(t *testing.T) {
	w := start(t)
	w.Kinds[dynamo.AuditKind] = followAudit(admin.IndexAudit{Store: w.Store})
	ctx := context.Background()
	p := w.Person("wangfang").Staff
	e := admin.AuditEntry{
		ID: "entry", At: w.Now(), Actor: w.Person("linwei").Staff.Code, Subject: p.Code.String(), Action: "freeze", Reason: "接到通知",
		Changes: []admin.AuditChange{{Field: "accountState", Old: "active", New: "frozen"}}, Call: account.Call{Address: "192.0.2.7", ID: "req-1"},
	}
	w.must(w.Store.Audit(ctx, e))
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
	orgs, err := w.Store.OrgNames(ctx, []staff.OrgCode{p.Posts[0].Org})
	w.must(err)
	for _, above := range orgs[p.Posts[0].Org].Path {
		rows := w.partition("AUDIT#IN#" + above.String() + "#" + w.Now().Format("2006-01"))
		if len(rows) != 1 {
			t.Fatalf("%d rows in the log of %s", len(rows), above)
		}
		got, err := dynamo.AuditFromItem(rows[0])
		w.must(err)
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

func (w *register) partition(pk string) []map[string]types.AttributeValue {
	w.t.Helper()
	out, err := w.DB.Query(context.Background(), &dynamodb.QueryInput{
		TableName: &w.Table, KeyConditionExpression: aws.String("pk = :pk"), ConsistentRead: aws.Bool(true),
		ExpressionAttributeValues: map[string]types.AttributeValue{":pk": &types.AttributeValueMemberS{Value: pk}},
	})
	w.must(err)
	return out.Items
}
