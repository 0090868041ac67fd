package table

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"
)

// roomyStack is an option of a client. A call passes some forty middlewares, one below the
// other, and mostly on a goroutine of its own, whose stack begins with a few kilobytes. Go
// doubles a stack that is full and copies what is on it, four times in each call: a tenth
// of what a call computes. This one asks for the room while little is on the stack.
func roomyStack(o *dynamodb.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(roomy{}, middleware.Before)
	})
}

type roomy struct{}

// ID names the middleware for the client's stack.
func (roomy) ID() string { return "RoomyStack" }

// HandleInitialize implements middleware.InitializeMiddleware.
func (roomy) HandleInitialize(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
	useStack(stackRoom - 1)
	return next.HandleInitialize(ctx, in)
}

// stackRoom is what a call needs, and a little more.
const stackRoom = 24 << 10

// useStack has so much room on the stack while it runs. The stack stays as large.
//
//go:noinline
func useStack(at int) byte {
	var room [stackRoom]byte
	room[at] = 1
	return room[at/2]
}
