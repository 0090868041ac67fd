package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/staff"
)

// EraseStaff takes somebody who left long ago off the register, with all that is known
// of them but the audit (docs/security.md#personal-data). It is the operator's, not a
// function's.
//
// First the record, the account and their unique names go, in one transaction with an
// entry of the audit. Everything else goes afterwards. An interrupted run is started
// again: the entry tells it that the person was erased, and each step may come twice.
type EraseStaff struct {
	Store   EraseStaffStore
	Indexer staff.Indexer
	Now     func() time.Time
	Random  io.Reader
}

// EraseStaffStore is what EraseStaff asks of storage.
type EraseStaffStore interface {
	account.IndexQueueStore // it has the person and the organisations, too
	NoteSharedCardStore
	// AuditEntries reads a part of one log, newest first.
	AuditEntries(context.Context, AuditRange) (AuditStretch, error)
	// EraseRecord takes the person off the register, or writes nothing. It answers
	// ErrRevised if the person was changed since they were read, or holds a grant.
	EraseRecord(context.Context, staff.Staff, audit.Entry) error
	// EraseTraces deletes sessions, known devices and sign-in history of a person who
	// is off the register.
	EraseTraces(context.Context, staff.EmployeeCode) error
	// EraseRequest deletes a recovery request and the list of its queues. The rows in
	// the queues are gone already.
	EraseRequest(ctx context.Context, id string) error
}

// EraseStaffInput is one request of the operator, as typed. LeftOn is a day, for
// somebody whose leaving is not in the audit.
type EraseStaffInput struct{ EmployeeCode, Reason, LeftOn string }

// Erasable is a person who may be erased, or who was erased and of whom something may
// be left.
type Erasable struct {
	Code   staff.EmployeeCode
	Staff  staff.Staff // zero if the record is gone already
	Erased time.Time   // when it went; zero if it is there
	Left   time.Time
	Orgs   staff.Orgs // of the last main post

	reason   string
	saidLeft string   // the day of leaving, if the operator has named it
	requests []string // ids of recovery requests that the person has raised
}

// Load reads the person, and judges whether they may be erased: who left so many days
// ago, and holds no grant.
func (uc EraseStaff) Load(ctx context.Context, in EraseStaffInput, days int) (Erasable, error) {
	e := Erasable{reason: strings.TrimSpace(in.Reason)}
	var err error
	if e.Code, err = staff.ParseEmployeeCode(strings.TrimSpace(in.EmployeeCode)); err != nil {
		return e, fmt.Errorf("-employee-code: %w", err)
	}
	if e.reason == "" || len(e.reason) > maxOperatorReason {
		return e, fmt.Errorf("a reason is needed, of at most %d bytes: it stays in the audit", maxOperatorReason)
	}
	p, err := uc.Store.Person(ctx, e.Code)
	if err != nil {
		return e, fmt.Errorf("read the person: %w", err)
	}
	past, err := uc.past(ctx, e.Code)
	if err != nil {
		return e, fmt.Errorf("read the audit of the person: %w", err)
	}
	e.Staff, e.requests = p.Staff, past.requests
	if p.Staff.Code.IsZero() {
		if e.Erased = past.erased; e.Erased.IsZero() {
			return e, fmt.Errorf("nobody on the register has the code %s, and nobody of this code was erased", e.Code)
		}
		return e, nil
	}
	if p.Staff.Employment != staff.Left {
		return e, fmt.Errorf("%s has not left: only who has left is erased", e.Code)
	}
	if len(p.Account.Grants) > 0 {
		return e, fmt.Errorf("%s has left and holds a grant, which is not sound: run register check", e.Code)
	}
	if e.Left, e.saidLeft, err = leaving(past.left, in.LeftOn); err != nil {
		return e, fmt.Errorf("%s: %w", e.Code, err)
	}
	if from := e.Left.AddDate(0, 0, days); uc.Now().Before(from) {
		return e, fmt.Errorf("%s left on %s: they may be erased from %s on", e.Code, day(e.Left), day(from))
	}
	main, _ := p.Staff.MainPost()
	if e.Orgs, err = uc.Store.Orgs(ctx, []staff.OrgCode{main.Unit, main.Org}); err != nil {
		return e, fmt.Errorf("read the organisations of the last main post: %w", err)
	}
	return e, nil
}

func day(t time.Time) string { return t.In(staff.Beijing).Format(time.DateOnly) }

// leaving is when somebody left, by the audit or, if it does not say, by the day that
// the operator names, which it returns, too.
func leaving(audited time.Time, said string) (time.Time, string, error) {
	switch {
	case audited.IsZero() && said == "":
		return audited, "", errors.New("the audit does not say when they left: name the day with -left-on, from the personnel file")
	case said == "":
		return audited, "", nil
	case !audited.IsZero():
		return audited, "", fmt.Errorf("the audit says that they left on %s: leave out -left-on", day(audited))
	}
	t, err := time.ParseInLocation(time.DateOnly, said, staff.Beijing)
	if err != nil {
		return t, "", errors.New("-left-on is a day such as 2023-03-31")
	}
	return t, said, nil
}

// past is what the audit of a person says about them.
type past struct {
	left     time.Time // the last time that they left; zero if they came back, or were loaded as somebody who had left
	erased   time.Time
	requests []string
}

func (uc EraseStaff) past(ctx context.Context, c staff.EmployeeCode) (past, error) {
	var p past
	known := false
	in := AuditRange{Of: c, From: time.Unix(0, 0), To: uc.Now().Add(time.Hour), Limit: 200} // the writer's clock may be ahead
	for {
		stretch, err := uc.Store.AuditEntries(ctx, in)
		if err != nil {
			return p, err
		}
		for _, e := range stretch.Entries {
			switch e.Action {
			case audit.Leave, audit.Reinstate:
				if !known && e.Action == audit.Leave {
					p.left = e.At
				}
				known = true
			case audit.Erase:
				if p.erased.IsZero() {
					p.erased = e.At
				}
			}
			for _, change := range e.Changes {
				if change.Field == account.RequestField && !slices.Contains(p.requests, change.New) {
					p.requests = append(p.requests, change.New)
				}
			}
		}
		if in.After = stretch.Last; in.After == "" {
			return p, nil
		}
	}
}

// Run erases the person whom Load has read. The search index comes first after the
// record, so that nobody finds them any more.
func (uc EraseStaff) Run(ctx context.Context, e Erasable) error {
	if e.Erased.IsZero() {
		entry, err := audit.New(uc.Random, uc.Now(), audit.Call{}, staff.EmployeeCode{}, audit.Erase, audit.OfStaff(e.Code))
		if err != nil {
			return err
		}
		entry.Call.ID, entry.Reason = "register-"+entry.ID, e.reason
		if e.saidLeft != "" {
			entry.Changes = []audit.Change{{Field: "leftOn", New: e.saidLeft}}
		}
		if err := uc.Store.EraseRecord(ctx, e.Staff, entry); err != nil {
			return fmt.Errorf("erase the record of %s: %w", e.Code, err)
		}
	}
	if _, err := uc.Indexer.Run(ctx, e.Code); err != nil {
		return err
	}
	if _, err := (NoteSharedCard{Store: uc.Store}).Run(ctx, e.Code); err != nil {
		return err
	}
	queue := account.IndexQueue{Store: uc.Store}
	for _, id := range e.requests {
		if err := queue.Run(ctx, id); err != nil { // a request of nobody has no rows
			return err
		}
		if err := uc.Store.EraseRequest(ctx, id); err != nil {
			return fmt.Errorf("erase the request %s: %w", id, err)
		}
	}
	if err := uc.Store.EraseTraces(ctx, e.Code); err != nil {
		return fmt.Errorf("erase sessions, devices and history of %s: %w", e.Code, err)
	}
	switch _, _, index, err := uc.Indexer.Store.ReadIndexRecord(ctx, e.Code); {
	case err != nil:
		return fmt.Errorf("look again at the index of %s: %w", e.Code, err)
	case index.Stamp != "":
		return ErrStillIndexed
	}
	return nil
}

// ErrStillIndexed says that the index's record of somebody who is erased has to stay for
// some minutes: a run of the indexer that is listed there may still write rows, or has
// died.
var ErrStillIndexed = errors.New("somebody else is still writing the person's index, or was interrupted: wait for 15 minutes")
