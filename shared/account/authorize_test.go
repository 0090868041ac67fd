package account

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"chaoxi/shared/fault"
)

func TestAdministratorSessions(t *testing.T) {
	grants := []Grant{{Type: AuditGrant}}
	never := time.Time{}
	tests := []struct {
		name                           string
		proved, administered, lastUsed time.Time
		grants                         []Grant
		want                           error
	}{
		{"just proved", at(0), never, at(0), grants, nil},
		{"proved twelve hours ago", at(-720), at(0), at(0), grants, nil},
		{"proved longer ago", at(-720.01), at(0), at(0), grants, fault.AdminSessionExpired},
		{"administered thirty minutes ago", at(-60), at(-30), at(-30), grants, nil},
		{"administered longer ago", at(-60), at(-30.01), at(-30.01), grants, fault.AdminSessionExpired},
		{"administered longer ago, used a moment ago", at(-60), at(-30.01), at(0), grants, fault.AdminSessionExpired},
		{"proved thirty minutes ago, never administered", at(-30), never, at(-30), grants, nil},
		{"proved longer ago, never administered, used a moment ago", at(-30.01), never, at(0), grants, fault.AdminSessionExpired},
		{"administered long ago, proved anew since", at(-30), at(-60), at(-60), grants, nil},
		{"never proved", never, never, at(0), grants, fault.AdminSessionExpired},
		{"never proved, and administered all the same", never, at(0), at(0), grants, fault.AdminSessionExpired},
		{"no administrator", at(0), never, at(0), nil, fault.PermissionDenied},
		{"no administrator, and never proved", never, never, at(0), nil, fault.AdminSessionExpired},
	}
	for _, tt := range tests {
		for _, client := range []Client{App, MobileWeb, Console} {
			uc := Authorize{Settings: Defaults(), Now: func() time.Time { return at(0) }}
			err := uc.Administrator(Caller{Session: Session{Client: client, ProvedAt: tt.proved, Administered: tt.administered, LastUsed: tt.lastUsed}, Grants: tt.grants})
			if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
				t.Errorf("%s with %s: %v, want %v", tt.name, client, err, tt.want)
			}
		}
	}
}

// sessionOf is the store of Authorize with one session of any client.
type sessionOf struct{ Session }

func (s sessionOf) SessionAndAccount(context.Context, Token) (Session, Account, error) {
	return s.Session, Account{Slots: []SessionSlot{{Hash: s.Hash}}}, nil
}

func (sessionOf) TouchSession(context.Context, Session, time.Time, bool) error { return nil }

// TestOwnWay checks that a session is good on the way of its own client, and a
// session that nobody has on every other.
func TestOwnWay(t *testing.T) {
	token := "GE_" + strings.Repeat("0a", 16) + "." + strings.Repeat("x", 43)
	clients := []Client{App, MobileWeb, Console}
	for _, of := range clients {
		uc := Authorize{Store: sessionOf{Session{Hash: "h", Client: of, CreatedAt: at(0), LastUsed: at(0)}}, Settings: Defaults(), Now: func() time.Time { return at(0) }}
		for _, by := range append(clients, "", "tv") {
			want := error(fault.SessionExpired)
			if by == of {
				want = nil
			}
			if _, err := uc.Run(context.Background(), by, token); !errors.Is(err, want) || (err == nil) != (want == nil) {
				t.Errorf("a session of %q by the way of %q: %v, want %v", of, by, err, want)
			}
		}
		for _, by := range append(clients, "") {
			if _, err := uc.Run(context.Background(), by, ""); !errors.Is(err, fault.SessionMissing) {
				t.Errorf("no token by the way of %q: %v", by, err)
			}
		}
	}
}
