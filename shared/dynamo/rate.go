package dynamo

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"hash/fnv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/account"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// failuresKept is how long failures stay in the table, from the last try on: longer
// than any window and its lock (config bounds both by a day).
const failuresKept = 72 * time.Hour

// SwapFailures is R1: the failures of a key are replaced by now if they are still
// was. With such a compare-and-swap, any function can be the rule that counts.
// SwapFailures returns what is in the table then: now or, with ErrSwapped, what
// somebody else has written.
//
// The client repeats a call whose answer was lost. By the mark the call sees that it
// has written already, and one failure is counted once.
func (s *Store) SwapFailures(ctx context.Context, mac string, was, now account.Failures) (account.Failures, error) {
	condition, v := "attribute_not_exists(pk)", table.Values(nil)
	if was.Revision > 0 {
		condition, v = "revision = :was", table.Values{":was": was.Revision}
	}
	mark := rand.Text()
	_, err := s.table.DB.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.table.Name, ConditionExpression: &condition, ExpressionAttributeValues: v.AV(),
		Item: table.NewItem(table.LockKey(mac), "failures", table.FailuresItem{
			Count: now.Count, First: table.Millis(now.First), DayCount: now.DayCount, Day: table.Millis(now.Day), LockedUntil: table.Millis(now.LockedUntil),
			Open: now.Open, Opened: table.Millis(now.Opened), Revision: now.Revision, Expires: latest(now.First, now.Opened).Add(failuresKept).Unix(), Mark: mark,
		}),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var refused *types.ConditionalCheckFailedException
	if errors.As(err, &refused) {
		if table.Str(refused.Item["mark"]) == mark {
			return now, nil
		}
		current, err := table.FailuresFromItem(refused.Item)
		return current, cmp.Or(err, account.ErrSwapped)
	}
	return now, table.Outage(err)
}

// latest is the later of two times.
func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// ResetWindow is R2: the failures of the window are taken back. The revision rises,
// so that a swap of what was there before fails.
func (s *Store) ResetWindow(ctx context.Context, mac string) error {
	_, err := s.table.UpdateItem(ctx, table.Update{
		Key: table.LockKey(mac), Expression: "SET failures = :none ADD revision :one", Condition: "failures > :none",
		Values: table.Values{":one": 1, ":none": 0}, OnConditionFailed: func(table.Item) error { return nil },
	})
	return err
}

// ReserveForPhone is R3: one more text of a purpose to a phone. It returns t with
// Before filled in. It fails with CodeTooSoon if the text before is less than
// l.Interval ago, and with CodeDailyLimit if there were l.ADay texts today. By the
// mark a repeated call, whose answer was lost, sees that the reservation is its own.
func (s *Store) ReserveForPhone(ctx context.Context, t account.Reservation, l account.SMSLimits) (account.Reservation, error) {
	names := map[string]string{"#today": table.DayAttribute(t.At)}
	expression := "SET before_ms = if_not_exists(last_ms, :never), last_ms = :now, mark = :mark, expires = :expires ADD #today :one REMOVE "
	for i := 1; i <= 7; i++ { // days before: the item does not expire while texts keep coming
		name := "#d" + string(rune('0'+i))
		names[name] = table.DayAttribute(t.At.AddDate(0, 0, -i))
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
	item, err := s.table.UpdateItem(ctx, table.Update{
		Key: textKey(t), Expression: expression, Names: names,
		Condition: "(attribute_not_exists(last_ms) OR last_ms <= :before AND mark <> :mark) AND (attribute_not_exists(#today) OR #today < :max)",
		Values: table.Values{
			":now": table.Millis(t.At), ":before": table.Millis(t.At.Add(-l.Interval)), ":one": 1, ":max": l.ADay, ":never": 0,
			":mark": mark, ":expires": t.At.Add(72 * time.Hour).Unix(),
		},
		OnConditionFailed: func(item table.Item) error {
			if err := table.Decode(item, &was); err != nil || was.Mark == mark {
				return err
			}
			if wait := l.Interval - t.At.Sub(table.Instant(was.Last)); wait > 0 {
				return fault.CodeTooSoon.RetryIn(wait)
			}
			_, end := account.Day(t.At)
			return fault.CodeDailyLimit.RetryIn(end.Sub(t.At))
		},
	})
	if err != nil {
		return t, err
	}
	if item != nil {
		err = table.Decode(item, &was)
	}
	t.Before = table.Instant(was.Before)
	return t, err
}

// ReleaseForPhone is R4: a reservation is undone, as if nobody had asked for the text.
// If there was another text since, the reservation stays.
func (s *Store) ReleaseForPhone(ctx context.Context, t account.Reservation) error {
	_, err := s.table.UpdateItem(ctx, table.Update{
		Key: textKey(t), Expression: "SET last_ms = :before ADD #today :back", Condition: "last_ms = :mine",
		Names:             map[string]string{"#today": table.DayAttribute(t.At)},
		Values:            table.Values{":before": table.Millis(t.Before), ":back": -1, ":mine": table.Millis(t.At)},
		OnConditionFailed: func(table.Item) error { return nil },
	})
	return err
}

// ReserveBudget is R5: one more of all texts of the day. It fails with SMSUnavailable
// if there were l.Budget.
//
// The budget is divided into shares, so that no item counts the texts of all people. A
// text is counted in the share of its phone. Where that is used up, the next one
// counts it: so only towards the end of the day's budget a text takes more than one
// call.
func (s *Store) ReserveBudget(ctx context.Context, t account.Reservation, l account.SMSLimits) error {
	for i := range table.Copies {
		share := (budgetShare(t) + i) % table.Copies
		most := (l.Budget + table.Copies - 1 - share) / table.Copies // those of all shares add up to l.Budget
		if most <= 0 {
			continue
		}
		err := s.incrementBelow(ctx, table.BudgetKey(t.At, share), "texts", most, t.At.Add(72*time.Hour), errShareUsedUp)
		if !errors.Is(err, errShareUsedUp) {
			return err
		}
	}
	return fault.SMSUnavailable.Becausef("the day's budget of texts is used up")
}

var errShareUsedUp = errors.New("this share of the budget is used up")

// budgetShare is the share of the budget in which a text is counted first.
func budgetShare(t account.Reservation) int {
	h := fnv.New32a()
	h.Write([]byte(t.Phone.E164()))
	return int(h.Sum32() % table.Copies)
}

// ReleaseBudget is R5 backwards: one text is given back to the share of its phone or,
// if that counts none, to the next one.
func (s *Store) ReleaseBudget(ctx context.Context, t account.Reservation) error {
	for i := range table.Copies {
		taken, err := s.decrement(ctx, table.BudgetKey(t.At, (budgetShare(t)+i)%table.Copies), "texts")
		if err != nil || taken {
			return err
		}
	}
	return nil
}

// ReserveForAddress is R6: one more text for which a source address has asked in this
// hour. It fails with RateLimited if there were l.AnHour.
func (s *Store) ReserveForAddress(ctx context.Context, t account.Reservation, l account.SMSLimits) error {
	end := t.At.Truncate(time.Hour).Add(time.Hour)
	return s.incrementBelow(ctx, table.AddressKey(t.Source, t.At), "texts", l.AnHour, end.Add(time.Hour), fault.RateLimited.RetryIn(end.Sub(t.At)))
}

// ReleaseForAddress is R6 backwards: one text is given back.
func (s *Store) ReleaseForAddress(ctx context.Context, t account.Reservation) error {
	_, err := s.decrement(ctx, table.AddressKey(t.Source, t.At), "texts")
	return err
}

// incrementBelow adds 1 to a number that is below limit. Otherwise it fails with
// refusal.
func (s *Store) incrementBelow(ctx context.Context, k table.Key, attribute string, limit int, expires time.Time, refusal error) error {
	_, err := s.table.UpdateItem(ctx, table.Update{
		Key: k, Expression: "ADD #n :one SET expires = :expires", Condition: "attribute_not_exists(#n) OR #n < :limit",
		Names: map[string]string{"#n": attribute}, Values: table.Values{":one": 1, ":limit": limit, ":expires": expires.Unix()},
		OnConditionFailed: func(table.Item) error { return refusal },
	})
	return err
}

// decrement takes 1 off a number that is above 0, and says so. Otherwise it does
// nothing.
func (s *Store) decrement(ctx context.Context, k table.Key, attribute string) (taken bool, err error) {
	item, err := s.table.UpdateItem(ctx, table.Update{
		Key: k, Expression: "ADD #n :back", Condition: "#n > :none", Names: map[string]string{"#n": attribute},
		Values: table.Values{":back": -1, ":none": 0}, OnConditionFailed: func(table.Item) error { return nil },
	})
	return item != nil, err
}

// AddressFailures is R7: the failures of a source address in this hour, eventually
// consistent. That is enough: this count only slows guesses down, and the strict
// counts are those by name, device and ticket.
func (s *Store) AddressFailures(ctx context.Context, source string, now time.Time) (int, error) {
	out, err := s.table.DB.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.table.Name, Key: table.AddressKey(source, now).AV()})
	if err != nil {
		return 0, table.Outage(err)
	}
	var it struct {
		Failures int `dynamodbav:"failures"`
	}
	err = table.Decode(out.Item, &it)
	return it.Failures, err
}

// AddAddressFailure is R8: one more failure of a source address in this hour.
func (s *Store) AddAddressFailure(ctx context.Context, source string, now time.Time) error {
	_, err := s.table.UpdateItem(ctx, table.Update{
		Key: table.AddressKey(source, now), Expression: "ADD failures :one SET expires = :expires",
		Values: table.Values{":one": 1, ":expires": now.Add(2 * time.Hour).Unix()},
	})
	return err
}

// ReserveProbe is R9: one more lookup of names by an administrator in this hour. It
// fails with RateLimited if there were most.
func (s *Store) ReserveProbe(ctx context.Context, by staff.EmployeeCode, at time.Time, most int) error {
	end := at.Truncate(time.Hour).Add(time.Hour)
	return s.incrementBelow(ctx, table.ProbesKey(by, at), "probes", most, end.Add(time.Hour), fault.RateLimited.RetryIn(end.Sub(at)))
}

// ReleaseProbe is R9 backwards: one lookup is given back.
func (s *Store) ReleaseProbe(ctx context.Context, by staff.EmployeeCode, at time.Time) error {
	_, err := s.decrement(ctx, table.ProbesKey(by, at), "probes")
	return err
}

// textKey is the key of the count of texts of one purpose to one phone. Each day has
// an attribute of its own (d20261123). So one update can count and limit, on
// whichever day the text before was.
func textKey(t account.Reservation) table.Key {
	return table.RateKey("text", string(t.Purpose)+"#"+t.Counted)
}
