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

// required notes a text that is absent or longer than max characters.
func required(f *fault.Fields, path, s string, max int) {
	switch {
	case strings.TrimSpace(s) == "":
		f.Add(path, fault.Required)
	case utf8.RuneCountInString(s) > max:
		f.Add(path, fault.TooLong)
	}
}

// plain brings a text that others will read into normal form, and notes one that
// is too long or does not show.
func plain(f *fault.Fields, path, s string, max int) string {
	s, err := staff.Plain(s, max)
	if err != nil {
		f.Add(path, staff.Flaw(err))
	}
	return s
}

// newPassword notes a password that was left out; what else is wrong with one,
// the rule for passwords says.
func newPassword(f *fault.Fields, p string) {
	if p == "" {
		f.Add("password", fault.Required)
	}
}

// codeFields checks what must be there, and brings the digits into normal form:
// a code typed on a Chinese keyboard may come in full width.
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

// nameFields checks the fields that begin an activation and a recovery.
func nameFields(account, name string) error {
	var f fault.Fields
	required(&f, "account", account, maxName)
	required(&f, "name", name, maxName)
	return f.Err()
}
