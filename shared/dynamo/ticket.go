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

// Ticket is T1: the ticket that the client calls id; the zero Ticket if there is
// none.
func (s *Store) Ticket(ctx context.Context, id account.Secret) (account.Ticket, error) {
	item, err := s.table.GetItem(ctx, table.TicketKey(id))
	if err != nil {
		return account.Ticket{}, err
	}
	return table.TicketFromItem(id, item)
}

// PutTicket is T2: a new ticket. Its id has 256 random bits, so it overwrites no
// other ticket, and a call whose answer was lost can be repeated.
func (s *Store) PutTicket(ctx context.Context, t account.Ticket) error {
	return s.table.PutItem(ctx, table.TicketToItem(t), "", nil, nil)
}

// DropTicket is T3: a ticket whose text was never sent is deleted.
func (s *Store) DropTicket(ctx context.Context, t account.Ticket) error {
	return s.table.DeleteItem(ctx, table.TicketKey(t.ID))
}

// ReplaceCode is T4: another code for the same ticket, without new tries. It fails
// with TicketInvalid if the ticket no longer has the code of was.
func (s *Store) ReplaceCode(ctx context.Context, was, now account.Ticket) error {
	v := table.Values{":mac": now.Code, ":until": table.Millis(now.CodeExpires), ":verified": table.Millis(now.VerifiedUntil), ":known": now.Known}
	condition := "attribute_exists(pk) AND attribute_not_exists(code_mac)"
	if was.Code != "" {
		condition = "code_mac = :was"
		v[":was"] = was.Code
	}
	expression := "SET code_mac = :mac, code_expires_ms = :until, verified_ms = :verified, known = :known"
	if now.Code == "" {
		expression = "SET code_expires_ms = :until, verified_ms = :verified, known = :known REMOVE code_mac"
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

// TryCode is T5: one more try of a ticket, counted before the code is compared. It
// returns the ticket as it is then. The condition is that of Ticket.Try: if it
// fails, Try says why from the ticket as it is in the table.
//
// The client repeats a call whose answer was lost. Its own mark keeps it from
// counting twice, unless another try comes between the two. Then the ticket loses a
// try, which only makes guessing harder.
func (s *Store) TryCode(ctx context.Context, id account.Secret, now time.Time, tries int) (account.Ticket, error) {
	mark := rand.Text()
	var counted table.Item
	var current account.Ticket
	item, err := s.table.UpdateItem(ctx, table.Update{
		Key: table.TicketKey(id), Expression: "ADD tries :one SET last_try = :mark, tried_ms = :now",
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

// errRuleDisagrees says that the condition has refused a try that Ticket.Try allows.
// The try stays refused.
var errRuleDisagrees = fmt.Errorf("the condition and the rule disagree")

// VerifyCode is T6: the try of a right code is given back, and the code stays good
// until a moment. If the code was replaced meanwhile, the try stays counted, and
// VerifyCode fails with TicketInvalid.
func (s *Store) VerifyCode(ctx context.Context, t account.Ticket, until time.Time) error {
	return s.returnTry(ctx, t, "verified_ms = :until, ", table.Values{":until": table.Millis(until)}, fault.TicketInvalid)
}

// ReturnTry is T6 for a code that stays as it is: only the try is given back. If the
// ticket is gone or has another code, ReturnTry does nothing.
func (s *Store) ReturnTry(ctx context.Context, t account.Ticket) error {
	return s.returnTry(ctx, t, "", table.Values{}, nil)
}

// returnTry takes 1 off the tries of a ticket. set is a further part of the
// expression, with placeholders in v. If the ticket's code is another one, returnTry
// returns refused. The mark keeps a repeated call from giving back twice.
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

// WrongTry is T8: a try was wrong. It returns how many were, and fails with
// TicketInvalid if the ticket is gone.
func (s *Store) WrongTry(ctx context.Context, t account.Ticket) (int, error) {
	item, err := s.table.UpdateItem(ctx, table.Update{
		Key: table.TicketKey(t.ID), Expression: "ADD wrong :one", Condition: "attribute_exists(pk)", Values: table.Values{":one": 1},
		OnConditionFailed: func(table.Item) error { return fault.TicketInvalid },
	})
	if err != nil {
		return 0, err
	}
	now, err := table.TicketFromItem(t.ID, item)
	return now.Wrong, err
}

// spendTicket deletes a ticket that still has t's code. Otherwise the transaction
// fails with TicketInvalid.
func (s *Store) spendTicket(t account.Ticket) table.TxWrite {
	return s.table.TxDelete(table.TicketKey(t.ID), "code_mac = :mac", table.Values{":mac": t.Code}, table.RefuseWith(fault.TicketInvalid))
}
