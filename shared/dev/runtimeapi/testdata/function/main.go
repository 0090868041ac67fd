// Command function does what the event says, so that the pool's tests can see
// every way in which a function ends.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct {
	Do    string `json:"do"`
	Size  int    `json:"size"`
	Until string `json:"until"` // a file: the function answers once it exists
}

func main() {
	switch os.Getenv("START") {
	case "crash":
		fmt.Println("cannot start")
		os.Exit(3)
	case "hang":
		for { // a bare select would be found to be a deadlock, and end the process
			time.Sleep(time.Hour)
		}
	}
	served := 0
	lambda.Start(func(ctx context.Context, e event) (any, error) {
		served++
		deadline, _ := ctx.Deadline()
		switch e.Do {
		case "fail":
			return nil, errors.New("no luck")
		case "panic":
			panic("oh")
		case "exit":
			os.Exit(7)
		case "hang":
			select {}
		case "print":
			fmt.Print("one\ntwo\nwithout end")
		case "big":
			return json.RawMessage(`"` + strings.Repeat("x", e.Size-2) + `"`), nil
		case "wait":
			if err := os.WriteFile(e.Until+".begun", nil, 0o600); err != nil {
				return nil, err
			}
			for {
				if _, err := os.Stat(e.Until); err == nil {
					break
				}
				time.Sleep(5 * time.Millisecond)
			}
		}
		lc, _ := lambdacontext.FromContext(ctx)
		return map[string]any{
			"pid":     os.Getpid(),
			"served":  served,
			"id":      lc.AwsRequestID,
			"arn":     lc.InvokedFunctionArn,
			"left":    time.Until(deadline).Seconds(),
			"environ": os.Environ(),
		}, nil
	})
}
