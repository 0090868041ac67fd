// Package dynamotest gives each test a fresh table on DynamoDB Local, so that tests
// can run in parallel. The table is made from template.yaml, so keys and time to
// live are the deployed ones. It has no stream (sam.Table.WithoutStream); a test of
// a function that reads the stream makes its own table.
//
// The package starts no DynamoDB Local and imitates none: without an endpoint it
// skips the tests. Look first at New, then at Counter, which shows what a use case
// costs, and at Faults, which breaks its calls.
package dynamotest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/dev/sam"
)

// New returns a client and the name of a fresh table, which is deleted when the test
// ends.
func New(t testing.TB) (*dynamodb.Client, string) {
	t.Helper()
	return NewWith(t)
}

// NewWith is New for a client with options, such as those of Counter and Faults.
// They do not see the calls that make and delete the table.
func NewWith(t testing.TB, optFns ...func(*dynamodb.Options)) (*dynamodb.Client, string) {
	t.Helper()
	return create(t, endpoint(t), template(t), optFns...)
}

// endpoint returns the address of DynamoDB Local. Without one it skips the test, or
// fails it if REQUIRE_DYNAMODB is 1.
func endpoint(t testing.TB) string {
	t.Helper()
	endpoint := os.Getenv("AWS_ENDPOINT_URL_DYNAMODB")
	if endpoint == "" {
		const why = "AWS_ENDPOINT_URL_DYNAMODB is not set; `make test` starts a DynamoDB Local and sets it"
		if os.Getenv("REQUIRE_DYNAMODB") == "1" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	return endpoint
}

func create(t testing.TB, endpoint string, table sam.Table, optFns ...func(*dynamodb.Options)) (*dynamodb.Client, string) {
	t.Helper()
	var random [8]byte
	rand.Read(random[:])
	name := "test-" + hex.EncodeToString(random[:])
	plain := Client(endpoint)
	if err := table.WithoutStream().Create(context.Background(), plain, name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := plain.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: &name}); err != nil {
			t.Errorf("delete table %s: %v", name, err)
		}
	})
	return Client(endpoint, optFns...), name
}

// Client returns a client of the DynamoDB Local at endpoint.
func Client(endpoint string, optFns ...func(*dynamodb.Options)) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region:       "us-east-1", // any that the SDK knows; for others it compiles patterns with each call
		BaseEndpoint: &endpoint,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
		DisableValidateResponseChecksum: true, // Local sends 0 with error answers, and the client would log a warning
	}, optFns...)
}

var load = sync.OnceValues(func() (*sam.Template, error) {
	file, err := find("template.yaml")
	if err != nil {
		return nil, err
	}
	return sam.Load(file, sam.Options{})
})

// template returns the table as template.yaml has it.
func template(t testing.TB) sam.Table {
	t.Helper()
	tmpl, err := load()
	if err != nil {
		t.Fatal(err)
	}
	table, ok := tmpl.Table("Table")
	if !ok {
		t.Fatal("template.yaml has no table called Table")
	}
	return table
}

// find returns the path of a file in the directory of go.mod, which is above that of
// the test.
func find(name string) (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, name), nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", os.ErrNotExist
		}
		dir = parent
	}
}
