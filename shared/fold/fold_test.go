package fold

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestTyped(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"blanks at the ends, of every kind", " \t\u3000\u00a0\u2003\u0085wangfang\r\n\u2028", "wangfang"},
		{"blanks within", "张　敏", "张 敏"},
		{"full width", "ｗａｎｇ１３７．", "wang137."},
		{"case stays", "Wang", "Wang"},

		{"a zero-width space", "zhouqiang\u200b", "zhouqiang"},
		{"a zero-width space within", "王\u200b芳", "王芳"},
		{"a soft hyphen", "周\u00ad强", "周强"},
		{"the marks of a copied phone", "\u202d13700000003\u202c", "13700000003"},
		{"isolates", "\u206813700000003\u2069", "13700000003"},
		{"a left-to-right mark", "\u200e482913", "482913"},
		{"a byte order mark", "\ufeff张敏", "张敏"},
		{"a variation selector of a sheet", "张\U000E0100敏", "张敏"},
		{"a variation selector", "葛\ufe00伟", "葛伟"},
		{"fillers", "\uffa0\u115f\u3164\u034f", ""},
		{"a joiner between a letter and its mark", "e\u034f\u0301", "é"},
		{"an unseen blank at the end", "张敏 \u200b", "张敏"},

		{"yellow", "⻩磊", "黄磊"},
		{"people", "王爱⺠", "王爱民"},
		{"horse", "⻢云", "马云"},
		{"fly", "王⻜", "王飞"},
		{"dragon", "⻰飞", "龙飞"},
		{"a Kangxi radical", "⽅⽂", "方文"},
		{"the one that NFKC takes for another", "⼾", "户"},
		{"one without an ideograph", "⺀", "⺀"},

		{"a private character", "王\ue863", "王䶮"},
		{"another", "刘\ue844", "刘䜣"},
		{"one that was a radical in the standard", "\ue815", "\u5382"},
		{"one of another block", "\ue816", "\U00020087"},
		{"a private character of somebody else", "\ue000", "\ue000"},

		{"traditional characters", "張黃馬", "張黃馬"},
		{"ideographs of compatibility", "\uf9d1\ufa30", "六侮"},
		{"an ideograph of extension J", "\U000323B0", "\U000323B0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Typed(tt.in)
			if got != tt.want {
				t.Errorf("Typed(%+q) = %+q, want %+q", tt.in, got, tt.want)
			}
			if again := Typed(got); again != got {
				t.Errorf("%+q folds to %+q", got, again)
			}
		})
	}
}

func TestKept(t *testing.T) {
	for in, want := range map[string]string{
		"处长（主持工作）":  "处长（主持工作）",
		"①～Ⅱ，":      "①～Ⅱ，",
		" 三楼\n302 ": "三楼\n302",
		"三\u200b楼":  "三楼",
		"e\u0301":   "é",
		"\ue863":    "䶮",
		"⻩":         "⻩",
		"\u034f":    "",
		" Room 302": "Room 302",
	} {
		if got := Kept(in); got != want || Kept(got) != got {
			t.Errorf("Kept(%+q) = %+q, then %+q, want %+q", in, got, Kept(got), want)
		}
	}
	if Typed(Kept("处长（主持工作）")) != Typed("处长(主持工作)") {
		t.Error("two spellings of one title differ folded")
	}
}

func TestUnmarked(t *testing.T) {
	for in, want := range map[string]string{"zēngjìng": "zengjing", "lǚ": "lu", "lü": "lu", "ê\u0304": "e", "José": "Jose", "曾静": "曾静", "が": "が", "한": "한", "wang": "wang"} {
		if got := Unmarked(in); got != want || Unmarked(got) != got {
			t.Errorf("Unmarked(%+q) = %+q, want %+q", in, got, want)
		}
	}
}

func TestIsUnknown(t *testing.T) {
	for _, r := range []rune{'\ue000', '\uf8ff', '\ufdd0', '\uffff', '\u0378', 0x10FFFF, 0x1FFFE, 0xF0000, 0x2FFFF} {
		if !IsUnknown("张" + string(r)) {
			t.Errorf("%U is taken", r)
		}
	}
	for _, s := range []string{"", "张敏", "wang-2", "é", "🙂", "\U00020087", "\U0002EBF0", "\U000323B0", "\U000323AF", "㐀龻"} {
		if IsUnknown(s) {
			t.Errorf("%+q is refused", s)
		}
	}
}

func TestShows(t *testing.T) {
	for s, want := range map[string]bool{
		"张": true, "7": true, "a": true, "＋": true, "🙂": true, "〇": true, "\U000323B0": true,
		"": false, "\u0301": false, "···": false, "-": false, "。": false, "\u2800": false, "\u3164": false, " ": false, "(": false,
	} {
		if Shows(s) != want {
			t.Errorf("%+q shows something: %t", s, !want)
		}
	}
}

func TestIsControl(t *testing.T) {
	for r, want := range map[rune]bool{
		0: true, '\n': true, '\t': true, 0x7F: true, 0x85: true, 0x2028: true, 0xFFFD: true, 0xFFF9: true, 0x2800: true,
		'a': false, ' ': false, '张': false, '·': false, 0x0600: false,
	} {
		if IsControl(r) != want {
			t.Errorf("%U is a control character: %t", r, !want)
		}
	}
}

// TestEachCharacter looks at all of Unicode: folding twice is folding once, nothing is
// left that nobody sees, and no two unified ideographs become one.
func TestEachCharacter(t *testing.T) {
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		once := Typed(string(r))
		if twice := Typed(once); twice != once {
			t.Errorf("%U folds to %+q, and that to %+q", r, once, twice)
		}
		if strings.ContainsFunc(once, isIgnorable) {
			t.Errorf("%U folds to %+q, which nobody sees", r, once)
		}
		if lower := Lower(string(r)); Lower(lower) != lower {
			t.Errorf("%U is %+q in small letters, and that %+q", r, lower, Lower(lower))
		}
		if unicode.Is(unicode.Unified_Ideograph, r) && once != string(r) && !isCompatibility(r) {
			t.Errorf("the ideograph %c (%U) becomes %s", r, r, once)
		}
	}
}

// isCompatibility reports whether NFC has another ideograph for r already.
func isCompatibility(r rune) bool { return norm.NFC.String(string(r)) != string(r) }

// TestTables: what the tables give is an assigned ideograph, each private character
// another one.
func TestTables(t *testing.T) {
	seen := map[rune]rune{}
	for i, r := range privates {
		if before, twice := seen[r]; twice {
			t.Errorf("%U and %U are both %U", firstPrivate+rune(i), before, r)
		}
		seen[r] = firstPrivate + rune(i)
		if folded := []rune(Typed(string(firstPrivate + rune(i)))); len(folded) != 1 || !unicode.Is(unicode.Unified_Ideograph, folded[0]) {
			t.Errorf("%U becomes %c", firstPrivate+rune(i), folded)
		}
	}
	none := 0
	for i, r := range radicals {
		if r == 0 {
			none++
		} else if !unicode.Is(unicode.Unified_Ideograph, r) {
			t.Errorf("%U is %U, which is no ideograph", firstRadical+rune(i), r)
		}
	}
	if len(privates) != 80 || len(radicals)-none != 114 {
		t.Errorf("%d private characters, %d radicals", len(privates), len(radicals)-none)
	}
	for r := rune(0x2F00); r <= 0x2FD5; r++ {
		if folded := []rune(Typed(string(r))); !unicode.Is(unicode.Unified_Ideograph, folded[0]) {
			t.Errorf("the radical %U becomes %c", r, folded)
		}
	}
}

// TestLaterIdeographs fails when Go's tables know them, so that the list goes.
func TestLaterIdeographs(t *testing.T) {
	for _, r := range []rune{0x2EBF0, 0x2EE5D, 0x323B0, 0x33479} {
		if !unicode.Is(unicode.Cn, r) {
			t.Errorf("Unicode %s has %U: isLaterIdeograph need not have it any more", unicode.Version, r)
		}
	}
}

func FuzzTyped(f *testing.F) {
	for _, s := range []string{
		"zhouqiang\u200b", "周\u00ad强", "\u202d13700000003\u202c", "⻩磊", "王\ue863", "葛\U000E0100伟", "e\u200b\u0301", "H\u0331", "ſ\u0307", "\u1100\u115f\u1161",
		"张敏(大)", "①～Ⅱ，", "\xff\u0301", "가\u11a8", "\u0344\u034f\u0300", "İstanbul", "Ⅸ\u0338", "\u2f3e\ufe00",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Typed(s)
		if again := Typed(once); again != once {
			t.Errorf("%+q folds to %+q, and that to %+q", s, once, again)
		}
		if lower := Lower(s); Lower(lower) != lower || Lower(once) != lower {
			t.Errorf("%+q is %+q in small letters, and that %+q; folded first %+q", s, lower, Lower(lower), Lower(once))
		}
		kept := Kept(s)
		if Kept(kept) != kept {
			t.Errorf("%+q is kept as %+q, and that as %+q", s, kept, Kept(kept))
		}
		if Typed(kept) != once {
			t.Errorf("%+q folds to %+q, but what is kept of it to %+q", s, once, Typed(kept))
		}
		if strings.ContainsFunc(once, isIgnorable) || strings.ContainsFunc(kept, isIgnorable) {
			t.Errorf("%+q: something unseen is left in %+q or %+q", s, once, kept)
		}
	})
}

func BenchmarkTyped(b *testing.B) {
	for _, s := range []string{"13700000003", "欧阳晓明", "阿依古丽·买买提"} {
		b.Run(s, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Typed(s)
			}
		})
	}
}

func TestSecret(t *testing.T) {
	for typed, want := range map[string]string{
		"Lanhua#8253": "Lanhua#8253", "Ｌａｎｈｕａ＃８２５３": "Lanhua#8253", "Lanhua#8253 ": "Lanhua#8253 ", "Lan\u200bhua": "Lan\u200bhua", "lanhua": "lanhua", "": "",
	} {
		if got := Secret(typed); got != want {
			t.Errorf("Secret(%q) = %q, want %q", typed, got, want)
		}
	}
}
