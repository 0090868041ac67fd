// Package archive has the methods of package store once more, with other calls.
package archive

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

type Archive struct{ DB *dynamodb.Client }

func (a Archive) Read(ctx context.Context) error {
	_, err := a.DB.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{})
	return err
}
