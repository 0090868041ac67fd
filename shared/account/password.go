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
	FlawFigures    PasswordFlaw = "figures"    // is made of runs, repetitions, dates or walks over the keyboard
	FlawAccount    PasswordFlaw = "account"    // has the person's account in it
	FlawName       PasswordFlaw = "name"       // is made of the name
	FlawUnit       PasswordFlaw = "unit"       // is made of the name of a unit
	FlawPhone      PasswordFlaw = "phone"      // has a part of a phone in it
	FlawIDCard     PasswordFlaw = "id_card"    // has a part of the ID card in it
	FlawBirthDate  PasswordFlaw = "birth_date" // has the date of birth in it
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
	return common(strings.ToLower(p))
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
// Units are the names of where the person works, each as syllables.
func similar(h Hasher, password string, p Person, units [][]string) error {
	if err := weak(CheckPersonal(password, personal(p.Staff, units))); err != nil {
		return err
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
		FlawCommon: fault.PasswordCommon, FlawFigures: fault.PasswordFigures,
		FlawAccount: fault.PasswordAccount, FlawName: fault.PasswordName, FlawUnit: fault.PasswordUnit, FlawPhone: fault.PasswordPhone,
		FlawIDCard: fault.PasswordIDCard, FlawBirthDate: fault.PasswordBirthDate, FlawReused: fault.PasswordReused,
	}[f]
	if !bad {
		return nil
	}
	return fault.PasswordWeak.AtField("password", why)
}
