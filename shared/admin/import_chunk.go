package admin

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"chaoxi/shared/roster"
	"chaoxi/shared/staff"
)

// inChunk is what the people of one chunk of an import share, so that not each of them asks
// storage for it: the organisations, whose their names are, and places for lookups of names.
// It is as old as the chunk, as the grants are of whoever made the job.
type inChunk struct {
	store  RosterStore
	places placeKeeper
	turn   sync.Mutex // of those who write

	readOrgs sync.Mutex
	orgs     staff.Orgs

	phones   map[staff.Phone]staff.EmployeeCode
	accounts map[staff.Account]staff.EmployeeCode

	keepPlaces sync.Mutex
	idle       map[placesOf]int // places that were given back
}

// placeKeeper counts the lookups of names that a caller makes in an hour (NamesStore).
type placeKeeper interface {
	ReserveProbe(ctx context.Context, by staff.EmployeeCode, at time.Time, most int) error
	ReleaseProbe(ctx context.Context, by staff.EmployeeCode, at time.Time) error
}

// placesOf are the places of a caller in an hour.
type placesOf struct {
	by   staff.EmployeeCode
	hour time.Time
}

// newChunk is what people share. It asks whose all their phones and accounts are.
func newChunk(ctx context.Context, store RosterStore, places placeKeeper, people []roster.Person) (*inChunk, error) {
	ch := &inChunk{
		store: store, places: places, orgs: staff.Orgs{}, idle: map[placesOf]int{},
		phones: map[staff.Phone]staff.EmployeeCode{}, accounts: map[staff.Account]staff.EmployeeCode{},
	}
	var phones []staff.Phone
	var accounts []staff.Account
	for _, p := range people {
		if phone, err := phoneOf(p); err == nil {
			phones = append(phones, phone)
		}
		if a, err := staff.ParseAccount(p.Values[FieldAccount]); err == nil {
			accounts = append(accounts, a)
		}
	}
	owners, err := store.NameOwners(ctx, phones, accounts)
	if err != nil {
		return nil, fmt.Errorf("find the names of a chunk: %w", err)
	}
	for i, phone := range phones {
		ch.phones[phone] = owners[i]
	}
	for i, a := range accounts {
		ch.accounts[a] = owners[len(phones)+i]
	}
	return ch, nil
}

// NameOwners implements NameReader. Whoever then writes a name is told by storage if
// somebody has it meanwhile.
func (ch *inChunk) NameOwners(ctx context.Context, phones []staff.Phone, accounts []staff.Account) ([]staff.EmployeeCode, error) {
	var owners []staff.EmployeeCode
	for _, p := range phones {
		if who, ok := ch.phones[p]; ok {
			owners = append(owners, who)
		}
	}
	for _, a := range accounts {
		if who, ok := ch.accounts[a]; ok {
			owners = append(owners, who)
		}
	}
	if len(owners) < len(phones)+len(accounts) {
		return ch.store.NameOwners(ctx, phones, accounts)
	}
	return owners, nil
}

// Orgs implements account.OrgReader. It reads each organisation once.
func (ch *inChunk) Orgs(ctx context.Context, codes []staff.OrgCode) (staff.Orgs, error) {
	ch.readOrgs.Lock() // others wait: most people of a chunk ask for the same ones
	defer ch.readOrgs.Unlock()
	if unknown := without(codes, ch.orgs); len(unknown) > 0 {
		read, err := ch.store.Orgs(ctx, unknown)
		if err != nil {
			return nil, err
		}
		maps.Copy(ch.orgs, read)
	}
	found := staff.Orgs{}
	for _, c := range codes {
		if o, ok := ch.orgs[c]; ok {
			found[c] = o
		}
	}
	return found, nil
}

// ReserveProbe implements NamesStore. It takes a place that another person of the chunk has
// given back. So a chunk never has more places than lookups at once.
func (ch *inChunk) ReserveProbe(ctx context.Context, by staff.EmployeeCode, at time.Time, most int) error {
	k := placesOf{by, at.Truncate(time.Hour)}
	ch.keepPlaces.Lock()
	kept := ch.idle[k] > 0
	if kept {
		ch.idle[k]--
	}
	ch.keepPlaces.Unlock()
	if kept {
		return nil
	}
	return ch.places.ReserveProbe(ctx, by, at, most)
}

// ReleaseProbe implements NamesStore. The place is kept for the next one.
func (ch *inChunk) ReleaseProbe(_ context.Context, by staff.EmployeeCode, at time.Time) error {
	ch.keepPlaces.Lock()
	defer ch.keepPlaces.Unlock()
	ch.idle[placesOf{by, at.Truncate(time.Hour)}]++
	return nil
}

// end gives the places back. One that stays taken is free in the next hour.
func (ch *inChunk) end(ctx context.Context) {
	for k, n := range ch.idle {
		for range n {
			_ = ch.places.ReleaseProbe(ctx, k.by, k.hour)
		}
	}
}

// rosterInChunk, addInChunk and updateInChunk are stores that ask the chunk first: its
// methods come before those that are embedded a level below it.
type rosterInChunk struct {
	*inChunk
	restOfRoster
}

type addInChunk struct {
	*inChunk
	restOfAdd
}

type updateInChunk struct {
	*inChunk
	restOfUpdate
}

type (
	restOfRoster struct{ RosterStore }
	restOfAdd    struct{ AddStore }
	restOfUpdate struct{ UpdateStore }
)

// AddStaff implements AddStore. Writes take turns: people of one unit write the same count
// of its posts, and DynamoDB refuses transactions that meet on an item.
func (s addInChunk) AddStaff(ctx context.Context, c Change) error {
	s.turn.Lock()
	defer s.turn.Unlock()
	return s.restOfAdd.AddStaff(ctx, c)
}

// Change implements Changer. Writes take turns.
func (s updateInChunk) Change(ctx context.Context, c Change) error {
	s.turn.Lock()
	defer s.turn.Unlock()
	return s.restOfUpdate.Change(ctx, c)
}
