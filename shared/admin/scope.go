package admin

import (
	"slices"

	"chaoxi/shared/account"
	"chaoxi/shared/staff"
)

// Scope is where somebody holds a permission: some organisations, each with all
// below it. The zero Scope covers nothing.
type Scope struct{ tops []staff.OrgCode }

// ScopeOf is where the caller holds p.
func ScopeOf(c account.Caller, p account.Permission) Scope {
	tops := slices.Clone(c.Scopes(p))
	slices.SortFunc(tops, staff.OrgCode.Compare)
	return Scope{tops}
}

// IsEmpty reports whether the permission is held nowhere.
func (s Scope) IsEmpty() bool { return len(s.tops) == 0 }

// Tops are the organisations that s consists of, in a fixed order. One of them
// may lie below another.
func (s Scope) Tops() []staff.OrgCode { return s.tops }

// Covers reports whether o lies in s. The zero Org, which stands for one that
// does not exist, lies nowhere.
func (s Scope) Covers(o staff.Org) bool { return s.coversPath(o.Path) }

// coversPath does what Covers does, for the path of an organisation.
func (s Scope) coversPath(path []staff.OrgCode) bool {
	return slices.ContainsFunc(s.tops, func(top staff.OrgCode) bool { return slices.Contains(path, top) })
}

// coversAncestor reports whether ancestor is o or above it, and lies in s.
func (s Scope) coversAncestor(o staff.Org, ancestor staff.OrgCode) bool {
	i := slices.Index(o.Path, ancestor)
	return i >= 0 && s.coversPath(o.Path[:i+1])
}

// Sees reports whether a caller with s sees the person: through an active post
// in s or, if the person has left, through the last main post. Orgs must have
// the organisations of the posts.
func (s Scope) Sees(p staff.Staff, orgs staff.Orgs) bool {
	return slices.ContainsFunc(p.VisiblePosts(), func(post staff.Post) bool { return s.Covers(orgs[post.Org]) })
}

// HasMain reports whether the person's main post is in s.
func (s Scope) HasMain(p staff.Staff, orgs staff.Orgs) bool {
	main, ok := p.MainPost()
	return ok && s.Covers(orgs[main.Org])
}

// Outranks reports whether the caller's grants cover all of held: each
// permission, everywhere where it is held. A caller who could change the phone
// of somebody who holds more would get that person's codes, and with them the
// account. Orgs must have the organisations of held; a grant on one that does
// not exist is not covered.
func Outranks(c account.Caller, held []account.Grant, orgs staff.Orgs) bool {
	for _, g := range held {
		for _, p := range g.Permissions() {
			if !ScopeOf(c, p).Covers(orgs[g.Org]) {
				return false
			}
		}
	}
	return true
}

// grantOrgs are the organisations of grants.
func grantOrgs(grants []account.Grant) []staff.OrgCode {
	codes := make([]staff.OrgCode, len(grants))
	for i, g := range grants {
		codes[i] = g.Org
	}
	return codes
}
