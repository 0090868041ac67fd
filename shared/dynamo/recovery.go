package dynamo

import (
	"context"

	"chaoxi/shared/account"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/staff"
)

// RecoveryRequest is V1.
func (s *Store) RecoveryRequest(ctx context.Context, id string) (account.RecoveryRequest, error) {
	item, err := s.table.GetItem(ctx, table.RecoveryKey(id))
	if err != nil {
		return account.RecoveryRequest{}, err
	}
	return table.RecoveryFromItem(item)
}

// RaiseRequest is V2: the mark on the account, the request, a ticket to follow
// it with and the audit, in one transaction. The mark is what makes two at once
// one: ids are never used twice, so the id stands for all of it.
func (s *Store) RaiseRequest(ctx context.Context, was account.Account, r account.RaisedRequest) error {
	who := r.Request.Staff
	condition, v := "epoch = :epoch AND attribute_not_exists(recovery.id)", table.Values{":epoch": was.Epoch, ":mark": table.RecoveryMarkOf(r.Mark)}
	if was.Recovery.ID != "" {
		condition = "epoch = :epoch AND recovery.id = :was"
		v[":was"] = was.Recovery.ID
	}
	steps := []table.TxWrite{
		s.table.TxUpdate(table.AccountKey(who), "SET recovery = :mark", condition, v, table.RefuseWith(account.ErrSwapped)),
		s.table.TxPut(table.RecoveryToItem(r.Request), "", nil, nil),
		s.table.TxPut(table.TicketToItem(r.Ticket), "", nil, nil),
	}
	return s.table.Transact(ctx, append(steps, s.table.TxAudit(r.Audit)...)...)
}

// NoteQueues is V3. The set only grows, so nothing that another writer notes is
// lost, whoever comes first.
func (s *Store) NoteQueues(ctx context.Context, r account.RecoveryRequest, scopes []staff.OrgCode) ([]staff.OrgCode, error) {
	c := table.Update{Key: table.RecoveryQueuesKey(r.ID), Expression: "SET expires = :expires", Values: table.Values{":expires": table.RequestExpiresAt(r)}}
	if len(scopes) > 0 { // DynamoDB knows no empty set
		codes := make(table.StringSet, len(scopes))
		for i, o := range scopes {
			codes[i] = o.String()
		}
		c.Expression += " ADD scopes :scopes"
		c.Values[":scopes"] = codes
	}
	item, err := s.table.UpdateItem(ctx, c)
	if err != nil {
		return nil, err
	}
	return table.ScopesOf(item)
}

// WriteQueues is V4.
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
