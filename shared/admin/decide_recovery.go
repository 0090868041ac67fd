package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/retry"
	"chaoxi/shared/staff"
)

// DecideRecovery approves and rejects recovery requests (找回申请). The person gets a
// text about it.
//
// Whoever holds StaffEdit over any post of the person may decide, as with unlock.
// Nobody decides about themselves, nor about somebody whose grants theirs do not
// cover: an approval gives the account to whoever has the phone.
//
// It takes three trips to load the request, and one for the write, beside the
// reservation of the text.
type DecideRecovery struct {
	Store    DecideRecoveryStore
	Notices  account.Notices
	Keys     account.Keys
	Settings account.Settings
	Now      func() time.Time
	Random   io.Reader
}

// DecideRecoveryStore is what DecideRecovery asks of storage.
type DecideRecoveryStore interface {
	LoadTargetStore
	account.RequestReader
	// DecideRecovery writes all of d or nothing. It answers ErrRevised if the
	// request, the person or d.By has changed since they were read.
	DecideRecovery(ctx context.Context, d RecoveryDecision) error
}

// RecoveryDecision is a request before and after.
type RecoveryDecision struct {
	Was, Now account.RecoveryRequest
	Person   account.Person // as judged: record, epoch and grants
	By       account.Caller
	Audit    audit.Entry
}

// RecoveryCase is a request with its person, whom the caller may decide about.
type RecoveryCase struct {
	Request account.RecoveryRequest
	Target
}

// The decisions.
const (
	Approve = "approve"
	Reject  = "reject"
)

// DecisionInput is one request, as typed.
type DecisionInput struct {
	Decision       string
	PhoneConfirmed bool
	HowConfirmed   string
	Reason         string
}

// Decided is what a decision came to.
type Decided struct {
	Request account.RecoveryRequest
	SMS     account.SMSState // "" if the person has no phone
}

// Load reads the request of an id as typed, with its person. It answers NotFound if
// there is none or the caller does not see the person, and PermissionDenied if the
// caller may not decide.
func (uc DecideRecovery) Load(ctx context.Context, by account.Permitted, id string) (RecoveryCase, error) {
	if _, err := staff.ParsePostID(id); err != nil { // ids of requests have the same form
		return RecoveryCase{}, fault.NotFound.Because(err)
	}
	r, err := uc.Store.RecoveryRequest(ctx, id)
	if err != nil {
		return RecoveryCase{}, fmt.Errorf("load request %s: %w", id, err)
	}
	if r.ID == "" {
		return RecoveryCase{}, fault.NotFound.Becausef("there is no request %s", id)
	}
	t, err := LoadTarget{uc.Store, uc.Keys, uc.Now}.ByCode(ctx, by, r.Staff)
	if errors.Is(err, fault.StaffMissing) {
		return RecoveryCase{}, fault.NotFound.Because(err)
	}
	if err != nil {
		return RecoveryCase{}, err
	}
	if err := mayDecide(by.Caller(), t.Person, t.Orgs); err != nil {
		return RecoveryCase{}, err
	}
	return RecoveryCase{r, t}, nil
}

// mayDecide is the rule for who decides about p, among those who reach p with
// StaffEdit. Orgs must have the organisations of p's grants.
func mayDecide(c account.Caller, p account.Person, orgs staff.Orgs) error {
	switch {
	case c.Staff == p.Staff.Code:
		return fault.PermissionDenied.Becausef("nobody decides about themselves")
	case !Outranks(c, p.Account.Grants, orgs):
		return fault.PermissionDenied.Becausef("%s holds grants that the caller's do not cover", p.Staff.Code)
	}
	return nil
}

// Run decides the request of k, which Load read.
func (uc DecideRecovery) Run(ctx context.Context, call audit.Call, by account.Permitted, k RecoveryCase, in DecisionInput) (Decided, error) {
	if err := in.check(); err != nil {
		return Decided{}, err
	}
	var done Decided
	err := retry.Times(5, ErrRevised, func(try int) (err error) {
		if try > 0 {
			if by, err = permitAgain(ctx, uc.Store, by); err != nil {
				return err
			}
			if k, err = uc.Load(ctx, by, k.Request.ID); err != nil {
				return err
			}
		}
		done, err = uc.try(ctx, call, by.Caller(), k, in)
		return err
	})
	return done, err
}

// try decides the request as read.
func (uc DecideRecovery) try(ctx context.Context, call audit.Call, c account.Caller, k RecoveryCase, in DecisionInput) (Decided, error) {
	now := uc.Now()
	if err := in.fits(k, now); err != nil {
		return Decided{}, err
	}
	d := RecoveryDecision{Was: k.Request, Person: k.Person, By: c}
	action, notice := audit.RejectRecovery, account.RequestRejected
	if in.Decision == Approve {
		action, notice = audit.ApproveRecovery, account.RequestApproved
		d.Now = k.Request.Approve(k.Person, c.Staff, in.HowConfirmed, now, uc.Settings)
	} else {
		d.Now = k.Request.Reject(c.Staff, in.Reason, now)
	}
	var err error
	if d.Audit, err = audit.New(uc.Random, now, call, c.Staff, action, audit.OfStaff(k.Staff.Code)); err != nil {
		return Decided{}, err
	}
	d.Audit.Reason = in.Reason
	d.Audit.Changes = []audit.Change{{Field: account.RequestField, New: k.Request.ID}}
	if in.Decision == Approve {
		d.Audit.Changes = append(d.Audit.Changes,
			audit.Change{Field: "phoneConfirmed", New: k.Staff.Phone.Masked()}, audit.Change{Field: "howConfirmed", New: maskNumbers(in.HowConfirmed)})
	}

	write := func() error { return uc.Store.DecideRecovery(ctx, d) }
	if k.Staff.Phone.IsZero() { // has left
		err = write()
		return Decided{Request: d.Now}, wrapDecision(err, k)
	}
	sms, err := uc.Notices.After(ctx, write, notice, k.Staff.Code, k.Staff.Phone, now)
	return Decided{Request: d.Now, SMS: sms.Told()}, wrapDecision(err, k)
}

func wrapDecision(err error, k RecoveryCase) error {
	if err != nil {
		return fmt.Errorf("decide request %s: %w", k.Request.ID, err)
	}
	return nil
}

// check puts the texts into normal form and names all fields that are wrong. A field
// of the other decision is wrong, too: it would be lost.
func (in *DecisionInput) check() error {
	var bad fault.Fields
	text := func(path string, s *string, wanted bool) {
		plain, err := staff.Lines(*s, maxReason)
		switch {
		case err != nil:
			bad.Add(path, staff.Flaw(err))
		case wanted && plain == "":
			bad.Add(path, fault.Required)
		case !wanted && plain != "":
			bad.Add(path, fault.Disagrees)
		}
		*s = plain
	}
	switch in.Decision {
	case Approve:
		if !in.PhoneConfirmed {
			bad.Add("phoneConfirmed", fault.Required)
		}
		text("howConfirmed", &in.HowConfirmed, true)
		text("reason", &in.Reason, false)
	case Reject:
		if in.PhoneConfirmed {
			bad.Add("phoneConfirmed", fault.Disagrees)
		}
		text("howConfirmed", &in.HowConfirmed, false)
		text("reason", &in.Reason, true)
	case "":
		bad.Add("decision", fault.Required)
	default:
		bad.Add("decision", fault.NotChoice)
	}
	return bad.Err()
}

// fits says why the request of k cannot be decided so at now. One that nobody decided
// in time is over, but not decided. Somebody who cannot sign in would gain nothing by
// an approval.
func (in DecisionInput) fits(k RecoveryCase, now time.Time) error {
	state := k.Request.At(now, k.Account)
	switch {
	case !k.Request.Decided.IsZero():
		return fault.AlreadyDecided.Becausef("request %s is %s", k.Request.ID, state)
	case state != account.RecoveryPending:
		return fault.StateConflict.Becausef("request %s is %s", k.Request.ID, state)
	case in.Decision == Approve && (!k.Staff.CanSignIn() || k.Staff.Phone.IsZero()):
		return fault.StateConflict.Becausef("%s is %s and %s", k.Staff.Code, k.Staff.Employment, k.Staff.State)
	}
	return nil
}

// longNumber is a number that may be somebody's: of a phone, or of an ID card.
var longNumber = regexp.MustCompile(`[0-9][0-9 -]{3,}[0-9Xx]`)

// maskNumbers is s as the audit shows it. The request keeps the words themselves.
func maskNumbers(s string) string {
	return longNumber.ReplaceAllStringFunc(s, func(number string) string { return strings.Repeat("*", len(number)) })
}
