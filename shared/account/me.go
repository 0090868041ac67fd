package account

import (
	"context"
	"fmt"
	"time"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// Me shows people their own record, as administrators see it, and their sign-ins.
type Me struct {
	Store MeStore
	Keys  Keys
	Now   func() time.Time
}

// MeStore is what Me asks of storage.
type MeStore interface {
	PersonReader
	SignInReader
	// StoredAround reads in one trip what StoredOrgs reads, and the Failures of lockout
	// keys in their order.
	StoredAround(ctx context.Context, orgs []staff.OrgCode, lockKeys []string) (staff.Orgs, []Failures, error)
}

// Self is a person's own record.
type Self struct {
	Staff  staff.Staff
	Orgs   staff.Orgs // of the posts
	Locked bool       // wrong passwords have locked one of the person's names
}

// Record returns the caller's record.
func (uc Me) Record(ctx context.Context, c Caller) (Self, error) {
	p, err := uc.Store.Person(ctx, c.Staff)
	if err != nil {
		return Self{}, fmt.Errorf("read the caller: %w", err)
	}
	if p.Staff.Code.IsZero() { // cannot be: the session was found good
		return Self{}, fault.SessionExpired.Becausef("%s is nobody's code", c.Staff)
	}
	self := Self{Staff: p.Staff}
	self.Staff.Posts = staff.Arrange(p.Staff.Posts)
	orgs, failures, err := uc.Store.StoredAround(ctx, p.Staff.Orgs(), SignInLockKeys(uc.Keys, p.Staff))
	if err != nil {
		return Self{}, fmt.Errorf("read the caller's organisations: %w", err)
	}
	self.Orgs = orgs
	for _, f := range failures {
		self.Locked = self.Locked || f.Locked(uc.Now(), p.Account.ClearedAt)
	}
	return self, nil
}

// SignIns returns a page of the caller's sign-ins, newest first, and the cursor of
// the next page, which is "" at the end.
func (uc Me) SignIns(ctx context.Context, c Caller, limit int, cursor string) ([]SignIn, string, error) {
	return SignInHistory{uc.Store, uc.Keys, uc.Now}.Page(ctx, c, c.Staff, limit, cursor)
}
