package admin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
)

// RequestKey is what a client calls a request, so that it is carried out once,
// however often it is sent (the header Idempotency-Key). The zero RequestKey is
// a request without a name.
type RequestKey struct {
	Key    string // the client's own
	Digest string // of everything that the request asks for
}

// Once is a request that is carried out once. It is written in the transaction
// of what the request asks for. Whoever sends the request again gets the answer
// of that time. What became of the thing since does not matter: the request is
// compared with the request, never with the present state.
type Once struct {
	ID     string // of the caller, the action and the key
	Digest string
	Answer map[string]string // what the first answer cannot do without, such as a code
	At     time.Time
}

// OnceKept is how long a request is kept. After that its key is new again.
const OnceKept = 30 * 24 * time.Hour

// OnceReader reads requests that were carried out.
type OnceReader interface {
	// ReadOnce reads the request of an id; the zero Once if there is none.
	ReadOnce(ctx context.Context, id string) (Once, error)
}

// of is the caller's request for an action, nil if it has no key.
func (k RequestKey) of(c account.Caller, action string, now time.Time) *Once {
	if k.Key == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(c.Staff.String() + "\n" + action + "\n" + k.Key))
	return &Once{ID: hex.EncodeToString(sum[:]), Digest: k.Digest, At: now}
}

// answered is what the same request was answered when it was carried out, nil if
// it is new. It answers IdempotencyConflict if another request had the key.
func (o *Once) answered(ctx context.Context, store OnceReader) (map[string]string, error) {
	if o == nil {
		return nil, nil
	}
	was, err := store.ReadOnce(ctx, o.ID)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the request of this key: %w", err)
	case was.ID == "" || o.At.Sub(was.At) >= OnceKept:
		return nil, nil
	case was.Digest != o.Digest:
		return nil, fault.IdempotencyConflict.Becausef("the key was used at %s for another request", was.At.Format(time.RFC3339))
	}
	return was.Answer, nil
}

// with is the request with its answer, nil if it has no key.
func (o *Once) with(answer map[string]string) *Once {
	if o == nil {
		return nil
	}
	now := *o
	now.Answer = answer
	return &now
}
