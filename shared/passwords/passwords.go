// Package passwords says which passwords nobody may choose: those that break the rules
// of length and characters, those that many people choose, and those that are made of
// the person. It compares nothing with hashes; package account does.
//
// Check is for what holds for everybody, CheckPersonal for the rest. Below them are
// common.go (words with a little more), figures.go (runs, dates, walks over the
// keyboard), spelling.go (names in pinyin), list.go and substitution.go.
package passwords

import (
	"strings"
	"unicode/utf8"
)

// Flaw says why a password may not be used. FlawNone is "".
type Flaw string

const (
	FlawNone       Flaw = ""
	FlawLength     Flaw = "length"     // not 8 to 16 characters
	FlawCharacters Flaw = "characters" // has a space, or a character that is not printable ASCII
	FlawClasses    Flaw = "classes"    // has fewer than three of digit, upper, lower, special
	FlawCommon     Flaw = "common"     // is in the list, or is made of a word in it
	FlawFigures    Flaw = "figures"    // is made of runs, repetitions, dates or walks over the keyboard
	FlawAccount    Flaw = "account"    // has the person's account in it
	FlawName       Flaw = "name"       // is made of the name
	FlawUnit       Flaw = "unit"       // is made of the name of a unit
	FlawPhone      Flaw = "phone"      // has a part of a phone in it
	FlawIDCard     Flaw = "id_card"    // has a part of the ID card in it
	FlawBirthDate  Flaw = "birth_date" // has the date of birth in it
	FlawReused     Flaw = "reused"     // is one of the last passwords
)

const (
	shortestPassword = 8
	longestPassword  = 16
	passwordClasses  = 3
)

// Check applies the rules that hold for everybody.
func Check(p string) Flaw {
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
