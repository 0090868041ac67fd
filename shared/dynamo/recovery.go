package dynamo

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

// recoveryItem is an account.RecoveryRequest as stored.
type recoveryItem struct {
	ID        string `dynamodbav:"id"`
	Staff     string `dynamodbav:"staff"`
	State     string `dynamodbav:"request_state"`
	Reason    string `dynamodbav:"reason"`
	Created   int64  `dynamodbav:"created_ms"`
	ExpiresMS int64  `dynamodbav:"expires_ms"` // of the request
	Decided   int64  `dynamodbav:"decided_ms,omitempty"`
	Rejection string `dynamodbav:"rejection,omitempty"`
	Phone     string `dynamodbav:"phone,omitempty"`
	Epoch     int64  `dynamodbav:"epoch,omitempty"`
	Expires   int64  `dynamodbav:"expires"` // of the item
}

// RecoveryKind marks the items whose changes the stream hands to the queues.
const RecoveryKind = "recovery"

func recoveryToItem(r account.RecoveryRequest) map[string]types.AttributeValue {
	it := recoveryItem{
		ID: r.ID, Staff: r.Staff.String(), State: string(r.State), Reason: r.Reason, Created: millis(r.Created), ExpiresMS: millis(r.Expires),
		Decided: millis(r.Decided), Rejection: r.Rejection, Epoch: r.Epoch, Expires: kept(r),
	}
	if !r.Phone.IsZero() {
		it.Phone = r.Phone.E164()
	}
	return itemOf(recoveryKey(r.ID), RecoveryKind, it)
}

// kept is when time takes the request along, and all that hangs on it.
func kept(r account.RecoveryRequest) int64 {
	return r.Created.Add(account.RecoveryRequestKept).Unix()
}

// RecoveryFromItem reads a request from an item or an image of the stream; no
// item is the zero request.
func RecoveryFromItem(item map[string]types.AttributeValue) (account.RecoveryRequest, error) {
	if item == nil {
		return account.RecoveryRequest{}, nil
	}
	var it recoveryItem
	if err := into(item, &it); err != nil {
		return account.RecoveryRequest{}, err
	}
	var bad error
	r := account.RecoveryRequest{
		ID: it.ID, Staff: parsed(staff.ParseEmployeeCode, it.Staff, &bad), State: account.RecoveryState(it.State), Reason: it.Reason,
		Created: instant(it.Created), Expires: instant(it.ExpiresMS), Decided: instant(it.Decided), Rejection: it.Rejection, Epoch: it.Epoch,
	}
	if it.Phone != "" {
		r.Phone = parsed(staff.ParsePhone, it.Phone, &bad)
	}
	if bad != nil {
		return account.RecoveryRequest{}, fmt.Errorf("read a recovery request: %w", bad)
	}
	return r, nil
}

// RecoveryRequest is V1.
func (s *Store) RecoveryRequest(ctx context.Context, id string) (account.RecoveryRequest, error) {
	item, err := s.table.get(ctx, recoveryKey(id))
	if err != nil {
		return account.RecoveryRequest{}, err
	}
	return RecoveryFromItem(item)
}

// RaiseRequest is V2: the mark on the account, the request, a ticket to follow
// it with and the audit, in one transaction. The mark is what makes two at once
// one: ids are never used twice, so the id stands for all of it.
func (s *Store) RaiseRequest(ctx context.Context, was account.Account, r account.RaisedRequest) error {
	who := r.Request.Staff
	condition, v := "epoch = :epoch AND attribute_not_exists(recovery.id)", values{":epoch": was.Epoch, ":mark": markOf(r.Mark)}
	if was.Recovery.ID != "" {
		condition = "epoch = :epoch AND recovery.id = :was"
		v[":was"] = was.Recovery.ID
	}
	steps := []step{
		s.table.update(accountKey(who), "SET recovery = :mark", condition, v, means(account.ErrSwapped)),
		s.table.put(recoveryToItem(r.Request), "", nil, nil),
		s.table.put(ticketToItem(r.Ticket), "", nil, nil),
	}
	return s.table.transact(ctx, append(steps, s.table.audit(auditEntry{
		ID: r.AuditID, At: r.Request.Created, Actor: who, Subject: who.String(), Action: "raise_recovery",
		Changes: []auditChange{{Field: "recoveryRequest", New: r.Request.ID}}, Reason: r.Request.Reason, Call: r.Call,
	})...)...)
}

// NoteQueues is V3. The set only grows, so nothing that another writer notes is
// lost, whoever comes first.
func (s *Store) NoteQueues(ctx context.Context, r account.RecoveryRequest, scopes []staff.OrgCode) ([]staff.OrgCode, error) {
	c := change{key: recoveryQueuesKey(r.ID), expression: "SET expires = :expires", values: values{":expires": kept(r)}}
	if len(scopes) > 0 { // DynamoDB knows no empty set
		codes := make(set, len(scopes))
		for i, o := range scopes {
			codes[i] = o.String()
		}
		c.expression += " ADD scopes :scopes"
		c.values[":scopes"] = codes
	}
	item, err := s.table.do(ctx, c)
	if err != nil {
		return nil, err
	}
	return scopesOf(item)
}

// scopesOf are the organisations noted to have had a row of a request.
func scopesOf(item map[string]types.AttributeValue) ([]staff.OrgCode, error) {
	var it struct {
		Scopes []string `dynamodbav:"scopes"`
	}
	if err := into(item, &it); err != nil {
		return nil, err
	}
	all := make([]staff.OrgCode, len(it.Scopes))
	var bad error
	for i, code := range it.Scopes {
		all[i] = parsed(staff.ParseOrgCode, code, &bad)
	}
	return all, bad
}

// queueItem is a row of a queue. It says which request, and time takes it along
// with the request; all else is read where it is shown.
type queueItem struct {
	ID      string `dynamodbav:"id"`
	Staff   string `dynamodbav:"staff"`
	Expires int64  `dynamodbav:"expires"`
}

func queueToItem(row account.QueueRow, r account.RecoveryRequest) map[string]types.AttributeValue {
	return itemOf(queueKey(row, r), "queue", queueItem{r.ID, r.Staff.String(), kept(r)})
}

// WriteQueues is V4.
func (s *Store) WriteQueues(ctx context.Context, r account.RecoveryRequest, put, remove []account.QueueRow) error {
	items := make([]map[string]types.AttributeValue, len(put))
	for i, row := range put {
		items[i] = queueToItem(row, r)
	}
	keys := make([]key, len(remove))
	for i, row := range remove {
		keys[i] = queueKey(row, r)
	}
	return s.table.write(ctx, fewAtOnce, items, keys)
}

func queueKey(row account.QueueRow, r account.RecoveryRequest) key {
	return key{queuePK(row.Scope), queueSK(string(row.State), sortTime(r.Created), r.ID)}
}
