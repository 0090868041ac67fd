package dynamo

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// ticketItem is an account.Ticket as stored, under the hash of its id.
type ticketItem struct {
	Purpose       string `dynamodbav:"purpose"`
	Staff         string `dynamodbav:"staff"`
	Phone         string `dynamodbav:"phone,omitempty"`
	Epoch         int64  `dynamodbav:"epoch"`
	ExpiresMS     int64  `dynamodbav:"expires_ms"`
	Expires       int64  `dynamodbav:"expires"`
	Code          string `dynamodbav:"code_mac,omitempty"`
	CodeExpires   int64  `dynamodbav:"code_expires_ms"`
	Tries         int    `dynamodbav:"tries"`
	VerifiedUntil int64  `dynamodbav:"verified_ms"`
	Request       string `dynamodbav:"request,omitempty"`
	Client        string `dynamodbav:"client,omitempty"`
	Device        string `dynamodbav:"device,omitempty"`
	DeviceName    string `dynamodbav:"device_name,omitempty"`
	Guard         string `dynamodbav:"guard,omitempty"`
}

func ticketToItem(t account.Ticket) map[string]types.AttributeValue {
	it := ticketItem{
		Purpose: string(t.Purpose), Staff: t.Staff.String(), Epoch: t.Epoch, ExpiresMS: millis(t.Expires), Expires: t.Expires.Unix(),
		Code: t.Code, CodeExpires: millis(t.CodeExpires), Tries: t.Tries, VerifiedUntil: millis(t.VerifiedUntil), Request: t.Request,
		Client: string(t.Client), Device: t.Device, DeviceName: t.DeviceName, Guard: t.Guard,
	}
	if !t.Phone.IsZero() {
		it.Phone = t.Phone.E164()
	}
	return itemOf(ticketKey(t.ID), "ticket", it)
}

func ticketFromItem(id account.Secret, item map[string]types.AttributeValue) (account.Ticket, error) {
	if item == nil {
		return account.Ticket{}, nil
	}
	var it ticketItem
	if err := into(item, &it); err != nil {
		return account.Ticket{}, err
	}
	var bad error
	t := account.Ticket{
		ID: id, Purpose: account.Purpose(it.Purpose), Staff: parsed(staff.ParseEmployeeCode, it.Staff, &bad), Epoch: it.Epoch, Expires: instant(it.ExpiresMS),
		Code: it.Code, CodeExpires: instant(it.CodeExpires), Tries: it.Tries, VerifiedUntil: instant(it.VerifiedUntil), Request: it.Request,
		Client: account.Client(it.Client), Device: it.Device, DeviceName: it.DeviceName, Guard: it.Guard,
	}
	if it.Phone != "" {
		t.Phone = parsed(staff.ParsePhone, it.Phone, &bad)
	}
	if bad != nil {
		return account.Ticket{}, fmt.Errorf("read a ticket: %w", bad)
	}
	return t, nil
}

// Ticket is T1.
func (s *Store) Ticket(ctx context.Context, id account.Secret) (account.Ticket, error) {
	item, err := s.table.get(ctx, ticketKey(id))
	if err != nil {
		return account.Ticket{}, err
	}
	return ticketFromItem(id, item)
}

// PutTicket is T2. Ids are drawn from 2^256, so a try that lost its answer may
// be repeated and nothing is overwritten.
func (s *Store) PutTicket(ctx context.Context, t account.Ticket) error {
	return s.table.insert(ctx, ticketToItem(t), "", nil, nil)
}

// DropTicket is T3.
func (s *Store) DropTicket(ctx context.Context, t account.Ticket) error {
	return s.table.drop(ctx, ticketKey(t.ID))
}

// ReplaceCode is T4: another code for the same ticket, whose tries go on.
func (s *Store) ReplaceCode(ctx context.Context, was, now account.Ticket) error {
	v := values{":mac": now.Code, ":until": millis(now.CodeExpires), ":verified": millis(now.VerifiedUntil)}
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
	_, err := s.table.do(ctx, change{
		key: ticketKey(now.ID), expression: expression, condition: condition, values: v,
		refuse: func(item map[string]types.AttributeValue) error {
			if text(item["code_mac"]) == now.Code && now.Code != "" {
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
	var counted map[string]types.AttributeValue
	var seen account.Ticket
	item, err := s.table.do(ctx, change{
		key: ticketKey(id), expression: "ADD tries :one SET last_try = :mark",
		condition: "attribute_exists(pk) AND expires_ms > :now AND tries < :tries AND (code_expires_ms > :now OR verified_ms > :now)" +
			" AND (attribute_not_exists(last_try) OR last_try <> :mark)",
		values: values{":one": 1, ":now": millis(now), ":tries": tries, ":mark": mark},
		refuse: func(item map[string]types.AttributeValue) error {
			if text(item["last_try"]) == mark {
				counted = item
				return nil
			}
			var err error
			if seen, err = ticketFromItem(id, item); err == nil {
				_, err = seen.Try(now, tries)
			}
			return cmp.Or(err, errRuleDisagrees)
		},
	})
	if err != nil {
		return seen, err
	}
	if counted != nil {
		item = counted
	}
	return ticketFromItem(id, item)
}

var errRuleDisagrees = fmt.Errorf("the condition and the rule disagree")

// VerifyCode is T6. A ticket whose code was replaced meanwhile keeps the try.
func (s *Store) VerifyCode(ctx context.Context, t account.Ticket, until time.Time) error {
	return s.returnTry(ctx, t, "verified_ms = :until, ", values{":until": millis(until)}, fault.TicketInvalid)
}

// ReturnTry is T6 without a mark of success. A ticket that is gone or has another
// code has nothing to be given back.
func (s *Store) ReturnTry(ctx context.Context, t account.Ticket) error {
	return s.returnTry(ctx, t, "", values{}, nil)
}

// returnTry takes one from the tries of a ticket and sets what else is to be set.
// The mark keeps a call that is repeated from giving back twice.
func (s *Store) returnTry(ctx context.Context, t account.Ticket, set string, v values, refused error) error {
	mark := rand.Text()
	v[":back"], v[":mac"], v[":none"], v[":mark"] = -1, t.Code, 0, mark
	_, err := s.table.do(ctx, change{
		key: ticketKey(t.ID), expression: "SET " + set + "last_back = :mark ADD tries :back",
		condition: "code_mac = :mac AND tries > :none AND (attribute_not_exists(last_back) OR last_back <> :mark)", values: v,
		refuse: func(item map[string]types.AttributeValue) error {
			if text(item["last_back"]) == mark {
				return nil
			}
			return refused
		},
	})
	return err
}

// SpendTicket is T7.
func (s *Store) SpendTicket(ctx context.Context, t account.Ticket) error {
	return s.table.transact(ctx, s.spend(t))
}

// spend removes a ticket, once.
func (s *Store) spend(t account.Ticket) step {
	return s.table.remove(ticketKey(t.ID), "code_mac = :mac", values{":mac": t.Code}, means(fault.TicketInvalid))
}
