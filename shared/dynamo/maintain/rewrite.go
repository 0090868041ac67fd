package maintain

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"chaoxi/shared/dynamo/internal/table"
)

// rawAtOnce is how many batches Rewrite writes side by side.
const rawAtOnce = 8

// Rewrite is Z13: all items, put into another table by BatchWriteItem alone, and how long the
// writing took. It is what the bench holds the product's own writing against.
func (s *Store) Rewrite(ctx context.Context, to string, now func() time.Time) (items int, took time.Duration, err error) {
	pages := dynamodb.NewScanPaginator(s.table.DB, &dynamodb.ScanInput{TableName: &s.table.Name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return items, took, table.Outage(fmt.Errorf("read what is to be rewritten: %w", err))
		}
		began := now()
		g, ctx := errgroup.WithContext(ctx)
		g.SetLimit(rawAtOnce)
		for some := range slices.Chunk(page.Items, 25) {
			g.Go(func() error {
				writes := make([]types.WriteRequest, len(some))
				for i, item := range some {
					writes[i].PutRequest = &types.PutRequest{Item: item}
				}
				out, err := s.table.DB.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{to: writes}})
				if err == nil && len(out.UnprocessedItems) > 0 {
					err = errors.New("items were left out")
				}
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return items, took, table.Outage(fmt.Errorf("rewrite: %w", err))
		}
		items, took = items+len(page.Items), took+now().Sub(began)
	}
	return items, took, nil
}
