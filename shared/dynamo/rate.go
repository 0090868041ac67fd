package dynamo

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	mathrand "math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"chaoxi/shared/account"
	"chaoxi/shared/dynamo/internal/table"
	"chaoxi/shared/fault"
	"chaoxi/shared/meter"
	"chaoxi/shared/retry"
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
	condition, v := unswapped(was)
	mark := rand.Text()
	_, err := s.table.DB.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.table.Name, ConditionExpression: &condition, ExpressionAttributeValues: v.AV(), Item: failuresItem(mac, now, mark),
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

// TraceFailure is R14: what SwapFailures writes, and in the same transaction a line of
// the sign-in history and, of a failure that locks, an entry of the audit. If the name
// is nobody's, it writes as many items of the same size where nobody reads them.
func (s *Store) TraceFailure(ctx context.Context, mac string, was, now account.Failures, t account.Trace) (account.Failures, error) {
	condition, v := unswapped(was)
	mark := rand.Text()
	current := now
	writes := []table.TxWrite{s.table.TxPut(failuresItem(mac, now, mark), condition, v, func(item table.Item) (err error) {
		if table.Str(item["mark"]) == mark {
			return nil // our own write, whose answer was lost
		}
		current, err = table.FailuresFromItem(item)
		return cmp.Or(err, account.ErrSwapped)
	})}
	if t.Line != nil {
		item := table.NobodysSignIn(mac, *t.Line)
		if !t.Staff.IsZero() {
			item = table.SignInToItem(t.Staff, *t.Line)
		}
		writes = append(writes, s.table.TxPut(item, "", nil, nil))
	}
	if t.Lock != nil {
		if t.Staff.IsZero() {
			writes = append(writes, s.table.TxPut(table.NobodysAudit(mac, *t.Lock), table.Absent, nil, table.RefuseWith(table.ErrAuditTwice)))
		} else {
			writes = append(writes, s.table.TxAudit(*t.Lock)...)
		}
	}
	err := s.table.Transact(ctx, writes...)
	return current, err
}

// unswapped is the condition that the failures of a key are still was, and its values.
func unswapped(was account.Failures) (string, table.Values) {
	if was.Revision > 0 {
		return "revision = :was", table.Values{":was": was.Revision}
	}
	return table.Absent, nil
}

func failuresItem(mac string, f account.Failures, mark string) table.Item {
	return table.NewItem(table.LockKey(mac), "failures", table.FailuresItem{
		Count: f.Count, First: table.Millis(f.First), DayCount: f.DayCount, Day: table.Millis(f.Day), LockedUntil: table.Millis(f.LockedUntil),
		Open: f.Open, Opened: table.Millis(f.Opened), Revision: f.Revision, Expires: latest(f.First, f.Opened).Add(failuresKept).Unix(), Mark: mark,
	})
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
		countUnsent(ctx, t)
		return t, err
	}
	if item != nil {
		err = table.Decode(item, &was)
	}
	t.Before = table.Instant(was.Before)
	return t, err
}

// countUnsent counts a notice that gets no place, and so is never sent.
func countUnsent(ctx context.Context, t account.Reservation) {
	if t.Notifies() {
		meter.Most(ctx, meter.NoticesUnsent, 1) // a request sends one at most
	}
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

// ReserveBudget is R5: one more of all texts of the day, of one shard. It returns t
// with Shard filled in. It fails with SMSUnavailable if two shards in turn have none
// left: so a shard that is used up before the others is not in anybody's way.
func (s *Store) ReserveBudget(ctx context.Context, t account.Reservation, l account.SMSLimits) (account.Reservation, error) {
	b := l.Budget
	shard := mathrand.IntN(max(1, b.Shards))
	for try := range min(2, max(1, b.Shards)) {
		t.Shard = (shard + try) % max(1, b.Shards)
		switch err := s.reserveShard(ctx, t, b); {
		case err == nil:
			return t, nil
		case !errors.Is(err, fault.SMSUnavailable):
			return t, err
		}
	}
	countUnsent(ctx, t)
	return t, fault.SMSUnavailable.Becausef("the day's or the hour's budget of texts is used up")
}

func (s *Store) reserveShard(ctx context.Context, t account.Reservation, b account.Budget) error {
	u := table.Update{
		Key: table.BudgetKey(t.At, t.Shard), Expression: "SET expires = :expires ADD texts :one, #hour :one", Condition: "(attribute_not_exists(texts) OR texts < :day)",
		Names:             map[string]string{"#hour": table.HourAttribute(t.At)},
		Values:            table.Values{":one": 1, ":day": b.Day, ":expires": t.At.Add(72 * time.Hour).Unix()},
		OnConditionFailed: func(table.Item) error { return fault.SMSUnavailable },
	}
	if t.Recovers() {
		u.Expression += ", recoveries :one"
	}
	if b.Hour > 0 {
		u.Values[":hour"] = b.Hour
		hour := "attribute_not_exists(#hour) OR #hour < :hour"
		if t.Recovers() {
			u.Values[":beyond"] = b.Beyond
			hour += " OR attribute_not_exists(recoveries) OR recoveries < :beyond"
		}
		u.Condition += " AND (" + hour + ")"
	}
	item, err := s.table.UpdateItem(ctx, u)
	if err != nil {
		return err
	}
	var now struct {
		Texts int `dynamodbav:"texts"`
	}
	if err := table.Decode(item, &now); err == nil && b.Whole > 0 {
		meter.Most(ctx, meter.TextBudget, 100*float64(now.Texts)/float64(b.Whole))
	}
	return nil
}

// ReleaseBudget is R5 backwards: one text is given back to the share of its phone or,
// if that counts none, to the next one.
func (s *Store) ReleaseBudget(ctx context.Context, t account.Reservation) error {
	u := table.Update{
		Key: table.BudgetKey(t.At, t.Shard), Expression: "ADD texts :back, #hour :back", Condition: "texts > :none AND #hour > :none",
		Names:  map[string]string{"#hour": table.HourAttribute(t.At)},
		Values: table.Values{":back": -1, ":none": 0}, OnConditionFailed: func(table.Item) error { return nil },
	}
	if t.Recovers() {
		u.Expression += ", recoveries :back"
	}
	_, err := s.table.UpdateItem(ctx, u)
	return err
}

// ReserveForAddress is R6: one more text for which a source address has asked in this
// hour. It fails with RateLimited if there were l.AnHour.
func (s *Store) ReserveForAddress(ctx context.Context, t account.Reservation, l account.SMSLimits) error {
	end := t.At.Truncate(time.Hour).Add(time.Hour)
	return s.incrementBelow(ctx, table.AddressKey(t.Source, t.At), "texts", l.AnHour, end.Add(time.Hour), fault.RateLimited.RetryIn(end.Sub(t.At)))
}

// ReleaseForAddress is R6 backwards: one text is given back.
func (s *Store) ReleaseForAddress(ctx context.Context, t account.Reservation) error {
	return s.decrement(ctx, table.AddressKey(t.Source, t.At), "texts")
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

// decrement takes 1 off a number that is above 0. Otherwise it does nothing.
func (s *Store) decrement(ctx context.Context, k table.Key, attribute string) error {
	_, err := s.table.UpdateItem(ctx, table.Update{
		Key: k, Expression: "ADD #n :back", Condition: "#n > :none", Names: map[string]string{"#n": attribute},
		Values: table.Values{":back": -1, ":none": 0}, OnConditionFailed: func(table.Item) error { return nil },
	})
	return err
}

// AddressUse is R7: the failures and calls of a source address in this hour,
// eventually consistent. That is enough: these counts only slow guesses down, and the
// strict counts are those by name, device, ticket and person.
func (s *Store) AddressUse(ctx context.Context, source string, now time.Time) (account.AddressUse, error) {
	out, err := s.table.DB.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.table.Name, Key: table.AddressKey(source, now).AV()})
	if err != nil {
		return account.AddressUse{}, table.Outage(err)
	}
	return addressUseFrom(out.Item)
}

func addressUseFrom(item table.Item) (account.AddressUse, error) {
	var it struct {
		Failures int `dynamodbav:"failures"`
		Calls    int `dynamodbav:"calls"`
	}
	err := table.Decode(item, &it)
	return account.AddressUse(it), err
}

// AddAddressFailure is R8: one more failure of a source address in this hour.
func (s *Store) AddAddressFailure(ctx context.Context, source string, now time.Time) error {
	return s.addToAddress(ctx, source, now, "failures")
}

// AddAddressCall is R8: one more call of a source address that succeeded in this hour.
func (s *Store) AddAddressCall(ctx context.Context, source string, now time.Time) error {
	return s.addToAddress(ctx, source, now, "calls")
}

func (s *Store) addToAddress(ctx context.Context, source string, now time.Time, attribute string) error {
	_, err := s.table.UpdateItem(ctx, table.Update{
		Key: table.AddressKey(source, now), Expression: "ADD " + attribute + " :one SET expires = :expires",
		Values: table.Values{":one": 1, ":expires": now.Add(2 * time.Hour).Unix()},
	})
	return err
}

// codeTriesItem is an account.CodeTries as stored.
type codeTriesItem struct {
	Counted int    `dynamodbav:"counted"`
	Wrong   int    `dynamodbav:"wrong"`
	Last    int64  `dynamodbav:"last_ms"`
	Mark    string `dynamodbav:"mark"`
}

func codeTriesFrom(item table.Item) (account.CodeTries, string, error) {
	var it codeTriesItem
	err := table.Decode(item, &it)
	return account.CodeTries{Counted: it.Counted, Wrong: it.Wrong, Last: table.Instant(it.Last)}, it.Mark, err
}

// CodeTries is R9: the tries of codes of a key on the day of now.
func (s *Store) CodeTries(ctx context.Context, key string, now time.Time) (account.CodeTries, error) {
	item, err := s.table.GetItem(ctx, table.CodesKey(key, now))
	if err != nil {
		return account.CodeTries{}, err
	}
	tries, _, err := codeTriesFrom(item)
	return tries, err
}

// BeginCode is R10: one more try of a code on the day of now, counted before the code
// is compared. The condition is that of CodeTries.Begin: if it fails, Begin says why.
// By the mark a repeated call, whose answer was lost, sees that it has counted.
func (s *Store) BeginCode(ctx context.Context, key string, now time.Time, most int) error {
	mark := rand.Text()
	_, err := s.table.UpdateItem(ctx, table.Update{
		Key: table.CodesKey(key, now), Expression: "ADD counted :one SET last_ms = :now, mark = :mark, expires = :expires",
		Condition: "attribute_not_exists(pk) OR counted < :most AND mark <> :mark",
		Values:    table.Values{":one": 1, ":now": table.Millis(now), ":mark": mark, ":most": most, ":expires": now.Add(72 * time.Hour).Unix()},
		OnConditionFailed: func(item table.Item) error {
			tries, by, err := codeTriesFrom(item)
			if err != nil || by == mark {
				return err
			}
			_, err = tries.Begin(now, most)
			return cmp.Or(err, errRuleDisagrees)
		},
	})
	return err
}

// WrongCode is R11: a try of a code was wrong. It returns how many were that day.
func (s *Store) WrongCode(ctx context.Context, key string, now time.Time) (int, error) {
	item, err := s.table.UpdateItem(ctx, table.Update{Key: table.CodesKey(key, now), Expression: "ADD wrong :one", Values: table.Values{":one": 1}})
	if err != nil {
		return 0, err
	}
	tries, _, err := codeTriesFrom(item)
	return tries.Wrong, err
}

// RightCode is R12: a try of a code is taken off. The mark keeps a repeated call from
// taking off twice.
func (s *Store) RightCode(ctx context.Context, key string, now time.Time) error {
	_, err := s.table.UpdateItem(ctx, table.Update{
		Key: table.CodesKey(key, now), Expression: "ADD counted :back SET last_back = :mark",
		Condition: "counted > :none AND (attribute_not_exists(last_back) OR last_back <> :mark)",
		Values:    table.Values{":back": -1, ":none": 0, ":mark": rand.Text()}, OnConditionFailed: func(table.Item) error { return nil },
	})
	return err
}

// ReserveProbe is R13: one more lookup of names by an administrator in this hour. It
// fails with RateLimited if there were most.
func (s *Store) ReserveProbe(ctx context.Context, by staff.EmployeeCode, at time.Time, most int) error {
	end := at.Truncate(time.Hour).Add(time.Hour)
	return s.incrementBelow(ctx, table.ProbesKey(by, at), "probes", most, end.Add(time.Hour), fault.RateLimited.RetryIn(end.Sub(at)))
}

// ReleaseProbe is R13 backwards: one lookup is given back.
func (s *Store) ReleaseProbe(ctx context.Context, by staff.EmployeeCode, at time.Time) error {
	return s.decrement(ctx, table.ProbesKey(by, at), "probes")
}

// ReservePace is R15: the next free stretch of the row in which texts of jobs leave. It
// begins now or, if others have the row until later, then: the refusal of the first try
// says until when. If the answer of a try is lost, its stretch stays empty, as the call
// that is repeated takes the next one.
func (s *Store) ReservePace(ctx context.Context, stretch time.Duration, now, latest time.Time) (time.Time, error) {
	begins := now
	err := retry.Times(20, errPaceMoved, func(int) error {
		if begins.After(latest) {
			return account.ErrPaceTaken
		}
		_, err := s.table.UpdateItem(ctx, table.Update{
			Key: table.PaceKey(), Expression: "SET free_ms = :end, expires = :expires", Condition: "attribute_not_exists(free_ms) OR free_ms <= :begins",
			Values: table.Values{":begins": table.Millis(begins), ":end": table.Millis(begins) + stretch.Milliseconds(), ":expires": now.Add(72 * time.Hour).Unix()},
			OnConditionFailed: func(item table.Item) error {
				var row struct {
					Free int64 `dynamodbav:"free_ms"`
				}
				err := table.Decode(item, &row)
				begins = table.Instant(row.Free)
				return cmp.Or(err, errPaceMoved)
			},
		})
		return err
	})
	return begins, err
}

// errPaceMoved says that others have a stretch of the row where one was to begin.
var errPaceMoved = errors.New("the row is taken there")

// textKey is the key of the count of texts of one purpose to one phone. Each day has
// an attribute of its own (d20261123). So one update can count and limit, on
// whichever day the text before was.
func textKey(t account.Reservation) table.Key {
	return table.RateKey("text", string(t.Purpose)+"#"+t.Counted)
}
