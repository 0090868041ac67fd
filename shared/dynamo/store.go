// Package dynamo keeps the domain in one DynamoDB table.
//
// keys.go is the map, docs/access-patterns.md the list of every read and write.
// One file per noun holds its item struct, its conversions and its methods. The
// package turns a failed condition into the domain's word for it and wraps
// everything else; no DynamoDB type leaves it. It never scans, but for the
// Operator's tools in tools.go, and it decides nothing: rules are handed the
// item that refused.
package dynamo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// Store implements the store interfaces that the use cases declare.
type Store struct{ table *client }

// New returns a Store on the table of that name. It opens nothing and cannot
// fail. Options come last, for tests that count or break calls.
func New(cfg aws.Config, name string, options ...func(*dynamodb.Options)) *Store {
	return &Store{newClient(cfg, name, options...)}
}

// On returns a Store on a table that is at hand.
func On(table *client) *Store { return &Store{table} }

// client makes the calls on one table.
type client struct {
	db   *dynamodb.Client
	name string
}

func newClient(cfg aws.Config, name string, options ...func(*dynamodb.Options)) *client {
	return &client{dynamodb.NewFromConfig(cfg, append([]func(*dynamodb.Options){patience, metered}, options...)...), name}
}

func patience(o *dynamodb.Options) { o.Retryer = retry.NewStandard(quickly, retryConflicts) }

// quickly keeps retries inside the seconds that a waiting person has. The SDK's
// own ceiling, 20 s between tries, outlives the function.
func quickly(o *retry.StandardOptions) {
	o.MaxAttempts = 5
	o.MaxBackoff = 250 * time.Millisecond
}

// retryConflicts makes the SDK retry a transaction that was cancelled only
// because another one touched the same items. It does not do so by itself; its
// request token makes the retry safe.
func retryConflicts(o *retry.StandardOptions) {
	o.Retryables = append(o.Retryables, retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
		var busy *types.TransactionConflictException
		if errors.As(err, &busy) {
			return aws.TrueTernary
		}
		var canceled *types.TransactionCanceledException
		if !errors.As(err, &canceled) {
			return aws.UnknownTernary
		}
		conflict := aws.UnknownTernary
		for _, reason := range canceled.CancellationReasons {
			switch aws.ToString(reason.Code) {
			case "ConditionalCheckFailed":
				return aws.FalseTernary
			case "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded":
				conflict = aws.TrueTernary
			}
		}
		return conflict
	}))
}

// outage turns what the table could not do for now into Unavailable, so that
// the caller is told to try again; everything else stays what it is.
func outage(err error) error {
	if err == nil {
		return nil
	}
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	return fault.Unavailable.Because(err)
}

// step is one write of a transaction, and what its failed condition means. The
// item that refused is handed to refuse, where the write asks for it.
type step struct {
	write  types.TransactWriteItem
	refuse func(item map[string]types.AttributeValue) error
}

// means is a refusal that needs no look at the item.
func means(err error) func(map[string]types.AttributeValue) error {
	return func(map[string]types.AttributeValue) error { return err }
}

// transact does every step or none. Of several refusals the first step's wins.
func (c *client) transact(ctx context.Context, steps ...step) error {
	in := &dynamodb.TransactWriteItemsInput{TransactItems: make([]types.TransactWriteItem, len(steps))}
	for i, st := range steps {
		in.TransactItems[i] = st.write
	}
	_, err := c.db.TransactWriteItems(ctx, in)
	var canceled *types.TransactionCanceledException
	if errors.As(err, &canceled) {
		for i, reason := range canceled.CancellationReasons { // one per step, in order
			if aws.ToString(reason.Code) == "ConditionalCheckFailed" && i < len(steps) && steps[i].refuse != nil {
				return steps[i].refuse(reason.Item)
			}
		}
	}
	if err != nil {
		return outage(fmt.Errorf("write %d items: %w", len(steps), err))
	}
	return nil
}

// put, update, check and remove make the steps of a transaction. A condition of
// "" is none.
func (c *client) put(item map[string]types.AttributeValue, condition string, v values, refuse func(map[string]types.AttributeValue) error) step {
	p := &types.Put{TableName: &c.name, Item: item, ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld}
	p.ConditionExpression, p.ExpressionAttributeValues = optional(condition), v.av()
	return step{types.TransactWriteItem{Put: p}, refuse}
}

func (c *client) update(k key, expression, condition string, v values, refuse func(map[string]types.AttributeValue) error) step {
	return step{types.TransactWriteItem{Update: &types.Update{
		TableName: &c.name, Key: k.av(), UpdateExpression: &expression, ConditionExpression: optional(condition), ExpressionAttributeValues: v.av(),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}}, refuse}
}

func (c *client) check(k key, condition string, v values, refuse func(map[string]types.AttributeValue) error) step {
	return step{types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{
		TableName: &c.name, Key: k.av(), ConditionExpression: &condition, ExpressionAttributeValues: v.av(),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}}, refuse}
}

func (c *client) remove(k key, condition string, v values, refuse func(map[string]types.AttributeValue) error) step {
	return step{types.TransactWriteItem{Delete: &types.Delete{
		TableName: &c.name, Key: k.av(), ConditionExpression: optional(condition), ExpressionAttributeValues: v.av(),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}}, refuse}
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// change is one update outside a transaction. Where its condition fails, refuse
// is handed the item (nil if there is none).
type change struct {
	key        key
	expression string
	condition  string
	names      map[string]string
	values     values
	refuse     func(item map[string]types.AttributeValue) error
}

// do carries out an update and returns the item as it then is.
func (c *client) do(ctx context.Context, u change) (map[string]types.AttributeValue, error) {
	out, err := c.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &c.name, Key: u.key.av(), UpdateExpression: &u.expression, ConditionExpression: optional(u.condition),
		ExpressionAttributeNames: u.names, ExpressionAttributeValues: u.values.av(),
		ReturnValues:                        types.ReturnValueAllNew,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var refused *types.ConditionalCheckFailedException
	if errors.As(err, &refused) && u.refuse != nil {
		return nil, u.refuse(refused.Item)
	}
	if err != nil {
		return nil, outage(fmt.Errorf("update %s: %w", kindOfKey(u.key), err))
	}
	return out.Attributes, nil
}

// insert writes an item, or hands the one that is there to refuse.
func (c *client) insert(ctx context.Context, item map[string]types.AttributeValue, condition string, v values, refuse error) error {
	_, err := c.db.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &c.name, Item: item, ConditionExpression: optional(condition), ExpressionAttributeValues: v.av(),
	})
	var refused *types.ConditionalCheckFailedException
	if errors.As(err, &refused) && refuse != nil {
		return refuse
	}
	if err != nil {
		return outage(fmt.Errorf("put an item: %w", err))
	}
	return nil
}

// drop deletes an item, if it is there.
func (c *client) drop(ctx context.Context, k key) error {
	_, err := c.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &c.name, Key: k.av()})
	if err != nil {
		return outage(fmt.Errorf("delete %s: %w", kindOfKey(k), err))
	}
	return nil
}

// get reads one item, strongly consistent; nil if there is none.
func (c *client) get(ctx context.Context, k key) (map[string]types.AttributeValue, error) {
	out, err := c.db.GetItem(ctx, &dynamodb.GetItemInput{TableName: &c.name, Key: k.av(), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return nil, outage(fmt.Errorf("get %s: %w", kindOfKey(k), err))
	}
	return out.Item, nil
}

// found is what getAll read, by key.
type found map[key]map[string]types.AttributeValue

// batch is the most items that one BatchGetItem takes.
const batch = 100

// getAll reads items, strongly consistent, in one trip: beyond a hundred, in
// parallel calls. What is not there is not in the result.
func (c *client) getAll(ctx context.Context, keys ...key) (found, error) {
	seen := make(map[key]bool, len(keys))
	var wanted []key
	for _, k := range keys {
		if !seen[k] {
			seen[k] = true
			wanted = append(wanted, k)
		}
	}
	chunks := make([]found, (len(wanted)+batch-1)/batch)
	g, gctx := errgroup.WithContext(ctx)
	for i := range chunks {
		g.Go(func() (err error) {
			chunks[i], err = c.getChunk(gctx, wanted[i*batch:min(len(wanted), (i+1)*batch)])
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	all := make(found, len(wanted))
	for _, c := range chunks {
		for k, item := range c {
			all[k] = item
		}
	}
	return all, nil
}

func (c *client) getChunk(ctx context.Context, keys []key) (found, error) {
	all := make(found, len(keys))
	ask := types.KeysAndAttributes{ConsistentRead: aws.Bool(true)}
	for _, k := range keys {
		ask.Keys = append(ask.Keys, k.av())
	}
	for tries := 0; len(ask.Keys) > 0; tries++ {
		if tries > 0 { // a part was held back: by load, or by the 16 MB that one answer holds
			if err := wait(ctx, tries); err != nil {
				return nil, err
			}
		}
		out, err := c.db.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{c.name: ask}})
		if err != nil {
			return nil, outage(fmt.Errorf("get %d items: %w", len(keys), err))
		}
		for _, item := range out.Responses[c.name] {
			all[keyOf(item)] = item
		}
		ask.Keys = out.UnprocessedKeys[c.name].Keys
	}
	return all, nil
}

// wait pauses before the n-th try of what a batch held back.
func wait(ctx context.Context, n int) error {
	if n > 6 {
		return fault.Unavailable.Becausef("a batch was held back %d times", n)
	}
	select {
	case <-ctx.Done():
		return outage(ctx.Err())
	case <-time.After(time.Duration(1<<n) * 10 * time.Millisecond):
		return nil
	}
}

// beginning is the condition for the items of a partition whose sort keys begin
// with prefix, "" for all. To DynamoDB a range is the same as begins_with, for
// which DynamoDB Local reads the partition from its first item on.
func beginning(pk, prefix string) (string, values) {
	if prefix == "" {
		return "pk = :pk", values{":pk": pk}
	}
	return "pk = :pk AND sk BETWEEN :first AND :last", values{":pk": pk, ":first": prefix, ":last": prefix + string(utf8.MaxRune)}
}

// query reads the items of a partition whose sort key begins with prefix,
// strongly consistent, all pages. It is for partitions that are small by rule.
func (c *client) query(ctx context.Context, pk, prefix string) ([]map[string]types.AttributeValue, error) {
	condition, v := beginning(pk, prefix)
	in := &dynamodb.QueryInput{
		TableName: &c.name, ConsistentRead: aws.Bool(true),
		KeyConditionExpression: &condition, ExpressionAttributeValues: v.av(),
	}
	var items []map[string]types.AttributeValue
	for {
		out, err := c.db.Query(ctx, in)
		if err != nil {
			return nil, outage(fmt.Errorf("query %s: %w", kindOfKey(key{pk: pk}), err))
		}
		items = append(items, out.Items...)
		if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil {
			return items, nil
		}
	}
}

// parallel does all of fns at once; the first error ends it.
func parallel(ctx context.Context, fns ...func(context.Context) error) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, fn := range fns {
		g.Go(func() error { return fn(ctx) })
	}
	return g.Wait()
}

func keyOf(item map[string]types.AttributeValue) key { return key{text(item["pk"]), text(item["sk"])} }

func text(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

// kindOfKey names an item in an error without its subject, which may be a phone.
func kindOfKey(k key) string {
	for i := range k.pk {
		if k.pk[i] == '#' {
			return k.pk[:i]
		}
	}
	return k.pk
}

// values are the placeholders of one expression.
type values map[string]any

func (v values) av() map[string]types.AttributeValue {
	if len(v) == 0 {
		return nil
	}
	m, err := attributevalue.MarshalMap(v)
	if err != nil {
		panic(fmt.Sprintf("dynamo: placeholder that cannot be marshalled: %v", err)) // a bug that any test of the method meets
	}
	return m
}

// itemOf makes an item of a struct with dynamodbav tags.
func itemOf(k key, kind string, v any) map[string]types.AttributeValue {
	item, err := attributevalue.MarshalMap(v)
	if err != nil {
		panic(fmt.Sprintf("dynamo: %s that cannot be marshalled: %v", kind, err)) // likewise
	}
	for name, value := range k.av() {
		item[name] = value
	}
	item["kind"] = &types.AttributeValueMemberS{Value: kind}
	item["schema"] = &types.AttributeValueMemberN{Value: "1"}
	return item
}

// into reads an item into a struct with dynamodbav tags; no item leaves it zero.
func into(item map[string]types.AttributeValue, v any) error {
	if item == nil {
		return nil
	}
	if err := attributevalue.UnmarshalMap(item, v); err != nil {
		return fmt.Errorf("read an item of kind %q: %w", text(item["kind"]), err)
	}
	return nil
}

// Times are kept as milliseconds since 1970, but for `expires`, which the
// table's TTL reads as seconds. TTL only tidies up; conditions look at the time.

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

const absent = "attribute_not_exists(pk)"

// errThere: ids are drawn from 2^128, so this is a caller that used one twice.
var errThere = errors.New("an item of this id is there already")

// each does something for each of some organisations, a few at once.
func each[N any](ctx context.Context, numbers map[staff.OrgCode]N, do func(context.Context, staff.OrgCode, N) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(loadsAtOnce)
	for org, n := range numbers {
		g.Go(func() error { return do(ctx, org, n) })
	}
	return g.Wait()
}

// loadsAtOnce are the calls of a bulk form.
const loadsAtOnce = 8

// Over returns a Store that works through db's own settings, but with the
// patience of New: for tools and tests that have a client already. Options come last.
func Over(db *dynamodb.Client, name string, options ...func(*dynamodb.Options)) *Store {
	return &Store{overClient(db, name, options...)}
}

func overClient(db *dynamodb.Client, name string, options ...func(*dynamodb.Options)) *client {
	return &client{dynamodb.New(db.Options(), append([]func(*dynamodb.Options){patience}, options...)...), name}
}

// set is a string set: what ADD adds to.
type set []string

// MarshalDynamoDBAttributeValue implements attributevalue.Marshaler.
func (s set) MarshalDynamoDBAttributeValue() (types.AttributeValue, error) {
	return &types.AttributeValueMemberSS{Value: s}, nil
}

// parsed is parse(s); what it refuses is noted in bad.
func parsed[T any](parse func(string) (T, error), s string, bad *error) T {
	v, err := parse(s)
	if err != nil {
		*bad = err
	}
	return v
}

const (
	batchWrite = 25 // items that one BatchWriteItem takes
	fewAtOnce  = 4  // calls for one person, beside other people's
)

// write puts and deletes items without conditions, some calls at a time.
func (c *client) write(ctx context.Context, atOnce int, puts []map[string]types.AttributeValue, deletes []key) error {
	requests := make([]types.WriteRequest, 0, len(puts)+len(deletes))
	for _, item := range puts {
		requests = append(requests, types.WriteRequest{PutRequest: &types.PutRequest{Item: item}})
	}
	for _, k := range deletes {
		requests = append(requests, types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: k.av()}})
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for i := 0; i < len(requests); i += batchWrite {
		chunk := requests[i:min(len(requests), i+batchWrite)]
		g.Go(func() error { return c.writeChunk(ctx, chunk) })
	}
	return g.Wait()
}

func (c *client) writeChunk(ctx context.Context, requests []types.WriteRequest) error {
	for tries := 0; len(requests) > 0; tries++ {
		if tries > 0 {
			if err := wait(ctx, tries); err != nil {
				return err
			}
		}
		out, err := c.db.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{c.name: requests}})
		if err != nil {
			return outage(fmt.Errorf("write a batch of %d: %w", len(requests), err))
		}
		requests = out.UnprocessedItems[c.name]
	}
	return nil
}

// Pause waits a while that grows with n and differs from writer to writer.
func (s *Store) Pause(ctx context.Context, n int) error {
	select {
	case <-ctx.Done():
		return outage(ctx.Err())
	case <-time.After(rand.N(min(10*time.Millisecond<<n, time.Second))):
		return nil
	}
}

func texts(codes []staff.OrgCode) []string {
	all := make([]string, len(codes))
	for i, c := range codes {
		all[i] = c.String()
	}
	return all
}

// page reads at most limit items of a partition whose sort keys begin with
// prefix, from after a sort key on; last is "" at the end.
func (c *client) page(ctx context.Context, pk, prefix, after string, limit int) ([]map[string]types.AttributeValue, string, error) {
	condition, v := beginning(pk, prefix)
	in := &dynamodb.QueryInput{
		TableName: &c.name, ConsistentRead: aws.Bool(true), Limit: aws.Int32(int32(limit)),
		KeyConditionExpression: &condition, ExpressionAttributeValues: v.av(),
	}
	if after != "" {
		in.ExclusiveStartKey = key{pk, after}.av()
	}
	out, err := c.db.Query(ctx, in)
	if err != nil {
		return nil, "", outage(fmt.Errorf("query %s: %w", kindOfKey(key{pk: pk}), err))
	}
	return out.Items, text(out.LastEvaluatedKey["sk"]), nil
}
