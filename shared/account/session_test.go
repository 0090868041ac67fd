package account

import (
	"strings"
	"testing"
)

// FuzzParseToken: what is taken for a token is one when it is written again, and
// never prints its secret.
func FuzzParseToken(f *testing.F) {
	f.Add("GE_0123456789abcdef0123456789abcdef.0123456789012345678901234567890123456789012")
	f.Add("GE_0123456789abcdef0123456789abcdef.")
	f.Add(".")
	f.Fuzz(func(t *testing.T, s string) {
		token, ok := ParseToken(s)
		if !ok {
			return
		}
		if token.Reveal() != s {
			t.Errorf("%q is read as another token", s)
		}
		if token.String() != "[token]" || token.Secret.String() != "[secret]" {
			t.Error("a token prints")
		}
	})
}

func TestSessionLife(t *testing.T) {
	s := Defaults()
	const hours = 60.0
	tests := []struct {
		name     string
		client   Client
		lastUsed float64 // in minutes, of a session that began at 0
		want     float64
	}{
		{"the app, fresh", App, 0, 7 * 24 * hours},
		{"the app, used after a week less a minute", App, 7*24*hours - 1, 14*24*hours - 1},
		{"the app, near the end of its life", App, 29 * 24 * hours, 30 * 24 * hours},
		{"the mobile pages are as the app", MobileWeb, 0, 7 * 24 * hours},
		{"the console, fresh", Console, 0, 30},
		{"the console, used", Console, 25, 55},
		{"the console, near the end of its life", Console, 11.75 * hours, 12 * hours},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			session := Session{Hash: "h", Client: tt.client, Epoch: 3, CreatedAt: at(0), LastUsed: at(tt.lastUsed)}
			end := session.Expires(s)
			if !end.Equal(at(tt.want)) {
				t.Errorf("it ends after %s, want %s", end.Sub(at(0)), at(tt.want).Sub(at(0)))
			}
			owner := Account{Epoch: 3, Slots: []SessionSlot{{Hash: session.Hash}}}
			for name, live := range map[string]bool{
				"at its last moment":         session.live(owner, s, end.Add(-1)),
				"at its end":                 !session.live(owner, s, end),
				"after the epoch was raised": !session.live(Account{Epoch: 4, Slots: owner.Slots}, s, at(tt.lastUsed)),
				"without a slot":             !session.live(Account{Epoch: 3, Slots: []SessionSlot{{Hash: "other"}}}, s, at(tt.lastUsed)),
				"with no such session":       !(Session{Client: tt.client, Epoch: 3, CreatedAt: at(0), LastUsed: at(0)}).live(owner, s, at(0)),
			} {
				if !live {
					t.Errorf("wrong %s", name)
				}
			}
		})
	}
}

func TestTokens(t *testing.T) {
	code, secret := "GE_"+strings.Repeat("0a", 16), strings.Repeat("s", 43)
	token, ok := ParseToken(code + "." + secret)
	if !ok || token.Staff.String() != code || token.Secret.Reveal() != secret || token.Reveal() != code+"."+secret {
		t.Errorf("%v, %v", token.Reveal(), ok)
	}
	for _, bad := range []string{"", ".", code, code + ".", "." + secret, code + "." + secret + "x", code + "." + secret[1:], code + "x." + secret,
		strings.ToUpper(code) + "." + secret, "GO_" + code[3:] + "." + secret, code + " ." + secret, code + secret} {
		if _, ok := ParseToken(bad); ok {
			t.Errorf("%q is taken for a token", bad)
		}
	}
}
