package table

import (
	"chaoxi/shared/account"
)

// FailuresItem is an account.Failures as stored.
type FailuresItem struct {
	Count       int   `dynamodbav:"failures"`
	First       int64 `dynamodbav:"first_ms"`
	DayCount    int   `dynamodbav:"day_failures"`
	Day         int64 `dynamodbav:"day_ms"`
	LockedUntil int64 `dynamodbav:"locked_ms"`
	Open        int   `dynamodbav:"open,omitempty"`
	Opened      int64 `dynamodbav:"opened_ms,omitempty"`
	Revision    int64 `dynamodbav:"revision"`
	Expires     int64 `dynamodbav:"expires"`

	Mark string `dynamodbav:"mark"` // of the call that wrote the item; see SwapFailures
}

// FailuresFromItem reads the failures of one key. A nil item gives the zero
// Failures.
func FailuresFromItem(item Item) (account.Failures, error) {
	var it FailuresItem
	if err := Decode(item, &it); err != nil {
		return account.Failures{}, err
	}
	return account.Failures{
		Count: it.Count, First: Instant(it.First), DayCount: it.DayCount, Day: Instant(it.Day),
		LockedUntil: Instant(it.LockedUntil), Open: it.Open, Opened: Instant(it.Opened), Revision: it.Revision,
	}, nil
}
