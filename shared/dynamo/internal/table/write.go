package table

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"
)

// TxWrite is one write of a transaction, together with the error that its failed
// condition means. TxPut, TxUpdate, TxCheck and TxDelete make one.
type TxWrite struct {
	Write types.TransactWriteItem
	// OnConditionFailed gets the item for which the condition failed, nil if there
	// was none. Without it a failed condition is an outage, so every write with a
	// condition has it.
	OnConditionFailed func(item Item) error
}

// RefuseWith returns an OnConditionFailed for a failed condition that always means
// err.
func RefuseWith(err error) func(Item) error {
	return func(Item) error { return err }
}

// Absent is the condition that there is no item of the key yet.
const Absent = "attribute_not_exists(pk)"

// ErrExists says that there is an item of this id already. Ids have 128 random bits,
// so it means that a caller has used one twice.
var ErrExists = errors.New("an item of this id is there already")

// TxPut puts an item if the condition holds; "" is no condition.
func (c *Client) TxPut(item Item, condition string, v Values, onConditionFailed func(Item) error) TxWrite {
	p := &types.Put{TableName: &c.Name, Item: item, ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld}
	p.ConditionExpression, p.ExpressionAttributeValues = Optional(condition), v.AV()
	return TxWrite{types.TransactWriteItem{Put: p}, onConditionFailed}
}

// TxUpdate updates the item of a key, or makes it, if the condition holds; "" is no
// condition. v has the placeholders of the expression and of the condition.
func (c *Client) TxUpdate(k Key, expression, condition string, v Values, onConditionFailed func(Item) error) TxWrite {
	return TxWrite{types.TransactWriteItem{Update: &types.Update{
		TableName: &c.Name, Key: k.AV(), UpdateExpression: &expression, ConditionExpression: Optional(condition), ExpressionAttributeValues: v.AV(),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}}, onConditionFailed}
}

// TxCheck writes nothing. It lets the transaction fail unless the condition holds
// for the item of a key.
func (c *Client) TxCheck(k Key, condition string, v Values, onConditionFailed func(Item) error) TxWrite {
	return TxWrite{types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{
		TableName: &c.Name, Key: k.AV(), ConditionExpression: &condition, ExpressionAttributeValues: v.AV(),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}}, onConditionFailed}
}

// TxDelete deletes the item of a key if the condition holds; "" is no condition.
func (c *Client) TxDelete(k Key, condition string, v Values, onConditionFailed func(Item) error) TxWrite {
	return TxWrite{types.TransactWriteItem{Delete: &types.Delete{
		TableName: &c.Name, Key: k.AV(), ConditionExpression: Optional(condition), ExpressionAttributeValues: v.AV(),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}}, onConditionFailed}
}

// Transact makes all writes or none. If conditions have failed, OnConditionFailed of
// the first such write, in the order of writes, gives the error.
func (c *Client) Transact(ctx context.Context, writes ...TxWrite) error {
	in := &dynamodb.TransactWriteItemsInput{TransactItems: make([]types.TransactWriteItem, len(writes))}
	for i, w := range writes {
		in.TransactItems[i] = w.Write
	}
	_, err := c.DB.TransactWriteItems(ctx, in)
	var canceled *types.TransactionCanceledException
	if errors.As(err, &canceled) {
		for i, reason := range canceled.CancellationReasons { // one for each write, in order
			if aws.ToString(reason.Code) == "ConditionalCheckFailed" && i < len(writes) && writes[i].OnConditionFailed != nil {
				return writes[i].OnConditionFailed(reason.Item)
			}
		}
	}
	if err != nil {
		return Outage(fmt.Errorf("write %d items: %w", len(writes), err))
	}
	return nil
}

// Update is one update outside a transaction.
type Update struct {
	Key        Key
	Expression string
	Condition  string            // "" for none
	Names      map[string]string // of attributes, as #name; may be nil
	Values     Values
	// Quiet asks for no item. An update for which a role is allowed some attributes
	// alone has to be quiet, because the item would show all of them.
	Quiet bool
	// OnConditionFailed gets the item for which the condition failed, nil if there
	// was none. If it returns nil, the update counts as done.
	OnConditionFailed func(item Item) error
}

// UpdateItem makes an update and returns the whole item as it is then, unless it is
// Quiet. If the condition fails, it returns no item and what u.OnConditionFailed
// returns.
func (c *Client) UpdateItem(ctx context.Context, u Update) (Item, error) {
	returned := types.ReturnValueAllNew
	if u.Quiet {
		returned = types.ReturnValueNone
	}
	out, err := c.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &c.Name, Key: u.Key.AV(), UpdateExpression: &u.Expression, ConditionExpression: Optional(u.Condition),
		ExpressionAttributeNames: u.Names, ExpressionAttributeValues: u.Values.AV(),
		ReturnValues:                        returned,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var refused *types.ConditionalCheckFailedException
	if errors.As(err, &refused) && u.OnConditionFailed != nil {
		return nil, u.OnConditionFailed(refused.Item)
	}
	if err != nil {
		return nil, Outage(fmt.Errorf("update %s: %w", kindOf(u.Key), err))
	}
	return out.Attributes, nil
}

// PutItem puts an item. It returns conditionErr if the condition fails; "" is no
// condition.
func (c *Client) PutItem(ctx context.Context, item Item, condition string, v Values, conditionErr error) error {
	_, err := c.DB.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &c.Name, Item: item, ConditionExpression: Optional(condition), ExpressionAttributeValues: v.AV(),
	})
	var refused *types.ConditionalCheckFailedException
	if errors.As(err, &refused) && conditionErr != nil {
		return conditionErr
	}
	if err != nil {
		return Outage(fmt.Errorf("put an item: %w", err))
	}
	return nil
}

// DeleteItem deletes the item of a key. It is no error if there is none.
func (c *Client) DeleteItem(ctx context.Context, k Key) error {
	_, err := c.DB.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &c.Name, Key: k.AV()})
	if err != nil {
		return Outage(fmt.Errorf("delete %s: %w", kindOf(k), err))
	}
	return nil
}

const (
	maxBatchWrite = 25 // items that one BatchWriteItem takes
	FewAtOnce     = 4  // calls side by side for one person, while others are worked on, too
)

// WriteBatch puts and deletes items without conditions. It makes one call for each
// 25 of them, at most atOnce calls at a time.
func (c *Client) WriteBatch(ctx context.Context, atOnce int, puts []Item, deletes []Key) error {
	requests := make([]types.WriteRequest, 0, len(puts)+len(deletes))
	for _, item := range puts {
		requests = append(requests, types.WriteRequest{PutRequest: &types.PutRequest{Item: item}})
	}
	for _, k := range deletes {
		requests = append(requests, types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: k.AV()}})
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for i := 0; i < len(requests); i += maxBatchWrite {
		chunk := requests[i:min(len(requests), i+maxBatchWrite)]
		g.Go(func() error { return c.writeChunk(ctx, chunk) })
	}
	return g.Wait()
}

// writeChunk makes at most maxBatchWrite writes. DynamoDB may leave out some of them
// under load; writeChunk tries these again.
func (c *Client) writeChunk(ctx context.Context, requests []types.WriteRequest) error {
	for tries := 0; len(requests) > 0; tries++ {
		if tries > 0 {
			if err := wait(ctx, tries); err != nil {
				return err
			}
		}
		out, err := c.DB.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{c.Name: requests}})
		if err != nil {
			return Outage(fmt.Errorf("write a batch of %d: %w", len(requests), err))
		}
		requests = out.UnprocessedItems[c.Name]
	}
	return nil
}

// Optional returns nil for "" and else a pointer to s: the SDK wants nil for an
// expression that is not there.
func Optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
