package dynamo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/staff"
)

// auditEntry is who did what to whom, when and from where.
type auditEntry struct {
	ID      string
	At      time.Time
	Actor   staff.EmployeeCode
	Subject string // employee or organisation code
	Action  string
	Changes []auditChange
	Reason  string
	Call    account.Call
	Version int64 // that the change gave the subject's record; 0: it gave none
}

type auditChange struct {
	Field string `dynamodbav:"field"`
	Old   string `dynamodbav:"old,omitempty"`
	New   string `dynamodbav:"new,omitempty"`
}

type auditItem struct {
	ID        string        `dynamodbav:"id"`
	At        int64         `dynamodbav:"at_ms"`
	Actor     string        `dynamodbav:"actor"`
	Subject   string        `dynamodbav:"subject"`
	Action    string        `dynamodbav:"action"`
	Changes   []auditChange `dynamodbav:"changes,omitempty"`
	Reason    string        `dynamodbav:"reason,omitempty"`
	SourceIP  string        `dynamodbav:"source_ip"`
	RequestID string        `dynamodbav:"request_id"`
	Version   int64         `dynamodbav:"version,omitempty"`
}

func auditToItem(e auditEntry) auditItem {
	return auditItem{e.ID, millis(e.At), e.Actor.String(), e.Subject, e.Action, e.Changes, e.Reason, e.Call.Address, e.Call.ID, e.Version}
}

// audit is A1: the entry under its subject and under its actor, as steps of the
// transaction that makes the change. An entry is put once and never touched.
func (c *client) audit(e auditEntry) []step {
	it, at := auditToItem(e), sortTime(e.At)
	return []step{
		c.put(itemOf(auditOfKey(e.Subject, at, e.ID), AuditKind, it), "attribute_not_exists(pk)", nil, means(errAuditTwice)),
		c.put(itemOf(auditByKey(e.Actor, at, e.ID), "audit_by", it), "attribute_not_exists(pk)", nil, means(errAuditTwice)),
	}
}

var errAuditTwice = errors.New("an audit entry of this id is there already")

func auditOf(e admin.AuditEntry) auditEntry {
	var changes []auditChange // none is left out, in every copy
	for _, c := range e.Changes {
		changes = append(changes, auditChange(c))
	}
	return auditEntry{ID: e.ID, At: e.At, Actor: e.Actor, Subject: e.Subject, Action: e.Action, Changes: changes, Reason: e.Reason, Call: e.Call, Version: e.Version}
}

// auditOfRecord is the entry about a change of a person's record: it names the
// version that the change gives it, so that each version has its entry and a
// lost one is missed.
func auditOfRecord(e admin.AuditEntry, was, now staff.Staff) auditEntry {
	entry := auditOf(e)
	entry.Version = 0
	if now.Version != was.Version {
		entry.Version = now.Version
	}
	return entry
}

// AuditEntries is A3 (of a person), A4 (by an administrator) or A5 (in an
// organisation's month): a stretch of one partition, newest first. It is
// strongly consistent: whoever has just done something finds it.
func (s *Store) AuditEntries(ctx context.Context, r admin.AuditRange) (admin.AuditStretch, error) {
	var pk string
	switch {
	case !r.Of.IsZero():
		pk = auditOfKey(r.Of.String(), "", "").pk
	case !r.By.IsZero():
		pk = auditByKey(r.By, "", "").pk
	default:
		pk = auditInPK(r.In, r.Month)
	}
	from, to := sortTime(r.From), sortTime(r.To)
	if from > to || r.After != "" && r.After < from {
		return admin.AuditStretch{}, nil // a range that holds nothing is an error of the table's
	}
	in := &dynamodb.QueryInput{
		TableName: &s.table.name, ConsistentRead: aws.Bool(true), ScanIndexForward: aws.Bool(false), Limit: aws.Int32(int32(r.Limit)),
		KeyConditionExpression:    aws.String("pk = :pk AND sk BETWEEN :from AND :to"), // a key goes on after its time
		ExpressionAttributeValues: values{":pk": pk, ":from": from, ":to": to}.av(),
	}
	if r.After != "" {
		in.ExclusiveStartKey = key{pk, r.After}.av()
	}
	out, err := s.table.db.Query(ctx, in)
	if err != nil {
		return admin.AuditStretch{}, outage(fmt.Errorf("query the audit: %w", err))
	}
	stretch := admin.AuditStretch{Entries: make([]admin.PlacedEntry, len(out.Items)), Last: text(out.LastEvaluatedKey["sk"])}
	for i, item := range out.Items {
		e, err := AuditFromItem(item)
		if err != nil {
			return admin.AuditStretch{}, err
		}
		stretch.Entries[i] = admin.PlacedEntry{AuditEntry: e, Key: text(item["sk"])}
	}
	return stretch, nil
}

// AuditKind marks the items whose writing the stream hands to IndexAudit: an
// entry under its subject.
const AuditKind = "audit_of"

// AuditFromItem reads an entry from an item or an image of the stream.
func AuditFromItem(item map[string]types.AttributeValue) (admin.AuditEntry, error) {
	var it auditItem
	if err := into(item, &it); err != nil {
		return admin.AuditEntry{}, err
	}
	actor, err := staff.ParseEmployeeCode(it.Actor)
	if err != nil && it.Actor != "" { // the operator's own tools are nobody
		return admin.AuditEntry{}, fmt.Errorf("read an audit entry: %w", err)
	}
	e := admin.AuditEntry{
		ID: it.ID, At: instant(it.At), Actor: actor, Subject: it.Subject, Action: it.Action, Reason: it.Reason,
		Call: account.Call{Address: it.SourceIP, ID: it.RequestID}, Version: it.Version,
	}
	for _, c := range it.Changes {
		e.Changes = append(e.Changes, admin.AuditChange(c))
	}
	return e, nil
}

// AddToLogs is A6. Entries are put one by one: what has a condition cannot go in
// a batch, and a batch could write over one.
func (s *Store) AddToLogs(ctx context.Context, e admin.AuditEntry, orgs []staff.OrgCode) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(fewAtOnce)
	for _, org := range orgs {
		g.Go(func() error {
			k := key{auditInPK(org, e.At), sortTime(e.At) + "#" + e.ID}
			err := s.table.insert(ctx, itemOf(k, "audit_in", auditToItem(auditOf(e))), absent, nil, errAuditTwice)
			if errors.Is(err, errAuditTwice) {
				return nil
			}
			return err
		})
	}
	return g.Wait()
}

// Audit is A2: an entry about something that changes nothing.
func (s *Store) Audit(ctx context.Context, e admin.AuditEntry) error {
	return s.table.transact(ctx, s.table.audit(auditOf(e))...)
}
