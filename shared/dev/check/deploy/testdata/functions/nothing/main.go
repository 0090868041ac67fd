// Command nothing is built of all that could call something, and calls nothing.
package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/dev/check/deploy/testdata/store"
	"chaoxi/shared/meter"
)

type reader interface {
	Read(ctx context.Context) error
}

// unused is named by nobody.
func unused() { _ = store.Store{}.Write(context.Background()) }

func main() {
	var r reader = store.Store{DB: dynamodb.New(dynamodb.Options{})}
	fmt.Println(r, r.(store.Store).DB.Options().Region, meter.Namespace)
}
