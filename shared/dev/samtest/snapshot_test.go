package samtest_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// snapshot is all items of a table. Taking the table back to it is quicker than
// filling another one.
type snapshot struct {
	db    *dynamodb.Client
	table string
	items map[key]item
}

type (
	item = map[string]types.AttributeValue
	key  struct{ pk, sk string }
)

func take(t *testing.T, db *dynamodb.Client, table string) snapshot {
	t.Helper()
	s := snapshot{db, table, map[key]item{}}
	pages := dynamodb.NewScanPaginator(db, &dynamodb.ScanInput{TableName: &table, ConsistentRead: aws.Bool(true)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range page.Items {
			s.items[key{i["pk"].(*types.AttributeValueMemberS).Value, i["sk"].(*types.AttributeValueMemberS).Value}] = i
		}
	}
	return s
}

func (s snapshot) restore(t *testing.T) {
	t.Helper()
	is := take(t, s.db, s.table).items
	for k, i := range s.items {
		if !reflect.DeepEqual(is[k], i) {
			if _, err := s.db.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: &s.table, Item: i}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for k, i := range is {
		if s.items[k] == nil {
			if _, err := s.db.DeleteItem(context.Background(), &dynamodb.DeleteItemInput{TableName: &s.table, Key: item{"pk": i["pk"], "sk": i["sk"]}}); err != nil {
				t.Fatal(err)
			}
		}
	}
}
