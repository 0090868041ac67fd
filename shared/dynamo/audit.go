package dynamo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

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
// organisation's month): a stretch of the entries, newest first. It is strongly
// consistent, so administrators find what they have just done.
//
// The parts of an organisation's month are read side by side.
func (s *Store) AuditEntries(ctx context.Context, r admin.AuditRange) (admin.AuditStretch, error) {
	var parts []string
	switch {
	case !r.Of.IsZero():
		parts = []string{table.AuditOfKey(r.Of.String(), "", "").PK}
	case !r.By.IsZero():
		parts = []string{table.AuditByKey(r.By, "", "").PK}
	default:
		for n := range table.Copies {
			parts = append(parts, table.AuditInPK(r.In, r.Month, n))
		}
	}
	if from := table.SortTime(r.From); from > table.SortTime(r.To) || r.After != "" && r.After < from {
		return admin.AuditStretch{}, nil // DynamoDB refuses an empty range, and a start key outside it
	}
	stretches := make([]admin.AuditStretch, len(parts))
	reads := make([]func(context.Context) error, len(parts))
	for i, pk := range parts {
		reads[i] = func(ctx context.Context) (err error) { stretches[i], err = s.auditPart(ctx, pk, r); return err }
	}
	if err := table.Parallel(ctx, reads...); err != nil {
		return admin.AuditStretch{}, err
	}
	return mergeStretches(stretches, r.Limit), nil
}

// auditPart reads a stretch of one partition.
func (s *Store) auditPart(ctx context.Context, pk string, r admin.AuditRange) (admin.AuditStretch, error) {
	in := &dynamodb.QueryInput{
		TableName: &s.table.Name, ConsistentRead: aws.Bool(true), ScanIndexForward: aws.Bool(false), Limit: aws.Int32(int32(r.Limit)),
		KeyConditionExpression:    aws.String("pk = :pk AND sk BETWEEN :from AND :to"), // a key is longer than its time: To is outside
		ExpressionAttributeValues: table.Values{":pk": pk, ":from": table.SortTime(r.From), ":to": table.SortTime(r.To)}.AV(),
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

// mergeStretches makes one stretch of the stretches of several partitions. What is
// older than the end of a stretch that is not the last of its partition waits for the
// next page, and so does what is beyond the limit.
func mergeStretches(stretches []admin.AuditStretch, limit int) admin.AuditStretch {
	var merged admin.AuditStretch
	end := "" // the newest place up to which a partition was read without coming to its end
	for _, s := range stretches {
		merged.Entries = append(merged.Entries, s.Entries...)
		end = max(end, s.Last)
	}
	slices.SortFunc(merged.Entries, func(a, b admin.AuditRow) int { return cmp.Compare(b.Key, a.Key) })
	n := slices.IndexFunc(merged.Entries, func(e admin.AuditRow) bool { return e.Key < end })
	if n < 0 {
		n = len(merged.Entries)
	}
	if n = min(n, limit); n < len(merged.Entries) || end != "" {
		merged.Last = end
		if n > 0 {
			merged.Last = merged.Entries[n-1].Key
		}
	}
	merged.Entries = merged.Entries[:n]
	return merged
}

// AddToLogs is A6: an entry in the logs of organisations. A log that has the entry
// already stays as it is. The items are put one by one: a batch takes no conditions,
// so it could overwrite an entry.
func (s *Store) AddToLogs(ctx context.Context, e audit.Entry, orgs []staff.OrgCode) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(table.FewAtOnce)
	for _, org := range orgs {
		g.Go(func() error {
			err := s.table.PutItem(ctx, table.AuditToItem(table.AuditInKey(org, e.At, e.ID), table.AuditInKind, e), table.Absent, nil, table.ErrAuditTwice)
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

// AddEntry is A8: an entry about something that changes nothing, which does not depend on
// what the caller may do.
func (s *Store) AddEntry(ctx context.Context, e audit.Entry) error {
	return s.table.Transact(ctx, s.table.TxAudit(e)...)
}

// AuditWhole is A7: the whole values of what an entry masks, by its id; the zero
// WholeChanges if there are none.
func (s *Store) AuditWhole(ctx context.Context, id string) (admin.WholeChanges, error) {
	k := table.AuditWholeKey(id)
	items, err := s.table.GetItems(ctx, k)
	if err != nil || items[k] == nil {
		return admin.WholeChanges{}, err
	}
	var whole admin.WholeChanges
	whole.ID, whole.Subject, whole.Changes, err = table.AuditWholeFromItem(items[k])
	return whole, err
}
