// Package dynamotest gives each test a fresh table on DynamoDB Local, made from
// template.yaml itself, so that keys and time to live are the deployed ones and
// tests can run in parallel. It has no stream (sam.Table.WithoutStream); tests of
// those who read one make a table of their own.
//
// It starts nothing and fakes nothing: without an endpoint tests are skipped.
// Start with New; Counter shows what a use case costs, Faults breaks its calls.
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

// New returns a client and a fresh table that goes with the test.
func New(t testing.TB) (*dynamodb.Client, string) {
	t.Helper()
	return NewWith(t)
}

// NewWith is New for a client with options, such as those of Counter and Faults.
// They do not see how the table is made and deleted.
func NewWith(t testing.TB, optFns ...func(*dynamodb.Options)) (*dynamodb.Client, string) {
	t.Helper()
	return create(t, endpoint(t), template(t), optFns...)
}

// endpoint skips the test when there is none.
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

// Client talks to the DynamoDB Local at endpoint.
func Client(endpoint string, optFns ...func(*dynamodb.Options)) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region:       "us-east-1", // any; of one that it does not know the SDK compiles patterns to look for it, for each call
		BaseEndpoint: &endpoint,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
		DisableValidateResponseChecksum: true, // Local sends 0 with error answers, and the client would warn of it
	}, optFns...)
}

var load = sync.OnceValues(func() (*sam.Template, error) {
	file, err := find("template.yaml")
	if err != nil {
		return nil, err
	}
	return sam.Load(file, sam.Options{})
})

// template returns the table of template.yaml.
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

// find returns the path of a file beside go.mod, above the test's directory.
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
