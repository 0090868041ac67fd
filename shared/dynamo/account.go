package dynamo

import (
	"cmp"
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// accountItem is an account.Account as stored, beside the person.
type accountItem struct {
	Password      string       `dynamodbav:"password_hash,omitempty"`
	Past          []string     `dynamodbav:"past_hashes,omitempty"`
	PasswordSetAt int64        `dynamodbav:"password_set_ms,omitempty"`
	Epoch         int64        `dynamodbav:"epoch"`
	DeviceEpoch   int64        `dynamodbav:"device_epoch"`
	ClearedAt     int64        `dynamodbav:"cleared_ms,omitempty"`
	Grants        []grantItem  `dynamodbav:"grants,omitempty"`
	Recovery      recoveryMark `dynamodbav:"recovery"`
	Seats         []seatItem   `dynamodbav:"seats,omitempty"`
}

type recoveryMark struct {
	ID    string `dynamodbav:"id,omitempty"`
	Day   int64  `dynamodbav:"day_ms,omitempty"`
	Count int    `dynamodbav:"count,omitempty"`
}

func accountToItem(c staff.EmployeeCode, a account.Account) map[string]types.AttributeValue {
	it := accountItem{
		Password: a.Password, Past: a.Past, PasswordSetAt: millis(a.PasswordSetAt), Epoch: a.Epoch, DeviceEpoch: a.DeviceEpoch, ClearedAt: millis(a.ClearedAt),
		Recovery: markOf(a.Recovery), Grants: grantItems(a.Grants), Seats: seatItems(a.Seats),
	}
	return itemOf(accountKey(c), "account", it)
}

func markOf(r account.LastRecovery) recoveryMark {
	return recoveryMark{r.ID, millis(r.Day), r.Count}
}

func accountFromItem(item map[string]types.AttributeValue) (account.Account, error) {
	var it accountItem
	if err := into(item, &it); err != nil {
		return account.Account{}, err
	}
	a := account.Account{
		Password: it.Password, Past: it.Past, PasswordSetAt: instant(it.PasswordSetAt), Epoch: it.Epoch, DeviceEpoch: it.DeviceEpoch, ClearedAt: instant(it.ClearedAt),
		Recovery: account.LastRecovery{ID: it.Recovery.ID, Day: instant(it.Recovery.Day), Count: it.Recovery.Count},
	}
	for _, s := range it.Seats {
		a.Seats = append(a.Seats, account.Seat{Hash: s.Hash, At: instant(s.At)})
	}
	for _, g := range it.Grants {
		org, err := staff.ParseOrgCode(g.Org)
		if err != nil {
			return account.Account{}, fmt.Errorf("read a grant: %w", err)
		}
		grant := account.Grant{ID: g.ID, Type: account.GrantType(g.Type), Org: org}
		for _, p := range g.Added {
			grant.Added = append(grant.Added, account.Permission(p))
		}
		a.Grants = append(a.Grants, grant)
	}
	return a, nil
}

// ChangePassword is P3: the password with its epochs, of an activation the state,
// the device, the audit, in one transaction that stands on the ticket. The ticket
// stays: the epoch that it is for is over, so it opens nothing any more, and who
// comes with it again, because the answer was lost, can be told that it is done.
func (s *Store) ChangePassword(ctx context.Context, c account.PasswordChange) error {
	who := c.Ticket.Staff
	steps := []step{
		s.table.check(ticketKey(c.Ticket.ID), "code_mac = :mac", values{":mac": c.Ticket.Code}, means(fault.TicketInvalid)),
		s.table.update(accountKey(who),
			"SET password_hash = :hash, past_hashes = :past, password_set_ms = :now, cleared_ms = :now ADD epoch :one, device_epoch :one",
			"epoch = :epoch", values{":hash": c.Hash, ":past": c.Past, ":now": millis(c.At), ":one": 1, ":epoch": c.Ticket.Epoch},
			means(fault.TicketInvalid)),
	}
	action := "set_password"
	if c.Activate {
		action = "activate"
		steps = append([]step{s.table.update(staffKey(who),
			"SET account_state = :active, activated_ms = :now ADD revision :one",
			"account_state = :pending AND employment = :here",
			values{":active": string(staff.Active), ":pending": string(staff.Pending), ":here": string(staff.InService), ":now": millis(c.At), ":one": 1},
			notPending)}, steps...)
	} else {
		steps = append(steps, s.table.check(staffKey(who), "account_state = :active AND employment = :here",
			values{":active": string(staff.Active), ":here": string(staff.InService)}, means(fault.TicketInvalid)))
	}
	if c.Device != nil {
		steps = append(steps, s.table.put(deviceToItem(who, *c.Device), "", nil, nil))
	}
	return s.table.transact(ctx, append(steps, s.table.audit(auditEntry{
		ID: c.ID, At: c.At, Actor: who, Subject: who.String(), Action: action, Call: c.Call,
	})...)...)
}

// notPending explains why somebody is no longer waiting for activation.
func notPending(item map[string]types.AttributeValue) error {
	p, err := StaffFromItem(item)
	if err == nil && p.CanSignIn() {
		return fault.AlreadyActive
	}
	return cmp.Or[error](err, fault.TicketInvalid)
}

// Rehash is P4: a stronger hash of the same password. If the password has
// changed meanwhile there is nothing left to strengthen.
func (s *Store) Rehash(ctx context.Context, c staff.EmployeeCode, was, now string) error {
	_, err := s.table.do(ctx, change{
		key: accountKey(c), expression: "SET password_hash = :now", condition: "password_hash = :was",
		values: values{":was": was, ":now": now},
		refuse: func(map[string]types.AttributeValue) error { return nil },
	})
	return err
}
