package dynamotest

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"
)

// Cost has what the calls through a Counter add up to.
type Cost struct {
	Calls map[string]int // by operation; retries within the client do not count
	Trips int            // calls one after the other; those that overlap count once
	Order [][]string     // the calls of each trip, by operation
	Read  float64        // capacity units of reads
	Write float64        // capacity units of writes

	Partitions map[string]int // how many calls named a partition key; a transaction once for each of its items
}

// Total is the number of calls.
func (c Cost) Total() int {
	n := 0
	for _, calls := range c.Calls {
		n += calls
	}
	return n
}

// Shape is all of a cost that a caller could measure by time: the calls of each trip,
// how many partitions of each kind they name, and the units that were read and written.
// Accounts and phones are one kind of name.
func (c Cost) Shape() string {
	kinds := map[string]int{}
	for pk, n := range c.Partitions {
		kind, rest, _ := strings.Cut(pk, "#")
		if kind == "RATE" { // which count it is matters, and whose does not
			counter, _, _ := strings.Cut(rest, "#")
			kind += "#" + counter
		}
		if kind == "PHONE" {
			kind = "NAME"
		}
		kinds[kind] += n
	}
	trips := make([][]string, len(c.Order))
	for i, side := range c.Order {
		trips[i] = slices.Sorted(slices.Values(side)) // calls side by side have no order
	}
	return fmt.Sprintf("%v, %v, %g units read, %g written", trips, kinds, c.Read, c.Write)
}

// Counter measures a client: NewWith(t, counter.Option).
type Counter struct {
	// Hold, unless it is 0, makes Trips exact between Reset and Cost. No call returns
	// before all calls that can begin without its answer have begun and are answered;
	// then they return together, and the trip is over. Hold is how often, and how long
	// at the soonest, a call looks whether that is so. Without it a busy machine may
	// end one of two calls that are made side by side before it begins the other.
	Hold time.Duration

	mu        sync.Mutex
	cost      Cost
	inFlight  int
	answered  int           // of those in flight
	over      chan struct{} // closed at the end of the trip
	measuring bool
}

// SideBySide is the Hold of tests.
const SideBySide = 4 * time.Millisecond

// patience is how many times a call looks, at most: other tests of the process
// may leave it no quiet moment.
const patience = 2500

// Option makes a client count its calls.
func (c *Counter) Option(o *dynamodb.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("CountCalls", c.call), middleware.After)
	})
}

// Cost returns what was measured since the last Reset. Calls after it are counted,
// but not held.
func (c *Counter) Cost() Cost {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.measuring = false
	cost := c.cost
	cost.Calls, cost.Order, cost.Partitions = maps.Clone(cost.Calls), slices.Clone(cost.Order), maps.Clone(cost.Partitions)
	return cost
}

// Reset sets everything to zero, for example after a test has put its items.
func (c *Counter) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cost, c.measuring = Cost{}, true
}

func (c *Counter) call(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
	in.Parameters = withCapacity(in.Parameters)
	c.begin(middleware.GetOperationName(ctx), partitions(in.Parameters)...)
	out, meta, err := next.HandleInitialize(ctx, in)
	over := c.answer(in.Parameters, out.Result)
	for looks := 0; !c.end(over, looks); looks++ {
		select {
		case <-over:
		case <-time.After(c.Hold):
		}
	}
	return out, meta, err
}

func (c *Counter) begin(operation string, partitions ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cost.Calls == nil {
		c.cost.Calls, c.cost.Partitions = map[string]int{}, map[string]int{}
	}
	for _, pk := range partitions {
		c.cost.Partitions[pk]++
	}
	c.cost.Calls[operation]++
	if c.inFlight == 0 {
		c.cost.Trips++
		c.over = make(chan struct{})
		c.cost.Order = append(c.cost.Order, nil)
	}
	if last := len(c.cost.Order) - 1; last >= 0 { // a call in flight may be older than Reset
		c.cost.Order[last] = append(c.cost.Order[last], operation)
	}
	c.inFlight++
}

// answer notes what a call came to, and returns what is closed when its trip is over.
func (c *Counter) answer(input, result any) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	read, write := capacity(input, result)
	c.cost.Read += read
	c.cost.Write += write
	c.answered++
	return c.over
}

// end tells whether an answered call may return, after so many looks.
func (c *Counter) end(over <-chan struct{}, looks int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-over: // it was counted with those that it ended with
		return true
	default:
	}
	if !c.measuring || c.Hold == 0 {
		c.inFlight--
		c.answered--
		return true
	}
	if looks == 0 || c.answered < c.inFlight || !quiet() && looks < patience {
		return false
	}
	close(c.over)
	c.inFlight, c.answered = 0, 0
	return true
}

// quiet tells whether nothing in this process runs or is about to, but who asks. A
// goroutine whose thread waits for a processor counts as one that runs.
func quiet() bool {
	samples := []metrics.Sample{{Name: "/sched/goroutines/running:goroutines"}, {Name: "/sched/goroutines/runnable:goroutines"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() <= 1 && samples[1].Value.Uint64() == 0
}

// withCapacity returns a copy of the caller's input that asks for the consumed
// capacity. If the caller has set the field, it returns the input itself. All inputs
// have the field under the same name.
func withCapacity(input any) any {
	v := reflect.ValueOf(input)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return input
	}
	field := v.Elem().FieldByName("ReturnConsumedCapacity")
	if !field.IsValid() || field.String() != "" {
		return input
	}
	c := reflect.New(v.Elem().Type())
	c.Elem().Set(v.Elem())
	c.Elem().FieldByName("ReturnConsumedCapacity").SetString(string(types.ReturnConsumedCapacityTotal))
	return c.Interface()
}

// capacity returns the units that a call consumed. A failed call has none in its
// answer, although DynamoDB charges for failed conditions.
//
// Some units are worked out from the input, since DynamoDB Local reports too few. Of
// a transaction it reports only the last item. Of a BatchGetItem it leaves out the
// items that do not exist, for which DynamoDB charges (says the reference of
// BatchGetItem).
func capacity(input, result any) (read, write float64) {
	switch out := result.(type) {
	case *dynamodb.GetItemOutput:
		return units(out.ConsumedCapacity), 0
	case *dynamodb.QueryOutput:
		return units(out.ConsumedCapacity), 0
	case *dynamodb.ScanOutput:
		return units(out.ConsumedCapacity), 0
	case *dynamodb.BatchGetItemOutput:
		return sum(out.ConsumedCapacity) + absentUnits(input, out), 0
	case *dynamodb.TransactGetItemsOutput:
		for _, r := range out.Responses {
			read += 2 * blocks(r.Item, 4096)
		}
		return read, 0
	case *dynamodb.PutItemOutput:
		return 0, units(out.ConsumedCapacity)
	case *dynamodb.UpdateItemOutput:
		return 0, units(out.ConsumedCapacity)
	case *dynamodb.DeleteItemOutput:
		return 0, units(out.ConsumedCapacity)
	case *dynamodb.BatchWriteItemOutput:
		return 0, sum(out.ConsumedCapacity)
	case *dynamodb.TransactWriteItemsOutput:
		if in, ok := input.(*dynamodb.TransactWriteItemsInput); ok {
			for _, item := range in.TransactItems { // what is updated or deleted counts as 1 KB: its size is not known here
				write += 2
				if item.Put != nil {
					write += 2*blocks(item.Put.Item, 1024) - 2
				}
			}
		}
		return 0, write
	default:
		return 0, 0
	}
}

// absentUnits returns the units that DynamoDB charges for items of a BatchGetItem
// that do not exist.
func absentUnits(input any, out *dynamodb.BatchGetItemOutput) (read float64) {
	in, ok := input.(*dynamodb.BatchGetItemInput)
	if !ok {
		return 0
	}
	for table, asked := range in.RequestItems {
		perItem := 0.5
		if asked.ConsistentRead != nil && *asked.ConsistentRead {
			perItem = 1
		}
		read += perItem * float64(len(asked.Keys)-len(out.Responses[table])-len(out.UnprocessedKeys[table].Keys))
	}
	return read
}

func units(c *types.ConsumedCapacity) float64 {
	if c == nil || c.CapacityUnits == nil {
		return 0
	}
	return *c.CapacityUnits
}

func sum(all []types.ConsumedCapacity) float64 {
	n := 0.0
	for _, c := range all {
		n += units(&c)
	}
	return n
}

// blocks returns how many blocks of size bytes an item fills, at least one.
func blocks(item map[string]types.AttributeValue, size int) float64 {
	return float64(max(1, (bytes(item)+size-1)/size))
}

// bytes returns the size of an item by DynamoDB's rules.
func bytes(item map[string]types.AttributeValue) int {
	n := 0
	for name, v := range item {
		n += len(name) + valueBytes(v)
	}
	return n
}

func valueBytes(v types.AttributeValue) int {
	n := 0
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		n = len(v.Value)
	case *types.AttributeValueMemberN:
		n = len(v.Value)/2 + 1
	case *types.AttributeValueMemberB:
		n = len(v.Value)
	case *types.AttributeValueMemberBOOL, *types.AttributeValueMemberNULL:
		n = 1
	case *types.AttributeValueMemberM:
		n = 3 + len(v.Value) + bytes(v.Value)
	case *types.AttributeValueMemberL:
		n = 3 + len(v.Value)
		for _, item := range v.Value {
			n += valueBytes(item)
		}
	case *types.AttributeValueMemberSS:
		for _, s := range v.Value {
			n += len(s)
		}
	case *types.AttributeValueMemberNS:
		for _, s := range v.Value {
			n += len(s)/2 + 1
		}
	case *types.AttributeValueMemberBS:
		for _, b := range v.Value {
			n += len(b)
		}
	}
	return n
}
