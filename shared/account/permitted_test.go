package account

import (
	"errors"
	"testing"

	"chaoxi/shared/fault"
)

func TestPermit(t *testing.T) {
	c := Caller{Grants: []Grant{{Type: AuditGrant, Added: []Permission{PIIReveal}}, {Type: UnitGrant}}}
	for p, want := range map[Permission]error{StaffRead: nil, StaffEdit: nil, PIIReveal: nil, AdminGrant: fault.PermissionDenied} {
		by, err := c.Permit(p)
		if !errors.Is(err, want) || err == nil && (by.Permission() != p || len(by.Caller().Grants) != 2) {
			t.Errorf("%s: %+v, %v", p, by, err)
		}
	}
	if _, err := (Caller{}).Permit(StaffRead); !errors.Is(err, fault.PermissionDenied) {
		t.Errorf("without any grant: %v", err)
	}
}
