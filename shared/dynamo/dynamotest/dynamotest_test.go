package dynamotest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"

	"chaoxi/shared/dev/sam"
)

// fixture makes a table from the reader's own fixture: these tests are of the tools,
// not of the product's template.
func fixture(t *testing.T, optFns ...func(*dynamodb.Options)) (*dynamodb.Client, string) {
	t.Helper()
	tmpl, err := sam.Load("../../dev/sam/testdata/template.yaml", sam.Options{})
	if err != nil {
		t.Fatal(err)
	}
	made, _ := tmpl.Table("Table")
	optFns = append(optFns, func(o *dynamodb.Options) {
		o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts, o.MaxBackoff = 3, time.Millisecond })
	})
	return create(t, endpoint(t), made, optFns...)
}

func key(pk string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: pk}, "sk": &types.AttributeValueMemberS{Value: "X"}}
}

func put(db *dynamodb.Client, table, pk string) error {
	_, err := db.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: &table, Item: key(pk), ConditionExpression: aws.String("attribute_not_exists(pk)")})
	return err
}

func exists(t *testing.T, db *dynamodb.Client, table, pk string) bool {
	t.Helper()
	out, err := db.GetItem(context.Background(), &dynamodb.GetItemInput{TableName: &table, Key: key(pk), ConsistentRead: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	return out.Item != nil
}

func TestTableIsTheTemplates(t *testing.T) {
	t.Parallel()
	db, name := fixture(t)
	out, err := db.DescribeTable(context.Background(), &dynamodb.DescribeTableInput{TableName: &name})
	if err != nil {
		t.Fatal(err)
	}
	if out.Table.StreamSpecification != nil {
		t.Errorf("a stream that nobody reads: %+v", out.Table.StreamSpecification)
	}
	ttl, err := db.DescribeTimeToLive(context.Background(), &dynamodb.DescribeTimeToLiveInput{TableName: &name})
	if err != nil || aws.ToString(ttl.TimeToLiveDescription.AttributeName) != "expires" {
		t.Errorf("time to live %+v, %v", ttl, err)
	}
	if db, name := New(t); put(db, name, "a") != nil {
		t.Error("the product's own table takes no item with pk and sk")
	}
}

func TestCounter(t *testing.T) {
	t.Parallel()
	var counter Counter
	db, name := fixture(t, counter.Option)

	if err := put(db, name, "a"); err != nil {
		t.Fatal(err)
	}
	input := &dynamodb.GetItemInput{TableName: &name, Key: key("a"), ConsistentRead: aws.Bool(true)}
	if out, err := db.GetItem(context.Background(), input); err != nil || out.ConsumedCapacity == nil {
		t.Fatalf("%+v, %v", out, err)
	}
	if input.ReturnConsumedCapacity != "" {
		t.Error("the caller's input was changed")
	}
	cost := counter.Cost()
	if cost.Trips != 2 || cost.Total() != 2 || cost.Calls["PutItem"] != 1 || cost.Read != 1 || cost.Write != 1 {
		t.Errorf("one after the other: %+v", cost)
	}

	counter.Reset()
	_, err := db.TransactWriteItems(context.Background(), &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
		{Put: &types.Put{TableName: &name, Item: key("b")}}, {Delete: &types.Delete{TableName: &name, Key: key("a")}}}})
	if err != nil {
		t.Fatal(err)
	}
	if cost := counter.Cost(); cost.Trips != 1 || cost.Write != 4 || cost.Read != 0 {
		t.Errorf("transaction: %+v", cost)
	}

	counter.Reset()
	large := key("c")
	large["text"] = &types.AttributeValueMemberS{Value: strings.Repeat("x", 2000)}
	_, err = db.TransactWriteItems(context.Background(), &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{{Put: &types.Put{TableName: &name, Item: large}}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.TransactGetItems(context.Background(), &dynamodb.TransactGetItemsInput{TransactItems: []types.TransactGetItem{{Get: &types.Get{TableName: &name, Key: key("c")}}}}); err != nil {
		t.Fatal(err)
	}
	if cost := counter.Cost(); cost.Trips != 2 || cost.Write != 4 || cost.Read != 2 {
		t.Errorf("transactions on an item of 2 KB: %+v", cost)
	}
}

// Two calls overlap, and a third begins while the second still runs; a fourth comes
// after all of them.
func TestTrips(t *testing.T) {
	var c Counter
	end := func() { c.end(c.answer(nil, nil), 0) }
	c.begin("GetItem")
	c.begin("Query")
	end()
	c.begin("GetItem")
	end()
	end()
	c.begin("PutItem")
	end()
	if cost := c.Cost(); cost.Trips != 2 || cost.Total() != 4 || fmt.Sprint(cost.Order) != "[[GetItem Query GetItem] [PutItem]]" {
		t.Errorf("%+v", cost)
	}
}

// With Hold, only what follows from an answer counts: neither a late beginning nor a
// late answer makes a trip more or less.
func TestTripsAreExact(t *testing.T) {
	c := Counter{Hold: time.Millisecond}
	c.Reset()
	call := func(answer func()) {
		next := middleware.InitializeHandlerFunc(func(context.Context, middleware.InitializeInput) (middleware.InitializeOutput, middleware.Metadata, error) {
			answer()
			return middleware.InitializeOutput{}, middleware.Metadata{}, nil
		})
		if _, _, err := c.call(context.Background(), middleware.InitializeInput{}, next); err != nil {
			t.Error(err)
		}
	}
	sum := sha256.Sum256(nil)
	work := func() { // some 30 ms
		for range 300_000 {
			sum = sha256.Sum256(sum[:])
		}
	}
	atOnce := func() {}
	var wg sync.WaitGroup
	wg.Go(func() { call(atOnce); call(atOnce) })
	wg.Go(func() { work(); call(work); call(work) })
	wg.Wait()
	call(atOnce)
	if cost := c.Cost(); cost.Trips != 3 || cost.Total() != 5 {
		t.Errorf("%+v", cost)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	refused := func(err error) bool { var e *types.ConditionalCheckFailedException; return errors.As(err, &e) }
	conflicted := func(err error) bool { var e *types.TransactionConflictException; return errors.As(err, &e) }
	throttled := func(err error) bool {
		var e *types.ProvisionedThroughputExceededException
		return errors.As(err, &e)
	}
	network := func(err error) bool { var e interface{ ConnectionError() bool }; return errors.As(err, &e) }
	succeeded := func(err error) bool { return err == nil }
	tests := []struct {
		name    string
		fault   Fault
		is      func(error) bool
		written bool
		hits    int
	}{
		{"not sent, retried", Fault{Kind: NotSent}, succeeded, true, 1},
		{"not sent at all", Fault{Kind: NotSent, Attempts: Always}, network, false, 3},
		{"answer lost: the retry meets its own write", Fault{Kind: AnswerLost}, refused, true, 1},
		{"every answer lost", Fault{Kind: AnswerLost, Attempts: Always}, network, true, 3},
		{"timed out, retried", Fault{Kind: TimedOut, Attempts: 2}, succeeded, true, 2},
		{"throttled, retried", Fault{Kind: Throttled}, succeeded, true, 1},
		{"throttled at all times", Fault{Kind: Throttled, Attempts: Always}, throttled, false, 3},
		{"conflict: the client does not retry", Fault{Kind: Conflict}, conflicted, false, 1},
		{"another operation", Fault{Kind: NotSent, Op: "UpdateItem", Attempts: Always}, succeeded, true, 0},
		{"a later call", Fault{Kind: NotSent, Call: 2, Attempts: Always}, succeeded, true, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			faults := NewFaults(tt.fault)
			db, name := fixture(t, faults.Option)
			if err := put(db, name, "a"); !tt.is(err) {
				t.Errorf("put: %v", err)
			}
			if faults.Hits() != tt.hits {
				t.Errorf("%d attempts broken, want %d", faults.Hits(), tt.hits)
			}
			faults.Set()
			if got := exists(t, db, name, "a"); got != tt.written {
				t.Errorf("written = %t", got)
			}
		})
	}
}

func TestFaultOfOneCall(t *testing.T) {
	t.Parallel()
	faults := NewFaults(Fault{Kind: Conflict, Op: "TransactWriteItems", Call: 2, Attempts: Always})
	db, name := fixture(t, faults.Option)
	transact := func() error {
		_, err := db.TransactWriteItems(context.Background(), &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
			{Put: &types.Put{TableName: &name, Item: key("a")}}, {Put: &types.Put{TableName: &name, Item: key("b")}}}})
		return err
	}
	for i, want := range []bool{true, false, true} {
		err := transact()
		if (err == nil) != want {
			t.Errorf("call %d: %v", i+1, err)
		}
		var canceled *types.TransactionCanceledException
		if !want && (!errors.As(err, &canceled) || len(canceled.CancellationReasons) != 2 || *canceled.CancellationReasons[0].Code != "TransactionConflict") {
			t.Errorf("call %d: %v", i+1, err)
		}
	}
}

func TestConcurrentCalls(t *testing.T) {
	t.Parallel()
	var counter Counter
	faults := NewFaults(Fault{Kind: Throttled})
	db, name := fixture(t, counter.Option, faults.Option)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if err := put(db, name, string(rune('a'+i))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if cost := counter.Cost(); cost.Total() != 8 || cost.Write != 8 || cost.Trips < 1 || cost.Trips > 8 || faults.Hits() != 8 {
		t.Errorf("%+v, %d hits", cost, faults.Hits())
	}
}
