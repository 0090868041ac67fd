package account

import "testing"

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
