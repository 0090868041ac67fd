package account

import (
	_ "embed"
	"fmt"
	"strings"
	"unicode/utf8"

	"chaoxi/shared/fault"
)

// PasswordFlaw says why a password may not be used. FlawNone is "".
type PasswordFlaw string

const (
	FlawNone       PasswordFlaw = ""
	FlawLength     PasswordFlaw = "length"     // not 8 to 16 characters
	FlawCharacters PasswordFlaw = "characters" // has a space, or a character that is not printable ASCII
	FlawClasses    PasswordFlaw = "classes"    // has fewer than three of digit, upper, lower, special
	FlawCommon     PasswordFlaw = "common"     // is in the list, or is made of a word in it
	FlawPersonal   PasswordFlaw = "personal"   // is made of the person's account, phone or name
	FlawReused     PasswordFlaw = "reused"     // is one of the last passwords
)

const (
	shortestPassword = 8
	longestPassword  = 16
	passwordClasses  = 3
)

// CheckPassword applies the rules that hold for everybody.
func CheckPassword(p string) PasswordFlaw {
	if n := utf8.RuneCountInString(p); n < shortestPassword || n > longestPassword {
		return FlawLength
	}
	var digit, upper, lower, special int
	for i := range len(p) {
		switch c := p[i]; {
		case c <= ' ' || c > '~':
			return FlawCharacters
		case '0' <= c && c <= '9':
			digit = 1
		case 'A' <= c && c <= 'Z':
			upper = 1
		case 'a' <= c && c <= 'z':
			lower = 1
		default:
			special = 1
		}
	}
	if digit+upper+lower+special < passwordClasses {
		return FlawClasses
	}
	// A symbol in a common password does not help: Aa@123456 is aa123456.
	if isCommon(strings.ToLower(p)) {
		return FlawCommon
	}
	return FlawNone
}

// From how many characters on a part of the person counts. A name in pinyin counts
// from four letters, because li or yue are in too many words; an account from three;
// a phone from six digits in a row. People use the last six or eight digits of
// their phone, and by chance a password has six of them about once in 170,000.
// A shorter name is refused only if the password has no other letters: Li#48271.
const (
	personalAccount = 3
	personalPinyin  = 4
	personalPhone   = 6
)

// CheckPersonal refuses a password that contains the person's account, phone or
// name: in upper or lower case, with the usual substitutions (@ for a), or with
// symbols in between. Phone is the national number, pinyin the syllables of the name.
func CheckPersonal(p string, account string, phone string, pinyin []string) PasswordFlaw {
	p, account = strings.ToLower(p), strings.ToLower(account)
	name := strings.ToLower(strings.Join(pinyin, ""))
	if contains(p, account, personalAccount) || contains(p, name, personalPinyin) {
		return FlawPersonal
	}
	if strings.Contains(name, "v") { // 吕 is lv here, and is often written lu or lyu
		if contains(p, strings.ReplaceAll(name, "v", "u"), personalPinyin) || contains(p, strings.ReplaceAll(name, "v", "yu"), personalPinyin) {
			return FlawPersonal
		}
	}
	plain := withoutSymbols(p)
	for i := 0; i+personalPhone <= len(phone); i++ {
		if strings.Contains(plain, phone[i:i+personalPhone]) {
			return FlawPersonal
		}
	}
	return FlawNone
}

// contains reports whether the lower-case password p contains word, read with any
// substitution. A word shorter than least must be all the letters of p.
func contains(p, word string, least int) bool {
	if word == "" {
		return false
	}
	from, to := letters(p)
	for _, s := range substitutions {
		sought := s.undo(word)
		if len(word) < least {
			if s.undo(p[from:to]) == sought {
				return true
			}
			continue
		}
		read := s.undo(p)
		if strings.Contains(read, sought) {
			return true
		}
		if bare := withoutSymbols(sought); len(bare) >= least && strings.Contains(withoutSymbols(read), bare) {
			return true
		}
	}
	return false
}

// letters returns where the first letter of the lower-case word begins and where the
// last one ends. Without letters both are 0.
func letters(word string) (from, to int) {
	isLetter := func(r rune) bool { return 'a' <= r && r <= 'z' }
	from = strings.IndexFunc(word, isLetter)
	if from < 0 {
		return 0, 0
	}
	return from, strings.LastIndexFunc(word, isLetter) + 1
}

func withoutSymbols(word string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' || 'a' <= r && r <= 'z' {
			return r
		}
		return -1
	}, word)
}

// substitution is one way to read digits and symbols as letters. The zero value
// reads every character as it is.
type substitution struct {
	digits    bool // whether digits are read as letters, too
	one, bang byte // the letter for 1, and the one for ! and |
}

var substitutions = [...]substitution{
	{},
	{digits: false, bang: 'i'},
	{digits: false, bang: 'l'},
	{digits: true, one: 'i', bang: 'i'},
	{digits: true, one: 'l', bang: 'i'},
	{digits: true, one: 'i', bang: 'l'},
	{digits: true, one: 'l', bang: 'l'},
}

// undo returns word as s reads it.
func (s substitution) undo(word string) string {
	if s == (substitution{}) {
		return word
	}
	var buffer [longestPassword]byte
	read := append(buffer[:0], word...)
	for i, c := range read {
		read[i] = s.letter(c)
	}
	return string(read)
}

func (s substitution) letter(c byte) byte {
	switch c {
	case '@':
		return 'a'
	case '$':
		return 's'
	case '+':
		return 't'
	case '(':
		return 'c'
	case '!', '|':
		return s.bang
	}
	if s.digits && '0' <= c && c <= '9' {
		if c == '1' {
			return s.one
		}
		return "oizeasgtbg"[c-'0']
	}
	return c
}

// commonPasswords has one lower-case word a line, sorted. generate_common_passwords.go
// says which words. It is searched in place, so that it costs nothing at start.
//
//go:embed common_passwords.txt
var commonPasswords string

// isListed reports whether word is a line of the list.
func isListed(word string) bool { return word != "" && listed(word) == word }

// listed returns the longest line of the list with which s begins, "" for none.
//
// It looks for s by a binary search over bytes, which goes to the middle byte and then
// back to where that line begins. The last line that is not after s is what s begins
// with, or has with s all that any such line can have.
func listed(s string) string {
	for s != "" {
		last := ""
		for low, high := 0, len(commonPasswords); low < high; {
			middle := low + (high-low)/2
			start := low + strings.LastIndexByte(commonPasswords[low:middle], '\n') + 1
			end := start + strings.IndexByte(commonPasswords[start:], '\n')
			if line := commonPasswords[start:end]; line <= s {
				last, low = line, end+1
			} else {
				high = start
			}
		}
		same := 0
		for same < min(len(s), len(last)) && s[same] == last[same] {
			same++
		}
		if same == len(last) {
			return last
		}
		s = s[:same]
	}
	return ""
}

// Hasher hashes passwords.
type Hasher interface {
	Hash(password string) (string, error)
	Verify(encoded, password string) (bool, error)
	// Outdated reports whether a hash was made with weaker parameters than those of
	// now.
	Outdated(encoded string) bool
	// Dummy is a hash that fits no password. Verifying it takes as long as any other.
	Dummy() string
}

// similar refuses a password that is made of the person's data, or was used before.
func similar(h Hasher, password string, p Person) error {
	for _, name := range append([][]string{nil}, p.Staff.Pinyin.Readings()...) { // nil: at least once, for a name without pinyin
		if err := weak(CheckPersonal(password, p.Staff.Account.String(), p.Staff.Phone.National(), name)); err != nil {
			return err
		}
	}
	for _, old := range p.Account.Hashes() {
		same, err := h.Verify(old, password)
		if err != nil {
			return fmt.Errorf("compare with an earlier password: %w", err)
		}
		if same {
			return weak(FlawReused)
		}
	}
	return nil
}

// weak is the answer to a password with a flaw, nil without one.
func weak(f PasswordFlaw) error {
	why, bad := map[PasswordFlaw]fault.FieldCode{
		FlawLength: fault.PasswordLength, FlawCharacters: fault.PasswordCharacters, FlawClasses: fault.PasswordClasses,
		FlawCommon: fault.PasswordCommon, FlawPersonal: fault.PasswordPersonal, FlawReused: fault.PasswordReused,
	}[f]
	if !bad {
		return nil
	}
	return fault.PasswordWeak.AtField("password", why)
}
