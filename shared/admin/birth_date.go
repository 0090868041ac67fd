package admin

import (
	"strings"

	"chaoxi/shared/account"
	"chaoxi/shared/optional"
)

// BirthDateFor is the date of birth as c sees it: whole for the person and for
// who holds PIIReveal over the main post, otherwise the year alone.
func (t Target) BirthDateFor(c account.Caller) string {
	if c.Staff == t.Staff.Code || ScopeOf(c, account.PIIReveal).HasMain(t.Staff, t.Orgs) {
		return t.Staff.BirthDate
	}
	return birthYear(t.Staff.BirthDate)
}

// birthYear is the year of a date of birth, "" if there is none.
func birthYear(date string) string {
	year, _, _ := strings.Cut(date, "-")
	return year
}

// birthDate is the date of birth that the edit sets. A form that was shown the year alone sends
// it back: that changes nothing.
func (e *editor) birthDate() optional.Value[string] {
	f := e.edit.BirthDate
	if shown := birthYear(e.s.BirthDate); shown != "" && strings.TrimSpace(f.OrZero()) == shown {
		return optional.Value[string]{}
	}
	return f
}
