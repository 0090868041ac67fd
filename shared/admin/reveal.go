package admin

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// Reveal shows what answers mask, for a reason. Open the person with PIIReveal
// first.
type Reveal struct {
	Store  RevealStore
	Now    func() time.Time
	Random io.Reader
}

// RevealStore is what Reveal asks of storage.
type RevealStore interface {
	// Audit writes an entry.
	Audit(context.Context, AuditEntry) error
}

// RevealInput is one request.
type RevealInput struct {
	Fields []string // phone, idCard
	Reason string
}

// The fields that can be revealed.
const (
	RevealPhone  = "phone"
	RevealIDCard = "idCard"
)

// Run returns the values asked for by field, "" for one that is not on file.
// The entry in the audit is written before anything is shown.
func (uc Reveal) Run(ctx context.Context, call account.Call, by account.Permitted, t Target, in RevealInput) (map[string]string, error) {
	c := by.Caller()
	var bad fault.Fields
	values := map[string]string{}
	audit, err := newAudit(uc.Random, uc.Now(), call, c, ActionReveal, t.Staff.Code.String())
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
		audit.Changes = append(audit.Changes, AuditChange{Field: f})
	}
	if audit.Reason, err = staff.Plain(in.Reason, maxReason); err != nil {
		bad.Add("reason", staff.Flaw(err))
	} else if audit.Reason == "" {
		bad.Add("reason", fault.Required)
	}
	if err := bad.Err(); err != nil {
		return nil, err
	}
	if err := uc.Store.Audit(ctx, audit); err != nil {
		return nil, fmt.Errorf("audit what is revealed: %w", err)
	}
	return values, nil
}
