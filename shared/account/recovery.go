package account

import (
	"context"
	"fmt"
	"time"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// RecoveryState is where a recovery request stands.
type RecoveryState string

// The states. An expired request is stored as what it was before: nobody is
// there to write when time runs out, so RecoveryRequest.At decides.
const (
	RecoveryPending  RecoveryState = "pending"
	RecoveryApproved RecoveryState = "approved"
	RecoveryUsed     RecoveryState = "used"
	RecoveryRejected RecoveryState = "rejected"
	RecoveryExpired  RecoveryState = "expired"
)

// Before are the states that a request may have been stored in before s.
func (s RecoveryState) Before() []RecoveryState {
	switch s {
	case RecoveryApproved, RecoveryRejected:
		return []RecoveryState{RecoveryPending}
	case RecoveryUsed:
		return []RecoveryState{RecoveryPending, RecoveryApproved}
	}
	return nil
}

// RecoveryRequest is 找回申请: a person asks the administrators of their units
// for help. The zero value is one that does not exist.
type RecoveryRequest struct {
	ID      string
	Staff   staff.EmployeeCode
	State   RecoveryState // as stored
	Reason  string        // the person's
	Created time.Time
	Expires time.Time // of waiting and, once approved, of being used

	Decided   time.Time
	Rejection string // why, in the administrator's words
	// What the approval fixed; codes go nowhere else, and to no other epoch.
	Phone staff.Phone
	Epoch int64
}

// At is the state at now.
func (r RecoveryRequest) At(now time.Time) RecoveryState {
	if (r.State == RecoveryPending || r.State == RecoveryApproved) && !now.Before(r.Expires) {
		return RecoveryExpired
	}
	return r.State
}

// Pending reports whether the request still has something to come at now: a
// decision or, after an approval, a password. A person has one such request.
func (r RecoveryRequest) Pending(now time.Time) bool {
	s := r.At(now)
	return s == RecoveryPending || s == RecoveryApproved
}

// shown reports whether the person is told of the request on coming back: as
// long as it is open, and of a rejection for the rest of the request's life.
func (r RecoveryRequest) shown(now time.Time) bool {
	return r.Pending(now) || r.State == RecoveryRejected && now.Before(r.Expires)
}

// followed is until when a recovery ticket tells of the request: while it waits,
// then for the time that an approval is good for.
func (r RecoveryRequest) followed(s Settings) time.Time {
	if r.Decided.IsZero() {
		return r.Expires.Add(s.RecoveryApprovedLife)
	}
	return r.Decided.Add(s.RecoveryApprovedLife)
}

// RequestReader reads recovery requests.
type RequestReader interface {
	// RecoveryRequest reads a request, or the zero one.
	RecoveryRequest(ctx context.Context, id string) (RecoveryRequest, error)
}

// RecoveryRequestKept is how long a request stays in the administrators' list.
const RecoveryRequestKept = 180 * day

// next is the mark of one more request made at now, or RateLimited.
func (r LastRecovery) next(id string, now time.Time, s Settings) (LastRecovery, error) {
	if r.Count == 0 || now.Sub(r.Day) >= day {
		r.Day, r.Count = now, 0
	}
	if r.Count >= s.RecoveriesADay {
		return r, fault.RateLimited.After(r.Day.Add(day).Sub(now))
	}
	return LastRecovery{ID: id, Day: r.Day, Count: r.Count + 1}, nil
}

// lastRequest is the person's latest request, or the zero one.
func lastRequest(ctx context.Context, store RequestReader, a Account) (RecoveryRequest, error) {
	if a.Recovery.ID == "" {
		return RecoveryRequest{}, nil
	}
	r, err := store.RecoveryRequest(ctx, a.Recovery.ID)
	if err != nil {
		return RecoveryRequest{}, fmt.Errorf("read the last request: %w", err)
	}
	return r, nil
}
