package table

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"
)

// Patience is how long one attempt of a call may take. After it the client gives up
// the connection and tries again. The table answers within milliseconds; an attempt
// that takes a second has met a broken connection or a broken host, and the next
// attempt meets another one. Without it one call that hangs would use up all the time
// of a request.
//
// An attempt that was given up may have been carried out. To repeat it is as safe as
// to repeat one whose answer was lost.
type Patience struct {
	Call        time.Duration // of a read or write of single items
	Transaction time.Duration // of a transaction or a batch of writes
	Other       time.Duration // of what only the operator calls, such as to read the whole table
}

// Usual is the Patience of New and Over. Two attempts of each of the four trips of a
// sign-in fit into the time of a function.
var Usual = Patience{Call: time.Second, Transaction: 2 * time.Second, Other: 10 * time.Second}

// Set gives a client this patience in place of the one that it has. It is an option of
// New and Over.
func (p Patience) Set(o *dynamodb.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		if _, has := stack.Finalize.Get(p.ID()); has {
			_, err := stack.Finalize.Swap(p.ID(), p)
			return err
		}
		// After Retry, so that each attempt has a time of its own.
		return stack.Finalize.Insert(p, "Retry", middleware.After)
	})
}

// of returns the time of an attempt of an operation.
func (p Patience) of(operation string) time.Duration {
	switch operation {
	case "GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem":
		return p.Call
	case "TransactWriteItems", "BatchWriteItem":
		return p.Transaction
	default:
		return p.Other
	}
}

// ID names the middleware for the client's stack.
func (Patience) ID() string { return "Patience" }

// HandleFinalize makes one attempt.
func (p Patience) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
	operation := middleware.GetOperationName(ctx)
	limit := p.of(operation)
	attempt, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	out, metadata, err := next.HandleFinalize(attempt, in)
	if err != nil && attempt.Err() != nil && ctx.Err() == nil {
		err = &attemptTimeout{operation, limit, err}
	}
	return out, metadata, err
}

// attemptTimeout is the error of an attempt that was given up. The client would not
// repeat the error that it stands for: it takes the end of a context for the caller's
// wish.
type attemptTimeout struct {
	operation string
	limit     time.Duration
	cause     error
}

// Error implements error. The cause is not wrapped, because it says that the caller
// has cancelled.
func (e *attemptTimeout) Error() string {
	return fmt.Sprintf("%s had no answer within %s: %v", e.operation, e.limit, e.cause)
}

// retryTimeouts makes the SDK repeat an attempt that was given up.
func retryTimeouts(o *retry.StandardOptions) {
	o.Retryables = append([]retry.IsErrorRetryable{retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
		var given *attemptTimeout
		if errors.As(err, &given) {
			return aws.TrueTernary
		}
		return aws.UnknownTernary
	})}, o.Retryables...)
}
