package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/optional"
	"chaoxi/shared/staff"
)

// Taken says that a name which a request wants is somebody else's.
type Taken struct {
	Field string // FieldAccount, FieldPhone or FieldIDCard
	Owner staff.EmployeeCode
}

// The fields that are unique names.
const (
	FieldAccount = "account"
	FieldPhone   = "phone"
	FieldIDCard  = "idCard"
)

func (e *Taken) Error() string { return e.Unwrap().Error() }

// Unwrap is AccountTaken, PhoneTaken or IDCardTaken.
func (e *Taken) Unwrap() error {
	switch e.Field {
	case FieldAccount:
		return fault.AccountTaken
	case FieldPhone:
		return fault.PhoneTaken
	}
	return fault.IDCardTaken
}

// maxProbes is how many names of people out of sight a caller may come upon in an
// hour.
const maxProbes = 30

// names looks up for a caller whether names are free.
//
// The answer tells who is on the register, also of people whom the caller does
// not see. So each lookup takes one of maxProbes places of the hour before it
// begins, and gives the place back unless it came upon somebody out of sight.
// That is audited before it is told. While all places are taken, every lookup is
// refused alike, whether the name is free or not. Because places are taken first,
// many lookups at once learn no more than one after the other.
type names struct {
	store  NamesStore
	now    func() time.Time
	random io.Reader
}

// NamesStore is what it takes to look names up for a caller.
type NamesStore interface {
	NameReader
	IDCardReader
	account.PersonReader
	account.OrgReader
	AuditWriter
	// ReserveProbe takes one of the places that a caller has in an hour. It
	// refuses with RateLimited if there were most.
	ReserveProbe(ctx context.Context, by staff.EmployeeCode, at time.Time, most int) error
	// ReleaseProbe gives a place back, as if it had not been taken.
	ReleaseProbe(ctx context.Context, by staff.EmployeeCode, at time.Time) error
}

// AuditWriter writes entries about what changes nothing.
type AuditWriter interface {
	// Audit writes an entry about something that by does, which changes
	// nothing. It answers ErrRevised if by has changed.
	Audit(ctx context.Context, by account.Caller, e audit.Entry) error
}

// lookUp calls try, which looks up whether the names of wanted are free and
// answers *Taken if one is not. LookUp answers as try does, or RateLimited.
func (n names) lookUp(ctx context.Context, call audit.Call, c account.Caller, wanted staff.Staff, try func() error) error {
	if isOperator(c) { // who sees everybody
		return try()
	}
	at := n.now()
	if err := n.store.ReserveProbe(ctx, c.Staff, at, maxProbes); err != nil {
		return fmt.Errorf("count a lookup of names: %w", err)
	}
	err := try()
	if found, auditErr := n.audit(ctx, call, c, wanted, at, err); auditErr != nil {
		return auditErr
	} else if !found {
		_ = n.store.ReleaseProbe(ctx, c.Staff, at) // a place that stays taken is free in the next hour
	}
	return err
}

// audit writes an entry if err tells of somebody whom the caller does not see,
// and reports whether it does.
func (n names) audit(ctx context.Context, call audit.Call, c account.Caller, wanted staff.Staff, at time.Time, err error) (bool, error) {
	var taken *Taken
	if !errors.As(err, &taken) {
		return false, nil
	}
	owner, err := n.store.Person(ctx, taken.Owner)
	if err != nil {
		return false, fmt.Errorf("read whose the name is: %w", err)
	}
	orgs, err := n.store.Orgs(ctx, owner.Staff.Orgs())
	if err != nil {
		return false, fmt.Errorf("read where %s is: %w", taken.Owner, err)
	}
	if ScopeOf(c, account.StaffRead).Sees(owner.Staff, orgs) {
		return false, nil
	}
	entry, err := audit.New(n.random, at, call, c.Staff, audit.ProbeName, audit.OfStaff(taken.Owner))
	if err != nil {
		return false, err
	}
	masked := map[string]string{FieldAccount: wanted.Account.Masked(), FieldPhone: wanted.Phone.Masked(), FieldIDCard: staff.MaskIDCard(wanted.IDCard)}
	entry.Changes = []audit.Change{{Field: taken.Field, New: masked[taken.Field]}}
	if err := n.store.Audit(ctx, c, entry); err != nil {
		return false, fmt.Errorf("audit that %s was found: %w", taken.Owner, err)
	}
	return true, nil
}

// free answers as the write of now would that comes after was: *Taken if a name that is new
// to the person is somebody else's.
func (n names) free(ctx context.Context, was, now staff.Staff) error {
	var phones []staff.Phone
	var accounts []staff.Account
	if now.Phone != was.Phone && !now.Phone.IsZero() {
		phones = append(phones, now.Phone)
	}
	if now.Account != was.Account {
		accounts = append(accounts, now.Account)
	}
	owners, err := n.store.NameOwners(ctx, phones, accounts)
	if err != nil {
		return fmt.Errorf("find names: %w", err)
	}
	others := func(who staff.EmployeeCode) bool { return !who.IsZero() && who != now.Code }
	for i, who := range slices.Backward(owners) { // a write is refused for the account first
		if others(who) && i < len(phones) {
			return &Taken{FieldPhone, who}
		} else if others(who) {
			return &Taken{FieldAccount, who}
		}
	}
	if now.IDCard == was.IDCard || now.IDCard == "" || now.Employment != staff.InService {
		return nil
	}
	who, err := n.store.IDCardOwner(ctx, now.IDCard)
	if err != nil {
		return fmt.Errorf("find an ID card: %w", err)
	}
	if others(who) {
		return &Taken{FieldIDCard, who}
	}
	return nil
}

// othersPhone explains errOthersPhone: AccountTaken if somebody has the phone
// that the account looks like, else FieldInvalid.
func (n names) othersPhone(ctx context.Context, call audit.Call, c account.Caller, typed optional.Value[string]) error {
	a, err := staff.ParseAccount(typed.Value)
	if err != nil {
		return err
	}
	return n.lookUp(ctx, call, c, staff.Staff{Account: a}, func() error {
		p, _ := a.AsPhone()
		owners, err := n.store.NameOwners(ctx, []staff.Phone{p}, nil)
		if err != nil {
			return fmt.Errorf("find a name: %w", err)
		}
		if owners[0].IsZero() {
			return fault.FieldInvalid.AtField("account", fault.Invalid)
		}
		return &Taken{FieldAccount, owners[0]}
	})
}
