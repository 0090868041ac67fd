package dynamo

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/staff"
)

// RecoveryRequest is V1: a recovery request; the zero one if there is none.
func (s *Store) RecoveryRequest(ctx context.Context, id string) (account.RecoveryRequest, error) {
	item, err := s.table.GetItem(ctx, table.RecoveryKey(id))
	if err != nil {
		return account.RecoveryRequest{}, err
	}
	return table.RecoveryFromItem(item)
}

// RaiseRequest is V2: the mark on the account, a recovery request, a ticket to
// follow it with, and the audit, in one transaction. It fails with ErrSwapped if the
// mark or the epoch is no longer that of was. So of two requests at the same moment
// only one is made. Comparing the mark's id is enough, since ids are never used
// twice.
func (s *Store) RaiseRequest(ctx context.Context, was account.Account, r account.RaisedRequest) error {
	who := r.Request.Staff
	condition, v := "epoch = :epoch AND attribute_not_exists(recovery.id)", table.Values{":epoch": was.Epoch, ":mark": table.RecoveryMarkOf(r.Mark)}
	if was.Recovery.ID != "" {
		condition = "epoch = :epoch AND recovery.id = :was"
		v[":was"] = was.Recovery.ID
	}
	writes := []table.TxWrite{
		s.table.TxUpdate(table.AccountKey(who), "SET recovery = :mark", condition, v, table.RefuseWith(account.ErrSwapped)),
		s.table.TxPut(table.RecoveryToItem(r.Request), "", nil, nil),
		s.table.TxPut(table.TicketToItem(r.Ticket), "", nil, nil),
	}
	return s.table.Transact(ctx, append(writes, s.table.TxAudit(r.Audit)...)...)
}

// NoteQueues is V3: scopes are added to the organisations that may have a row of the
// request. It returns all of these. The set only grows, so that two writers at the
// same time lose nothing.
func (s *Store) NoteQueues(ctx context.Context, r account.RecoveryRequest, scopes []staff.OrgCode) ([]staff.OrgCode, error) {
	u := table.Update{Key: table.RecoveryQueuesKey(r.ID), Expression: "SET expires = :expires", Values: table.Values{":expires": table.RequestExpiresAt(r)}}
	if len(scopes) > 0 { // DynamoDB has no empty sets
		codes := make(table.StringSet, len(scopes))
		for i, o := range scopes {
			codes[i] = o.String()
		}
		u.Expression += " ADD scopes :scopes"
		u.Values[":scopes"] = codes
	}
	item, err := s.table.UpdateItem(ctx, u)
	if err != nil {
		return nil, err
	}
	return table.ScopesOf(item)
}

// WriteQueues is V4: rows of a request put and deleted, without conditions.
func (s *Store) WriteQueues(ctx context.Context, r account.RecoveryRequest, put, remove []account.QueueRow) error {
	items := make([]table.Item, len(put))
	for i, row := range put {
		items[i] = table.QueueToItem(row, r)
	}
	keys := make([]table.Key, len(remove))
	for i, row := range remove {
		keys[i] = table.QueueKey(row, r)
	}
	return s.table.WriteBatch(ctx, table.FewAtOnce, items, keys)
}

// QueueRows is V5: a stretch of one queue, the oldest rows first, eventually
// consistent.
func (s *Store) QueueRows(ctx context.Context, q admin.QueueStretch) ([]admin.QueuedRequest, error) {
	pk, first, last := table.QueueRange(q)
	if first > last {
		return nil, nil // DynamoDB refuses an empty range
	}
	out, err := s.table.DB.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.table.Name, Limit: aws.Int32(int32(q.Limit)), KeyConditionExpression: aws.String("pk = :pk AND sk BETWEEN :first AND :last"),
		ExpressionAttributeValues: table.Values{":pk": pk, ":first": first, ":last": last}.AV(),
	})
	if err != nil {
		return nil, table.Outage(fmt.Errorf("query a queue: %w", err))
	}
	rows := make([]admin.QueuedRequest, len(out.Items))
	for i, item := range out.Items {
		if rows[i], err = table.QueuedFromItem(item); err != nil {
			return nil, fmt.Errorf("read a row of a queue: %w", err)
		}
	}
	return rows, nil
}

// RequestsOf is V6: the requests of rows with both sides of their people, strongly
// consistent. What does not exist is not in the results.
func (s *Store) RequestsOf(ctx context.Context, rows []admin.QueuedRequest) (map[string]account.RecoveryRequest, map[staff.EmployeeCode]account.Person, error) {
	var keys []table.Key
	for _, r := range rows {
		keys = append(keys, table.RecoveryKey(r.ID), table.StaffKey(r.Staff), table.AccountKey(r.Staff))
	}
	items, err := s.table.GetItems(ctx, keys...)
	if err != nil {
		return nil, nil, err
	}
	requests, people := map[string]account.RecoveryRequest{}, map[staff.EmployeeCode]account.Person{}
	for _, r := range rows {
		if item, ok := items[table.RecoveryKey(r.ID)]; ok {
			if requests[r.ID], err = table.RecoveryFromItem(item); err != nil {
				return nil, nil, err
			}
		}
		if item, ok := items[table.StaffKey(r.Staff)]; ok {
			if people[r.Staff], err = table.PersonFrom(item, items[table.AccountKey(r.Staff)]); err != nil {
				return nil, nil, err
			}
		}
	}
	return requests, people, nil
}

// DecideRecovery is V7: a request that is decided, and the audit, in one transaction.
// It fails with ErrRevised if the request is no longer in the state of d.Was, if the
// person's record, epoch or grants are no longer those of d.Person, or if callerCheck
// of d.By fails.
func (s *Store) DecideRecovery(ctx context.Context, d admin.RecoveryDecision) error {
	expression, v := table.RecoveryDecided(d.Now)
	v[":was"] = string(d.Was.State)
	who := d.Person.Staff.Code
	grants, held := grantsUnchanged(d.Person.Account.Grants)
	held[":epoch"] = d.Person.Account.Epoch
	writes := append(s.callerCheck(d.By),
		s.table.TxUpdate(table.RecoveryKey(d.Was.ID), expression, "request_state = :was", v, table.RefuseWith(admin.ErrRevised)),
		s.table.TxCheck(table.StaffKey(who), "revision = :was", table.Values{":was": d.Person.Staff.Revision}, table.RefuseWith(admin.ErrRevised)),
		s.table.TxCheck(table.AccountKey(who), "epoch = :epoch AND "+grants, held, table.RefuseWith(admin.ErrRevised)),
	)
	return s.table.Transact(ctx, append(writes, s.table.TxAudit(d.Audit)...)...)
}
