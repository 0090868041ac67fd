package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/jobs"
	"chaoxi/shared/retry"
	"chaoxi/shared/staff"
)

// AddStaff puts a person on the register, all or nothing. If asked, it texts
// them to activate their account.
//
// It takes four trips: the organisations, with the dictionaries if they are not
// cached and the request if it has a key; a place for the lookup of names (see
// names); the write, with the reservation of the text; the place given back. The
// text goes out after the write. If the text fails, the person stays. Then the
// person is indexed, so that whoever is answered finds them in the lists. Somebody
// who was edited has old rows until the stream is followed, but who is new has
// none.
type AddStaff struct {
	Store        AddStore
	Dictionaries *staff.DictionaryList
	Notices      account.Notices
	Now          func() time.Time
	Random       io.Reader
	Pinyin       func(name string) staff.Pinyin
	// Index brings the search index of a person up to date (staff.Indexer). Nil
	// leaves it to the stream.
	Index func(context.Context, staff.EmployeeCode, ...staff.Row) (bool, error)
}

// AddStore is what AddStaff asks of storage.
type AddStore interface {
	NamesStore
	OnceReader
	account.EntryWriter
	// AddStaff writes all of c or nothing. c.Was is nobody. It answers
	// jobs.ErrMarked if c.Mark is there already, ErrRevised if c.By has changed or c.Once was carried out, and *Taken,
	// OrgClosed and FieldInvalid as Changer.Change does.
	AddStaff(ctx context.Context, c Change) error
}

// Added is who was added.
type Added struct {
	Code    staff.EmployeeCode
	Version int64
	New     bool             // false: the same request had added the person before
	SMS     account.SMSState // "" if no text was asked for
	// Warnings are what is unusual in the record, and was accepted.
	Warnings []fault.Field
	Changes  []audit.Change // the record, masked as in every answer
}

// addition is one request to add somebody.
type addition struct {
	Edit
	invite bool
	key    RequestKey
	byJob
}

// byJob is what a job says to the use cases that do its work. The zero value is a request
// of its own.
type byJob struct {
	mark *jobs.Mark // without a result, which the use case fills in; nil without a job
	try  bool       // nothing is written: it is only told what would be
}

// done is the mark of the job with what the change has done, nil without a job.
func (b byJob) done(c Change) *jobs.Mark {
	if b.mark == nil {
		return nil
	}
	b.mark.Result = jobs.Result{
		Row: b.mark.Row, Staff: c.Now.Code, Name: c.Now.Name, Outcome: jobs.OutcomeDone, Created: c.Was.Code.IsZero(), Changes: c.Audit.Changes,
	}
	return b.mark
}

// Run adds the person whom e describes. If the same request comes again, say
// because its answer was lost, and it has a key, Run answers with the person
// who was added then. Without a key it is refused: the account and the phone
// are unique, so the second request cannot add a second person.
func (uc AddStaff) Run(ctx context.Context, call audit.Call, by account.Permitted, e Edit, invite bool, key RequestKey) (Added, error) {
	return uc.run(ctx, call, by, addition{Edit: e, invite: invite, key: key})
}

func (uc AddStaff) run(ctx context.Context, call audit.Call, by account.Permitted, e addition) (Added, error) {
	var added Added
	err := retry.Times(5, ErrRevised, func(try int) (err error) {
		if try > 0 {
			if by, err = permitAgain(ctx, uc.Store, by); err != nil {
				return err
			}
		}
		added, err = uc.try(ctx, call, by.Caller(), e)
		return err
	})
	return added, err
}

// try adds the person for the caller as read.
func (uc AddStaff) try(ctx context.Context, call audit.Call, c account.Caller, e addition) (Added, error) {
	once := e.key.of(c, string(audit.AddStaff), uc.Now())
	var allowed staff.Dictionaries
	var orgs staff.Orgs
	var before map[string]string
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) { allowed, err = uc.Dictionaries.Run(gctx); return err })
	g.Go(func() (err error) { orgs, err = uc.Store.Orgs(gctx, e.Orgs()); return err })
	g.Go(func() (err error) { before, err = once.answered(gctx, uc.Store); return err })
	if err := g.Wait(); err != nil {
		return Added{}, fmt.Errorf("read what the posts name: %w", err)
	}
	if before != nil {
		return uc.again(ctx, call, c, before, e.invite)
	}
	change, err := uc.change(call, c, e.Edit, orgs, allowed)
	switch {
	case errors.Is(err, errOthersPhone):
		return Added{}, uc.names().othersPhone(ctx, call, c, e.Account)
	case err != nil:
		return Added{}, err
	}
	added := Added{Code: change.Now.Code, Version: change.Now.Version, New: true, Warnings: change.Now.Warnings(), Changes: change.Audit.Changes}
	if e.try {
		return added, uc.names().lookUp(ctx, call, c, change.Now, func() error { return uc.names().free(ctx, staff.Staff{}, change.Now) })
	}
	change.Mark = e.done(change)
	change.Once = once.with(map[string]string{"employeeCode": change.Now.Code.String(), "warned": warnedOf(added.Warnings)})
	err = uc.names().lookUp(ctx, call, c, change.Now, func() (err error) {
		added.SMS, err = uc.write(ctx, func() error { return uc.Store.AddStaff(ctx, change) }, change.Now.Phone, e.invite)
		return err
	})
	if err != nil {
		return Added{}, fmt.Errorf("add a person: %w", err)
	}
	var after errgroup.Group
	after.Go(func() error { uc.index(ctx, added.Code); return nil })
	after.Go(func() error { uc.invited(ctx, call, c, added); return nil })
	after.Wait()
	return added, nil
}

// invited writes into the audit what became of the text to somebody who was added, if one
// was asked for. If that fails, the text has gone out all the same, and the log says so.
func (uc AddStaff) invited(ctx context.Context, call audit.Call, c account.Caller, added Added) {
	if added.SMS == "" {
		return
	}
	entry, err := audit.New(uc.Random, uc.Now(), call, c.Staff, audit.Invite, audit.OfStaff(added.Code))
	if err == nil {
		entry.Changes = invitation(added.SMS)
		err = uc.Store.AddEntry(ctx, entry)
	}
	if err != nil {
		slog.ErrorContext(ctx, "an invitation is not in the audit", "employeeCode", added.Code.String(), "sms", string(added.SMS), "err", err)
	}
}

// index indexes somebody who was added. If that takes too long or fails, the
// stream brings it about a moment later, and the person is added all the same.
func (uc AddStaff) index(ctx context.Context, c staff.EmployeeCode) {
	if uc.Index == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, indexPatience)
	defer cancel()
	if _, err := uc.Index(ctx, c); err != nil {
		slog.WarnContext(ctx, "a new person is indexed later", "employeeCode", c.String(), "err", err)
	}
}

// indexPatience is how long an answer waits for the index.
const indexPatience = 2 * time.Second

// warnedOf are the fields of warnings, as they are kept with the request.
func warnedOf(warnings []fault.Field) string {
	var fields []string
	for _, w := range warnings {
		fields = append(fields, w.Path)
	}
	return strings.Join(fields, " ")
}

// warningsOf is warnedOf backwards: all warnings are about dates of birth.
func warningsOf(warned string) []fault.Field {
	var warnings []fault.Field
	for _, field := range strings.Fields(warned) {
		warnings = append(warnings, fault.Field{Path: field, FieldCode: fault.NotOfTheIDCard})
	}
	return warnings
}

func (uc AddStaff) names() names { return names{uc.Store, uc.Now, uc.Random} }

// editor applies e to somebody new.
func (uc AddStaff) editor(c account.Caller, e Edit, orgs staff.Orgs, allowed staff.Dictionaries) (editor, error) {
	code, err := staff.NewEmployeeCode(uc.Random)
	now := uc.Now()
	return editor{
		adding: true, caller: c, allowed: allowed, now: now, edit: e, pinyin: uc.Pinyin,
		target: Target{Orgs: orgs, Person: account.Person{
			Staff: staff.Staff{Code: code, Employment: staff.InService, State: staff.Pending, RegisteredAt: now},
		}},
		newID: func() (staff.PostID, error) { return staff.NewPostID(uc.Random) },
	}, err
}

// change is the person whom e describes, as a change that storage can write.
func (uc AddStaff) change(call audit.Call, c account.Caller, e Edit, orgs staff.Orgs, allowed staff.Dictionaries) (Change, error) {
	ed, err := uc.editor(c, e, orgs, allowed)
	if err != nil {
		return Change{}, err
	}
	s, err := ed.apply()
	if err != nil {
		return Change{}, err
	}
	entry, err := audit.New(uc.Random, ed.now, call, c.Staff, audit.AddStaff, audit.OfStaff(s.Code))
	if err != nil {
		return Change{}, err
	}
	noteChanges(&entry, staff.Staff{}, s)
	return Change{Now: s, By: c, Audit: entry, MustBeOpen: ed.mustBeOpen, MustNotBeUnits: ed.mustNotBeUnit}, nil
}

// write calls do, and texts the phone to activate if invite is set.
func (uc AddStaff) write(ctx context.Context, do func() error, to staff.Phone, invite bool) (account.SMSState, error) {
	if !invite {
		return "", do()
	}
	sms, err := uc.Notices.After(ctx, do, account.Invitation, staff.EmployeeCode{}, to, uc.Now())
	if err != nil {
		return "", err
	}
	return sms.Told(), nil
}

// again is who was added when the same request was carried out before. If the
// person has not activated yet, the text is sent again within its limits: only
// the answer of the first one says whether that one went out.
func (uc AddStaff) again(ctx context.Context, call audit.Call, c account.Caller, before map[string]string, invite bool) (Added, error) {
	code, err := staff.ParseEmployeeCode(before["employeeCode"])
	if err != nil {
		return Added{}, fmt.Errorf("read what was answered before: %w", err)
	}
	added := Added{Code: code, Version: 1, Warnings: warningsOf(before["warned"])}
	if !invite {
		return added, nil
	}
	p, err := uc.Store.Person(ctx, code)
	switch {
	case err != nil:
		return Added{}, fmt.Errorf("read who was added before: %w", err)
	case !p.Staff.CanActivate():
		added.SMS = account.SMSSent // to somebody who needs none any more
		return added, nil
	}
	if added.SMS, err = uc.write(ctx, func() error { return nil }, p.Staff.Phone, true); err == nil {
		uc.invited(ctx, call, c, added)
	}
	return added, err
}
