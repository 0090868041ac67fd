package dynamo

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
)

// failuresItem is an account.Failures as stored.
type failuresItem struct {
	Count       int   `dynamodbav:"failures"`
	First       int64 `dynamodbav:"first_ms"`
	DayCount    int   `dynamodbav:"day_failures"`
	Day         int64 `dynamodbav:"day_ms"`
	LockedUntil int64 `dynamodbav:"locked_ms"`
	Revision    int64 `dynamodbav:"revision"`
	Expires     int64 `dynamodbav:"expires"`

	Mark string `dynamodbav:"mark"` // of the call that wrote it; see SwapFailures
}

func failuresFromItem(item map[string]types.AttributeValue) (account.Failures, error) {
	var it failuresItem
	if err := into(item, &it); err != nil {
		return account.Failures{}, err
	}
	return account.Failures{
		Count: it.Count, First: instant(it.First), DayCount: it.DayCount, Day: instant(it.Day),
		LockedUntil: instant(it.LockedUntil), Revision: it.Revision,
	}, nil
}

// failuresKept is how long a count outlives its last failure: longer than any
// window or lock.
const failuresKept = 48 * time.Hour

// SwapFailures is R1: compare and set, so that the rule may be any rule. The mark
// tells a call that is repeated, because its answer was lost, that it was the one
// who wrote: one failure is counted once.
func (s *Store) SwapFailures(ctx context.Context, mac string, was, now account.Failures) (account.Failures, error) {
	condition, v := "attribute_not_exists(pk)", values(nil)
	if was.Revision > 0 {
		condition, v = "revision = :was", values{":was": was.Revision}
	}
	mark := rand.Text()
	_, err := s.table.db.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.table.name, ConditionExpression: &condition, ExpressionAttributeValues: v.av(),
		Item: itemOf(guardKey(mac), "failures", failuresItem{
			now.Count, millis(now.First), now.DayCount, millis(now.Day), millis(now.LockedUntil), now.Revision, now.First.Add(failuresKept).Unix(), mark,
		}),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var refused *types.ConditionalCheckFailedException
	if errors.As(err, &refused) {
		if text(refused.Item["mark"]) == mark {
			return now, nil
		}
		current, err := failuresFromItem(refused.Item)
		return current, cmp.Or(err, account.ErrSwapped)
	}
	return now, outage(err)
}

// Forgive is R2. The revision rises, so that a swap on what was before fails. The
// mark keeps a call that is repeated from giving back twice.
func (s *Store) Forgive(ctx context.Context, mac string, f account.Forgiveness) error {
	c := change{
		key: guardKey(mac), values: values{":one": 1, ":none": 0, ":mark": rand.Text()},
		refuse: func(map[string]types.AttributeValue) error { return nil },
	}
	switch {
	case f.Own && f.Window:
		c.expression, c.condition = "SET mark = :mark, failures = :none, locked_ms = :none ADD day_failures :back, revision :one", "day_failures > :none"
		c.values[":back"] = -1
	case f.Window:
		c.expression, c.condition = "SET mark = :mark, failures = :none ADD revision :one", "attribute_exists(pk) AND failures > :none"
	default:
		c.expression, c.condition = "SET mark = :mark, locked_ms = :none ADD failures :back, day_failures :back, revision :one", "failures > :none AND day_failures > :none"
		c.values[":back"] = -1
	}
	c.condition += " AND mark <> :mark"
	_, err := s.table.do(ctx, c)
	return err
}

// TakePhoneTurn is R3. The mark tells a call that is repeated, because its answer
// was lost, that the turn is its own.
func (s *Store) TakePhoneTurn(ctx context.Context, t account.Turn, l account.TextLimits) (account.Turn, error) {
	names := map[string]string{"#today": dayAttribute(t.At)}
	expression := "SET before_ms = if_not_exists(last_ms, :never), last_ms = :now, mark = :mark, expires = :expires ADD #today :one REMOVE "
	for i := 1; i <= 7; i++ { // days that TTL did not tidy up because texts kept coming
		name := "#d" + string(rune('0'+i))
		names[name] = dayAttribute(t.At.AddDate(0, 0, -i))
		if i > 1 {
			expression += ", "
		}
		expression += name
	}
	mark := rand.Text()
	var was struct {
		Last   int64  `dynamodbav:"last_ms"`
		Before int64  `dynamodbav:"before_ms"`
		Mark   string `dynamodbav:"mark"`
	}
	item, err := s.table.do(ctx, change{
		key: s.turnKey(t), expression: expression, names: names,
		condition: "(attribute_not_exists(last_ms) OR last_ms <= :before AND mark <> :mark) AND (attribute_not_exists(#today) OR #today < :max)",
		values: values{
			":now": millis(t.At), ":before": millis(t.At.Add(-l.Interval)), ":one": 1, ":max": l.ADay, ":never": 0,
			":mark": mark, ":expires": t.At.Add(72 * time.Hour).Unix(),
		},
		refuse: func(item map[string]types.AttributeValue) error {
			if err := into(item, &was); err != nil || was.Mark == mark {
				return err
			}
			if wait := l.Interval - t.At.Sub(instant(was.Last)); wait > 0 {
				return fault.CodeTooSoon.After(wait)
			}
			_, end := account.Day(t.At)
			return fault.CodeDailyLimit.After(end.Sub(t.At))
		},
	})
	if err != nil {
		return t, err
	}
	if item != nil {
		err = into(item, &was)
	}
	t.Before = instant(was.Before)
	return t, err
}

// ReturnPhoneTurn is R4: as if the text had never been asked for, unless another
// one was sent since.
func (s *Store) ReturnPhoneTurn(ctx context.Context, t account.Turn) error {
	_, err := s.table.do(ctx, change{
		key: s.turnKey(t), expression: "SET last_ms = :before ADD #today :back", condition: "last_ms = :mine",
		names:  map[string]string{"#today": dayAttribute(t.At)},
		values: values{":before": millis(t.Before), ":back": -1, ":mine": millis(t.At)},
		refuse: func(map[string]types.AttributeValue) error { return nil },
	})
	return err
}

// TakeBudget is R5: the system's texts of the day.
func (s *Store) TakeBudget(ctx context.Context, t account.Turn, l account.TextLimits) error {
	return s.takeOne(ctx, budgetKey(t.At), "texts", l.Budget, t.At.Add(72*time.Hour), fault.SMSUnavailable.Becausef("the day's budget of texts is used up"))
}

// ReturnBudget is R5 backwards.
func (s *Store) ReturnBudget(ctx context.Context, t account.Turn) error {
	return s.returnOne(ctx, budgetKey(t.At), "texts")
}

// TakeAddressTurn is R6: the texts that one address asked for in the hour.
func (s *Store) TakeAddressTurn(ctx context.Context, t account.Turn, l account.TextLimits) error {
	end := t.At.Truncate(time.Hour).Add(time.Hour)
	return s.takeOne(ctx, addressKey(t.Source, t.At), "texts", l.AnHour, end.Add(time.Hour), fault.RateLimited.After(end.Sub(t.At)))
}

// ReturnAddressTurn is R6 backwards.
func (s *Store) ReturnAddressTurn(ctx context.Context, t account.Turn) error {
	return s.returnOne(ctx, addressKey(t.Source, t.At), "texts")
}

func (s *Store) takeOne(ctx context.Context, k key, attribute string, limit int, expires time.Time, refusal error) error {
	_, err := s.table.do(ctx, change{
		key: k, expression: "ADD #n :one SET expires = :expires", condition: "attribute_not_exists(#n) OR #n < :limit",
		names: map[string]string{"#n": attribute}, values: values{":one": 1, ":limit": limit, ":expires": expires.Unix()},
		refuse: func(map[string]types.AttributeValue) error { return refusal },
	})
	return err
}

func (s *Store) returnOne(ctx context.Context, k key, attribute string) error {
	_, err := s.table.do(ctx, change{
		key: k, expression: "ADD #n :back", condition: "#n > :none", names: map[string]string{"#n": attribute},
		values: values{":back": -1, ":none": 0}, refuse: func(map[string]types.AttributeValue) error { return nil },
	})
	return err
}

// AddressFailures is R7. It is read eventually consistent: it is a brake, and
// the strict counts are others.
func (s *Store) AddressFailures(ctx context.Context, source string, now time.Time) (int, error) {
	out, err := s.table.db.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.table.name, Key: addressKey(source, now).av()})
	if err != nil {
		return 0, outage(err)
	}
	var it struct {
		Failures int `dynamodbav:"failures"`
	}
	err = into(out.Item, &it)
	return it.Failures, err
}

// AddAddressFailure is R8.
func (s *Store) AddAddressFailure(ctx context.Context, source string, now time.Time) error {
	_, err := s.table.do(ctx, change{
		key: addressKey(source, now), expression: "ADD failures :one SET expires = :expires",
		values: values{":one": 1, ":expires": now.Add(2 * time.Hour).Unix()},
	})
	return err
}
