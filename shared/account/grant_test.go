package account

import (
	"slices"
	"strings"
	"testing"

	"chaoxi/shared/staff"
)

func TestPermissions(t *testing.T) {
	all := []Permission{StaffRead, StaffEdit, StaffBatch, StaffImport, OrgEdit, AdminGrant, AuditRead, PIIReveal}
	unit := []Permission{StaffRead, StaffEdit, StaffBatch, StaffImport, OrgEdit}
	tests := []struct {
		name string
		g    Grant
		want []Permission
	}{
		{"super", Grant{Type: SuperGrant}, all},
		{"unit", Grant{Type: UnitGrant}, unit},
		{"audit", Grant{Type: AuditGrant}, []Permission{StaffRead, AuditRead}},
		{"unit with more", Grant{Type: UnitGrant, Added: []Permission{PIIReveal, AdminGrant}}, append(slices.Clone(unit), PIIReveal, AdminGrant)},
		{"what the type has already is added once", Grant{Type: AuditGrant, Added: []Permission{AuditRead, PIIReveal, PIIReveal}}, []Permission{StaffRead, AuditRead, PIIReveal}},
		{"super with more", Grant{Type: SuperGrant, Added: []Permission{PIIReveal}}, all},
		{"a type that there is not", Grant{Type: "root"}, nil},
	}
	for _, tt := range tests {
		if got := tt.g.Permissions(); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		for _, p := range append(all, "staff.delete", "") {
			if tt.g.Allows(p) != slices.Contains(tt.want, p) {
				t.Errorf("%s: allows %q: %v", tt.name, p, tt.g.Allows(p))
			}
		}
	}
	grant := Grant{Type: UnitGrant, Added: []Permission{PIIReveal}}
	_ = append(grant.Permissions(), AdminGrant)
	if grant.Allows(AdminGrant) || len(grant.Added) != 1 {
		t.Error("what is made of a grant changes it")
	}
}

func TestScopes(t *testing.T) {
	org := func(c string) staff.OrgCode {
		code, err := staff.ParseOrgCode("GO_" + strings.Repeat(c, 32))
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	a, b := org("a"), org("b")
	c := Caller{Grants: []Grant{{Type: AuditGrant, Org: b}, {Type: UnitGrant, Org: a}, {Type: UnitGrant, Org: b, Added: []Permission{PIIReveal}}}}
	for p, want := range map[Permission][]staff.OrgCode{
		StaffRead: {b, a}, StaffEdit: {a, b}, AuditRead: {b}, PIIReveal: {b}, AdminGrant: nil,
	} {
		if got := c.Scopes(p); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", p, got, want)
		}
	}
}
