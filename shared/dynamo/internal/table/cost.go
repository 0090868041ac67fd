package table

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"

	"chaoxi/shared/meter"
)

// withMeter makes every call of a client report the capacity that it consumed to the
// meter of the request. The request's log line shows the sum.
func withMeter(o *dynamodb.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("Meter", meterCall), middleware.Before)
	})
}

// meterCall asks for the consumed capacity and reports it. Scans are not counted:
// no function makes any.
func meterCall(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
	const total = types.ReturnConsumedCapacityTotal
	switch p := in.Parameters.(type) {
	case *dynamodb.GetItemInput:
		p.ReturnConsumedCapacity = total
	case *dynamodb.BatchGetItemInput:
		p.ReturnConsumedCapacity = total
	case *dynamodb.QueryInput:
		p.ReturnConsumedCapacity = total
	case *dynamodb.PutItemInput:
		p.ReturnConsumedCapacity = total
	case *dynamodb.UpdateItemInput:
		p.ReturnConsumedCapacity = total
	case *dynamodb.DeleteItemInput:
		p.ReturnConsumedCapacity = total
	case *dynamodb.BatchWriteItemInput:
		p.ReturnConsumedCapacity = total
	case *dynamodb.TransactWriteItemsInput:
		p.ReturnConsumedCapacity = total
	}
	out, metadata, err := next.HandleInitialize(ctx, in)
	meter.Add(ctx, consumedUnits(out.Result))
	return out, metadata, err
}

// consumedUnits returns the capacity units that the output of a call shows.
func consumedUnits(result any) float64 {
	switch r := result.(type) {
	case *dynamodb.GetItemOutput:
		return capacity(r.ConsumedCapacity)
	case *dynamodb.BatchGetItemOutput:
		return sum(r.ConsumedCapacity)
	case *dynamodb.QueryOutput:
		return capacity(r.ConsumedCapacity)
	case *dynamodb.PutItemOutput:
		return capacity(r.ConsumedCapacity)
	case *dynamodb.UpdateItemOutput:
		return capacity(r.ConsumedCapacity)
	case *dynamodb.DeleteItemOutput:
		return capacity(r.ConsumedCapacity)
	case *dynamodb.BatchWriteItemOutput:
		return sum(r.ConsumedCapacity)
	case *dynamodb.TransactWriteItemsOutput:
		return sum(r.ConsumedCapacity)
	}
	return 0
}

func capacity(c *types.ConsumedCapacity) float64 {
	if c == nil || c.CapacityUnits == nil {
		return 0
	}
	return *c.CapacityUnits
}

func sum(all []types.ConsumedCapacity) float64 {
	units := 0.0
	for _, c := range all {
		units += capacity(&c)
	}
	return units
}
