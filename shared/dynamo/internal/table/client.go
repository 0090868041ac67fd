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

// Client makes the calls on one table.
type Client struct {
	DB   *dynamodb.Client
	Name string
}

func New(cfg aws.Config, name string, options ...func(*dynamodb.Options)) *Client {
	return &Client{dynamodb.NewFromConfig(cfg, append([]func(*dynamodb.Options){retrySettings, withMeter}, options...)...), name}
}

func Over(db *dynamodb.Client, name string, options ...func(*dynamodb.Options)) *Client {
	return &Client{dynamodb.New(db.Options(), append([]func(*dynamodb.Options){retrySettings}, options...)...), name}
}

func retrySettings(o *dynamodb.Options) { o.Retryer = retry.NewStandard(capRetries, retryConflicts) }

// capRetries keeps retries inside the seconds that a waiting person has. The SDK's
// own ceiling, 20 s between tries, outlives the function.
func capRetries(o *retry.StandardOptions) {
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

// Outage turns what the table could not do for now into Unavailable, so that
// the caller is told to try again; everything else stays what it is.
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

// wait pauses before the n-th try of what a batch held back.
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
