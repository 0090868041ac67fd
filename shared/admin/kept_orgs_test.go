package admin

import (
	"context"
	"slices"
	"testing"
	"time"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

// movedIndex is a fakeIndex with a list of moves, which shows in what it reads.
type movedIndex struct {
	*fakeIndex
	moves staff.Moves
	read  []staff.OrgCode
}

// TestKeptOrgsMove: whoever is out of the scope is shown no longer, though the organisation
// was kept from before it moved.
func TestKeptOrgsMove(t *testing.T) {
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	p := zhangmin().Staff
	x := &movedIndex{fakeIndex: &fakeIndex{orgs: tree, people: map[staff.EmployeeCode]staff.Staff{p.Code: p}, most: 9}}
	x.list(p)
	uc := Search{Store: x, Kept: staff.NewOrgCache(), Keys: account.Keys{Current: []byte("a key for the tests of the walk")}, Now: func() time.Time { return now }}
	search := func() string {
		found, err := uc.Run(t.Context(), must(caller(grant(account.UnitGrant, data)).Permit(account.StaffRead)), SearchInput{Q: "zhang"}, 9, "")
		if err != nil {
			t.Fatal(err)
		}
		names := ""
		for _, p := range found.People {
			names += p.Name
		}
		return names
	}
	if got := search(); got != p.Name {
		t.Fatalf("found %q", got)
	}
	x.read = nil
	if got := search(); got != p.Name || len(x.read) > 0 {
		t.Errorf("found %q, and has read %v again", got, x.read)
	}
	main, _ := p.MainPost()
	moved, o, _ := x.moves.Begin(staff.Org{Code: main.Org, Path: slices.Concat(finance.Path, []staff.OrgCode{main.Org})}, employee(9), now)
	x.moves = moved
	if got := search(); got != "" {
		t.Errorf("found %q below %v, though it lies below %v", got, data.Path, o.Path)
	}
}

func (x *movedIndex) Orgs(ctx context.Context, wanted []staff.OrgCode) (staff.Orgs, error) {
	x.read = append(x.read, wanted...)
	found, err := x.fakeIndex.Orgs(ctx, wanted)
	for c, o := range found {
		found[c] = x.moves.ApplyTo(o)
	}
	return found, err
}

func (x *movedIndex) PeopleWithMoves(ctx context.Context, wanted []staff.EmployeeCode, named []staff.OrgCode) (map[staff.EmployeeCode]staff.Staff, staff.Orgs, staff.Moves, error) {
	people, _ := x.People(ctx, wanted)
	orgs, err := x.Orgs(ctx, named)
	return people, orgs, x.moves, err
}
