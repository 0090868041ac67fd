package account

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"chaoxi/shared/fault"
	"chaoxi/shared/fold"
	"chaoxi/shared/staff"
)

// The lengths, in characters, that no honest input exceeds.
const (
	maxSecret   = 128
	maxPassword = 128
	maxName     = 64
	maxReason   = 200
)

// required reports a text of which nothing is left when it is folded, or more than max
// characters.
func required(f *fault.Fields, path, s string, max int) {
	switch s = fold.Typed(s); {
	case s == "":
		f.Add(path, fault.Required)
	case utf8.RuneCountInString(s) > max:
		f.Add(path, fault.TooLong)
	}
}

// lines returns free text of several lines, for others to read. It reports a text that
// is too long, or that has characters which others cannot see.
func lines(f *fault.Fields, path, s string, max int) string {
	s, err := staff.Lines(s, max)
	if err != nil {
		f.Add(path, staff.Flaw(err))
	}
	return s
}

// newPassword reports a password that is absent. Package passwords judges the others.
func newPassword(f *fault.Fields, p string) {
	if p == "" {
		f.Add("password", fault.Required)
	}
}

// codeFields checks the fields of a request that has a code, and returns the code in
// normal form: a Chinese keyboard may type the digits in full width, and a text that is
// copied may bring marks and blanks along.
func codeFields(ticket, code string, password ...string) (string, error) {
	var f fault.Fields
	required(&f, "ticket", ticket, maxSecret)
	code = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, fold.Typed(code))
	if code == "" {
		f.Add("code", fault.Required)
	} else if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
		f.Add("code", fault.Invalid)
	}
	for _, p := range password {
		newPassword(&f, p)
	}
	return code, f.Err()
}

// nameFields checks the fields by which an activation or a recovery begins.
func nameFields(account, name string) error {
	var f fault.Fields
	required(&f, "account", account, maxName)
	required(&f, "name", name, maxName)
	return f.Err()
}
