package maintain

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"golang.org/x/sync/errgroup"

	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/staff"
)

// Publish tells other systems of everybody and of every organisation, for instance a
// system that is new. It may run while others write: an event of a change that comes
// in between has a higher revision.
type Publish struct {
	Store    *Store
	To       Others
	Progress func(PublishReport) // after each page
	Page     int32               // items that one call scans; 0 is as many as one answer holds
}

// Others are told of a person or an organisation. feed.Publisher tells them.
type Others interface {
	Staff(ctx context.Context, before, after staff.Staff) error
	Org(ctx context.Context, before, after staff.Org) error
}

// PublishReport says what has been told so far.
type PublishReport struct {
	People, Orgs int
	From         string // the place at which to go on; "" at the end
}

// Run is Z10: the whole table, or its rest from the place that an earlier report named.
// An error ends it; the report says where.
func (uc Publish) Run(ctx context.Context, from string) (PublishReport, error) {
	report := PublishReport{From: from}
	start, err := decodePlace(from)
	if err != nil {
		return report, err
	}
	in := &dynamodb.ScanInput{
		TableName: &uc.Store.table.Name, ConsistentRead: aws.Bool(true), ExclusiveStartKey: start, FilterExpression: aws.String("kind IN (:staff, :org)"),
		ExpressionAttributeValues: table.Values{":staff": table.StaffKind, ":org": table.OrgKind}.AV(),
	}
	if uc.Page > 0 {
		in.Limit = &uc.Page
	}
	for {
		out, err := uc.Store.table.DB.Scan(ctx, in)
		if err != nil {
			return report, table.Outage(fmt.Errorf("scan: %w", err))
		}
		if err := uc.page(ctx, out.Items, &report); err != nil {
			return report, err
		}
		in.ExclusiveStartKey, report.From = out.LastEvaluatedKey, encodePlace(out.LastEvaluatedKey)
		uc.Progress(report)
		if report.From == "" {
			return report, nil
		}
	}
}

// page tells of the people and organisations of a page, some at once.
func (uc Publish) page(ctx context.Context, items []table.Item, report *PublishReport) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(peopleAtOnce)
	people, orgs := 0, 0
	for _, item := range items {
		if table.Str(item["kind"]) == table.StaffKind {
			people++
			g.Go(func() error {
				s, err := table.StaffFromItem(item)
				if err != nil {
					return err
				}
				return uc.To.Staff(ctx, staff.Staff{}, s)
			})
			continue
		}
		orgs++
		g.Go(func() error {
			o, err := table.OrgFromItem(item)
			if err != nil {
				return err
			}
			return uc.To.Org(ctx, staff.Org{}, o)
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	report.People, report.Orgs = report.People+people, report.Orgs+orgs
	return nil
}
