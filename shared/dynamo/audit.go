package dynamo

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"golang.org/x/sync/errgroup"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/audit"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/staff"
)

// AuditEntries is A3 (of a person), A4 (by an administrator) or A5 (in an
// organisation's month): a part of one partition, newest first. It is strongly
// consistent, so administrators find what they have just done.
func (s *Store) AuditEntries(ctx context.Context, r admin.AuditRange) (admin.AuditStretch, error) {
	var pk string
	switch {
	case !r.Of.IsZero():
		pk = table.AuditOfKey(r.Of.String(), "", "").PK
	case !r.By.IsZero():
		pk = table.AuditByKey(r.By, "", "").PK
	default:
		pk = table.AuditInPK(r.In, r.Month)
	}
	from, to := table.SortTime(r.From), table.SortTime(r.To)
	if from > to || r.After != "" && r.After < from {
		return admin.AuditStretch{}, nil // DynamoDB refuses an empty range, and a start key outside it
	}
	in := &dynamodb.QueryInput{
		TableName: &s.table.Name, ConsistentRead: aws.Bool(true), ScanIndexForward: aws.Bool(false), Limit: aws.Int32(int32(r.Limit)),
		KeyConditionExpression:    aws.String("pk = :pk AND sk BETWEEN :from AND :to"), // a key is longer than its time: To is outside
		ExpressionAttributeValues: table.Values{":pk": pk, ":from": from, ":to": to}.AV(),
	}
	if r.After != "" {
		in.ExclusiveStartKey = table.Key{PK: pk, SK: r.After}.AV()
	}
	out, err := s.table.DB.Query(ctx, in)
	if err != nil {
		return admin.AuditStretch{}, table.Outage(fmt.Errorf("query the audit: %w", err))
	}
	stretch := admin.AuditStretch{Entries: make([]admin.AuditRow, len(out.Items)), Last: table.Str(out.LastEvaluatedKey["sk"])}
	for i, item := range out.Items {
		e, err := table.AuditFromItem(item)
		if err != nil {
			return admin.AuditStretch{}, err
		}
		stretch.Entries[i] = admin.AuditRow{Entry: e, Key: table.Str(item["sk"])}
	}
	return stretch, nil
}

// AddToLogs is A6: an entry in the logs of organisations. A log that has the entry
// already stays as it is. The items are put one by one: a batch takes no conditions,
// so it could overwrite an entry.
func (s *Store) AddToLogs(ctx context.Context, e audit.Entry, orgs []staff.OrgCode) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(table.FewAtOnce)
	for _, org := range orgs {
		g.Go(func() error {
			k := table.Key{PK: table.AuditInPK(org, e.At), SK: table.SortTime(e.At) + "#" + e.ID}
			err := s.table.PutItem(ctx, table.AuditToItem(k, table.AuditInKind, e), table.Absent, nil, table.ErrAuditTwice)
			if errors.Is(err, table.ErrAuditTwice) {
				return nil
			}
			return err
		})
	}
	return g.Wait()
}

// Audit is A2: an entry about something that changes nothing, such as a look at a
// whole ID card number. It fails with ErrRevised if callerCheck of by fails.
func (s *Store) Audit(ctx context.Context, by account.Caller, e audit.Entry) error {
	return s.table.Transact(ctx, append(s.callerCheck(by), s.table.TxAudit(e)...)...)
}
