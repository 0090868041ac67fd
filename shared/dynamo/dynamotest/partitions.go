package dynamotest

import (
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// partitions returns the partition keys that a call reads or writes. A query has to
// have its own as the value :pk, as those of the product do.
func partitions(input any) []string {
	var all []string
	add := func(item map[string]types.AttributeValue) {
		if pk, ok := item["pk"].(*types.AttributeValueMemberS); ok {
			all = append(all, pk.Value)
		}
	}
	switch in := input.(type) {
	case *dynamodb.GetItemInput:
		add(in.Key)
	case *dynamodb.PutItemInput:
		add(in.Item)
	case *dynamodb.UpdateItemInput:
		add(in.Key)
	case *dynamodb.DeleteItemInput:
		add(in.Key)
	case *dynamodb.QueryInput:
		add(map[string]types.AttributeValue{"pk": in.ExpressionAttributeValues[":pk"]})
	case *dynamodb.BatchGetItemInput:
		for _, asked := range in.RequestItems {
			for _, key := range asked.Keys {
				add(key)
			}
		}
	case *dynamodb.BatchWriteItemInput:
		for _, requests := range in.RequestItems {
			for _, r := range requests {
				if r.PutRequest != nil {
					add(r.PutRequest.Item)
				}
				if r.DeleteRequest != nil {
					add(r.DeleteRequest.Key)
				}
			}
		}
	case *dynamodb.TransactWriteItemsInput:
		for _, item := range in.TransactItems {
			switch {
			case item.Put != nil:
				add(item.Put.Item)
			case item.Update != nil:
				add(item.Update.Key)
			case item.Delete != nil:
				add(item.Delete.Key)
			case item.ConditionCheck != nil:
				add(item.ConditionCheck.Key)
			}
		}
	}
	return all
}
