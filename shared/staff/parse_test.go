package staff

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzParse feeds every parser what a client may send. What one takes, it takes
// again in its normal form, unchanged; nothing that it takes can forge a key.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"13700000003", "+8613700000003", "0086 137-0000-0003", "１３７００００００03", "+85291234567", "wangfang", " WangFang ", "a#b", "GE_" + strings.Repeat("0", 32),
		"GO_" + strings.Repeat("f", 32), strings.Repeat("a", 22), "阿依古丽·买买提", "\x00", "\xff", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := ParsePhone(s); err == nil {
			again, err := ParsePhone(p.E164())
			if err != nil || again != p {
				t.Errorf("%q is the phone %s, and %v of it", s, p.E164(), err)
			}
			if strings.Contains(p.String(), p.National()) {
				t.Errorf("%q prints in full", s)
			}
		}
		if a, err := ParseAccount(s); err == nil {
			again, err := ParseAccount(a.String())
			if err != nil || again != a || strings.ContainsAny(a.String(), "# ") {
				t.Errorf("%q is the account %q, then %q (%v)", s, a, again, err)
			}
		}
		if c, err := ParseEmployeeCode(s); err == nil && c.String() != s {
			t.Errorf("%q is the code %s", s, c)
		}
		if c, err := ParseOrgCode(s); err == nil && c.String() != s {
			t.Errorf("%q is the code %s", s, c)
		}
		if p, err := ParsePostID(s); err == nil && p.String() != s {
			t.Errorf("%q is the post %s", s, p)
		}
		if name := ParseSignInName(s); ParseSignInName(name.Normal()).Normal() != name.Normal() && utf8.ValidString(s) {
			t.Errorf("%q has the normal form %q, and that has %q", s, name.Normal(), ParseSignInName(name.Normal()).Normal())
		}
		if text, ok := ParseSearchQuery(s); ok && !text.IsZero() {
			if b := text.Bucket(); !strings.HasPrefix(text.String(), b) || b == "" {
				t.Errorf("%q is searched in %q", s, b)
			}
		}
	})
}
