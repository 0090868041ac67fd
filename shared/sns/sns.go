// Package sns hands texts to Amazon SNS. It decides nothing about who gets one:
// counts and limits are package account's. What matters here is to tell a text
// that was certainly not sent from one that may have been.
package sns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"chaoxi/shared/account"
	"chaoxi/shared/meter"
	"chaoxi/shared/staff"
)

// patience is how long a text may take to hand over.
const patience = 4 * time.Second

// idle is how long a connection is kept for the next text. A function sleeps
// between requests, and on waking must not use one that the other side has closed
// since: the text would be lost, and count as sent.
const idle = 5 * time.Second

// Sender sends texts one at a time.
type Sender struct {
	client   *sns.Client
	patience time.Duration
}

// New returns a Sender. It opens nothing and cannot fail. It never tries a text
// twice: a try that lost its answer may have arrived, and a person with two
// codes types the wrong one.
func New(cfg aws.Config) Sender {
	client := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.IdleConnTimeout = idle })
	return Sender{patience: patience, client: sns.NewFromConfig(cfg, func(o *sns.Options) {
		o.RetryMaxAttempts = 1
		o.HTTPClient = client
	})}
}

// Send fails with account.ErrTextRefused if the service said no, or was never
// reached. After any other error the text may have been sent.
func (s Sender) Send(ctx context.Context, to staff.Phone, text string) error {
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	_, err := s.client.Publish(ctx, &sns.PublishInput{
		PhoneNumber: aws.String(to.E164()),
		Message:     &text,
		MessageAttributes: map[string]types.MessageAttributeValue{
			"AWS.SNS.SMS.SMSType": {DataType: aws.String("String"), StringValue: aws.String("Transactional")},
		},
	})
	if err != nil && refused(err) {
		meter.Count(ctx, meter.TextsRefused, 1)
		return errors.Join(account.ErrTextRefused, hide(err, to))
	}
	meter.Count(ctx, meter.TextsSent, 1)
	if err != nil {
		return fmt.Errorf("publish: %w", hide(err, to))
	}
	return nil
}

// refused reports whether a request certainly led to no text: it was answered
// with an error, or no connection was made to send it on.
func refused(err error) bool {
	var answered *smithyhttp.ResponseError
	if errors.As(err, &answered) && answered.Response != nil && answered.HTTPStatusCode() >= 300 {
		return true
	}
	var op *net.OpError
	var dns *net.DNSError
	return errors.As(err, &op) && op.Op == "dial" || errors.As(err, &dns)
}

// hide is err unless its text has the number in it, as SNS's own answers may.
func hide(err error, to staff.Phone) error {
	if strings.Contains(err.Error(), to.National()) {
		return fmt.Errorf("the text to %s failed; the answer named the number and is not shown", to)
	}
	return err
}
