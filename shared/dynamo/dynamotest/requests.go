package dynamotest

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Requests returns an option with which a client shows each of its calls, as it is
// sent: the operation and the body of the request.
func Requests(show func(ctx context.Context, operation string, body []byte)) func(*dynamodb.Options) {
	return func(o *dynamodb.Options) {
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			return stack.Build.Add(middleware.BuildMiddlewareFunc("ShowRequest", func(ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler) (middleware.BuildOutput, middleware.Metadata, error) {
				request, ok := in.Request.(*smithyhttp.Request)
				if !ok {
					return middleware.BuildOutput{}, middleware.Metadata{}, fmt.Errorf("a request of type %T", in.Request)
				}
				body, err := io.ReadAll(request.GetStream())
				if err == nil {
					request, err = request.SetStream(strings.NewReader(string(body)))
				}
				if err != nil {
					return middleware.BuildOutput{}, middleware.Metadata{}, fmt.Errorf("read a request: %w", err)
				}
				in.Request = request
				show(ctx, middleware.GetOperationName(ctx), body)
				return next.HandleBuild(ctx, in)
			}), middleware.After)
		})
	}
}
