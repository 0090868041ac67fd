package dynamo

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/fault"
)

// Ticket is T1.
func (s *Store) Ticket(ctx context.Context, id account.Secret) (account.Ticket, error) {
	item, err := s.table.GetItem(ctx, table.TicketKey(id))
	if err != nil {
		return account.Ticket{}, err
	}
	return table.TicketFromItem(id, item)
}

// PutTicket is T2. Ids are drawn from 2^256, so a try that lost its answer may
// be repeated and nothing is overwritten.
func (s *Store) PutTicket(ctx context.Context, t account.Ticket) error {
	return s.table.PutItem(ctx, table.TicketToItem(t), "", nil, nil)
}

// DropTicket is T3.
func (s *Store) DropTicket(ctx context.Context, t account.Ticket) error {
	return s.table.DeleteItem(ctx, table.TicketKey(t.ID))
}

// ReplaceCode is T4: another code for the same ticket, whose tries go on.
func (s *Store) ReplaceCode(ctx context.Context, was, now account.Ticket) error {
	v := table.Values{":mac": now.Code, ":until": table.Millis(now.CodeExpires), ":verified": table.Millis(now.VerifiedUntil)}
	condition := "attribute_exists(pk) AND attribute_not_exists(code_mac)"
	if was.Code != "" {
		condition = "code_mac = :was"
		v[":was"] = was.Code
	}
	expression := "SET code_mac = :mac, code_expires_ms = :until, verified_ms = :verified"
	if now.Code == "" {
		expression = "SET code_expires_ms = :until, verified_ms = :verified REMOVE code_mac"
		delete(v, ":mac")
	}
	_, err := s.table.UpdateItem(ctx, table.Update{
		Key: table.TicketKey(now.ID), Expression: expression, Condition: condition, Values: v,
		OnConditionFailed: func(item table.Item) error {
			if table.Str(item["code_mac"]) == now.Code && now.Code != "" {
				return nil // our own write, whose answer was lost
			}
			return fault.TicketInvalid
		},
	})
	return err
}

// TryCode is T5: count one try, then see. The condition is that of Ticket.Try,
// which explains a refusal from the ticket as it stands.
//
// The client repeats a call whose answer was lost. The call's own mark keeps it
// from counting twice, unless another try comes between; that errs on the safe
// side.
func (s *Store) TryCode(ctx context.Context, id account.Secret, now time.Time, tries int) (account.Ticket, error) {
	mark := rand.Text()
	var counted table.Item
	var current account.Ticket
	item, err := s.table.UpdateItem(ctx, table.Update{
		Key: table.TicketKey(id), Expression: "ADD tries :one SET last_try = :mark",
		Condition: "attribute_exists(pk) AND expires_ms > :now AND tries < :tries AND (code_expires_ms > :now OR verified_ms > :now)" +
			" AND (attribute_not_exists(last_try) OR last_try <> :mark)",
		Values: table.Values{":one": 1, ":now": table.Millis(now), ":tries": tries, ":mark": mark},
		OnConditionFailed: func(item table.Item) error {
			if table.Str(item["last_try"]) == mark {
				counted = item
				return nil
			}
			var err error
			if current, err = table.TicketFromItem(id, item); err == nil {
				_, err = current.Try(now, tries)
			}
			return cmp.Or(err, errRuleDisagrees)
		},
	})
	if err != nil {
		return current, err
	}
	if counted != nil {
		item = counted
	}
	return table.TicketFromItem(id, item)
}

var errRuleDisagrees = fmt.Errorf("the condition and the rule disagree")

// VerifyCode is T6. A ticket whose code was replaced meanwhile keeps the try.
func (s *Store) VerifyCode(ctx context.Context, t account.Ticket, until time.Time) error {
	return s.returnTry(ctx, t, "verified_ms = :until, ", table.Values{":until": table.Millis(until)}, fault.TicketInvalid)
}

// ReturnTry is T6 without a mark of success. A ticket that is gone or has another
// code has nothing to be given back.
func (s *Store) ReturnTry(ctx context.Context, t account.Ticket) error {
	return s.returnTry(ctx, t, "", table.Values{}, nil)
}

// returnTry takes one from the tries of a ticket and sets what else is to be set.
// The mark keeps a call that is repeated from giving back twice.
func (s *Store) returnTry(ctx context.Context, t account.Ticket, set string, v table.Values, refused error) error {
	mark := rand.Text()
	v[":back"], v[":mac"], v[":none"], v[":mark"] = -1, t.Code, 0, mark
	_, err := s.table.UpdateItem(ctx, table.Update{
		Key: table.TicketKey(t.ID), Expression: "SET " + set + "last_back = :mark ADD tries :back",
		Condition: "code_mac = :mac AND tries > :none AND (attribute_not_exists(last_back) OR last_back <> :mark)", Values: v,
		OnConditionFailed: func(item table.Item) error {
			if table.Str(item["last_back"]) == mark {
				return nil
			}
			return refused
		},
	})
	return err
}

// SpendTicket is T7.
func (s *Store) SpendTicket(ctx context.Context, t account.Ticket) error {
	return s.table.Transact(ctx, s.spendTicket(t))
}

// spendTicket removes a ticket, once.
func (s *Store) spendTicket(t account.Ticket) table.TxWrite {
	return s.table.TxDelete(table.TicketKey(t.ID), "code_mac = :mac", table.Values{":mac": t.Code}, table.RefuseWith(fault.TicketInvalid))
}
