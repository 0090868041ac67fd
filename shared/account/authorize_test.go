package account

import (
	"errors"
	"testing"
	"time"

	"chaoxi/shared/fault"
)

func TestAdministratorSessions(t *testing.T) {
	grants := []Grant{{Type: AuditGrant}}
	proved := func(m float64) time.Time { return at(m) }
	tests := []struct {
		name             string
		proved, lastUsed time.Time
		grants           []Grant
		want             error
	}{
		{"just proved", proved(0), at(0), grants, nil},
		{"proved twelve hours ago", proved(-720), at(0), grants, nil},
		{"proved longer ago", proved(-720.01), at(0), grants, fault.AdminSessionExpired},
		{"used thirty minutes ago", proved(-60), at(-30), grants, nil},
		{"used longer ago", proved(-60), at(-30.01), grants, fault.AdminSessionExpired},
		{"never proved", time.Time{}, at(0), grants, fault.AdminSessionExpired},
		{"no administrator", proved(0), at(0), nil, fault.PermissionDenied},
		{"no administrator, and never proved", time.Time{}, at(0), nil, fault.AdminSessionExpired},
	}
	for _, tt := range tests {
		for _, client := range []Client{App, MobileWeb, Console} {
			uc := Authorize{Settings: Defaults(), Now: func() time.Time { return at(0) }}
			err := uc.Administrator(Caller{Session: Session{Client: client, ProvedAt: tt.proved, LastUsed: tt.lastUsed}, Grants: tt.grants})
			if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
				t.Errorf("%s with %s: %v, want %v", tt.name, client, err, tt.want)
			}
		}
	}
}
