package admin

import (
	"context"
	"fmt"

	"chaoxi/shared/account"
	"chaoxi/shared/audit"
	"chaoxi/shared/jobs"
	"chaoxi/shared/roster"
	"chaoxi/shared/staff"
)

// Load adds and changes the people of a file for the operator, as Import does for an
// administrator: by the same rules, each person with an audit entry in one transaction.
// The operator may all that a super of the whole tree may, and is nobody in the audit. No
// job and no mark is written: a person who is loaded again is found by the file's unique
// names, and nothing about them changes.
//
// Look first at Begin.
type Load struct {
	Store       LoadStore
	AddStaff    AddStaff
	UpdatePosts UpdatePosts
}

// LoadStore is what Load asks of storage.
type LoadStore interface {
	RosterStore
	// Roots reads the organisations that have no parent.
	Roots(context.Context) ([]staff.Org, error)
}

// Loading is a stretch of a file.
type Loading struct{ run importRun }

// Begin begins a stretch of a file with these columns. It asks for each organisation that
// the stretch names once, so a long file is several stretches. Call is the same for all of a
// file, and stands in each entry of the audit. A dry run writes nothing.
func (uc Load) Begin(ctx context.Context, columns map[string]string, call audit.Call, dry bool) (Loading, error) {
	tops, err := uc.Store.Roots(ctx)
	if err != nil {
		return Loading{}, fmt.Errorf("read the top of the tree: %w", err)
	}
	by, err := operator(tops).Permit(account.StaffImport)
	if err != nil {
		return Loading{}, fmt.Errorf("there is no organisation yet: %w", err)
	}
	return Loading{importRun{
		store: uc.Store, add: uc.AddStaff, update: uc.UpdatePosts, call: call, dry: dry, by: by, columns: columns, places: placesFor(uc.Store, by),
	}}, nil
}

// One does what the file says about one person. Several may be done at once. Its error is
// one of storage: the result is not known then, and it may be done again.
func (l Loading) One(ctx context.Context, p roster.Person) (jobs.Result, error) {
	return l.run.one(ctx, p)
}
