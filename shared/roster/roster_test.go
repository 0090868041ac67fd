package roster

import (
	"errors"
	"testing"

	"chaoxi/shared/fault"
)

func TestColumnName(t *testing.T) {
	for i, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 51: "AZ", 52: "BA", 701: "ZZ", 702: "AAA", 16383: "XFD"} {
		if got := ColumnName(i); got != want {
			t.Errorf("column %d is %s, want %s", i, got, want)
		}
	}
}

// Whatever a text is, it comes back, and never begins with what makes a formula.
func TestHarmless(t *testing.T) {
	for s, want := range map[string]string{
		"": "", "张敏": "张敏", "a=b": "a=b", "'abc": "'abc", "1": "1", "'": "'",
		"=1": "'=1", "+86": "'+86", "-9": "'-9", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx", "'=1": "''=1", "''-": "'''-",
	} {
		got := Harmless(s)
		if got != want || Unquoted(got) != s || beginsFormula(got) {
			t.Errorf("%q became %q, want %q; and then %q", s, got, want, Unquoted(got))
		}
	}
	if got := Unquoted("'+86 137"); got != "+86 137" {
		t.Errorf("%q", got)
	}
}

func TestColumns(t *testing.T) {
	keys, headers := map[string]bool{}, map[string]bool{}
	behind := false
	for _, c := range Columns {
		if keys[c.Key] || headers[c.Header] || c.Key == "" || c.Header == "" {
			t.Errorf("%+v: its key or its header is there twice", c)
		}
		keys[c.Key], headers[c.Header] = true, true
		if behind && !c.OfPost {
			t.Errorf("%s stands behind columns of the post", c.Key)
		}
		behind = c.OfPost
		if got, ok := Of(c.Key); !ok || got != c {
			t.Errorf("%s is found as %+v", c.Key, got)
		}
	}
	if _, ok := Of("nothing"); ok {
		t.Error("there is a column nothing")
	}
	if c, _ := Of("role"); c.Title() != "人员角色*" {
		t.Errorf("a starred title is %s", c.Title())
	}
	if c, _ := Of("title"); c.Title() != "职务" {
		t.Errorf("a title is %s", c.Title())
	}
}

func TestAt(t *testing.T) {
	row := Row{Number: 3, Cells: []Cell{{Kind: Text, Text: "a"}}}
	if row.At(0).Text != "a" || row.At(1).Kind != Empty || row.At(-1).Kind != Empty {
		t.Error(row)
	}
}

// Each reason has a sentence of its own.
func TestUnreadable(t *testing.T) {
	seen := map[string]bool{}
	for reason := NoContent; reason <= StrayQuote; reason++ {
		flaw := (&Unreadable{Reason: reason}).Flaw()
		if flaw == (fault.FieldCode{}) || seen[flaw.Code] || seen[flaw.Zh] || seen[flaw.En] {
			t.Errorf("reason %d: %+v", reason, flaw)
		}
		seen[flaw.Code], seen[flaw.Zh], seen[flaw.En] = true, true, true
	}
	cause := errors.New("bad")
	err := &Unreadable{Reason: Damaged, Sheet: "名单", Row: 7, Cause: cause}
	if got := err.Error(); got != `unreadable file: file_damaged, sheet "名单", row 7: bad` || !errors.Is(err, cause) {
		t.Error(got)
	}
}
