package dynamo

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"golang.org/x/sync/errgroup"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

// Sessions is S4: a person's sessions, without the rest of the partition.
func (s *Store) Sessions(ctx context.Context, c staff.EmployeeCode) ([]account.Session, error) {
	items, err := s.query(ctx, staffPK(c), sessionPrefix)
	if err != nil {
		return nil, err
	}
	sessions := make([]account.Session, len(items))
	for i, item := range items {
		if sessions[i], err = sessionFromItem(item); err != nil {
			return nil, err
		}
	}
	return sessions, nil
}

// EndSessions is S5. A delete that is repeated changes nothing.
func (s *Store) EndSessions(ctx context.Context, c staff.EmployeeCode, hashes []string) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(16) // those that are over stay until the table's time to live takes them
	for _, hash := range hashes {
		g.Go(func() error { return s.drop(ctx, sessionKey(c, hash)) })
	}
	return g.Wait()
}

// SignIns is S6: lines of the history, newest first, eventually consistent. What
// is older than since is gone, even where time to live is late.
func (s *Store) SignIns(ctx context.Context, c staff.EmployeeCode, since time.Time, after string, limit int) ([]account.SignIn, error) {
	pk, oldest := signInsPK(c), sortTime(since)
	if after != "" && after < oldest { // a cursor that lay about for so long
		return nil, nil
	}
	in := &dynamodb.QueryInput{
		TableName: &s.table, KeyConditionExpression: aws.String("pk = :pk AND sk >= :since"), ScanIndexForward: aws.Bool(false), Limit: aws.Int32(int32(limit)),
		ExpressionAttributeValues: values{":pk": pk, ":since": oldest}.av(),
	}
	if after != "" {
		in.ExclusiveStartKey = key{pk, after}.av()
	}
	out, err := s.db.Query(ctx, in)
	if err != nil {
		return nil, outage(fmt.Errorf("query the sign-ins: %w", err))
	}
	lines := make([]account.SignIn, len(out.Items))
	for i, item := range out.Items {
		var it signInItem
		if err := into(item, &it); err != nil {
			return nil, err
		}
		lines[i] = account.SignIn{
			Place: text(item["sk"]), At: instant(it.At), Client: account.Client(it.Client), DeviceName: it.DeviceName, Address: it.Address, SecondStep: it.SecondStep,
		}
	}
	return lines, nil
}
