// Package sns hands texts to Amazon SNS. It tells a text that was certainly not sent
// from one that may have been sent.
//
// It does not decide who gets a text, or how many: package account counts and limits
// them. It never sends a text twice.
//
// Look first at Sender.Send.
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

// patience is how long one call of the service may take.
const patience = 4 * time.Second

// idle is how long a connection is kept for the next text. A function sleeps between
// requests, and meanwhile the other side may close the connection. A text that is
// sent on such a connection is lost, but counts as sent.
const idle = 5 * time.Second

// Sender sends texts by Amazon SNS. It is safe for concurrent use.
type Sender struct {
	client   *sns.Client
	patience time.Duration
}

// New returns a Sender. It opens no connection and cannot fail. The client does not
// repeat calls: if only the answer of the first was lost, the person would get the
// text twice.
func New(cfg aws.Config) Sender {
	client := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.IdleConnTimeout = idle })
	return Sender{patience: patience, client: sns.NewFromConfig(cfg, func(o *sns.Options) {
		o.RetryMaxAttempts = 1
		o.HTTPClient = client
	})}
}

// Send sends text to a phone. The error is account.ErrSMSRefused if the service
// refused the text or was not reached, so that nothing was sent. After any other
// error the text may have been sent.
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
		return errors.Join(account.ErrSMSRefused, hide(err, to))
	}
	meter.Count(ctx, meter.TextsSent, 1)
	if err != nil {
		return fmt.Errorf("publish: %w", hide(err, to))
	}
	return nil
}

// refused reports whether the text was certainly not sent: the service answered with
// an error, or there was no connection to it.
func refused(err error) bool {
	var answered *smithyhttp.ResponseError
	if errors.As(err, &answered) && answered.Response != nil && answered.HTTPStatusCode() >= 300 {
		return true
	}
	var op *net.OpError
	var dns *net.DNSError
	return errors.As(err, &op) && op.Op == "dial" || errors.As(err, &dns)
}

// hide returns err, or another error if the text of err has the phone's number in it:
// answers of SNS may, and the number must not reach the log.
func hide(err error, to staff.Phone) error {
	if strings.Contains(err.Error(), to.National()) {
		return fmt.Errorf("the text to %s failed; the answer named the number and is not shown", to)
	}
	return err
}
