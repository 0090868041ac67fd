package admin

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/fault"
	"chaoxi/shared/optional"
	"chaoxi/shared/retry"
	"chaoxi/shared/staff"
)

// EditDictionary changes an entry of a dictionary, or adds one. Everybody
// chooses from the dictionaries, so only a super of the top of the tree may do
// it. An entry cannot be deleted, as records hold its code, but it can be
// disabled.
//
// It takes two trips: the dictionaries, with the organisations of the caller's
// grants; then the write.
type EditDictionary struct {
	Store  DictionaryStore
	Now    func() time.Time
	Random io.Reader
}

// DictionaryStore is what EditDictionary asks of storage.
type DictionaryStore interface {
	account.PersonReader
	account.OrgReader
	staff.DictionaryStore
	// ChangeDictionary writes all of c or nothing. It answers ErrRevised if
	// something that c depends on has changed.
	ChangeDictionary(ctx context.Context, c DictionaryChange) error
}

// DictionaryChange is an entry before and after.
type DictionaryChange struct {
	Was, Now staff.DictionaryEntry // Was is zero for a new entry
	// Remaining is set if the change disables an entry of a dictionary that
	// must keep one. It is another entry, which must still be enabled.
	Remaining staff.DictionaryEntry
	By        account.Caller
	Audit     audit.Entry
}

// DictionaryInput is the whole entry as it is to be.
type DictionaryInput struct {
	Label   optional.Value[string]
	Order   optional.Value[int]
	Enabled optional.Value[bool]
}

// DictionaryTarget is an entry that the caller may edit, as it was read.
type DictionaryTarget struct {
	Entry staff.DictionaryEntry // of a new one only dictionary and code are set
	New   bool
	all   staff.Dictionaries
}

// Load reads the entry, or checks that such an entry may be added. It answers
// PermissionDenied, and NotFound for a code that the dictionary cannot have.
func (uc EditDictionary) Load(ctx context.Context, c account.Caller, dictionary, code string) (DictionaryTarget, error) {
	supers := slices.DeleteFunc(slices.Clone(c.Grants), func(g account.Grant) bool { return g.Type != account.SuperGrant })
	if len(supers) == 0 {
		return DictionaryTarget{}, fault.PermissionDenied.Becausef("no super")
	}
	var all staff.Dictionaries
	var orgs staff.Orgs
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) { all, err = uc.Store.Dictionaries(gctx); return err })
	g.Go(func() (err error) { orgs, err = uc.Store.Orgs(gctx, grantOrgs(supers)); return err })
	if err := g.Wait(); err != nil {
		return DictionaryTarget{}, fmt.Errorf("read the dictionaries: %w", err)
	}
	t := DictionaryTarget{staff.DictionaryEntry{Dictionary: dictionary, Code: code}, true, all}
	is := slices.IndexFunc(all, func(e staff.DictionaryEntry) bool { return e.Dictionary == dictionary && e.Code == code })
	switch {
	case len(superRoots(supers, orgs)) == 0:
		return DictionaryTarget{}, fault.PermissionDenied.Becausef("no super of the top of the tree")
	case is >= 0:
		t.Entry, t.New = all[is], false
	case !staff.MayHaveCode(dictionary, code):
		return DictionaryTarget{}, fault.NotFound.Becausef("%.40q has no %.80q", dictionary, code)
	}
	return t, nil
}

// Run makes the entry what in says, and reports whether it is new. It writes
// nothing if the entry is like that already. If two people edit one entry, the
// later one wins; the audit says what was there before.
func (uc EditDictionary) Run(ctx context.Context, call audit.Call, c account.Caller, t DictionaryTarget, in DictionaryInput) (staff.DictionaryEntry, bool, error) {
	var now staff.DictionaryEntry
	added := false
	err := retry.Times(5, ErrRevised, func(try int) (err error) {
		if try > 0 {
			if c, err = reloadCaller(ctx, uc.Store, c); err != nil {
				return err
			}
			if t, err = uc.Load(ctx, c, t.Entry.Dictionary, t.Entry.Code); err != nil {
				return err
			}
		}
		change, err := t.change(in)
		now = change.Now
		if err != nil || change.Was == change.Now {
			return err
		}
		change.By = c
		if change.Audit, err = audit.New(uc.Random, uc.Now(), call, c.Staff, audit.EditDictionary, audit.OfDictionaryEntry(now.Dictionary, now.Code)); err != nil {
			return err
		}
		change.Audit.Changes = entryChanges(change.Was, now)
		if err := uc.Store.ChangeDictionary(ctx, change); err != nil {
			return fmt.Errorf("edit a dictionary: %w", err)
		}
		added = t.New
		return nil
	})
	return now, added, err
}

// change is what in does to the entry as read.
func (t DictionaryTarget) change(in DictionaryInput) (DictionaryChange, error) {
	var bad fault.Fields
	now := t.Entry
	label, err := staff.Text(in.Label.OrZero(), staff.MaxLabel)
	switch now.Label = label; {
	case err != nil:
		bad.Add("label", staff.Flaw(err))
	case label == "":
		bad.Add("label", fault.Required)
	}
	switch now.Order = in.Order.OrZero(); {
	case !in.Order.Set || in.Order.Null:
		bad.Add("order", fault.Required)
	case now.Order < 1 || now.Order > staff.MaxOrder:
		bad.Add("order", fault.Range)
	}
	now.Enabled = in.Enabled.OrZero()
	if !in.Enabled.Set || in.Enabled.Null {
		bad.Add("enabled", fault.Required)
		return DictionaryChange{}, bad.Err()
	}

	c := DictionaryChange{Now: now}
	if !t.New {
		c.Was = t.Entry
	}
	for _, e := range t.all {
		if e.Dictionary != now.Dictionary || e.Code == now.Code || !e.Enabled {
			continue
		}
		if c.Remaining.Code == "" {
			c.Remaining = e
		}
		if now.Enabled && label != "" && staff.NameKey(e.Label) == staff.NameKey(label) { // nobody could tell the two apart
			bad.Add("label", fault.LabelTaken)
		}
	}
	switch {
	case !c.Was.Enabled || now.Enabled || !staff.NeedsChoice(now.Dictionary): // no choice is lost
		c.Remaining = staff.DictionaryEntry{}
	case c.Remaining.Code == "" || now.Dictionary == staff.DictJobType && now.Code == string(staff.MainJob):
		bad.Add("enabled", fault.MustStay)
	}
	return c, bad.Err()
}

// entryChanges are the fields in which two states of an entry differ.
func entryChanges(was, now staff.DictionaryEntry) []audit.Change {
	var all []audit.Change
	if was.Label != now.Label {
		all = append(all, audit.Change{Field: "label", Old: was.Label, New: now.Label})
	}
	if was.Order != now.Order {
		all = append(all, audit.Change{Field: "order", Old: number(was.Order), New: number(now.Order)})
	}
	switch {
	case was.Code == "":
		all = append(all, audit.Change{Field: "enabled", Old: "", New: strconv.FormatBool(now.Enabled)})
	case was.Enabled != now.Enabled:
		all = append(all, audit.Change{Field: "enabled", Old: strconv.FormatBool(was.Enabled), New: strconv.FormatBool(now.Enabled)})
	}
	return all
}
