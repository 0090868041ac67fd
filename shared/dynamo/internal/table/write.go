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

// TxPut, update, check and remove make the steps of a transaction. A condition of
// "" is none.
func (c *Client) TxPut(item Item, condition string, v Values, onConditionFailed func(Item) error) TxWrite {
	p := &types.Put{TableName: &c.Name, Item: item, ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld}
	p.ConditionExpression, p.ExpressionAttributeValues = Optional(condition), v.AV()
	return TxWrite{types.TransactWriteItem{Put: p}, onConditionFailed}
}

func (c *Client) TxUpdate(k Key, expression, condition string, v Values, onConditionFailed func(Item) error) TxWrite {
	return TxWrite{types.TransactWriteItem{Update: &types.Update{
		TableName: &c.Name, Key: k.AV(), UpdateExpression: &expression, ConditionExpression: Optional(condition), ExpressionAttributeValues: v.AV(),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}}, onConditionFailed}
}

func (c *Client) TxCheck(k Key, condition string, v Values, onConditionFailed func(Item) error) TxWrite {
	return TxWrite{types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{
		TableName: &c.Name, Key: k.AV(), ConditionExpression: &condition, ExpressionAttributeValues: v.AV(),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}}, onConditionFailed}
}

func (c *Client) TxDelete(k Key, condition string, v Values, onConditionFailed func(Item) error) TxWrite {
	return TxWrite{types.TransactWriteItem{Delete: &types.Delete{
		TableName: &c.Name, Key: k.AV(), ConditionExpression: Optional(condition), ExpressionAttributeValues: v.AV(),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}}, onConditionFailed}
}

// Transact does every step or none. Of several refusals the first step's wins.
func (c *Client) Transact(ctx context.Context, writes ...TxWrite) error {
	in := &dynamodb.TransactWriteItemsInput{TransactItems: make([]types.TransactWriteItem, len(writes))}
	for i, w := range writes {
		in.TransactItems[i] = w.Write
	}
	_, err := c.DB.TransactWriteItems(ctx, in)
	var canceled *types.TransactionCanceledException
	if errors.As(err, &canceled) {
		for i, reason := range canceled.CancellationReasons { // one per step, in order
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

// TxWrite is one write of a transaction, and what its failed condition means. The
// item that refused is handed to refuse, where the write asks for it.
type TxWrite struct {
	Write             types.TransactWriteItem
	OnConditionFailed func(item Item) error
}

// RefuseWith is a refusal that needs no look at the item.
func RefuseWith(err error) func(Item) error {
	return func(Item) error { return err }
}

func Optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Update is one update outside a transaction. Where its condition fails, refuse
// is handed the item (nil if there is none).
type Update struct {
	Key               Key
	Expression        string
	Condition         string
	Names             map[string]string
	Values            Values
	OnConditionFailed func(item Item) error
}

const (
	maxBatchWrite = 25 // items that one BatchWriteItem takes
	FewAtOnce     = 4  // calls for one person, beside other people's
)

// ErrExists: ids are drawn from 2^128, so this is a caller that used one twice.
var ErrExists = errors.New("an item of this id is there already")

const Absent = "attribute_not_exists(pk)"

// UpdateItem carries out an update and returns the item as it then is.
func (c *Client) UpdateItem(ctx context.Context, u Update) (Item, error) {
	out, err := c.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &c.Name, Key: u.Key.AV(), UpdateExpression: &u.Expression, ConditionExpression: Optional(u.Condition),
		ExpressionAttributeNames: u.Names, ExpressionAttributeValues: u.Values.AV(),
		ReturnValues:                        types.ReturnValueAllNew,
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

// PutItem writes an item, or hands the one that is there to refuse.
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

// DeleteItem deletes an item, if it is there.
func (c *Client) DeleteItem(ctx context.Context, k Key) error {
	_, err := c.DB.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &c.Name, Key: k.AV()})
	if err != nil {
		return Outage(fmt.Errorf("delete %s: %w", kindOf(k), err))
	}
	return nil
}

// WriteBatch puts and deletes items without conditions, some calls at a time.
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
