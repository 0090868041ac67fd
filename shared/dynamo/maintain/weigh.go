package maintain

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/dynamo/internal/table"
)

// Weight is the number of items of one kind, and the bytes for which DynamoDB
// charges.
type Weight struct{ Items, Bytes int }

// itemOverhead is the number of bytes charged for each item beside its attributes.
const itemOverhead = 100

// Weigh is Z9: the weight of each kind of items in the whole table.
func (s *Store) Weigh(ctx context.Context) (map[string]Weight, error) {
	kinds := map[string]Weight{}
	pages := dynamodb.NewScanPaginator(s.table.DB, &dynamodb.ScanInput{TableName: &s.table.Name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, table.Outage(fmt.Errorf("weigh the table: %w", err))
		}
		for _, item := range page.Items {
			kind := table.Str(item["kind"])
			w := kinds[kind]
			w.Items++
			w.Bytes += itemOverhead + weight(&types.AttributeValueMemberM{Value: item})
			kinds[kind] = w
		}
	}
	return kinds, nil
}

// weight returns the size of a value in bytes as DynamoDB works it out, with the
// names of members (docs.aws.amazon.com, "DynamoDB item sizes and formats").
func weight(v types.AttributeValue) int {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return len(v.Value)
	case *types.AttributeValueMemberN:
		return len(v.Value)/2 + 2
	case *types.AttributeValueMemberB:
		return len(v.Value)
	case *types.AttributeValueMemberSS:
		n := 0
		for _, s := range v.Value {
			n += len(s)
		}
		return n
	case *types.AttributeValueMemberL:
		n := 3
		for _, e := range v.Value {
			n += 1 + weight(e)
		}
		return n
	case *types.AttributeValueMemberM:
		n := 3
		for name, e := range v.Value {
			n += 1 + len(name) + weight(e)
		}
		return n
	}
	return 1
}
