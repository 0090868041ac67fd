// Package fold brings what people type, paste and import into one form, so that what
// looks alike is alike: accounts, phones, names, codes, ID cards, dates, e-mail
// addresses, what is searched for. Free text keeps its form (Kept) and is only
// compared folded.
//
// Different ideographs stay different: traditional characters are not folded, nor
// are variants. The rules about one kind of value, such as the dot in a name or the
// dashes in a phone, are in package staff.
//
// The tables are static data and cost nothing when a process starts (generate.go says
// where they are from). Look first at [Typed].
package fold

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Typed returns s in the form in which all that is typed or looked up is compared:
// NFKC, without the characters that nobody sees, with the ideographs that radicals
// stand for, with the standard characters for the private ones of GBK, and without
// blanks at the ends. Folding twice changes nothing.
//
// Text that was stored before this fold was there counts as folded: whoever compares
// folds both sides.
func Typed(s string) string {
	if isASCII(s) {
		return strings.TrimSpace(s)
	}
	// What was between two characters may be gone now, so the first may take the second.
	return strings.TrimSpace(norm.NFKC.String(strings.Map(visible, norm.NFKC.String(strings.Map(visible, s)))))
}

// Lower is Typed without the difference between capital and small letters.
func Lower(s string) string {
	return norm.NFKC.String(strings.ToLower(Typed(s)))
}

// Unmarked returns s without the marks on its letters, so that a tone, or the dots of an
// ü, need not be typed.
func Unmarked(s string) string {
	if isASCII(s) {
		return s
	}
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if r >= 0x300 && r <= 0x36F {
			return -1
		}
		return r
	}, norm.NFD.String(s)))
}

// Secret returns a password as it is judged, hashed and compared: NFKC, so that what a
// Chinese keyboard types in full width is the same, and nothing else. Blanks and what
// nobody sees are a part of it.
func Secret(s string) string { return norm.NFKC.String(s) }

// Kept returns free text as it is stored: as it was typed, in NFC, without the
// characters that nobody sees and without blanks at the ends. Brackets, width and
// circled numbers stay. The private characters of GBK become the standard ones, which
// others have fonts for.
func Kept(s string) string {
	if isASCII(s) {
		return strings.TrimSpace(s)
	}
	return strings.TrimSpace(norm.NFC.String(strings.Map(func(r rune) rune {
		if isIgnorable(r) {
			return -1
		}
		return standard(r)
	}, norm.NFC.String(s))))
}

// IsUnknown reports whether s has a character that says nothing to anybody else: one
// of private use, one that Unicode has not assigned, or a noncharacter.
func IsUnknown(s string) bool { return strings.ContainsFunc(s, isUnknown) }

// Shows reports whether s shows something: a letter, digit, ideograph or symbol.
// Marks and punctuation alone show nothing.
func Shows(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return !isIgnorable(r) && !isBlank(r) && (unicode.In(r, unicode.L, unicode.N, unicode.S) || isLaterIdeograph(r))
	})
}

// IsHan reports whether r is a Chinese character.
func IsHan(r rune) bool { return unicode.Is(unicode.Han, r) || isLaterIdeograph(r) }

// IsControl reports whether r is no text: a control character, a separator of lines,
// a mark of markup, a symbol that looks like a blank. The replacement character
// counts, too: the gateway puts it in place of bytes that are not UTF-8.
func IsControl(r rune) bool {
	switch {
	case r == unicode.ReplacementChar, isBlank(r):
		return true
	case unicode.Is(unicode.Prepended_Concatenation_Mark, r): // Cf, but it is seen
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// isBlank reports whether r is a symbol in name and a blank to the eye: the empty
// Braille pattern, the half fill space.
func isBlank(r rune) bool { return r == 0x2800 || r == 0x303F }

// visible is the character that r is folded to before and after NFKC, -1 for one that
// nobody sees.
func visible(r rune) rune {
	switch {
	case r < 0xAD:
		return r
	case isIgnorable(r):
		return -1
	}
	r = standard(r)
	switch at := int(r) - firstRadical; {
	case at >= 0 && at < len(radicals) && radicals[at] != 0:
		return radicals[at]
	case r == 0x2F3E: // NFKC takes ⼾ for 戶
		return '户'
	}
	return r
}

// standard is the standard character for r if r is one of the 80 private characters
// of GBK and GB 18030-2000, else r.
func standard(r rune) rune {
	if at := int(r) - firstPrivate; at >= 0 && at < len(privates) {
		return privates[at]
	}
	return r
}

// firstRadical and firstPrivate are where the two tables begin.
const (
	firstRadical = 0x2E80
	firstPrivate = 0xE815
)

// isIgnorable is the property Default_Ignorable_Code_Point, as the Unicode Character
// Database derives it. It has the bidirectional marks, the soft hyphen, the byte order
// mark, joiners and fillers without a width, and the variation selectors.
func isIgnorable(r rune) bool {
	if r < 0xAD || r > 0x3164 && r < 0xFE00 { // most of what people type
		return false
	}
	if !unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
		return false
	}
	return !(r >= 0xFFF9 && r <= 0xFFFB) && // annotation
		!(r >= 0x13430 && r <= 0x13440) && // Egyptian hieroglyph format controls
		!unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

// isUnknown is the rule of IsUnknown for one character.
func isUnknown(r rune) bool {
	return r >= 0x80 && unicode.In(r, unicode.Co, unicode.Cs, unicode.Cn) && !isLaterIdeograph(r)
}

// isLaterIdeograph reports whether r is an ideograph that Unicode has assigned since
// 15.0, of which Go's tables are: the extensions I (15.1) and J (17.0).
func isLaterIdeograph(r rune) bool {
	return r >= 0x2EBF0 && r <= 0x2EE5D || r >= 0x323B0 && r <= 0x33479
}

// isASCII reports whether s has only ASCII characters.
func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
