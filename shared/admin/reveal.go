package admin

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/retry"
)

// Reveal shows values that answers mask, for a reason.
type Reveal struct {
	Store  RevealStore
	Keys   account.Keys
	Now    func() time.Time
	Random io.Reader
}

// RevealStore is what Reveal asks of storage.
type RevealStore interface {
	LoadTargetStore
	AuditWriter
}

// RevealInput is one request.
type RevealInput struct {
	Fields []string // RevealPhone, RevealIDCard
	Reason string
}

// The fields that can be revealed.
const (
	RevealPhone  = "phone"
	RevealIDCard = "idCard"
)

// Load reads the person whose values are asked for. Their main post must lie
// where the caller holds PIIReveal. An answer of Load comes before any answer
// about the request.
func (uc Reveal) Load(ctx context.Context, by account.Permitted, code string) (Target, error) {
	t, err := LoadTarget{uc.Store, uc.Keys, uc.Now}.Run(ctx, by, code)
	if err != nil {
		return Target{}, err
	}
	return t, uc.reaches(by, t)
}

// reaches is the rule for whose values the caller may see.
func (uc Reveal) reaches(by account.Permitted, t Target) error {
	if !ScopeOf(by.Caller(), by.Permission()).HasMain(t.Staff, t.Orgs) {
		return fault.PermissionDenied.Becausef("%s does not reach the main post of %s", by.Permission(), t.Staff.Code)
	}
	return nil
}

// Run returns the values of the fields that were asked for, "" for one that the
// record lacks. Load has read t. Run writes the entry of
// the audit before it shows anything.
func (uc Reveal) Run(ctx context.Context, call audit.Call, by account.Permitted, t Target, in RevealInput) (map[string]string, error) {
	c := by.Caller()
	var bad fault.Fields
	values := map[string]string{}
	entry, err := audit.New(uc.Random, uc.Now(), call, c.Staff, audit.Reveal, audit.OfStaff(t.Staff.Code))
	if err != nil {
		return nil, err
	}
	if len(in.Fields) == 0 {
		bad.Add("fields", fault.Required)
	}
	for i, f := range in.Fields {
		path := "fields[" + strconv.Itoa(i) + "]"
		switch {
		case slices.Contains(in.Fields[:i], f):
			bad.Add(path, fault.Duplicate)
			continue
		case f == RevealPhone:
			values[f] = t.Staff.Phone.E164()
		case f == RevealIDCard:
			values[f] = t.Staff.IDCard
		default:
			bad.Add(path, fault.NotChoice)
		}
		entry.Changes = append(entry.Changes, audit.Change{Field: f})
	}
	entry.Reason = reasonIn(&bad, in.Reason)
	if err := bad.Err(); err != nil {
		return nil, err
	}
	if err := uc.note(ctx, by, t, entry); err != nil {
		return nil, err
	}
	return values, nil
}

// note writes the entry of what is revealed, if the caller may still see it.
func (uc Reveal) note(ctx context.Context, by account.Permitted, t Target, entry audit.Entry) error {
	return retry.Times(5, ErrRevised, func(try int) (err error) {
		if try > 0 {
			if by, err = permitAgain(ctx, uc.Store, by); err != nil {
				return err
			}
			if err := uc.reaches(by, t); err != nil {
				return err
			}
		}
		if err := uc.Store.Audit(ctx, by.Caller(), entry); err != nil {
			return fmt.Errorf("audit what is revealed: %w", err)
		}
		return nil
	})
}
