package table

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"chaoxi/shared/account"
	"chaoxi/shared/admin"
	"chaoxi/shared/staff"
)

// recoveryItem is an account.RecoveryRequest as stored.
type recoveryItem struct {
	ID        string   `dynamodbav:"id"`
	Staff     string   `dynamodbav:"staff"`
	State     string   `dynamodbav:"request_state"`
	Reason    string   `dynamodbav:"reason"`
	Created   int64    `dynamodbav:"created_ms"`
	ExpiresMS int64    `dynamodbav:"expires_ms"` // of the request
	Decided   int64    `dynamodbav:"decided_ms,omitempty"`
	DecidedBy string   `dynamodbav:"decided_by,omitempty"`
	Rejection string   `dynamodbav:"rejection,omitempty"`
	Confirmed string   `dynamodbav:"how_confirmed,omitempty"`
	Phone     string   `dynamodbav:"phone,omitempty"`
	Epoch     int64    `dynamodbav:"epoch,omitempty"`
	Grants    []string `dynamodbav:"grant_ids,omitempty"`
	Expires   int64    `dynamodbav:"expires"` // of the item
}

// RecoveryKind is the kind of a recovery request. When such an item changes, the
// stream starts IndexQueue.
const RecoveryKind = "recovery"

// RecoveryToItem returns the REQUEST item of r.
func RecoveryToItem(r account.RecoveryRequest) Item {
	it := recoveryItem{
		ID: r.ID, Staff: r.Staff.String(), State: string(r.State), Reason: r.Reason, Created: Millis(r.Created), ExpiresMS: Millis(r.Expires),
		Decided: Millis(r.Decided), Rejection: r.Rejection, Confirmed: r.HowConfirmed, Epoch: r.Epoch, Grants: r.Grants, Expires: RequestExpiresAt(r),
	}
	if !r.Phone.IsZero() {
		it.Phone = r.Phone.E164()
	}
	if !r.DecidedBy.IsZero() {
		it.DecidedBy = r.DecidedBy.String()
	}
	return NewItem(RecoveryKey(r.ID), RecoveryKind, it)
}

// RequestExpiresAt returns when time to live deletes the request with its rows in
// the queues, in Unix seconds.
func RequestExpiresAt(r account.RecoveryRequest) int64 {
	return r.Created.Add(account.RecoveryRequestKept).Unix()
}

// RecoveryFromItem reads a request from an item or an image of the stream. A nil
// item gives the zero request.
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
		Created: Instant(it.Created), Expires: Instant(it.ExpiresMS), Decided: Instant(it.Decided), Rejection: it.Rejection, HowConfirmed: it.Confirmed,
		Epoch: it.Epoch, Grants: it.Grants,
	}
	if it.DecidedBy != "" {
		r.DecidedBy = Parsed(staff.ParseEmployeeCode, it.DecidedBy, &bad)
	}
	if it.Phone != "" {
		r.Phone = Parsed(staff.ParsePhone, it.Phone, &bad)
	}
	if bad != nil {
		return account.RecoveryRequest{}, fmt.Errorf("read a recovery request: %w", bad)
	}
	return r, nil
}

// ScopesOf reads a QUEUES item: every organisation that may have had a row of the
// request.
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

// queueItem is a row of an organisation's queue. It names the request and expires
// with it. A page reads the request and the person themselves.
type queueItem struct {
	ID      string `dynamodbav:"id"`
	Staff   string `dynamodbav:"staff"`
	Expires int64  `dynamodbav:"expires"`
}

// QueueToItem returns the item of a row of r.
func QueueToItem(row account.QueueRow, r account.RecoveryRequest) Item {
	return NewItem(QueueKey(row, r), "queue", queueItem{r.ID, r.Staff.String(), RequestExpiresAt(r)})
}

// QueueKey returns the key of a row of r. A queue is sorted by state, then by the
// time at which the request was made.
func QueueKey(row account.QueueRow, r account.RecoveryRequest) Key {
	return Key{queuePK(row.Scope), queueSK(string(row.State), SortTime(r.Created), r.ID)}
}

// QueueRange returns the partition of a queue, and the first and the last sort key that
// a stretch of it may have.
func QueueRange(q admin.QueueStretch) (pk, first, last string) {
	prefix := string(q.State) + "#"
	first, last = prefix, prefix+string(utf8.MaxRune)
	if !q.From.IsZero() {
		first += SortTime(q.From)
	}
	if next := prefix + q.After + "!"; q.After != "" && next > first { // "!" sorts before all that an id may go on with
		first = next
	}
	if !q.To.IsZero() {
		last = prefix + SortTime(q.To)
	}
	return queuePK(q.Scope), first, last
}

// QueuedFromItem reads a row of a queue.
func QueuedFromItem(item Item) (admin.QueuedRequest, error) {
	var it struct {
		queueItem
		SK string `dynamodbav:"sk"`
	}
	if err := Decode(item, &it); err != nil {
		return admin.QueuedRequest{}, err
	}
	var bad error
	_, place, _ := strings.Cut(it.SK, "#")
	q := admin.QueuedRequest{ID: it.ID, Staff: Parsed(staff.ParseEmployeeCode, it.Staff, &bad), Place: place}
	return q, bad
}

// RecoveryDecided returns the update of a request by its decision, with its
// placeholders.
func RecoveryDecided(now account.RecoveryRequest) (string, Values) {
	set, v := "SET request_state = :state, decided_ms = :decided, decided_by = :by, expires_ms = :until",
		Values{":state": string(now.State), ":decided": Millis(now.Decided), ":by": now.DecidedBy.String(), ":until": Millis(now.Expires)}
	if now.State == account.RecoveryRejected {
		v[":why"] = now.Rejection
		return set + ", rejection = :why", v
	}
	v[":how"], v[":phone"], v[":epoch"] = now.HowConfirmed, now.Phone.E164(), now.Epoch
	set += ", how_confirmed = :how, phone = :phone, epoch = :epoch"
	if len(now.Grants) > 0 {
		v[":grants"] = now.Grants
		set += ", grant_ids = :grants"
	}
	return set, v
}
