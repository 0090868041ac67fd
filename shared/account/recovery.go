package account

import (
	"context"
	"fmt"
	"time"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// RecoveryState is the state of a recovery request.
type RecoveryState string

// The states. Nothing writes RecoveryExpired: a request that expires keeps its state in
// storage, and RecoveryRequest.At tells. Nothing writes RecoveryApproved, RecoveryUsed
// or RecoveryRejected yet, either: there is no function that decides a request.
const (
	RecoveryPending  RecoveryState = "pending"
	RecoveryApproved RecoveryState = "approved"
	RecoveryUsed     RecoveryState = "used"
	RecoveryRejected RecoveryState = "rejected"
	RecoveryExpired  RecoveryState = "expired"
)

// Before are the states that a request in state s may have had in storage before.
func (s RecoveryState) Before() []RecoveryState {
	switch s {
	case RecoveryApproved, RecoveryRejected:
		return []RecoveryState{RecoveryPending}
	case RecoveryUsed:
		return []RecoveryState{RecoveryPending, RecoveryApproved}
	}
	return nil
}

// RecoveryRequest is 找回申请: a person asks the administrators of their units for
// help. The zero value is a request that does not exist.
type RecoveryRequest struct {
	ID      string
	Staff   staff.EmployeeCode
	State   RecoveryState // in storage
	Reason  string        // in the person's words
	Created time.Time
	Expires time.Time // for a decision and, once approved, for use

	Decided   time.Time
	Rejection string // why, in the administrator's words
	// An approval fixes where codes go, and for which epoch of the account.
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

// Pending reports whether the request still waits at now: for a decision or, once
// approved, for a new password. A person has at most one such request.
func (r RecoveryRequest) Pending(now time.Time) bool {
	s := r.At(now)
	return s == RecoveryPending || s == RecoveryApproved
}

// shown reports whether RecoveryOptions tells the person of the request: while it is
// open, and until it expires if it was rejected.
func (r RecoveryRequest) shown(now time.Time) bool {
	return r.Pending(now) || r.State == RecoveryRejected && now.Before(r.Expires)
}

// followed is until when Follow shows the request: for the life of an approval after
// the decision or, without a decision, after the request has expired.
func (r RecoveryRequest) followed(s Settings) time.Time {
	if r.Decided.IsZero() {
		return r.Expires.Add(s.RecoveryApprovedLife)
	}
	return r.Decided.Add(s.RecoveryApprovedLife)
}

// RequestReader reads recovery requests.
type RequestReader interface {
	// RecoveryRequest reads a request, or the zero one if there is none.
	RecoveryRequest(ctx context.Context, id string) (RecoveryRequest, error)
}

// RecoveryRequestKept is how long a request stays in the administrators' queues.
const RecoveryRequestKept = 180 * day

// next returns r after one more request at now, or RateLimited.
func (r LastRecovery) next(id string, now time.Time, s Settings) (LastRecovery, error) {
	if r.Count == 0 || now.Sub(r.Day) >= day {
		r.Day, r.Count = now, 0
	}
	if r.Count >= s.RecoveriesADay {
		return r, fault.RateLimited.RetryIn(r.Day.Add(day).Sub(now))
	}
	return LastRecovery{ID: id, Day: r.Day, Count: r.Count + 1}, nil
}

// lastRequest reads the person's latest request, or the zero one if there is none.
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
