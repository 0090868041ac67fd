package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/jobs"
	"chaoxi/shared/retry"
	"chaoxi/shared/staff"
)

// StateAction is what can be done to the state of a person.
type StateAction string

// The actions.
const (
	Freeze    = StateAction(audit.Freeze)
	Unfreeze  = StateAction(audit.Unfreeze)
	Leave     = StateAction(audit.Leave)
	Reinstate = StateAction(audit.Reinstate)
	Unlock    = StateAction(audit.Unlock) // forgives wrong passwords; the record stays
)

// ChangeState freezes and unfreezes people, marks them as left, reinstates
// them, and ends the locks of their names.
//
// It takes one trip more than LoadTarget: the write. It takes two more if it
// takes a super of the tree's top out of action and the caller is none, or if it
// reinstates somebody: a place for the lookup of their names (see names), and that
// place given back.
type ChangeState struct {
	Store        StateStore
	Dictionaries *staff.DictionaryList
	Keys         account.Keys
	Settings     account.Settings
	Now          func() time.Time
	Random       io.Reader
}

// StateStore is what ChangeState asks of storage.
type StateStore interface {
	LoadTargetStore
	SuperReader
	NamesStore
	account.SessionReader
	// ChangeState writes all of c or nothing. It answers jobs.ErrMarked if the
	// mark is there already, ErrRevised if something that c depends on has changed, *Taken if a name is somebody
	// else's by now, and OrgClosed if an organisation has been closed.
	ChangeState(ctx context.Context, c StateChange) error
}

// StateChange is a person before and after, and what happens to the account.
// Storage derives the unique names and the audit from it.
type StateChange struct {
	Was, Now staff.Staff // if the Revision is the same, the record is not written
	By       account.Caller
	Audit    audit.Entry

	Mark        *jobs.Mark         // of the job that does it, nil without one
	Grants      []account.Grant    // what the person held when the change was allowed
	EndSessions bool               // and tickets
	History     []account.SignIn   // the sessions that end
	Frozen      account.FreezeMark // who freezes the person; zero: it stays
	EndFreeze   bool               // takes the FreezeMark away
	EndAccount  bool               // its devices, password and grants
	ClearedAt   time.Time          // forgives wrong passwords before it; zero: it stays

	MustBeOpen      []staff.OrgCode          // the change fails if one of them is closed
	MustNotBeUnits  map[staff.OrgCode]string // as in Change
	RemainingSupers []RemainingSuper
}

// StateInput is one request.
type StateInput struct {
	Action StateAction
	Reason string
	Return Return // of Reinstate
	// Mark is that of the job that does it, without a result, which Run fills in. It is
	// nil for a request of its own.
	Mark *jobs.Mark
}

// Load reads the person whom in is about, and checks that the caller may do it.
// An answer of Load comes before any answer about the request.
func (uc ChangeState) Load(ctx context.Context, by account.Permitted, code string, in StateInput) (Target, error) {
	var t Target
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		if t, err = (LoadTarget{uc.Store, uc.Keys, uc.Now}).Run(gctx, by, code, in.Return.orgs()...); err != nil {
			return err
		}
		return in.allowed(by.Caller(), t)
	})
	if in.Return.namesPhone() {
		g.Go(func() error { _, err := uc.Dictionaries.Run(ctx); return err }) // cached for Run
	}
	var sessions []account.Session
	if who, err := staff.ParseEmployeeCode(code); err == nil && in.endsSessions() {
		g.Go(func() (err error) { sessions, err = uc.Store.Sessions(gctx, who); return err })
	}
	err := g.Wait()
	t.Sessions = sessions
	return t, err
}

// endsSessions reports whether the action ends the person's sessions.
func (in StateInput) endsSessions() bool { return in.Action == Freeze || in.Action == Leave }

// Run does in to the person t, whom Load read. It returns the person afterwards.
func (uc ChangeState) Run(ctx context.Context, call audit.Call, by account.Permitted, t Target, in StateInput) (staff.Staff, error) {
	c := by.Caller()
	load := LoadTarget{uc.Store, uc.Keys, uc.Now}
	trusted := c
	var done staff.Staff
	err := retry.Times(5, ErrRevised, func(try int) (err error) {
		if try > 0 {
			trusted = account.Caller{} // they may have been frozen
			if by, err = permitAgain(ctx, uc.Store, by); err != nil {
				return err
			}
			c = by.Caller()
			sessions := t.Sessions
			if t, err = load.ByCode(ctx, by, t.Staff.Code, in.Return.orgs()...); err != nil {
				return err
			}
			t.Sessions = sessions
		}
		if err := in.allowed(c, t); err != nil {
			return err
		}
		change, err := uc.change(ctx, call, c, t, in)
		switch {
		case errors.Is(err, errOthersPhone):
			return uc.names().othersPhone(ctx, call, c, in.Return.Account)
		case err != nil:
			return err
		}
		if change.EndSessions {
			if change.RemainingSupers, err = remainingSupers(ctx, uc.Store, trusted, t, t.Account.Grants); err != nil {
				return err
			}
		}
		write := func() error { return uc.Store.ChangeState(ctx, change) }
		if in.Action == Reinstate {
			err = uc.names().lookUp(ctx, call, c, change.Now, write)
		} else {
			err = write()
		}
		if err != nil {
			return fmt.Errorf("%s %s: %w", in.Action, t.Staff.Code, err)
		}
		done = change.Now
		return nil
	})
	return done, err
}

func (uc ChangeState) names() names { return names{uc.Store, uc.Now, uc.Random} }

// allowed is the rule for who may do it. An action that does not exist is
// judged like any other; check refuses it later.
func (in StateInput) allowed(c account.Caller, t Target) error {
	denied := func(why string) error {
		return fault.PermissionDenied.Becausef("%s %s: %s", in.Action, t.Staff.Code, why)
	}
	switch {
	case c.Staff == t.Staff.Code:
		return denied("nobody does this to themselves")
	case in.Action != Unlock && !ScopeOf(c, account.StaffEdit).HasMain(t.Staff, t.Orgs):
		return denied("the main post is outside the scope")
	case !Outranks(c, t.Account.Grants, t.Orgs):
		return denied("the person holds grants that the caller's do not cover")
	case in.Action == Unfreeze && !Outranks(c, t.Account.Frozen.Grants, t.Orgs):
		return denied("who froze the person held grants that the caller's do not cover")
	}
	return nil
}

// change is what in does to the person as read.
func (uc ChangeState) change(ctx context.Context, call audit.Call, c account.Caller, t Target, in StateInput) (StateChange, error) {
	reason, err := in.check()
	if err != nil {
		return StateChange{}, err
	}
	now := uc.Now()
	s, ok := in.Action.apply(t.Staff)
	if !ok {
		return StateChange{}, fault.StateConflict.Becausef("%s does not fit a person %s and %s", in.Action, t.Staff.Employment, t.Staff.State)
	}
	ed := editor{target: t, caller: c, now: now}
	if in.Action == Reinstate {
		if s, err = uc.reinstate(ctx, &ed, s, in.Return); err != nil {
			return StateChange{}, err
		}
	}
	entry, err := audit.New(uc.Random, now, call, c.Staff, audit.Action(in.Action), audit.OfStaff(t.Staff.Code))
	if err != nil {
		return StateChange{}, err
	}
	entry.Reason = reason
	noteChanges(&entry, t.Staff, s)
	change := StateChange{Was: t.Staff, Now: s, By: c, Grants: t.Account.Grants}
	if in.endsSessions() {
		change.EndSessions, change.History = true, account.EndedSessions(t.Sessions, t.Account, uc.Settings, now, "")
	}
	switch in.Action {
	case Freeze:
		change.Frozen = account.FreezeMark{By: c.Staff, Grants: c.Grants}
	case Unfreeze:
		change.EndFreeze = true
	case Leave:
		change.EndAccount = true
		for _, g := range t.Account.Grants {
			entry.Changes = append(entry.Changes, audit.Change{Field: grantField(t.Staff.Code, g), Old: describe(g)})
		}
	case Reinstate:
		main, _ := s.MainPost()
		change.MustNotBeUnits = ed.mustNotBeUnit
		change.MustBeOpen = []staff.OrgCode{main.Org}
		if main.Unit != main.Org {
			change.MustBeOpen = append(change.MustBeOpen, main.Unit)
		}
		for _, o := range change.MustBeOpen {
			if org := t.Orgs[o]; org.Code.IsZero() || org.Closed {
				return StateChange{}, fault.OrgClosed.Becausef("%s of the last main post", o)
			}
		}
	case Unlock:
		change.ClearedAt = now
		if t.Locked {
			entry.Changes = append(entry.Changes, audit.Change{Field: "locked", Old: "true", New: "false"})
		}
	}
	change.Audit = entry
	if in.Mark != nil {
		in.Mark.Result = jobs.Result{Staff: s.Code, Name: s.Name, Outcome: jobs.OutcomeDone, Changes: entry.Changes}
		change.Mark = in.Mark
	}
	return change, nil
}

// reinstate is the person s, who has just come back, with what r names.
func (uc ChangeState) reinstate(ctx context.Context, ed *editor, s staff.Staff, r Return) (staff.Staff, error) {
	if r.namesPhone() {
		var err error
		if ed.allowed, err = uc.Dictionaries.Run(ctx); err != nil {
			return staff.Staff{}, err
		}
	}
	return ed.reinstate(s, r)
}

// check returns the reason in normal form.
func (in StateInput) check() (string, error) {
	var bad fault.Fields
	switch in.Action {
	case Freeze, Unfreeze, Leave, Reinstate, Unlock:
	case "":
		bad.Add("action", fault.Required)
	default:
		bad.Add("action", fault.NotChoice)
	}
	reason := reasonIn(&bad, in.Reason)
	if in.Action != Reinstate {
		for _, field := range in.Return.given() {
			bad.Add(field, fault.Invalid)
		}
	}
	return reason, bad.Err()
}

// apply is s after the action, or false if the action does not fit the state of
// s.
func (a StateAction) apply(s staff.Staff) (staff.Staff, bool) {
	was := s
	s = s.Clone()
	s.Posts = staff.Arrange(s.Posts)
	s.Revision++
	s.Version++
	serves := s.Employment == staff.InService
	switch {
	case a == Freeze && serves && s.State != staff.Frozen:
		s.State, s.FrozenFrom = staff.Frozen, s.State
	case a == Unfreeze && serves && s.State == staff.Frozen:
		s.State, s.FrozenFrom = s.FrozenFrom, ""
		if s.State == "" { // not known; from Pending the person can activate again without help
			s.State = staff.Pending
		}
	case a == Leave && serves:
		s.Employment, s.ActivatedAt = staff.Left, time.Time{}
		if s.State == staff.Frozen { // the freeze stays, also for who comes back
			s.FrozenFrom = staff.Pending
		} else {
			s.State = staff.Pending
		}
		s.Phone, s.FormerPhone = staff.Phone{}, s.Phone
		for i := range s.Posts {
			s.Posts[i].Active = false
		}
		s.Posts = staff.Arrange(s.Posts) // drops the oldest ended posts if there are too many; the main post comes first
	case a == Reinstate && s.Employment == staff.Left:
		main := slices.IndexFunc(s.Posts, func(p staff.Post) bool { return p.JobType == staff.MainJob })
		if main < 0 {
			return was, false
		}
		s.Employment = staff.InService // and pending or frozen, as since they left
		s.Phone, s.FormerPhone = s.FormerPhone, staff.Phone{}
		s.Posts[main].Active = true
		s.Posts = staff.Arrange(s.Posts)
	case a == Unlock && s.CanSignIn():
		return was, true
	default:
		return was, false
	}
	return s, true
}
