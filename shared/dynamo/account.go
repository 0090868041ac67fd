package dynamo

import (
	"cmp"
	"context"

	"chaoxi/shared/account"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// ChangePassword is P3: a new password in one transaction. It writes the password
// and the epochs, the device if there is one, the audit, for an activation the
// account state, and for a recovery ticket that its request is used; and lines of the history. It fails with
// TicketInvalid if the ticket's code or the account's epoch is no longer that of
// c.Ticket, if the person cannot sign in or holds other grants than c.Grants, or if
// the request is not approved; and with AlreadyActive.
//
// The ticket is not deleted. It opens nothing any more, since its epoch is over. If
// the answer is lost, the client tries again with it and is told that it is done.
func (s *Store) ChangePassword(ctx context.Context, c account.PasswordChange) error {
	who := c.Ticket.Staff
	condition, v := "epoch = :epoch", table.Values{}
	if !c.Activate {
		var unchanged string
		unchanged, v = grantsUnchanged(c.Grants)
		condition += " AND " + unchanged
	}
	v[":hash"], v[":past"], v[":now"], v[":one"], v[":epoch"] = c.Hash, c.Past, table.Millis(c.At), 1, c.Ticket.Epoch
	writes := []table.TxWrite{
		s.table.TxCheck(table.TicketKey(c.Ticket.ID), "code_mac = :mac", table.Values{":mac": c.Ticket.Code}, table.RefuseWith(fault.TicketInvalid)),
		s.table.TxUpdate(table.AccountKey(who),
			"SET password_hash = :hash, past_hashes = :past, password_set_ms = :now, cleared_ms = :now ADD epoch :one, device_epoch :one",
			condition, v, table.RefuseWith(fault.TicketInvalid)),
	}
	if c.Ticket.Request != "" {
		writes = append(writes, s.table.TxUpdate(table.RecoveryKey(c.Ticket.Request), "SET request_state = :used",
			"request_state = :approved AND staff = :who AND epoch = :epoch AND phone = :phone AND expires_ms > :now",
			table.Values{
				":used": string(account.RecoveryUsed), ":approved": string(account.RecoveryApproved), ":who": who.String(),
				":epoch": c.Ticket.Epoch, ":phone": c.Ticket.Phone.E164(), ":now": table.Millis(c.At),
			}, table.RefuseWith(fault.TicketInvalid)))
	}
	if c.Activate {
		writes = append([]table.TxWrite{s.table.TxUpdate(table.StaffKey(who),
			"SET account_state = :active, activated_ms = :now ADD revision :one",
			"account_state = :pending AND employment = :here",
			table.Values{":active": string(staff.Active), ":pending": string(staff.Pending), ":here": string(staff.InService), ":now": table.Millis(c.At), ":one": 1},
			notPending)}, writes...)
	} else {
		writes = append(writes, s.table.TxCheck(table.StaffKey(who), "account_state = :active AND employment = :here",
			table.Values{":active": string(staff.Active), ":here": string(staff.InService)}, table.RefuseWith(fault.TicketInvalid)))
	}
	if c.Device != nil {
		writes = append(writes, s.table.TxPut(table.DeviceToItem(who, *c.Device), "", nil, nil))
	}
	writes = append(writes, s.table.TxHistory(who, c.History)...)
	return s.table.Transact(ctx, append(writes, s.table.TxAudit(c.Audit)...)...)
}

// notPending returns the error for an activation of somebody who is not pending:
// AlreadyActive if the person can sign in, otherwise TicketInvalid.
func notPending(item table.Item) error {
	p, err := table.StaffFromItem(item)
	if err == nil && p.CanSignIn() {
		return fault.AlreadyActive
	}
	return cmp.Or[error](err, fault.TicketInvalid)
}

// Rehash is P4: a stronger hash of the same password. If the password has changed
// meanwhile, Rehash does nothing.
func (s *Store) Rehash(ctx context.Context, c staff.EmployeeCode, was, now string) error {
	_, err := s.table.UpdateItem(ctx, table.Update{
		Key: table.AccountKey(c), Expression: "SET password_hash = :now", Condition: "password_hash = :was",
		Values: table.Values{":was": was, ":now": now}, Quiet: true,
		OnConditionFailed: func(table.Item) error { return nil },
	})
	return err
}
