// Package kinesis puts records on one stream of Amazon Kinesis Data Streams, for other
// systems to read. It does not know what they mean: package feed does.
//
// Look first at Stream.Put.
package kinesis

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
)

// patience is how long a record may take, second tries of the client included.
const patience = 5 * time.Second

// Stream takes records. It is safe for concurrent use.
type Stream struct {
	client   *kinesis.Client
	name     string
	patience time.Duration
}

// New returns a Stream by its name. It opens no connection and cannot fail.
func New(cfg aws.Config, name string) Stream {
	return Stream{client: kinesis.NewFromConfig(cfg), name: name, patience: patience}
}

// Put puts a record. Records of one key keep their order. After an error the record may
// be on the stream all the same, and whoever puts it again may put it twice.
func (s Stream) Put(ctx context.Context, key string, record []byte) error {
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	_, err := s.client.PutRecord(ctx, &kinesis.PutRecordInput{StreamName: &s.name, PartitionKey: &key, Data: record})
	return err
}
