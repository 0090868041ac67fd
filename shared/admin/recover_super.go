package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// RecoverSuper helps the only super of the tree's top who has lost the phone or the
// password. Nobody else may: on the console it takes grants that cover theirs. So it
// is the operator's, not a function's.
//
// It sets the phone, takes the password away and ends all sessions, tickets and known
// devices. The person then activates the account anew, with a code that is texted to
// that phone. It shows no password and no code to anybody.
//
// It refuses while somebody else could help: another super of the top who can work.
type RecoverSuper struct {
	Store    RecoverSuperStore
	Settings account.Settings
	Now      func() time.Time
	Random   io.Reader
}

// RecoverSuperStore is what RecoverSuper asks of storage.
type RecoverSuperStore interface {
	SuperReader
	account.OrgReader
	account.PersonReader
	account.SessionReader
	// FindName returns the owner of a name, or the zero code.
	FindName(ctx context.Context, name staff.SignInName, lockKey string) (staff.EmployeeCode, account.Failures, error)
	// ResetSuper writes all of r or nothing. It answers ErrRevised if record or
	// grants have changed since they were read, and PhoneTaken.
	ResetSuper(ctx context.Context, r SuperReset) error
}

// SuperReset is a super before and after.
type SuperReset struct {
	Was, Now staff.Staff
	Grants   []account.Grant  // what the person held when it was allowed
	History  []account.SignIn // lines of the sessions that end
	Audit    audit.Entry
}

// RecoverSuperInput is one request of the operator, as typed. Phone may be the one on
// file: then the password alone is lost.
type RecoverSuperInput struct{ Account, Name, Phone, Reason string }

// Run resets the super, and returns the record as it is then.
func (uc RecoverSuper) Run(ctx context.Context, in RecoverSuperInput) (staff.Staff, error) {
	phone, err := staff.ParsePhone(in.Phone)
	reason := strings.TrimSpace(in.Reason)
	switch {
	case err != nil || phone.IsZero():
		return staff.Staff{}, errors.New("the phone is no phone number")
	case reason == "" || len(reason) > maxOperatorReason:
		return staff.Staff{}, fmt.Errorf("a reason is needed, of at most %d bytes: it stays in the audit", maxOperatorReason)
	}
	t, err := uc.load(ctx, in)
	if err != nil {
		return staff.Staff{}, err
	}
	now, err := resetSuper(t.Staff, phone)
	if err != nil {
		return staff.Staff{}, err
	}
	e, err := audit.New(uc.Random, uc.Now(), audit.Call{}, staff.EmployeeCode{}, audit.RecoverSuper, audit.OfStaff(now.Code))
	if err != nil {
		return staff.Staff{}, err
	}
	e.Call.ID, e.Reason = "register-"+e.ID, reason
	e.Changes = []audit.Change{{Field: "accountState", Old: string(t.Staff.State), New: string(now.State)}}
	if phone != t.Staff.Phone {
		e.Hide(audit.Change{Field: "phone", Old: t.Staff.Phone.Masked(), New: phone.Masked()}, audit.Change{Field: "phone", Old: t.Staff.Phone.E164(), New: phone.E164()})
	}
	sessions, err := uc.Store.Sessions(ctx, now.Code)
	if err != nil {
		return staff.Staff{}, fmt.Errorf("read the sessions that end: %w", err)
	}
	ended := account.EndedSessions(sessions, t.Account, uc.Settings, e.At, "")
	if err := uc.Store.ResetSuper(ctx, SuperReset{t.Staff, now, t.Account.Grants, ended, e}); err != nil {
		return staff.Staff{}, fmt.Errorf("reset %s: %w", now.Code, err)
	}
	return now, nil
}

// maxOperatorReason is the length of the longest reason that an operator gives, in bytes.
const maxOperatorReason = 600

// load reads the person, and checks that nobody else can help them.
func (uc RecoverSuper) load(ctx context.Context, in RecoverSuperInput) (Target, error) {
	var t Target
	code, _, err := uc.Store.FindName(ctx, staff.ParseSignInName(in.Account), "")
	if err != nil {
		return t, fmt.Errorf("find the account: %w", err)
	}
	if t.Person, err = uc.Store.Person(ctx, code); err != nil {
		return t, fmt.Errorf("read the person: %w", err)
	}
	if t.Staff.Code.IsZero() || !t.Staff.Is(in.Name) {
		return t, errors.New("nobody on the register has this account and this name")
	}
	var orgs []staff.OrgCode
	for _, g := range t.Account.Grants {
		orgs = append(orgs, g.Org)
	}
	if t.Orgs, err = uc.Store.Orgs(ctx, orgs); err != nil {
		return t, fmt.Errorf("read the organisations of the grants: %w", err)
	}
	if len(superRoots(t.Account.Grants, t.Orgs)) == 0 {
		return t, fmt.Errorf("%s is no super of the top of the tree: an administrator can help", t.Staff.Code)
	}
	others, err := remainingSupers(ctx, uc.Store, account.Caller{}, t, t.Account.Grants)
	switch {
	case errors.Is(err, fault.LastSuper):
		return t, nil
	case err != nil:
		return t, err
	}
	return t, fmt.Errorf("%s is a super, too, and can work: ask them, on the console", others[0].Staff)
}

// resetSuper is s with the phone, before activation.
func resetSuper(s staff.Staff, phone staff.Phone) (staff.Staff, error) {
	switch own, like := s.Account.AsPhone(); {
	case !canAdminister(s):
		return s, fmt.Errorf("%s has left or is frozen", s.Code)
	case like && own != phone:
		return s, errors.New("the account is the old phone number: it takes that number, or another super")
	}
	now := s.Clone()
	now.Phone, now.State, now.ActivatedAt = phone, staff.Pending, time.Time{}
	now.Version++
	now.Revision++
	return now, nil
}
