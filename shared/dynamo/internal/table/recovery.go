package table

import (
	"fmt"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

// recoveryItem is an account.RecoveryRequest as stored.
type recoveryItem struct {
	ID        string `dynamodbav:"id"`
	Staff     string `dynamodbav:"staff"`
	State     string `dynamodbav:"request_state"`
	Reason    string `dynamodbav:"reason"`
	Created   int64  `dynamodbav:"created_ms"`
	ExpiresMS int64  `dynamodbav:"expires_ms"` // of the request
	Decided   int64  `dynamodbav:"decided_ms,omitempty"`
	Rejection string `dynamodbav:"rejection,omitempty"`
	Phone     string `dynamodbav:"phone,omitempty"`
	Epoch     int64  `dynamodbav:"epoch,omitempty"`
	Expires   int64  `dynamodbav:"expires"` // of the item
}

// RecoveryKind marks the items whose changes the stream hands to the queues.
const RecoveryKind = "recovery"

func RecoveryToItem(r account.RecoveryRequest) Item {
	it := recoveryItem{
		ID: r.ID, Staff: r.Staff.String(), State: string(r.State), Reason: r.Reason, Created: Millis(r.Created), ExpiresMS: Millis(r.Expires),
		Decided: Millis(r.Decided), Rejection: r.Rejection, Epoch: r.Epoch, Expires: RequestExpiresAt(r),
	}
	if !r.Phone.IsZero() {
		it.Phone = r.Phone.E164()
	}
	return NewItem(RecoveryKey(r.ID), RecoveryKind, it)
}

// RequestExpiresAt is when time takes the request along, and all that hangs on it.
func RequestExpiresAt(r account.RecoveryRequest) int64 {
	return r.Created.Add(account.RecoveryRequestKept).Unix()
}

// RecoveryFromItem reads a request from an item or an image of the stream; no
// item is the zero request.
func RecoveryFromItem(item Item) (account.RecoveryRequest, error) {
	if item == nil {
		return account.RecoveryRequest{}, nil
	}
	var it recoveryItem
	if err := Decode(item, &it); err != nil {
		return account.RecoveryRequest{}, err
	}
	var bad error
	r := account.RecoveryRequest{
		ID: it.ID, Staff: Parsed(staff.ParseEmployeeCode, it.Staff, &bad), State: account.RecoveryState(it.State), Reason: it.Reason,
		Created: Instant(it.Created), Expires: Instant(it.ExpiresMS), Decided: Instant(it.Decided), Rejection: it.Rejection, Epoch: it.Epoch,
	}
	if it.Phone != "" {
		r.Phone = Parsed(staff.ParsePhone, it.Phone, &bad)
	}
	if bad != nil {
		return account.RecoveryRequest{}, fmt.Errorf("read a recovery request: %w", bad)
	}
	return r, nil
}

// ScopesOf are the organisations noted to have had a row of a request.
func ScopesOf(item Item) ([]staff.OrgCode, error) {
	var it struct {
		Scopes []string `dynamodbav:"scopes"`
	}
	if err := Decode(item, &it); err != nil {
		return nil, err
	}
	all := make([]staff.OrgCode, len(it.Scopes))
	var bad error
	for i, code := range it.Scopes {
		all[i] = Parsed(staff.ParseOrgCode, code, &bad)
	}
	return all, bad
}

// queueItem is a row of a queue. It says which request, and time takes it along
// with the request; all else is read where it is shown.
type queueItem struct {
	ID      string `dynamodbav:"id"`
	Staff   string `dynamodbav:"staff"`
	Expires int64  `dynamodbav:"expires"`
}

func QueueToItem(row account.QueueRow, r account.RecoveryRequest) Item {
	return NewItem(QueueKey(row, r), "queue", queueItem{r.ID, r.Staff.String(), RequestExpiresAt(r)})
}

func QueueKey(row account.QueueRow, r account.RecoveryRequest) Key {
	return Key{queuePK(row.Scope), queueSK(string(row.State), SortTime(r.Created), r.ID)}
}
