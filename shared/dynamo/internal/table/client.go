package table

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/fault"
)

// Client makes calls on one table.
type Client struct {
	DB   *dynamodb.Client
	Name string
}

// New returns a Client for the table of that name. It retries as retrySettings says
// and reports what calls consume to the meter of the request. It makes no call and
// cannot fail. Options come last.
func New(cfg aws.Config, name string, options ...func(*dynamodb.Options)) *Client {
	return &Client{dynamodb.NewFromConfig(cfg, append([]func(*dynamodb.Options){retrySettings, roomyStack, withMeter}, options...)...), name}
}

// Over returns a Client with db's own options and with the retries of New. It adds
// no meter. Options come last.
func Over(db *dynamodb.Client, name string, options ...func(*dynamodb.Options)) *Client {
	return &Client{dynamodb.New(db.Options(), append([]func(*dynamodb.Options){retrySettings, roomyStack}, options...)...), name}
}

// retrySettings sets how long an attempt may take, and which failed calls the SDK
// repeats, how often and how soon.
func retrySettings(o *dynamodb.Options) {
	o.Retryer = retry.NewStandard(capRetries, retryConflicts, retryTimeouts)
	Usual.Set(o)
}

// capRetries keeps all tries of a call within the seconds that a person waits. The
// SDK itself would pause up to 20 s between two tries, longer than a function runs.
func capRetries(o *retry.StandardOptions) {
	o.MaxAttempts = 5
	o.MaxBackoff = 250 * time.Millisecond
}

// retryConflicts makes the SDK repeat a transaction that was cancelled only because
// another one was writing the same items. The SDK does not do so by itself. It is
// safe: all tries have the same request token, so DynamoDB applies one of them at
// most. A failed condition is not repeated, since it is an answer.
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

// Outage turns an error of the table into fault.Unavailable, with which the caller
// is told to try again. A fault.Error and nil stay as they are.
func Outage(err error) error {
	if err == nil {
		return nil
	}
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	return fault.Unavailable.Because(err)
}

// wait pauses before the n-th repetition for the items that a batch left out: 20 ms,
// then twice as long each time. At the seventh it fails with Unavailable.
func wait(ctx context.Context, n int) error {
	if n > 6 {
		return fault.Unavailable.Becausef("a batch was held back %d times", n)
	}
	select {
	case <-ctx.Done():
		return Outage(ctx.Err())
	case <-time.After(time.Duration(1<<n) * 10 * time.Millisecond):
		return nil
	}
}
