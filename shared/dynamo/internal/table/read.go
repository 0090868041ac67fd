package table

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"
)

// Items are items that were read, by key.
type Items map[Key]Item

// GetItem reads one item, strongly consistent. It returns nil if there is none.
func (c *Client) GetItem(ctx context.Context, k Key) (Item, error) {
	out, err := c.DB.GetItem(ctx, &dynamodb.GetItemInput{TableName: &c.Name, Key: k.AV(), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return nil, Outage(fmt.Errorf("get %s: %w", kindOf(k), err))
	}
	return out.Item, nil
}

// maxBatchGet is how many items one BatchGetItem takes.
const maxBatchGet = 100

// GetItems reads items, strongly consistent, in one trip: more than a hundred in
// calls side by side. A key may come twice. An item that does not exist is not in
// the result.
func (c *Client) GetItems(ctx context.Context, keys ...Key) (Items, error) {
	seen := make(map[Key]bool, len(keys))
	var distinct []Key
	for _, k := range keys {
		if !seen[k] {
			seen[k] = true
			distinct = append(distinct, k)
		}
	}
	chunks := make([]Items, (len(distinct)+maxBatchGet-1)/maxBatchGet)
	g, gctx := errgroup.WithContext(ctx)
	for i := range chunks {
		g.Go(func() (err error) {
			chunks[i], err = c.getChunk(gctx, distinct[i*maxBatchGet:min(len(distinct), (i+1)*maxBatchGet)])
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	all := make(Items, len(distinct))
	for _, chunk := range chunks {
		for k, item := range chunk {
			all[k] = item
		}
	}
	return all, nil
}

// getChunk reads at most maxBatchGet items. DynamoDB may answer a part of them:
// under load, or because one answer has 16 MB at most. getChunk asks again for the
// rest.
func (c *Client) getChunk(ctx context.Context, keys []Key) (Items, error) {
	all := make(Items, len(keys))
	request := types.KeysAndAttributes{ConsistentRead: aws.Bool(true)}
	for _, k := range keys {
		request.Keys = append(request.Keys, k.AV())
	}
	for tries := 0; len(request.Keys) > 0; tries++ {
		if tries > 0 {
			if err := wait(ctx, tries); err != nil {
				return nil, err
			}
		}
		out, err := c.DB.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{c.Name: request}})
		if err != nil {
			return nil, Outage(fmt.Errorf("get %d items: %w", len(keys), err))
		}
		for _, item := range out.Responses[c.Name] {
			all[KeyOf(item)] = item
		}
		request.Keys = out.UnprocessedKeys[c.Name].Keys
	}
	return all, nil
}

// Query reads all items of a partition whose sort keys begin with prefix ("" for all
// of them), strongly consistent, page after page. It is for partitions that a rule
// keeps small.
func (c *Client) Query(ctx context.Context, pk, prefix string) ([]Item, error) {
	condition, v := WithPrefix(prefix).Of(pk)
	in := &dynamodb.QueryInput{
		TableName: &c.Name, ConsistentRead: aws.Bool(true),
		KeyConditionExpression: &condition, ExpressionAttributeValues: v.AV(),
	}
	var items []Item
	for {
		out, err := c.DB.Query(ctx, in)
		if err != nil {
			return nil, Outage(fmt.Errorf("query %s: %w", kindOf(Key{PK: pk}), err))
		}
		items = append(items, out.Items...)
		if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil {
			return items, nil
		}
	}
}

// Page reads at most limit items of a partition whose sort keys begin with prefix,
// strongly consistent. It begins behind the sort key after, or with the first item
// if after is "". It returns the sort key up to which it read, "" at the end.
func (c *Client) Page(ctx context.Context, pk, prefix, after string, limit int) ([]Item, string, error) {
	keys := WithPrefix(prefix).Behind(after)
	if keys.Empty() {
		return nil, "", nil
	}
	condition, v := keys.Of(pk)
	out, err := c.DB.Query(ctx, &dynamodb.QueryInput{
		TableName: &c.Name, ConsistentRead: aws.Bool(true), Limit: aws.Int32(int32(limit)),
		KeyConditionExpression: &condition, ExpressionAttributeValues: v.AV(),
	})
	if err != nil {
		return nil, "", Outage(fmt.Errorf("query %s: %w", kindOf(Key{PK: pk}), err))
	}
	return out.Items, Str(out.LastEvaluatedKey["sk"]), nil
}

// Range is the sort keys from First to Last, both of them included. The zero Range is all
// sort keys.
type Range struct{ First, Last string }

// highest is behind all sort keys.
const highest = string(utf8.MaxRune)

// WithPrefix returns the sort keys that begin with prefix; "" is all of them. To DynamoDB
// it is the same as begins_with, but for begins_with DynamoDB Local reads the partition
// from its first item on.
func WithPrefix(prefix string) Range {
	if prefix == "" {
		return Range{}
	}
	return Range{prefix, prefix + highest}
}

// Behind returns those of r that stand behind the sort key after; "" leaves all of them.
// After ends with a code or an id, and no sort key goes on behind that. To DynamoDB this is
// the same as an ExclusiveStartKey, but to come to that DynamoDB Local reads all items before it.
func (r Range) Behind(after string) Range {
	if after == "" || after < r.First {
		return r
	}
	if r == (Range{}) {
		r.Last = highest
	}
	r.First = after + "\x01"
	return r
}

// Empty reports whether no sort key can be in r. DynamoDB refuses such a range.
func (r Range) Empty() bool { return r.First > r.Last }

// Of returns the key condition for the items of a partition whose sort keys are in r, with
// its placeholders.
func (r Range) Of(pk string) (string, Values) {
	if r == (Range{}) {
		return "pk = :pk", Values{":pk": pk}
	}
	return "pk = :pk AND sk BETWEEN :first AND :last", Values{":pk": pk, ":first": r.First, ":last": r.Last}
}

// Parallel runs all fns at once and waits for them. The first error cancels the
// context of the others, and is returned.
func Parallel(ctx context.Context, fns ...func(context.Context) error) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, fn := range fns {
		g.Go(func() error { return fn(ctx) })
	}
	return g.Wait()
}
