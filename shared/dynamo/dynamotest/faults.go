package dynamotest

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"chaoxi/shared/dynamo/internal/table"
)

// Kind is a way in which an attempt fails. The client retries NotSent, AnswerLost,
// TimedOut and Throttled by itself, as it does with real ones, but not Conflict.
type Kind int

const (
	NotSent    Kind = iota + 1 // connection refused: nothing happened
	AnswerLost                 // done, but the connection broke before the answer
	TimedOut                   // no answer in time; not done
	Throttled                  // ProvisionedThroughputExceededException; not done
	Conflict                   // another transaction holds an item; not done
)

// String names the kind for the messages of tests.
func (k Kind) String() string {
	return [...]string{"no fault", "not sent", "answer lost", "timed out", "throttled", "conflict"}[k]
}

// Fault makes one call fail.
type Fault struct {
	Kind     Kind
	Op       string // PutItem, …; empty counts calls of all operations
	Call     int    // which of these calls, from 1; 0 is each of them
	Attempts int    // how many attempts of the call fail; 0 is only the first

	// Partition makes only calls fail that name a partition key which begins so; empty
	// is any call.
	Partition string
}

// Always is the number of Fault.Attempts with which all retries fail, too.
const Always = -1

// Faults breaks calls of a client: NewWith(t, faults.Option).
type Faults struct {
	mu     sync.Mutex
	faults []Fault
	calls  map[string]int
	hits   int
}

// NewFaults returns a set of faults; Set can change it at any time.
func NewFaults(faults ...Fault) *Faults {
	return &Faults{faults: faults, calls: map[string]int{}}
}

// Option makes a client's calls fail.
func (f *Faults) Option(o *dynamodb.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		if err := stack.Initialize.Add(middleware.InitializeMiddlewareFunc("NumberCall", f.number), middleware.After); err != nil {
			return err
		}
		// After Retry, so that one fault is one attempt.
		return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("BreakAttempt", f.attempt), "Retry", middleware.After)
	})
}

// AtOnce lets a client retry without a pause, and gives an attempt all the time that it
// takes. The pause gives a service time to recover, which a call that Faults breaks does
// not need. And a busy machine must not make a call fail that the test counts.
func AtOnce(o *dynamodb.Options) {
	o.Retryer = atOnce{o.Retryer}
	table.Patience{Call: time.Minute, Transaction: time.Minute, Other: time.Minute}.Set(o)
}

type atOnce struct{ aws.Retryer }

func (atOnce) RetryDelay(int, error) (time.Duration, error) { return 0, nil }

// Set replaces the faults and counts calls from 1 again.
func (f *Faults) Set(faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults, f.calls, f.hits = faults, map[string]int{}, 0
}

// Hits returns how many attempts have failed so. Zero tells a test that its fault
// never came to pass.
func (f *Faults) Hits() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hits
}

// call is the state that the attempts of one call have in common. They follow each
// other, so it needs no lock.
type call struct {
	kind  Kind
	left  int // attempts that are still to fail
	items int // of a transaction
}

type callKey struct{}

func (f *Faults) number(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
	c := f.choose(middleware.GetOperationName(ctx), partitions(in.Parameters))
	switch input := in.Parameters.(type) {
	case *dynamodb.TransactWriteItemsInput:
		c.items = len(input.TransactItems)
	case *dynamodb.TransactGetItemsInput:
		c.items = len(input.TransactItems)
	}
	return next.HandleInitialize(middleware.WithStackValue(ctx, callKey{}, &c), in)
}

func (f *Faults) choose(op string, partitions []string) call {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[""]++
	f.calls[op]++
	for _, fault := range f.faults {
		named := func(pk string) bool { return strings.HasPrefix(pk, fault.Partition) }
		if fault.Partition != "" && !slices.ContainsFunc(partitions, named) {
			continue
		}
		if (fault.Op == "" || fault.Op == op) && (fault.Call == 0 || fault.Call == f.calls[fault.Op]) {
			attempts := fault.Attempts
			if attempts == 0 {
				attempts = 1
			}
			return call{kind: fault.Kind, left: attempts}
		}
	}
	return call{}
}

func (f *Faults) attempt(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
	c, _ := middleware.GetStackValue(ctx, callKey{}).(*call)
	if c == nil || c.kind == 0 || c.left == 0 {
		return next.HandleFinalize(ctx, in)
	}
	c.left--
	f.mu.Lock()
	f.hits++
	f.mu.Unlock()

	switch c.kind {
	case AnswerLost:
		next.HandleFinalize(ctx, in) // whatever the answer is: a failed condition can get lost, too
		return fail(&smithyhttp.RequestSendError{Err: io.ErrUnexpectedEOF})
	case TimedOut:
		return fail(&smithyhttp.RequestSendError{Err: timeout{}})
	case Throttled:
		return fail(answerError(http.StatusBadRequest, &types.ProvisionedThroughputExceededException{Message: aws.String("injected")}))
	case Conflict:
		return fail(answerError(http.StatusBadRequest, conflict(c.items)))
	default:
		return fail(&smithyhttp.RequestSendError{Err: syscall.ECONNREFUSED})
	}
}

func fail(err error) (middleware.FinalizeOutput, middleware.Metadata, error) {
	return middleware.FinalizeOutput{}, middleware.Metadata{}, err
}

// answerError returns an error as the client makes it of an answer with this status.
func answerError(status int, err error) error {
	return &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status, Header: http.Header{}}}, Err: err}
}

// conflict returns the error of a transaction whose first item another transaction
// holds; for 0 items, that of a single write to such an item.
func conflict(items int) error {
	if items == 0 {
		return &types.TransactionConflictException{Message: aws.String("Transaction is ongoing for the item")}
	}
	reasons := make([]types.CancellationReason, items)
	for i := range reasons {
		reasons[i].Code = aws.String("None")
	}
	reasons[0] = types.CancellationReason{Code: aws.String("TransactionConflict"), Message: aws.String("Transaction is ongoing for the item")}
	return &types.TransactionCanceledException{Message: aws.String("Transaction cancelled, please refer cancellation reasons for specific reasons [TransactionConflict]"), CancellationReasons: reasons}
}

// timeout is the error of a network connection that has timed out.
type timeout struct{}

func (timeout) Error() string   { return "i/o timeout" }
func (timeout) Timeout() bool   { return true }
func (timeout) Temporary() bool { return true }
