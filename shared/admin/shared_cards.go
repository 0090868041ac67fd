package admin

import (
	"context"
	"fmt"
	"slices"

	"chaoxi/shared/account"
	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// NoteSharedCard keeps the list of people in service whose ID card is another's. There
// can be such people only in data from before the rule that one card belongs to one
// person: nobody can enter a second one.
//
// The list only proposes: ListSharedCards reads again who really shares a card. So it
// does no harm that somebody stays on the list when the other one gives the card up.
type NoteSharedCard struct{ Store NoteSharedCardStore }

// NoteSharedCardStore is what NoteSharedCard asks of storage.
type NoteSharedCardStore interface {
	// CardState reads a person, who has their ID card in service, and whether they are
	// on the list. A person who does not exist is the zero Staff.
	CardState(context.Context, staff.EmployeeCode) (CardState, error)
	PutSharedCard(context.Context, staff.EmployeeCode) error    // on the list
	DeleteSharedCard(context.Context, staff.EmployeeCode) error // off the list
}

// CardState is whether somebody shares an ID card, and whether they are on the list.
type CardState struct {
	Staff  staff.Staff
	Owner  staff.EmployeeCode // zero: nobody
	Listed bool
}

// shares reports whether s is in service with an ID card that belongs to owner, who is
// somebody else.
func shares(s staff.Staff, owner staff.EmployeeCode) bool {
	return s.Employment == staff.InService && s.IDCard != "" && !owner.IsZero() && owner != s.Code
}

// MayShareCard reports whether a change of a person may have put them on the list or
// taken them off.
func MayShareCard(before, after staff.Staff) bool {
	return (before.IDCard != "" || after.IDCard != "") && (before.IDCard != after.IDCard || before.Employment != after.Employment)
}

// Run brings the list up to date for the person c. It reports whether it wrote.
func (uc NoteSharedCard) Run(ctx context.Context, c staff.EmployeeCode) (bool, error) {
	now, err := uc.Store.CardState(ctx, c)
	if err != nil {
		return false, fmt.Errorf("read whose ID card %s has: %w", c, err)
	}
	switch should := shares(now.Staff, now.Owner); {
	case should == now.Listed:
		return false, nil
	case should:
		err = uc.Store.PutSharedCard(ctx, c)
	default:
		err = uc.Store.DeleteSharedCard(ctx, c)
	}
	if err != nil {
		return false, fmt.Errorf("note whether %s shares an ID card: %w", c, err)
	}
	return true, nil
}

// ListSharedCards lists people in service who have one ID card: in pairs of somebody
// on the list and of whose card it is. Who is out of the caller's scope of StaffRead is
// not shown, and a pair of whom nobody is in scope is left out.
//
// It takes four trips for each hundred people on the list: the list; the people; whose
// cards these are; those people, and the organisations of all.
type ListSharedCards struct {
	Store ListSharedCardsStore
	Keys  account.Keys
}

// ListSharedCardsStore is what ListSharedCards asks of storage.
type ListSharedCardsStore interface {
	account.OrgReader
	// SharedCards reads at most limit people of the list, from after one on, and the
	// last one it has read, zero at the end.
	SharedCards(ctx context.Context, after staff.EmployeeCode, limit int) ([]staff.EmployeeCode, staff.EmployeeCode, error)
	// People reads people. Those who do not exist are not in the result.
	People(context.Context, []staff.EmployeeCode) (map[staff.EmployeeCode]staff.Staff, error)
	// PeopleWithOrgs reads people and organisations in one trip.
	PeopleWithOrgs(context.Context, []staff.EmployeeCode, []staff.OrgCode) (map[staff.EmployeeCode]staff.Staff, staff.Orgs, error)
	// CardOwners returns whose the ID cards are, the zero code for one that nobody in
	// service has.
	CardOwners(ctx context.Context, numbers []string) ([]staff.EmployeeCode, error)
}

// SharedCard is an ID card that two people have. Of these only those are People who
// are in the caller's scope.
type SharedCard struct {
	IDCard string // masked
	People []staff.Staff
}

// SharedCardPage is a page of them. A page may be short, even empty, while there is a
// next one.
type SharedCardPage struct {
	Cards []SharedCard
	Orgs  staff.Orgs // of the posts of the people
	Next  string
}

// sharedCardRounds is how many stretches of the list a request reads while it has
// found nobody.
const sharedCardRounds = 4

// Run returns the page after cursor, "" for the first one. With org, one of the two has
// a post in that organisation or below. It finds nobody if that is out of scope.
func (uc ListSharedCards) Run(ctx context.Context, by account.Permitted, org string, limit int, cursor string) (SharedCardPage, error) {
	c := by.Caller()
	var bad fault.Fields
	if tooLong(&bad, named{"org", org}); bad.Err() != nil {
		return SharedCardPage{}, bad.Err()
	}
	cursors := account.CursorCodec{Keys: uc.Keys, Bound: bind("shared-cards", c, org)}
	at, err := cursors.Decode(cursor)
	if err != nil {
		return SharedCardPage{}, err
	}
	var after staff.EmployeeCode
	if at != "" {
		if after, err = staff.ParseEmployeeCode(at); err != nil {
			return SharedCardPage{}, account.BadCursor(err)
		}
	}
	l := cardList{uc, ScopeOf(c, account.StaffRead), staff.OrgCode{}}
	if org != "" {
		if l.org, err = staff.ParseOrgCode(org); err != nil {
			return SharedCardPage{}, nil // nobody works there
		}
	}
	for round := 1; ; round++ {
		codes, last, err := uc.Store.SharedCards(ctx, after, limit)
		if err != nil {
			return SharedCardPage{}, fmt.Errorf("read who may share an ID card: %w", err)
		}
		page, err := l.pairs(ctx, codes)
		if err != nil || len(page.Cards) > 0 || last.IsZero() || round == sharedCardRounds {
			page.Next = cursors.Encode(last.String())
			return page, err
		}
		after = last
	}
}

type cardList struct {
	ListSharedCards
	scope Scope
	org   staff.OrgCode
}

// pairs are the pairs of which one is among codes.
func (l cardList) pairs(ctx context.Context, codes []staff.EmployeeCode) (SharedCardPage, error) {
	if len(codes) == 0 {
		return SharedCardPage{}, nil
	}
	people, err := l.Store.People(ctx, codes)
	if err != nil {
		return SharedCardPage{}, fmt.Errorf("read people: %w", err)
	}
	var listed []staff.Staff
	var numbers []string
	for _, c := range codes {
		if p := people[c]; p.Employment == staff.InService && p.IDCard != "" {
			listed, numbers = append(listed, p), append(numbers, p.IDCard)
		}
	}
	owners, err := l.Store.CardOwners(ctx, numbers)
	if err != nil {
		return SharedCardPage{}, fmt.Errorf("read whose ID cards these are: %w", err)
	}
	var orgs []staff.OrgCode
	for _, p := range listed {
		orgs = append(orgs, p.Orgs()...)
	}
	others, tree, err := l.Store.PeopleWithOrgs(ctx, owners, orgs)
	if err != nil {
		return SharedCardPage{}, fmt.Errorf("read the owners of ID cards: %w", err)
	}
	if missing := missingOf(others, tree); len(missing) > 0 {
		more, err := l.Store.Orgs(ctx, missing)
		if err != nil {
			return SharedCardPage{}, fmt.Errorf("read their organisations: %w", err)
		}
		for c, o := range more {
			tree[c] = o
		}
	}
	page := SharedCardPage{Orgs: tree}
	for i, p := range listed {
		other, there := others[owners[i]]
		if !there || !shares(p, owners[i]) || !l.concerns(p, tree) && !l.concerns(other, tree) {
			continue
		}
		card := SharedCard{IDCard: staff.MaskIDCard(p.IDCard)}
		for _, one := range []staff.Staff{p, other} {
			if l.scope.Sees(one, tree) {
				card.People = append(card.People, one)
			}
		}
		page.Cards = append(page.Cards, card)
	}
	return page, nil
}

// concerns reports whether p is in scope, with a post in the organisation that was
// asked for or below it.
func (l cardList) concerns(p staff.Staff, tree staff.Orgs) bool {
	if l.org.IsZero() {
		return l.scope.Sees(p, tree)
	}
	return slices.ContainsFunc(p.VisiblePosts(), func(post staff.Post) bool { return l.scope.coversAncestor(tree[post.Org], l.org) })
}
