package account

import (
	_ "embed"
	"fmt"
	"strings"
	"unicode/utf8"

	"chaoxi/shared/fault"
)

// PasswordFlaw says why a password may not be used. FlawNone is "", so a flaw
// can be tested like an error.
type PasswordFlaw string

const (
	FlawNone       PasswordFlaw = ""
	FlawLength     PasswordFlaw = "length"     // not 8 to 16 characters
	FlawCharacters PasswordFlaw = "characters" // anything but printable ASCII without space
	FlawClasses    PasswordFlaw = "classes"    // less than three of digit, upper, lower, special
	FlawCommon     PasswordFlaw = "common"     // in the list, or made of a word in it
	FlawPersonal   PasswordFlaw = "personal"   // made of the person's account, phone or name
	FlawReused     PasswordFlaw = "reused"     // one of the last: the caller compares hashes
)

const (
	shortestPassword = 8
	longestPassword  = 16
	passwordClasses  = 3
)

// CheckPassword applies the rules that need to know nothing about the person.
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
	// With the symbols left out too: Aa@123456 is aa123456 to everybody.
	if word := strings.ToLower(p); isCommon(word) || isCommon(withoutSymbols(word)) {
		return FlawCommon
	}
	return FlawNone
}

// The least that a password may contain of a person. The name in pinyin counts
// from four letters (li or yue are in too many words), an account from three,
// a phone from six digits in a row: that takes in its last six and eight, which
// people use, and chance hits about one six-digit tail in 170,000. What is shorter
// is refused only where it is all that the digits and symbols are hung on: Li#48271.
const (
	personalAccount = 3
	personalPinyin  = 4
	personalPhone   = 6
)

// CheckPersonal refuses a password that contains the person's account, phone or
// name, in any case, with usual substitutions undone, with symbols strewn in.
// The phone is its national number, pinyin the syllables of the name.
func CheckPersonal(p string, account string, phone string, pinyin []string) PasswordFlaw {
	p, account = strings.ToLower(p), strings.ToLower(account)
	name := strings.ToLower(strings.Join(pinyin, ""))
	if contains(p, account, personalAccount) || contains(p, name, personalPinyin) {
		return FlawPersonal
	}
	if strings.Contains(name, "v") { // 吕 is lv here, lu or lyu on other forms
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

// contains reports whether the lower-case password p has word in it, read with
// any substitution; a word shorter than least must be all its letters.
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

// isCommon reports whether the lower-case word, or what is left of it when
// digits and symbols at either end are dropped, as many as one likes, is in the
// list, as it stands or with substitutions undone. That tries both orders of
// dropping and undoing at once: $unshine12 is a word only if the $ is undone and
// the 12 dropped.
func isCommon(word string) bool {
	from, to := letters(word)
	if from == to { // no letters: nothing may be dropped, or all could be
		return isListed(word)
	}
	for start := 0; start <= from; start++ {
		for end := len(word); end >= to; end-- {
			part := word[start:end]
			for _, s := range substitutions {
				if read := s.undo(part); (s == substitution{} || read != part) && isListed(read) {
					return true
				}
			}
		}
	}
	return false
}

// letters returns where the first letter of the lower-case word is and where the
// last one ends, 0 and 0 if it has none.
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

// substitution is one way to read digits and symbols as the letters they stand
// for; the zero one reads everything as it is.
type substitution struct {
	digits    bool // digits are letters too, not only symbols
	one, bang byte // what 1, and ! and |, stand for
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

// commonPasswords is sorted, lower case, one a line; generate_common_passwords.go
// says what is in it. It is a string that is searched in place, so that it costs
// nothing at start.
//
//go:embed common_passwords.txt
var commonPasswords string

// isListed reports whether word is a line of the list. It halves the text, not
// the lines: from the middle byte back to where its line begins.
func isListed(word string) bool {
	for low, high := 0, len(commonPasswords); low < high; {
		middle := low + (high-low)/2
		start := low + strings.LastIndexByte(commonPasswords[low:middle], '\n') + 1
		end := start + strings.IndexByte(commonPasswords[start:], '\n')
		switch strings.Compare(word, commonPasswords[start:end]) {
		case 0:
			return true
		case -1:
			high = start
		default:
			low = end + 1
		}
	}
	return false
}

// Hasher hashes passwords.
type Hasher interface {
	Hash(password string) (string, error)
	Verify(encoded, password string) (bool, error)
	// Outdated reports whether a hash was made with weaker parameters than now.
	Outdated(encoded string) bool
	// Dummy is a hash that no password fits and that costs as much to verify.
	Dummy() string
}

// similar refuses a password that is made of the person or was used before.
func similar(h Hasher, password string, p Person) error {
	for _, name := range append([][]string{nil}, p.Staff.Pinyin.Readings()...) { // nil: a name that is not spelled
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

// weak turns a flaw into what the person is told.
func weak(f PasswordFlaw) error {
	why, bad := map[PasswordFlaw]fault.FieldCode{
		FlawLength: fault.PasswordLength, FlawCharacters: fault.PasswordCharacters, FlawClasses: fault.PasswordClasses,
		FlawCommon: fault.PasswordCommon, FlawPersonal: fault.PasswordPersonal, FlawReused: fault.PasswordReused,
	}[f]
	if !bad {
		return nil
	}
	return fault.PasswordWeak.On("password", why)
}
