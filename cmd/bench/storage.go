package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// storage prints what the register takes in the table, by kind of item.
func (r *register) storage(ctx context.Context, out io.Writer, db *dynamodb.Client) error {
	type sum struct{ items, bytes int }
	kinds := map[string]*sum{}
	pages := dynamodb.NewScanPaginator(db, &dynamodb.ScanInput{TableName: &r.table})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("weigh the table: %w", err)
		}
		for _, item := range page.Items {
			kind := "?"
			if k, ok := item["kind"].(*types.AttributeValueMemberS); ok {
				kind = k.Value
			}
			if kinds[kind] == nil {
				kinds[kind] = &sum{}
			}
			kinds[kind].items++
			kinds[kind].bytes += 100 + weight(&types.AttributeValueMemberM{Value: item}) // DynamoDB charges 100 bytes an item for its own
		}
	}
	t := newTable(fmt.Sprintf("What the table holds of %d people", r.size), "kind", "items", "items a person", "bytes an item", "bytes a person")
	var all sum
	row := func(name string, s sum) {
		people := float64(r.size)
		t.add(name, fmt.Sprint(s.items), fmt.Sprintf("%.2f", float64(s.items)/people), fmt.Sprint(s.bytes/s.items), fmt.Sprintf("%.0f", float64(s.bytes)/people))
	}
	for _, kind := range slices.SortedFunc(maps.Keys(kinds), func(a, b string) int { return cmp.Compare(kinds[b].bytes, kinds[a].bytes) }) {
		row(kind, *kinds[kind])
		all.items += kinds[kind].items
		all.bytes += kinds[kind].bytes
	}
	row("all", all)
	t.print(out)
	return nil
}

// weight is the size of a value as DynamoDB reckons it, names of members
// included (docs.aws.amazon.com, "DynamoDB item sizes and formats").
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
