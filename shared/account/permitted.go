package account

import "chaoxi/shared/fault"

// Permitted is a caller who holds a permission somewhere. Only Permit makes one, so
// what takes a Permitted cannot be called without the check.
type Permitted struct {
	caller     Caller
	permission Permission
}

// Permit checks that the caller holds p somewhere, and answers PermissionDenied
// otherwise.
func (c Caller) Permit(p Permission) (Permitted, error) {
	if len(c.Scopes(p)) == 0 {
		return Permitted{}, fault.PermissionDenied.Becausef("%s is held nowhere", p)
	}
	return Permitted{c, p}, nil
}

// Caller is who was permitted.
func (p Permitted) Caller() Caller { return p.caller }

// Permission is what they hold.
func (p Permitted) Permission() Permission { return p.permission }
