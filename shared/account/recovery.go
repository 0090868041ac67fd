package account

import (
	"context"
	"fmt"
	"slices"
	"time"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// RecoveryState is the state of a recovery request.
type RecoveryState string

// The states. Nothing writes RecoveryExpired: a request that expires keeps its state in
// storage, and RecoveryRequest.At tells.
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

	Decided      time.Time
	DecidedBy    staff.EmployeeCode
	Rejection    string // why, in the administrator's words
	HowConfirmed string // how the administrator knew that it is the person; no answer shows it
	// An approval fixes where codes go, for which epoch of the account, and the ids of
	// the grants that the administrator's had to cover.
	Phone  staff.Phone
	Epoch  int64
	Grants []string
}

// At is the state at now. A is the account of the request's person: an approval is over
// once the epoch rises, because the phone that was confirmed may be another one by then.
// It is also over once the person holds a grant that the approval did not know of.
func (r RecoveryRequest) At(now time.Time, a Account) RecoveryState {
	switch {
	case r.State == RecoveryPending && !now.Before(r.Expires):
		return RecoveryExpired
	case r.State == RecoveryApproved && (!now.Before(r.Expires) || r.Epoch != a.Epoch || r.outgrown(a)):
		return RecoveryExpired
	}
	return r.State
}

// outgrown reports whether a has a grant that the approval did not know of.
func (r RecoveryRequest) outgrown(a Account) bool {
	return slices.ContainsFunc(a.Grants, func(g Grant) bool { return !slices.Contains(r.Grants, g.ID) })
}

// Open reports whether the request still waits at now: for a decision or, once
// approved, for a new password. A person has at most one such request.
func (r RecoveryRequest) Open(now time.Time, a Account) bool {
	s := r.At(now, a)
	return s == RecoveryPending || s == RecoveryApproved
}

// Approve is r after an approval at now. P is the request's person, whose phone the
// administrator has confirmed.
func (r RecoveryRequest) Approve(p Person, by staff.EmployeeCode, howConfirmed string, now time.Time, s Settings) RecoveryRequest {
	r.State, r.Decided, r.DecidedBy, r.HowConfirmed, r.Expires = RecoveryApproved, now, by, howConfirmed, now.Add(s.RecoveryApprovedLife)
	r.Phone, r.Epoch, r.Grants = p.Staff.Phone, p.Account.Epoch, nil
	for _, g := range p.Account.Grants {
		r.Grants = append(r.Grants, g.ID)
	}
	return r
}

// Reject is r after a rejection at now.
func (r RecoveryRequest) Reject(by staff.EmployeeCode, reason string, now time.Time) RecoveryRequest {
	r.State, r.Decided, r.DecidedBy, r.Rejection = RecoveryRejected, now, by, reason
	return r
}

// opened is the recovery ticket t with what the approval of r has fixed. Without an
// approval that lasts, t stays a ticket without a phone, which opens nothing.
func (r RecoveryRequest) opened(t Ticket, a Account, now time.Time) Ticket {
	if r.ID == t.Request && r.Staff == t.Staff && r.At(now, a) == RecoveryApproved {
		t.Phone, t.Epoch = r.Phone, r.Epoch
	}
	return t
}

// shown reports whether RecoveryOptions tells the person of the request: while it is
// open, and until it expires if it was rejected.
func (r RecoveryRequest) shown(now time.Time, a Account) bool {
	return r.Open(now, a) || r.State == RecoveryRejected && now.Before(r.Expires)
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

// holder reads the person of a ticket. For a recovery ticket it reads the request, too,
// and returns the ticket as opened.
func holder(ctx context.Context, store interface {
	PersonReader
	RequestReader
}, t Ticket, now time.Time) (Ticket, Person, error) {
	var p Person
	var r RecoveryRequest
	err := parallel(
		func() (err error) { p, err = store.Person(ctx, t.Staff); return err },
		func() (err error) {
			if t.Purpose == ForRequest {
				r, err = store.RecoveryRequest(ctx, t.Request)
			}
			return err
		},
	)
	if err != nil {
		return Ticket{}, Person{}, fmt.Errorf("read whose ticket it is: %w", err)
	}
	if t.Purpose == ForRequest {
		t = r.opened(t, p.Account, now)
	}
	return t, p, nil
}

// RecoveryRequestKept is how long a request stays in the administrators' queues.
const RecoveryRequestKept = 180 * day

// RequestField is the field in the audit of a person that names a recovery request.
const RequestField = "recoveryRequest"

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
