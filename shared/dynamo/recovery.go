package dynamo

import (
	"context"

	"chaoxi/shared/account"
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
