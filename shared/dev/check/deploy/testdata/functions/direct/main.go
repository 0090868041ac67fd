// Command direct makes its calls in main.
package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"golang.org/x/crypto/argon2"

	"chaoxi/shared/meter"
)

func main() {
	ctx := context.Background()
	_, _ = new(dynamodb.Client).GetItem(ctx, &dynamodb.GetItemInput{})
	_, _ = new(sns.Client).Publish(ctx, &sns.PublishInput{})
	_ = argon2.IDKey(nil, nil, 1, 1, 1, 1)
	meter.Count(ctx, meter.TextsSent, 1)
}
