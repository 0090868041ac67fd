package admin

import (
	"fmt"
	"testing"

	"chaoxi/shared/account"
	"chaoxi/shared/optional"
)

func TestBirthDate(t *testing.T) {
	target := zhangmin()
	target.Staff.BirthDate = "1990-03-07"
	reveals := func(at ...account.Grant) account.Caller {
		return caller(append(at, grant(account.UnitGrant, district))...)
	}
	self := caller()
	self.Staff = target.Staff.Code
	for _, tt := range []struct {
		name   string
		caller account.Caller
		want   string
	}{
		{"who may not reveal", reveals(), "1990"},
		{"who may reveal over the main post", reveals(grant(account.AuditGrant, data, account.PIIReveal)), "1990-03-07"},
		{"who may reveal over another post", reveals(grant(account.AuditGrant, finance, account.PIIReveal)), "1990"},
		{"a super", caller(grant(account.SuperGrant, province)), "1990-03-07"},
		{"the person", self, "1990-03-07"},
	} {
		if got := target.BirthDateFor(tt.caller); got != tt.want {
			t.Errorf("%s sees %q, want %q", tt.name, got, tt.want)
		}
	}
	for _, tt := range []struct {
		name   string
		onFile string
		in     optional.Value[string]
		want   string
	}{
		{"the year that was shown", "1990-03-07", to(" 1990 "), "ok 1990-03-07"},
		{"the date", "1990-03-07", to("1990-03-07"), "ok 1990-03-07"},
		{"another date", "1990-03-07", to("1990-03-08"), "ok 1990-03-08"},
		{"another year", "1990-03-07", to("1991"), "field_invalid birthDate:invalid "},
		{"a year where there is no date", "", to("1990"), "field_invalid birthDate:invalid "},
		{"nothing", "1990-03-07", cleared[string](), "ok "},
	} {
		target.Staff.BirthDate = tt.onFile
		now, _, err := edited(target, caller(grant(account.UnitGrant, district)), Edit{Version: 3, BirthDate: tt.in})
		if got := fmt.Sprint(verdict(err), " ", now.BirthDate); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
