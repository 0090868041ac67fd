package account

import (
	"context"
	"slices"
	"strings"

	"chaoxi/shared/staff"
)

// Permission is 权限点: something that an administrator may do.
type Permission string

// The permissions.
const (
	StaffRead   Permission = "staff.read"
	StaffEdit   Permission = "staff.edit"
	StaffBatch  Permission = "staff.batch"
	StaffImport Permission = "staff.import"
	OrgEdit     Permission = "org.edit"
	AdminGrant  Permission = "admin.grant"
	AuditRead   Permission = "audit.read"
	PIIReveal   Permission = "pii.reveal"
)

// GrantType is the kind of a grant.
type GrantType string

// The kinds.
const (
	SuperGrant GrantType = "super"
	UnitGrant  GrantType = "unit"
	AuditGrant GrantType = "audit"
)

// Grant makes a person an administrator of an organisation and all below it.
type Grant struct {
	ID    string
	Type  GrantType
	Org   staff.OrgCode
	Added []Permission // beyond those of the type
}

// Permissions are those of the type, then the added ones.
func (g Grant) Permissions() []Permission {
	var of []Permission
	switch g.Type {
	case SuperGrant:
		of = []Permission{StaffRead, StaffEdit, StaffBatch, StaffImport, OrgEdit, AdminGrant, AuditRead, PIIReveal}
	case UnitGrant:
		of = []Permission{StaffRead, StaffEdit, StaffBatch, StaffImport, OrgEdit}
	case AuditGrant:
		of = []Permission{StaffRead, AuditRead}
	}
	for _, p := range g.Added {
		if !slices.Contains(of, p) {
			of = append(of, p)
		}
	}
	return of
}

// Allows reports whether the grant has p.
func (g Grant) Allows(p Permission) bool { return slices.Contains(g.Permissions(), p) }

// Granted is a grant with the person who holds it.
type Granted struct {
	Staff staff.EmployeeCode
	Grant Grant
}

// GrantReader reads grants by organisation.
type GrantReader interface {
	// GrantsOn reads the grants on exactly these organisations.
	GrantsOn(context.Context, []staff.OrgCode) ([]Granted, error)
}

// GrantRef is a grant's id in requests and answers. It names the person as well, so
// that the grant is found without a list of all grants.
type GrantRef struct {
	Staff staff.EmployeeCode
	ID    string
}

// String is 32 hexadecimal digits of the employee code, then the grant's own id.
func (r GrantRef) String() string {
	return strings.TrimPrefix(r.Staff.String(), employeePrefix) + r.ID
}

const employeePrefix = "GE_"

// ParseGrantRef reads what String made. It reports false for any other text.
func ParseGrantRef(s string) (GrantRef, bool) {
	const digits = 32
	if len(s) <= digits {
		return GrantRef{}, false
	}
	c, err := staff.ParseEmployeeCode(employeePrefix + s[:digits])
	return GrantRef{c, s[digits:]}, err == nil
}
