package dynamo

import (
	"cmp"
	"context"

	"chaoxi/shared/account"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// ChangePassword is P3: the password with its epochs, of an activation the state,
// the device, the audit, in one transaction that stands on the ticket. The ticket
// stays: the epoch that it is for is over, so it opens nothing any more, and who
// comes with it again, because the answer was lost, can be told that it is done.
func (s *Store) ChangePassword(ctx context.Context, c account.PasswordChange) error {
	who := c.Ticket.Staff
	steps := []table.TxWrite{
		s.table.TxCheck(table.TicketKey(c.Ticket.ID), "code_mac = :mac", table.Values{":mac": c.Ticket.Code}, table.RefuseWith(fault.TicketInvalid)),
		s.table.TxUpdate(table.AccountKey(who),
			"SET password_hash = :hash, past_hashes = :past, password_set_ms = :now, cleared_ms = :now ADD epoch :one, device_epoch :one",
			"epoch = :epoch", table.Values{":hash": c.Hash, ":past": c.Past, ":now": table.Millis(c.At), ":one": 1, ":epoch": c.Ticket.Epoch},
			table.RefuseWith(fault.TicketInvalid)),
	}
	if c.Activate {
		steps = append([]table.TxWrite{s.table.TxUpdate(table.StaffKey(who),
			"SET account_state = :active, activated_ms = :now ADD revision :one",
			"account_state = :pending AND employment = :here",
			table.Values{":active": string(staff.Active), ":pending": string(staff.Pending), ":here": string(staff.InService), ":now": table.Millis(c.At), ":one": 1},
			notPending)}, steps...)
	} else {
		steps = append(steps, s.table.TxCheck(table.StaffKey(who), "account_state = :active AND employment = :here",
			table.Values{":active": string(staff.Active), ":here": string(staff.InService)}, table.RefuseWith(fault.TicketInvalid)))
	}
	if c.Device != nil {
		steps = append(steps, s.table.TxPut(table.DeviceToItem(who, *c.Device), "", nil, nil))
	}
	return s.table.Transact(ctx, append(steps, s.table.TxAudit(c.Audit)...)...)
}

// notPending explains why somebody is no longer waiting for activation.
func notPending(item table.Item) error {
	p, err := table.StaffFromItem(item)
	if err == nil && p.CanSignIn() {
		return fault.AlreadyActive
	}
	return cmp.Or[error](err, fault.TicketInvalid)
}

// Rehash is P4: a stronger hash of the same password. If the password has
// changed meanwhile there is nothing left to strengthen.
func (s *Store) Rehash(ctx context.Context, c staff.EmployeeCode, was, now string) error {
	_, err := s.table.UpdateItem(ctx, table.Update{
		Key: table.AccountKey(c), Expression: "SET password_hash = :now", Condition: "password_hash = :was",
		Values:            table.Values{":was": was, ":now": now},
		OnConditionFailed: func(table.Item) error { return nil },
	})
	return err
}
