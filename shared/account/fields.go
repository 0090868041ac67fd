package account

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"chaoxi/shared/fault"
	"chaoxi/shared/staff"
)

// The lengths, in characters, that no honest input exceeds.
const (
	maxSecret   = 128
	maxPassword = 128
	maxName     = 64
	maxReason   = 200
	maxPhone    = 20 // as typed, with spaces and dashes
)

// required reports a text that is absent or longer than max characters.
func required(f *fault.Fields, path, s string, max int) {
	switch {
	case strings.TrimSpace(s) == "":
		f.Add(path, fault.Required)
	case utf8.RuneCountInString(s) > max:
		f.Add(path, fault.TooLong)
	}
}

// plain returns a text in normal form, for others to read. It reports a text that is
// too long, or that has characters which cannot be seen.
func plain(f *fault.Fields, path, s string, max int) string {
	s, err := staff.Plain(s, max)
	if err != nil {
		f.Add(path, staff.Flaw(err))
	}
	return s
}

// folded is a password as it is hashed and compared: NFKC makes ordinary characters of
// those that a Chinese keyboard types in full width. Nothing else is done to it.
func folded(password string) string { return norm.NFKC.String(password) }

// newPassword reports a password that is absent. CheckPassword and CheckPersonal do
// the rest.
func newPassword(f *fault.Fields, p string) {
	if p == "" {
		f.Add("password", fault.Required)
	}
}

// codeFields checks the fields of a request that has a code, and returns the code in
// normal form: a Chinese keyboard may type the digits in full width.
func codeFields(ticket, code string, password ...string) (string, error) {
	var f fault.Fields
	required(&f, "ticket", ticket, maxSecret)
	code = strings.TrimSpace(norm.NFKC.String(code))
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
