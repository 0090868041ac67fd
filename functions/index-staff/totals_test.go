package main

import (
	"context"
	"crypto/rand"
	"slices"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dynamo/dynamotest"
	"chaoxi/shared/optional"
	"chaoxi/shared/staff"
)

// settle delivers what the stream would have of counts, totals and children until
// nothing changes any more: everything twice, and in the wrong order.
func (w *register) settle(orgs []staff.OrgCode) {
	w.t.Helper()
	for round := range 20 {
		var records []events.DynamoDBEventRecord
		for _, c := range orgs {
			for _, item := range w.partition("ORG#" + c.String()) {
				record := w.record(nil, item)
				records = append(records, record, record)
			}
		}
		if round%2 == 0 { // from the leaves of the tree up would be too easy
			slices.Reverse(records)
		}
		w.Counter.Reset()
		if failed := w.deliver(records...); len(failed) != 0 {
			w.t.Fatalf("failed are %v: %s", failed, w.log.String())
		}
		if w.Counter.Cost().Calls["PutItem"] == 0 {
			return
		}
	}
	w.t.Fatal("totals never come to rest")
}

// totals are an organisation's own people and all with those below.
func (w *register) totals(c staff.OrgCode) (own, all int) {
	w.t.Helper()
	r, err := w.Store.OrgRecords(context.Background(), []staff.OrgCode{c})
	w.must(err)
	return r[c].Own.People, r[c].All.People
}

// TestTotalsFollow: what an organisation owns is in the totals of all above it,
// also after it has moved, whatever came twice, late or not at all.
func TestTotalsFollow(t *testing.T) {
	w := start(t)
	ctx := context.Background()
	ix := staff.Indexer{Store: w.Store, Now: w.Now, Random: rand.Reader}
	var orgs []staff.OrgCode
	for _, name := range []string{"chenjing", "linwei", "wangfang", "zhangmin", "zhaolei", "sunli", "zhouqiang"} {
		p := w.Person(name).Staff
		if _, err := ix.Run(ctx, p.Code); err != nil {
			t.Fatal(err)
		}
		found, err := w.Store.Orgs(ctx, p.Orgs())
		w.must(err)
		for _, o := range found {
			for _, above := range o.Path {
				if !slices.Contains(orgs, above) {
					orgs = append(orgs, above)
				}
			}
		}
	}
	data := w.Person("linwei").Account.Grants[0].Org
	found, err := w.Store.Orgs(ctx, []staff.OrgCode{data})
	w.must(err)
	gov, root := found[data].Parent(), found[data].Path[0]
	w.settle(orgs)
	check := func(what string, c staff.OrgCode, want int) {
		t.Helper()
		if _, all := w.totals(c); all != want {
			t.Errorf("%s: %d people, want %d", what, all, want)
		}
	}
	check("the whole tree", root, 6) // 孙丽 has left
	check("数据局", data, 3)
	check("the heading above", gov, 5)
	if own, _ := w.totals(root); own != 0 {
		t.Errorf("the root owns %d people", own)
	}

	// It moves: the old parent and the new one hear of it by their children.
	edit := admin.EditOrgs{Store: w.Store, Now: w.Now, Random: rand.Reader}
	by := w.Permit(account.Caller{Staff: w.Person("chenjing").Staff.Code, Epoch: w.Person("chenjing").Account.Epoch, Grants: w.Person("chenjing").Account.Grants}, account.OrgEdit)
	_, _, err = edit.Update(ctx, audit.Call{}, by, found[data], admin.OrgEdit{Version: 1, Parent: optional.Value[string]{Set: true, Value: root.String()}})
	w.must(err)
	w.settle(orgs)
	check("the heading it has left", gov, 2)
	check("the whole tree, after a move", root, 6)

	// A person moves.
	record := w.editStaff("linwei", func(item map[string]types.AttributeValue) {
		item["budgeted_post"] = &types.AttributeValueMemberS{Value: ""}
	})
	if failed := w.deliver(record); len(failed) != 0 {
		t.Fatal(w.log.String())
	}
	w.settle(orgs)
	r, err := w.Store.OrgRecords(ctx, []staff.OrgCode{root, data})
	if err != nil || r[root].All.Incomplete != 2 || r[data].All.Incomplete != 2 || r[data].All.BudgetedPost != 2 {
		t.Errorf("%+v, %v", r, err)
	}

	// One that cannot be read is reported, and right the next time.
	w.Faults.Set(dynamotest.Fault{Kind: dynamotest.NotSent, Attempts: dynamotest.Always})
	item := w.partition("ORG#" + data.String())[0]
	item["kind"] = &types.AttributeValueMemberS{Value: "total"}
	if failed := w.deliver(w.record(nil, item)); len(failed) != 1 {
		t.Errorf("failed are %v", failed)
	}
	w.Faults.Set()
	item["pk"] = &types.AttributeValueMemberS{Value: "ORG#"}
	item["kind"] = &types.AttributeValueMemberS{Value: "child"}
	if failed := w.deliver(w.record(nil, item)); len(failed) != 0 {
		t.Error("a root that is new is below nothing, and that is no failure")
	}
}
